/** The starter's own file: read once, then only appended to, each record flushed. */
import { MedicError } from "../base/mod.ts";
import {
  parseProgress,
  serializeRecord,
  type StarterProgress,
  type StarterRecord,
} from "./progress.ts";
import type { StarterMachine } from "./starter_machine.ts";

/** A record without what every record has. */
export type NewRecord = StarterRecord extends infer Each
  ? Each extends StarterRecord ? Omit<Each, "at" | "order"> : never
  : never;

/** The records of one order, and the file that they are appended to. */
export class ProgressLog {
  readonly #machine: StarterMachine;
  readonly #path: string;
  readonly #order: string;
  #records: StarterRecord[];
  readonly #unreadable: number;
  /** The file may end in the middle of a line. */
  #torn: boolean;

  private constructor(
    machine: StarterMachine,
    file: { readonly path: string; readonly order: string; readonly content: string },
  ) {
    const { records, unreadable } = parseProgress(file.content, file.order);
    this.#machine = machine;
    this.#path = file.path;
    this.#order = file.order;
    this.#records = [...records];
    this.#unreadable = unreadable;
    this.#torn = file.content !== "" && !file.content.endsWith("\n");
  }

  /** Reads the file. One that is missing, or cannot be read, has no records. */
  static async open(
    machine: StarterMachine,
    file: { readonly path: string; readonly order: string },
  ): Promise<ProgressLog> {
    return new ProgressLog(machine, { ...file, content: await contentOf(machine, file.path) });
  }

  /**
   * Reads the file again: another starter may have written into it meanwhile. What was torn since
   * the first reading was torn by this one, and was not followed by a start.
   */
  async reread(): Promise<void> {
    const content = await contentOf(this.#machine, this.#path);
    this.#records = [...parseProgress(content, this.#order).records];
    this.#torn = content !== "" && !content.endsWith("\n");
  }

  /** What was read and written so far. */
  get progress(): StarterProgress {
    return { records: this.#records, unreadable: this.#unreadable };
  }

  /**
   * Appends a record; it is on the disk when this resolves.
   *
   * @throws {FileError} if it is not, as on a full disk.
   */
  async write(record: NewRecord): Promise<void> {
    const whole = { ...record, at: this.#machine.now().toISOString(), order: this.#order };
    const line = serializeRecord(whole);
    const bytes = new TextEncoder().encode(this.#torn ? `\n${line}` : line);
    const log = await this.#machine.openLog(this.#path);
    this.#torn = true;
    try {
      await log.append(bytes);
    } finally {
      await log.close();
    }
    this.#torn = false;
    this.#records.push(whole);
  }

  /** The same, where going on matters more than the record. Returns false if it was not written. */
  async tryWrite(record: NewRecord): Promise<boolean> {
    try {
      await this.write(record);
      return true;
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      return false;
    }
  }
}

async function contentOf(machine: StarterMachine, path: string): Promise<string> {
  try {
    const bytes = await machine.read(path);
    return bytes === undefined ? "" : new TextDecoder().decode(bytes);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return "";
  }
}
