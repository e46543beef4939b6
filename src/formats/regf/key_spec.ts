/** A registry tree as plain data, from which a hive is built, and the limits it must keep. */
import { FormatError } from "../../base/mod.ts";
import { KeyFlag, LINK_VALUE, LONGEST_KEY_NAME, MAX_KEY_DEPTH } from "./layout.ts";
import { upcaseText } from "./upcase.ts";

/** A value to be written. */
export interface ValueSpec {
  /** "" is the default value. */
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
  /** In a layered hive: deletes the value of the layer below. Type and data do not count. */
  readonly tombstone?: boolean;
}

/** What only a key that was once read has: the parts of its record that have no name here. */
export interface KeyDetails {
  /** FILETIME with all its digits; goes before {@linkcode KeySpec.lastWritten}. */
  readonly lastWritten: bigint;
  /** Bits of the flags beyond name, root and link. */
  readonly flags: number;
  /** Access bits, and in a layered hive the role of the key. */
  readonly access: number;
  /** Upper half of the longest subkey name's field: user, virtualization and debug flags. */
  readonly userFlags: number;
  /** Handle in the place of the number of values, of a key with {@linkcode KeyFlag.predefinedHandle}. */
  readonly predefinedHandle?: number;
}

/** A key to be written. */
export interface KeySpec {
  readonly name: string;
  readonly className?: string;
  readonly symbolicLink?: boolean;
  /** Self-relative security descriptor; that of the key above if absent. */
  readonly security?: Uint8Array;
  /** Time of the last change; that of the hive if absent. */
  readonly lastWritten?: Date;
  readonly details?: KeyDetails;
  readonly values: readonly ValueSpec[];
  readonly subkeys: readonly KeySpec[];
}

/** In UTF-16 code units ("Registry element size limits"). */
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
  if (isLink(spec) && spec.values.some(({ name }) => name !== LINK_VALUE)) {
    throw refusal(spec, `a symbolic link has no value but "${LINK_VALUE}"`);
  }
}

function isLink({ symbolicLink, details }: KeySpec): boolean {
  return symbolicLink === true || ((details?.flags ?? 0) & KeyFlag.symbolicLink) !== 0;
}

function refusal(spec: KeySpec, state: string): FormatError {
  return new FormatError(`Cannot build key "${spec.name}": ${state}`);
}
