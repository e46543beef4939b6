import assert from "node:assert/strict";
import { ToolError } from "../../src/base/mod.ts";
import { SimulatedCrash } from "./crash.ts";
import { CONTROL_C_EXIT, type RunSimulator } from "./lab_processes.ts";
import { createMemoryHost, plugIn, RAM_DISK } from "./memory_host.ts";

const text = (value: string) => new TextEncoder().encode(value);
const volumes = [RAM_DISK, { letter: "D:", label: "Windows", serial: "5EC0-1A7E" }];
const DISM = "X:\\Windows\\System32\\dism.exe";

/** A tool that prints, waits and changes one file. */
const busyTool: RunSimulator = async (tool, args, context) => {
  await context.write(text(`${tool} ${args.join(" ")}`));
  await context.pause(130_000);
  await context.files.createFile("D:\\made", text("x"));
  return -2146498529;
};

Deno.test("run() gives output, unsigned exit code, time and quiet reports", async () => {
  const host = createMemoryHost({ volumes, runSimulator: busyTool, chunkBytes: 3 });
  const pieces: string[] = [];
  const quiet: number[] = [];
  const result = await host.processes.run({
    program: DISM,
    arguments: ["/English"],
    onOutput: (bytes) => pieces.push(new TextDecoder().decode(bytes)),
    onQuiet: (ms) => quiet.push(ms),
    quietAfterMs: 50_000,
  });
  assert.equal(result.exitCode, 0x800f081f);
  assert.equal(new TextDecoder().decode(result.stdout), "dism /English");
  assert.deepEqual(pieces, ["dis", "m /", "Eng", "lis", "h"]);
  assert.deepEqual(quiet, [50_000, 100_000]);
  assert.equal(result.durationMs, 130_000);
  assert.deepEqual(host.processes.calls, [
    { tool: "dism", program: DISM, arguments: ["/English"], exitCode: 0x800f081f },
  ]);
  assert.equal(host.files.operations.length, 1);
});

Deno.test("run() does not report quiet without silence", async () => {
  const chatty: RunSimulator = async (_tool, _args, context) => {
    for (let i = 0; i < 5; i++) {
      await context.pause(40_000);
      await context.write(text("."));
    }
    return 0;
  };
  const host = createMemoryHost({ runSimulator: chatty });
  const quiet: number[] = [];
  await host.processes.run({ program: DISM, arguments: [], onQuiet: (ms) => quiet.push(ms) });
  assert.deepEqual(quiet, []);
});

Deno.test("a hang reports silence until the test ends it", async () => {
  const hanging: RunSimulator = async (_tool, _args, context) => await context.hang();
  const host = createMemoryHost({ runSimulator: hanging });
  let reports = 0;
  const result = await host.processes.run({
    program: DISM,
    arguments: [],
    onQuiet: () => {
      if (++reports === 3) host.interrupt();
    },
  });
  assert.equal(result.exitCode, CONTROL_C_EXIT);
  assert.equal(reports, 3);
});

Deno.test("a hang that nobody ends fails the test", async () => {
  const hanging: RunSimulator = async (_tool, _args, context) => await context.hang();
  const host = createMemoryHost({ runSimulator: hanging });
  await assert.rejects(host.processes.run({ program: DISM, arguments: [] }), /never ended/);
});

Deno.test("hanging resolves when a program hangs", async () => {
  const hanging: RunSimulator = async (_tool, _args, context) => await context.hang();
  const host = createMemoryHost({ runSimulator: hanging });
  const hang = host.processes.hanging;
  const running = host.processes.run({ program: DISM, arguments: [] });
  await hang;
  host.processes.endProgram(5);
  assert.equal((await running).exitCode, 5);
});

Deno.test("find() looks in WinPE first, then in the fallbacks, and misses what is missing", async () => {
  const host = createMemoryHost({ volumes, missingTools: ["sfc"] });
  host.files.put("D:\\Windows\\System32\\sfc.exe", text("MZ"));
  const fallbacks = ["D:\\Windows\\System32"];
  assert.equal(await host.processes.find("DISM", fallbacks), DISM);
  assert.equal(await host.processes.find("sfc", fallbacks), "D:\\Windows\\System32\\sfc.exe");
  assert.equal(await host.processes.find("sfc"), undefined);
  assert.equal(await host.processes.find("nonsense", fallbacks), undefined);
});

Deno.test("run() of a program that is not there is a missing tool", async () => {
  const host = createMemoryHost({ volumes, runSimulator: busyTool, missingTools: ["sfc"] });
  for (const program of ["X:\\Windows\\System32\\sfc.exe", "D:\\Windows\\System32\\sfc.exe"]) {
    await assert.rejects(
      host.processes.run({ program, arguments: [] }),
      (error) => error instanceof ToolError && error.code === "toolMissing",
    );
  }
  host.files.put("D:\\setup.exe", text("MZ"));
  await host.processes.run({ program: "D:\\setup.exe", arguments: ["/auto"] });
  assert.deepEqual(host.processes.calls.map(({ tool }) => tool), ["setup"]);
});

Deno.test("expectCommands() runs exact commands and nothing else", async () => {
  const host = createMemoryHost();
  let ran = 0;
  host.processes.expectCommands([
    { tool: "dism", arguments: ["/Get-Packages"], stdout: "listing", onRun: () => void ran++ },
    { tool: "dism", arguments: ["/ScanHealth"], exitCode: 87, stderr: "bad" },
  ]);
  const first = await host.processes.run({ program: DISM, arguments: ["/Get-Packages"] });
  assert.equal(new TextDecoder().decode(first.stdout), "listing");
  assert.equal(ran, 1);
  assert.throws(() => host.finish(), /never run/);
  const second = await host.processes.run({ program: DISM, arguments: ["/ScanHealth"] });
  assert.deepEqual([second.exitCode, new TextDecoder().decode(second.stderr)], [87, "bad"]);
  host.finish();
  await assert.rejects(host.processes.run({ program: DISM, arguments: [] }), /no more commands/);
});

Deno.test("expectCommands() refuses another command", async () => {
  const host = createMemoryHost();
  host.processes.expectCommands([{ tool: "dism", arguments: ["/CheckHealth"] }]);
  await assert.rejects(
    host.processes.run({ program: DISM, arguments: ["/RestoreHealth"] }),
    /another command was expected/,
  );
});

Deno.test("killAt() cuts the power at the n-th pass of a checkpoint", async () => {
  const host = createMemoryHost({ volumes });
  host.killAt("before-change", 2);
  await host.checkpoint("before-change");
  await host.checkpoint("after-change");
  await assert.rejects(host.checkpoint("before-change"), SimulatedCrash);
  await assert.rejects(host.files.createFile("D:\\late", text("")), SimulatedCrash);
  await assert.rejects(host.checkpoint("other"), SimulatedCrash);
  await assert.rejects(host.processes.run({ program: DISM, arguments: [] }), SimulatedCrash);
  host.reboot();
  await host.checkpoint("before-change");
  await host.files.createFile("D:\\late", text(""));
  assert.deepEqual(host.checkpoints, [
    "before-change",
    "after-change",
    "before-change",
    "before-change",
  ]);
});

Deno.test("a power cut inside of a program reaches its caller", async () => {
  const host = createMemoryHost({ volumes, runSimulator: busyTool });
  host.files.crashAfter(1);
  await assert.rejects(host.processes.run({ program: DISM, arguments: [] }), SimulatedCrash);
  assert.equal(host.processes.calls[0]?.exitCode, undefined);
});

Deno.test("the terminal remembers and answers in order, but not without a console", async () => {
  const host = createMemoryHost({ terminal: { interactive: true, answers: ["yes"] } });
  host.terminal.write("result");
  host.terminal.writeError("talk");
  assert.equal(await host.terminal.ask("Go on?"), "yes");
  assert.equal(await host.terminal.ask("Sure?"), undefined);
  assert.deepEqual(host.terminal.questions, ["Go on?", "Sure?"]);
  assert.deepEqual([host.terminal.stdout, host.terminal.stderr], ["result", "talk"]);
  const mute = createMemoryHost({ terminal: { answers: ["yes"] } });
  assert.equal(await mute.terminal.ask("Go on?"), undefined);
  assert.equal(mute.terminal.answersLeft, 1);
});

Deno.test("interrupt() reaches listeners until they leave; keepAwake() is counted once", () => {
  const host = createMemoryHost();
  let heard = 0;
  const leave = host.onInterrupt(() => heard++);
  host.interrupt();
  leave();
  host.interrupt();
  assert.equal(heard, 1);
  const release = host.keepAwake();
  assert.equal(host.awake, 1);
  release();
  release();
  assert.equal(host.awake, 0);
});

Deno.test("randomHex() and the clock are the same in every run", () => {
  const [a, b] = [createMemoryHost(), createMemoryHost()];
  assert.equal(a.randomHex(8), b.randomHex(8));
  assert.notEqual(a.randomHex(8), a.randomHex(8));
  assert.match(a.randomHex(4), /^[0-9a-f]{8}$/);
  assert.deepEqual(a.clock.now(), b.clock.now());
  a.clock.advance(1500);
  assert.equal(a.clock.now().getTime() - b.clock.now().getTime(), 1500);
  assert.equal(a.clock.monotonicMs(), 1500);
});

Deno.test("volumes tell what is there now", async () => {
  const host = createMemoryHost({ volumes });
  const [first, second] = await host.volumes.list();
  assert.deepEqual([first?.letter, second?.letter, second?.serial], ["D:", "X:", "A0B1-C2D3"]);
  assert.equal((await host.volumes.at("D:\\"))?.label, "Windows");
  assert.equal(await host.volumes.at("D:\\none"), undefined);
  assert.equal(await host.volumes.at("Q:\\"), undefined);
  host.files.setFreeBytes("D:", 7);
  assert.equal((await host.volumes.at("D:\\"))?.freeBytes, 7);
  host.files.volume("D:").locked = true;
  assert.deepEqual(
    [(await host.volumes.at("D:\\"))?.mounted, (await host.volumes.at("D:\\"))?.fileSystem],
    [false, ""],
  );
  plugIn(host, { letter: "E:", label: "PEMEDIC", drive: "removable" });
  assert.equal((await host.volumes.at("E:\\"))?.drive, "removable");
  host.files.removeVolume("E:");
  assert.equal(await host.volumes.at("E:\\"), undefined);
});
