/** `registry check`: what is wrong with a hive; on a volume without a name, with every hive. */
import { count, ExitCode, formatBytes, FormatError, MedicError, wrap } from "../base/mod.ts";
import {
  dirtyReason,
  examineHive,
  type HiveExamination,
  type HiveFault,
  type HiveReplay,
  openHive,
  parseBaseBlock,
  readHiveSet,
  salvageHive,
} from "../formats/regf/mod.ts";
import { HIVE_FILES } from "../knowledge/mod.ts";
import { describeReplay } from "../windows/mod.ts";
import type { CommandContext } from "./context.ts";
import {
  argumentsFor,
  type HivePlace,
  hivePlace,
  type OpenOptions,
  readIfThere,
  replayFacts,
} from "./registry_hive.ts";
import { parseHiveName } from "./registry_path.ts";
import { chooseTarget, type RegistryTarget } from "./registry_target.ts";
import { oneLine } from "./registry_view.ts";

/** Faults that are shown; JSON holds all. */
const FAULTS_SHOWN = 20;

/** Examines one hive, or all hives of a Windows. */
export async function checkRegistry(
  context: CommandContext,
  names: { readonly place: string; readonly hive: string | undefined },
  options: OpenOptions,
): Promise<number> {
  const target = await chooseTarget(context, names.place);
  const places = await placesToCheck(target, names.hive);
  const checked: CheckedHive[] = [];
  for (const place of places) checked.push(await checkHive(place, options));
  const one = names.hive !== undefined || target.kind === "file";
  const facts = checked.map(checkFacts);
  context.output.document(one ? facts[0] : { hives: facts });
  context.output.result(checked.map(renderCheck).join("\n"));
  for (const { place, damaged, hopeless } of checked) {
    if (!damaged || hopeless) continue;
    const next = adviceFor(place);
    context.output.talk(wrap(next, { first: "Next: ", indent: "      " }));
  }
  return checked.some(({ damaged }) => damaged) ? ExitCode.problemsFound : ExitCode.ok;
}

function adviceFor(place: HivePlace): string {
  const command = `pemedic registry salvage ${argumentsFor(place)}`;
  return place.onVolume
    ? `See what can be saved: ${command} --dry-run`
    : `Save what can be reached: ${command} --output FILE`;
}

async function placesToCheck(
  target: RegistryTarget,
  hive: string | undefined,
): Promise<HivePlace[]> {
  if (target.kind === "file") return [await hivePlace(target, "")];
  if (hive !== undefined) return [await hivePlace(target, parseHiveName(hive))];
  const places: HivePlace[] = [];
  for (const { name } of HIVE_FILES) {
    try {
      places.push(await hivePlace(target, name));
    } catch (error) {
      if (!(error instanceof MedicError) || error.code !== "nothingToDo") throw error;
    }
  }
  return places;
}

interface CheckedHive {
  readonly place: HivePlace;
  /** Bytes of the primary file. */
  readonly size: number;
  readonly replay: HiveReplay | undefined;
  readonly dirty: boolean;
  readonly found: HiveExamination;
  /** Windows would not load it, or not whole. */
  readonly damaged: boolean;
  /** Nothing in it can be saved: it is no hive, or holds no key. */
  readonly hopeless: boolean;
}

async function checkHive(place: HivePlace, options: OpenOptions): Promise<CheckedHive> {
  const primary = await place.files.read(place.path);
  const size = primary.length;
  const replay = options.replay ? await replayOf(place) : undefined;
  const bytes = replay?.bytes ?? primary;
  const examined = examineHive(bytes, { name: place.name });
  const opening = examined.faults.some(isDamage) ? undefined : cannotOpen(bytes, place.name);
  const found = opening === undefined
    ? examined
    : { ...examined, faults: [opening, ...examined.faults] };
  const unrecovered = replay?.state === "unrecovered";
  return {
    place,
    size,
    replay,
    dirty: replay === undefined ? isDirty(primary, place.name) : replay.state !== "clean",
    found,
    damaged: unrecovered || found.faults.some(isDamage),
    hopeless: found.keys === 0 && !canSalvage(bytes, place.name),
  };
}

/** What cannot be salvaged must not be sent to it. */
function canSalvage(bytes: Uint8Array, name: string): boolean {
  try {
    salvageHive(bytes, { name, at: new Date(0) });
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** What is no hive at all has no logs either; the examination says what is wrong with it. */
async function replayOf(place: HivePlace): Promise<HiveReplay | undefined> {
  try {
    return await readHiveSet(place.path, (path) => readIfThere(place.files, path));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function isDirty(bytes: Uint8Array, name: string): boolean {
  try {
    return dirtyReason(parseBaseBlock(bytes, name)) !== undefined;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** The judge of the examination: what the other commands cannot open is damaged. */
function cannotOpen(bytes: Uint8Array, name: string): HiveFault | undefined {
  try {
    const { truncated, header } = openHive(bytes, { name });
    if (!truncated) return undefined;
    const missing = header.binsSize + 4096 - bytes.length;
    const message = `The file is cut off: ${missing} bytes of its bins are missing`;
    return { kind: "bin", weight: "damage", offset: bytes.length, message };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { kind: "header", weight: "damage", offset: error.offset ?? 0, message: error.message };
  }
}

function isDamage(fault: HiveFault): boolean {
  return fault.weight === "damage";
}

function checkFacts(checked: CheckedHive) {
  const { place, size, replay, dirty, found, damaged } = checked;
  return {
    hive: place.name,
    file: place.path,
    bytes: size,
    keys: found.keys,
    values: found.values,
    binsSize: found.binsSize,
    ...replayFacts(replay, { dirty }),
    damaged,
    problems: found.faults,
    moreProblems: found.more,
  };
}

function renderCheck(checked: CheckedHive): string {
  const { place, size, replay, found } = checked;
  const lines = [
    wrap(
      `${place.name}: ${count(found.keys, "key")}, ${count(found.values, "value")}, ${
        formatBytes(size)
      }`,
    ),
  ];
  const state = replay === undefined
    ? checked.dirty ? "dirty, examined as it lies" : undefined
    : describeReplay(replay);
  const add = (text: string) => void lines.push(wrap(text, { first: "  ", indent: "    " }));
  if (state !== undefined) add(state);
  for (const fault of found.faults.slice(0, FAULTS_SHOWN)) add(faultLine(fault));
  const more = found.faults.length - FAULTS_SHOWN + found.more;
  if (more > 0) add(`and ${more} more (--json shows ${found.more > 0 ? "more" : "all"})`);
  if (found.faults.length === 0) add("nothing is wrong with its structure");
  return lines.join("\n");
}

/** One fault for people. */
export function faultLine(fault: HiveFault): string {
  const mark = isDamage(fault) ? "WRONG" : "untidy";
  const path = fault.path === undefined || fault.path === "" ? "" : `${oneLine(fault.path)}: `;
  return `${mark} 0x${fault.offset.toString(16)} ${path}${oneLine(fault.message)}`;
}
