/**
 * What may stand in the place of an entry's id and of a store's path. Everything that could be
 * read as another switch, or as the configuration of the running system, stays outside.
 */
import { RefusalError, UsageError } from "../../base/mod.ts";

/** Names that mean the same entry in every store. Source: `bcdedit /? ID`. */
export const WELL_KNOWN_ENTRIES: readonly string[] = [
  "badmemory",
  "bootloadersettings",
  "bootmgr",
  "dbgsettings",
  "emssettings",
  "globalsettings",
  "hypervisorsettings",
  "kerneldbgsettings",
  "memdiag",
  "ntldr",
  "ramdiskoptions",
  "resumeloadersettings",
];

/** Ids of the well-known entries: whoever deletes one by its id deletes it all the same. */
const WELL_KNOWN_IDS: ReadonlySet<string> = new Set([
  "0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9",
  "1afa9c49-16ab-4a5c-901b-212802da9460",
  "313e8eed-7098-4586-a9bf-309c61f8d449",
  "4636856e-540f-4170-a130-a84776f4c654",
  "466f5a88-0af2-4f76-9038-095b170dc21c",
  "5189b25c-5558-4bf2-bca4-289b11bd29e2",
  "6efb52bf-1766-41db-a6b3-0ee5eff72bd7",
  "7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e",
  "7ff607e0-4395-11db-b0de-0800200c9a66",
  "9dea862c-5cdd-4e70-acc1-f32b344d4795",
  "a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba",
  "ae5534e0-a924-466c-b836-758539a3ee3a",
  "b2721d73-1db4-4c62-bf78-c548a880142d",
]);

/** Entries that exist only in a running system, or in its firmware. */
const OF_THE_RUNNING_SYSTEM: Readonly<Record<string, string>> = {
  current: "it means the running system, which is not the Windows to be repaired",
  fwbootmgr: "it is the firmware of this machine, which no store holds",
  "a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba":
    "it is the firmware of this machine, which no store holds",
};

/**
 * The id of an entry as bcdedit wants it: `{…}` in lower case. Braces may be missing.
 *
 * @throws {UsageError} if it is neither a GUID nor a name that every store knows.
 * @throws {RefusalError} for `{current}` and `{fwbootmgr}`, which are not of this store.
 */
export function entryIdentifier(text: string): string {
  const name = /^(?:\{([0-9a-z-]+)\}|([0-9a-z-]+))$/i.exec(text)?.slice(1)
    .find((part) => part !== undefined)?.toLowerCase();
  const reason = name === undefined ? undefined : OF_THE_RUNNING_SYSTEM[name];
  if (reason !== undefined) {
    throw new RefusalError(`Cannot use the boot entry "${text}": ${reason}`, {
      next: "Give the id of the entry",
    });
  }
  if (name === undefined || !(isGuid(name) || name === "default" || isWellKnownName(name))) {
    throw new UsageError(`Cannot use the boot entry "${text}": it is no id such as {bootmgr}`, {
      next: "Take the id from the list of boot entries",
    });
  }
  return `{${name}}`;
}

/** Says whether an id or name in braces is an entry that every store needs. */
export function isWellKnownEntry(identifier: string): boolean {
  const name = identifier.replace(/^\{|\}$/g, "").toLowerCase();
  return isWellKnownName(name) || WELL_KNOWN_IDS.has(name);
}

function isWellKnownName(name: string): boolean {
  return WELL_KNOWN_ENTRIES.includes(name);
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** What Windows forbids in a file name, quotes among it. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[<>"|?*\u0000-\u001f]/;

/**
 * A native, absolute path on a local volume.
 *
 * @throws {UsageError} for anything else. `what` names it: `store`, `copy of the store`.
 * @throws {RefusalError} on `X:`, where the running WinPE has its own files.
 */
export function nativeFile(path: string, what: string): string {
  const rest = /^[A-Za-z]:\\(.*[^\\. ])$/s.exec(path)?.[1];
  if (rest === undefined || FORBIDDEN.test(rest) || rest.includes(":")) {
    throw new UsageError(`Cannot use the ${what} "${path}": it is not a full path of a file`, {
      next: "Give a path such as S:\\EFI\\Microsoft\\Boot\\BCD",
    });
  }
  if (/^x:/i.test(path)) {
    throw new RefusalError(`Cannot use the ${what} "${path}": X: is the running system`);
  }
  return path;
}
