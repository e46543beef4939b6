/**
 * Replacing a file that Windows denies, run as a Windows process (Wine in the tests of the
 * project). Wine denies read-only files as Windows does; it does not look at the rights of a user
 * who is root, so other denials come from a call that was exchanged.
 */
import assert from "node:assert/strict";
import type { ReplacementCalls } from "../../src/host/file_replacement.ts";
import { fault, inScratch, onWindows, type Scratch } from "./system_files.ts";

/** Elsewhere these tests do not exist: they run with the unit suite under Wine. */
function onWindowsOnly(name: string, fn: () => Promise<void>): void {
  if (onWindows) Deno.test({ name: `${name} (needs Windows)`, fn });
}

const DENIED = 5;
const READ_ONLY = 0x1;
const HIDDEN = 0x2;
/** OWNER, GROUP and DACL_SECURITY_INFORMATION. */
const OWNER_GROUP_DACL = 0x7;
/** Full access for administrators, read for everybody; and full access for everybody. */
const PROTECTED = "D:(A;;FA;;;BA)(A;;0x1200a9;;;WD)";
const OPEN = "D:(A;;FA;;;BA)(A;;FA;;;WD)";

/** Windows as an administrator sees it from outside of the program. */
async function outside() {
  const { wide } = await import("../../src/host/kernel32.ts");
  const security = Deno.dlopen("advapi32.dll", {
    GetFileSecurityW: { parameters: ["buffer", "u32", "buffer", "u32", "buffer"], result: "i32" },
    SetFileSecurityW: { parameters: ["buffer", "u32", "pointer"], result: "i32" },
    ConvertStringSecurityDescriptorToSecurityDescriptorW: {
      parameters: ["buffer", "u32", "buffer", "pointer"],
      result: "i32",
    },
  });
  const attributes = Deno.dlopen("kernel32.dll", {
    GetFileAttributesW: { parameters: ["buffer"], result: "u32" },
    SetFileAttributesW: { parameters: ["buffer", "u32"], result: "i32" },
  });
  return {
    protect(path: string, text: string): void {
      const pointer = new BigUint64Array(1);
      const { ConvertStringSecurityDescriptorToSecurityDescriptorW: convert } = security.symbols;
      assert.notEqual(convert(wide(text), 1, pointer, null), 0);
      const descriptor = Deno.UnsafePointer.create(pointer[0]!);
      assert.notEqual(security.symbols.SetFileSecurityW(wide(path), 4, descriptor), 0);
    },
    security(path: string): Uint8Array {
      const [buffer, needed] = [new Uint8Array(4096), new Uint32Array(1)];
      const { GetFileSecurityW: get } = security.symbols;
      assert.notEqual(get(wide(path), OWNER_GROUP_DACL, buffer, buffer.length, needed), 0);
      return buffer.slice(0, needed[0]);
    },
    attributes: (path: string) => attributes.symbols.GetFileAttributesW(wide(path)),
    setAttributes: (path: string, value: number) =>
      assert.notEqual(attributes.symbols.SetFileAttributesW(wide(path), value), 0),
    [Symbol.dispose]: () => [security, attributes].forEach((library) => library.close()),
  };
}

/** A file system of Windows in which some calls answer with an error that was set before. */
async function withFaults(
  faults: Partial<Record<keyof ReplacementCalls, (call: number) => number | undefined>>,
) {
  const { WindowsFileSystem, windowsCalls } = await import(
    "../../src/host/windows_file_system.ts"
  );
  const made: string[] = [];
  let code = 0;
  const real = await windowsCalls.security();
  const answer = (name: keyof ReplacementCalls): boolean => {
    made.push(name);
    code = faults[name]?.(made.filter((other) => other === name).length) ?? 0;
    return code !== 0;
  };
  const calls: ReplacementCalls = {
    ...real,
    GetLastError: () => code === 0 ? real.GetLastError() : code,
    MoveFileExW: (...args) => answer("MoveFileExW") ? 0 : real.MoveFileExW(...args),
    ReplaceFileW: (...args) => answer("ReplaceFileW") ? 0 : real.ReplaceFileW(...args),
    SetKernelObjectSecurity: (...args) =>
      answer("SetKernelObjectSecurity") ? 0 : real.SetKernelObjectSecurity(...args),
  };
  return {
    files: new WindowsFileSystem({ files: () => calls, security: () => Promise.resolve(calls) }),
    made,
  };
}

type Outside = Awaited<ReturnType<typeof outside>>;

/** A protected old file, and a new one that everybody may change. */
async function oldAndNew(scratch: Scratch, windows: Outside) {
  const names = {
    old: await scratch.write("old", "old"),
    fresh: await scratch.write("fresh", "fresh"),
    kept: scratch.path("kept"),
  };
  windows.protect(names.old, PROTECTED);
  windows.protect(names.fresh, OPEN);
  assert.notDeepEqual(windows.security(names.old), windows.security(names.fresh));
  return names;
}

onWindowsOnly("replaceFile() does not rename what Windows replaces at once", async () => {
  await inScratch(async (scratch) => {
    using windows = await outside();
    const { old, fresh, kept } = await oldAndNew(scratch, windows);
    const { files, made } = await withFaults({});
    await files.replaceFile(old, fresh, kept);
    assert.deepEqual(made, ["ReplaceFileW"]);
    assert.deepEqual([await scratch.text("old"), await scratch.text("kept")], ["fresh", "old"]);
  });
});

onWindowsOnly("replaceFile() renames what Windows denies, with the same protection", async () => {
  await inScratch(async (scratch) => {
    using windows = await outside();
    const { old, fresh, kept } = await oldAndNew(scratch, windows);
    windows.setAttributes(old, HIDDEN);
    const before = windows.security(old);
    const { files, made } = await withFaults({ ReplaceFileW: () => DENIED });
    await files.replaceFile(old, fresh, kept);
    assert.deepEqual(made, [
      "ReplaceFileW",
      "SetKernelObjectSecurity",
      "MoveFileExW",
      "MoveFileExW",
    ]);
    assert.deepEqual([await scratch.text("old"), await scratch.text("kept")], ["fresh", "old"]);
    assert.equal(await files.stat(fresh), undefined);
    assert.deepEqual(windows.security(old), before);
    assert.deepEqual(windows.security(kept), before);
    assert.equal(windows.attributes(old) & HIDDEN, HIDDEN);
  });
});

onWindowsOnly("replaceFile() replaces a read-only file, which Windows denies", async () => {
  await inScratch(async (scratch) => {
    using windows = await outside();
    const { old, fresh, kept } = await oldAndNew(scratch, windows);
    windows.setAttributes(old, READ_ONLY);
    const { files, made } = await withFaults({});
    await files.replaceFile(old, fresh, kept);
    assert.deepEqual(made.slice(-2), ["MoveFileExW", "MoveFileExW"]);
    assert.deepEqual([await scratch.text("old"), await scratch.text("kept")], ["fresh", "old"]);
    for (const path of [old, kept]) assert.equal(windows.attributes(path) & READ_ONLY, READ_ONLY);
    // As an undo does it.
    await files.move(old, scratch.path("undone"));
    await files.move(kept, old);
    assert.equal(await scratch.text("old"), "old");
    for (const path of [old, scratch.path("undone")]) windows.setAttributes(path, 0x80);
  });
});

for (
  const [what, faults, expected] of [
    ["the protection cannot be set", { SetKernelObjectSecurity: () => DENIED }, "denied"],
    ["the old file cannot be renamed", { MoveFileExW: () => 32 }, "busy"],
    [
      "the new file cannot be renamed",
      { MoveFileExW: (call: number) => call === 2 ? 112 : undefined },
      "no-space",
    ],
  ] as const
) {
  onWindowsOnly(`replaceFile() leaves the old file in place if ${what}`, async () => {
    await inScratch(async (scratch) => {
      using windows = await outside();
      const { old, fresh, kept } = await oldAndNew(scratch, windows);
      const before = windows.security(old);
      const { files } = await withFaults({ ReplaceFileW: () => DENIED, ...faults });
      await assert.rejects(files.replaceFile(old, fresh, kept), fault(expected));
      assert.deepEqual([await scratch.text("old"), await scratch.text("fresh")], ["old", "fresh"]);
      assert.deepEqual(windows.security(old), before);
      assert.equal(await files.stat(kept), undefined);
    });
  });
}

onWindowsOnly("replaceFile() says so if the old file could not be put back at first", async () => {
  await inScratch(async (scratch) => {
    using windows = await outside();
    const { old, fresh, kept } = await oldAndNew(scratch, windows);
    const { files } = await withFaults({
      ReplaceFileW: () => DENIED,
      MoveFileExW: (call) => call === 1 ? undefined : 112,
    });
    // The table fails to put it back; the file system itself tries once more, and can.
    await assert.rejects(files.replaceFile(old, fresh, kept), fault("no-space"));
    assert.equal(await scratch.text("old"), "old");
    assert.equal(await files.stat(kept), undefined);
  });
});

onWindowsOnly("replaceFile() does not rename for other refusals, nor folders", async () => {
  await inScratch(async (scratch) => {
    using windows = await outside();
    const { old, fresh, kept } = await oldAndNew(scratch, windows);
    for (
      const [code, expected] of [[32, "busy"], [19, "read-only"], [1117, "disk-error"]] as const
    ) {
      const { files, made } = await withFaults({ ReplaceFileW: () => code });
      await assert.rejects(files.replaceFile(old, fresh, kept), fault(expected));
      assert.deepEqual(made, ["ReplaceFileW"]);
    }
    await Deno.mkdir(scratch.path("folder"));
    const { files, made } = await withFaults({ ReplaceFileW: () => DENIED });
    await assert.rejects(files.replaceFile(scratch.path("folder"), fresh, kept), fault("denied"));
    await assert.rejects(files.replaceFile(old, scratch.path("folder"), kept), fault("denied"));
    assert.deepEqual(made, ["ReplaceFileW", "ReplaceFileW"]);
  });
});
