import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { FormatError, memorySource } from "../../../src/base/mod.ts";
import {
  ntfsGeometry,
  readNtfsVolumeFlags,
  volumeSignature,
} from "../../../src/formats/ntfs/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";

function image(name: string): Uint8Array {
  return gunzipSync(Deno.readFileSync(corpusPath(`ntfs/gen-mkntfs-${name}.img.gz`)));
}

const SAMPLES: readonly [name: string, dirty: boolean, cluster: number, sector: number][] = [
  ["s512-c4096-clean", false, 4096, 512],
  ["s512-c4096-dirty", true, 4096, 512],
  ["s512-c65536-clean", false, 65536, 512],
  ["s512-c65536-dirty", true, 65536, 512],
  ["s4096-c4096-clean", false, 4096, 4096],
];

for (const [name, dirty, cluster, sector] of SAMPLES) {
  Deno.test({
    name: `readNtfsVolumeFlags() says ${dirty ? "dirty" : "clean"} for ${name} (needs the corpus)`,
    ignore: without(corpusPresent),
    fn: async () => {
      const bytes = image(name);
      const flags = await readNtfsVolumeFlags(memorySource(bytes));
      assert.equal(flags.dirty, dirty);
      assert.equal(flags.version, "3.1");
      const geometry = ntfsGeometry(bytes.subarray(0, 512));
      assert.equal(geometry.bytesPerCluster, cluster);
      assert.equal(geometry.bytesPerSector, sector);
      assert.equal(volumeSignature(bytes), "ntfs");
    },
  });
}

function sectorWith(text: string, offset: number): Uint8Array {
  const sector = new Uint8Array(512);
  for (let i = 0; i < text.length; i++) sector[offset + i] = text.charCodeAt(i);
  return sector;
}

Deno.test("volumeSignature() tells BitLocker, exFAT, FAT32 and ReFS, and unknown for the rest", () => {
  assert.equal(volumeSignature(sectorWith("-FVE-FS-", 3)), "bitlocker");
  assert.equal(volumeSignature(sectorWith("EXFAT   ", 3)), "exfat");
  assert.equal(volumeSignature(sectorWith("ReFS", 3)), "refs");
  assert.equal(volumeSignature(sectorWith("FAT32   ", 0x52)), "fat32");
  assert.equal(volumeSignature(new Uint8Array(512)), "unknown");
  assert.equal(volumeSignature(new Uint8Array(10)), "unknown");
});

Deno.test("volumeSignature() tells BitLocker To Go by its GUID", () => {
  const sector = sectorWith("MSWIN4.1", 3);
  sector.set([
    0x3b,
    0xd6,
    0x67,
    0x49,
    0x29,
    0x2e,
    0xd8,
    0x4a,
    0x83,
    0x99,
    0xf6,
    0xa3,
    0x39,
    0xe3,
    0xd0,
    0x01,
  ], 0x1a8);
  assert.equal(volumeSignature(sector), "bitlocker");
});

Deno.test("ntfsGeometry() refuses a sector that is not NTFS", () => {
  assert.throws(() => ntfsGeometry(new Uint8Array(512)), FormatError);
});

Deno.test({
  name:
    "readNtfsVolumeFlags() ends in a FormatError or an answer for damaged volumes (needs the corpus)",
  ignore: without(corpusPresent),
  fn: async () => {
    const bytes = image("s512-c4096-clean").slice(0, 64 * 1024);
    const places = fc.oneof(
      fc.integer({ min: 0, max: 511 }),
      fc.integer({ min: 0x4c00, max: 0x4fff }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(places, fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 6,
        }),
        async (edits) => {
          const damaged = bytes.slice();
          for (const [at, value] of edits) damaged[at] = value;
          try {
            const flags = await readNtfsVolumeFlags(memorySource(damaged));
            assert.equal(typeof flags.dirty, "boolean");
          } catch (error) {
            assert.ok(error instanceof FormatError, String(error));
          }
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  },
});
