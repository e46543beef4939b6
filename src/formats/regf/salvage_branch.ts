/** A key on its way from a damaged hive into a new one. */
import type { FormatError } from "../../base/mod.ts";
import type { FaultPlace } from "./fault_list.ts";
import type { KeyNode } from "./key.ts";
import type { KeyDetails, KeySpec, ValueSpec } from "./key_spec.ts";
import { KeyFlag, KeyNodeField } from "./layout.ts";

/** A {@linkcode KeySpec} that is filled bit by bit. */
export interface GrowingKeySpec extends KeySpec {
  className?: string;
  security?: Uint8Array;
  values: readonly ValueSpec[];
  readonly subkeys: GrowingKeySpec[];
}

/** A key that was reached. */
export class Branch implements FaultPlace {
  /** Undefined for a root key whose record is gone. */
  readonly node: KeyNode | undefined;
  /** Of its cell; for a root key that is gone, where its subkeys say that it was. */
  readonly offset: number;
  readonly depth: number;
  readonly spec: GrowingKeySpec;
  /** What is wrong with its list of subkeys. */
  listProblem: FormatError | undefined;
  /** Subkeys that were found but cannot be kept. */
  refused = 0;
  readonly #above: Branch | undefined;
  /** Most keys have no subkeys, and need none. */
  #names: Set<string> | undefined;

  constructor(node: KeyNode | { readonly offset: number }, above?: Branch) {
    this.node = "position" in node ? node : undefined;
    this.offset = node.offset;
    this.#above = above;
    this.depth = (above?.depth ?? 0) + 1;
    this.spec = {
      name: this.node?.name ?? "",
      ...(this.node === undefined ? {} : describe(this.node)),
      values: [],
      subkeys: [],
    };
  }

  /** Upper-case names of its subkeys. */
  get names(): Set<string> {
    return this.#names ??= new Set();
  }

  /** Below the root, "" for the root. */
  get path(): string {
    const above = this.#above;
    if (above === undefined) return "";
    const name = this.spec.name.slice(0, 0x100);
    return above.#above === undefined ? name : `${above.path}\\${name}`;
  }
}

/** Flags that the builder sets itself, or that do not belong into a file. */
const OWN_FLAGS = KeyFlag.volatile | KeyFlag.hiveExit | KeyFlag.hiveEntry | KeyFlag.latin1Name;

function describe(node: KeyNode): { readonly details: KeyDetails; symbolicLink: boolean } {
  const { space, position, flags } = node;
  const details: KeyDetails = {
    lastWritten: space.data.getBigUint64(position + KeyNodeField.lastWritten, true),
    flags: flags & ~OWN_FLAGS,
    access: space.u32(position + KeyNodeField.access),
    userFlags: space.u16(position + KeyNodeField.userFlags),
    ...((flags & KeyFlag.predefinedHandle) === 0
      ? {}
      : { predefinedHandle: space.u32(position + KeyNodeField.valueCount) }),
  };
  return { details, symbolicLink: node.symbolicLink };
}
