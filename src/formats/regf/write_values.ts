/** Writes values: their list, records and data. */
import type { CellWriter } from "./cell_writer.ts";
import type { ValueSpec } from "./key_spec.ts";
import {
  BIG_DATA_SEGMENT,
  BigDataField,
  INLINE_DATA,
  Magic,
  NO_CELL,
  ValueField,
  ValueFlag,
} from "./layout.ts";
import { encodeName } from "./name_text.ts";

/** What the key node says about its values. */
export interface WrittenValues {
  /** Offset of the list, or "no cell". */
  readonly list: number;
  /** Bytes of the longest name, in UTF-16. */
  readonly largestName: number;
  /** Bytes of the longest data. */
  readonly largestData: number;
}

/** Writes values in the given order, for a hive of this minor version. */
export function writeValues(
  writer: CellWriter,
  values: readonly ValueSpec[],
  minor: number,
): WrittenValues {
  if (values.length === 0) return { list: NO_CELL, largestName: 0, largestData: 0 };
  const list = writer.allocate(4 * values.length);
  let largestName = 0;
  let largestData = 0;
  values.forEach((value, index) => {
    const offset = writeValue(writer, value, minor);
    writer.u32(writer.position(list) + 4 * index, offset);
    largestName = Math.max(largestName, 2 * value.name.length);
    if (value.tombstone !== true) largestData = Math.max(largestData, value.data.length);
  });
  return { list, largestName, largestData };
}

/** Writes the record and the data of a value and returns the offset of the record. */
export function writeValue(writer: CellWriter, value: ValueSpec, minor: number): number {
  const { bytes, latin1 } = encodeName(value.name);
  const offset = writer.allocate(ValueField.name + bytes.length);
  const position = writer.position(offset);
  writer.u16(position, Magic.vk);
  writer.u16(position + ValueField.nameLength, bytes.length);
  writer.u32(position + ValueField.type, value.type);
  // Windows leaves the flag away for the default value, which has no name.
  const flags = latin1 && bytes.length > 0 ? ValueFlag.latin1Name : 0;
  writer.u16(position + ValueField.flags, flags);
  writer.bytes.set(bytes, position + ValueField.name);
  if (value.tombstone === true) {
    writeTombstone(writer, position, flags);
    return offset;
  }
  writeValueData(writer, { position, data: value.data, minor });
  return offset;
}

function writeTombstone(writer: CellWriter, position: number, flags: number): void {
  writer.u32(position + ValueField.type, 0);
  writer.u32(position + ValueField.dataSize, 0);
  writer.u32(position + ValueField.dataOffset, NO_CELL);
  writer.u16(position + ValueField.flags, flags | ValueFlag.tombstone);
}

/** Data and the record that it belongs to. */
export interface DataPlace {
  /** Of the value record. */
  readonly position: number;
  readonly data: Uint8Array;
  /** Minor version of the hive: above 3, long data lies in segments. */
  readonly minor: number;
}

/** Writes data, into the record or into new cells, and its size and place into the record. */
export function writeValueData(writer: CellWriter, place: DataPlace): void {
  const { position, data, minor } = place;
  const inline = data.length <= 4;
  writer.u32(position + ValueField.dataSize, inline ? INLINE_DATA + data.length : data.length);
  if (inline) {
    writer.u32(position + ValueField.dataOffset, 0);
    writer.bytes.set(data, position + ValueField.dataOffset);
    return;
  }
  const segmented = minor > 3 && data.length > BIG_DATA_SEGMENT;
  const offset = segmented ? writeBigData(writer, data) : writer.store(data);
  writer.u32(position + ValueField.dataOffset, offset);
}

function writeBigData(writer: CellWriter, data: Uint8Array): number {
  const segments: number[] = [];
  for (let start = 0; start < data.length; start += BIG_DATA_SEGMENT) {
    // Windows gives the last segment a cell of full size too, in every hive that was looked at.
    const segment = writer.allocate(BIG_DATA_SEGMENT);
    writer.bytes.set(data.subarray(start, start + BIG_DATA_SEGMENT), writer.position(segment));
    segments.push(segment);
  }
  const list = writer.allocate(4 * segments.length);
  const listPosition = writer.position(list);
  segments.forEach((segment, i) => writer.u32(listPosition + 4 * i, segment));
  const offset = writer.allocate(BigDataField.size);
  const position = writer.position(offset);
  writer.u16(position, Magic.db);
  writer.u16(position + BigDataField.segmentCount, segments.length);
  writer.u32(position + BigDataField.segmentList, list);
  return offset;
}
