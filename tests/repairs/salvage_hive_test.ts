/** Rebuilding a hive: for which hives, what its plan says, and what it does not touch. */
import assert from "node:assert/strict";
import { openHive } from "../../src/formats/regf/mod.ts";
import { DEFAULT_OPTIONS } from "../../src/ladder/mod.ts";
import { createSteps, type RepairStep } from "../../src/repairs/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  createLab,
  type Damage,
  dirtySoftwareHive,
  hivePath,
  type MemoryLab,
  missingSoftwareHive,
  systemBinHeaderLost,
  systemPageLost,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";

function stepFor(...salvageHives: readonly string[]): RepairStep {
  const steps = createSteps({ ...DEFAULT_OPTIONS, salvageHives });
  return steps.find(({ id }) => id === "registry.salvage")!;
}

async function damaged(...damages: readonly Damage[]): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(...damages);
  return lab;
}

async function detect(lab: MemoryLab, ...hives: readonly string[]) {
  return await stepFor(...hives).detect(await openWindows(lab.host, "D:"));
}

Deno.test("registry.salvage applies to a hive that cannot be read, and to no sound one", async () => {
  const lab = await damaged(truncatedSystemHive());
  const broken = await detect(lab, "system");
  assert.equal(broken.applies, true);
  assert.match(broken.reason, /^SYSTEM .*cut off/);
  const sound = await detect(lab, "SOFTWARE", "SAM");
  assert.equal(sound.applies, false);
  assert.equal(sound.reason, "Nothing is wrong with the structure of SOFTWARE, SAM");
  assert.equal((await detect(lab, "SOFTWARE", "SYSTEM")).applies, true, "one is enough");
});

Deno.test("registry.salvage does not apply to a hive that is not there", async () => {
  const { applies, reason } = await detect(await damaged(missingSoftwareHive()), "SOFTWARE");
  assert.equal(applies, false);
  assert.equal(reason, `There is no ${hivePath("SOFTWARE")}`);
});

Deno.test("a hive that is not there does not keep another one from being rebuilt", async () => {
  const lab = await damaged(missingSoftwareHive(), systemBinHeaderLost());
  for (const hives of [["SOFTWARE", "SYSTEM"], ["SYSTEM", "SOFTWARE"]]) {
    assert.equal((await detect(lab, ...hives)).applies, true, hives.join());
    const plan = await stepFor(...hives).plan(await openWindows(lab.host, "D:"), []);
    assert.deepEqual(plan.changes.map((change) => "path" in change && change.path), [
      hivePath("SYSTEM"),
    ]);
    assert.ok(plan.remarks?.some((remark) => remark.startsWith("There is no ")));
  }
});

Deno.test("registry.salvage leaves a dirty hive to its logs, if they can be used", async () => {
  const usable = await detect(await damaged(dirtySoftwareHive()), "SOFTWARE");
  assert.equal(usable.applies, false, usable.reason);
  const none = await detect(await damaged(dirtySoftwareHive({ log: "none" })), "SOFTWARE");
  assert.equal(none.applies, true);
  assert.equal(none.reason, "SOFTWARE is dirty, and no log of it can be used");
});

Deno.test("the plan counts what can be saved, and says what is lost", async () => {
  const lab = await damaged(systemPageLost());
  const { changes, remarks } = await stepFor("SYSTEM").plan(await openWindows(lab.host, "D:"), []);
  const [change, ...more] = changes;
  assert.equal(more.length, 0);
  assert.ok(change?.kind === "hive-rebuilt" && change.keys > 1 && change.method === "salvage");
  assert.match(remarks[0]!, new RegExp(`^SYSTEM: ${change.keys} keys.* values can be saved$`));
  assert.ok(remarks.some((remark) => remark.startsWith("SYSTEM: lost: ")));
  assert.match(remarks.at(-1)!, /^SYSTEM: (?:and \d+ more are lost|lost: )/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("a dirty hive without logs becomes a clean one; its plan says what is not in it", async () => {
  const lab = await damaged(dirtySoftwareHive({ log: "none" }));
  const dry = await runCli(lab, "registry", "salvage", "D:", "SOFTWARE", "--dry-run");
  assert.match(dry.stdout.replace(/\s+/g, " "), /its last changes, which only its logs hold, are/);
  const run = await runCli(lab, "registry", "salvage", "D:", "SOFTWARE", "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const hive = openHive(await lab.files.read(`D:\\${hivePath("SOFTWARE")}`));
  assert.equal(hive.dirty, false);
  assert.equal(hive.key("LabDirty")?.value("LabReplayed")?.data.at(-1), 0);
});

Deno.test("two hives are rebuilt in one session", async () => {
  const lab = await damaged(systemBinHeaderLost(), dirtySoftwareHive({ log: "none" }));
  const run = await runCli(
    lab,
    ...["repair", "D:", "--only", "registry.salvage", "--yes"],
  );
  assert.notEqual(run.code, 0, "without a name nothing is rebuilt");
  const step = stepFor("SYSTEM", "SOFTWARE");
  const plan = await step.plan(await openWindows(lab.host, "D:"), []);
  assert.deepEqual(plan.changes.map((change) => "path" in change && change.path), [
    hivePath("SYSTEM"),
    hivePath("SOFTWARE"),
  ]);
});

Deno.test("a hive whose rest is of no use to Windows is refused and not touched", async () => {
  const lab = await damaged(truncatedSystemHive());
  const run = await runCli(lab, "registry", "salvage", "D:", "SYSTEM", "--yes");
  assert.equal(run.code, 12, run.stdout + run.stderr);
  assert.match(run.stderr, /Select "Current" cannot be\s+saved/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("what is lost makes the end partial, and undo is offered", async () => {
  const lost = await damaged(systemPageLost());
  const run = await runCli(lost, "registry", "salvage", "D:", "SYSTEM", "--yes");
  assert.equal(run.code, 3, run.stdout + run.stderr);
  assert.match(run.stdout, /can\s+be read again, but \d+ things of the old ones are lost/);
  assert.match(run.stderr, /To take it back: pemedic undo/);
  const whole = await damaged(systemBinHeaderLost());
  const { code } = await runCli(whole, "registry", "salvage", "D:", "SYSTEM", "--yes");
  assert.equal(code, 0);
});
