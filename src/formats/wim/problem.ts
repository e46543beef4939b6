/** Things in a WIM that are wrong, but do not keep it from being read. */

/** What is wrong. */
export type WimProblemKind =
  /** The file is being written, or the writer died. */
  | "write-in-progress"
  /** An image of the XML has no usable number. */
  | "image-index"
  /** Header, XML and blob table disagree about how many images there are. */
  | "image-count"
  /** An entry of the blob table is of no use. */
  | "blob-table"
  /** A part of a set is not there. */
  | "missing-part";

/** A problem of the whole file. */
export interface WimProblem {
  readonly kind: WimProblemKind;
  /** A sentence without full stop. */
  readonly message: string;
}
