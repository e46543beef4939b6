/**
 * Every volume of the machine and what is on it. Installations are scored and all shown;
 * no letter is ever assumed.
 */
import { MedicError, UsageError } from "../base/mod.ts";
import {
  type Host,
  liesOn,
  RootedFileSystem,
  sameRoot,
  ToolRunner,
  type VolumeInfo,
} from "../host/mod.ts";
import { type Hibernation, readHibernation } from "./hibernation.ts";
import { HiveStore } from "./hives.ts";
import { readIdentity, type WindowsIdentity } from "./identity.ts";
import { type MountedLetter, readMountedLetters, samePartition } from "./mounted_devices.ts";
import { holdsWindows } from "./offline_windows.ts";
import { OfflineRegistry } from "./registry.ts";
import { keepHives } from "./scanned_hives.ts";
import { readStagedUpgrade, type StagedUpgrade } from "./staged_upgrade.ts";
import { type DirtyState, readDirtyState, readSignature } from "./volume_state.ts";

/** An installation with its score: the higher, the more likely the one to repair. */
export interface ScoredWindows {
  readonly identity: WindowsIdentity;
  readonly score: number;
  /** Why the score is what it is, for people. */
  readonly reasons: readonly string[];
  /** It is a WinPE or recovery image, never a target. */
  readonly winpe: boolean;
  /** An in-place upgrade of ours is staged, or its files are left. Absent if there is none. */
  readonly stagedUpgrade?: StagedUpgrade["state"];
}

/** One volume as `scan` shows it. */
export interface ScannedVolume {
  readonly volume: VolumeInfo;
  /** Locked by BitLocker: nothing on it can be read. */
  readonly locked: boolean;
  /** The running system's own volume: X: in WinPE. */
  readonly ownSystem: boolean;
  /** The volume that PE Medic was started from. */
  readonly stick: boolean;
  readonly dirty: DirtyState;
  readonly hibernation: Hibernation | undefined;
  readonly windows: ScoredWindows | undefined;
  /** Letters that installations give this volume when they run. */
  readonly lettersWhenRunning: readonly { readonly letter: string; readonly windows: string }[];
}

/** Everything `scan` found. */
export interface MachineScan {
  readonly volumes: readonly ScannedVolume[];
}

/** Looks at every volume. Reads only. */
export async function scanMachine(host: Host): Promise<MachineScan> {
  const scanned: Scanned[] = [];
  const candidates: { root: string; hives: HiveStore }[] = [];
  for (const volume of await host.volumes.list()) {
    const hives = new HiveStore(new RootedFileSystem(host.files, volume.root));
    const entry = await scanVolume(host, volume, hives);
    scanned.push(entry);
    if (isCandidate(entry)) candidates.push({ root: volume.root, hives });
    // With two of them nobody is opened without being named: memory is better spent elsewhere.
    if (candidates.length > 1) { for (const candidate of candidates) candidate.hives.forget(); }
  }
  const volumes = scanned.map(({ mounted: _, ...entry }) => ({
    ...entry,
    lettersWhenRunning: scanned.flatMap((other) => letterIn(entry, other)),
  }));
  const scan = { volumes };
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) keepHives(scan, only.root, only.hives);
  return scan;
}

type Scanned = Omit<ScannedVolume, "lettersWhenRunning"> & {
  readonly mounted: readonly MountedLetter[];
};

/** The letter that the Windows on `other` gives the volume of `entry`. */
function letterIn(
  entry: Omit<ScannedVolume, "lettersWhenRunning">,
  other: Scanned,
): { letter: string; windows: string }[] {
  if (other.windows === undefined || other.windows.winpe || other.ownSystem) return [];
  const windows = other.volume.root;
  const { partition } = entry.volume;
  const known = partition === undefined
    ? undefined
    : other.mounted.find((mounted) => samePartition(mounted.partition, partition));
  const own = entry.volume.root === windows ? other.windows.identity.systemLetter : undefined;
  const letter = known?.letter ?? own;
  return letter === undefined ? [] : [{ letter, windows }];
}

async function scanVolume(host: Host, volume: VolumeInfo, hives: HiveStore): Promise<Scanned> {
  const files = new RootedFileSystem(host.files, volume.root);
  const tools = new ToolRunner(host, { limit: "reads" });
  const { systemRoot, programFolder } = host.platform;
  const locked = await readSignature(host, volume) === "bitlocker" && !await holdsWindows(files);
  const readable = volume.mounted && !locked;
  const windows = readable && await holdsWindows(files)
    ? await scoreWindows(files, volume, hives)
    : undefined;
  const mounted = windows === undefined ? [] : await readMountedLetters(new OfflineRegistry(hives));
  return {
    volume,
    locked,
    ownSystem: sameRoot(volume.root, systemRoot),
    stick: programFolder !== undefined && liesOn(programFolder, volume.root),
    dirty: readable ? await readDirtyState(host, volume, tools) : unknownDirty(volume),
    hibernation: readable ? await readHibernation(files) : undefined,
    windows,
    mounted,
  };
}

function unknownDirty(volume: VolumeInfo): DirtyState {
  const name = volume.letter ?? volume.root;
  return {
    state: "unknown",
    evidence: { kind: "volume", volume: name, detail: "it cannot be read" },
  };
}

/** Points of the score; the figures only need to order installations. */
const POINTS = { systemHive: 10, softwareHive: 10, winload: 30, wrongWinload: -25, setup: -20 };

async function scoreWindows(
  files: RootedFileSystem,
  volume: VolumeInfo,
  hives: HiveStore,
): Promise<ScoredWindows> {
  const registry = new OfflineRegistry(hives);
  const identity = await readIdentity(files, registry);
  const reasons: string[] = [];
  let score = 0;
  const add = (points: number, reason: string) => {
    score += points;
    reasons.push(`${points > 0 ? "+" : ""}${points} ${reason}`);
  };
  for (
    const [name, points] of [["SYSTEM", POINTS.systemHive], [
      "SOFTWARE",
      POINTS.softwareHive,
    ]] as const
  ) {
    const { state } = await hives.read(name);
    if (state !== "absent" && state !== "unreadable") add(points, `${name} hive can be read`);
  }
  const loader = volume.partition?.style === "mbr" ? "winload.exe" : "winload.efi";
  if (await exists(files, `Windows\\System32\\${loader}`)) {
    add(POINTS.winload, `${loader} is there`);
  } else add(POINTS.wrongWinload, `${loader} is missing`);
  if (identity.build !== undefined) {
    add(Math.floor(identity.build / 1000), `build ${identity.build}`);
  }
  const setup = await registry.number("SYSTEM\\Setup", "SystemSetupInProgress");
  if (setup !== undefined && setup !== 0) add(POINTS.setup, "setup is in progress");
  const winpe = await registry.key("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\WinPE");
  const staged = await stagedState(files, registry);
  return {
    identity,
    score,
    reasons,
    winpe: winpe !== undefined,
    ...(staged === undefined ? {} : { stagedUpgrade: staged }),
  };
}

/** A disk that cannot be read must not end the scan. */
async function stagedState(files: RootedFileSystem, registry: OfflineRegistry) {
  try {
    return (await readStagedUpgrade(files, registry))?.state;
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

async function exists(files: RootedFileSystem, path: string): Promise<boolean> {
  try {
    return await files.stat(path) !== undefined;
  } catch (error) {
    if (error instanceof MedicError) return false;
    throw error;
  }
}

/** Installations that may be repaired, the best first: neither WinPE nor the running system. */
export function repairable(scan: MachineScan): ScannedVolume[] {
  return scan.volumes
    .filter(isCandidate)
    .sort((a, b) => b.windows!.score - a.windows!.score);
}

function isCandidate(entry: Pick<ScannedVolume, "windows" | "ownSystem">): boolean {
  return entry.windows !== undefined && !entry.windows.winpe && !entry.ownSystem;
}

/**
 * The root of the installation to work on when none was named.
 *
 * @throws {MedicError} `noWindows` or `locked` if there is none, `usage` if there are several.
 */
export function chooseInstallation(scan: MachineScan): string {
  const [best, ...others] = repairable(scan);
  if (best !== undefined && others.length === 0) return best.volume.root;
  if (best !== undefined) {
    const roots = [best, ...others].map((entry) => entry.volume.root).join(", ");
    throw new UsageError(`Cannot choose between several Windows installations: ${roots}`, {
      next: `Name the one to work on: --windows ${best.volume.root}`,
    });
  }
  const locked = scan.volumes.find((entry) => entry.locked);
  if (locked !== undefined) {
    const place = locked.volume.letter ?? locked.volume.root;
    throw new MedicError("locked", `Cannot find Windows: BitLocker has locked "${place}"`, {
      next: `Unlock it with the recovery key: manage-bde -unlock ${place} -RecoveryPassword KEY`,
    });
  }
  throw new MedicError("noWindows", "Cannot find a Windows installation on any volume", {
    next: "If its disk is missing in `pemedic scan`, load the storage driver: drvload DRIVER.INF",
  });
}
