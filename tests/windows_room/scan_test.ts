import assert from "node:assert/strict";
import { MedicError, UsageError } from "../../src/base/mod.ts";
import { chooseInstallation, openWindows, repairable, scanMachine } from "../../src/windows/mod.ts";
import {
  bitLockerLocked,
  dirtyVolume,
  hiberfilResumed,
  hibernated,
  hivePath,
  missingSoftwareHive,
  readOnlyVolume,
  setupInProgress,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { countReads, hostWith, labWith, letterlessHost, NAME, scanned } from "./rooms.ts";

const SOFTWARE = `D:\\${hivePath("SOFTWARE")}`.toUpperCase();
const SYSTEM = `D:\\${hivePath("SYSTEM")}`.toUpperCase();

Deno.test("scanMachine() reads only, and tells every volume", async () => {
  const lab = await labWith();
  const { volumes } = await scanMachine(lab.host);
  assert.deepEqual(volumes.map((entry) => entry.volume.root), ["D:\\", "E:\\", "S:\\", "X:\\"]);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("scanMachine() tells a locked volume, and an open one", async () => {
  assert.equal((await scanned(await labWith([bitLockerLocked()]))).locked, true);
  const locked = await scanned(await labWith([bitLockerLocked()]));
  assert.deepEqual(
    [locked.windows, locked.hibernation, locked.dirty.state],
    [undefined, undefined, "unknown"],
  );
  assert.equal((await scanned(await labWith())).locked, false);
});

Deno.test("scanMachine() tells hibernation and its end", async () => {
  assert.equal((await scanned(await labWith([hibernated()]))).hibernation?.active, true);
  assert.equal((await scanned(await labWith([hiberfilResumed()]))).hibernation?.active, false);
  assert.equal((await scanned(await labWith())).hibernation?.active, false);
});

Deno.test("scanMachine() tells dirty and read-only volumes, and others", async () => {
  assert.equal((await scanned(await labWith([dirtyVolume()]))).dirty.state, "dirty");
  assert.equal((await scanned(await labWith())).dirty.state, "clean");
  assert.equal((await scanned(await labWith([readOnlyVolume()]))).volume.readOnly, true);
  assert.equal((await scanned(await labWith())).volume.readOnly, false);
});

Deno.test("scanMachine() knows the running system and the stick", async () => {
  const lab = await labWith([], { platform: { programFolder: "E:\\tools" } });
  const { volumes } = await scanMachine(lab.host);
  const own = volumes.filter((entry) => entry.ownSystem).map((entry) => entry.volume.letter);
  const stick = volumes.filter((entry) => entry.stick).map((entry) => entry.volume.letter);
  assert.deepEqual([own, stick], [["X:"], ["E:"]]);
  assert.ok(!(await scanMachine((await labWith()).host)).volumes.some((entry) => entry.stick));
});

Deno.test("scanMachine() does not take a neighbour for the stick", async () => {
  const lab = await labWith([], { platform: { programFolder: "/mnt/data/x", systemRoot: "/" } });
  const roots: Record<string, string> = { "D:\\": "/mnt/d", "E:\\": "/mnt/data" };
  const host = hostWith(lab, (volume) => {
    const root = roots[volume.root];
    return root === undefined ? undefined : { ...volume, root, mounted: false };
  });
  const { volumes } = await scanMachine(host);
  assert.deepEqual(volumes.map((entry) => [entry.volume.root, entry.stick]), [
    ["/mnt/d", false],
    ["/mnt/data", true],
  ]);
});

Deno.test("scanMachine() tells WinPE by its key, on whatever volume", async () => {
  const key = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\WinPE]\n";
  const lab = await labWith([], { additions: { SOFTWARE: key } });
  assert.equal((await scanned(lab)).windows?.winpe, true);
  assert.deepEqual(repairable(await scanMachine(lab.host)), []);
  assert.equal((await scanned(await labWith())).windows?.winpe, false);
});

Deno.test("scanMachine() never offers the running system, whatever it says of itself", async () => {
  const lab = await labWith();
  const scan = await scanMachine(lab.host);
  const own = scan.volumes.find((entry) => entry.ownSystem);
  assert.notEqual(own?.windows, undefined);
  assert.deepEqual(repairable(scan).map((entry) => entry.volume.root), ["D:\\"]);
});

Deno.test("scanMachine() gives letters by GPT id and by MBR signature and offset", async () => {
  const lab = await labWith([], { source: "store" });
  const { volumes } = await scanMachine(lab.host);
  const letters = (root: string) =>
    volumes.find((entry) => entry.volume.root === root)!.lettersWhenRunning;
  assert.deepEqual(letters("D:\\"), [{ letter: "C:", windows: "D:\\" }]);
  assert.deepEqual(letters("F:\\"), [{ letter: "D:", windows: "D:\\" }]);
  assert.deepEqual(letters("S:\\"), []);
});

Deno.test("scanMachine() falls back to SystemRoot where MountedDevices does not tell", async () => {
  const lab = await labWith([], {
    additions: {
      SYSTEM: '[HKEY_LOCAL_MACHINE\\SYSTEM\\MountedDevices]\n"\\\\DosDevices\\\\C:"=-\n',
      SOFTWARE: "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n" +
        '"SystemRoot"="w:\\\\Windows"\n',
    },
  });
  assert.deepEqual((await scanned(lab)).lettersWhenRunning, [{ letter: "W:", windows: "D:\\" }]);
  const unknown = hostWith(lab, ({ partition: _, ...volume }) => volume);
  const { volumes } = await scanMachine(unknown);
  assert.equal(volumes[0]!.lettersWhenRunning[0]?.letter, "W:");
});

Deno.test("scanMachine() survives damaged values in MountedDevices", async () => {
  const lab = await labWith([], {
    additions: {
      SYSTEM: "[HKEY_LOCAL_MACHINE\\SYSTEM\\MountedDevices]\n" +
        '"\\\\DosDevices\\\\Q:"=hex:01\n"\\\\DosDevices\\\\QQ:"=hex:01\n' +
        '"\\\\DosDevices\\\\R:"=hex:44,4d,49,4f\n',
    },
  });
  assert.deepEqual((await scanned(lab)).lettersWhenRunning[0]?.letter, "C:");
  const path = `D:\\${hivePath("SYSTEM")}`;
  const sound = await lab.files.read(path);
  for (let at = 4096; at < sound.length; at += 997) {
    const bytes = sound.slice();
    bytes.fill(0xff, at, at + 60);
    lab.files.put(path, bytes);
    await scanMachine(lab.host);
  }
});

Deno.test("scanMachine() scores: what can be started comes first, with reasons", async () => {
  const score = async (...damages: Parameters<typeof labWith>[0] & object) =>
    (await scanned(await labWith(damages))).windows!;
  const sound = await score();
  assert.deepEqual(sound.reasons, [
    "+10 SYSTEM hive can be read",
    "+10 SOFTWARE hive can be read",
    "+30 winload.efi is there",
    "+26 build 26100",
  ]);
  assert.equal(sound.score, 76);
  assert.equal((await score(missingSoftwareHive())).score, 40);
  assert.equal((await score(truncatedSystemHive())).score, 66);
  assert.equal((await score(setupInProgress())).score, 56);
  const lab = await labWith();
  lab.files.erase("D:\\Windows\\System32\\winload.efi");
  assert.equal((await scanned(lab)).windows!.score, 21);
});

Deno.test("scanMachine() wants winload.exe on an MBR disk", async () => {
  const lab = await labWith();
  lab.files.erase("D:\\Windows\\System32\\winload.efi");
  const host = hostWith(lab, (volume) => ({
    ...volume,
    partition: { style: "mbr", signature: 1, offset: 2n },
  }));
  const { volumes } = await scanMachine(host);
  assert.ok(volumes[0]!.windows!.reasons.includes("+30 winload.exe is there"));
});

Deno.test("repairable() and chooseInstallation() order several and refuse to choose", async () => {
  const lab = await labWith([setupInProgress()], { source: "installation" });
  const scan = await scanMachine(lab.host);
  assert.deepEqual(repairable(scan).map((entry) => entry.volume.root), ["F:\\", "D:\\"]);
  assert.throws(() => chooseInstallation(scan), (error: UsageError) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /F:\\, D:\\$/);
    return error.next === "Name the one to work on: --windows F:\\";
  });
});

Deno.test("chooseInstallation() takes the only one", async () => {
  const lab = await labWith([], { source: "store" });
  assert.equal(chooseInstallation(await scanMachine(lab.host)), "D:\\");
});

Deno.test("chooseInstallation() says locked, or none, with the next command", async () => {
  const choose = async (lab: Awaited<ReturnType<typeof labWith>>) => {
    const scan = await scanMachine(lab.host);
    try {
      return chooseInstallation(scan);
    } catch (error) {
      assert.ok(error instanceof MedicError);
      return [error.code, error.next];
    }
  };
  assert.deepEqual(await choose(await labWith([bitLockerLocked()])), [
    "locked",
    "Unlock it with the recovery key: manage-bde -unlock D: -RecoveryPassword KEY",
  ]);
  const lab = await labWith();
  lab.files.erase("D:\\Windows");
  assert.equal((await choose(lab))[0], "noWindows");
});

Deno.test("scanMachine() reads each hive once, and opening what it found reads none again", async () => {
  const lab = await labWith([], { source: "store", softwareHiveBytes: 3 << 20 });
  const reads = countReads(lab);
  const scan = await scanMachine(lab.host);
  assert.deepEqual([reads.get(SOFTWARE), reads.get(SYSTEM)], [1, 1]);
  const windows = await openWindows(lab.host, chooseInstallation(scan), { scan });
  await windows.hives.read("SOFTWARE");
  assert.equal(windows.identity.name, "Windows 11 Pro");
  assert.deepEqual([reads.get(SOFTWARE), reads.get(SYSTEM)], [1, 1]);
  windows.refresh();
  await windows.hives.read("SOFTWARE");
  assert.equal(reads.get(SOFTWARE), 2);
});

Deno.test("openWindows() reads the disk when a scan was used before, or was of another volume", async () => {
  const lab = await labWith();
  const scan = await scanMachine(lab.host);
  const reads = countReads(lab);
  await openWindows(lab.host, "D:", { scan });
  await openWindows(lab.host, "D:", { scan });
  assert.equal(reads.get(SOFTWARE), 1);
  await openWindows(lab.host, "X:", { scan: await scanMachine(lab.host) });
  await openWindows(lab.host, "D:");
  assert.equal(reads.get(SOFTWARE), 3);
});

Deno.test("scanMachine() keeps no hives where several installations were found", async () => {
  const lab = await labWith([], { source: "installation" });
  const scan = await scanMachine(lab.host);
  const reads = countReads(lab);
  await openWindows(lab.host, "D:", { scan });
  assert.equal(reads.get(SOFTWARE), 1);
});

Deno.test("a volume without a letter is scanned and opened by its name", async () => {
  const lab = await labWith([dirtyVolume()]);
  const host = letterlessHost(lab);
  const scan = await scanMachine(host);
  const entry = scan.volumes.find(({ volume }) => volume.root === NAME)!;
  assert.equal(entry.windows?.identity.name, "Windows 11 Pro");
  assert.equal(entry.dirty.state, "dirty");
  assert.equal(chooseInstallation(scan), NAME);
  const windows = await openWindows(host, NAME, { scan });
  assert.equal(windows.root, NAME);
  assert.equal(windows.volume.letter, undefined);
  assert.equal((await windows.files.stat("Windows\\System32"))?.kind, "directory");
});
