/**
 * Where the bytes of a file lie. Allocation descriptors are short, long or extended, go on in
 * further blocks (tag 258), or are the data itself. Source: ECMA-167 4/12 and 4/14.14.
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import {
  type BlockExtent,
  descriptorOffset,
  type Geometry,
  placeInImage,
  readLongAddress,
  splitExtentLength,
} from "./address.ts";
import { readTag, Tag, tagFault } from "./tag.ts";
import type { UdfSpend } from "./warn.ts";

/** Bits 0 to 2 of the ICB flags: the form of the allocation descriptors. */
export type AllocationForm = "short" | "long" | "extended" | "embedded";

const FORMS: readonly AllocationForm[] = ["short", "long", "extended", "embedded"];
const FORM_BYTES = { short: 8, long: 16, extended: 20 } as const;
const CONTINUATION_HEADER = 24;
/** A 2 KB block holds 253 short descriptors: enough for a file of terabytes. */
const MAX_CONTINUATIONS = 65_536;
/** A block of descriptors costs about as much as so many names. */
const CONTINUATION_COST = 5;

/** A run of bytes of a file: at `offset` of the image, or zeros (`undefined`). */
export interface UdfExtent {
  readonly offset: number | undefined;
  /** Bytes; the last run may reach past the end of the file. */
  readonly length: number;
  /** Why the bytes cannot be read although the length is known. */
  readonly fault?: string;
}

/** The allocation descriptors inside a file entry. */
export interface Allocation {
  readonly form: AllocationForm;
  readonly bytes: Uint8Array;
  /** Where `bytes` lie in the image. */
  readonly offset: number;
  /** The partition that short descriptors speak of. */
  readonly partition: number;
}

/** The form in the ICB flags, or undefined for the four values that mean nothing. */
export function allocationForm(icbFlags: number): AllocationForm | undefined {
  return FORMS[icbFlags & 7];
}

/**
 * The runs of a file in order, until the descriptors end.
 *
 * @throws {FormatError} if a continuation is damaged, lies outside, or leads in a circle.
 */
export async function* readExtents(
  source: ByteSource,
  { geometry, allocation, spend }: {
    readonly geometry: Geometry;
    readonly allocation: Allocation;
    readonly spend: UdfSpend;
  },
): AsyncGenerator<UdfExtent> {
  const { form, partition } = allocation;
  if (form === "embedded") {
    const { offset, bytes } = allocation;
    if (bytes.length > 0) yield { offset, length: bytes.length };
    return;
  }
  const seen = new Set<number>();
  let bytes: Uint8Array | undefined = allocation.bytes;
  while (bytes !== undefined) {
    let next: BlockExtent | undefined;
    for (const extent of parseDescriptors(bytes, { form, partition })) {
      next = extent.type === "continued" ? extent : undefined;
      if (next === undefined) yield placed(geometry, extent);
    }
    if (next === undefined) return;
    const offset = descriptorOffset(geometry, next);
    if (seen.has(offset) || seen.size >= MAX_CONTINUATIONS) {
      throw new FormatError("Cannot follow the allocation of a file: it leads in a circle", {
        offset,
      });
    }
    seen.add(offset);
    spend(CONTINUATION_COST, offset);
    bytes = await readContinuation(source, { offset, blockSize: geometry.blockSize });
  }
}

/** Descriptors up to the one of length 0, or up to and with the one that leads on. */
function* parseDescriptors(
  bytes: Uint8Array,
  { form, partition }: { form: Exclude<AllocationForm, "embedded">; partition: number },
): Generator<BlockExtent> {
  const view = new ByteView(bytes, "allocation descriptors");
  const step = FORM_BYTES[form];
  for (let at = 0; at + step <= bytes.length; at += step) {
    const extent = form === "short"
      ? { ...splitExtentLength(view.u32(at)), block: view.u32(at + 4), partition }
      : form === "long"
      ? readLongAddress(view, at)
      : extendedAddress(view, at);
    if (extent.length === 0) return;
    yield extent;
    if (extent.type === "continued") return;
  }
}

/** An ext_ad: extent, recorded and information length, then the address. ECMA-167 4/14.14.3. */
function extendedAddress(view: ByteView, at: number): BlockExtent {
  return {
    ...splitExtentLength(view.u32(at)),
    block: view.u32(at + 12),
    partition: view.u16(at + 16),
  };
}

function placed(geometry: Geometry, extent: BlockExtent): UdfExtent {
  const { length } = extent;
  if (extent.type !== "recorded") return { offset: undefined, length };
  return { length, ...placeInImage(geometry, extent) };
}

async function readContinuation(
  source: ByteSource,
  { offset, blockSize }: { readonly offset: number; readonly blockSize: number },
): Promise<Uint8Array> {
  const bytes = await source.read(offset, blockSize);
  const tag = readTag(bytes);
  if (tag.id !== Tag.allocationExtent || tagFault(tag) !== undefined) {
    const reason = tagFault(tag) ?? `its tag is ${tag.id}`;
    throw new FormatError(`Cannot follow the allocation of a file: ${reason}`, { offset });
  }
  const length = new ByteView(bytes, "allocation extent").u32(20);
  return bytes.subarray(CONTINUATION_HEADER, Math.min(CONTINUATION_HEADER + length, blockSize));
}
