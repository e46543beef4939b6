/**
 * What of a stage is on the target already, and everything that forbids to make the rest: folders
 * and services of somebody else, an upgrade that was staged before, Setup at work.
 */
import { formatBytes, MedicError, RefusalError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import { PROGRAM_FOLDER } from "../journal/mod.ts";
import { editableHive } from "../repairs/mod.ts";
import { describeReplay, type OfflineWindows, readSetupState } from "../windows/mod.ts";
import { type Arming, armingFor, type ArmingState, armingState } from "./arming.ts";
import { SERVICE_NAME, type UpgradeOrder, UpgradePlace } from "./order.ts";
import { orderOf, type StageRequest } from "./request.ts";
import {
  findPart,
  type FoundPart,
  hashText,
  partBytes,
  type StagePart,
  stageParts,
} from "./stage_parts.ts";
import { hasCreated, type StagingSession, stagingSessions } from "./staging_sessions.ts";

/** A request with what is there of it. */
export interface StageState {
  readonly request: StageRequest;
  readonly order: UpgradeOrder;
  readonly parts: readonly { readonly part: StagePart; readonly found: FoundPart }[];
  readonly arming: Arming;
  readonly armed: ArmingState;
  readonly sessions: readonly StagingSession[];
}

/**
 * Looks at the target. Reads only.
 *
 * @throws {RefusalError} for an order that is not for this Windows, or not the one of its hash.
 */
export async function readStage(
  windows: OfflineWindows,
  request: StageRequest,
): Promise<StageState> {
  const order = requireOrder(windows, request);
  const arming = await armingFor(windows, order, request.orderSha256);
  const parts = [];
  for (const part of stageParts(request)) {
    parts.push({ part, found: await findPart(windows, part) });
  }
  return {
    request,
    order,
    parts,
    arming,
    armed: await armingState(windows, arming),
    sessions: await stagingSessions({ target: windows.files }),
  };
}

function requireOrder(windows: OfflineWindows, request: StageRequest): UpgradeOrder {
  const order = orderOf(request);
  if (hashText(windows, request.order) !== request.orderSha256) {
    throw new RefusalError("Cannot stage the upgrade: its order is not the one of its hash");
  }
  const { serial, computerName, letter } = order.target;
  const { identity, volume } = windows;
  const same = serial === volume.serial && computerName === (identity.computerName ?? null) &&
    letter === (identity.systemLetter ?? letter);
  if (same) return order;
  throw new RefusalError(
    `Cannot stage the upgrade: it was planned for ${computerName ?? "a computer"} (${serial})`,
    { next: `Make a new plan: ${commandFor(windows, "upgrade stage")} --media PATH --dry-run` },
  );
}

/** Everything is there, exactly as it is wanted. */
export function isStaged({ parts, armed }: StageState): boolean {
  return armed === "same" && parts.every(({ found }) => found.state === "whole");
}

/** The parts that are still to be made. */
export function missingParts({ parts }: StageState): StagePart[] {
  return parts.filter(({ found }) => found.state !== "whole").map(({ part }) => part);
}

/**
 * Refuses a stage that must not be made, or not gone on with.
 *
 * @throws {MedicError} with the sentence of the first reason.
 */
export async function refuseStage(windows: OfflineWindows, state: StageState): Promise<void> {
  refuseOther(windows, state);
  await refuseBegun(windows, state);
  for (const { part, found } of state.parts) {
    if (found.state !== "absent") refuseOccupied(windows, state, part);
  }
  await refuseStrangers(windows, state);
  await refuseSetupAtWork(windows);
  const hive = state.arming.key.split("\\")[0]!;
  editableHive(windows, { hive, state: await windows.hives.read(hive) });
  await requireRoom(windows, state);
}

/**
 * Refuses a stage over another one, or over a service that is not ours.
 *
 * @throws {RefusalError} with the command that takes the other one back.
 */
export async function refuseOtherStage(
  windows: OfflineWindows,
  request: StageRequest,
): Promise<void> {
  const state = await readStage(windows, request);
  if (!isStaged(state)) refuseOther(windows, state);
}

/** Undo and resume are the only ways on from a stage that is there. */
function refuseOther(windows: OfflineWindows, { sessions, armed, request }: StageState): void {
  const unstage = `Take it back first: ${commandFor(windows, "upgrade unstage")}`;
  const cut = sessions.find(({ open, orderSha256 }) => open && orderSha256 !== request.orderSha256);
  if (cut !== undefined) {
    const { id } = cut.session;
    throw new RefusalError(
      `Cannot stage the upgrade: session ${id} was cut off while it staged another one`,
      { next: `Go on with that one (${commandFor(windows, "resume")}). ${unstage}` },
    );
  }
  const before = sessions.find(({ open }) => !open);
  if (before !== undefined) {
    throw new RefusalError(
      `Cannot stage the upgrade: one is staged already (session ${before.session.id})`,
      { next: unstage },
    );
  }
  if (armed === "other") {
    throw new RefusalError("Cannot stage the upgrade: one is staged already", { next: unstage });
  }
  if (armed === "foreign") {
    throw new RefusalError(
      `Cannot stage the upgrade: "${SERVICE_NAME}" exists in the registry and is not ours`,
      { next: `Look at it: ${commandFor(windows, "service list")}` },
    );
  }
}

/** A stage that was cut off, which Windows has started all the same: its end is known by now. */
async function refuseBegun(windows: OfflineWindows, { parts }: StageState): Promise<void> {
  const record = parts.find(({ part }) => part.path === UpgradePlace.progress);
  if (record?.found.state !== "whole") return;
  const { size = 0 } = await windows.files.stat(record.part.path) ?? {};
  if (size <= partBytes(record.part)) return;
  throw new RefusalError("Cannot stage the upgrade: Windows has begun it since", {
    next: `See how far it came: ${commandFor(windows, "upgrade status")}`,
  });
}

function refuseOccupied(windows: OfflineWindows, { sessions }: StageState, part: StagePart): void {
  if (sessions.some((session) => hasCreated(session, part.path))) return;
  throw new RefusalError(
    `Cannot stage the upgrade: "${part.path}" is there already, and no journal here says that it is ours`,
    {
      next: `Look what it is and rename it. If an upgrade was staged: ${
        commandFor(windows, "upgrade unstage")
      } --journal FILE`,
    },
  );
}

/** Whatever else lies beside the program would be moved away with it when it is taken back. */
async function refuseStrangers(windows: OfflineWindows, { parts }: StageState): Promise<void> {
  if ((await windows.files.stat(PROGRAM_FOLDER))?.kind !== "directory") return;
  const ours = new Set(parts.map(({ part }) => part.path.toUpperCase()));
  for (const { name } of await windows.files.list(PROGRAM_FOLDER)) {
    const path = `${PROGRAM_FOLDER}\\${name}`;
    if (ours.has(path.toUpperCase()) || /\.pemedic-part$/i.test(name)) continue;
    throw new RefusalError(`Cannot stage the upgrade: "${path}" is there and is not part of it`, {
      next: "Look what it is and move it away, then run again",
    });
  }
}

/** Setup that goes on, or died, at the next start would meet a second one. */
async function refuseSetupAtWork(windows: OfflineWindows): Promise<void> {
  const { name, reason } = await readSetupState(windows);
  if (name === "finished" || name === "dead-downlevel" || name === "unclear") return;
  throw new RefusalError(`Cannot stage the upgrade: ${reason}`, {
    next: `See what is wrong: ${commandFor(windows, "diagnose")}`,
  });
}

/** The journal, the hives' copies and the file system need a little beside the files. */
const MARGIN = 256 * 2 ** 20;

async function requireRoom(windows: OfflineWindows, state: StageState): Promise<void> {
  const bytes = state.parts.filter(({ found }) => found.state === "absent")
    .reduce((sum, { part }) => sum + partBytes(part), 0);
  const free = await windows.freeBytes();
  if (bytes === 0 || free >= bytes + MARGIN) return;
  throw new MedicError(
    "noSpace",
    `Cannot stage the upgrade: it needs ${formatBytes(bytes + MARGIN)} on "${windows.root}", ` +
      `and ${formatBytes(free)} are free`,
    { next: `Free some space there; old copies go with: ${commandFor(windows, "sessions prune")}` },
  );
}

/** What people should know of the target, one sentence each. */
export async function stageWarnings(
  windows: OfflineWindows,
  { arming }: StageState,
): Promise<string[]> {
  const setup = await readSetupState(windows);
  const hive = arming.key.split("\\")[0]!;
  const read = await windows.hives.read(hive);
  const replay = read.state === "replayed" ? describeReplay(read.replay) : undefined;
  return [
    ...setup.name === "unclear" || setup.name === "dead-downlevel" ? [setup.reason] : [],
    ...replay === undefined ? [] : [`${hive}: ${replay}; this is written into it first`],
  ];
}
