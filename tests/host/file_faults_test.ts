import assert from "node:assert/strict";
import { FileError } from "../../src/base/mod.ts";
import { asFileError, faultOf, win32Error, win32Fault } from "../../src/host/file_faults.ts";

/** An error as Deno throws it: POSIX name, and the number of the system in the message. */
function systemError(code: string, number: number): Error {
  return Object.assign(new Error(`Something (os error ${number})`), { code });
}

Deno.test("win32Fault() knows what ends a repair", () => {
  const expected = {
    2: "not-found",
    5: "denied",
    17: "cross-device",
    19: "read-only",
    23: "disk-error",
    27: "disk-error",
    32: "busy",
    33: "busy",
    80: "exists",
    112: "no-space",
    183: "exists",
    1117: "disk-error",
    1307: "denied",
    1314: "denied",
    87: "other",
  } as const;
  for (const [code, fault] of Object.entries(expected)) {
    assert.equal(win32Fault(Number(code)), fault, code);
  }
});

Deno.test("faultOf() reads POSIX names on Linux", () => {
  assert.equal(faultOf(systemError("ENOSPC", 28), false), "no-space");
  assert.equal(faultOf(systemError("EROFS", 30), false), "read-only");
  assert.equal(faultOf(systemError("EIO", 5), false), "disk-error");
  assert.equal(faultOf(systemError("EXDEV", 18), false), "cross-device");
  assert.equal(faultOf(systemError("ENOTEMPTY", 39), false), "other");
});

Deno.test("faultOf() believes the Win32 number on Windows and only there", () => {
  assert.equal(faultOf(systemError("EACCES", 32), true), "busy");
  assert.equal(faultOf(systemError("EACCES", 5), true), "denied");
  assert.equal(faultOf(systemError("EIO", 5), false), "disk-error");
  assert.equal(faultOf(systemError("ENOENT", 999_999), true), "not-found");
});

Deno.test("faultOf() falls back to Deno's classes", () => {
  assert.equal(faultOf(new Deno.errors.NotFound("x")), "not-found");
  assert.equal(faultOf(new Deno.errors.AlreadyExists("x")), "exists");
  assert.equal(faultOf(new Deno.errors.PermissionDenied("x")), "denied");
  assert.equal(faultOf(new Deno.errors.NotCapable("x")), "denied");
  assert.equal(faultOf("a string"), "other");
});

Deno.test("asFileError() names action and path, and the system's words only if needed", async () => {
  const subject = { action: "read", path: "D:\\a" };
  await assert.rejects(
    asFileError(subject, () => Promise.reject(new Deno.errors.NotFound("words"))),
    (error: FileError) => error.message === 'Cannot read "D:\\a": not found',
  );
  await assert.rejects(
    asFileError(subject, () => Promise.reject(new Error("words"))),
    (error: FileError) => error.fault === "other" && error.message.includes("(words)"),
  );
  const own = new FileError("list", "D:\\b", "busy");
  await assert.rejects(
    asFileError(subject, () => Promise.reject(own)),
    (error) => error === own,
  );
  assert.equal(await asFileError(subject, () => Promise.resolve(7)), 7);
});

Deno.test("win32Error() keeps the number of what has no name", () => {
  const known = win32Error({ action: "list", path: "D:\\a", code: 32 });
  assert.equal(known.message, 'Cannot list "D:\\a": another program holds it open');
  const unknown = win32Error({ action: "list", path: "D:\\a", code: 21 });
  assert.equal(unknown.fault, "other");
  assert.match(unknown.message, /Windows error 21/);
});
