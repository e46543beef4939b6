/**
 * Rebuilds a hive that Windows refuses out of everything that can still be reached. Only on
 * request and only where something is wrong: what cannot be reached is lost in the new hive,
 * and the old one is kept.
 */
import { FormatError, RefusalError, UsageError } from "../base/mod.ts";
import {
  examineHive,
  type HiveExamination,
  type HiveKey,
  openHive,
  readHiveLogs,
  type ReadOrNothing,
  replayLogs,
  type SalvagedHive,
  salvageHive,
  upcaseText,
} from "../formats/regf/mod.ts";
import { findHiveFile, HIVE_FILES, type HiveFileRow } from "../knowledge/mod.ts";
import type { HiveRebuilt } from "../journal/mod.ts";
import type { Evidence, OfflineWindows } from "../windows/mod.ts";
import { applyOwnChanges } from "./hive_changes.ts";
import type { Applicability, RepairOptions, RepairStep, StepPlan, Verdict } from "./step.ts";

const STEP = {
  step: "registry.salvage",
  title: "Rebuild a damaged registry hive",
  risk: "reversible",
} as const;

/** Losses that a plan lists. */
const LOST_SHOWN = 10;

/** The step. */
export function salvageHives(options: Pick<RepairOptions, "salvageHives">): RepairStep {
  return {
    id: STEP.step,
    title: STEP.title,
    resolves: "Windows stops with 0x74, 0xC0000218 or STATUS_REGISTRY_CORRUPT",
    risk: STEP.risk,
    answers: ["registry.hives"],
    detect: (windows) => detectDamage(windows, options.salvageHives),
    plan: (windows) => planSalvage(windows, options.salvageHives),
    apply: applyOwnChanges,
    verify,
  };
}

async function detectDamage(
  windows: OfflineWindows,
  names: readonly string[],
): Promise<Applicability> {
  if (names.length === 0) return { applies: false, reason: "No hive was named to be rebuilt" };
  const sound: string[] = [];
  const absent: string[] = [];
  for (const row of names.map(rowOf)) {
    const hive = await readDamaged(windows, row);
    if (hive?.reason !== undefined) return { applies: true, reason: hive.reason };
    if (hive === undefined) absent.push(row.path);
    else sound.push(row.name);
  }
  if (absent.length > 0) return { applies: false, reason: `There is no ${absent.join(", ")}` };
  return { applies: false, reason: `Nothing is wrong with the structure of ${sound.join(", ")}` };
}

async function planSalvage(
  windows: OfflineWindows,
  names: readonly string[],
): Promise<StepPlan> {
  const changes: HiveRebuilt[] = [];
  const remarks: string[] = [];
  for (const row of names.map(rowOf)) {
    const hive = await readDamaged(windows, row);
    if (hive === undefined) remarks.push(`There is no ${row.path}: nothing can be rebuilt from it`);
    if (hive?.reason === undefined) continue;
    const saved = trial(row, hive.bytes);
    requireEssential(row, saved);
    const { keys, values } = saved;
    const lost = saved.lost.length === 0 ? {} : { lost: saved.lost.length };
    changes.push({
      kind: "hive-rebuilt",
      path: row.path,
      method: "salvage",
      keys,
      values,
      ...lost,
    });
    remarks.push(...describeSalvage(row.name, saved));
    if (hive.logsLost) {
      remarks.push(`${row.name}: its last changes, which only its logs hold, are not in it`);
    }
  }
  return { ...STEP, changes, remarks };
}

/** The time in a trial does not matter: only what could be saved is looked at. */
function trial(row: HiveFileRow, bytes: Uint8Array): SalvagedHive {
  return salvageHive(bytes, { name: row.name, at: new Date(0) });
}

/**
 * A hive that opens and lacks what Windows needs would only hide how much is gone.
 *
 * @throws {RefusalError} naming the first key that cannot be saved.
 */
function requireEssential(row: HiveFileRow, saved: SalvagedHive): void {
  const { root } = openHive(saved.bytes, { name: row.name });
  const missing = row.essential.find(({ key, value }) => !holds(root, key.split("\\"), value));
  if (missing === undefined) return;
  const { key, value } = missing;
  const what = value === undefined ? key : `${key} "${value}"`;
  throw new RefusalError(
    `Cannot rebuild ${row.name} so that Windows can use it: ${what} cannot be saved`,
    {
      code: "damagedFile",
      next: `Put a copy of an earlier session or backup in its place; what is left of it comes ` +
        `into a new file with: pemedic registry salvage FILE --output NEW`,
    },
  );
}

function holds(key: HiveKey, names: readonly string[], value: string | undefined): boolean {
  const [name, ...rest] = names;
  if (name === undefined) return value === undefined || key.value(value) !== undefined;
  if (!name.endsWith("*")) {
    const subkey = key.subkey(name);
    return subkey !== undefined && holds(subkey, rest, value);
  }
  const start = upcaseText(name.slice(0, -1));
  return key.subkeys().some((subkey) =>
    upcaseText(subkey.name).startsWith(start) && holds(subkey, rest, value)
  );
}

/** What a salvage saves and loses, in sentences. */
export function describeSalvage(name: string, saved: SalvagedHive): string[] {
  const again = saved.reattached === 0 ? "" : `, ${saved.reattached} of them put back in place`;
  const lines = [`${name}: ${saved.keys} keys${again} and ${saved.values} values can be saved`];
  for (const fault of saved.lost.slice(0, LOST_SHOWN)) {
    lines.push(
      `${name}: lost: ${fault.path === undefined ? "" : `${fault.path}: `}${fault.message}`,
    );
  }
  const more = saved.lost.length - LOST_SHOWN;
  if (more > 0) lines.push(`${name}: and ${more} more are lost`);
  return lines;
}

async function verify(windows: OfflineWindows, plan: StepPlan): Promise<Verdict> {
  const evidence: Evidence[] = [];
  for (const change of plan.changes) {
    if (change.kind !== "hive-rebuilt") continue;
    const row = HIVE_FILES.find(({ path }) => path === change.path);
    const hive = row === undefined ? undefined : await readDamaged(windows, row);
    const detail = hive === undefined
      ? "it is not there"
      : hive.reason ?? `${hive.found.keys} keys, ${hive.found.values} values, nothing wrong`;
    evidence.push({ kind: "file", path: change.path, detail });
    if (hive === undefined || hive.reason !== undefined) {
      return { outcome: "not-fixed", reason: `${change.path}: ${detail}`, evidence };
    }
  }
  const lost = plan.changes.reduce(
    (sum, change) => sum + (change.kind === "hive-rebuilt" ? change.lost ?? 0 : 0),
    0,
  );
  if (lost === 0) {
    return { outcome: "fixed", reason: "The rebuilt hives were read back whole", evidence };
  }
  const things = lost === 1 ? "1 thing of the old one is" : `${lost} things of the old ones are`;
  const reason = `The hives are rebuilt and can be read again, but ${things} lost`;
  return { outcome: "not-fixed", reason, evidence, code: "partial" };
}

function rowOf(name: string): HiveFileRow {
  const row = findHiveFile(name);
  if (row !== undefined) return row;
  throw new UsageError(`Cannot rebuild "${name}": a Windows has no such hive`, {
    next: `Name one of ${HIVE_FILES.map((entry) => entry.name).join(", ")}`,
  });
}

/** A hive with what is wrong with it. */
interface DamagedHive {
  /** With the logs in place, as far as they can be used. */
  readonly bytes: Uint8Array;
  readonly found: HiveExamination;
  /** One sentence; undefined if Windows can load it. */
  readonly reason: string | undefined;
  /** It is dirty, and its logs cannot be used. */
  readonly logsLost: boolean;
}

/** Reads the file itself: what the other questions use is only there for a hive that opens. */
async function readDamaged(
  windows: OfflineWindows,
  row: HiveFileRow,
): Promise<DamagedHive | undefined> {
  const read: ReadOrNothing = async (path) =>
    await windows.files.stat(path) === undefined ? undefined : await windows.files.read(path);
  const primary = await read(row.path);
  if (primary === undefined) return undefined;
  const { bytes, logsLost } = await replayed(row, primary, read);
  const found = examineHive(bytes, { name: row.name });
  const damage = found.faults.find((fault) => fault.weight === "damage");
  const state = await windows.hives.read(row.name);
  const reason = damage !== undefined
    ? `${row.name} is damaged: ${damage.message}`
    : state.state === "unreadable"
    ? `${row.name} cannot be read: ${state.problem}`
    : logsLost
    ? `${row.name} is dirty, and no log of it can be used`
    : undefined;
  return { bytes, found, reason, logsLost };
}

/** A hive that is no hive at all has no logs that could be used. */
async function replayed(
  row: HiveFileRow,
  primary: Uint8Array,
  read: ReadOrNothing,
): Promise<{ readonly bytes: Uint8Array; readonly logsLost: boolean }> {
  const logs = await readHiveLogs(row.path, read);
  try {
    const { state, bytes } = replayLogs(primary, logs, { name: row.name });
    return { bytes, logsLost: state === "unrecovered" };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { bytes: primary, logsLost: false };
  }
}
