import assert from "node:assert/strict";
import { findPendingMarkers, pendingServicing } from "../../src/checks/mod.ts";
import { PENDING_MARKERS, type PendingMarkerRow } from "../../src/knowledge/mod.ts";
import {
  type Damage,
  dirtySoftwareHive,
  hivePath,
  hopelessDisk,
  missingSoftwareHive,
  pendingXmlLeftBehind,
  rebootPendingKey,
  setupInProgress,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { ask, checkLab } from "./check_lab.ts";

const SETUP_ROWS = ["setup-child-completion", "setup-in-progress"];
const ROWS = PENDING_MARKERS.filter((row) => !SETUP_ROWS.includes(row.id));

/** Leaves one mark, and nothing else. */
function onlyMark(row: PendingMarkerRow): Damage {
  const { place } = row;
  return {
    name: row.id,
    imitates: row.meaning,
    apply: async (site) => {
      if (place.kind === "file") return await site.write(place.path, "<left/>");
      const key = place.key.replace("ControlSet\\", "ControlSet001\\");
      const path = ["HKEY_LOCAL_MACHINE", place.hive, key].filter((part) => part !== "").join("\\");
      const value = place.kind === "value" ? `"${place.name}"="something"\n` : "";
      await site.editHive(place.hive, `[${path}]\n${value}`);
    },
  };
}

for (const row of ROWS) {
  Deno.test(`servicing.pending: ${row.id} alone counts as "${row.weight}"`, async () => {
    const lab = await checkLab([onlyMark(row)]);
    const found = await findPendingMarkers(lab.windows);
    assert.deepEqual(found.map((marker) => marker.row.id).filter((id) => id !== row.id), []);
    assert.equal(found.length, 1);
    const finding = await ask(lab, pendingServicing);
    const outcome = { blocks: "problem", waits: "notice", hint: "ok" }[row.weight];
    assert.deepEqual([finding.outcome, finding.blocking], [outcome, row.weight === "blocks"]);
    assert.ok(
      finding.evidence.some((evidence) =>
        JSON.stringify(evidence) === JSON.stringify(found[0]!.evidence)
      ),
    );
    if (row.weight === "hint") return;
    assert.ok(finding.summary.includes(row.meaning.slice(1)), finding.summary);
  });
}

Deno.test("servicing.pending: a healthy Windows has no mark", async () => {
  const lab = await checkLab();
  assert.deepEqual(await findPendingMarkers(lab.windows), []);
  const finding = await ask(lab, pendingServicing);
  assert.deepEqual([finding.outcome, finding.summary], ["ok", "No update is half done"]);
  assert.equal(finding.evidence[0]!.kind, "volume");
});

Deno.test("servicing.pending: an interrupted update is a problem that names the next command", async () => {
  const finding = await ask(await checkLab([pendingXmlLeftBehind()]), pendingServicing);
  assert.deepEqual([finding.outcome, finding.blocking], ["problem", true]);
  assert.match(
    finding.summary,
    /^An update is half done: primitive operations.*\(and \d+ more marks\)$/,
  );
  assert.equal(finding.next, "pemedic image revert-pending D:");
  assert.ok(finding.evidence.length > 5);
});

Deno.test("servicing.pending: a due restart is a notice, not a problem", async () => {
  const finding = await ask(await checkLab([rebootPendingKey()]), pendingServicing);
  assert.equal(finding.outcome, "notice");
  assert.match(finding.summary, /^A restart is due: the servicing stack waits/);
});

Deno.test("servicing.pending: marks of a running Setup are not those of an update", async () => {
  const finding = await ask(await checkLab([setupInProgress()]), pendingServicing);
  assert.equal(finding.outcome, "ok");
});

Deno.test("servicing.pending: states as a healthy Windows has them are not reported", async () => {
  const software = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion";
  const manager = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\Session Manager]\n";
  const normal: readonly (readonly ["SYSTEM" | "SOFTWARE" | "COMPONENTS", string])[] = [
    ["SYSTEM", `${manager}"SetupExecute"=hex(7):00,00\n`],
    ["SYSTEM", `${manager}"SetupExecute"=hex(7):\n`],
    ["SYSTEM", `${manager}"SetupExecute"=-\n`],
    ["SYSTEM", `${manager}"BootExecute"=-\n`],
    ["SYSTEM", `${manager}"PendingFileRenameOperations"=hex(7):00,00\n`],
    [
      "SOFTWARE",
      `[${software}\\Component Based Servicing\\SessionsPending]\n"Exclusive"=dword:00000000\n`,
    ],
    ["SOFTWARE", `[${software}\\SideBySide\\Configuration]\n"PoqexecCmdline"=hex(7):00,00\n`],
    ["COMPONENTS", '[HKEY_LOCAL_MACHINE\\COMPONENTS]\n"PendingXmlIdentifier"=hex:\n'],
  ];
  for (const [hive, addition] of normal) {
    const lab = await checkLab([], { additions: { [hive]: addition } });
    assert.deepEqual(await findPendingMarkers(lab.windows), [], addition);
  }
});

Deno.test("servicing.pending: hives that cannot be read leave the question unknown", async () => {
  for (const damage of [missingSoftwareHive(), truncatedSystemHive(), hopelessDisk()]) {
    const finding = await ask(await checkLab([damage]), pendingServicing);
    assert.equal(finding.outcome, "unknown", damage.name);
    assert.match(finding.summary, /cannot be told/);
    assert.match(JSON.stringify(finding.evidence), /SOFTWARE|SYSTEM|COMPONENTS/);
    assert.equal(finding.code, "damagedFile");
  }
});

Deno.test("servicing.pending: a mark that blocks is told even if hives cannot be read", async () => {
  const lab = await checkLab([missingSoftwareHive(), onlyMark(ROWS[0]!)]);
  const finding = await ask(lab, pendingServicing);
  assert.equal(finding.outcome, "problem");
  assert.match(JSON.stringify(finding.evidence), /SOFTWARE/);
});

Deno.test("servicing.pending: a missing COMPONENTS hive holds no marks", async () => {
  const lab = await checkLab();
  lab.lab.files.erase(`D:\\${hivePath("COMPONENTS")}`);
  lab.windows.refresh();
  assert.equal((await ask(lab, pendingServicing)).outcome, "ok");
});

Deno.test("servicing.pending: what a dirty hive says or does not say is marked as stale", async () => {
  const silent = await ask(await checkLab([dirtySoftwareHive({ log: "none" })]), pendingServicing);
  assert.equal(silent.outcome, "ok");
  assert.match(JSON.stringify(silent.evidence), /SOFTWARE.*its logs cannot be used/);
  const found = await ask(
    await checkLab([rebootPendingKey(), dirtySoftwareHive({ log: "none" })]),
    pendingServicing,
  );
  const registry = found.evidence.filter((evidence) => evidence.kind === "registry");
  assert.ok(registry.length > 0 && registry.every((evidence) => evidence.stale));
  const clean = await ask(await checkLab([rebootPendingKey()]), pendingServicing);
  assert.ok(clean.evidence.every((evidence) => !("stale" in evidence)));
});

Deno.test("servicing.pending: a file that cannot be looked at does not hide the other marks", async () => {
  const lab = await checkLab([rebootPendingKey()]);
  const { stat } = lab.lab.files;
  const { FileError } = await import("../../src/base/mod.ts");
  lab.lab.files.stat = async (path) => {
    if (path.endsWith("pending.xml")) throw new FileError("look at", path, "disk-error");
    return await stat.call(lab.lab.files, path);
  };
  const finding = await ask(lab, pendingServicing);
  assert.equal(finding.outcome, "unknown");
  assert.match(JSON.stringify(finding.evidence), /RebootPending/);
  assert.match(JSON.stringify(finding.evidence), /pending\.xml.*disk returned/);
});

Deno.test("servicing.pending: long data is cut in the evidence", async () => {
  const row = ROWS.find((entry) => entry.id === "poqexec-command")!;
  const lab = await checkLab([], {
    additions: {
      SOFTWARE:
        "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\SideBySide\\Configuration]\n" +
        `"PoqexecCmdline"="${"x".repeat(500)}"\n`,
    },
  });
  const [found] = await findPendingMarkers(lab.windows);
  assert.equal(found?.row.id, row.id);
  assert.ok(found.evidence.kind === "registry" && found.evidence.data.length === 160);
});
