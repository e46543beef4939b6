/** Hives for the tests of `registry`: files on the lab's stick, and keys that are rare. */
import { encodeUtf16 } from "../../src/base/mod.ts";
import { buildHive, type KeySpec, openHive } from "../../src/formats/regf/mod.ts";
import { createLab, hivePath, type LabOptions, type MemoryLab } from "../lab/mod.ts";

/** A hive file on the stick. */
export const FILE = "E:\\hives\\TEST";

/** Where a link of these tests points to. */
export const LINK_TARGET = "\\Registry\\Machine\\SOFTWARE\\Microsoft";

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join();
}

/** `.reg` text of a link below SYSTEM. */
export const LINK = `[HKEY_LOCAL_MACHINE\\SYSTEM\\LabLink]
"SymbolicLinkValue"=hex(6):${hexOf(encodeUtf16(LINK_TARGET))}`;

/** A lab with a link in SYSTEM. */
export async function registryLab(options: LabOptions = {}): Promise<MemoryLab> {
  return await createLab({ additions: { SYSTEM: LINK }, ...options });
}

/** A small tree with every kind of value and name. */
export const TREE: KeySpec = {
  name: "ROOT",
  values: [{ name: "", type: 1, data: encodeUtf16("root\0") }],
  subkeys: [
    {
      name: "Types",
      className: "klass",
      values: [
        { name: "sz", type: 1, data: encodeUtf16('C:\\a "b"\0') },
        { name: "expand", type: 2, data: encodeUtf16("%SystemRoot%\0") },
        { name: "multi", type: 7, data: encodeUtf16("one\0two\0\0") },
        { name: "dword", type: 4, data: Uint8Array.of(1, 2, 0, 0) },
        { name: "qword", type: 11, data: Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0) },
        { name: "binary", type: 3, data: Uint8Array.from({ length: 70 }, (_, i) => i) },
        { name: "none", type: 0, data: new Uint8Array() },
        { name: "short", type: 4, data: Uint8Array.of(7) },
        { name: "odd", type: 0x12345, data: Uint8Array.of(1, 2, 3) },
        { name: "half \ud800", type: 1, data: encodeUtf16("\udc00\0") },
        { name: "two\nlines\u0007", type: 1, data: encodeUtf16("a\nb\u001b\0") },
      ],
      subkeys: [],
    },
    {
      name: "With [brackets] and / and \ud801",
      values: [],
      subkeys: [{ name: "Deep", values: [], subkeys: [] }],
    },
  ],
};

/** Puts a hive file on the stick. */
export function putHive(lab: MemoryLab, tree: KeySpec = TREE, path = FILE): Uint8Array {
  const bytes = buildHive(tree);
  lab.files.put(path, bytes.slice());
  lab.files.forgetOperations();
  return bytes;
}

/** A tree as plain data without times and security: to be compared. */
export function treeOf(bytes: Uint8Array, path = ""): unknown {
  const read = (key: NonNullable<ReturnType<ReturnType<typeof openHive>["key"]>>): unknown => ({
    name: key.name,
    values: key.values()
      .map(({ name, type, data }) => ({ name, type, data: hexOf(data) }))
      .sort((a, b) => a.name < b.name ? -1 : 1),
    subkeys: key.subkeys().map(read),
  });
  const key = openHive(bytes).key(path);
  return key === undefined ? undefined : read(key);
}

/** The bytes of a hive of the lab's Windows. */
export async function hiveBytes(lab: MemoryLab, name: "SYSTEM" | "SOFTWARE"): Promise<Uint8Array> {
  return await lab.files.read(`D:\\${hivePath(name)}`);
}
