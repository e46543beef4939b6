/** The Windows half of the host, run as a Windows process (Wine in the tests of the project). */
import assert from "node:assert/strict";
import { longPath } from "../../src/host/kernel32.ts";
import { fault, inScratch, onWindows } from "./system_files.ts";

/** Elsewhere these tests do not exist: they run with the unit suite under Wine. */
function onWindowsOnly(test: Deno.TestDefinition): void {
  if (onWindows) Deno.test(test);
}

Deno.test("longPath() prefixes long absolute paths only", () => {
  const long = "n".repeat(250);
  assert.equal(longPath("D:\\short"), "D:\\short");
  assert.equal(longPath(`D:\\${long}`), `\\\\?\\D:\\${long}`);
  assert.equal(longPath(`D:/${long}/x`), `\\\\?\\D:\\${long}\\x`);
  assert.equal(longPath(`\\\\server\\${long}`), `\\\\?\\UNC\\server\\${long}`);
  assert.equal(longPath(`\\\\?\\Volume{1}\\${long}`), `\\\\?\\Volume{1}\\${long}`);
  assert.equal(longPath(long), long);
});

onWindowsOnly({
  name: "WindowsVolumes.list() names letter, type, space and volume (needs Windows)",
  fn: async () => {
    const { WindowsVolumes } = await import("../../src/host/windows_volumes.ts");
    const volumes = await new WindowsVolumes().list();
    const system = volumes.find((volume) => volume.root === "C:\\");
    assert.ok(system !== undefined);
    assert.deepEqual([system.letter, system.mounted, system.drive], ["C:", true, "fixed"]);
    assert.equal(system.fileSystem, "NTFS");
    assert.ok(system.totalBytes > system.freeBytes && system.freeBytes > 0);
    assert.match(system.volumeName ?? "", /^\\\\\?\\Volume\{[-0-9a-f]+\}\\$/i);
    assert.match(system.device ?? "", /^\\Device\\/);
    assert.equal(new Set(volumes.map((volume) => volume.root)).size, volumes.length);
  },
});

onWindowsOnly({
  name: "WindowsVolumes.at() knows letters, roots and folders, and refuses files (needs Windows)",
  fn: async () => {
    const { WindowsVolumes } = await import("../../src/host/windows_volumes.ts");
    const volumes = new WindowsVolumes();
    const listed = (await volumes.list()).find((volume) => volume.root === "C:\\");
    assert.deepEqual(await volumes.at("C:"), listed);
    assert.deepEqual(await volumes.at("C:\\"), listed);
    await inScratch(async ({ path, write }) => {
      const folder = await volumes.at(path());
      assert.deepEqual([folder?.root, folder?.drive], [path(), "unknown"]);
      assert.ok(folder!.freeBytes > 0);
      assert.equal(await volumes.readRaw(folder!, 0, 512), undefined);
      assert.equal(await volumes.at(path("nothing")), undefined);
      await assert.rejects(volumes.at(await write("file", "")), fault("not-a-directory"));
    });
  },
});

onWindowsOnly({
  name: "WindowsFileSystem reports a file that another program holds (needs Windows)",
  fn: async () => {
    const { WindowsFileSystem } = await import("../../src/host/windows_file_system.ts");
    const { kernel32, Open, isHandle, wide } = await import("../../src/host/kernel32.ts");
    await inScratch(async ({ path, write }) => {
      const files = new WindowsFileSystem();
      const held = await write("held", "x");
      const share = 0;
      const handle = kernel32().CreateFileW(
        wide(held),
        Open.genericRead,
        share,
        null,
        3,
        0,
        null,
      );
      assert.ok(isHandle(handle));
      await assert.rejects(files.read(held), fault("busy"));
      await assert.rejects(files.move(held, path("moved")), fault("busy"));
      kernel32().CloseHandle(handle);
      await files.move(held, path("moved"));
    });
  },
});

onWindowsOnly({
  name: "WindowsFileSystem takes other drives for other volumes (needs Windows)",
  fn: async () => {
    await inScratch(async ({ files, write }) => {
      const from = await write("a", "A");
      assert.ok(/^C:/i.test(from));
      const elsewhere = `Z:\\tmp\\pemedic-${crypto.randomUUID()}`;
      await assert.rejects(files.move(from, elsewhere), fault("cross-device"));
    });
  },
});

onWindowsOnly({
  name: "inspectMachine() knows the running Windows (needs Windows)",
  fn: async () => {
    const { enableFilePrivileges, inspectMachine, keepAwake } = await import(
      "../../src/host/windows_machine.ts"
    );
    const machine = inspectMachine();
    assert.equal(machine.winpe, false);
    assert.equal(machine.systemRoot, "C:\\");
    assert.match(machine.systemFolder, /^C:\\windows\\system32$/i);
    assert.ok((machine.build ?? 0) > 7000, `${machine.build}`);
    assert.ok(machine.oemCodePage > 0);
    assert.equal(enableFilePrivileges(), true);
    const release = keepAwake();
    release();
    release();
  },
});

Deno.test("formatGuid() prints a GUID as the boot configuration spells it", async () => {
  const { formatGuid } = await import("../../src/host/windows_device.ts");
  const bytes = Uint8Array.from({ length: 20 }, (_, i) => i);
  const view = new DataView(bytes.buffer);
  assert.equal(formatGuid(view, 4), "07060504-0908-0b0a-0c0d-0e0f10111213");
});
