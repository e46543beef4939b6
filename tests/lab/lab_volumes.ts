/** The machine's volumes as the lab sets them up: facts that never change, and live ones. */
import type { FileSystem, PartitionIdentity, VolumeInfo, Volumes } from "../../src/host/mod.ts";
import { parseLabPath } from "./lab_path.ts";
import type { MemoryVolumeSpec } from "./memory_tree.ts";
import { type RawKind, rawVolume, readRange } from "./raw_volume.ts";
import type { LabState } from "./simulators/simulator.ts";

/** A volume of the lab. */
export interface LabVolumeSpec extends MemoryVolumeSpec {
  readonly drive?: VolumeInfo["drive"];
  /** `1A2B-3C4D` */
  readonly serial?: string;
  readonly partition?: PartitionIdentity;
  readonly volumeName?: string;
  readonly device?: string;
  /** False: the raw device cannot be read. Default: what fits the file system. */
  readonly raw?: boolean;
}

/** What can change about a volume while the lab runs. */
export interface LiveVolume {
  readonly label: string;
  readonly fileSystem: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly readOnly: boolean;
  readonly locked: boolean;
}

/** Where a {@linkcode LabVolumes} gets its answers. */
export interface LabVolumesOptions {
  readonly specs: readonly LabVolumeSpec[];
  readonly files: FileSystem;
  readonly state: LabState;
  /** The volume as it is now, or undefined if it is gone. */
  live(letter: string): LiveVolume | undefined;
}

/** {@linkcode Volumes} of the lab. The dirty bit is the one in the state, as for the simulators. */
export class LabVolumes implements Volumes {
  readonly #options: LabVolumesOptions;
  readonly #specs: Map<string, LabVolumeSpec>;

  constructor(options: LabVolumesOptions) {
    this.#options = options;
    this.#specs = new Map(options.specs.map((spec) => [parseLabPath(spec.letter).letter, spec]));
  }

  /** Tells of a volume that was plugged in later. */
  add(spec: LabVolumeSpec): void {
    this.#specs.set(parseLabPath(spec.letter).letter, spec);
  }

  list(): Promise<VolumeInfo[]> {
    const all = [...this.#specs.keys()].sort().map((letter) => this.#info(letter));
    return Promise.resolve(all.filter((volume) => volume !== undefined));
  }

  async at(path: string): Promise<VolumeInfo | undefined> {
    const { letter, names } = parseLabPath(path);
    const volume = this.#info(letter);
    if (volume === undefined || names.length === 0) return volume;
    return await this.#options.files.stat(path) === undefined ? undefined : volume;
  }

  readRaw(volume: VolumeInfo, offset: number, length: number): Promise<Uint8Array | undefined> {
    const { letter } = parseLabPath(volume.root);
    const spec = this.#specs.get(letter);
    const live = this.#options.live(letter);
    const kind = live && rawKind(live);
    if (spec === undefined || live === undefined || kind === undefined || spec.raw === false) {
      return Promise.resolve(undefined);
    }
    const head = rawVolume({
      kind,
      totalBytes: live.totalBytes,
      serial: spec.serial ?? DEFAULT_SERIAL,
      label: live.label,
      dirty: this.#options.state.dirtyVolumes.includes(letter),
    });
    return Promise.resolve(readRange(head, offset, length));
  }

  #info(letter: string): VolumeInfo | undefined {
    const spec = this.#specs.get(letter);
    const live = this.#options.live(letter);
    if (spec === undefined || live === undefined) return undefined;
    return {
      root: `${letter}\\`,
      letter,
      drive: spec.drive ?? "fixed",
      mounted: !live.locked && live.fileSystem !== "",
      label: live.locked ? "" : live.label,
      fileSystem: live.locked ? "" : live.fileSystem,
      serial: live.locked ? "" : spec.serial ?? DEFAULT_SERIAL,
      totalBytes: live.locked ? 0 : live.totalBytes,
      freeBytes: live.locked ? 0 : live.freeBytes,
      readOnly: live.readOnly,
      ...(spec.volumeName === undefined ? {} : { volumeName: spec.volumeName }),
      ...(spec.device === undefined ? {} : { device: spec.device }),
      ...(spec.partition === undefined ? {} : { partition: spec.partition }),
    };
  }
}

const DEFAULT_SERIAL = "1A2B-3C4D";

function rawKind(live: LiveVolume): RawKind | undefined {
  if (live.locked) return "bitlocker";
  if (live.fileSystem === "NTFS") return "ntfs";
  return live.fileSystem === "FAT32" ? "fat32" : undefined;
}
