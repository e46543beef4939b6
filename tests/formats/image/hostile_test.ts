/** Thousands of damaged images: no crash, no hang, no path outside, no read outside, little memory. */
import assert from "node:assert/strict";
import { type ByteSource, MedicError } from "../../../src/base/mod.ts";
import { type DiscImage, entryNameProblem, openImage } from "../../../src/formats/image/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { SparseImage } from "../../lab/sparse_image.ts";
import { reseal } from "../../lab/udf_descriptors.ts";
import { recordedRuns, udfDirectory, udfFile, type UdfItem } from "../../lab/udf_items.ts";
import { writeUdf } from "../../lab/udf_writer.ts";
import { buildIso } from "../iso9660/iso_samples.ts";

type Random = (below: number) => number;

/** A small generator of numbers, so that a failure can be repeated. */
function randomNumbers(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

const SECTOR = 512;
const NASTY = [0, 1, 2, 3, 4, 8, 16, 0x7f, 0x80, 0xff, 0x100, 0x3fffffff, 0x40000000, 0x7fffffff];
const NASTIER = [0x80000000, 0xc0000800, 0xfffff800, 0xffffffff];
const MAX_ENTRIES = 3_000;
/** Of one opening, listing and sampling; the largest sample has 3 MB. */
const MAX_BYTES_READ = 96 * 2 ** 20;
const MAX_MILLISECONDS = 5_000;

/** Sectors of 512 bytes that hold anything: those worth damaging. */
function usedSectors(bytes: Uint8Array): number[] {
  const used: number[] = [];
  for (let at = 0; at + SECTOR <= bytes.length; at += SECTOR) {
    if (bytes.subarray(at, at + SECTOR).some((byte) => byte !== 0)) used.push(at);
  }
  return used;
}

/** Ids of tags whose sums are put right after most changes, so that the damage gets past them. */
const TAGS = [1, 2, 3, 5, 6, 8, 256, 257, 258, 261, 266];

/** Changes one to six places of a copy. */
function mutate(
  original: Uint8Array,
  { random, used }: { random: Random; used: readonly number[] },
): Uint8Array {
  const cut = random(15) === 0 ? random(original.length) : undefined;
  const bytes = original.slice(0, cut);
  const view = new DataView(bytes.buffer);
  for (let change = random(6); change >= 0; change--) {
    const sector = used[random(used.length)]!;
    if (sector + SECTOR > bytes.length) continue;
    const at = sector + random(random(2) === 0 ? 256 : SECTOR - 4);
    const kind = random(7);
    if (kind === 0) bytes[at] = random(256);
    else if (kind === 1) view.setUint16(at & ~1, random(0x10000), true);
    else if (kind === 2) view.setUint32(at & ~3, NASTY[random(NASTY.length)]!, true);
    else if (kind === 3) view.setUint32(at & ~3, NASTIER[random(NASTIER.length)]!, true);
    else if (kind === 4) view.setUint32(at & ~3, random(600), true);
    else if (kind === 5) bytes.copyWithin(sector, used[random(used.length)]!, sector + SECTOR);
    else bytes.fill(random(2) * 255, at, at + random(64));
    if (random(4) > 0 && TAGS.includes(view.getUint16(sector, true))) {
      reseal(bytes.subarray(sector, sector + SECTOR));
    }
  }
  return bytes;
}

/** A source that counts, and refuses what nobody may ask for. */
function watched(bytes: Uint8Array): { source: ByteSource; read: () => number } {
  let total = 0;
  const source: ByteSource = {
    size: bytes.length,
    read: (offset, length) => {
      assert.ok(
        Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && length <= 2 ** 20 &&
          offset + length <= bytes.length,
        `read of ${length} bytes at ${offset} of ${bytes.length}`,
      );
      total += length;
      assert.ok(total <= MAX_BYTES_READ, `${total} bytes were read`);
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
  return { source, read: () => total };
}

/** Says whether the image was readable at all. */
async function exercise(bytes: Uint8Array): Promise<boolean> {
  const { source } = watched(bytes);
  try {
    const image = await openImage(source, { name: "x", limits: { maxEntries: MAX_ENTRIES } });
    await checkEntries(image, bytes.length);
    await image.find("sources\\install.wim");
    return true;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    assert.ok(["damagedFile", "refused"].includes(error.code), error.message);
    return false;
  }
}

async function checkEntries(image: DiscImage, size: number): Promise<void> {
  let sampled = 0;
  const shown = new Set<string>();
  for await (const entry of image.entries()) {
    const { names, path, safe, readableBytes, problems } = entry;
    if (safe) {
      assert.deepEqual(names.map(entryNameProblem).filter((problem) => problem !== undefined), []);
      assert.equal(path, names.join("\\"));
      assert.ok(!shown.has(path.toUpperCase()), path);
      shown.add(path.toUpperCase());
    }
    for (const name of path.split("\\")) {
      assert.ok(name !== "" && name !== ".." && !/[/:]/.test(name));
    }
    assert.ok(Number.isSafeInteger(entry.size) && readableBytes <= entry.size);
    let sum = 0;
    for (const range of entry.ranges()) {
      assert.ok(range.length > 0);
      if (range.kind === "data") {
        assert.ok(range.offset >= 0 && range.offset + range.length <= size);
      }
      sum += range.length;
    }
    assert.equal(sum, readableBytes);
    assert.equal(entry.complete, !problems.some(({ kind }) => ["data", "size"].includes(kind)));
    if (entry.kind === "file" && entry.complete) assert.equal(readableBytes, entry.size);
    if (readableBytes < entry.size) assert.ok(!entry.complete);
    for (const { offset } of problems) assert.ok(Number.isSafeInteger(offset) && offset >= 0);
    if (entry.kind === "file" && sampled++ < 20) await sample(image, entry);
  }
  assert.ok(image.warnings.length <= 1000);
}

async function sample(image: DiscImage, entry: Parameters<DiscImage["read"]>[0]): Promise<void> {
  let pieces = 0;
  try {
    for await (const piece of image.read(entry)) {
      assert.ok(piece.length <= 2 ** 20);
      if (++pieces === 2) return;
    }
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    assert.ok(!entry.complete);
  }
}

const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);

const TREE: readonly UdfItem[] = [
  udfFile("setup.exe", noise(3000)),
  udfFile("tiny", noise(60), { form: "embedded" }),
  udfDirectory("sources", [
    {
      kind: "file",
      name: "install.wim",
      runs: recordedRuns(12 * 2048, { step: 2048, gap: 1 }),
      form: "short",
      perBlock: 4,
    },
    udfFile("lang.ini", noise(100), { form: "extended" }),
    udfDirectory("日本", [udfFile("ö", noise(1))], { embedded: true }),
  ]),
  udfDirectory("many", Array.from({ length: 40 }, (_, i) => udfFile(`name ${i}`, noise(i)))),
];

const ISO_ITEMS = [
  { name: "SETUP.EXE;1", bytes: noise(3000) },
  {
    name: "SOURCES",
    items: [
      {
        name: "INSTALL.WIM;1",
        sections: [{ sector: 30, length: 4096 }, { sector: 40, length: 9 }],
      },
      { name: "DEEP", items: [{ name: "LANG.INI;1", bytes: noise(50) }] },
    ],
  },
  { name: "MANY", items: Array.from({ length: 60 }, (_, i) => ({ name: `FILE${i}.TXT;1` })) },
];

/** UDF with ISO9660 in front of it. */
function bridge(): SparseImage {
  const { image } = writeUdf(TREE, { anchors: [256] });
  image.write(32768 + 4 * 2048, image.slice(32768, 3 * 2048));
  const iso = buildIso(ISO_ITEMS, { joliet: ISO_ITEMS, boot: [0, 0xef] });
  image.write(32768, iso.slice(32768, 4 * 2048));
  image.write(24 * 2048, iso.slice(24 * 2048, 70 * 2048));
  return image;
}

const whole = (image: SparseImage) => image.slice(0, image.size);

const SAMPLES: readonly { readonly title: string; readonly count: number; make(): Uint8Array }[] = [
  { title: "UDF 1.02", count: 1500, make: () => whole(writeUdf(TREE).image) },
  {
    title: "UDF 2.01 with extended entries and 512-byte blocks",
    count: 1500,
    make: () =>
      whole(writeUdf(TREE, { blockSize: 512, extendedEntries: true, pointer: true }).image),
  },
  {
    title: "ISO9660 with Joliet",
    count: 2000,
    make: () => whole(buildIso(ISO_ITEMS, { joliet: ISO_ITEMS, boot: [0, 0xef] })),
  },
  { title: "a bridge disc", count: 1500, make: () => whole(bridge()) },
];

async function exerciseMany(original: Uint8Array, count: number): Promise<void> {
  const used = usedSectors(original);
  assert.ok(await exercise(original), "the sample itself is readable");
  let readable = 0;
  for (let seed = 1; seed <= count; seed++) {
    const started = performance.now();
    const bytes = mutate(original, { random: randomNumbers(seed * 2654435761), used });
    try {
      if (await exercise(bytes)) readable++;
    } catch (error) {
      throw new Error(`seed ${seed}: ${error}`, { cause: error });
    }
    assert.ok(performance.now() - started < MAX_MILLISECONDS, `seed ${seed} took too long`);
  }
  // Both answers: some damage is fatal, most is not.
  assert.ok(readable > count / 4 && readable < count, `${readable} of ${count} were readable`);
}

for (const { title, count, make } of SAMPLES) {
  Deno.test(`${count} damaged images of ${title} end in entries, problems or a typed error`, async () => {
    await exerciseMany(make(), count);
  });
}

const CORPUS = [
  "libarchive-iso_joliet_by_nero.iso",
  "libarchive-iso_xorriso.iso",
  "libarchive-iso_rockridge_ce_loop.iso",
];

for (const file of CORPUS) {
  Deno.test({
    name: `300 damaged copies of ${file} end in entries, problems or a typed error`,
    ignore: without(corpusPresent),
    fn: () => exerciseMany(Deno.readFileSync(corpusPath(`iso/${file}`)), 300),
  });
}

Deno.test("every prefix of an image ends in entries, problems or a typed error", async () => {
  for (const { make } of SAMPLES) {
    const original = make();
    for (let length = 0; length < original.length; length += 4099) {
      await exercise(original.subarray(0, length));
    }
  }
});

Deno.test("a file of petabytes of holes is listed at once and read in bounded pieces", async () => {
  const runs = Array.from({ length: 4000 }, () => ({ length: 0x3ffff800, type: 2 as const }));
  const { image: sparse } = writeUdf([{
    kind: "file",
    name: "x",
    runs,
    form: "short",
    perBlock: 200,
  }]);
  const image = await openImage(sparse.source(), { name: "holes" });
  const entry = (await image.find("x"))!;
  assert.equal(entry.size, 4000 * 0x3ffff800);
  assert.equal(entry.ranges().length, 1);
  await sample(image, entry);
});
