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
  type ToolInvocation,
  type ToolOutcome,
  type ToolProgress,
  windowsParent,
} from "../base/mod.ts";
import { type ToolListener, ToolRunner } from "../host/mod.ts";
import {
  type Change,
  expandPath,
  expandSession,
  type FileReplaced,
  SCRATCH,
  SESSION,
  type ToolRan,
} from "./change.ts";
import { editHiveFile, rebuildHiveFile } from "./change_hive.ts";
import { ensureFolder, freePlace, guardPath, storedName } from "./guarded_path.ts";
import { SESSIONS_FOLDER } from "./journal_context.ts";
import type { JournalWriter } from "./journal_writer.ts";
import { sameContent } from "./same_content.ts";
import { keepPartial, settleChange, stagedPlace } from "./settle.ts";

/** A change that we make with our own hands. */
type OwnChange = Exclude<Change, ToolRan>;

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

  /**
   * Makes one change that is no tool call.
   *
   * @throws {FileError} `exists` if something is where the change creates: nothing is journalled.
   * @throws {RefusalError} for a junction on the way, and for what PE Medic itself keeps.
   */
  async make(change: OwnChange): Promise<void> {
    const { target } = this.writer.context;
    const path = expandPath(change.path, this.folder);
    this.#refuseOwn(path);
    await guardPath(target, path);
    if ("copyOf" in change) await guardPath(target, expandPath(change.copyOf, this.folder));
    if (await this.#savedBefore(change, path)) return;
    await this.#refuseOccupied(change, path);
    const kept = await this.#keptPlace(change);
    const id = await this.#intend(change, kept);
    try {
      await this.#carryOut(change, { path, kept });
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
    if (change.kind !== "file-created" || !("copyOf" in change)) return false;
    const { target } = this.writer.context;
    if (!isWithin(path, this.folder) || await target.stat(path) === undefined) return false;
    if (await sameContent(target, path, expandPath(change.copyOf, this.folder))) return true;
    await keepPartial(this.writer, path);
    return false;
  }

  /** What earlier sessions keep is theirs: a change there would break their undo. */
  #refuseOwn(path: string): void {
    const own = isWithin(path, this.folder) && !isWithin(this.folder, path);
    if (own || !isWithin(path, SESSIONS_FOLDER)) return;
    throw new RefusalError(`Cannot change "${path}": it belongs to PE Medic's own records`);
  }

  /** Looked at before it is journalled: undo takes back what the journal says was created. */
  async #refuseOccupied(change: OwnChange, path: string): Promise<void> {
    if (change.kind !== "directory-created" && change.kind !== "file-created") return;
    if (await this.writer.context.target.stat(path) === undefined) return;
    const action = change.kind === "file-created" ? "create" : "create the folder";
    throw new FileError(action, path, "exists");
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
      const done = await this.#wasDone(item, error);
      const state = done ? "done" : "failed";
      const at = this.#now();
      await this.writer.append({ type: "change", at, id, state, reason: error.message });
    } catch (second) {
      if (!(second instanceof MedicError)) throw second;
    }
  }

  async #wasDone(
    item: { readonly change: Change; readonly kept: string | undefined },
    error: MedicError,
  ): Promise<boolean> {
    if (item.change.kind === "tool-ran" || isFileFault(error, "exists")) return false;
    return (await settleChange(this.writer, item)).state === "done";
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

  async #carryOut(
    change: OwnChange,
    places: { readonly path: string; readonly kept: string | undefined },
  ): Promise<void> {
    const { target } = this.writer.context;
    const { path, kept } = places;
    switch (change.kind) {
      case "entry-moved":
        return await target.move(path, expandPath(kept!, this.folder));
      case "directory-created":
        return await target.createDirectory(path);
      case "file-created":
        if (isWithin(path, this.folder)) {
          await ensureFolder(target, windowsParent(path), this.folder);
        }
        if ("copyOf" in change) {
          return await target.copyFile(expandPath(change.copyOf, this.folder), path);
        }
        return await target.createFile(path, new TextEncoder().encode(change.text));
      case "file-replaced":
        return await this.#replace(change, { path, kept: kept! });
      case "hive-edited":
        return await editHiveFile(this.writer, change, { path, kept: kept! });
      case "hive-rebuilt":
        return await rebuildHiveFile(this.writer, change, { path, kept: kept! });
    }
  }

  /** The new content is written in the session's folder first: a cut leaves nothing elsewhere. */
  async #replace(
    change: FileReplaced,
    places: { readonly path: string; readonly kept: string },
  ): Promise<void> {
    const { target } = this.writer.context;
    const staged = expandPath(stagedPlace(places.kept), this.folder);
    await ensureFolder(target, windowsParent(staged), this.folder);
    await target.createFile(staged, encodeReplacement(change));
    await target.replaceFile(places.path, staged, expandPath(places.kept, this.folder));
  }
}

/** @throws {RefusalError} if a character of a text of single bytes is none. */
function encodeReplacement(change: FileReplaced): Uint8Array {
  if (change.encoding !== "latin1") return new TextEncoder().encode(change.text);
  return Uint8Array.from(change.text, (character) => {
    const code = character.charCodeAt(0);
    if (code <= 0xff) return code;
    throw new RefusalError(`Cannot write "${change.path}": a character does not fit into a byte`);
  });
}
