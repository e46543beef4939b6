/**
 * File entries: size, time and allocation of one file or directory, in one block.
 * Source: ECMA-167 4/14.6 (ICB tag), 4/14.9 (file entry) and 4/14.17 (extended file entry).
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import { type BlockExtent, descriptorOffset, type Geometry } from "./address.ts";
import { type Allocation, allocationForm, readExtents, type UdfExtent } from "./allocation.ts";
import { readTag, Tag, tagFault, tagIsBlank } from "./tag.ts";
import { readTimestamp } from "./timestamp.ts";
import type { UdfSpend } from "./warn.ts";

/** ICB file types. Source: ECMA-167 4/14.6.6; 249 is UDF 2.01's real-time file. */
const DIRECTORY = 4;
const PLAIN_FILES = [0, 5, 249];
const TYPE_NAMES: Readonly<Record<number, string>> = {
  6: "block device",
  7: "character device",
  9: "named pipe",
  10: "socket",
  12: "symbolic link",
};
/** The only strategy that UDF allows besides 4096 of write-once discs. */
const STRATEGY = 4;

/** Something about one file that people must know. */
export interface UdfProblem {
  /** `damage`: the recorded structure is not sound. `type`: not a plain file or directory. */
  readonly kind: "damage" | "type";
  readonly message: string;
  readonly offset: number;
}

/** One file or directory. */
export interface UdfNode {
  /** Byte offset of its file entry in the image: its identity. */
  readonly offset: number;
  readonly directory: boolean;
  /** Bytes, as recorded; not checked against the extents. */
  readonly size: number;
  readonly modified: Date | undefined;
  readonly problems: readonly UdfProblem[];
  /** The runs of its bytes in order. @throws {FormatError} where the descriptors are damaged. */
  extents(): AsyncIterable<UdfExtent>;
}

/** Field offsets that differ between the two kinds of entry. */
const LAYOUT = {
  [Tag.fileEntry]: { modified: 84, lengths: 168, header: 176 },
  [Tag.extendedFileEntry]: { modified: 92, lengths: 208, header: 216 },
} as const;

/**
 * Reads the entry that an address points to, or undefined where the block was never written:
 * such names exist on discs that Microsoft pressed.
 *
 * @throws {FormatError} if there is no entry that can be read.
 */
export async function readFileEntry(
  source: ByteSource,
  { geometry, icb, spend }: {
    readonly geometry: Geometry;
    readonly icb: BlockExtent;
    readonly spend: UdfSpend;
  },
): Promise<UdfNode | undefined> {
  const offset = descriptorOffset(geometry, icb);
  const bytes = await source.read(offset, geometry.blockSize);
  if (tagIsBlank(bytes)) return undefined;
  const tag = readTag(bytes);
  const layout = tag.id === Tag.fileEntry || tag.id === Tag.extendedFileEntry
    ? LAYOUT[tag.id]
    : undefined;
  if (layout === undefined || !tag.checksumRight) {
    const reason = layout === undefined ? `its tag is ${tag.id}` : "its tag checksum is wrong";
    throw new FormatError(`Cannot read a file entry: ${reason}`, { offset });
  }
  const view = new ByteView(bytes, "file entry");
  const type = view.u8(27);
  const damage = tagFault(tag);
  return {
    offset,
    directory: type === DIRECTORY,
    size: sizeOf(view, offset),
    modified: readTimestamp(view, layout.modified),
    problems: [
      ...(damage === undefined
        ? []
        : [{ kind: "damage" as const, message: `Its file entry is damaged: ${damage}`, offset }]),
      ...typeProblem(type, offset),
    ],
    extents: () => {
      const allocation = allocationOf(view, { layout, offset, partition: icb.partition });
      return readExtents(source, { geometry, allocation, spend });
    },
  };
}

function sizeOf(view: ByteView, offset: number): number {
  const strategy = view.u16(20);
  if (strategy !== STRATEGY) {
    throw new FormatError(
      `Cannot read a file entry: it uses ICB strategy ${strategy}, which only write-once discs have`,
      { offset: offset + 20 },
    );
  }
  const size = Number(view.u64(56));
  if (Number.isSafeInteger(size)) return size;
  throw new FormatError("Cannot read a file entry: its length cannot be", { offset: offset + 56 });
}

function typeProblem(type: number, offset: number): UdfProblem[] {
  if (type === DIRECTORY || PLAIN_FILES.includes(type)) return [];
  const name = TYPE_NAMES[type] ?? `file of type ${type}`;
  return [{ kind: "type", message: `It is a ${name}, not a file`, offset: offset + 27 }];
}

function allocationOf(
  view: ByteView,
  { layout, offset, partition }: {
    readonly layout: { readonly lengths: number; readonly header: number };
    readonly offset: number;
    readonly partition: number;
  },
): Allocation {
  const form = allocationForm(view.u16(34));
  const start = layout.header + view.u32(layout.lengths);
  const length = view.u32(layout.lengths + 4);
  if (form === undefined || start + length > view.length) {
    const reason = form === undefined
      ? "its allocation has no known form"
      : "its allocation does not fit into the block";
    throw new FormatError(`Cannot read a file entry: ${reason}`, { offset });
  }
  return { form, bytes: view.bytes(start, length), offset: offset + start, partition };
}
