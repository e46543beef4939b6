/** A model of a hive as the lines that hivexml prints, to compare the two. */
import assert from "node:assert/strict";
import {
  numberFromData,
  RegistryType,
  stringsFromData,
  textFromData,
} from "../../../src/formats/regf/mod.ts";
import type { HivexmlItem } from "../hive_oracles.ts";
import type { ModelKey } from "./edit_model.ts";

const { REG_DWORD, REG_QWORD } = RegistryType;

/** A key, or a value with its data, in the order of hivexml. */
export interface ModelItem {
  readonly depth: number;
  readonly name: string;
  readonly data?: Uint8Array;
}

/** The model as lines. */
export function itemsOf(key: ModelKey, depth = 0): ModelItem[] {
  return [
    { depth, name: key.name },
    ...key.values.map(({ name, data }) => ({ depth, name, data })),
    ...key.subkeys.flatMap((subkey) => itemsOf(subkey, depth + 1)),
  ];
}

/** Our data in the form that hivexml chose for it. */
function inItsWords(data: Uint8Array, its: NonNullable<HivexmlItem["value"]>): unknown {
  if (its.content instanceof Uint8Array) return data;
  switch (its.type) {
    case "string":
    case "expand":
      return textFromData(data);
    case "string-list":
      return stringsFromData(data).filter((text) => text !== "");
    case "int32":
      return String(BigInt.asIntN(32, BigInt(numberFromData(REG_DWORD, data) ?? -1)));
    case "int64":
      return String(BigInt.asIntN(64, BigInt(numberFromData(REG_QWORD, data) ?? -1)));
    default:
      return data.length === 0 ? "" : data;
  }
}

/** Fails if hivexml tells other keys, names or data. */
export function assertItems(
  found: readonly HivexmlItem[] | undefined,
  expected: readonly ModelItem[],
  what: string,
): void {
  assert.ok(found !== undefined, `hivexml refuses ${what}`);
  assert.equal(found.length, expected.length, what);
  found.forEach((item, i) => {
    const { depth, name, data } = expected[i]!;
    assert.deepEqual([item.depth, item.name], [depth, name.split("\0")[0]], what);
    assert.equal(item.value === undefined, data === undefined, what);
    if (data === undefined || item.value === undefined) return;
    const { content } = item.value;
    const told = Array.isArray(content) ? content.filter((text) => text !== "") : content;
    assert.deepEqual(inItsWords(data, item.value), told, `${what}, "${name}"`);
  });
}
