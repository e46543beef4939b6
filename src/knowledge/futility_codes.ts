/**
 * The futility stop: codes for which the published advice is the in-place upgrade. The right
 * source is tried once where that can help; after that the ladder jumps to the upgrade
 * instead of scanning in circles.
 */

/** How strongly the upgrade is advised. */
export type FutilitySeverity = "critical" | "high" | "medium" | "low";

/** One code of the futility stop. */
export interface FutilityRow {
  /** Unsigned 32-bit. */
  readonly code: number;
  readonly severity: FutilitySeverity;
  /** A repair with a matching source is worth one try. */
  readonly sourceFirst: boolean;
  readonly source: string;
}

/** For which machines the advice was published. */
export const FUTILITY_SCOPE =
  "Published for Windows Server machines in Azure; on Windows 10 and 11 it is a strong hint, " +
  "so a matching source is tried once first";

const TRIAGE = "Azure/azure-support-scripts: severity of CBS errors before an in-place upgrade";
const LEARN = "Microsoft Learn: Windows Update errors that require an in-place upgrade";

/** Codes of one severity and source for which a matching source is worth one try. */
const SOURCE_FIRST: readonly (readonly [FutilitySeverity, string, readonly number[]])[] = [
  ["critical", TRIAGE, [
    0x800f0831,
    0x800f081f,
    0x800f0900,
    0x800f0911,
    0x800f0985,
    0x800f0986,
    0x800f0987,
    0x800f0989,
    0x800f0982,
    0x800f0984,
    0x800f0988,
    0x800f0991,
    0x800f0805,
  ]],
  ["critical", LEARN, [0x80073712]],
  ["high", TRIAGE, [0x80073701, 0x800736b3, 0x800f080d, 0x80071ab1]],
  ["medium", TRIAGE, [0x8007371b, 0x800f0905, 0x800f0904, 0x80242016]],
  ["low", TRIAGE, [0x800f0922]],
];

/** The codes, worst first. */
export const FUTILITY_CODES: readonly FutilityRow[] = [
  { code: 0x800f0830, severity: "critical", sourceFirst: false, source: TRIAGE },
  { code: 0x800f0832, severity: "critical", sourceFirst: false, source: "symbol in wuerror.h" },
  ...SOURCE_FIRST.flatMap(([severity, source, codes]) =>
    codes.map((code) => ({ code, severity, sourceFirst: true, source }))
  ),
];

/** The row of a code of either sign. */
export function futilityOf(code: number): FutilityRow | undefined {
  return FUTILITY_CODES.find((row) => row.code === code >>> 0);
}

/**
 * Says whether only the upgrade is left. Codes of severity `low` have other usual causes and
 * never stop the ladder.
 */
export function onlyUpgradeHelps(
  code: number,
  options: { readonly matchingSourceTried: boolean },
): boolean {
  const row = futilityOf(code);
  if (row === undefined || row.severity === "low") return false;
  return !row.sourceFirst || options.matchingSourceTried;
}
