/**
 * The DISM calls. Every one names the image, a scratch folder and a log outside of the RAM
 * disk, and asks for English: its texts are the only verdict DISM gives. `/Online` does not
 * exist here, because in WinPE it would mean WinPE.
 */
import { RefusalError, type Risk, type ToolInvocation, UsageError } from "../../base/mod.ts";
import { checkSource, formatSource, type RepairSource } from "./repair_source.ts";

/** Where DISM works. All paths are native. */
export interface DismPlace {
  /** Root of the offline Windows: `D:\`. The folder `Windows` lies below it. */
  readonly image: string;
  /** An existing folder on a disk with space; DISM empties it. */
  readonly scratch: string;
  /** The log file to write; its folder exists. */
  readonly logPath: string;
}

/** Asks for the recorded state of the component store; takes no time and reads a flag only. */
export function checkHealth(place: DismPlace): ToolInvocation {
  const purpose = `Read the recorded state of the component store of ${place.image}`;
  return call(place, { options: ["/Cleanup-Image", "/CheckHealth"], purpose });
}

/** Compares the whole component store with its hashes; takes minutes and changes nothing. */
export function scanHealth(place: DismPlace): ToolInvocation {
  const purpose = `Scan the component store of ${place.image} for damage`;
  return call(place, { options: ["/Cleanup-Image", "/ScanHealth"], purpose });
}

/**
 * Repairs the component store from local sources, tried in their order.
 *
 * @throws {UsageError} without a source: offline DISM has none of its own.
 */
export function restoreHealth(
  place: DismPlace,
  options: { readonly sources: readonly RepairSource[] },
): ToolInvocation {
  if (options.sources.length === 0) {
    throw new UsageError("Cannot repair the component store: no source is given", {
      next: "Name a source of the same edition and build, for example E:\\sources\\install.wim:6",
    });
  }
  options.sources.forEach(checkSource);
  const sources = options.sources.map((source) => `/Source:${formatSource(source)}`);
  return call(place, {
    options: ["/Cleanup-Image", "/RestoreHealth", ...sources, "/LimitAccess", "/NoRestart"],
    purpose: `Repair the component store of ${place.image} from ${
      options.sources.map(formatSource).join(", ")
    }`,
    instead: "Nothing needs to be taken back: only files whose hash the store knows are added",
  });
}

/** Parts of a split image and what becomes of them. All paths are native. */
export interface JoinParts {
  /** The first part: `E:\\sources\\install.swm`. */
  readonly first: string;
  /** Pattern of all parts: `E:\\sources\\install*.swm`. */
  readonly parts: string;
  readonly index: number;
  /** The new file. Into one that exists DISM would add a further image. */
  readonly destination: string;
}

/**
 * Joins the parts of a split image into a new file: DISM takes no repair files from `.swm`. Reads
 * nothing of the target and changes nothing there.
 */
export function joinParts(
  place: Pick<DismPlace, "scratch" | "logPath">,
  { first, parts, index, destination }: JoinParts,
): ToolInvocation {
  for (
    const [path, what] of [[first, "image"], [parts, "image"], [destination, "image"]] as const
  ) {
    checkNative(path, what);
  }
  checkSource({ kind: "wim", path: destination, index });
  return globalCall(place, {
    options: [
      "/Export-Image",
      `/SourceImageFile:${first}`,
      `/SWMFile:${parts}`,
      `/SourceIndex:${index}`,
      `/DestinationImageFile:${destination}`,
      "/CheckIntegrity",
    ],
    purpose: `Join the parts of ${first} into ${destination}`,
  });
}

/** Takes back the update that was interrupted; often only at the next start of Windows. */
export function revertPendingActions(place: DismPlace): ToolInvocation {
  return call(place, {
    options: ["/Cleanup-Image", "/RevertPendingActions"],
    purpose: `Revert the pending actions of ${place.image}`,
    instead: "Install the reverted update again with Windows Update",
  });
}

/** Lists the packages of the image with their states. */
export function listPackages(place: DismPlace): ToolInvocation {
  const purpose = `List the packages of ${place.image}`;
  return call(place, { options: ["/Get-Packages", "/Format:List"], purpose });
}

/**
 * Adds a package file (`.cab` or `.msu`).
 *
 * @throws {UsageError} for another kind of file.
 */
export function addPackage(
  place: DismPlace,
  options: { readonly packagePath: string },
): ToolInvocation {
  const { packagePath } = options;
  checkNative(packagePath, "package");
  if (!/\.(?:cab|msu)$/i.test(packagePath)) {
    throw new UsageError(`Cannot add the package "${packagePath}": it is not a .cab or .msu file`);
  }
  return call(place, {
    options: ["/Add-Package", `/PackagePath:${packagePath}`, "/NoRestart"],
    purpose: `Add the package ${packagePath} to ${place.image}`,
    instead: "Remove the package again with dism /Remove-Package",
  });
}

/**
 * Removes an installed or pending package.
 *
 * @throws {UsageError} if `identity` is not `name~token~architecture~language~version`.
 * @throws {RefusalError} for a servicing stack: without it nothing can be serviced.
 */
export function removePackage(
  place: DismPlace,
  options: { readonly identity: string },
): ToolInvocation {
  const { identity } = options;
  if (!/^[^~\s"/]+~[^~\s"]*~[^~\s"]*~[^~\s"]*~[\d.]+$/.test(identity)) {
    throw new UsageError(`Cannot remove the package "${identity}": it is no package identity`, {
      next: "Take the identity from the list of packages",
    });
  }
  if (/servicingstack/i.test(identity)) {
    throw new RefusalError(`Cannot remove the package "${identity}": it is the servicing stack`, {
      next: "Remove the cumulative update (Package_for_RollupFix) instead",
    });
  }
  return call(place, {
    options: ["/Remove-Package", `/PackageName:${identity}`, "/NoRestart"],
    purpose: `Remove the package ${identity} from ${place.image}`,
    instead: "Install the update again with Windows Update",
  });
}

/** Lists the third-party drivers of the image. */
export function listDrivers(place: DismPlace): ToolInvocation {
  const purpose = `List the third-party drivers of ${place.image}`;
  return call(place, { options: ["/Get-Drivers", "/Format:List"], purpose });
}

/**
 * Removes a third-party driver package.
 *
 * @throws {RefusalError} for anything but `oemN.inf`: the others belong to Windows.
 */
export function removeDriver(
  place: DismPlace,
  options: { readonly publishedName: string },
): ToolInvocation {
  const { publishedName } = options;
  if (!/^oem\d{1,5}\.inf$/i.test(publishedName)) {
    throw new RefusalError(
      `Cannot remove the driver "${publishedName}": only third-party drivers (oemN.inf) may go`,
      { next: "Take the published name from the list of drivers" },
    );
  }
  return call(place, {
    options: ["/Remove-Driver", `/Driver:${publishedName}`],
    purpose: `Remove the driver ${publishedName} from ${place.image}`,
    instead: "Add the driver again from the package of its vendor",
  });
}

/** Removes superseded components. With `resetBase` no installed update can be removed any more. */
export function startComponentCleanup(
  place: DismPlace,
  options: { readonly resetBase?: boolean } = {},
): ToolInvocation {
  const reset = options.resetBase === true;
  return call(place, {
    options: ["/Cleanup-Image", "/StartComponentCleanup", ...(reset ? ["/ResetBase"] : [])],
    purpose: `Remove superseded components of ${place.image}`,
    instead: reset
      ? "It cannot be taken back: installed updates can then never be removed"
      : "It cannot be taken back: superseded versions come back only with their updates",
  });
}

/** Asks for the edition of the image. */
export function getCurrentEdition(place: DismPlace): ToolInvocation {
  return call(place, {
    options: ["/Get-CurrentEdition"],
    purpose: `Read the edition of ${place.image}`,
  });
}

interface Call {
  readonly options: readonly string[];
  readonly purpose: string;
  /** Given for calls that change the image, and only for those. */
  readonly instead?: string;
}

function call(place: DismPlace, what: Call): ToolInvocation {
  return globalCall(place, what, [`/Image:${imageRoot(place.image)}`]);
}

function globalCall(
  place: Pick<DismPlace, "scratch" | "logPath">,
  what: Call,
  image: readonly string[] = [],
): ToolInvocation {
  checkNative(place.scratch, "scratch folder");
  checkNative(place.logPath, "log file");
  const risk: Risk = what.instead === undefined ? "reads" : "irreversible";
  return {
    tool: "dism",
    arguments: [
      "/English",
      ...image,
      `/ScratchDir:${withoutSeparator(place.scratch)}`,
      `/LogPath:${place.logPath}`,
      ...what.options,
    ],
    risk,
    encoding: "oem",
    purpose: what.purpose,
    ...(what.instead === undefined ? {} : { instead: what.instead }),
  };
}

function imageRoot(image: string): string {
  checkNative(image, "image");
  return /^[A-Za-z]:$/.test(image) ? `${image}\\` : image;
}

/** DISM refuses a scratch folder with a separator at its end, unless it is a root. */
function withoutSeparator(path: string): string {
  return path.replace(/(?<=[^:\\/])[\\/]+$/, "");
}

function checkNative(path: string, what: string): void {
  if (path.trim() !== path || path === "" || path.includes('"')) {
    throw new UsageError(`Cannot use the ${what} "${path}" with DISM: it is not a plain path`);
  }
  if (/^[\\/]{2}[^?.]/.test(path)) {
    throw new RefusalError(`Cannot use the ${what} "${path}" with DISM: it is a network path`);
  }
}
