/**
 * An independent look at the bytes of a hive that was built and then edited: nothing free beside
 * something free, nothing in use without an owner, every count, hash, ring and maximum as Windows
 * would leave it. Uses none of the reader's code.
 */
import assert from "node:assert/strict";
import { lhHash, upcaseText } from "../../../src/formats/regf/mod.ts";
import { assertKernelTakes } from "./kernel_rules.ts";

const NONE = 0xffffffff;

/** Fails if the structure of an edited hive is not what Windows would write. */
export function assertSoundEdit(bytes: Uint8Array): void {
  new Inspection(bytes).run();
  assertKernelTakes(bytes);
}

class Inspection {
  readonly #bytes: Uint8Array;
  readonly #data: DataView;
  readonly #allocated = new Map<number, number>();
  readonly #owned = new Set<number>();
  readonly #references = new Map<number, number>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): void {
    this.#checkBase();
    this.#checkBins();
    this.#checkKeys();
    this.#checkSecurity();
    const lost = [...this.#allocated.keys()].filter((offset) => !this.#owned.has(offset));
    assert.deepEqual(lost, [], "allocated cells without an owner");
  }

  #u16(position: number): number {
    return this.#data.getUint16(position, true);
  }

  #u32(position: number): number {
    return this.#data.getUint32(position, true);
  }

  get #minor(): number {
    return this.#u32(0x18);
  }

  #checkBase(): void {
    let sum = 0;
    for (let at = 0; at < 508; at += 4) sum ^= this.#u32(at);
    assert.equal(this.#u32(508), sum >>> 0, "checksum");
    assert.equal(this.#u32(4), this.#u32(8), "sequence numbers");
    assert.equal(this.#bytes.length, 4096 + this.#u32(0x28), "size");
  }

  #checkBins(): void {
    const size = this.#u32(0x28);
    for (let bin = 0; bin < size;) {
      assert.equal(this.#u32(4096 + bin), 0x6e696268, "hbin");
      assert.equal(this.#u32(4096 + bin + 4), bin, "offset of a bin");
      const end = bin + this.#u32(4096 + bin + 8);
      assert.ok(end > bin && end % 4096 === 0 && end <= size, "size of a bin");
      this.#checkCells(bin + 32, end);
      bin = end;
    }
  }

  #checkCells(from: number, end: number): void {
    let afterFree = false;
    let cell = from;
    while (cell < end) {
      const size = this.#data.getInt32(4096 + cell, true);
      assert.ok(size !== 0 && size % 8 === 0, `size of cell ${cell}: ${size}`);
      assert.ok(!(afterFree && size > 0), `cell ${cell} is free, and so is the one before`);
      if (size < 0) this.#allocated.set(cell, -size);
      afterFree = size > 0;
      cell += Math.abs(size);
    }
    assert.equal(cell, end, "cells end with their bin");
  }

  #own(offset: number, signature: string, length = 0): number {
    const size = this.#allocated.get(offset);
    assert.ok(size !== undefined, `cell ${offset} (${signature}) is not allocated`);
    assert.ok(!this.#owned.has(offset), `cell ${offset} (${signature}) has two owners`);
    assert.ok(size - 4 >= length, `cell ${offset} (${signature}) has ${size} bytes`);
    this.#owned.add(offset);
    const position = 4096 + offset + 4;
    assert.equal(this.#signature(position, signature.length), signature);
    return position;
  }

  #signature(position: number, length: number): string {
    return String.fromCharCode(...this.#bytes.subarray(position, position + length));
  }

  #checkKeys(): void {
    const waiting: [offset: number, parent: number][] = [[this.#u32(0x24), NONE]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [offset, parent] = next;
      const position = this.#own(offset, "nk");
      assert.equal(this.#u32(position + 0x10), parent, "parent");
      const security = this.#u32(position + 0x2c);
      this.#references.set(security, (this.#references.get(security) ?? 0) + 1);
      const classLength = this.#u16(position + 0x4a);
      if (classLength > 0) this.#own(this.#u32(position + 0x30), "", classLength);
      else assert.equal(this.#u32(position + 0x30), NONE, "class");
      this.#checkValues(position);
      for (const subkey of this.#checkSubkeys(position)) waiting.push([subkey, offset]);
    }
  }

  #name(position: number, length: number, latin1: boolean): string {
    if (latin1) return this.#signature(position, length);
    const units = Array.from({ length: length / 2 }, (_, i) => this.#u16(position + 2 * i));
    return String.fromCharCode(...units);
  }

  #keyName(offset: number): string {
    const key = 4096 + offset + 4;
    return this.#name(key + 0x4c, this.#u16(key + 0x48), (this.#u16(key + 2) & 0x20) !== 0);
  }

  #checkValues(key: number): void {
    const count = this.#u32(key + 0x24);
    const names = new Set<string>();
    const longest = this.#u32(key + 0x3c);
    const largest = this.#u32(key + 0x40);
    if (count === 0) {
      assert.equal(this.#u32(key + 0x28), NONE, "list of no values");
      assert.deepEqual([longest, largest], [0, 0], "maxima of no values");
      return;
    }
    const list = this.#own(this.#u32(key + 0x28), "", 4 * count);
    for (let i = 0; i < count; i++) {
      const value = this.#own(this.#u32(list + 4 * i), "vk");
      const latin1 = (this.#u16(value + 0x10) & 1) !== 0;
      const name = this.#name(value + 0x14, this.#u16(value + 2), latin1);
      names.add(upcaseText(name));
      assert.ok(longest >= 2 * name.length, "largest value name");
      assert.ok(largest >= this.#checkData(value), "largest value data");
    }
    assert.equal(names.size, count, "names of values");
  }

  #checkData(value: number): number {
    const field = this.#u32(value + 4);
    if (field >= 0x80000000) {
      assert.ok(field - 0x80000000 <= 4, "data in the record");
      return field - 0x80000000;
    }
    assert.ok(field > 4, "data that would fit into the record");
    if (this.#minor === 3 || field <= 16344) {
      this.#own(this.#u32(value + 8), "", field);
      return field;
    }
    const record = this.#own(this.#u32(value + 8), "db", 8);
    const segments = this.#u16(record + 2);
    assert.equal(segments, Math.ceil(field / 16344), "segments");
    const list = this.#own(this.#u32(record + 4), "", 4 * segments);
    for (let i = 0; i < segments; i++) {
      const length = i < segments - 1 ? 16344 : field - 16344 * i;
      this.#own(this.#u32(list + 4 * i), "", length);
    }
    return field;
  }

  #checkSubkeys(key: number): number[] {
    const count = this.#u32(key + 0x14);
    const longest = this.#u16(key + 0x34);
    const longestClass = this.#u32(key + 0x38);
    if (count === 0) {
      assert.equal(this.#u32(key + 0x1c), NONE, "list of no subkeys");
      assert.deepEqual([longest, longestClass], [0, 0], "maxima of no subkeys");
      return [];
    }
    const subkeys = this.#listed(this.#u32(key + 0x1c), count);
    assert.equal(subkeys.length, count, "number of subkeys");
    const names = subkeys.map((offset) => this.#keyName(offset));
    names.forEach((name, i) => {
      assert.ok(longest >= 2 * name.length, "largest subkey name");
      const before = i === 0 ? undefined : upcaseText(names[i - 1]!);
      assert.ok(before === undefined || before < upcaseText(name), `order: "${name}"`);
      assert.ok(longestClass >= this.#u16(4096 + subkeys[i]! + 4 + 0x4a), "largest subkey class");
    });
    return subkeys;
  }

  #listed(offset: number, total: number): number[] {
    const position = 4096 + offset + 4;
    if (this.#signature(position, 2) !== "ri") return this.#leaf(offset, total);
    this.#own(offset, "ri");
    const leaves = Array.from({ length: this.#u16(position + 2) }, (_, i) => {
      return this.#u32(position + 4 + 4 * i);
    });
    assert.ok(leaves.length > 1, "a list of one list");
    return leaves.flatMap((leaf) => this.#leaf(leaf, total));
  }

  #leaf(offset: number, total: number): number[] {
    const kind = this.#minor >= 5 ? "lh" : total > 507 ? "li" : "lf";
    const position = this.#own(offset, kind);
    const count = this.#u16(position + 2);
    assert.ok(count > 0 && count <= 1013, `${count} entries in a leaf`);
    if (kind === "li") {
      return Array.from({ length: count }, (_, i) => this.#u32(position + 4 + 4 * i));
    }
    return Array.from({ length: count }, (_, i) => {
      const subkey = this.#u32(position + 4 + 8 * i);
      const found = this.#u32(position + 8 + 8 * i);
      const name = this.#keyName(subkey);
      if (this.#minor >= 5) assert.equal(found, lhHash(name), "hash");
      else if (found !== 0) assert.equal(found & 0xff, name.charCodeAt(0), "first character");
      return subkey;
    });
  }

  #checkSecurity(): void {
    const start = this.#u32(4096 + this.#u32(0x24) + 4 + 0x2c);
    const ring = new Set<number>();
    for (let offset = start; !ring.has(offset);) {
      const position = this.#own(offset, "sk");
      ring.add(offset);
      const size = this.#u32(position + 16);
      assert.ok(size + 20 <= this.#allocated.get(offset)! - 4, "size of a descriptor");
      assert.equal(this.#u32(position + 12), this.#references.get(offset), "references");
      const next = this.#u32(position + 4);
      assert.equal(this.#u32(4096 + next + 4 + 8), offset, "ring, backwards");
      offset = next;
    }
    assert.deepEqual([...this.#references.keys()].sort(), [...ring].sort(), "the ring");
  }
}
