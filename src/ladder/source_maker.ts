/** Makes sources readable before a step needs them: the ladder says when, others know how. */
import { formatBytes, type ToolProgress, windowsBaseName } from "../base/mod.ts";
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
  #places: readonly string[] = [];

  constructor(maker: SourceMaker | undefined, listener: LadderListener) {
    this.#maker = maker;
    this.#listener = listener;
  }

  /** Makes what a plan needs. A step that runs twice finds the copies of the first time. */
  async ensure(
    { step, sourceWork = [] }: StepPlan,
    { signal, onProgress, title }: {
      /** What the step does once the copies are there. */
      readonly title: string;
      readonly signal: AbortSignal | undefined;
      readonly onProgress: (progress: ToolProgress) => void;
    },
  ): Promise<void> {
    if (sourceWork.length === 0 || this.#made !== undefined) return;
    if (this.#maker === undefined) throw new Error("Nobody here can do the work on the sources");
    const begin = (text: string) => this.#listener({ type: "work-started", step, title: text });
    let copied: string | undefined;
    this.#made = await this.#maker.make(sourceWork, {
      signal,
      progress: ({ done, total }) => {
        if (copied === undefined) begin(copied = describeCopy(sourceWork, total));
        onProgress({
          percent: total === 0 ? 100 : 100 * done / total,
          message: "preparing the source",
        });
      },
    });
    this.#places = sourceWork.map(placeOf);
    if (copied !== undefined) begin(title);
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
    if (this.#made === undefined) return;
    const left = await this.#made.remove();
    this.#made = undefined;
    const removed = `The copy of the source is removed again: ${this.#places.join(", ")}`;
    for (const text of left.length === 0 ? [removed] : left) {
      this.#listener({ type: "notice", text });
    }
  }
}

function describeCopy(work: readonly SourceWork[], bytes: number): string {
  const copies = work.flatMap((one) =>
    one.kind === "extract" ? [`${windowsBaseName(one.only)} to ${one.folder}`] : []
  );
  return `Copying ${copies.join(", ")} (${formatBytes(bytes)})`;
}

function placeOf(work: SourceWork): string {
  return work.kind === "extract" ? work.folder : work.destination;
}
