/** Hives, services, space and the dirty flag: every outcome of each. */
import assert from "node:assert/strict";
import {
  freeSpace,
  hivesReadable,
  LOW_SPACE_BYTES,
  needsRepair,
  serviceStarts,
  volumeDirty,
} from "../../src/checks/mod.ts";
import { SERVICE_DEFAULTS } from "../../src/knowledge/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  createLab,
  dirtySoftwareHive,
  dirtyVolume,
  HIVE_NAMES,
  hivePath,
  hopelessDisk,
  missingSoftwareHive,
  serviceDisabled,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { ask, assertFinding, checkLab } from "./check_lab.ts";

const NEEDED = SERVICE_DEFAULTS.filter((row) => row.neededForUpdates);

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
    "pemedic sessions D:",
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
  for (const [log, text] of [["usable", "SOFTWARE.LOG1"], ["none", "no logs are there"]] as const) {
    const { windows } = await checkLab([dirtySoftwareHive({ log })]);
    const findings = await hivesReadable.run(windows, {});
    for (const finding of findings) assertFinding(finding, hivesReadable);
    assert.deepEqual(findings.map(({ outcome }) => outcome), ["ok", "notice"]);
    assert.ok(findings[1]!.summary.includes(text), findings[1]!.summary);
    assert.match(findings[0]!.summary, /SOFTWARE/);
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

for (const row of NEEDED) {
  const key = `[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\${row.name}]\n`;

  Deno.test(`services.start: ${row.name} disabled is a problem with the command to mend it`, async () => {
    const addition = `${key}"Start"=dword:00000004\n`;
    const finding = await ask(
      await checkLab([], { additions: { SYSTEM: addition } }),
      serviceStarts,
    );
    assert.deepEqual([finding.outcome, finding.blocking], ["problem", false]);
    assert.ok(finding.summary.endsWith(`: ${row.name}`), finding.summary);
    const word = row.start === 3 ? "demand" : row.delayed ? "delayed-auto" : "auto";
    assert.equal(finding.next, `When Windows runs: sc.exe config ${row.name} start= ${word}`);
    const [evidence] = finding.evidence;
    assert.ok(evidence?.kind === "registry" && evidence.data === "4" && evidence.value === "Start");
  });

  Deno.test(`services.start: ${row.name} automatic or manual is in order`, async () => {
    for (const start of [2, 3]) {
      const addition = `${key}"Start"=dword:0000000${start}\n`;
      const lab = await checkLab([], { additions: { SYSTEM: addition } });
      assert.equal((await ask(lab, serviceStarts)).outcome, "ok");
    }
  });
}

Deno.test("services.start: several disabled ones are named together", async () => {
  const lab = await checkLab([serviceDisabled("wuauserv"), serviceDisabled("BITS")]);
  const finding = await ask(lab, serviceStarts);
  assert.match(finding.summary, /: wuauserv, BITS$/);
  assert.match(finding.next ?? "", /wuauserv start= demand && sc\.exe config BITS start= demand$/);
  assert.equal(finding.evidence.length, 2);
});

Deno.test("services.start: a healthy Windows, and services that are not needed", async () => {
  assert.equal((await ask(await checkLab(), serviceStarts)).outcome, "ok");
  const key = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\fhsvc]\n";
  const addition = `${key}"Start"=dword:00000004\n`;
  const lab = await checkLab([], { additions: { SYSTEM: addition } });
  assert.equal((await ask(lab, serviceStarts)).outcome, "ok");
});

Deno.test("services.start: a Start that is no number is shown and not taken for disabled", async () => {
  const key = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\wuauserv]\n";
  const lab = await checkLab([], { additions: { SYSTEM: `${key}"Start"="4"\n` } });
  const finding = await ask(lab, serviceStarts);
  assert.equal(finding.outcome, "ok");
  assert.match(JSON.stringify(finding.evidence), /"no number"/);
});

Deno.test("services.start: without services or SYSTEM hive the answer is unknown", async () => {
  const unread = await ask(await checkLab([truncatedSystemHive()]), serviceStarts);
  assert.deepEqual([unread.outcome, unread.code], ["unknown", "damagedFile"]);
  const select = '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Current"=dword:00000007\n' +
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet007\\Services\\other]\n";
  const none = await ask(await checkLab([], { additions: { SYSTEM: select } }), serviceStarts);
  assert.equal(none.outcome, "unknown");
  assert.match(none.summary, /^None of the services/);
});

Deno.test("services.start: evidence from a dirty hive is marked as stale", async () => {
  const lab = await createLab({ source: "none" });
  const path = `D:\\${hivePath("SYSTEM")}`;
  const bytes = await lab.files.read(path);
  new DataView(bytes.buffer).setUint32(4, 77, true);
  lab.files.put(path, bytes);
  const finding = await ask({ lab, windows: await openWindows(lab.host, "D:") }, serviceStarts);
  assert.ok(finding.evidence.every((evidence) => evidence.kind === "registry" && evidence.stale));
});
