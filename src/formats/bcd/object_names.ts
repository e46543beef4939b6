/**
 * Names of well-known objects, as bcdedit spells them. Sources: `bcdedit /? ID`; phnt
 * (System Informer), `ntbcd.h`; Geoff Chappell's notes on BCD objects.
 */

const NAMES: Readonly<Record<string, string>> = {
  "0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9": "emssettings",
  "1afa9c49-16ab-4a5c-901b-212802da9460": "resumeloadersettings",
  "313e8eed-7098-4586-a9bf-309c61f8d449": "kerneldbgsettings",
  "4636856e-540f-4170-a130-a84776f4c654": "dbgsettings",
  "466f5a88-0af2-4f76-9038-095b170dc21c": "ntldr",
  "5189b25c-5558-4bf2-bca4-289b11bd29e2": "badmemory",
  "6efb52bf-1766-41db-a6b3-0ee5eff72bd7": "bootloadersettings",
  "7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e": "globalsettings",
  "7ff607e0-4395-11db-b0de-0800200c9a66": "hypervisorsettings",
  "9dea862c-5cdd-4e70-acc1-f32b344d4795": "bootmgr",
  "a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba": "fwbootmgr",
  "ae5534e0-a924-466c-b836-758539a3ee3a": "ramdiskoptions",
  "b2721d73-1db4-4c62-bf78-c548a880142d": "memdiag",
};

/** Objects that every store has under the same id. */
export const WellKnownObject = {
  bootManager: "9dea862c-5cdd-4e70-acc1-f32b344d4795",
  firmwareBootManager: "a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba",
} as const;

/**
 * The name of a well-known object without braces (`bootmgr`), or undefined. `{default}` and
 * `{current}` are no objects but pointers: see `BcdStore.nameOf`.
 */
export function objectName(id: string): string | undefined {
  return NAMES[id];
}

/** An id of the store in the form used here: lower case, without braces; undefined if it is none. */
export function objectId(text: string): string | undefined {
  const match = /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i.exec(text.trim());
  return match?.[1]?.toLowerCase();
}
