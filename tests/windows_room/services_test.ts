import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { encodeUtf16 } from "../../src/base/mod.ts";
import {
  companyName,
  controlSetsInUse,
  effectiveStart,
  findFilterDrivers,
  findStorageControllers,
  isAntivirus,
  isDriver,
  isProcess,
  listFilterLists,
  listServices,
  openWindows,
  readService,
  serviceFile,
  serviceFileState,
  servicesBelongingTo,
} from "../../src/windows/mod.ts";
import {
  type DamageSite,
  filterDrivers,
  lastKnownGoodDiffers,
  type MemoryLab,
  thirdPartyAntivirus,
  truncatedSystemHive,
  versionString,
} from "../lab/mod.ts";
import { findBootFaults } from "../../src/checks/mod.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import { without } from "../needs.ts";
import { labWith } from "./rooms.ts";

const open = async (...damages: Parameters<typeof labWith>[0] & unknown[]) =>
  await openWindows((await labWith(damages)).host, "D:");

const FILES: readonly (readonly [number, string | undefined, string | undefined])[] = [
  [1, undefined, "Windows\\System32\\drivers\\acme.sys"],
  [1, "", "Windows\\System32\\drivers\\acme.sys"],
  [2, "System32\\drivers\\a.sys", "Windows\\System32\\drivers\\a.sys"],
  [1, "\\SystemRoot\\system32\\DRIVERS\\a.sys", "Windows\\system32\\DRIVERS\\a.sys"],
  [1, "\\??\\C:\\Program Files\\Acme X\\a.sys", "Program Files\\Acme X\\a.sys"],
  [1, "\\??\\E:\\a.sys", undefined],
  [1, "\\Device\\HarddiskVolume3\\a.sys", undefined],
  [1, "\\??\\C:\\a\\..\\..\\b.sys", undefined],
  [16, undefined, undefined],
  [16, '"C:\\Program Files\\Acme\\s.exe" -k run', "Program Files\\Acme\\s.exe"],
  [16, "C:\\Program Files\\Acme\\s.exe -k run", "Program Files\\Acme\\s.exe"],
  [32, "%SystemRoot%\\System32\\svchost.exe -k netsvcs", "Windows\\System32\\svchost.exe"],
  [32, "%windir%\\system32\\x.exe", "Windows\\system32\\x.exe"],
  [
    16,
    '"%ProgramFiles%\\Windows Defender\\MsMpEng.exe"',
    "Program Files\\Windows Defender\\MsMpEng.exe",
  ],
  [16, "%ProgramFiles(x86)%\\A\\b.exe", "Program Files (x86)\\A\\b.exe"],
  [16, "%MyOwn%\\b.exe", undefined],
];

Deno.test("serviceFile() turns every spelling of ImagePath into a path of the volume", async () => {
  const windows = await open();
  for (const [type, imagePath, path] of FILES) {
    const service = { name: "acme", type, imagePath };
    assert.equal(serviceFile(windows, service), path, imagePath);
  }
});

Deno.test("readService() and listServices() read what is there and nothing else", async () => {
  const windows = await open();
  const disk = (await readService(windows, 1, "DISK"))!;
  assert.deepEqual([disk.name, disk.start, isDriver(disk), isProcess(disk)], [
    "disk",
    0,
    true,
    false,
  ]);
  const bits = (await readService(windows, 1, "BITS"))!;
  assert.deepEqual([isDriver(bits), isProcess(bits)], [false, true]);
  for (const name of ["nothing", "", "disk\\Enum"]) {
    assert.equal(await readService(windows, 1, name), undefined, name);
  }
  assert.equal(await readService(windows, 2, "disk"), undefined);
  const names = (await listServices(windows, 1)).map((service) => service.name);
  assert.ok(names.includes("ACPI") && names.includes("wuauserv"));
  assert.deepEqual(await listServices(windows, 2), []);
  assert.deepEqual(await listServices(await open(truncatedSystemHive()), 1), []);
});

Deno.test("effectiveStart() goes by StartOverride where there is one", async () => {
  const windows = await open();
  assert.equal(effectiveStart((await readService(windows, 1, "storahci"))!), 3);
  assert.equal(effectiveStart((await readService(windows, 1, "stornvme"))!), 0);
});

Deno.test("serviceFileState() tells there, missing and unknown apart", async () => {
  const elsewhere = {
    name: "elsewhere",
    imitates: "",
    apply: (site: DamageSite) =>
      site.editHive(
        "SYSTEM",
        "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\far]\n" +
          '"Type"=dword:00000001\n"ImagePath"="\\\\??\\\\E:\\\\far.sys"',
      ),
  };
  const lab = await labWith([filterDrivers({ name: "acme", fileMissing: true }), elsewhere]);
  const windows = await openWindows(lab.host, "D:");
  const state = async (name: string) =>
    (await serviceFileState(windows, (await readService(windows, 1, name))!)).state;
  assert.equal(await state("disk"), "there");
  assert.equal(await state("acme"), "missing");
  assert.equal(await state("far"), "unknown");
});

Deno.test("controlSetsInUse() names Current and Default, and what is left if Select is gone", async () => {
  assert.deepEqual(await controlSetsInUse(await open(lastKnownGoodDiffers())), [1]);
  const lab = await labWith([lastKnownGoodDiffers()]);
  await lab.damage({
    name: "other default",
    imitates: "",
    apply: (site) =>
      site.editHive("SYSTEM", '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Default"=dword:00000002'),
  });
  assert.deepEqual(await controlSetsInUse(await openWindows(lab.host, "D:")), [1, 2]);
  assert.deepEqual(await controlSetsInUse(await open(truncatedSystemHive())), [1]);
});

Deno.test("listFilterLists() lists both values of every class", async () => {
  const lists = await listFilterLists(await open(), 1);
  const disks = lists.filter(({ owner }) => owner === "class DiskDrive");
  assert.deepEqual(disks.map(({ list, names }) => [list, ...names]), [
    ["UpperFilters", "partmgr"],
    ["LowerFilters", "EhStorClass"],
  ]);
  assert.deepEqual(await listFilterLists(await open(), 2), []);
});

Deno.test("listFilterLists() lists single devices too, with the GUID of their class", async () => {
  const key = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Enum\\SCSI\\Disk&Ven_X\\4&1";
  const windows = await open({
    name: "device filter",
    imitates: "",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        `[${key}]\n"ClassGUID"="{4d36e967-e325-11ce-bfc1-08002be10318}"\n` +
          '"LowerFilters"=hex(7):61,00,00,00,62,00,00,00,00,00\n"UpperFilters"="text"',
      ),
  });
  const devices = (await listFilterLists(windows, 1)).filter(({ owner }) => /device/.test(owner));
  assert.deepEqual(devices.map(({ owner, guid, list, names }) => [owner, guid, list, ...names]), [[
    "device SCSI\\Disk&Ven_X\\4&1",
    "{4d36e967-e325-11ce-bfc1-08002be10318}",
    "LowerFilters",
    "a",
    "b",
  ]]);
});

Deno.test("findStorageControllers() names the drivers of PCI controllers, each once", async () => {
  const names = (await findStorageControllers(await open(), 1)).map(({ name }) => name);
  assert.deepEqual(names, ["stornvme"]);
  assert.deepEqual(await findStorageControllers(await open(), 2), []);
});

async function filtersOf(lab: MemoryLab) {
  const windows = await openWindows(lab.host, "D:");
  return { windows, filters: await findFilterDrivers(windows, 1) };
}

Deno.test("findFilterDrivers() says whose a filter is, and how that is known", async () => {
  const lab = await labWith([
    thirdPartyAntivirus(),
    filterDrivers(
      { name: "newms", altitude: "385100", company: "Microsoft Corporation" },
      { name: "oddname", altitude: "388888", company: "Kaspersky Lab ZAO" },
      { name: "nobody", altitude: "265000" },
      { name: "secret", group: "FSFilter Encryption", company: "Acme" },
      { name: "plain", type: 1, company: "Acme" },
    ),
  ]);
  const { filters } = await filtersOf(lab);
  const of = (name: string) => filters.find(({ service }) => service.name === name);
  assert.equal(of("eamonm")?.product?.name, "ESET");
  assert.match(of("eamonm")!.why, /Group FSFilter Anti-Virus, Altitude 328700, a driver of ESET/);
  assert.match(of("edevmon")!.why, /UpperFilters of class DiskDrive/);
  assert.equal(of("eelam")?.purpose, "early-launch");
  assert.equal(of("newms")?.microsoft, true);
  assert.match(of("newms")!.keep!, /Microsoft Corporation/);
  assert.equal(of("oddname")?.product?.name, "Kaspersky");
  assert.deepEqual([of("nobody")?.company, of("nobody")?.keep], [undefined, undefined]);
  assert.match(of("secret")!.keep!, /encryption/);
  assert.equal(of("plain"), undefined);
  assert.equal(of("WdFilter")?.microsoft, true);
  const antivirus = filters.filter(isAntivirus).map(({ service }) => service.name).sort();
  assert.deepEqual(antivirus, ["eamonm", "edevmon", "eelam", "ehdrv", "oddname"]);
});

Deno.test("servicesBelongingTo() takes the product's folder and what depends on it", async () => {
  const { windows, filters } = await filtersOf(await labWith([thirdPartyAntivirus()]));
  const own = filters.filter(({ product }) => product?.name === "ESET");
  const found = await servicesBelongingTo(windows, own);
  assert.deepEqual(found.map(({ service, why }) => [service.name, why]), [
    ["ekrn", "run from the folder of ESET"],
    ["ekrnEpfw", "depend on ekrn"],
  ]);
  assert.deepEqual(await servicesBelongingTo(windows, []), []);
  const others = filters.filter(({ service }) => service.name === "WdFilter");
  assert.deepEqual(await servicesBelongingTo(windows, others), []);
});

Deno.test("companyName() reads a version resource, and no rubbish", () => {
  const file = (string: Uint8Array, at = 64) => {
    const bytes = new Uint8Array(at + string.length);
    bytes.set(string, at);
    return bytes;
  };
  const good = versionString("CompanyName", "Acme Drivers Ltd");
  assert.equal(companyName(file(good)), "Acme Drivers Ltd");
  assert.equal(companyName(file(good).subarray(0, -8)), undefined);
  assert.equal(companyName(file(versionString("ProductName", "Acme"))), undefined);
  assert.equal(companyName(file(versionString("CompanyName", ""))), undefined);
  assert.equal(companyName(file(versionString("CompanyName", "x".repeat(300)))), undefined);
  assert.equal(companyName(encodeUtf16("CompanyName\0")), undefined);
  assert.equal(companyName(new Uint8Array()), undefined);
  const twice = new Uint8Array([...file(encodeUtf16("CompanyName\0\0\0")), ...file(good, 64)]);
  assert.equal(companyName(twice), "Acme Drivers Ltd");
});

/** What the real hives of the corpus hold, told by their keys below Services. */
const REAL: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "hives-clean/SYSTEM-regipy.gz",
    "mfeapfk mfeavfk mfebopk mfefirek mfehidk mfenlfk mferkdet mfewfpk".split(" "),
    [
      "McAfee SiteAdvisor Enterprise Service",
      "McAfeeFramework",
      "McShield",
      "McTaskManager",
      "enterceptAgent",
      "mfefire",
      "mfevtp",
    ],
  ],
  ["hives-clean/SYSTEM_2-regipy.gz", ["VBoxMouse"], []],
];

for (const [path, filters, services] of REAL) {
  Deno.test({
    name: `findFilterDrivers() and servicesBelongingTo() on ${path}`,
    ignore: without(corpusPresent),
    async fn() {
      const lab = await labWith();
      const hive = gunzipSync(await Deno.readFile(corpusPath(path)));
      lab.files.put("D:\\Windows\\System32\\config\\SYSTEM", new Uint8Array(hive));
      const windows = await openWindows(lab.host, "D:");
      const foreign = (await findFilterDrivers(windows, 1)).filter(({ microsoft }) => !microsoft);
      assert.deepEqual(foreign.map(({ service }) => service.name).sort(), filters);
      const belonging = await servicesBelongingTo(windows, foreign);
      assert.deepEqual(belonging.map(({ service }) => service.name).sort(), services);
      assert.deepEqual((await findBootFaults(windows)).map(({ summary }) => summary), []);
    },
  });
}
