/**
 * Where things are in the logs of a hive: offsets, sizes and signatures. Behind the base block of
 * 512 bytes stands a bitmap (`DIRT`) or a chain of entries (`HvLE`). Names follow "Windows
 * registry file format specification" (msuhanov/regf, CC BY 4.0).
 */

/** File types in the base block of a log; 0 is a hive. */
export const LogType = { windows2000: 2, old: 1, new: 6 } as const;

/** Signatures, as the little-endian numbers that are read. */
export const LogMagic = {
  dirt: 0x54524944, // "DIRT"
  hvle: 0x454c7648, // "HvLE"
} as const;

/** Everything in a log starts at multiples of this, whatever sectors the disk has. */
export const LOG_SECTOR = 0x200;

/** Old format: the bitmap follows its signature. */
export const DIRT_HEADER_SIZE = 4;

/** New format: a log entry. Its pages follow its references without gaps. */
export const LogEntryField = {
  signature: 0x00,
  size: 0x04,
  flags: 0x08,
  sequence: 0x0c,
  binsSize: 0x10,
  pageCount: 0x14,
  /** Of everything from the references to the end. */
  dataHash: 0x18,
  /** Of everything before it. */
  headHash: 0x20,
  references: 0x28,
} as const;

/** A reference: where a page belongs in the bins, and how long it is. */
export const PageReference = { offset: 0x00, length: 0x04, size: 0x08 } as const;
