/**
 * Saves what a technician would want back before the first change: the hives with their logs,
 * the BCD stores, the list of packages. Copies go into the session's folder; the originals
 * are only read.
 */
import { formatBytes, MedicError, ToolError } from "../base/mod.ts";
import { HIVE_FILES, hiveLogPaths } from "../knowledge/mod.ts";
import {
  type Change,
  type FileCopied,
  sameContent,
  SESSION,
  toolChange,
  type ToolRan,
  type Transaction,
} from "../journal/mod.ts";
import { DismProgressReader, listPackages, parsePackages } from "../tools/dism/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { isSaved, saveBeside, savedName } from "./saved_files.ts";
import type { ApplyReport, RepairStep, StepPlan, Verdict, VerifyContext } from "./step.ts";
import { dismObstacle, dismValue, plannedPlace } from "./tool_places.ts";

/** Where a BCD store can be on the Windows volume itself. */
const BCD_PATHS = ["Boot\\BCD", "EFI\\Microsoft\\Boot\\BCD"];

const STEP = {
  step: "backup.save-state",
  title: "Save the registry hives and the boot configuration",
  risk: "reversible",
} as const;

/** The step. */
export function saveState(): RepairStep {
  return {
    id: STEP.step,
    title: STEP.title,
    resolves: "A repair went wrong and the state before it is wanted",
    risk: STEP.risk,
    answers: [],
    async detect(windows) {
      const copies = await findCopies(windows);
      return copies.length === 0
        ? { applies: false, reason: "There is no hive and no boot configuration to save" }
        : { applies: true, reason: `${copies.length} files are saved before the first change` };
    },
    plan: planSave,
    async apply(plan, transaction) {
      for (const change of copiesOf(plan)) await transaction.make(change);
      return await saveTheRest(plan, transaction);
    },
    verify,
  };
}

async function planSave(windows: OfflineWindows): Promise<StepPlan> {
  const copies = await findCopies(windows);
  const stores = await windows.bootStores();
  const obstacle = await dismObstacle(windows);
  const bytes = copies.reduce((sum, change) => sum + change.bytes, 0);
  const remarks = [`The copies take ${formatBytes(bytes)}`];
  if (stores.length > 0) {
    remarks.push(`Also saved: ${stores.map((store) => store.place).join(", ")}`);
  }
  if (obstacle !== undefined) remarks.push(`No list of packages: ${obstacle.reason}`);
  const changes: Change[] = [...copies];
  if (obstacle === undefined) {
    changes.push(toolChange(listPackages(plannedPlace(windows, "dism-packages.log"))));
  }
  return { ...STEP, changes, remarks, attached: stores };
}

function copiesOf(plan: StepPlan): FileCopied[] {
  return plan.changes.filter((change): change is FileCopied =>
    change.kind === "file-created" && "copyOf" in change
  );
}

/** What comes from elsewhere is welcome, but its lack never ends the repair. */
async function saveTheRest(plan: StepPlan, transaction: Transaction): Promise<ApplyReport> {
  const notices: string[] = [];
  for (const store of plan.attached ?? []) {
    try {
      await saveBeside(transaction, savedName(store.place), await store.read());
    } catch (error) {
      notices.push(`${store.place} is not saved: ${reasonOf(error)}`);
    }
  }
  const list = plan.changes.find((change): change is ToolRan => change.kind === "tool-ran");
  if (list === undefined) return { tools: [], notices };
  try {
    const outcome = await transaction.runTool(list, { progress: new DismProgressReader() });
    dismValue(parsePackages(outcome), { sourceGiven: false });
    await saveBeside(transaction, "packages.txt", new TextEncoder().encode(outcome.output));
    return { tools: [{ tool: "dism", outcome }], notices };
  } catch (error) {
    notices.push(`The list of packages is not saved: ${reasonOf(error)}`);
    return { tools: [], notices };
  }
}

/** A full disk and the user's wish end the step; other failures are worth a sentence. */
function reasonOf(error: unknown): string {
  const bearable = error instanceof ToolError ||
    (error instanceof MedicError && error.code !== "noSpace" && error.code !== "cancelled");
  if (!bearable) throw error;
  return error.message;
}

async function verify(
  windows: OfflineWindows,
  plan: StepPlan,
  context: VerifyContext,
): Promise<Verdict> {
  const copies = copiesOf(plan);
  for (const change of copies) {
    const copy = context.sessionPath(change.path);
    const entry = copy === undefined ? undefined : await windows.files.stat(copy);
    if (
      copy !== undefined && entry?.size === change.bytes &&
      await sameContent(windows.files, copy, change.copyOf)
    ) continue;
    return notWhole(change.copyOf);
  }
  const rest: string[] = [];
  for (const store of plan.attached ?? []) {
    if (await isSaved(windows, context, store)) rest.push(store.place);
    else if (context.report === undefined) return notWhole(store.place); // cut off: tried again
  }
  const more = rest.length === 0 ? "" : `, with ${rest.join(", ")}`;
  return {
    outcome: "fixed",
    reason: `${copies.length} files are saved and were compared with the originals${more}`,
    evidence: copies.map((change) => ({
      kind: "file",
      path: change.copyOf,
      detail: `saved, ${formatBytes(change.bytes)}`,
    })),
  };
}

function notWhole(path: string): Verdict {
  const evidence = [{ kind: "file", path, detail: "its copy is missing or differs" }] as const;
  return { outcome: "not-fixed", reason: `The copy of ${path} is not whole`, evidence };
}

async function findCopies(windows: OfflineWindows): Promise<FileCopied[]> {
  const paths = [
    ...HIVE_FILES.flatMap((hive) => [hive.path, ...hiveLogPaths(hive.path)]),
    ...BCD_PATHS,
  ];
  const copies: FileCopied[] = [];
  for (const path of paths) {
    const entry = await windows.files.stat(path);
    if (entry?.kind !== "file" || entry.reparse) continue;
    copies.push({
      kind: "file-created",
      path: `${SESSION}\\saved\\${path}`,
      copyOf: path,
      bytes: entry.size,
    });
  }
  return copies;
}
