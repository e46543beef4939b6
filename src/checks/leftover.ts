/** What a leftover of a half-done update is, proven or not. */
import type { LeftoverProof, LeftoverRow } from "../knowledge/mod.ts";
import type { Evidence, OfflineWindows } from "../windows/mod.ts";
import type { UpdateState } from "./update_state.ts";

/** What clears a leftover. Keys are paths that begin with the hive. */
export type LeftoverEdit =
  | { readonly edit: "set-aside"; readonly path: string; readonly bytes: number }
  | {
    readonly edit: "set-strings";
    readonly key: string;
    readonly name: string;
    readonly strings: readonly string[];
  }
  | { readonly edit: "delete-value"; readonly key: string; readonly name: string }
  | { readonly edit: "delete-key"; readonly key: string };

/** A leftover that is proven to be one. */
export interface Leftover {
  readonly row: LeftoverRow;
  readonly proof: LeftoverProof;
  readonly edits: readonly LeftoverEdit[];
  /** Where it is, then what proves it. */
  readonly evidence: readonly Evidence[];
}

/** A mark that is there and is left alone. */
export interface LeftAlone {
  readonly row: LeftoverRow;
  /** Why, one sentence without full stop. */
  readonly reason: string;
  readonly evidence: Evidence;
  /** It belongs to an update that the next start may complete, for all that is proven. */
  readonly waits?: true;
}

/** One of both. */
export type Seen = Leftover | LeftAlone;

/** What proofs are made of. */
export interface LeftoverContext {
  readonly windows: OfflineWindows;
  readonly update: UpdateState;
}
