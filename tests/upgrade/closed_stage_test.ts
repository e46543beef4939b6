/** A staged upgrade lies where ordinary users cannot change it, or is not made. */
import assert from "node:assert/strict";
import { ExitCode, FileError } from "../../src/base/mod.ts";
import { doneBeforeRestricted } from "../lab/done_before.ts";
import { ADMINISTRATORS_ONLY } from "../lab/memory_file_system.ts";
import { compareSnapshots, type MemoryLab, SimulatedCrash } from "../lab/mod.ts";
import { flat, pictureOf, putOnStick, stage, stageLab, unstage } from "./stage_lab.ts";
import { runCli } from "../run_cli.ts";

const FOLDERS = ["D:\\PEMedic", "D:\\PEMedic\\bin", "D:\\PEMedic\\media"];

Deno.test("PEMedic, bin and media are closed before the program, the key or the media are there", async () => {
  const lab = await stageLab();
  await putOnStick(lab, {
    "E:\\key.ini": "[SetupConfig]\r\nPKey=VK7JG-NPHTM-C97JM-9MPGT-3V66T\r\n",
  });
  const run = await stage(lab, "--product-key", "E:\\key.ini");
  assert.equal(run.code, ExitCode.ok, flat(run));
  for (const folder of FOLDERS) {
    assert.deepEqual(doneBeforeRestricted(lab.files, folder), [], folder);
    assert.equal(lab.files.securityOf(folder), ADMINISTRATORS_ONLY, folder);
  }
  // What is made in them inherits that: nothing below has rights of its own.
  for (const name of ["pemedic.exe", "SetupConfig.ini", "upgrade.json"]) {
    assert.equal(lab.files.securityOf(`D:\\PEMedic\\bin\\${name}`), "inherited", name);
  }
  assert.doesNotMatch(flat(run), /Ordinary users/);
});

for (
  const [what, restrict] of [
    ["keeps no rights", () => Promise.resolve(false)],
    [
      "refuses",
      (path: string) => Promise.reject(new FileError("take from ordinary users", path, "denied")),
    ],
  ] as const
) {
  Deno.test(`an NTFS volume that ${what}: refused with a sentence, unless it is agreed to`, async () => {
    const lab = await stageLab();
    const before = await pictureOf(lab);
    lab.files.restrict = restrict;
    const run = await stage(lab);
    assert.equal(run.code, ExitCode.refused, flat(run));
    assert.match(flat(run), /Cannot stage the upgrade: ordinary users could change "PEMedic": /);
    assert.match(flat(run), /--allow-unprotected/);
    assert.match(flat(run), /Ordinary users of this Windows may be able to read/);
    assert.deepEqual(compareSnapshots(before, await pictureOf(lab)), []);
    const agreed = await stage(lab, "--allow-unprotected");
    assert.equal(agreed.code, ExitCode.ok, flat(agreed));
    assert.equal((await unstage(lab)).code, ExitCode.ok);
    assert.deepEqual(compareSnapshots(before, await pictureOf(lab)), []);
  });
}

/** A stage that was cut off when the folder of the program was there. */
async function cutOff(): Promise<MemoryLab> {
  const lab = await stageLab();
  lab.host.killAt("content-written", 1);
  await stage(lab).catch((error) => assert.ok(error instanceof SimulatedCrash));
  lab.reboot();
  assert.notEqual(await lab.files.stat("D:\\PEMedic\\bin"), undefined);
  assert.notEqual(await lab.files.stat("D:\\PEMedic\\media"), undefined);
  return lab;
}

Deno.test("resume closes again what was opened since, before it goes on", async () => {
  const lab = await cutOff();
  for (const folder of FOLDERS) lab.files.setSecurity(folder, "everybody");
  lab.files.forgetOperations();
  const run = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(run.code, ExitCode.ok, flat(run));
  for (const folder of FOLDERS) {
    assert.equal(lab.files.securityOf(folder), ADMINISTRATORS_ONLY, folder);
  }
  // What was cut off is put aside first.
  const before = doneBeforeRestricted(lab.files, "D:\\PEMedic\\bin");
  assert.deepEqual(before.filter((path) => !path.endsWith(".pemedic-part")), []);
});

Deno.test("resume refuses a folder of the program that cannot be closed; undo does not mind", async () => {
  const lab = await cutOff();
  lab.files.restrict = (path) => Promise.resolve(!path.endsWith("bin"));
  const run = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(run.code, ExitCode.refused, flat(run));
  assert.match(flat(run), /could change "PEMedic\\bin": /);
  assert.equal(await lab.files.stat("D:\\PEMedic\\bin\\upgrade.json"), undefined);
  assert.equal((await unstage(lab)).code, ExitCode.ok);
  assert.equal(await lab.files.stat("D:\\PEMedic\\bin"), undefined);
});

Deno.test("a volume that is no NTFS has no rights to lose", async () => {
  const lab = await stageLab();
  lab.files.volume("D:").fileSystem = "FAT32";
  const run = await stage(lab);
  assert.equal(run.code, ExitCode.ok, flat(run));
  assert.match(flat(run), /Ordinary users of this Windows may be able to read/);
});
