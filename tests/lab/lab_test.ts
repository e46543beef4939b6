import assert from "node:assert/strict";
import { isFileFault } from "../../src/base/mod.ts";
import { volumeSignature } from "../../src/formats/ntfs/mod.ts";
import { createLab, readComponentFiles, SimulatedCrash, WINDOWS_11_ARM64 } from "./mod.ts";

Deno.test("createLab() makes the machine of a technician", async () => {
  const lab = await createLab();
  const volumes = await lab.host.volumes.list();
  assert.deepEqual(
    volumes.map(({ letter, label, fileSystem, drive }) =>
      [letter, label, fileSystem, drive].join(" ")
    ),
    [
      "D: Windows NTFS fixed",
      "E: PEMEDIC FAT32 removable",
      "F: Data NTFS fixed",
      "S: SYSTEM FAT32 fixed",
      "X: Boot NTFS ramdisk",
    ],
  );
  assert.equal((await lab.files.stat("D:\\Windows\\System32\\config\\SYSTEM"))?.kind, "file");
  assert.equal((await lab.files.stat("S:\\EFI\\Microsoft\\Boot\\BCD"))?.kind, "file");
  assert.equal((await lab.files.stat("X:\\Windows\\System32\\ntdll.dll"))?.kind, "file");
  assert.deepEqual(await lab.files.list("E:\\"), []);
  assert.ok((await readComponentFiles(lab.files, "F:\\")).length > 6);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("createLab() gives the source volume what is asked for", async () => {
  const hive = "F:\\Windows\\System32\\config\\SYSTEM";
  assert.equal(await (await createLab()).files.stat(hive), undefined);
  assert.ok(await (await createLab({ source: "installation" })).files.stat(hive));
  const none = await createLab({ source: "none", stick: "NTFS" });
  assert.equal(await none.files.stat("F:\\"), undefined);
  assert.equal((await none.host.volumes.at("E:\\"))?.fileSystem, "NTFS");
});

Deno.test("raw bytes are there for disks and not for the RAM disk", async () => {
  const lab = await createLab();
  const signature = async (root: string) => {
    const volume = (await lab.host.volumes.at(root))!;
    const sector = await lab.host.volumes.readRaw(volume, 0, 512);
    return sector && volumeSignature(sector);
  };
  assert.equal(await signature("D:\\"), "ntfs");
  assert.equal(await signature("S:\\"), "fat32");
  assert.equal(await signature("X:\\"), undefined);
});

Deno.test("System Volume Information is denied, and snapshots see it anyway", async () => {
  const lab = await createLab();
  await assert.rejects(
    lab.files.list("D:\\System Volume Information"),
    (error) => isFileFault(error, "denied"),
  );
  assert.ok((await lab.snapshot()).has("System Volume Information"));
});

Deno.test("a snapshot of the lab changes with one byte, and not without", async () => {
  const lab = await createLab({ source: "none" });
  const before = await lab.snapshot();
  assert.deepEqual(await lab.snapshot(), before);
  await lab.files.createFile("D:\\PEMedic.json", new Uint8Array(1));
  assert.notDeepEqual(await lab.snapshot(), before);
  assert.deepEqual(await lab.snapshot({ except: ["PEMedic.json"] }), before);
});

Deno.test("a crash and a reboot keep what was on the disk", async () => {
  const lab = await createLab({ source: "none" });
  lab.host.killAt("middle");
  await lab.files.createFile("D:\\before", new Uint8Array(1));
  await assert.rejects(lab.host.checkpoint("middle"), SimulatedCrash);
  await assert.rejects(lab.files.createFile("D:\\after", new Uint8Array(1)), SimulatedCrash);
  lab.reboot();
  assert.ok(await lab.files.stat("D:\\before"));
  assert.equal(await lab.files.stat("D:\\after"), undefined);
});

Deno.test("the state lists the packages of the Windows that was built", async () => {
  const lab = await createLab({ windows: WINDOWS_11_ARM64, state: { dismCells: 60 } });
  assert.equal(lab.state.dismCells, 60);
  const states = lab.state.packages.map(({ state }) => state).sort();
  assert.deepEqual(states, ["Installed", "Installed", "Installed", "Installed", "Superseded"]);
  assert.ok(lab.state.packages.every(({ identity }) => identity.includes("~arm64~")));
});
