/** The journal's machine with a registry hive, and the changes that the tests make in it. */
import {
  baseBlockChecksum,
  buildHive,
  type KeySpec,
  openHive,
  registryDword,
  registryString,
  registryStrings,
} from "../../src/formats/regf/mod.ts";
import {
  type Change,
  type HiveEdited,
  recordData,
  recordKey,
  type RegistryEdit,
} from "../../src/journal/mod.ts";
import { contentOf, hiveContent } from "../lab/hive_content.ts";
import { hiveLogEntry } from "../lab/hive_log.ts";
import { HIVE, type JournalLab, journalLab, picture } from "./journal_lab.ts";
import type { Snapshot } from "../lab/mod.ts";

/** REG_SZ, REG_DWORD, REG_MULTI_SZ. */
const SZ = 1;
const DWORD = 4;
const MULTI_SZ = 7;

const dword = (name: string, value: number) => ({ name, type: DWORD, data: registryDword(value) });
const sz = (name: string, text: string) => ({ name, type: SZ, data: registryString(text) });

const TREE: KeySpec = {
  name: "",
  values: [],
  subkeys: [
    { name: "Select", values: [dword("Current", 1)], subkeys: [] },
    {
      name: "ControlSet001",
      values: [],
      subkeys: [
        {
          name: "Services",
          values: [],
          subkeys: [
            {
              name: "BITS",
              values: [dword("Start", 4), sz("DisplayName", "Transfers")],
              subkeys: [],
            },
            { name: "wuauserv", values: [dword("Start", 4)], subkeys: [] },
          ],
        },
        {
          name: "Pending",
          className: "state",
          values: [dword("Exclusive", 3)],
          subkeys: [{ name: "Session", values: [sz("", "open")], subkeys: [] }],
        },
      ],
    },
  ],
};

/** Content of the hive at the start. */
export const START_HIVE = buildHive(TREE, { name: "SYSTEM" });

const SERVICES = "ControlSet001\\Services";

/** A value before and after. */
export function edited(
  key: string,
  name: string,
  states: { readonly before: number | null; readonly after: number | null },
): RegistryEdit {
  const data = (value: number | null) => value === null ? null : recordData(dword(name, value));
  return { edit: "value", key, name, before: data(states.before), after: data(states.after) };
}

/** One of every kind of edit. */
export const EDITS: readonly RegistryEdit[] = [
  edited(`${SERVICES}\\BITS`, "Start", { before: 4, after: 3 }),
  edited(`${SERVICES}\\wuauserv`, "Start", { before: 4, after: 3 }),
  { edit: "key-created", key: `${SERVICES}\\New` },
  edited(`${SERVICES}\\New`, "Delayed", { before: null, after: 1 }),
  {
    edit: "value",
    key: `${SERVICES}\\BITS`,
    name: "DisplayName",
    before: recordData(sz("", "Transfers")),
    after: null,
  },
  {
    edit: "value",
    key: "ControlSet001",
    name: "List",
    before: null,
    after: recordData({ type: MULTI_SZ, data: registryStrings(["one", "", "two"]) }),
  },
  {
    edit: "key-deleted",
    key: "ControlSet001\\Pending",
    before: recordKey(openHive(START_HIVE).key("ControlSet001\\Pending")!),
  },
];

/** The change that the tests plan. */
export function hiveEdited(edits: readonly RegistryEdit[] = EDITS): HiveEdited {
  return { kind: "hive-edited", path: HIVE, edits };
}

/** Two changes of the same hive, one on top of the other. */
export const HIVE_CHANGES: readonly Change[] = [
  hiveEdited(),
  hiveEdited([edited(`${SERVICES}\\BITS`, "Start", { before: 3, after: 2 })]),
];

/** The machine with a hive: clean, or dirty with its newest data in the log. */
export function hiveLab(
  options: { readonly dirty?: boolean; readonly mirror?: boolean } = {},
): JournalLab {
  const lab = journalLab(options);
  lab.files.put(`D:\\${HIVE}`, START_HIVE);
  if (!options.dirty) return lab;
  const older = buildHive(withStart(TREE, 2), { name: "SYSTEM", dirty: true });
  lab.files.put(`D:\\${HIVE}`, older);
  lab.files.put(`D:\\${HIVE}.LOG1`, hiveLogEntry(older, { after: START_HIVE, sequence: 2 }));
  lab.files.put(`D:\\${HIVE}.LOG2`, new Uint8Array());
  return lab;
}

/** The tree with other start types, of the same size. */
function withStart(key: KeySpec, start: number): KeySpec {
  return {
    ...key,
    values: key.values.map((value) => value.name === "Start" ? dword("Start", start) : value),
    subkeys: key.subkeys.map((subkey) => withStart(subkey, start)),
  };
}

/** Marks a hive as one whose last write was not finished. */
export function markDirty(hive: Uint8Array): Uint8Array {
  const bytes = hive.slice();
  const view = new DataView(bytes.buffer);
  view.setUint32(4, view.getUint32(8, true) + 1, true);
  view.setUint32(508, baseBlockChecksum(bytes), true);
  return bytes;
}

/** Content of the hive on the machine, as Windows would see it. */
export async function contentNow(lab: JournalLab): Promise<string | undefined> {
  return await hiveContent(lab.files, `D:\\${HIVE}`);
}

/** Content of the hive at the start. */
export const START_CONTENT = contentOf(START_HIVE);

/** Everything but the hive and what belongs to it. */
export function pictureAround(lab: JournalLab): Snapshot {
  const all = picture(lab);
  for (const path of all.keys()) if (path.startsWith(HIVE)) all.delete(path);
  return all;
}
