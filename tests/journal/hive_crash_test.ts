/** The power fails after every single file operation of a hive edit, and of its undo. */
import assert from "node:assert/strict";
import { contentOf } from "../lab/hive_content.ts";
import { contentNow, HIVE_CHANGES, hiveLab, pictureAround, START_CONTENT } from "./hive_lab.ts";
import { crashes, HIVE, type JournalLab, resumeOnly, runSession, undoOnly } from "./journal_lab.ts";

const run = (lab: JournalLab) => runSession(lab, HIVE_CHANGES);

/** A power cut never leaves anything but the old hive or the new one, each whole. */
async function assertReadable(lab: JournalLab, where: string): Promise<void> {
  const kept = await contentNow(lab);
  if (kept !== undefined) return;
  // Only between the two renames of a torn swap: then what is missing lies aside.
  assert.equal(await lab.files.stat(`D:\\${HIVE}`), undefined, where);
}

for (const dirty of [false, true]) {
  for (const torn of [false, true]) {
    const kind = `${dirty ? "dirty" : "clean"} hive, ${torn ? "torn" : "clean"} cut`;

    Deno.test(`a cut after every operation (${kind}): undo and resume both work`, async () => {
      const whole = hiveLab({ dirty });
      const around = pictureAround(whole);
      await run(whole);
      const end = await contentNow(whole);
      const total = whole.files.operations.length;
      assert.ok(total > 15);
      for (let count = 1; count <= total; count++) {
        for (const way of ["undo", "resume"] as const) {
          const lab = hiveLab({ dirty });
          lab.files.crashAfter(count, { torn });
          assert.ok(await crashes(lab, () => run(lab)));
          const where = `operation ${count}, then ${way}`;
          await assertReadable(lab, where);
          if (way === "resume") {
            await resumeOnly(lab, HIVE_CHANGES);
            assert.equal(await contentNow(lab), end, where);
          }
          assert.ok(await undoOnly(lab), where);
          assert.equal(await contentNow(lab), START_CONTENT, where);
          assert.deepEqual(pictureAround(lab), around, where);
        }
      }
    });

    Deno.test(`a cut after every operation of undo (${kind}): undoing again ends it`, async () => {
      const whole = hiveLab({ dirty });
      await run(whole);
      whole.files.forgetOperations();
      await undoOnly(whole);
      const total = whole.files.operations.length;
      for (let count = 1; count <= total; count++) {
        const lab = hiveLab({ dirty });
        await run(lab);
        lab.files.crashAfter(count, { torn });
        assert.ok(await crashes(lab, () => undoOnly(lab)));
        await assertReadable(lab, `operation ${count} of undo`);
        assert.ok(await undoOnly(lab), `operation ${count} of undo`);
        assert.equal(await contentNow(lab), START_CONTENT, `operation ${count} of undo`);
      }
    });
  }
}

Deno.test("a cut in the undo of a replay leaves hive and logs that belong together", async () => {
  const change = {
    kind: "hive-rebuilt",
    path: HIVE,
    method: "replay",
    keys: 8,
    values: 6,
  } as const;
  const whole = hiveLab({ dirty: true });
  const start = pictureOf(whole);
  await runSession(whole, [change]);
  whole.files.put(`D:\\${HIVE}.LOG1`, new Uint8Array(512));
  whole.files.forgetOperations();
  assert.ok(await undoOnly(whole));
  assert.deepEqual(pictureOf(whole), start);
  const total = whole.files.operations.length;
  for (let count = 1; count <= total; count++) {
    const lab = hiveLab({ dirty: true });
    await runSession(lab, [change]);
    lab.files.put(`D:\\${HIVE}.LOG1`, new Uint8Array(512));
    lab.files.crashAfter(count, { torn: count % 2 === 0 });
    assert.ok(await crashes(lab, () => undoOnly(lab)));
    assert.ok(await undoOnly(lab), `operation ${count}`);
    assert.deepEqual(pictureOf(lab), start, `operation ${count}`);
  }
});

function pictureOf(lab: JournalLab) {
  return lab.files.snapshot("D:\\", { except: ["PEMedic"] });
}

Deno.test("the content of a hive is what decides, not its bytes", async () => {
  const lab = hiveLab();
  assert.equal(contentOf(await lab.files.read(`D:\\${HIVE}`)), await contentNow(lab));
});
