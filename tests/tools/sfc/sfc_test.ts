import assert from "node:assert/strict";
import fc from "fast-check";
import { consoleEvents, UsageError } from "../../../src/base/mod.ts";
import {
  judgeSfc,
  parseSfc,
  parseSfcLog,
  scanFile,
  scanNow,
  SfcProgressReader,
  type SfcVerdict,
  verifyOnly,
} from "../../../src/tools/sfc/mod.ts";
import { recordedText } from "../../lab/recorded/recorded.ts";
import { outcomeOf, progressOf } from "../outcome.ts";

const PLACE = { volume: "D:\\", logPath: "E:\\logs\\sfc.log" };
const OFFLINE = ["/offbootdir=D:\\", "/offwindir=D:\\Windows", "/offlogfile=E:\\logs\\sfc.log"];

Deno.test("verifyOnly() reads, scanNow() and scanFile() do not", () => {
  assert.deepEqual(verifyOnly(PLACE).arguments, ["/verifyonly", ...OFFLINE]);
  assert.equal(verifyOnly(PLACE).risk, "reads");
  assert.deepEqual(scanNow({ ...PLACE, volume: "D:" }).arguments, ["/scannow", ...OFFLINE]);
  assert.equal(scanNow(PLACE).risk, "irreversible");
  const file = scanFile(PLACE, { file: "d:\\Windows\\System32\\a.dll" });
  assert.deepEqual(file.arguments, ["/scanfile=d:\\Windows\\System32\\a.dll", ...OFFLINE]);
  assert.equal(file.risk, "irreversible");
  assert.equal(file.encoding, "utf-16le");
});

Deno.test("the calls refuse quotes, empty places and files elsewhere", () => {
  assert.throws(() => scanFile(PLACE, { file: "C:\\Windows\\a.dll" }), UsageError);
  assert.throws(() => scanNow({ ...PLACE, volume: "" }), UsageError);
  assert.throws(() => scanNow({ ...PLACE, logPath: 'E:\\"x' }), UsageError);
});

const WRP = "Windows Resource Protection ";
const VERDICTS: readonly (readonly [text: string, verdict: SfcVerdict])[] = [
  [`${WRP}did not find any integrity violations.`, "clean"],
  [`${WRP}found corrupt files and successfully repaired them.`, "repaired"],
  [`${WRP}found corrupt files but was unable to fix some of them.`, "not-all-repaired"],
  [`${WRP}found integrity violations.`, "violations"],
  [`${WRP}could not perform the requested operation.`, "could-not-perform"],
  [`${WRP}could not start the repair service.`, "could-not-start"],
  ["There is a system repair pending which requires reboot\r\nto complete.", "pending-reboot"],
  ["Another servicing or repair operation is currently running.", "busy"],
  [
    `${WRP}did not find any integrity violations, but component metadata is corrupt.`,
    "metadata-corrupt",
  ],
  ["You must be an administrator running a console session in order to use", "not-elevated"],
  ["", "not-understood"],
  ["Verification 100% complete.", "not-understood"],
];

for (const [text, verdict] of VERDICTS) {
  Deno.test(`parseSfc() reads ${verdict} from ${JSON.stringify(text.slice(0, 60))}`, () => {
    for (const exit of [0, 1]) {
      const report = parseSfc(outcomeOf(`\r\nVerification 9% complete.\r\n${text}\r\n`, exit));
      assert.equal(report.verdict, verdict);
    }
  });
}

Deno.test("parseSfc() finds a verdict behind rewritten progress", () => {
  const text = `\rVerification 99% complete.\r\rVerification 100% complete.\r\n\r\n${WRP}found ` +
    "integrity violations.\r\nThe system file repair changes will take effect after the next reboot.";
  const report = parseSfc(outcomeOf(text));
  assert.equal(report.verdict, "violations");
  assert.equal(report.restartRequired, true);
});

Deno.test("parseSfcLog() reads driver lines and matches their case loosely", () => {
  const log = parseSfcLog(recordedText("sfc-26200-en-log-drivers"));
  assert.equal(log.complete, true);
  assert.equal(log.repairing, true);
  assert.deepEqual(log.damaged.map((each) => each.file), [
    "D:\\Windows\\System32\\drivers\\gamma.sys",
  ]);
  assert.equal(log.repaired.length, 2);
});

Deno.test("parseSfcLog() counts each failure once and drops what a backup mended", () => {
  const log = parseSfcLog(recordedText("sfc-19045-en-log-cannot-repair"));
  assert.deepEqual(log.damaged, [
    {
      file: "alpha.dll",
      component: "Microsoft-Windows-Alpha 10.0.19041.1 amd64",
      reason: "hash mismatch",
    },
    {
      file: "D:\\Windows\\System32\\Boot\\delta.exe",
      component: undefined,
      reason: "source file in store is also corrupted",
    },
  ]);
  assert.ok(log.repaired.some((path) => path === "D:\\Windows\\System32\\beta.dll"));
});

Deno.test("parseSfcLog() does not let another component's repair hide a failure", () => {
  const wow = recordedText("sfc-19045-en-log-cannot-repair")
    .replace("\\WinSxS\\amd64_", "\\WinSxS\\wow64_");
  assert.ok(parseSfcLog(wow).damaged.some((each) => each.file === "gamma.dll"));
});

Deno.test("parseSfcLog() reads only the last run of a log", () => {
  const twice = recordedText("sfc-19045-en-log-cannot-repair") +
    recordedText("sfc-26200-en-log-drivers");
  assert.deepEqual(parseSfcLog(twice).damaged.map((each) => each.file), [
    "D:\\Windows\\System32\\drivers\\gamma.sys",
  ]);
});

Deno.test("parseSfcLog() calls a run that was cut off incomplete", () => {
  const text = recordedText("sfc-26200-en-log-drivers");
  assert.equal(parseSfcLog(text.slice(0, text.indexOf("0000000c"))).complete, false);
  assert.equal(parseSfcLog("").complete, false);
});

Deno.test("judgeSfc() judges a translated text by the log", () => {
  const german = outcomeOf(recordedText("sfc-26200-de-violations"));
  assert.equal(judgeSfc(german).verdict, "not-understood");
  const log = parseSfcLog(recordedText("sfc-26200-en-log-drivers"));
  const report = judgeSfc(german, log);
  assert.equal(report.verdict, "not-all-repaired");
  assert.equal(report.judgedBy, "log");
  assert.equal(report.damaged.length, 1);
});

Deno.test("judgeSfc() finds each verdict in a log", () => {
  const empty = { damaged: [], repaired: [], damagedManifests: [] };
  const judge = (log: Parameters<typeof judgeSfc>[1]) => judgeSfc(outcomeOf("検証"), log).verdict;
  const damaged = [{ file: "a.dll", component: undefined, reason: undefined }];
  const done = { ...empty, complete: true };
  assert.equal(judge({ ...done, repairing: false }), "clean");
  assert.equal(judge({ ...done, repairing: true, repaired: ["a.dll"] }), "repaired");
  assert.equal(judge({ ...done, repairing: false, damaged }), "violations");
  assert.equal(judge({ ...done, repairing: true, damaged }), "not-all-repaired");
  assert.equal(judge({ ...done, repairing: true, damagedManifests: ["x"] }), "metadata-corrupt");
  assert.equal(judge({ ...empty, complete: false, repairing: true }), "not-understood");
});

Deno.test("judgeSfc() prefers the English text to the log", () => {
  const log = parseSfcLog(recordedText("sfc-26200-en-log-drivers"));
  const report = judgeSfc(outcomeOf(`${WRP}did not find any integrity violations.`), log);
  assert.equal(report.verdict, "clean");
  assert.equal(report.judgedBy, "text");
});

Deno.test("parseSfcLog() and parseSfc() survive hostile text", () => {
  const line = fc.constantFrom(
    "[SR] Cannot repair member file",
    "[SR] Cannot repair member file [l:1]'a' of b, version 1",
    "[SR] Repaired file",
    "DEPLOY [Pnp] Repaired file:",
    "[SR] Verify complete",
    "\u0000\uffff",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string({ unit: "binary" }))), (lines) => {
      const log = parseSfcLog(lines.join("\r\n"));
      assert.equal(log.complete, false);
      assert.equal(judgeSfc(outcomeOf(lines.join("\r")), log).verdict, "not-understood");
    }),
    { seed: 5, numRuns: 200 },
  );
});

Deno.test("SfcProgressReader reads percentages in any language, each once", () => {
  const read = (text: string) =>
    progressOf(new SfcProgressReader(), consoleEvents(text)).map((each) => each.percent);
  assert.deepEqual(read(recordedText("sfc-26200-de-violations")), [0, 48, 100]);
  assert.deepEqual(read("\rVerification 7% complete.\rVerification 7% complete.\r\n"), [7]);
  assert.deepEqual(read("検証 37% が完了しました。\r"), [37]);
  assert.deepEqual(read("Beginning system scan.\r\n1234% no\r\n101% no\r\n"), []);
});
