import assert from "node:assert/strict";
import { FormatError, isFileFault } from "../../src/base/mod.ts";
import { readNtfsVolumeFlags, volumeSignature } from "../../src/formats/ntfs/mod.ts";
import { type Hive, openHive } from "../../src/formats/regf/mod.ts";
import {
  bitLockerLocked,
  bootExecuteProgramMissing,
  bootServiceDisabled,
  classFilterMissing,
  commandBeforeLogon,
  corruptManifest,
  corruptPayload,
  corruptProtectedFile,
  createLab,
  type Damage,
  dirtySoftwareHive,
  dirtyVolume,
  domainJoined,
  driverStart,
  exclusiveSessionLeftBehind,
  factoryFresh,
  fastStartup,
  filterDrivers,
  firstBootInterrupted,
  halfDoneUpdateOfEveryKind,
  healthyLookAlikes,
  hiberfilResumed,
  hibernated,
  type HiveName,
  hivePath,
  hopelessDisk,
  junctionInUpdatePath,
  lastKnownGoodDiffers,
  type MemoryLab,
  missingSoftwareHive,
  noRoom,
  oobeInterrupted,
  pendingXmlIdentifierOnly,
  pendingXmlLeftBehind,
  proxySet,
  readComponentFiles,
  readOnlyVolume,
  rebootPendingKey,
  rollbackWaits,
  safeOsImageLost,
  sealedImage,
  serviceDisabled,
  setupExecuteWithoutPendingXml,
  setupInProgress,
  sha256Hex,
  staleBackupFolders,
  startsFailed,
  systemBinHeaderLost,
  systemPageLost,
  thirdPartyAntivirus,
  truncatedSystemHive,
  updateCacheStuck,
  updatePolicySet,
  updateServersBlocked,
  updatesPaused,
  upgradeGivenUp,
  upgradeWaitsForRestart,
  windowsStarted,
} from "./mod.ts";

const SERVICING = "Microsoft\\Windows\\CurrentVersion\\Component Based Servicing";

async function damaged(...damages: Damage[]): Promise<MemoryLab> {
  const lab = await createLab({ source: "none" });
  await lab.damage(...damages);
  return lab;
}

async function hive(lab: MemoryLab, name: HiveName): Promise<Hive> {
  return openHive(await lab.files.read(`D:\\${hivePath(name)}`), { name });
}

/** The paths of the Windows volume that a damage changed, without the long tails. */
async function changedPaths(...damages: Damage[]): Promise<string[]> {
  const sound = await (await damaged()).snapshot();
  const lab = await damaged(...damages);
  lab.files.volume("D:").locked = false;
  const after = await lab.snapshot();
  const paths = [...new Set([...sound.keys(), ...after.keys()])];
  return paths.filter((path) => sound.get(path) !== after.get(path)).sort();
}

const CONFIG = "Windows\\System32\\config";
const STORE = "Windows\\WinSxS";
const CACHE = "Windows\\SoftwareDistribution";

/** Each damage with the beginnings of the paths that it may change, and must change. */
const TABLE: readonly (readonly [Damage, readonly string[]])[] = [
  [dirtyVolume(), []],
  [hopelessDisk(), []],
  [bitLockerLocked(), []],
  [readOnlyVolume(), []],
  [noRoom(5), []],
  [hibernated(), ["hiberfil.sys"]],
  [fastStartup(), [`${CONFIG}\\SYSTEM`, "hiberfil.sys"]],
  [hiberfilResumed(), ["hiberfil.sys"]],
  [
    pendingXmlLeftBehind(),
    [
      "Windows\\Logs\\CBS\\CBS.log",
      `${CONFIG}\\COMPONENTS`,
      `${CONFIG}\\SOFTWARE`,
      `${CONFIG}\\SYSTEM`,
      `${STORE}\\pending.xml`,
      `${STORE}\\poqexec.log`,
    ],
  ],
  [rebootPendingKey(), [`${CONFIG}\\SOFTWARE`]],
  [setupExecuteWithoutPendingXml(), [`${CONFIG}\\SOFTWARE`, `${CONFIG}\\SYSTEM`]],
  [exclusiveSessionLeftBehind(), [`${CONFIG}\\SOFTWARE`]],
  [pendingXmlIdentifierOnly(), [`${CONFIG}\\COMPONENTS`]],
  [bootExecuteProgramMissing(), [`${CONFIG}\\SYSTEM`]],
  [startsFailed(2), ["Windows\\Logs\\CBS\\CBS.log"]],
  [windowsStarted(), ["Windows\\Logs\\CBS\\CBS.log"]],
  [
    halfDoneUpdateOfEveryKind(),
    [
      "Windows\\Logs\\CBS\\CBS.log",
      `${CONFIG}\\COMPONENTS`,
      `${CONFIG}\\SOFTWARE`,
      `${CONFIG}\\SYSTEM`,
      `${STORE}\\pending.xml`,
      `${STORE}\\poqexec.log`,
    ],
  ],
  [
    healthyLookAlikes(),
    [
      "Windows\\System32\\PDBoot.exe",
      `${CONFIG}\\COMPONENTS`,
      `${CONFIG}\\SOFTWARE`,
      `${CONFIG}\\SYSTEM`,
      `${STORE}\\cleanup.xml`,
      `${STORE}\\pending.xml.bad`,
      `${STORE}\\reboot.xml`,
    ],
  ],
  [serviceDisabled("wuauserv"), [`${CONFIG}\\SYSTEM`]],
  [
    filterDrivers({ name: "acme", disks: true }),
    [`${CONFIG}\\SYSTEM`, "Windows\\System32\\drivers\\acme.sys"],
  ],
  [
    thirdPartyAntivirus(),
    [
      `${CONFIG}\\SYSTEM`,
      ...["eamonm", "edevmon", "eelam", "ehdrv"].map((name) =>
        `Windows\\System32\\drivers\\${name}.sys`
      ),
    ],
  ],
  [classFilterMissing(), [`${CONFIG}\\SYSTEM`]],
  [driverStart("rdyboost", 2), [`${CONFIG}\\SYSTEM`]],
  [bootServiceDisabled(), [`${CONFIG}\\SYSTEM`]],
  [lastKnownGoodDiffers(), [`${CONFIG}\\SYSTEM`]],
  [setupInProgress(), [`${CONFIG}\\SYSTEM`]],
  [upgradeWaitsForRestart(), ["$WINDOWS.~BT", "Boot\\BCD"]],
  [safeOsImageLost(), ["$WINDOWS.~BT", "Boot\\BCD"]],
  [rollbackWaits(), ["$WINDOWS.~BT", "Boot\\BCD"]],
  [upgradeGivenUp(), ["$WINDOWS.~BT"]],
  [firstBootInterrupted(), [`${CONFIG}\\SOFTWARE`, `${CONFIG}\\SYSTEM`]],
  [oobeInterrupted(), [`${CONFIG}\\SOFTWARE`, `${CONFIG}\\SYSTEM`]],
  [factoryFresh(), [`${CONFIG}\\SOFTWARE`, `${CONFIG}\\SYSTEM`]],
  [sealedImage(), [`${CONFIG}\\SOFTWARE`, `${CONFIG}\\SYSTEM`]],
  [commandBeforeLogon(), [`${CONFIG}\\SYSTEM`]],
  [dirtySoftwareHive(), [`${CONFIG}\\SOFTWARE`, `${CONFIG}\\SOFTWARE.LOG1`]],
  [truncatedSystemHive(), [`${CONFIG}\\SYSTEM`]],
  [systemBinHeaderLost(), [`${CONFIG}\\SYSTEM`]],
  [systemPageLost(), [`${CONFIG}\\SYSTEM`]],
  [missingSoftwareHive(), [`${CONFIG}\\SOFTWARE`]],
  [corruptProtectedFile("Windows\\System32\\ntdll.dll"), ["Windows\\System32\\ntdll.dll"]],
  [corruptPayload("microsoft-windows-ntdll"), [`${STORE}\\amd64_microsoft-windows-ntdll_`]],
  [
    corruptManifest("microsoft-windows-ntdll"),
    [`${STORE}\\Manifests\\amd64_microsoft-windows-ntdll_`],
  ],
  [
    updateCacheStuck(),
    [
      `${CACHE}\\DataStore\\DataStore.edb`,
      `${CACHE}\\DataStore\\Logs\\edb00001.log`,
      `${CACHE}\\Download\\4f1c2a90be7733d1`,
      `${CACHE}\\Download\\c07a51e2d8846b0f`,
      "Windows\\System32\\catroot2\\dberr.txt",
    ],
  ],
  [
    staleBackupFolders(),
    [
      `${CACHE}.bak`,
      `${CACHE}.old`,
      "Windows\\System32\\catroot2.bak",
      "Windows\\System32\\catroot2.old",
    ],
  ],
  [junctionInUpdatePath(), [`${CACHE}\\Download`]],
  [updateServersBlocked(), ["Windows\\System32\\drivers\\etc\\hosts"]],
  [updatePolicySet(), [`${CONFIG}\\SOFTWARE`]],
  [updatesPaused(), [`${CONFIG}\\SOFTWARE`]],
  [proxySet(), [`${CONFIG}\\SOFTWARE`]],
  [domainJoined(), [`${CONFIG}\\SECURITY`, `${CONFIG}\\SYSTEM`]],
];

for (const [damage, expected] of TABLE) {
  Deno.test(`${damage.name}() changes its own files and no others`, async () => {
    const changed = await changedPaths(damage);
    const covering = new Set(changed.map((path) => expected.find((start) => covers(start, path))));
    assert.ok(!covering.has(undefined), `also changed: ${changed.join(", ")}`);
    assert.deepEqual([...covering].sort(), [...expected].sort());
    assert.ok(damage.imitates.length > 40);
  });
}

function covers(start: string, path: string): boolean {
  return path === start || path.startsWith(`${start}\\`) ||
    (start.endsWith("_") && path.startsWith(start));
}

Deno.test("a sound lab shows none of the damages", async () => {
  const lab = await damaged();
  const system = await hive(lab, "SYSTEM");
  const software = await hive(lab, "SOFTWARE");
  assert.equal(software.key(`${SERVICING}\\RebootPending`), undefined);
  assert.equal((await hive(lab, "COMPONENTS")).root.value("PendingXmlIdentifier"), undefined);
  assert.equal(system.key("ControlSet001\\Services\\wuauserv")?.value("Start")?.number(), 3);
  assert.equal(await lab.files.stat("D:\\hiberfil.sys"), undefined);
  assert.equal(await lab.files.stat("D:\\Windows\\WinSxS\\pending.xml"), undefined);
  assert.deepEqual(lab.state.dirtyVolumes, []);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("dirtyVolume() and hopelessDisk() show in the state, the raw bytes and in reading", async () => {
  const lab = await damaged(dirtyVolume(), dirtyVolume());
  assert.deepEqual([lab.state.dirtyVolumes, lab.state.hopelessVolumes], [["D:"], []]);
  const flags = async (of: MemoryLab) => {
    const volume = (await of.host.volumes.at("D:\\"))!;
    return await readNtfsVolumeFlags({
      size: volume.totalBytes,
      read: async (at, length) => (await of.host.volumes.readRaw(volume, at, length))!,
    });
  };
  assert.equal((await flags(lab)).dirty, true);
  assert.equal((await flags(await damaged())).dirty, false);
  const failing = await damaged(hopelessDisk());
  assert.deepEqual(failing.state.hopelessVolumes, ["D:"]);
  await assert.rejects(
    failing.files.read(`D:\\${CONFIG}\\COMPONENTS`),
    (error) => isFileFault(error, "disk-error"),
  );
});

Deno.test("bitLockerLocked() hides every path and shows its signature", async () => {
  const lab = await damaged(bitLockerLocked());
  assert.equal(await lab.files.stat("D:\\Windows"), undefined);
  const volume = (await lab.host.volumes.list()).find(({ letter }) => letter === "D:")!;
  assert.equal(volume.mounted, false);
  const sector = await lab.host.volumes.readRaw(volume, 0, 512);
  assert.equal(volumeSignature(sector!), "bitlocker");
});

Deno.test("readOnlyVolume() and noRoom() stop writing", async () => {
  const readOnly = await damaged(readOnlyVolume());
  const write = (lab: MemoryLab) => lab.files.createFile("D:\\x", new Uint8Array(10));
  await assert.rejects(write(readOnly), (error) => isFileFault(error, "read-only"));
  assert.equal((await readOnly.host.volumes.at("D:\\"))?.readOnly, true);
  const full = await damaged(noRoom(9));
  assert.equal((await full.host.volumes.at("D:\\"))?.freeBytes, 9);
  await assert.rejects(write(full), (error) => isFileFault(error, "no-space"));
});

Deno.test("hiberfil.sys tells hibernated, Fast Startup and resumed apart", async () => {
  const seen = async (damage: Damage) => {
    const lab = await damaged(damage);
    const file = await lab.files.open("D:\\hiberfil.sys");
    const signature = new TextDecoder().decode(await file.read(0, 4));
    await file.close();
    const power = "ControlSet001\\Control\\Session Manager\\Power";
    return [
      signature,
      (await hive(lab, "SYSTEM")).key(power)?.value("HiberbootEnabled")?.number(),
    ];
  };
  assert.deepEqual(await seen(hibernated()), ["HIBR", 0]);
  assert.deepEqual(await seen(fastStartup()), ["HIBR", 1]);
  assert.deepEqual(await seen(hiberfilResumed()), ["WAKE", 0]);
  assert.deepEqual(await seen(hiberfilResumed("zero")), ["\0\0\0\0", 0]);
});

Deno.test("pendingXmlLeftBehind() leaves every marker of a half installed update", async () => {
  const lab = await damaged(pendingXmlLeftBehind());
  const session = (await hive(lab, "SYSTEM")).key("ControlSet001\\Control\\Session Manager");
  assert.match(
    session?.value("SetupExecute")?.strings()?.[0] ?? "",
    /poqexec\.exe .*pending\.xml$/,
  );
  assert.deepEqual(session?.value("BootExecute")?.strings(), ["autocheck autochk *"]);
  const software = await hive(lab, "SOFTWARE");
  assert.ok(software.key(`${SERVICING}\\RebootPending`));
  assert.equal(software.key(`${SERVICING}\\SessionsPending`)?.value("Exclusive")?.number(), 3);
  assert.ok((await hive(lab, "COMPONENTS")).root.value("PendingXmlIdentifier"));
  const pending = lab.state.packages.filter(({ state }) => state === "Install Pending");
  assert.equal(pending.length, 1);
  const key = software.key(`${SERVICING}\\Packages\\${pending[0]!.identity}`);
  assert.equal(key?.value("CurrentState")?.number(), 96);
});

Deno.test("serviceDisabled() refuses services that the lab does not have", async () => {
  const lab = await damaged(serviceDisabled("wuauserv"), serviceDisabled("BITS"));
  const services = (await hive(lab, "SYSTEM")).key("ControlSet001\\Services");
  assert.equal(services?.subkey("wuauserv")?.value("Start")?.number(), 4);
  assert.equal(services?.subkey("BITS")?.value("Start")?.number(), 4);
  assert.equal(services?.subkey("CryptSvc")?.value("Start")?.number(), 2);
  await assert.rejects(lab.damage(serviceDisabled("nonsense")), RangeError);
});

Deno.test("dirtySoftwareHive() keeps the newest value in the log only", async () => {
  const lab = await damaged(dirtySoftwareHive(), rebootPendingKey());
  const software = await hive(lab, "SOFTWARE");
  assert.equal(software.dirty, true);
  assert.equal(software.header.checksumValid, true);
  assert.ok(software.key(`${SERVICING}\\RebootPending`));
  assert.equal(software.key("LabDirty")?.value("LabReplayed")?.data.at(-1), 0);
  const log = await lab.files.read(`D:\\${hivePath("SOFTWARE")}.LOG1`);
  assert.equal(new TextDecoder().decode(log.subarray(512, 516)), "HvLE");
  const without = await damaged(dirtySoftwareHive({ log: "none" }));
  assert.equal((await without.files.stat(`D:\\${hivePath("SOFTWARE")}.LOG1`))?.size, 0);
});

Deno.test("truncatedSystemHive() and missingSoftwareHive() cannot be read whole", async () => {
  const lab = await damaged(truncatedSystemHive(), missingSoftwareHive());
  let truncated: boolean;
  try {
    truncated = (await hive(lab, "SYSTEM")).truncated;
  } catch (error) {
    truncated = error instanceof FormatError;
  }
  assert.equal(truncated, true);
  await assert.rejects(hive(lab, "SOFTWARE"), (error) => isFileFault(error, "not-found"));
});

Deno.test("corrupt files, payloads and manifests are what their names say", async () => {
  const wrong = async (damage: Damage) => {
    const { files } = await damaged(damage);
    const store = await readComponentFiles(files, "D:\\");
    const bad: string[] = [];
    for (const { sha256, installed, payload } of store) {
      for (const path of [installed, payload]) {
        if (sha256Hex(await files.read(`D:\\${path}`)) !== sha256) bad.push(path);
      }
    }
    return { bad, count: store.length };
  };
  const sound = await wrong(dirtyVolume());
  assert.deepEqual(sound.bad, []);
  const path = "Windows\\System32\\winload.efi";
  assert.deepEqual((await wrong(corruptProtectedFile(path))).bad, [path]);
  const payload = (await wrong(corruptPayload("microsoft-windows-ntdll"))).bad;
  assert.match(payload.join(), /^Windows\\WinSxS\\amd64_microsoft-windows-ntdll_.*\\ntdll\.dll$/);
  const manifest = await wrong(corruptManifest("microsoft-windows-ntdll"));
  assert.deepEqual([manifest.bad, manifest.count], [[], sound.count - 1]);
  await assert.rejects((await damaged()).damage(corruptPayload("nonsense")), RangeError);
});

Deno.test("junctionInUpdatePath() leads to somebody's documents", async () => {
  const lab = await damaged(junctionInUpdatePath());
  assert.equal((await lab.files.stat(`D:\\${CACHE}\\Download`))?.reparse, true);
  const names = (await lab.files.list(`D:\\${CACHE}\\Download`)).map(({ name }) => name);
  assert.ok(names.includes("Thesis.docx"));
});

Deno.test("no damage touches anybody's own files", async () => {
  for (const [damage] of TABLE) {
    const changed = await changedPaths(damage);
    assert.deepEqual(
      changed.filter((path) => /^(Users|Program|ProgramData\\Contoso)/.test(path)),
      [],
    );
  }
});

Deno.test("damages add up in any order", async () => {
  const all = [pendingXmlLeftBehind(), serviceDisabled("BITS"), fastStartup(), setupInProgress()];
  const one = await (await damaged(...all)).files.read(`D:\\${hivePath("SYSTEM")}`);
  const system = openHive(one);
  assert.equal(system.key("ControlSet001\\Services\\BITS")?.value("Start")?.number(), 4);
  assert.equal(system.key("Setup")?.value("CmdLine")?.string(), "oobe\\windeploy.exe");
  const other = openHive(
    await (await damaged(...all.toReversed())).files.read(`D:\\${hivePath("SYSTEM")}`),
  );
  assert.equal(other.key("Setup")?.value("SetupType")?.number(), 2);
  assert.equal(other.key("ControlSet001\\Services\\BITS")?.value("Start")?.number(), 4);
});
