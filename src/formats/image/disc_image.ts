/** What an opened image is to the rest of the program. */
import type { BootCatalogue } from "../iso9660/mod.ts";

/** Which of the trees of an image is read. */
export type ImageKind = "udf" | "joliet" | "iso9660";

/** Something that people should know of an image, and the byte offset that it is about. */
export interface ImageWarning {
  /**
   * - `tolerated`: unusual, but everything is there; some recorder does so.
   * - `damaged`: bytes are not what was recorded; what they say was had from elsewhere.
   * - `lost`: files or directories cannot be listed because of it.
   * - `cut`: the image ends before its volume does.
   */
  readonly effect: "tolerated" | "damaged" | "lost" | "cut";
  readonly message: string;
  readonly offset: number;
}

/** Something about one entry that people must know. */
export interface ImageProblem {
  /**
   * - `name`: it cannot be created under this name on Windows, or would land elsewhere.
   * - `type`: it is not a plain file or directory.
   * - `data`: not all of its bytes can be read.
   * - `size`: its recorded size is wrong: there is more of it than can be read.
   * - `damage`: its record is damaged; what could be read is shown.
   */
  readonly kind: "name" | "type" | "data" | "size" | "damage";
  readonly message: string;
  readonly offset: number;
}

/** A run of bytes of a file: in the image, or zeros that are recorded nowhere. */
export type ImageRange =
  | { readonly kind: "data"; readonly offset: number; readonly length: number }
  | { readonly kind: "hole"; readonly length: number };

/** One file or directory of an image. */
export interface ImageEntry {
  readonly kind: "file" | "directory";
  /**
   * Names from the root, joined by `\`. Characters that would separate or steer are shown as `_`;
   * see `safe` before using it as a path.
   */
  readonly path: string;
  /** The names as they are recorded. */
  readonly names: readonly string[];
  /** Bytes; 0 for a directory, and for a file whose record cannot be read. */
  readonly size: number;
  readonly modified: Date | undefined;
  readonly hidden: boolean;
  /** May be created under `path`: no problem of kind `name` or `type` here or above. */
  readonly safe: boolean;
  readonly problems: readonly ImageProblem[];
  /**
   * All of it can be read; of a directory: it is entered. The same as no problem of kind `data` or
   * `size`.
   */
  readonly complete: boolean;
  /** Bytes from the start of the file that can be read; less than `size` if the image is cut. */
  readonly readableBytes: number;
  /** Byte offset of its record in the image. */
  readonly offset: number;
  /** Where its first `readableBytes` bytes lie, in order, neighbours joined. */
  ranges(): readonly ImageRange[];
}

/** An opened image. */
export interface DiscImage {
  readonly kind: ImageKind;
  /** What the caller called it. */
  readonly name: string;
  readonly label: string;
  /** For example "UDF 1.02". */
  readonly format: string;
  /** Bytes per logical block. */
  readonly blockSize: number;
  /** Bytes that the volume has and the source has not: a download that was cut off. */
  readonly missingBytes: number;
  /** What starts from it, if it has a boot catalogue. */
  readonly boot: BootCatalogue | undefined;
  /** Grows while entries are listed; at most 1,000, the last of which says so. */
  readonly warnings: readonly ImageWarning[];
  /**
   * All files and directories, each directory before what it holds.
   *
   * @throws {FormatError} if there are more than the limit.
   */
  entries(): AsyncIterable<ImageEntry>;
  /**
   * The file or directory at a path (`\` or `/`, case does not count), reading only the
   * directories on the way.
   */
  find(path: string): Promise<ImageEntry | undefined>;
  /**
   * The bytes of a file in pieces of at most 1 MB, from `from` on.
   *
   * @throws {FormatError} after the last readable byte of a file that is not all there.
   */
  read(entry: ImageEntry, options?: { readonly from?: number }): AsyncIterable<Uint8Array>;
}
