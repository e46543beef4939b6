import assert from "node:assert/strict";
import { isFileFault } from "../../src/base/mod.ts";
import { openHive } from "../../src/formats/regf/mod.ts";
import {
  createFolderLab,
  createLab,
  createNtfsLab,
  type FolderLab,
  hivePath,
  junctionInUpdatePath,
  type Lab,
  noRoom,
  ntfsMissing,
  pendingXmlLeftBehind,
  serviceDisabled,
  SimulatedCrash,
} from "./mod.ts";
import { without } from "../needs.ts";

/** What must be the same on every floor. */
async function scenario(lab: Lab): Promise<void> {
  await lab.damage(pendingXmlLeftBehind(), serviceDisabled("BITS"), junctionInUpdatePath());
  assert.deepEqual(lab.files.operations, []);
  const bytes = await lab.files.read(`d:\\WINDOWS\\system32\\CONFIG\\system`);
  const services = openHive(bytes).key("ControlSet001\\Services");
  assert.equal(services?.subkey("BITS")?.value("Start")?.number(), 4);
  const download = "D:\\Windows\\SoftwareDistribution\\Download";
  assert.equal((await lab.files.stat(download))?.reparse, true);
  assert.ok(await lab.files.stat(`${download}\\Thesis.docx`));

  const before = await lab.snapshot();
  await lab.files.move("D:\\Windows\\SoftwareDistribution", "D:\\Windows\\SD.old");
  assert.notDeepEqual(await lab.snapshot(), before);
  await assert.rejects(
    lab.files.move("D:\\Windows\\SD.old", "E:\\SD.old"),
    (error) => isFileFault(error, "cross-device"),
  );
  await assert.rejects(
    lab.files.createDirectory("D:\\WINDOWS\\sd.OLD"),
    (error) => isFileFault(error, "exists"),
  );
  await lab.files.move("D:\\Windows\\SD.old", "D:\\Windows\\SoftwareDistribution");
  assert.deepEqual(await lab.snapshot(), before);

  lab.files.forgetOperations();
  const log = await lab.files.openAppend("E:\\journal");
  await log.append(new TextEncoder().encode("one\n"));
  lab.files.crashAfter(1, { torn: true });
  await assert.rejects(log.append(new TextEncoder().encode("two\n")), SimulatedCrash);
  await log.close();
  await assert.rejects(lab.files.createDirectory("D:\\late"), SimulatedCrash);
  lab.reboot();
  assert.equal(new TextDecoder().decode(await lab.files.read("E:\\journal")), "one\ntw");
  assert.deepEqual(lab.files.operations.map(({ kind }) => kind), [
    "create-file",
    "append",
    "append",
  ]);
}

Deno.test("the scenario runs in memory", async () => {
  await scenario(await createLab());
});

Deno.test({
  name: "the scenario runs in a folder (its links need Linux)",
  ignore: Deno.build.os === "windows",
  fn: inFolder,
});

async function inFolder(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-folder-lab-" });
  try {
    const lab: FolderLab = await createFolderLab(folder);
    assert.equal(await lab.files.nativePath("D:\\windows"), `${folder}/D/Windows`);
    await scenario(lab);
    await assert.rejects(lab.damage(noRoom()), /needs a disk in memory/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const missing = ntfsMissing();
Deno.test({
  name: `the scenario runs on a mounted NTFS image${missing ? ` (${missing})` : ""}`,
  ignore: without(missing === undefined),
  fn: async (test) => {
    const { lab, reason } = await createNtfsLab({ source: "none" });
    if (lab === undefined) {
      return void await test.step({ name: reason, ignore: true, fn: () => {} });
    }
    try {
      await scenario(lab);
      assert.ok((await lab.files.stat(`D:\\${hivePath("SOFTWARE")}`))?.size);
    } finally {
      await lab.dispose();
    }
  },
});

Deno.test("a folder holds the same Windows as memory", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-folder-lab-" });
  try {
    const real = await (await createFolderLab(folder, { source: "none" })).snapshot();
    const memory = await (await createLab({ source: "none" })).snapshot({
      except: ["System Volume Information"],
    });
    assert.deepEqual([...real].sort(), [...memory].sort());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a writer of a folder lab counts its changes and dies with the power", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-folder-lab-" });
  try {
    const lab = await createFolderLab(folder, { source: "none" });
    lab.files.forgetOperations();
    const bytes = new TextEncoder().encode("one two ");
    const writer = await lab.files.createWriter("E:\\big");
    await writer.write(bytes);
    lab.files.crashAfter(1, { torn: true });
    await assert.rejects(writer.write(bytes), SimulatedCrash);
    await assert.rejects(writer.finish(), SimulatedCrash);
    await writer.close();
    lab.files.recover();
    assert.equal(new TextDecoder().decode(await lab.files.read("E:\\big")), "one two one ");
    await assert.rejects(
      lab.files.createWriter("E:\\BIG"),
      (error) => isFileFault(error, "exists"),
    );
    const again = await lab.files.createWriter("E:\\big", { continueAt: 4 });
    const time = new Date("2020-01-02T03:04:05Z");
    await again.finish(time);
    assert.equal((await lab.files.read("E:\\big")).length, 4);
    assert.deepEqual((await lab.files.stat("E:\\big"))?.modified, time);
    assert.deepEqual(
      lab.files.operations.map(({ kind }) => kind),
      ["create-file", "append", "append", "cut"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
