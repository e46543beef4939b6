/**
 * What an offline Windows says about Setup: the values by which Windows starts it again, the
 * files of an upgrade, and what the boot configuration starts next. Facts only; what they mean
 * together is told in `setup_state.ts`.
 */
import { MedicError } from "../base/mod.ts";
import { type BootStoreView, readBootConfiguration } from "./boot_configuration.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { registryEvidence } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** Values of `SYSTEM\Setup`; undefined for one that is not there. */
export interface SetupValues {
  readonly systemSetupInProgress: number | undefined;
  /** 0 nothing, 1 run `CmdLine` and restart, 2 run it before the logon screen (community). */
  readonly setupType: number | undefined;
  readonly setupPhase: number | undefined;
  readonly oobeInProgress: number | undefined;
  readonly restartSetup: number | undefined;
  readonly auditInProgress: number | undefined;
  readonly cmdLine: string | undefined;
}

/** Programs that Setup starts one after the other: 1 began, 3 ended. */
export interface ChildCompletion {
  readonly setup: number | undefined;
  readonly oobe: number | undefined;
  readonly audit: number | undefined;
}

/** The work folder of an in-place upgrade, `$WINDOWS.~BT`. */
export interface UpgradeFolder {
  readonly present: boolean;
  /** The new Windows that is not in its place yet. */
  readonly newOs: boolean;
  /** The program that goes on with the upgrade after a restart. */
  readonly setupPlatform: boolean;
  /** A rollback has begun: it has a log. */
  readonly rollbackLog: boolean;
  /** That log is newer than the one of the upgrade itself. */
  readonly rolledBack: boolean;
}

/** `stale`: dirty, and no log can be used, so that Windows may see other values. */
export type HiveReadability = "readable" | "stale" | "unreadable";

/** Everything that the state of Setup is judged by. */
export interface SetupFacts {
  readonly system: HiveReadability;
  readonly software: HiveReadability;
  readonly values: SetupValues;
  readonly children: ChildCompletion;
  /** `IMAGE_STATE_COMPLETE` on a finished Windows. Source: Microsoft Learn, Windows Setup States. */
  readonly imageState: string | undefined;
  /** `SysprepStatus\GeneralizationState`: 7 on a finished Windows (community). */
  readonly generalization: number | undefined;
  readonly winpe: boolean;
  /** User accounts that have a profile; the built-in ones do not count. */
  readonly accounts: number;
  /** Commands under `Setup\FirstBoot` by which an upgrade goes on. */
  readonly continuation: readonly string[];
  readonly folder: UpgradeFolder;
  readonly boot: readonly BootStoreView[];
  /** Where all this was read. */
  readonly evidence: readonly Evidence[];
}

const SETUP = "SYSTEM\\Setup";
const CHILDREN = `${SETUP}\\Status\\ChildCompletion`;
const PROFILES = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
const FOLDER = "$WINDOWS.~BT";

/** Reads the facts. Never throws for damaged hives, stores or folders. */
export async function readSetupFacts(windows: OfflineWindows): Promise<SetupFacts> {
  const reader = new FactReader(windows);
  // In the order in which people want to see it: what tells most comes first.
  const facts = {
    system: await readability(windows, { hive: "SYSTEM", evidence: reader.evidence }),
    software: await readability(windows, { hive: "SOFTWARE", evidence: reader.evidence }),
    children: {
      setup: await reader.number(CHILDREN, "setup.exe"),
      oobe: await reader.number(CHILDREN, "oobeldr.exe"),
      audit: await reader.number(CHILDREN, "audit.exe"),
    },
    values: await readValues(reader),
    imageState: await reader.text(
      "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State",
      "ImageState",
    ),
    generalization: await reader.number(`${SETUP}\\Status\\SysprepStatus`, "GeneralizationState"),
    winpe: await windows.registry.key(WINPE) !== undefined,
    accounts: await countAccounts(windows),
    ...await readUpgrade(windows, reader),
    boot: await readBoot(windows, reader.evidence),
    evidence: reader.evidence,
  };
  await citeAttempts(windows, reader.evidence);
  return facts;
}

/** `MoSetup` says that an upgrade was tried, and nothing about how it ended. */
async function citeAttempts(windows: OfflineWindows, evidence: Evidence[]): Promise<void> {
  const key = await windows.registry.key(`${SETUP}\\MoSetup`);
  if (key !== undefined) evidence.push(registryEvidence(key, "the key is there"));
}

async function readability(
  windows: OfflineWindows,
  place: { readonly hive: string; readonly evidence: Evidence[] },
): Promise<HiveReadability> {
  const state = await windows.hives.read(place.hive);
  const cite = (detail: string) => {
    place.evidence.push({ kind: "file", path: state.path, detail });
  };
  switch (state.state) {
    case "clean":
    case "replayed":
      return "readable";
    case "dirty":
      cite("dirty, and its logs cannot be used: Windows may see something else");
      return "stale";
    case "absent":
      cite("not there");
      return "unreadable";
    case "unreadable":
      cite(state.problem);
      return "unreadable";
  }
}

async function readBoot(windows: OfflineWindows, evidence: Evidence[]) {
  const stores = await readBootConfiguration(windows);
  for (const store of stores) {
    if (store.state === "read" && !store.stale) continue;
    const detail = store.state === "read" ? store.replay ?? "dirty" : store.problem;
    evidence.push({ kind: "file", path: store.place, detail });
  }
  return stores;
}

/** Only a WinPE or WinRE image has it. */
const WINPE = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\WinPE";

/** Reads values and remembers each that is there as evidence. */
class FactReader {
  readonly evidence: Evidence[] = [];
  readonly #windows: OfflineWindows;

  constructor(windows: OfflineWindows) {
    this.#windows = windows;
  }

  /** A number, or undefined if it is missing or no number. */
  async number(path: string, name: string): Promise<number | undefined> {
    const found = await this.#windows.registry.value(path, name);
    const number = unlessDamaged(() => found?.value.number());
    if (found === undefined || number === undefined) return undefined;
    this.evidence.push(registryEvidence(found.key, String(number), name));
    return Number(number);
  }

  /** A text, or undefined if it is missing or no text. */
  async text(path: string, name: string): Promise<string | undefined> {
    const found = await this.#windows.registry.value(path, name);
    const text = unlessDamaged(() => found?.value.string());
    if (found === undefined || text === undefined) return undefined;
    this.evidence.push(registryEvidence(found.key, `"${text}"`, name));
    return text;
  }
}

async function readValues(reader: FactReader): Promise<SetupValues> {
  return {
    systemSetupInProgress: await reader.number(SETUP, "SystemSetupInProgress"),
    setupType: await reader.number(SETUP, "SetupType"),
    setupPhase: await reader.number(SETUP, "SetupPhase"),
    oobeInProgress: await reader.number(SETUP, "OOBEInProgress"),
    restartSetup: await reader.number(SETUP, "RestartSetup"),
    auditInProgress: await reader.number(SETUP, "AuditInProgress"),
    cmdLine: await reader.text(SETUP, "CmdLine"),
  };
}

/** Local and directory accounts; their relative id 500 is the built-in administrator. */
const ACCOUNT = /^S-1-(?:5-21|12-1)-[\d-]+$/i;
const BUILT_IN = /-500$/;

/** OOBE runs as this account and leaves its profile behind. */
const OOBE_PROFILE = /\\defaultuser\d+$/i;

async function countAccounts(windows: OfflineWindows): Promise<number> {
  const list = await windows.registry.key(PROFILES);
  const profiles = unlessDamaged(() => list?.key.subkeys(() => {})) ?? [];
  return profiles.filter((profile) => {
    const path = unlessDamaged(() => profile.value("ProfileImagePath")?.string()) ?? "";
    return ACCOUNT.test(profile.name) && !BUILT_IN.test(profile.name) && !OOBE_PROFILE.test(path);
  }).length;
}

/**
 * An upgrade registers `%SystemDrive%\$WINDOWS.~BT\Sources\SetupPlatform.exe /postsysprep` and its
 * kin under `Setup\FirstBoot\<phase>`. Sources: setupact.log (operations 53 to 57); the scripts of
 * UUP converters, which add their own beside it.
 */
async function readContinuation(windows: OfflineWindows, reader: FactReader): Promise<string[]> {
  const root = await windows.registry.key(`${SETUP}\\FirstBoot`);
  const commands: string[] = [];
  for (const phase of unlessDamaged(() => root?.key.subkeys(() => {})) ?? []) {
    for (const value of unlessDamaged(() => phase.values(() => {})) ?? []) {
      const command = unlessDamaged(() => value.string()) ?? "";
      if (!/SetupPlatform\.exe/i.test(command)) continue;
      commands.push(command);
      await reader.text(`${SETUP}\\FirstBoot\\${phase.name}`, value.name);
    }
  }
  return commands;
}

/** Setup works on another volume where the one of Windows has no room. */
async function readUpgrade(windows: OfflineWindows, reader: FactReader) {
  const continuation = await readContinuation(windows, reader);
  const folder = await readFolder(windows, reader);
  const elsewhere = continuation.some((command) => isElsewhere(windows, command));
  return {
    continuation,
    folder: { ...folder, setupPlatform: folder.setupPlatform || elsewhere },
  };
}

/** What lies on a volume that is not looked at counts as there, like all that cannot be told. */
function isElsewhere(windows: OfflineWindows, command: string): boolean {
  const letter = /([A-Za-z]:)\\\$WINDOWS\.~BT\\/i.exec(command)?.[1];
  const system = windows.identity.systemLetter ?? "C:";
  return letter !== undefined && letter.toUpperCase() !== system.toUpperCase();
}

async function readFolder(windows: OfflineWindows, reader: FactReader): Promise<UpgradeFolder> {
  const there = (path: string) => isThere(windows, { path, evidence: reader.evidence });
  const rollbackLog = await there(ROLLBACK_LOG);
  const upgraded = await timeOf(windows, `${FOLDER}\\Sources\\Panther\\setupact.log`);
  const rolledBack = await timeOf(windows, ROLLBACK_LOG);
  return {
    present: await there(FOLDER),
    newOs: await there(`${FOLDER}\\NewOS`),
    setupPlatform: await there(`${FOLDER}\\Sources\\SetupPlatform.exe`),
    rollbackLog,
    rolledBack: upgraded !== undefined && rolledBack !== undefined && rolledBack > upgraded,
  };
}

const ROLLBACK_LOG = `${FOLDER}\\Sources\\Rollback\\setupact.log`;

/** What cannot be looked at counts as there: nobody may call Setup dead because of it. */
async function isThere(
  windows: OfflineWindows,
  place: { readonly path: string; readonly evidence: Evidence[] },
): Promise<boolean> {
  const { path, evidence } = place;
  try {
    const found = await windows.files.stat(path);
    if (found === undefined) return false;
    const time = found.modified === null ? "" : `, of ${found.modified.toISOString().slice(0, 16)}`;
    evidence.push({ kind: "file", path, detail: `it is there${time}` });
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    evidence.push({ kind: "file", path, detail: error.message });
  }
  return true;
}

/** When a file was last written; undefined if that cannot be told. */
async function timeOf(windows: OfflineWindows, path: string): Promise<number | undefined> {
  try {
    return (await windows.files.stat(path))?.modified?.getTime();
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}
