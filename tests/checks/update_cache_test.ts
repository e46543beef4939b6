import assert from "node:assert/strict";
import { findCachePlaces, updateCache } from "../../src/checks/mod.ts";
import { junctionInUpdatePath, staleBackupFolders, updateCacheStuck } from "../lab/mod.ts";
import { ask, type CheckLab, checkLab } from "./check_lab.ts";

const CACHE = "Windows\\SoftwareDistribution";
const STORE = `${CACHE}\\DataStore\\DataStore.edb`;
const DOWNLOADER = "ProgramData\\Microsoft\\Network\\Downloader";

/** A lab whose data base says that state. */
async function labWithState(state: number): Promise<CheckLab> {
  const lab = await checkLab();
  const bytes = await lab.lab.files.read(`D:\\${STORE}`);
  new DataView(bytes.buffer).setUint32(52, state, true);
  lab.lab.files.put(`D:\\${STORE}`, bytes);
  return lab;
}

Deno.test("updates.cache: a healthy cache is in order, with its places as evidence", async () => {
  const lab = await checkLab();
  const finding = await ask(lab, updateCache);
  assert.equal(finding.outcome, "ok");
  const paths = finding.evidence.map((evidence) => evidence.kind === "file" && evidence.path);
  assert.ok(paths.includes(CACHE) && paths.includes("Windows\\System32\\catroot2"));
  assert.ok(!paths.some((path) => path === "Windows\\System32\\CatRoot"));
});

Deno.test("updates.cache: every state of the data base", async () => {
  const outcomes: Record<number, string> = {
    1: "ok",
    2: "problem",
    3: "ok",
    4: "problem",
    5: "problem",
  };
  for (const [state, outcome] of Object.entries(outcomes)) {
    const finding = await ask(await labWithState(Number(state)), updateCache);
    assert.deepEqual([finding.outcome, finding.blocking], [outcome, outcome === "problem"], state);
    if (outcome === "ok") continue;
    assert.match(finding.summary, /its data base was not closed/);
    assert.equal(finding.next, "pemedic cache reset D:");
    assert.match(JSON.stringify(finding.evidence[0]), /ESE state: /);
  }
});

Deno.test("updates.cache: a data base that is none is damaged", async () => {
  for (const content of [new Uint8Array(), new Uint8Array(4096), new Uint8Array(63).fill(1)]) {
    const lab = await checkLab();
    lab.lab.files.put(`D:\\${STORE}`, content);
    const finding = await ask(lab, updateCache);
    assert.equal(finding.outcome, "problem");
    assert.match(finding.summary, /its data base is damaged/);
  }
  assert.match((await ask(await labWithState(99), updateCache)).summary, /is damaged/);
});

Deno.test("updates.cache: a data base that cannot be read is a problem", async () => {
  for (const fault of ["disk-error", "denied", "busy"] as const) {
    const lab = await checkLab();
    lab.lab.files.setFault(`D:\\${STORE}`, { fault });
    const finding = await ask(lab, updateCache);
    assert.deepEqual([finding.outcome, finding.blocking], ["problem", true], fault);
    assert.match(finding.summary, /its data base cannot be read/);
  }
});

Deno.test("updates.cache: a cache that is stuck tells its size", async () => {
  const finding = await ask(await checkLab([updateCacheStuck()]), updateCache);
  assert.equal(finding.outcome, "problem");
  assert.match(finding.summary, /\(6\.0 GB\)$/);
});

Deno.test("updates.cache: nothing there is fine, and has evidence", async () => {
  const lab = await checkLab();
  for (const path of [CACHE, "Windows\\System32\\catroot2", "ProgramData"]) {
    lab.lab.files.erase(`D:\\${path}`);
  }
  const finding = await ask(lab, updateCache);
  assert.deepEqual([finding.outcome, finding.evidence.length], ["ok", 1]);
  assert.match(finding.summary, /\(it is empty\)$/);
});

Deno.test("updates.cache: a cache that is a junction is a notice and is not counted", async () => {
  const lab = await checkLab([junctionInUpdatePath({ path: CACHE, target: "D:\\Users" })]);
  const finding = await ask(lab, updateCache);
  assert.deepEqual([finding.outcome, finding.blocking], ["notice", false]);
  assert.match(finding.summary, /Windows\\SoftwareDistribution is a junction/);
  const [place] = await findCachePlaces(lab.windows);
  assert.deepEqual([place!.reparse, place!.bytes], [true, 0]);
});

Deno.test("updates.cache: a junction inside is not followed when bytes are counted", async () => {
  const sizeOf = async (lab: CheckLab) => (await findCachePlaces(lab.windows))[0]!.bytes;
  const lab = await checkLab();
  lab.lab.files.erase(`D:\\${CACHE}\\Download`);
  const without = await sizeOf(lab);
  lab.lab.files.putJunction(`D:\\${CACHE}\\Download`, "D:\\Users");
  assert.equal(await sizeOf(lab), without);
  assert.equal((await ask(lab, updateCache)).outcome, "ok");
});

Deno.test("updates.cache: a folder that may not be listed is named, the rest is counted", async () => {
  const lab = await checkLab();
  lab.lab.files.put(`D:\\${CACHE}\\Locked\\deep\\x`, new Uint8Array(1 << 20));
  const whole = (await findCachePlaces(lab.windows))[0]!.bytes;
  lab.lab.files.setFault(`D:\\${CACHE}\\Locked`, { fault: "denied" });
  const finding = await ask(lab, updateCache);
  assert.equal(finding.outcome, "ok");
  assert.match(finding.summary, /\(at least /);
  assert.match(JSON.stringify(finding.evidence), /1 folders that cannot be listed.*Locked/);
  const [place] = await findCachePlaces(lab.windows);
  assert.deepEqual(place!.uncounted, [`${CACHE}\\Locked`]);
  assert.equal(whole - place!.bytes, 1 << 20);
});

Deno.test("updates.cache: a queue folder that may not be listed is named", async () => {
  const lab = await checkLab();
  lab.lab.files.setFault(`D:\\${DOWNLOADER}`, { fault: "denied" });
  const finding = await ask(lab, updateCache);
  assert.match(finding.summary, /\(at least /);
  assert.match(JSON.stringify(finding.evidence), /Downloader.*cannot be listed/);
});

Deno.test("findCachePlaces() takes what a reset moves and leaves older backups alone", async () => {
  const lab = await checkLab([staleBackupFolders()]);
  lab.lab.files.put(`D:\\${DOWNLOADER}\\somebody.txt`, new Uint8Array(5));
  lab.lab.files.put(`D:\\${DOWNLOADER}\\QMGR1.DAT`, new Uint8Array(5));
  const places = await findCachePlaces(lab.windows);
  const paths = places.map((place) => place.path);
  assert.ok(paths.includes(`${DOWNLOADER}\\QMGR1.DAT`));
  assert.ok(!paths.some((path) => /\.old|\.bak|somebody|CatRoot$/.test(path)), paths.join());
});
