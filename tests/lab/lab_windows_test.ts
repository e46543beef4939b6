import assert from "node:assert/strict";
import { type Hive, openHive } from "../../src/formats/regf/mod.ts";
import { readComponentFiles } from "./component_store.ts";
import { sha256Hex } from "./file_content.ts";
import { HIVE_NAMES, type HiveName, hivePath } from "./lab_hives.ts";
import {
  buildLabWindows,
  fillTemplate,
  installInto,
  type LabTree,
  type LabTreeOptions,
  treeFile,
  WINDOWS_10_HOME_GERMAN,
  WINDOWS_11_ARM64,
  WINDOWS_11_PRO,
} from "./lab_windows.ts";
import { MemoryFileSystem } from "./memory_file_system.ts";

function bytesOf(tree: LabTree, path: string): Uint8Array {
  const content = treeFile(tree, path);
  return content.read(0, content.size);
}

function hive(name: HiveName, options: LabTreeOptions = {}): Hive {
  return openHive(bytesOf(buildLabWindows(options), hivePath(name)), { name });
}

const VERSION = "Microsoft\\Windows NT\\CurrentVersion";

function value(from: Hive, key: string, name: string) {
  const found = from.key(key)?.value(name);
  return found?.string() ?? found?.strings() ?? found?.number();
}

Deno.test("every hive of the lab opens, is clean and of the right version", () => {
  for (const name of HIVE_NAMES) {
    const opened = hive(name);
    assert.deepEqual([opened.dirty, opened.truncated], [false, false], name);
    const minor = ["SYSTEM", "SOFTWARE", "COMPONENTS"].includes(name) ? 5 : 3;
    assert.equal(opened.header.minorVersion, minor, name);
    assert.ok(opened.root.subkeyCount > 0, name);
  }
});

Deno.test("SYSTEM says what a finished Windows says", () => {
  const system = hive("SYSTEM");
  assert.equal(value(system, "Select", "Current"), 1);
  assert.equal(value(system, "Setup", "SystemSetupInProgress"), 0);
  assert.equal(value(system, "Setup", "CmdLine"), "");
  const control = "ControlSet001\\Control";
  assert.equal(value(system, `${control}\\Nls\\Language`, "InstallLanguage"), "0409");
  assert.deepEqual(value(system, `${control}\\Session Manager`, "BootExecute"), [
    "autocheck autochk *",
  ]);
  assert.deepEqual(value(system, `${control}\\Session Manager`, "SetupExecute"), []);
  const starts = { wuauserv: 3, BITS: 3, CryptSvc: 2, TrustedInstaller: 3, UsoSvc: 2, disk: 0 };
  for (const [service, start] of Object.entries(starts)) {
    assert.equal(value(system, `ControlSet001\\Services\\${service}`, "Start"), start, service);
  }
  assert.equal(value(system, "ControlSet001\\Services\\UsoSvc", "DelayedAutostart"), 1);
  assert.equal(system.key("ControlSet002"), undefined);
});

Deno.test("MountedDevices knows C: by GPT identity and D: by MBR signature", () => {
  const mounted = hive("SYSTEM").key("MountedDevices");
  const c = mounted?.value("\\DosDevices\\C:")?.data ?? new Uint8Array();
  assert.equal(c.length, 24);
  assert.equal(new TextDecoder().decode(c.subarray(0, 8)), "DMIO:ID:");
  assert.deepEqual([...c.subarray(8, 12)], [0x36, 0x2c, 0x1b, 0x5f]);
  assert.equal(mounted?.value("\\DosDevices\\D:")?.data.length, 12);
});

Deno.test("SOFTWARE follows edition, build and language", () => {
  const eleven = hive("SOFTWARE");
  assert.equal(value(eleven, VERSION, "EditionID"), "Professional");
  assert.equal(value(eleven, VERSION, "ProductName"), "Windows 10 Pro");
  assert.equal(value(eleven, VERSION, "CurrentBuild"), "26100");
  assert.equal(value(eleven, VERSION, "UBR"), 4061);
  assert.equal(value(eleven, VERSION, "BuildLabEx"), "26100.1.amd64fre.ge_release.240331-1435");
  const ten = hive("SOFTWARE", { windows: WINDOWS_10_HOME_GERMAN });
  assert.equal(value(ten, VERSION, "EditionID"), "Core");
  assert.equal(value(ten, VERSION, "CurrentBuildNumber"), "19045");
  assert.equal(value(ten, VERSION, "DisplayVersion"), "22H2");
  const nls = "ControlSet001\\Control\\Nls\\Language";
  const german = hive("SYSTEM", { windows: WINDOWS_10_HOME_GERMAN });
  assert.equal(value(german, nls, "InstallLanguage"), "0407");
});

Deno.test("SOFTWARE lists the packages of the table with their states", () => {
  const packages = hive("SOFTWARE").key(
    "Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages",
  );
  const states = packages?.subkeys().map((key) => key.value("CurrentState")?.number());
  assert.deepEqual(states?.toSorted(), [112, 112, 112, 112, 80]);
  const newest = packages?.subkey("Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.9");
  assert.equal(newest?.value("CurrentState")?.number(), 112);
});

Deno.test("programs carry the machine type of the architecture", () => {
  const machine = (windows = WINDOWS_11_PRO) => {
    const bytes = bytesOf(buildLabWindows({ windows }), "Windows\\System32\\ntdll.dll");
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    assert.equal(view.getUint16(0, true), 0x5a4d);
    return view.getUint16(view.getUint32(0x3c, true) + 4, true);
  };
  assert.equal(machine(), 0x8664);
  assert.equal(machine(WINDOWS_11_ARM64), 0xaa64);
  assert.equal(machine({ ...WINDOWS_11_PRO, architecture: "x86" }), 0x14c);
});

Deno.test("the component store agrees with what is installed", async () => {
  const files = new MemoryFileSystem([{ letter: "D:" }]);
  await installInto(files, "D:\\", buildLabWindows());
  const store = await readComponentFiles(files, "D:\\");
  assert.ok(new Set(store.map(({ component }) => component)).size >= 6);
  for (const { sha256, installed, payload } of store) {
    assert.equal(sha256Hex(await files.read(`D:\\${installed}`)), sha256, installed);
    assert.equal(sha256Hex(await files.read(`D:\\${payload}`)), sha256, payload);
  }
  assert.ok(store.some(({ installed }) => installed === "Windows\\System32\\winload.efi"));
});

Deno.test("the same options give the same bytes, other options other bytes", () => {
  const prints = (options: LabTreeOptions) =>
    [...buildLabWindows(options)].map(([path, content]) =>
      `${path} ${content === "directory" ? "" : content.fingerprint}`
    );
  assert.deepEqual(prints({}), prints({}));
  assert.notDeepEqual(prints({}), prints({ windows: WINDOWS_11_ARM64 }));
});

Deno.test("every folder comes before what is in it", () => {
  const seen = new Set([""]);
  for (const path of buildLabWindows().keys()) {
    assert.ok(seen.has(path.slice(0, Math.max(0, path.lastIndexOf("\\")))), path);
    seen.add(path);
  }
  for (
    const path of [
      "Windows\\SoftwareDistribution\\DataStore\\DataStore.edb",
      "Windows\\System32\\catroot2\\edb.chk",
      "Windows\\Logs\\CBS\\CBS.log",
      "ProgramData\\Microsoft\\Network\\Downloader\\qmgr.db",
      "Users\\Anna\\Documents\\写真\\家族.jpg",
      "Boot\\BCD",
    ]
  ) assert.ok(seen.has(path), path);
});

Deno.test("additions reach the hive and override the lab's own text", () => {
  const additions = {
    SOFTWARE: `[HKEY_LOCAL_MACHINE\\SOFTWARE\\${VERSION}]\n"EditionID"="Enterprise"`,
  };
  const software = hive("SOFTWARE", { additions });
  assert.equal(value(software, VERSION, "EditionID"), "Enterprise");
  assert.equal(value(software, VERSION, "UBR"), 4061);
});

Deno.test("padding makes SOFTWARE and CBS.log as big as asked", () => {
  const tree = buildLabWindows({ softwareHiveBytes: 5_000_000, cbsLogBytes: 300 * 2 ** 20 });
  const software = bytesOf(tree, hivePath("SOFTWARE"));
  assert.ok(software.length >= 5_000_000);
  assert.equal(value(openHive(software), VERSION, "UBR"), 4061);
  const log = treeFile(tree, "Windows\\Logs\\CBS\\CBS.log");
  assert.equal(log.size, 300 * 2 ** 20);
  assert.match(new TextDecoder().decode(log.read(0, 2000)), /CBS {4}Total Detected Corruption/);
});

Deno.test("fillTemplate() refuses words it does not know", () => {
  assert.equal(fillTemplate("{{a}}-{{a}}", { a: "x" }), "x-x");
  assert.throws(() => fillTemplate("{{b}}", { a: "x" }), /"b"/);
});
