/** What tests of commands do to a lab: cut, break, interrupt, and look whether anything was lost. */
import assert from "node:assert/strict";
import { compareSnapshots, type MemoryLab, type Snapshot } from "../lab/mod.ts";
import { type CliRun, runCli } from "../run_cli.ts";

/** What PE Medic keeps on the volume itself. */
export const OWN = { except: ["PEMedic"] };

/** Runs a command whose tool hangs, and presses Ctrl-C once it does. */
export async function interruptWhenHanging(
  lab: MemoryLab,
  args: readonly string[],
): Promise<CliRun> {
  const hanging = lab.host.processes.hanging;
  const run = runCli(lab, ...args);
  await hanging;
  lab.host.interrupt();
  return await run;
}

/** Takes a tool away: from WinPE, and from the target, which is the last place it is looked for. */
export function loseTool(lab: MemoryLab, tool: string): void {
  lab.host.processes.missingTools.add(tool);
  lab.files.erase(`D:\\Windows\\System32\\${tool}.exe`);
}

/** The native path of the only journal on `D:`. */
export async function journalPath(lab: MemoryLab): Promise<string> {
  const sessions = await lab.files.list("D:\\PEMedic");
  assert.equal(sessions.length, 1, "one session is expected");
  return `D:\\PEMedic\\${sessions[0]!.name}\\journal.jsonl`;
}

/** Changes one byte in the middle of the only journal. */
export async function breakJournal(lab: MemoryLab): Promise<void> {
  const path = await journalPath(lab);
  const bytes = await lab.files.read(path);
  const line = bytes.indexOf(0x0a) + 20;
  bytes[line]! ^= 0xff;
  lab.files.put(path, bytes);
}

/** Cuts the only journal in the middle of its last line. */
export async function tearJournal(lab: MemoryLab): Promise<void> {
  const path = await journalPath(lab);
  const bytes = await lab.files.read(path);
  lab.files.put(path, bytes.slice(0, bytes.length - 25));
}

/** Fails unless the Windows volume is as it was, apart from PE Medic's own folder. */
export async function assertNothingLost(lab: MemoryLab, before: Snapshot): Promise<void> {
  assert.deepEqual(compareSnapshots(before, await lab.snapshot(OWN)), []);
}

/** Every line that is too long although it could be broken. A command alone must not be. */
export function longLines(text: string): string[] {
  return text.split("\n").filter((line) =>
    line.length > 80 && /\S\s+\S/.test(line.slice(20)) && !/^[ >-]*pemedic /.test(line)
  );
}
