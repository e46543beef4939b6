/** Where sources are looked for, how far, and what is said of the rest. */
import assert from "node:assert/strict";
import {
  findSources,
  parseUpdateName,
  reachesLevel,
  type RepairTarget,
} from "../../src/kit/mod.ts";
import { createMemoryHost, LabClock, type MemoryHost, plugIn } from "../lab/mod.ts";

const ONE = new Uint8Array(1);
const TARGET = { targetVolume: "D:\\" };

function machine(files: readonly string[], volumes = ["D:", "E:"]): MemoryHost {
  const host = createMemoryHost();
  for (const letter of volumes) plugIn(host, { letter });
  for (const path of files) host.files.put(path, ONE);
  return host;
}

Deno.test("findSources() takes ISO, WIM, ESD and first parts, and nothing else", async () => {
  const host = machine([
    "E:\\a.ISO",
    "E:\\b.wim",
    "E:\\c.Esd",
    "E:\\install.swm",
    "E:\\install2.swm",
    "E:\\install12.swm",
    "E:\\win11.swm",
    "E:\\boot.wim",
    "E:\\Recovery\\WindowsRE\\Winre.wim",
    "E:\\iso.txt",
    "E:\\b.wim.part",
  ]);
  const { files, leftOut } = await findSources(host, TARGET);
  assert.deepEqual(files, [
    "E:\\a.ISO",
    "E:\\b.wim",
    "E:\\c.Esd",
    "E:\\install.swm",
    "E:\\win11.swm",
  ]);
  assert.deepEqual(leftOut, []);
});

Deno.test("findSources() goes three folders deep, the likely folders first", async () => {
  const host = machine([
    "E:\\a\\b\\c\\three.iso",
    "E:\\a\\b\\c\\d\\four.iso",
    "E:\\zzz\\x.iso",
    "E:\\sources\\install.wim",
  ]);
  const { files, leftOut } = await findSources(host, TARGET);
  assert.deepEqual(files, ["E:\\sources\\install.wim", "E:\\zzz\\x.iso", "E:\\a\\b\\c\\three.iso"]);
  assert.deepEqual(leftOut, ["E:\\: folders more than 3 deep were not looked at"]);
});

Deno.test("findSources() on the target's volume looks into folders named like media only", async () => {
  const host = machine([
    "D:\\root.iso",
    "D:\\ISO\\one.iso",
    "D:\\ESD\\Windows\\sources\\install.esd",
    "D:\\$WINDOWS.~BT\\Sources\\Install.esd",
    "D:\\Users\\Anna\\Downloads\\two.iso",
    "D:\\Users\\Anna\\AppData\\Local\\no.iso",
    "D:\\Work\\no.iso",
    "D:\\Windows\\System32\\no.wim",
    "D:\\Windows\\WinSxS\\no.wim",
    "E:\\Work\\yes.iso",
    "E:\\Windows\\System32\\no.wim",
    "E:\\Windows\\no\\no.wim",
    "E:\\Windows.old\\no.wim",
  ]);
  const { files } = await findSources(host, TARGET);
  assert.deepEqual([...files].sort(), [
    "D:\\$WINDOWS.~BT\\Sources\\Install.esd",
    "D:\\ESD\\Windows\\sources\\install.esd",
    "D:\\ISO\\one.iso",
    "D:\\Users\\Anna\\Downloads\\two.iso",
    "D:\\root.iso",
    "E:\\Work\\yes.iso",
  ]);
});

Deno.test("findSources() follows no link, and tells of image files that are links", async () => {
  const host = machine(["E:\\cloud.iso", "E:\\real\\x.iso"]);
  host.files.markReparse("E:\\cloud.iso");
  host.files.putJunction("E:\\loop", "E:\\");
  const { files, leftOut } = await findSources(host, TARGET);
  assert.deepEqual(files, ["E:\\real\\x.iso"]);
  assert.deepEqual(leftOut, ["E:\\: 1 image files are links"]);
});

Deno.test("findSources() starts with the stick that the program runs from", async () => {
  const volumes = ["D:", "E:", "F:", "G:"];
  const host = createMemoryHost({ platform: { programFolder: "G:\\tools" } });
  for (const letter of volumes) {
    plugIn(host, { letter, drive: letter === "F:" ? "cdrom" : "fixed" });
  }
  host.files.put("G:\\tools\\pemedic.exe", ONE);
  assert.deepEqual((await findSources(host, TARGET)).searched, ["G:\\", "F:\\", "E:\\", "D:\\"]);
});

Deno.test("findSources() names a place once, however it is written", async () => {
  const host = machine(["E:\\ISO\\x.iso"]);
  const paths = ["e:\\iso\\X.ISO", "E:\\ISO", "E:"];
  const { files, searched } = await findSources(host, { ...TARGET, paths });
  assert.deepEqual(files, ["e:\\iso\\X.ISO"]);
  assert.deepEqual(searched, ["E:\\ISO", "E:\\", "D:\\"]);
});

Deno.test("findSources() tells of a folder that cannot be listed and goes on", async () => {
  const host = machine(["E:\\bad\\x.iso", "E:\\good\\x.iso"]);
  host.files.setFault("E:\\bad", { fault: "disk-error" });
  const { files, leftOut } = await findSources(host, TARGET);
  assert.deepEqual(files, ["E:\\good\\x.iso"]);
  assert.equal(leftOut.length, 1);
  assert.match(leftOut[0]!, /E:\\bad.*read or write error/);
});

Deno.test("findSources() opens a bounded number of 100,000 files and says how many are left", async () => {
  const host = machine([]);
  for (let i = 0; i < 100_000; i++) host.files.put(`E:\\${i}.iso`, ONE);
  const started = performance.now();
  const { files, leftOut } = await findSources(host, TARGET);
  assert.equal(files.length, 200);
  assert.deepEqual(leftOut, [
    "E:\\: 99800 image files were not opened: there are too many",
  ]);
  assert.ok(performance.now() - started < 20_000);
});

Deno.test("findSources() looks into a bounded number of 100,000 folders", async () => {
  const host = machine(["E:\\sources\\install.wim"]);
  for (let i = 0; i < 100_000; i++) host.files.putDirectory(`E:\\a${i}`);
  const { files, leftOut } = await findSources(host, TARGET);
  assert.deepEqual(files, ["E:\\sources\\install.wim"], "the likely folder comes first");
  assert.deepEqual(leftOut, ["E:\\: 98002 folders were not looked at: there are too many"]);
});

Deno.test("findSources() stops on a slow volume when its time is over, and goes on to the next", async () => {
  const clock = new LabClock();
  const host = createMemoryHost({ clock });
  for (const letter of ["D:", "E:", "F:"]) plugIn(host, { letter });
  for (const path of ["E:\\a\\1.iso", "E:\\b\\2.iso", "E:\\c\\3.iso", "F:\\4.iso"]) {
    host.files.put(path, ONE);
  }
  const list = host.files.list.bind(host.files);
  host.files.list = (path) => {
    if (path.startsWith("E:")) clock.advance(900);
    return list(path);
  };
  const { files, leftOut } = await findSources(host, {
    ...TARGET,
    limits: { milliseconds: 1000 },
  });
  assert.deepEqual(files, ["E:\\a\\1.iso", "F:\\4.iso"]);
  assert.deepEqual(leftOut, ["E:\\: 2 folders were not looked at: 1 seconds had passed"]);
});

Deno.test("findSources() collects updates folder by folder", async () => {
  const host = machine([
    "E:\\Updates\\26100.4061\\windows11.0-kb5058411-x64_ab12.msu",
    "E:\\Updates\\Windows10.0-KB5058379-x64.cab",
    "E:\\Updates\\WSUSSCAN.cab",
    "E:\\Updates\\notes on kb5058379.txt",
  ]);
  const { updates } = await findSources(host, TARGET);
  assert.deepEqual(updates.map(({ path, updates: list }) => [path, ...list.map(({ kb }) => kb)]), [
    ["E:\\Updates", "KB5058379"],
    ["E:\\Updates\\26100.4061", "KB5058411"],
  ]);
});

Deno.test("findSources() gives the level of a folder to its newest update of Windows only", async () => {
  const host = machine([
    "E:\\26100.4061\\windows11.0-kb5043080-x64_checkpoint.msu",
    "E:\\26100.4061\\windows11.0-kb5058411-x64_ab12.msu",
    "E:\\26100.4061\\windows11.0-kb5058411-arm64_ab13.msu",
    "E:\\26100.4061\\windows11.0-kb5059502-x64-ndp481_cd34.msu",
    "E:\\26100.4061\\windows11.0-kb5050577-x64-26100.3000.msu",
  ]);
  const { updates } = await findSources(host, TARGET);
  assert.deepEqual(updates[0]?.updates.map(({ kb, ubr }) => [kb, ubr]), [
    ["KB5043080", undefined],
    ["KB5050577", 3000],
    ["KB5058411", 4061],
    ["KB5058411", 4061],
    ["KB5059502", undefined],
  ]);
});

Deno.test("findSources() finds what lies beside the program, whatever its folder is called", async () => {
  const host = createMemoryHost({ platform: { programFolder: "E:\\PEMedic" } });
  for (const letter of ["D:", "E:", "F:"]) plugIn(host, { letter });
  host.files.put("E:\\PEMedic\\pemedic.exe", ONE);
  host.files.put("E:\\PEMedic\\iso\\x.iso", ONE);
  host.files.put("F:\\PEMedic\\session\\moved\\y.iso", ONE);
  assert.deepEqual((await findSources(host, TARGET)).files, ["E:\\PEMedic\\iso\\x.iso"]);
});

Deno.test("parseUpdateName() reads what a name tells and nothing more", () => {
  const rows: readonly [string, string, readonly unknown[] | undefined][] = [
    ["windows11.0-kb5058411-x64_0123abcd.msu", "", ["KB5058411", "x64", undefined, undefined]],
    ["Windows10.0-KB5058379-arm64.cab", "", ["KB5058379", "arm64", undefined, undefined]],
    ["windows11.0-kb5058411-x64-26100.4061.msu", "", ["KB5058411", "x64", 26100, 4061]],
    ["KB5058411.msu", "26100.4061", ["KB5058411", undefined, 26100, 4061]],
    ["KB5058411.msu", "10.0.26100.4061", ["KB5058411", undefined, 26100, 4061]],
    ["KB5058411_amd64.msu", "", ["KB5058411", "x64", undefined, undefined]],
    ["KB5058411.msu", "from 2024.12", ["KB5058411", undefined, undefined, undefined]],
    ["KB5058411.exe", "", undefined],
    ["SSU-26100.4061-x64.cab", "", undefined],
    ["kb12.msu", "", undefined],
    ["backupkb5058411.msu", "", undefined],
  ];
  for (const [name, folder, expected] of rows) {
    const update = parseUpdateName(name, folder);
    const actual = update && [update.kb, update.architecture, update.build, update.ubr];
    assert.deepEqual(actual, expected, name);
  }
});

Deno.test("reachesLevel() wants base, level and processor to agree", () => {
  const target: RepairTarget = {
    architecture: "x64",
    edition: "Professional",
    language: "0409",
    build: 26100,
    ubr: 4061,
  };
  const reaches = (name: string, of: Partial<RepairTarget> = {}) =>
    reachesLevel(parseUpdateName(name)!, { ...target, ...of });
  assert.ok(reaches("kb5058411-x64-26100.4061.msu"));
  assert.ok(reaches("kb5058411-26200.8037.msu"), "25H2 shares the base");
  assert.ok(!reaches("kb5058411-x64-26100.4060.msu"));
  assert.ok(!reaches("kb5058411-arm64-26100.4061.msu"));
  assert.ok(!reaches("kb5058411-x64-22631.9999.msu"));
  assert.ok(!reaches("kb5058411-x64.msu"));
  assert.ok(!reaches("kb5058411-x64-26100.4061.msu", { ubr: undefined }));
});
