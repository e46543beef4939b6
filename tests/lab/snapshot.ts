/**
 * Pictures of a whole tree, to prove that nothing changed, or exactly what did. They are plain
 * maps of text, so `assert.deepEqual` prints a readable difference.
 */
import { isWithin } from "../../src/base/mod.ts";
import type { FileEntry, ReadableFileSystem } from "../../src/host/mod.ts";
import { sha256Hex } from "./file_content.ts";
import { labPath } from "./lab_path.ts";

/** Relative path to what is there: `directory`, `file 12 <sha256>`, `reparse …`. */
export type Snapshot = Map<string, string>;

/** What a snapshot leaves out. */
export interface SnapshotOptions {
  /** Paths relative to the root; each stands for everything below it too. */
  readonly except?: readonly string[];
}

/** Takes a picture through any file system: memory, a folder or a mounted image. */
export async function snapshotOf(
  files: ReadableFileSystem,
  root: string,
  options: SnapshotOptions = {},
): Promise<Snapshot> {
  const snapshot: Snapshot = new Map();
  const skips = snapshotSkips(options);
  const visit = async (relative: string): Promise<void> => {
    for (const entry of await files.list(labPath(root, relative))) {
      const path = relative === "" ? entry.name : `${relative}\\${entry.name}`;
      if (skips(path)) continue;
      const plainFile = entry.kind === "file" && !entry.reparse;
      const content = plainFile ? sha256Hex(await files.read(labPath(root, path))) : "";
      snapshot.set(path, snapshotLine(entry, content));
      if (entry.kind === "directory" && !entry.reparse) await visit(path);
    }
  };
  await visit("");
  return snapshot;
}

/** One value of a snapshot. `content` is a hash, or the target of a link. */
export function snapshotLine(entry: FileEntry, content: string): string {
  const kind = entry.reparse ? `reparse ${entry.kind}` : entry.kind;
  return entry.kind === "file" ? `${kind} ${entry.size} ${content}` : `${kind} ${content}`.trim();
}

/** Says which relative paths `options` leaves out. */
export function snapshotSkips(options: SnapshotOptions): (path: string) => boolean {
  const except = options.except ?? [];
  return (path) => except.some((ancestor) => isWithin(path, ancestor));
}

/** The paths that differ, each with what it was and what it is. */
export function compareSnapshots(before: Snapshot, after: Snapshot): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? "nothing"} -> ${after.get(path) ?? "nothing"}`);
}
