/** Where a device of a boot configuration is: on which partition, and what that is called. */
import {
  type BcdDevice,
  type BcdDeviceElement,
  type BcdPartition,
  describeDevice,
} from "../formats/bcd/mod.ts";
import type { PartitionIdentity, VolumeInfo } from "../host/mod.ts";
import { type MountedLetter, readMountedLetters, samePartition } from "./mounted_devices.ts";
import type { OfflineWindows } from "./offline_windows.ts";

/** Where a device of an entry is. */
export interface BootLocation {
  /** In the manner of bcdedit: `ramdisk=[partition={…}]\Recovery\WindowsRE\Winre.wim,{…}`. */
  readonly text: string;
  /** The file that is started as a disk, relative to its partition. */
  readonly file: string | undefined;
  /** The partition that it is on, or that its file is on. */
  readonly partition: PartitionIdentity | undefined;
  /** Letter of that partition here and now: `D:`. */
  readonly letterHere: string | undefined;
  /** Its letter when the target Windows runs: `C:`. */
  readonly letterWhenRunning: string | undefined;
  /** It is the volume of the target; undefined where that cannot be told. */
  readonly onTarget: boolean | undefined;
}

/** Partitions of the machine and what they are called. */
export interface PartitionMap {
  readonly volumes: readonly VolumeInfo[];
  readonly letters: readonly MountedLetter[];
  /** Of the target; undefined if nothing tells. */
  readonly target: PartitionIdentity | undefined;
}

/** Reads how the machine and the target call their partitions. */
export async function readPartitionMap(windows: OfflineWindows): Promise<PartitionMap> {
  const letters = await readMountedLetters(windows.registry);
  const { systemLetter } = windows.identity;
  const own = letters.find(({ letter }) => letter === systemLetter)?.partition;
  return {
    volumes: await windows.volumes(),
    letters,
    target: windows.volume.partition ?? own,
  };
}

/** Says where a device element leads. */
export function locationOf(
  element: BcdDeviceElement | undefined,
  map: PartitionMap,
): BootLocation | undefined {
  if (element === undefined) return undefined;
  const place = innermost(element.device);
  const partition = place.partition && identityOf(place.partition);
  const is = (other: PartitionIdentity | undefined) =>
    partition !== undefined && other !== undefined && samePartition(partition, other);
  return {
    text: describeDevice(element),
    file: place.file,
    partition,
    letterHere: map.volumes.find((volume) => is(volume.partition))?.letter,
    letterWhenRunning: map.letters.find((letter) => is(letter.partition))?.letter,
    onTarget: partition === undefined || map.target === undefined ? undefined : is(map.target),
  };
}

/** The partition at the bottom of a device, and the file on it that is the disk. */
function innermost(
  device: BcdDevice,
): { readonly partition: BcdPartition | undefined; readonly file: string | undefined } {
  switch (device.kind) {
    case "partition":
      return { partition: device.partition, file: undefined };
    case "ramdisk":
    case "file":
      return { ...innermost(device.file.device), file: device.file.path };
    case "vhd":
      return innermost(device.parent);
    case "locate":
      return device.parent === undefined ? NOWHERE : innermost(device.parent);
    case "boot":
    case "other":
      return NOWHERE;
  }
}

const NOWHERE = { partition: undefined, file: undefined } as const;

function identityOf(partition: BcdPartition): PartitionIdentity {
  return partition.style === "gpt" ? { style: "gpt", id: partition.id } : partition;
}
