/**
 * In which state Setup left a Windows, as a small state machine over `SYSTEM\Setup`, the children
 * that Setup has started, the folder of an upgrade, and what the boot configuration starts next.
 *
 * | state | what proves it |
 * |---|---|
 * | `finished` | nothing is set to run, and the boot configuration does not start Setup |
 * | `waiting` | Windows is to run something at its next start, and that is as it should be: OOBE of a new machine, a sealed or audited image, a deployment's command, WinPE |
 * | `in-flight` | an upgrade goes on at the next start: its commands or its boot entry are in place, with the files that they need |
 * | `rollback-pending` | Setup takes the upgrade back at the next start |
 * | `dead-downlevel` | a new Windows was prepared, but nothing starts it: it only takes space |
 * | `dead-safe-os` | the computer starts Setup's own small Windows, whose file is gone |
 * | `dead-first-boot` | `setup.exe` was started (1) and did not end (3), and nothing of the upgrade can go on or take back: Windows says "The computer restarted unexpectedly" at every start |
 * | `dead-oobe` | the same one step later: OOBE was started and did not end, on a Windows that is in use already |
 * | `unclear` | everything else, and whatever cannot be read, with the reason: never repaired |
 *
 * Sources: Microsoft Learn, Windows Setup States (ImageState) and KB 939857 (`CmdLine`,
 * `SetupType`); Microsoft Deployment Toolkit, which sets and resets the same values; the values of
 * the loop and their meaning (`setup.exe` 1 and 3): community pages, appuals.com and
 * prime-expert.com; setupact.log, operations 53 to 61, for the commands and the boot entry.
 */
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import {
  hasUpgradeEntry,
  isBootKnown,
  isOfUpgrade,
  nextStartEvidence,
  otherStoreStartsWindows,
  type SetupBootEntry,
  setupEntryOf,
} from "./setup_boot.ts";
import { readSetupFacts, type SetupFacts } from "./setup_facts.ts";

/** Names of the states. */
export type SetupStateName =
  | "finished"
  | "waiting"
  | "in-flight"
  | "rollback-pending"
  | "dead-downlevel"
  | "dead-safe-os"
  | "dead-first-boot"
  | "dead-oobe"
  | "unclear";

/**
 * What gets a dead Setup going again.
 *
 * - `nothing`: the registry is in order, or nothing is proven.
 * - `child`: say that `setup.exe` has ended; Windows then goes on with Setup.
 * - `everything`: take all values back to those of a finished Windows.
 */
export type SetupReset = "nothing" | "child" | "everything";

/** The state of Setup. */
export interface SetupState {
  readonly name: SetupStateName;
  /** Why: one sentence for people, no full stop. */
  readonly reason: string;
  readonly reset: SetupReset;
  /** The boot configuration starts Setup next instead of Windows. */
  readonly bootsSetup: SetupBootEntry | undefined;
  readonly facts: SetupFacts;
  readonly evidence: readonly Evidence[];
}

/** Reads the facts and names the state. */
export async function readSetupState(windows: OfflineWindows): Promise<SetupState> {
  return judgeSetup(await readSetupFacts(windows));
}

type Judgement = Pick<SetupState, "name" | "reason"> & { readonly reset?: SetupReset };

/** Names the state. The first rule that has an answer decides. */
export function judgeSetup(facts: SetupFacts): SetupState {
  const bootsSetup = setupEntryOf(facts.boot);
  const judgement = judgeByRegistry(facts) ?? judgeIdle(facts, bootsSetup) ??
    judgeCommand(facts) ?? judgeRunning(facts, bootsSetup);
  const cited = nextStartEvidence(facts.boot);
  const { evidence } = facts;
  return {
    reset: "nothing",
    ...judgement,
    bootsSetup,
    facts,
    evidence: bootsSetup === undefined ? [...evidence, ...cited] : [...cited, ...evidence],
  };
}

const unclear = (reason: string): Judgement => ({ name: "unclear", reason });
const waiting = (reason: string): Judgement => ({ name: "waiting", reason });

/** What rules out every further question. */
function judgeByRegistry(facts: SetupFacts): Judgement | undefined {
  const unread = unreadHive("SYSTEM", facts.system);
  if (unread !== undefined) return unread;
  if (facts.winpe) return waiting("It is a WinPE, which starts its shell through Setup's values");
  const { values, children, imageState = "" } = facts;
  if (values.auditInProgress === 1 || /RESEAL_TO_AUDIT/.test(imageState)) {
    return waiting("The image is in audit mode, in which Setup's values stay set");
  }
  if (isIdle(facts)) return undefined;
  if (children.audit === 1) return waiting("The image is in audit mode");
  // What SOFTWARE tells is what sets a sealed or audited image apart from a dead Setup.
  return unreadHive("SOFTWARE", facts.software) ?? judgeSealed(facts);
}

function unreadHive(name: string, state: SetupFacts["system"]): Judgement | undefined {
  switch (state) {
    case "readable":
      return undefined;
    case "stale":
      return unclear(
        `The ${name} hive is dirty and its logs cannot be used: Windows may see other values`,
      );
    case "unreadable":
      return unclear(`The ${name} hive cannot be read`);
  }
}

/** Whether Setup's own entry starts next matters only while its folder is there. */
function judgeUnreadBoot({ boot, folder }: SetupFacts): Judgement | undefined {
  return isBootKnown(boot) || !folder.present ? undefined : unclear(
    "An upgrade has left its folder, and whether the computer starts it next cannot be told: a " +
      "boot configuration cannot be read",
  );
}

/** What `GeneralizationState` is on a finished Windows (community; no page of Microsoft tells). */
const GENERALIZED = 7;

function judgeSealed(facts: SetupFacts): Judgement | undefined {
  const { imageState = "", generalization = GENERALIZED, children } = facts;
  if (!/RESEAL_TO_OOBE/.test(imageState) && generalization === GENERALIZED) return undefined;
  return children.setup === 1
    ? unclear("The image was sealed with sysprep, and yet Setup has begun on it")
    : waiting("The image was sealed with sysprep and waits for its first start");
}

function isIdle({ values }: SetupFacts): boolean {
  return (values.setupType ?? 0) === 0 && (values.systemSetupInProgress ?? 0) === 0 &&
    (values.oobeInProgress ?? 0) === 0 && (values.cmdLine ?? "").trim() === "";
}

/** Windows itself has nothing to do with Setup any more; the boot configuration may. */
function judgeIdle(
  facts: SetupFacts,
  boots: SetupBootEntry | undefined,
): Judgement | undefined {
  if (!isIdle(facts)) return undefined;
  if (boots !== undefined) return judgeSetupEntry(facts, boots);
  const unread = judgeUnreadBoot(facts);
  if (unread !== undefined) return unread;
  if (facts.folder.newOs) {
    return {
      name: "dead-downlevel",
      reason: "An upgrade was given up before its first restart; nothing starts it, and Windows " +
        "starts as before",
    };
  }
  return { name: "finished", reason: "Setup is finished" };
}

function judgeSetupEntry(facts: SetupFacts, boots: SetupBootEntry): Judgement {
  const { entry, place } = boots;
  const name = `"${entry.description ?? entry.name}"`;
  if (!isOfUpgrade(entry)) {
    return unclear(`The computer starts ${name}, and no upgrade of this Windows has put it there`);
  }
  if (entry.device?.onTarget !== true) {
    return unclear(`The computer starts ${name}, but its partition is not known to be this one`);
  }
  if (otherStoreStartsWindows(facts.boot, place)) {
    return unclear("One boot configuration starts Setup and another one Windows");
  }
  if (entry.missingFile !== undefined) {
    const reason = `The computer starts ${name}, but ${entry.missingFile} is gone`;
    return { name: "dead-safe-os", reason };
  }
  if (facts.folder.rollbackLog || /rollback/i.test(entry.description ?? "")) {
    return {
      name: "rollback-pending",
      reason: `Setup takes the upgrade back: ${name} starts next`,
    };
  }
  return facts.folder.newOs
    ? { name: "in-flight", reason: `The upgrade goes on at the next start with ${name}` }
    : unclear(
      `The computer starts ${name}, but the new Windows that it should put in place is gone`,
    );
}

/** Nothing else may be cleared: a deployment, or a repair of ours, waits for its start. */
function judgeCommand({ values }: SetupFacts): Judgement | undefined {
  const command = (values.cmdLine ?? "").trim();
  if (command === "") {
    return unclear("Some of Setup's values are set, but there is no command that it would run");
  }
  if (isSetupCommand(command)) return undefined;
  return values.systemSetupInProgress === 1
    ? unclear(`Setup is said to be running, with a command that is not its own: ${command}`)
    : waiting(`Windows is told to run a command that is not Setup's: ${command}`);
}

/** `oobe\windeploy.exe`, or an upgrade's own program. */
function isSetupCommand(command: string): boolean {
  return /^(?:%?\w*:?%?\\?(?:windows\\)?(?:system32\\)?)?oobe\\windeploy\.exe$/i.test(command) ||
    /\$WINDOWS\.~BT\\Sources\\SetupPlatform\.exe/i.test(command);
}

/** Setup's values are set and its command will run: is there anybody left to end it? */
function judgeRunning(facts: SetupFacts, boots: SetupBootEntry | undefined): Judgement {
  const { values, folder, children } = facts;
  if (boots !== undefined && boots.entry.missingFile === undefined) {
    const reason = `The computer starts "${boots.entry.description ?? boots.entry.name}" next, ` +
      "which goes on with the upgrade or takes it back";
    return { name: folder.rollbackLog ? "rollback-pending" : "in-flight", reason };
  }
  const unread = judgeUnreadBoot(facts);
  if (unread !== undefined) return unread;
  if (!/windeploy\.exe$/i.test((values.cmdLine ?? "").trim())) {
    return folder.setupPlatform
      ? { name: "in-flight", reason: "The upgrade goes on at the next start" }
      : unclear("Windows is to go on with an upgrade whose program is gone");
  }
  if (values.setupType !== 2 || values.systemSetupInProgress !== 1) {
    return unclear("Setup's values do not fit together: windeploy.exe is set but not in progress");
  }
  switch (children.setup ?? 0) {
    case 0:
      return judgeNotBegun(facts);
    case 1:
      return judgeFirstBoot(facts);
    case 3:
      return judgeOobe(facts);
    default:
      return unclear(`Setup left the state ${children.setup}, whose meaning is not known`);
  }
}

type Continuation = "none" | "intact" | "broken";

/** Whether the upgrade's own commands can still run. */
function continuationOf({ continuation, folder }: SetupFacts): Continuation {
  if (continuation.length === 0) return "none";
  return folder.setupPlatform ? "intact" : "broken";
}

function judgeNotBegun(facts: SetupFacts): Judgement {
  switch (continuationOf(facts)) {
    case "intact":
      return { name: "in-flight", reason: "The upgraded Windows waits for its first start" };
    case "broken":
      return unclear("The upgraded Windows waits for its first start, but Setup's files are gone");
    case "none":
      return waiting("Windows waits for its first start");
  }
}

function judgeFirstBoot(facts: SetupFacts): Judgement {
  // The boot manager falls back to Setup's entry; its commands are no help if they failed before.
  const byCommand = continuationOf(facts) === "intact" && !facts.folder.rolledBack;
  if (byCommand || hasUpgradeEntry(facts.boot)) {
    return {
      name: "rollback-pending",
      reason: "Setup was interrupted in the first start, and can still take the upgrade back",
    };
  }
  if (facts.children.oobe === 1 && !isInUse(facts)) {
    return unclear("Both Setup and the first-start questions have begun, which does not fit");
  }
  return {
    name: "dead-first-boot",
    reason: "Setup was interrupted in the first start; Windows refuses to go on at every start",
    reset: isInUse(facts) ? "everything" : "child",
  };
}

/** Windows was complete once, and somebody has an account: nothing is left for Setup to do. */
function isInUse({ imageState, accounts }: SetupFacts): boolean {
  return imageState === "IMAGE_STATE_COMPLETE" && accounts > 0;
}

function judgeOobe(facts: SetupFacts): Judgement {
  const { children, accounts } = facts;
  const continuation = continuationOf(facts);
  if (continuation === "intact" || hasUpgradeEntry(facts.boot)) {
    return { name: "in-flight", reason: "The upgraded Windows is at its last step" };
  }
  if (children.oobe === 1 && accounts > 0 && (isInUse(facts) || continuation === "broken")) {
    return {
      name: "dead-oobe",
      reason: "The first-start questions were interrupted on a Windows that has accounts " +
        "already, and nothing is left that would end Setup",
      reset: "everything",
    };
  }
  return accounts === 0
    ? waiting("Windows waits for somebody to answer its first-start questions (OOBE)")
    : unclear("OOBE is to run on a Windows that has accounts; it may end by itself");
}
