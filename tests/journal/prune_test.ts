import assert from "node:assert/strict";
import type { MedicError } from "../../src/base/mod.ts";
import { pruneSession, sessionBytes, treeBytes, undoSession } from "../../src/journal/mod.ts";
import {
  begin,
  bytes,
  CACHE,
  copied,
  crashes,
  HIVE,
  HOSTS,
  journalLab,
  moved,
  onlySession,
  picture,
  runSession,
  sessionOf,
  undoOnly,
} from "./journal_lab.ts";

const CHANGES = [copied(HIVE, `{session}\\saved\\${HIVE}`), moved(CACHE)];

Deno.test("pruneSession() removes the copies, tells the bytes, and keeps journal and logs", async () => {
  const lab = journalLab();
  const id = await runSession(lab, CHANGES);
  lab.files.put(`D:\\PEMedic\\${id}\\logs\\dism.log`, bytes("log"));
  const session = await sessionOf(lab, id);
  const expected = "the SYSTEM hive".length + "the data base of past updates".length +
    "a download".length;
  assert.equal(await sessionBytes(lab.context.target, session), expected);
  const free = lab.files.freeBytes("D:");
  const journal = (await lab.files.stat(`D:\\PEMedic\\${id}\\journal.jsonl`))!.size;
  assert.equal(await pruneSession(lab.context, session), expected);
  const grown = (await lab.files.stat(`D:\\PEMedic\\${id}\\journal.jsonl`))!.size - journal;
  assert.equal(lab.files.freeBytes("D:") - free, expected - grown);
  const names = (await lab.files.list(`D:\\PEMedic\\${id}`)).map(({ name }) => name);
  assert.deepEqual(names, ["journal.jsonl", "logs"]);
  assert.equal((await sessionOf(lab, id)).state, "pruned");
});

Deno.test("undo after a prune is refused with a sentence", async () => {
  const lab = journalLab();
  const id = await runSession(lab, CHANGES);
  const old = await sessionOf(lab, id);
  await pruneSession(lab.context, old);
  const before = lab.files.snapshot("D:\\");
  for (const session of [old, await sessionOf(lab, id)]) {
    await assert.rejects(
      () => undoSession(lab.context, session),
      (error: MedicError) => error.code === "refused" && /copies were pruned$/.test(error.message),
    );
  }
  assert.deepEqual(lab.files.snapshot("D:\\"), before);
});

Deno.test("pruneSession() refuses a session that is open or partly undone", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  await transaction.make(moved(CACHE));
  const refused = (error: MedicError) =>
    error.code === "refused" && error.next === `pemedic undo D:\\ ${writer.id}`;
  const prune = async () => await pruneSession(lab.context, await sessionOf(lab, writer.id));
  await assert.rejects(prune, refused);
  await transaction.end("ok");
  lab.files.setFault(`D:\\${writer.folder}\\aside\\0001-SoftwareDistribution`, { fault: "busy" });
  assert.equal(await undoOnly(lab), false);
  await assert.rejects(prune, refused);
  assert.ok(await lab.files.stat(`D:\\${writer.folder}\\aside\\0001-SoftwareDistribution`));
});

Deno.test("pruneSession() works on an undone session and takes what was displaced", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const id = await runSession(lab, [moved(CACHE)]);
  lab.files.put(`D:\\${CACHE}\\new`, bytes("12345"));
  assert.ok(await undoOnly(lab));
  assert.equal(await pruneSession(lab.context, await sessionOf(lab, id)), 5);
  assert.deepEqual(picture(lab), start);
});

Deno.test("a power cut after every operation of a prune: the target is whole, pruning again ends it", async () => {
  for (let count = 1;; count++) {
    const lab = journalLab();
    const id = await runSession(lab, CHANGES);
    const after = picture(lab);
    lab.files.crashAfter(count, { torn: count % 2 === 0 });
    const session = await sessionOf(lab, id);
    const cut = await crashes(lab, () => pruneSession(lab.context, session));
    assert.deepEqual(picture(lab), after);
    const now = (await onlySession(lab))!;
    if (now.state === "finished") assert.ok(await undoOnly(lab), String(count));
    else {
      await pruneSession(lab.context, now);
      assert.equal(await sessionBytes(lab.context.target, now), 0);
    }
    if (!cut) break;
  }
});

Deno.test("pruneSession() first puts back what a swap that was cut left among the copies", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const { writer, transaction } = await begin(lab);
  const { replaceFile } = lab.files;
  lab.files.replaceFile = async (path, _replacement, backup) => {
    await lab.files.move(path, backup);
    lab.files.setFreeBytes("D:", 0);
    throw new RangeError("the process died");
  };
  const change = { kind: "file-replaced", path: HOSTS, text: "# clean", bytes: 7 } as const;
  await assert.rejects(() => transaction.make(change), RangeError);
  lab.files.replaceFile = replaceFile;
  lab.files.setFreeBytes("D:", 1 << 20);
  await transaction.end("internal");
  await pruneSession(lab.context, await sessionOf(lab, writer.id));
  assert.deepEqual(picture(lab), start);
});

Deno.test("pruneSession() removes a link among the copies and not what it leads to", async () => {
  const lab = journalLab();
  lab.files.putJunction(`D:\\${CACHE}\\Elsewhere`, "D:\\Users\\Anna");
  const id = await runSession(lab, [moved(CACHE)]);
  await pruneSession(lab.context, await sessionOf(lab, id));
  assert.ok(await lab.files.stat("D:\\Users\\Anna\\letter.txt"));
});

Deno.test("pruneSession() removes what can be removed and names what cannot", async () => {
  const lab = journalLab();
  const id = await runSession(lab, CHANGES);
  const aside = `D:\\PEMedic\\${id}\\aside`;
  lab.files.setFault(`${aside}\\0002-SoftwareDistribution\\Download\\kb.cab`, { fault: "denied" });
  const session = await sessionOf(lab, id);
  await assert.rejects(() => pruneSession(lab.context, session), /kb\.cab.*access is denied/);
  assert.equal(await lab.files.stat(`D:\\PEMedic\\${id}\\saved`), undefined);
  assert.equal(await sessionBytes(lab.context.target, session), "a download".length);
});

Deno.test("treeBytes() counts files, follows no links and survives what it may not list", async () => {
  const { context, files } = journalLab();
  files.put("D:\\T\\a", bytes("123"));
  files.put("D:\\T\\deep\\b", bytes("4567"));
  files.put("D:\\T\\locked\\c", bytes("89"));
  files.putJunction("D:\\T\\link", "D:\\Windows");
  assert.equal(await treeBytes(context.target, "T"), 9);
  files.setFault("D:\\T\\locked", { fault: "denied" });
  assert.equal(await treeBytes(context.target, "T"), 7);
  assert.equal(await treeBytes(context.target, "T\\link"), 0);
  assert.equal(await treeBytes(context.target, "T\\a"), 3);
  assert.equal(await treeBytes(context.target, "nothing"), 0);
});
