/**
 * Taking a folder from ordinary users, run as a Windows process (Wine in the tests of the project).
 * Wine makes modes of Unix out of lists of rights and back: it neither keeps the owner nor that
 * inheritance is cut off, so that what is read back never is what was set.
 */
import assert from "node:assert/strict";
import { isAdministratorsOnly } from "../../src/host/security_descriptor.ts";
import { fault, inScratch, onWindows } from "./system_files.ts";

/** Elsewhere these tests do not exist: they run with the unit suite under Wine. */
function onWindowsOnly(name: string, fn: () => Promise<void>): void {
  if (onWindows) Deno.test({ name: `${name} (needs Windows)`, fn });
}

/** OWNER and DACL_SECURITY_INFORMATION. */
const OWNER_DACL = 0x5;
const DACL = 0x4;
/** S-1-1-0. */
const EVERYBODY = [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];

/** Windows as an administrator sees it from outside of the program. */
async function outside() {
  const { wide } = await import("../../src/host/kernel32.ts");
  const library = Deno.dlopen("advapi32.dll", {
    GetFileSecurityW: { parameters: ["buffer", "u32", "buffer", "u32", "buffer"], result: "i32" },
    SetFileSecurityW: { parameters: ["buffer", "u32", "buffer"], result: "i32" },
  });
  const { symbols } = library;
  return {
    security(path: string): Uint8Array {
      const [buffer, needed] = [new Uint8Array(4096), new Uint32Array(1)];
      const done = symbols.GetFileSecurityW(wide(path), OWNER_DACL, buffer, 4096, needed);
      assert.notEqual(done, 0);
      return buffer.slice(0, needed[0]);
    },
    open(path: string): void {
      assert.notEqual(symbols.SetFileSecurityW(wide(path), DACL, openToAll()), 0);
    },
    [Symbol.dispose]: () => library.close(),
  };
}

/** `D:(A;OICI;FA;;;WD)` */
function openToAll(): Uint8Array<ArrayBuffer> {
  const list = [2, 0, 28, 0, 1, 0, 0, 0, 0, 3, 20, 0, 0xff, 1, 0x1f, 0, ...EVERYBODY];
  return Uint8Array.from([1, 0, 4, 0x80, ...new Array(12).fill(0), 20, 0, 0, 0, ...list]);
}

onWindowsOnly(
  "restrict() leaves nothing to everybody, and says what it has read back",
  async () => {
    await inScratch(async ({ files, path }) => {
      using windows = await outside();
      const folder = path("PEMedic");
      await files.createDirectory(folder);
      windows.open(folder);
      assert.ok(isOpen(windows.security(folder)));
      const kept = await files.restrict!(folder);
      const after = windows.security(folder);
      assert.ok(!isOpen(after), after.join());
      assert.equal(kept, isAdministratorsOnly(after));
      assert.equal(await files.restrict!(folder), kept);
      // Whoever restricted it still comes in.
      await files.createFile(path("PEMedic", "file"), new Uint8Array([1]));
      assert.deepEqual(await files.read(path("PEMedic", "file")), new Uint8Array([1]));
    });
  },
);

function isOpen(descriptor: Uint8Array): boolean {
  return descriptor.join().includes(EVERYBODY.join());
}

onWindowsOnly("restrict() refuses files and what is not there", async () => {
  await inScratch(async ({ files, path, write }) => {
    using windows = await outside();
    const file = await write("file", "x");
    const before = windows.security(file);
    await assert.rejects(files.restrict!(file), fault("not-a-directory"));
    assert.deepEqual(windows.security(file), before);
    await assert.rejects(files.restrict!(path("nothing")), fault("not-found"));
  });
});
