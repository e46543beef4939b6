/** The text report: exact, at most 80 columns, nothing said twice. */
import assert from "node:assert/strict";
import { COLUMNS, ExitCode, printable, wrap } from "../../src/base/mod.ts";
import {
  type Change,
  DEFAULT_OPTIONS,
  type Finding,
  type GuardResult,
  type LadderPlan,
  type LadderResult,
  type PlannedRung,
  RUNGS,
  type StepResult,
} from "../../src/ladder/mod.ts";
import {
  renderExit,
  renderFinding,
  renderFindings,
  renderGrounds,
  renderGuards,
  renderPlan,
  renderReport,
  renderResult,
} from "../../src/report/mod.ts";

const PROBLEM: Finding = {
  check: "updates.cache",
  outcome: "problem",
  blocking: true,
  summary: "The update cache is not in order: its data base was not closed (6.0 GB)",
  evidence: [1, 2, 3, 4, 5].map((n) => ({
    kind: "file",
    path: `Windows\\SoftwareDistribution\\DataStore\\part-${n}.edb`,
    detail: "ESE state: dirty-shutdown",
  })),
  next: "pemedic cache reset D:",
};
const OK: Finding = {
  check: "registry.hives",
  outcome: "ok",
  blocking: false,
  summary: "The registry hives can be read (SYSTEM, SOFTWARE, SAM, SECURITY, DEFAULT, COMPONENTS)",
  evidence: [{ kind: "file", path: "SYSTEM", detail: "opens" }],
};
const OPEN: Finding = {
  check: "store.health",
  outcome: "open",
  blocking: false,
  summary: "The component store has not been scanned yet",
  evidence: [{ kind: "volume", volume: "D:", detail: "DISM has not been run" }],
  next: "pemedic image scan D:",
};
const UNKNOWN: Finding = {
  check: "volume.dirty",
  outcome: "unknown",
  blocking: false,
  summary: "Whether the volume is dirty cannot be told from here",
  evidence: [{ kind: "volume", volume: "D:", detail: "no raw access" }],
};
const NOTICE: Finding = {
  ...UNKNOWN,
  check: "registry.hives",
  outcome: "notice",
  summary: "SOFTWARE is dirty",
};

Deno.test("wrap() breaks at 80 columns and indents what follows", () => {
  const lines = wrap("word ".repeat(40), { first: "- ", indent: "  " }).split("\n");
  assert.ok(lines.length > 2);
  assert.ok(lines[0]!.startsWith("- word"));
  for (const line of lines.slice(1)) assert.match(line, /^ {2}word/);
  for (const line of lines) assert.ok(line.length <= COLUMNS, line);
});

Deno.test("wrap() fills a line to its last column and no further", () => {
  assert.equal(wrap("aaaa bbbbb", { width: 10 }), "aaaa bbbbb");
  assert.equal(wrap("aaaa bbbbbb", { width: 10 }), "aaaa\nbbbbbb");
});

Deno.test("wrap() keeps a command on one line, so that it can be copied", () => {
  assert.equal(wrap("go on: pemedic resume D:", { width: 15 }), "go on:\npemedic resume D:");
  assert.equal(
    wrap("Go on (pemedic resume D:) or take it back (pemedic undo D: 2026)", { width: 24 }),
    "Go on\n(pemedic resume D:) or\ntake it back\n(pemedic undo D: 2026)",
  );
  assert.equal(
    wrap("pemedic resume D:, or take it back: pemedic undo D:", { width: 20 }),
    "pemedic resume D:,\nor take it back:\npemedic undo D:",
  );
  assert.equal(
    wrap("until `pemedic sessions prune` has freed it", { width: 26 }),
    "until\n`pemedic sessions prune`\nhas freed it",
  );
  const long = `pemedic registry query "D:\\My (old); disk" ${"SOFTWARE\\Classes".repeat(4)}`;
  assert.equal(wrap(`See: ${long}`, { indent: "  ", first: "" }), `See:\n  ${long}`);
});

Deno.test("wrap() breaks prose that only names the program's files", () => {
  assert.equal(wrap("E:\\pemedic is not there", { width: 14 }), "E:\\pemedic is\nnot there");
  assert.equal(wrap("pemedical words break", { width: 12 }), "pemedical\nwords break");
});

Deno.test("wrap() keeps an option and its value together", () => {
  assert.equal(wrap("name it with --output FILE", { width: 21 }), "name it with\n--output FILE");
});

Deno.test("wrap() leaves a path that cannot be broken whole", () => {
  const path = `C:\\${"folder\\".repeat(20)}file.txt`;
  assert.equal(wrap(`see ${path}`, { indent: "  ", first: "" }), `see\n  ${path}`);
  assert.equal(wrap(""), "");
});

Deno.test("printable() lets nothing through that steers a console", () => {
  assert.equal(printable("a\u001b[2Jb\u0007\u009b\u202ec"), "a?[2Jb???c");
  assert.equal(printable("Gerät\tä\nzweite 行"), "Gerät\tä\nzweite 行");
  assert.ok(!wrap("evil \u001b]0;title\u0007 name").includes("\u001b"));
});

Deno.test("renderFinding() shows a problem with its evidence and the next command", () => {
  assert.equal(
    renderFinding(PROBLEM, { evidence: 2 }),
    `  WRONG  The update cache is not in order: its data base was not closed (6.0 GB)
         - Windows\\SoftwareDistribution\\DataStore\\part-1.edb: ESE state:
           dirty-shutdown
         - Windows\\SoftwareDistribution\\DataStore\\part-2.edb: ESE state:
           dirty-shutdown
         - and 3 more (--json shows all)
         > pemedic cache reset D:`,
  );
});

Deno.test("renderFinding() shows no evidence where none is asked for, or nothing is wrong", () => {
  assert.doesNotMatch(renderFinding(PROBLEM, { evidence: 0 }), /part-1/);
  assert.doesNotMatch(renderFinding(NOTICE, { evidence: 3 }), /no raw access/);
  assert.match(renderFinding(UNKNOWN, { evidence: 3 }), /^ {2}\? {6}Whether[\s\S]*no raw access/);
});

Deno.test("renderFinding() gives what is in order one line", () => {
  assert.equal(renderFinding(OK, { evidence: 3 }), "  ok     The registry hives can be read");
  const short = { ...OK, summary: "There is enough free space (60.0 GB)" };
  assert.equal(
    renderFinding(short, { evidence: 3 }),
    "  ok     There is enough free space (60.0 GB)",
  );
});

Deno.test("renderFindings() shows problems first and what is in order last", () => {
  const text = renderFindings([OK, OPEN, NOTICE, UNKNOWN, PROBLEM]);
  const marks = text.split("\n").map((line) => line.slice(2, 8).trim()).filter((mark) => mark);
  assert.deepEqual(marks, ["WRONG", "?", "note", "open", "ok"]);
  assert.equal(renderFindings([]), "");
});

Deno.test("renderGrounds() shows what is wrong and counts the rest", () => {
  assert.equal(
    renderGrounds([OK, OK, OPEN, PROBLEM]),
    `  WRONG  The update cache is not in order: its data base was not closed (6.0 GB)
         - Windows\\SoftwareDistribution\\DataStore\\part-1.edb: ESE state:
           dirty-shutdown
  ok     2 checks found nothing wrong
  open   1 check of some minutes not asked yet`,
  );
  assert.equal(renderGrounds([OK]), "  ok     1 check found nothing wrong");
});

const PASSED: GuardResult = { id: "a", passed: true, reason: "Fine", code: "ok", evidence: [] };

Deno.test("renderGuards() counts guards that passed and explains those that did not", () => {
  assert.equal(renderGuards([PASSED, PASSED]), "Guards: all 2 passed");
  const failed: GuardResult = {
    id: "b",
    passed: false,
    reason: "Cannot repair: Windows is hibernated",
    code: "hibernated",
    evidence: [{ kind: "file", path: "hiberfil.sys", detail: 'header holds "HIBR"' }],
    next: "Shut Windows down with Shift held",
  };
  assert.equal(
    renderGuards([PASSED, failed]),
    `Guard: Cannot repair: Windows is hibernated
    - hiberfil.sys: header holds "HIBR"
    > Shut Windows down with Shift held`,
  );
});

function moved(path: string): Change {
  return { kind: "entry-moved", path, entry: "file", bytes: 1024 };
}

function rung(step: string, more: Partial<PlannedRung>): PlannedRung {
  const found = RUNGS.find((each) => each.step === step)!;
  return { rung: found, title: `Do ${step}`, status: "will-run", reason: "Because", ...more };
}

function withChanges(...changes: readonly Change[]): Pick<PlannedRung, "plan"> {
  return {
    plan: { step: "x", title: "x", risk: "reversible", changes, remarks: ["It takes a minute"] },
  };
}

function plan(rungs: readonly PlannedRung[], findings: readonly Finding[] = []): LadderPlan {
  return {
    target: { serial: "1", label: "Windows", windows: "Windows 11 Pro" },
    options: DEFAULT_OPTIONS,
    guards: [],
    findings,
    rungs,
  };
}

Deno.test("renderPlan() shows each step with why, changes with their risk, and remarks", () => {
  const changes = [
    moved("Windows\\a"),
    {
      kind: "tool-ran",
      tool: "chkdsk",
      arguments: ["D:", "/f"],
      risk: "irreversible",
      encoding: "oem",
      purpose: "Repair the file system of D:",
    } as const,
  ];
  assert.equal(
    renderPlan(plan([
      rung("disk.repair", withChanges(...changes)),
      rung("files.repair", { status: "not-applicable", reason: "sfc.exe is missing" }),
    ])),
    `Plan
  1. Do disk.repair
     why: Because
     - Move file Windows\\a aside (reversible, 1.0 KB)
     - Repair the file system of D: (irreversible)
     note: It takes a minute
Left out
  - Do files.repair: sfc.exe is missing`,
  );
});

Deno.test("renderPlan() groups from the fourth change of one folder on", () => {
  const files = ["a", "b", "c", "d"].map((name) => moved(`Windows\\Downloader\\${name}`));
  const three = renderPlan(plan([rung("disk.repair", withChanges(...files.slice(1)))]));
  assert.equal(three.match(/- Move file /g)?.length, 3);
  const four = renderPlan(plan([rung("disk.repair", withChanges(...files))]));
  assert.match(four, /- Move 4 entries of Windows\\Downloader aside \(reversible, 4\.0 KB\)/);
  const copies = ["a", "b", "c", "d"].map((name): Change => ({
    kind: "file-created",
    path: `{session}\\saved\\${name}`,
    copyOf: name,
    bytes: 10,
  }));
  const saved = renderPlan(plan([rung("backup.save-state", withChanges(...copies))]));
  assert.match(saved, /- Copy 4 files into the session's folder \(reversible, 40 bytes\)/);
  const folders = ["a", "b", "c", "d"].map((name): Change => ({
    kind: "directory-created",
    path: `Windows\\${name}`,
  }));
  const made = renderPlan(plan([rung("disk.repair", withChanges(...folders))]));
  assert.match(made, /- Create 4 folders in Windows \(reversible\)/);
});

Deno.test("renderPlan() tells what comes from outside, with its size", () => {
  const tree = (path: string): Change => ({
    kind: "tree-created",
    path,
    origin: { kind: "media", place: "E:\\Win11.iso" },
    files: 900,
    bytes: 5 * 2 ** 30,
  });
  const one = renderPlan(plan([rung("disk.repair", withChanges(tree("PEMedic\\media")))]));
  const flat = (text: string) => text.replace(/\s+/g, " ");
  assert.match(
    flat(one),
    /- Copy the 900 files of E:\\Win11\.iso to PEMedic\\media \(reversible, 5\.0 GB\)/,
  );
  const many = renderPlan(
    plan([
      rung("disk.repair", withChanges(...["a", "b", "c", "d"].map((name) => tree(`m\\${name}`)))),
    ]),
  );
  assert.match(flat(many), /- Copy 4 trees of files into m \(reversible, 20\.0 GB\)/);
});

Deno.test("renderPlan() says when a step that may be needed runs", () => {
  const text = renderPlan(plan([
    rung("files.repair", {
      status: "if-needed",
      reason: "Only if a check of some minutes says no: Are the files intact?",
      ...withChanges(moved("a")),
    }),
  ]));
  assert.match(text, / 1\. Do files\.repair \(only if needed\)\n {5}when: a check of some minutes/);
});

Deno.test("renderPlan() leaves out a reason that a finding has told, and repeats no step", () => {
  const needed = { reason: PROBLEM.summary, ...withChanges(moved("a")) };
  const text = renderPlan(plan([rung("files.repair", needed), rung("files.repair", needed)], [
    PROBLEM,
  ]));
  assert.doesNotMatch(text, /why:/);
  assert.equal(text.match(/Move file a aside/g)?.length, 1);
});

Deno.test("renderPlan() says that nothing will be changed, and hides what was not asked for", () => {
  const idle = { status: "not-needed", reason: "Only on request" } as const;
  assert.equal(
    renderPlan(plan([rung("image.cleanup", idle)])),
    "Plan\n  Nothing will be changed",
  );
});

function result(more: Partial<LadderResult>): LadderResult {
  return {
    session: "20260115-100000-abcdef",
    folder: "PEMedic\\20260115-100000-abcdef",
    steps: [],
    before: [],
    after: [],
    outcome: "ok",
    summary: "Repaired and verified: nothing blocking is left",
    ...more,
  };
}

function step(reason: string, more: Partial<StepResult> = {}): StepResult {
  const base = { step: "files.repair", title: "Repair files", rung: 7, durationMs: 5 };
  return { ...base, outcome: "fixed", reason, ...more };
}

Deno.test("renderResult() tells each step, the outcome of all, exit code and next command", () => {
  const steps = [
    step("The files are intact"),
    step("It refused", { step: "image.restore", title: "Repair store", outcome: "failed" }),
  ];
  assert.equal(
    renderResult(result({ steps, outcome: "partial", summary: "Not all", next: "pemedic repair" })),
    `Result
  fixed          Repair files: The files are intact
  failed         Repair store: It refused

Not all.
Exit code 3: Some of it was done; what is left is listed with the next command
Next: pemedic repair`,
  );
});

Deno.test("renderResult() tells a step that was called again once, as it ended", () => {
  const steps = [
    step("Some could not be repaired", { outcome: "not-fixed" }),
    step("Sound", { step: "image.restore", title: "Repair store" }),
    step("The files are intact"),
  ];
  assert.deepEqual(renderResult(result({ steps })).split("\n").slice(1, 4), [
    "  fixed          Repair store: Sound",
    "  fixed          Repair files: The files are intact",
    "",
  ]);
});

Deno.test("renderResult() does not repeat what a step has said", () => {
  const text = renderResult(result({ steps: [step("All is well")], summary: "All is well" }));
  assert.equal(text.match(/All is well/g)?.length, 1);
  assert.match(text, /\n\nExit code 0: /);
});

Deno.test("renderResult() ends no sentence twice", () => {
  for (const summary of ["It stopped.", "Is it sound?"]) {
    assert.match(
      renderResult(result({ summary })),
      new RegExp(`\\n${summary.replace(/[.?]/g, "\\$&")}\\n`),
    );
  }
});

Deno.test("renderResult() says so if no step was needed", () => {
  assert.match(renderResult(result({})), /^Result\n {2}No step was needed\n\nRepaired/);
});

Deno.test("renderExit() keeps to 80 columns for every code of the table", () => {
  for (const code of Object.values(ExitCode)) {
    for (const line of renderExit(code).split("\n")) assert.ok(line.length <= COLUMNS, line);
  }
});

Deno.test("renderReport() holds the session from what was found to what is left", () => {
  const text = renderReport(
    plan([rung("files.repair", withChanges(moved("a")))], [PROBLEM]),
    result({ before: [PROBLEM], after: [OK] }),
    { program: "pemedic 0.1.0", date: "2026-01-15T10:00:00.000Z" },
  );
  const headings = text.split("\n").filter((line) => /^(?:PE Medic|Found|Plan|Result)/.test(line));
  assert.deepEqual(headings, [
    "PE Medic report, session 20260115-100000-abcdef",
    "Found before",
    "Plan",
    "Result",
    "Found after",
  ]);
  for (const line of text.split("\n")) assert.ok(line.length <= COLUMNS, line);
});
