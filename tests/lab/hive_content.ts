/**
 * A picture of a target in which a hive counts for what it holds. Undo writes old values back
 * into a hive, it does not put the old file back: bytes differ, content must not.
 */
import { MedicError } from "../../src/base/mod.ts";
import type { ReadableFileSystem } from "../../src/host/mod.ts";
import { openHive, readHiveSet, walkHive } from "../../src/formats/regf/mod.ts";
import { sha256Hex } from "./file_content.ts";
import { labPath } from "./lab_path.ts";
import type { Snapshot } from "./snapshot.ts";

const HIVE = /^Windows\\System32\\config\\[A-Z]+$/i;

/** Replaces the line of every hive by one of its content, as Windows would see it. */
export async function byHiveContent(
  snapshot: Snapshot,
  files: ReadableFileSystem,
  root: string,
): Promise<Snapshot> {
  const result: Snapshot = new Map(snapshot);
  for (const path of snapshot.keys()) {
    if (!HIVE.test(path)) continue;
    const content = await hiveContent(files, labPath(root, path));
    if (content !== undefined) {
      result.set(path, `hive ${sha256Hex(new TextEncoder().encode(content))}`);
    }
  }
  return result;
}

/** Every key and value of a hive as text; undefined if it cannot be read. */
export async function hiveContent(
  files: ReadableFileSystem,
  path: string,
): Promise<string | undefined> {
  try {
    const set = await readHiveSet(
      path,
      async (file) => await files.stat(file) === undefined ? undefined : await files.read(file),
    );
    return set === undefined ? undefined : contentOf(set.bytes);
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/** Every key and value of a clean hive as text: names, class, flags, security, types, data. */
export function contentOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  walkHive(openHive(bytes), {
    key: (key, { path }) => {
      const { className, symbolicLink, securityDescriptor } = key;
      lines.push(JSON.stringify([path, className, symbolicLink, hex(securityDescriptor)]));
    },
    value: (value, { path }) =>
      void lines.push(JSON.stringify([path, value.name, value.type, hex(value.data)])),
    problem: ({ message }) => void lines.push(message),
  });
  // A value that was deleted and written back stands at the end of its key's list.
  return lines.sort().join("\n");
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : sha256Hex(bytes);
}
