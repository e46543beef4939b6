/**
 * Where things are in a registry hive: offsets, sizes, magics and flags, in one place for the
 * reader, the builder and whoever replays logs or edits. Names of the fields follow
 * "Windows registry file format specification" (msuhanov/regf, CC BY 4.0).
 *
 * Cell offsets in a hive count from the end of the base block; offsets here count from the
 * start of the structure they are named after.
 */

/** Size of the base block; everything else lies behind it. */
export const BASE_BLOCK_SIZE = 0x1000;

/** The part of the base block that its checksum covers, and that a log repeats. */
export const BASE_BLOCK_CORE_SIZE = 0x200;

/** Bins are multiples of this and start at multiples of it. */
export const BIN_ALIGNMENT = 0x1000;

/** Size of a bin's own header. */
export const BIN_HEADER_SIZE = 0x20;

/** Cells start at multiples of this and have sizes that are multiples of it. */
export const CELL_ALIGNMENT = 8;

/** "No cell here". */
export const NO_CELL = 0xffffffff;

/** Data that is longer lies in a `db` record, in hives of minor version 4 and later. */
export const BIG_DATA_SEGMENT = 16344;

/** Top bit of a value's size: the data lies in the offset field itself. */
export const INLINE_DATA = 0x80000000;

/** Windows refuses deeper trees (REG_MAX_KEY_DEPTH). */
export const MAX_KEY_DEPTH = 512;

/**
 * Longest name of a key that the kernel takes, in UTF-16 code units (REG_MAX_KEY_NAME_LENGTH is
 * 512 bytes). Programs are told of 255 ("Registry element size limits").
 */
export const LONGEST_KEY_NAME = 256;

/** Signatures, as the little-endian numbers that are read. */
export const Magic = {
  regf: 0x66676572, // "regf"
  hbin: 0x6e696268, // "hbin"
  nk: 0x6b6e, // "nk": key
  vk: 0x6b76, // "vk": value
  sk: 0x6b73, // "sk": security descriptor
  li: 0x696c, // "li": offsets only
  lf: 0x666c, // "lf": offset and the first four characters
  lh: 0x686c, // "lh": offset and hash
  ri: 0x6972, // "ri": list of lists
  db: 0x6264, // "db": big data
} as const;

/** Base block. */
export const BaseBlock = {
  signature: 0x00,
  primarySequence: 0x04,
  secondarySequence: 0x08,
  lastWritten: 0x0c,
  majorVersion: 0x14,
  minorVersion: 0x18,
  fileType: 0x1c,
  format: 0x20,
  rootOffset: 0x24,
  binsSize: 0x28,
  clustering: 0x2c,
  storedName: 0x30,
  storedNameSize: 64,
  resourceManager: 0x70, // RmId, LogId, flags, TmId and "rmtm": all of it belongs to transactions
  flags: 0x90,
  reorganized: 0xa8, // a time, or the "OfRg" of an old offreg.dll
  offlineRegistry: 0xb0, // the "OfRg" of a newer one
  checksum: 0x1fc,
} as const;

/** Bin header. */
export const BinHeader = { signature: 0x00, offset: 0x04, size: 0x08, timestamp: 0x14 } as const;

/** Key node, counted from its signature. */
export const KeyNodeField = {
  flags: 0x02,
  lastWritten: 0x04,
  access: 0x0c,
  layer: 0x0d, // its second byte, in layered hives
  parent: 0x10,
  subkeyCount: 0x14,
  volatileSubkeyCount: 0x18,
  subkeyList: 0x1c,
  volatileSubkeyList: 0x20,
  valueCount: 0x24,
  valueList: 0x28,
  security: 0x2c,
  classOffset: 0x30,
  largestSubkeyName: 0x34,
  userFlags: 0x36, // its upper half, since Windows XP SP3 and Vista
  largestSubkeyClass: 0x38,
  largestValueName: 0x3c,
  largestValueData: 0x40,
  nameLength: 0x48,
  classLength: 0x4a,
  name: 0x4c,
} as const;

/** Low bits of a key node's layer byte: other than 0 for one that covers a key of another layer. */
export const LAYER_SEMANTICS = 0x03;

/** Flags of a key node. */
export const KeyFlag = {
  volatile: 0x0001,
  hiveExit: 0x0002,
  hiveEntry: 0x0004,
  noDelete: 0x0008,
  symbolicLink: 0x0010,
  latin1Name: 0x0020,
  predefinedHandle: 0x0040,
} as const;

/**
 * The only value that a symbolic link may have; the kernel compares these very bytes when it loads
 * a hive (Project Zero, "Windows Registry Low/Unclear Severity Bugs", report 2).
 */
export const LINK_VALUE = "SymbolicLinkValue";

/** Value record, counted from its signature. */
export const ValueField = {
  nameLength: 0x02,
  dataSize: 0x04,
  dataOffset: 0x08,
  type: 0x0c,
  flags: 0x10,
  name: 0x14,
} as const;

/** Flags of a value record. */
export const ValueFlag = { latin1Name: 0x0001, tombstone: 0x0002 } as const;

/** Security record, counted from its signature. */
export const SecurityField = {
  next: 0x04,
  previous: 0x08,
  references: 0x0c,
  descriptorSize: 0x10,
  descriptor: 0x14,
} as const;

/** Subkey lists, counted from their signature. */
export const ListField = { count: 0x02, entries: 0x04 } as const;

/** Big data record, counted from its signature. */
export const BigDataField = { segmentCount: 0x02, segmentList: 0x04, size: 0x08 } as const;
