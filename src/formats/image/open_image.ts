/**
 * Which volume of an image is read: UDF first, because on Windows media it alone holds the files;
 * ISO9660 where there is no UDF, or where it cannot be read.
 */
import { type ByteSource, FormatError, MedicError } from "../../base/mod.ts";
import { findCutFiles, openIso9660, readBootCatalogue } from "../iso9660/mod.ts";
import { openUdf, recogniseVolume, type VolumeRecognition } from "../udf/mod.ts";
import type { DiscImage, ImageKind } from "./disc_image.ts";
import { faultOf } from "./fault.ts";
import { findEntry } from "./find.ts";
import { NameIndex } from "./name_index.ts";
import { readEntry } from "./read_entry.ts";
import { isoTree, type TreeNode, udfTree } from "./volume_tree.ts";
import { type WalkContext, type WalkLimits, walkTree } from "./walk.ts";
import { WarningList } from "./warnings.ts";
import { WorkBudget } from "./work_budget.ts";

/** Bounds for hostile images. */
export type ImageLimits = WalkLimits;

/** How an image is opened. */
export interface OpenImageOptions {
  /** What messages call it, for example its file name. */
  readonly name: string;
  readonly limits?: Partial<ImageLimits>;
}

/** Windows media hold some thousand files, three to eight directories deep. */
const LIMITS: ImageLimits = { maxEntries: 500_000, maxDepth: 64 };

/**
 * Opens a disc image. Damage that leaves something readable becomes a warning or a problem of
 * its entry; only an image without any readable volume is an error.
 *
 * @throws {FormatError} if no volume can be read.
 * @throws {RefusalError} if its only volume is of a kind that is not read here.
 */
export async function openImage(
  source: ByteSource,
  { name, limits }: OpenImageOptions,
): Promise<DiscImage> {
  const warnings = new WarningList();
  const budget = new WorkBudget();
  const sinks = { warn: warnings.add, spend: budget.spend };
  const recognition = await recogniseVolume(source);
  const tree = await openTree(source, { name, recognition, sinks });
  const boot = recognition.iso9660 === undefined ? undefined : await readBootCatalogue(source);
  const { kind, label, format, blockSize } = tree;
  return {
    ...{ kind, name, label, format, blockSize, boot },
    missingBytes: missingBytes(source, { tree, warnings }),
    warnings: warnings.list,
    ...access(source, { tree, limits: { ...LIMITS, ...limits }, warnings, budget }),
  };
}

function missingBytes(
  source: ByteSource,
  { tree, warnings }: { readonly tree: OpenTree; readonly warnings: WarningList },
): number {
  const missing = Math.max(0, tree.neededBytes - source.size);
  if (missing > 0) {
    warnings.add(
      `The image is cut off: ${missing} bytes are missing of the ${tree.neededBytes} that its ` +
        `volume has`,
      source.size,
      "cut",
    );
  }
  return missing;
}

function access(
  source: ByteSource,
  { tree, limits, warnings, budget }: {
    readonly tree: OpenTree;
    readonly limits: ImageLimits;
    readonly warnings: WarningList;
    readonly budget: WorkBudget;
  },
): Pick<DiscImage, "entries" | "find" | "read"> {
  const context: WalkContext = {
    root: tree.root,
    imageSize: source.size,
    limits,
    warn: warnings.add,
    spend: budget.spend,
  };
  const index = new NameIndex();
  return {
    entries: () => {
      budget.reset();
      return walkTree(context);
    },
    find: (path) => {
      budget.reset();
      return findEntry({ ...context, index }, path);
    },
    read: (entry, { from = 0 } = {}) => readEntry(source, { entry, from }),
  };
}

/** What the volumes report to. */
interface Sinks {
  readonly warn: WarningList["add"];
  readonly spend: (units: number, offset: number) => void;
}

interface OpenTree extends Pick<DiscImage, "label" | "format" | "blockSize"> {
  readonly kind: ImageKind;
  readonly root: TreeNode;
  readonly neededBytes: number;
}

async function openTree(
  source: ByteSource,
  { name, recognition, sinks }: {
    readonly name: string;
    readonly recognition: VolumeRecognition;
    readonly sinks: Sinks;
  },
): Promise<OpenTree> {
  if (recognition.udf === undefined) {
    if (recognition.iso9660 !== undefined) return await openIso(source, { sinks });
    return await openUnannounced(source, { name, sinks });
  }
  try {
    return await openUdfTree(source, sinks);
  } catch (error) {
    if (recognition.iso9660 === undefined) throw error;
    return await fallBack(source, { error, recognition, sinks });
  }
}

/** A UDF volume without the words that announce it: wiped or misplaced, but perhaps readable. */
async function openUnannounced(
  source: ByteSource,
  { name, sinks }: { readonly name: string; readonly sinks: Sinks },
): Promise<OpenTree> {
  try {
    const tree = await openUdfTree(source, sinks);
    const message = "The words that announce a UDF volume are missing; its anchor was found";
    sinks.warn(message, 32768, "damaged");
    return tree;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    if (error instanceof FormatError) {
      throw new FormatError(`Cannot read "${name}": it is not an image of a disc`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function openUdfTree(source: ByteSource, sinks: Sinks): Promise<OpenTree> {
  const volume = await openUdf(source, sinks);
  const { label, blockSize, neededBytes, revision } = volume;
  const format = revision === "" ? "UDF" : `UDF ${revision}`;
  return { kind: "udf", label, format, blockSize, neededBytes, root: udfTree(volume) };
}

async function openIso(
  source: ByteSource,
  { sinks, cut }: { readonly sinks: Sinks; readonly cut?: boolean },
): Promise<OpenTree> {
  const volume = await openIso9660(source, sinks);
  const { nameKind, label, blockSize, neededBytes } = volume;
  const cutFiles = cut ? await findCutFiles(volume) : new Set<number>();
  return {
    kind: nameKind,
    label,
    format: nameKind === "joliet" ? "ISO9660 with Joliet names" : "ISO9660",
    blockSize,
    neededBytes,
    root: isoTree(volume, cutFiles),
  };
}

/** The UDF volume is announced but cannot be read: what ISO9660 knows is shown instead. */
async function fallBack(
  source: ByteSource,
  { error, recognition, sinks }: {
    readonly error: unknown;
    readonly recognition: VolumeRecognition;
    readonly sinks: Sinks;
  },
): Promise<OpenTree> {
  const fault = faultOf(error);
  const offset = fault.offset ?? recognition.udf ?? 0;
  sinks.warn(`${fault.message}; the files that ISO9660 lists are shown instead`, offset, "lost");
  try {
    return await openIso(source, { sinks, cut: true });
  } catch (second) {
    faultOf(second);
    throw error;
  }
}
