/** The bytes of single UDF descriptors, as ECMA-167 and OSTA UDF lay them out. */

/** What a tag of ours says at most. */
export interface TagPlace {
  readonly id: number;
  /** The block that it says it lies in. */
  readonly location: number;
}

/** The CRC of ITU-T V.41, bit by bit: the slow way, as a judge of the table in the reader. */
export function slowCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}

/** Puts a sound tag in front of a descriptor. The CRC covers all of it. */
export function sealTag(bytes: Uint8Array, { id, location }: TagPlace): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint16(0, id, true);
  view.setUint16(2, 2, true);
  view.setUint16(8, slowCrc(bytes.subarray(16)), true);
  view.setUint16(10, bytes.length - 16, true);
  view.setUint32(12, location, true);
  resealChecksum(bytes);
  return bytes;
}

/** Puts the checksum of a changed tag right, and only that. */
export function resealChecksum(bytes: Uint8Array): void {
  bytes[4] = 0;
  let sum = 0;
  for (let i = 0; i < 16; i++) sum += bytes[i]!;
  bytes[4] = sum & 0xff;
}

/** Puts checksum and CRC of a changed descriptor right, keeping its CRC length where it can be. */
export function reseal(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.min(view.getUint16(10, true), bytes.length - 16);
  view.setUint16(10, length, true);
  view.setUint16(8, slowCrc(bytes.subarray(16, 16 + length)), true);
  resealChecksum(bytes);
}

/** A name as d-characters: one byte per character where that is enough. */
export function encodeCs0(text: string): Uint8Array {
  const codes = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  if (codes.length === 0) return new Uint8Array(0);
  return codes.every((code) => code < 0x100)
    ? Uint8Array.of(8, ...codes)
    : Uint8Array.of(16, ...codes.flatMap((code) => [code >>> 8, code & 0xff]));
}

/** Writes a dstring into its field. */
export function writeDstring(field: Uint8Array, text: string): void {
  const bytes = encodeCs0(text);
  field.set(bytes);
  field[field.length - 1] = bytes.length;
}

/** Writes an EntityID with a UDF revision as its suffix. */
export function writeEntityId(field: Uint8Array, identifier: string, revision = 0): void {
  field.set(new TextEncoder().encode(identifier), 1);
  field[24] = revision & 0xff;
  field[25] = revision >>> 8;
}

/** Writes a charspec: OSTA Compressed Unicode. */
export function writeCharset(field: Uint8Array): void {
  field.set(new TextEncoder().encode("OSTA Compressed Unicode"), 1);
}

/** Writes a time; `zone` in minutes from UTC. */
export function writeTimestamp(field: Uint8Array, date: Date, zone = 0): void {
  const local = new Date(date.getTime() + zone * 60_000);
  const view = new DataView(field.buffer, field.byteOffset, 12);
  view.setUint16(0, 0x1000 | (zone & 0xfff), true);
  view.setUint16(2, local.getUTCFullYear(), true);
  field[4] = local.getUTCMonth() + 1;
  field[5] = local.getUTCDate();
  field[6] = local.getUTCHours();
  field[7] = local.getUTCMinutes();
  field[8] = local.getUTCSeconds();
  field[9] = Math.floor(local.getUTCMilliseconds() / 10);
}

/** Writes a long_ad of partition 0. */
export function writeLongAddress(
  view: DataView,
  offset: number,
  at: { readonly block: number; readonly length: number },
): void {
  view.setUint32(offset, at.length, true);
  view.setUint32(offset + 4, at.block, true);
}
