/** A lab: a machine in WinPE with a Windows on `D:`, its damages and its pictures. */
import { type Damage, DamageSite, type DamageSiteOptions } from "./damage_site.ts";
import { bytesContent } from "./file_content.ts";
import { buildLabHive, hivePath } from "./lab_hives.ts";
import type { LabFiles, LabHost, LabHostOptions } from "./lab_host.ts";
import { labDrivers, labPackages, packagesForDism } from "./lab_packages.ts";
import { labProgram } from "./lab_program.ts";
import type { LabVolumeSpec } from "./lab_volumes.ts";
import {
  buildLabWindows,
  type LabTree,
  type LabTreeOptions,
  putDirectory,
  putFile,
  WINDOWS_11_PRO,
} from "./lab_windows.ts";
import { RAM_DISK } from "./memory_host.ts";
import { healthyLabState, type LabState } from "./simulators/simulator.ts";
import { type Snapshot, snapshotOf, type SnapshotOptions } from "./snapshot.ts";

/** What the lab's machine is made of. */
export interface LabOptions extends LabTreeOptions, Omit<LabHostOptions, "state"> {
  /** Changes to a state with nothing wrong. */
  readonly state?: Partial<LabState>;
  /** File system of the stick `E:`. Default FAT32. */
  readonly stick?: "FAT32" | "NTFS";
  /**
   * What `F:` holds: a Windows folder with a component store (the default), a whole installation
   * (which then is a second target), or nothing.
   */
  readonly source?: "store" | "installation" | "none";
}

/** The volume of the Windows to be repaired. */
export const WINDOWS_VOLUME = "D:\\";
/** The volume of the stick. */
export const STICK_VOLUME = "E:\\";
/** The volume with repair files. */
export const SOURCE_VOLUME = "F:\\";
/** The EFI system partition. */
export const ESP_VOLUME = "S:\\";

/** A machine with a Windows on `D:`. */
export class Lab<Files extends LabFiles = LabFiles> {
  readonly host: LabHost<Files>;
  /** Where damages happen. */
  readonly site: DamageSite;
  readonly #dispose: () => Promise<void>;

  constructor(
    host: LabHost<Files>,
    options: {
      readonly tree: LabTreeOptions;
      readonly link?: NonNullable<DamageSiteOptions["link"]>;
      readonly dispose?: () => Promise<void>;
    },
  ) {
    this.host = host;
    this.#dispose = options.dispose ?? (() => Promise.resolve());
    this.site = new DamageSite({
      files: host.files,
      root: WINDOWS_VOLUME,
      state: host.state,
      tree: options.tree,
      ...(options.link === undefined ? {} : { link: options.link }),
    });
  }

  get files(): Files {
    return this.host.files;
  }

  get state(): LabState {
    return this.host.state;
  }

  /** Applies damages one after the other; what they changed does not count as operations. */
  async damage(...damages: readonly Damage[]): Promise<void> {
    for (const damage of damages) await damage.apply(this.site);
    this.files.forgetOperations();
  }

  /** A picture of the Windows volume. */
  async snapshot(options: SnapshotOptions & { readonly root?: string } = {}): Promise<Snapshot> {
    const root = options.root ?? WINDOWS_VOLUME;
    return await (this.files.snapshot?.(root, options) ?? snapshotOf(this.files, root, options));
  }

  /** Power on again after a simulated crash. */
  reboot(): void {
    this.host.reboot();
  }

  /** Takes away what the lab left outside of memory. */
  async dispose(): Promise<void> {
    await this.#dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

/** The volumes of the lab's machine. */
export function labVolumes(options: LabOptions): LabVolumeSpec[] {
  const gigabyte = 2 ** 30;
  const volumes: LabVolumeSpec[] = [RAM_DISK, {
    letter: "D:",
    label: "Windows",
    serial: "5EC0-1A7E",
    totalBytes: 237 * gigabyte,
    freeBytes: 60 * gigabyte,
    device: "\\Device\\HarddiskVolume3",
    volumeName: "\\\\?\\Volume{5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01}\\",
    partition: { style: "gpt", id: "5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01" },
  }, {
    letter: "E:",
    label: "PEMEDIC",
    fileSystem: options.stick ?? "FAT32",
    drive: "removable",
    serial: "26E1-0F3B",
    totalBytes: 28 * gigabyte,
    freeBytes: 20 * gigabyte,
    device: "\\Device\\HarddiskVolume6",
    volumeName: "\\\\?\\Volume{93b1d7e4-0000-0000-0000-100000000000}\\",
    partition: { style: "mbr", signature: 0x93b1d7e4, offset: 0x100000n },
  }, {
    letter: "S:",
    label: "SYSTEM",
    fileSystem: "FAT32",
    serial: "7C2D-90E4",
    totalBytes: 100 * 2 ** 20,
    freeBytes: 66 * 2 ** 20,
    device: "\\Device\\HarddiskVolume1",
    volumeName: "\\\\?\\Volume{0c3a5d71-6b2e-4f18-a9d4-7e51c0b2f384}\\",
    partition: { style: "gpt", id: "0c3a5d71-6b2e-4f18-a9d4-7e51c0b2f384" },
  }];
  if (options.source === "none") return volumes;
  return [...volumes, {
    letter: "F:",
    label: "Data",
    serial: "4E1D-2C3B",
    totalBytes: 466 * gigabyte,
    freeBytes: 200 * gigabyte,
    device: "\\Device\\HarddiskVolume4",
    volumeName: "\\\\?\\Volume{4e1d2c3b-0000-0000-0000-100000000000}\\",
    partition: { style: "mbr", signature: 0x4e1d2c3b, offset: 0x100000n },
  }];
}

/** What lies on each volume, by root. */
export function labTrees(options: LabOptions): Map<string, LabTree> {
  const windows = buildLabWindows(options);
  const trees = new Map([
    ["X:\\", winpeTree(options)],
    [WINDOWS_VOLUME, windows],
    [STICK_VOLUME, new Map() as LabTree],
    [ESP_VOLUME, espTree(options)],
  ]);
  if (options.source !== "none") trees.set(SOURCE_VOLUME, sourceTree(windows, options));
  return trees;
}

/** A sound state whose packages and drivers are those of the lab's Windows. */
export function labState(options: LabOptions): LabState {
  const windows = options.windows ?? WINDOWS_11_PRO;
  return {
    ...healthyLabState(),
    packages: packagesForDism(labPackages(windows)),
    drivers: labDrivers(),
    ...options.state,
  };
}

/** WinPE's own Windows: never a target, never a source. */
function winpeTree(options: LabOptions): LabTree {
  const tree: LabTree = new Map();
  const windows = options.windows ?? WINDOWS_11_PRO;
  for (const name of ["ntdll.dll", "winload.efi", "cmd.exe", "wpeinit.exe", "winpeshl.exe"]) {
    const path = `Windows\\System32\\${name}`;
    const program = labProgram({
      architecture: windows.architecture,
      size: 1024,
      seed: `X ${name}`,
    });
    putFile(tree, path, bytesContent(program));
  }
  for (const hive of ["SYSTEM", "SOFTWARE"] as const) {
    putFile(tree, hivePath(hive), bytesContent(buildLabHive(hive, { windows: WINDOWS_11_PRO })));
  }
  putDirectory(tree, "Windows\\Logs\\DISM");
  putDirectory(tree, "Windows\\Temp");
  return tree;
}

function espTree(options: LabOptions): LabTree {
  const tree: LabTree = new Map();
  const windows = options.windows ?? WINDOWS_11_PRO;
  const { architecture } = windows;
  const addition = options.additions?.BCD ?? "";
  const boot = "EFI\\Microsoft\\Boot";
  putFile(tree, `${boot}\\BCD`, bytesContent(buildLabHive("BCD", { windows, addition })));
  for (const path of [`${boot}\\bootmgfw.efi`, "EFI\\Boot\\bootx64.efi"]) {
    putFile(tree, path, bytesContent(labProgram({ architecture, size: 4096, seed: "bootmgfw" })));
  }
  return tree;
}

/** The store and the one program by which a Windows folder is recognised. */
function sourceTree(windows: LabTree, options: LabOptions): LabTree {
  if (options.source === "installation") return buildLabWindows(options);
  const tree: LabTree = new Map();
  for (const [path, content] of windows) {
    if (!path.startsWith("Windows\\WinSxS\\") && path !== NTDLL) continue;
    if (content === "directory") putDirectory(tree, path);
    else putFile(tree, path, content);
  }
  return tree;
}

const NTDLL = "Windows\\System32\\ntdll.dll";
