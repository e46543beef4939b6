/** From the first byte to the root: recognition, anchors, sequences, partition maps, file sets. */
import assert from "node:assert/strict";
import { type ByteSource, FormatError, RefusalError } from "../../../src/base/mod.ts";
import { openUdf, recogniseVolume } from "../../../src/formats/udf/mod.ts";
import type { SparseImage } from "../../lab/sparse_image.ts";
import { reseal, sealTag } from "../../lab/udf_descriptors.ts";
import { udfFile } from "../../lab/udf_items.ts";
import { UdfSector } from "../../lab/udf_volume.ts";
import { type UdfOptions, writeUdf, type WrittenUdf } from "../../lab/udf_writer.ts";

const BLOCK = 2048;
const made = (options: UdfOptions = {}): WrittenUdf =>
  writeUdf([udfFile("a.txt", Uint8Array.of(1, 2, 3))], options);

async function open(source: ByteSource) {
  const warnings: { message: string; offset: number }[] = [];
  const volume = await openUdf(source, {
    warn: (message, offset) => warnings.push({ message, offset }),
  });
  const names = (await Array.fromAsync(volume.children(volume.root))).map(({ name }) => name);
  return { volume, names, warnings };
}

/** Changes a descriptor of 512 bytes and puts its sums right. */
function edit(image: SparseImage, offset: number, change: (view: DataView) => void): void {
  const bytes = image.slice(offset, 512);
  change(new DataView(bytes.buffer));
  reseal(bytes);
  image.write(offset, bytes);
}

const sectorAt = (sector: number) => sector * BLOCK;
/** Sequences hold, in this order: primary, logical volume, partition, terminator. */
const LOGICAL = 1;
const PARTITION = 2;

for (const anchors of [[256], [-1], [-257], [512], [256, -1, -257]]) {
  for (const blockSize of [512, 1024, 2048, 4096]) {
    Deno.test(`the anchor is found at ${anchors} with blocks of ${blockSize}`, async () => {
      const large = anchors.includes(512)
        ? [udfFile("a.txt", new Uint8Array(300 * blockSize).fill(7))]
        : [udfFile("a.txt", Uint8Array.of(1))];
      // Sector 512 lies in the partition: its anchor is written over the data of the file.
      const { image } = writeUdf(large, { anchors, blockSize });
      const { volume, names, warnings } = await open(image.source());
      assert.deepEqual([volume.blockSize, names, warnings], [blockSize, ["a.txt"], []]);
    });
  }
}

Deno.test("an anchor that lies about its place is used with a warning", async () => {
  const { image } = made({ anchors: [256] });
  edit(image, sectorAt(256), () => {});
  const bytes = image.slice(sectorAt(256), 512);
  image.write(sectorAt(256), sealTag(bytes, { id: 2, location: 77 }));
  const { names, warnings } = await open(image.source());
  assert.deepEqual(names, ["a.txt"]);
  assert.match(warnings[0]?.message ?? "", /another sector/);
  assert.equal(warnings[0]?.offset, sectorAt(256));
});

Deno.test("wrong tag locations everywhere are tolerated", async () => {
  const written = made();
  for (const sector of [96, 97, 98, 112, 113, 114]) {
    edit(written.image, sectorAt(sector), (view) => view.setUint32(12, 4711, true));
  }
  const root = [...written.entryOffset.values()][0]!;
  edit(written.image, root, (view) => view.setUint32(12, 4711, true));
  const { names, warnings } = await open(written.image.source());
  assert.deepEqual([names, warnings], [["a.txt"], []]);
});

Deno.test("no anchor, or one with a wrong checksum or CRC, is refused", async () => {
  for (const at of [4, 20]) {
    const { image } = made({ anchors: [256] });
    image.write(sectorAt(256) + at, Uint8Array.of(0xee));
    await assert.rejects(
      open(image.source()),
      (error) => error instanceof FormatError && /no anchor/.test(error.message),
    );
  }
});

Deno.test("a damaged main sequence is filled in from the reserve, with the offset", async () => {
  for (const index of [LOGICAL, PARTITION]) {
    const { image } = made();
    const offset = sectorAt(UdfSector.main + index);
    image.write(offset + 100, Uint8Array.of(0xab));
    const { names, warnings } = await open(image.source());
    assert.deepEqual(names, ["a.txt"]);
    assert.match(warnings[0]?.message ?? "", /its CRC is wrong; the reserve/);
    assert.equal(warnings[0]?.offset, offset);
  }
});

Deno.test("a main sequence that is not there at all is replaced by the reserve", async () => {
  const { image } = made();
  image.write(sectorAt(UdfSector.main), new Uint8Array(16 * BLOCK));
  const { names, warnings } = await open(image.source());
  assert.deepEqual(names, ["a.txt"]);
  assert.match(warnings[0]?.message ?? "", /reserve volume descriptors were used/);
});

Deno.test("damage in both sequences is refused with what is missing", async () => {
  const { image } = made();
  for (const start of [UdfSector.main, UdfSector.reserve]) {
    image.write(sectorAt(start + PARTITION) + 190, Uint8Array.of(0xab));
  }
  await assert.rejects(open(image.source()), /names a partition \(A volume descriptor is damaged/);
});

Deno.test("the descriptor with the higher sequence number prevails, whatever the order", async () => {
  for (const [first, second, label] of [[1, 2, "NEWER"], [5, 2, "OLDER"]] as const) {
    const { image } = made({ label: "OLDER" });
    const at = sectorAt(UdfSector.main + LOGICAL);
    edit(image, at, (view) => view.setUint32(16, first, true));
    const newer = image.slice(at, 512);
    newer.set(new TextEncoder().encode("NEWER"), 85);
    new DataView(newer.buffer).setUint32(16, second, true);
    reseal(newer);
    // In place of the terminator; the sequence ends at the blank sector behind it.
    image.write(sectorAt(UdfSector.main + 3), newer);
    assert.equal((await open(image.source())).volume.label, label);
  }
});

Deno.test("a pointer leads to the rest of the sequence; one that leads to itself ends", async () => {
  assert.deepEqual((await open(made({ pointer: true }).image.source())).names, ["a.txt"]);
  const { image } = made({ pointer: true });
  edit(image, sectorAt(UdfSector.main), (view) => view.setUint32(24, UdfSector.main, true));
  assert.deepEqual((await open(image.source())).names, ["a.txt"]);
});

function withMap(map: readonly number[], identifier = ""): SparseImage {
  const { image } = made();
  for (const start of [UdfSector.main, UdfSector.reserve]) {
    edit(image, sectorAt(start + LOGICAL), (view) => {
      const bytes = new Uint8Array(view.buffer);
      bytes.fill(0, 440);
      bytes.set(map, 440);
      bytes.set(new TextEncoder().encode(identifier), 445);
      view.setUint32(264, map[1]!, true);
    });
  }
  return image;
}

for (
  const [identifier, name] of [
    ["*UDF Virtual Partition", "virtual partition"],
    ["*UDF Sparable Partition", "sparable partition"],
    ["*UDF Metadata Partition", "metadata partition"],
    ["*Some Other Partition", 'type 2 "*Some Other Partition"'],
  ] as const
) {
  Deno.test(`a partition map ${identifier} is refused by name`, async () => {
    await assert.rejects(
      open(withMap([2, 64], identifier).source()),
      (error) => error instanceof RefusalError && error.message.includes(name),
    );
  });
}

Deno.test("maps that are cut off, name no partition or are too many are damage", async () => {
  const refused = (image: SparseImage, pattern: RegExp) =>
    assert.rejects(
      open(image.source()),
      (error) => error instanceof FormatError && pattern.test(error.message),
    );
  await refused(withMap([1, 3]), /cut off/);
  await refused(withMap([1, 6, 1, 0, 9, 0]), /partition 9 is not described/);
  const { image } = made();
  for (const start of [UdfSector.main, UdfSector.reserve]) {
    edit(image, sectorAt(start + LOGICAL), (view) => view.setUint32(268, 0x7fffffff, true));
  }
  await refused(image, /2147483647 partition maps/);
});

Deno.test("block sizes that cannot be are refused", async () => {
  const { image } = made();
  for (const start of [UdfSector.main, UdfSector.reserve]) {
    edit(image, sectorAt(start + LOGICAL), (view) => view.setUint32(212, 3000, true));
  }
  await assert.rejects(open(image.source()), /block size of 3000/);
});

Deno.test("of several file sets the one with the higher number counts; a circle of them ends", async () => {
  const written = made();
  const { image, partitionOffset } = written;
  const first = image.slice(partitionOffset, 512);
  const second = first.slice();
  const view = new DataView(second.buffer);
  view.setUint32(44, 1, true);
  // The next extent leads back to the first one.
  view.setUint32(448, BLOCK, true);
  reseal(second);
  image.write(partitionOffset + BLOCK, second);
  // The older one says that the root is in block 1, which is no file entry.
  edit(image, partitionOffset, (old) => old.setUint32(404, 1, true));
  assert.deepEqual((await open(image.source())).names, ["a.txt"]);
});

Deno.test("no file set, or a root that is no directory, is refused", async () => {
  const blank = made();
  blank.image.write(blank.partitionOffset, new Uint8Array(512));
  await assert.rejects(open(blank.image.source()), /no file set/);
  const file = made();
  edit(file.image, file.partitionOffset + 2 * BLOCK, (view) => view.setUint8(27, 5));
  await assert.rejects(open(file.image.source()), /root is not a directory/);
});

Deno.test("recognition finds the words in any order and tells where", async () => {
  const { image } = made();
  assert.deepEqual(await recogniseVolume(image.source()), {
    udf: 32768 + 2048,
    iso9660: undefined,
  });
  image.write(32768 + 40 * 2048 + 1, new TextEncoder().encode("NSR03"));
  image.write(32768 + 2048, new Uint8Array(7));
  image.write(32768 + 3 * 2048 + 1, new TextEncoder().encode("CD001"));
  assert.deepEqual(await recogniseVolume(image.source()), {
    udf: 32768 + 40 * 2048,
    iso9660: 32768 + 3 * 2048,
  });
  const empty = { size: 100, read: () => Promise.resolve(new Uint8Array(0)) };
  assert.deepEqual(await recogniseVolume(empty), { udf: undefined, iso9660: undefined });
});
