/** `scan`, `diagnose`, `disk check`, `files verify`: commands that change nothing. */
import type { Command } from "commander";
import { ExitCode } from "../../base/mod.ts";
import { type Check, commandFor, type Finding, needsRepair, runChecks } from "../../checks/mod.ts";
import {
  createWorkspace,
  enforceGuards,
  type ReadyWorkspace,
  runGuards,
} from "../../ladder/mod.ts";
import { renderFindings, renderGuards } from "../../report/mod.ts";
import {
  type MachineScan,
  type OfflineWindows,
  repairable,
  scanMachine,
} from "../../windows/mod.ts";
import { chooseWindows, type CommandContext } from "../context.ts";
import { tellOpenSession } from "../open_session.ts";
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
  const cutOff = await tellOpenSession(context, windows);
  const findings = await runChecks(windows);
  const { host } = context;
  const guards = await runGuards(windows, { host, discardHibernation: false, repairsDisk: false });
  const refusing = guards.filter((guard) => !guard.passed);
  context.output.document({
    target: windows.identity,
    root: windows.root,
    findings,
    refusedBy: refusing,
    openSession: cutOff ?? null,
  });
  context.output.result(renderFindings(findings));
  if (refusing.length > 0) context.output.result(renderGuards(refusing));
  const code = exitOf(context, windows, findings);
  return code === ExitCode.ok && (cutOff !== undefined || refusing.length > 0)
    ? ExitCode.problemsFound
    : code;
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

/** Where a deep check runs. */
export interface DeepCheckPlace {
  readonly volume: string | undefined;
  readonly scratch?: string | undefined;
}

/** chkdsk writes neither logs nor scratch files: it may look at any volume. */
const NEEDS_NO_FOLDER = ["chkdsk"];

/** Runs one deep check and prints its finding. `tool` is looked for before anything is made. */
export async function deepCheck(
  context: CommandContext,
  question: { readonly check: Check; readonly tool: string },
  place: DeepCheckPlace,
): Promise<number> {
  const { check, tool } = question;
  const windows = await chooseWindows(context, place.volume);
  await windows.tools.locate(tool);
  const workspace = NEEDS_NO_FOLDER.includes(tool)
    ? undefined
    : await readyWorkspace(context, windows, place.scratch);
  const printer = await createPrinter(context);
  try {
    printer.begin(check.question);
    const findings = await check.run(windows, {
      ...(workspace === undefined ? {} : { workspace }),
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
    await workspace?.cleanUp();
  }
}

/** A folder for logs and scratch files: not on a hibernated, read-only or failing volume. */
export async function readyWorkspace(
  context: CommandContext,
  windows: OfflineWindows,
  scratch: string | undefined,
): Promise<ReadyWorkspace> {
  const { host } = context;
  enforceGuards(await runGuards(windows, { host, discardHibernation: false, repairsDisk: false }));
  return await createWorkspace(host, windows, scratch === undefined ? {} : { scratch });
}
