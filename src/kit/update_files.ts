/**
 * What the name of a downloaded update tells: files of the Microsoft Update Catalog are called
 * `windows11.0-kb5058411-x64_….msu`; the level is in the name only where people put it there.
 */
import { shareBase } from "../knowledge/mod.ts";
import type { RepairTarget } from "./match_source.ts";

/** An update as a file. What its name does not tell is undefined. */
export interface UpdateFile {
  readonly name: string;
  /** `KB5058411` */
  readonly kb: string;
  readonly architecture: string | undefined;
  readonly build: number | undefined;
  /** Update build revision that it brings. */
  readonly ubr: number | undefined;
}

/** A folder with updates in it. */
export interface UpdateFolder {
  readonly path: string;
  readonly updates: readonly UpdateFile[];
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "x64",
  amd64: "x64",
  arm64: "arm64",
  x86: "x86",
};

/**
 * Reads the name of a file; undefined if it is no update with a KB number.
 *
 * @param folder name of the folder it lies in, which may tell the level in its place.
 */
export function parseUpdateName(name: string, folder = ""): UpdateFile | undefined {
  const kb = /(?<![a-z0-9])kb(\d{6,8})(?!\d)/i.exec(name)?.[1];
  if (kb === undefined || !/\.(?:msu|cab)$/i.test(name)) return undefined;
  const processor = /(?<![a-z0-9])(x64|amd64|arm64|x86)(?![a-z0-9])/i
    .exec(name.replaceAll("_", "-"))?.[1]?.toLowerCase();
  const level = isNetUpdate(name) ? null : LEVEL.exec(name) ?? LEVEL.exec(folder);
  return {
    name,
    kb: `KB${kb}`,
    architecture: processor === undefined ? undefined : ARCHITECTURES[processor],
    build: level === null ? undefined : Number(level[1]),
    ubr: level === null ? undefined : Number(level[2]),
  };
}

/**
 * Reads the names of the files of one folder. Where the folder tells the level, only its newest
 * update has it: the checkpoint updates that must lie beside bring an older one. Source: Microsoft
 * Learn, "Checkpoint cumulative updates and Microsoft Update Catalog usage".
 */
export function parseUpdateNames(names: readonly string[], folder: string): UpdateFile[] {
  const plain = names.map((name) => parseUpdateName(name)).filter((one) => one !== undefined);
  const number = ({ kb }: UpdateFile) => Number(kb.slice("KB".length));
  const newest = plain.filter(({ name, build }) => build === undefined && !isNetUpdate(name))
    .reduce((highest, one) => Math.max(highest, number(one)), 0);
  return plain.map((one) =>
    number(one) === newest ? parseUpdateName(one.name, folder) ?? one : one
  );
}

/** Updates of .NET lie beside those of Windows and have levels of their own. */
function isNetUpdate(name: string): boolean {
  return /(?<![a-z0-9])ndp\d/i.test(name);
}

/** `26100.4061`, not a part of a longer number. */
const LEVEL = /(?<![\d.])(?:10\.0\.)?(\d{5})\.(\d{1,5})(?!\d)/;

/** Says whether an update brings files of at least the target's level. */
export function reachesLevel(update: UpdateFile, target: RepairTarget): boolean {
  const { build, ubr, architecture } = update;
  if (build === undefined || ubr === undefined) return false;
  if (target.build === undefined || target.ubr === undefined) return false;
  const otherProcessor = architecture !== undefined && target.architecture !== undefined &&
    architecture !== target.architecture;
  return !otherProcessor && shareBase(build, target.build) && ubr >= target.ubr;
}
