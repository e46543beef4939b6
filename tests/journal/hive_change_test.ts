/** Edits of hives through the journal: proven before, verified after, taken back value by value. */
import assert from "node:assert/strict";
import { MedicError, RefusalError } from "../../src/base/mod.ts";
import {
  buildHive,
  editHive,
  openHive,
  registryDword,
  salvageHive,
} from "../../src/formats/regf/mod.ts";
import {
  type Change,
  describeChange,
  editLines,
  type UndoReport,
  undoSession,
} from "../../src/journal/mod.ts";
import { contentOf } from "../lab/hive_content.ts";
import {
  contentNow,
  edited,
  EDITS,
  HIVE_CHANGES,
  hiveEdited,
  hiveLab,
  markDirty,
  pictureAround,
  START_CONTENT,
  START_HIVE,
} from "./hive_lab.ts";
import { HIVE, type JournalLab, onlySession, runSession } from "./journal_lab.ts";

const BITS = "ControlSet001\\Services\\BITS";

async function hiveNow(lab: JournalLab) {
  return openHive(await lab.files.read(`D:\\${HIVE}`));
}

async function start(lab: JournalLab, key = BITS): Promise<number | undefined> {
  return (await hiveNow(lab)).key(key)?.value("Start")?.number() as number | undefined;
}

async function undo(
  lab: JournalLab,
  changedSince?: (changes: readonly string[]) => Promise<boolean>,
): Promise<UndoReport> {
  const session = (await onlySession(lab))!;
  return await undoSession(
    lab.context,
    session,
    changedSince === undefined ? {} : { changedSince },
  );
}

/** What Windows writes when it runs in between. */
function windowsWrites(lab: JournalLab, hive: Uint8Array, value: number): void {
  const bytes = editHive(hive, [
    { kind: "set-value", key: BITS, name: "Start", type: 4, data: registryDword(value) },
    { kind: "create-key", key: "ControlSet001\\Services\\NewSince" },
  ], { name: "SYSTEM", at: new Date("2026-01-01T00:00:00Z") });
  lab.files.put(`D:\\${HIVE}`, bytes);
}

async function keptFiles(lab: JournalLab): Promise<string[]> {
  const { folder } = (await onlySession(lab))!;
  return (await lab.files.list(`D:\\${folder}\\aside`)).map((entry) => entry.name);
}

Deno.test("an edited hive holds what was planned, is clean, and the old one is kept", async () => {
  const lab = hiveLab();
  await runSession(lab, [hiveEdited()]);
  const hive = await hiveNow(lab);
  assert.equal(hive.dirty, false);
  assert.equal(await start(lab), 3);
  assert.equal(hive.key(BITS)?.value("DisplayName"), undefined);
  assert.equal(hive.key("ControlSet001\\Services\\New")?.value("Delayed")?.number(), 1);
  assert.equal(hive.key("ControlSet001\\Pending"), undefined);
  assert.deepEqual(hive.key("ControlSet001")?.value("List")?.strings(), ["one", "", "two"]);
  assert.deepEqual(await keptFiles(lab), ["0001-SYSTEM"]);
  const { folder } = (await onlySession(lab))!;
  assert.deepEqual(await lab.files.read(`D:\\${folder}\\aside\\0001-SYSTEM`), START_HIVE);
});

Deno.test("a dirty hive is replayed before it is edited, and its logs are kept with it", async () => {
  const lab = hiveLab({ dirty: true });
  assert.equal(await contentNow(lab), START_CONTENT);
  const log = await lab.files.read(`D:\\${HIVE}.LOG1`);
  await runSession(lab, [hiveEdited()]);
  const hive = await hiveNow(lab);
  assert.equal(hive.dirty, false);
  assert.equal(await start(lab), 3);
  assert.equal(await start(lab, "ControlSet001\\Services\\wuauserv"), 3);
  assert.ok(hive.header.primarySequence > 2, "above every number of the logs");
  assert.deepEqual(await keptFiles(lab), ["0001-SYSTEM", "0001-SYSTEM.LOG1", "0001-SYSTEM.LOG2"]);
  assert.deepEqual(await lab.files.read(`D:\\${HIVE}.LOG1`), log);
});

Deno.test("a dirty hive whose logs cannot be used is refused, with the reason", async () => {
  const lab = hiveLab({ dirty: true });
  const log = (await lab.files.read(`D:\\${HIVE}.LOG1`)).slice();
  log[508] = log[508]! ^ 1;
  lab.files.put(`D:\\${HIVE}.LOG1`, log);
  const before = await lab.files.read(`D:\\${HIVE}`);
  await assert.rejects(runSession(lab, [hiveEdited()]), (error) => {
    assert.ok(error instanceof RefusalError);
    assert.equal(error.code, "damagedFile");
    assert.match(error.message, /dirty, and no log can be used \(SYSTEM\.LOG1: /);
    return true;
  });
  assert.deepEqual(await lab.files.read(`D:\\${HIVE}`), before);
});

Deno.test("a hive that is not as planned is not touched: value, new key, deleted key", async () => {
  const other: readonly [Change, RegExp][] = [
    [hiveEdited([edited(BITS, "Start", { before: 2, after: 3 })]), /it is 4 now/],
    [hiveEdited([edited(BITS, "Start", { before: null, after: 3 })]), /it is 4 now/],
    [hiveEdited([edited(BITS, "Gone", { before: 1, after: null })]), /it is \(not there\) now/],
    [hiveEdited([{ edit: "key-created", key: BITS }]), /the key is there already/],
    [
      hiveEdited([{ edit: "key-deleted", key: BITS, before: { values: [], subkeys: [] } }]),
      /holds something else now/,
    ],
    [
      hiveEdited([{ edit: "key-deleted", key: "No", before: { values: [], subkeys: [] } }]),
      /the key is not there/,
    ],
  ];
  for (const [change, reason] of other) {
    const lab = hiveLab();
    await assert.rejects(runSession(lab, [change]), (error) => {
      assert.ok(error instanceof RefusalError);
      assert.equal(error.code, "planMismatch");
      assert.match(error.message, reason);
      return true;
    });
    assert.deepEqual(await lab.files.read(`D:\\${HIVE}`), START_HIVE);
  }
});

Deno.test("a hive that changes while it is edited is left alone", async () => {
  const lab = hiveLab();
  const createFile = lab.files.createFile.bind(lab.files);
  lab.files.createFile = async (path, content) => {
    await createFile(path, content);
    if (path.includes("\\new\\")) windowsWrites(lab, START_HIVE, 2);
  };
  await assert.rejects(runSession(lab, [hiveEdited()]), /changed while it was edited/);
  assert.equal(await start(lab), 2);
});

Deno.test("a hive that is missing, a folder or no hive is refused", async () => {
  const missing = hiveLab();
  await missing.files.remove(`D:\\${HIVE}`);
  await assert.rejects(runSession(missing, [hiveEdited()]), /it is not there/);
  const rubbish = hiveLab();
  rubbish.files.put(`D:\\${HIVE}`, new TextEncoder().encode("no hive"));
  await assert.rejects(runSession(rubbish, [hiveEdited()]), /does not begin with "regf"/);
});

Deno.test("undo writes the old values back, one by one, and nothing else changes", async () => {
  for (const dirty of [false, true]) {
    const lab = hiveLab({ dirty });
    const around = pictureAround(lab);
    await runSession(lab, HIVE_CHANGES);
    assert.equal(await start(lab), 2);
    const report = await undo(lab);
    assert.equal(report.complete, true, JSON.stringify(report));
    assert.equal(await contentNow(lab), START_CONTENT);
    assert.deepEqual(pictureAround(lab), around);
    assert.equal((await hiveNow(lab)).dirty, false);
  }
});

Deno.test("undo keeps what Windows wrote elsewhere in the hive meanwhile", async () => {
  const lab = hiveLab();
  await runSession(lab, [hiveEdited()]);
  windowsWrites(lab, await lab.files.read(`D:\\${HIVE}`), 3);
  assert.equal((await undo(lab)).complete, true);
  const hive = await hiveNow(lab);
  assert.equal(await start(lab), 4);
  assert.ok(hive.key("ControlSet001\\Services\\NewSince"));
});

Deno.test("a value that changed since is told, left alone on no, and written back on yes", async () => {
  const lab = hiveLab();
  await runSession(lab, [hiveEdited()]);
  windowsWrites(lab, await lab.files.read(`D:\\${HIVE}`), 2);
  const told: string[] = [];
  const left = await undo(lab, (changes) => {
    told.push(...changes);
    return Promise.resolve(false);
  });
  assert.deepEqual(told, [`${BITS} "Start": 4 -> 3; it is 2 now`]);
  assert.equal(left.complete, false);
  assert.match(left.changes[0]!.reason!, /Changed since, and left as it is: .*it is 2 now/);
  assert.equal(await start(lab), 2);
  // What had not changed was taken back all the same.
  assert.equal(await start(lab, "ControlSet001\\Services\\wuauserv"), 4);
  const again = await undo(lab, () => Promise.resolve(true));
  assert.equal(again.complete, true, JSON.stringify(again));
  assert.equal(await start(lab), 4);
});

Deno.test("undo asks before it removes a created key that holds something new", async () => {
  const lab = hiveLab();
  await runSession(lab, [hiveEdited()]);
  const bytes = editHive(await lab.files.read(`D:\\${HIVE}`), [{
    kind: "set-value",
    key: "ControlSet001\\Services\\New",
    name: "Foreign",
    type: 4,
    data: registryDword(7),
  }, { kind: "create-key", key: "ControlSet001\\Pending" }], {
    name: "SYSTEM",
    at: new Date("2026-01-01T00:00:00Z"),
  });
  lab.files.put(`D:\\${HIVE}`, bytes);
  const report = await undo(lab);
  assert.match(report.changes[0]!.reason!, /created holds "Foreign" now/);
  assert.match(report.changes[0]!.reason!, /deleted is there again/);
  assert.ok((await hiveNow(lab)).key("ControlSet001\\Services\\New"));
  assert.equal((await undo(lab, () => Promise.resolve(true))).complete, true);
  assert.equal(await contentNow(lab), START_CONTENT);
});

Deno.test("undo of an edit refuses a hive that it cannot trust", async () => {
  const lab = hiveLab();
  await runSession(lab, [hiveEdited()]);
  lab.files.put(`D:\\${HIVE}`, markDirty(await lab.files.read(`D:\\${HIVE}`)));
  const report = await undo(lab);
  assert.equal(report.complete, false);
  assert.match(report.changes[0]!.reason!, /dirty, and no log can be used \(none is there\)/);
});

/** A hive of several bins whose last bin has lost its header. */
function brokenHive(): Uint8Array {
  const values = ["a", "b", "c"].map((name) => ({ name, type: 3, data: new Uint8Array(3000) }));
  const big = { name: "Big", values, subkeys: [] };
  const root = {
    name: "",
    values: [],
    subkeys: [{ name: "Select", values: [], subkeys: [] }, big],
  };
  const broken = buildHive(root, { name: "SYSTEM" });
  broken.fill(0, broken.length - 4096, broken.length - 4064);
  return broken;
}

Deno.test("a hive that Windows refuses is rebuilt; undo puts file and logs back", async () => {
  const broken = brokenHive();
  assert.throws(() => openHive(broken), MedicError);
  const { keys, values } = salvageHive(broken, { name: "SYSTEM", at: new Date(0) });
  assert.equal(keys, 3);
  assert.equal(values, 3);
  const change = { kind: "hive-rebuilt", path: HIVE, method: "salvage", keys, values } as const;
  const lab = hiveLab({ dirty: true });
  lab.files.put(`D:\\${HIVE}`, broken);
  const log = await lab.files.read(`D:\\${HIVE}.LOG1`);
  await assert.rejects(runSession(lab, [{ ...change, keys: 9 }]), /it would hold 3 keys/);
  assert.deepEqual(await lab.files.read(`D:\\${HIVE}`), broken);
  lab.files.erase("D:\\PEMedic");
  await runSession(lab, [change]);
  assert.ok((await hiveNow(lab)).key("Big"));
  const report = await undo(lab);
  assert.equal(report.complete, true, JSON.stringify(report));
  assert.deepEqual(await lab.files.read(`D:\\${HIVE}`), broken);
  assert.deepEqual(await lab.files.read(`D:\\${HIVE}.LOG1`), log);
});

Deno.test("a replay is written into the hive; undo puts the dirty hive and its logs back", async () => {
  const lab = hiveLab({ dirty: true });
  const dirty = await lab.files.read(`D:\\${HIVE}`);
  const log = await lab.files.read(`D:\\${HIVE}.LOG1`);
  await runSession(lab, [
    { kind: "hive-rebuilt", path: HIVE, method: "replay", keys: 8, values: 6 },
  ]);
  const hive = await hiveNow(lab);
  assert.equal(hive.dirty, false);
  assert.equal(contentOf(await lab.files.read(`D:\\${HIVE}`)), START_CONTENT);
  // Windows runs and writes new logs.
  lab.files.put(`D:\\${HIVE}.LOG1`, new Uint8Array(512));
  const report = await undo(lab);
  assert.equal(report.complete, true, JSON.stringify(report));
  assert.deepEqual(await lab.files.read(`D:\\${HIVE}`), dirty);
  assert.deepEqual(await lab.files.read(`D:\\${HIVE}.LOG1`), log);
});

Deno.test("a clean hive is not replayed", async () => {
  const change = {
    kind: "hive-rebuilt",
    path: HIVE,
    method: "replay",
    keys: 8,
    values: 6,
  } as const;
  await assert.rejects(runSession(hiveLab(), [change]), /the hive is clean/);
});

Deno.test("edits are shown with the value before and after", () => {
  const lines = editLines(hiveEdited());
  assert.deepEqual(lines, [
    `${BITS} "Start": 4 -> 3`,
    `ControlSet001\\Services\\wuauserv "Start": 4 -> 3`,
    "ControlSet001\\Services\\New: create the key",
    `ControlSet001\\Services\\New "Delayed": (not there) -> 1`,
    `${BITS} "DisplayName": "Transfers" -> (not there)`,
    `ControlSet001 "List": (not there) -> ["one", "", "two"]`,
    "ControlSet001\\Pending: delete the key (1 value, 1 subkey)",
  ]);
  assert.equal(
    describeChange(hiveEdited()),
    `Edit SYSTEM: ${BITS} "Start": 4 -> 3 (and ${EDITS.length - 1} more edits)`,
  );
  assert.deepEqual(editLines({ kind: "directory-created", path: "x" }), []);
});

Deno.test("names that only Windows could read survive the journal", async () => {
  const name = "\ud800/\0\u0001";
  const root = { name: "", values: [], subkeys: [{ name, values: [], subkeys: [] }] };
  const lab = hiveLab();
  const bytes = buildHive(root, { name: "SYSTEM" });
  lab.files.put(`D:\\${HIVE}`, bytes);
  await runSession(lab, [hiveEdited([edited(name, name, { before: null, after: 5 })])]);
  assert.equal((await hiveNow(lab)).key(name)?.value(name)?.number(), 5);
  assert.equal((await undo(lab)).complete, true);
  assert.equal(await contentNow(lab), contentOf(bytes));
});
