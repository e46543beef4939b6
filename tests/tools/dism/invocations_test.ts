import assert from "node:assert/strict";
import { RefusalError, type ToolInvocation, UsageError } from "../../../src/base/mod.ts";
import * as dism from "../../../src/tools/dism/mod.ts";

const PLACE = { image: "D:\\", scratch: "E:\\scratch", logPath: "E:\\logs\\dism.log" };
const WIM = { kind: "wim", path: "E:\\sources\\install.wim", index: 6 } as const;
const IDENTITY = "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.9";

const CALLS: Readonly<Record<string, ToolInvocation>> = {
  checkHealth: dism.checkHealth(PLACE),
  scanHealth: dism.scanHealth(PLACE),
  restoreHealth: dism.restoreHealth(PLACE, { sources: [WIM] }),
  revertPendingActions: dism.revertPendingActions(PLACE),
  listPackages: dism.listPackages(PLACE),
  addPackage: dism.addPackage(PLACE, { packagePath: "E:\\updates\\kb.msu" }),
  removePackage: dism.removePackage(PLACE, { identity: IDENTITY }),
  listDrivers: dism.listDrivers(PLACE),
  removeDriver: dism.removeDriver(PLACE, { publishedName: "oem7.inf" }),
  startComponentCleanup: dism.startComponentCleanup(PLACE),
  getCurrentEdition: dism.getCurrentEdition(PLACE),
};
const READING = ["checkHealth", "scanHealth", "listPackages", "listDrivers", "getCurrentEdition"];

for (const [name, call] of Object.entries(CALLS)) {
  Deno.test(`${name}() names image, scratch and log, asks for English, and is never online`, () => {
    assert.deepEqual(call.arguments.slice(0, 4), [
      "/English",
      "/Image:D:\\",
      "/ScratchDir:E:\\scratch",
      "/LogPath:E:\\logs\\dism.log",
    ]);
    assert.ok(!call.arguments.some((argument) => /online/i.test(argument)));
    assert.equal(call.tool, "dism");
    assert.match(call.purpose, /^[A-Z].*[^.]$/);
  });

  Deno.test(`${name}() tells its risk, and what can be done instead of taking it back`, () => {
    const reads = READING.includes(name);
    assert.equal(call.risk, reads ? "reads" : "irreversible");
    assert.equal(call.instead === undefined, reads);
  });
}

Deno.test("restoreHealth() gives all sources in their order and never goes online", () => {
  const sources = [WIM, { kind: "windows-folder", path: "F:\\Windows" }] as const;
  const call = dism.restoreHealth(PLACE, { sources });
  assert.deepEqual(call.arguments.slice(4), [
    "/Cleanup-Image",
    "/RestoreHealth",
    "/Source:wim:E:\\sources\\install.wim:6",
    "/Source:F:\\Windows",
    "/LimitAccess",
    "/NoRestart",
  ]);
});

Deno.test("restoreHealth() refuses to run without a source, or with one it would refuse", () => {
  assert.throws(() => dism.restoreHealth(PLACE, { sources: [] }), UsageError);
  const winpe = { kind: "windows-folder", path: "X:\\Windows" } as const;
  assert.throws(() => dism.restoreHealth(PLACE, { sources: [winpe] }), RefusalError);
  const zero = { ...WIM, index: 0 };
  assert.throws(() => dism.restoreHealth(PLACE, { sources: [zero] }), UsageError);
});

Deno.test("startComponentCleanup() resets the base only if asked to", () => {
  assert.ok(!CALLS.startComponentCleanup!.arguments.includes("/ResetBase"));
  const reset = dism.startComponentCleanup(PLACE, { resetBase: true });
  assert.ok(reset.arguments.includes("/ResetBase"));
  assert.match(reset.instead ?? "", /cannot be taken back/);
});

Deno.test("removeDriver() takes oemN.inf and refuses drivers of Windows", () => {
  assert.ok(CALLS.removeDriver!.arguments.includes("/Driver:oem7.inf"));
  for (const publishedName of ["disk.inf", "oem.inf", "oem1.inf /foo", "..\\oem1.inf"]) {
    assert.throws(() => dism.removeDriver(PLACE, { publishedName }), RefusalError);
  }
});

Deno.test("removePackage() takes an identity and refuses names and the servicing stack", () => {
  assert.ok(CALLS.removePackage!.arguments.includes(`/PackageName:${IDENTITY}`));
  assert.throws(() => dism.removePackage(PLACE, { identity: "KB5058411" }), UsageError);
  const stack = "Package_for_ServicingStack_4060~31bf3856ad364e35~amd64~~26100.4060.1.1";
  assert.throws(() => dism.removePackage(PLACE, { identity: stack }), RefusalError);
});

Deno.test("addPackage() takes .cab and .msu and refuses other files", () => {
  assert.ok(dism.addPackage(PLACE, { packagePath: "E:\\a b\\x.CAB" }));
  assert.throws(() => dism.addPackage(PLACE, { packagePath: "E:\\x.exe" }), UsageError);
});

Deno.test("a call writes paths as DISM wants them", () => {
  const call = dism.scanHealth({ ...PLACE, image: "d:", scratch: "E:\\my scratch\\" });
  assert.ok(call.arguments.includes("/Image:d:\\"));
  assert.ok(call.arguments.includes("/ScratchDir:E:\\my scratch"));
  assert.ok(dism.scanHealth({ ...PLACE, scratch: "E:\\" }).arguments.includes("/ScratchDir:E:\\"));
});

Deno.test("a call refuses empty paths, quotes and network paths", () => {
  assert.throws(() => dism.scanHealth({ ...PLACE, image: "" }), UsageError);
  assert.throws(() => dism.scanHealth({ ...PLACE, scratch: 'E:\\"x' }), UsageError);
  assert.throws(() => dism.scanHealth({ ...PLACE, logPath: "\\\\server\\x.log" }), RefusalError);
});
