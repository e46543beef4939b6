/** The power fails after every single file operation, in the work and in its undo. */
import assert from "node:assert/strict";
import { compareSnapshots } from "../lab/mod.ts";
import {
  crashes,
  type JournalLab,
  journalLab,
  onlySession,
  picture,
  resumeOnly,
  runSession,
  undoOnly,
} from "./journal_lab.ts";

const START = picture(journalLab());

function assertAtStart(lab: JournalLab, where: string): void {
  assert.deepEqual(compareSnapshots(START, picture(lab)), [], where);
}

/** How the power is cut. Without the stick no copy can hide a damaged journal. */
interface Cut {
  readonly torn: boolean;
  readonly mirror: boolean;
}

/** Number of operations of some work. */
async function operations(
  cut: Cut,
  work: (lab: JournalLab) => Promise<unknown>,
): Promise<number> {
  const lab = journalLab(cut);
  await work(lab);
  return lab.files.operations.length;
}

/** Runs a session that is cut at its `count`-th operation. */
async function cutSession(count: number, cut: Cut): Promise<JournalLab> {
  const lab = journalLab(cut);
  lab.files.crashAfter(count, cut);
  assert.ok(await crashes(lab, () => runSession(lab)), `operation ${count}`);
  return lab;
}

const CUTS: readonly Cut[] = [false, true].flatMap((torn) => [
  { torn, mirror: true },
  { torn, mirror: false },
]);

for (const cut of CUTS) {
  const kind = `${cut.torn ? "torn" : "clean"}, ${cut.mirror ? "with" : "without"} the stick`;

  Deno.test(`a cut after every operation (${kind}): undo gives the start back`, async () => {
    const total = await operations(cut, runSession);
    assert.ok(total > (cut.mirror ? 50 : 30));
    for (let count = 1; count <= total; count++) {
      const lab = await cutSession(count, cut);
      assert.ok(await undoOnly(lab), `operation ${count}`);
      assertAtStart(lab, `operation ${count}`);
    }
  });

  Deno.test(`a cut after every operation (${kind}): resume reaches the same end`, async () => {
    const whole = journalLab(cut);
    await runSession(whole);
    const end = picture(whole);
    const total = whole.files.operations.length;
    for (let count = 1; count <= total; count++) {
      const lab = await cutSession(count, cut);
      await resumeOnly(lab);
      assert.deepEqual(compareSnapshots(end, picture(lab)), [], `operation ${count}`);
      assert.ok(await undoOnly(lab), `operation ${count}`);
      assertAtStart(lab, `operation ${count}, resumed and undone`);
    }
  });

  Deno.test(`a cut after every operation of undo (${kind}): undoing again ends it`, async () => {
    const total = await operations(cut, async (lab) => {
      await runSession(lab);
      lab.files.forgetOperations();
      await undoOnly(lab);
    });
    for (let count = 1; count <= total; count++) {
      const lab = journalLab(cut);
      await runSession(lab);
      lab.files.crashAfter(count, cut);
      assert.ok(await crashes(lab, () => undoOnly(lab)));
      assert.ok(await undoOnly(lab), `operation ${count} of undo`);
      assertAtStart(lab, `operation ${count} of undo`);
    }
  });
}

Deno.test("a cut in the work, then cuts in every operation of its undo: undo ends it", async () => {
  const total = await operations({ torn: false, mirror: false }, runSession);
  for (let count = 1; count <= total; count += 2) {
    for (let inUndo = 1;; inUndo++) {
      const lab = await cutSession(count, { torn: count % 4 === 1, mirror: false });
      lab.files.crashAfter(inUndo, { torn: inUndo % 2 === 0 });
      const cut = await crashes(lab, () => undoOnly(lab));
      assert.ok(await undoOnly(lab));
      assertAtStart(lab, `operation ${count}, then operation ${inUndo} of undo`);
      if (!cut) break;
    }
  }
});

Deno.test("five cuts in a row while a journal is reopened do not damage it", async () => {
  for (const torn of [false, true]) {
    for (let inUndo = 1; inUndo <= 4; inUndo++) {
      const lab = await cutSession(30, { torn: true, mirror: false });
      for (let again = 0; again < 5; again++) {
        lab.files.crashAfter(inUndo, { torn });
        await crashes(lab, () => undoOnly(lab));
      }
      assert.ok(await undoOnly(lab), `operation ${inUndo}`);
      assertAtStart(lab, `operation ${inUndo}, five times`);
    }
  }
});

Deno.test("a cut that leaves zeros where the last line should be is a torn line", async () => {
  const lab = await cutSession(30, { torn: false, mirror: false });
  const session = (await onlySession(lab))!;
  const file = await lab.files.openAppend(`D:\\${session.folder}\\journal.jsonl`);
  await file.append(new Uint8Array(300));
  await file.close();
  assert.equal((await onlySession(lab))?.torn, true);
  assert.ok(await undoOnly(lab));
  assertAtStart(lab, "zeros at the end");
});
