/** A registry tree as plain data, from which a hive is built, and the limits it must keep. */
import { FormatError } from "../../base/mod.ts";
import { MAX_KEY_DEPTH } from "./layout.ts";
import { upcaseText } from "./upcase.ts";

/** A value to be written. */
export interface ValueSpec {
  /** "" is the default value. */
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
}

/** A key to be written. */
export interface KeySpec {
  readonly name: string;
  readonly className?: string;
  readonly symbolicLink?: boolean;
  readonly values: readonly ValueSpec[];
  readonly subkeys: readonly KeySpec[];
}

/** Longest name of a key, in UTF-16 code units ("Registry element size limits"). */
const LONGEST_KEY_NAME = 255;
const LONGEST_VALUE_NAME = 16383;
/** The length field of a class name has 16 bits and counts bytes. */
const LONGEST_CLASS_NAME = 0x7fff;
/** The most segments that a `db` record can count, and far more than Windows accepts. */
const LARGEST_DATA = 0xffff * 16344;

/** A subkey with its name in upper case, by which lists are ordered. */
export interface OrderedSpec {
  readonly spec: KeySpec;
  readonly upperName: string;
}

/**
 * The subkeys in the order of a subkey list.
 *
 * @throws {FormatError} if a name is impossible or is there twice.
 */
export function orderSubkeys(key: KeySpec): OrderedSpec[] {
  const ordered = key.subkeys.map((spec) => {
    if (spec.name === "") throw refusal(spec, "a subkey needs a name");
    return { spec, upperName: upcaseText(spec.name) };
  });
  ordered.sort((a, b) => a.upperName < b.upperName ? -1 : a.upperName > b.upperName ? 1 : 0);
  ordered.forEach(({ spec, upperName }, index) => {
    if (upperName === ordered[index - 1]?.upperName) {
      throw refusal(spec, "there are two of that name");
    }
  });
  return ordered;
}

/**
 * Refuses what no hive can hold.
 *
 * @throws {FormatError} for a name, a class, a depth or data beyond Windows' limits.
 */
export function checkKeySpec(spec: KeySpec, depth: number): void {
  if (spec.name.length > LONGEST_KEY_NAME) throw refusal(spec, "its name is too long");
  if (spec.name.includes("\\")) throw refusal(spec, `its name holds a "\\"`);
  if (depth > MAX_KEY_DEPTH) throw refusal(spec, `it lies below ${MAX_KEY_DEPTH} levels`);
  if ((spec.className?.length ?? 0) > LONGEST_CLASS_NAME) {
    throw refusal(spec, "its class name is too long");
  }
  const names = new Set<string>();
  for (const value of spec.values) {
    if (value.name.length > LONGEST_VALUE_NAME) throw refusal(spec, "a value's name is too long");
    if (value.data.length > LARGEST_DATA) throw refusal(spec, "a value's data is too long");
    names.add(upcaseText(value.name));
  }
  if (names.size < spec.values.length) throw refusal(spec, "two of its values have one name");
}

function refusal(spec: KeySpec, state: string): FormatError {
  return new FormatError(`Cannot build key "${spec.name}": ${state}`);
}
