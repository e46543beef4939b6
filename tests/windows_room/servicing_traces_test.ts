/** Native file names, failed starts in CBS.log, and the notes about reverting. */
import assert from "node:assert/strict";
import {
  bootProgramState,
  countFailedStarts,
  nativeFile,
  nativeWords,
  openWindows,
  readFailedStarts,
  readRevertAttempt,
  revertNoteName,
  takeRevertNote,
} from "../../src/windows/mod.ts";
import { RUNNING_WINDOWS_LINE } from "../../src/knowledge/mod.ts";
import { FileError } from "../../src/base/mod.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import { without } from "../needs.ts";
import { labWith } from "./rooms.ts";

const IDENTITY = (await openWindows((await labWith()).host, "D:")).identity;
const CBS_LOG = "D:\\Windows\\Logs\\CBS\\CBS.log";

Deno.test("nativeFile() turns what smss reads into paths of the volume", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["\\SystemRoot\\WinSxS\\pending.xml", "Windows\\WinSxS\\pending.xml"],
    ["\\systemroot\\System32\\a.exe", "Windows\\System32\\a.exe"],
    ["%SystemRoot%\\System32\\a.exe", "Windows\\System32\\a.exe"],
    ["%windir%\\a.exe", "Windows\\a.exe"],
    ["\\??\\C:\\Windows\\a.exe", "Windows\\a.exe"],
    ["!\\??\\C:\\Windows\\a.exe", "Windows\\a.exe"],
    ['"C:\\Program Files\\a.exe"', "Program Files\\a.exe"],
    ["c:\\a.exe", "a.exe"],
    ["\\??\\E:\\a.exe", undefined],
    ["\\Device\\HarddiskVolume3\\a.exe", undefined],
    ["a.exe", undefined],
    ["C:\\..\\a.exe", undefined],
    ["C:\\a*.exe", undefined],
    ["", undefined],
  ];
  for (const [text, path] of cases) {
    assert.equal(nativeFile({ identity: IDENTITY }, text), path, text);
  }
});

Deno.test("nativeWords() keeps what is in quotes together", () => {
  assert.deepEqual(nativeWords('autocheck "C:\\a b.exe" /k  *'), [
    "autocheck",
    '"C:\\a b.exe"',
    "/k",
    "*",
  ]);
  assert.deepEqual(nativeWords("  "), []);
});

Deno.test("bootProgramState() looks in System32, with and without .exe", async () => {
  const lab = await labWith();
  const windows = await openWindows(lab.host, "D:");
  const state = async (entry: string) => (await bootProgramState(windows, entry)).state;
  assert.equal(await state("autocheck autochk *"), "there");
  assert.equal(await state("AUTOCHECK autochk.exe"), "there");
  assert.equal(await state("smss"), "there");
  assert.equal(await state("gone"), "missing");
  assert.equal(await state("autocheck gone"), "missing");
  assert.equal(await state('"\\SystemRoot\\System32\\smss.exe" /x'), "there");
  assert.equal(await state("\\??\\C:\\gone.exe"), "missing");
  assert.equal(await state("\\??\\X:\\gone.exe"), "unknown");
  assert.equal(await state("autocheck"), "unknown");
  assert.equal(await state(""), "unknown");
  lab.files.put("D:\\Windows\\System32\\hollow.exe", new Uint8Array());
  assert.equal(await state("hollow"), "empty");
  lab.files.put("D:\\Windows\\System32\\hollow", new Uint8Array(1));
  assert.equal(await state("hollow"), "there");
  lab.files.stat = (path) => Promise.reject(new FileError("look at", path, "disk-error"));
  assert.equal(await state("gone"), "unknown");
});

const line = (text: string) => `2025-06-12 08:40:51, Info                  CBS    ${text}`;
const BEGUN = line("Startup: current ExecuteState is CbsExecuteStateStageDrivers");
const FAILED = line("Failure in poqexec.exe while processing updates. [HRESULT = 0x80070057 - X]");
const RETRIED = line("Startup: Failed while processing non-critical primitive operations queue.");
const DONE = line("Startup processing completed. [HRESULT = 0x00000000 - S_OK]");
const DUE = line("Startup: Processing complete. [HRESULT = 0x80070bc2 - REBOOT_REQUIRED]");

Deno.test("countFailedStarts() counts starts, not lines, since the last good one", () => {
  const count = (...lines: string[]) => countFailedStarts(lines.join("\r\n")).count;
  assert.equal(count(), 0);
  assert.equal(count(BEGUN, DUE), 0);
  assert.equal(count(BEGUN, FAILED, RETRIED, DUE), 1);
  assert.equal(count(FAILED, FAILED, RETRIED), 1);
  assert.equal(count(BEGUN, FAILED, DUE, BEGUN, RETRIED, DUE), 2);
  assert.equal(count(BEGUN, FAILED, BEGUN, FAILED, DONE), 0);
  assert.equal(count(BEGUN, FAILED, DONE, BEGUN, FAILED), 1);
  assert.equal(countFailedStarts([BEGUN, FAILED, RETRIED].join("\n")).line, RETRIED);
  assert.equal(countFailedStarts([FAILED, DONE].join("\n")).line, undefined);
});

Deno.test("readFailedStarts() reads the end of the log, and a missing one tells of none", async () => {
  const lab = await labWith();
  const windows = await openWindows(lab.host, "D:");
  assert.deepEqual(await readFailedStarts(windows), { count: 0 });
  const bytes = (text: string) => new TextEncoder().encode(text);
  const noise = `${line("x")}\r\n`.repeat(40_000);
  lab.files.put(CBS_LOG, bytes(`${FAILED}\r\n${noise}${BEGUN}\r\n${FAILED}\r\n`));
  assert.equal((await readFailedStarts(windows)).count, 1);
  lab.files.erase(CBS_LOG);
  assert.equal((await readFailedStarts(windows)).count, 0);
  lab.files.putDirectory(CBS_LOG);
  assert.equal((await readFailedStarts(windows)).count, 0);
  const { stat } = lab.files;
  lab.files.stat = async (path) => {
    if (path.endsWith("CBS.log")) throw new FileError("look at", path, "disk-error");
    return await stat.call(lab.files, path);
  };
  assert.equal((await readFailedStarts(windows)).count, 0);
});

Deno.test({
  name: "a real CBS.log shows a running Windows and no failed start",
  ignore: without(corpusPresent),
  fn: async () => {
    const text = new TextDecoder("latin1").decode(
      await Deno.readFile(corpusPath("cbs/Windows_2k-loghub.log")),
    );
    assert.deepEqual(countFailedStarts(text), { count: 0 });
    assert.match(text, RUNNING_WINDOWS_LINE);
  },
});

Deno.test("readRevertAttempt() goes by the newest session and its newest attempt", async () => {
  const lab = await labWith();
  const windows = await openWindows(lab.host, "D:");
  const put = (session: string, name: string, text: string) =>
    lab.files.put(`D:\\PEMedic\\${session}\\${name}`, new TextEncoder().encode(text));
  assert.equal(await readRevertAttempt(windows), undefined);
  put("20250101-000000-a", "logs\\dism.log", "");
  assert.equal(await readRevertAttempt(windows), undefined);
  const now = JSON.stringify(await takeRevertNote(windows.files));
  const old = now.replace(/"poqexecLog":"[^"]*"/, '"poqexecLog":"1 2020"');
  put("20250102-000000-a", revertNoteName(2, "accepted"), now);
  put("20250102-000000-a", revertNoteName(10, "failed"), old);
  put("20250101-000000-a", revertNoteName(1, "accepted"), now);
  const attempt = await readRevertAttempt(windows);
  assert.equal(attempt?.note, `PEMedic\\20250102-000000-a\\${revertNoteName(10, "failed")}`);
  assert.deepEqual([attempt?.answer, attempt?.ranSince], ["failed", true]);
  assert.equal(attempt?.sameOperations, false, "no list of operations is none that stayed");
  put("20250102-000000-a", revertNoteName(10, "failed"), "torn");
  const earlier = await readRevertAttempt(windows);
  assert.equal(earlier?.note, `PEMedic\\20250101-000000-a\\${revertNoteName(1, "accepted")}`);
  assert.deepEqual([earlier?.answer, earlier?.ranSince], ["accepted", false]);
});
