import assert from "node:assert/strict";
import { controlSetName, HiveStore, readControlSets } from "../../src/windows/mod.ts";
import { truncatedSystemHive } from "../lab/mod.ts";
import { labWith, targetFiles } from "./rooms.ts";

const SYSTEM = "HKEY_LOCAL_MACHINE\\SYSTEM";

async function controlSets(text: string) {
  const lab = await labWith([], { additions: { SYSTEM: text } });
  return await readControlSets(new HiveStore(targetFiles(lab)));
}

Deno.test("readControlSets() of a sound Windows: one set, in use, nothing failed", async () => {
  assert.deepEqual(await controlSets(""), {
    current: 1,
    default: 1,
    failed: 0,
    lastKnownGood: 1,
    existing: [1],
    inUse: [1],
    missing: [],
  });
});

Deno.test("readControlSets(): in use are Current and Default, each once", async () => {
  const two = `[${SYSTEM}\\ControlSet002]\n[${SYSTEM}\\ControlSet010]\n[${SYSTEM}\\ControlSetX]\n`;
  const select = `[${SYSTEM}\\Select]\n"Default"=dword:00000002\n"Failed"=dword:0000000a\n`;
  const sets = await controlSets(two + select);
  assert.deepEqual(sets.existing, [1, 2, 10]);
  assert.deepEqual(sets.inUse, [1, 2]);
  assert.equal(sets.failed, 10);
  assert.deepEqual(sets.missing, []);
});

Deno.test("readControlSets() names what Select points to in vain", async () => {
  const select = `[${SYSTEM}\\Select]\n"Default"=dword:00000003\n"LastKnownGood"=dword:00000004\n`;
  const sets = await controlSets(select);
  assert.deepEqual(sets.missing, ["Default", "LastKnownGood"]);
  assert.deepEqual(sets.inUse, [1]);
});

Deno.test("readControlSets() of a hive that cannot be read, or without Select, knows nothing", async () => {
  const lab = await labWith([truncatedSystemHive()]);
  const none = await readControlSets(new HiveStore(targetFiles(lab)));
  assert.deepEqual([none.current, none.existing, none.inUse], [undefined, [], []]);
  const sets = await controlSets(`[-${SYSTEM}\\Select]\n`);
  assert.deepEqual([sets.current, sets.existing, sets.inUse], [undefined, [1], []]);
});

Deno.test("controlSetName() has three digits", () => {
  assert.deepEqual([1, 42].map(controlSetName), ["ControlSet001", "ControlSet042"]);
});
