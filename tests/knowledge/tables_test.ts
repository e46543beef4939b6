import assert from "node:assert/strict";
import {
  baseBuild,
  BUILDS,
  describeBuild,
  findBuild,
  findHiveFile,
  findServiceDefault,
  findStorageDriver,
  HIVE_FILES,
  hiveLogPaths,
  movableUpdateCache,
  PENDING_MARKERS,
  SERVICE_DEFAULTS,
  shareBase,
  STORAGE_DRIVERS,
  untouchableReason,
  UPDATE_CACHE,
} from "../../src/knowledge/mod.ts";

Deno.test("every table row names a public source", () => {
  const rows = [
    ...BUILDS,
    ...HIVE_FILES,
    ...PENDING_MARKERS,
    ...SERVICE_DEFAULTS,
    ...STORAGE_DRIVERS,
    ...UPDATE_CACHE,
  ];
  for (const row of rows) {
    assert.ok(row.source.length > 5, JSON.stringify(row));
    assert.doesNotMatch(row.source, /[\\/](?:work|root|tmp)/);
  }
});

Deno.test("describeBuild() names releases, and unknown builds by their number", () => {
  assert.equal(describeBuild(26200), "Windows 11 25H2");
  assert.equal(describeBuild(19045), "Windows 10 22H2");
  assert.equal(describeBuild(17763), "Windows 10 1809");
  assert.equal(describeBuild(22635), "Windows 11 build 22635");
  assert.equal(describeBuild(21390), "Windows 10 build 21390");
});

Deno.test("shareBase() knows the families of enablement packages", () => {
  assert.equal(shareBase(19041, 19045), true);
  assert.equal(shareBase(22621, 22631), true);
  assert.equal(shareBase(26100, 26200), true);
  assert.equal(shareBase(22000, 22621), false);
  assert.equal(shareBase(19045, 18363), false);
  assert.equal(baseBuild(18363), 18362);
  assert.equal(baseBuild(12345), 12345);
  assert.equal(findBuild(12345), undefined);
});

Deno.test("BUILDS rises and every base is itself a base", () => {
  const builds = BUILDS.map((row) => row.build);
  assert.deepEqual(builds, builds.toSorted((a, b) => a - b));
  for (const row of BUILDS) assert.equal(findBuild(row.base)?.base, row.base);
});

Deno.test("movableUpdateCache() holds catroot2 and never CatRoot", () => {
  const ids = movableUpdateCache().map((row) => row.id);
  assert.deepEqual(ids, ["software-distribution", "catroot2", "bits-queue"]);
});

Deno.test("movableUpdateCache() means the queue of BITS and nothing else in its folder", () => {
  const names = movableUpdateCache().find((row) => row.id === "bits-queue")?.names;
  for (const name of ["qmgr.db", "QMGR.JFM", "edb.log", "edb00001.log", "edb.chk", "qmgr0.dat"]) {
    assert.match(name, names!);
  }
  for (const name of ["other.db", "qmgr.db.bak", "notes.log"]) assert.doesNotMatch(name, names!);
});

Deno.test("untouchableReason() forbids CatRoot, what is in it, and folders above it", () => {
  for (
    const path of [
      "Windows\\System32\\CatRoot",
      "windows/system32/catroot/{F750E6C3}/x.cat",
      "Windows\\System32",
      "Windows",
      "",
    ]
  ) {
    assert.ok(untouchableReason(path), path);
  }
});

Deno.test("untouchableReason() forbids transaction logs and the folder of the hives", () => {
  const log = "Windows\\System32\\config\\SYSTEM{53b39e3f}.TM.blf";
  assert.equal(untouchableReason(log)?.id, "config-transaction-logs");
  assert.ok(untouchableReason("Windows\\System32\\config\\TxR\\x.0.REGTRANS-MS"));
  assert.ok(untouchableReason("Windows\\System32\\SMI\\Store\\Machine\\schema.blf"));
  assert.ok(untouchableReason("Windows\\System32\\config"));
});

Deno.test("untouchableReason() lets everything else pass", () => {
  for (
    const path of [
      "Windows\\System32\\catroot2",
      "Windows\\System32\\CatRoot2\\edb.log",
      "Windows\\SoftwareDistribution",
      "Windows\\System32\\config\\SYSTEM",
      "Windows\\WinSxS\\pending.xml",
      "Users\\a\\notes.blf",
    ]
  ) {
    assert.equal(untouchableReason(path), undefined, path);
  }
});

Deno.test("PENDING_MARKERS has stable, unique names and knows what blocks", () => {
  const ids = PENDING_MARKERS.map((row) => row.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[a-z]+(?:-[a-z]+)*$/);
  const blocking = PENDING_MARKERS.filter((row) => row.weight === "blocks").map((row) => row.id);
  assert.ok(blocking.includes("pending-xml"));
  assert.ok(blocking.includes("components-pending-xml-identifier"));
  assert.ok(!blocking.includes("boot-execute"));
});

Deno.test("findServiceDefault() finds in any case, and nothing that is not there", () => {
  assert.equal(findServiceDefault("WUAUSERV")?.start, 3);
  assert.equal(findServiceDefault("UsoSvc")?.delayed, true);
  assert.equal(findServiceDefault("CryptSvc")?.delayed, false);
  assert.equal(findServiceDefault("bits")?.trust, undefined);
  assert.equal(findServiceDefault("nothing"), undefined);
});

Deno.test("findStorageDriver() parts layered drivers from plain ones", () => {
  assert.equal(findStorageDriver("IASTORVD")?.matters, true);
  assert.equal(findStorageDriver("iaStorV")?.inbox, true);
  assert.equal(findStorageDriver("stornvme")?.matters, false);
  assert.equal(findStorageDriver("disk"), undefined);
});

Deno.test("findHiveFile() names paths and logs", () => {
  assert.equal(findHiveFile("system")?.neededToStart, true);
  assert.equal(findHiveFile("COMPONENTS")?.neededToStart, false);
  assert.equal(findHiveFile("NTUSER"), undefined);
  assert.deepEqual(hiveLogPaths(findHiveFile("SAM")!.path).slice(0, 2), [
    "Windows\\System32\\config\\SAM.LOG1",
    "Windows\\System32\\config\\SAM.LOG2",
  ]);
});
