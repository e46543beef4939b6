/** The lab's machine with all of its disks in memory: for unit tests. */
import { LabClock } from "./lab_clock.ts";
import { LabHost, type LabHostOptions } from "./lab_host.ts";
import type { LabVolumeSpec } from "./lab_volumes.ts";
import { MemoryFileSystem } from "./memory_file_system.ts";

/** How a machine in memory is set up. */
export interface MemoryHostOptions extends LabHostOptions {
  /** Default: the RAM disk `X:` alone. */
  readonly volumes?: readonly LabVolumeSpec[];
}

/** A machine in memory. */
export type MemoryHost = LabHost<MemoryFileSystem>;

/** The RAM disk WinPE runs from. */
export const RAM_DISK: LabVolumeSpec = {
  letter: "X:",
  label: "Boot",
  drive: "ramdisk",
  serial: "A0B1-C2D3",
  totalBytes: 512 * 2 ** 20,
  device: "\\Device\\Ramdisk{d9b257fc-684e-4dcb-ab79-03cfa2f6b750}",
  raw: false,
};

/** Makes a machine. */
export function createMemoryHost(options: MemoryHostOptions = {}): MemoryHost {
  const volumes = options.volumes ?? [RAM_DISK];
  const clock = options.clock ?? new LabClock();
  const files = new MemoryFileSystem(volumes, { now: () => clock.now() });
  return new LabHost(files, {
    ...options,
    clock,
    volumes,
    live: (letter) => {
      const volume = files.volumes().find((candidate) => candidate.letter === letter);
      return volume && { ...volume, freeBytes: files.freeBytes(letter) };
    },
  });
}

/** Plugs a volume into a running machine. */
export function plugIn(host: MemoryHost, spec: LabVolumeSpec): void {
  host.files.addVolume(spec);
  host.volumes.add(spec);
}
