import assert from "node:assert/strict";
import fc from "fast-check";
import { consoleEvents, RefusalError, UsageError } from "../../../src/base/mod.ts";
import {
  checkVolume,
  ChkdskProgressReader,
  parseChkdsk,
  repairVolume,
} from "../../../src/tools/chkdsk/mod.ts";
import { recordedText } from "../../lab/recorded/recorded.ts";
import { outcomeOf, progressOf } from "../outcome.ts";

const NTFS = "The type of the file system is NTFS.\r\n";
const STAGE = `${NTFS}\r\nStage 1: Examining basic file system structure ...\r\n`;

const checking = (text: string, exit: number) =>
  parseChkdsk(outcomeOf(text, exit), { repairing: false }).verdict;
const repairing = (text: string, exit: number) =>
  parseChkdsk(outcomeOf(text, exit), { repairing: true }).verdict;

Deno.test("checkVolume() only reads", () => {
  assert.deepEqual(checkVolume({ volume: "d:\\" }).arguments, ["D:"]);
  assert.equal(checkVolume({ volume: "D:" }).risk, "reads");
});

Deno.test("repairVolume() dismounts by force, so that chkdsk does not ask", () => {
  const call = repairVolume({ volume: "D:" });
  assert.deepEqual(call.arguments, ["D:", "/f", "/x"]);
  assert.equal(call.risk, "irreversible");
  assert.ok(call.instead);
  assert.deepEqual(repairVolume({ volume: "D:", badSectors: true }).arguments, [
    "D:",
    "/f",
    "/r",
    "/x",
  ]);
  assert.deepEqual(repairVolume({ volume: "D:", spotfix: true }).arguments, ["D:", "/spotfix"]);
});

Deno.test("repairVolume() refuses contradictions, paths and the RAM disk", () => {
  assert.throws(() => repairVolume({ volume: "D:", badSectors: true, spotfix: true }), UsageError);
  assert.throws(() => repairVolume({ volume: "D:\\Windows" }), UsageError);
  assert.throws(() => repairVolume({ volume: "D: /f" }), UsageError);
  assert.throws(() => repairVolume({ volume: "X:" }), RefusalError);
});

Deno.test("checkVolume() accepts a volume name", () => {
  const volume = "\\\\?\\Volume{0f4a2c5e-1111-2222-3333-444455556666}\\";
  assert.deepEqual(checkVolume({ volume }).arguments, [volume.slice(0, -1)]);
});

Deno.test("parseChkdsk() judges a check by its exit code", () => {
  assert.equal(checking(STAGE, 0), "clean");
  assert.equal(checking(STAGE, 1), "errors-remain");
  assert.equal(checking(STAGE, 2), "clean");
  assert.equal(checking(STAGE, 3), "errors-remain");
  assert.equal(checking(NTFS, 3), "could-not-check");
  assert.equal(checking(STAGE, 0xc000013a), "could-not-check");
});

Deno.test("parseChkdsk() judges a repair by its exit code", () => {
  assert.equal(repairing(STAGE, 0), "clean");
  assert.equal(repairing(STAGE, 1), "fixed");
  assert.equal(repairing(STAGE, 2), "cleanup-done");
  assert.equal(repairing(STAGE, 3), "errors-remain");
});

Deno.test("parseChkdsk() never softens what the text found", () => {
  const errors = "Errors found.  CHKDSK cannot continue in read-only mode.";
  assert.equal(checking(STAGE + errors, 0), "errors-remain");
  assert.equal(checking(STAGE + errors, 3), "errors-remain");
});

Deno.test("parseChkdsk() tells apart why a volume could not be checked", () => {
  const inUse = "Chkdsk cannot run because the volume is in use by another\r\nprocess.";
  assert.equal(repairing(NTFS + inUse, 3), "in-use");
  assert.equal(repairing(NTFS + inUse, 0), "in-use");
  const denied = "Access Denied as you do not have sufficient privileges or\r\nthe disk may be";
  assert.equal(checking(denied, 3), "access-denied");
  const failing = "An unspecified error occurred (6e74 1).";
  assert.equal(repairing(STAGE + failing, 3), "disk-failing");
  assert.equal(repairing(`${STAGE}File record segment 9 is unreadable.`, 3), "disk-failing");
});

Deno.test("parseChkdsk() does not take nonsense with exit code 0 for a clean volume", () => {
  assert.equal(checking("", 0), "could-not-check");
  assert.equal(checking("\u0001\u0002 lorem", 0), "could-not-check");
});

Deno.test("parseChkdsk() reads a recorded repair and ignores the event log's complaint", () => {
  const report = parseChkdsk(outcomeOf(recordedText("chkdsk-19045-en-repaired"), 1), {
    repairing: true,
  });
  assert.equal(report.verdict, "fixed");
  assert.equal(report.fileSystem, "NTFS");
  assert.deepEqual(report.stages, [1, 2, 3]);
  assert.equal(report.badSectorsKb, 12);
  assert.doesNotMatch(report.tail, /event log/);
});

Deno.test("parseChkdsk() needs no English", () => {
  const text = recordedText("chkdsk-19045-de-clean");
  assert.equal(checking(text, 0), "clean");
  assert.equal(checking(text, 3), "errors-remain");
  assert.equal(repairing(text, 1), "fixed");
  assert.equal(
    checking("ファイル システムの種類は NTFS です。\r\nステージ 1: 検査\r\n", 0),
    "clean",
  );
});

Deno.test("parseChkdsk() survives hostile text", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400, unit: "binary" }), (text) => {
      assert.equal(checking(text, 5), "could-not-check");
    }),
    { seed: 3, numRuns: 200 },
  );
});

const progress = (text: string) => progressOf(new ChkdskProgressReader(), consoleEvents(text));

Deno.test("ChkdskProgressReader reads the percentage of the whole", () => {
  const all = progress(recordedText("chkdsk-19045-en-repaired"));
  assert.deepEqual(all.map((each) => each.percent).filter((each) => each !== undefined), [0, 16]);
  assert.match(all[1]?.message ?? "", /^Stage 1:/);
  const german = progress(recordedText("chkdsk-19045-de-clean"));
  assert.deepEqual(german.find((each) => each.percent !== undefined), {
    percent: 7,
    message: "Phase 1: Die Basisdateisystemstruktur wird untersucht...",
  });
});

Deno.test("ChkdskProgressReader tells stages and counts where no percentage is shown", () => {
  const messages = progress(`${STAGE}  41216 file records processed.      \r\n`)
    .map((each) => each.message);
  assert.deepEqual(messages, [
    "Stage 1: Examining basic file system structure ...",
    "41216 file records processed.",
  ]);
  const old = "CHKDSK is verifying files (stage 1 of 3)...\r\n 1 percent complete. (10 of 900)\r";
  assert.deepEqual(progress(old).map((each) => each.message), [
    "CHKDSK is verifying files (stage 1 of 3)...",
    "CHKDSK is verifying files (stage 1 of 3)... 1%",
  ]);
});

Deno.test("ChkdskProgressReader is silent about the summary", () => {
  assert.deepEqual(progress(" 102398975 KB total disk space.\r\nNo further action.\r\n"), []);
});
