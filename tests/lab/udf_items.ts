/** What a written UDF volume holds: files, directories, and what is odd about them. */

/** A run of a file: recorded bytes (zeros where nothing is given), or a hole. */
export interface UdfRun {
  readonly length: number;
  /** 0 recorded, 1 allocated but not recorded, 2 hole. */
  readonly type?: 0 | 1 | 2;
  /** Blocks left empty in front of it. */
  readonly gap?: number;
  readonly pieces?: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

/** What is odd about a name or its entry; all plain by default. */
export interface UdfOddities {
  /** The d-characters instead of those of the name. */
  readonly rawName?: Uint8Array;
  /** File characteristics: 1 hidden, 4 deleted. 2 (directory) is added where due. */
  readonly characteristics?: number;
  /** The block of the file entry stays zero. */
  readonly unwritten?: boolean;
  /** Leads to the file entry of this one, which must come earlier. */
  readonly sameAs?: UdfItem;
  /** The information length, if not the true one. */
  readonly recordedSize?: bigint;
  readonly fileType?: number;
  /** ICB strategy, 4 by default. */
  readonly strategy?: number;
  /** Bytes of implementation use in its name record: shifts all names after it. */
  readonly implementationUse?: number;
  readonly modified?: Date;
}

/** A file. */
export interface UdfFile extends UdfOddities {
  readonly kind: "file";
  readonly name: string;
  readonly runs: readonly UdfRun[];
  /** `long` by default. `embedded` takes recorded runs only. */
  readonly form?: "short" | "long" | "extended" | "embedded";
  /** So many descriptors per block, the rest behind a continuation. */
  readonly perBlock?: number;
}

/** A directory. */
export interface UdfDirectory extends UdfOddities {
  readonly kind: "directory";
  readonly name: string;
  readonly items: readonly UdfItem[];
  /** Its names in one piece in its file entry. */
  readonly embedded?: boolean;
  /** Every block of its names lies by itself, the later ones in front of the earlier ones. */
  readonly scattered?: boolean;
}

export type UdfItem = UdfFile | UdfDirectory;

/** Splits `size` bytes into recorded runs of at most `step`, as Microsoft's tools do (0x3FF00000). */
export function recordedRuns(
  size: number,
  { step = 0x3ff00000, pieces = [], gap = 0 }: {
    readonly step?: number;
    readonly pieces?: readonly { readonly at: number; readonly bytes: Uint8Array }[];
    readonly gap?: number;
  } = {},
): UdfRun[] {
  const runs: UdfRun[] = [];
  for (let start = 0; start < size; start += step) {
    const length = Math.min(step, size - start);
    const inside = pieces.filter(({ at }) => at >= start && at < start + length)
      .map(({ at, bytes }) => ({ at: at - start, bytes }));
    runs.push({ length, gap, pieces: inside });
  }
  return runs;
}

/** A file of these bytes. */
export function udfFile(name: string, bytes: Uint8Array, rest: Partial<UdfFile> = {}): UdfFile {
  return {
    kind: "file",
    name,
    runs: bytes.length === 0 ? [] : [{ length: bytes.length, pieces: [{ at: 0, bytes }] }],
    ...rest,
  };
}

/** A directory of these items. */
export function udfDirectory(
  name: string,
  items: readonly UdfItem[],
  rest: Partial<UdfDirectory> = {},
): UdfDirectory {
  return { kind: "directory", name, items, ...rest };
}
