/**
 * Puts one file of an image back, for the file that DISM and sfc cannot repair. The image was
 * matched and the file read and checked before; here the file is compared with what is there:
 * one that is newer than that of the image is not replaced, because files of mixed levels break
 * the next servicing (Microsoft Learn, "Repair a Windows image": same level or newer).
 */
import {
  type ByteSource,
  FormatError,
  MedicError,
  RefusalError,
  windowsBaseName,
  windowsParent,
} from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import { formatFileVersion, readPe } from "../formats/pe/mod.ts";
import type { Change, DirectoryCreated } from "../journal/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { applyOwnChanges } from "./hive_changes.ts";
import { refuseKeptPath } from "./restorable_path.ts";
import { type PresentFile, refuseUnfit, restoreRemarks } from "./restore_rules.ts";
import type { FileRestoreRequest, RepairOptions, RepairStep, Verdict } from "./step.ts";

const STEP = {
  step: "files.restore-from-image",
  title: "Restore a file from an image",
  risk: "reversible",
} as const;

/** The step. */
export function restoreFiles(options: Pick<RepairOptions, "restoreFiles">): RepairStep {
  const requests = options.restoreFiles;
  return {
    id: STEP.step,
    title: STEP.title,
    resolves: "A file that Windows needs to start is damaged, and DISM cannot repair it",
    risk: STEP.risk,
    answers: [],
    async detect(windows) {
      if (requests.length === 0) {
        return { applies: false, reason: "No file to restore was named" };
      }
      const { changes } = await planFiles(windows, requests);
      if (changes.length > 0) return { applies: true, reason: "Asked for" };
      return { applies: false, reason: `${names(requests)}: the same as in the image already` };
    },
    plan: async (windows) => ({ ...STEP, ...await planFiles(windows, requests) }),
    apply: applyOwnChanges,
    verify: (windows) => verifyFiles(windows, requests),
  };
}

function names(requests: readonly FileRestoreRequest[]): string {
  return requests.map(({ path, version }) => version === undefined ? path : `${path} ${version}`)
    .join(", ");
}

interface PlannedFiles {
  readonly changes: readonly Change[];
  readonly remarks: readonly string[];
}

async function planFiles(
  windows: OfflineWindows,
  requests: readonly FileRestoreRequest[],
): Promise<PlannedFiles> {
  const changes: Change[] = [];
  const remarks = new Set<string>();
  for (const request of requests) {
    refuseKeptPath(windows, request.path);
    const present = await readPresent(windows, request.path);
    if (isSame(present, request)) continue;
    refuseUnfit(windows, { request, present });
    await requireSpace(windows, request.bytes);
    const { path, origin, bytes, sha256 } = request;
    const content = { path, origin, bytes, sha256 };
    if (present === undefined) {
      changes.push(...await missingFolders(windows, path, changes));
      changes.push({ kind: "file-created", ...content });
    } else changes.push({ kind: "file-replaced", ...content });
    for (const remark of restoreRemarks(windows, { request, present })) remarks.add(remark);
  }
  return { changes, remarks: [...remarks] };
}

/** Reads the file that is there; undefined if there is none. */
async function readPresent(
  windows: OfflineWindows,
  path: string,
): Promise<PresentFile | undefined> {
  const entry = await windows.files.stat(path);
  if (entry === undefined) return undefined;
  if (entry.kind === "directory" || entry.reparse) {
    const kind = entry.reparse ? "a link" : "a folder";
    throw new RefusalError(`Cannot restore "${path}": ${kind} is there, not a file`);
  }
  try {
    const file = await windows.files.open(path);
    try {
      const sha256 = await hashOf(windows, file);
      return { bytes: entry.size, sha256, version: await versionOf(file, path) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return { bytes: entry.size, sha256: undefined, version: undefined };
  }
}

/** Bytes that are read at a time. */
const PIECE = 1 << 20;

async function hashOf(windows: OfflineWindows, file: ByteSource): Promise<string> {
  const hash = windows.newHash("sha256");
  for (let at = 0; at < file.size; at += PIECE) {
    hash.update(await file.read(at, Math.min(PIECE, file.size - at)));
  }
  return hash.hex();
}

async function versionOf(file: ByteSource, path: string): Promise<string | undefined> {
  try {
    const { fileVersion } = await readPe(file, { name: windowsBaseName(path) });
    return fileVersion === undefined ? undefined : formatFileVersion(fileVersion);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function isSame(present: PresentFile | undefined, request: FileRestoreRequest): boolean {
  return present?.bytes === request.bytes && present.sha256 === request.sha256;
}

/** The journal and the file system need a little beside the file itself. */
const MARGIN = 16 * 2 ** 20;

async function requireSpace(windows: OfflineWindows, bytes: number): Promise<void> {
  if (await windows.freeBytes() >= bytes + MARGIN) return;
  throw new MedicError("noSpace", `Cannot restore the file: "${windows.root}" is full`, {
    next: `Free some space there: ${commandFor(windows, "sessions prune")}`,
  });
}

/** Folders above a file that are not there, the highest first. */
async function missingFolders(
  windows: OfflineWindows,
  path: string,
  planned: readonly Change[],
): Promise<DirectoryCreated[]> {
  const folders: DirectoryCreated[] = [];
  for (let folder = windowsParent(path); folder !== ""; folder = windowsParent(folder)) {
    const isPlanned = planned.some((change) =>
      change.kind === "directory-created" && change.path === folder
    );
    if (isPlanned || await windows.files.stat(folder) !== undefined) break;
    folders.unshift({ kind: "directory-created", path: folder });
  }
  return folders;
}

async function verifyFiles(
  windows: OfflineWindows,
  requests: readonly FileRestoreRequest[],
): Promise<Verdict> {
  const evidence: Verdict["evidence"][number][] = [];
  let wrong: string | undefined;
  for (const request of requests) {
    const present = await readPresent(windows, request.path);
    const detail = describePresent(present);
    evidence.push({ kind: "file", path: request.path, detail });
    const sameVersion = present?.version === request.version;
    if (!isSame(present, request) || !sameVersion) wrong ??= `${request.path} (${detail})`;
  }
  return wrong === undefined
    ? { outcome: "fixed", reason: `${names(requests)}: read back, as in the image`, evidence }
    : { outcome: "not-fixed", reason: `Not as in the image: ${wrong}`, evidence };
}

function describePresent(present: PresentFile | undefined): string {
  if (present === undefined) return "not there";
  const { bytes, sha256, version } = present;
  const hash = sha256 === undefined ? "cannot be read" : `SHA-256 ${sha256}`;
  return `${version === undefined ? "" : `version ${version}, `}${bytes} bytes, ${hash}`;
}
