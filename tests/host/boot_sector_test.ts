import assert from "node:assert/strict";
import { formatSerial, identifyBootSector } from "../../src/host/boot_sector.ts";

function sector(name: string, at: number, serialAt: number): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set(new TextEncoder().encode(name), at);
  bytes.set([0x4d, 0x3c, 0x2b, 0x1a], serialAt);
  return bytes;
}

Deno.test("identifyBootSector() knows the file systems of Windows and their serial numbers", () => {
  const cases = [
    ["NTFS    ", 0x03, 0x48, "NTFS", "1A2B-3C4D"],
    ["EXFAT   ", 0x03, 0x64, "exFAT", "1A2B-3C4D"],
    ["FAT32   ", 0x52, 0x43, "FAT32", "1A2B-3C4D"],
    ["FAT16   ", 0x36, 0x27, "FAT", "1A2B-3C4D"],
    ["-FVE-FS-", 0x03, 0x48, "BitLocker", ""],
    ["ReFS", 0x03, 0x48, "ReFS", ""],
  ] as const;
  for (const [name, at, serialAt, fileSystem, serial] of cases) {
    assert.deepEqual(identifyBootSector(sector(name, at, serialAt)), { fileSystem, serial });
  }
});

Deno.test("identifyBootSector() says nothing about other bytes", () => {
  assert.equal(identifyBootSector(new Uint8Array(512)), undefined);
  assert.equal(identifyBootSector(sector("NTFS", 0x03, 0x48)), undefined);
  assert.equal(identifyBootSector(sector("NTFS    ", 0x03, 0x48).subarray(0, 511)), undefined);
  assert.equal(identifyBootSector(new Uint8Array(0)), undefined);
});

Deno.test("formatSerial() prints eight digits, and nothing for no serial", () => {
  assert.equal(formatSerial(0x000a_00b0), "000A-00B0");
  assert.equal(formatSerial(0xffff_ffff), "FFFF-FFFF");
  assert.equal(formatSerial(0), "");
});
