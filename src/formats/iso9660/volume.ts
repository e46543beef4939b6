/** The way from the volume descriptors to the root directory, by the best names there are. */
import { type ByteSource, type ByteView, decodeLatin1, FormatError } from "../../base/mod.ts";
import { readDirectory } from "./directory.ts";
import { type IsoNode, type NameKind, parseRecord } from "./directory_record.ts";
import { decodeUcs2 } from "./ucs2.ts";
import { readVolumeDescriptors, type VolumeDescriptor } from "./volume_descriptors.ts";
import type { IsoSpend, IsoWarn } from "./warn.ts";

const ROOT_RECORD = 156;
const ROOT_RECORD_BYTES = 34;

/** An opened ISO9660 volume. */
export interface IsoVolume {
  readonly nameKind: NameKind;
  readonly label: string;
  /** Bytes per logical block. */
  readonly blockSize: number;
  /** Bytes that the image must have at least. */
  readonly neededBytes: number;
  readonly root: IsoNode;
  /**
   * The files and directories in a directory of this volume.
   *
   * @throws {FormatError} where it cannot be read any further.
   */
  children(directory: IsoNode): AsyncIterable<IsoNode>;
}

/**
 * Opens the Joliet tree of an image, or its ISO9660 tree where there is no Joliet or where its
 * root cannot be read.
 *
 * @throws {FormatError} if neither can be read.
 */
export async function openIso9660(
  source: ByteSource,
  { warn, spend = () => {} }: { readonly warn: IsoWarn; readonly spend?: IsoSpend },
): Promise<IsoVolume> {
  const descriptors = await readVolumeDescriptors(source);
  const candidates = [
    ...descriptors.filter(({ kind }) => kind === "joliet"),
    ...descriptors.filter(({ kind }) => kind === "primary"),
  ];
  let failure: FormatError | undefined;
  for (const descriptor of candidates) {
    try {
      const volume = await openDescriptor(source, { descriptor, warn, spend });
      if (failure !== undefined) {
        const message = `${failure.message}; the next volume descriptor is used`;
        warn(message, failure.offset ?? 0, "damaged");
      }
      return volume;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? new FormatError("Cannot read the ISO9660 volume: it has no primary descriptor", {
    offset: 16 * 2048,
  });
}

async function openDescriptor(
  source: ByteSource,
  { descriptor, warn, spend }: {
    readonly descriptor: VolumeDescriptor;
    readonly warn: IsoWarn;
    readonly spend: IsoSpend;
  },
): Promise<IsoVolume> {
  const { view, offset } = descriptor;
  const nameKind = descriptor.kind === "joliet" ? "joliet" : "iso9660";
  const blockSize = view.u16(128);
  if (![512, 1024, 2048].includes(blockSize)) {
    throw new FormatError(
      `Cannot read the ISO9660 volume: a block size of ${blockSize} bytes cannot be`,
      { offset: offset + 128 },
    );
  }
  const root = rootNode(view, { offset, blockSize });
  const context = { source, blockSize, nameKind, warn, spend } as const;
  const volume: IsoVolume = {
    nameKind,
    label: labelOf(view, nameKind),
    blockSize,
    neededBytes: view.u32(80) * blockSize,
    root,
    children: (directory) => readDirectory(context, directory),
  };
  await proveRoot(source, root);
  return volume;
}

function rootNode(
  view: ByteView,
  { offset, blockSize }: { readonly offset: number; readonly blockSize: number },
): IsoNode {
  const bytes = view.bytes(ROOT_RECORD, ROOT_RECORD_BYTES);
  const record = parseRecord(bytes, { offset: offset + ROOT_RECORD, blockSize });
  const { directory, hidden, extent, modified } = record;
  if (!directory) {
    throw new FormatError("Cannot read the ISO9660 volume: its root is not a directory", {
      offset: offset + ROOT_RECORD,
    });
  }
  return {
    name: "",
    offset: offset + ROOT_RECORD,
    directory,
    hidden,
    size: extent.length,
    modified,
    problems: [],
    extents: () => [extent],
  };
}

/** The first record of a directory is its own: length 34 or more, and a name of one zero byte. */
async function proveRoot(source: ByteSource, root: IsoNode): Promise<void> {
  const { offset, length } = root.extents()[0]!;
  const readable = offset + ROOT_RECORD_BYTES <= source.size && length >= ROOT_RECORD_BYTES;
  const record = readable ? await source.read(offset, ROOT_RECORD_BYTES) : undefined;
  const sound = record !== undefined && record[0]! >= ROOT_RECORD_BYTES && record[32] === 1 &&
    record[33] === 0;
  if (sound) return;
  throw new FormatError("Cannot read the ISO9660 volume: its root directory is not there", {
    offset,
  });
}

function labelOf(view: ByteView, nameKind: NameKind): string {
  const bytes = view.bytes(40, 32);
  const text = nameKind === "iso9660" ? decodeLatin1(bytes) : decodeUcs2(bytes);
  return text.replace(/[\0 ]+$/, "");
}
