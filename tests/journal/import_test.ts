/** Content from outside: what is proven before it takes its place, and what is refused. */
import assert from "node:assert/strict";
import { MedicError, RefusalError } from "../../src/base/mod.ts";
import {
  type Change,
  describeChange,
  isPayload,
  listSessions,
  MEDIA_FOLDER,
  planUndo,
  PROGRAM_FOLDER,
  pruneSession,
  reconcile,
  reopenSession,
  sessionBytes,
  Transaction,
} from "../../src/journal/mod.ts";
import { compareSnapshots } from "../lab/mod.ts";
import {
  CONTENT,
  imported,
  importLab,
  MEDIA,
  NEW_FILE,
  OUTSIDE,
  replacedFrom,
  TREE,
  tree,
} from "./import_lab.ts";
import {
  begin,
  bytes,
  HOSTS,
  type JournalLab,
  journalLab,
  type OwnChange,
  picture,
  resumeOnly,
  runSession,
  sessionOf,
  undoOnly,
} from "./journal_lab.ts";

async function make(lab: JournalLab, ...changes: readonly OwnChange[]): Promise<string> {
  const { writer, transaction } = await begin(lab);
  try {
    for (const change of changes) await transaction.make(change);
  } finally {
    await writer.close();
  }
  return writer.id;
}

async function statesOf(lab: JournalLab, id: string): Promise<string[]> {
  return (await sessionOf(lab, id)).changes.map(({ state }) => state);
}

function isCode(code: MedicError["code"]) {
  return (error: unknown) => error instanceof MedicError && error.code === code;
}

Deno.test("a file from outside is created with its content, and undo takes it away", async () => {
  const lab = importLab();
  const start = picture(lab);
  const id = await runSession(lab, [imported()]);
  assert.deepEqual(await lab.files.read(`D:\\${NEW_FILE}`), CONTENT);
  assert.deepEqual(await statesOf(lab, id), ["done"]);
  assert.ok(await undoOnly(lab));
  assert.deepEqual(compareSnapshots(start, picture(lab)), []);
});

Deno.test("an imported file is made in its own folder, whose rights it inherits", async () => {
  const lab = importLab();
  await make(lab, imported());
  const writes = lab.files.operations.filter(({ kind }) => kind === "create-file")
    .map(({ path }) => path).filter((path) => path.includes("winload"));
  assert.equal(writes.length, 1);
  assert.match(writes[0]!, /^D:\\Windows\\System32\\winload\.efi\..+\.pemedic-part$/);
  const there = await lab.files.list("D:\\Windows\\System32");
  assert.ok(!there.some(({ name }) => name.endsWith("-part")));
});

Deno.test("a file is replaced from outside with its security descriptor, and comes back", async () => {
  const lab = importLab();
  lab.files.setSecurity(`D:\\${HOSTS}`, "of the old file");
  const start = picture(lab);
  await runSession(lab, [replacedFrom()]);
  assert.deepEqual(await lab.files.read(`D:\\${HOSTS}`), CONTENT);
  assert.equal(lab.files.securityOf(`D:\\${HOSTS}`), "of the old file");
  assert.ok(await undoOnly(lab));
  assert.deepEqual(compareSnapshots(start, picture(lab)), []);
});

Deno.test("content that is not the planned one changes nothing, neither new nor in place", async () => {
  const wrong = [
    { content: bytes("another content of the very same length") },
    { content: CONTENT.subarray(1) },
    { content: CONTENT, size: CONTENT.length + 1 },
    { content: new Uint8Array([...CONTENT, 1]), size: CONTENT.length },
    { content: CONTENT.subarray(1), size: CONTENT.length },
  ];
  for (const outside of wrong) {
    for (const change of [imported(), replacedFrom()]) {
      const lab = importLab({ outside });
      const start = picture(lab);
      const { writer, transaction } = await begin(lab);
      await assert.rejects(() => transaction.make(change), isCode("planMismatch"));
      await transaction.end("planMismatch");
      assert.deepEqual(compareSnapshots(start, picture(lab)), []);
      assert.deepEqual(await statesOf(lab, writer.id), ["failed"]);
      assert.equal(await sessionBytes(lab.context.target, await sessionOf(lab, writer.id)), 0);
    }
  }
});

Deno.test("a disk that gives back other bytes is found out before the swap", async () => {
  for (const change of [imported(), replacedFrom()]) {
    const lab = importLab();
    const start = picture(lab);
    const { open } = lab.files;
    lab.files.open = async (path) => {
      const file = await open.call(lab.files, path);
      const read = async (offset: number, length: number) =>
        (await file.read(offset, length)).map((byte) => byte ^ 1);
      return { size: file.size, read, close: () => file.close() };
    };
    await assert.rejects(() => make(lab, change), isCode("notVerified"));
    assert.deepEqual(compareSnapshots(start, picture(lab)), []);
  }
});

Deno.test("a disk that fills up, or a stick that is pulled out, leaves nothing half", async () => {
  for (const change of [imported(), replacedFrom()]) {
    const lab = importLab();
    const start = picture(lab);
    const { createWriter } = lab.files;
    lab.files.createWriter = async (path, options) => {
      const writer = await createWriter.call(lab.files, path, options);
      lab.files.setFreeBytes("D:", 20);
      return writer;
    };
    const { writer, transaction } = await begin(lab);
    await assert.rejects(() => transaction.make(change), isCode("noSpace"));
    lab.files.setFreeBytes("D:", 1 << 20);
    await writer.close();
    assert.ok(await undoOnly(lab));
    assert.deepEqual(compareSnapshots(start, picture(lab)), []);
  }
});

Deno.test("stopping in the middle of a file leaves nothing half", async () => {
  const lab = importLab();
  const start = picture(lab);
  const { writer } = await begin(lab);
  const controller = new AbortController();
  const seen: number[] = [];
  const transaction = new Transaction(writer, {
    changes: 0,
    signal: controller.signal,
    listener: {
      progress: (_change, { percent }) => {
        seen.push(Math.round(percent ?? -1));
        controller.abort();
      },
    },
  });
  await assert.rejects(() => transaction.make(imported()), isCode("cancelled"));
  await writer.close();
  assert.deepEqual(seen, [21]);
  assert.deepEqual(compareSnapshots(start, picture(lab)), []);
});

Deno.test("what is there already is not written over, and nothing is journalled", async () => {
  const lab = importLab();
  const { writer, transaction } = await begin(lab);
  lab.files.put(`D:\\${NEW_FILE}`, bytes("old"));
  lab.files.putDirectory(`D:\\${TREE}`);
  await assert.rejects(() => transaction.make(imported()), /exists already/);
  await assert.rejects(() => transaction.make(tree()), /exists already/);
  await writer.close();
  assert.deepEqual(await statesOf(lab, writer.id), []);
});

Deno.test("a journal without a way to fetch content refuses before it writes", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  for (const change of [imported(), replacedFrom(), tree()]) {
    await assert.rejects(() => transaction.make(change), isCode("internal"));
  }
  await writer.close();
  assert.deepEqual(await statesOf(lab, writer.id), []);
});

Deno.test("beside the sessions only media and bin may be created, and nothing else done there", async () => {
  const lab = importLab();
  const { writer, transaction } = await begin(lab);
  const refused: readonly OwnChange[] = [
    imported("PEMedic\\other\\x"),
    imported("PEMedic\\mediax"),
    imported("PEMedic\\journal.jsonl"),
    tree("PEMedic"),
    tree("PEMedic\\20200101-000000-abcdef"),
    { kind: "directory-created", path: "PEMedic\\binary" },
    replacedFrom("PEMedic\\bin\\pemedic.exe"),
    { kind: "entry-moved", path: "PEMedic\\media", entry: "directory", bytes: 0 },
  ];
  for (const change of refused) {
    await assert.rejects(() => transaction.make(change), RefusalError, change.path);
  }
  await transaction.make({ kind: "directory-created", path: "pemedic\\BIN" });
  await transaction.make(imported("PEMedic\\bin\\pemedic.exe"));
  await transaction.make(tree());
  await transaction.end("ok");
  assert.ok(isPayload(MEDIA_FOLDER) && isPayload(`${PROGRAM_FOLDER}\\x`) && !isPayload("PEMedic"));
  assert.ok(await undoOnly(lab));
  assert.deepEqual((await lab.files.list("D:\\PEMedic")).map(({ name }) => name), [writer.id]);
});

Deno.test("a junction on the way to media or bin is refused", async () => {
  const lab = importLab();
  const { writer, transaction } = await begin(lab);
  lab.files.putJunction("D:\\PEMedic\\bin", "D:\\Users");
  lab.files.putJunction("D:\\PEMedic\\media", "D:\\Users");
  for (const change of [imported("PEMedic\\bin\\x.exe"), tree()]) {
    await assert.rejects(() => transaction.make(change), /is a junction/);
  }
  await writer.close();
});

Deno.test("media and bin are no sessions, even with a journal in them", async () => {
  const lab = importLab();
  await runSession(lab, [tree()]);
  lab.files.put(`D:\\${TREE}\\journal.jsonl`, bytes("no journal at all\n{}\n"));
  const { sessions, damaged } = await listSessions(lab.context);
  assert.equal(sessions.length, 1);
  assert.deepEqual(damaged, []);
});

Deno.test("a tree is put below its folder; undo moves it aside, prune removes it", async () => {
  const lab = importLab();
  const id = await runSession(lab, [tree()]);
  assert.equal((await lab.files.read(`D:\\${TREE}\\sources\\install.wim`)).length, 14);
  lab.files.put(`D:\\${TREE}\\added.txt`, bytes("by Setup"));
  assert.ok(await undoOnly(lab));
  assert.equal(await lab.files.stat(`D:\\${TREE}`), undefined);
  const session = await sessionOf(lab, id);
  const displaced = `D:\\${session.folder}\\displaced\\0001-media`;
  assert.ok(await lab.files.stat(`${displaced}\\added.txt`));
  assert.equal(await pruneSession(lab.context, session), 16 + 14 + 8);
  assert.equal(await lab.files.stat(displaced), undefined);
});

Deno.test("a half tree stays for resume, and undo takes the half", async () => {
  for (const then of ["resume", "undo"]) {
    const outside = { pulledAt: 1 };
    const lab = importLab({ outside });
    const { writer, transaction } = await begin(lab);
    await assert.rejects(() => transaction.make(tree()), MedicError);
    await writer.close();
    assert.deepEqual(await statesOf(lab, writer.id), ["interrupted"]);
    const plan = planUndo(await sessionOf(lab, writer.id));
    assert.deepEqual([plan.reversible.length, plan.irreversible.length], [1, 0]);
    assert.ok(await lab.files.stat(`D:\\${TREE}\\setup.exe`));
    if (then === "resume") {
      outside.pulledAt = -1;
      await resumeOnly(lab, [tree()]);
      assert.deepEqual(await statesOf(lab, writer.id), ["interrupted", "done"]);
      assert.ok(await lab.files.stat(`D:\\${TREE}\\sources\\install.wim`));
    }
    assert.ok(await undoOnly(lab));
    assert.equal(await lab.files.stat(`D:\\${TREE}`), undefined);
  }
});

Deno.test("a tree of which nothing is there is not begun; one that cannot be compared is half", async () => {
  const lab = importLab();
  const { writer } = await begin(lab);
  const at = new Date().toISOString();
  await writer.append({ type: "change", at, id: 1, state: "intent", change: tree() });
  const settled = async () => {
    const session = await sessionOf(lab, writer.id);
    const { contents: _, ...context } = lab.context;
    const again = await reopenSession(context, session);
    const [answer] = await reconcile(again, session);
    await again.close();
    return answer?.state;
  };
  await writer.close();
  assert.equal(await settled(), "not-done");
  const second = importLab();
  await make(second, tree());
  const session = (await listSessions(second.context)).sessions[0]!;
  const { contents: _, ...context } = second.context;
  const cut = {
    ...session,
    changes: session.changes.map((c) => ({ ...c, state: "intent" as const })),
  };
  const again = await reopenSession(context, session);
  assert.equal((await reconcile(again, cut))[0]?.state, "interrupted");
  await again.close();
  const third = await reopenSession(second.context, await sessionOf(second, session.id));
  assert.equal((await reconcile(third, cut))[0]?.state, "done");
  await third.close();
});

Deno.test("a tree that the disk gives an error for is not done, and says so", async () => {
  const lab = importLab();
  const contents = { ...lab.context.contents!, isComplete: () => Promise.resolve(false) };
  const context = { ...lab.context, contents };
  await assert.rejects(() => make({ ...lab, context }, tree()), isCode("notVerified"));
});

Deno.test("describeChange() names where content comes from", () => {
  const image = {
    kind: "image-file",
    place: "E:\\Win11.iso",
    inside: "sources\\install.wim",
    index: 6,
    path: "Windows\\System32\\winload.efi",
  } as const;
  const changes: readonly (readonly [Change, string])[] = [
    [imported(), `Copy ${OUTSIDE} to ${NEW_FILE}`],
    [
      replacedFrom(HOSTS, { origin: image }),
      `Replace file ${HOSTS} with E:\\Win11.iso > sources\\install.wim:6 > ${image.path}, keeping the old one`,
    ],
    [
      replacedFrom(NEW_FILE.toLowerCase(), { origin: image }),
      `Replace file ${NEW_FILE.toLowerCase()} with that of E:\\Win11.iso > sources\\install.wim:6, keeping the old one`,
    ],
    [
      imported(NEW_FILE, { origin: { ...image, place: "E:\\a.wim", index: 1 } }),
      `Copy ${NEW_FILE} out of E:\\a.wim > sources\\install.wim:1`,
    ],
    [imported("x", { origin: { kind: "file", place: "x" } }), "Copy x to x"],
    [tree(), `Copy the 2 files of ${MEDIA.place} to PEMedic\\media`],
  ];
  for (const [change, text] of changes) assert.equal(describeChange(change), text);
});
