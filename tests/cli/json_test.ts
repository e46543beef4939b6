/** `--json` and `--log`: standard output is for programs and nothing else, the log holds all. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import {
  corruptPayload,
  createLab,
  type MemoryLab,
  pendingXmlLeftBehind,
  updateCacheStuck,
} from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { interruptWhenHanging } from "./cli_scenes.ts";

/** Commands whose result is one document. */
const DOCUMENTS: readonly (readonly string[])[] = [
  ["scan"],
  ["diagnose"],
  ["disk", "check", "D:"],
  ["files", "verify", "D:"],
  ["image", "check", "D:"],
  ["image", "scan", "D:"],
  ["image", "packages", "D:"],
  ["image", "drivers", "D:"],
  ["registry", "query", "D:", "HKLM\\SYSTEM\\Select"],
  ["registry", "query", "D:", "HKLM\\SYSTEM", "--recursive"],
  ["registry", "query", "D:", "HKLM\\SYSTEM\\Select", "--value", "Current"],
  ["registry", "export", "D:", "HKLM\\SYSTEM\\Select", "--output", "E:\\select.reg"],
  ["registry", "check", "D:"],
  ["registry", "check", "D:", "SYSTEM"],
  ["sessions", "D:"],
  ["undo", "D:", "--dry-run"],
  ["undo", "D:", "--yes"],
  ["sessions", "prune", "D:", "--yes"],
];

async function labWithSession(): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  await runCli(lab, "cache", "reset", "D:", "--yes");
  return lab;
}

for (const args of DOCUMENTS) {
  Deno.test(`${args.join(" ")} --json prints exactly one document`, async () => {
    const lab = await labWithSession();
    const run = await runCli(lab, ...args, "--json");
    assert.equal(run.code, 0, run.stdout);
    assert.equal(jsonLines(run).length, 1, run.stdout);
    assert.equal(typeof JSON.parse(run.stdout), "object");
    assert.equal(run.stderr, "");
  });
}

/** The same commands where they fail. */
const FAILURES: readonly (readonly string[])[] = [
  ["diagnose", "Q:"],
  ["disk", "check", "E:"],
  ["files", "verify", "E:"],
  ["image", "packages", "E:"],
  ["image", "packages", "D:"],
  ["registry", "query", "D:", "HKLM\\SYSTEM\\None"],
  ["registry", "query", "D:", "HKCU"],
  ["registry", "export", "D:", "HKLM\\SYSTEM"],
  ["registry", "check", "D:", "NOTHIVE"],
  ["registry", "replay", "D:", "SYSTEM", "--output", "E:\\new"],
  ["registry", "set", "D:", "HKLM\\SYSTEM", "x", "y", "--type", "dword"],
  ["registry", "delete", "D:", "HKLM\\SYSTEM", "--yes"],
  ["registry", "import", "D:", "E:\\none.reg"],
  ["sessions", "Q:"],
  ["undo", "D:", "none"],
  ["sessions", "prune", "D:", "none", "--yes"],
  ["undo", "D:"],
  ["diagnose", "--faster"],
  ["heal"],
  ["undo", "D:", "--yes", "--journal", "E:\\none"],
];

for (const args of FAILURES) {
  Deno.test(`${args.join(" ")} --json fails with exactly one document`, async () => {
    const lab = await labWithSession();
    lab.state.faults["dism"] = { error: 0x80004005 };
    const run = await runCli(lab, ...args, "--json");
    assert.notEqual(run.code, 0);
    const [error, ...rest] = jsonLines(run);
    assert.deepEqual(rest, []);
    assert.equal(error!.type, "error");
    assert.equal(error!.exitCode, run.code);
    assert.equal(typeof error!.message, "string");
    assert.equal(run.stderr, "");
  });
}

Deno.test("repair --json prints JSON Lines from the plan to the end of the session", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  const run = await runCli(lab, "repair", "--yes", "--json");
  assert.equal(run.code, 0, run.stdout);
  assert.equal(run.stderr, "");
  const types = jsonLines(run).map((event) => event.type);
  assert.equal(types[0], "plan");
  assert.equal(types[1], "session-started");
  assert.equal(types.at(-1), "session-finished");
  for (const type of ["check-started", "progress", "step-started", "change-made", "verifying"]) {
    assert.ok(types.includes(type), type);
  }
});

Deno.test("repair --json names the step of every progress event", async () => {
  const lab = await createLab();
  await lab.damage(corruptPayload("microsoft-windows-ntdll"));
  const run = await runCli(lab, "image", "restore", "--source", "F:\\Windows", "--yes", "--json");
  const progress = jsonLines(run).filter((event) => event.type === "progress");
  assert.ok(progress.length > 3);
  for (const event of progress) assert.equal(event.step, "image.restore");
});

Deno.test("repair --dry-run --json prints the plan alone", async () => {
  const lab = await createLab();
  const run = await runCli(lab, "repair", "--dry-run", "--json");
  assert.deepEqual(jsonLines(run).map((event) => event.type), ["plan"]);
  assert.equal(run.stderr, "");
});

Deno.test("repair --json without --yes refuses: there is nobody to ask", async () => {
  const lab = await createLab({ terminal: { interactive: true, answers: ["yes"] } });
  const run = await runCli(lab, "repair", "--json");
  assert.equal(run.code, ExitCode.usage);
  const error = jsonLines(run).at(-1)!;
  assert.equal(error.type, "error");
  assert.match(String(error.next), /--yes/);
  assert.deepEqual(lab.host.terminal.questions, []);
});

Deno.test("a cancelled repair --json ends with its outcome", async () => {
  const lab = await createLab();
  lab.state.faults["dism"] = { hangAfter: 1 };
  const args = ["image", "restore", "--source", "F:\\Windows", "--yes", "--json"];
  const run = await interruptWhenHanging(lab, args);
  assert.equal(run.code, ExitCode.cancelled);
  const events = jsonLines(run);
  assert.equal(events.at(-1)!.type, "session-finished");
  assert.equal(events.at(-1)!.outcome, "cancelled");
  assert.ok(events.some((event) => event.type === "quiet"), "the silence is told");
});

Deno.test("resume --json prints JSON Lines too", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  lab.host.killAt("change-made", 1);
  await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.reboot();
  const run = await runCli(lab, "resume", "D:", "--yes", "--json");
  assert.equal(run.code, 0, run.stdout);
  const types = jsonLines(run).map((event) => event.type);
  assert.equal(types[0], "plan");
  assert.equal(types.at(-1), "session-finished");
});

Deno.test("--log appends everything as JSON Lines, whatever is shown", async () => {
  const lab = await createLab();
  await lab.damage(pendingXmlLeftBehind());
  const path = "E:\\log.jsonl";
  await runCli(lab, "diagnose", "--log", path);
  const first = (await lab.files.read(path)).length;
  await runCli(lab, "repair", `--log=${path}`, "--yes");
  const text = new TextDecoder().decode(await lab.files.read(path));
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(text.length > first, "the second run is appended");
  for (const line of lines) assert.match(line.at, /^\d{4}-\d\d-\d\dT/);
  const kinds = new Set(lines.map((line) => line.kind));
  assert.deepEqual([...kinds].sort(), ["document", "event", "result", "talk"]);
});

Deno.test("--log on a path that cannot be written: a sentence, exit code 2, nothing done", async () => {
  for (const path of ["E:\\none\\log.txt", "Q:\\log.txt", "D:\\Windows"]) {
    const lab = await createLab();
    const { code, stderr } = await runCli(lab, "repair", "--yes", "--log", path);
    assert.equal(code, ExitCode.usage, stderr);
    assert.match(stderr, /^Cannot write the log: Cannot /m);
    assert.match(stderr, /Next: Name a file in a folder that exists/);
    assert.deepEqual(lab.files.operations, []);
  }
});

Deno.test("a log whose disk becomes full does not end the repair", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  lab.files.setFreeBytes("E:", 700);
  const { code, stderr } = await runCli(lab, "repair", "--yes", "--log", "E:\\log.jsonl");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /The log is not whole: Cannot append to "E:\\log\.jsonl": the disk is full/);
});

Deno.test("usage errors hint at the help", async () => {
  const lab = await createLab();
  for (const args of [["heal"], ["repair", "--faster"], ["image", "add-package"], ["image", "x"]]) {
    const { code, stderr } = await runCli(lab, ...args);
    assert.equal(code, ExitCode.usage, args.join(" "));
    assert.match(stderr, /pemedic help/);
  }
  const missing = await runCli(lab, "repair", "--only");
  assert.equal(missing.code, ExitCode.usage);
  assert.match(missing.stderr, /argument missing/);
});

Deno.test("--quiet-after wants a number of seconds", async () => {
  const lab = await createLab();
  const { code, stderr } = await runCli(lab, "repair", "--quiet-after", "soon");
  assert.equal(code, ExitCode.usage);
  assert.match(stderr.replace(/\s+/g, " "), /It must be a number of seconds/);
});
