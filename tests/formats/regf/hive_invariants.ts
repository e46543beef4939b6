/**
 * An independent look at the bytes of a built hive: bins without gaps, cells without gaps, every
 * allocated cell owned exactly once, counters and maxima as they must be. Uses none of the
 * reader's code.
 */
import assert from "node:assert/strict";
import { assertKernelTakes } from "./kernel_rules.ts";

const NONE = 0xffffffff;

/** Fails if the structure of the hive is not what Windows writes. */
export function assertSoundHive(bytes: Uint8Array): void {
  new Inspection(bytes).run();
  assertKernelTakes(bytes);
}

class Inspection {
  readonly #bytes: Uint8Array;
  readonly #data: DataView;
  readonly #allocated = new Map<number, number>();
  readonly #owned = new Set<number>();
  #security = NONE;
  #keys = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): void {
    this.#checkBase();
    this.#checkBins();
    this.#checkKey(this.#u32(0x24), NONE);
    const security = this.#own(this.#security, "sk");
    assert.equal(this.#u32(security + 4), this.#security, "ring, forwards");
    assert.equal(this.#u32(security + 8), this.#security, "ring, backwards");
    assert.equal(this.#u32(security + 12), this.#keys, "references of the security record");
    assert.equal(this.#owned.size, this.#allocated.size, "allocated cells without an owner");
  }

  #u16(position: number): number {
    return this.#data.getUint16(position, true);
  }

  #u32(position: number): number {
    return this.#data.getUint32(position, true);
  }

  #signature(position: number, length: number): string {
    return String.fromCharCode(...this.#bytes.subarray(position, position + length));
  }

  #checkBase(): void {
    assert.equal(this.#signature(0, 4), "regf");
    let sum = 0;
    for (let at = 0; at < 508; at += 4) sum ^= this.#u32(at);
    assert.equal(this.#u32(508), sum >>> 0, "checksum");
    assert.equal(this.#bytes.length, 4096 + this.#u32(0x28), "size");
  }

  #checkBins(): void {
    const size = this.#u32(0x28);
    let bin = 0;
    while (bin < size) {
      assert.equal(this.#signature(4096 + bin, 4), "hbin");
      assert.equal(this.#u32(4096 + bin + 4), bin, "offset of a bin");
      const end = bin + this.#u32(4096 + bin + 8);
      assert.ok(end > bin && end % 4096 === 0 && end <= size, "size of a bin");
      this.#checkCells(bin + 32, end);
      bin = end;
    }
  }

  #checkCells(from: number, end: number): void {
    let cell = from;
    while (cell < end) {
      const size = this.#data.getInt32(4096 + cell, true);
      assert.ok(size !== 0 && size % 8 === 0, `size of cell ${cell}: ${size}`);
      if (size < 0) this.#allocated.set(cell, -size);
      cell += Math.abs(size);
    }
    assert.equal(cell, end, "cells end with their bin");
  }

  /** Takes a cell for its only owner and returns the position of its content. */
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

  #checkKey(root: number, above: number): void {
    const waiting: [offset: number, parent: number][] = [[root, above]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [offset, parent] = next;
      const position = this.#own(offset, "nk");
      this.#keys++;
      assert.equal(this.#u32(position + 0x10), parent, "parent");
      if (this.#security === NONE) this.#security = this.#u32(position + 0x2c);
      assert.equal(this.#u32(position + 0x2c), this.#security, "security");
      const classLength = this.#u16(position + 0x4a);
      if (classLength > 0) this.#own(this.#u32(position + 0x30), "", classLength);
      else assert.equal(this.#u32(position + 0x30), NONE, "class");
      this.#checkValues(position);
      for (const subkey of this.#checkSubkeys(position)) waiting.push([subkey, offset]);
    }
  }

  #nameUnits(position: number, place: { length: number; flag: boolean }): number {
    const length = this.#u16(position + place.length);
    return place.flag ? length : length / 2;
  }

  #checkValues(key: number): void {
    const count = this.#u32(key + 0x24);
    let largestName = 0;
    let largestData = 0;
    if (count > 0) {
      const list = this.#own(this.#u32(key + 0x28), "", 4 * count);
      for (let i = 0; i < count; i++) {
        const value = this.#own(this.#u32(list + 4 * i), "vk");
        const flag = (this.#u16(value + 0x10) & 1) !== 0;
        largestName = Math.max(largestName, 2 * this.#nameUnits(value, { length: 2, flag }));
        largestData = Math.max(largestData, this.#checkData(value));
      }
    } else {
      assert.equal(this.#u32(key + 0x28), NONE, "list of no values");
    }
    assert.equal(this.#u32(key + 0x3c), largestName, "largest value name");
    assert.equal(this.#u32(key + 0x40), largestData, "largest value data");
  }

  #checkData(value: number): number {
    const field = this.#u32(value + 4);
    if (field >= 0x80000000) {
      assert.ok(field - 0x80000000 <= 4, "data in the record");
      return field - 0x80000000;
    }
    assert.ok(field > 4, "data that would fit into the record");
    if (this.#u32(0x18) === 3 || field <= 16344) {
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
    const offset = this.#u32(key + 0x1c);
    const subkeys = count === 0 ? [] : this.#listed(offset, count);
    if (count === 0) assert.equal(offset, NONE, "list of no subkeys");
    assert.equal(subkeys.length, count, "number of subkeys");
    let largestName = 0;
    let largestClass = 0;
    for (const subkey of subkeys) {
      const position = 4096 + subkey + 4;
      const flag = (this.#u16(position + 2) & 0x20) !== 0;
      largestName = Math.max(largestName, 2 * this.#nameUnits(position, { length: 0x48, flag }));
      largestClass = Math.max(largestClass, this.#u16(position + 0x4a));
    }
    assert.equal(this.#u32(key + 0x34), largestName, "largest subkey name");
    assert.equal(this.#u32(key + 0x38), largestClass, "largest subkey class");
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
    const kind = this.#u32(0x18) >= 5 ? "lh" : total > 507 ? "li" : "lf";
    const position = this.#own(offset, kind);
    const count = this.#u16(position + 2);
    assert.ok(count > 0 && count <= 1013, `${count} entries in a leaf`);
    const stride = kind === "li" ? 4 : 8;
    return Array.from({ length: count }, (_, i) => this.#u32(position + 4 + stride * i));
  }
}
