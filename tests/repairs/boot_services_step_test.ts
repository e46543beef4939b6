/** `boot.restore-services`: which values it writes, and which it leaves. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { RUNGS } from "../../src/ladder/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  bootServiceDisabled,
  classFilterMissing,
  createLab,
  driverStart,
  filterDrivers,
  lastKnownGoodDiffers,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { CONTROL_SET, stepLab, system } from "./driver_lab.ts";

const ID = "boot.restore-services";
const DISKS = 'Control\\Class\\{4d36e967-e325-11ce-bfc1-08002be10318} "UpperFilters"';

Deno.test("a required driver gets Start 0 back", async () => {
  for (const [name, start] of [["volmgr", 4], ["disk", 3], ["rdyboost", 2]] as const) {
    const step = await stepLab(ID, {}, [driverStart(name, start)]);
    assert.match((await step.detect()).reason, new RegExp(`^${name} must start at boot`));
    assert.deepEqual(await step.edits(), [`Services\\${name} "Start": ${start} -> 0`]);
  }
});

Deno.test("names that cannot be loaded leave the list, in one edit and before the drivers", async () => {
  const step = await stepLab(ID, {}, [classFilterMissing(), bootServiceDisabled("disk")]);
  assert.deepEqual(await step.edits(), [
    `${DISKS}: ["tcesd", "DKDFM", "partmgr"] -> ["partmgr"]`,
    'Services\\disk "Start": 4 -> 0',
  ]);
  assert.equal((await step.remarks()).length, 3);
});

Deno.test("a list may become empty, and stays a list", async () => {
  const only = system(
    `[${CONTROL_SET}\\Control\\Class\\{4d36e97b-e325-11ce-bfc1-08002be10318}]\n` +
      '"LowerFilters"=hex(7):67,00,6f,00,6e,00,65,00,00,00,00,00',
  );
  assert.deepEqual(await (await stepLab(ID, {}, [only])).edits(), [
    'Control\\Class\\{4d36e97b-e325-11ce-bfc1-08002be10318} "LowerFilters": ["gone"] -> []',
  ]);
});

Deno.test("a list of a single disk is mended too, one of a mouse or a bridge is not", async () => {
  const device = (name: string, guid: string) =>
    system(
      `[${CONTROL_SET}\\Enum\\SCSI\\${name}\\1]\n"ClassGUID"="${guid}"\n` +
        '"UpperFilters"=hex(7):67,00,6f,00,6e,00,65,00,00,00,00,00',
    );
  const step = await stepLab(ID, {}, [
    device("Disk", "{4D36E967-E325-11CE-BFC1-08002BE10318}"),
    device("Mouse", "{4D36E96F-E325-11CE-BFC1-08002BE10318}"),
    device("Bridge", "{4d36e97d-e325-11ce-bfc1-08002be10318}"),
  ]);
  assert.deepEqual(await step.edits(), ['Enum\\SCSI\\Disk\\1 "UpperFilters": ["gone"] -> []']);
});

Deno.test("a disabled filter leaves the list and stays disabled", async () => {
  const step = await stepLab(ID, {}, [filterDrivers({ name: "acme", start: 4, disks: true })]);
  assert.deepEqual(await step.edits(), [`${DISKS}: ["acme", "partmgr"] -> ["partmgr"]`]);
});

Deno.test("the machine's only controller gets Start and StartOverride back; others do not", async () => {
  const step = await stepLab(ID, {}, [
    system(`[${CONTROL_SET}\\Services\\stornvme\\StartOverride]\n"0"=dword:00000003`),
    driverStart("stornvme", 3),
  ]);
  assert.deepEqual(await step.edits(), [
    'Services\\stornvme "Start": 3 -> 0',
    'Services\\stornvme\\StartOverride "0": 3 -> 0',
  ]);
});

Deno.test("it does not apply where nothing is wrong, or where look-alikes are", async () => {
  const lookAlikes = [
    [],
    [filterDrivers({ name: "acme", start: 3, disks: true })],
    [driverStart("storahci", 3)],
    [driverStart("Wof", 4)],
  ];
  for (const damages of lookAlikes) {
    const step = await stepLab(ID, {}, damages);
    assert.deepEqual(await step.detect(), {
      applies: false,
      reason: "The drivers on the way to the system disk start at boot",
    });
    assert.deepEqual(await step.edits(), []);
  }
});

Deno.test("it says so where no value of the registry helps", async () => {
  const gone = {
    name: "gone",
    imitates: "",
    apply: (site: { erase(path: string): Promise<void> }) =>
      site.erase("Windows\\System32\\drivers\\volmgr.sys"),
  };
  const { applies, reason } = await (await stepLab(ID, {}, [gone])).detect();
  assert.equal(applies, false);
  assert.match(reason, /^No value of the registry mends this: The driver volmgr is not there/);
});

Deno.test("the control set of the next start is mended too", async () => {
  const step = await stepLab(ID, {}, [
    bootServiceDisabled("volmgr"),
    lastKnownGoodDiffers(),
    system('[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Default"=dword:00000002'),
  ]);
  assert.deepEqual(await step.edits(), [
    'Services\\volmgr "Start": 4 -> 0',
    'ControlSet002\\Services\\volmgr "Start": 4 -> 0',
  ]);
});

Deno.test("the ladder mends it by itself, the check then is content, and undo takes it back", async () => {
  const lab = await createLab();
  await lab.damage(classFilterMissing(), bootServiceDisabled("disk"));
  const repair = await runCli(lab, "repair", "--quick", "--yes", "D:");
  assert.equal(repair.code, 0, repair.stdout + repair.stderr);
  assert.match(repair.stdout, /fixed +Restore the drivers that the system disk needs/);
  const after = await runCli(lab, "diagnose", "D:");
  assert.match(after.stdout, /ok {5}The drivers on the way to the system disk start at boot/);
  assert.equal((await runCli(lab, "undo", "D:", "--yes")).code, 0);
  const undone = await runCli(lab, "diagnose", "D:");
  assert.match(undone.stdout, /WRONG {2}The way to the system disk is broken \(0x7B\)/);
});

Deno.test("it does not say fixed while something is left that no value mends", async () => {
  const lab = await createLab();
  await lab.damage(bootServiceDisabled("disk"), {
    name: "gone",
    imitates: "",
    apply: (site) => site.erase("Windows\\System32\\drivers\\volmgr.sys"),
  });
  const run = await runCli(lab, "repair", "--only", ID, "--yes", "D:");
  assert.equal(run.code, ExitCode.partial, run.stdout + run.stderr);
  const told = run.stdout.replace(/\s+/g, " ");
  assert.match(told, /The registry is mended, and this is left: The driver volmgr is not there/);
  const start = "SYSTEM\\CurrentControlSet\\Services\\disk";
  assert.equal(await (await openWindows(lab.host, "D:")).registry.number(start, "Start"), 0);
});

Deno.test("its place on the ladder is before what takes minutes, which may stop the ladder", () => {
  const place = (step: string) => RUNGS.findIndex((rung) => rung.step === step);
  for (const slow of ["files.repair", "image.restore"]) assert.ok(place(ID) < place(slow), slow);
  assert.ok(place("disk.repair") < place(ID));
});
