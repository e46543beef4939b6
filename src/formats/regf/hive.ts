/**
 * Opens a registry hive that lies in memory. Reads only what is asked for: damage of one key
 * shows when that key is touched.
 */
import { FormatError } from "../../base/mod.ts";
import { dirtyReason, type HiveHeader, parseBaseBlock } from "./base_block.ts";
import { CellSpace } from "./cell_space.ts";
import { type HiveKey, KeyNode } from "./key.ts";
import { BIN_ALIGNMENT } from "./layout.ts";

/** An open hive. Its logs are not looked at: see {@linkcode Hive.dirty}. */
export interface Hive {
  readonly name: string;
  readonly header: HiveHeader;
  /** True if Windows would replay the logs first: what is shown here may be half a write. */
  readonly dirty: boolean;
  /** Why it is dirty: one sentence without a full stop. */
  readonly dirtyReason?: string;
  /** True if the file ends before the bins do: what lies behind cannot be read. */
  readonly truncated: boolean;
  /** Bins that were left out (only with `badBins: "skip"`). */
  readonly badBins: readonly FormatError[];
  /** Bytes of bins that are there. */
  readonly binsPresent: number;
  readonly root: HiveKey;
  /**
   * The key at a path below the root: names with `\` between them, in any case; "" is the root.
   *
   * @throws {FormatError} if it is not found and a key on the way is damaged.
   */
  key(path: string): HiveKey | undefined;
}

/** How to open a hive. */
export interface OpenHiveOptions {
  /** Names the hive in error messages; `hive` if absent. */
  readonly name?: string;
  /** What to do about a bin with a bad header: refuse the hive (as Windows does) or leave it out. */
  readonly badBins?: "refuse" | "skip";
}

/**
 * Opens a hive. The bytes are used as they are and must not change while it is in use.
 *
 * @throws {FormatError} if this is no hive, or a log, or its bins or root key cannot be read.
 */
export function openHive(bytes: Uint8Array, options: OpenHiveOptions = {}): Hive {
  const name = options.name ?? "hive";
  const header = parseBaseBlock(bytes, name);
  refuseUnreadable(header, name);
  const space = new CellSpace(bytes, { name, header, badBins: options.badBins ?? "refuse" });
  return new OpenedHive(space, header);
}

function refuseUnreadable(header: HiveHeader, name: string): void {
  const fault = headerRefusal(header);
  if (fault !== undefined) {
    throw new FormatError(`Cannot read hive "${name}": ${fault}`, { offset: 0 });
  }
}

/** Why a hive with this header is not opened, or undefined if it is. */
export function headerRefusal(header: HiveHeader): string | undefined {
  const { checksumValid, binsSize } = header;
  const refusal = kindRefusal(header);
  if (refusal !== undefined || !checksumValid || binsSize % BIN_ALIGNMENT === 0) return refusal;
  return `its bins are said to have ${binsSize} bytes`;
}

/** Why this is another kind of file than the hives that can be read, or undefined if it is one. */
export function kindRefusal(header: HiveHeader): string | undefined {
  const { fileType, majorVersion, minorVersion } = header;
  if (!header.checksumValid) return undefined; // nothing in it can be trusted: the bins will tell
  if (fileType !== 0) return `it is a log (file type ${fileType}), not a hive`;
  if (majorVersion !== 1 || minorVersion < 3 || minorVersion > 6) {
    return `its version ${majorVersion}.${minorVersion} is not known`;
  }
  return undefined;
}

class OpenedHive implements Hive {
  readonly name: string;
  readonly header: HiveHeader;
  readonly dirty: boolean;
  readonly dirtyReason?: string;
  readonly truncated: boolean;
  readonly badBins: readonly FormatError[];
  readonly binsPresent: number;
  readonly root: HiveKey;

  constructor(space: CellSpace, header: HiveHeader) {
    const reason = dirtyReason(header);
    this.name = space.name;
    this.header = header;
    this.dirty = reason !== undefined;
    if (reason !== undefined) this.dirtyReason = reason;
    this.truncated = space.truncated;
    this.badBins = space.binProblems;
    this.binsPresent = space.size;
    this.root = new KeyNode(space, header.rootOffset);
  }

  key(path: string): HiveKey | undefined {
    let key: HiveKey | undefined = this.root;
    for (const name of path.split("\\")) {
      if (name !== "") key = key?.subkey(name);
    }
    return key;
  }
}
