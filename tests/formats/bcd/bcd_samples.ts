/** Small stores made for a test: objects as data, built into a real hive. */
import {
  buildHive,
  openHive,
  registryDword,
  registryString,
  registryStrings,
} from "../../../src/formats/regf/mod.ts";
import { type BcdStore, openBcd } from "../../../src/formats/bcd/mod.ts";

/** The data of an element by its number: text, several texts, or bytes. */
export type SampleElements = Readonly<Record<string, string | readonly string[] | Uint8Array>>;

/** An object: its type and elements by id without braces. */
export type SampleObjects = Readonly<
  Record<string, { readonly type: number; readonly elements: SampleElements }>
>;

/** The bytes of a store. */
export function bcdBytes(objects: SampleObjects): Uint8Array {
  const subkeys = Object.entries(objects).map(([id, { type, elements }]) => ({
    name: `{${id}}`,
    values: [],
    subkeys: [
      {
        name: "Description",
        values: [{ name: "Type", type: 4, data: registryDword(type) }],
        subkeys: [],
      },
      {
        name: "Elements",
        values: [],
        subkeys: Object.entries(elements).map(([name, data]) => ({
          name,
          values: [{ name: "Element", ...dataOf(data) }],
          subkeys: [],
        })),
      },
    ],
  }));
  const root = { name: "", values: [], subkeys: [{ name: "Objects", values: [], subkeys }] };
  return buildHive(root, { name: "BCD" });
}

/** A store, opened. */
export function bcdOf(objects: SampleObjects): BcdStore {
  return openBcd(openHive(bcdBytes(objects), { name: "BCD" }));
}

function dataOf(data: string | readonly string[] | Uint8Array) {
  if (typeof data === "string") return { type: 1, data: registryString(data) };
  return data instanceof Uint8Array ? { type: 3, data } : { type: 7, data: registryStrings(data) };
}
