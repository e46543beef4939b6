/**
 * The only door through which the target is changed with our own hands. Each change is
 * journalled and flushed before it is made and again after: a power cut at any point leaves
 * a volume that resume and undo understand.
 */
import {
  formatExitCode,
  isWithin,
  joinWindowsPath,
  MedicError,
  RefusalError,
  type ToolInvocation,
  type ToolOutcome,
  type ToolProgress,
  windowsBaseName,
  windowsParent,
} from "../base/mod.ts";
import { type ToolListener, ToolRunner } from "../host/mod.ts";
import {
  type Change,
  expandSession,
  type FileReplaced,
  SCRATCH,
  SESSION,
  type ToolRan,
} from "./change.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { ensureDirectory } from "./session.ts";

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
  progress?(change: ToolRan, progress: ToolProgress): void;
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

  /** Makes one change that is no tool call. */
  async make(change: Exclude<Change, ToolRan>): Promise<void> {
    const path = expandSession(change.path, this.folder);
    await this.#refuseReparse(path);
    if (await this.#savedBefore(change, path)) return;
    const kept = this.#keptPlace(change);
    const id = await this.#intend(change, kept);
    try {
      await this.#carryOut(
        change,
        path,
        kept === undefined ? undefined : expandSession(kept, this.folder),
      );
    } catch (error) {
      await this.#failed(id, error);
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
      await this.#failed(id, error);
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
    await this.writer.append({ type: "end", at: this.#now(), outcome });
    await this.writer.close();
  }

  /** A resumed session keeps what it had saved before it was cut off: that is the older state. */
  async #savedBefore(change: Exclude<Change, ToolRan>, path: string): Promise<boolean> {
    if (change.kind !== "file-created" || !("copyOf" in change)) return false;
    if (!isWithin(path, this.folder)) return false;
    return (await this.writer.context.target.stat(path))?.size === change.bytes;
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

  /** The change failed cleanly. If even this cannot be written, resume finds out by looking. */
  async #failed(id: number, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof MedicError)) return;
    try {
      await this.writer.append({ type: "change", at: this.#now(), id, state: "failed", reason });
    } catch (second) {
      if (!(second instanceof MedicError)) throw second;
    }
  }

  #keptPlace(change: Change): string | undefined {
    if (change.kind !== "entry-moved" && change.kind !== "file-replaced") return undefined;
    const number = String(this.#changes + 1).padStart(4, "0");
    return joinKept(`aside/${number}-${windowsBaseName(change.path)}`);
  }

  async #carryOut(
    change: Exclude<Change, ToolRan>,
    path: string,
    kept: string | undefined,
  ): Promise<void> {
    const target = this.writer.context.target;
    switch (change.kind) {
      case "entry-moved":
        return await target.move(path, kept!);
      case "directory-created":
        return await target.createDirectory(path);
      case "file-created":
        if ("copyOf" in change) return await this.#copy(change.copyOf, path);
        return await target.createFile(path, new TextEncoder().encode(change.text));
      case "file-replaced":
        return await this.#replace(change, path, kept!);
    }
  }

  async #copy(from: string, to: string): Promise<void> {
    await this.#refuseReparse(from);
    if (isWithin(to, this.folder)) await this.#prepareFolder(windowsParent(to));
    await this.writer.context.target.copyFile(from, to);
  }

  /** Folders inside the session's own folder are not changes of the target. */
  async #prepareFolder(folder: string): Promise<void> {
    if (folder === this.folder) return;
    await this.#prepareFolder(windowsParent(folder));
    await ensureDirectory(this.writer.context.target, folder);
  }

  async #replace(change: FileReplaced, path: string, kept: string): Promise<void> {
    const target = this.writer.context.target;
    const sibling = `${path}.pemedic-new`;
    await target.createFile(sibling, new TextEncoder().encode(change.text));
    await target.replaceFile(path, sibling, kept);
  }

  /** A junction on the way would lead the change somewhere else, maybe to another volume. */
  async #refuseReparse(path: string): Promise<void> {
    let part = "";
    for (const name of path.split("\\")) {
      part = part === "" ? name : `${part}\\${name}`;
      const entry = await this.writer.context.target.stat(part);
      if (entry?.reparse) {
        throw new RefusalError(
          `Cannot change "${path}": "${part}" is a junction or another reparse point`,
          {
            next: "Look where it leads and remove it yourself, or leave this step out with --skip",
          },
        );
      }
    }
  }
}

function joinKept(relative: string): string {
  return `${SESSION}\\${joinWindowsPath(relative)}`;
}

/** One sentence for a tool's end, for reports. */
export function describeToolEnd(change: ToolRan, outcome: ToolOutcome): string {
  return `${change.tool} ended with exit code ${formatExitCode(outcome.exitCode)}`;
}
