/** What must keep an upgrade from being staged, or from being called off, without harm. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { openHive } from "../../src/formats/regf/mod.ts";
import { fastStartup, hibernated, type MemoryLab } from "../lab/mod.ts";
import { WINDOWS_11_ARM64 } from "../lab/lab_edition.ts";
import { labMediaIso } from "../lab/upgrade_media.ts";
import { runCli } from "../run_cli.ts";
import { flat, ISO, putOnStick, STAGE, stage, stageLab, unstage } from "./stage_lab.ts";

const SYSTEM = "D:\\Windows\\System32\\config\\SYSTEM";

async function isArmed(lab: MemoryLab): Promise<boolean> {
  const hive = openHive(await lab.files.read(SYSTEM), { name: "SYSTEM" });
  return hive.key("ControlSet001\\Services\\PEMedicUpgrade") !== undefined;
}

Deno.test("a hibernated Windows is neither staged nor unstaged: its files are in its memory", async () => {
  for (const damage of [hibernated(), fastStartup()]) {
    const fresh = await stageLab();
    await fresh.damage(damage);
    fresh.files.forgetOperations();
    const staged = await stage(fresh);
    assert.equal(staged.code, ExitCode.refused, flat(staged));
    assert.deepEqual(fresh.files.operations, []);
    const lab = await stageLab();
    assert.equal((await stage(lab)).code, ExitCode.ok);
    await lab.damage(damage);
    lab.files.forgetOperations();
    const run = await unstage(lab);
    assert.equal(run.code, ExitCode.hibernated, flat(run));
    assert.match(flat(run), /hibernated.*Shut Windows down with Shift held/);
    assert.deepEqual(lab.files.operations, []);
    const dry = await runCli(lab, "upgrade", "unstage", "D:", "--dry-run");
    assert.equal(dry.code, ExitCode.ok, flat(dry));
  }
});

Deno.test("Windows 10 on ARM cannot run a program for x64, Windows 11 can", async () => {
  const newer = await stageLab({
    windows: WINDOWS_11_ARM64,
    media: { windows: WINDOWS_11_ARM64 },
  });
  const runs = await stage(newer);
  assert.equal(runs.code, ExitCode.ok, flat(runs));
  const older = { ...WINDOWS_11_ARM64, build: 19045 };
  const lab = await stageLab({ windows: older, media: { windows: WINDOWS_11_ARM64 } });
  const run = await stage(lab);
  assert.equal(run.code, ExitCode.usage, flat(run));
  assert.match(flat(run), /Cannot leave "E:\\pemedic.exe" on the target: it is for x64/);
  assert.equal(await isArmed(lab), false);
});

Deno.test("media that were changed since the plan arm nothing", async () => {
  for (
    const files of [
      { "setup.exe": "MZ SETUP" }, // as long as before
      { "sources\\more.txt": "another file" },
    ]
  ) {
    const lab = await stageLab();
    const plan = ["--dry-run", "--save-plan", "E:\\plan.json"];
    assert.equal((await runCli(lab, ...STAGE, ...plan)).code, ExitCode.ok);
    await lab.files.remove(ISO);
    await putOnStick(lab, { [ISO]: labMediaIso({ files }) });
    const run = await runCli(lab, "repair", "D:", "--plan", "E:\\plan.json", "--yes");
    assert.equal(run.code, ExitCode.partial, flat(run));
    assert.match(flat(run), /not as planned: PEMedic\\media/);
    assert.equal(await isArmed(lab), false, JSON.stringify(files));
    const back = await unstage(lab);
    assert.equal(back.code, ExitCode.ok, flat(back));
    assert.equal(await lab.files.stat("D:\\PEMedic\\media"), undefined);
  }
});
