/**
 * The security records of a hive under edit: shared by keys with equal descriptors, counted,
 * linked in a ring, and taken out of it when the last key is gone.
 */
import { decodeLatin1 } from "../../base/mod.ts";
import type { EditCells } from "./edit_cells.ts";
import { editRefusal, type EditSource } from "./edit_source.ts";
import { KeyNodeField, Magic, NO_CELL, SecurityField } from "./layout.ts";
import { writeSecurityRecord } from "./write_security.ts";

/** Counts are written at the end: what is deleted and created again costs no record. */
export class EditSecurity {
  readonly #source: EditSource;
  readonly #cells: EditCells;
  readonly #changes = new Map<number, number>();
  readonly #created = new Set<number>();
  #byDescriptor: Map<string, number> | undefined;
  /** A record of the ring; "no cell" in a hive without any. */
  #anchor: number;

  constructor(source: EditSource, cells: EditCells) {
    this.#source = source;
    this.#cells = cells;
    this.#anchor = source.space.u32(source.root.position + KeyNodeField.security);
  }

  /** One more key names the record at `offset`. */
  use(offset: number): void {
    this.#change(offset, 1);
  }

  /** One key less names the record at `offset`. */
  release(offset: number): void {
    this.#change(offset, -1);
  }

  #change(offset: number, by: number): void {
    if (offset !== NO_CELL) this.#changes.set(offset, (this.#changes.get(offset) ?? 0) + by);
  }

  /**
   * The offset of the record with this descriptor: one of the ring, or a new one.
   *
   * @throws {FormatError} if the ring of the hive is broken.
   */
  share(descriptor: Uint8Array): number {
    const known = this.#byDescriptor ??= this.#readRing();
    const content = decodeLatin1(descriptor);
    const offset = known.get(content) ?? this.#create(descriptor);
    known.set(content, offset);
    return offset;
  }

  /** Writes the counts and drops the records that no key names any more. */
  finish(): void {
    for (const [offset, change] of this.#changes) {
      if (change === 0) continue;
      // Counted, not read: a count that was wrong before is right afterwards.
      const references = (this.#source.references.get(offset) ?? 0) + change;
      if (references > 0) this.#write(offset, SecurityField.references, references);
      else this.#drop(offset);
    }
  }

  #readRing(): Map<string, number> {
    const known = new Map<string, number>();
    const { space } = this.#source;
    const start = this.#anchor;
    const seen = new Set<number>();
    for (let offset = start; offset !== NO_CELL;) {
      if (seen.has(offset)) throw this.#broken();
      seen.add(offset);
      const position = this.#record(offset);
      const size = space.u32(position + SecurityField.descriptorSize);
      const from = position + SecurityField.descriptor;
      if (SecurityField.descriptor + size > space.contentLength(position)) throw this.#broken();
      const content = decodeLatin1(space.bytes.subarray(from, from + size));
      if (!known.has(content)) known.set(content, offset);
      offset = space.u32(position + SecurityField.next);
      if (offset === start) break;
    }
    return known;
  }

  #create(descriptor: Uint8Array): number {
    const offset = writeSecurityRecord(this.#cells.writer, descriptor);
    this.#created.add(offset);
    if (this.#anchor === NO_CELL) this.#anchor = offset;
    const after = this.#anchor === offset ? offset : this.#read(this.#anchor, SecurityField.next);
    this.#link(this.#anchor, offset);
    this.#link(offset, after);
    return offset;
  }

  #drop(offset: number): void {
    const next = this.#read(offset, SecurityField.next);
    const previous = this.#read(offset, SecurityField.previous);
    const linked = this.#read(previous, SecurityField.next) === offset &&
      this.#read(next, SecurityField.previous) === offset;
    if (!linked) throw this.#broken();
    if (next !== offset) this.#link(previous, next);
    this.#cells.free(offset);
  }

  #link(previous: number, next: number): void {
    this.#write(previous, SecurityField.next, next);
    this.#write(next, SecurityField.previous, previous);
  }

  /** Links are read from the new file: an edit may change them more than once. */
  #read(offset: number, field: number): number {
    return this.#cells.writer.data.getUint32(this.#record(offset) + field, true);
  }

  #write(offset: number, field: number, value: number): void {
    this.#cells.writer.u32(this.#record(offset) + field, value);
  }

  #record(offset: number): number {
    if (this.#created.has(offset)) return this.#cells.writer.position(offset);
    const { space } = this.#source;
    const position = space.cell(offset, SecurityField.descriptor, "security record");
    if (space.u16(position) !== Magic.sk) throw this.#broken();
    return position;
  }

  #broken() {
    return editRefusal(this.#source.name, "the ring of its security records is broken");
  }
}
