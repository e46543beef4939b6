import assert from "node:assert/strict";
import { type HiveValue, openHive, RegistryType, walkHive } from "../../../src/formats/regf/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { type HivexmlItem, hivexmlItems, hivexmlPresent } from "../hive_oracles.ts";
import { corpusFiles, readCorpus } from "./corpus_hives.ts";
import { without } from "../../needs.ts";

/** What hivexml cannot open or walk: a checksum, lone surrogates. */
const REFUSED_BY_HIVEXML = ["EffectiveSizeHive", "TruncatedPairHive", "TruncatedPairHive2"];

/** Names end at a NUL in C. */
function cut(name: string): string {
  return name.split("\0")[0]!;
}

function ourItems(bytes: Uint8Array): { depth: number; name: string; value?: HiveValue }[] {
  const items: { depth: number; name: string; value?: HiveValue }[] = [];
  walkHive(openHive(bytes), {
    key: (key, { depth }) => void items.push({ depth: depth - 1, name: cut(key.name) }),
    value: (value, { depth }) =>
      void items.push({ depth: depth - 1, name: cut(value.name), value }),
  });
  return items;
}

/** Our value in hivexml's words, in the form that hivexml chose. */
function inItsWords(value: HiveValue, its: NonNullable<HivexmlItem["value"]>): unknown {
  const { content, type } = its;
  if (content instanceof Uint8Array) return value.data;
  switch (type) {
    case "string":
    case "expand":
    case "link":
      return value.string();
    case "string-list":
      return value.strings()?.filter((text) => text !== "");
    case "int32":
    case "int64": {
      // hivexml prints -1 where bytes of the number are missing.
      const bits = type === "int32" ? 32 : 64;
      return String(BigInt.asIntN(bits, BigInt(value.number() ?? -1)));
    }
    default:
      return value.data.length === 0 ? "" : value.data;
  }
}

function itsWords({ content }: NonNullable<HivexmlItem["value"]>): unknown {
  return Array.isArray(content) ? content.filter((text) => text !== "") : content;
}

const TYPES: Readonly<Record<string, number>> = {
  none: RegistryType.REG_NONE,
  string: RegistryType.REG_SZ,
  expand: RegistryType.REG_EXPAND_SZ,
  binary: RegistryType.REG_BINARY,
  int32: RegistryType.REG_DWORD,
  "string-list": RegistryType.REG_MULTI_SZ,
  int64: RegistryType.REG_QWORD,
};

/** Compares item by item and returns the number of values. */
function compare(file: string, bytes: Uint8Array, theirs: readonly HivexmlItem[]): void {
  const ours = ourItems(bytes);
  assert.equal(ours.length, theirs.length, file);
  theirs.forEach((its, index) => {
    const our = ours[index]!;
    const where = `${file}, item ${index} "${our.name}"`;
    assert.equal(our.depth, its.depth, where);
    assert.equal(our.name, its.name, where);
    assert.equal(our.value === undefined, its.value === undefined, where);
    if (our.value === undefined || its.value === undefined) return;
    assert.deepEqual(inItsWords(our.value, its.value), itsWords(its.value), where);
    const type = TYPES[its.value.type];
    if (type !== undefined && our.value.type !== RegistryType.REG_DWORD_BIG_ENDIAN) {
      assert.equal(our.value.type, type, where);
    }
  });
}

for (const file of [...corpusFiles("hives-clean"), ...corpusFiles("bcd")]) {
  const name = file.slice(file.indexOf("/") + 1);
  const refused = REFUSED_BY_HIVEXML.includes(name);
  Deno.test({
    name: `walkHive() and hivexml tell the same names and values of ${name} (needs hivexml)`,
    ignore: without(hivexmlPresent && corpusPresent),
    fn() {
      const bytes = readCorpus(file);
      const theirs = hivexmlItems(bytes);
      assert.equal(theirs === undefined, refused, "whether hivexml refuses this hive");
      if (theirs === undefined) return;
      compare(name, bytes, theirs);
    },
  });
}
