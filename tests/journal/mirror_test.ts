/** The copy on the stick: what it is good for, and that nothing depends on it. */
import assert from "node:assert/strict";
import {
  createSession,
  readSession,
  reopenSession,
  Transaction,
  undoSession,
} from "../../src/journal/mod.ts";
import {
  ALL_KINDS,
  begin,
  bytes,
  CACHE,
  contextOf,
  created,
  HEADER,
  type JournalLab,
  journalLab,
  makeAll,
  moved,
  picture,
  runSession,
  sessionOf,
  STICK,
  undoOnly,
} from "./journal_lab.ts";

function ownPath(id: string): string {
  return `D:\\PEMedic\\${id}\\journal.jsonl`;
}

function copyPath(id: string): string {
  return `${STICK}\\${id}\\journal.jsonl`;
}

async function assertCopyIsEqual(lab: JournalLab, id: string): Promise<void> {
  assert.deepEqual(await lab.files.read(copyPath(id)), await lab.files.read(ownPath(id)));
}

async function textOf(lab: JournalLab, path: string): Promise<string> {
  return new TextDecoder().decode(await lab.files.read(path));
}

/** Open files of a pulled stick fail as well. */
function pullStick(lab: JournalLab): void {
  lab.files.volume("E:").readOnly = true;
  lab.files.removeVolume("E:");
}

Deno.test("the copy on the stick is equal, byte for byte", async () => {
  const lab = journalLab();
  const id = await runSession(lab);
  await assertCopyIsEqual(lab, id);
  await undoOnly(lab);
  await assertCopyIsEqual(lab, id);
});

Deno.test("attach() puts a file into the session and beside the copy", async () => {
  const lab = journalLab();
  const { writer } = await begin(lab);
  assert.equal(
    await writer.attach("report.txt", bytes("all well")),
    `${writer.folder}\\report.txt`,
  );
  assert.equal(await textOf(lab, `${STICK}\\${writer.id}\\report.txt`), "all well");
  await assert.rejects(() => writer.attach("report.txt", bytes("again")), /exists already/);
  await assert.rejects(() => writer.attach("..\\x", bytes("")), /not a plain file name/);
  lab.files.putJunction(`D:\\${writer.folder}\\sub`, "D:\\Users\\Anna");
  await assert.rejects(() => writer.attach("sub\\x", bytes("")), /junction/);
});

for (const what of ["damaged", "missing", "shorter", "empty"]) {
  Deno.test(`target's journal ${what}: the copy is used, rewritten, and the old one is kept`, async () => {
    const lab = journalLab();
    const start = picture(lab);
    const id = await runSession(lab);
    const whole = await sessionOf(lab, id);
    const text = await textOf(lab, ownPath(id));
    const broken = what === "damaged"
      ? text.replace("entry-moved", "entry-m0ved")
      : what === "shorter"
      ? text.split("\n").slice(0, 6).join("\n") + "\n"
      : "";
    if (what === "missing") lab.files.erase(ownPath(id));
    else lab.files.put(ownPath(id), bytes(broken));

    const read = await sessionOf(lab, id);
    assert.deepEqual(read.records, whole.records);
    assert.equal(read.intact, false);
    assert.ok((await undoSession(lab.context, read)).complete);
    assert.deepEqual(picture(lab), start);

    const own = (await readSession(contextOf(lab.host, { mirror: false }), id))!;
    assert.deepEqual(own.records.slice(0, whole.records.length), whole.records);
    assert.equal(own.state, "undone");
    await assertCopyIsEqual(lab, id);
    const kept = (await lab.files.list(`D:\\PEMedic\\${id}`)).filter(({ name }) =>
      name.endsWith(".damaged")
    );
    assert.equal(kept.length, what === "missing" ? 0 : 1);
    if (what !== "missing") {
      assert.equal(await textOf(lab, `D:\\PEMedic\\${id}\\${kept[0]!.name}`), broken);
    }
  });
}

Deno.test("both damaged: the target's damage is told", async () => {
  const lab = journalLab();
  const id = await runSession(lab);
  const text = await textOf(lab, ownPath(id));
  lab.files.put(ownPath(id), bytes(text.replace("entry-moved", "entry-m0ved")));
  lab.files.put(copyPath(id), bytes(text.replace("session", "sessi0n")));
  await assert.rejects(() => sessionOf(lab, id), /line \d+ is damaged/);
});

Deno.test("a damaged copy is kept aside and made anew when the session goes on", async () => {
  const lab = journalLab();
  const id = await runSession(lab);
  lab.files.put(copyPath(id), bytes("garbage"));
  assert.ok(await undoOnly(lab));
  await assertCopyIsEqual(lab, id);
  const old = (await lab.files.list(`${STICK}\\${id}`)).find(({ name }) => name.endsWith(".old"));
  assert.equal(await textOf(lab, `${STICK}\\${id}\\${old!.name}`), "garbage");
});

Deno.test("a copy of another machine's session of the same name is not used", async () => {
  const lab = journalLab();
  const id = await runSession(lab, [moved(CACHE)]);
  const other = journalLab();
  const writer = await createSession(other.context, { ...HEADER, command: "pemedic cache reset" });
  assert.equal(writer.id, id);
  await makeAll(new Transaction(writer, { changes: 0 }), ALL_KINDS);
  lab.files.put(copyPath(id), await other.files.read(ownPath(id)));
  assert.deepEqual((await sessionOf(lab, id)).changes.map(({ id }) => id), [1]);
  assert.equal((await sessionOf(lab, id)).intact, true);
});

Deno.test("the stick pulled in the middle: the work goes on and says so", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const { writer, transaction } = await begin(lab);
  await transaction.make(moved(CACHE));
  pullStick(lab);
  await makeAll(transaction, ALL_KINDS.slice(2));
  await transaction.end("ok");
  assert.match(writer.mirrorProblem ?? "", /^Cannot append to/);
  assert.equal((await sessionOf(lab, writer.id)).state, "finished");
  assert.ok(await undoOnly(lab));
  assert.deepEqual(picture(lab), start);
});

Deno.test("the stick is full: the work goes on and says so", async () => {
  const lab = journalLab();
  lab.files.setFreeBytes("E:", 900);
  const { writer, transaction } = await begin(lab);
  await makeAll(transaction, ALL_KINDS);
  await transaction.end("ok");
  assert.match(writer.mirrorProblem ?? "", /disk is full/);
  assert.equal((await sessionOf(lab, writer.id)).changes.length, ALL_KINDS.length);
  lab.files.setFreeBytes("E:", 1 << 20);
  assert.ok(await undoOnly(lab));
  await assertCopyIsEqual(lab, writer.id);
});

Deno.test("no stick at the start: the session begins and says so", async () => {
  const lab = journalLab();
  lab.files.removeVolume("E:");
  const writer = await createSession(lab.context, HEADER);
  assert.notEqual(writer.mirrorProblem, undefined);
  await writer.close();
});

Deno.test("a stick that comes back gets a whole copy", async () => {
  const lab = journalLab();
  lab.files.volume("E:").readOnly = true;
  const id = await runSession(lab, [created("Windows\\note.txt", "x")]);
  assert.equal(await lab.files.stat(copyPath(id)), undefined);
  lab.files.volume("E:").readOnly = false;
  const writer = await reopenSession(lab.context, await sessionOf(lab, id));
  await writer.close();
  assert.equal(writer.mirrorProblem, undefined);
  await assertCopyIsEqual(lab, id);
});
