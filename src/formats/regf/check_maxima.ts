/** Examines what a key node says about the longest names and data below it. */
import type { FaultList, FaultPlace } from "./fault_list.ts";
import type { KeyNode } from "./key.ts";
import { KeyNodeField } from "./layout.ts";
import type { ValueRecord } from "./value.ts";

/** The key's readable values and subkeys, and who receives what is wrong. */
export interface MaximaContext {
  readonly values: readonly ValueRecord[];
  readonly subkeys: readonly KeyNode[];
  readonly place: FaultPlace;
  readonly faults: FaultList;
}

/**
 * Adds maxima that are too small: programs size their buffers by them. Too large ones are
 * ordinary, Windows never lowers them when something is deleted.
 */
export function checkMaxima(key: KeyNode, context: MaximaContext): void {
  const { values, subkeys } = context;
  const { space, position } = key;
  const u32 = (field: number) => space.u32(position + field);
  const small: string[] = [];
  const compare = (what: string, said: number, real: number) => {
    if (said < real) small.push(`${what} of ${real} bytes (it says ${said})`);
  };
  const subkeyName = most(subkeys, ({ name }) => 2 * name.length);
  // The upper half of the field holds flags.
  compare("a subkey name", u32(KeyNodeField.largestSubkeyName) & 0xffff, subkeyName);
  const subkeyClass = most(subkeys, (key) => space.u16(key.position + KeyNodeField.classLength));
  compare("a subkey class", u32(KeyNodeField.largestSubkeyClass), subkeyClass);
  const valueName = most(values, ({ name }) => 2 * name.length);
  compare("a value name", u32(KeyNodeField.largestValueName), valueName);
  compare("value data", u32(KeyNodeField.largestValueData), most(values, ({ size }) => size));
  if (small.length === 0) return;
  context.faults.add({
    kind: "key",
    weight: "untidy",
    offset: position,
    place: context.place,
    message: `It does not reckon with ${small.join(", ")}`,
  });
}

function most<T>(items: readonly T[], measure: (item: T) => number): number {
  let most = 0;
  for (const item of items) most = Math.max(most, measure(item));
  return most;
}
