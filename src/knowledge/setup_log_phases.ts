/**
 * Names of phases as setupact.log spells them. There are two sets: those of the program that runs
 * in Windows (component MOUPG), and those of the platform that does the work (component SP).
 */
const UPGRADE_LOG = "setupact.log of an upgrade 17134 to 19041: phase changes and operation table";

/** A phase of the platform. */
export interface PlatformPhase {
  /** As the log spells it. */
  readonly name: string;
  /** Index into `SETUP_PHASES`: 1 in the running Windows, 2 SafeOS, 3 first, 4 second start. */
  readonly digit: number;
  readonly source: string;
}

const DIGITS: readonly (readonly [name: string, digit: number])[] = [
  ["Downlevel", 1],
  ["Pre-Finalize", 1],
  ["Finalize", 1],
  ["Safe OS", 2],
  ["Pre First Boot", 3],
  ["Pre SysPrep", 3],
  ["Post SysPrep", 3],
  ["Post First Boot", 3],
  ["Pre OOBE Boot", 4],
  ["Pre OOBE", 4],
  ["Post OOBE", 4],
  ["Post OOBE Boot", 4],
  ["End", 4],
];

/**
 * The phases in the order of the log's own table. To which start each belongs is read from their
 * names; an extend code says more, and is asked first.
 */
export const PLATFORM_PHASES: readonly PlatformPhase[] = DIGITS.map(([name, digit]) => ({
  name,
  digit,
  source: UPGRADE_LOG,
}));

/** The phase of that name, however it is written. */
export function platformPhase(name: string): PlatformPhase | undefined {
  const wanted = name.trim().toLowerCase();
  return PLATFORM_PHASES.find((phase) => phase.name.toLowerCase() === wanted);
}
