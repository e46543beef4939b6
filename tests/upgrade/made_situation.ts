/** A sound situation and sound media as plain data, for tables of cases. */
import type { Finding } from "../../src/checks/mod.ts";
import type {
  ReasonWeight,
  UpgradeImage,
  UpgradeMedia,
  UpgradeSituation,
} from "../../src/upgrade/mod.ts";

type Identity = UpgradeSituation["identity"];

/** Changes to parts of the situation. */
export interface SituationChanges extends Partial<Omit<UpgradeSituation, Part>> {
  readonly identity?: Partial<Identity>;
  readonly boot?: Partial<UpgradeSituation["boot"]>;
  readonly start?: Partial<UpgradeSituation["start"]>;
  readonly protection?: Partial<UpgradeSituation["protection"]>;
  readonly policy?: Partial<UpgradeSituation["policy"]>;
  readonly hardware?: Partial<UpgradeSituation["hardware"]>;
}

type Part = "identity" | "boot" | "start" | "protection" | "policy" | "hardware";

/** Something that was read. */
export const PROOF = [{ kind: "file", path: "somewhere", detail: "something" }] as const;

const GIGABYTE = 2 ** 30;

/** Windows 11 Pro 24H2, x64, English, with everything in order. */
export function situation(changes: SituationChanges = {}): UpgradeSituation {
  const { identity, boot, start, protection, policy, hardware, ...rest } = changes;
  return {
    volume: "D:",
    identityEvidence: PROOF,
    space: { free: 60 * GIGABYTE, total: 237 * GIGABYTE },
    hibernated: [],
    readOnly: false,
    portable: [],
    setup: { name: "finished", reason: "Setup is finished", evidence: [] },
    audit: false,
    endedBadly: undefined,
    leftover: [],
    wayBack: [],
    otherLetter: undefined,
    ...rest,
    identity: {
      name: "Windows 11 Pro",
      edition: "Professional",
      displayVersion: "24H2",
      build: 26100,
      ubr: 4061,
      architecture: "x64",
      language: "0409",
      controlSet: 1,
      computerName: "ANNA-PC",
      systemLetter: "C:",
      installationType: "Client",
      ...identity,
    },
    boot: {
      firmware: "uefi",
      firmwareEvidence: PROOF,
      systemPartition: {
        place: "S:",
        freeBytes: 66 * 2 ** 20,
        totalBytes: 100 * 2 ** 20,
        fileSystem: "FAT32",
      },
      noEntry: [],
      safeBoot: undefined,
      virtualDisk: undefined,
      otherSystems: [],
      unread: [],
      ...boot,
    },
    start: { stopping: [], unsettled: [], restartDue: undefined, lost: [], ...start },
    protection: {
      antivirus: [],
      encryption: [],
      bitLocker: { state: "none", evidence: PROOF },
      ...protection,
    },
    policy: {
      release: undefined,
      product: undefined,
      releaseEvidence: [],
      noUpgrade: [],
      management: { managed: "no", by: undefined, evidence: PROOF },
      ...policy,
    },
    hardware: {
      tpm: undefined,
      processor: undefined,
      machine: undefined,
      evidence: [],
      ...hardware,
    },
  };
}

/** Image 1 of the same Windows. */
export function image(changes: Partial<UpgradeImage> = {}): UpgradeImage {
  return {
    index: 1,
    name: "Windows 11 Pro",
    edition: "Professional",
    architecture: "x64",
    build: 26100,
    ubr: 4061,
    languages: ["en-US"],
    defaultLanguage: "en-US",
    installationType: "Client",
    winre: "present",
    appliedBytes: 16 * GIGABYTE,
    ...changes,
  };
}

/** A whole ISO that was verified, with these images. */
export function media(
  images: readonly Partial<UpgradeImage>[] = [{}],
  changes: Partial<UpgradeMedia> = {},
): UpgradeMedia {
  return {
    place: "E:\\Win11.iso",
    onTarget: false,
    kind: "iso",
    files: 950,
    bytes: 5 * GIGABYTE,
    largestFile: 4 * GIGABYTE,
    images: images.map((one, at) => image({ index: at + 1, ...one })),
    format: "wim",
    imageFile: "sources\\install.wim",
    folder: "",
    programs: ["setup.exe", "sources\\setupprep.exe"],
    oldestBuild: 9600,
    edition: undefined,
    channel: "Retail",
    volumeLicense: false,
    problems: [],
    verified: "whole",
    ...changes,
  };
}

/** A blocking finding. */
export function finding(check: string, summary: string, next = "pemedic repair D:"): Finding {
  return { check, outcome: "problem", blocking: true, summary, evidence: PROOF, next };
}

/** `blocks image.architecture`: how a table names a reason. */
export function named(reasons: readonly { readonly weight: ReasonWeight; readonly id: string }[]) {
  return reasons.map(({ weight, id }) => `${weight} ${id}`);
}
