/**
 * Edits one hive file that belongs to no Windows here: planned, shown, agreed to, journalled and
 * verified like a repair, with the journal in a folder `PEMedic` beside the file.
 */
import { ExitCode, MedicError, RefusalError, wrap } from "../base/mod.ts";
import { sameRoot } from "../host/mod.ts";
import {
  createSession,
  describeChange,
  editLines,
  type HiveEdited,
  type JournalContext,
  Transaction,
} from "../journal/mod.ts";
import { enforceGuards, refuseOpenSession, runGuards } from "../ladder/mod.ts";
import { type RegistryRequest, requestedEdits, whyNothing } from "../repairs/mod.ts";
import { describeReplay, openWindows } from "../windows/mod.ts";
import { type CommandContext, openJournal } from "./context.ts";
import {
  argumentsFor,
  hivePlace,
  type OpenedHive,
  openHivePlace,
  withControlSet,
} from "./registry_hive.ts";
import { below } from "./registry_path.ts";
import type { HiveFileTarget } from "./registry_target.ts";
import { agreed, type RunOptions } from "./run_repair.ts";
import { PROGRAM } from "./version.ts";

const STEP = "registry.edit";

/** Edits that a plan shows; JSON holds all. */
const EDITS_SHOWN = 40;

/** Plans, shows, asks, edits, reads back. Returns the exit code. */
export async function editHiveFile(
  context: CommandContext,
  file: HiveFileTarget,
  work: { readonly requests: readonly RegistryRequest[]; readonly options: RunOptions },
): Promise<number> {
  const { options } = work;
  refusePlanFile(options);
  const journal = await openJournal(context, { root: file.folder });
  const plan = await planEdit(context, file, work.requests);
  if (plan.change.edits.length === 0) return nothingToDo(context, work.requests);
  showPlan(context, plan, { asResult: options.dryRun ?? false });
  await guardVolume(context, file);
  await refuseOpen(journal, file);
  if (options.dryRun) {
    context.output.talk("Dry run: nothing was changed");
    context.output.document({ ...factsOf(plan), dryRun: true });
    return ExitCode.ok;
  }
  if (!await agreed(context, options)) {
    context.output.talk("Nothing was changed");
    return ExitCode.cancelled;
  }
  const session = await carryOut(context, journal, { file, plan });
  await readBack(context, file, plan);
  context.output.document({ ...factsOf(plan), session });
  context.output.result(`Done: ${count(plan.change.edits.length)} read back`);
  const undo = `To take it back: pemedic undo ${argumentsOfFolder(file)} ${session}`;
  context.output.talk(undo);
  return ExitCode.ok;
}

function refusePlanFile(options: RunOptions): void {
  if (options.savePlan === undefined) return;
  throw new MedicError("usage", "Cannot save a plan for a hive file: plans are for a Windows", {
    next: "Leave --save-plan out; --dry-run shows the plan",
  });
}

interface FilePlan {
  readonly hive: string;
  readonly change: HiveEdited;
  readonly requests: readonly RegistryRequest[];
  readonly remarks: readonly string[];
}

async function planEdit(
  context: CommandContext,
  file: HiveFileTarget,
  typed: readonly RegistryRequest[],
): Promise<FilePlan> {
  const opened = await openForEdit(context, file);
  const { root } = opened.hive;
  const requests = typed.map((request) => ({
    ...request,
    path: withControlSet(root, request.path),
  }));
  const { edits, remarks } = requestedEdits(root, requests);
  const state = opened.replay === undefined ? undefined : describeReplay(opened.replay);
  return {
    hive: file.name,
    change: { kind: "hive-edited", path: file.name, edits },
    requests,
    remarks: [...remarks, ...(state === undefined ? [] : ["The logs are written into it first"])],
  };
}

/** @throws {RefusalError} if what the logs hold is missing in it. */
async function openForEdit(context: CommandContext, file: HiveFileTarget): Promise<OpenedHive> {
  const place = await hivePlace(file, "");
  const opened = await openHivePlace(context, place, { replay: true });
  const next = `See what is wrong with it: pemedic registry check ${argumentsFor(place)}`;
  if (opened.replay?.state === "unrecovered") {
    throw new RefusalError(`Cannot edit ${place.name}: ${describeReplay(opened.replay)}`, { next });
  }
  if (opened.hive.truncated) {
    throw new RefusalError(`Cannot edit ${place.name}: the file is cut off`, { next });
  }
  return opened;
}

function nothingToDo(context: CommandContext, requests: readonly RegistryRequest[]): number {
  const reason = whyNothing(requests);
  context.output.document({ edits: [], reason });
  context.output.result(wrap(`${reason}; nothing was changed`));
  return ExitCode.nothingToDo;
}

function showPlan(
  context: CommandContext,
  plan: FilePlan,
  options: { readonly asResult: boolean },
): void {
  const lines = editLines(plan.change);
  const shown = lines.slice(0, EDITS_SHOWN)
    .map((line) => wrap(line, { first: "  - ", indent: "    " }));
  const more = lines.length - EDITS_SHOWN;
  if (more > 0) shown.push(`  and ${more} more (--json shows all)`);
  for (const remark of plan.remarks) {
    shown.push(wrap(remark, { first: "  note: ", indent: "        " }));
  }
  const text = [`Edit hive ${plan.change.path} (reversible)`, ...shown].join("\n");
  if (options.asResult) context.output.result(text);
  else context.output.talk(text);
}

function factsOf(plan: FilePlan) {
  return { hive: plan.hive, edits: plan.change.edits, remarks: plan.remarks };
}

/** A volume with a Windows is guarded as for every other repair: hibernation, bad disk, read-only. */
async function guardVolume(context: CommandContext, file: HiveFileTarget): Promise<void> {
  const { host } = context;
  const volume = await host.volumes.at(file.folder);
  if (volume?.readOnly) {
    throw new RefusalError(`Cannot edit "${file.place}": the volume is read-only`, {
      code: "readOnly",
    });
  }
  if (volume === undefined || sameRoot(volume.root, host.platform.systemRoot)) return;
  let windows;
  try {
    windows = await openWindows(host, volume.root);
  } catch (error) {
    if (error instanceof MedicError && error.code === "noWindows") return;
    throw error;
  }
  enforceGuards(await runGuards(windows, { host, discardHibernation: false, repairsDisk: false }));
}

/** Nobody resumes an edit: what was cut off is taken back and begun anew. */
async function refuseOpen(journal: JournalContext, file: HiveFileTarget): Promise<void> {
  try {
    await refuseOpenSession(journal);
  } catch (error) {
    if (!(error instanceof RefusalError) && !(error instanceof MedicError)) throw error;
    if (error.code !== "refused") throw error;
    throw new RefusalError(error.message, {
      next: `Take it back first: pemedic undo ${argumentsOfFolder(file)}`,
    });
  }
}

function argumentsOfFolder(file: HiveFileTarget): string {
  const folder = /^[A-Za-z]:\\$/.test(file.folder)
    ? file.folder
    : file.folder.replace(/[\\/]$/, "") || file.folder;
  return /\s/.test(folder) ? `"${folder}"` : folder;
}

/** Returns the name of the session. */
async function carryOut(
  context: CommandContext,
  journal: JournalContext,
  work: { readonly file: HiveFileTarget; readonly plan: FilePlan },
): Promise<string> {
  const { change } = work.plan;
  const volume = await context.host.volumes.at(work.file.folder);
  const writer = await createSession(journal, {
    program: PROGRAM,
    command: context.commandLine,
    target: {
      serial: volume?.serial ?? "",
      label: volume?.label ?? "",
      windows: `Hive file ${work.file.name}`,
    },
    options: {},
  });
  context.output.talk(`Session ${writer.id}`);
  const transaction = new Transaction(writer, { changes: 0 });
  await transaction.beginStep(STEP, [change]);
  try {
    await transaction.make(change);
  } catch (error) {
    if (error instanceof MedicError) await endFailed(transaction, error);
    throw error;
  }
  await transaction.endStep(STEP, { outcome: "fixed", reason: describeChange(change) });
  await transaction.end("ok");
  return writer.id;
}

/** If the journal cannot be written any more, the session stays open and undo finds it. */
async function endFailed(transaction: Transaction, error: MedicError): Promise<void> {
  try {
    await transaction.endStep(STEP, { outcome: "failed", reason: error.message });
    await transaction.end(error.code);
  } catch (second) {
    if (!(second instanceof MedicError)) throw second;
  }
}

/** @throws {MedicError} `notVerified` if an edit is not there. */
async function readBack(
  context: CommandContext,
  file: HiveFileTarget,
  plan: FilePlan,
): Promise<void> {
  const opened = await openHivePlace(context, await hivePlace(file, ""), { replay: true });
  const { edits } = requestedEdits(opened.hive.root, plan.requests);
  const [missing] = edits;
  if (missing === undefined) return;
  throw new MedicError("notVerified", `Not as it was asked for: ${below(file.name, missing.key)}`, {
    next: `Take it back: pemedic undo ${argumentsOfFolder(file)}`,
  });
}

function count(number: number): string {
  return `${number} edit${number === 1 ? "" : "s"}`;
}
