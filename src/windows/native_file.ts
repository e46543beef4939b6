/**
 * Files as the first programs of a start name them: with `\SystemRoot`, with `\??\` and the
 * letter of the running Windows, or by their bare names.
 */
import { joinWindowsPath, MedicError } from "../base/mod.ts";
import type { OfflineWindows } from "./offline_windows.ts";

/**
 * The volume-relative path of a file that the session manager would open; undefined if it is on
 * another volume or cannot be told.
 */
export function nativeFile(
  windows: Pick<OfflineWindows, "identity">,
  text: string,
): string | undefined {
  const path = text.replace(/^"(.*)"$/, "$1").replace(/^!?\\\?\?\\/, "");
  const root = /^(?:\\SystemRoot|%SystemRoot%|%windir%)\\(.+)$/i.exec(path)?.[1];
  if (root !== undefined) return plainPath(`Windows\\${root}`);
  const letter = /^([A-Za-z]:)\\(.+)$/.exec(path);
  if (letter === null) return undefined;
  const system = windows.identity.systemLetter ?? "C:";
  return letter[1]!.toUpperCase() === system.toUpperCase() ? plainPath(letter[2]!) : undefined;
}

/** A volume-relative path in one spelling; undefined if a character in it is none of a file name. */
export function plainPath(path: string): string | undefined {
  try {
    return joinWindowsPath(path);
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/** Whether a file is there. `empty` has no bytes; `unknown` where that cannot be told. */
export type NativeFileState = "there" | "empty" | "missing" | "unknown";

/** Looks at a volume-relative path. A folder or link counts as there: it is nothing of ours. */
export async function nativeFileState(
  windows: Pick<OfflineWindows, "files">,
  path: string | undefined,
): Promise<NativeFileState> {
  if (path === undefined) return "unknown";
  try {
    const entry = await windows.files.stat(path);
    if (entry === undefined) return "missing";
    return entry.kind === "file" && !entry.reparse && entry.size === 0 ? "empty" : "there";
  } catch (error) {
    if (error instanceof MedicError) return "unknown";
    throw error;
  }
}

/** The words of a native command line; quotes hold a word together. */
export function nativeWords(command: string): string[] {
  return command.match(/"[^"]*"|\S+/g) ?? [];
}

/** The program of an entry of `BootExecute`. */
export interface BootProgram {
  /** As the entry names it. */
  readonly program: string;
  /** Where it is looked for: volume-relative, or as the entry names it if that cannot be told. */
  readonly path: string;
  readonly state: NativeFileState;
}

/**
 * The program of an entry of `BootExecute`: its first word, or the second after `autocheck`,
 * which says that the program is a disk check. Bare names are programs of System32, with or
 * without `.exe`. Source: RepairAzVMDisk; `autocheck autochk *` is autochk.exe.
 */
export async function bootProgramState(
  windows: Pick<OfflineWindows, "files" | "identity">,
  entry: string,
): Promise<BootProgram> {
  const words = nativeWords(entry);
  const first = words[0]?.toLowerCase() === "autocheck" ? words[1] : words[0];
  const program = (first ?? "").replaceAll('"', "");
  const places = programPlaces(windows, program);
  const states: NativeFileState[] = [];
  for (const place of places) states.push(await nativeFileState(windows, place));
  const best = (["there", "unknown", "empty"] as const).find((state) => states.includes(state));
  const state = places.length === 0 ? "unknown" : best ?? "missing";
  return { program, path: places.at(-1) ?? program, state };
}

function programPlaces(
  windows: Pick<OfflineWindows, "identity">,
  program: string,
): (string | undefined)[] {
  if (program === "") return [];
  const names = /\.[A-Za-z]{1,4}$/.test(program) ? [program] : [program, `${program}.exe`];
  const bare = !/[\\/:%]/.test(program);
  return names.map((name) =>
    bare ? plainPath(`Windows\\System32\\${name}`) : nativeFile(windows, name)
  );
}
