/**
 * Walks the new hive beside the old one: keys that no edit names must be the same bytes, the
 * others must be what the edits intend.
 */
import { filetimeFromDate, FormatError } from "../../base/mod.ts";
import type { EditPair } from "./edit_pair.ts";
import type { IntendedKey } from "./intended_key.ts";
import { KeyNode } from "./key.ts";
import { KeyFlag, KeyNodeField, Magic, MAX_KEY_DEPTH, NO_CELL } from "./layout.ts";
import { verifyNewList, verifyOldList } from "./verify_lists.ts";
import { verifyNewValues, verifyOldValues } from "./verify_values.ts";

/** How many keys name each security record, by its offset. */
export interface SecurityUse {
  readonly before: Map<number, number>;
  readonly after: Map<number, number>;
}

/**
 * Compares every key and value, and takes the cells of all of them.
 *
 * @throws {FormatError} naming the path and the first difference.
 */
export function verifyKeys(pair: EditPair, intended: IntendedKey, root: number): SecurityUse {
  const comparison = new Comparison(pair);
  comparison.run(root, intended);
  return comparison;
}

/** A key whose turn comes, and what is to be said about it. */
interface Waiting {
  readonly offset: number;
  readonly above: Waiting | undefined;
  readonly depth: number;
  /** Undefined for a key that shall be as it was, with everything below it. */
  readonly intended: IntendedKey | undefined;
}

class Comparison implements SecurityUse {
  readonly before = new Map<number, number>();
  readonly after = new Map<number, number>();
  readonly #pair: EditPair;
  readonly #waiting: Waiting[] = [];

  constructor(pair: EditPair) {
    this.#pair = pair;
  }

  run(root: number, intended: IntendedKey): void {
    this.#waiting.push({ offset: root, above: undefined, depth: 1, intended });
    for (let key = this.#waiting.pop(); key !== undefined; key = this.#waiting.pop()) {
      try {
        this.#verify(key);
      } catch (error) {
        if (error instanceof FormatError) throw this.#inKey(key, error);
        throw error;
      }
    }
  }

  #verify(key: Waiting): void {
    const { after } = this.#pair;
    const position = this.#pair.ownRecord(key.offset, Magic.nk, KeyNodeField.name);
    if (key.above !== undefined && after.u32(position + KeyNodeField.parent) !== key.above.offset) {
      throw this.#pair.difference("it names another key as its parent", key.offset);
    }
    if (key.depth > MAX_KEY_DEPTH) throw this.#pair.difference("it lies too deep", key.offset);
    const { intended } = key;
    if (intended === undefined || intended.source !== undefined) this.#verifyOld(key, position);
    else this.#verifyNew(key, position, intended);
    this.#ownClass(position);
    this.#verifyValues(position, intended);
    this.#verifySubkeys(key, position);
  }

  /** A key of the old hive: but for what its edits change, its record is the same bytes. */
  #verifyOld({ offset, intended }: Waiting, position: number): void {
    const pair = this.#pair;
    if (intended?.source !== undefined && intended.source.offset !== offset) {
      throw pair.difference(`another key is in the place of "${intended.name}"`, offset);
    }
    if (intended?.edited === true) this.#verifyEdited(position, intended);
    else {
      const changed = pair.firstChange(position);
      if (changed !== undefined) throw pair.difference(`changed: ${fieldName(changed)}`, offset);
    }
    const security = pair.after.u32(position + KeyNodeField.security);
    count(this.before, security);
    count(this.after, security);
    for (const removed of intended?.removed ?? []) this.#verifyRemoved(removed);
  }

  #verifyEdited(position: number, intended: IntendedKey): void {
    const { before, after, time } = this.#pair;
    const offset = position;
    const end = after.contentLength(position);
    if (before.contentLength(position) !== end) {
      throw this.#pair.difference("changed: the size of its record");
    }
    const may: Range[] = [TIME];
    if (intended.values !== undefined) may.push(...VALUES);
    if (intended.subkeys !== undefined) may.push(...SUBKEYS);
    for (let at = 0; at < end; at++) {
      if (before.bytes[offset + at] === after.bytes[offset + at]) continue;
      if (may.some(([from, to]) => at >= from && at < to)) continue;
      throw this.#pair.difference(`changed: ${fieldName(at)}`);
    }
    if (after.data.getBigUint64(position + KeyNodeField.lastWritten, true) !== time) {
      throw this.#pair.difference("its time of last change is not that of the edit");
    }
  }

  #verifyNew({ offset, above }: Waiting, position: number, { name, spec, edited }: IntendedKey) {
    const pair = this.#pair;
    const { after } = pair;
    const key = new KeyNode(after, offset);
    const fault = (what: string) => pair.difference(`it has another ${what} than intended`, offset);
    if (key.name !== name) throw fault("name");
    if ((key.className ?? "") !== (spec.className ?? "")) throw fault("class name");
    const plain = key.flags & ~KeyFlag.latin1Name;
    const link = spec.symbolicLink === true ? KeyFlag.symbolicLink : 0;
    if (plain !== (((spec.details?.flags ?? 0) & ~KeyFlag.latin1Name) | link)) throw fault("flags");
    if (after.u32(position + KeyNodeField.access) !== (spec.details?.access ?? 0)) {
      throw fault("access bits");
    }
    if (after.u16(position + KeyNodeField.userFlags) !== (spec.details?.userFlags ?? 0)) {
      throw fault("user flags");
    }
    if (after.u32(position + KeyNodeField.volatileSubkeyCount) !== 0) throw fault("subkeys");
    const time = after.data.getBigUint64(position + KeyNodeField.lastWritten, true);
    if (time !== (edited ? pair.time : specTime(spec) ?? pair.time)) throw fault("time");
    const security = after.u32(position + KeyNodeField.security);
    count(this.after, security);
    if (!this.#hasSecurity(key, security, { spec, above })) throw fault("security descriptor");
  }

  #hasSecurity(key: KeyNode, security: number, origin: SecurityOrigin): boolean {
    const { spec, above } = origin;
    if (spec.security !== undefined) {
      const found = key.securityDescriptor;
      return found !== undefined && found.length === spec.security.length &&
        found.every((byte, i) => byte === spec.security![i]);
    }
    if (above === undefined) return false;
    const parent = new KeyNode(this.#pair.after, above.offset);
    return this.#pair.after.u32(parent.position + KeyNodeField.security) === security;
  }

  /** A deleted key: its record is free, and whatever lies below it names its security no more. */
  #verifyRemoved(root: KeyNode): void {
    const waiting = [root];
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      if (this.#pair.cells.unclaimed(key.offset)) {
        throw this.#pair.difference(`deleted key "${key.name}" is not free`, key.offset);
      }
      count(this.before, key.space.u32(key.position + KeyNodeField.security));
      waiting.push(...key.subkeys());
    }
  }

  #ownClass(position: number): void {
    const { after, before } = this.#pair;
    const length = after.u16(position + KeyNodeField.classLength);
    const offset = after.u32(position + KeyNodeField.classOffset);
    if (length === 0 || offset === NO_CELL) return;
    if (offset >= before.size) this.#pair.own(offset, length, "class name");
    else this.#pair.ownUnchanged(offset, length, "class name");
  }

  #verifyValues(position: number, intended: IntendedKey | undefined): void {
    const values = intended?.values;
    if (values === undefined) verifyOldValues(this.#pair, position);
    else verifyNewValues(this.#pair, position, values);
  }

  #verifySubkeys(key: Waiting, position: number): void {
    const subkeys = key.intended?.subkeys;
    if (subkeys !== undefined) return this.#verifyNewSubkeys(key, position, subkeys);
    const offsets = verifyOldList(this.#pair, position);
    for (let i = offsets.length - 1; i >= 0; i--) {
      this.#enter(key, offsets[i]!, key.intended?.visitedAt(offsets[i]!));
    }
  }

  #verifyNewSubkeys(key: Waiting, position: number, subkeys: readonly IntendedKey[]): void {
    const found = this.#pair.after.u32(position + KeyNodeField.subkeyCount);
    if (found !== subkeys.length) {
      throw this.#pair.difference(`it has ${found} subkeys instead of ${subkeys.length}`);
    }
    const offsets = verifyNewList(this.#pair, position, subkeys.map(({ name }) => name));
    this.#verifyMaxima(position, subkeys);
    for (let i = offsets.length - 1; i >= 0; i--) {
      this.#enter(key, offsets[i]!, subkeys[i]);
    }
  }

  #enter(above: Waiting, offset: number, intended: IntendedKey | undefined): void {
    const told = intended === undefined || isAsItWas(intended, offset) ? undefined : intended;
    this.#waiting.push({ offset, above, depth: above.depth + 1, intended: told });
  }

  /** Readers size their buffers by these: they must not be too small. */
  #verifyMaxima(position: number, subkeys: readonly IntendedKey[]): void {
    const { after } = this.#pair;
    const longest = after.u16(position + KeyNodeField.largestSubkeyName);
    const longestClass = after.u32(position + KeyNodeField.largestSubkeyClass);
    for (const { name, source, spec } of subkeys) {
      if (source !== undefined) continue;
      if (longest < 2 * name.length || longestClass < 2 * (spec.className?.length ?? 0)) {
        throw this.#pair.difference(`"${name}" is longer than the longest name of its subkeys`);
      }
    }
  }

  #inKey(key: Waiting, error: FormatError): FormatError {
    const message = error.offset === undefined
      ? error.message
      : error.message.replace(` at offset 0x${error.offset.toString(16)}`, "");
    const place = `${message}, key "${this.#path(key)}"`;
    return new FormatError(place, error.offset === undefined ? {} : { offset: error.offset });
  }

  #path(key: Waiting): string {
    const names: string[] = [];
    for (let at: Waiting | undefined = key; at?.above !== undefined; at = at.above) {
      names.unshift(at.intended?.name ?? this.#nameAt(at.offset));
    }
    return names.join("\\");
  }

  #nameAt(offset: number): string {
    try {
      return new KeyNode(this.#pair.before, offset).name;
    } catch {
      return `(at offset 0x${offset.toString(16)})`;
    }
  }
}

/** The security that a new key has by its spec or by the key above. */
interface SecurityOrigin {
  readonly spec: IntendedKey["spec"];
  readonly above: Waiting | undefined;
}

function isAsItWas(intended: IntendedKey, offset: number): boolean {
  return intended.untouched && intended.source?.offset === offset;
}

function count(uses: Map<number, number>, offset: number): void {
  uses.set(offset, (uses.get(offset) ?? 0) + 1);
}

function specTime(spec: IntendedKey["spec"]): bigint | undefined {
  if (spec.details !== undefined) return spec.details.lastWritten;
  return spec.lastWritten && filetimeFromDate(spec.lastWritten);
}

type Range = readonly [from: number, to: number];

const TIME: Range = [KeyNodeField.lastWritten, KeyNodeField.access];
const VALUES: readonly Range[] = [
  [KeyNodeField.valueCount, KeyNodeField.security],
  [KeyNodeField.largestValueName, KeyNodeField.largestValueData + 4],
];
const SUBKEYS: readonly Range[] = [
  [KeyNodeField.subkeyCount, KeyNodeField.volatileSubkeyCount],
  [KeyNodeField.subkeyList, KeyNodeField.volatileSubkeyList],
  [KeyNodeField.largestSubkeyName, KeyNodeField.userFlags],
  [KeyNodeField.largestSubkeyClass, KeyNodeField.largestValueName],
];

const FIELDS: readonly (readonly [from: number, name: string])[] = [
  [KeyNodeField.name, "its name"],
  [KeyNodeField.nameLength, "the length of its names"],
  [KeyNodeField.largestValueName, "the largest name or data of its values"],
  [KeyNodeField.largestSubkeyName, "the largest name of its subkeys, or its user flags"],
  [KeyNodeField.classOffset, "the place of its class name"],
  [KeyNodeField.security, "its security"],
  [KeyNodeField.valueCount, "its list of values"],
  [KeyNodeField.subkeyCount, "its list of subkeys"],
  [KeyNodeField.parent, "its parent"],
  [KeyNodeField.access, "its access bits"],
  [KeyNodeField.lastWritten, "its time of last change"],
  [KeyNodeField.flags, "its flags"],
];

/** What lies at a byte of a key's record. */
function fieldName(at: number): string {
  return FIELDS.find(([from]) => at >= from)?.[1] ?? "its record";
}
