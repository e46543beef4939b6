/** Proves the values of a key after an edit: each is what it was, or what the edit wants. */
import type { EditPair } from "./edit_pair.ts";
import type { IntendedValue } from "./intended_key.ts";
import {
  BIG_DATA_SEGMENT,
  BigDataField,
  INLINE_DATA,
  KeyNodeField,
  Magic,
  ValueField,
  ValueFlag,
} from "./layout.ts";
import { valueCount } from "./lists.ts";
import { readName } from "./name_text.ts";
import { ValueRecord } from "./value.ts";

/** Takes and compares all cells of values that must be what they were. */
export function verifyOldValues(pair: EditPair, key: number): void {
  const { after } = pair;
  const count = valueCount(after, key);
  if (count === 0) return;
  const list = pair.ownUnchanged(listOffset(pair, key), 4 * count, "list of values");
  for (let i = 0; i < count; i++) verifyOldValue(pair, after.u32(list + 4 * i));
}

/**
 * Compares the values of the key node at `key` with what they shall be, in order.
 *
 * @throws {FormatError} naming the value and what is wrong with it.
 */
export function verifyNewValues(
  pair: EditPair,
  key: number,
  values: readonly IntendedValue[],
): void {
  const { after } = pair;
  const count = valueCount(after, key);
  if (count !== values.length) {
    throw pair.difference(`it has ${count} values instead of ${values.length}`);
  }
  if (count === 0) return;
  const list = pair.own(listOffset(pair, key), 4 * count, "list of values");
  values.forEach((value, i) => {
    const offset = after.u32(list + 4 * i);
    if (value.offset !== undefined && value.offset !== offset) {
      throw pair.difference(`value "${value.name}" is not in its place of the list`, offset);
    }
    if (value.content === undefined) verifyOldValue(pair, offset);
    else verifyContent(pair, offset, { name: value.name, ...value.content });
  });
  verifyMaxima(pair, key, values);
}

function listOffset(pair: EditPair, key: number): number {
  return pair.after.u32(key + KeyNodeField.valueList);
}

/** Hot: a hive has hundreds of thousands of values, nearly all in pages that did not change. */
function verifyOldValue(pair: EditPair, offset: number): void {
  const { after } = pair;
  const position = pair.own(offset, ValueField.name, "value");
  const changed = pair.firstChange(position);
  if (changed !== undefined) {
    throw pair.difference(`${nameAt(pair, position)} changed: ${fieldName(changed)}`, offset);
  }
  const size = after.u32(position + ValueField.dataSize);
  if (size === 0 || size >= INLINE_DATA) return;
  const data = after.u32(position + ValueField.dataOffset);
  const segmented = after.segmentsData && size > BIG_DATA_SEGMENT;
  const content = pair.own(data, segmented ? BigDataField.size : size, "value's data");
  if (pair.firstChange(content) !== undefined) throw dataChanged(pair, position, data);
  if (!segmented || after.contentLength(content) >= size) return;
  for (const segment of ownSegments(pair, content, size)) {
    if (pair.firstChange(segment) !== undefined) throw dataChanged(pair, position, data);
  }
}

/** Takes the cells behind a `db` record: first the list of segments, then the segments. */
function* ownSegments(pair: EditPair, record: number, size: number): Generator<number> {
  const { after } = pair;
  const what = "value's big data";
  const count = after.u16(record + BigDataField.segmentCount);
  const list = pair.own(after.u32(record + BigDataField.segmentList), 4 * count, what);
  yield list;
  for (let i = 0; i < count; i++) {
    const length = Math.min(BIG_DATA_SEGMENT, size - i * BIG_DATA_SEGMENT);
    yield pair.own(after.u32(list + 4 * i), length, what);
  }
}

type NamedContent = { readonly name: string; readonly type: number; readonly data: Uint8Array };

function verifyContent(pair: EditPair, offset: number, intended: NamedContent): void {
  const position = pair.ownRecord(offset, Magic.vk, ValueField.name);
  const size = intended.data.length;
  const fault = contentFault(new ValueRecord(pair.after, offset), intended) ??
    layoutFault(pair, position, size);
  if (fault !== undefined) throw pair.difference(`value "${intended.name}" ${fault}`, offset);
  ownContent(pair, position, size);
}

function contentFault(value: ValueRecord, { name, type, data }: NamedContent): string | undefined {
  if (value.name !== name) return `is named "${value.name}"`;
  if (value.tombstone) return "is marked as deleted";
  if (value.type !== type) return `has type ${value.type} instead of ${type}`;
  return sameBytes(value.data, data) ? undefined : "has other data";
}

/** Data where Windows looks for it: our reader is more lenient. */
function layoutFault(pair: EditPair, position: number, size: number): string | undefined {
  const { after } = pair;
  const inline = after.u32(position + ValueField.dataSize) >= INLINE_DATA;
  if (inline !== size <= 4) {
    return inline ? "has long data in its record" : "has a cell for nothing";
  }
  if (size <= BIG_DATA_SEGMENT || pair.minor <= 3) return undefined;
  const data = after.cell(after.u32(position + ValueField.dataOffset), BigDataField.size, "value");
  return after.contentLength(data) >= size ? "has long data in one cell" : undefined;
}

function ownContent(pair: EditPair, position: number, size: number): void {
  if (size <= 4) return;
  const offset = pair.after.u32(position + ValueField.dataOffset);
  if (size <= BIG_DATA_SEGMENT || pair.minor <= 3) {
    pair.own(offset, size, "value's data");
    return;
  }
  const record = pair.ownRecord(offset, Magic.db, BigDataField.size);
  for (const _ of ownSegments(pair, record, size));
}

/** Readers size their buffers by these: they must not be too small. */
function verifyMaxima(pair: EditPair, key: number, values: readonly IntendedValue[]): void {
  const { after } = pair;
  const longest = after.u32(key + KeyNodeField.largestValueName);
  const largest = after.u32(key + KeyNodeField.largestValueData);
  for (const { name, content } of values) {
    if (content === undefined) continue;
    if (longest < 2 * name.length) {
      throw pair.difference(`its longest name of a value is said to have ${longest} bytes`);
    }
    if (largest < content.data.length) {
      throw pair.difference(`its longest data is said to have ${largest} bytes`);
    }
  }
}

function dataChanged(pair: EditPair, position: number, offset: number) {
  return pair.difference(`${nameAt(pair, position)} changed: its data`, offset);
}

/** Names the value whose record is at `position`, from the old hive. */
function nameAt({ before }: EditPair, position: number): string {
  const length = before.u16(position + ValueField.nameLength);
  const latin1 = (before.u16(position + ValueField.flags) & ValueFlag.latin1Name) !== 0;
  const room = before.bytes.length - position - ValueField.name;
  const name = readName(before, {
    position: position + ValueField.name,
    length: Math.min(length, room),
    latin1,
  });
  return `value "${name}"`;
}

const FIELDS: readonly (readonly [from: number, name: string])[] = [
  [ValueField.name, "its name"],
  [ValueField.flags, "its flags"],
  [ValueField.type, "its type"],
  [ValueField.dataOffset, "its data"],
  [ValueField.dataSize, "the size of its data"],
  [ValueField.nameLength, "the length of its name"],
];

function fieldName(at: number): string {
  return FIELDS.find(([from]) => at >= from)?.[1] ?? "its record";
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
