import assert from "node:assert/strict";
import { MedicError, RefusalError } from "../../src/base/mod.ts";
import {
  createSession,
  ensureDirectory,
  listSessions,
  readSession,
  reopenSession,
  sessionFromText,
  Transaction,
  undoSession,
} from "../../src/journal/mod.ts";
import {
  begin,
  bytes,
  CACHE,
  contextOf,
  HEADER,
  journalLab,
  moved,
  picture,
  runSession,
  sessionOf,
  undoOnly,
} from "./journal_lab.ts";

Deno.test("createSession() makes the folder, its places and a journal with a header", async () => {
  const lab = journalLab();
  const writer = await createSession(lab.context, HEADER);
  assert.match(writer.id, /^\d{8}-\d{6}-[0-9a-f]{6}$/);
  const names = (await lab.files.list(`D:\\${writer.folder}`)).map(({ name }) => name);
  assert.deepEqual(names, ["aside", "journal.jsonl", "logs", "saved", "scratch"]);
  const session = await sessionOf(lab, writer.id);
  assert.deepEqual(session.header.target, HEADER.target);
  assert.deepEqual(
    [session.state, session.intact, session.torn, session.changes],
    ["open", true, false, []],
  );
  await writer.close();
});

Deno.test("createSession() never takes a name that is taken, on the target or on the stick", async () => {
  const ids = new Set<string>();
  const lab = journalLab();
  const random = ["aaaaaa", "aaaaaa", "bbbbbb", "bbbbbb", "cccccc", "cccccc", "dddddd"];
  lab.host.randomHex = () => random.shift() ?? "eeeeee";
  for (let n = 0; n < 3; n++) {
    const writer = await createSession(lab.context, HEADER);
    await writer.close();
    ids.add(writer.id);
  }
  assert.equal(ids.size, 3);
  const [first] = ids;
  lab.files.putDirectory(`${lab.context.mirror!.place}\\${first!.slice(0, 16)}dddddd`);
  const writer = await createSession(lab.context, HEADER);
  assert.equal(writer.id.slice(16), "eeeeee");
  await writer.close();
});

Deno.test("createSession() gives up when every name is taken", async () => {
  const lab = journalLab();
  lab.host.randomHex = () => "aaaaaa";
  await (await createSession(lab.context, HEADER)).close();
  await assert.rejects(() => createSession(lab.context, HEADER), /Cannot find a free session name/);
});

Deno.test("createSession() on a read-only volume says so", async () => {
  const lab = journalLab();
  lab.files.volume("D:").readOnly = true;
  await assert.rejects(
    () => createSession(lab.context, HEADER),
    (error: MedicError) => error.code === "readOnly",
  );
});

for (
  const [what, prepare] of [
    ["a file", (lab) => lab.files.put("D:\\PEMedic", bytes("mine"))],
    ["a junction", (lab) => lab.files.putJunction("D:\\PEMedic", "D:\\Users\\Anna")],
  ] as readonly (readonly [string, (lab: ReturnType<typeof journalLab>) => void])[]
) {
  Deno.test(`PEMedic being ${what} is refused with a sentence, and nothing is written`, async () => {
    const lab = journalLab();
    prepare(lab);
    const before = lab.files.snapshot("D:\\");
    for (
      const work of [() => createSession(lab.context, HEADER), () => listSessions(lab.context)]
    ) {
      await assert.rejects(work, (error: MedicError) => {
        assert.ok(error instanceof RefusalError);
        assert.equal(
          error.message,
          `Cannot use the folder "PEMedic": it is ${
            what === "a file" ? what : "a junction or another reparse point"
          }`,
        );
        return error.next !== undefined;
      });
    }
    assert.deepEqual(lab.files.snapshot("D:\\"), before);
  });
}

Deno.test("ensureDirectory() creates, keeps what is there, and refuses a file", async () => {
  const { context, files } = journalLab();
  await ensureDirectory(context.target, "New");
  assert.equal((await files.stat("D:\\New"))?.kind, "directory");
  await ensureDirectory(context.target, "windows");
  files.put("D:\\Plain", bytes("x"));
  await assert.rejects(() => ensureDirectory(context.target, "Plain"), RefusalError);
});

Deno.test("listSessions() is empty without the folder, and sorts by time", async () => {
  const lab = journalLab();
  assert.deepEqual(await listSessions(lab.context), { sessions: [], damaged: [] });
  const first = await runSession(lab, []);
  lab.host.clock.advance(60_000);
  const second = await runSession(lab, []);
  const { sessions } = await listSessions(lab.context);
  assert.deepEqual(sessions.map(({ id }) => id), [first, second]);
});

Deno.test("listSessions() leaves out what is no session", async () => {
  const lab = journalLab();
  const id = await runSession(lab, []);
  lab.files.putDirectory("D:\\PEMedic\\work-1234");
  lab.files.put("D:\\PEMedic\\notes.txt", bytes("x"));
  lab.files.put("D:\\PEMedic\\20260101-000000-abcdef\\journal.jsonl", bytes("1234"));
  lab.files.putJunction("D:\\PEMedic\\20260101-000000-fedcba", `D:\\PEMedic\\${id}`);
  const { sessions, damaged } = await listSessions(lab.context);
  assert.deepEqual(sessions.map((session) => session.id), [id]);
  assert.deepEqual(damaged, []);
});

Deno.test("listSessions() names the damaged ones and still tells the others", async () => {
  const lab = journalLab({ mirror: false });
  const id = await runSession(lab, []);
  lab.host.clock.advance(1000);
  const broken = await runSession(lab, []);
  await spoil(lab, broken);
  const { sessions, damaged } = await listSessions(lab.context);
  assert.deepEqual(sessions.map((session) => session.id), [id]);
  assert.deepEqual(damaged.map((entry) => entry.id), [broken]);
  assert.match(damaged[0]!.error.message, /line 2 is damaged$/);
});

Deno.test("a copied session folder is not taken for a session of its own", async () => {
  const lab = journalLab();
  const id = await runSession(lab, [moved(CACHE)]);
  const journal = await lab.files.read(`D:\\PEMedic\\${id}\\journal.jsonl`);
  lab.files.put(`D:\\PEMedic\\${id} - Copy\\journal.jsonl`, journal);
  const { sessions, damaged } = await listSessions(lab.context);
  assert.equal(sessions.length, 1);
  assert.match(damaged[0]!.error.message, /it is that of session/);
});

Deno.test("readSession() refuses names that lead elsewhere", async () => {
  const lab = journalLab();
  await assert.rejects(() => readSession(lab.context, ".."), MedicError);
  await assert.rejects(() => readSession(lab.context, "..\\Windows"), MedicError);
  assert.equal(await readSession(lab.context, "nothing"), undefined);
});

Deno.test("a session tells its state", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  const state = async () => (await sessionOf(lab, writer.id)).state;
  assert.equal(await state(), "open");
  await transaction.make(moved(CACHE));
  assert.equal(await state(), "open");
  await transaction.end("ok");
  assert.equal(await state(), "finished");
  assert.equal((await sessionOf(lab, writer.id)).outcome, "ok");
  await undoSession(lab.context, await sessionOf(lab, writer.id));
  assert.equal(await state(), "undone");
});

Deno.test("two appends at once are written one after the other", async () => {
  const lab = journalLab();
  const { writer } = await begin(lab);
  const at = "2026-01-15T09:00:00.000Z";
  await Promise.all(
    [1, 2, 3, 4, 5].map((n) => writer.append({ type: "step", at, step: `s${n}`, state: "begin" })),
  );
  await writer.close();
  const { records } = await sessionOf(lab, writer.id);
  assert.deepEqual(records.slice(1).map((record) => record.type === "step" && record.step), [
    "s1",
    "s2",
    "s3",
    "s4",
    "s5",
  ]);
});

Deno.test("a second writer of the same journal stops the first, and nothing is damaged", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  await transaction.make(moved(CACHE));
  const other = await reopenSession(lab.context, await sessionOf(lab, writer.id));
  await assert.rejects(
    () => transaction.make(moved("Users\\Anna")),
    (error: MedicError) => error.code === "refused" && /another PE Medic/.test(error.message),
  );
  assert.ok(await lab.files.stat("D:\\Users\\Anna\\letter.txt"), "nothing was moved unjournalled");
  await other.append({ type: "end", at: "2026-01-15T09:00:00.000Z", outcome: "ok" });
  await other.close();
  const session = await sessionOf(lab, writer.id);
  assert.equal(session.state, "finished");
  assert.ok(await undoOnly(lab));
});

Deno.test("a journal that grew since it was read is not opened for writing", async () => {
  const lab = journalLab();
  const { writer } = await begin(lab);
  const old = await sessionOf(lab, writer.id);
  await writer.append({ type: "step", at: old.header.at, step: "s", state: "begin" });
  await assert.rejects(() => reopenSession(lab.context, old), /another PE Medic/);
});

Deno.test("a journal that was deleted meanwhile stops the work before the next change", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  lab.files.erase(`D:\\${writer.folder}\\journal.jsonl`);
  await assert.rejects(() => transaction.make(moved(CACHE)), /journal ".*" is gone/);
  assert.ok(await lab.files.stat(`D:\\${CACHE}\\Download`));
});

Deno.test("reopenSession() refuses a session folder that is a junction, missing or a file", async () => {
  for (const kind of ["junction", "missing", "file"]) {
    const lab = journalLab();
    const id = await runSession(lab, [moved(CACHE)]);
    const session = await sessionOf(lab, id);
    const folder = `D:\\PEMedic\\${id}`;
    lab.files.erase(folder);
    if (kind === "junction") lab.files.putJunction(folder, "D:\\Users\\Anna");
    if (kind === "file") lab.files.put(folder, bytes("x"));
    const before = lab.files.snapshot("D:\\");
    await assert.rejects(() => reopenSession(lab.context, session), RefusalError, kind);
    await assert.rejects(() => undoSession(lab.context, session), RefusalError, kind);
    assert.deepEqual(lab.files.snapshot("D:\\"), before, kind);
  }
});

Deno.test("reopenSession() refuses a journal that is a link", async () => {
  const lab = journalLab();
  const id = await runSession(lab, []);
  const session = await sessionOf(lab, id);
  lab.files.markReparse(`D:\\PEMedic\\${id}\\journal.jsonl`);
  await assert.rejects(() => reopenSession(lab.context, session), /no plain file/);
});

Deno.test("--journal FILE: a journal of another machine is refused, and nothing is touched", async () => {
  const other = journalLab();
  const id = await runSession(other);
  const text = new TextDecoder().decode(
    await other.files.read(`D:\\PEMedic\\${id}\\journal.jsonl`),
  );
  const lab = journalLab();
  lab.files.put(`D:\\${CACHE}\\note.txt`, bytes("not made by PE Medic"));
  const before = lab.files.snapshot("D:\\");
  await assert.rejects(
    () => undoSession(lab.context, sessionFromText(text)),
    (error: MedicError) => error.code === "refused" && /no folder/.test(error.message),
  );
  assert.deepEqual(lab.files.snapshot("D:\\"), before);
});

Deno.test("--journal FILE: another session of the same name is refused", async () => {
  const lab = journalLab({ mirror: false });
  const id = await runSession(lab, [moved(CACHE)]);
  const text = new TextDecoder().decode(await lab.files.read(`D:\\PEMedic\\${id}\\journal.jsonl`));
  const other = { ...sessionFromText(text) };
  const forged = { ...other, header: { ...other.header, command: "pemedic something else" } };
  await assert.rejects(() => undoSession(lab.context, forged), /is another one/);
});

Deno.test("--journal FILE: an older copy gives way to the longer journal on the target", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const { writer, transaction } = await begin(lab);
  await transaction.make(moved(CACHE));
  const path = `D:\\${writer.folder}\\journal.jsonl`;
  const old = sessionFromText(new TextDecoder().decode(await lab.files.read(path)));
  await transaction.make(moved("Users\\Anna"));
  await transaction.end("ok");
  const report = await undoSession(lab.context, old);
  assert.equal(report.changes.length, 2);
  assert.deepEqual(picture(lab), start);
  const names = (await lab.files.list(`D:\\${writer.folder}`)).map(({ name }) => name);
  assert.ok(!names.some((name) => name.endsWith(".damaged")));
});

Deno.test("--journal FILE: it takes the place of a damaged journal, which is kept", async () => {
  const lab = journalLab({ mirror: false });
  const start = picture(lab);
  const id = await runSession(lab);
  const path = `D:\\PEMedic\\${id}\\journal.jsonl`;
  const text = new TextDecoder().decode(await lab.files.read(path));
  await spoil(lab, id);
  const damaged = await lab.files.read(path);
  assert.ok((await undoSession(lab.context, sessionFromText(text))).complete);
  assert.deepEqual(picture(lab), start);
  const kept = (await lab.files.list(`D:\\PEMedic\\${id}`)).find(({ name }) =>
    name.endsWith(".damaged")
  );
  assert.deepEqual(await lab.files.read(`D:\\PEMedic\\${id}\\${kept!.name}`), damaged);
});

Deno.test("a session goes on under another drive letter", async () => {
  const lab = journalLab();
  const start = picture(lab);
  await runSession(lab);
  lab.files.addVolume({ letter: "G:" });
  for (const [path, content] of lab.files.snapshot("D:\\")) {
    if (content === "directory") lab.files.putDirectory(`G:\\${path}`);
    else lab.files.put(`G:\\${path}`, await lab.files.read(`D:\\${path}`));
  }
  const context = contextOf(lab.host, { root: "G:\\" });
  const { sessions } = await listSessions(context);
  assert.ok((await undoSession(context, sessions[0]!)).complete);
  assert.deepEqual(lab.files.snapshot("G:\\", { except: ["PEMedic"] }), start);
});

Deno.test("Transaction.end() closes the journal even if the record cannot be written", async () => {
  const lab = journalLab();
  const { writer } = await begin(lab);
  const transaction = new Transaction(writer, { changes: 0 });
  lab.files.setFreeBytes("D:", 0);
  await assert.rejects(() => transaction.end("ok"));
  lab.files.setFreeBytes("D:", 1 << 20);
  await lab.context.target.move(writer.folder, "PEMedic\\moved");
});

/** Damages the second line of a session's journal on the target. */
async function spoil(lab: ReturnType<typeof journalLab>, id: string): Promise<void> {
  const path = `D:\\PEMedic\\${id}\\journal.jsonl`;
  const text = new TextDecoder().decode(await lab.files.read(path));
  lab.files.put(path, bytes(text.replace("test.step", "other.one")));
}
