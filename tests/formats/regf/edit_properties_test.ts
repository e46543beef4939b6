import assert from "node:assert/strict";
import fc from "fast-check";
import {
  buildHive,
  compareNames,
  examineHive,
  type HiveEdit,
  type KeySpec,
  RegistryType,
  upcaseText,
} from "../../../src/formats/regf/mod.ts";
import { without } from "../../needs.ts";
import { hivexmlItemsOfAll, hivexmlPresent } from "../hive_oracles.ts";
import { assertSoundEdit } from "./edited_invariants.ts";
import { applyToModel, edited, type ModelKey, modelOf, modelSubkey } from "./edit_model.ts";
import { binary, key, SMALL_TREE, text } from "./hive_samples.ts";
import { assertItems, itemsOf, type ModelItem } from "./model_items.ts";
import { descriptorFor } from "./rich_hive.ts";

/** Names that every foreign reader can print. */
const PLAIN_NAMES = ["Alpha", "beta", "Übung", "ключ", "ÿ", "a/b", "1", "10", "2", "_", "{id}"];
const ODD_NAMES = [...PLAIN_NAMES, "nu\0l", "\ud800", "\ue000x", "cr\r\n", "x".repeat(256)];

/** A step that finds its place in whatever tree there is when its turn comes. */
interface Step {
  readonly kind: "set" | "set" | "unset" | "create" | "tree" | "delete";
  readonly place: number;
  readonly name: number;
  readonly data: Uint8Array;
  readonly type: number;
  /** Names are spelt in upper case. */
  readonly upper: boolean;
}

const data = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 24 }) },
  { weight: 1, arbitrary: fc.integer({ min: 16_300, max: 40_000 }).map((n) => binary("", n).data) },
);

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("set", "set", "set", "unset", "create", "create", "tree", "delete"),
  place: fc.nat(1000),
  name: fc.nat(1000),
  data,
  type: fc.constantFrom(RegistryType.REG_BINARY, RegistryType.REG_NONE, 0x7fff_0001),
  upper: fc.boolean(),
}, { noNullPrototype: true });

const WIDE: KeySpec = key("ROOT", {
  subkeys: Array.from({ length: 520 }, (_, i) => key(`sub ${i}`)),
});

const SECURED: KeySpec = key("ROOT", {
  subkeys: [1, 2, 3, 1].map((n, i) =>
    key(`s${i}`, { security: descriptorFor(n), values: [text("v", "w")], subkeys: [key("in")] })
  ),
});

const base = fc.oneof(
  { weight: 10, arbitrary: fc.constant(SMALL_TREE) },
  { weight: 10, arbitrary: fc.constant(SECURED) },
  { weight: 1, arbitrary: fc.constant(WIDE) },
);

interface Place {
  readonly key: ModelKey;
  readonly path: string;
}

function placesOf(root: ModelKey, above = ""): Place[] {
  return root.subkeys.flatMap((key) => {
    const path = above === "" ? key.name : `${above}\\${key.name}`;
    return [{ key, path }, ...placesOf(key, path)];
  });
}

/** The edit that a step means in this tree; undefined if it means nothing there. */
function editOf(step: Step, model: ModelKey, names: readonly string[]): HiveEdit | undefined {
  const places = [{ key: model, path: "" }, ...placesOf(model)];
  const { key, path } = places[step.place % places.length]!;
  const spell = (name: string) => step.upper ? upcaseText(name) : name;
  const name = spell(names[step.name % names.length]!);
  const there = spell(path);
  const below = there === "" ? name : `${there}\\${name}`;
  switch (step.kind) {
    case "set":
      return { kind: "set-value", key: there, name, type: step.type, data: step.data };
    case "unset": {
      const value = key.values[step.name % Math.max(1, key.values.length)];
      return value && { kind: "delete-value", key: there, name: spell(value.name) };
    }
    case "create":
      return modelSubkey(key, name) === undefined ? { kind: "create-key", key: below } : undefined;
    case "tree":
      return modelSubkey(key, name) === undefined
        ? { kind: "create-key", key: below, spec: treeOf(step) }
        : undefined;
    case "delete":
      return path === "" ? undefined : { kind: "delete-key", key: there };
  }
}

function treeOf({ data, type, name }: Step): Omit<KeySpec, "name"> {
  const value = { name: "in a tree", type, data };
  return {
    security: descriptorFor(1 + name % 4),
    className: "class".slice(name % 6),
    values: [value],
    subkeys: [key("second", { values: [value] }), key("First", { security: descriptorFor(2) })],
  };
}

interface Script {
  readonly before: Uint8Array;
  readonly edits: readonly HiveEdit[];
  readonly model: ModelKey;
}

function scriptOf(
  { tree, minor, steps }: { tree: KeySpec; minor: 3 | 5; steps: readonly Step[] },
  names: readonly string[],
): Script {
  const before = buildHive(tree, { minor });
  const model = modelOf(before);
  const edits: HiveEdit[] = [];
  for (const step of steps) {
    const edit = editOf(step, model, names);
    if (edit === undefined) continue;
    applyToModel(model, edit);
    edits.push(edit);
  }
  return { before, edits, model };
}

const script = fc.record({
  tree: base,
  minor: fc.constantFrom(3 as const, 5 as const),
  steps: fc.array(step, { minLength: 1, maxLength: 14 }),
}, { noNullPrototype: true });

/** Edits, proves, and compares with the model; returns the new hive. */
function checkScript({ before, edits, model }: Script): Uint8Array {
  const after = edited(before, edits);
  assertSoundEdit(after);
  assert.deepEqual(examineHive(after, { name: "TEST" }).faults, []);
  assert.deepEqual(modelOf(after), model);
  return after;
}

Deno.test({
  name: "editHive() makes of 1000 hives what 1000 scripts say, and hivexml agrees (needs hivexml)",
  ignore: without(hivexmlPresent),
  fn() {
    const hives: Uint8Array[] = [];
    const expected: ModelItem[][] = [];
    let edits = 0;
    fc.assert(
      fc.property(script, (plan) => {
        const script = scriptOf(plan, PLAIN_NAMES);
        hives.push(checkScript(script));
        expected.push(itemsOf(script.model));
        edits += script.edits.length;
      }),
      { seed: 20260301, numRuns: 1000 },
    );
    assert.ok(edits > 5000, `${edits} edits`);
    const found = hivexmlItemsOfAll(hives);
    found.forEach((items, i) => assertItems(items, expected[i]!, `the hive of script ${i}`));
  },
});

Deno.test("editHive() makes what scripts say with names that few programs can print", () => {
  fc.assert(
    fc.property(script, (plan) => void checkScript(scriptOf(plan, ODD_NAMES))),
    { seed: 20260302, numRuns: 300 },
  );
});

Deno.test("editHive() gives the same content edit by edit as all at once", () => {
  fc.assert(
    fc.property(script, (plan) => {
      const { before, edits, model } = scriptOf(plan, ODD_NAMES);
      let bytes = before;
      for (const edit of edits) bytes = edited(bytes, [edit]);
      assertSoundEdit(bytes);
      assert.deepEqual(modelOf(bytes), model);
    }),
    { seed: 20260303, numRuns: 100 },
  );
});

Deno.test("the model of these tests orders names as Windows does", () => {
  const model = modelOf(buildHive(SMALL_TREE));
  applyToModel(model, { kind: "create-key", key: "_" });
  const names = model.subkeys.map(({ name }) => name);
  assert.deepEqual(names, [...names].sort(compareNames));
  assert.deepEqual(names, ["Alpha", "Beta", "gamma", "_"]);
});
