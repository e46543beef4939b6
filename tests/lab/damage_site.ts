/**
 * Where a damage happens: one Windows volume of a lab, on whatever floor. Hives are rebuilt from
 * their text plus what the damages so far have added.
 */
import type { FileSystem } from "../../src/host/mod.ts";
import { readComponentFiles } from "./component_store.ts";
import { bytesContent, type FileContent } from "./file_content.ts";
import {
  buildLabHive,
  type HiveName,
  hivePath,
  hiveText,
  type LabHiveOptions,
} from "./lab_hives.ts";
import { labPath, parseLabPath } from "./lab_path.ts";
import { createLargeFile, type LabTreeOptions, WINDOWS_11_PRO } from "./lab_windows.ts";
import type { LabWindows } from "./lab_edition.ts";
import { MemoryFileSystem } from "./memory_file_system.ts";
import type { LabState } from "./simulators/simulator.ts";

/** A named disaster. */
export interface Damage {
  readonly name: string;
  /** What happens to real machines and who says so, or that no source was read. */
  readonly imitates: string;
  apply(site: DamageSite): Promise<void>;
}

/** What a site is made of. */
export interface DamageSiteOptions {
  readonly files: FileSystem;
  /** Root of the Windows volume, `D:\`. */
  readonly root: string;
  readonly state: LabState;
  /** What the volume was built from. */
  readonly tree?: LabTreeOptions;
  /** Makes a link where the file system cannot: folders on a real disk. */
  readonly link?: (path: string, target: string) => Promise<void>;
}

/** One Windows volume that can be damaged. */
export class DamageSite {
  readonly files: FileSystem;
  readonly root: string;
  readonly state: LabState;
  /** Which Windows it is. */
  readonly windows: LabWindows;
  readonly #options: DamageSiteOptions;
  readonly #additions = new Map<HiveName, string>();
  readonly #finishers = new Map<HiveName, ((bytes: Uint8Array) => Uint8Array)[]>();

  constructor(options: DamageSiteOptions) {
    this.#options = options;
    this.files = options.files;
    this.root = options.root;
    this.state = options.state;
    this.windows = options.tree?.windows ?? WINDOWS_11_PRO;
  }

  /** `D:` */
  get letter(): string {
    return parseLabPath(this.root).letter;
  }

  /** The disk in memory, for damages that only it can take. */
  disk(damage: string): MemoryFileSystem {
    if (this.files instanceof MemoryFileSystem) return this.files;
    throw new Error(`Cannot apply damage "${damage}": it needs a disk in memory`);
  }

  /** True if big files cost nothing here. */
  get virtual(): boolean {
    return this.files instanceof MemoryFileSystem;
  }

  /** The absolute path of a path relative to the volume. */
  path(relative: string): string {
    return labPath(this.root, relative);
  }

  /** Reads a file of the volume. */
  async read(relative: string): Promise<Uint8Array> {
    return await this.files.read(this.path(relative));
  }

  /** Says whether something is there. */
  async exists(relative: string): Promise<boolean> {
    return await this.files.stat(this.path(relative)) !== undefined;
  }

  /** Writes a file with the folders above it, over whatever was there. */
  async write(relative: string, content: FileContent | Uint8Array | string): Promise<void> {
    const path = this.path(relative);
    const whole = contentOf(content);
    if (this.files instanceof MemoryFileSystem) return this.files.put(path, whole);
    await this.makeDirectory(relative.split("\\").slice(0, -1).join("\\"));
    if (await this.exists(relative)) await this.files.remove(path);
    await createLargeFile(this.files, path, whole);
  }

  /** Adds lines to a text file. */
  async append(relative: string, text: string): Promise<void> {
    const before = new TextDecoder().decode(await this.read(relative));
    await this.write(relative, before + text);
  }

  /** Makes a folder and those above it. */
  async makeDirectory(relative: string): Promise<void> {
    if (relative === "" || await this.exists(relative)) return;
    await this.makeDirectory(relative.split("\\").slice(0, -1).join("\\"));
    await this.files.createDirectory(this.path(relative));
  }

  /** Makes a junction; `target` is absolute. */
  async link(relative: string, target: string): Promise<void> {
    if (this.files instanceof MemoryFileSystem) {
      return this.files.putJunction(this.path(relative), target);
    }
    if (this.#options.link === undefined) throw new Error("This floor of the lab has no links");
    await this.#options.link(this.path(relative), target);
  }

  /** Takes away a file, or a folder with all that is in it. */
  async erase(relative: string): Promise<void> {
    const path = this.path(relative);
    const entry = await this.files.stat(path);
    if (entry?.kind === "directory" && !entry.reparse) {
      for (const { name } of await this.files.list(path)) await this.erase(`${relative}\\${name}`);
    }
    await this.files.remove(path);
  }

  /** Adds `.reg` text (without header line) to a hive and builds it anew. */
  async editHive(hive: HiveName, addition: string): Promise<void> {
    this.#additions.set(hive, `${this.#additions.get(hive) ?? ""}\n${addition}\n`);
    await this.rebuildHive(hive);
  }

  /** Lets `finish` change the bytes of a hive each time it is built. */
  async finishHive(hive: HiveName, finish: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    this.#finishers.set(hive, [...this.#finishers.get(hive) ?? [], finish]);
    await this.rebuildHive(hive);
  }

  /** The hive as Windows meant it: with all additions and without what finishers did. */
  soundHive(hive: HiveName): Uint8Array {
    return buildLabHive(hive, this.#hiveOptions(hive));
  }

  /** The text that a hive is built from. */
  hiveText(hive: HiveName): string {
    return hiveText(hive, this.#hiveOptions(hive));
  }

  #hiveOptions(hive: HiveName): LabHiveOptions {
    const tree = this.#options.tree;
    return {
      windows: this.windows,
      addition: (tree?.additions?.[hive] ?? "") + (this.#additions.get(hive) ?? ""),
      ...(hive === "SOFTWARE" ? { atLeastBytes: tree?.softwareHiveBytes ?? 0 } : {}),
    };
  }

  /** Writes the hive's file. */
  async rebuildHive(hive: HiveName): Promise<void> {
    let bytes = this.soundHive(hive);
    for (const finish of this.#finishers.get(hive) ?? []) bytes = finish(bytes);
    await this.write(hivePath(hive), bytes);
  }

  /** The component whose name holds `name`, which must be the only one. */
  async component(name: string): Promise<{ readonly name: string; readonly payloads: string[] }> {
    const files = await readComponentFiles(this.files, this.root);
    const found = files.filter(({ component }) => component.includes(`_${name}_`));
    const names = new Set(found.map(({ component }) => component));
    if (names.size !== 1) {
      throw new RangeError(`Cannot find component "${name}": ${names.size} fit`);
    }
    return { name: found[0]!.component, payloads: found.map(({ payload }) => payload) };
  }
}

function contentOf(content: FileContent | Uint8Array | string): FileContent {
  if (typeof content === "string") return bytesContent(new TextEncoder().encode(content));
  return content instanceof Uint8Array ? bytesContent(content) : content;
}
