/** Options and saved plans: plain data that is never trusted. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { MedicError, UsageError } from "../../src/base/mod.ts";
import {
  DEFAULT_OPTIONS,
  discardsHibernation,
  parseOptions,
  readSavedPlan,
  requireKnownSteps,
  requireSamePlan,
  serializePlan,
} from "../../src/ladder/mod.ts";
import { createLab, dirtyVolume, updateCacheStuck } from "../lab/mod.ts";
import { planOf } from "./ladder_scenes.ts";

async function plan(...damages: Parameters<typeof damagedLab>[0]) {
  return await planOf(await damagedLab(damages));
}

async function damagedLab(damages: readonly ReturnType<typeof dirtyVolume>[]) {
  const lab = await createLab();
  await lab.damage(...damages);
  return lab;
}

Deno.test("parseOptions() reads what a journal keeps of options", () => {
  const options = { ...DEFAULT_OPTIONS, sources: ["E:\\Windows"], quick: true, scratch: "E:\\x" };
  assert.deepEqual(parseOptions(JSON.parse(JSON.stringify(options))), options);
});

Deno.test("parseOptions() refuses options of another shape", () => {
  for (
    const value of [undefined, null, 1, [], {}, { ...DEFAULT_OPTIONS, only: "all" }, {
      ...DEFAULT_OPTIONS,
      force: 1,
    }]
  ) assert.throws(() => parseOptions(value), UsageError);
});

Deno.test("parseOptions() never fails otherwise, whatever it gets", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        parseOptions(value);
      } catch (error) {
        assert.ok(error instanceof UsageError);
      }
    }),
    { seed: 42, numRuns: 300 },
  );
});

Deno.test("requireKnownSteps() passes steps that there are and names them else", () => {
  requireKnownSteps(["disk.repair", "updates.reset-cache"]);
  requireKnownSteps([]);
  assert.throws(() => requireKnownSteps(["disk.repair", "disk"]), /Cannot find the step "disk"/);
});

Deno.test("discardsHibernation() is true for its option and for its step", () => {
  assert.equal(discardsHibernation(DEFAULT_OPTIONS), false);
  assert.equal(discardsHibernation({ ...DEFAULT_OPTIONS, discardHibernation: true }), true);
  const only = ["volume.discard-hibernation"];
  assert.equal(discardsHibernation({ ...DEFAULT_OPTIONS, only }), true);
});

Deno.test("a saved plan matches the same volume", async () => {
  const saved = readSavedPlan(serializePlan(await plan(updateCacheStuck())));
  requireSamePlan(saved, await plan(updateCacheStuck()));
});

Deno.test("a saved plan does not match another state, and the difference is named", async () => {
  const saved = readSavedPlan(serializePlan(await plan(updateCacheStuck())));
  const other = await plan(updateCacheStuck(), dirtyVolume());
  assert.throws(() => requireSamePlan(saved, other), (error) => {
    assert.ok(error instanceof MedicError);
    assert.equal(error.code, "planMismatch");
    assert.match(
      error.message,
      /^Cannot use the saved plan: plan\.steps\.1\.rung was \d+ and is 2/,
    );
    return true;
  });
});

Deno.test("a saved plan does not match another volume", async () => {
  const text = serializePlan(await plan());
  const saved = readSavedPlan(text.replace("5EC0-1A7E", "0000-0000"));
  const fresh = await plan();
  assert.throws(() => requireSamePlan(saved, fresh), /plan\.target\.serial was "0000-0000"/);
});

Deno.test("a saved plan holds the version of its format, and another one is refused", async () => {
  const text = serializePlan(await plan());
  assert.equal(JSON.parse(text).format, 1);
  assert.throws(() => readSavedPlan(text.replace('"format": 1', '"format": 2')), /another format/);
});

Deno.test("readSavedPlan() refuses any other text as a wrong command line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.throws(() => readSavedPlan(text), UsageError);
    }),
    { seed: 7, numRuns: 300 },
  );
});

Deno.test("one altered byte of a saved plan is refused or changes nothing", async () => {
  const fresh = await plan(updateCacheStuck());
  const text = serializePlan(fresh);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom("0", "9", "x", '"', "{"), (at, sign) => {
      const altered = text.slice(0, at) + sign + text.slice(at + 1);
      try {
        const saved = readSavedPlan(altered);
        requireSamePlan(saved, fresh);
        assert.deepEqual(JSON.parse(altered), JSON.parse(text));
      } catch (error) {
        assert.ok(error instanceof MedicError, String(error));
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});
