/** What the three decompressors have in common. */

/** Where a chunk is decoded to. */
export interface ChunkTarget {
  readonly output: Uint8Array;
  /** Where the chunk begins in `output`; matches never reach before it. */
  readonly start: number;
  /** Length of the chunk in bytes. */
  readonly length: number;
}

/** Decodes independent chunks one after the other, reusing its tables. */
export interface ChunkDecoder {
  /**
   * Fills the target from `input`. Returns false if the input is damaged; the target may be half
   * filled then, but nothing outside it is touched.
   */
  decode(input: Uint8Array, target: ChunkTarget): boolean;
}
