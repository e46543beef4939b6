/** The target fills up at every byte of a session: an error, nothing lost, and a way on. */
import assert from "node:assert/strict";
import { FileError, MedicError } from "../../src/base/mod.ts";
import { compareSnapshots } from "../lab/mod.ts";
import {
  begin,
  CACHE,
  copied,
  HIVE,
  type JournalLab,
  journalLab,
  moved,
  onlySession,
  picture,
  resumeOnly,
  runSession,
  sessionOf,
  undoOnly,
} from "./journal_lab.ts";

const START = picture(journalLab());
const ROOM = 1 << 20;

/** Bytes that a whole session writes on the target. */
async function sessionSize(): Promise<number> {
  const lab = journalLab();
  lab.files.setFreeBytes("D:", ROOM);
  await runSession(lab);
  return ROOM - lab.files.freeBytes("D:");
}

async function fillUp(free: number): Promise<JournalLab> {
  const lab = journalLab();
  lab.files.setFreeBytes("D:", free);
  await assert.rejects(() => runSession(lab), (error) => {
    assert.ok(error instanceof MedicError, String(error));
    assert.equal(error.code, "noSpace");
    return true;
  });
  lab.files.setFreeBytes("D:", ROOM);
  return lab;
}

Deno.test("the disk fills up at any byte: the error says so, and undo works afterwards", async () => {
  const size = await sessionSize();
  for (let free = 0; free < size; free += 23) {
    const lab = await fillUp(free);
    assert.ok(await undoOnly(lab), String(free));
    assert.deepEqual(compareSnapshots(START, picture(lab)), [], `${free} bytes were free`);
  }
});

Deno.test("the disk fills up at any byte: resume works afterwards, and undo after it", async () => {
  const whole = journalLab();
  await runSession(whole);
  const end = picture(whole);
  const size = await sessionSize();
  for (let free = 0; free < size; free += 41) {
    const lab = await fillUp(free);
    await resumeOnly(lab);
    assert.deepEqual(compareSnapshots(end, picture(lab)), [], `${free} bytes were free`);
    assert.ok(await undoOnly(lab), String(free));
    assert.deepEqual(compareSnapshots(START, picture(lab)), [], `${free} bytes were free`);
  }
});

Deno.test("the disk fills up in the middle of undo: undoing again completes it", async () => {
  for (let free = 0;; free += 29) {
    const lab = journalLab();
    await runSession(lab);
    lab.files.setFreeBytes("D:", free);
    try {
      await undoOnly(lab);
      assert.ok(free > 0);
      break;
    } catch (error) {
      assert.ok(error instanceof MedicError && error.code === "noSpace", String(error));
    }
    lab.files.setFreeBytes("D:", ROOM);
    assert.ok(await undoOnly(lab), String(free));
    assert.deepEqual(compareSnapshots(START, picture(lab)), [], `${free} bytes were free`);
  }
});

Deno.test("the same writer goes on after an append that failed in the middle of a line", async () => {
  for (const left of [0, 1, 8, 9, 40, 100, 140]) {
    const lab = journalLab();
    const { writer, transaction } = await begin(lab);
    await transaction.make(moved("Users\\Anna"));
    lab.files.setFreeBytes("D:", left);
    await assert.rejects(
      () => transaction.make(moved(CACHE)),
      (error: MedicError) => error.code === "noSpace",
    );
    assert.ok(await lab.files.stat(`D:\\${CACHE}\\Download`), "no change without its intent");
    await assert.rejects(() => transaction.make(moved(CACHE)));
    lab.files.setFreeBytes("D:", ROOM);
    await transaction.make(moved(CACHE));
    await transaction.end("ok");
    const session = await sessionOf(lab, writer.id);
    assert.deepEqual([session.state, session.intact], ["finished", true], String(left));
    const copy = await lab.files.read(`E:\\PEMedic-journals\\${writer.id}\\journal.jsonl`);
    assert.ok(copy.length > 0);
    lab.files.erase(`D:\\${writer.folder}\\journal.jsonl`);
    assert.equal((await sessionOf(lab, writer.id)).records.length, session.records.length);
    assert.ok(await undoOnly(lab));
    assert.deepEqual(compareSnapshots(START, picture(lab)), []);
  }
});

Deno.test("a record that arrived although its append failed is not written twice", async () => {
  const lab = journalLab();
  const { openAppend } = lab.files;
  let failing = false;
  lab.files.openAppend = async (path) => {
    const file = await openAppend.call(lab.files, path);
    return {
      append: async (line) => {
        await file.append(line);
        if (failing && path.startsWith("D:")) throw new FileError("flush", path, "disk-error");
      },
      close: () => file.close(),
    };
  };
  const { writer, transaction } = await begin(lab);
  failing = true;
  await assert.rejects(() => transaction.make(moved(CACHE)), /disk returned/);
  failing = false;
  assert.ok(await lab.files.stat(`D:\\${CACHE}\\Download`));
  await transaction.end("ok");
  const session = await sessionOf(lab, writer.id);
  assert.deepEqual(session.records.map(({ type }) => type), [
    "session",
    "change",
    "reopened",
    "end",
  ]);
  lab.files.erase(`D:\\${writer.folder}\\journal.jsonl`);
  assert.deepEqual((await sessionOf(lab, writer.id)).records, session.records);
  assert.ok(await undoOnly(lab));
  assert.deepEqual(compareSnapshots(START, picture(lab)), []);
});

Deno.test("a copy that does not fit leaves no half file in its place", async () => {
  const lab = journalLab();
  lab.files.put(`D:\\${HIVE}`, new Uint8Array(50_000));
  const start = picture(lab);
  const { writer, transaction } = await begin(lab);
  lab.files.setFreeBytes("D:", 20_000);
  const change = { ...copied(HIVE, `${HIVE}.copy`), bytes: 50_000 };
  await assert.rejects(
    () => transaction.make(change),
    (error: MedicError) => error.code === "noSpace",
  );
  await writer.close();
  assert.equal(await lab.files.stat(`D:\\${HIVE}.copy`), undefined);
  assert.deepEqual(picture(lab), start);
  lab.files.setFreeBytes("D:", ROOM);
  assert.ok(await undoOnly(lab));
  assert.deepEqual(picture(lab), start);
});

Deno.test("without room for its first line a session leaves nothing that looks like one", async () => {
  const lab = journalLab();
  lab.files.setFreeBytes("D:", 10);
  await assert.rejects(() => begin(lab), (error: MedicError) => error.code === "noSpace");
  assert.equal(await onlySession(lab), undefined);
  lab.files.setFreeBytes("D:", ROOM);
  await runSession(lab, [moved(CACHE)]);
  assert.equal((await onlySession(lab))?.changes.length, 1);
});
