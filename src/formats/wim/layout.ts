/**
 * Numbers of the WIM format.
 *
 * Source: Microsoft's "Windows Imaging File Format (WIM)" white paper; solid resources, version
 * 0xE00 and the pipable variant as wimlib's headers describe them.
 */

/** Size of the header in bytes; files have no other. */
export const HEADER_SIZE = 208;

/** Size of a resource entry in the header and in the blob table. */
export const RESOURCE_ENTRY_SIZE = 24;

/** Size of an entry of the blob table ("lookup table"). */
export const BLOB_ENTRY_SIZE = 50;

/** "MSWIM" and wimlib's "WLPWM" (pipable), each followed by three zeros. */
export const MAGIC = "MSWIM\0\0\0";
export const PIPABLE_MAGIC = "WLPWM\0\0\0";

/** Version of ordinary files, and of files that may have solid resources. */
export const VERSION = 0x10d00;
export const SOLID_VERSION = 0xe00;

/** Bits of the header's flags. */
export const HeaderFlag = {
  compressed: 0x2,
  readOnly: 0x4,
  spanned: 0x8,
  writeInProgress: 0x40,
  xpress: 0x20000,
  lzx: 0x40000,
  lzms: 0x80000,
  xpress2: 0x200000,
} as const;

/** Bits of a resource entry's flags. */
export const ResourceFlag = {
  free: 0x1,
  metadata: 0x2,
  compressed: 0x4,
  spanned: 0x8,
  solid: 0x10,
} as const;

/** "Original size" that marks a blob table entry as a solid resource and not a blob in one. */
export const SOLID_MARK = 0x100000000;

/** Header of a solid resource: u64 size, u32 chunk size, u32 compression. */
export const SOLID_HEADER_SIZE = 16;

/** Compression numbers in a solid resource's header. */
export const SOLID_COMPRESSION = ["none", "xpress", "lzx", "lzms"] as const;

/** In a pipable file every compressed chunk follows its own size, a u32. */
export const PIPABLE_CHUNK_HEADER = 4;

/** Most images a file may claim. */
export const MAX_IMAGES = 0xffff;

/** Largest image XML that is read, in bytes. */
export const MAX_XML = 16 * 2 ** 20;

/** Largest tree of an image that is read, in bytes; a Windows image has 20 to 60 MB. */
export const MAX_METADATA = 256 * 2 ** 20;

/** Largest blob table that is read, in bytes: ten million blobs. */
export const MAX_BLOB_TABLE = BLOB_ENTRY_SIZE * 10_000_000;

/** Fixed part of a directory entry, of an additional stream, and of the integrity table. */
export const DIRECTORY_ENTRY_SIZE = 102;
export const STREAM_ENTRY_SIZE = 38;
export const INTEGRITY_HEADER_SIZE = 12;
