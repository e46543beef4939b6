/**
 * Opens Windows installation media wherever they lie: an ISO file, its extracted folder, a drive,
 * or a WIM, ESD or split set alone. Layout: Microsoft Learn, "Windows Setup installation media".
 */
import { MedicError, UsageError } from "../base/mod.ts";
import { readHeader, type WimFile } from "../formats/wim/mod.ts";
import { type Host, RootedFileSystem } from "../host/mod.ts";
import {
  FAT32_LARGEST,
  findInstallImages,
  imageOf,
  type InstallImage,
  laterParts,
  openImageOf,
  openParts,
  SOURCES,
  wimProblems,
} from "./install_image.ts";
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
import { type MediaSource, type MediaTree, openFolderTree, openImageTree } from "./media_tree.ts";
import { openSource } from "./sources.ts";
import { explainUnreadable } from "./unreadable_media.ts";

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
  /** Bytes of the file or of the parts of the image; undefined for a folder. */
  readonly bytes: number | undefined;
  readonly install: InstallImage | undefined;
  /** All of them: media for two architectures have two. The first is {@linkcode install}. */
  readonly installs: readonly InstallImage[];
  readonly config: MediaConfig;
  /** Files that start a computer from it, as far as they are there. */
  readonly bootFiles: readonly string[];
  /** What is wrong with it: one sentence each. */
  readonly problems: readonly string[];
  /** Opens `boot.wim`, if there is one; what is wrong with it is told beside it. */
  bootImage(): Promise<BootImage>;
  close(): Promise<void>;
}

/** The image that media start. */
export interface BootImage {
  readonly image: InstallImage | undefined;
  readonly problems: readonly string[];
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
  const entry = volume === undefined ? await statMedia(host, native) : undefined;
  if (volume !== undefined || entry?.kind === "directory") {
    return await withTree(host, openFolderTree(host, native, volume?.label || undefined));
  }
  if (entry === undefined) throw notFound(path);
  try {
    if (await isWim(host, native)) return await aloneImage(host, native);
    return await withTree(host, await openImageTree(host, native));
  } catch (error) {
    throw await explainUnreadable(host, native, error);
  }
}

/** `install.wim:2` is how images are named elsewhere: the number is another option here. */
const NUMBERED = /^(.{2,}):([1-9][0-9]{0,8})$/;

async function statMedia(host: Host, path: string) {
  try {
    return await host.files.stat(path);
  } catch (error) {
    // Windows has streams behind a colon, or refuses the name.
    if (error instanceof MedicError && NUMBERED.test(path)) return undefined;
    throw error;
  }
}

function notFound(path: string): UsageError {
  const [, file, number] = NUMBERED.exec(path) ?? [];
  const next = file === undefined
    ? "Name an ISO, WIM, ESD or SWM file, a folder or a drive"
    : `Name the file without ":${number}": pemedic media inspect "${file}"; ` +
      `the files of image ${number}: pemedic media list "${file}" --image ${number}`;
  return new UsageError(`Cannot find media at "${path}"`, { next });
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
  ...SOURCES.map((folder) => `${folder}\\boot.wim`),
];

async function withTree(host: Host, tree: MediaTree): Promise<Media> {
  const opened: MediaSource[] = [];
  const close = async () => {
    await closeAll(opened);
    await tree.close();
  };
  try {
    const problems = cutImage(tree);
    const installs = await findInstallImages(host, { tree, opened, problems });
    const bootFiles = await present(tree, BOOT_FILES);
    return {
      place: tree.place,
      kind: tree.kind === "image" ? "iso" : "folder",
      tree,
      bytes: tree.bytes,
      install: installs[0],
      installs,
      config: await readConfig(tree, problems),
      bootFiles,
      problems,
      bootImage: () => openBootImage(host, { tree, opened, bootFiles }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function cutImage({ missingBytes, bytes }: MediaTree): string[] {
  if (missingBytes === 0) return [];
  const cause = bytes === FAT32_LARGEST ? ": FAT32 holds no more of a file" : "";
  return [`The image is cut off: ${missingBytes} bytes are missing at its end${cause}`];
}

async function openBootImage(
  host: Host,
  { tree, opened, bootFiles }: {
    readonly tree: MediaTree;
    readonly opened: MediaSource[];
    readonly bootFiles: readonly string[];
  },
): Promise<BootImage> {
  const problems: string[] = [];
  const path = bootFiles.find((file) => file.endsWith("\\boot.wim"));
  const image = path === undefined
    ? undefined
    : await openImageOf(host, { tree, opened, problems, path });
  return { image, problems };
}

async function present(tree: MediaTree, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) if ((await tree.find(path))?.kind === "file") found.push(path);
  return found;
}

async function aloneImage(host: Host, path: string): Promise<Media> {
  const opened: MediaSource[] = [];
  try {
    const files: WimFile[] = [];
    for (const part of await partsOf(host, path)) {
      const source = await openSource(host.files, part);
      opened.push(source);
      files.push({ source, name: part });
    }
    const wim = await openParts(host, files);
    const entries = files.map(({ name, source }) => ({ path: name, size: source.size }));
    const install = imageOf(entries[0]?.path ?? path, entries, wim);
    return {
      place: path,
      kind: "wim",
      tree: undefined,
      bytes: install.bytes,
      install,
      installs: [install],
      config: {},
      bootFiles: [],
      problems: wimProblems(wim),
      bootImage: () => Promise.resolve({ image: undefined, problems: [] }),
      close: () => closeAll(opened),
    };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** The files of the set that a file belongs to, whichever part of it was named. */
async function partsOf(host: Host, path: string): Promise<string[]> {
  const folder = path.replace(/[^\\/]*$/, "");
  const beside = new RootedFileSystem(host.files, folder === "" ? "." : folder);
  const there = async (name: string) => {
    const entry = await beside.stat(name);
    return entry?.kind === "file" ? await beside.nativePath(name) : undefined;
  };
  const name = path.slice(folder.length);
  const first = await firstName(host, path, name);
  const others = await laterParts(first, async (part) => part === name ? path : await there(part));
  if (first === name) return [path, ...others];
  const found = await there(first);
  return [...found === undefined ? [] : [found], ...others];
}

/** `install.swm` for `install2.swm`, if that is part 2. */
async function firstName(host: Host, path: string, name: string): Promise<string> {
  const number = /^.+?([0-9]+)\.swm$/i.exec(name)?.[1];
  if (number === undefined) return name;
  const source = await openSource(host.files, path);
  try {
    const { part } = await readHeader(source, path);
    const end = `${part}.swm`;
    const isLater = part > 1 && name.toLowerCase().endsWith(end);
    return isLater ? `${name.slice(0, -end.length)}.swm` : name;
  } finally {
    await source.close();
  }
}

async function closeAll(sources: readonly MediaSource[]): Promise<void> {
  for (const source of sources) await source.close();
}

/** A text that cannot be read is a problem, but no reason to do without the images. */
async function readConfig(tree: MediaTree, problems: string[]): Promise<MediaConfig> {
  const text = (name: string) => readFirst(tree, { name, problems });
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

/** Media for two architectures may have these files in one of the folders only. */
async function readFirst(
  tree: MediaTree,
  { name, problems }: { readonly name: string; readonly problems: string[] },
): Promise<string | undefined> {
  for (const folder of SOURCES) {
    const text = await readSmall(tree, { path: `${folder}\\${name}`, problems });
    if (text !== undefined) return text;
  }
  return undefined;
}

/** A small text has at most so many bytes. */
const SMALL = 1 << 20;

async function readSmall(
  tree: MediaTree,
  { path, problems }: { readonly path: string; readonly problems: string[] },
): Promise<string | undefined> {
  const entry = await tree.find(path);
  if (entry?.kind !== "file" || entry.size > SMALL) return undefined;
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of tree.read(entry)) pieces.push(piece);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    problems.push(`${path}: ${error.message}`);
    return undefined;
  }
  return decodeSmall(await new Blob(pieces as BlobPart[]).bytes());
}

/** These files are ASCII or UTF-16 with a mark. */
function decodeSmall(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(utf16 ? "utf-16le" : "utf-8").decode(bytes);
}
