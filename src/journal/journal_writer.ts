/**
 * Appends to a session's journal: first on the target, flushed, then on the stick. The copy
 * on the stick may fail (it may have been pulled); the target's may not.
 */
import { joinWindowsPath, MedicError, RefusalError } from "../base/mod.ts";
import type { AppendFile } from "../host/mod.ts";
import { ensureDirectory, guardPath } from "./guarded_path.ts";
import { JOURNAL, type JournalContext } from "./journal_context.ts";
import { encodeRecord, type JournalRecord, parseJournal } from "./record.ts";

/** Where a journal stands when it is opened for writing. */
export interface JournalPosition {
  readonly id: string;
  readonly folder: string;
  /** Number of whole records in it. */
  readonly records: number;
  /** It ends inside a line. */
  readonly torn: boolean;
}

const LINE_FEED = new Uint8Array([0x0a]);

/** The writing end of one session's journal. */
export class JournalWriter {
  readonly id: string;
  readonly folder: string;
  readonly context: JournalContext;
  readonly #own: AppendFile;
  #copy: AppendFile | undefined;
  #next: number;
  /** Bytes of the journal on the target, as far as we wrote it. */
  #size = 0;
  /** The last append failed, and what it left is not known. */
  #unsettled = false;
  /** Appends take turns: a record's number is only known when the one before is written. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Why the copy on the stick could not be written, once that happened. */
  mirrorProblem: string | undefined;
  /** Why ordinary users of the target may read the session, if that is so. */
  exposed: string | undefined;

  private constructor(context: JournalContext, position: JournalPosition, own: AppendFile) {
    this.context = context;
    this.id = position.id;
    this.folder = position.folder;
    this.#own = own;
    this.#next = position.records + 1;
  }

  /**
   * Opens a journal for appending. In an older one the first line written says `reopened`.
   *
   * @throws {MedicError} `refused` if it is no plain file, or if it has grown since it was read.
   */
  static async open(context: JournalContext, position: JournalPosition): Promise<JournalWriter> {
    const path = joinWindowsPath(position.folder, JOURNAL);
    const entry = await context.target.stat(path);
    if (entry !== undefined && (entry.kind !== "file" || entry.reparse)) {
      throw new RefusalError(`Cannot write the journal "${path}": it is no plain file`);
    }
    const own = await context.target.openAppend(path);
    const writer = new JournalWriter(context, position, own);
    try {
      if (position.records === 0) await writer.#beginCopy();
      else await writer.#reopen();
    } catch (error) {
      await own.close();
      throw error;
    }
    return writer;
  }

  /**
   * Appends one record; it is on the target's disk when the promise resolves.
   *
   * @throws {MedicError} `refused` if somebody else writes the same journal.
   */
  async append(record: JournalRecord): Promise<void> {
    const turn = this.#turn.then(() => this.#appendNow(record));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  /** Puts a file into the session's folder (and beside the copy on the stick), for reports. */
  async attach(name: string, bytes: Uint8Array): Promise<string> {
    const path = joinWindowsPath(this.folder, name);
    await guardPath(this.context.target, path);
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

  get #path(): string {
    return joinWindowsPath(this.folder, JOURNAL);
  }

  async #appendNow(record: JournalRecord): Promise<void> {
    if (this.#unsettled) await this.#settle();
    const size = (await this.context.target.stat(this.#path))?.size;
    if (size === undefined) {
      throw new MedicError("journalDamaged", `Cannot go on: the journal "${this.#path}" is gone`);
    }
    if (size > this.#size) throw this.#otherWriter();
    const line = new TextEncoder().encode(encodeRecord(this.#next, record));
    await this.#write(line);
    this.#next++;
    await this.#mirror((copy) => copy.append(line));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#unsettled = true;
    await this.#own.append(bytes);
    this.#unsettled = false;
    this.#size += bytes.length;
  }

  /** Looks what an append that failed has left, and ends the line that was cut off. */
  async #settle(): Promise<void> {
    const bytes = await this.context.target.read(this.#path);
    const { records, torn } = parseJournal(new TextDecoder().decode(bytes));
    if (records.length !== this.#next - 1 && records.length !== this.#next) {
      throw this.#otherWriter();
    }
    this.#size = bytes.length;
    const arrived = records.length === this.#next;
    this.#next = records.length + 1;
    if (!torn && !arrived) return void (this.#unsettled = false);
    await this.#sayReopened(bytes);
    if (arrived) await this.#copyAgain();
  }

  /** A copy from an earlier run may be shorter or torn, and the own one may end inside a line. */
  async #reopen(): Promise<void> {
    const bytes = await this.context.target.read(this.#path);
    const { records } = parseJournal(new TextDecoder().decode(bytes));
    if (records.length !== this.#next - 1) throw this.#otherWriter();
    this.#size = bytes.length;
    await this.#sayReopened(bytes);
    await this.#copyAgain();
  }

  async #sayReopened(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0 && bytes.at(-1) !== 0x0a) await this.#write(LINE_FEED);
    const at = this.context.host.clock.now().toISOString();
    const line = new TextEncoder().encode(encodeRecord(this.#next, { type: "reopened", at }));
    await this.#write(line);
    this.#next++;
    await this.#mirror((copy) => copy.append(line));
  }

  async #beginCopy(): Promise<void> {
    const mirror = this.context.mirror;
    if (mirror === undefined) return;
    try {
      await mirror.files.createDirectory(this.id);
      this.#copy = await mirror.files.openAppend(joinWindowsPath(this.id, JOURNAL));
    } catch (error) {
      await this.#mirrorFailed(error);
    }
  }

  /** Makes the copy on the stick equal; one that is not its beginning is kept aside. */
  async #copyAgain(): Promise<void> {
    const mirror = this.context.mirror;
    if (mirror === undefined || this.mirrorProblem !== undefined) return;
    const path = joinWindowsPath(this.id, JOURNAL);
    try {
      await this.#copy?.close();
      this.#copy = undefined;
      await ensureDirectory(mirror.files, this.id);
      const own = await this.context.target.read(this.#path);
      const old = await mirror.files.stat(path) === undefined
        ? new Uint8Array()
        : await mirror.files.read(path);
      if (!startsWith(own, old)) {
        const kept = `journal-${this.context.host.randomHex(4)}.old`;
        await mirror.files.move(path, joinWindowsPath(this.id, kept));
      }
      this.#copy = await mirror.files.openAppend(path);
      await this.#copy.append(startsWith(own, old) ? own.subarray(old.length) : own);
    } catch (error) {
      await this.#mirrorFailed(error);
    }
  }

  async #mirror(write: (copy: AppendFile) => Promise<unknown>): Promise<void> {
    if (this.#copy === undefined) return;
    try {
      await write(this.#copy);
    } catch (error) {
      await this.#mirrorFailed(error);
    }
  }

  async #mirrorFailed(error: unknown): Promise<void> {
    if (!(error instanceof MedicError)) throw error;
    const copy = this.#copy;
    this.#copy = undefined;
    this.mirrorProblem = error.message;
    await copy?.close().catch(() => undefined);
  }

  #otherWriter(): MedicError {
    return new RefusalError(
      `Cannot go on: another PE Medic is writing the journal of session "${this.id}"`,
      { next: `Let the other one finish, then run: pemedic resume ${this.context.root}` },
    );
  }
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.length <= bytes.length && beginning.every((byte, i) => byte === bytes[i]);
}
