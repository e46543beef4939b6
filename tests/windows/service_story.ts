/**
 * A compiled program as a real service of Windows: started, asked, stopped and removed by its
 * service control manager. A service ends with the call of Wine that started it, so each story is
 * one script.
 */
import assert from "node:assert/strict";
import { windowsLab } from "./windows_lab.ts";

const CMD = "C:\\windows\\system32\\cmd.exe";
const PROGRAM = "E:\\service_user.exe";
/** How long something is awaited at most. */
const SECONDS = 30;

/** What a story leaves behind. */
interface Told {
  readonly code: number;
  /** What was printed, line by line. */
  readonly lines: readonly string[];
  /** What the service wrote down. */
  readonly record: readonly unknown[];
}

/** Runs a script in one call of Wine, with a folder of its own for what the service writes. */
async function tell(name: string, script: (folder: string) => readonly string[]): Promise<Told> {
  const lab = windowsLab();
  const folder = `${lab.stick}/${name}`;
  await Deno.mkdir(folder);
  const lines = ["@echo off", ...script(`E:\\${name}`), ""];
  await Deno.writeTextFile(`${folder}/story.cmd`, lines.join("\r\n"));
  const { code, stdout } = await lab.runExe(["/c", `E:\\${name}\\story.cmd`], { program: CMD });
  const record = await Deno.readTextFile(`${folder}/record`).catch(() => "");
  await Deno.remove(folder, { recursive: true });
  return {
    code,
    lines: stdout.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== ""),
    record: record.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line)),
  };
}

/** Installs and starts a service that does what `mode` says. */
function started(name: string, how: { readonly folder: string; readonly mode: string }): string[] {
  return [
    `sc create ${name} binPath= "${PROGRAM} serve ${name} ${how.folder} ${how.mode}" >nul`,
    `sc start ${name} >nul`,
  ];
}

/** The lines of `sc query` that say something about a state, like `STATE: 4 RUNNING`. */
function queried(lines: readonly string[], field: string): string[] {
  return lines.map((line) => line.split(/\s*:\s*/))
    .filter(([name]) => name === field)
    .map(([, value = ""]) => value.replaceAll(/\s+/g, " "));
}

Deno.test("a service runs, awaits a child process, deletes itself and is gone", async () => {
  const { lines, record } = await tell("service-child", (folder) => [
    ...started("LabChild", { folder, mode: "child" }),
    `${PROGRAM} await LabChild running ${SECONDS}`,
    "sc query LabChild",
    `echo go>${folder}\\go`,
    `${PROGRAM} await LabChild absent ${SECONDS}`,
    `${PROGRAM} ended ${folder} ${SECONDS}`,
    "sc query LabChild",
    "echo query %errorlevel%",
    "sc start LabChild",
    "echo start %errorlevel%",
  ]);
  assert.deepEqual(queried(lines, "STATE"), ["4 RUNNING"]);
  assert.deepEqual(queried(lines, "TYPE"), ["10 WIN32_OWN_PROCESS"]);
  // It may be seen as stopped for as long as somebody, like this watcher, holds it open.
  assert.match(lines.join("\n"), /^await: running (?:stopped )?absent$/m);
  assert.ok(lines.includes("ended: ended"), lines.join("\n"));
  assert.ok(lines.includes("query 1060") && lines.includes("start 1060"), lines.join("\n"));
  assert.deepEqual(record, [{
    child: 37,
    said: "child was here",
    awaited: true,
    state: "running",
    deleted: "deleted",
    again: "deleted",
  }, { returned: 0 }]);
});

Deno.test("a service is told to stop, reports that it is stopping, and stops", async () => {
  const { lines, record } = await tell("service-stop", (folder) => [
    ...started("LabStop", { folder, mode: "wait" }),
    `${PROGRAM} await LabStop running ${SECONDS}`,
    `${PROGRAM} control LabStop 4`,
    `${PROGRAM} state LabStop`,
    "sc stop LabStop >nul",
    "sc query LabStop",
    `${PROGRAM} pause 5500`,
    "sc query LabStop",
    `${PROGRAM} await LabStop stopped ${SECONDS}`,
    `${PROGRAM} ended ${folder} ${SECONDS}`,
    "sc query LabStop",
    `${PROGRAM} delete LabStop`,
    `${PROGRAM} state LabStop`,
  ]);
  const text = lines.join("\n");
  const states = ["3 STOP_PENDING", "3 STOP_PENDING", "1 STOPPED"];
  assert.deepEqual(queried(lines, "STATE"), states, text);
  assert.deepEqual(queried(lines, "CHECKPOINT"), ["0x1", "0x2", "0x0"], text);
  assert.deepEqual(queried(lines, "WAIT_HINT"), ["0x4e20", "0x4e20", "0x0"], text);
  assert.deepEqual(queried(lines, "WIN32_EXIT_CODE").at(-1), "0 (0x0)", text);
  assert.deepEqual(lines.filter((line) => /^(?:control|state|ended|delete):/.test(line)), [
    "control: state 4",
    "state: running",
    "ended: ended",
    "delete: deleted",
    "state: absent",
  ]);
  assert.deepEqual(record, [
    { request: "stop", reason: ["ServiceStopError", "The service was stopped"] },
    { returned: 0 },
  ]);
});

for (
  const [mode, code, returned] of [
    ["number", "77 (0x4d)", [{ returned: 77 }]],
    ["error", "21 (0x15)", []],
  ] as const
) {
  Deno.test(`a service that fails with its own ${mode} leaves it as its exit code`, async () => {
    const name = `Lab-${mode}`;
    const { lines, record } = await tell(`service-${mode}`, (folder) => [
      ...started(name, { folder, mode }),
      `${PROGRAM} await ${name} stopped ${SECONDS}`,
      `${PROGRAM} ended ${folder} ${SECONDS}`,
      `sc query ${name}`,
      `sc delete ${name}`,
    ]);
    const text = lines.join("\n");
    assert.deepEqual(queried(lines, "STATE"), ["1 STOPPED"], text);
    assert.deepEqual(queried(lines, "WIN32_EXIT_CODE"), ["1066 (0x42a)"], text);
    assert.deepEqual(queried(lines, "SERVICE_EXIT_CODE"), [code], text);
    assert.ok(lines.includes("ended: ended"), text);
    assert.deepEqual(record, returned);
  });
}

// Wine may try for ten seconds to find the service control manager of such a program.
Deno.test("a service that is started by hand refuses, and does nothing", async () => {
  const { lines, record } = await tell("service-by-hand", (folder) => [
    `${PROGRAM} serve LabByHand ${folder} number`,
    "echo.",
    "echo code %errorlevel%",
    `${PROGRAM} ended ${folder} 1`,
  ]);
  const [refusal = "", ...rest] = lines;
  assert.deepEqual(JSON.parse(refusal), {
    name: "NotAServiceError",
    message:
      'Cannot work as the service "LabByHand": Windows did not start this program as a service',
    next: "sc.exe start LabByHand",
  });
  assert.deepEqual(rest, ["code 2", "ended: ended"]);
  assert.deepEqual(record, []);
});

Deno.test("the facts of the running Windows are those of this Wine", async () => {
  const { lines } = await tell("service-facts", () => [`${PROGRAM} facts`]);
  const facts = JSON.parse(lines[0]!.replace("facts: ", ""));
  assert.equal(facts.boot, "normal");
  assert.ok(["mains", "battery", "unknown"].includes(facts.power.source), lines[0]);
  assert.ok(facts.uptime > 0);
  assert.deepEqual(facts.root, { type: 1, text: "C:\\windows\0" });
  assert.equal(facts.nothing, "absent");
  assert.deepEqual(facts.keys, [true, false]);
  assert.deepEqual(facts.services, ["running", "absent", "absent"]);
});
