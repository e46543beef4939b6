/**
 * How far an upgrade has come, told from what was left on the volume, what the starter recorded,
 * the state of Setup, and the newest attempt in Setup's logs. Pure: the same facts give the same
 * answer. What goes on at the next start of Windows counts more than what was recorded before.
 */
import type { ExitCodeName } from "../base/mod.ts";
import type { SetupAttempt } from "../windows/mod.ts";
import { attemptOf, orderStatus } from "./order_status.ts";
import type { StarterRecord } from "./progress.ts";
import { adviceFor, type UpgradeAdvice } from "./status_advice.ts";
import {
  attemptStatus,
  type NamedStatus,
  type UpgradeStatusFacts,
  type UpgradeStatusName,
} from "./status_facts.ts";

/** The status. */
export interface UpgradeStatus extends NamedStatus {
  /** PE Medic has left an order for it. */
  readonly ours: boolean;
  /** The attempt that the status is about; another one is none of it. */
  readonly attempt: SetupAttempt | undefined;
  readonly advice: readonly UpgradeAdvice[];
  readonly exit: ExitCodeName;
}

/** Judges. The first rule that has an answer decides. */
export function judgeUpgrade(facts: UpgradeStatusFacts): UpgradeStatus {
  const ours = facts.order.state !== "absent";
  const attempt = attemptOf(facts);
  const named = unusableOrder(facts) ?? setupAtWork(facts) ??
    (facts.order.state === "read"
      ? orderStatus({ ...facts, order: facts.order.order, attempt })
      : withoutOrder(facts, attempt));
  return {
    ...named,
    ours,
    attempt,
    advice: adviceFor(named.name, { ours, facts, attempt }),
    exit: exitOf(named.name, facts),
  };
}

function unusableOrder({ order, windows }: UpgradeStatusFacts): NamedStatus | undefined {
  if (order.state === "unreadable") return { name: "damaged", summary: order.reason };
  if (order.state === "absent") return undefined;
  const { serial, computerName } = order.order.target;
  if (windows.serial !== "" && serial.toUpperCase() !== windows.serial.toUpperCase()) {
    const summary = `The order is for the volume ${serial}, and this one is ${windows.serial}`;
    return { name: "foreign", summary };
  }
  const name = windows.computerName;
  if (
    computerName !== null && name !== undefined &&
    name.toUpperCase() !== computerName.toUpperCase()
  ) {
    const summary = `The order is for the computer ${computerName}, and this one is ${name}`;
    return { name: "foreign", summary };
  }
  return undefined;
}

/** What Setup itself does at the next start. An upgrade that was given up early does nothing. */
function setupAtWork({ setup, attempt }: UpgradeStatusFacts): NamedStatus | undefined {
  switch (setup?.name) {
    case "in-flight":
      return { name: "goes-on", summary: setup.reason };
    case "rollback-pending":
      return { name: "rolling-back", summary: setup.reason };
    case "dead-safe-os":
    case "dead-first-boot":
    case "dead-oobe":
      return { name: "died", summary: setup.reason };
    case "dead-downlevel":
      // What the logs say about the end tells more, if they say anything.
      return attempt === undefined || attempt.state === "in-progress"
        ? { name: "died", summary: setup.reason }
        : undefined;
    default:
      return undefined;
  }
}

function withoutOrder(
  { progress }: UpgradeStatusFacts,
  attempt: SetupAttempt | undefined,
): NamedStatus {
  if (attempt !== undefined) return attemptStatus(attempt);
  const last = progress.records.at(-1);
  return last === undefined
    ? { name: "none", summary: "Nothing tells of an upgrade" }
    : { name: "none", summary: `The order is gone; the last record is: ${describeRecord(last)}` };
}

/** One record for people. */
export function describeRecord(record: StarterRecord): string {
  switch (record.event) {
    case "staged":
      return "the upgrade was staged";
    case "woke":
      return "the starter ran";
    case "waits":
      return `it waited: ${record.reason}`;
    case "starts":
      return `Setup was started (attempt ${record.attempt})`;
    case "ended":
      return `Setup ended: ${record.meaning}`;
    case "not-started":
      return `Setup could not be started: ${record.reason}`;
    case "shutdown":
      return "Windows was shut down while Setup worked";
    case "stopped":
      return "somebody stopped the starter while Setup worked";
    case "hangs":
      return "Setup did not end within its time limit";
    case "stood-down":
      return `the starter gave up: ${record.reason}`;
    case "done":
      return `the upgrade is done${record.build === null ? "" : `, build ${record.build}`}`;
    case "removed":
      return "the starter has removed itself";
    case "not-removed":
      return `the starter could not remove itself: ${record.reason}`;
  }
}

const RESTART: readonly UpgradeStatusName[] = [
  "staged",
  "waiting",
  "started",
  "goes-on",
  "rolling-back",
];

function exitOf(name: UpgradeStatusName, facts: UpgradeStatusFacts): ExitCodeName {
  if (name === "none") return facts.unread.length > 0 ? "partial" : "nothingToDo";
  if (name === "done" || name === "scanned") return "ok";
  return RESTART.includes(name) ? "needsRestart" : "problemsFound";
}
