/**
 * Appends to a session's journal: first on the target, flushed, then on the stick. The copy
 * on the stick may fail (it may have been pulled); the target's may not.
 */
import { joinWindowsPath, MedicError } from "../base/mod.ts";
import type { AppendFile } from "../host/mod.ts";
import { encodeRecord, type JournalRecord } from "./record.ts";
import { ensureDirectory, type JournalContext } from "./session.ts";

/** Where a journal stands when it is opened for writing. */
export interface JournalPosition {
  readonly id: string;
  readonly folder: string;
  /** Number of whole records in it. */
  readonly records: number;
  /** It ends inside a line. */
  readonly torn: boolean;
}

/** The writing end of one session's journal. */
export class JournalWriter {
  readonly id: string;
  readonly folder: string;
  readonly context: JournalContext;
  readonly #own: AppendFile;
  #copy: AppendFile | undefined;
  #next: number;
  /** Why the copy on the stick could not be written, once that happened. */
  mirrorProblem: string | undefined;

  private constructor(context: JournalContext, position: JournalPosition, own: AppendFile) {
    this.context = context;
    this.id = position.id;
    this.folder = position.folder;
    this.#own = own;
    this.#next = position.records + 1;
  }

  /** Opens a journal for appending. After a cut, the first line written says `reopened`. */
  static async open(context: JournalContext, position: JournalPosition): Promise<JournalWriter> {
    const own = await context.target.openAppend(joinWindowsPath(position.folder, "journal.jsonl"));
    const writer = new JournalWriter(context, position, own);
    await writer.#openCopy(position);
    if (position.torn) await own.append(new TextEncoder().encode("\n"));
    if (position.records > 0) {
      await writer.append({ type: "reopened", at: context.host.clock.now().toISOString() });
    }
    return writer;
  }

  /** Appends one record; it is on the target's disk when the promise resolves. */
  async append(record: JournalRecord): Promise<void> {
    const line = new TextEncoder().encode(encodeRecord(this.#next, record));
    await this.#own.append(line);
    this.#next++;
    await this.#mirror((copy) => copy.append(line));
  }

  /** Puts a file into the session's folder (and beside the copy on the stick), for reports. */
  async attach(name: string, bytes: Uint8Array): Promise<string> {
    const path = joinWindowsPath(this.folder, name);
    await this.context.target.createFile(path, bytes);
    const mirror = this.context.mirror;
    await this.#mirror(async () =>
      await mirror?.files.createFile(joinWindowsPath(this.id, name), bytes)
    );
    return path;
  }

  async close(): Promise<void> {
    await this.#own.close();
    await this.#mirror((copy) => copy.close());
  }

  async #openCopy(position: JournalPosition): Promise<void> {
    const mirror = this.context.mirror;
    if (mirror === undefined) return;
    try {
      await ensureDirectory(mirror.files, position.id);
      const path = joinWindowsPath(position.id, "journal.jsonl");
      if (position.records > 0) await this.#recopy(path, position);
      this.#copy = await mirror.files.openAppend(path);
    } catch (error) {
      this.#mirrorFailed(error);
    }
  }

  /** A copy from an earlier run may be shorter or torn: it is kept, and a whole one is begun. */
  async #recopy(path: string, position: JournalPosition): Promise<void> {
    const files = this.context.mirror!.files;
    if (await files.stat(path) !== undefined) {
      const kept = `journal-${this.context.host.randomHex(4)}.old`;
      await files.move(path, joinWindowsPath(position.id, kept));
    }
    const own = await this.context.target.read(joinWindowsPath(position.folder, "journal.jsonl"));
    await files.createFile(path, position.torn ? new Uint8Array([...own, 0x0a]) : own);
  }

  async #mirror(write: (copy: AppendFile) => Promise<unknown>): Promise<void> {
    if (this.#copy === undefined) return;
    try {
      await write(this.#copy);
    } catch (error) {
      this.#mirrorFailed(error);
    }
  }

  #mirrorFailed(error: unknown): void {
    if (!(error instanceof MedicError)) throw error;
    this.#copy = undefined;
    this.mirrorProblem = error.message;
  }
}
