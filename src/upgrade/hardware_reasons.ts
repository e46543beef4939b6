/** What Setup demands of the machine, as far as it can be told of a Windows that does not run. */
import { formatBytes } from "../base/mod.ts";
import {
  describeBuild,
  type RequirementRow,
  requirementsOf,
  type RequirementSubject,
} from "../knowledge/mod.ts";
import type { Comparison } from "./image_reasons.ts";
import type { UpgradeReason } from "./reason.ts";

/** All reasons that the machine gives. */
export function hardwareReasons(comparison: Comparison): UpgradeReason[] {
  const rows = newRequirements(comparison);
  return [
    firmware(comparison, rows),
    tpm(comparison, rows),
    disk(comparison, rows),
    unknown(comparison, rows),
  ].filter((reason) => reason !== undefined);
}

/** What the installed Windows does not demand already: what runs has been let in once. */
function newRequirements({ situation, image }: Comparison): readonly RequirementRow[] {
  if (image.build === undefined) return [];
  const { build: installed = 0, installationType } = situation.identity;
  return requirementsOf({
    build: image.build,
    edition: image.edition,
    installationType: image.installationType ?? installationType,
  }).filter((row) => row.since > installed || row.subject === "firmware");
}

function find(rows: readonly RequirementRow[], subject: RequirementSubject) {
  return rows.find((row) => row.subject === subject);
}

function firmware(
  { situation, image }: Comparison,
  rows: readonly RequirementRow[],
): UpgradeReason | undefined {
  if (find(rows, "firmware") === undefined || situation.boot.firmware !== "bios") return undefined;
  return {
    id: "hardware.firmware",
    weight: "step-first",
    summary:
      `${name(image.build)} needs UEFI firmware, and this Windows is started by a BIOS, or ` +
      "by UEFI firmware that plays one",
    evidence: situation.boot.firmwareEvidence,
    next: "If the firmware knows UEFI: mbr2gpt /convert, then switch the firmware to UEFI",
  };
}

/** An old TPM may be the older face of a new one: its firmware can mostly be switched. */
function tpm(
  { situation, image }: Comparison,
  rows: readonly RequirementRow[],
): UpgradeReason | undefined {
  if (find(rows, "tpm") === undefined || situation.hardware.tpm !== "1.2") return undefined;
  return {
    id: "hardware.tpm",
    weight: "step-first",
    summary: `${name(image.build)} needs a TPM 2.0, and this Windows has known a TPM 1.2 only`,
    evidence: situation.hardware.evidence,
    next: "Look in the firmware's settings whether the TPM can be switched to 2.0",
  };
}

/** The disk is at least as large as the volume; whether it is larger is not known here. */
function disk(
  { situation, image }: Comparison,
  rows: readonly RequirementRow[],
): UpgradeReason | undefined {
  const row = find(rows, "disk");
  const { total } = situation.space;
  if (row?.bytes === undefined || total >= row.bytes) return undefined;
  return {
    id: "hardware.disk",
    weight: "note",
    summary: `${name(image.build)} needs ${row.needs}; the volume has ${formatBytes(total)}, and ` +
      "how large its disk is cannot be told",
    evidence: [{
      kind: "volume",
      volume: situation.volume,
      detail: `${formatBytes(total)} in all`,
    }],
  };
}

/** One sentence for everything that nobody can look at from here. */
function unknown(
  { situation, image }: Comparison,
  rows: readonly RequirementRow[],
): UpgradeReason | undefined {
  const { hardware, boot, volume } = situation;
  const known: readonly RequirementSubject[] = [
    "disk",
    ...boot.firmware === "unknown" ? [] : ["firmware" as const],
    ...hardware.tpm === undefined ? [] : ["tpm" as const],
  ];
  const open = rows.filter(({ subject, since }) =>
    !known.includes(subject) && (subject !== "firmware" || since > (situation.identity.build ?? 0))
  );
  if (open.length === 0) return undefined;
  const wants = open.map(({ needs }) => needs);
  const list = wants.length === 1
    ? wants[0]
    : `${wants.slice(0, -1).join(", ")} and ${wants.at(-1)}`;
  const model = [hardware.machine, hardware.processor].filter((part) => part !== undefined);
  const machine = model.length === 0 ? "this machine" : `this machine (${model.join("; ")})`;
  return {
    id: "hardware.unknown",
    weight: "note",
    summary: `${name(image.build)} needs ${list}; whether ${machine} has that cannot be told here`,
    evidence: hardware.evidence.length > 0
      ? hardware.evidence
      : [{ kind: "volume", volume, detail: "nothing in the registry tells of them" }],
    next: "Look into the firmware's settings, or the maker's page of the model",
  };
}

function name(build: number | undefined): string {
  return build === undefined ? "This Windows" : describeBuild(build);
}
