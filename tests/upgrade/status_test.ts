/** `upgrade status`: every combination of order, records, logs and Setup's state; and bad input. */
import assert from "node:assert/strict";
import {
  judgeUpgrade,
  parseProgress,
  serializeOrder,
  serializeRecord,
  type StarterRecord,
  type UpgradeOrder,
  type UpgradeStatusFacts,
  type UpgradeStatusName,
} from "../../src/upgrade/mod.ts";
import type { SetupAttempt, SetupState } from "../../src/windows/mod.ts";
import {
  createLab,
  type Damage,
  firstBootInterrupted,
  type MemoryLab,
  rollbackWaits,
  safeOsImageLost,
  upgradeCompleted,
  upgradeGivenUp,
  upgradeLogsLeft,
  upgradeRefused,
  upgradeRolledBack,
  upgradeWaitsForRestart,
} from "../lab/mod.ts";
import { longLines } from "../cli/cli_scenes.ts";
import { runCli } from "../run_cli.ts";

const ID = "0123456789abcdef";
const MADE = "2026-08-31T10:00:00.000Z";
/** `InstallTime` of the lab's Windows, or none. */
const ORDER: UpgradeOrder = {
  format: 1,
  id: ID,
  made: MADE,
  start: "service",
  target: {
    computerName: "ANNA-PC",
    serial: "5EC0-1A7E",
    letter: "C:",
    edition: "Professional",
    build: 26100,
    ubr: 4061,
    installTime: null,
  },
  media: {
    folder: "C:\\PEMedic\\media",
    build: 26200,
    ubr: 1,
    edition: "Professional",
    setup: { bytes: 3, sha256: "0".repeat(64) },
  },
  arguments: ["/auto", "upgrade"],
  limits: { starts: 2, settleMinutes: 20, hours: 6 },
  needsPower: true,
};

const at = "2026-09-01T07:00:00.000Z";
const record = (rest: Record<string, unknown>) => ({ at, order: ID, ...rest }) as StarterRecord;
const STAGED = record({ event: "staged" });
const WOKE = record({ event: "woke", uptimeMs: 1000 });
const WAITS = record({ event: "waits", reason: "Windows installs updates" });
const STARTS = record({ event: "starts", attempt: 1 });
const SHUTDOWN = record({ event: "shutdown", attempt: 1 });
const REFUSED = record({
  event: "ended",
  attempt: 1,
  exitCode: 0xc1900208,
  meaning: "A program blocks the upgrade",
});
const NOT_STARTED = record({ event: "not-started", attempt: 1, reason: "It is gone" });
const STOOD = record({ event: "stood-down", reason: "Windows was started in Safe Mode" });
const DONE = record({ event: "done", build: 26200, ubr: 1 });

/** Facts of a volume on which nothing was done, and what is changed. */
function facts(changes: Partial<UpgradeStatusFacts> = {}): UpgradeStatusFacts {
  return {
    order: { state: "absent" },
    progress: { records: [], unreadable: 0 },
    armed: "unknown",
    program: false,
    media: "elsewhere",
    windows: {
      serial: "5EC0-1A7E",
      computerName: "ANNA-PC",
      build: 26100,
      ubr: 4061,
      installTime: undefined,
      running: false,
    },
    setup: setup("finished"),
    attempt: undefined,
    unread: [],
    ...changes,
  };
}

function setup(name: SetupState["name"]): SetupState {
  return { name, reason: `Setup is ${name}`, reset: "nothing" } as SetupState;
}

function attempt(state: SetupAttempt["state"], begun = "2026-09-01 08:00:00"): SetupAttempt {
  return { state, reason: `The attempt is ${state}`, begun } as SetupAttempt;
}

/** Facts of a staged upgrade with these records. */
function staged(
  records: readonly StarterRecord[],
  changes: Partial<UpgradeStatusFacts> = {},
): UpgradeStatusFacts {
  return facts({
    order: { state: "read", order: ORDER },
    progress: { records: [STAGED, ...records], unreadable: 0 },
    armed: "armed",
    program: true,
    media: "present",
    ...changes,
  });
}

const WINDOWS = facts().windows;
/** Media of the same build with one revision, and a Windows that has another one than before. */
const revision = (media: number, ubr: number) =>
  ({
    order: {
      state: "read",
      order: { ...ORDER, media: { ...ORDER.media, build: 26100, ubr: media } },
    },
    windows: { ...WINDOWS, ubr },
  }) as const;
const KNOWN: UpgradeOrder = { ...ORDER, target: { ...ORDER.target, installTime: "133" } };
const known = (installTime: string, changes: Partial<UpgradeStatusFacts> = {}) =>
  ({
    order: { state: "read", order: KNOWN },
    windows: { ...WINDOWS, installTime },
    ...changes,
  }) as const;

/** What is there, what it is called, the exit code, and the first command. */
const TABLE:
  readonly (readonly [string, UpgradeStatusFacts, UpgradeStatusName, string, string?])[] = [
    ["nothing", facts(), "none", "nothingToDo", "upgrade check % --media PATH"],
    ["nothing, not all read", facts({ unread: ["x"] }), "none", "partial"],
    [
      "records without an order",
      facts({ progress: { records: [DONE], unreadable: 0 } }),
      "none",
      "nothingToDo",
    ],
    ["staged", staged([]), "staged", "needsRestart", "upgrade unstage"],
    [
      "staged, registry closed",
      staged([], { armed: "unknown", setup: undefined }),
      "staged",
      "needsRestart",
    ],
    [
      "service gone",
      staged([], { armed: "not-armed" }),
      "not-armed",
      "problemsFound",
      "upgrade unstage",
    ],
    [
      "service disabled",
      staged([], { armed: "disabled" }),
      "not-armed",
      "problemsFound",
      "upgrade unstage",
    ],
    ["service set to manual", staged([WOKE], { armed: "manual" }), "not-armed", "problemsFound"],
    ["service of another", staged([], { armed: "foreign" }), "not-armed", "problemsFound"],
    ["starter gone", staged([], { program: false }), "not-armed", "problemsFound"],
    ["media gone", staged([], { media: "missing" }), "not-armed", "problemsFound"],
    ["media on the stick", staged([], { media: "elsewhere" }), "staged", "needsRestart"],
    ["woke", staged([WOKE]), "waiting", "needsRestart", "upgrade unstage"],
    ["waits", staged([WOKE, WAITS]), "waiting", "needsRestart"],
    ["could not start", staged([WOKE, NOT_STARTED]), "waiting", "needsRestart"],
    ["started", staged([WOKE, STARTS]), "started", "needsRestart", "upgrade collect % DEST"],
    [
      "started, under way",
      staged([STARTS], { attempt: attempt("in-progress") }),
      "started",
      "needsRestart",
    ],
    [
      "shut down in it",
      staged([STARTS, SHUTDOWN], { setup: setup("in-flight") }),
      "goes-on",
      "needsRestart",
      "upgrade abort % --force",
    ],
    [
      "rolling back",
      staged([STARTS], { setup: setup("rollback-pending") }),
      "rolling-back",
      "needsRestart",
    ],
    [
      "rolled back",
      staged([STARTS, SHUTDOWN], { attempt: attempt("rolled-back") }),
      "rolled-back",
      "problemsFound",
      "upgrade collect % DEST",
    ],
    [
      "rolled back and stood down",
      staged([STARTS, STOOD], { attempt: attempt("rolled-back") }),
      "rolled-back",
      "problemsFound",
    ],
    ["failed", staged([STARTS], { attempt: attempt("failed") }), "failed", "problemsFound"],
    [
      "refused in the log",
      staged([STARTS, REFUSED], { attempt: attempt("refused") }),
      "refused",
      "problemsFound",
    ],
    ["refused, no log", staged([STARTS, REFUSED]), "failed", "problemsFound"],
    ["stood down before", staged([WOKE, STOOD]), "stood-down", "problemsFound"],
    [
      "an older rollback",
      staged([], { attempt: attempt("rolled-back", "2025-01-01 08:00:00") }),
      "staged",
      "needsRestart",
    ],
    [
      "an older rollback, started since",
      staged([STARTS], { attempt: attempt("rolled-back", "2026-08-30 08:00:00") }),
      "started",
      "needsRestart",
    ],
    [
      "a rollback in another zone",
      staged([STARTS], { attempt: attempt("rolled-back", "2026-08-31 20:00:00") }),
      "rolled-back",
      "problemsFound",
    ],
    [
      "an attempt without a time",
      staged([STARTS], { attempt: { ...attempt("failed"), begun: undefined } }),
      "failed",
      "problemsFound",
    ],
    [
      "done by record",
      staged([STARTS, DONE], { armed: "not-armed" }),
      "done",
      "ok",
      "upgrade unstage",
    ],
    ["done by build", staged([STARTS], { windows: { ...WINDOWS, build: 26200 } }), "done", "ok"],
    ["done by the media's revision", staged([STARTS], revision(5000, 5000)), "done", "ok"],
    [
      "another revision than the media's",
      staged([STARTS], revision(5000, 5074)),
      "started",
      "needsRestart",
    ],
    [
      "build changed before the start",
      staged([], { windows: { ...WINDOWS, build: 26200 } }),
      "staged",
      "needsRestart",
    ],
    ["done by install time", staged([STARTS], known("144")), "done", "ok"],
    [
      "same install time, other build",
      staged([STARTS], known("133", { windows: { ...WINDOWS, installTime: "133", build: 26200 } })),
      "started",
      "needsRestart",
    ],
    [
      "another Windows, not by us",
      staged([], known("144")),
      "not-armed",
      "problemsFound",
      "upgrade unstage",
    ],
    ["done in the log", staged([STARTS], { attempt: attempt("completed") }), "done", "ok"],
    [
      "dead",
      staged([STARTS], { setup: setup("dead-safe-os") }),
      "died",
      "problemsFound",
      "upgrade collect % DEST",
    ],
    [
      "given up early",
      staged([STARTS], { setup: setup("dead-downlevel") }),
      "died",
      "problemsFound",
    ],
    [
      "given up early, with a result",
      staged([STARTS], { setup: setup("dead-downlevel"), attempt: attempt("failed") }),
      "failed",
      "problemsFound",
    ],
    [
      "another volume",
      staged([], { windows: { ...WINDOWS, serial: "0000-0001" } }),
      "foreign",
      "problemsFound",
      "upgrade unstage",
    ],
    [
      "another computer",
      staged([], { windows: { ...WINDOWS, computerName: "OTHER" } }),
      "foreign",
      "problemsFound",
    ],
    [
      "serial not known",
      staged([], { windows: { ...WINDOWS, serial: "" } }),
      "staged",
      "needsRestart",
    ],
    [
      "name in other case",
      staged([], { windows: { ...WINDOWS, computerName: "anna-pc" } }),
      "staged",
      "needsRestart",
    ],
    [
      "name not known",
      staged([], { windows: { ...WINDOWS, computerName: undefined } }),
      "staged",
      "needsRestart",
    ],
    [
      "damaged order",
      facts({ order: { state: "unreadable", reason: "It is no JSON" } }),
      "damaged",
      "problemsFound",
      "upgrade unstage",
    ],
    [
      "not ours: rolled back",
      facts({ attempt: attempt("rolled-back") }),
      "rolled-back",
      "problemsFound",
      "upgrade collect % DEST",
    ],
    ["not ours: done", facts({ attempt: attempt("completed") }), "done", "ok"],
    ["not ours: scanned", facts({ attempt: attempt("scanned") }), "scanned", "ok"],
    ["not ours: cut off", facts({ attempt: attempt("in-progress") }), "started", "needsRestart"],
    ["not ours: dead", facts({ setup: setup("dead-oobe") }), "died", "problemsFound"],
    ["not ours: waiting is none", facts({ setup: setup("waiting") }), "none", "nothingToDo"],
    ["not ours: unclear is none", facts({ setup: setup("unclear") }), "none", "nothingToDo"],
  ];

for (const [what, given, name, exit, command] of TABLE) {
  Deno.test(`status: ${what} is "${name}"`, () => {
    const status = judgeUpgrade(given);
    assert.equal(status.name, name, status.summary);
    assert.equal(status.exit, exit);
    assert.match(status.summary, /^[A-Z].{8,}[^.]$/);
    if (command !== undefined) {
      assert.equal(status.advice.find((each) => each.command)?.command, command);
    }
    const unstages = status.advice.some((each) => each.command === "upgrade unstage");
    if (given.order.state === "absent") assert.equal(unstages, false);
    assert.equal(status.ours, given.order.state !== "absent");
  });
}

/** Commands and reasons of the advice, in their order. */
function advice(given: UpgradeStatusFacts): string[] {
  return judgeUpgrade(given).advice.map(({ command, why }) => `${command ?? "-"}: ${why}`);
}

Deno.test("started: unstage calls a further start off, and abort is not offered", () => {
  for (const name of ["finished", "waiting", "unclear"] as const) {
    const given = staged([STARTS], { setup: setup(name) });
    assert.deepEqual(advice(given).slice(1), [
      "upgrade collect % DEST: to read the logs on another computer",
      "upgrade unstage: to call off a further start",
    ], name);
  }
  for (const armed of ["not-armed", "disabled", "manual", "foreign"] as const) {
    const given = staged([STARTS], { armed });
    assert.equal(advice(given).at(-1), "upgrade unstage: to take back what was left for it");
  }
  const foreign = facts({ attempt: attempt("in-progress") });
  assert.doesNotMatch(advice(foreign).join(), /unstage|abort/);
});

Deno.test("an order for a logon says that it begins when an administrator logs on", () => {
  const logon = { order: { state: "read", order: { ...ORDER, start: "logon" } } } as const;
  const given = staged([], logon);
  assert.match(judgeUpgrade(given).summary, /it begins when an administrator logs on$/);
  assert.match(advice(given)[0]!, /log on as an administrator/);
  assert.deepEqual(advice(given).slice(1), ["upgrade unstage: to call it off"]);
  assert.match(judgeUpgrade(staged([])).summary, /it begins at the next normal start$/);
  assert.match(advice(staged([]))[0]!, /begins by itself/);
  const gone = judgeUpgrade(staged([], { ...logon, armed: "not-armed" }));
  assert.match(gone.summary, /command for the next logon is gone/);
});

async function labWith(...damages: readonly Damage[]): Promise<MemoryLab> {
  const lab = await createLab({ source: "none" });
  await lab.damage(...damages);
  return lab;
}

function put(lab: MemoryLab, path: string, text: string): void {
  lab.files.put(`D:\\${path}`, new TextEncoder().encode(text));
}

async function document(lab: MemoryLab, volume = "D:") {
  const run = await runCli(lab, "upgrade", "status", volume, "--json");
  return { code: run.code, value: JSON.parse(run.stdout) as Record<string, unknown> };
}

/** On real logs and hives of the lab. */
const REAL: readonly (readonly [string, readonly Damage[], UpgradeStatusName, number, RegExp])[] = [
  ["nothing", [], "none", 4, /Nothing tells of an upgrade/],
  ["in flight", [upgradeWaitsForRestart()], "goes-on", 6, /goes on at the next start/],
  ["rollback waits", [rollbackWaits()], "rolling-back", 6, /takes the upgrade back/],
  ["safe OS lost", [safeOsImageLost()], "died", 5, /pemedic upgrade abort D:/],
  ["given up", [upgradeGivenUp()], "died", 5, /put aside what it left/],
  ["first boot", [firstBootInterrupted()], "died", 5, /interrupted in the first start/],
  [
    "rolled back",
    [upgradeRolledBack()],
    "rolled-back",
    5,
    /0xC1900101 - 0x30018.*FindRollbackFailure/s,
  ],
  ["refused", [upgradeRefused()], "refused", 5, /0xC1900208/],
  ["completed", [upgradeCompleted()], "done", 0, /Windows was upgraded from build 19045/],
  [
    "hangs",
    [upgradeLogsLeft({ end: { kind: "hangs", phase: "Downlevel" } })],
    "started",
    6,
    /has not ended/,
  ],
];

for (const [what, damages, name, code, said] of REAL) {
  Deno.test(`upgrade status: ${what}`, async () => {
    const lab = await labWith(...damages);
    const run = await runCli(lab, "upgrade", "status", "D:");
    assert.equal(run.code, code, run.stdout + run.stderr);
    assert.match((run.stdout + run.stderr).replace(/\s+/g, " "), said);
    assert.deepEqual(longLines(run.stdout + run.stderr), []);
    assert.deepEqual(lab.files.operations, []);
    const { value } = await document(lab);
    assert.equal(value.state, name);
  });
}

Deno.test("a torn record is told, and those before it count", async () => {
  const lab = await labWith();
  put(lab, "PEMedic\\bin\\upgrade.json", serializeOrder(ORDER));
  const text = [STAGED, WOKE, STARTS].map(serializeRecord).join("");
  put(lab, "PEMedic\\bin\\progress.jsonl", text + '{"event":"ended","at":"2026');
  const { value } = await document(lab);
  assert.equal(value.state, "started");
  assert.equal(value.unreadableRecords, 1);
  const run = await runCli(lab, "upgrade", "status", "D:");
  assert.match(run.stdout, /1 line cannot be read/);
});

Deno.test("records of another order do not count", async () => {
  const lab = await labWith();
  put(lab, "PEMedic\\bin\\upgrade.json", serializeOrder(ORDER));
  const other = serializeRecord({ ...DONE, order: "fedcba9876543210" });
  put(lab, "PEMedic\\bin\\progress.jsonl", serializeRecord(STAGED) + other);
  const { value } = await document(lab);
  assert.equal(value.state, "not-armed"); // the lab's registry has no such service
  assert.equal((value.records as unknown[]).length, 1);
});

/** Bad files in the place of order and records. */
const BAD: readonly (readonly [string, string, string, UpgradeStatusName])[] = [
  ["no JSON", "upgrade.json", "{", "damaged"],
  ["another format", "upgrade.json", '{"format":2}', "damaged"],
  [
    "another volume",
    "upgrade.json",
    serializeOrder({ ...ORDER, target: { ...ORDER.target, serial: "0000-0000" } }),
    "foreign",
  ],
  ["rubbish in the records", "progress.jsonl", "\u0000\u0001 no record\n\n[]\n", "none"],
];

for (const [what, name, content, expected] of BAD) {
  Deno.test(`status of ${what} is "${expected}"`, async () => {
    const lab = await labWith();
    put(lab, `PEMedic\\bin\\${name}`, content);
    assert.equal((await document(lab)).value.state, expected);
  });
}

Deno.test("an order that is a junction, or cannot be opened, is never followed", async () => {
  const linked = await labWith();
  linked.files.putJunction("D:\\PEMedic\\bin\\upgrade.json", "F:\\");
  assert.equal((await document(linked)).value.state, "damaged");
  const denied = await labWith();
  put(denied, "PEMedic\\bin\\upgrade.json", serializeOrder(ORDER));
  denied.files.setFault("D:\\PEMedic\\bin\\upgrade.json", { fault: "denied" });
  const { value } = await document(denied);
  assert.equal(value.state, "damaged");
  assert.match(String(value.unread), /access is denied/);
});

Deno.test("inside the running Windows the registry is closed, and files are read", async () => {
  const lab = await createLab({
    source: "none",
    platform: { winpe: false, systemRoot: "D:\\", build: 26200 },
  });
  put(lab, "PEMedic\\bin\\upgrade.json", serializeOrder(ORDER));
  put(lab, "PEMedic\\bin\\pemedic.exe", "MZ");
  put(lab, "PEMedic\\media\\setup.exe", "MZ");
  const text = [STAGED, WOKE, STARTS].map(serializeRecord).join("");
  put(lab, "PEMedic\\bin\\progress.jsonl", text);
  for (const hive of ["SYSTEM", "SOFTWARE"]) {
    lab.files.setFault(`D:\\Windows\\System32\\config\\${hive}`, { fault: "busy" });
  }
  const run = await runCli(lab, "upgrade", "status", "D:");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /^Done: The upgrade is done; Windows 26200/);
  assert.match(run.stdout.replace(/\s+/g, " "), /SYSTEM hive cannot be read: Windows itself holds/);
});

Deno.test("a product key in the order's neighbourhood is never shown", async () => {
  const lab = await labWith();
  put(lab, "PEMedic\\bin\\upgrade.json", serializeOrder(ORDER));
  put(lab, "PEMedic\\bin\\SetupConfig.ini", "[SetupConfig]\r\nPKey=VK7JG-NPHTM-C97JM-9MPGT-3V66T");
  const run = await runCli(lab, "upgrade", "status", "D:", "--json");
  assert.doesNotMatch(run.stdout, /VK7JG/);
});

Deno.test("parseProgress() keeps the order of records: the last one is the newest", () => {
  const { records } = parseProgress([STAGED, WOKE, WAITS].map(serializeRecord).join(""), ID);
  assert.deepEqual(records.map(({ event }) => event), ["staged", "woke", "waits"]);
});
