import assert from "node:assert/strict";
import { memorySource } from "../../src/base/mod.ts";
import { ntfsGeometry, readNtfsVolumeFlags, volumeSignature } from "../../src/formats/ntfs/mod.ts";
import { rawVolume, readRange } from "./raw_volume.ts";

const options = { totalBytes: 2 ** 36, serial: "5EC0-1A7E", label: "Windows", dirty: false };

Deno.test("rawVolume() is an NTFS volume whose dirty flag is as asked", async () => {
  for (const dirty of [true, false]) {
    const bytes = rawVolume({ ...options, kind: "ntfs", dirty });
    assert.equal(volumeSignature(bytes.subarray(0, 512)), "ntfs");
    const flags = await readNtfsVolumeFlags(memorySource(bytes));
    assert.equal(flags.dirty, dirty);
  }
  const geometry = ntfsGeometry(rawVolume({ ...options, kind: "ntfs" }).subarray(0, 512));
  assert.deepEqual([geometry.bytesPerSector, geometry.bytesPerCluster], [512, 4096]);
});

Deno.test("rawVolume() says BitLocker or FAT32 where it is asked to", () => {
  const signature = (kind: "bitlocker" | "fat32") =>
    volumeSignature(rawVolume({ ...options, kind }).subarray(0, 512));
  assert.equal(signature("bitlocker"), "bitlocker");
  assert.equal(signature("fat32"), "fat32");
});

Deno.test("readRange() gives zeros behind the beginning", () => {
  const head = new Uint8Array([1, 2, 3]);
  assert.deepEqual(readRange(head, 1, 4), new Uint8Array([2, 3, 0, 0]));
  assert.deepEqual(readRange(head, 2 ** 40, 2), new Uint8Array(2));
});
