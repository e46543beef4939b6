/**
 * The volume descriptor sequence: where the partition lies and what the volume is called. It is
 * recorded twice; what is damaged in the main copy is taken from the reserve copy.
 * Source: ECMA-167 3/8.4.2 and 3/10.
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import type { Anchor, SectorExtent } from "./anchor.ts";
import { readTag, Tag, tagFault, tagIsBlank } from "./tag.ts";
import type { UdfWarn } from "./warn.ts";

/** More than any real sequence has (16 sectors, seldom continued). */
const MAX_DESCRIPTORS = 1024;
const MAX_POINTERS = 16;

/** The others are not looked into; an unallocated space descriptor may be longer than a sector. */
const WANTED: readonly number[] = [
  Tag.primaryVolume,
  Tag.volumePointer,
  Tag.partition,
  Tag.logicalVolume,
  Tag.terminator,
];

/** The descriptors that count, each at the byte offset where it was found. */
export interface VolumeSequence {
  readonly primary: FoundDescriptor | undefined;
  readonly logicalVolume: FoundDescriptor;
  /** By partition number. */
  readonly partitions: ReadonlyMap<number, FoundDescriptor>;
}

/** A sound descriptor. */
export interface FoundDescriptor {
  readonly offset: number;
  readonly view: ByteView;
  /** The higher one prevails. */
  readonly sequenceNumber: number;
}

interface Collected {
  primary?: FoundDescriptor;
  logicalVolume?: FoundDescriptor;
  readonly partitions: Map<number, FoundDescriptor>;
  readonly faults: { readonly message: string; readonly offset: number }[];
}

/**
 * Reads the sequence behind an anchor.
 *
 * @throws {FormatError} if neither copy gives a logical volume and a partition.
 */
export async function readVolumeSequence(
  source: ByteSource,
  { anchor, warn }: { readonly anchor: Anchor; readonly warn: UdfWarn },
): Promise<VolumeSequence> {
  const main = await collect(source, anchor.main, anchor.sectorSize);
  const whole = isWhole(main) && main.faults.length === 0;
  const reserve = whole ? undefined : await collect(source, anchor.reserve, anchor.sectorSize);
  const primary = main.primary ?? reserve?.primary;
  const logicalVolume = main.logicalVolume ?? reserve?.logicalVolume;
  const partitions = new Map([...reserve?.partitions ?? [], ...main.partitions]);
  if (logicalVolume === undefined || partitions.size === 0) {
    const fault = main.faults[0] ?? reserve?.faults[0];
    const reason = fault === undefined ? "" : ` (${fault.message})`;
    const missing = logicalVolume === undefined ? "logical volume" : "partition";
    throw new FormatError(
      `Cannot read the UDF volume: neither descriptor sequence names a ${missing}${reason}`,
      { offset: fault?.offset ?? anchor.offset },
    );
  }
  for (const { message, offset } of main.faults) {
    warn(`${message}; the reserve descriptors fill in what is missing`, offset, "damaged");
  }
  if (!isWhole(main) && main.faults.length === 0) {
    const message = "The reserve volume descriptors were used: the main ones are not complete";
    warn(message, anchor.offset, "damaged");
  }
  return { primary, logicalVolume, partitions };
}

function isWhole(found: Collected): boolean {
  return found.logicalVolume !== undefined && found.partitions.size > 0;
}

async function collect(
  source: ByteSource,
  extent: SectorExtent,
  sectorSize: number,
): Promise<Collected> {
  const found: Collected = { partitions: new Map(), faults: [] };
  let current: SectorExtent | undefined = extent;
  let left = MAX_DESCRIPTORS;
  for (let hops = 0; current !== undefined && hops <= MAX_POINTERS; hops++) {
    const { sector, length }: SectorExtent = current;
    current = undefined;
    const count = Math.min(left, Math.ceil(length / sectorSize));
    left -= count;
    for (let index = 0; index < count; index++) {
      const offset = (sector + index) * sectorSize;
      if (offset + sectorSize > source.size) {
        found.faults.push({ message: "The image ends inside the volume descriptors", offset });
        return found;
      }
      const outcome = take(found, await source.read(offset, sectorSize), offset);
      if (outcome === "end") return found;
      if (outcome === "next") continue;
      current = outcome;
      break;
    }
  }
  return found;
}

/** Sorts one descriptor in. Answers where the sequence goes on, if it says so. */
function take(found: Collected, bytes: Uint8Array, offset: number): "next" | "end" | SectorExtent {
  if (tagIsBlank(bytes)) return "end";
  const tag = readTag(bytes);
  const fault = tag.checksumRight && !WANTED.includes(tag.id) ? undefined : tagFault(tag);
  if (fault !== undefined) {
    found.faults.push({ message: `A volume descriptor is damaged: ${fault}`, offset });
    return "next";
  }
  const view = new ByteView(bytes, "volume descriptor");
  const descriptor = { offset, view, sequenceNumber: view.u32(16) };
  switch (tag.id) {
    case Tag.terminator:
      return "end";
    case Tag.volumePointer:
      return { length: view.u32(20), sector: view.u32(24) };
    case Tag.primaryVolume:
      found.primary = prevailing(found.primary, descriptor);
      return "next";
    case Tag.logicalVolume:
      found.logicalVolume = prevailing(found.logicalVolume, descriptor);
      return "next";
    case Tag.partition: {
      const number = view.u16(22);
      found.partitions.set(number, prevailing(found.partitions.get(number), descriptor));
      return "next";
    }
    default:
      return "next";
  }
}

function prevailing(known: FoundDescriptor | undefined, next: FoundDescriptor): FoundDescriptor {
  return known !== undefined && known.sequenceNumber > next.sequenceNumber ? known : next;
}
