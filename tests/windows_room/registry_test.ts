import assert from "node:assert/strict";
import {
  describeEvidence,
  findMissingStorageDriver,
  formatGuid,
  openWindows,
  readMountedLetters,
  registryEvidence,
  samePartition,
} from "../../src/windows/mod.ts";
import { dirtySoftwareHive, missingSoftwareHive } from "../lab/mod.ts";
import { labWith, registryOf } from "./rooms.ts";

const BITS = "SYSTEM\\CurrentControlSet\\Services\\BITS";

Deno.test("OfflineRegistry resolves CurrentControlSet through Select", async () => {
  const other = '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Current"=dword:00000003\n' +
    '[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet003\\Services\\BITS]\n"Start"=dword:00000004\n';
  const lab = await labWith([], { additions: { SYSTEM: other } });
  const registry = registryOf(lab);
  assert.equal(await registry.controlSet(), 3);
  assert.equal(await registry.number(BITS, "Start"), 4);
  assert.equal(await registry.number(BITS.toLowerCase(), "start"), 4);
  const first = BITS.replace("CurrentControlSet", "ControlSet001");
  assert.equal(await registry.number(first, "Start"), 3);
  assert.equal(await registryOf(await labWith()).number(BITS, "Start"), 3);
});

Deno.test("OfflineRegistry tells missing keys, values, hives and other types as undefined", async () => {
  const lab = await labWith([missingSoftwareHive()]);
  const registry = registryOf(lab);
  assert.equal(await registry.key("SYSTEM\\Nothing"), undefined);
  assert.equal(await registry.value(BITS, "Nothing"), undefined);
  assert.equal(await registry.text(BITS, "Start"), undefined);
  assert.equal(await registry.number(BITS, "ObjectName"), undefined);
  assert.equal(await registry.key("SOFTWARE\\Microsoft"), undefined);
  assert.equal(await registry.key("NOHIVE\\x"), undefined);
  assert.equal(await registry.text(BITS, "ObjectName"), "LocalSystem");
});

Deno.test("registryEvidence() cites hive, key and value, and says where logs are missing", async () => {
  const whole = registryOf(await labWith([dirtySoftwareHive()]));
  const replayed = (await whole.value("software\\LabDirty", "LabReplayed"))!;
  assert.equal(replayed.value.data.at(-1), 1);
  assert.equal(registryEvidence(replayed.key, "1").kind, "registry");
  assert.equal("stale" in registryEvidence(replayed.key, "1"), false);
  const lab = await labWith([dirtySoftwareHive({ log: "none" })]);
  const registry = registryOf(lab);
  const stale = (await registry.value("software\\LabDirty", "LabReplayed"))!;
  assert.equal(stale.value.data.at(-1), 0);
  const evidence = registryEvidence(stale.key, "0", "LabReplayed");
  assert.deepEqual(evidence, {
    kind: "registry",
    hive: "SOFTWARE",
    key: "LabDirty",
    value: "LabReplayed",
    data: "0",
    stale: true,
  });
  assert.equal(
    describeEvidence(evidence),
    'SOFTWARE\\LabDirty "LabReplayed" = 0 (dirty hive, logs not applied)',
  );
  const key = (await registry.key(BITS))!;
  assert.equal(
    describeEvidence(registryEvidence(key, "there")),
    "SYSTEM\\ControlSet001\\Services\\BITS = there",
  );
});

Deno.test("describeEvidence() is one line for every kind", () => {
  assert.equal(
    describeEvidence({ kind: "file", path: "a\\b", detail: "5 bytes" }),
    "a\\b: 5 bytes",
  );
  assert.equal(
    describeEvidence({ kind: "tool", command: "chkdsk D:", exitCode: 3, line: "bad" }),
    "chkdsk D: (exit code 3): bad",
  );
  assert.equal(
    describeEvidence({ kind: "volume", volume: "D:", detail: "is dirty" }),
    "D: is dirty",
  );
});

Deno.test("readMountedLetters() reads GPT and MBR entries and leaves the rest out", async () => {
  const registry = registryOf(await labWith());
  assert.deepEqual(await readMountedLetters(registry), [
    { letter: "C:", partition: { style: "gpt", id: "5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01" } },
    { letter: "D:", partition: { style: "mbr", signature: 0x4e1d2c3b, offset: 0x100000n } },
  ]);
});

Deno.test("samePartition() compares like with like", () => {
  const gpt = { style: "gpt", id: "5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01" } as const;
  const mbr = { style: "mbr", signature: 1, offset: 2n } as const;
  assert.ok(samePartition(gpt, { ...gpt, id: `{${gpt.id.toUpperCase()}}` }));
  assert.ok(!samePartition(gpt, { ...gpt, id: gpt.id.replace("5f", "6f") }));
  assert.ok(samePartition(mbr, { ...mbr }));
  assert.ok(!samePartition(mbr, { ...mbr, offset: 3n }));
  assert.ok(!samePartition(mbr, { ...mbr, signature: 2 }));
  assert.ok(!samePartition(mbr, gpt));
});

Deno.test("formatGuid() prints bytes as Windows does", () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => index);
  assert.equal(formatGuid(bytes), "03020100-0504-0706-0809-0a0b0c0d0e0f");
});

const RST = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\iaStorVD]\n" +
  '"Start"=dword:00000000\n';
const DEVICE = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Enum\\PCI\\VEN_8086&DEV_467F\\3&1]\n" +
  '"Service"="iaStorVD"\n';

async function missing(
  system: string,
  prepare?: (lab: Awaited<ReturnType<typeof labWith>>) => void,
) {
  const lab = await labWith([], { additions: { SYSTEM: system } });
  prepare?.(lab);
  return await findMissingStorageDriver(await openWindows(lab.host, "D:"), lab.host);
}

Deno.test("findMissingStorageDriver() names a boot driver with a device that is not here", async () => {
  const found = await missing(RST + DEVICE);
  assert.equal(found?.row.service, "iaStorVD");
  assert.equal(found?.evidence.kind, "registry");
});

Deno.test("findMissingStorageDriver() says no without driver, device or need", async () => {
  assert.equal(await missing(""), undefined);
  assert.equal(await missing(RST), undefined);
  assert.equal(await missing(RST.replace("00000000", "00000003") + DEVICE), undefined);
  const loaded = (lab: Awaited<ReturnType<typeof labWith>>) =>
    lab.files.put("X:\\Windows\\System32\\drivers\\iaStorVD.sys", new Uint8Array(1));
  assert.equal(await missing(RST + DEVICE, loaded), undefined);
});
