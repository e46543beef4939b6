/** `scan`, `diagnose`, `disk check`, `files verify`: commands that change nothing. */
import type { Command } from "commander";
import { ExitCode } from "../../base/mod.ts";
import { type Check, commandFor, type Finding, needsRepair, runChecks } from "../../checks/mod.ts";
import { createWorkspace } from "../../ladder/mod.ts";
import { renderFindings } from "../../report/mod.ts";
import {
  type MachineScan,
  type OfflineWindows,
  repairable,
  scanMachine,
} from "../../windows/mod.ts";
import { chooseWindows, type CommandContext } from "../context.ts";
import { common, type LookOptions } from "../options.ts";
import type { Registrar } from "../program.ts";
import { createPrinter } from "../printer.ts";
import { renderScan, scanDocument } from "../scan_view.ts";

/** Adds them to the program. */
export function addInspectCommands(program: Command, registrar: Registrar): void {
  common(program.command("scan").description("list every volume and what is on it"))
    .action((options: LookOptions) => registrar.run(options, scan));
  common(
    program.command("diagnose [volume]").description(
      "say what is wrong, with evidence; writes nothing",
    ),
  )
    .action((volume: string | undefined, options: LookOptions) =>
      registrar.run(options, (context) => diagnose(context, volume))
    );
}

async function scan(context: CommandContext): Promise<number> {
  const machine = await scanMachine(context.host);
  context.output.document(scanDocument(machine));
  context.output.result(renderScan(machine));
  context.output.talk(`Next: ${nextAfterScan(machine)}`);
  return ExitCode.ok;
}

function nextAfterScan(machine: MachineScan): string {
  const found = repairable(machine).map((entry) => entry.volume.letter ?? entry.volume.root);
  if (found.length > 0) return found.map((place) => `pemedic diagnose ${place}`).join(", or: ");
  return machine.volumes.some((entry) => entry.locked)
    ? "unlock the volume with its recovery key, then scan again"
    : "if a disk is missing here, load its storage driver: drvload DRIVER.INF";
}

async function diagnose(context: CommandContext, volume: string | undefined): Promise<number> {
  const windows = await chooseWindows(context, volume);
  const findings = await runChecks(windows);
  context.output.document({ target: windows.identity, root: windows.root, findings });
  context.output.result(renderFindings(findings));
  return exitOf(context, windows, findings);
}

function exitOf(
  context: CommandContext,
  windows: OfflineWindows,
  findings: readonly Finding[],
): number {
  const problems = findings.filter((finding) => finding.outcome === "problem");
  if (problems.length === 0) {
    const failed = findings.some((f) => f.outcome === "unknown" && f.code !== undefined);
    return failed ? ExitCode.partial : ExitCode.ok;
  }
  const blocking = problems.filter(needsRepair).length;
  if (blocking > 0) {
    const command = commandFor(windows, "repair");
    context.output.talk(`${blocking} to repair. See the plan: ${command} --dry-run`);
  }
  return ExitCode.problemsFound;
}

/** Runs one deep check in a workspace of its own and prints its finding. */
export async function deepCheck(
  context: CommandContext,
  check: Check,
  options: { volume: string | undefined; scratch?: string | undefined },
): Promise<number> {
  const windows = await chooseWindows(context, options.volume);
  const workspace = await createWorkspace(
    context.host,
    windows,
    options.scratch === undefined ? {} : { scratch: options.scratch },
  );
  const printer = await createPrinter(context);
  try {
    printer.begin(check.question);
    const findings = await check.run(windows, {
      workspace,
      onProgress: (progress) => printer.progress(progress),
      onQuiet: (silentMs) => printer.quiet(silentMs),
    });
    printer.end();
    context.output.document({ target: windows.identity, root: windows.root, findings });
    context.output.result(renderFindings(findings));
    const unknown = findings.find((finding) => finding.outcome === "unknown");
    return unknown === undefined
      ? exitOf(context, windows, findings)
      : ExitCode[unknown.code ?? "partial"];
  } finally {
    printer.end();
    await workspace.cleanUp();
  }
}
