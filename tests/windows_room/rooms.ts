/** What the tests of `src/windows` share: opening, counting reads, machines that never were. */
import { type Host, RootedFileSystem, type VolumeInfo } from "../../src/host/mod.ts";
import {
  HiveStore,
  OfflineRegistry,
  scanMachine,
  type ScannedVolume,
} from "../../src/windows/mod.ts";
import { createLab, type Damage, type LabOptions, type MemoryLab } from "../lab/mod.ts";

/** A damaged lab without a source volume. */
export async function labWith(
  damages: readonly Damage[] = [],
  options: LabOptions = {},
): Promise<MemoryLab> {
  const lab = await createLab({ source: "none", ...options });
  await lab.damage(...damages);
  return lab;
}

/** The target's files with volume-relative paths. */
export function targetFiles(lab: MemoryLab, root = "D:\\"): RootedFileSystem {
  return new RootedFileSystem(lab.files, root);
}

export function registryOf(lab: MemoryLab): OfflineRegistry {
  return new OfflineRegistry(new HiveStore(targetFiles(lab)));
}

/** What a scan says of the volume with this root. */
export async function scanned(lab: MemoryLab, root = "D:\\"): Promise<ScannedVolume> {
  const { volumes } = await scanMachine(lab.host);
  return volumes.find((entry) => entry.volume.root === root)!;
}

/** Counts how often each file is read whole. Returns the counts by upper-case path. */
export function countReads(lab: MemoryLab): Map<string, number> {
  const counts = new Map<string, number>();
  const { read } = lab.files;
  lab.files.read = async (path) => {
    const key = path.toUpperCase();
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return await read.call(lab.files, path);
  };
  return counts;
}

/** A host like that of the lab in which some volumes tell other facts, or are not there. */
export function hostWith(
  lab: MemoryLab,
  change: (volume: VolumeInfo) => VolumeInfo | undefined,
): Host {
  const { volumes } = lab.host;
  return replaced(lab.host, "volumes", {
    list: async () => (await volumes.list()).flatMap((entry) => change(entry) ?? []),
    at: async (path: string) => {
      const volume = await volumes.at(path);
      return volume && change(volume);
    },
    readRaw: (volume: VolumeInfo, offset: number, length: number) =>
      volumes.readRaw(volume, offset, length),
  });
}

/** Name of the volume `D:` where it has no letter. */
export const NAME = "\\\\?\\Volume{5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01}\\";

/** The lab's machine with a `D:` that has no letter: files are reached by the volume's name. */
export function letterlessHost(lab: MemoryLab): Host {
  const native = (path: string) => path.startsWith(NAME) ? `D:\\${path.slice(NAME.length)}` : path;
  const files = new Proxy(lab.files, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]) =>
        member.apply(target, args.map((arg) => typeof arg === "string" ? native(arg) : arg));
    },
  });
  const nameless = (volume: VolumeInfo): VolumeInfo => {
    const { letter, ...rest } = volume;
    return letter === "D:" ? { ...rest, root: NAME } : volume;
  };
  const { volumes } = lab.host;
  return replaced(replaced(lab.host, "files", files), "volumes", {
    list: async () => (await volumes.list()).map(nameless),
    at: async (path: string) => {
      const volume = await volumes.at(native(path));
      return volume && nameless(volume);
    },
    readRaw: (volume: VolumeInfo, offset: number, length: number) =>
      volumes.readRaw({ ...volume, root: native(volume.root) }, offset, length),
  });
}

function replaced<Name extends keyof Host>(host: Host, name: Name, part: Host[Name]): Host {
  return new Proxy<Host>(host, {
    get: (target, wanted) => wanted === name ? part : Reflect.get(target, wanted, target),
  });
}
