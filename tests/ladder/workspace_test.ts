/** Scratch files and logs: never on WinPE's RAM disk, on a disk with room, cleaned up. */
import assert from "node:assert/strict";
import { doneBeforeRestricted } from "../lab/done_before.ts";
import { ADMINISTRATORS_ONLY } from "../lab/memory_file_system.ts";
import { MedicError } from "../../src/base/mod.ts";
import {
  chooseScratchVolume,
  createWorkspace,
  NO_WORKSPACE,
  refuseScratch,
  SCRATCH_BYTES,
} from "../../src/ladder/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import { createLab, type MemoryLab } from "../lab/mod.ts";

async function scene() {
  const lab = await createLab();
  return { lab, windows: await openWindows(lab.host, "D:") };
}

function fill(lab: MemoryLab, ...letters: readonly string[]): void {
  for (const letter of letters) lab.files.setFreeBytes(letter, SCRATCH_BYTES - 1);
}

function coded(code: string) {
  return (error: unknown) => error instanceof MedicError && error.code === code;
}

Deno.test("chooseScratchVolume() takes the target if it has room", async () => {
  const { lab, windows } = await scene();
  assert.equal((await chooseScratchVolume(lab.host, windows)).root, "D:\\");
  lab.files.setFreeBytes("D:", SCRATCH_BYTES);
  assert.equal((await chooseScratchVolume(lab.host, windows)).root, "D:\\");
});

Deno.test("chooseScratchVolume() takes the volume with the most room if the target is full", async () => {
  const { lab, windows } = await scene();
  fill(lab, "D:");
  assert.equal((await chooseScratchVolume(lab.host, windows)).root, "F:\\");
  fill(lab, "F:");
  assert.equal((await chooseScratchVolume(lab.host, windows)).root, "E:\\");
});

Deno.test("chooseScratchVolume() never takes X:, however much room it has", async () => {
  const { lab, windows } = await scene();
  fill(lab, "D:", "E:", "F:", "S:");
  lab.files.volume("X:").totalBytes = 64 * 2 ** 30;
  await assert.rejects(() => chooseScratchVolume(lab.host, windows), coded("noSpace"));
});

Deno.test("chooseScratchVolume() takes no read-only volume", async () => {
  const { lab, windows } = await scene();
  fill(lab, "D:");
  lab.files.volume("F:").readOnly = true;
  assert.equal((await chooseScratchVolume(lab.host, windows)).root, "E:\\");
});

Deno.test("refuseScratch() refuses the RAM disk in every spelling, and folders that are not there", async () => {
  const { lab } = await scene();
  for (const folder of ["X:\\Windows\\Temp", "x:\\", "X:", "X:/Windows/Temp"]) {
    await assert.rejects(() => refuseScratch(lab.host, folder), coded("refused"), folder);
  }
  await assert.rejects(() => refuseScratch(lab.host, "E:\\none"), coded("usage"));
  await assert.rejects(
    () => refuseScratch(lab.host, "D:\\Windows\\System32\\ntdll.dll"),
    coded("usage"),
  );
  lab.files.putDirectory("E:\\scratch");
  await refuseScratch(lab.host, "E:\\scratch");
});

Deno.test("createWorkspace() uses the session's own folder where there is room", async () => {
  const { lab, windows } = await scene();
  lab.files.putDirectory("D:\\PEMedic\\s1");
  const workspace = await createWorkspace(lab.host, windows, { folder: "PEMedic\\s1" });
  assert.equal(workspace.scratch, "D:\\PEMedic\\s1\\scratch");
  assert.equal((await lab.files.stat(workspace.scratch))?.kind, "directory");
  await workspace.cleanUp();
  assert.ok(await lab.files.stat(workspace.scratch));
});

Deno.test("createWorkspace() makes a folder elsewhere where there is none, and takes it away", async () => {
  const { lab, windows } = await scene();
  fill(lab, "D:");
  lab.files.putDirectory("D:\\PEMedic\\s1");
  const workspace = await createWorkspace(lab.host, windows, { folder: "PEMedic\\s1" });
  assert.match(workspace.scratch, /^F:\\PEMedic-scratch-[0-9a-f]{8}$/);
  assert.equal((await lab.files.stat(workspace.scratch))?.kind, "directory");
  const log = await workspace.newLog("dism.log");
  assert.equal(log.path, "D:\\PEMedic\\s1\\logs\\dism.log");
  await workspace.cleanUp();
  assert.equal(await lab.files.stat(workspace.scratch), undefined);
});

Deno.test("createWorkspace() leaves a folder that DISM left something in", async () => {
  const { lab, windows } = await scene();
  fill(lab, "D:");
  const workspace = await createWorkspace(lab.host, windows, { folder: "PEMedic\\s1" });
  lab.files.put(`${workspace.scratch}\\left.tmp`, new Uint8Array(3));
  await workspace.cleanUp();
  assert.ok(await lab.files.stat(`${workspace.scratch}\\left.tmp`));
});

Deno.test("createWorkspace() takes the folder that the user named", async () => {
  const { lab, windows } = await scene();
  lab.files.putDirectory("E:\\scratch");
  const workspace = await createWorkspace(lab.host, windows, {
    folder: "PEMedic\\s1",
    scratch: "E:\\scratch",
  });
  assert.equal(workspace.scratch, "E:\\scratch");
});

Deno.test("a log gets a name of its own, and is read in either encoding of Windows", async () => {
  const { lab, windows } = await scene();
  const workspace = await createWorkspace(lab.host, windows, { folder: "PEMedic\\s1" });
  const first = await workspace.newLog("sfc.log");
  assert.equal(await first.read(), undefined);
  lab.files.put(first.path, new TextEncoder().encode("Grüße"));
  assert.equal(await first.read(), "Grüße");
  const second = await workspace.newLog("sfc.log");
  assert.match(second.path, /\\sfc-2\.log$/);
  lab.files.put(second.path, new Uint8Array([0xff, 0xfe, 0x41, 0, 0x42, 0]));
  assert.equal(await second.read(), "AB");
});

Deno.test("a step that plans no tool gets no log", async () => {
  await assert.rejects(() => NO_WORKSPACE.newLog("x.log"), /the step plans no tool/);
});

Deno.test("createWorkspace() takes its folders from ordinary users before it uses them", async () => {
  const { lab, windows } = await scene();
  const own = await createWorkspace(lab.host, windows);
  assert.ok(own.scratch.startsWith("D:\\PEMedic\\work-"), own.scratch);
  assert.equal(lab.files.securityOf("D:\\PEMedic"), ADMINISTRATORS_ONLY);
  assert.deepEqual(doneBeforeRestricted(lab.files, "D:\\PEMedic"), []);
  await own.cleanUp();
  lab.files.volume("D:").fileSystem = "FAT32";
  const open = await createWorkspace(lab.host, windows);
  assert.ok(await lab.files.stat(open.scratch), "rights are not needed for it");
});
