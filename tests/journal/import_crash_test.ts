/** The power fails after every single file operation while content is brought in, and in undo. */
import assert from "node:assert/strict";
import { type Change, listSessions } from "../../src/journal/mod.ts";
import { compareSnapshots } from "../lab/mod.ts";
import { imported, importLab, replacedFrom, TREE, tree } from "./import_lab.ts";
import {
  crashes,
  type JournalLab,
  onlySession,
  picture,
  resumeOnly,
  runSession,
  undoOnly,
} from "./journal_lab.ts";

const CHANGES: readonly Change[] = [
  imported(),
  replacedFrom(),
  { kind: "directory-created", path: "PEMedic\\bin" },
  imported("PEMedic\\bin\\pemedic.exe"),
  tree(),
];

interface Cut {
  readonly torn: boolean;
  readonly mirror: boolean;
}

const CUTS: readonly Cut[] = [false, true].flatMap((torn) => [
  { torn, mirror: true },
  { torn, mirror: false },
]);

const START = picture(importLab());

/** What lies outside of the sessions is as it was: nothing of the payload either. */
async function assertAtStart(lab: JournalLab, where: string): Promise<void> {
  assert.deepEqual(compareSnapshots(START, picture(lab)), [], where);
  for (const name of ["media", "bin"]) {
    assert.equal(await lab.files.stat(`D:\\PEMedic\\${name}`), undefined, `${where}: ${name}`);
  }
}

async function operations(cut: Cut, before: boolean): Promise<number> {
  const lab = importLab(cut);
  await runSession(lab, CHANGES);
  if (before) return lab.files.operations.length;
  lab.files.forgetOperations();
  await undoOnly(lab);
  return lab.files.operations.length;
}

async function cutSession(count: number, cut: Cut): Promise<JournalLab> {
  const lab = importLab(cut);
  lab.files.crashAfter(count, cut);
  assert.ok(await crashes(lab, () => runSession(lab, CHANGES)), `operation ${count}`);
  return lab;
}

for (const cut of CUTS) {
  const kind = `${cut.torn ? "torn" : "clean"}, ${cut.mirror ? "with" : "without"} the stick`;

  Deno.test(`content from outside, a cut after every operation (${kind}): undo`, async () => {
    const total = await operations(cut, true);
    assert.ok(total > 40, `${total}`);
    for (let count = 1; count <= total; count++) {
      const lab = await cutSession(count, cut);
      assert.ok(await undoOnly(lab), `operation ${count}`);
      await assertAtStart(lab, `operation ${count}`);
    }
  });

  Deno.test(`content from outside, a cut after every operation (${kind}): resume`, async () => {
    const whole = importLab(cut);
    await runSession(whole, CHANGES);
    const end = picture(whole);
    const total = whole.files.operations.length;
    for (let count = 1; count <= total; count++) {
      const lab = await cutSession(count, cut);
      await resumeOnly(lab, CHANGES);
      assert.deepEqual(compareSnapshots(end, picture(lab)), [], `operation ${count}`);
      const media = await lab.files.list(`D:\\${TREE}`);
      assert.deepEqual(media.map(({ name }) => name), ["setup.exe", "sources"]);
      assert.ok(await undoOnly(lab), `operation ${count}`);
      await assertAtStart(lab, `operation ${count}, resumed and undone`);
    }
  });

  Deno.test(`content from outside, a cut after every operation of undo (${kind})`, async () => {
    const total = await operations(cut, false);
    for (let count = 1; count <= total; count++) {
      const lab = importLab(cut);
      await runSession(lab, CHANGES);
      lab.files.crashAfter(count, cut);
      assert.ok(await crashes(lab, () => undoOnly(lab)));
      assert.ok(await undoOnly(lab), `operation ${count} of undo`);
      await assertAtStart(lab, `operation ${count} of undo`);
    }
  });
}

Deno.test("a tree that is cut off again and again is whole in the end", async () => {
  const lab = importLab();
  for (let count = 12; count < 40; count++) {
    lab.files.crashAfter(count);
    if (!await crashes(lab, () => resumeOnly(lab, [tree()]))) break;
  }
  assert.equal((await onlySession(lab))?.state, "finished");
  assert.equal((await listSessions(lab.context)).damaged.length, 0);
  assert.ok(await undoOnly(lab));
  await assertAtStart(lab, "many cuts");
});
