/**
 * The flags of an NTFS volume, read from file record 3 (`$Volume`): the dirty bit without
 * fsutil, whose text is localised.
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import { ntfsGeometry } from "./boot_sector.ts";

/** Flag in `$VOLUME_INFORMATION`: chkdsk is wanted. */
const VOLUME_IS_DIRTY = 0x0001;
const VOLUME_RECORD = 3;
const VOLUME_INFORMATION = 0x70;
const END_OF_ATTRIBUTES = 0xffffffff;

/** Version and flags of an NTFS volume. */
export interface NtfsVolumeFlags {
  readonly dirty: boolean;
  /** For example "3.1". */
  readonly version: string;
  readonly flags: number;
}

/**
 * Reads the flags of an NTFS volume or image.
 *
 * @throws {FormatError} if the boot sector or the file record is not sound.
 */
export async function readNtfsVolumeFlags(source: ByteSource): Promise<NtfsVolumeFlags> {
  const geometry = ntfsGeometry(await source.read(0, 512));
  const offset = geometry.mftOffset + VOLUME_RECORD * geometry.recordBytes;
  const record = (await source.read(offset, geometry.recordBytes)).slice();
  applyFixups(record, offset);
  const value = attributeValue(record, VOLUME_INFORMATION, offset);
  if (value.length < 12) {
    throw new FormatError("Cannot read $Volume: its information is too short", { offset });
  }
  const view = new ByteView(value, "$VOLUME_INFORMATION");
  const flags = view.u16(10);
  return {
    dirty: (flags & VOLUME_IS_DIRTY) !== 0,
    version: `${view.u8(8)}.${view.u8(9)}`,
    flags,
  };
}

/** Puts the last two bytes of each 512-byte stride back, which NTFS keeps in the update sequence. */
function applyFixups(record: Uint8Array, offset: number): void {
  const view = new ByteView(record, "file record");
  if (view.ascii(0, 4) !== "FILE") {
    throw new FormatError("Cannot read $Volume: its record is not marked FILE", { offset });
  }
  const array = view.u16(4);
  const count = view.u16(6);
  const check = view.u16(array);
  for (let stride = 1; stride < count; stride++) {
    const end = stride * 512 - 2;
    if (view.u16(end) !== check) {
      throw new FormatError("Cannot read $Volume: its record was written in part", {
        offset: offset + end,
      });
    }
    record.set(view.bytes(array + 2 * stride, 2), end);
  }
}

function attributeValue(record: Uint8Array, type: number, offset: number): Uint8Array {
  const view = new ByteView(record, "file record");
  let at = view.u16(0x14);
  while (at + 8 <= record.length && view.u32(at) !== END_OF_ATTRIBUTES) {
    const length = view.u32(at + 4);
    if (length < 24 || length % 8 !== 0) {
      throw new FormatError("Cannot read $Volume: an attribute has no sound length", {
        offset: offset + at,
      });
    }
    const resident = view.u8(at + 8) === 0;
    if (view.u32(at) === type && resident) {
      return view.bytes(at + view.u16(at + 20), view.u32(at + 16));
    }
    at += length;
  }
  throw new FormatError("Cannot read $Volume: it holds no volume information", { offset });
}
