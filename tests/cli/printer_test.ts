/** Progress without a console: a line now and then, with the elapsed time. */
import assert from "node:assert/strict";
import type { LadderEvent } from "../../src/ladder/mod.ts";
import { Output } from "../../src/cli/output.ts";
import { createPrinter, formatElapsed, ladderListener, quietText } from "../../src/cli/printer.ts";
import { createLab, type MemoryLab } from "../lab/mod.ts";

async function scene(json = false) {
  const lab: MemoryLab = await createLab();
  const output = new Output(lab.host, { json });
  const context = { host: lab.host, output, options: {}, commandLine: "pemedic" };
  return { lab, context, printer: await createPrinter(context) };
}

Deno.test("formatElapsed() shows minutes, and hours only if there are any", () => {
  assert.equal(formatElapsed(0), "0:00");
  assert.equal(formatElapsed(7_900), "0:07");
  assert.equal(formatElapsed(760_000), "12:40");
  assert.equal(formatElapsed(3_723_000), "1:02:03");
  assert.equal(formatElapsed(360_000_000), "100:00:00");
});

Deno.test("quietText() says how long, and that nothing is ended", () => {
  assert.match(quietText(120_000), /^no output for 2:00; it may still work: PE Medic does not end/);
});

Deno.test("without a console each ten percent is one line", async () => {
  const { lab, printer } = await scene();
  printer.begin("Scanning");
  for (let percent = 0; percent <= 100; percent++) {
    lab.host.clock.advance(100);
    printer.progress({ percent });
  }
  printer.end();
  const lines = lab.host.terminal.stderr.trimEnd().split("\n");
  assert.equal(lines[0], "... Scanning");
  assert.equal(lines[1], "    10%   after 0:01");
  assert.equal(lines.length, 11);
  assert.equal(lab.host.terminal.stdout, "");
});

Deno.test("without a console the end is told, however near the last line is", async () => {
  const { lab, printer } = await scene();
  printer.begin("Checking");
  for (const percent of [48, 96, 99, 100, 100]) printer.progress({ percent });
  const shown = lab.host.terminal.stderr.match(/\d+%/g);
  assert.deepEqual(shown, ["48%", "96%", "100%"]);
});

Deno.test("without a console slow work is told every quarter of a minute", async () => {
  const { lab, printer } = await scene();
  printer.begin("Scanning");
  for (let second = 0; second < 60; second++) {
    lab.host.clock.advance(1000);
    printer.progress({ message: "stage 2" });
  }
  const lines = lab.host.terminal.stderr.trimEnd().split("\n");
  assert.deepEqual(lines, [
    "... Scanning",
    "    stage 2 after 0:15",
    "    stage 2 after 0:30",
    "    stage 2 after 0:45",
    "    stage 2 after 1:00",
  ]);
});

Deno.test("a quiet tool is told in at most 80 columns", async () => {
  const { lab, printer } = await scene();
  printer.quiet(36_000_000);
  for (const line of lab.host.terminal.stderr.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(lab.host.terminal.stderr, /no output for 10:00:00/);
});

const EVENTS: readonly LadderEvent[] = [
  { type: "session-started", session: "20260115-x", folder: "PEMedic\\20260115-x", resumed: false },
  { type: "step-started", step: "disk.repair", title: "Repair the file system", rung: 2 },
  { type: "progress", step: "disk.repair", progress: { percent: 50 } },
  { type: "verifying", step: "disk.repair" },
  { type: "step-finished", step: "disk.repair", outcome: "fixed", reason: "It is clean" },
  { type: "notice", text: "The list of packages is not saved" },
  { type: "session-finished", session: "20260115-x", outcome: "ok", summary: "Done" },
];

Deno.test("ladderListener() tells the events to people", async () => {
  const { lab, context, printer } = await scene();
  EVENTS.forEach(ladderListener(context, printer));
  assert.equal(
    lab.host.terminal.stderr,
    `Session 20260115-x
... Repair the file system
    50%   after 0:00
... Verifying
    fixed: It is clean
    note: The list of packages is not saved
`,
  );
  assert.equal(lab.host.terminal.stdout, "");
});

Deno.test("ladderListener() writes every event as one JSON line", async () => {
  const { lab, context, printer } = await scene(true);
  EVENTS.forEach(ladderListener(context, printer));
  const lines = lab.host.terminal.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines, EVENTS);
  assert.equal(lab.host.terminal.stderr, "");
});
