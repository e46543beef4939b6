/** What stands around an upgrade: room on the disks, filters, BitLocker, policies. */
import { formatBytes } from "../base/mod.ts";
import {
  describeBuild,
  findBuild,
  setupSpaceBytes,
  SYSTEM_PARTITION_BYTES,
} from "../knowledge/mod.ts";
import { describeManagement } from "../windows/mod.ts";
import type { UpgradeImage, UpgradeMedia } from "./media_facts.ts";
import type { FilterProduct } from "./protection_facts.ts";
import { commandOn, type UpgradeReason, volumeEvidence } from "./reason.ts";
import type { UpgradeSituation } from "./situation.ts";

/** What is judged. */
export interface Surroundings {
  readonly situation: UpgradeSituation;
  readonly media: UpgradeMedia;
  readonly image: UpgradeImage | undefined;
  readonly given: { readonly mediaStay: boolean; readonly reflectDrivers: boolean };
}

/** All reasons that the surroundings give. */
export function surroundingReasons(around: Surroundings): UpgradeReason[] {
  const { situation } = around;
  return [
    space(around),
    systemPartition(situation),
    antivirus(situation),
    encryption(around),
    bitLocker(situation),
    pinned(around),
    noUpgrade(situation),
    managed(situation),
  ].filter((reason) => reason !== undefined);
}

/** Setup's own room, and that of the copy of the media. */
function space({ situation, media, image, given }: Surroundings): UpgradeReason | undefined {
  const { free, total } = situation.space;
  const architecture = image?.architecture ?? situation.identity.architecture;
  const own = setupSpaceBytes(architecture);
  const copied = given.mediaStay ? 0 : media.bytes;
  if (free >= own + copied) return undefined;
  const detail = `${formatBytes(free)} free of ${formatBytes(total)}`;
  const evidence = [volumeEvidence(situation, detail)];
  if (free >= own) {
    return {
      id: "space.media",
      weight: "step-first",
      summary: `There is room for Setup (${formatBytes(own)}), but not for a copy of the media ` +
        `(${formatBytes(copied)}) beside it: only ${formatBytes(free)} are free`,
      evidence,
      next: `Free ${formatBytes(own + copied - free)}${orInPlace(media)}`,
    };
  }
  return {
    id: "space.system-drive",
    weight: "step-first",
    summary: `Only ${formatBytes(free)} are free, and Setup wants ${formatBytes(own)}${
      copied === 0 ? "" : ` and ${formatBytes(copied)} for the media`
    } (0xC190020E)`,
    evidence,
    next: commandOn(situation, "image cleanup"),
  };
}

/** An ISO is copied wherever it lies: nobody mounts it when Windows starts. */
function orInPlace({ kind, onTarget }: UpgradeMedia): string {
  if (kind === "iso") {
    return ", or extract the ISO to a disk that stays attached and name that folder with " +
      "--media-in-place";
  }
  const where = onTarget ? "where they are" : "on a disk that stays attached";
  return `, or leave the media ${where}: --media-in-place`;
}

function systemPartition(situation: UpgradeSituation): UpgradeReason | undefined {
  const partition = situation.boot.systemPartition;
  if (partition === undefined || partition.freeBytes >= SYSTEM_PARTITION_BYTES) return undefined;
  const { place, freeBytes, totalBytes } = partition;
  return {
    id: "space.system-partition",
    weight: "step-first",
    summary: `The system partition ${place} has only ${formatBytes(freeBytes)} free, and Setup ` +
      `wants ${formatBytes(SYSTEM_PARTITION_BYTES)} (0xC1900200)`,
    evidence: [{
      kind: "volume",
      volume: place,
      detail: `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`,
    }],
    next: "Remove fonts and languages that are not used from its folder EFI\\Microsoft\\Boot",
  };
}

/** Source: Microsoft Learn, Windows upgrade error codes: 0xC1900101 - 0x20004, - 0x40017. */
function antivirus(situation: UpgradeSituation): UpgradeReason | undefined {
  const { antivirus } = situation.protection;
  if (antivirus.length === 0) return undefined;
  return {
    id: "filters.antivirus",
    weight: "note",
    summary: `An antivirus of others is active (${listOf(antivirus)}): uninstall it first where ` +
      "you can, for such drivers make upgrades fail (0xC1900101)",
    evidence: antivirus.flatMap(({ evidence }) => evidence),
    next: commandOn(situation, "filters list"),
  };
}

/** Source: Microsoft Learn, Windows Setup command-line options, /ReflectDrivers. */
function encryption({ situation, given }: Surroundings): UpgradeReason | undefined {
  const { encryption } = situation.protection;
  if (encryption.length === 0 || given.reflectDrivers) return undefined;
  return {
    id: "filters.encryption",
    weight: "step-first",
    summary: `Data are encrypted by ${listOf(encryption)}: without its drivers Setup cannot read ` +
      "the disk after its first restart",
    evidence: encryption.flatMap(({ evidence }) => evidence),
    next:
      "Decrypt the disk in the running Windows, or start Setup there by hand with the maker's " +
      "drivers: setup.exe /ReflectDrivers FOLDER",
  };
}

function listOf(products: readonly FilterProduct[]): string {
  return products.map(({ owner, drivers }) => `${owner}: ${drivers.join(", ")}`).join("; ");
}

function bitLocker(situation: UpgradeSituation): UpgradeReason | undefined {
  const { state, evidence } = situation.protection.bitLocker;
  switch (state) {
    case "none":
    case "suspended":
      return undefined;
    case "protected":
      return {
        id: "bitlocker.protected",
        weight: "note",
        summary: "BitLocker protects the volume: its protectors are suspended until the upgrade " +
          "is over, and the recovery key should be at hand",
        evidence,
      };
    case "unknown":
      return {
        id: "bitlocker.unknown",
        weight: "note",
        summary: "Whether BitLocker encrypts the volume cannot be told here: have the recovery " +
          "key at hand",
        evidence: evidence.length > 0
          ? evidence
          : [volumeEvidence(situation, "manage-bde could not be asked")],
      };
  }
}

/**
 * Policies of Windows Update, which Setup of media is not known to obey: somebody who sets them is to
 * be asked, and what nobody manages may be stale.
 */
function pinned({ situation, image }: Surroundings): UpgradeReason | undefined {
  const { release, product, releaseEvidence } = situation.policy;
  if (release === undefined || image?.build === undefined) return undefined;
  const row = findBuild(image.build);
  const sameRelease = row?.version.toLowerCase() === release.toLowerCase();
  const sameProduct = product === undefined ||
    row?.product.toLowerCase() === product.toLowerCase();
  if (sameRelease && sameProduct) return undefined;
  const stays = [product, release].filter((part) => part !== undefined && part !== "").join(" ");
  return {
    ...policy(situation),
    id: "policy.release",
    summary: `A policy keeps this Windows at ${stays === "" ? "its release" : stays}, and the ` +
      `media are ${describeBuild(image.build)}${asked(situation)}`,
    evidence: releaseEvidence,
  };
}

function noUpgrade(situation: UpgradeSituation): UpgradeReason | undefined {
  const { noUpgrade } = situation.policy;
  if (noUpgrade.length === 0) return undefined;
  return {
    ...policy(situation),
    id: "policy.no-upgrade",
    summary: `A policy keeps Windows Update from upgrading (DisableOSUpgrade)${asked(situation)}`,
    evidence: noUpgrade,
  };
}

function policy(situation: UpgradeSituation): Pick<UpgradeReason, "weight" | "next"> {
  return situation.policy.management.managed === "no"
    ? { weight: "note", next: commandOn(situation, "repair --include policy") }
    : { weight: "note", next: "Ask who administers it whether it may be upgraded" };
}

function asked({ policy: { management } }: UpgradeSituation): string {
  return management.managed === "no" ? "" : `; ${describeManagement(management)}`;
}

function managed({ policy: { management } }: UpgradeSituation): UpgradeReason | undefined {
  if (management.managed !== "yes") return undefined;
  return {
    id: "policy.managed",
    weight: "note",
    summary: `An organisation administers this Windows: ${describeManagement(management)}`,
    evidence: management.evidence,
  };
}
