/** An old hive and the one that an edit made of it, side by side. */
import { FormatError } from "../../base/mod.ts";
import { CellMap } from "./cell_map.ts";
import type { CellSpace } from "./cell_space.ts";
import { BASE_BLOCK_SIZE, BIN_ALIGNMENT, Magic } from "./layout.ts";

/** Both hives. Old cells that stay keep their offsets, so that bytes can be compared in place. */
export class EditPair {
  readonly before: CellSpace;
  readonly after: CellSpace;
  /** The cells of the new hive. */
  readonly cells: CellMap;
  readonly minor: number;
  /** FILETIME of the edit, as the base block tells it. */
  readonly time: bigint;
  /** Per page of the old bins: 1 if it is not the same in both. */
  readonly #changedPages: Uint8Array;

  constructor(spaces: { before: CellSpace; after: CellSpace }, base: EditedBase) {
    this.before = spaces.before;
    this.after = spaces.after;
    this.minor = base.minor;
    this.time = base.time;
    this.cells = new CellMap(this.after);
    this.#changedPages = changedPages(this.before, this.after);
  }

  /**
   * The position of the content of a cell of the new hive that nothing else may own.
   *
   * @throws {FormatError} if there is no such cell, or it belongs to something else too.
   */
  own(offset: number, minimum: number, what: string): number {
    const position = this.after.cell(offset, minimum, what);
    if (!this.cells.claim(offset)) throw this.difference(`two structures share a ${what}`, offset);
    return position;
  }

  /** {@linkcode EditPair.own} for a record with a signature. */
  ownRecord(offset: number, magic: number, minimum: number): number {
    const what = RECORD_NAMES.get(magic) ?? "record";
    const position = this.own(offset, minimum, what);
    if (this.after.u16(position) === magic) return position;
    throw this.difference(`a ${what} does not begin with its signature`, offset);
  }

  /**
   * Like {@linkcode EditPair.own}, of a cell that must be what it was in the old hive.
   *
   * @throws {FormatError} also if a byte of it differs.
   */
  ownUnchanged(offset: number, minimum: number, what: string): number {
    const position = this.own(offset, minimum, what);
    const changed = this.firstChange(position);
    if (changed === undefined) return position;
    throw this.difference(`a ${what} changed at its byte ${changed}`, offset);
  }

  /** Where the cell with its content at `position` differs from the old one: -4 for its size. */
  firstChange(position: number): number | undefined {
    const start = position - 4;
    const end = position + this.after.contentLength(position);
    if (end > BASE_BLOCK_SIZE + this.before.size) return -4;
    if (this.#samePages(start, end)) return undefined;
    for (let at = start; at < end; at++) {
      if (this.before.bytes[at] !== this.after.bytes[at]) return Math.max(at - position, -4);
    }
    return undefined;
  }

  #samePages(start: number, end: number): boolean {
    const last = Math.floor((end - 1) / BIN_ALIGNMENT);
    for (let page = Math.floor(start / BIN_ALIGNMENT); page <= last; page++) {
      if (this.#changedPages[page] !== 0) return false;
    }
    return true;
  }

  /** The error for a new hive that is not what it should be. */
  difference(state: string, offset?: number): FormatError {
    return new FormatError(
      `Cannot accept the edited hive "${this.after.name}": ${state}`,
      offset === undefined ? {} : { offset: offset + BASE_BLOCK_SIZE },
    );
  }
}

/** What the base block says that the cells must agree with. */
export interface EditedBase {
  readonly minor: number;
  readonly time: bigint;
}

const RECORD_NAMES: ReadonlyMap<number, string> = new Map([
  [Magic.nk, "key"],
  [Magic.vk, "value"],
  [Magic.sk, "security record"],
  [Magic.db, "value's big data"],
]);

function changedPages(before: CellSpace, after: CellSpace): Uint8Array {
  const pages = (BASE_BLOCK_SIZE + before.size) / BIN_ALIGNMENT;
  const changed = new Uint8Array(pages);
  const [a, b] = [before.data, after.data];
  for (let page = 0; page < pages; page++) {
    const end = (page + 1) * BIN_ALIGNMENT;
    for (let at = page * BIN_ALIGNMENT; at < end; at += 4) {
      if (a.getInt32(at, true) === b.getInt32(at, true)) continue;
      changed[page] = 1;
      break;
    }
  }
  return changed;
}
