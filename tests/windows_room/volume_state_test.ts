import assert from "node:assert/strict";
import { FileError } from "../../src/base/mod.ts";
import { ToolRunner } from "../../src/host/mod.ts";
import { readDirtyState, readSignature } from "../../src/windows/mod.ts";
import { bitLockerLocked, dirtyVolume, type MemoryLab } from "../lab/mod.ts";
import { labWith } from "./rooms.ts";

async function dirtyOf(lab: MemoryLab, root = "D:\\") {
  const volume = (await lab.host.volumes.at(root))!;
  return await readDirtyState(lab.host, volume, new ToolRunner(lab.host, { limit: "reads" }));
}

/** From now on no volume can be read raw, as without rights. */
function withoutRaw(lab: MemoryLab): void {
  lab.host.volumes.readRaw = () => Promise.resolve(undefined);
}

Deno.test("readDirtyState() reads the volume's own flag and starts no tool", async () => {
  for (
    const [damages, state, flags] of [[[dirtyVolume()], "dirty", 1], [[], "clean", 0]] as const
  ) {
    const lab = await labWith(damages);
    const answer = await dirtyOf(lab);
    assert.deepEqual(answer, {
      state,
      evidence: { kind: "volume", volume: "D:", detail: `NTFS volume flags 0x${flags}` },
    });
    assert.deepEqual(lab.host.processes.calls, []);
  }
});

Deno.test("readDirtyState() asks fsutil where the volume cannot be read raw", async () => {
  for (
    const [damages, state, line] of [
      [[dirtyVolume()], "dirty", "Volume - D: is Dirty"],
      [[], "clean", "Volume - D: is NOT Dirty"],
    ] as const
  ) {
    const lab = await labWith(damages);
    withoutRaw(lab);
    assert.deepEqual(await dirtyOf(lab), {
      state,
      evidence: { kind: "tool", command: "fsutil dirty query D:", exitCode: 0, line },
    });
  }
});

Deno.test("readDirtyState() does not guess from a translated fsutil", async () => {
  for (const language of ["de-DE", "ja-JP"] as const) {
    for (const damages of [[dirtyVolume()], []]) {
      const lab = await labWith(damages, { state: { language } });
      withoutRaw(lab);
      const { state, evidence } = await dirtyOf(lab);
      assert.equal(state, "unknown");
      assert.equal(evidence.kind, "tool");
    }
  }
});

Deno.test("readDirtyState() does not know after an error, garbage, or without the tool", async () => {
  for (const fault of [{ error: 5 }, { garbage: true }]) {
    const lab = await labWith([dirtyVolume()], { state: { faults: { fsutil: fault } } });
    withoutRaw(lab);
    assert.equal((await dirtyOf(lab)).state, "unknown");
  }
  const lab = await labWith([dirtyVolume()], { missingTools: ["fsutil"] });
  withoutRaw(lab);
  assert.deepEqual(await dirtyOf(lab), {
    state: "unknown",
    evidence: { kind: "volume", volume: "D:", detail: "the dirty flag cannot be read from here" },
  });
});

Deno.test("readDirtyState() does not start fsutil for a volume without a letter", async () => {
  const lab = await labWith([dirtyVolume()]);
  withoutRaw(lab);
  const { letter: _, ...volume } = (await lab.host.volumes.at("D:\\"))!;
  const tools = new ToolRunner(lab.host, { limit: "reads" });
  assert.equal((await readDirtyState(lab.host, volume, tools)).state, "unknown");
  assert.deepEqual(lab.host.processes.calls, []);
});

Deno.test("readDirtyState() asks fsutil where the raw volume makes no sense or fails", async () => {
  const raws: (() => Promise<Uint8Array | undefined>)[] = [
    () => Promise.resolve(new Uint8Array(512).fill(0xff)),
    () => Promise.resolve(new Uint8Array(3)),
    () => Promise.reject(new FileError("read", "\\\\.\\D:", "disk-error")),
  ];
  for (const readRaw of raws) {
    const lab = await labWith([dirtyVolume()]);
    lab.host.volumes.readRaw = readRaw;
    assert.equal((await dirtyOf(lab)).evidence.kind, "tool");
  }
});

Deno.test("readDirtyState() survives an NTFS volume whose records are damaged", async () => {
  for (const at of [0x0b, 0x30, 16384, 16384 + 3 * 1024, 16384 + 3 * 1024 + 0x14]) {
    const lab = await labWith([dirtyVolume()]);
    const { readRaw } = lab.host.volumes;
    lab.host.volumes.readRaw = async (volume, offset, length) => {
      const bytes = await readRaw.call(lab.host.volumes, volume, offset, length);
      if (at >= offset && at < offset + length) bytes?.fill(0xff, at - offset, at - offset + 8);
      return bytes;
    };
    assert.ok(["dirty", "unknown"].includes((await dirtyOf(lab)).state), String(at));
  }
});

Deno.test("readSignature() tells NTFS, BitLocker and FAT32, and nothing without raw access", async () => {
  const of = async (lab: MemoryLab, root: string) =>
    await readSignature(lab.host, (await lab.host.volumes.at(root))!);
  const lab = await labWith();
  assert.deepEqual([await of(lab, "D:\\"), await of(lab, "E:\\")], ["ntfs", "fat32"]);
  assert.equal(await of(await labWith([bitLockerLocked()]), "D:\\"), "bitlocker");
  assert.equal(await of(lab, "X:\\"), undefined);
});
