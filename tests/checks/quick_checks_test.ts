/** Hives, space and the dirty flag: every outcome of each. */
import assert from "node:assert/strict";
import {
  freeSpace,
  hivesReadable,
  LOW_SPACE_BYTES,
  needsRepair,
  volumeDirty,
} from "../../src/checks/mod.ts";
import {
  dirtySoftwareHive,
  dirtyVolume,
  HIVE_NAMES,
  hivePath,
  hopelessDisk,
  missingSoftwareHive,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { ask, assertFinding, checkLab } from "./check_lab.ts";

Deno.test("volume.dirty: clean, dirty and unknown", async () => {
  const clean = await ask(await checkLab(), volumeDirty);
  assert.deepEqual([clean.outcome, clean.blocking], ["ok", false]);
  const dirty = await ask(await checkLab([dirtyVolume()]), volumeDirty);
  assert.deepEqual([dirty.outcome, needsRepair(dirty), dirty.next], [
    "problem",
    true,
    "pemedic disk repair D:",
  ]);
  const lab = await checkLab([dirtyVolume()], { missingTools: ["fsutil"] });
  lab.lab.host.volumes.readRaw = () => Promise.resolve(undefined);
  lab.lab.files.erase("D:\\Windows\\System32\\fsutil.exe");
  const unknown = await ask(lab, volumeDirty);
  assert.deepEqual([unknown.outcome, unknown.next], ["unknown", "pemedic disk check D:"]);
});

Deno.test("volume.space: both sides of the limit, to the byte", async () => {
  const lab = await checkLab();
  lab.lab.files.setFreeBytes("D:", LOW_SPACE_BYTES);
  assert.equal((await ask(lab, freeSpace)).outcome, "ok");
  lab.lab.files.setFreeBytes("D:", LOW_SPACE_BYTES - 1);
  const low = await ask(lab, freeSpace);
  assert.deepEqual([low.outcome, low.blocking, low.next], [
    "problem",
    false,
    "pemedic image cleanup D:",
  ]);
});

Deno.test("registry.hives: all can be read", async () => {
  const finding = await ask(await checkLab(), hivesReadable);
  assert.equal(finding.outcome, "ok");
  assert.equal(finding.evidence.length, HIVE_NAMES.length - 1);
  assert.doesNotMatch(finding.summary, /DRIVERS/, "what is not there is not said to be readable");
});

Deno.test("registry.hives: a missing hive that is needed is a problem", async () => {
  const finding = await ask(await checkLab([missingSoftwareHive()]), hivesReadable);
  assert.deepEqual([finding.outcome, finding.blocking], ["problem", true]);
  assert.match(finding.summary, /^SOFTWARE is missing\. Settings of Windows/);
  assert.equal(finding.next, "pemedic sessions D:");
});

Deno.test("registry.hives: a missing hive that is not needed is no problem", async () => {
  const lab = await checkLab();
  lab.lab.files.erase(`D:\\${hivePath("COMPONENTS")}`);
  const finding = await ask(lab, hivesReadable);
  assert.equal(finding.outcome, "ok");
  assert.doesNotMatch(finding.summary, /COMPONENTS/);
});

Deno.test("registry.hives: a truncated hive is a problem, needed or not", async () => {
  const needed = await ask(await checkLab([truncatedSystemHive()]), hivesReadable);
  assert.deepEqual([needed.outcome, needed.blocking, needed.next], [
    "problem",
    true,
    "pemedic registry salvage D: SYSTEM",
  ]);
  const lab = await checkLab();
  lab.lab.files.put(`D:\\${hivePath("COMPONENTS")}`, new Uint8Array(100));
  const spare = await ask(lab, hivesReadable);
  assert.deepEqual([spare.outcome, spare.blocking], ["problem", false]);
});

Deno.test("registry.hives: a hive on bad sectors leads to the disk first", async () => {
  const finding = await ask(await checkLab([hopelessDisk()]), hivesReadable);
  assert.deepEqual([finding.outcome, finding.next], ["problem", "pemedic disk check D:"]);
});

Deno.test("registry.hives: a dirty hive is a notice that names its logs", async () => {
  const texts = [
    ["usable", "SOFTWARE: dirty, 1 page replayed from LOG1"],
    ["none", "SOFTWARE: dirty, and no log can be used (none is there); what is shown may be half"],
  ] as const;
  for (const [log, text] of texts) {
    const { windows } = await checkLab([dirtySoftwareHive({ log })]);
    const findings = await hivesReadable.run(windows, {});
    for (const finding of findings) assertFinding(finding, hivesReadable);
    assert.deepEqual(findings.map(({ outcome }) => outcome), ["ok", "notice"]);
    assert.ok(findings[1]!.summary.includes(text), findings[1]!.summary);
    assert.match(findings[0]!.summary, /SOFTWARE/);
    const next = log === "none" ? "pemedic registry check D: SOFTWARE" : undefined;
    assert.equal(findings[1]!.next, next);
  }
});

Deno.test("registry.hives: evidence is there even if every hive is dirty", async () => {
  const lab = await checkLab();
  for (const name of HIVE_NAMES.filter((hive) => hive !== "BCD")) {
    const path = `D:\\${hivePath(name)}`;
    const bytes = await lab.lab.files.read(path);
    new DataView(bytes.buffer).setUint32(4, 77, true);
    lab.lab.files.put(path, bytes);
  }
  lab.windows.refresh();
  const findings = await hivesReadable.run(lab.windows, {});
  for (const finding of findings) assertFinding(finding, hivesReadable);
  assert.equal(findings.filter(({ outcome }) => outcome === "notice").length, 6);
});
