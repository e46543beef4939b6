/** Hives as Windows would see them: with their logs replayed, or with the reason why not. */
import assert from "node:assert/strict";
import { RootedFileSystem } from "../../src/host/mod.ts";
import { describeReplay, hiveOf, HiveStore } from "../../src/windows/mod.ts";
import {
  createLab,
  type Damage,
  dirtySoftwareHive,
  hivePath,
  type MemoryLab,
  missingSoftwareHive,
  truncatedSystemHive,
} from "../lab/mod.ts";

async function storeOf(
  ...damages: readonly Damage[]
): Promise<{ lab: MemoryLab; store: HiveStore }> {
  const lab = await createLab();
  await lab.damage(...damages);
  return { lab, store: new HiveStore(new RootedFileSystem(lab.files, "D:\\")) };
}

Deno.test("a clean hive is read as it lies, whatever its logs say", async () => {
  const { lab, store } = await storeOf();
  lab.files.put(`D:\\${hivePath("SYSTEM")}.LOG1`, new TextEncoder().encode("rubbish"));
  const state = await store.read("system");
  assert.equal(state.state, "clean");
  assert.ok(state.state === "clean");
  assert.equal(describeReplay(state.replay), undefined);
  assert.deepEqual(state.replay.used, []);
  assert.ok(hiveOf(state)?.key("Select"));
});

Deno.test("a dirty hive is shown with the newest data of its logs, and says so", async () => {
  const { lab, store } = await storeOf(dirtySoftwareHive());
  const state = await store.read("SOFTWARE");
  assert.ok(state.state === "replayed");
  assert.equal(describeReplay(state.replay), "dirty, 1 page replayed from LOG1");
  assert.equal(hiveOf(state)?.key("LabDirty")?.value("LabReplayed")?.data.at(-1), 1);
  assert.equal(hiveOf(state)?.dirty, false);
  assert.equal(state.bytes, (await lab.files.read(`D:\\${hivePath("SOFTWARE")}`)).length);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("a dirty hive without usable logs is shown as it lies, with the reasons", async () => {
  const { lab, store } = await storeOf(dirtySoftwareHive({ log: "none" }));
  const without = await store.read("SOFTWARE");
  assert.ok(without.state === "dirty");
  assert.equal(
    describeReplay(without.replay),
    "dirty, and no log can be used (none is there)",
  );
  assert.equal(hiveOf(without)?.key("LabDirty")?.value("LabReplayed")?.data.at(-1), 0);
  lab.files.put(`D:\\${hivePath("SOFTWARE")}.LOG1`, new Uint8Array(4096));
  store.forget();
  const rubbish = await store.read("SOFTWARE");
  assert.ok(rubbish.state === "dirty");
  assert.match(describeReplay(rubbish.replay)!, /no log can be used \(SOFTWARE\.LOG1: \w/);
});

Deno.test("a hive that is missing, cut off, no hive or on a failing disk has none to show", async () => {
  const missing = await (await storeOf(missingSoftwareHive())).store.read("SOFTWARE");
  assert.equal(missing.state, "absent");
  assert.equal(hiveOf(missing), undefined);
  const cut = await (await storeOf(truncatedSystemHive())).store.read("SYSTEM");
  assert.ok(cut.state === "unreadable");
  assert.match(cut.problem, /cut off/);
  const { lab, store } = await storeOf();
  lab.files.put(`D:\\${hivePath("SAM")}`, new TextEncoder().encode("no hive at all"));
  const none = await store.read("SAM");
  assert.ok(none.state === "unreadable" && !none.disk);
  lab.files.setFault(`D:\\${hivePath("SOFTWARE")}`, { fault: "disk-error" });
  const failing = await store.read("SOFTWARE");
  assert.ok(failing.state === "unreadable" && failing.disk);
});

Deno.test("a hive is read once, until the store forgets it", async () => {
  const { lab, store } = await storeOf();
  const first = await store.read("SOFTWARE");
  await lab.files.remove(`D:\\${hivePath("SOFTWARE")}`);
  assert.equal(await store.read("software"), first);
  store.forget();
  assert.equal((await store.read("SOFTWARE")).state, "absent");
});
