import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { openHive, readHiveLogs, readHiveSet } from "../../../src/formats/regf/mod.ts";
import { entryBetween, hiveState, newLog, refusals, withHeader } from "./hive_logs.ts";
import { listing } from "./hive_samples.ts";

const PATH = "Windows\\System32\\config\\SOFTWARE";
const DIRTY = withHeader(hiveState(1), { sequences: [2, 1] });
const LOG = newLog(DIRTY, [entryBetween(DIRTY, hiveState(2), { sequence: 2 })]);

/** A disk with the given files, and what was read from it. */
function disk(files: Readonly<Record<string, Uint8Array>>) {
  const asked: string[] = [];
  const read = (path: string) => {
    asked.push(path);
    return Promise.resolve(files[path]);
  };
  return { asked, read };
}

Deno.test("readHiveSet() replays the logs beside a hive", async () => {
  const { asked, read } = disk({ [PATH]: DIRTY, [`${PATH}.LOG1`]: LOG });
  const set = await readHiveSet(PATH, read);
  assert.equal(set?.state, "replayed");
  assert.deepEqual(set.used.map(({ name }) => name), ["SOFTWARE.LOG1"]);
  assert.deepEqual(listing(openHive(set.bytes)), listing(openHive(hiveState(2))));
  assert.deepEqual(asked, [PATH, `${PATH}.LOG1`, `${PATH}.LOG2`]);
});

Deno.test("readHiveSet() knows no hive where there is no file, whatever logs are left", async () => {
  const { asked, read } = disk({ [`${PATH}.LOG1`]: LOG });
  assert.equal(await readHiveSet(PATH, read), undefined);
  assert.deepEqual(asked, [PATH]);
});

Deno.test("readHiveSet() leaves a dirty hive without logs as it lies", async () => {
  const set = await readHiveSet(PATH, disk({ [PATH]: DIRTY }).read);
  assert.equal(set?.state, "unrecovered");
  assert.equal(set.bytes, DIRTY);
  assert.deepEqual(set.refused, []);
});

Deno.test("readHiveSet() names the log that cannot be used", async () => {
  const set = await readHiveSet(
    PATH,
    disk({ [PATH]: DIRTY, [`${PATH}.LOG2`]: new Uint8Array(99) }).read,
  );
  assert.deepEqual(refusals(set!), { "SOFTWARE.LOG2": "it ends after 99 bytes" });
});

Deno.test("readHiveSet() throws for a file that is no hive", async () => {
  const { read } = disk({ [PATH]: new Uint8Array(9000) });
  await assert.rejects(readHiveSet(PATH, read), FormatError);
});

Deno.test("readHiveLogs() takes a lone .LOG only if the two others are absent or empty", async () => {
  const empty = new Uint8Array();
  const names = async (files: Readonly<Record<string, Uint8Array>>) => {
    const logs = await readHiveLogs(PATH, disk(files).read);
    return logs.map(({ name }) => name);
  };
  const [lone, first, second] = [".LOG", ".LOG1", ".LOG2"].map((end) => PATH + end) as [
    string,
    string,
    string,
  ];
  assert.deepEqual(await names({}), []);
  assert.deepEqual(await names({ [lone]: LOG }), ["SOFTWARE.LOG"]);
  assert.deepEqual(await names({ [lone]: LOG, [first]: empty, [second]: empty }), ["SOFTWARE.LOG"]);
  assert.deepEqual(await names({ [lone]: LOG, [first]: LOG, [second]: empty }), ["SOFTWARE.LOG1"]);
  assert.deepEqual(await names({ [lone]: LOG, [second]: LOG }), ["SOFTWARE.LOG2"]);
  assert.deepEqual(await names({ [first]: LOG, [second]: LOG }), [
    "SOFTWARE.LOG1",
    "SOFTWARE.LOG2",
  ]);
  assert.deepEqual(await names({ [lone]: empty }), []);
});

Deno.test("readHiveLogs() names logs by their file name, with either separator", async () => {
  for (const path of ["a\\b\\SAM", "a/b/SAM", "a\\b/SAM", "SAM"]) {
    const logs = await readHiveLogs(path, disk({ [`${path}.LOG1`]: LOG }).read);
    assert.deepEqual(logs.map(({ name }) => name), ["SAM.LOG1"]);
  }
});
