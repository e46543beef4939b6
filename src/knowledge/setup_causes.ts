/**
 * What is usually behind a result with an extend code, such as `0xC1900101 - 0x30018`, and the
 * whole explanation of such a pair.
 */
import { explainCode, type Trust } from "./error_codes.ts";
import { explainMoSetup, MOSETUP_FALLBACK, type MoSetupKind } from "./mosetup_codes.ts";
import {
  explainSetupExtendCode,
  SETUP_OPERATIONS,
  SETUP_PHASES,
  type SetupExtendCode,
} from "./setup_codes.ts";

/** A result that is known to have one usual cause, with or without an extend code. */
export interface SetupCause {
  /** Unsigned. */
  readonly result: number;
  /** Unsigned; undefined if the cause is the same in every phase. */
  readonly extend: number | undefined;
  /** One sentence without full stop. */
  readonly cause: string;
  /** The first repair, imperative, without full stop. */
  readonly next: string;
  readonly source: string;
  readonly trust?: Trust;
}

const PROCEDURES = "Microsoft Learn: Windows upgrade resolution procedures";

const DRIVERS = "Update or remove storage, display and network drivers, and what filters them";
const READ_OBJECT = "Read which object failed in setupact.log (Abandoning apply due to error)";
const PROFILES = "Look for profiles that appear twice, or with .bak, in ProfileList";
const ONE_DISK = "Detach all disks but that of Windows, and look for a second system partition";
const FREE_SPACE = "Free at least 20 GB on the volume of Windows";

type Row = readonly [result: number, extends_: readonly number[], cause: string, next: string];

const ROWS: readonly Row[] = [
  [
    0xc1900101,
    [0x20004],
    "SafeOS could not be prepared: antivirus, an unused SATA device or a driver",
    "Remove third-party antivirus, detach what is not needed, then update drivers",
  ],
  [
    0xc1900101,
    [0x2000c],
    "The image could not be applied: disk, driver or damaged media",
    "Check the disk, update storage drivers, then verify the media",
  ],
  [
    0xc1900101,
    [0x20017],
    "SafeOS did not start: a driver, or third-party encryption of the disk",
    "Remove third-party encryption, or give its drivers with /ReflectDrivers; update drivers",
  ],
  [
    0xc1900101,
    [0x30018],
    "A device driver stopped responding while sysprep ran",
    "Find the last device in setupapi.dev.log of the rollback, and remove its driver",
  ],
  [
    0xc1900101,
    [0x3000d],
    "Data could not be migrated: often the display driver",
    "Install the basic display driver, then start the upgrade again",
  ],
  [
    0xc1900101,
    [0x4000d],
    "Windows crashed while data was migrated",
    "Read the stop code after `Crash 0x` in the log, and the driver in setupmem.dmp",
  ],
  [
    0xc1900101,
    [0x40017],
    "The second start failed: a filter driver of antivirus or encryption",
    "Remove third-party filter drivers",
  ],
  [
    0xc1900101,
    [0x4001e],
    "Setup failed before the out-of-box experience",
    "Read the last failed operation in setupact.log of the rollback",
  ],
  [
    0x8007042b,
    [0x4000d, 0x4001e, 0x2000d],
    "A process ended unexpectedly while data was migrated",
    READ_OBJECT,
  ],
  [0x8007001f, [0x3000d, 0x4000d], "A user profile could not be migrated", PROFILES],
  [
    0x80070490,
    [0x20007],
    "A driver package is incompatible or damaged",
    "Remove the package (oemN.inf) that the log names last",
  ],
  [
    0x80070003,
    [0x20007],
    "A file of a driver package is missing",
    "Remove the package (oemN.inf) that the log names last",
  ],
  [0x80070002, [0x20009], "Several disks or system partitions confuse Setup", ONE_DISK],
  [
    0x8007025d,
    [0x2000c],
    "The image on the media is damaged",
    "Verify the media against a list of hashes, or get new ones",
  ],
  [
    0x800704b8,
    [0x3001a],
    "An extended error at the first start",
    "Disable services and programs of third parties, then start the upgrade again",
  ],
  [
    0x80070004,
    [0x3000d, 0x50012],
    "A profile or a registry object could not be opened",
    READ_OBJECT,
  ],
  [0x80070005, [0x4000d], "Access to an object was denied while data was migrated", READ_OBJECT],
  [0x8007002c, [0x4000d], "Somebody cancelled a dialog", "Start the upgrade again, with /quiet"],
  [0x80070070, [0x50011, 0x50012, 0x60000], "There was not enough space", FREE_SPACE],
  [0x80073bc3, [], "Several system partitions confuse Setup", ONE_DISK],
  [0x80073b92, [], "Setup cannot decide on which disk to work", ONE_DISK],
  [0xc190020e, [], "There was not enough space", FREE_SPACE],
  [
    0x80240017,
    [],
    "The upgrade is not meant for this edition",
    "Use media of the edition that is installed",
  ],
  [
    0x80070522,
    [],
    "Setup was started without the rights of an administrator",
    "Start Setup as administrator",
  ],
  [
    0xc7700112,
    [],
    "A driver could not be written to the driver store",
    "Clean up the driver store, then install the newest updates of the current version",
  ],
  [
    0x80246007,
    [],
    "The upgrade was not downloaded completely",
    "Reset the update cache, or upgrade from verified media",
  ],
  [
    0xc1800118,
    [],
    "The server of the network has sent files that cannot be decrypted",
    "Upgrade from media, or have the update server repaired",
  ],
  [0x80090011, [], "An encrypted object of a driver was not found", DRIVERS],
  [0xc1900101, [], "The upgrade was rolled back, mostly because of a driver", DRIVERS],
];

/** All causes. A pair appears once; a row without extend code stands for every other one. */
export const SETUP_CAUSES: readonly SetupCause[] = ROWS.flatMap((row): SetupCause[] => {
  const [result, extendCodes, cause, next] = row;
  const common = { result, cause, next, source: PROCEDURES };
  return extendCodes.length === 0
    ? [{ ...common, extend: undefined }]
    : extendCodes.map((extend) => ({ ...common, extend }));
});

/** How closely the explanation fits. */
export type SetupMatch = "pair" | "result" | "extend" | "nothing";

/** Everything that is known of a pair. */
export interface SetupResultExplanation {
  /** `0xC1900101 - 0x30018`, or the result alone. */
  readonly code: string;
  /** `pair`: a usual cause of exactly this pair; `result`: of the result; `extend`: only where. */
  readonly match: SetupMatch;
  readonly symbol: string | undefined;
  /** Of a result of modern Setup. */
  readonly kind: MoSetupKind | undefined;
  /** What the result says, one sentence; undefined for a code that no table knows. */
  readonly meaning: string | undefined;
  /** The usual cause, one sentence. */
  readonly cause: string | undefined;
  /** Where Setup was. */
  readonly where: SetupExtendCode | undefined;
  readonly next: string;
  /** Where meaning and cause were read. */
  readonly sources: readonly string[];
}

/** Explains a result, with its extend code if there is one. Both may be of either sign. */
export function explainSetupResult(result: number, extend?: number): SetupResultExplanation {
  const unsigned = result >>> 0;
  const phase = extend === undefined ? undefined : extend >>> 0;
  const moSetup = explainMoSetup(unsigned);
  const known = explainCode(unsigned);
  const cause = findCause(unsigned, phase);
  const where = phase === undefined ? undefined : describeExtend(phase);
  const meaning = moSetup?.meaning ?? known?.meaning;
  return {
    code: phase === undefined ? hex(unsigned) : `${hex(unsigned)} - ${extendHex(phase)}`,
    match: matchOf(cause, { meaning, where }),
    symbol: moSetup?.symbol ?? known?.symbol,
    kind: moSetup?.kind,
    meaning,
    cause: cause?.cause,
    where,
    next: cause?.next ?? moSetup?.next ?? known?.next ?? MOSETUP_FALLBACK,
    sources: [...new Set([cause, moSetup ?? known, where].flatMap((row) => row?.source ?? []))],
  };
}

function matchOf(
  cause: SetupCause | undefined,
  { meaning, where }: Pick<SetupResultExplanation, "meaning" | "where">,
): SetupMatch {
  if (cause?.extend !== undefined) return "pair";
  if (cause !== undefined || meaning !== undefined) return "result";
  return where === undefined ? "nothing" : "extend";
}

function findCause(result: number, extend: number | undefined): SetupCause | undefined {
  const rows = SETUP_CAUSES.filter((row) => row.result === result);
  return rows.find((row) => row.extend === extend) ??
    rows.find((row) => row.extend === undefined);
}

/** Names what is known of it: a new operation of a known phase still tells the phase. */
function describeExtend(extend: number): SetupExtendCode | undefined {
  const known = explainSetupExtendCode(extend);
  if (known !== undefined) return known;
  const phase = SETUP_PHASES[extend >>> 16];
  if (phase === undefined) return undefined;
  const operation = SETUP_OPERATIONS[extend & 0xffff] ?? `operation ${extendHex(extend & 0xffff)}`;
  return { phase, operation, source: PROCEDURES };
}

/** `0xC1900101` */
function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(8, "0")}`;
}

/** `0x30018` */
function extendHex(code: number): string {
  return `0x${code.toString(16).toUpperCase()}`;
}
