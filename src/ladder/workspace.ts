/**
 * Where tools put their scratch files and logs. DISM's own default is WinPE's RAM disk, which
 * is too small: scratch always goes to a disk with room, never to X:.
 */
import { decodeUtf16, formatBytes, MedicError, RefusalError } from "../base/mod.ts";
import type { Workspace, WorkspaceLog } from "../checks/mod.ts";
import type { Host, VolumeInfo } from "../host/mod.ts";
import { RootedFileSystem, sameRoot } from "../host/mod.ts";
import { ensureDirectory, ensureSessionsFolder, SESSIONS_FOLDER } from "../journal/mod.ts";
import { type OfflineWindows, onTarget } from "../windows/mod.ts";

/** DISM wants at least 1 GB of scratch space. Source: Microsoft's DISM global options. */
export const SCRATCH_BYTES = 1024 ** 3;

/** A place for scratch files and logs that can be cleaned up. */
export interface ReadyWorkspace extends Workspace {
  /** Removes the scratch folder if it lies outside of the session. */
  cleanUp(): Promise<void>;
}

/** The workspace of a step that runs no tool: asking it for anything is a fault of ours. */
export const NO_WORKSPACE: Workspace = {
  scratch: "",
  newLog: (name) => Promise.reject(new Error(`No log "${name}" here: the step plans no tool`)),
};

/**
 * Chooses the volume for scratch files: the target if it has room, else the fixed or
 * removable volume with the most room.
 *
 * @throws {MedicError} `noSpace` if none has, `refused` for a folder on X:.
 */
export async function chooseScratchVolume(
  host: Host,
  windows: OfflineWindows,
): Promise<VolumeInfo> {
  const fits = (volume: VolumeInfo) =>
    volume.mounted && !volume.readOnly && volume.freeBytes >= SCRATCH_BYTES &&
    (volume.drive === "fixed" || volume.drive === "removable" || volume.drive === "unknown") &&
    !sameRoot(volume.root, host.platform.systemRoot);
  const target = await host.volumes.at(windows.root) ?? windows.volume;
  if (fits(target)) return target;
  const best =
    (await host.volumes.list()).filter(fits).sort((a, b) => b.freeBytes - a.freeBytes)[0];
  if (best !== undefined) return best;
  throw new MedicError(
    "noSpace",
    `Cannot find a volume with ${formatBytes(SCRATCH_BYTES)} free for scratch files`,
    {
      next: "Attach a disk or stick with room and name a folder on it: --scratch E:\\scratch",
    },
  );
}

/**
 * Makes a workspace. `folder` is the session's folder on the target, or undefined for
 * commands that only read: they get a folder of their own.
 */
export async function createWorkspace(
  host: Host,
  windows: OfflineWindows,
  options: { folder?: string; scratch?: string } = {},
): Promise<ReadyWorkspace> {
  if (options.scratch !== undefined) await refuseScratch(host, options.scratch);
  const volume = options.scratch === undefined
    ? await chooseScratchVolume(host, windows)
    : undefined;
  const onOther = volume !== undefined && volume.root !== windows.root;
  const folder = options.folder ?? await ownFolder(host, volume?.root ?? windows.root);
  const home = options.folder === undefined && onOther ? volume.root : windows.root;
  const files = new RootedFileSystem(host.files, home);
  await ensureSessionsFolder(files);
  for (const part of [folder, `${folder}\\logs`, `${folder}\\scratch`]) {
    await ensureDirectory(files, part);
  }
  const place = { root: home };
  const elsewhere = onOther && options.folder !== undefined
    ? await scratchElsewhere(host, volume.root)
    : undefined;
  return {
    scratch: options.scratch ?? elsewhere?.native ?? onTarget(place, `${folder}\\scratch`),
    newLog: (name) => newLog(files, { root: home, folder: `${folder}\\logs`, name }),
    cleanUp: async () => {
      await elsewhere?.remove();
      if (options.folder === undefined) await removeEmpty(files, folder);
    },
  };
}

/** A folder of its own goes again, unless a tool has left something in it. */
async function removeEmpty(files: RootedFileSystem, folder: string): Promise<void> {
  for (const part of [`${folder}\\scratch`, `${folder}\\logs`, folder, SESSIONS_FOLDER]) {
    try {
      if ((await files.list(part)).length > 0) continue;
      await files.remove(part);
    } catch (error) {
      if (!(error instanceof MedicError)) throw error; // it stays, and does no harm
    }
  }
}

async function newLog(
  files: RootedFileSystem,
  place: { root: string; folder: string; name: string },
): Promise<WorkspaceLog> {
  const [, stem = place.name, ending = ""] = /^(.*?)(\.[^.]+)?$/.exec(place.name) ?? [];
  let path = `${place.folder}\\${place.name}`;
  for (let n = 2; await files.stat(path) !== undefined; n++) {
    path = `${place.folder}\\${stem}-${n}${ending}`;
  }
  return {
    path: onTarget(place, path),
    read: async () =>
      await files.stat(path) === undefined ? undefined : decodeLog(await files.read(path)),
  };
}

/** Windows writes logs as UTF-8 or UTF-16LE with a byte order mark. */
function decodeLog(bytes: Uint8Array): string {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return wide ? decodeUtf16(bytes.subarray(2)) : new TextDecoder().decode(bytes);
}

async function ownFolder(host: Host, root: string): Promise<string> {
  const files = new RootedFileSystem(host.files, root);
  await ensureSessionsFolder(files);
  return `${SESSIONS_FOLDER}\\work-${host.randomHex(4)}`;
}

async function scratchElsewhere(host: Host, root: string) {
  const files = new RootedFileSystem(host.files, root);
  const name = `PEMedic-scratch-${host.randomHex(4)}`;
  await files.createDirectory(name);
  return {
    native: onTarget({ root }, name),
    remove: async () => {
      try {
        await files.remove(name);
      } catch (error) {
        if (!(error instanceof MedicError)) throw error; // DISM left something in it: it stays
      }
    },
  };
}

/**
 * Refuses a folder for scratch files that cannot serve, before anything is written.
 *
 * @throws {RefusalError} `refused` for WinPE's RAM disk, `usage` for a folder that is not there.
 */
export async function refuseScratch(host: Host, scratch: string): Promise<void> {
  const own = host.platform.systemRoot;
  const place = `${scratch.replaceAll("/", "\\")}\\`.toUpperCase();
  if (own !== "/" && place.startsWith(own.toUpperCase())) {
    throw new RefusalError(
      `Cannot use "${scratch}" for scratch files: it is on the RAM disk of WinPE`,
      {
        next: "Name a folder on a disk with room: --scratch E:\\scratch",
      },
    );
  }
  const entry = await host.files.stat(scratch);
  if (entry?.kind === "directory") return;
  throw new RefusalError(`Cannot use "${scratch}" for scratch files: there is no such folder`, {
    code: "usage",
    next: "Create it first, or leave --scratch out",
  });
}
