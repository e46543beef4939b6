/**
 * Lets the boot configuration start Windows again instead of Setup's own small Windows, which an
 * upgrade that died has left as the default. bcdedit does it on the store in its file; the store
 * is saved before, and read back afterwards with our own reader.
 */
import { FormatError, joinWindowsPath, RefusalError, ToolError } from "../base/mod.ts";
import { openBcd } from "../formats/bcd/mod.ts";
import { openHive } from "../formats/regf/mod.ts";
import { sameBytes, type ToolRan, type Transaction } from "../journal/mod.ts";
import {
  type ApplyReport,
  type RepairOptions,
  type RepairStep,
  saveBeside,
  savedName,
  type StepPlan,
  type Verdict,
} from "../repairs/mod.ts";
import { parseBcdedit } from "../tools/bcdedit/mod.ts";
import {
  bootEvidence,
  type BootStore,
  type BootStoreView,
  type Evidence,
  type OfflineWindows,
  readBootConfiguration,
  readSetupState,
} from "../windows/mod.ts";
import { ABORT_RULES, isOldWindows, mayRestoreBoot } from "./abort_rules.ts";
import { type BootRepair, findBootRepairs } from "./boot_default.ts";

/** Id of the step. */
export const RESTORE_BOOT_DEFAULT = "upgrade.restore-boot-default";

const STEP = {
  step: RESTORE_BOOT_DEFAULT,
  title: "Let the boot configuration start Windows instead of Setup",
  risk: "irreversible",
} as const;

/** The step. */
export function restoreBootDefault({ force }: Pick<RepairOptions, "force">): RepairStep {
  return {
    id: STEP.step,
    title: STEP.title,
    resolves: "The computer starts Windows Setup again and again instead of Windows",
    risk: STEP.risk,
    answers: ["setup.state"],
    detect: (windows) => detect(windows, force),
    plan: (windows) => planRepairs(windows, force),
    apply,
    verify: (windows, plan) => verify(windows, plan),
  };
}

async function detect(windows: OfflineWindows, force: boolean) {
  const state = await readSetupState(windows);
  const rule = ABORT_RULES[state.name];
  const found = await findBootRepairs(windows, state);
  if (found.kind === "nothing") {
    const dead = state.name.startsWith("dead-");
    const reason = dead ? "The boot configuration does not start Setup" : state.reason;
    return { applies: false, reason };
  }
  if (!mayRestoreBoot(state, force)) {
    return { applies: false, reason: `${state.reason}; ${lowerFirst(rule.why)}` };
  }
  if (found.kind === "impossible") return { applies: false, reason: found.reason };
  if (await windows.tools.find("bcdedit") === undefined) {
    const reason = `${state.reason}; bcdedit.exe, which would mend it, is not here`;
    return { applies: false, reason, code: "toolMissing" as const };
  }
  return { applies: true, reason: state.reason };
}

function lowerFirst(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}

async function planRepairs(windows: OfflineWindows, force: boolean): Promise<StepPlan> {
  const state = await readSetupState(windows);
  const givenUp = force && state.name === "in-flight" && isOldWindows(state);
  const found = await findBootRepairs(windows, state, { givenUp });
  if (found.kind === "impossible") throw new RefusalError(found.reason);
  const allowed = mayRestoreBoot(state, force);
  const repairs = found.kind === "repairs" && allowed ? found.repairs : [];
  return {
    ...STEP,
    changes: repairs.flatMap(({ changes }) => changes),
    remarks: repairs.flatMap(remarksOn),
    attached: repairs.map(({ store }) => store),
  };
}

function remarksOn({ store, loader, kept }: BootRepair): string[] {
  return [
    `${store.place} is copied into the session's folder first; then ` +
    `"${loader.description ?? loader.name}" starts by default`,
    ...kept.map((entry) =>
      `"${entry.description ?? entry.name}" stays in the menu: what it starts is still there`
    ),
  ];
}

async function apply(plan: StepPlan, transaction: Transaction): Promise<ApplyReport> {
  for (const store of plan.attached ?? []) await saveStore(transaction, store);
  const tools: { tool: string; outcome: Awaited<ReturnType<Transaction["runTool"]>> }[] = [];
  for (const change of plan.changes.filter(isTool)) {
    const outcome = await transaction.runTool(change);
    tools.push({ tool: change.tool, outcome });
    const answer = parseBcdedit(outcome);
    if (answer.kind !== "failed") continue; // reading back tells whether it worked
    const { meaning, next } = answer.error;
    throw new ToolError(`Cannot change the boot configuration: ${meaning}`, { next });
  }
  return { tools };
}

function isTool(change: StepPlan["changes"][number]): change is ToolRan {
  return change.kind === "tool-ran";
}

/** What Windows would see of the store is saved, so that its logs are not needed. */
async function saveStore(transaction: Transaction, store: BootStore): Promise<void> {
  const { bytes, state } = await store.replay();
  const name = savedName(store.place) + (state === "clean" ? "" : "-replayed");
  await saveBeside(transaction, name, bytes);
  if (await isCopied(transaction, { name, bytes })) return;
  throw new RefusalError(`Cannot change ${store.place}: its copy cannot be read back`);
}

/** Names that are tried, as `saveBeside` does. */
const ATTEMPTS = 9;

/** A resumed session has the store as it was before its first change: that is the better copy. */
async function isCopied(
  { writer }: Transaction,
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
): Promise<boolean> {
  const { target } = writer.context;
  for (let n = 1; n <= ATTEMPTS; n++) {
    const path = joinWindowsPath(writer.folder, "saved", n === 1 ? name : `${name}-${n}`);
    if (await target.stat(path) === undefined) return false;
    const copy = await target.read(path);
    if (sameBytes(copy, bytes) || isStore(copy, name)) return true;
  }
  return false;
}

function isStore(bytes: Uint8Array, name: string): boolean {
  try {
    const hive = openHive(bytes, { name });
    return !hive.truncated && openBcd(hive).bootManager !== undefined;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

async function verify(windows: OfflineWindows, plan: StepPlan): Promise<Verdict> {
  const stores = await readBootConfiguration(windows);
  const evidence: Evidence[] = [];
  for (const { arguments: args } of plan.changes.filter(isTool)) {
    const [, place = "", ...command] = args;
    const store = stores.find((each) => each.place === place);
    if (store?.state !== "read") return unread(place, store);
    const fault = faultOf(store, command);
    const starts = store.entries.find((entry) => entry.isDefault);
    const shown = starts === undefined
      ? { kind: "file" as const, path: place, detail: "no entry is the default" }
      : bootEvidence(place, starts);
    if (fault !== undefined) return { outcome: "not-fixed", reason: fault, evidence: [shown] };
    evidence.push(shown);
  }
  return {
    outcome: "fixed",
    reason: "The boot configuration starts Windows",
    evidence: [...new Map(evidence.map((each) => [JSON.stringify(each), each])).values()],
  };
}

function unread(place: string, store: BootStoreView | undefined): Verdict {
  const detail = store?.state === "unreadable" ? store.problem : "it is gone";
  return {
    outcome: "not-fixed",
    reason: `The boot configuration ${place} cannot be read back`,
    evidence: [{ kind: "file", path: place, detail }],
    code: "damagedFile",
  };
}

/** What a call should have done and has not. */
function faultOf(
  { place, entries }: Extract<BootStoreView, { state: "read" }>,
  [verb, id = "", ...rest]: readonly string[],
): string | undefined {
  const entry = entries.find((each) => `{${each.id}}` === id);
  switch (verb) {
    case "/default":
      return entry?.isDefault ? undefined : `${place} does not start ${id} by default`;
    case "/deletevalue":
      return entries.some((each) => each.isNext)
        ? `${place} still starts something else once (${rest.join(" ")})`
        : undefined;
    case "/displayorder":
      return entry?.place === "menu" ? `${id} is still in the menu of ${place}` : undefined;
    default:
      return `${place}: nobody knows whether ${verb} worked`;
  }
}
