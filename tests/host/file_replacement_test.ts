/** How a file takes the place of another one on Windows, with a Windows in memory. */
import assert from "node:assert/strict";
import { replaceByRenaming } from "../../src/host/file_renaming.ts";
import {
  isRefusal,
  replaceAtOnce,
  type ReplacementCalls,
} from "../../src/host/file_replacement.ts";
import { fromWide } from "../../src/host/kernel32.ts";

const DENIED = 5;
const READ_ONLY_HIDDEN = 0x3;
const ARCHIVE = 0x20;
const NORMAL = 0x80;
const DIRECTORY = 0x10;

/** A descriptor with control bits, an owner of one number, and a discretionary list of one entry. */
function descriptor(control: number, owner: number, mask: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(20 + 12 + 12 + 8 + 20);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint16(2, 0x8004 | control, true);
  [20, 32, 0, 44].forEach((offset, at) => view.setUint32(4 + 4 * at, offset, true));
  for (const [at, number] of [[20, owner], [32, 18], [60, 32]] as const) {
    bytes.set([1, 1, 0, 0, 0, 0, 0, 5], at);
    view.setUint32(at + 8, number, true);
  }
  view.setUint8(44, 2);
  view.setUint16(46, 28, true);
  view.setUint16(48, 1, true);
  view.setUint16(54, 20, true);
  view.setUint32(56, mask, true);
  return bytes;
}

const INSTALLER_ONLY = descriptor(0x1400, 80, 0x1200a9);
const ANYBODY = descriptor(0x0400, 32, 0x1f01ff);

interface FakeFile {
  readonly content: string;
  attributes: number;
  created: bigint;
  security: Uint8Array;
}

const PATH = "D:\\Windows\\System32\\a.dll";
const STAGED = "D:\\PEMedic\\new\\1";
const KEPT = "D:\\PEMedic\\kept\\1";
const FILES = { path: PATH, replacement: STAGED, backup: KEPT };

/** What a call of this Windows is to do instead of its work. */
type Fault = (call: number, args: readonly unknown[]) => number | undefined;

/** The names of the calls that were made, and a volume with the old file and the new one. */
class FakeWindows {
  readonly files = new Map<string, FakeFile>([
    [PATH, { content: "old", attributes: READ_ONLY_HIDDEN, created: 7n, security: INSTALLER_ONLY }],
    [STAGED, { content: "new", attributes: ARCHIVE, created: 9n, security: ANYBODY }],
  ]);
  readonly made: string[] = [];
  /** Handles that were opened and not closed. */
  readonly open = new Map<bigint, FakeFile>();
  readonly calls: ReplacementCalls;
  #code = 0;
  #handles = 0n;

  constructor(faults: Partial<Record<keyof ReplacementCalls, Fault>> = {}) {
    const counts = new Map<string, number>();
    const call = (name: keyof ReplacementCalls, args: readonly unknown[], work: () => number) => {
      this.made.push(name);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      this.#code = faults[name]?.(counts.get(name)!, args) ?? work();
      return this.#code === 0 ? 1 : 0;
    };
    this.calls = {
      CloseHandle: (handle) => {
        assert.ok(this.open.delete(Deno.UnsafePointer.value(handle)), "closed once");
        return 1;
      },
      CreateFileW: (name, access, share, security, disposition, flags) => {
        const args = [text(name), access, flags];
        assert.deepEqual([share, security, disposition, flags], [7, null, 3, 0x2200000]);
        if (call("CreateFileW", args, () => this.files.has(text(name)) ? 0 : 2) === 0) {
          return Deno.UnsafePointer.create(0xffff_ffff_ffff_ffffn);
        }
        this.#handles += 8n;
        this.open.set(this.#handles, this.files.get(text(name))!);
        return Deno.UnsafePointer.create(this.#handles);
      },
      GetFileInformationByHandleEx: (handle, type, buffer, size) =>
        call("GetFileInformationByHandleEx", [type], () => {
          assert.deepEqual([type, size], [0, 40]);
          const view = viewOf(buffer);
          view.setBigInt64(0, this.#of(handle).created, true);
          view.setBigInt64(16, 11n, true);
          view.setUint32(32, this.#of(handle).attributes, true);
          return 0;
        }),
      GetKernelObjectSecurity: (handle, parts, buffer, size, needed) =>
        call("GetKernelObjectSecurity", [parts], () => {
          const { security } = this.#of(handle);
          viewOf(needed).setUint32(0, security.length, true);
          if (size < security.length) return 122;
          bytesOf(buffer).set(security);
          return 0;
        }),
      GetLastError: () => this.#code,
      MoveFileExW: (from, to, flags) =>
        call("MoveFileExW", [text(from), text(to)], () => {
          assert.equal(flags, 8);
          return this.#rename(text(from), text(to));
        }),
      ReplaceFileW: (path, replacement, backup, flags) =>
        call("ReplaceFileW", [], () => {
          assert.equal(flags, 0);
          return this.#rename(text(path), text(backup)) ||
            this.#rename(text(replacement), text(path));
        }),
      SetFileInformationByHandle: (handle, type, buffer, size) =>
        call("SetFileInformationByHandle", [type], () => {
          assert.deepEqual([type, size], [0, 40]);
          const view = viewOf(buffer);
          assert.equal(view.getBigInt64(16, true), 0n, "the time of the last change stays");
          this.#of(handle).created = view.getBigInt64(0, true);
          this.#of(handle).attributes = view.getUint32(32, true);
          return 0;
        }),
      SetKernelObjectSecurity: (handle, parts, buffer) =>
        call("SetKernelObjectSecurity", [parts], () => {
          this.#of(handle).security = asWindowsKeeps(bytesOf(buffer));
          return 0;
        }),
    };
  }

  /** What lies where: the content of each name. */
  contents(): Record<string, string> {
    return Object.fromEntries([...this.files].map(([name, file]) => [name, file.content]));
  }

  #of(handle: Deno.PointerValue): FakeFile {
    return this.open.get(Deno.UnsafePointer.value(handle))!;
  }

  #rename(from: string, to: string): number {
    const file = this.files.get(from);
    if (file === undefined) return 2;
    if (this.files.has(to)) return 183;
    assert.equal(this.open.size, 0, "nothing is renamed while it is open");
    this.files.delete(from);
    this.files.set(to, file);
    return 0;
  }
}

/** Windows keeps the bit of inheritance only where it is asked to, and the question never. */
function asWindowsKeeps(bytes: Uint8Array): Uint8Array {
  const kept = new Uint8Array(bytes);
  const view = new DataView(kept.buffer);
  const control = view.getUint16(2, true);
  const inherited = (control & 0x0500) === 0x0500 ? 0x0400 : 0;
  view.setUint16(2, control & ~0x0500 | inherited, true);
  return kept;
}

function bytesOf(buffer: AllowSharedBufferSource | null): Uint8Array {
  assert.ok(buffer !== null);
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}

function viewOf(buffer: AllowSharedBufferSource | null): DataView {
  const bytes = bytesOf(buffer);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(buffer: AllowSharedBufferSource | null): string {
  return fromWide(bytesOf(buffer));
}

/** Windows gives the descriptor with room behind it, and so it is set. */
function securityOf(file: FakeFile, like: Uint8Array): Uint8Array {
  return new Uint8Array(file.security.subarray(0, like.length));
}

const SWAPPED = { [KEPT]: "old", [PATH]: "new" };
const UNTOUCHED = { [PATH]: "old", [STAGED]: "new" };

Deno.test("replaceAtOnce() is one call and says what Windows answered", () => {
  const windows = new FakeWindows();
  assert.equal(replaceAtOnce(windows.calls, FILES), 0);
  assert.deepEqual(windows.made, ["ReplaceFileW"]);
  assert.deepEqual(windows.contents(), SWAPPED);
  const denying = new FakeWindows({ ReplaceFileW: () => DENIED });
  assert.equal(replaceAtOnce(denying.calls, FILES), DENIED);
  assert.deepEqual(denying.contents(), UNTOUCHED);
});

Deno.test("isRefusal() knows the answers after which renaming may help, and no others", () => {
  assert.deepEqual([5, 1314, 1175, 1176].map(isRefusal), [true, true, true, true]);
  // Success, not found, write-protected, sharing, disk full, I/O error, half done.
  const others = [0, 2, 19, 32, 112, 1117, 1177];
  assert.deepEqual(others.filter(isRefusal), []);
});

Deno.test("replaceByRenaming() keeps the old file, and all that Windows knows of it", () => {
  const windows = new FakeWindows();
  assert.equal(replaceByRenaming(windows.calls, FILES), 0);
  assert.deepEqual(windows.contents(), SWAPPED);
  const [fresh, old] = [windows.files.get(PATH)!, windows.files.get(KEPT)!];
  assert.deepEqual(securityOf(fresh, INSTALLER_ONLY), INSTALLER_ONLY);
  assert.deepEqual([fresh.attributes, fresh.created], [READ_ONLY_HIDDEN, 7n]);
  assert.deepEqual([old.attributes, old.created], [READ_ONLY_HIDDEN, 7n]);
  assert.deepEqual(securityOf(old, INSTALLER_ONLY), INSTALLER_ONLY);
  assert.equal(windows.open.size, 0);
  assert.deepEqual(windows.made.slice(-2), ["MoveFileExW", "MoveFileExW"]);
});

Deno.test("replaceByRenaming() takes away what only the new file has", () => {
  const windows = new FakeWindows();
  windows.files.get(PATH)!.attributes = NORMAL;
  assert.equal(replaceByRenaming(windows.calls, FILES), 0);
  assert.equal(windows.files.get(PATH)!.attributes, NORMAL);
});

Deno.test("replaceByRenaming() reads a descriptor that is longer than most", () => {
  const windows = new FakeWindows();
  const long = new Uint8Array(5000);
  long.set(INSTALLER_ONLY);
  windows.files.get(PATH)!.security = long;
  assert.equal(replaceByRenaming(windows.calls, FILES), 0);
  assert.deepEqual(securityOf(windows.files.get(PATH)!, long), long);
});

Deno.test("replaceByRenaming() goes on without the list of audits where it may not see it", () => {
  const SYSTEM_SECURITY = 0x0100_0000;
  const windows = new FakeWindows({
    CreateFileW: (_, [, access]) => (Number(access) & SYSTEM_SECURITY) === 0 ? undefined : 1314,
  });
  assert.equal(replaceByRenaming(windows.calls, FILES), 0);
  assert.deepEqual(windows.contents(), SWAPPED);
  assert.deepEqual(securityOf(windows.files.get(PATH)!, INSTALLER_ONLY), INSTALLER_ONLY);
});

Deno.test("replaceByRenaming() goes on without the label where it may not set it", () => {
  const windows = new FakeWindows({
    SetKernelObjectSecurity: (_, [parts]) => (Number(parts) & 0x1001f) === 7 ? undefined : 1314,
  });
  assert.equal(replaceByRenaming(windows.calls, FILES), 0);
  assert.deepEqual(securityOf(windows.files.get(PATH)!, INSTALLER_ONLY), INSTALLER_ONLY);
});

for (
  const name of [
    "CreateFileW",
    "GetFileInformationByHandleEx",
    "GetKernelObjectSecurity",
    "SetKernelObjectSecurity",
    "SetFileInformationByHandle",
  ] as const
) {
  Deno.test(`replaceByRenaming() leaves the old file in place if ${name} is denied`, () => {
    const windows = new FakeWindows({ [name]: () => DENIED });
    const old = { ...windows.files.get(PATH)! };
    assert.equal(replaceByRenaming(windows.calls, FILES), DENIED);
    assert.deepEqual(windows.contents(), UNTOUCHED);
    assert.deepEqual(windows.files.get(PATH), old);
    assert.equal(windows.open.size, 0);
    assert.ok(!windows.made.includes("MoveFileExW"));
  });
}

Deno.test("replaceByRenaming() leaves the old file in place if only the new one is denied", () => {
  const windows = new FakeWindows({
    CreateFileW: (_, [name]) => name === STAGED ? DENIED : undefined,
  });
  assert.equal(replaceByRenaming(windows.calls, FILES), DENIED);
  assert.deepEqual([windows.contents(), windows.open.size], [UNTOUCHED, 0]);
});

Deno.test("replaceByRenaming() refuses a new file that did not take the protection", () => {
  const windows = new FakeWindows({ SetKernelObjectSecurity: () => 0 });
  assert.equal(replaceByRenaming(windows.calls, FILES), 1338);
  assert.deepEqual(windows.contents(), UNTOUCHED);
});

Deno.test("replaceByRenaming() refuses folders and links", () => {
  for (const name of [PATH, STAGED]) {
    for (const attribute of [DIRECTORY, 0x400]) {
      const windows = new FakeWindows();
      windows.files.get(name)!.attributes |= attribute;
      assert.equal(replaceByRenaming(windows.calls, FILES), 87);
      assert.deepEqual(windows.contents(), UNTOUCHED);
      assert.deepEqual(windows.files.get(STAGED)!.security, ANYBODY);
    }
  }
});

Deno.test("replaceByRenaming() leaves the old file in place if it cannot be renamed", () => {
  const windows = new FakeWindows({ MoveFileExW: () => DENIED });
  assert.equal(replaceByRenaming(windows.calls, FILES), DENIED);
  assert.deepEqual(windows.contents(), UNTOUCHED);
});

Deno.test("replaceByRenaming() never replaces an earlier backup", () => {
  const windows = new FakeWindows();
  const earlier = { content: "earlier", attributes: 0, created: 0n, security: ANYBODY };
  windows.files.set(KEPT, earlier);
  assert.equal(replaceByRenaming(windows.calls, FILES), 183);
  assert.deepEqual(windows.contents(), { ...UNTOUCHED, [KEPT]: "earlier" });
});

Deno.test("replaceByRenaming() puts the old file back if the new one cannot come, and says why", () => {
  const windows = new FakeWindows({ MoveFileExW: (call) => call === 2 ? 112 : undefined });
  assert.equal(replaceByRenaming(windows.calls, FILES), 112);
  assert.deepEqual(windows.contents(), UNTOUCHED);
});

Deno.test("replaceByRenaming() reports the first error if the old file cannot be put back", () => {
  const windows = new FakeWindows({
    MoveFileExW: (call) => call === 1 ? undefined : call === 2 ? 112 : DENIED,
  });
  assert.equal(replaceByRenaming(windows.calls, FILES), 112);
  assert.deepEqual(windows.contents(), { [KEPT]: "old", [STAGED]: "new" });
});

Deno.test("replaceByRenaming() can be cut off anywhere, and the old file is where it is looked for", () => {
  const whole = new FakeWindows();
  replaceByRenaming(whole.calls, FILES);
  const states = whole.made.map((_, cut) => {
    let calls = 0;
    const off = () => {
      if (calls++ === cut) throw new Error("power cut");
      return undefined;
    };
    const windows = new FakeWindows({
      CreateFileW: off,
      GetFileInformationByHandleEx: off,
      GetKernelObjectSecurity: off,
      MoveFileExW: off,
      SetFileInformationByHandle: off,
      SetKernelObjectSecurity: off,
    });
    const old = windows.files.get(PATH)!;
    const { security, attributes, created } = old;
    assert.throws(() => replaceByRenaming(windows.calls, FILES), /power cut/);
    assert.deepEqual([old.security, old.attributes, old.created], [security, attributes, created]);
    return windows.contents();
  });
  // Before the first rename, and between the two: what is staged is there, so the swap is not done.
  assert.deepEqual(states.at(-1), { [KEPT]: "old", [STAGED]: "new" });
  for (const state of states.slice(0, -1)) assert.deepEqual(state, UNTOUCHED);
});
