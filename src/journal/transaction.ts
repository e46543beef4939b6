/**
 * The only door through which the target is changed with our own hands. Each change is
 * journalled and flushed before it is made and again after: a power cut at any point leaves
 * a volume that resume and undo understand.
 */
import {
  FileError,
  isFileFault,
  isWithin,
  joinWindowsPath,
  MedicError,
  RefusalError,
  sameWindowsPath,
  type ToolInvocation,
  type ToolOutcome,
  type ToolProgress,
} from "../base/mod.ts";
import { type ToolListener, ToolRunner } from "../host/mod.ts";
import {
  type Change,
  expandPath,
  expandSession,
  SCRATCH,
  SESSION,
  type ToolRan,
  type TreeImported,
} from "./change.ts";
import { carryOut, type OwnChange } from "./carry_out.ts";
import { freePlace, guardPath, storedName } from "./guarded_path.ts";
import { hashOf, type ImportOptions, requireContents } from "./import_content.ts";
import { isPayload, SESSIONS_FOLDER } from "./journal_context.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { sameContent } from "./same_content.ts";
import { readSession } from "./session.ts";
import { isCreating, keepPartial, settleChange } from "./settle.ts";

/** Changes that keep what was there before. */
const KEEPING: readonly Change["kind"][] = [
  "entry-moved",
  "file-replaced",
  "hive-edited",
  "hive-rebuilt",
];

/** Turns a tool invocation into the change that a plan shows and the journal records. */
export function toolChange(
  invocation: ToolInvocation,
  options: { when?: string } = {},
): ToolRan {
  return {
    kind: "tool-ran",
    tool: invocation.tool,
    arguments: invocation.arguments,
    risk: invocation.risk,
    encoding: invocation.encoding,
    purpose: invocation.purpose,
    ...(invocation.instead === undefined ? {} : { instead: invocation.instead }),
    ...(options.when === undefined ? {} : { when: options.when }),
  };
}

/** What a transaction tells while it works. */
export interface TransactionListener {
  changed?(change: Change): void;
  progress?(change: Change, progress: ToolProgress): void;
  quiet?(change: ToolRan, silentMs: number): void;
}

/** Options of a {@linkcode Transaction}. */
export interface TransactionOptions {
  /** Number of changes that the journal holds already. */
  readonly changes: number;
  readonly listener?: TransactionListener;
  /** Becomes aborted when the user stops: no further change is begun. */
  readonly signal?: AbortSignal;
  /** A tool that prints nothing for so long is reported as silent. */
  readonly quietAfterMs?: number;
}

/** The write-ahead record and the hand that changes the target. */
export class Transaction {
  readonly writer: JournalWriter;
  readonly #options: TransactionOptions;
  readonly #tools: ToolRunner;
  #changes: number;
  /** Native folder that stands for {@linkcode SCRATCH} in planned arguments. */
  scratch: string | undefined;

  constructor(writer: JournalWriter, options: TransactionOptions) {
    this.writer = writer;
    this.#options = options;
    this.#changes = options.changes;
    const { host, root } = writer.context;
    this.#tools = new ToolRunner(host, { limit: "irreversible", targetRoot: root });
  }

  /** The session's folder on the target, volume-relative. */
  get folder(): string {
    return this.writer.folder;
  }

  /**
   * Makes one change that is no tool call.
   *
   * @throws {FileError} `exists` if something is where the change creates: nothing is journalled.
   * @throws {RefusalError} for a junction on the way, and for what PE Medic itself keeps.
   */
  async make(change: OwnChange): Promise<void> {
    const { target } = this.writer.context;
    const path = expandPath(change.path, this.folder);
    this.#refuseOwn(change, path);
    if ("origin" in change) requireContents(this.writer.context);
    await guardPath(target, path);
    if ("copyOf" in change) await guardPath(target, expandPath(change.copyOf, this.folder));
    if (await this.#savedBefore(change, path)) return;
    await this.#refuseOccupied(change, path);
    const kept = await this.#keptPlace(change);
    const id = await this.#intend(change, kept);
    try {
      await carryOut(this.writer, { change, path, kept }, this.#importing(change));
    } catch (error) {
      await this.#failed({ id, change, kept }, error);
      throw error;
    }
    await this.#finish(id, change);
  }

  /**
   * Runs a tool as a journalled change and returns what it printed. A failing exit code is
   * not thrown: the step judges the text.
   *
   * @throws {ToolError} if the tool is missing or cannot be started.
   */
  async runTool(change: ToolRan, listener: ToolListener = {}): Promise<ToolOutcome> {
    const program = await this.#tools.locate(change.tool);
    const id = await this.#intend(change, undefined);
    let outcome: ToolOutcome;
    try {
      outcome = await this.#tools.run(this.#expanded(change), {
        ...listener,
        program,
        onProgress: (progress) => this.#options.listener?.progress?.(change, progress),
        onQuiet: (silentMs) => this.#options.listener?.quiet?.(change, silentMs),
        ...(this.#options.quietAfterMs === undefined
          ? {}
          : { quietAfterMs: this.#options.quietAfterMs }),
      });
    } catch (error) {
      await this.#failed({ id, change, kept: undefined }, error);
      throw error;
    }
    await this.#finish(id, change, outcome.exitCode);
    return outcome;
  }

  /** Records the beginning of a step with its whole plan. */
  async beginStep(step: string, changes: readonly Change[]): Promise<void> {
    await this.writer.append({ type: "step", at: this.#now(), step, state: "begin", changes });
    await this.writer.context.host.checkpoint("step-begun");
  }

  /** Records how a step ended. */
  async endStep(step: string, end: { outcome: string; reason: string }): Promise<void> {
    await this.writer.append({ type: "step", at: this.#now(), step, state: "end", ...end });
    await this.writer.context.host.checkpoint("step-ended");
  }

  /** Records the end of the session and closes the journal. */
  async end(outcome: string): Promise<void> {
    try {
      await this.writer.append({ type: "end", at: this.#now(), outcome });
    } finally {
      await this.writer.close();
    }
  }

  /**
   * A resumed session keeps what it had saved before it was cut off: that is the older state.
   * If the original has changed since, both are kept: the older copy goes to `partial`.
   */
  async #savedBefore(change: OwnChange, path: string): Promise<boolean> {
    if (change.kind !== "file-created" || "text" in change) return false;
    const { target } = this.writer.context;
    if (!isWithin(path, this.folder) || await target.stat(path) === undefined) return false;
    const same = "origin" in change
      ? await hashOf(this.writer.context, path) === change.sha256
      : await sameContent(target, path, expandPath(change.copyOf, this.folder));
    if (!same) await keepPartial(this.writer, path);
    return same;
  }

  /** What earlier sessions keep is theirs: a change there would break their undo. */
  #refuseOwn(change: OwnChange, path: string): void {
    const own = isWithin(path, this.folder) && !isWithin(this.folder, path);
    if (own || !isWithin(path, SESSIONS_FOLDER)) return;
    if (isCreating(change) && isPayload(path)) return;
    throw new RefusalError(`Cannot change "${path}": it belongs to PE Medic's own records`);
  }

  /** Looked at before it is journalled: undo takes back what the journal says was created. */
  async #refuseOccupied(change: OwnChange, path: string): Promise<void> {
    if (!isCreating(change)) return;
    if (await this.writer.context.target.stat(path) === undefined) return;
    if (change.kind === "tree-created" && await this.#begunBefore(change)) return;
    const action = change.kind === "file-created" ? "create" : "create the folder";
    throw new FileError(action, path, "exists");
  }

  /** What a resumed session has put there itself is gone on with. */
  async #begunBefore(change: TreeImported): Promise<boolean> {
    const session = await readSession(this.writer.context, this.writer.id);
    return session?.changes.some(({ intent, undone }) =>
      !undone && intent.change?.kind === "tree-created" &&
      sameWindowsPath(intent.change.path, change.path) &&
      intent.change.origin.place === change.origin.place
    ) ?? false;
  }

  #now(): string {
    return this.writer.context.host.clock.now().toISOString();
  }

  /** Arguments are native: the session's folder is written as the target's root is. */
  #expanded(change: ToolRan): ToolInvocation {
    const posix = this.writer.context.root.includes("/");
    const folder = posix ? this.folder.replaceAll("\\", "/") : this.folder;
    const expand = (argument: string) =>
      expandSession(argument, folder).replaceAll(SCRATCH, this.scratch ?? SCRATCH);
    return { ...change, arguments: change.arguments.map(expand) };
  }

  async #intend(change: Change, kept: string | undefined): Promise<number> {
    if (this.#options.signal?.aborted) {
      throw new MedicError("cancelled", "Stopped before the next change", {
        next: "pemedic resume",
      });
    }
    const id = this.#changes + 1;
    await this.writer.append({
      type: "change",
      at: this.#now(),
      id,
      state: "intent",
      change,
      ...(kept === undefined ? {} : { kept }),
    });
    this.#changes = id;
    await this.writer.context.host.checkpoint("change-intended");
    return id;
  }

  async #finish(id: number, change: Change, exitCode?: number): Promise<void> {
    await this.writer.context.host.checkpoint("change-made");
    await this.writer.append({
      type: "change",
      at: this.#now(),
      id,
      state: "done",
      ...(exitCode === undefined ? {} : { exitCode }),
    });
    await this.writer.context.host.checkpoint("change-recorded");
    this.#options.listener?.changed?.(change);
  }

  /**
   * The call failed, but a disk can fail after the work is done: looking tells. If nothing can be
   * written now, resume and undo find out later in the same way.
   */
  async #failed(
    item: { readonly id: number; readonly change: Change; readonly kept: string | undefined },
    error: unknown,
  ): Promise<void> {
    if (!(error instanceof MedicError)) return;
    const { id } = item;
    try {
      const state = await this.#stateAfter(item, error);
      const at = this.#now();
      await this.writer.append({ type: "change", at, id, state, reason: error.message });
    } catch (second) {
      if (!(second instanceof MedicError)) throw second;
    }
  }

  async #stateAfter(
    item: { readonly change: Change; readonly kept: string | undefined },
    error: MedicError,
  ): Promise<"done" | "failed" | "interrupted"> {
    if (item.change.kind === "tool-ran" || isFileFault(error, "exists")) return "failed";
    const { state } = await settleChange(this.writer, item);
    return state === "not-done" ? "failed" : state;
  }

  async #keptPlace(change: OwnChange): Promise<string | undefined> {
    if (!KEEPING.includes(change.kind)) return undefined;
    const { target } = this.writer.context;
    const folder = joinWindowsPath(this.folder, "aside");
    await guardPath(target, folder);
    const name = storedName(this.#changes + 1, change.path);
    const free = await freePlace(target, joinWindowsPath(folder, name));
    return SESSION + free.slice(this.folder.length);
  }

  #importing(change: Change): ImportOptions {
    const { signal, listener } = this.#options;
    return {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (progress) => listener?.progress?.(change, progress),
    };
  }
}
