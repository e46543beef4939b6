/**
 * What became of an order, told from its own records, the Windows that is there now and the
 * attempt that belongs to it.
 */
import { formatExitCode } from "../base/mod.ts";
import type { SetupAttempt } from "../windows/mod.ts";
import type { UpgradeOrder } from "./order.ts";
import type { StarterRecord } from "./progress.ts";
import { setupVerdict } from "./setup_verdict.ts";
import { attemptStatus, type NamedStatus, type UpgradeStatusFacts } from "./status_facts.ts";

/** Facts about an order that can be read and is of this machine. */
export type FollowedOrder = Omit<UpgradeStatusFacts, "order"> & {
  readonly order: UpgradeOrder;
};

/** Names the status of an order. */
export function orderStatus(facts: FollowedOrder): NamedStatus {
  const { records } = facts.progress;
  const stood = records.findLast((record) => record.event === "stood-down");
  return doneStatus(facts) ?? endedAttempt(facts) ??
    (stood?.event === "stood-down"
      ? { name: "stood-down", summary: `The starter gave up: ${lowerFirst(stood.reason)}` }
      : undefined) ??
    endedSetup(records) ?? openStatus(facts);
}

/** Not of names, and not of Setup and Windows. */
function lowerFirst(sentence: string): string {
  return /^(?:The|This|It|Its|A|An|No) /.test(sentence)
    ? sentence.slice(0, 1).toLowerCase() + sentence.slice(1)
    : sentence;
}

function isStarted(records: readonly StarterRecord[]): boolean {
  return records.some(({ event }) => event === "starts");
}

/**
 * Another Windows than the one that the order was made for. `InstallTime` alone decides where it
 * is known, because updates change build and UBR as well; without it only a build that changed
 * after Setup was started tells.
 */
export function isNewWindows(
  { order, windows, progress }: Pick<UpgradeStatusFacts, "order" | "windows" | "progress">,
): boolean {
  if (order.state !== "read") return false;
  const { installTime, build } = order.order.target;
  if (installTime !== null && windows.installTime !== undefined) {
    return windows.installTime !== installTime;
  }
  if (!isStarted(progress.records) || build === null || windows.build === undefined) return false;
  return windows.build !== build || hasMediaRevision(order.order, windows);
}

/** Ordinary updates change the revision, too: only that of the media tells of this upgrade. */
function hasMediaRevision(
  { target, media }: UpgradeOrder,
  { ubr }: UpgradeStatusFacts["windows"],
): boolean {
  return ubr !== undefined && target.ubr !== null && ubr !== target.ubr && ubr === media.ubr;
}

function doneStatus(facts: FollowedOrder): NamedStatus | undefined {
  const { windows, progress, order } = facts;
  const version = windows.build === undefined
    ? "Windows"
    : `Windows ${windows.build}${windows.ubr === undefined ? "" : `.${windows.ubr}`}`;
  if (progress.records.some(({ event }) => event === "done")) {
    return { name: "done", summary: `The upgrade is done; ${version} is installed` };
  }
  if (!isNewWindows({ order: { state: "read", order }, windows, progress })) return undefined;
  return isStarted(progress.records)
    ? { name: "done", summary: `The upgrade is done; ${version} is installed` }
    : {
      name: "not-armed",
      summary: "This Windows was installed or upgraded since, but not by the order that is there",
    };
}

/** What Setup's logs say about the end of the attempt that the starter began. */
function endedAttempt({ attempt }: FollowedOrder): NamedStatus | undefined {
  return attempt === undefined || attempt.state === "in-progress"
    ? undefined
    : attemptStatus(attempt);
}

function endedSetup(records: readonly StarterRecord[]): NamedStatus | undefined {
  const ended = records.findLast(({ event }) => event === "ended");
  if (ended?.event !== "ended" || setupVerdict(ended.exitCode) !== "final") return undefined;
  return {
    name: "failed",
    summary: `Setup ended with ${formatExitCode(ended.exitCode)}: ${ended.meaning}`,
  };
}

/** Nothing has ended yet. */
function openStatus(facts: FollowedOrder): NamedStatus {
  const { order, program, media, progress, attempt } = facts;
  const { records } = progress;
  const last = records.at(-1);
  if (isStarted(records)) {
    const where = attempt === undefined ? "it has written no log yet" : lowerFirst(attempt.reason);
    return { name: "started", summary: `Setup was started; ${where}` };
  }
  const unarmed = whyNotArmed(facts);
  if (unarmed !== undefined) return { name: "not-armed", summary: unarmed };
  if (!program || media === "missing") {
    const what = program ? "the media are" : "the starter is";
    return { name: "not-armed", summary: `An upgrade was staged, but ${what} gone` };
  }
  if (last?.event === "waits") {
    return { name: "waiting", summary: `The starter waits: ${lowerFirst(last.reason)}` };
  }
  if (last?.event === "woke") {
    return { name: "waiting", summary: "The starter has run, and has not started Setup yet" };
  }
  if (last?.event === "not-started") {
    return { name: "waiting", summary: `Setup could not be started: ${lowerFirst(last.reason)}` };
  }
  const when = order.start === "service"
    ? "at the next normal start"
    : "when an administrator logs on";
  return { name: "staged", summary: `An upgrade is staged; it begins ${when}` };
}

function whyNotArmed({ armed, order }: FollowedOrder): string | undefined {
  const service = order.start === "service";
  switch (armed) {
    case "disabled":
      return "Its service is disabled";
    case "manual":
      return "Its service is set to manual";
    case "not-armed":
      return service ? "Its service is gone" : "Its command for the next logon is gone";
    case "foreign":
      return service ? "Another service has its name" : "Another command for logons has its name";
    default:
      return undefined;
  }
}

/**
 * Logs have the local time of the system that wrote them, and records are in UTC: a log that is
 * older by more than any time zone is of an earlier attempt.
 */
const ZONES_MS = 15 * 3_600_000;

/**
 * The attempt that the status is about: with an order the one that its starter began, else the
 * newest there is.
 */
export function attemptOf(
  { order, progress, attempt }: Pick<UpgradeStatusFacts, "order" | "progress" | "attempt">,
): SetupAttempt | undefined {
  if (order.state !== "read" || attempt === undefined) return attempt;
  const started = progress.records.find(({ event }) => event === "starts");
  if (started === undefined) return undefined;
  const time = attempt.begun ?? attempt.ended;
  if (time === undefined) return attempt;
  const begun = Date.parse(`${time.replace(" ", "T")}Z`);
  const earliest = Date.parse(started.at) - ZONES_MS;
  return Number.isFinite(begun) && Number.isFinite(earliest) && begun < earliest
    ? undefined
    : attempt;
}
