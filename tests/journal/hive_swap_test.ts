/** The swap of a hive and its way back when something around it is not as it should be. */
import assert from "node:assert/strict";
import { FileError, MedicError, RefusalError } from "../../src/base/mod.ts";
import { editHive, type HiveEdit, openHive } from "../../src/formats/regf/mod.ts";
import {
  type Change,
  describeChange,
  type JournalRecord,
  listSessions,
  type RegistryEdit,
  type UndoReport,
  undoSession,
} from "../../src/journal/mod.ts";
import { crc32, encodeRecord } from "../../src/journal/record.ts";
import { compareSnapshots } from "../lab/mod.ts";
import {
  contentNow,
  edited,
  hiveEdited,
  hiveLab,
  pictureAround,
  START_CONTENT,
  START_HIVE,
} from "./hive_lab.ts";
import {
  crashes,
  HEADER,
  HIVE,
  type JournalLab,
  onlySession,
  resumeOnly,
  runSession,
  sessionOf,
  undoOnly,
} from "./journal_lab.ts";

const ON_DISK = `D:\\${HIVE}`;
const BITS = "ControlSet001\\Services\\BITS";
const REPLAY: Change = { kind: "hive-rebuilt", path: HIVE, method: "replay", keys: 8, values: 6 };

async function undo(lab: JournalLab, overwrite = false): Promise<UndoReport> {
  return await undoSession(lab.context, (await onlySession(lab))!, {
    changedSince: () => Promise.resolve(overwrite),
  });
}

async function others(lab: JournalLab, edits: readonly HiveEdit[]): Promise<void> {
  const bytes = editHive(await lab.files.read(ON_DISK), edits, {
    name: "SYSTEM",
    at: new Date("2026-01-01T00:00:00Z"),
  });
  lab.files.put(ON_DISK, bytes);
}

/** Number of the operation of a session that swaps the hive. */
async function swapAt(changes: readonly Change[]): Promise<number> {
  const lab = hiveLab();
  await runSession(lab, changes);
  return lab.files.operations.findIndex(({ kind }) => kind === "replace-file") + 1;
}

Deno.test("a torn swap is not done, though somebody has put another hive there since", async () => {
  const change = hiveEdited();
  const lab = hiveLab();
  lab.files.crashAfter(await swapAt([change]), { torn: true });
  assert.ok(await crashes(lab, () => runSession(lab, [change])));
  assert.equal(await lab.files.stat(ON_DISK), undefined);
  lab.files.put(ON_DISK, START_HIVE.slice());
  await others(lab, [{ kind: "create-key", key: "Copy" }]);
  const foreign = await lab.files.read(ON_DISK);
  const before = await contentNow(lab);
  assert.ok(await undoOnly(lab));
  assert.deepEqual(await lab.files.read(ON_DISK), foreign);
  assert.equal(await contentNow(lab), before);
  assert.equal((await onlySession(lab))!.changes[0]!.state, "not-done");
});

Deno.test("a cut after every operation: what the journal says is what the hive holds", async () => {
  const change = hiveEdited();
  const whole = hiveLab();
  await runSession(whole, [change]);
  const end = await contentNow(whole);
  for (let count = 1; count <= whole.files.operations.length; count++) {
    for (const torn of [false, true]) {
      const lab = hiveLab();
      lab.files.crashAfter(count, { torn });
      assert.ok(await crashes(lab, () => runSession(lab, [change])));
      // Nothing is made again: only what became of the change is found out.
      await resumeOnly(lab, []);
      const state = (await onlySession(lab))!.changes[0]?.state;
      const holds = await contentNow(lab);
      assert.equal(holds, state === "done" ? end : START_CONTENT, `operation ${count} ${torn}`);
    }
  }
});

/** The hive reads back other than written as soon as it is in its place. */
function spoilSwap(lab: JournalLab, how: "other" | "disk-error"): void {
  const swap = lab.files.replaceFile.bind(lab.files);
  lab.files.replaceFile = async (path, replacement, backup) => {
    await swap(path, replacement, backup);
    lab.files.replaceFile = swap;
    if (how === "disk-error") return lab.files.setFault(path, { fault: "disk-error" });
    const bytes = (await lab.files.read(path)).slice();
    bytes[5000] = bytes[5000]! ^ 1;
    lab.files.put(path, bytes);
  };
}

Deno.test("a hive that reads back other than written is not left to Windows", async () => {
  for (const how of ["other", "disk-error"] as const) {
    const lab = hiveLab();
    spoilSwap(lab, how);
    await assert.rejects(runSession(lab, [hiveEdited()]), (error) => {
      assert.ok(error instanceof MedicError);
      if (how === "other") assert.equal(error.code, "notVerified");
      return true;
    });
    assert.deepEqual(await lab.files.read(ON_DISK), START_HIVE);
    assert.equal((await onlySession(lab))!.changes[0]!.state, "failed");
    assert.ok(await undoOnly(lab));
    assert.deepEqual(await lab.files.read(ON_DISK), START_HIVE);
  }
});

Deno.test("a disk that is full at any write leaves the old hive, and a way on", async () => {
  const ROOM = 1 << 20;
  const whole = hiveLab({ dirty: true });
  const around = pictureAround(whole);
  whole.files.setFreeBytes("D:", ROOM);
  await runSession(whole, [hiveEdited()]);
  const end = await contentNow(whole);
  const size = ROOM - whole.files.freeBytes("D:");
  let swapped = 0;
  const steps = Array.from({ length: Math.ceil(size / 397) }, (_, index) => index * 397);
  // The last bytes are those of the lines that say it is done.
  for (const free of [...steps, size - 300, size - 150, size - 1]) {
    const lab = hiveLab({ dirty: true });
    lab.files.setFreeBytes("D:", free);
    await assert.rejects(runSession(lab, [hiveEdited()]), FileError, String(free));
    const now = await contentNow(lab);
    assert.ok(now === START_CONTENT || now === end, String(free));
    if (now === end) swapped++;
    lab.files.setFreeBytes("D:", ROOM);
    assert.ok(await undoOnly(lab), String(free));
    assert.equal(await contentNow(lab), START_CONTENT);
    assert.deepEqual(compareSnapshots(around, pictureAround(lab)), []);
  }
  assert.ok(swapped > 0, "the end of the change could not be recorded");
});

Deno.test("a disk that is full at any write of an undo: a second undo ends it", async () => {
  for (const changes of [[hiveEdited()], [REPLAY]]) {
    for (let free = 0; free < 40_000; free += 997) {
      const lab = hiveLab({ dirty: true });
      const before = await lab.files.read(ON_DISK);
      await runSession(lab, changes);
      lab.files.setFreeBytes("D:", free);
      try {
        await undo(lab);
      } catch (error) {
        assert.ok(error instanceof FileError, String(error));
      }
      lab.files.setFreeBytes("D:", 1 << 20);
      assert.ok(await undoOnly(lab), `${describeChange(changes[0]!)} ${free}`);
      assert.equal(await contentNow(lab), START_CONTENT);
      if (changes[0] === REPLAY) assert.deepEqual(await lab.files.read(ON_DISK), before);
    }
  }
});

Deno.test("a log that is a folder or a junction is refused, and nothing is touched", async () => {
  for (const suffix of [".LOG1", ".LOG2"]) {
    for (const kind of ["folder", "junction"] as const) {
      const lab = hiveLab();
      const log = `${ON_DISK}${suffix}`;
      if (kind === "folder") lab.files.putDirectory(log);
      else lab.files.putJunction(log, "D:\\Users");
      await assert.rejects(runSession(lab, [hiveEdited()]), (error) => {
        assert.ok(error instanceof RefusalError);
        assert.match(error.message, /LOG\d" is no plain file/);
        return true;
      });
      assert.deepEqual(await lab.files.read(ON_DISK), START_HIVE);
    }
  }
});

Deno.test("a log that appears, changes or vanishes while the hive is edited is noticed", async () => {
  const events: readonly ((lab: JournalLab) => void)[] = [
    (lab) => lab.files.erase(`${ON_DISK}.LOG1`),
    (lab) => lab.files.put(`${ON_DISK}.LOG1`, new Uint8Array(512)),
    (lab) => lab.files.put(`${ON_DISK}.LOG2`, new Uint8Array(512)),
    (lab) => lab.files.erase(`${ON_DISK}.LOG2`),
  ];
  for (const event of events) {
    const lab = hiveLab({ dirty: true });
    const before = await lab.files.read(ON_DISK);
    const createFile = lab.files.createFile.bind(lab.files);
    lab.files.createFile = async (path, content) => {
      await createFile(path, content);
      if (path.includes("\\new\\")) event(lab);
    };
    await assert.rejects(runSession(lab, [hiveEdited()]), /changed while it was edited/);
    assert.deepEqual(await lab.files.read(ON_DISK), before);
  }
});

Deno.test("a hive or a folder that may not be written is refused whole", async () => {
  for (const fault of ["denied", "busy", "read-only"] as const) {
    const lab = hiveLab();
    const swap = lab.files.replaceFile.bind(lab.files);
    lab.files.replaceFile = (path) => Promise.reject(new FileError("replace", path, fault));
    await assert.rejects(runSession(lab, [hiveEdited()]), FileError);
    lab.files.replaceFile = swap;
    assert.deepEqual(await lab.files.read(ON_DISK), START_HIVE);
    assert.equal((await onlySession(lab))!.changes[0]!.state, "failed");
  }
});

Deno.test("a second undo keeps the logs of its own day beside the hive that it displaces", async () => {
  const lab = hiveLab({ dirty: true });
  await runSession(lab, [hiveEdited()]);
  const createFile = lab.files.createFile.bind(lab.files);
  lab.files.createFile = async (path, content) => {
    await createFile(path, content);
    if (path.includes("\\new\\")) lab.files.put(`${ON_DISK}.LOG1`, new Uint8Array(1024));
  };
  assert.equal((await undo(lab)).complete, false);
  lab.files.createFile = createFile;
  assert.ok((await undo(lab)).complete);
  const { folder } = (await onlySession(lab))!;
  const kept = await lab.files.read(`D:\\${folder}\\displaced\\0001-SYSTEM.LOG1`);
  assert.deepEqual(kept, new Uint8Array(1024));
});

Deno.test("a rebuilt hive that was written since is only put back on request", async () => {
  const lab = hiveLab({ dirty: true });
  const before = await lab.files.read(ON_DISK);
  const log = await lab.files.read(`${ON_DISK}.LOG1`);
  const id = await runSession(lab, [REPLAY]);
  await others(lab, [{ kind: "create-key", key: "Since" }]);
  const since = await lab.files.read(ON_DISK);
  lab.files.put(`${ON_DISK}.LOG1`, new Uint8Array(512));
  const left = await undo(lab);
  assert.equal(left.complete, false);
  assert.match(left.changes[0]!.reason!, /SYSTEM: it was written to since it was rebuilt/);
  assert.match(left.changes[0]!.next!, new RegExp(`pemedic undo D:\\\\ ${id} --overwrite$`));
  assert.deepEqual(await lab.files.read(ON_DISK), since);
  assert.deepEqual(await lab.files.read(`${ON_DISK}.LOG1`), new Uint8Array(512));
  assert.ok((await undo(lab, true)).complete);
  assert.deepEqual(await lab.files.read(ON_DISK), before);
  assert.deepEqual(await lab.files.read(`${ON_DISK}.LOG1`), log);
  const { folder } = (await onlySession(lab))!;
  const names = (await lab.files.list(`D:\\${folder}\\displaced`)).map(({ name }) => name);
  assert.deepEqual(names, ["0001-SYSTEM", "0001-SYSTEM.LOG1"]);
  assert.deepEqual(await lab.files.read(`D:\\${folder}\\displaced\\0001-SYSTEM`), since);
});

Deno.test("an agreed undo of a rebuilt hive is not asked about again after a cut", async () => {
  const prepare = async () => {
    const lab = hiveLab({ dirty: true });
    await runSession(lab, [REPLAY]);
    await others(lab, [{ kind: "create-key", key: "Since" }]);
    lab.files.put(`${ON_DISK}.LOG1`, new Uint8Array(512));
    lab.files.forgetOperations();
    return lab;
  };
  const before = await hiveLab({ dirty: true }).files.read(ON_DISK);
  const whole = await prepare();
  await undo(whole, true);
  const moved = whole.files.operations.findIndex(({ kind }) => kind === "move") + 1;
  assert.ok(moved > 0);
  for (let count = 1; count <= whole.files.operations.length; count++) {
    const lab = await prepare();
    lab.files.crashAfter(count, { torn: true });
    assert.ok(await crashes(lab, () => undo(lab, true)));
    if (count > moved) assert.ok((await undo(lab)).complete, `operation ${count}`);
    else assert.ok((await undo(lab, true)).complete, `operation ${count}`);
    assert.deepEqual(await lab.files.read(ON_DISK), before, `operation ${count}`);
  }
});

Deno.test("a cut before anything was moved is no agreement", async () => {
  const lab = hiveLab({ dirty: true });
  await runSession(lab, [REPLAY]);
  await others(lab, [{ kind: "create-key", key: "Since" }]);
  const since = await lab.files.read(ON_DISK);
  const cut = async () => {
    await undoSession(lab.context, (await onlySession(lab))!, {
      changedSince: () => {
        lab.files.crashAfter(1);
        return Promise.resolve(true);
      },
    });
  };
  assert.ok(await crashes(lab, cut));
  assert.equal((await onlySession(lab))!.changes[0]!.undoing, true);
  assert.equal((await undo(lab)).complete, false);
  assert.deepEqual(await lab.files.read(ON_DISK), since);
});

Deno.test("a rebuilt hive that was edited by the same session goes back without a question", async () => {
  const lab = hiveLab({ dirty: true });
  const before = await lab.files.read(ON_DISK);
  await runSession(lab, [REPLAY, hiveEdited()]);
  const report = await undo(lab);
  assert.ok(report.complete, JSON.stringify(report));
  assert.deepEqual(await lab.files.read(ON_DISK), before);
});

Deno.test("a rebuilt hive that is gone since comes back", async () => {
  const lab = hiveLab({ dirty: true });
  const before = await lab.files.read(ON_DISK);
  await runSession(lab, [REPLAY]);
  lab.files.erase(ON_DISK);
  assert.ok((await undo(lab)).complete);
  assert.deepEqual(await lab.files.read(ON_DISK), before);
});

/** Writes a journal of one finished change as somebody with an editor would. */
function forge(lab: JournalLab, change: unknown, rest: object = {}): string {
  const id = "20260101-000000-abcdef";
  const at = "2026-01-01T00:00:00.000Z";
  const records = [
    { type: "session", format: 1, session: id, at, ...HEADER },
    { type: "change", at, id: 1, state: "intent", change, ...rest },
    { type: "change", at, id: 1, state: "done" },
    { type: "end", at, outcome: "ok" },
  ] as unknown as JournalRecord[];
  const text = records.map((record, index) => encodeRecord(index + 1, record)).join("");
  lab.files.put(`D:\\PEMedic\\${id}\\journal.jsonl`, new TextEncoder().encode(text));
  return id;
}

Deno.test("a forged path or hexadecimal makes a damaged journal, and nothing else", async () => {
  const value = edited(BITS, "Start", { before: 4, after: 3 });
  const changes: readonly unknown[] = [
    { ...hiveEdited(), path: "..\\SYSTEM" },
    { ...hiveEdited(), path: "C:\\Windows\\System32\\config\\SYSTEM" },
    { ...hiveEdited(), path: "" },
    { ...REPLAY, path: "Windows\\..\\..\\x" },
    hiveEdited([{ ...value, before: { type: 4, hex: "0" } } as never]),
    hiveEdited([{ ...value, before: { type: 4, hex: "zz" } } as never]),
    hiveEdited([{ ...value, before: { type: -1, hex: "" } } as never]),
  ];
  for (const change of changes) {
    const lab = hiveLab();
    forge(lab, change);
    await runSession(lab, [hiveEdited()]);
    const { sessions, damaged } = await listSessions(lab.context);
    assert.equal(sessions.length, 1, "the true one");
    assert.equal(damaged[0]?.error.code, "journalDamaged");
  }
});

Deno.test("a journal that is nested deeper than the stack is damaged", async () => {
  const lab = hiveLab();
  const id = forge(
    lab,
    hiveEdited([{
      edit: "key-deleted",
      key: "k",
      before: { values: [], subkeys: [] },
    }]),
  );
  const path = `D:\\PEMedic\\${id}\\journal.jsonl`;
  const text = new TextDecoder().decode(await lab.files.read(path));
  const levels = 200_000;
  const begin = `{"name":"k","values":[],"subkeys":[`;
  const body = text.split("\n")[1]!.slice(9).replace(
    `"subkeys":[]`,
    `"subkeys":[${begin.repeat(levels)}${"]}".repeat(levels)}]`,
  );
  const lines = text.split("\n");
  lines[1] = `${crc32(body).toString(16).padStart(8, "0")} ${body}`;
  lab.files.put(path, new TextEncoder().encode(lines.join("\n")));
  const { damaged } = await listSessions(lab.context);
  assert.equal(damaged[0]?.error.code, "journalDamaged");
});

Deno.test("a forged journal reaches no records and no foreign file", async () => {
  const victim = "Users\\Anna\\letter.txt";
  const attempts: readonly [Change, object][] = [
    [{ ...hiveEdited(), path: "PEMedic\\20250101-000000-aaaaaa\\aside\\0001-SYSTEM" }, {}],
    [{ ...hiveEdited(), path: "pemedic/20250101-000000-aaaaaa/journal.jsonl" }, {}],
    [{ kind: "file-created", path: "PEMedic\\x\\journal.jsonl", text: "", bytes: 0 }, {}],
    [{ ...REPLAY }, { kept: victim }],
    [{ ...REPLAY }, { kept: `Windows\\..\\${victim}` }],
    [{ kind: "entry-moved", path: "Users\\Anna\\new.txt", entry: "file", bytes: 1 }, {
      kept: victim,
    }],
  ];
  for (const [change, rest] of attempts) {
    const lab = hiveLab();
    lab.files.put("D:\\PEMedic\\20250101-000000-aaaaaa\\aside\\0001-SYSTEM", START_HIVE);
    lab.files.put("D:\\PEMedic\\x\\journal.jsonl", new Uint8Array(1));
    const id = forge(lab, change, rest);
    const picture = () => lab.files.snapshot("D:\\", { except: [`PEMedic\\${id}`] });
    const before = picture();
    try {
      const report = await undoSession(lab.context, await sessionOf(lab, id));
      assert.equal(report.complete, false);
    } catch (error) {
      assert.ok(error instanceof MedicError, String(error));
    }
    assert.deepEqual(compareSnapshots(before, picture()), [], JSON.stringify([change, rest]));
  }
});

Deno.test("forged edits that the editor cannot make fail in a sentence", async () => {
  const four = { type: 4, hex: "04000000" };
  const value = { edit: "value", key: BITS, name: "Start", before: four, after: four } as const;
  const edits: readonly RegistryEdit[] = [
    { ...value, key: "\\\\ControlSet001" },
    { ...value, name: "x".repeat(20_000), after: null },
    { ...value, name: "New", before: { type: 2 ** 40, hex: "" }, after: null },
    { edit: "key-deleted", key: "", before: { values: [], subkeys: [] } },
    { edit: "key-deleted", key: "A\\", before: { values: [], subkeys: [] } },
    { edit: "key-deleted", key: "A", before: { security: "00", values: [], subkeys: [] } },
    { edit: "key-created", key: "" },
    { edit: "key-created", key: "ControlSet001" },
  ];
  for (const edit of edits) {
    const lab = hiveLab();
    const id = forge(lab, hiveEdited([edit]));
    const report = await undoSession(lab.context, await sessionOf(lab, id), {
      changedSince: () => Promise.resolve(edit.key !== "ControlSet001"),
    });
    assert.equal(report.complete, false, JSON.stringify(edit));
    assert.ok(openHive(await lab.files.read(ON_DISK)).key(BITS));
    assert.equal(await contentNow(lab), START_CONTENT);
  }
});
