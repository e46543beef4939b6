/**
 * The order: what the stick leaves on the target for the next start of Windows, as a file that the
 * starter reads. It is written once, its hash is part of the starter's command line, and a starter
 * that finds it changed, foreign or missing does nothing.
 */
import * as v from "valibot";
import { FormatError } from "../base/mod.ts";
import { PROGRAM_FOLDER } from "../journal/mod.ts";
import { UPGRADE_SERVICE } from "../knowledge/mod.ts";

/** Name of the service and of its key. */
export const SERVICE_NAME = UPGRADE_SERVICE;

/**
 * Keys of a control set by which the service is started in Safe Mode, too: there it stands down
 * and says so. Source: Microsoft Learn, "Boot options in a boot.ini file", SAFEBOOT: only what is
 * named below `Control\\SafeBoot\\Minimal` or `Network` is started.
 */
export const SAFE_BOOT_KEYS: readonly string[] = ["Minimal", "Network"]
  .map((mode) => `Control\\SafeBoot\\${mode}\\${SERVICE_NAME}`);

/** Places on the target, volume-relative. */
export const UpgradePlace = {
  program: `${PROGRAM_FOLDER}\\pemedic.exe`,
  order: `${PROGRAM_FOLDER}\\upgrade.json`,
  setupConfig: `${PROGRAM_FOLDER}\\SetupConfig.ini`,
  /** Driver packages for the new Windows. */
  drivers: `${PROGRAM_FOLDER}\\drivers`,
  /** What is run after the upgrade. */
  postOobe: `${PROGRAM_FOLDER}\\postoobe`,
  /** What the starter records, one JSON line each; it is the starter's own file. */
  progress: `${PROGRAM_FOLDER}\\progress.jsonl`,
} as const;

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const optionalCount = v.nullable(count);

const schema = v.object({
  format: v.literal(1),
  /** Names this order: 16 hexadecimal digits. */
  id: v.pipe(text, v.regex(/^[0-9a-f]{16}$/)),
  /** When it was made, ISO 8601. */
  made: text,
  /** `service`: by itself before anybody logs on. `logon`: Setup is shown to who logs on. */
  start: v.picklist(["service", "logon"]),
  target: v.object({
    computerName: v.nullable(text),
    /** Serial of the volume, as `scan` shows it. */
    serial: text,
    /** `C:`, the letter when Windows runs. */
    letter: v.pipe(text, v.regex(/^[A-Z]:$/)),
    edition: v.nullable(text),
    build: optionalCount,
    ubr: optionalCount,
    /** `InstallTime` of SOFTWARE, in decimal: it changes with every upgrade, also to the same build. */
    installTime: v.nullable(text),
  }),
  media: v.object({
    /** Folder of `setup.exe` as the running Windows sees it: `C:\PEMedic\media`. */
    folder: text,
    build: optionalCount,
    ubr: optionalCount,
    edition: v.nullable(text),
    setup: v.object({ bytes: count, sha256: v.pipe(text, v.regex(/^[0-9a-f]{64}$/)) }),
  }),
  /** Arguments of `setup.exe`, one each. A product key is not among them: it is in SetupConfig.ini. */
  arguments: v.array(text),
  limits: v.object({
    /** Starts without a result, after which the starter stands down. */
    starts: v.pipe(count, v.minValue(1)),
    /** Minutes that it waits for Windows to settle; 0 looks once. */
    settleMinutes: count,
    /** Hours, or part of one, after which a Setup that does not end counts as hanging. */
    hours: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  }),
  /** A notebook without its power supply waits for it. */
  needsPower: v.boolean(),
});

/** What is to be started, where, and when not. */
export type UpgradeOrder = v.InferOutput<typeof schema>;

/** Limits of an order if nothing else was asked for. */
export const DEFAULT_LIMITS: UpgradeOrder["limits"] = { starts: 2, settleMinutes: 20, hours: 6 };

/** The text of an order as it lies on the target: the same order is the same text. */
export function serializeOrder(order: UpgradeOrder): string {
  return JSON.stringify(v.parse(schema, order), undefined, 2) + "\n";
}

/**
 * Reads an order.
 *
 * @throws {FormatError} if it is none, or of another version.
 */
export function parseOrder(content: string): UpgradeOrder {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new FormatError(`Cannot read the order in "${UpgradePlace.order}": it is no JSON`, {
      offset: 0,
    });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new FormatError(`Cannot read the order in "${UpgradePlace.order}": it is not one of ours`, {
    offset: 0,
  });
}
