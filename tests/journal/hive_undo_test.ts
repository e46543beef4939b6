/** Undo of hive edits after somebody else has been at the hive: nothing foreign is lost. */
import assert from "node:assert/strict";
import {
  buildHive,
  editHive,
  type HiveEdit,
  openHive,
  registryDword,
  registryString,
} from "../../src/formats/regf/mod.ts";
import {
  type Change,
  readSession,
  recordData,
  recordKey,
  type RegistryEdit,
  type UndoReport,
  undoSession,
} from "../../src/journal/mod.ts";
import { contentNow, edited, EDITS, hiveEdited, hiveLab, START_CONTENT } from "./hive_lab.ts";
import { HIVE, type JournalLab, onlySession, runSession } from "./journal_lab.ts";

const SERVICES = "ControlSet001\\Services";
const BITS = `${SERVICES}\\BITS`;

async function hiveNow(lab: JournalLab) {
  return openHive(await lab.files.read(`D:\\${HIVE}`));
}

async function undo(lab: JournalLab, overwrite = false): Promise<UndoReport> {
  return await undoSession(lab.context, (await onlySession(lab))!, {
    changedSince: () => Promise.resolve(overwrite),
  });
}

/** What Windows or somebody else writes in between. */
async function others(lab: JournalLab, edits: readonly HiveEdit[], path = HIVE): Promise<void> {
  const bytes = editHive(await lab.files.read(`D:\\${path}`), edits, {
    name: "SYSTEM",
    at: new Date("2026-01-01T00:00:00Z"),
  });
  lab.files.put(`D:\\${path}`, bytes);
}

function set(key: string, name: string, value: number): HiveEdit {
  return { kind: "set-value", key, name, type: 4, data: registryDword(value) };
}

const NESTED: readonly RegistryEdit[] = [
  { edit: "key-created", key: "Top" },
  { edit: "key-created", key: "Top\\Middle" },
  { edit: "key-created", key: "Top\\Middle\\Low" },
  edited("Top\\Middle\\Low", "Ours", { before: null, after: 1 }),
];

Deno.test("a created key stays while a key far below it holds something foreign", async () => {
  const foreign: readonly HiveEdit[][] = [
    [set("Top\\Middle\\Low", "Foreign", 7)],
    [{ kind: "create-key", key: "Top\\Middle\\Low\\Foreign" }],
    [{ kind: "create-key", key: "Top\\Middle\\Foreign" }],
  ];
  for (const edits of foreign) {
    const lab = hiveLab();
    await runSession(lab, [hiveEdited(NESTED)]);
    await others(lab, edits);
    const report = await undo(lab);
    assert.equal(report.complete, false);
    assert.match(report.changes[0]!.reason!, /Top: the key that was created holds .*Foreign/);
    const hive = await hiveNow(lab);
    assert.ok(
      hive.key("Top\\Middle\\Low\\Foreign") ?? hive.key("Top\\Middle\\Foreign") ??
        hive.key("Top\\Middle\\Low")?.value("Foreign"),
    );
    // What is ours in it is gone all the same.
    assert.equal(hive.key("Top\\Middle\\Low")?.value("Ours"), undefined);
    assert.ok((await undo(lab, true)).complete);
    assert.equal(await contentNow(lab), START_CONTENT);
  }
});

Deno.test("a created key stays while a value that was set in it has changed since", async () => {
  const lab = hiveLab();
  await runSession(lab, [hiveEdited(NESTED)]);
  await others(lab, [set("Top\\Middle\\Low", "Ours", 2)]);
  const report = await undo(lab);
  assert.match(report.changes[0]!.reason!, /"Ours": \(not there\) -> 1; it is 2 now/);
  assert.equal((await hiveNow(lab)).key("Top\\Middle\\Low")?.value("Ours")?.number(), 2);
  assert.ok((await undo(lab, true)).complete);
  assert.equal(await contentNow(lab), START_CONTENT);
});

Deno.test("a value whose key is gone since does not stop the others", async () => {
  const lab = hiveLab();
  await runSession(lab, [hiveEdited()]);
  // BITS held a value that was deleted, and one that was set.
  await others(lab, [{ kind: "delete-key", key: BITS }]);
  const report = await undo(lab);
  assert.equal(report.complete, false);
  assert.match(report.changes[0]!.reason!, /"DisplayName": .*; its key is not there any more/);
  const hive = await hiveNow(lab);
  assert.equal(hive.key(`${SERVICES}\\wuauserv`)?.value("Start")?.number(), 4);
  assert.equal(hive.key(BITS), undefined);
  assert.ok((await undo(lab, true)).complete);
  assert.equal(await contentNow(lab), START_CONTENT);
});

Deno.test("a deleted key whose parent is gone since does not stop the others", async () => {
  const lab = hiveLab();
  const before = recordKey((await hiveNow(lab)).key(BITS)!);
  const edits: readonly RegistryEdit[] = [
    edited("ControlSet001", "Mine", { before: null, after: 1 }),
    { edit: "key-deleted", key: BITS, before },
  ];
  await runSession(lab, [hiveEdited(edits)]);
  await others(lab, [{ kind: "delete-key", key: SERVICES }]);
  const report = await undo(lab);
  assert.match(report.changes[0]!.reason!, /the key above it is not there any more/);
  assert.equal((await hiveNow(lab)).key("ControlSet001")?.value("Mine"), undefined);
  assert.ok((await undo(lab, true)).complete);
  assert.equal((await hiveNow(lab)).key(BITS)?.value("DisplayName")?.string(), "Transfers");
});

Deno.test("a key that was deleted after one below it comes back whole", async () => {
  const lab = hiveLab();
  const hive = await hiveNow(lab);
  const deleted = (key: string): RegistryEdit => ({
    edit: "key-deleted",
    key,
    before: recordKey(hive.key(key)!),
  });
  await runSession(lab, [hiveEdited([deleted(BITS), deleted(SERVICES)])]);
  const report = await undo(lab);
  assert.ok(report.complete, JSON.stringify(report));
  assert.equal(await contentNow(lab), START_CONTENT);
});

Deno.test("a value that was set twice comes back, and a second undo has nothing to tell", async () => {
  const lab = hiveLab();
  const twice = [
    edited(BITS, "Start", { before: 4, after: 3 }),
    edited(BITS.toUpperCase(), "START", { before: 3, after: 2 }),
    edited(`${SERVICES}\\wuauserv`, "Start", { before: 4, after: 3 }),
  ];
  await runSession(lab, [hiveEdited(twice)]);
  await others(lab, [set(`${SERVICES}\\wuauserv`, "Start", 1)]);
  assert.equal((await undo(lab)).complete, false);
  assert.equal((await hiveNow(lab)).key(BITS)?.value("Start")?.number(), 4);
  const again = await undo(lab);
  assert.equal(
    again.changes[0]!.reason,
    `Changed since, and left as it is: ${SERVICES}\\wuauserv "Start": 4 -> 3; it is 1 now`,
  );
});

Deno.test("a value that only changed its type since is told with both types", async () => {
  const lab = hiveLab();
  const text = recordData({ type: 1, data: registryString("b") });
  const edits = [{ edit: "value", key: BITS, name: "New", before: null, after: text }] as const;
  await runSession(lab, [hiveEdited(edits)]);
  await others(lab, [
    { kind: "set-value", key: BITS, name: "New", type: 2, data: registryString("b") },
  ]);
  assert.match((await undo(lab)).changes[0]!.reason!, /-> "b"; it is REG_EXPAND_SZ "b" now/);
  const long = "x".repeat(300);
  const other = hiveLab();
  const after = recordData({ type: 1, data: registryString(`${long}1`) });
  await runSession(other, [hiveEdited([{ ...edits[0], after }])]);
  await others(other, [
    { kind: "set-value", key: BITS, name: "New", type: 1, data: registryString(`${long}2`) },
  ]);
  assert.match((await undo(other)).changes[0]!.reason!, /it has other data now: REG_SZ, 604 bytes/);
});

Deno.test("case does not count: names, and a key that was renamed in case", async () => {
  const lab = hiveLab();
  await runSession(lab, [hiveEdited(NESTED)]);
  await others(lab, [
    { kind: "delete-key", key: "Top" },
    { kind: "create-key", key: "TOP" },
    { kind: "create-key", key: "TOP\\middle" },
    { kind: "create-key", key: "TOP\\middle\\LOW" },
    set("TOP\\middle\\LOW", "OURS", 1),
  ]);
  assert.ok((await undo(lab)).complete);
  assert.equal(await contentNow(lab), START_CONTENT);
});

const SECOND = "Windows\\System32\\config\\SOFTWARE";

Deno.test("a conflict in one hive, or a hive that is no hive, does not stop another", async () => {
  for (const broken of [false, true]) {
    const lab = hiveLab();
    lab.files.put(`D:\\${SECOND}`, await lab.files.read(`D:\\${HIVE}`));
    const change: Change = { ...hiveEdited(), path: SECOND };
    await runSession(lab, [hiveEdited(), change]);
    if (broken) lab.files.put(`D:\\${SECOND}`, new Uint8Array(8192));
    else await others(lab, [set(BITS, "Start", 9)], SECOND);
    const report = await undo(lab);
    assert.deepEqual(report.changes.map(({ result }) => result), ["failed", "undone"]);
    assert.equal(await contentNow(lab), START_CONTENT);
  }
});

Deno.test("what is left names the whole next command, and does not close the way", async () => {
  const lab = hiveLab();
  const id = await runSession(lab, [hiveEdited()]);
  await others(lab, [set(BITS, "Start", 9)]);
  const report = await undo(lab);
  assert.equal(report.complete, false);
  assert.match(report.changes[0]!.next!, new RegExp(`pemedic undo D:\\\\ ${id} --overwrite$`));
  // People said no: that is an answer, and nothing is half done.
  assert.equal((await onlySession(lab))!.state, "undone");
  assert.ok((await undo(lab, true)).complete);
  assert.equal(await contentNow(lab), START_CONTENT);
});

Deno.test("ten thousand conflicts are told with ten lines and a number", async () => {
  const lab = hiveLab();
  const edits = Array.from(
    { length: 10_000 },
    (_, i) => edited("ControlSet001", `v${i}`, { before: null, after: 1 }),
  );
  await runSession(lab, [hiveEdited(edits)]);
  await others(lab, edits.map((_, i) => set("ControlSet001", `v${i}`, 2)));
  const { reason } = (await undo(lab)).changes[0]!;
  assert.ok(reason!.length < 2000, String(reason!.length));
  assert.match(reason!, /and 9990 more$/);
});

Deno.test("an edit and an undo of many values of one key take seconds", async () => {
  const count = 12_000;
  const values = Array.from(
    { length: count },
    (_, i) => ({ name: `value ${i}`, type: 4, data: registryDword(1) }),
  );
  const lab = hiveLab();
  const root = { name: "", values: [], subkeys: [{ name: "All", values, subkeys: [] }] };
  lab.files.put(`D:\\${HIVE}`, buildHive(root, { name: "SYSTEM" }));
  const start = await contentNow(lab);
  const edits = values.map(({ name }) => edited("All", name, { before: 1, after: 2 }));
  const began = performance.now();
  await runSession(lab, [hiveEdited(edits)]);
  assert.ok((await undo(lab)).complete);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds < 12, `${seconds} s`);
  assert.equal(await contentNow(lab), start);
});

Deno.test("two sessions on one hive, the older one taken back first: told, then both go", async () => {
  const lab = hiveLab();
  const older = await runSession(lab, [hiveEdited()]);
  const newer = await runSession(lab, [
    hiveEdited([edited(BITS, "Start", { before: 3, after: 2 })]),
  ]);
  const back = async (id: string) =>
    await undoSession(lab.context, (await readSession(lab.context, id))!);
  const first = await back(older);
  assert.match(first.changes[0]!.reason!, /it is 2 now/);
  assert.ok((await back(newer)).complete);
  assert.ok((await back(older)).complete);
  assert.equal(await contentNow(lab), START_CONTENT);
});

Deno.test("the edits of the lab are one of every kind", () => {
  assert.deepEqual([...new Set(EDITS.map(({ edit }) => edit))].sort(), [
    "key-created",
    "key-deleted",
    "value",
  ]);
});
