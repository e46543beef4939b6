/**
 * The sfc calls, always offline: without the `/off…` options sfc would look for the repair
 * service of WinPE, which does not exist. sfc has no `/English`.
 */
import { type ToolInvocation, UsageError } from "../../base/mod.ts";

/** Where sfc works. */
export interface SfcPlace {
  /** Root of the Windows volume, not of the EFI partition: `D:\`. */
  readonly volume: string;
  /** Name of the Windows folder in that root. Default `Windows`. */
  readonly windowsFolder?: string;
  /** The log to write; a new file for each run, because its lines help to judge. */
  readonly logPath: string;
}

/** Compares all protected files with the component store and changes nothing. */
export function verifyOnly(place: SfcPlace): ToolInvocation {
  return {
    tool: "sfc",
    arguments: ["/verifyonly", ...offline(place)],
    risk: "reads",
    encoding: "utf-16le",
    purpose: `Verify the protected system files of ${rootOf(place)}`,
  };
}

/** Compares all protected files and replaces damaged ones from the component store. */
export function scanNow(place: SfcPlace): ToolInvocation {
  return {
    tool: "sfc",
    arguments: ["/scannow", ...offline(place)],
    risk: "irreversible",
    encoding: "utf-16le",
    purpose: `Repair the protected system files of ${rootOf(place)}`,
    instead: "Nothing needs to be taken back: damaged files are replaced by Microsoft's own",
  };
}

/**
 * Compares and repairs one protected file of the volume.
 *
 * @throws {UsageError} if the file does not lie on the volume.
 */
export function scanFile(place: SfcPlace, options: { readonly file: string }): ToolInvocation {
  const { file } = options;
  if (!file.toLowerCase().startsWith(rootOf(place).toLowerCase()) || file.includes('"')) {
    throw new UsageError(`Cannot check the file "${file}": it is not on ${rootOf(place)}`);
  }
  return {
    tool: "sfc",
    arguments: [`/scanfile=${file}`, ...offline(place)],
    risk: "irreversible",
    encoding: "utf-16le",
    purpose: `Repair the protected system file ${file}`,
    instead: "Nothing needs to be taken back: a damaged file is replaced by Microsoft's own",
  };
}

function offline(place: SfcPlace): string[] {
  const root = rootOf(place);
  if (place.logPath === "" || place.logPath.includes('"')) {
    throw new UsageError(`Cannot use the log "${place.logPath}" with sfc: it is not a plain path`);
  }
  return [
    `/offbootdir=${root}`,
    `/offwindir=${root}${place.windowsFolder ?? "Windows"}`,
    `/offlogfile=${place.logPath}`,
  ];
}

function rootOf(place: SfcPlace): string {
  const { volume } = place;
  if (volume === "" || volume.includes('"')) {
    throw new UsageError(`Cannot use "${volume}" with sfc: it is not the root of a volume`);
  }
  if (/[\\/]$/.test(volume)) return volume;
  return volume + (volume.startsWith("/") ? "/" : "\\");
}
