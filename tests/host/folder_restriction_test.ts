/** A folder that is taken from ordinary users, with a Windows in memory. */
import assert from "node:assert/strict";
import { restrictFolder, type RestrictionCalls } from "../../src/host/folder_restriction.ts";
import { fromWide } from "../../src/host/kernel32.ts";
import { administratorsOnly } from "../../src/host/security_descriptor.ts";

const PATH = "D:\\PEMedic";
const DIRECTORY = 0x10;
const REPARSE_POINT = 0x400;
const DENIED = 5;

/** SetKernelObjectSecurity and what it leaves, of a Windows with one folder. */
class FakeWindows {
  readonly made: string[] = [];
  security: Uint8Array = new Uint8Array(20);
  attributes = DIRECTORY;
  /** What is kept of what is set. */
  keeps: (wanted: Uint8Array) => Uint8Array = (wanted) => wanted;
  denies: string | undefined;

  get calls(): RestrictionCalls {
    return {
      CreateFileW: (path, access, share, _security, disposition, flags) => {
        assert.equal(fromWide(bytesOf(path)), PATH);
        // READ_CONTROL, WRITE_DAC, WRITE_OWNER and the attributes, as a restore, the link itself.
        assert.deepEqual([access, share, disposition, flags], [0xe_0080, 7, 3, 0x220_0000]);
        return this.#made("CreateFileW") ? Deno.UnsafePointer.create(8n) : null;
      },
      CloseHandle: () => Number(this.#made("CloseHandle")),
      GetLastError: () => DENIED,
      GetFileInformationByHandleEx: (_handle, _kind, buffer) => {
        const bytes = bytesOf(buffer);
        new DataView(bytes.buffer).setUint32(32, this.attributes, true);
        return Number(this.#made("GetFileInformationByHandleEx"));
      },
      SetKernelObjectSecurity: (_handle, parts, descriptor) => {
        assert.equal(parts, 0x5);
        if (!this.#made("SetKernelObjectSecurity")) return 0;
        this.security = this.keeps(bytesOf(descriptor).slice());
        return 1;
      },
      GetKernelObjectSecurity: (_handle, parts, buffer) => {
        assert.equal(parts, 0x5);
        bytesOf(buffer).set(this.security);
        return Number(this.#made("GetKernelObjectSecurity"));
      },
    };
  }

  #made(name: string): boolean {
    this.made.push(name);
    return this.denies !== name;
  }
}

function bytesOf(buffer: unknown): Uint8Array {
  assert.ok(buffer instanceof Uint8Array);
  return buffer;
}

Deno.test("restrictFolder() sets owner and list, reads them back, and lets go of the folder", () => {
  const windows = new FakeWindows();
  assert.equal(restrictFolder(windows.calls, PATH), true);
  assert.deepEqual(windows.security, administratorsOnly());
  assert.deepEqual(windows.made, [
    "CreateFileW",
    "GetFileInformationByHandleEx",
    "SetKernelObjectSecurity",
    "GetKernelObjectSecurity",
    "CloseHandle",
  ]);
});

for (
  const [what, keeps] of [
    ["nothing, and says it did", () => worldDescriptor()],
    ["another owner", (wanted: Uint8Array) => withByte(wanted, { at: 20 + 8, value: 33 })],
    ["no protection", (wanted: Uint8Array) => withByte(wanted, { at: 3, value: 0x84 })],
    ["fewer rights", (wanted: Uint8Array) => withByte(wanted, { at: 36 + 8 + 4, value: 0 })],
  ] as const
) {
  Deno.test(`restrictFolder() does not trust a file system that keeps ${what}`, () => {
    const windows = new FakeWindows();
    windows.keeps = keeps;
    assert.equal(restrictFolder(windows.calls, PATH), false);
    assert.equal(windows.made.at(-1), "CloseHandle");
  });
}

for (
  const call of [
    "CreateFileW",
    "GetFileInformationByHandleEx",
    "SetKernelObjectSecurity",
    "GetKernelObjectSecurity",
  ]
) {
  Deno.test(`restrictFolder() passes on that ${call} is refused`, () => {
    const windows = new FakeWindows();
    windows.denies = call;
    assert.equal(restrictFolder(windows.calls, PATH), DENIED);
    assert.equal(windows.made.includes("CloseHandle"), call !== "CreateFileW");
  });
}

Deno.test("restrictFolder() touches no file and no junction", () => {
  for (const attributes of [0x20, DIRECTORY | REPARSE_POINT]) {
    const windows = new FakeWindows();
    windows.attributes = attributes;
    assert.equal(restrictFolder(windows.calls, PATH), 267);
    assert.ok(!windows.made.includes("SetKernelObjectSecurity"));
  }
});

/** What Windows tells of a file system without rights: everybody may do everything. */
function worldDescriptor(): Uint8Array {
  const everybody = [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
  const entry = [0, 0, 20, 0, 0xff, 1, 0x1f, 0, ...everybody];
  const acl = [2, 0, 28, 0, 1, 0, 0, 0, ...entry];
  const header = [1, 0, 4, 0x80, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0];
  return Uint8Array.from([...header, ...everybody, ...acl]);
}

function withByte(
  bytes: Uint8Array,
  change: { readonly at: number; readonly value: number },
): Uint8Array {
  const changed = bytes.slice();
  changed[change.at] = change.value;
  return changed;
}
