/** Carries out what makes a source readable, and takes the copies away when they have served. */
import { MedicError } from "../base/mod.ts";
import { type Host, RootedFileSystem } from "../host/mod.ts";
import { extractMedia } from "./extract_media.ts";
import { type ExtractionPlan, partPath, planExtraction, requireTree } from "./extraction_plan.ts";
import { openMedia } from "./media.ts";
import type { ExtractStep, PreparationStep } from "./prepare_source.ts";

/** How it is done. */
export interface MakeSourceOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What was made. */
export interface MadeSource {
  /** Takes it away again. What cannot be removed stays, and is told: one sentence each. */
  remove(): Promise<readonly string[]>;
}

/**
 * Copies what has to be taken out of an ISO, each file read back; goes on with a copy that was cut
 * off. For parts that DISM will join, a file that an interrupted run has left is taken away: DISM
 * would add to it.
 *
 * @throws {MedicError} if a file cannot be read or written; what was copied is taken away again,
 * unless the user stopped it.
 */
export async function makeSource(
  host: Host,
  steps: readonly PreparationStep[],
  options: MakeSourceOptions = {},
): Promise<MadeSource> {
  const made: (() => Promise<void>)[] = [];
  const remove = async () => {
    const left: string[] = [];
    for (const one of made.splice(0).reverse()) {
      try {
        await one();
      } catch (error) {
        if (!(error instanceof MedicError)) throw error;
        left.push(`A copy that is not needed any more stays: ${error.message}`);
      }
    }
    return left;
  };
  try {
    for (const step of steps) {
      if (step.kind === "join") {
        await removeFile(host, step.destination);
        made.push(() => removeFile(host, step.destination));
      } else await takeOut(host, step, { options, made });
    }
  } catch (error) {
    if (!(error instanceof MedicError && error.code === "cancelled")) await remove();
    throw error;
  }
  return { remove };
}

/** Folders and files of these copies that are there. */
export async function sourceCopies(
  host: Host,
  steps: readonly PreparationStep[],
): Promise<readonly string[]> {
  const there: string[] = [];
  for (const step of steps) {
    const path = step.kind === "join" ? step.destination : step.folder;
    if (await host.files.stat(path) !== undefined) there.push(path);
  }
  return there;
}

/**
 * Takes away what an interrupted run has made and nobody needs any more. What cannot be removed
 * stays, and is told: one sentence each.
 */
export async function discardSource(
  host: Host,
  steps: readonly PreparationStep[],
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const step of steps) {
    try {
      if (step.kind === "join") await removeFile(host, step.destination);
      else if (await host.files.stat(step.folder) !== undefined) await putAway(host, step);
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      const path = step.kind === "join" ? step.destination : step.folder;
      left.push(`A copy that is not needed any more stays in "${path}": ${error.message}`);
    }
  }
  return left;
}

async function putAway(host: Host, step: ExtractStep): Promise<void> {
  const media = await openMedia(host, step.iso);
  try {
    const tree = requireTree(media.tree, step.iso);
    const request = { dest: step.folder, only: [step.only], resume: true };
    await removeCopies(host, await planExtraction(host, tree, request));
  } finally {
    await media.close();
  }
}

async function takeOut(
  host: Host,
  step: ExtractStep,
  { options, made }: {
    readonly options: MakeSourceOptions;
    readonly made: (() => Promise<void>)[];
  },
): Promise<void> {
  const media = await openMedia(host, step.iso);
  try {
    const tree = requireTree(media.tree, step.iso);
    const plan = await planExtraction(host, tree, {
      dest: step.folder,
      only: [step.only],
      resume: true,
    });
    made.push(() => removeCopies(host, plan));
    const { different } = await extractMedia(host, { tree, plan }, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.progress === undefined ? {} : { progress: options.progress }),
    });
    if (different.length === 0) return;
    throw new MedicError("refused", `Cannot use "${step.folder}": ${different[0]} there differs`, {
      next: "Move that folder away and run this again",
    });
  } finally {
    await media.close();
  }
}

/** Only what the plan names is removed, and folders only once they are empty. */
async function removeCopies(host: Host, plan: ExtractionPlan): Promise<void> {
  const files = new RootedFileSystem(host.files, plan.place.path);
  for (const { entry } of plan.files) {
    for (const path of [entry.path, partPath(entry.path)]) {
      if ((await files.stat(path))?.kind === "file") await files.remove(path);
    }
  }
  const folders = new Set(plan.files.flatMap(({ entry }) => foldersAbove(entry.path)));
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
    if (await isEmpty(files, folder)) await files.remove(folder);
  }
  const root = plan.place.path;
  if ((await host.files.stat(root)) !== undefined && (await host.files.list(root)).length === 0) {
    await host.files.remove(root);
  }
}

function foldersAbove(path: string): string[] {
  const parts = path.split("\\");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("\\"));
}

async function isEmpty(files: RootedFileSystem, folder: string): Promise<boolean> {
  return await files.stat(folder) !== undefined && (await files.list(folder)).length === 0;
}

async function removeFile(host: Host, path: string): Promise<void> {
  if ((await host.files.stat(path))?.kind === "file") await host.files.remove(path);
}
