/**
 * Rung 0: what must be true before any write. A guard that does not pass stops everything,
 * because a write on such a volume makes it worse.
 */
import { type ExitCodeName, formatBytes, RefusalError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import { type Host, liesOn, sameRoot } from "../host/mod.ts";
import { type Evidence, findMissingStorageDriver, type OfflineWindows } from "../windows/mod.ts";

/** One guard's answer. */
export interface GuardResult {
  readonly id: string;
  readonly passed: boolean;
  /** One sentence for people, no full stop. */
  readonly reason: string;
  readonly code: ExitCodeName;
  readonly evidence: readonly Evidence[];
  readonly next?: string;
}

/** Bytes that the journal and the saved hives need at least. */
const LEAST_FREE_BYTES = 200 * 1024 ** 2;

/** What the guards need besides the installation. */
export interface GuardContext {
  readonly host: Host;
  /** The hibernation image will be moved aside by this very run. */
  readonly discardHibernation: boolean;
  /** The whole ladder is wanted, with chkdsk on its rung. */
  readonly repairsDisk: boolean;
  /** Hives that this very run rebuilds; none if absent. */
  readonly rebuilds?: readonly string[];
}

/** Asks all guards. Reads only. */
export async function runGuards(
  windows: OfflineWindows,
  context: GuardContext,
): Promise<GuardResult[]> {
  return [
    ownVolumes(windows, context.host),
    readOnly(windows),
    await hibernated(windows, context),
    await diskFailing(windows),
    await systemHive(windows, context),
    await dirtyWithoutChkdsk(windows, context),
    await storageDriver(windows, context.host),
    await roomToWork(windows),
  ];
}

/**
 * Throws the first guard that did not pass.
 *
 * @throws {RefusalError} with the guard's own exit code.
 */
export function enforceGuards(guards: readonly GuardResult[]): void {
  const failed = guards.find((guard) => !guard.passed);
  if (failed === undefined) return;
  throw new RefusalError(failed.reason, {
    code: failed.code,
    ...(failed.next === undefined ? {} : { next: failed.next }),
  });
}

function pass(id: string, reason: string, evidence: readonly Evidence[] = []): GuardResult {
  return { id, passed: true, reason, code: "ok", evidence };
}

/** Neither WinPE's own volume nor the running system, nor the stick, is ever a target. */
function ownVolumes(windows: OfflineWindows, host: Host): GuardResult {
  const id = "guard.own-volumes";
  const { systemRoot, programFolder } = host.platform;
  const place = windows.volume.letter ?? windows.root;
  if (windows.volume.drive === "ramdisk" || sameRoot(windows.root, systemRoot)) {
    return {
      ...pass(id, `Cannot repair "${place}": it is the system that is running now`),
      passed: false,
      code: "refused",
      next: "Name the volume of the Windows that does not start: pemedic scan",
    };
  }
  const onStick = programFolder !== undefined && liesOn(programFolder, windows.root);
  if (onStick && windows.volume.drive === "removable") {
    return {
      ...pass(id, `Cannot repair "${place}": it is the stick that PE Medic runs from`),
      passed: false,
      code: "refused",
      next: "Name the volume of the Windows that does not start: pemedic scan",
    };
  }
  return pass(id, "The target is neither the running system nor the stick");
}

function readOnly(windows: OfflineWindows): GuardResult {
  const id = "guard.read-only";
  if (!windows.volume.readOnly) return pass(id, "The volume can be written");
  const place = windows.volume.letter ?? windows.root;
  return {
    ...pass(id, `Cannot repair "${place}": the volume is read-only`),
    passed: false,
    code: "readOnly",
    evidence: [{ kind: "volume", volume: place, detail: "mounted read-only" }],
    next:
      "Clear the attribute with diskpart (attributes volume clear readonly), or mount it for writing",
  };
}

async function hibernated(windows: OfflineWindows, context: GuardContext): Promise<GuardResult> {
  const id = "guard.hibernation";
  const state = await windows.hibernation();
  const evidence: Evidence[] = [{ kind: "file", path: "hiberfil.sys", detail: state.detail }];
  if (!state.active && !state.unknown) return pass(id, "Windows is not hibernated", evidence);
  if (context.discardHibernation) {
    return pass(id, "Windows is hibernated; its saved memory will be moved aside first", evidence);
  }
  const reason = state.active
    ? "Cannot repair: Windows is hibernated or was shut down with Fast Startup"
    : "Cannot repair: whether Windows is hibernated cannot be told";
  return {
    id,
    passed: false,
    reason,
    code: "hibernated",
    evidence,
    next: `Shut Windows down with Shift held; if it does not start: ${
      commandFor(windows, "repair")
    } --discard-hibernation`,
  };
}

/** All hives that a diagnosis reads anyway. */
const HIVES_READ = ["SYSTEM", "SOFTWARE", "SAM", "SECURITY", "DEFAULT", "COMPONENTS", "DRIVERS"];

/** Read errors while the hives were read are evidence of a failing disk. */
async function diskFailing(windows: OfflineWindows): Promise<GuardResult> {
  const id = "guard.disk";
  for (const name of HIVES_READ) {
    const state = await windows.hives.read(name);
    if (state.state !== "unreadable" || !state.disk) continue;
    return {
      id,
      passed: false,
      reason: "Cannot repair: the disk returns read errors",
      code: "diskFailing",
      evidence: [{ kind: "file", path: state.path, detail: state.problem }],
      next: "Save the data of this disk first; then replace it",
    };
  }
  return pass(id, "The disk gave the registry without read errors");
}

/**
 * Without the SYSTEM hive nobody knows which driver the disk of the target wants, nor whether
 * an update is half done: the other guards and steps would judge blindly.
 */
async function systemHive(windows: OfflineWindows, context: GuardContext): Promise<GuardResult> {
  const id = "guard.system-hive";
  const state = await windows.hives.read("SYSTEM");
  const detail = state.state === "unreadable"
    ? state.problem
    : state.state === "absent"
    ? "it is not there"
    : undefined;
  if (detail === undefined) return pass(id, "The SYSTEM hive can be read");
  const evidence: Evidence[] = [{ kind: "file", path: state.path, detail }];
  if (state.state === "unreadable" && context.rebuilds?.includes("SYSTEM")) {
    return pass(id, "The SYSTEM hive cannot be read; it is rebuilt by this very run", evidence);
  }
  const rebuild = state.state === "absent"
    ? ""
    : `; rebuild it with: ${commandFor(windows, "registry salvage")} SYSTEM`;
  return {
    id,
    passed: false,
    reason: `Cannot repair: the SYSTEM hive cannot be read (${detail})`,
    code: "damagedFile",
    evidence,
    next: `Bring the hive back first; copies of earlier sessions are listed by: ${
      commandFor(windows, "sessions")
    }${rebuild}`,
  };
}

/**
 * The target starts from a disk behind an RST, VMD or RAID driver that the running WinPE does
 * not have: writes then damage the file system (Intel article 000055157).
 */
async function storageDriver(windows: OfflineWindows, host: Host): Promise<GuardResult> {
  const id = "guard.storage-driver";
  const missing = await findMissingStorageDriver(windows, host);
  if (missing === undefined) {
    return pass(id, "The storage drivers of the target are loaded or not special");
  }
  const { row, evidence } = missing;
  return {
    id,
    passed: false,
    reason:
      `Cannot repair: Windows starts through the driver "${row.service}" (${row.product}), which is not loaded here`,
    code: "refused",
    evidence: [evidence],
    next: `Load it first, then run again: drvload ${row.service}.inf`,
  };
}

/** Everything is written on the file system: a dirty one is mended first, or nothing is begun. */
async function dirtyWithoutChkdsk(
  windows: OfflineWindows,
  context: GuardContext,
): Promise<GuardResult> {
  const id = "guard.dirty-volume";
  if (!context.repairsDisk) return pass(id, "chkdsk was left out on request");
  const { state, evidence } = await windows.dirty();
  if (state !== "dirty") return pass(id, "The volume is not known to be dirty", [evidence]);
  if (await windows.tools.find("chkdsk") !== undefined) {
    return pass(id, "The volume is dirty, and chkdsk is here to mend it first", [evidence]);
  }
  return {
    id,
    passed: false,
    reason: "Cannot repair: the volume is marked dirty, and chkdsk is not here to mend it first",
    code: "toolMissing",
    evidence: [evidence],
    next: "Boot a WinPE that has chkdsk.exe; to write on it all the same: --skip disk.repair",
  };
}

async function roomToWork(windows: OfflineWindows): Promise<GuardResult> {
  const id = "guard.space";
  const free = await windows.freeBytes();
  const place = windows.volume.letter ?? windows.root;
  const evidence: Evidence[] = [{
    kind: "volume",
    volume: place,
    detail: `${formatBytes(free)} free`,
  }];
  if (free >= LEAST_FREE_BYTES) {
    return pass(id, "There is room for the journal and the copies", evidence);
  }
  return {
    id,
    passed: false,
    reason: `Cannot repair: only ${formatBytes(free)} are free, ${
      formatBytes(LEAST_FREE_BYTES)
    } are needed for the copies`,
    code: "noSpace",
    evidence,
    next: "Move some data to another disk, or free older copies: pemedic sessions prune",
  };
}
