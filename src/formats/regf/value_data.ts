/**
 * The bytes of a value: in its record, in a cell of their own, or in the segments of a `db`
 * record. Which one is meant depends on size and hive version.
 */
import {
  BASE_BLOCK_SIZE,
  BIG_DATA_SEGMENT,
  BigDataField,
  INLINE_DATA,
  Magic,
  ValueField,
} from "./layout.ts";
import type { CellSpace } from "./cell_space.ts";

/** Bytes of data that the value record at `position` announces. */
export function valueDataSize(space: CellSpace, position: number): number {
  return space.u32(position + ValueField.dataSize) & ~INLINE_DATA;
}

/**
 * The data of the value record at `position`. Shares memory unless it lies in segments.
 *
 * @throws {FormatError} if the bytes are not all there.
 */
export function valueData(space: CellSpace, position: number): Uint8Array {
  const size = valueDataSize(space, position);
  const field = position + ValueField.dataOffset;
  if (size === 0) return space.bytes.subarray(field, field);
  if (space.u32(position + ValueField.dataSize) >= INLINE_DATA) {
    if (size > 4) throw space.error("value", `${size} bytes cannot lie in its record`, position);
    return space.bytes.subarray(field, field + size);
  }
  const offset = space.u32(field);
  const plain = plainCell(space, offset, size);
  if (plain !== undefined) {
    return new Uint8Array(space.bytes.buffer, space.bytes.byteOffset + plain, size);
  }
  return bigData(space, offset, size);
}

/**
 * Checks that the data of the value record at `position` is there, without copying it.
 * `claim` says of a cell whether it is met for the first time.
 *
 * @throws {FormatError} if it is not there, or is shared with something else.
 */
export function checkValueData(
  space: CellSpace,
  position: number,
  claim: (offset: number) => boolean,
): void {
  const size = valueDataSize(space, position);
  if (size === 0 || space.u32(position + ValueField.dataSize) >= INLINE_DATA) {
    valueData(space, position);
    return;
  }
  const offset = space.u32(position + ValueField.dataOffset);
  const plain = plainCell(space, offset, size) !== undefined;
  if (claim(offset) && (plain || bigDataCells(space, offset, size).every(claim))) return;
  throw space.error("value's data", "its cell belongs to something else too", position);
}

/** The position of the cell that holds all of the data, or undefined if it may be a `db` record. */
function plainCell(space: CellSpace, offset: number, size: number): number | undefined {
  const segmented = space.segmentsData && size > BIG_DATA_SEGMENT;
  if (!segmented) return space.cell(offset, size, "value's data");
  const position = space.cell(offset, BigDataField.size, "value's data");
  // Other programs put big data into one cell in every version.
  return space.contentLength(position) >= size ? position : undefined;
}

function bigData(space: CellSpace, offset: number, size: number): Uint8Array {
  const [, ...segments] = bigDataCells(space, offset, size);
  if (size > space.size) {
    throw space.error("value's big data", `${size} bytes are more than the hive has`, offset);
  }
  const whole = new Uint8Array(size);
  segments.forEach((segment, index) => {
    const position = segment + BASE_BLOCK_SIZE + 4;
    const filled = index * BIG_DATA_SEGMENT;
    const length = Math.min(BIG_DATA_SEGMENT, size - filled);
    whole.set(space.bytes.subarray(position, position + length), filled);
  });
  return whole;
}

/** The offsets of the cells behind a `db` record: the list of segments, then the segments. */
function bigDataCells(space: CellSpace, offset: number, size: number): number[] {
  const what = "value's big data";
  const record = space.cell(offset, BigDataField.size, what);
  if (space.u16(record) !== Magic.db) {
    throw space.error(what, `it does not begin with "db"`, record);
  }
  const count = space.u16(record + BigDataField.segmentCount);
  if (count !== Math.ceil(size / BIG_DATA_SEGMENT)) {
    throw space.error(what, `${size} bytes do not make ${count} segments`, record);
  }
  const listOffset = space.u32(record + BigDataField.segmentList);
  const list = space.cell(listOffset, 4 * count, what);
  const cells = [listOffset];
  for (let i = 0; i < count; i++) {
    const segment = space.u32(list + 4 * i);
    space.cell(segment, Math.min(BIG_DATA_SEGMENT, size - i * BIG_DATA_SEGMENT), what);
    cells.push(segment);
  }
  return cells;
}
