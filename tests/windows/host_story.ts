/** The host of the compiled program on a real NTFS volume. */
import assert from "node:assert/strict";
import { type NtfsVolume, type WindowsLab, windowsLab } from "./windows_lab.ts";

const HOST_USER = "E:\\use_host.exe";

async function onNtfs(story: (lab: WindowsLab, volume: NtfsVolume) => Promise<void>) {
  const lab = windowsLab();
  const volume = await lab.mountNtfs({ label: "TARGET" });
  try {
    await story(lab, volume);
  } finally {
    await volume.unmount();
  }
}

async function names(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) found.push(name);
  return found.sort();
}

Deno.test("the host sees an NTFS volume as drive D:, with its raw bytes", async () => {
  await onNtfs(async (lab) => {
    const { code, stdout, stderr } = await lab.runExe(["volumes", "D:\\"], { program: HOST_USER });
    assert.equal(code, 0, stderr);
    const found = JSON.parse(stdout);
    assert.deepEqual([found.root, found.fileSystem, found.raw], ["D:\\", "NTFS", "NTFS"]);
    assert.ok(found.listed >= 4, stdout);
  });
});

Deno.test("the host renames, replaces and refuses on NTFS as Windows does", async () => {
  await onNtfs(async (lab, volume) => {
    await Deno.writeTextFile(`${volume.folder}/SYSTEM`, "old");
    await Deno.writeTextFile(`${volume.folder}/new`, "new");
    const { code, stdout, stderr } = await lab.runExe(["files", "D:"], { program: HOST_USER });
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      overBackup: "exists",
      ontoOther: "exists",
      toOtherDrive: "cross-device",
      insensitive: true,
    });
    assert.deepEqual(await names(volume.folder), ["Renamed", "SYSTEM", "SYSTEM.old"]);
    assert.equal(await Deno.readTextFile(`${volume.folder}/SYSTEM`), "new");
    assert.equal(await Deno.readTextFile(`${volume.folder}/SYSTEM.old`), "old");
  });
});

Deno.test("the host replaces a read-only file on NTFS and keeps its rights", async () => {
  await onNtfs(async (lab, volume) => {
    // The rights of Linux are then those of the security descriptors on the volume; what may be
    // read may be run for Wine.
    await volume.remount(["permissions"]);
    const at = (name: string) => `${volume.folder}/${name}`;
    for (const [name, rights] of [["SYSTEM", 0o555], ["new", 0o666]] as const) {
      await Deno.writeTextFile(at(name), name);
      await Deno.chmod(at(name), rights);
    }
    const { code, stderr } = await lab.runExe(["files", "D:"], { program: HOST_USER });
    assert.equal(code, 0, stderr);
    assert.equal(await Deno.readTextFile(at("SYSTEM")), "new");
    assert.equal(await Deno.readTextFile(at("SYSTEM.old")), "SYSTEM");
    for (const name of ["SYSTEM", "SYSTEM.old"]) {
      assert.equal((await Deno.stat(at(name))).mode! & 0o777, 0o555, name);
    }
  });
});

Deno.test("a checkpoint ends the compiled program without any cleanup", async () => {
  await onNtfs(async (lab, volume) => {
    const { code, stdout } = await lab.runExe(["checkpoints", "D:\\cleaned"], {
      program: HOST_USER,
      env: { PEMEDIC_CHECKPOINT: "b#2" },
    });
    assert.notEqual(code, 0);
    assert.equal(stdout, "a b ");
    assert.deepEqual(await names(volume.folder), []);
  });
});

Deno.test("a program can be killed in the middle and the volume stays usable", async () => {
  await onNtfs(async (lab, volume) => {
    const running = lab.startExe(["wait", "D:\\started"], { program: HOST_USER });
    for (let i = 0; i < 200 && !(await names(volume.folder)).includes("started"); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    running.kill();
    const { code, stdout } = await running.ended;
    assert.notEqual(code, 0);
    assert.equal(stdout, "waiting ");
    assert.deepEqual(await names(volume.folder), ["started"]);
    await volume.remount(["ro"]);
    await assert.rejects(Deno.writeTextFile(`${volume.folder}/x`, ""), /read-only/i);
    const after = await lab.runExe(["files", "D:"], { program: HOST_USER });
    assert.notEqual(after.code, 0);
  });
});

Deno.test("a simulator is found in System32 and gets its arguments and its own name", async () => {
  const lab = windowsLab();
  const { code, stdout } = await lab.runExe(["tool", "dism"], { program: HOST_USER });
  assert.equal(code, 0);
  const { found, exitCode, output } = JSON.parse(stdout);
  assert.match(found, /^C:\\windows\\system32\\dism\.exe$/i);
  assert.match(output, /Deployment Image Servicing and Management tool/);
  assert.notEqual(exitCode, 0);
});
