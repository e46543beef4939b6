/** `media extract`: the files of an ISO or folder, copied so that a power cut does no harm. */
import { count, ExitCode, formatBytes, MedicError, UsageError, wrap } from "../base/mod.ts";
import {
  type ExtractionPlan,
  type ExtractionResult,
  extractMedia,
  type MediaTree,
  openMedia,
  planExtraction,
  requireTree,
} from "../kit/mod.ts";
import type { CommandContext, GlobalOptions } from "./context.ts";
import { createPrinter } from "./printer.ts";
import { quoted } from "./registry_path.ts";
import { interruptible } from "./run_repair.ts";
import { transferProgress } from "./transfer_progress.ts";

/** Options of `media extract`. */
export type ExtractOptions = GlobalOptions & {
  readonly only?: readonly string[];
  readonly resume?: boolean;
  readonly quick?: boolean;
  readonly dryRun?: boolean;
};

/** What is copied where. */
export interface ExtractPlaces {
  readonly path: string;
  readonly dest: string;
}

/** Extracts media and tells the outcome. */
export async function extractMediaCommand(
  context: CommandContext,
  places: ExtractPlaces,
  options: ExtractOptions,
): Promise<number> {
  const { host, output } = context;
  const media = await openMedia(host, places.path);
  try {
    const tree = requireTree(media.tree, media.place);
    output.talk(wrap(`Looking at what is to be copied from ${media.place}`));
    const plan = await planExtraction(host, tree, {
      dest: places.dest,
      ...(options.only === undefined ? {} : { only: options.only }),
      resume: options.resume === true,
    });
    if (options.dryRun) return showPlan(context, places, plan);
    const result = await run(context, { tree, plan, places }, options);
    return tell(context, { places, plan, result, next: resumeCommand(places, options) });
  } finally {
    await media.close();
  }
}

async function run(
  context: CommandContext,
  work: {
    readonly tree: MediaTree;
    readonly plan: ExtractionPlan;
    readonly places: ExtractPlaces;
  },
  options: ExtractOptions,
): Promise<ExtractionResult> {
  const { host } = context;
  const { plan, places } = work;
  const printer = await createPrinter(context);
  const relax = host.keepAwake();
  let begun = false;
  try {
    return await interruptible(context, printer, (signal) => {
      const files = count(plan.files.length, "file");
      printer.begin(`Copying ${files} (${formatBytes(plan.bytes)}) to ${plan.place.path}`);
      const show = transferProgress(host.clock, printer);
      return extractMedia(host, work, {
        signal,
        quick: options.quick === true,
        progress: (transferred) => {
          begun = true;
          show(transferred);
        },
      });
    });
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    if (error.code === "partial" && !begun) throw unusable(error);
    throw resumable(error, resumeCommand(places, options));
  } finally {
    relax();
  }
}

/** A place where not even a first file can be made: nothing was done, and no retry will do more. */
function unusable(error: MedicError): UsageError {
  return new UsageError(`${error.message}; nothing was copied`, {
    next: "Name a folder that can be written to, on another volume if need be",
    cause: error,
  });
}

/** What is told after a copy that was cut off: nothing is lost, and how to go on. */
function resumable(error: MedicError, command: string): MedicError {
  const first = error.code === "noSpace"
    ? "Free some space there; then go on with: "
    : error.code === "notVerified"
    ? "Use another stick or disk; or try again with: "
    : "What was copied stays; go on with: ";
  return new MedicError(error.code, error.message, { next: first + command, cause: error });
}

function resumeCommand({ path, dest }: ExtractPlaces, options: ExtractOptions): string {
  const only = (options.only ?? []).map((pattern) => ` --only ${quoted(pattern)}`).join("");
  return `pemedic media extract ${quoted(path)} ${quoted(dest)}${only} --resume`;
}

function showPlan(context: CommandContext, places: ExtractPlaces, plan: ExtractionPlan): number {
  const { output } = context;
  const files = plan.files.map(({ entry, action }) => ({
    path: entry.path,
    size: entry.size,
    modified: entry.modified ?? null,
    action,
  }));
  output.document({
    source: places.path,
    destination: plan.place.path,
    dryRun: true,
    bytes: plan.bytes,
    folders: plan.folders,
    files,
    leftOut: plan.leftOut,
  });
  const lines = files.map(({ path, size, action }) =>
    `  ${action.padEnd(8)}  ${formatBytes(size).padStart(9)}  ${path}`
  );
  const total = `${count(files.length, "file")}, ${formatBytes(plan.bytes)}`;
  output.result([...lines, `${total} to ${plan.place.path}; nothing was written`].join("\n"));
  tellLeftOut(context, plan);
  return ExitCode.ok;
}

function tell(
  context: CommandContext,
  { places, plan, result, next }: {
    readonly places: ExtractPlaces;
    readonly plan: ExtractionPlan;
    readonly result: ExtractionResult;
    readonly next: string;
  },
): number {
  const { output } = context;
  output.document({
    source: places.path,
    destination: plan.place.path,
    dryRun: false,
    bytes: plan.bytes,
    ...result,
    leftOut: plan.leftOut,
  });
  const { copied, continued, kept, believed } = result;
  const there = `${kept} ${kept === 1 ? "was" : "were"} there already`;
  const parts = [
    copied === 0 ? "nothing copied" : `${count(copied, "file")} copied and read back`,
    continued === 0 ? undefined : `${continued} of them continued`,
    kept === 0 ? undefined : there,
    believed === 0 ? undefined : `${believed} of them not compared (same size and time)`,
  ].filter((part) => part !== undefined);
  output.result(wrap(`${plan.place.path}: ${parts.join(", ")}`, { indent: "  ", first: "" }));
  for (const path of result.different) {
    output.result(
      wrap(`not copied, a different file is there: ${path}`, { first: "  ", indent: "    " }),
    );
  }
  tellLeftOut(context, plan);
  if (result.different.length > 0) {
    output.talk(wrap(`Move the files that differ away, then: ${next}`, { first: "Next: " }));
  }
  const whole = result.different.length === 0 && plan.leftOut.length === 0;
  return whole ? ExitCode.ok : ExitCode.partial;
}

function tellLeftOut({ output }: CommandContext, plan: ExtractionPlan): void {
  for (const reason of plan.leftOut) {
    output.talk(wrap(reason, { first: "left out: ", indent: "  " }));
  }
}
