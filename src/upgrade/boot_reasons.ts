/** What the boot configurations, and the letters of the volumes, say against an upgrade. */
import { commandOn, type UpgradeReason, volumeEvidence } from "./reason.ts";
import type { UpgradeSituation } from "./situation.ts";

/** All reasons that the way to Windows gives. */
export function bootReasons(situation: UpgradeSituation): UpgradeReason[] {
  return [
    virtualDisk(situation),
    portable(situation),
    safeMode(situation),
    otherLetter(situation),
    otherSystems(situation),
    noEntry(situation) ?? unknownBoot(situation),
  ].filter((reason) => reason !== undefined);
}

/** Source: SetupDiag, VHDHardblock. */
function virtualDisk({ boot }: UpgradeSituation): UpgradeReason | undefined {
  if (boot.virtualDisk === undefined) return undefined;
  return {
    id: "boot.virtual-disk",
    weight: "blocks",
    summary: `Windows is started out of a virtual disk (${boot.virtualDisk.text}), and Setup ` +
      "upgrades none that is started so",
    evidence: boot.virtualDisk.evidence,
    next: "Attach the file to a virtual machine and upgrade it there",
  };
}

/** Source: SetupDiag, PortableWorkspaceHardblock. */
function portable({ portable }: UpgradeSituation): UpgradeReason | undefined {
  if (portable.length === 0) return undefined;
  return {
    id: "boot.portable",
    weight: "blocks",
    summary: "This is a Windows To Go, which Setup does not upgrade",
    evidence: portable,
  };
}

/** Source: SetupDiag, SafeModeHardblock. */
function safeMode({ boot }: UpgradeSituation): UpgradeReason | undefined {
  const flag = boot.safeBoot;
  if (flag === undefined) return undefined;
  return {
    id: "boot.safe-mode",
    weight: "step-first",
    summary: `Windows is set to start in ${flag.text}, in which Setup refuses an upgrade`,
    evidence: flag.evidence,
    next: `bcdedit /store "${flag.store}" /deletevalue {${flag.id}} safeboot`,
  };
}

function otherLetter(
  { otherLetter: other, identity }: UpgradeSituation,
): UpgradeReason | undefined {
  if (other === undefined) return undefined;
  return {
    id: "boot.other-letter",
    weight: "step-first",
    summary: `Windows was installed as ${identity.systemLetter} and would run as ${other.text}: ` +
      "Setup upgrades only the drive that Windows runs from",
    evidence: other.evidence,
    next: `In the running Windows, or in HKLM\\SYSTEM\\MountedDevices, give this partition ` +
      `${identity.systemLetter} again`,
  };
}

/** Source: Microsoft Learn, Windows upgrade error codes: 0x80073BC3, 0x80070002 - 0x20009. */
function otherSystems({ boot }: UpgradeSituation): UpgradeReason | undefined {
  if (boot.otherSystems.length === 0) return undefined;
  return {
    id: "boot.other-systems",
    weight: "note",
    summary: `Another disk has a boot configuration of its own (${
      boot.otherSystems.map(({ text }) => text).join(", ")
    }): Setup may take the wrong system partition (0x80070002 - 0x20009)`,
    evidence: boot.otherSystems.flatMap(({ evidence }) => evidence),
    next: "Detach the other disks until the upgrade is over, if they can be detached",
  };
}

function noEntry({ boot, volume }: UpgradeSituation): UpgradeReason | undefined {
  if (boot.noEntry.length === 0) return undefined;
  return {
    id: "boot.no-entry",
    weight: "step-first",
    summary: "No boot configuration starts this Windows, and an upgrade begins in the running " +
      "Windows",
    evidence: boot.noEntry,
    next: `bcdboot "${volume}\\Windows"`,
  };
}

function unknownBoot(situation: UpgradeSituation): UpgradeReason | undefined {
  const { boot } = situation;
  if (boot.firmware !== "unknown" && boot.unread.length === 0) return undefined;
  const why = boot.firmware === "unknown"
    ? "No boot configuration that can be reached is known to start this Windows"
    : "A boot configuration cannot be read";
  return {
    id: "boot.unknown",
    weight: "note",
    summary: `${why}: whether it starts in Safe Mode or out of a virtual disk cannot be told`,
    evidence: boot.unread.length > 0
      ? boot.unread
      : [volumeEvidence(situation, "no entry of a boot configuration starts it")],
    next: commandOn(situation, "boot list"),
  };
}
