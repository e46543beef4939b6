/**
 * Files that are kept in the session's `saved` folder without being copies of the target: no
 * change of the target, so undo leaves them alone. What an interrupted run left is not touched.
 */
import { joinWindowsPath, MedicError } from "../base/mod.ts";
import { ensureDirectory, sameBytes, SESSION, type Transaction } from "../journal/mod.ts";
import type { BootStore, OfflineWindows } from "../windows/mod.ts";
import type { VerifyContext } from "./step.ts";

const FOLDER = "saved";
/** Names that are tried: a file that was cut off keeps its own. */
const ATTEMPTS = 9;

/** A file name for a store on another volume: `S:\EFI\Microsoft\Boot\BCD` is `S-EFI-Microsoft-Boot-BCD`. */
export function savedName(place: string): string {
  return place.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

/** Puts a file into `saved`, on the target and beside the journal's copy on the stick. */
export async function saveBeside(
  transaction: Transaction,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const { writer } = transaction;
  const { target, mirror } = writer.context;
  const folder = joinWindowsPath(writer.folder, FOLDER);
  let free = name;
  for (let n = 2; await target.stat(joinWindowsPath(folder, free)) !== undefined; n++) {
    if ((await target.stat(joinWindowsPath(folder, free)))?.size === bytes.length) return;
    free = `${name}-${n}`;
  }
  try {
    if (mirror !== undefined) {
      await ensureDirectory(mirror.files, joinWindowsPath(writer.id, FOLDER));
    }
  } catch (error) {
    if (!(error instanceof MedicError)) throw error; // a pulled stick: the writer notices too
  }
  await writer.attach(joinWindowsPath(FOLDER, free), bytes);
}

/** Says whether a store lies in `saved`, byte for byte. */
export async function isSaved(
  windows: OfflineWindows,
  context: VerifyContext,
  store: BootStore,
): Promise<boolean> {
  try {
    const original = await store.read();
    for (let n = 1; n <= ATTEMPTS; n++) {
      const name = savedName(store.place) + (n === 1 ? "" : `-${n}`);
      const path = context.sessionPath(joinWindowsPath(SESSION, FOLDER, name));
      if (path === undefined || await windows.files.stat(path) === undefined) return false;
      if (sameBytes(original, await windows.files.read(path))) return true;
    }
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
  }
  return false;
}
