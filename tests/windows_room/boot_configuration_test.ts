import assert from "node:assert/strict";
import {
  type BootEntry,
  bootEvidence,
  type BootStoreView,
  describeEvidence,
  openWindows,
  readBootConfiguration,
} from "../../src/windows/mod.ts";
import { baseBlockChecksum } from "../../src/formats/regf/mod.ts";
import {
  type BootPartition,
  deviceElement,
  fileDevice,
  partitionDevice,
  vhdDevice,
  WINDOWS_PARTITION,
} from "../lab/boot_device.ts";
import {
  type Damage,
  type MemoryLab,
  SAFE_OS_ENTRY,
  safeOsImageLost,
  upgradeWaitsForRestart,
} from "../lab/mod.ts";
import { hiveLogEntry } from "../lab/hive_log.ts";
import { hostWith, labWith } from "./rooms.ts";

const LOADER = "3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f";
const MEMDIAG = "b2721d73-1db4-4c62-bf78-c548a880142d";
const OBJECTS = "HKEY_LOCAL_MACHINE\\BCD00000000\\Objects";
const BOOT_MANAGER = `${OBJECTS}\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements`;

type ReadStore = Extract<BootStoreView, { state: "read" }>;

async function storesOf(lab: MemoryLab): Promise<ReadStore[]> {
  const views = await readBootConfiguration(await openWindows(lab.host, "D:"));
  return views.map((view) => {
    assert.ok(view.state === "read", JSON.stringify(view));
    return view;
  });
}

/** The entry with that id in the store on the target's own volume. */
async function entry(lab: MemoryLab, id = LOADER): Promise<BootEntry> {
  const own = (await storesOf(lab)).find(({ place }) => place === "D:\\Boot\\BCD")!;
  return own.entries.find((candidate) => candidate.id === id)!;
}

/** A lab whose boot configuration has these lines added. */
function labWithBcd(text: string, damages: readonly Damage[] = []): Promise<MemoryLab> {
  return labWith(damages, { additions: { BCD: text } });
}

function element(number: string, value: string, id = LOADER): string {
  return `[${OBJECTS}\\{${id}}\\Elements\\${number}]\n"Element"=${value}\n`;
}

function device(bytes: Uint8Array): string {
  return `hex:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join()}`;
}

function idList(...ids: readonly string[]): string {
  const text = ids.map((id) => `{${id}}\0`).join("") + "\0";
  const units = Array.from(text, (_, i) => [text.charCodeAt(i) & 0xff, text.charCodeAt(i) >> 8]);
  return `hex(7):${units.flat().map((byte) => byte.toString(16).padStart(2, "0")).join()}`;
}

Deno.test("the stores of the ESP and of the volume itself are read", async () => {
  const stores = await storesOf(await labWith());
  assert.deepEqual(stores.map(({ place }) => place), [
    "S:\\EFI\\Microsoft\\Boot\\BCD",
    "D:\\Boot\\BCD",
  ]);
  assert.deepEqual(stores.map(({ timeout, replay, stale }) => [timeout, replay, stale]), [
    [30, undefined, false],
    [30, undefined, false],
  ]);
});

Deno.test("the Windows to be repaired is the default entry, here D:, and C: when it runs", async () => {
  const lab = await labWith();
  const loader = await entry(lab);
  assert.equal(loader.isDefault, true);
  assert.equal(loader.isNext, false);
  assert.equal(loader.name, "{default}");
  assert.equal(loader.place, "menu");
  assert.equal(loader.startsTarget, true);
  assert.deepEqual(loader.setupMarks, []);
  assert.equal(loader.osDevice?.letterHere, "D:");
  assert.equal(loader.osDevice?.letterWhenRunning, "C:");
  assert.equal(loader.systemRoot, "\\Windows");
  assert.equal(loader.missingFile, undefined);
  assert.match(
    describeEvidence(bootEvidence("S:\\BCD", loader)),
    /^S:\\BCD: \{3f6d2a10-.*\} \(default\) "Windows 11" starts \\Windows\\system32\\winload\.efi/,
  );
});

Deno.test("entries come in the order of the menu; tools, recovery and the rest follow", async () => {
  const other = "3f6d2a11-1f3a-11ef-9c41-d8bbc1a2e37f";
  const winre = "3f6d2a12-1f3a-11ef-9c41-d8bbc1a2e37f";
  const type = (id: string, number: string) =>
    `[${OBJECTS}\\{${id}}\\Description]\n"Type"=dword:${number}\n`;
  const lab = await labWithBcd([
    type(other, "10200003"),
    type(winre, "10200003"),
    type(MEMDIAG, "10200005"),
    element("14000008", idList(winre)),
    `[${BOOT_MANAGER}\\24000001]\n"Element"=${idList(other, LOADER)}`,
    `[${BOOT_MANAGER}\\24000010]\n"Element"=${idList(MEMDIAG)}`,
    `[${BOOT_MANAGER}\\24000002]\n"Element"=${idList(winre)}`,
  ].join("\n"));
  const store = (await storesOf(lab))[1]!;
  assert.deepEqual(store.entries.map(({ id, place }) => [id, place]), [
    [other, "menu"],
    [LOADER, "menu"],
    [MEMDIAG, "tools"],
    [winre, "recovery"],
    ["3f6d2a0f-1f3a-11ef-9c41-d8bbc1a2e37f", "unlisted"],
  ]);
  assert.deepEqual(store.entries.filter(({ isNext }) => isNext).map(({ id }) => id), [winre]);
});

Deno.test("an entry of another partition, of a file, or of nobody knows where is not the target", async () => {
  const elsewhere: BootPartition = {
    ...WINDOWS_PARTITION,
    id: "0c3a5d71-6b2e-4f18-a9d4-7e51c0b2f384",
  };
  const on = async (bytes: Uint8Array) =>
    await entry(await labWithBcd(element("21000001", device(deviceElement(bytes)))));
  const other = await on(partitionDevice(elsewhere));
  assert.deepEqual([other.startsTarget, other.osDevice?.letterHere], [false, "S:"]);
  const file = fileDevice(partitionDevice(WINDOWS_PARTITION), "\\disk.vhd");
  const vhd = await on(vhdDevice(file));
  assert.deepEqual([vhd.startsTarget, vhd.osDevice?.file], [false, "\\disk.vhd"]);
  assert.equal(vhd.osDevice?.onTarget, true);
  const unknown = await entry(
    await labWithBcd(`[-${OBJECTS}\\{${LOADER}}\\Elements\\21000001]\n`),
  );
  assert.equal(unknown.startsTarget, undefined);
});

Deno.test("MBR partitions are found by signature and offset", async () => {
  const mbr = { style: "mbr", signature: 0x4e1d2c3b, offset: 0x100000n } as const;
  const lab = await labWithBcd(element("21000001", device(deviceElement(partitionDevice(mbr)))));
  const host = hostWith(
    lab,
    (volume) => volume.letter === "D:" ? { ...volume, partition: mbr } : volume,
  );
  const views = await readBootConfiguration(await openWindows(host, "D:"));
  const own = views.at(-1)!;
  assert.ok(own.state === "read");
  const loader = own.entries.find(({ id }) => id === LOADER)!;
  assert.equal(loader.startsTarget, true);
  // The lab's MountedDevices says that this partition is D: when Windows runs.
  assert.equal(loader.osDevice?.letterWhenRunning, "D:");
});

Deno.test("a volume that does not tell its partition is known by the letter of Windows", async () => {
  const lab = await labWith();
  const host = hostWith(lab, (volume) => {
    const { partition: _, ...rest } = volume;
    return rest;
  });
  const views = await readBootConfiguration(await openWindows(host, "D:"));
  const own = views.at(-1)!;
  assert.ok(own.state === "read");
  const loader = own.entries.find(({ id }) => id === LOADER)!;
  assert.deepEqual([loader.startsTarget, loader.osDevice?.letterHere], [true, undefined]);
});

Deno.test("Setup's entry is told by its folder and its name, WinRE is not Setup's", async () => {
  const setup = await entry(await labWith([upgradeWaitsForRestart()]), SAFE_OS_ENTRY);
  assert.equal(setup.isDefault, true);
  assert.equal(setup.winpe, true);
  assert.equal(setup.startsTarget, false);
  assert.equal(setup.missingFile, undefined);
  assert.deepEqual(setup.setupMarks.length, 2);
  const lost = await entry(await labWith([safeOsImageLost()]), SAFE_OS_ENTRY);
  assert.equal(lost.missingFile, "\\$WINDOWS.~BT\\Sources\\SafeOS\\winre.wim");
  const recovery = await entry(await labWithBcd(element("26000022", "hex:01")));
  assert.deepEqual([recovery.winpe, recovery.setupMarks], [true, []]);
  assert.equal(recovery.initialConfiguration, false);
  const imc = await entry(await labWithBcd(element("22000137", `"\\\\imc.hiv"`)));
  assert.equal(imc.initialConfiguration, true);
});

Deno.test("a loader that is not there is named", async () => {
  const lab = await labWithBcd(element("12000002", `"\\\\Windows\\\\system32\\\\winlaod.efi"`));
  assert.equal((await entry(lab)).missingFile, "\\Windows\\system32\\winlaod.efi");
});

Deno.test("a store that is no hive, or dirty without logs, is said to be so", async () => {
  const lab = await labWith();
  lab.files.put("S:\\EFI\\Microsoft\\Boot\\BCD", new TextEncoder().encode("no hive at all"));
  const dirty = (await lab.files.read("D:\\Boot\\BCD")).slice();
  const view = new DataView(dirty.buffer);
  view.setUint32(4, view.getUint32(8, true) + 1, true);
  view.setUint32(508, baseBlockChecksum(dirty), true);
  lab.files.put("D:\\Boot\\BCD", dirty);
  const [broken, stale] = await readBootConfiguration(await openWindows(lab.host, "D:"));
  assert.ok(broken?.state === "unreadable");
  assert.match(broken.problem, /Cannot read/);
  assert.ok(stale?.state === "read");
  assert.equal(stale.stale, true);
  assert.match(stale.replay ?? "", /^dirty/);
  assert.ok(stale.entries.length > 0);
});

Deno.test("a dirty store is read with its log, as Windows will see it", async () => {
  const lab = await labWith();
  const before = await lab.files.read("D:\\Boot\\BCD");
  const timeout = [30, 0, 0, 0, 0, 0, 0, 0];
  const at = before.findIndex((_, start) => timeout.every((byte, i) => before[start + i] === byte));
  const after = before.slice();
  after[at] = 7;
  const dirty = before.slice();
  const view = new DataView(dirty.buffer);
  view.setUint32(4, view.getUint32(8, true) + 1, true);
  view.setUint32(508, baseBlockChecksum(dirty), true);
  lab.files.put("D:\\Boot\\BCD", dirty);
  lab.files.put("D:\\Boot\\BCD.LOG1", hiveLogEntry(dirty, { after, sequence: 2 }));
  const own = (await storesOf(lab))[1]!;
  assert.equal(own.timeout, 7);
  assert.match(own.replay ?? "", /replayed from LOG1/);
  assert.equal(own.stale, false);
});

Deno.test("no store at all is no entry", async () => {
  const lab = await labWith();
  await lab.files.remove("S:\\EFI\\Microsoft\\Boot\\BCD");
  await lab.files.remove("D:\\Boot\\BCD");
  assert.deepEqual(await readBootConfiguration(await openWindows(lab.host, "D:")), []);
});
