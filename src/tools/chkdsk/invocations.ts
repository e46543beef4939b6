/** The chkdsk calls. `/x` always goes with a repair: without it chkdsk asks and waits. */
import { RefusalError, type ToolInvocation, UsageError } from "../../base/mod.ts";

/** Examines a volume and changes nothing. */
export function checkVolume(options: { readonly volume: string }): ToolInvocation {
  const volume = checkedVolume(options.volume);
  return {
    tool: "chkdsk",
    arguments: [volume],
    risk: "reads",
    encoding: "oem",
    purpose: `Check the file system of ${volume}`,
  };
}

/** How a volume is repaired. */
export interface RepairVolumeOptions {
  readonly volume: string;
  /** Also reads every sector (`/r`): hours, and a strain for a failing disk. */
  readonly badSectors?: boolean;
  /** Mends only what an earlier online scan logged (`/spotfix`). */
  readonly spotfix?: boolean;
}

/**
 * Repairs the file system of a volume.
 *
 * @throws {UsageError} if bad sectors and the quick fix are asked for together.
 */
export function repairVolume(options: RepairVolumeOptions): ToolInvocation {
  const volume = checkedVolume(options.volume);
  if (options.badSectors === true && options.spotfix === true) {
    throw new UsageError(`Cannot repair "${volume}": spotfix does not look for bad sectors`);
  }
  return {
    tool: "chkdsk",
    arguments: [volume, ...repairSwitches(options)],
    risk: "irreversible",
    encoding: "oem",
    purpose: options.badSectors === true
      ? `Repair the file system of ${volume} and look for bad sectors`
      : `Repair the file system of ${volume}`,
    instead: "It cannot be taken back: copy important data to another disk before",
  };
}

function repairSwitches(options: RepairVolumeOptions): string[] {
  if (options.spotfix === true) return ["/spotfix"];
  return options.badSectors === true ? ["/f", "/r", "/x"] : ["/f", "/x"];
}

/** `D:` for `d`, `D:` and `D:\`; volume names pass as they are. */
function checkedVolume(volume: string): string {
  if (/^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\?$/i.test(volume)) return volume.replace(/\\$/, "");
  const letter = /^([A-Za-z]):?\\?$/.exec(volume)?.[1]?.toUpperCase();
  if (letter === undefined) {
    throw new UsageError(`Cannot check "${volume}": chkdsk wants a volume such as D:`);
  }
  if (letter === "X") {
    throw new RefusalError(`Cannot check "X:": it is the RAM disk of WinPE`);
  }
  return `${letter}:`;
}
