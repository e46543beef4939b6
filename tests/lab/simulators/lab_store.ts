/**
 * The component store as the simulators work with it. A manifest is a text of lines
 * `SHA256 path of the installed file`; the payload lies in the component's folder.
 */
import { isFileFault } from "../../../src/base/mod.ts";
import type { FileSystem } from "../../../src/host/mod.ts";
import { joinNative } from "./lab_run.ts";

/** A file that a component installs. Paths are native. */
export interface StoreFile {
  readonly component: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Relative to the root of the volume, as the manifest has it. */
  readonly relative: string;
  readonly installed: string;
  readonly payload: string;
}

/** What was read of a store. */
export interface LabStore {
  readonly files: readonly StoreFile[];
  /** Components whose manifest cannot be read. */
  readonly damagedManifests: readonly string[];
  /** The highest version of its components: the version of the image. */
  readonly version: string | undefined;
}

/** Reads the store below the root of a volume, or undefined if there is none. */
export async function readStore(files: FileSystem, root: string): Promise<LabStore | undefined> {
  const folder = joinNative(root, "Windows\\WinSxS\\Manifests");
  if ((await files.stat(folder))?.kind !== "directory") return undefined;
  const found: StoreFile[] = [];
  const damaged: string[] = [];
  const versions: string[] = [];
  for (const entry of await files.list(folder)) {
    if (entry.kind !== "file" || !entry.name.endsWith(".manifest")) continue;
    const component = entry.name.slice(0, -".manifest".length);
    const version = /_(\d+\.\d+\.\d+\.\d+)_/.exec(component)?.[1];
    if (version !== undefined) versions.push(version);
    const lines = parseManifest(await readOrUndefined(files, joinNative(folder, entry.name)));
    if (lines === undefined) damaged.push(component);
    else found.push(...lines.map((line) => storeFile(root, { component, ...line })));
  }
  return { files: found, damagedManifests: damaged, version: versions.sort(byVersion).at(-1) };
}

/** Says whether the file at `path` has the hash, and can be read at all. */
export async function hasHash(
  files: FileSystem,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
): Promise<boolean> {
  const bytes = await readOrUndefined(files, path);
  return bytes !== undefined && await sha256Of(bytes) === sha256;
}

/** SHA-256 in lower-case hex. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The last name of a path with either separator. */
export function baseNameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? "";
}

/** The file's bytes, or undefined if it is missing or unreadable. */
export async function readOrUndefined(
  files: FileSystem,
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    return await files.read(path);
  } catch (error) {
    if (isFileFault(error, "not-found") || isFileFault(error, "disk-error")) return undefined;
    if (isFileFault(error, "not-a-directory")) return undefined;
    throw error;
  }
}

type ManifestLine = Pick<StoreFile, "sha256" | "relative">;

/** Undefined for a manifest with anything but proper lines, or with none. */
function parseManifest(bytes: Uint8Array | undefined): ManifestLine[] | undefined {
  const lines = new TextDecoder().decode(bytes ?? new Uint8Array()).split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => /^([0-9a-f]{64}) ([\w\\/.() $+~{}&,;@!#%-]+)$/.exec(line));
  if (lines.length === 0 || lines.includes(null)) return undefined;
  return lines.map((match) => ({ sha256: match![1]!, relative: match![2]! }));
}

function storeFile(root: string, line: ManifestLine & { readonly component: string }): StoreFile {
  const payload = `Windows\\WinSxS\\${line.component}\\${baseNameOf(line.relative)}`;
  return {
    ...line,
    installed: joinNative(root, line.relative),
    payload: joinNative(root, payload),
  };
}

function byVersion(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number)) as [
    number[],
    number[],
  ];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : left[at]! - right[at]!;
}
