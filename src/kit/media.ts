/**
 * Opens Windows installation media wherever they lie: an ISO file, its extracted folder, a drive,
 * or a WIM, ESD or split set alone. Layout: Microsoft Learn, "Windows Setup installation media".
 */
import { FormatError, MedicError, UsageError, windowsBaseName } from "../base/mod.ts";
import { openWimSet, type Wim } from "../formats/wim/mod.ts";
import { type Host, RootedFileSystem } from "../host/mod.ts";
import {
  type BuildInfo,
  type EditionConfig,
  type OldestUpgrade,
  parseBuildInfo,
  parseEditionConfig,
  parseLanguages,
  parseOldestUpgrade,
  parseProductEditions,
} from "./media_config.ts";
import {
  type MediaEntry,
  type MediaSource,
  type MediaTree,
  openFolderTree,
  openImageTree,
} from "./media_tree.ts";
import { openSource } from "./sources.ts";

/** The installation image of media. */
export interface InstallImage {
  readonly format: "wim" | "esd" | "swm";
  /** Inside the media (`sources\install.wim`), or the file itself. */
  readonly path: string;
  /** Files of a split set, in order; else the one file. */
  readonly parts: readonly string[];
  readonly bytes: number;
  readonly wim: Wim;
}

/** The small files of media; undefined where one is missing. */
export interface MediaConfig {
  readonly edition?: EditionConfig;
  readonly languages?: readonly string[];
  readonly oldestUpgrade?: OldestUpgrade;
  /** Editions that `product.ini` has keys for. */
  readonly productEditions?: readonly string[];
  readonly build?: BuildInfo;
}

/** Opened media. */
export interface Media {
  readonly place: string;
  readonly kind: "iso" | "folder" | "wim";
  /** Its files; undefined for an image file alone. */
  readonly tree: MediaTree | undefined;
  readonly install: InstallImage | undefined;
  readonly config: MediaConfig;
  /** Files that start a computer from it, as far as they are there. */
  readonly bootFiles: readonly string[];
  /** What is wrong with it: one sentence each. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

const WIM_MAGIC = ["MSWIM\0\0\0", "WLPWM\0\0\0"];

/**
 * Opens media.
 *
 * @throws {UsageError} if there is nothing at that path, {FormatError} if it is a file of none of
 * the known kinds or a damaged one.
 */
export async function openMedia(host: Host, path: string): Promise<Media> {
  const native = /^[A-Za-z]:$/.test(path) ? `${path}\\` : path;
  const volume = await rootVolume(host, native);
  const entry = volume === undefined ? await host.files.stat(native) : undefined;
  if (volume !== undefined || entry?.kind === "directory") {
    return await withTree(host, openFolderTree(host, native, volume?.label || undefined));
  }
  if (entry === undefined) {
    throw new UsageError(`Cannot find media at "${path}"`, {
      next: "Name an ISO, WIM, ESD or SWM file, a folder or a drive",
    });
  }
  if (await isWim(host, native)) return await aloneImage(host, native);
  return await withTree(host, await openImageTree(host, native));
}

/** A drive is no entry of a folder: its root is asked for as a volume. */
async function rootVolume(host: Host, path: string) {
  if (!/^[A-Za-z]:\\?$/.test(path)) return undefined;
  return await host.volumes.at(path);
}

async function isWim(host: Host, path: string): Promise<boolean> {
  const source = await openSource(host.files, path);
  try {
    if (source.size < 8) return false;
    const magic = String.fromCharCode(...await source.read(0, 8));
    return WIM_MAGIC.includes(magic);
  } finally {
    await source.close();
  }
}

/** Where an installation image can be, in the order of what Setup prefers. */
const INSTALL_PATHS = ["sources", "x64\\sources", "x86\\sources", "arm64\\sources"]
  .flatMap((folder) => ["wim", "esd", "swm"].map((format) => `${folder}\\install.${format}`));

const BOOT_FILES = [
  "bootmgr",
  "bootmgr.efi",
  "boot\\bcd",
  "boot\\boot.sdi",
  "boot\\etfsboot.com",
  "efi\\boot\\bootx64.efi",
  "efi\\boot\\bootaa64.efi",
  "efi\\boot\\bootia32.efi",
  "efi\\microsoft\\boot\\bcd",
  "efi\\microsoft\\boot\\efisys.bin",
  "sources\\boot.wim",
];

async function withTree(host: Host, tree: MediaTree): Promise<Media> {
  const opened: MediaSource[] = [];
  const close = async () => {
    for (const source of opened) await source.close();
    await tree.close();
  };
  try {
    const problems: string[] = [];
    const install = await findInstall(host, { tree, opened, problems });
    if (tree.missingBytes > 0) {
      problems.push(`The image is cut off: ${tree.missingBytes} bytes are missing at its end`);
    }
    return {
      place: tree.place,
      kind: tree.kind === "image" ? "iso" : "folder",
      tree,
      install,
      config: await readConfig(tree),
      bootFiles: await present(tree, BOOT_FILES),
      problems,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function present(tree: MediaTree, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) if ((await tree.find(path))?.kind === "file") found.push(path);
  return found;
}

interface InstallSearch {
  readonly tree: MediaTree;
  readonly opened: MediaSource[];
  readonly problems: string[];
}

async function findInstall(host: Host, search: InstallSearch): Promise<InstallImage | undefined> {
  const { tree, opened, problems } = search;
  for (const path of INSTALL_PATHS) {
    const first = await tree.find(path);
    if (first?.kind !== "file") continue;
    const entries = [first, ...await laterParts(path, (part) => tree.find(part))];
    try {
      const files = [];
      for (const entry of entries) {
        const source = await tree.open(entry);
        opened.push(source);
        files.push({ source, name: windowsBaseName(entry.path) });
        problems.push(...entry.problems.map((problem) => `${entry.path}: ${problem}`));
      }
      const wim = await openWimSet(files, { hash: () => host.newHash("sha1") });
      problems.push(...wimProblems(wim));
      return installOf(path, entries, wim);
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      problems.push(`${path}: ${error.message}`);
    }
  }
  return undefined;
}

function installOf(
  path: string,
  entries: readonly Pick<MediaEntry, "path" | "size">[],
  wim: Wim,
): InstallImage {
  const format = /\.(esd|swm)$/i.exec(path)?.[1]?.toLowerCase();
  return {
    format: format === "esd" || format === "swm" ? format : "wim",
    path,
    parts: entries.map((entry) => entry.path),
    bytes: entries.reduce((sum, entry) => sum + entry.size, 0),
    wim,
  };
}

/** More parts than any disk could need; the header says how many there are. */
const MOST_PARTS = 99;

/** `install2.swm`, `install3.swm` … as far as they are there without a gap. */
async function laterParts<T>(
  path: string,
  find: (path: string) => Promise<T | undefined>,
): Promise<T[]> {
  const parts: T[] = [];
  if (!/\.swm$/i.test(path)) return parts;
  for (let part = 2; part <= MOST_PARTS; part++) {
    const found = await find(path.replace(/\.swm$/i, `${part}.swm`));
    if (found !== undefined) parts.push(found);
  }
  return parts;
}

/** What is wrong with an image file, as its reader says: missing parts, an unfinished write. */
export function wimProblems(wim: Wim): string[] {
  return wim.problems.map((problem) => problem.message);
}

async function aloneImage(host: Host, path: string): Promise<Media> {
  const opened: MediaSource[] = [];
  try {
    const folder = path.replace(/[^\\/]*$/, "");
    const name = path.slice(folder.length);
    const beside = new RootedFileSystem(host.files, folder === "" ? "." : folder);
    const later = await laterParts(name, async (part) => {
      const entry = await beside.stat(part);
      return entry?.kind === "file" ? await beside.nativePath(part) : undefined;
    });
    const paths = [path, ...later];
    const files = [];
    for (const part of paths) {
      const source = await openSource(host.files, part);
      opened.push(source);
      files.push({ source, name: part });
    }
    const wim = await openWimSet(files, { hash: () => host.newHash("sha1") });
    const entries = files.map(({ name: part, source }) => ({ path: part, size: source.size }));
    return {
      place: path,
      kind: "wim",
      tree: undefined,
      install: installOf(path, entries, wim),
      config: {},
      bootFiles: [],
      problems: wimProblems(wim),
      close: () => closeAll(opened),
    };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function closeAll(sources: readonly MediaSource[]): Promise<void> {
  for (const source of sources) await source.close();
}

async function readConfig(tree: MediaTree): Promise<MediaConfig> {
  const text = (name: string) => readSmall(tree, `sources\\${name}`);
  const [edition, languages, oldest, product, build] = [
    await text("ei.cfg"),
    await text("lang.ini"),
    await text("cversion.ini"),
    await text("product.ini"),
    await text("idwbinfo.txt"),
  ];
  return {
    ...(edition === undefined ? {} : { edition: parseEditionConfig(edition) }),
    ...(languages === undefined ? {} : { languages: parseLanguages(languages) }),
    ...(oldest === undefined ? {} : { oldestUpgrade: parseOldestUpgrade(oldest) }),
    ...(product === undefined ? {} : { productEditions: parseProductEditions(product) }),
    ...(build === undefined ? {} : { build: parseBuildInfo(build) }),
  };
}

/** A small text has at most so many bytes. */
const SMALL = 1 << 20;

async function readSmall(tree: MediaTree, path: string): Promise<string | undefined> {
  const entry = await tree.find(path);
  if (entry?.kind !== "file" || entry.size > SMALL) return undefined;
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of tree.read(entry)) pieces.push(piece);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
  return decodeSmall(await new Blob(pieces as BlobPart[]).bytes());
}

/** These files are ASCII or UTF-16 with a mark. */
function decodeSmall(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(utf16 ? "utf-16le" : "utf-8").decode(bytes);
}
