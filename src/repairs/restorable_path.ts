/**
 * Which files of a Windows must never come out of an image: they hold what this computer has
 * become since, or belong to something that keeps itself consistent.
 */
import { isWithin, RefusalError, windowsBaseName } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";

/** A folder or file with everything below it, and why it stays. */
interface KeptPlace {
  readonly path: string;
  readonly why: string;
  /** The command that looks after it, without the volume. */
  readonly instead?: string;
}

/**
 * Sources: Microsoft Learn, "Registry hives"; "Manage the Component Store" (do not change the
 * WinSxS folder); "CatRoot" holds the catalogues that every installed update has added.
 */
const KEPT: readonly KeptPlace[] = [
  { path: "PEMedic", why: "it belongs to PE Medic's own records" },
  {
    path: "Windows\\System32\\config",
    why: "the registry of this computer lies there, and an image has that of another",
    instead: "registry check",
  },
  {
    path: "Windows\\System32\\CatRoot",
    why: "it holds the signature catalogues of every installed update",
  },
  {
    path: "Windows\\WinSxS",
    why: "the component store is consistent only as a whole",
    instead: "image restore",
  },
  { path: "System Volume Information", why: "it belongs to the volume itself" },
  { path: "pagefile.sys", why: "Windows makes it anew at every start" },
  { path: "swapfile.sys", why: "Windows makes it anew at every start" },
  { path: "hiberfil.sys", why: "Windows makes it anew, and no image has one" },
];

/** Hives that lie elsewhere: those of users, of the boot configuration, of program caches. */
const HIVE_NAME = /^(?:ntuser\.(?:dat|man)|usrclass\.dat|bcd|.*\.hve)$/i;

/**
 * Refuses a path whose file must stay.
 *
 * @throws {RefusalError} with the reason.
 */
export function refuseKeptPath(windows: Pick<OfflineWindows, "volume">, path: string): void {
  const kept = KEPT.find((place) => isWithin(path, place.path)) ??
    (HIVE_NAME.test(windowsBaseName(path)) ? { why: IS_HIVE } : undefined);
  if (kept === undefined) return;
  const { why, instead } = { instead: undefined, ...kept };
  throw new RefusalError(`Cannot restore "${path}" from an image: ${why}`, {
    ...(instead === undefined ? {} : { next: commandFor(windows, instead) }),
  });
}

/** Why a hive of any other place stays. */
export const IS_HIVE = "it is a registry hive, and an image has that of another computer";
