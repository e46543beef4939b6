/** Edits of the registry as the repairs collect them: on top of each other, and many of them. */
import assert from "node:assert/strict";
import { registryDword } from "../../src/formats/regf/mod.ts";
import { HiveChanges, readBackEdits } from "../../src/repairs/hive_changes.ts";
import { hiveOf, openWindows } from "../../src/windows/mod.ts";
import { createLab } from "../lab/mod.ts";
import { begin, contextOf } from "../journal/journal_lab.ts";

const SZ_A = { type: 1, data: new Uint8Array([0x61, 0, 0, 0]) };
const dword = (value: number) => ({ type: 4, data: registryDword(value) });

async function collect() {
  const lab = await createLab();
  const windows = await openWindows(lab.host, "D:");
  const apply = async (changes: HiveChanges) => {
    const { host, files } = lab;
    const { transaction } = await begin({ host, files, context: contextOf(host) });
    for (const change of changes.changes()) await transaction.make(change);
    windows.hives.forget();
    return await readBackEdits(windows, changes.changes());
  };
  const key = async (path: string) =>
    hiveOf(await windows.hives.read("SOFTWARE"))?.root.subkey(path);
  return { changes: new HiveChanges(windows), apply, key };
}

Deno.test("an edit builds on the one before it: the last one is what is there", async () => {
  const { changes, apply, key } = await collect();
  await changes.setValue("SOFTWARE\\Stacked", "Twice", dword(1));
  await changes.setValue("SOFTWARE\\STACKED", "TWICE", dword(2));
  await changes.setValue("SOFTWARE\\Stacked", "Gone", SZ_A);
  await changes.deleteValue("SOFTWARE\\Stacked", "Gone");
  await changes.setValue("SOFTWARE\\Stacked", "Back", dword(1));
  await changes.deleteValue("SOFTWARE\\Stacked", "Back");
  await changes.setValue("SOFTWARE\\Stacked", "Back", dword(1));
  await changes.createKey("SOFTWARE\\Stacked");
  const [change] = changes.changes();
  assert.equal(change!.edits.filter(({ edit }) => edit === "key-created").length, 1);
  const { missing, evidence } = await apply(changes);
  assert.equal(missing, undefined);
  assert.ok(evidence.length > 0);
  const stacked = (await key("Stacked"))!;
  assert.equal(stacked.value("Twice")?.number(), 2);
  assert.equal(stacked.value("Gone"), undefined);
  assert.equal(stacked.value("Back")?.number(), 1);
});

Deno.test("reading back says which edit is not there", async () => {
  const { changes, apply } = await collect();
  await changes.setValue("SOFTWARE\\Stacked", "One", dword(1));
  const planned = changes.changes();
  assert.equal((await apply(changes)).missing, undefined);
  const untouched = await openWindows((await createLab()).host, "D:");
  assert.match((await readBackEdits(untouched, planned)).missing!, /^SOFTWARE\\Stacked: not there/);
});

Deno.test("ten thousand values of one key are read back in seconds", async () => {
  const { changes, apply } = await collect();
  for (let i = 0; i < 10_000; i++) await changes.setValue("SOFTWARE\\Many", `v${i}`, dword(i));
  const began = performance.now();
  assert.equal((await apply(changes)).missing, undefined);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds < 10, `${seconds} s`);
});
