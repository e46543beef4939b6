import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { DenoFileSystem } from "../../src/host/deno_file_system.ts";
import { LinuxVolumes } from "../../src/host/linux_volumes.ts";
import { fault, inScratch, onWindows, useHost, utf8 } from "./system_files.ts";

/** Making and mounting an NTFS image takes root, mkntfs, ntfs-3g and FUSE. */
const ntfsPossible = !onWindows && Deno.uid() === 0 && existsSync("/dev/fuse") &&
  ["/usr/sbin/mkntfs", "/usr/bin/ntfs-3g"].every(existsSync);

Deno.test({
  ignore: onWindows,
  name: "at() makes a volume of any folder (needs Linux)",
  fn: async () => {
    await inScratch(async ({ path, write }) => {
      const volumes = new LinuxVolumes();
      const volume = await volumes.at(path());
      assert.equal(volume?.root, path());
      assert.equal(volume?.drive, "unknown");
      assert.equal(volume?.mounted, true);
      assert.equal(volume?.readOnly, false);
      assert.equal(volume?.device, undefined);
      assert.ok((volume?.fileSystem ?? "") !== "");
      assert.ok(volume!.totalBytes >= volume!.freeBytes && volume!.freeBytes > 0);
      assert.equal(await volumes.readRaw(volume!, 0, 512), undefined);
      assert.equal(await volumes.at(path("nothing")), undefined);
      await assert.rejects(volumes.at(await write("file", "")), fault("not-a-directory"));
    });
  },
});

Deno.test({
  ignore: onWindows,
  name: "at() follows the link to a folder (needs Linux)",
  fn: async () => {
    await inScratch(async ({ path }) => {
      await Deno.mkdir(path("real"));
      await Deno.symlink("real", path("link"));
      assert.equal((await new LinuxVolumes().at(path("link")))?.root, path("real"));
    });
  },
});

Deno.test({
  ignore: onWindows,
  name: "list() leaves out what is no volume (needs Linux)",
  fn: async () => {
    const roots = (await new LinuxVolumes().list()).map((volume) => volume.root);
    assert.ok(!roots.includes("/proc") && !roots.includes("/sys"), `${roots}`);
  },
});

Deno.test({
  ignore: !ntfsPossible,
  name: "an NTFS image is a volume with serial, space and raw bytes (needs root and ntfs-3g)",
  fn: async () => {
    await inScratch(async ({ path }) => {
      const image = path("image with blank");
      await Deno.mkdir(path("mnt"));
      await Deno.truncate(await touch(image), 16 << 20);
      await run("mkntfs", ["-F", "-Q", "-L", "TARGET", image]);
      for (const option of ["rw", "ro"]) {
        await run("ntfs-3g", ["-o", option, image, path("mnt")]);
        try {
          await checkNtfs({ root: path("mnt"), image, readOnly: option === "ro" });
          if (option === "rw") await checkAsProgram(path("mnt"));
          if (option === "rw") await checkFiles(path("mnt"));
        } finally {
          await run("umount", [path("mnt")]);
        }
      }
    });
  },
});

async function checkNtfs(
  expected: { readonly root: string; readonly image: string; readonly readOnly: boolean },
): Promise<void> {
  const volumes = new LinuxVolumes();
  const volume = await volumes.at(expected.root);
  assert.ok(volume !== undefined);
  const { root, fileSystem, device, readOnly, drive } = volume;
  assert.deepEqual({ root, fileSystem, device, readOnly, drive }, {
    root: expected.root,
    fileSystem: "NTFS",
    device: expected.image,
    readOnly: expected.readOnly,
    drive: "fixed",
  });
  const sector = (await Deno.readFile(expected.image)).subarray(0, 512);
  assert.deepEqual(await volumes.readRaw(volume, 0, 512), sector);
  assert.deepEqual(await volumes.readRaw(volume, 3, 8), new TextEncoder().encode("NTFS    "));
  assert.equal(await volumes.readRaw(volume, 1 << 30, 512), undefined);
  const serial = [0x4b, 0x4a, 0x49, 0x48].map((at) => sector[at]!.toString(16).padStart(2, "0"));
  assert.equal(volume.serial.replace("-", "").toLowerCase(), serial.join(""));
  const listed = (await volumes.list()).find((other) => other.root === expected.root);
  assert.deepEqual(listed, await volumes.at(expected.root));
}

/** Without all permissions Deno reads no devices: the program must see the same. */
async function checkAsProgram(root: string): Promise<void> {
  const found = JSON.parse((await useHost(["volumes", root])).stdout);
  assert.deepEqual([found.root, found.fileSystem, found.raw], [root, "NTFS", "NTFS"]);
}

/** ntfs-3g knows hard links but no flush of directories: the swap must work all the same. */
async function checkFiles(root: string): Promise<void> {
  const files = new DenoFileSystem();
  const [hive, fresh, old] = ["SYSTEM", "SYSTEM.new", "SYSTEM.old"].map((n) => `${root}/${n}`);
  await files.createFile(hive!, utf8("old"));
  await files.createFile(fresh!, utf8("new"));
  await files.replaceFile(hive!, fresh!, old!);
  assert.deepEqual([await files.read(hive!), await files.read(old!)], [utf8("new"), utf8("old")]);
  await assert.rejects(files.move(old!, hive!), fault("exists"));
  await files.move(old!, `${root}/moved`);
  const names = (await files.list(root)).map((entry) => entry.name);
  assert.deepEqual(names, ["SYSTEM", "moved"]);
}

async function touch(path: string): Promise<string> {
  await Deno.writeTextFile(path, "");
  return path;
}

async function run(program: string, args: string[]): Promise<void> {
  const result = await new Deno.Command(program, { args }).output();
  assert.ok(result.success, new TextDecoder().decode(result.stderr));
}
