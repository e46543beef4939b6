/** Copies the files of media to a folder, as planned by {@linkcode planExtraction}. */
import { type Host, RootedFileSystem } from "../host/mod.ts";
import { compareFile, type CopyContext, copyFile, throwIfStopped } from "./copy_media_file.ts";
import type { ExtractionPlan, PlannedFile } from "./extraction_plan.ts";
import type { MediaTree } from "./media_tree.ts";

/** How it is done. */
export interface ExtractionOptions {
  /** Files of the right size and time are not compared. */
  readonly quick?: boolean;
  readonly signal?: AbortSignal;
  /** Bytes that are copied and verified, of all. */
  readonly progress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What was done. */
export interface ExtractionResult {
  /** Files that were written, the continued ones among them. */
  readonly copied: number;
  /** Files of which an earlier copy had left a part. */
  readonly continued: number;
  /** Files that were there already. */
  readonly kept: number;
  /** Of these, files that were not compared: `quick` believes size and time. */
  readonly believed: number;
  /** Files that were there with another content. They stay as they are. */
  readonly different: readonly string[];
}

/**
 * Copies. Each file appears under its name when it is whole, has been read back and has its time;
 * what was cut off is gone on with by a plan that resumes.
 *
 * @throws {MedicError} if a file cannot be read or written, and {CancelledError} once stopped.
 */
export async function extractMedia(
  host: Host,
  { tree, plan }: { readonly tree: MediaTree; readonly plan: ExtractionPlan },
  options: ExtractionOptions = {},
): Promise<ExtractionResult> {
  const { place } = plan;
  if (place.isNew) await host.files.createDirectory(place.path);
  const files = new RootedFileSystem(host.files, place.path);
  for (const folder of plan.folders) await files.createDirectory(folder);
  const context = copyContext(host, { tree, files, total: plan.bytes, options });
  const result = { copied: 0, continued: 0, kept: 0, believed: 0, different: [] as string[] };
  const put = async (file: PlannedFile): Promise<void> => {
    if (file.action !== "compare") {
      const kept = await copyFile(context, file);
      result.copied++;
      if (kept > 0) result.continued++;
      return;
    }
    const { entry } = file;
    const sameness = await compareFile(context, { entry, quick: options.quick === true });
    if (sameness === "different") result.different.push(entry.path);
    else result.kept++;
    if (sameness === "believed") result.believed++;
  };
  for (const files of groups(plan.files)) {
    throwIfStopped(options.signal);
    // Nothing is still going on when this ends, however it ends.
    const outcomes = await Promise.allSettled(files.map(put));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }
  return result;
}

/** Files up to this size take less time to write than to be waited for. */
const SMALL = 1 << 20;
/** So many of them are copied at the same time: their flushes go to the disk together. */
const AT_ONCE = 8;

/** Small new files in groups, all others one by one; in order. */
function* groups(files: readonly PlannedFile[]): Generator<readonly PlannedFile[]> {
  let small: PlannedFile[] = [];
  for (const file of files) {
    const joins = file.action === "copy" && file.entry.size <= SMALL;
    if (small.length > 0 && (!joins || small.length === AT_ONCE)) {
      yield small;
      small = [];
    }
    if (joins) small.push(file);
    else yield [file];
  }
  if (small.length > 0) yield small;
}

/** A byte counts half when it is written and half when it is read back. */
function copyContext(
  host: Host,
  { tree, files, total, options }: {
    readonly tree: MediaTree;
    readonly files: RootedFileSystem;
    readonly total: number;
    readonly options: ExtractionOptions;
  },
): CopyContext {
  let halves = 0;
  return {
    host,
    tree,
    files,
    signal: options.signal,
    advance: (bytes) => {
      halves += bytes;
      options.progress?.({ done: halves / 2, total });
    },
  };
}
