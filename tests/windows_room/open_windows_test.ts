import assert from "node:assert/strict";
import { MedicError } from "../../src/base/mod.ts";
import { holdsWindows, onTarget, openVolume, openWindows } from "../../src/windows/mod.ts";
import { bitLockerLocked, createLab, hivePath, hopelessDisk } from "../lab/mod.ts";
import { countReads, hostWith, labWith, targetFiles } from "./rooms.ts";

async function refusal(work: () => Promise<unknown>): Promise<MedicError> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof MedicError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "It was not refused" });
}

Deno.test("openWindows() opens by letter, by root and by a folder on the volume", async () => {
  const lab = await labWith();
  for (const path of ["D:", "D:\\", "d:\\Windows\\System32"]) {
    const windows = await openWindows(lab.host, path);
    assert.deepEqual([windows.root, windows.volume.letter], ["D:\\", "D:"]);
  }
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("openWindows() says notAVolume for a path that is not there", async () => {
  const lab = await labWith();
  for (const path of ["Q:", "D:\\nothing\\here"]) {
    const error = await refusal(() => openWindows(lab.host, path));
    assert.equal(error.code, "notAVolume");
    assert.match(error.message, /there is no such volume or folder$/);
    assert.equal(error.next, "List the volumes: pemedic scan");
  }
});

Deno.test("openWindows() says notAVolume for a file", async () => {
  const { FileError } = await import("../../src/base/mod.ts");
  const lab = await labWith();
  lab.host.volumes.at = (path) => Promise.reject(new FileError("use", path, "not-a-directory"));
  const error = await refusal(() => openWindows(lab.host, "D:\\image.vhdx"));
  assert.equal(error.code, "notAVolume");
  assert.match(error.message, /it is a file, not a volume$/);
});

Deno.test("openWindows() passes on other faults of the machine", async () => {
  const { FileError } = await import("../../src/base/mod.ts");
  const lab = await labWith();
  lab.host.volumes.at = (path) => Promise.reject(new FileError("use", path, "disk-error"));
  assert.equal((await refusal(() => openWindows(lab.host, "D:"))).code, "diskFailing");
});

Deno.test("openWindows() says locked for BitLocker and how to unlock", async () => {
  const lab = await labWith([bitLockerLocked()]);
  const error = await refusal(() => openWindows(lab.host, "D:"));
  assert.equal(error.code, "locked");
  assert.match(error.next ?? "", /^Unlock it .*manage-bde -unlock D: -RecoveryPassword KEY$/);
});

Deno.test("openWindows() opens a volume that still says BitLocker but can be read", async () => {
  const lab = await labWith();
  const { readRaw } = lab.host.volumes;
  lab.host.volumes.readRaw = async (volume, offset, length) => {
    const bytes = await readRaw.call(lab.host.volumes, volume, offset, length);
    if (offset === 0) bytes?.set(new TextEncoder().encode("-FVE-FS-"), 3);
    return bytes;
  };
  assert.equal((await openWindows(lab.host, "D:")).identity.name, "Windows 11 Pro");
});

Deno.test("openWindows() says notAVolume for one without a readable file system", async () => {
  const lab = await labWith();
  const host = hostWith(lab, (volume) => ({ ...volume, mounted: false }));
  const error = await refusal(() => openWindows(host, "E:"));
  assert.equal(error.code, "notAVolume");
  assert.match(error.next ?? "", /drvload/);
});

Deno.test("openWindows() says noWindows for a volume without one", async () => {
  const lab = await labWith();
  const error = await refusal(() => openWindows(lab.host, "E:"));
  assert.equal(error.code, "noWindows");
  assert.match(error.next ?? "", /pemedic scan$/);
});

Deno.test("openVolume() opens what is left of a ruined Windows", async () => {
  const lab = await labWith();
  lab.files.erase("D:\\Windows");
  const volume = (await lab.host.volumes.at("D:\\"))!;
  const windows = await openVolume(lab.host, volume);
  assert.equal(windows.identity.build, undefined);
  assert.equal(windows.root, "D:\\");
});

Deno.test("holdsWindows() knows a Windows by its SYSTEM hive, or by what is beside it", async () => {
  const lab = await labWith();
  assert.ok(await holdsWindows(targetFiles(lab)));
  lab.files.erase(`D:\\${hivePath("SYSTEM")}`);
  assert.ok(await holdsWindows(targetFiles(lab)), "the hive itself may be what is broken");
  lab.files.erase("D:\\Windows\\System32\\ntdll.dll");
  assert.ok(!await holdsWindows(targetFiles(lab)));
  assert.ok(!await holdsWindows(targetFiles(await createLab(), "F:\\")), "a source is no target");
  assert.ok(!await holdsWindows(targetFiles(lab, "Q:\\")));
});

Deno.test("an installation tells free space, dirty flag and hibernation anew each time", async () => {
  const lab = await labWith();
  const windows = await openWindows(lab.host, "D:");
  lab.files.setFreeBytes("D:", 12345);
  assert.equal(await windows.freeBytes(), 12345);
  assert.equal((await windows.dirty()).state, "clean");
  lab.state.dirtyVolumes.push("D:");
  assert.equal((await windows.dirty()).state, "dirty");
  assert.equal((await windows.hibernation()).active, false);
  assert.deepEqual([windows.onWindows, windows.hostBuild], [true, 26100]);
});

Deno.test("an installation's tools only read", async () => {
  const lab = await labWith();
  const { tools } = await openWindows(lab.host, "D:");
  const chkdsk = { tool: "chkdsk", encoding: "oem", purpose: "Repair" } as const;
  const error = await refusal(() =>
    tools.run({ ...chkdsk, arguments: ["D:", "/f"], risk: "irreversible" })
  );
  assert.equal(error.code, "refused");
  assert.deepEqual(lab.host.processes.calls, []);
});

Deno.test("HiveStore reads a hive once, until it is told to forget", async () => {
  const lab = await labWith();
  const windows = await openWindows(lab.host, "D:");
  const reads = countReads(lab);
  for (const name of ["SAM", "sam", "SAM"]) {
    assert.equal((await windows.hives.read(name)).state, "clean");
  }
  windows.refresh();
  await windows.hives.read("SAM");
  assert.equal(reads.get(`D:\\${hivePath("SAM")}`.toUpperCase()), 2);
});

Deno.test("HiveStore tells absent, unreadable and damaged hives apart", async () => {
  const lab = await labWith([hopelessDisk()]);
  const { hives } = await openWindows(lab.host, "D:");
  assert.equal((await hives.read("NOTHING")).state, "absent");
  const bad = await hives.read("COMPONENTS");
  assert.ok(bad.state === "unreadable" && bad.disk);
  for (const content of [new Uint8Array(), new Uint8Array(8192), new Uint8Array(10).fill(1)]) {
    lab.files.put(`D:\\${hivePath("SAM")}`, content);
    hives.forget();
    const state = await hives.read("SAM");
    assert.ok(state.state === "unreadable" && !state.disk);
  }
});

Deno.test("onTarget() joins as the target's system writes paths", () => {
  assert.equal(onTarget({ root: "D:\\" }, "Windows\\System32"), "D:\\Windows\\System32");
  assert.equal(onTarget({ root: "/mnt/d" }, "Windows\\System32"), "/mnt/d/Windows/System32");
  assert.equal(onTarget({ root: "/mnt/d/" }, "x"), "/mnt/d/x");
  const name = "\\\\?\\Volume{5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01}\\";
  assert.equal(onTarget({ root: name }, "x\\y"), `${name}x\\y`);
});
