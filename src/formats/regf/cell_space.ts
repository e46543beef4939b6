/**
 * The bins of a hive as a space of cells. Every structure is reached through {@linkcode
 * CellSpace.cell}, which proves that it lies in an allocated cell inside one bin that is really
 * there; behind that proof the readers use plain offsets.
 */
import { FormatError } from "../../base/mod.ts";
import type { HiveHeader } from "./base_block.ts";
import {
  BASE_BLOCK_SIZE,
  BIN_ALIGNMENT,
  BIN_HEADER_SIZE,
  BinHeader,
  CELL_ALIGNMENT,
  Magic,
  NO_CELL,
} from "./layout.ts";

/** Receives what is wrong. One that throws makes reading strict. */
export type ProblemReport = (problem: FormatError) => void;

/** The cells of a hive in memory. Positions are file offsets, offsets are cell offsets. */
export class CellSpace {
  readonly bytes: Uint8Array;
  readonly data: DataView;
  readonly name: string;
  /** True if `db` records are possible: since version 1.4, or if the version cannot be trusted. */
  readonly segmentsData: boolean;
  /** Bytes of bins that are there; no cell ends behind it. */
  readonly size: number;
  /** True if the file ends before its bins do. */
  readonly truncated: boolean;
  /** Bins that could not be read and were left out. */
  readonly binProblems: readonly FormatError[];
  /** Per page of 4096 bytes: where its bin starts and ends; an end of 0 means "no bin". */
  readonly #binStart: Int32Array;
  readonly #binEnd: Int32Array;

  /**
   * Finds the bins.
   *
   * @throws {FormatError} if a bin is bad, unless `badBins` is `skip`.
   */
  constructor(bytes: Uint8Array, options: CellSpaceOptions) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.name = options.name;
    const present = Math.max(0, bytes.length - BASE_BLOCK_SIZE);
    // A base block with a wrong checksum cannot be trusted with the size: the bins tell it.
    const trusted = options.header.checksumValid;
    this.segmentsData = !trusted || options.header.minorVersion > 3;
    const announced = trusted ? options.header.binsSize : present;
    this.size = Math.min(announced, present);
    const pages = Math.ceil(this.size / BIN_ALIGNMENT);
    this.#binStart = new Int32Array(pages);
    this.#binEnd = new Int32Array(pages);
    const { problems, end } = this.#mapBins(options.badBins, trusted);
    this.binProblems = problems;
    this.truncated = trusted ? announced > present : end > present;
  }

  #mapBins(badBins: "refuse" | "skip", trusted: boolean): BinMap {
    const problems: FormatError[] = [];
    let offset = 0;
    while (offset < this.size) {
      const fault = this.#binFault(offset);
      if (fault === undefined) {
        offset = this.#addBin(offset);
        continue;
      }
      const cut = offset + BIN_HEADER_SIZE > this.size;
      if (offset > 0 && (cut || !trusted)) break;
      const problem = this.error("bin", fault, offset + BASE_BLOCK_SIZE);
      if (badBins === "refuse" || offset === 0) throw problem;
      problems.push(problem);
      offset = this.#nextBin(offset + BIN_ALIGNMENT);
    }
    return { problems, end: offset };
  }

  #addBin(offset: number): number {
    const end = offset + this.u32(offset + BASE_BLOCK_SIZE + BinHeader.size);
    const present = Math.min(end, this.size);
    for (let at = offset; at < present; at += BIN_ALIGNMENT) {
      this.#binStart[at / BIN_ALIGNMENT] = offset;
      this.#binEnd[at / BIN_ALIGNMENT] = present;
    }
    return end;
  }

  #nextBin(from: number): number {
    let offset = from;
    while (offset < this.size && this.#binFault(offset) !== undefined) offset += BIN_ALIGNMENT;
    return offset;
  }

  #binFault(offset: number): string | undefined {
    const position = offset + BASE_BLOCK_SIZE;
    if (offset + BIN_HEADER_SIZE > this.size) return "it is cut off";
    if (this.u32(position + BinHeader.signature) !== Magic.hbin) {
      return `it does not begin with "hbin"`;
    }
    if (this.u32(position + BinHeader.offset) !== offset) {
      return "it says that it belongs elsewhere";
    }
    const size = this.u32(position + BinHeader.size);
    return size === 0 || size % BIN_ALIGNMENT !== 0 ? `its size is ${size} bytes` : undefined;
  }

  /** The bins that can be read, in the order of the file: offsets from the base block. */
  *bins(): Generator<{ readonly start: number; readonly end: number }> {
    for (let page = 0; page < this.#binEnd.length;) {
      const end = this.#binEnd[page]!;
      if (end > 0) yield { start: this.#binStart[page]!, end };
      page = end > 0 ? Math.ceil(end / BIN_ALIGNMENT) : page + 1;
    }
  }

  u16(position: number): number {
    return this.data.getUint16(position, true);
  }

  u32(position: number): number {
    return this.data.getUint32(position, true);
  }

  /**
   * The position of the content of the allocated cell at `offset`, of at least `minimum` bytes.
   *
   * @throws {FormatError} if there is no such cell; `what` names it in the sentence.
   */
  cell(offset: number, minimum: number, what: string): number {
    const page = offset >>> 12;
    const end = this.#binEnd[page] ?? 0;
    if (offset % CELL_ALIGNMENT !== 0 || offset + 4 > end) {
      throw this.error(what, `there is no cell 0x${offset.toString(16)}`, this.#place(offset));
    }
    if (offset - this.#binStart[page]! < BIN_HEADER_SIZE) {
      throw this.error(what, "its cell lies in the header of a bin", this.#place(offset));
    }
    const position = offset + BASE_BLOCK_SIZE;
    const size = -this.data.getInt32(position, true);
    if (size < 4 + minimum || size % CELL_ALIGNMENT !== 0 || offset + size > end) {
      throw this.error(what, this.#cellFault(size, end - offset), position);
    }
    return position + 4;
  }

  #cellFault(size: number, room: number): string {
    if (size <= 0) return "its cell is free";
    if (size > room) return `its cell of ${size} bytes does not fit into its bin`;
    return `its cell has ${size} bytes`;
  }

  #place(offset: number): number {
    return Math.min(offset === NO_CELL ? 0 : offset + BASE_BLOCK_SIZE, this.bytes.length);
  }

  /** Bytes of content in the cell whose content is at `position`. */
  contentLength(position: number): number {
    return -this.data.getInt32(position - 4, true) - 4;
  }

  /** The error "Cannot read a WHAT of hive "NAME": STATE" for what lies at a file offset. */
  error(what: string, state: string, position: number): FormatError {
    return new FormatError(`Cannot read a ${what} of hive "${this.name}": ${state}`, {
      offset: position,
    });
  }
}

/** What was found out about the bins: `end` is where the last one says it ends. */
interface BinMap {
  readonly problems: readonly FormatError[];
  readonly end: number;
}

/** How to open a {@linkcode CellSpace}. */
export interface CellSpaceOptions {
  readonly name: string;
  readonly header: HiveHeader;
  readonly badBins: "refuse" | "skip";
}

/** A {@linkcode ProblemReport} that throws. */
export function refuseProblem(problem: FormatError): never {
  throw problem;
}

/** Reports a caught `FormatError`; anything else is thrown on. */
export function reportCaught(report: ProblemReport, error: unknown): void {
  if (!(error instanceof FormatError)) throw error;
  report(error);
}

/** Runs `read`; a `FormatError` is reported and makes the result undefined. */
export function orReport<T>(report: ProblemReport, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    reportCaught(report, error);
    return undefined;
  }
}
