/** What can be done next in each state of an upgrade. */
import type { SetupAttempt } from "../windows/mod.ts";
import { isNewWindows } from "./order_status.ts";
import type { UpgradeStatusFacts, UpgradeStatusName } from "./status_facts.ts";

/** A command that helps next; `%` stands for the volume. */
export interface UpgradeAdvice {
  /** `upgrade abort`, without `pemedic`; undefined for something to do by hand. */
  readonly command?: string;
  /** When or why: one phrase without full stop. */
  readonly why: string;
}

const COLLECT: UpgradeAdvice = {
  command: "upgrade collect % DEST",
  why: "to read the logs on another computer",
};
const UNSTAGE: UpgradeAdvice = {
  command: "upgrade unstage",
  why: "to take back what was left for it",
};
const STAGE_AGAIN: UpgradeAdvice = {
  command: "upgrade stage % --media PATH",
  why: "to try again, once the cause is gone",
};

/** What can be done next in each state; `%` is replaced by the volume. */
const ADVICE: Readonly<Record<UpgradeStatusName, readonly UpgradeAdvice[]>> = {
  "none": [{ command: "upgrade check % --media PATH", why: "to see whether one is possible" }],
  "staged": [
    { why: "Start Windows normally: the upgrade begins by itself" },
    { command: "upgrade unstage", why: "to call it off" },
  ],
  "not-armed": [{ ...UNSTAGE, why: "nothing starts the order; take it back" }, STAGE_AGAIN],
  "waiting": [
    { why: "Start Windows normally and leave it alone: the upgrade begins once it has settled" },
    { command: "upgrade unstage", why: "to call it off" },
  ],
  "started": [
    { why: "Start Windows normally: it goes on, or records how it ended" },
    COLLECT,
  ],
  "goes-on": [
    { why: "Start the computer and let it work" },
    { command: "upgrade abort % --force", why: "if it was seen to fail again and again" },
    COLLECT,
  ],
  "rolling-back": [
    { why: "Start the computer and let it take the upgrade back" },
    { command: "upgrade abort % --force", why: "if it was seen to fail again and again" },
    COLLECT,
  ],
  "died": [COLLECT, { command: "upgrade abort", why: "to let Windows start again" }],
  "done": [],
  "rolled-back": [COLLECT],
  "failed": [COLLECT],
  "refused": [COLLECT],
  "scanned": [],
  "stood-down": [COLLECT],
  "foreign": [{ ...UNSTAGE, why: "it is never followed on this computer; take it back" }],
  "damaged": [{ ...UNSTAGE, why: "it is never followed; take it back" }],
};

/** States in which what was left on the volume is of no more use. */
const OVER: readonly UpgradeStatusName[] = [
  "died",
  "done",
  "rolled-back",
  "failed",
  "refused",
  "scanned",
  "stood-down",
];

/** The advice, the most helpful first. */
export function adviceFor(
  name: UpgradeStatusName,
  about: {
    readonly ours: boolean;
    readonly facts: UpgradeStatusFacts;
    readonly attempt: SetupAttempt | undefined;
  },
): UpgradeAdvice[] {
  const { ours, facts, attempt } = about;
  const failed = name !== "done" && name !== "scanned" && OVER.includes(name);
  const cause = failed ? attempt?.explanation?.next : undefined;
  const advice = [...cause === undefined ? [] : [{ why: cause }], ...adviceOn(name, facts)];
  if (facts.setup?.name === "dead-downlevel" && !isNewWindows(facts)) {
    const at = advice.findIndex(({ command }) => command === "upgrade abort");
    const abort = { command: "upgrade abort", why: "to put aside what it left" };
    advice.splice(at < 0 ? advice.length : at, at < 0 ? 0 : 1, abort);
  }
  if (ours && OVER.includes(name)) advice.push(UNSTAGE);
  if (ours && name === "started") advice.push(callOff(facts));
  if (failed && name !== "died") advice.push(STAGE_AGAIN);
  return advice;
}

/** An order for a logon is not followed before somebody logs on. */
function adviceOn(
  name: UpgradeStatusName,
  { order }: UpgradeStatusFacts,
): readonly UpgradeAdvice[] {
  if (name !== "staged" || order.state !== "read" || order.order.start === "service") {
    return ADVICE[name];
  }
  const why = "Start Windows normally and log on as an administrator: the upgrade begins then";
  return [{ why }, ...ADVICE.staged.slice(1)];
}

/** While something still starts it, the next start of Windows may start Setup again. */
function callOff({ armed }: UpgradeStatusFacts): UpgradeAdvice {
  const mayStart = armed === "armed" || armed === "unknown";
  return mayStart ? { ...UNSTAGE, why: "to call off a further start" } : UNSTAGE;
}
