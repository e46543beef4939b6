/** What the installed Windows and its machine say against an upgrade, whatever the media are. */
import type { Finding } from "../checks/mod.ts";
import type { Evidence } from "../windows/mod.ts";
import { bootReasons } from "./boot_reasons.ts";
import { commandOn, type UpgradeReason, volumeEvidence } from "./reason.ts";
import type { EndedBadly, UpgradeSituation } from "./situation.ts";

/** All reasons that the state of the target gives. */
export function targetReasons(situation: UpgradeSituation): UpgradeReason[] {
  return [
    ...startReasons(situation),
    ...volumeReasons(situation),
    ...situation.start.unsettled.map(unsettled),
    ...[
      restartDue(situation),
      setup(situation),
      endedBadly(situation),
      leftover(situation),
      wayBack(situation),
    ].filter((reason) => reason !== undefined),
    ...bootReasons(situation),
  ];
}

function startReasons(situation: UpgradeSituation): UpgradeReason[] {
  const { lost, stopping } = situation.start;
  if (lost.length > 0) {
    return [{
      id: "start.never",
      weight: "blocks",
      summary: "This Windows cannot be brought up: parts of its registry are gone and no copy of " +
        "them is here, and an upgrade that keeps programs begins in the running Windows only",
      evidence: lost,
    }];
  }
  return stopping.map((finding) => ({
    ...fromFinding(finding),
    id: `start.${finding.check}`,
    weight: "step-first",
    summary: `Repair first, because an upgrade begins in the running Windows: ${finding.summary}`,
  }));
}

/** What is written now would be lost, or cannot be written at all. */
function volumeReasons(situation: UpgradeSituation): UpgradeReason[] {
  const { hibernated, readOnly } = situation;
  const reasons: UpgradeReason[] = [];
  if (hibernated.length > 0) {
    reasons.push({
      id: "volume.hibernated",
      weight: "step-first",
      summary: "Windows may be hibernated or was shut down with Fast Startup: what is staged now " +
        "would be lost when it resumes",
      evidence: hibernated,
      next: `Shut Windows down with Shift held; if it does not start: ${
        commandOn(situation, "repair")
      } --discard-hibernation`,
    });
  }
  if (readOnly) {
    reasons.push({
      id: "volume.read-only",
      weight: "step-first",
      summary: "The volume is read-only here: nothing can be staged on it",
      evidence: [volumeEvidence(situation, "read-only")],
      next: "Take the write protection away, then run this command again",
    });
  }
  return reasons;
}

function unsettled(finding: Finding): UpgradeReason {
  return { ...fromFinding(finding), id: `check.${finding.check}`, weight: "step-first" };
}

function fromFinding(finding: Finding): Pick<UpgradeReason, "summary" | "evidence" | "next"> {
  const { summary, evidence, next } = finding;
  return { summary, evidence, ...(next === undefined ? {} : { next }) };
}

function restartDue({ start }: UpgradeSituation): UpgradeReason | undefined {
  const finding = start.restartDue;
  return finding === undefined ? undefined : {
    id: "check.restart-due",
    weight: "note",
    summary: `${finding.summary}; a staged upgrade waits until that is done`,
    evidence: finding.evidence,
  };
}

function setup(situation: UpgradeSituation): UpgradeReason | undefined {
  const { reason } = situation.setup;
  const evidence = situation.setup.evidence.length > 0
    ? situation.setup.evidence
    : [volumeEvidence(situation, reason)];
  if (situation.audit) return audit(evidence);
  const told = setupState(situation);
  return told && { ...told, evidence };
}

function setupState(situation: UpgradeSituation): Omit<UpgradeReason, "evidence"> | undefined {
  const { name, reason } = situation.setup;
  switch (name) {
    case "finished":
    case "dead-downlevel":
      return undefined;
    case "waiting":
      return {
        id: "setup.waiting",
        weight: "step-first",
        summary: `Something else comes first at the next start: ${reason}`,
        next: "Start Windows once and let it end that, then run this command again",
      };
    case "in-flight":
    case "rollback-pending":
      return {
        id: `setup.${name}`,
        weight: "step-first",
        summary: `Another upgrade is not over: ${reason}`,
        next: `Let it end, or break it off: ${commandOn(situation, "upgrade abort")} --force`,
      };
    case "dead-safe-os":
      return dead(situation, "upgrade abort");
    case "dead-first-boot":
    case "dead-oobe":
      return dead(situation, "repair --only setup.reset-state");
    case "unclear":
      return {
        id: "setup.unclear",
        weight: "note",
        summary: `In which state Setup left this Windows is not clear: ${reason}`,
        next: commandOn(situation, "diagnose"),
      };
  }
}

function dead(situation: UpgradeSituation, command: string): Omit<UpgradeReason, "evidence"> {
  return {
    id: "setup.dead",
    weight: "step-first",
    summary: `An earlier upgrade died and is to be cleared away first: ${situation.setup.reason}`,
    next: commandOn(situation, command),
  };
}

/** Source: SetupDiag, AuditModeHardblock. */
function audit(evidence: readonly Evidence[]): UpgradeReason {
  return {
    id: "setup.audit-mode",
    weight: "step-first",
    summary: "Windows is in audit mode, in which Setup refuses an upgrade",
    evidence,
    next: "Leave it in the running Windows: sysprep /oobe /reboot",
  };
}

const ENDS: Readonly<Record<EndedBadly["state"], string>> = {
  "rolled-back": "failed and was rolled back",
  "failed": "failed",
  "refused": "was refused",
};

/** What ended the last upgrade may end the next one, too. One that is not over has its own reason. */
function endedBadly(situation: UpgradeSituation): UpgradeReason | undefined {
  const { endedBadly: ended, setup: { name } } = situation;
  if (ended === undefined || name === "in-flight" || name === "rollback-pending") return undefined;
  const { state, code, reason, evidence } = ended;
  const why = code === undefined ? `: ${reason}` : ` with ${code}`;
  return {
    id: "setup.last-attempt",
    weight: "note",
    summary: `The last upgrade ${ENDS[state]}${why}; what ended it may end the next one, too`,
    evidence,
    next: commandOn(situation, "upgrade status"),
  };
}

/**
 * The folder of an upgrade that is over. Setup itself clears most of it away; where that is still to
 * be done it refuses. Source: MOSETUP_E_CLEANUP_PENDING (0xC1900107), Microsoft Learn, Windows upgrade
 * error codes. What belongs to the way back, or to an upgrade that may go on, is not cleared first.
 */
function leftover(situation: UpgradeSituation): UpgradeReason | undefined {
  const { leftover, wayBack, setup: { name } } = situation;
  const given = name === "dead-downlevel";
  if (leftover.length === 0 || wayBack.length > 0 || !(given || name === "finished")) {
    return undefined;
  }
  return {
    id: "setup.leftover",
    weight: "step-first",
    summary: "The folder of an earlier upgrade is there: Setup may refuse with 0xC1900107 until " +
      "it is cleared away",
    evidence: leftover,
    next: given ? commandOn(situation, "upgrade abort") : forcedAbort(situation),
  };
}

/** With the folder the logs go that tell why the last upgrade failed: they are kept first. */
function forcedAbort(situation: UpgradeSituation): string {
  const abort = `${commandOn(situation, "upgrade abort")} --force`;
  if (situation.endedBadly === undefined) return abort;
  return `Keep its logs first: ${commandOn(situation, "upgrade collect")} DEST; then: ${abort}`;
}

/** Source: Microsoft Learn, Windows Setup command-line options, /Uninstall. */
function wayBack({ wayBack, leftover }: UpgradeSituation): UpgradeReason | undefined {
  if (wayBack.length === 0) return undefined;
  return {
    id: "setup.way-back",
    weight: "note",
    summary: "The Windows before this one is kept in Windows.old: after the upgrade there is no " +
      "way back to it",
    evidence: [...wayBack, ...leftover],
  };
}
