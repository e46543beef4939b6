/**
 * Tools that hang or are killed: the silence is told, nothing is ended by itself, Ctrl-C ends it,
 * and the session stays open for resume and undo.
 */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import {
  corruptPayload,
  corruptProtectedFile,
  createLab,
  type MemoryLab,
  updateCacheStuck,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { imageFile } from "./source_images.ts";
import { assertNothingLost, interruptWhenHanging, OWN } from "./cli_scenes.ts";

const COMPONENT = "microsoft-windows-ntdll";
const RESTORE = ["image", "restore", "D:", "--source", "F:\\Windows", "--yes"];

async function hangingLab(tool: string, hangAfter = 2): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(corruptPayload(COMPONENT));
  lab.state.faults[tool] = { hangAfter };
  return lab;
}

Deno.test("a tool that hangs is told as silent again and again, and is not ended", async () => {
  const lab = await hangingLab("dism");
  const hanging = lab.host.processes.hanging;
  const run = runCli(lab, ...RESTORE, "--quiet-after", "60");
  await hanging;
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(lab.host.processes.calls.at(-1)!.exitCode, undefined, "it still runs");
  assert.match(lab.host.terminal.stderr, /no output for 1:00; it may still work/);
  assert.match(lab.host.terminal.stderr, /no output for 2:00; it may still work/);
  lab.host.interrupt();
  const { code, stdout, stderr } = await run;
  assert.equal(code, ExitCode.cancelled, stdout);
  assert.match(stderr, /Stopping after the current change\. Press Ctrl-C again to end at once\./);
  assert.match(stdout, /Exit code 130: Stopped by the user; resume or undo continues from here/);
  assert.match(stdout, /pemedic resume D:/);
});

Deno.test("a tool that works is not called silent", async () => {
  const lab = await createLab();
  const { code, stderr } = await runCli(lab, ...RESTORE, "--quiet-after", "60");
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /no output for/);
});

Deno.test("--quiet-after is for the checks of a repair too", async () => {
  const lab = await hangingLab("dism");
  const { code, stderr } = await interruptWhenHanging(lab, [
    "repair",
    "--yes",
    "--quiet-after",
    "30",
  ]);
  assert.equal(code, ExitCode.cancelled, stderr);
  assert.match(stderr, /no output for 0:30/);
});

Deno.test("after Ctrl-C the session is open: repair refuses, resume goes on to the end", async () => {
  const lab = await hangingLab("dism");
  await interruptWhenHanging(lab, RESTORE);
  delete lab.state.faults["dism"];
  const refused = await runCli(lab, "repair", "D:", "--yes");
  assert.equal(refused.code, ExitCode.refused);
  assert.match(refused.stderr, /Cannot begin: session \S+ was cut off and is not finished/);
  const listed = await runCli(lab, "sessions", "D:");
  assert.match(listed.stdout, / {2}open/);
  const resumed = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
  const after = await runCli(lab, "image", "scan", "D:");
  assert.equal(after.code, 0, after.stdout);
});

Deno.test("after Ctrl-C undo closes the session although nothing can be taken back", async () => {
  const lab = await hangingLab("dism");
  const before = await lab.snapshot(OWN);
  await interruptWhenHanging(lab, RESTORE);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, ExitCode.nothingToDo, undo.stderr);
  assert.match(undo.stdout.replace(/\s+/g, " "), /can be taken back; it is closed now/);
  await assertNothingLost(lab, before);
  delete lab.state.faults["dism"];
  const again = await runCli(lab, ...RESTORE);
  assert.equal(again.code, 0, again.stdout + again.stderr);
});

Deno.test("undo --dry-run leaves the session open", async () => {
  const lab = await hangingLab("dism");
  await interruptWhenHanging(lab, RESTORE);
  const undo = await runCli(lab, "undo", "D:", "--dry-run");
  assert.equal(undo.code, ExitCode.nothingToDo);
  assert.match((await runCli(lab, "sessions", "D:")).stdout, / {2}open/);
});

Deno.test("Ctrl-C during a check of a repair stops before anything is changed", async () => {
  const lab = await createLab();
  await lab.damage(corruptProtectedFile("Windows\\System32\\wuaueng.dll"));
  const before = await lab.snapshot(OWN);
  lab.state.faults["sfc"] = { hangAfter: 3 };
  const { code, stdout } = await interruptWhenHanging(lab, ["repair", "--yes"]);
  assert.equal(code, ExitCode.cancelled, stdout);
  assert.match(stdout.replace(/\s+/g, " "), /asking: Are the protected system files intact\?/);
  await assertNothingLost(lab, before);
  delete lab.state.faults["sfc"];
  const resumed = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
});

Deno.test("Ctrl-C while a repair is verified leaves it to resume to prove it", async () => {
  const lab = await hangingLab("dism");
  const restored = lab.host.processes;
  delete lab.state.faults["dism"];
  restored.onCall = (call) => {
    const scan = call.arguments.includes("/ScanHealth");
    if (scan) lab.state.faults["dism"] = { hangAfter: 1 };
  };
  const { code } = await interruptWhenHanging(lab, RESTORE);
  assert.equal(code, ExitCode.cancelled);
  restored.onCall = undefined;
  delete lab.state.faults["dism"];
  const calls = restored.calls.length;
  const resumed = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
  const later = restored.calls.slice(calls).flatMap((call) => call.arguments);
  assert.ok(!later.includes("/RestoreHealth"), "what was done is verified, not repeated");
});

Deno.test("Ctrl-C between two changes begins no further one", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  const before = await lab.snapshot(OWN);
  const pass = lab.host.checkpoint.bind(lab.host);
  lab.host.checkpoint = async (name) => {
    await pass(name);
    if (name === "change-recorded") lab.host.interrupt();
  };
  const { code } = await runCli(lab, "cache", "reset", "D:", "--yes");
  assert.equal(code, ExitCode.cancelled);
  assert.equal(await lab.files.stat("D:\\Windows\\SoftwareDistribution"), undefined);
  assert.ok(await lab.files.stat("D:\\Windows\\System32\\catroot2"));
  lab.host.checkpoint = pass;
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 0, undo.stderr);
  await assertNothingLost(lab, before);
});

Deno.test("a tool that dies by itself is a failure, not the user's wish", async () => {
  const lab = await createLab();
  await lab.damage(corruptPayload(COMPONENT));
  lab.state.faults["dism"] = { dieAfter: 2 };
  const { code, stdout } = await runCli(lab, ...RESTORE);
  assert.equal(code, ExitCode.toolFailed, stdout);
  assert.match(stdout, /0xc000013a/);
});

Deno.test("no listener for Ctrl-C is left behind, and the machine may sleep again", async () => {
  const lab = await hangingLab("dism");
  await interruptWhenHanging(lab, RESTORE);
  assert.equal(lab.host.interruptListeners, 0);
  assert.equal(lab.host.awake, 0);
});

Deno.test("Ctrl-C at a question is a no with a sentence, in repair and in undo", async () => {
  const lab = await createLab({ terminal: { interactive: true } });
  await lab.damage(updateCacheStuck());
  const atQuestion = async (...args: string[]) => {
    const { terminal } = lab.host;
    terminal.ask = () => {
      queueMicrotask(() => lab.host.interrupt());
      return new Promise(() => {});
    };
    const run = await runCli(lab, ...args);
    assert.equal(run.code, ExitCode.cancelled, run.stdout + run.stderr);
    assert.match(run.stderr, /\nNothing was changed\n$/);
    assert.equal(lab.host.interruptListeners, 0);
  };
  await atQuestion("cache", "reset", "D:");
  assert.equal((await runCli(lab, "cache", "reset", "D:", "--yes")).code, ExitCode.ok);
  await atQuestion("undo", "D:");
});

Deno.test("an answer of no to undo, prune and resume leaves its sentence", async () => {
  const lab = await createLab({ terminal: { interactive: true } });
  await lab.damage(updateCacheStuck());
  assert.equal((await runCli(lab, "cache", "reset", "D:", "--yes")).code, ExitCode.ok);
  for (const args of [["undo", "D:"], ["sessions", "prune", "D:"]]) {
    lab.host.terminal.answer("no");
    const run = await runCli(lab, ...args);
    assert.equal(run.code, ExitCode.cancelled);
    assert.match(run.stderr, /Nothing was changed\n$/, args.join(" "));
  }
});

Deno.test("Ctrl-C in a command that only reads does not speak of a change", async () => {
  const lab = await createLab();
  lab.files.put("E:\\x.wim", imageFile());
  const open = lab.files.open.bind(lab.files);
  lab.files.open = (...args) => {
    if (lab.host.interruptListeners > 0) lab.host.interrupt();
    return open(...args);
  };
  const run = await runCli(lab, "media", "verify", "E:\\x.wim");
  assert.match(run.stderr, /Stopping; nothing was changed\. Press Ctrl-C again/);
  assert.doesNotMatch(run.stderr, /current change/);
});
