/**
 * What the kernel demands of a hive before it uses it, as far as public sources tell, checked on
 * plain bytes: none of the reader's code but the table of upper case. A hive that the program writes must break none of these
 * rules; one that it changes must break none that it kept before.
 *
 * Sources, by the letters in {@linkcode KERNEL_RULES}:
 * - S: "Windows registry file format specification" (msuhanov/regf).
 * - P: Project Zero, "The Windows Registry Adventure #5: The regf file format", and the numbered
 *   reports of "Microsoft Windows Registry Low/Unclear Severity Bugs" (googleprojectzero/p0tools).
 * - R: ReactOS, `sdk/lib/cmlib` (hiveinit.c, cmcheck.c, cmindex.c), which follows the kernel.
 * - C: what Windows itself wrote into every hive of the corpus.
 * - L: "Registry element size limits" (Microsoft Learn).
 */
import assert from "node:assert/strict";
import { lhHash, upcaseText } from "../../../src/formats/regf/mod.ts";

/** The rules by their names. */
export const KERNEL_RULES = {
  "base-block": "R HvpVerifyHiveHeader: signature, version 1.3 or later, type 0, format 1, " +
    "clustering factor 1, equal sequence numbers, checksum",
  "size": "S, P report 16: whole pages of bins, all in the file, below 2 GiB",
  "bins": "R HvValidateHive, S: bins of whole pages, each where it says, one behind the other",
  "cells": "P report 18 (HvCheckBin): cells fill their bin, none larger than what is left; " +
    "S: multiples of 8",
  "owner": "S: a cell in use belongs to one structure",
  "key-cell": "R CmpValidateKey: in use, 0x45C bytes at most, name inside; P report 1: 76 bytes",
  "key-name": "R CmpValidateKey: not empty; S: UTF-16 or, if every unit is below 256, Latin-1; " +
    "L and REG_MAX_KEY_NAME_LENGTH: 256 units, no backslash",
  "key-parent": "R CmpValidateKey: a key names the key that lists it",
  "key-flags": "S: no volatile key and no mount point in a file, one root",
  "key-class": "R CmpValidateClass: a class with a length has a cell",
  "depth": "L: 512 levels",
  "list": "R CmpValidateSubKeyList, S: a leaf, or a root of leaves; counts add up; no empty leaf",
  "list-kind": "R CmpAddSubKey and CmpSplitLeaf, C: lh from 1.5 on; before, lf up to 507 subkeys " +
    "and li beyond; a split before 1.5 takes every leaf of a root for li",
  "list-size": "R CmpMaxFastIndexPerHblock and CmpMaxIndexPerHblock: 507 in lf, 1013 in others",
  "list-order": "R CmpValidateLexicalOrder: upper-case names rise, across leaves too",
  "list-hint": "R CmpCompareInIndex, CmpAddToLeaf: the hash or first characters of the name",
  "maxima": "S: the largest names and data are not larger than the key says",
  "values": "R CmpValidateValueList: list in use and long enough, records in use, names inside",
  "value-names": "S: each name once, for Windows finds the first only",
  "data": "R CmpValidateValueListByCount: data in the record, nowhere for 0 bytes, or in a cell " +
    "that is long enough",
  "big-data": "S, P report 16: beyond 16344 bytes since 1.4, as many segments as needed, all " +
    "but the last full",
  "link": "P report 2 (CmpCheckValueList): a link has one value at most, SymbolicLinkValue",
  "security": "P reports 1 and 10, S: every key names a record of the root's ring, whose links " +
    "agree and whose count is that of its keys; a self-relative descriptor inside its cell",
} as const;

/** A rule that is broken, and where: a path below the root, or an offset. */
export interface KernelFault {
  readonly rule: keyof typeof KERNEL_RULES;
  readonly where: string;
  readonly state: string;
}

/** The rules that a hive breaks. */
export function kernelFaults(bytes: Uint8Array): KernelFault[] {
  const check = new KernelCheck(bytes);
  check.run();
  return check.faults;
}

/** Fails if a hive breaks a rule. */
export function assertKernelTakes(bytes: Uint8Array, what = "the hive"): void {
  const faults = kernelFaults(bytes).map(lineOf);
  assert.deepEqual(faults.slice(0, 5), [], `${what}: ${faults.length} rules broken`);
}

/** Fails if a hive breaks a rule, at a place, that `before` did not break there. */
export function assertNoNewKernelFault(before: Uint8Array, after: Uint8Array, what: string): void {
  const placeOf = ({ rule, where }: KernelFault) => `${rule} [${where}]`;
  const old = new Set(kernelFaults(before).map(placeOf));
  const added = kernelFaults(after).filter((fault) => !old.has(placeOf(fault))).map(lineOf);
  assert.deepEqual(added.slice(0, 5), [], `${what}: ${added.length} rules newly broken`);
}

function lineOf({ rule, where, state }: KernelFault): string {
  return `${rule} [${where}] ${state}`;
}

const NONE = 0xffffffff;
const PAGE = 4096;
const FLAG = { volatile: 1, hiveExit: 2, hiveEntry: 4, link: 0x10, latin1: 0x20, handle: 0x40 };
const SEGMENT = 16344;
const INLINE = 0x80000000;
const MOST_FAULTS = 1000;

interface Place {
  readonly offset: number;
  readonly parent: number;
  readonly path: string;
  readonly depth: number;
}

/** What a list says about one subkey. */
interface Entry {
  readonly offset: number;
  readonly kind: string;
  readonly hint: number;
}

/** Stops the look at one structure; what it is about is noted. */
class Broken extends Error {}

class KernelCheck {
  readonly faults: KernelFault[] = [];
  readonly #data: DataView;
  readonly #length: number;
  /** Sizes of the cells in use by their offsets. */
  readonly #cells = new Map<number, number>();
  readonly #owned = new Set<number>();
  readonly #references = new Map<number, number>();
  #minor = 0;
  #path = "";

  constructor(bytes: Uint8Array) {
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#length = bytes.length;
  }

  run(): void {
    this.#path = "header";
    this.#guard(() => {
      this.#checkBase();
      this.#checkBins();
    });
    if (this.faults.length > 0) return;
    const root = this.#u32(0x24);
    const waiting: Place[] = [{ offset: root, parent: NONE, path: "", depth: 1 }];
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      const place = key;
      this.#path = place.path;
      this.#guard(() => this.#checkKey(place, waiting));
      if (this.faults.length > MOST_FAULTS) return;
    }
    this.#path = "ring";
    this.#guard(() => this.#checkRing(this.#u32(PAGE + root + 4 + 0x2c)));
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (error instanceof RangeError) this.#note("size", "a structure leaves the file");
      else if (!(error instanceof Broken)) throw error;
    }
  }

  #note(rule: KernelFault["rule"], state: string): void {
    this.faults.push({ rule, where: this.#path, state });
  }

  #demand(rule: KernelFault["rule"], holds: boolean, state: string): asserts holds {
    if (holds) return;
    this.#note(rule, state);
    throw new Broken();
  }

  #u16(position: number): number {
    return this.#data.getUint16(position, true);
  }

  #u32(position: number): number {
    return this.#data.getUint32(position, true);
  }

  #sign(position: number, length = 2): string {
    let sign = "";
    for (let i = 0; i < length; i++) {
      sign += String.fromCharCode(this.#data.getUint8(position + i));
    }
    return sign;
  }

  #checkBase(): void {
    this.#demand("size", this.#length >= 2 * PAGE, `${this.#length} bytes`);
    this.#demand("base-block", this.#sign(0, 4) === "regf", "signature");
    let sum = 0;
    for (let at = 0; at < 508; at += 4) sum ^= this.#data.getInt32(at, true);
    const expected = sum === 0 ? 1 : sum === -1 ? -2 : sum;
    if (this.#data.getInt32(508, true) !== expected) this.#note("base-block", "checksum");
    if (this.#u32(4) !== this.#u32(8)) this.#note("base-block", "sequence numbers");
    const fields = [0x14, 0x1c, 0x20, 0x2c].map((field) => this.#u32(field));
    const state = `major, type, format, clustering: ${fields}`;
    this.#demand("base-block", fields.join() === "1,0,1,1", state);
    this.#minor = this.#u32(0x18);
    this.#demand("base-block", this.#minor >= 3 && this.#minor <= 6, `minor ${this.#minor}`);
    const size = this.#u32(0x28);
    const fits = size > 0 && size % PAGE === 0 && size <= 0x7fffe000 &&
      size + PAGE <= this.#length;
    this.#demand("size", fits, `${size} bytes of bins`);
  }

  #checkBins(): void {
    const size = this.#u32(0x28);
    for (let bin = 0; bin < size;) {
      this.#demand("bins", this.#sign(PAGE + bin, 4) === "hbin", `signature at ${bin}`);
      this.#demand("bins", this.#u32(PAGE + bin + 4) === bin, `place of ${bin}`);
      const length = this.#u32(PAGE + bin + 8);
      const fits = length > 0 && length % PAGE === 0 && bin + length <= size;
      this.#demand("bins", fits, `size ${length} at ${bin}`);
      this.#checkCells(bin + 32, bin + length);
      bin += length;
    }
  }

  #checkCells(from: number, end: number): void {
    for (let cell = from; cell < end;) {
      const told = this.#data.getInt32(PAGE + cell, true);
      const size = Math.abs(told);
      const fits = size >= 8 && size % 8 === 0 && cell + size <= end;
      this.#demand("cells", fits, `size ${told} at ${cell}`);
      if (told < 0) this.#cells.set(cell, size);
      cell += size;
    }
  }

  /** The position of the content of a cell in use with so many bytes, which nothing else owns. */
  #own(rule: KernelFault["rule"], offset: number, length: number, sign = ""): number {
    const size = this.#cells.get(offset);
    this.#demand(rule, size !== undefined, `${sign || "a cell"} is not in use`);
    this.#demand(rule, size - 4 >= length, `${sign || "a cell"} has ${size} bytes for ${length}`);
    const position = PAGE + offset + 4;
    if (sign !== "") this.#demand(rule, this.#sign(position) === sign, `no ${sign}`);
    if (this.#owned.has(offset)) this.#note("owner", `${rule}: a cell has two owners`);
    this.#owned.add(offset);
    return position;
  }

  #name(position: number, length: number, latin1: boolean): string {
    const units = new Array<number>(latin1 ? length : length >>> 1);
    for (let i = 0; i < units.length; i++) {
      units[i] = latin1 ? this.#data.getUint8(position + i) : this.#u16(position + 2 * i);
    }
    return String.fromCharCode(...units);
  }

  #checkKey(place: Place, waiting: Place[]): void {
    const { offset, depth } = place;
    const key = this.#own("key-cell", offset, 0x4c, "nk");
    if (this.#cells.get(offset)! > 0x45c) this.#note("key-cell", "larger than any key");
    const length = this.#u16(key + 0x48);
    this.#demand("key-cell", this.#cells.get(offset)! - 4 >= 0x4c + length, "name outside");
    const flags = this.#u16(key + 2);
    this.#checkName(this.#keyName(offset), { length, flags, depth });
    if (depth > 1 && this.#u32(key + 0x10) !== place.parent) this.#note("key-parent", "another");
    const wrong = FLAG.volatile | FLAG.hiveExit | (depth > 1 ? FLAG.hiveEntry : 0);
    if ((flags & wrong) !== 0) this.#note("key-flags", flags.toString(16));
    if (depth > 512) this.#note("depth", `${depth} levels`);
    const security = this.#u32(key + 0x2c);
    this.#references.set(security, (this.#references.get(security) ?? 0) + 1);
    this.#guard(() => this.#checkClass(key));
    if ((flags & FLAG.handle) === 0) {
      this.#guard(() => this.#checkValues(key, (flags & FLAG.link) !== 0));
    }
    this.#guard(() => this.#checkSubkeys(key, place, waiting));
  }

  #keyName(offset: number): string {
    const key = PAGE + offset + 4;
    return this.#name(key + 0x4c, this.#u16(key + 0x48), (this.#u16(key + 2) & FLAG.latin1) !== 0);
  }

  #checkName(
    name: string,
    { length, flags, depth }: { length: number; flags: number; depth: number },
  ): void {
    if (name === "" || name.length > 256) this.#note("key-name", `${name.length} units`);
    if ((flags & FLAG.latin1) === 0 && length % 2 !== 0) this.#note("key-name", "half a unit");
    if (depth > 1 && name.includes("\\")) this.#note("key-name", "a backslash");
  }

  #checkClass(key: number): void {
    const length = this.#u16(key + 0x4a);
    if (length > 0) this.#own("key-class", this.#u32(key + 0x30), length);
  }

  #checkValues(key: number, link: boolean): void {
    const count = this.#u32(key + 0x24);
    if (count === 0) return;
    const list = this.#own("values", this.#u32(key + 0x28), 4 * count);
    const names = new Set<string>();
    for (let i = 0; i < count; i++) {
      this.#guard(() => {
        const offset = this.#u32(list + 4 * i);
        const value = this.#own("values", offset, 0x14, "vk");
        const length = this.#u16(value + 2);
        const latin1 = (this.#u16(value + 0x10) & 1) !== 0;
        const inside = this.#cells.get(offset)! - 4 >= 0x14 + length;
        this.#demand("values", inside, "name outside");
        const name = this.#name(value + 0x14, length, latin1);
        names.add(upcaseText(name));
        if (2 * name.length > this.#u32(key + 0x3c)) this.#note("maxima", `name of "${name}"`);
        if (link && (count > 1 || name !== "SymbolicLinkValue" || !latin1)) {
          this.#note("link", `"${name}", ${count} values`);
        }
        this.#checkData(value, { name, largest: this.#u32(key + 0x40) });
      });
    }
    if (names.size < count) this.#note("value-names", `${names.size} names of ${count} values`);
  }

  #checkData(value: number, { name, largest }: { name: string; largest: number }): void {
    const told = this.#u32(value + 4);
    const place = this.#u32(value + 8);
    if (told >= INLINE) {
      return this.#demand("data", told - INLINE <= 4, `"${name}" has too much in its record`);
    }
    if (told > largest) this.#note("maxima", `data of "${name}"`);
    if (told === 0) return this.#demand("data", place === NONE, `"${name}" has a cell for nothing`);
    if (this.#minor < 4 || told <= SEGMENT) {
      this.#own("data", place, told);
      return;
    }
    const record = this.#own("big-data", place, 8, "db");
    const count = this.#u16(record + 2);
    this.#demand("big-data", count === Math.ceil(told / SEGMENT), `"${name}": ${count} segments`);
    const list = this.#own("big-data", this.#u32(record + 4), 4 * count);
    for (let i = 0; i < count; i++) {
      const length = Math.min(SEGMENT, told - i * SEGMENT);
      this.#own("big-data", this.#u32(list + 4 * i), length);
    }
  }

  #checkSubkeys(key: number, place: Place, waiting: Place[]): void {
    const count = this.#u32(key + 0x14);
    if (count === 0) return;
    const entries = this.#entries(this.#u32(key + 0x1c), count);
    if (entries.length !== count) this.#note("list", `${entries.length} entries for ${count}`);
    let before: string | undefined;
    for (const entry of entries) {
      const { offset } = entry;
      const size = this.#cells.get(offset);
      if (size === undefined || size < 0x50 || this.#owned.has(offset)) {
        this.#note("list", "an entry is no key, or one that was met before");
        continue;
      }
      const subkey = PAGE + offset + 4;
      const name = this.#keyName(offset);
      this.#checkHint(entry, name);
      if (before !== undefined && upcaseText(before) >= upcaseText(name)) {
        this.#note("list-order", `"${name}" behind "${before}"`);
      }
      before = name;
      if (2 * name.length > this.#u16(key + 0x34)) this.#note("maxima", `name of key "${name}"`);
      if (this.#u16(subkey + 0x4a) > this.#u32(key + 0x38)) {
        this.#note("maxima", `class of key "${name}"`);
      }
      const path = place.path === "" ? name : `${place.path}\\${name}`;
      waiting.push({ offset, parent: place.offset, path, depth: place.depth + 1 });
    }
  }

  #entries(offset: number, count: number): Entry[] {
    const list = this.#own("list", offset, 4);
    if (this.#sign(list) !== "ri") return this.#leaf(list, offset, { total: count, under: "key" });
    const leaves = this.#u16(list + 2);
    const fits = leaves > 0 && this.#cells.get(offset)! >= 8 + 4 * leaves;
    this.#demand("list", fits, `ri with ${leaves} leaves`);
    return Array.from({ length: leaves }, (_, i) => {
      const leaf = this.#u32(list + 4 + 4 * i);
      return this.#leaf(this.#own("list", leaf, 4), leaf, { total: count, under: "ri" });
    }).flat();
  }

  #leaf(list: number, offset: number, list_of: { total: number; under: "key" | "ri" }): Entry[] {
    const { total, under } = list_of;
    const kind = this.#sign(list);
    const count = this.#u16(list + 2);
    this.#demand("list", ["li", "lf", "lh"].includes(kind), `"${kind}" for a leaf`);
    const stride = kind === "li" ? 4 : 8;
    const fits = count > 0 && this.#cells.get(offset)! >= 8 + stride * count;
    this.#demand("list", fits, `${kind} with ${count} entries`);
    const old = this.#minor < 5;
    if (old ? kind === "lh" || (kind === "lf" && under === "ri") : kind !== "lh") {
      this.#note("list-kind", `${kind} below ${under} in 1.${this.#minor}`);
    }
    if (kind === "lf" && total > 507) this.#note("list-kind", `lf for ${total} subkeys`);
    if (count > (kind === "lf" ? 507 : 1013)) this.#note("list-size", `${kind} with ${count}`);
    return Array.from({ length: count }, (_, i) => {
      const at = list + 4 + stride * i;
      return { offset: this.#u32(at), kind, hint: kind === "li" ? 0 : this.#u32(at + 4) };
    });
  }

  #checkHint({ kind, hint }: Entry, name: string): void {
    if (kind === "lh" && hint !== lhHash(name)) this.#note("list-hint", `hash of "${name}"`);
    if (kind !== "lf") return;
    for (let i = 0; i < 4; i++) {
      const byte = (hint >>> (8 * i)) & 0xff;
      // The kernel reads up to the first zero.
      if (byte === 0 || i >= name.length) return;
      const same = upcaseText(String.fromCharCode(byte)) === upcaseText(name.charAt(i));
      if (!same) return this.#note("list-hint", `first characters of "${name}"`);
    }
  }

  #checkRing(start: number): void {
    const ring = new Set<number>();
    for (let offset = start; !ring.has(offset);) {
      const record = this.#own("security", offset, 20, "sk");
      ring.add(offset);
      const size = this.#u32(record + 16);
      const inside = size >= 20 && this.#cells.get(offset)! - 4 >= 20 + size;
      this.#demand("security", inside, `a descriptor of ${size} bytes`);
      const selfRelative = (this.#u16(record + 22) & 0x8000) !== 0 &&
        this.#sign(record + 20, 1) === "\x01";
      if (!selfRelative) this.#note("security", "a descriptor is not self-relative");
      const told = this.#u32(record + 12);
      const keys = this.#references.get(offset) ?? 0;
      if (told !== keys) this.#note("security", `record counts ${told} keys for ${keys}`);
      const next = this.#u32(record + 4);
      this.#demand("security", this.#cells.has(next), "the ring leads nowhere");
      const agrees = this.#u32(PAGE + next + 4 + 8) === offset;
      this.#demand("security", agrees, "the links of the ring do not agree");
      offset = next;
    }
    for (const offset of this.#references.keys()) {
      if (!ring.has(offset)) this.#note("security", "a key names a record outside of the ring");
    }
  }
}
