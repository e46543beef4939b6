/** Makes sources readable before a step needs them: the ladder says when, others know how. */
import type { ToolProgress } from "../base/mod.ts";
import type { SourceWork, StepPlan } from "../repairs/mod.ts";
import type { LadderListener } from "./events.ts";

/** Bytes that are copied, of all. */
export interface SourceProgress {
  readonly done: number;
  readonly total: number;
}

/** Makes the copies that a plan names. */
export interface SourceMaker {
  /**
   * Makes them, or goes on with what an interrupted run has left.
   *
   * @throws {MedicError} if a file cannot be read or written.
   */
  make(
    work: readonly SourceWork[],
    options: {
      readonly signal: AbortSignal | undefined;
      readonly progress: (progress: SourceProgress) => void;
    },
  ): Promise<MadeCopies>;
  /** Takes away what an interrupted run has left; what stays is told, one sentence each. */
  discard(work: readonly SourceWork[]): Promise<readonly string[]>;
}

/** Copies that were made. */
export interface MadeCopies {
  /** Takes them away; what stays is told, one sentence each. */
  remove(): Promise<readonly string[]>;
}

/** The copies of one run: made once, when a step first needs them. */
export class SourceCopies {
  readonly #maker: SourceMaker | undefined;
  readonly #listener: LadderListener;
  #made: MadeCopies | undefined;

  constructor(maker: SourceMaker | undefined, listener: LadderListener) {
    this.#maker = maker;
    this.#listener = listener;
  }

  /** Makes what a plan needs. A step that runs twice finds the copies of the first time. */
  async ensure(
    { sourceWork = [] }: StepPlan,
    { signal, onProgress }: {
      readonly signal: AbortSignal | undefined;
      readonly onProgress: (progress: ToolProgress) => void;
    },
  ): Promise<void> {
    if (sourceWork.length === 0 || this.#made !== undefined) return;
    if (this.#maker === undefined) throw new Error("Nobody here can do the work on the sources");
    this.#made = await this.#maker.make(sourceWork, {
      signal,
      progress: ({ done, total }) =>
        onProgress({
          percent: total === 0 ? 100 : 100 * done / total,
          message: "preparing the source",
        }),
    });
  }

  /** A step that had done its work before it was cut off needs no copies, but may have some. */
  async discard({ sourceWork = [] }: StepPlan): Promise<void> {
    if (sourceWork.length === 0 || this.#made !== undefined) return;
    for (const text of await this.#maker?.discard(sourceWork) ?? []) {
      this.#listener({ type: "notice", text });
    }
  }

  /** Takes the copies away. */
  async remove(): Promise<void> {
    for (const text of await this.#made?.remove() ?? []) this.#listener({ type: "notice", text });
    this.#made = undefined;
  }
}
