/**
 * Damaged hives and logs on the whole way that a repair takes: replay, open, walk, examine, edit,
 * prove, salvage. What the kernel would refuse is found. Each step gives a result or a FormatError, soon; an edit that is accepted reads
 * back as a model says and breaks no rule of the kernel that the hive kept before.
 */
import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  baseBlockChecksum,
  buildHive,
  countHive,
  editHive,
  examineHive,
  type HiveEdit,
  type HiveLog,
  openHive,
  RegistryType,
  replayLogs,
  salvageHive,
  verifyEdit,
  walkHive,
} from "../../../src/formats/regf/mod.ts";
import { applyToModel, EDITED_AT, type ModelKey, modelOf, modelSubkey } from "./edit_model.ts";
import {
  binary,
  contentOf,
  key,
  keyAt,
  smallHive,
  text,
  u32At,
  withU16,
  withU32,
} from "./hive_samples.ts";
import { hiveState, newLog, oldLog, rehashed, withHeader } from "./hive_logs.ts";
import { entryBetween } from "./hive_logs.ts";
import { assertKernelTakes, assertNoNewKernelFault, kernelFaults } from "./kernel_rules.ts";
import { descriptorFor, richHive } from "./rich_hive.ts";

type Random = (below: number) => number;

/** A small generator of numbers, so that a failure can be repeated. */
function randomNumbers(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

const NASTY = [
  ...[0, 1, 2, 4, 8, 0x10, 0x20, 0x30, 0x7f, 0xff, 0x200, 0x1000, 0x1001, 0x3fd8, 0x3fd9],
  ...[0x7fffffff, 0x80000000, 0x80000005, 0xfffff000, 0xfffffff8, 0xffffffff],
];

/** Where the numbers of headers and cells lie, or in a log those of its entries. */
function fieldsOf(bytes: Uint8Array): number[] {
  const fields = Array.from({ length: 13 }, (_, i) => 4 * i);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 512; at + 64 < bytes.length; at += 512) {
    const magic = data.getUint32(at, true);
    if (magic === 0x454c7648) {
      for (let field = 0; field < 64; field += 4) fields.push(at + field);
    }
    if (magic !== 0x6e696268) continue;
    const end = at + data.getUint32(at + 8, true);
    fields.push(at, at + 4, at + 8);
    for (let cell = at + 32; cell < end; cell += Math.abs(data.getInt32(cell, true)) || end) {
      for (let field = cell; field < Math.min(cell + 84, end); field += 2) fields.push(field);
    }
  }
  return fields;
}

/** A file to be damaged. */
interface Target {
  readonly bytes: Uint8Array;
  readonly fields: readonly number[];
}

function targetOf(bytes: Uint8Array): Target {
  return { bytes, fields: fieldsOf(bytes) };
}

/** A copy with `changes` numbers changed, sometimes cut off, mostly with right sums. */
function damaged({ bytes, fields }: Target, changes: number, random: Random): Uint8Array {
  const copy = bytes.slice(0, random(40) === 0 ? random(bytes.length) : undefined);
  const data = new DataView(copy.buffer);
  for (let change = 0; change < changes; change++) {
    const at = random(8) === 0 ? random(copy.length) : fields[random(fields.length)]!;
    if (at + 4 > copy.length) continue;
    const kind = random(5);
    if (kind === 0) copy[at]! ^= 1 << random(8);
    else if (kind === 1) data.setUint16(at, NASTY[random(NASTY.length)]! & 0xffff, true);
    else if (kind === 2) data.setUint32(at, NASTY[random(NASTY.length)]!, true);
    else if (kind === 3) data.setUint32(at, 8 * random(copy.length / 8), true);
    else {data.setUint32(
        at,
        data.getUint32(fields[random(fields.length)]! % (copy.length - 3), true),
        true,
      );}
  }
  if (copy.length >= 512 && random(8) > 0) {
    data.setUint32(508, baseBlockChecksum(copy), true);
    if (random(4) > 0) rehashEntries(copy);
  }
  return copy;
}

function rehashEntries(log: Uint8Array): void {
  for (let at = 512; at + 40 < log.length; at += 512) {
    if (u32At(log, at) === 0x454c7648) rehashed(log.subarray(at));
  }
}

/** A hive as it lies on a disk. */
interface Sample {
  readonly primary: Target;
  readonly logs: readonly Target[];
}

function sampleOf(primary: Uint8Array, ...logs: readonly Uint8Array[]): Sample {
  return { primary: targetOf(primary), logs: logs.map(targetOf) };
}

const STATES = [1, 2, 3].map(hiveState);
const DIRTY = withHeader(STATES[0]!, { sequences: [11, 10] });

/** Several descriptors, a class, a link, big data, and in version 1.3 an `li` list. */
function mixedHive(minor: 3 | 5): Uint8Array {
  const target = {
    name: "SymbolicLinkValue",
    type: RegistryType.REG_LINK,
    data: new Uint8Array(8),
  };
  const bytes = buildHive(
    key("ROOT", {
      security: descriptorFor(1),
      values: [text("", "default"), binary("big", 17_000), binary("four", 4), binary("", 0)]
        .slice(0, 3),
      subkeys: [
        key("Alpha", { className: "class", values: [text("Path", "C:\\")], subkeys: [key("In")] }),
        key("Link", { symbolicLink: true, values: [target] }),
        key("Ключ", {
          security: descriptorFor(2),
          subkeys: [key("ÿ", { values: [binary("ж", 9)] })],
        }),
        key("wide", { subkeys: Array.from({ length: 5 }, (_, i) => key(`s${i}`)) }),
      ],
    }),
    { minor },
  );
  if (minor === 5) return bytes;
  const list = u32At(bytes, contentOf(keyAt(openHive(bytes), "Alpha")) + 0x1c) + 4096 + 4;
  return withU16(bytes, list, 0x696c); // one entry is the same in all kinds
}

function samples(): Sample[] {
  const entries = [0, 1].map((i) => entryBetween(STATES[i]!, STATES[i + 1]!, { sequence: 11 + i }));
  const mixed = mixedHive(5);
  return [
    sampleOf(smallHive()),
    sampleOf(smallHive({ minor: 3 })),
    sampleOf(mixed),
    sampleOf(mixedHive(3)),
    sampleOf(withU32(mixed, 0xb0, 0x6752664f)), // "OfRg": from offreg.dll
    sampleOf(DIRTY, newLog(STATES[0]!, entries.slice(0, 1)), newLog(STATES[0]!, entries.slice(1))),
    sampleOf(DIRTY, newLog(STATES[0]!, entries), newLog(STATES[0]!, entries)),
    sampleOf(DIRTY, oldLog(STATES[0]!, STATES[2]!)),
  ];
}

/** How often each step came to a result. */
interface Outcomes {
  replayed: number;
  opened: number;
  edited: number;
  salvaged: number;
}

/** Runs a step that may refuse; undefined if it does. */
function orRefused<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function replayed(primary: Uint8Array, logs: readonly HiveLog[], outcomes: Outcomes): Uint8Array {
  const result = orRefused(() => replayLogs(primary, logs, { name: "TEST" }));
  if (result?.state === "replayed") outcomes.replayed++;
  return result?.bytes ?? primary;
}

function walkAll(bytes: Uint8Array): boolean {
  const opened = orRefused(() => {
    walkHive(openHive(bytes, { badBins: "skip" }), {
      key: (key) => void orRefused(() => [key.name, key.className, key.securityDescriptor]),
      value: (value) => void [value.name, value.data, value.string(), value.number()],
      problem: ({ message }) => assert.notEqual(message, ""),
    });
    return true;
  });
  return opened ?? false;
}

function placesOf(root: ModelKey, above = ""): { readonly key: ModelKey; readonly path: string }[] {
  return [
    { key: root, path: above },
    ...root.subkeys.flatMap((key) =>
      key.name === "" || key.name.includes("\\")
        ? []
        : placesOf(key, above === "" ? key.name : `${above}\\${key.name}`)
    ),
  ];
}

/** Lists of another kind are read; beyond ASCII, hints prove nothing (see CompHive of the corpus). */
const FORGIVEN: ReadonlySet<string> = new Set(["list-kind", "list-size", "list-hint"]);

/** What the kernel would find wrong is found. */
function assertExamined(bytes: Uint8Array): void {
  const { faults } = examineHive(bytes, { name: "TEST", limit: 20 });
  if (faults.length > 0) return;
  assert.deepEqual(kernelFaults(bytes).filter(({ rule }) => !FORGIVEN.has(rule)), []);
}

/** An edit that the tree allows; undefined for one that it does not. */
function randomEdit(model: ModelKey, random: Random): HiveEdit | undefined {
  const places = placesOf(model);
  const { key, path } = places[random(places.length)]!;
  const value = key.values[random(Math.max(1, key.values.length))];
  const name = ["new", "ÿ", "ж", ""][random(4)]!;
  const data = new Uint8Array([0, 4, 5, 60, 16_344, 16_345][random(6)]!).fill(7);
  const type = RegistryType.REG_BINARY;
  switch (random(5)) {
    case 0:
      return { kind: "set-value", key: path, name: value?.name ?? name, type, data };
    case 1:
      return { kind: "set-value", key: path, name, type, data };
    case 2:
      return value && { kind: "delete-value", key: path, name: value.name };
    case 3:
      return path === "" ? undefined : { kind: "delete-key", key: path };
    default: {
      const below = name || "x";
      if (modelSubkey(key, below) !== undefined) return undefined;
      const spec = { values: [binary("v", 9)], subkeys: [], security: descriptorFor(random(4)) };
      return { kind: "create-key", key: path === "" ? below : `${path}\\${below}`, spec };
    }
  }
}

/** Edits, and proves the result if it is accepted. True if it is. */
function tryEdits(bytes: Uint8Array, random: Random): boolean {
  const problems = orRefused(() => countHive(openHive(bytes)).problems);
  // Cycles are problems: a model is made of what has none.
  const model = problems?.length === 0 ? orRefused(() => modelOf(bytes)) : undefined;
  if (model === undefined) {
    const edit: HiveEdit = { kind: "create-key", key: "new" };
    const after = orRefused(() => editHive(bytes, [edit], { name: "TEST", at: EDITED_AT }));
    if (problems?.length !== 0) assert.equal(after, undefined);
    return false;
  }
  const edits: HiveEdit[] = [];
  for (let i = random(3); i >= 0; i--) {
    const edit = randomEdit(model, random);
    if (edit === undefined) continue;
    applyToModel(model, edit);
    edits.push(edit);
  }
  const after = orRefused(() => editHive(bytes, edits, { name: "TEST", at: EDITED_AT }));
  if (after === undefined) return false;
  const proof = orRefused(() => {
    verifyEdit(bytes, after, edits, { name: "TEST" });
    return true;
  });
  if (proof === undefined) return false;
  assert.ok(after.length < bytes.length + 200_000, `${bytes.length} become ${after.length}`);
  assert.deepEqual(modelOf(after), model);
  assertNoNewKernelFault(bytes, after, JSON.stringify(edits.map(({ kind, key }) => [kind, key])));
  return true;
}

function trySalvage(bytes: Uint8Array): boolean {
  const saved = orRefused(() => salvageHive(bytes, { name: "TEST", at: EDITED_AT }));
  if (saved === undefined) return false;
  assert.deepEqual(examineHive(saved.bytes, { name: "TEST" }).faults, []);
  assertKernelTakes(saved.bytes);
  assert.ok(saved.bytes.length < 4 * bytes.length + 32_768);
  return true;
}

function takeAllSteps(sample: Sample, random: Random, outcomes: Outcomes): void {
  const changes = 1 + random(3);
  const all = [sample.primary, ...sample.logs];
  const hit = random(all.length);
  const files = all.map((target, i) => damaged(target, i === hit ? changes : 0, random));
  const [primary, ...logs] = files;
  const named = logs.map((bytes, i) => ({ name: `TEST.LOG${i + 1}`, bytes }));
  const bytes = replayed(primary!, named, outcomes);
  if (walkAll(bytes)) outcomes.opened++;
  assertExamined(bytes);
  if (tryEdits(bytes, random)) outcomes.edited++;
  if (trySalvage(bytes)) outcomes.salvaged++;
}

function fuzz(
  sampled: readonly Sample[],
  { seed, rounds }: { readonly seed: number; readonly rounds: number },
): Outcomes {
  const outcomes: Outcomes = { replayed: 0, opened: 0, edited: 0, salvaged: 0 };
  const random = randomNumbers(seed);
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    try {
      takeAllSteps(sampled[round % sampled.length]!, random, outcomes);
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}`, { cause: error });
    }
    const milliseconds = performance.now() - start;
    assert.ok(milliseconds < 2000, `seed ${seed}, round ${round}: ${milliseconds} ms`);
  }
  return outcomes;
}

Deno.test("10,000 damaged hives and logs give results or FormatErrors, and no wrong success", () => {
  const { replayed, opened, edited, salvaged } = fuzz(samples(), { seed: 1, rounds: 9_950 });
  const state = JSON.stringify({ replayed, opened, edited, salvaged });
  assert.ok(replayed > 1000 && opened > 5000 && edited > 2000 && salvaged > 5000, state);
  const wide = fuzz([sampleOf(richHive()), sampleOf(richHive({ minor: 3 }))], {
    seed: 2,
    rounds: 50,
  });
  assert.ok(wide.edited > 5 && wide.salvaged > 30, JSON.stringify(wide));
});
