import assert from "node:assert/strict";
import { FileError, type MedicError } from "../../src/base/mod.ts";
import { planUndo, reopenSession, Transaction, undoSession } from "../../src/journal/mod.ts";
import {
  ALL_KINDS,
  begin,
  bytes,
  CACHE,
  created,
  HOSTS,
  type JournalLab,
  journalLab,
  makeAll,
  moved,
  onlySession,
  picture,
  runSession,
  sessionOf,
  undoOnly,
} from "./journal_lab.ts";

async function textAt(lab: JournalLab, path: string): Promise<string> {
  return new TextDecoder().decode(await lab.files.read(`D:\\${path}`));
}

async function reportOf(lab: JournalLab) {
  return await undoSession(lab.context, (await onlySession(lab))!);
}

Deno.test("planUndo() shows what will be taken back, newest first, and what stays", async () => {
  const lab = journalLab();
  const id = await runSession(lab);
  lab.files.forgetOperations();
  const plan = planUndo(await sessionOf(lab, id));
  assert.deepEqual(plan.reversible.map((state) => state.intent.change!.kind), [
    "entry-moved",
    "file-replaced",
    "file-created",
    "file-created",
    "directory-created",
    "entry-moved",
  ]);
  assert.deepEqual(plan.irreversible.map((state) => state.id), [8]);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("undoSession() takes back all kinds and says what stays and what can be done instead", async () => {
  const lab = journalLab();
  const start = picture(lab);
  await runSession(lab);
  const report = await reportOf(lab);
  assert.deepEqual(picture(lab), start);
  assert.equal(report.complete, true);
  assert.deepEqual(report.changes.map(({ result }) => result), [
    ...Array(6).fill("undone"),
    "irreversible",
  ]);
  assert.equal(report.changes.at(-1)!.reason, "Nothing");
  assert.equal((await onlySession(lab))!.state, "undone");
});

Deno.test("undoing twice changes nothing more and says so", async () => {
  const lab = journalLab();
  const start = picture(lab);
  await runSession(lab, [moved(CACHE), created("Windows\\x.txt", "x")]);
  await reportOf(lab);
  const again = await reportOf(lab);
  assert.deepEqual(again, { session: again.session, changes: [], complete: true });
  assert.deepEqual(picture(lab), start);
});

Deno.test("what Windows has made anew meanwhile is displaced and kept, never deleted", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const id = await runSession(lab, [
    moved(CACHE),
    created("Windows\\x.txt", "x"),
    { kind: "file-replaced", path: HOSTS, text: "# clean", bytes: 7 },
  ]);
  lab.files.put(`D:\\${CACHE}\\DataStore\\DataStore.edb`, bytes("made by Windows"));
  lab.files.put("D:\\Windows\\x.txt", bytes("changed by Windows"));
  lab.files.put(`D:\\${HOSTS}`, bytes("written by Windows"));
  assert.ok((await reportOf(lab)).complete);
  assert.deepEqual(picture(lab), start);
  const displaced = `PEMedic\\${id}\\displaced`;
  const cache = `${displaced}\\0001-SoftwareDistribution\\DataStore\\DataStore.edb`;
  assert.equal(await textAt(lab, cache), "made by Windows");
  assert.equal(await textAt(lab, `${displaced}\\0002-x.txt`), "changed by Windows");
  assert.equal(await textAt(lab, `${displaced}\\0003-hosts`), "written by Windows");
  const { changes } = await sessionOf(lab, id);
  assert.equal(changes[0]!.displaced, "{session}\\displaced\\0001-SoftwareDistribution");
});

Deno.test("what was displaced before is not written over", async () => {
  const lab = journalLab();
  const id = await runSession(lab, [moved(CACHE)]);
  lab.files.put(`D:\\PEMedic\\${id}\\displaced\\0001-SoftwareDistribution`, bytes("earlier"));
  lab.files.put(`D:\\${CACHE}\\new.txt`, bytes("new"));
  assert.ok(await undoOnly(lab));
  const displaced = `PEMedic\\${id}\\displaced\\0001-SoftwareDistribution`;
  assert.equal(await textAt(lab, displaced), "earlier");
  assert.equal(await textAt(lab, `${displaced}.2\\new.txt`), "new");
  assert.equal((await sessionOf(lab, id)).changes[0]!.displaced?.slice(-2), ".2");
});

Deno.test("a created folder is removed if it is empty, and moved aside whole if it is not", async () => {
  for (const filled of [false, true]) {
    const lab = journalLab();
    const start = picture(lab);
    const id = await runSession(lab, [{ kind: "directory-created", path: "Windows\\New" }]);
    if (filled) lab.files.put("D:\\Windows\\New\\deep\\x", bytes("Windows made it"));
    assert.ok(await undoOnly(lab));
    assert.deepEqual(picture(lab), start);
    const place = `PEMedic\\${id}\\displaced`;
    if (filled) assert.equal(await textAt(lab, `${place}\\0001-New\\deep\\x`), "Windows made it");
    else assert.equal(await lab.files.stat(`D:\\${place}`), undefined);
  }
});

Deno.test("undo goes on past one failing item, says so, and a second undo completes it", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const id = await runSession(lab);
  const held = `D:\\PEMedic\\${id}\\aside\\0007-hosts`;
  lab.files.setFault(held, { fault: "busy" });
  const report = await reportOf(lab);
  assert.equal(report.complete, false);
  const failed = report.changes.filter(({ result }) => result === "failed");
  assert.deepEqual(failed.map(({ id }) => id), [7]);
  assert.match(failed[0]!.reason ?? "", /^Cannot /);
  assert.equal(await textAt(lab, `${CACHE}\\Download\\kb.cab`), "a download");
  assert.equal(await textAt(lab, HOSTS), "# nothing blocked", "what was displaced came back");
  assert.equal((await onlySession(lab))!.state, "partly-undone");

  lab.files.setFault(held, undefined);
  const second = await reportOf(lab);
  assert.deepEqual(second.changes.map(({ id, result }) => [id, result]), [
    [7, "undone"],
    [8, "irreversible"],
  ]);
  assert.deepEqual(picture(lab), start);
  assert.equal((await onlySession(lab))!.state, "undone");
});

Deno.test("a copy that is gone fails with a sentence, again and again, and nothing else is touched", async () => {
  const lab = journalLab();
  const id = await runSession(lab, [moved(CACHE), moved("Users\\Anna\\letter.txt", "file")]);
  lab.files.erase(`D:\\PEMedic\\${id}\\aside\\0001-SoftwareDistribution`);
  lab.files.put(`D:\\${CACHE}\\new.txt`, bytes("Windows made it"));
  for (let n = 0; n < 2; n++) {
    const report = await reportOf(lab);
    const failed = report.changes.find((change) => change.result === "failed");
    assert.match(failed?.reason ?? "", /its copy ".*" is gone$/);
    assert.equal(await textAt(lab, `${CACHE}\\new.txt`), "Windows made it");
    assert.equal(await textAt(lab, "Users\\Anna\\letter.txt"), "Dear Bob");
  }
});

Deno.test("folders above that were removed meanwhile are made again", async () => {
  const lab = journalLab();
  const start = picture(lab);
  await runSession(lab, [moved("Users\\Anna\\letter.txt", "file")]);
  lab.files.erase("D:\\Users");
  assert.ok(await undoOnly(lab));
  assert.deepEqual(picture(lab), start);
});

Deno.test("what was removed meanwhile counts as taken back", async () => {
  const lab = journalLab();
  const start = picture(lab);
  await runSession(lab, [created("Windows\\x.txt", "x"), {
    kind: "directory-created",
    path: "Windows\\New",
  }]);
  lab.files.erase("D:\\Windows\\x.txt");
  lab.files.erase("D:\\Windows\\New");
  assert.ok(await undoOnly(lab));
  assert.deepEqual(picture(lab), start);
});

Deno.test("a junction that has appeared above the old place is refused, the rest is undone", async () => {
  const lab = journalLab();
  await runSession(lab, [moved("Users\\Anna\\letter.txt", "file"), moved(CACHE)]);
  lab.files.erase("D:\\Users\\Anna");
  lab.files.putDirectory("E:\\elsewhere");
  lab.files.putJunction("D:\\Users\\Anna", "E:\\elsewhere");
  const report = await reportOf(lab);
  assert.deepEqual(report.changes.map(({ result }) => result), ["undone", "failed"]);
  assert.match(report.changes[1]!.reason ?? "", /"Users\\Anna" is a junction/);
  assert.deepEqual(await lab.files.list("E:\\elsewhere"), []);
});

Deno.test("a junction in the old place itself is displaced as it is, not followed", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const id = await runSession(lab, [moved(CACHE)]);
  lab.files.putJunction(`D:\\${CACHE}`, "D:\\Users\\Anna");
  assert.ok(await undoOnly(lab));
  assert.deepEqual(picture(lab), start);
  const [kept] = await lab.files.list(`D:\\PEMedic\\${id}\\displaced`);
  assert.equal(kept!.reparse, true);
});

Deno.test("a junction in place of the kept copies is refused", async () => {
  const lab = journalLab();
  const id = await runSession(lab, [moved(CACHE)]);
  lab.files.erase(`D:\\PEMedic\\${id}\\aside`);
  lab.files.put("D:\\Other\\0001-SoftwareDistribution\\evil.dll", bytes("x"));
  lab.files.putJunction(`D:\\PEMedic\\${id}\\aside`, "D:\\Other");
  const report = await reportOf(lab);
  assert.match(report.changes[0]!.reason ?? "", /aside" is a junction/);
  assert.equal(await lab.files.stat(`D:\\${CACHE}`), undefined);
});

Deno.test("undo on a volume that became read-only ends in a sentence and changes nothing", async () => {
  const lab = journalLab();
  await runSession(lab);
  const before = lab.files.snapshot("D:\\");
  lab.files.volume("D:").readOnly = true;
  await assert.rejects(() => undoOnly(lab), (error: MedicError) => error.code === "readOnly");
  assert.deepEqual(lab.files.snapshot("D:\\"), before);
});

Deno.test("a session that is still open can be undone, and the journal knows it", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const { writer, transaction } = await begin(lab);
  await makeAll(transaction, ALL_KINDS.slice(0, 5));
  await writer.close();
  assert.ok(await undoOnly(lab));
  assert.deepEqual(picture(lab), start);
  assert.equal((await onlySession(lab))!.state, "undone");
});

Deno.test("a change that cannot be looked at does not stop the others", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  await transaction.make(moved("Users\\Anna"));
  lab.host.killAt("change-intended");
  await assert.rejects(() => transaction.make(created("Windows\\x.txt", "x")));
  lab.host.reboot();
  lab.files.put("D:\\Windows\\x.txt", bytes("y"));
  const { stat } = lab.files;
  lab.files.stat = async (path) => {
    if (path.endsWith("x.txt")) throw new FileError("look at", path, "disk-error");
    return await stat.call(lab.files, path);
  };
  const report = await reportOf(lab);
  assert.deepEqual(report.changes.map(({ id, result }) => [id, result]), [
    [2, "failed"],
    [1, "undone"],
  ]);
  assert.equal(await textAt(lab, "Users\\Anna\\letter.txt"), "Dear Bob");
  lab.files.stat = stat;
  assert.equal((await sessionOf(lab, writer.id)).state, "partly-undone");
  assert.ok(await undoOnly(lab));
});

Deno.test("a file that somebody made after the cut is not taken for ours", async () => {
  const lab = journalLab();
  const { transaction } = await begin(lab);
  lab.host.killAt("change-intended");
  const change = { kind: "directory-created", path: "Windows\\x" } as const;
  await assert.rejects(() => transaction.make(created("Windows\\x", "x")));
  lab.host.reboot();
  lab.files.putDirectory(`D:\\${change.path}`);
  assert.ok(await undoOnly(lab));
  assert.equal((await lab.files.stat("D:\\Windows\\x"))?.kind, "directory");
});

Deno.test("file-replaced cut between the two halves of the swap: the old file comes back", async () => {
  for (const linked of [false, true]) {
    const lab = journalLab();
    const start = picture(lab);
    const { writer, transaction } = await begin(lab);
    const { replaceFile } = lab.files;
    lab.files.replaceFile = async (path, _replacement, backup) => {
      if (linked) await lab.files.copyFile(path, backup);
      else await lab.files.move(path, backup);
      lab.files.crash.now("the swap");
    };
    const change = { kind: "file-replaced", path: HOSTS, text: "# clean", bytes: 7 } as const;
    await assert.rejects(() => transaction.make(change));
    lab.files.replaceFile = replaceFile;
    lab.host.reboot();
    const reopened = await reopenSession(lab.context, await sessionOf(lab, writer.id));
    await reopened.close();
    assert.ok(await undoOnly(lab), String(linked));
    assert.deepEqual(picture(lab), start, String(linked));
    assert.equal((await onlySession(lab))!.changes[0]!.state, "not-done");
  }
});

Deno.test("file-replaced cut in the swap, then Windows made the file anew: undo brings the old one", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const { transaction } = await begin(lab);
  const { replaceFile } = lab.files;
  lab.files.replaceFile = async (path, _replacement, backup) => {
    await lab.files.move(path, backup);
    lab.files.crash.now("the swap");
  };
  const change = { kind: "file-replaced", path: HOSTS, text: "# clean", bytes: 7 } as const;
  await assert.rejects(() => transaction.make(change));
  lab.files.replaceFile = replaceFile;
  lab.host.reboot();
  lab.files.put(`D:\\${HOSTS}`, bytes("Windows' own"));
  assert.ok(await undoOnly(lab));
  assert.deepEqual(picture(lab), start);
});

Deno.test("a resumed session counts on, so that no change takes another's number", async () => {
  const lab = journalLab();
  const id = await runSession(lab, [moved(CACHE)]);
  const session = await sessionOf(lab, id);
  const writer = await reopenSession(lab.context, session);
  const transaction = new Transaction(writer, { changes: session.changes.length });
  await transaction.make(moved("Users\\Anna"));
  await transaction.end("ok");
  assert.deepEqual((await sessionOf(lab, id)).changes.map((state) => state.id), [1, 2]);
});
