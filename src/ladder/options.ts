/** What the user asked the ladder to do. Kept in the journal, so that resume goes on alike. */
import * as v from "valibot";
import { UsageError } from "../base/mod.ts";
import { INCLUSIONS, type RepairOptions, SERVICE_STARTS } from "../repairs/mod.ts";
import { type StageRequest, stageRequestSchema } from "../upgrade/mod.ts";
import { RUNGS } from "./rungs.ts";

/** Options of one run. */
export interface LadderOptions extends RepairOptions {
  /** Only these steps, whether the checks want them or not. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Leave the questions open that take minutes to answer. */
  readonly quick: boolean;
  /** Set the saved memory of a hibernated Windows aside, before anything else. */
  readonly discardHibernation: boolean;
  /** Folder for DISM's scratch files, if the user named one. */
  readonly scratch?: string;
  /** The upgrade to stage. */
  readonly stageUpgrade?: StageRequest;
}

const text = v.string();
const registryRequest = v.variant("kind", [
  v.object({
    kind: v.literal("set-value"),
    path: text,
    name: text,
    type: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    hex: v.pipe(text, v.regex(/^(?:[0-9a-f]{2})*$/)),
  }),
  v.object({ kind: v.literal("delete-value"), path: text, name: text }),
  v.object({ kind: v.literal("create-key"), path: text }),
  v.object({ kind: v.literal("delete-key"), path: text }),
]);

const sourceWork = v.variant("kind", [
  v.object({ kind: v.literal("extract"), iso: text, folder: text, only: text }),
  v.object({
    kind: v.literal("join"),
    first: text,
    parts: text,
    index: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    destination: text,
  }),
]);

const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const fileRestore = v.object({
  path: text,
  origin: v.object({
    kind: v.literal("image-file"),
    place: text,
    inside: v.exactOptional(text),
    index: v.pipe(wholeNumber, v.minValue(1)),
    path: text,
  }),
  bytes: wholeNumber,
  sha256: v.pipe(text, v.regex(/^[0-9a-f]{64}$/)),
  version: v.exactOptional(text),
  architecture: v.exactOptional(text),
  match: v.object({ verdict: v.picklist(["fits", "older", "doubtful"]), reason: text }),
  override: v.boolean(),
});

const schema = v.object({
  only: v.array(v.string()),
  skip: v.array(v.string()),
  quick: v.boolean(),
  discardHibernation: v.boolean(),
  force: v.boolean(),
  sources: v.array(v.string()),
  sourceWork: v.exactOptional(v.array(sourceWork)),
  sourceWanted: v.exactOptional(v.string()),
  scratch: v.exactOptional(v.string()),
  addPackages: v.array(v.string()),
  removePackages: v.array(v.string()),
  removeDrivers: v.array(v.string()),
  include: v.array(v.picklist(INCLUSIONS)),
  disableServices: v.array(v.string()),
  enableServices: v.array(v.string()),
  serviceStart: v.exactOptional(v.picklist(SERVICE_STARTS)),
  disableFilters: v.array(v.string()),
  registryEdits: v.array(registryRequest),
  /** Journals that were written before there was such a step have none. */
  restoreFiles: v.optional(v.array(fileRestore), []),
  salvageHives: v.array(v.string()),
  badSectors: v.exactOptional(v.boolean()),
  resetBase: v.exactOptional(v.boolean()),
  stageUpgrade: v.exactOptional(stageRequestSchema),
});

/** Options with nothing asked for. */
export const DEFAULT_OPTIONS: LadderOptions = {
  only: [],
  skip: [],
  quick: false,
  discardHibernation: false,
  force: false,
  sources: [],
  addPackages: [],
  removePackages: [],
  removeDrivers: [],
  include: [],
  disableServices: [],
  enableServices: [],
  disableFilters: [],
  registryEdits: [],
  restoreFiles: [],
  salvageHives: [],
};

/**
 * Reads options out of a journal or a saved plan.
 *
 * @throws {UsageError} if they are not of that shape.
 */
export function parseOptions(value: unknown): LadderOptions {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) {
    throw new UsageError("Cannot use the recorded options: they are not readable");
  }
  return parsed.output as LadderOptions;
}

/** The step that {@linkcode LadderOptions.discardHibernation} asks for. */
export const DISCARD_HIBERNATION = "volume.discard-hibernation";

/** Says whether this run will set the saved memory aside. */
export function discardsHibernation(options: LadderOptions): boolean {
  return options.discardHibernation || options.only.includes(DISCARD_HIBERNATION);
}

/** The step that mends the file system. */
export const REPAIR_DISK = "disk.repair";

/**
 * The hives that this run rebuilds and does nothing else: the rest of a ladder would judge by
 * what is not known before it is done.
 */
export function rebuiltHives(options: LadderOptions): readonly string[] {
  const alone = options.only.length === 1 && options.only[0] === "registry.salvage";
  return alone ? options.salvageHives.map((name) => name.toUpperCase()) : [];
}

/** Says whether chkdsk stands on this run's ladder: the file system must be sound before the rest. */
export function repairsDisk(options: LadderOptions): boolean {
  return options.only.length === 0 && !options.skip.includes(REPAIR_DISK);
}

/**
 * Refuses step names that do not exist: a typing error must not skip nothing.
 *
 * @throws {UsageError} naming the steps there are.
 */
export function requireKnownSteps(names: readonly string[]): void {
  const known = [...new Set(RUNGS.map((rung) => rung.step))];
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new UsageError(`Cannot find the step "${name}"`, {
      next: `Name one of these steps: ${known.join(", ")}`,
    });
  }
}
