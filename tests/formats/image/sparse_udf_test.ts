/** Volumes of our own writer, small and larger than 4 GB, judged by 7z and libudfread. */
import assert from "node:assert/strict";
import { openImage } from "../../../src/formats/image/mod.ts";
import { recordedRuns, udfDirectory, udfFile, type UdfItem } from "../../lab/udf_items.ts";
import { type UdfOptions, writeUdf } from "../../lab/udf_writer.ts";
import { without } from "../../needs.ts";
import {
  entriesOf,
  libudfreadHashes,
  libudfreadPresent,
  ourHashes,
  ourListing,
  sevenZipHashes,
  sevenZipListing,
  sevenZipPresent,
  withFolder,
} from "./image_oracles.ts";

function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from(
    { length },
    () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24,
  );
}

/** What 7z can extract: no continued, no extended descriptors, no holes. */
const PLAIN: readonly UdfItem[] = [
  udfFile("setup.exe", noise(5000)),
  udfFile("embedded.txt", noise(100), { form: "embedded" }),
  udfFile("empty.txt", noise(0)),
  udfFile("short.bin", noise(30), { form: "short", characteristics: 1 }),
  udfDirectory("sources", [
    udfDirectory("日本", [udfFile("ö.txt", noise(77))], { embedded: true }),
  ]),
  udfDirectory(
    "many",
    Array.from({ length: 200 }, (_, i) => udfFile(`straddling name ${i}.dat`, noise(i, i + 1))),
  ),
];

/** libudfread stops in the middle of such a directory, 7z does not. */
const SCATTERED: UdfItem = udfDirectory(
  "scattered",
  Array.from({ length: 150 }, (_, i) => udfFile(`name in scattered blocks ${i}`, noise(3, i))),
  { scattered: true },
);

const VARIANTS: readonly { readonly title: string; readonly options: UdfOptions }[] = [
  { title: "1.02 with 2048-byte blocks", options: {} },
  { title: "2.01 with extended entries", options: { revision: 0x0201, extendedEntries: true } },
  { title: "512-byte blocks", options: { blockSize: 512 } },
];

for (const { title, options } of VARIANTS) {
  Deno.test({
    name: `our UDF of ${title}: as 7z lists and extracts it`,
    ignore: without(sevenZipPresent),
    fn: () =>
      withFolder(async (folder) => {
        const { image: sparse } = writeUdf([...PLAIN, SCATTERED], options);
        const file = `${folder}/made.udf`;
        await sparse.writeTo(file);
        const image = await openImage(sparse.source(), { name: "made" });
        assert.deepEqual(await ourListing(image), sevenZipListing(file));
        assert.deepEqual(await ourHashes(image), await sevenZipHashes(file));
        assert.deepEqual(image.warnings, []);
      }),
  });
}

/** Extents of 256 KB in front, so that chains are long and files short. */
const WITH_CHAINS: readonly UdfItem[] = [
  ...PLAIN,
  {
    kind: "file",
    name: "chained.bin",
    runs: recordedRuns(40 * 4096 + 7, {
      step: 4096,
      gap: 1,
      pieces: [{ at: 0, bytes: noise(5) }, { at: 39 * 4096, bytes: noise(4096) }],
    }),
    perBlock: 3,
    form: "short",
  },
  udfFile("extended.bin", noise(3000), { form: "extended" }),
  {
    kind: "file",
    name: "holes.dat",
    runs: [
      { length: 4096, pieces: [{ at: 0, bytes: noise(4096) }] },
      { length: 8192, type: 2 },
      { length: 4096, type: 1 },
      { length: 100, gap: 5, pieces: [{ at: 0, bytes: noise(100) }] },
    ],
  },
];

Deno.test({
  name: "our UDF with chains and extended descriptors: as libudfread reads it",
  ignore: without(libudfreadPresent),
  fn: () =>
    withFolder(async (folder) => {
      for (const options of [{}, { pointer: true }, { revision: 0x0201, extendedEntries: true }]) {
        const { image: sparse } = writeUdf(WITH_CHAINS, options);
        await sparse.writeTo(`${folder}/made.udf`);
        const image = await openImage(sparse.source(), { name: "made" });
        assert.deepEqual(await ourHashes(image), libudfreadHashes(`${folder}/made.udf`));
        assert.deepEqual(image.warnings, []);
      }
    }),
});

for (const options of [{ blockSize: 4096 }, { blockSize: 1024 }, { pointer: true }]) {
  Deno.test(`our UDF of ${JSON.stringify(options)} gives the same bytes as the plain one`, async () => {
    const open = async (choice: UdfOptions) =>
      await ourHashes(
        await openImage(writeUdf(WITH_CHAINS, choice).image.source(), { name: "made" }),
      );
    assert.deepEqual(await open(options), await open({}));
  });
}

const FOUR_GB = 2 ** 32;
const INSTALL_WIM = 5 * 2 ** 30 + 12_345;
const MARKS = [0, 0x3ff00000 - 3, FOUR_GB - 5, FOUR_GB + 1_000_000, INSTALL_WIM - 9];

/** A file larger than 4 GB in extents as Microsoft's tools write them. */
function large(step: number): UdfItem {
  const pieces = MARKS.map((at) => ({ at, bytes: noise(9, at % 1000 + 1) }));
  // A mark must not lie over the end of an extent: its first bytes belong to this one.
  const split = pieces.flatMap(({ at, bytes }) => {
    const room = step - at % step;
    return room >= bytes.length
      ? [{ at, bytes }]
      : [{ at, bytes: bytes.subarray(0, room) }, { at: at + room, bytes: bytes.subarray(room) }];
  });
  return {
    kind: "file",
    name: "install.wim",
    runs: recordedRuns(INSTALL_WIM, { step, pieces: split }),
  };
}

for (const step of [0x3ff00000, 0x3ffff800]) {
  Deno.test({
    name: `a file over 4 GB in extents of 0x${
      step.toString(16)
    }: size as 7z says, bytes where they were put`,
    ignore: without(sevenZipPresent),
    fn: () =>
      withFolder(async (folder) => {
        const { image: sparse } = writeUdf([udfDirectory("sources", [large(step)])]);
        await sparse.writeTo(`${folder}/made.udf`);
        const image = await openImage(sparse.source(), { name: "made" });
        assert.deepEqual(await ourListing(image), sevenZipListing(`${folder}/made.udf`));
        const entry = await image.find("SOURCES/Install.WIM");
        assert.ok(entry !== undefined);
        assert.deepEqual([entry.size, entry.readableBytes], [INSTALL_WIM, INSTALL_WIM]);
        assert.deepEqual(entry.ranges().map(({ length }) => length), [INSTALL_WIM]);
        for (const at of MARKS) {
          assert.deepEqual(
            await firstBytes(image.read(entry, { from: at }), 9),
            noise(9, at % 1000 + 1),
          );
        }
      }),
  });
}

async function firstBytes(pieces: AsyncIterable<Uint8Array>, count: number): Promise<Uint8Array> {
  const bytes: number[] = [];
  for await (const piece of pieces) {
    bytes.push(...piece.subarray(0, count - bytes.length));
    if (bytes.length >= count) break;
  }
  return Uint8Array.from(bytes);
}

Deno.test("extents that do not touch stay apart, holes are told, neighbours are joined", async () => {
  const runs = [
    { length: 2048 },
    { length: 4096 },
    { length: 2048, type: 2 },
    { length: 2048, type: 1 },
    { length: 10, gap: 1 },
  ] as const;
  const { image: sparse } = writeUdf([{ kind: "file", name: "a", runs }]);
  const image = await openImage(sparse.source(), { name: "made" });
  const [entry] = await entriesOf(image);
  assert.deepEqual(
    entry?.ranges().map(({ kind, length }) => `${kind} ${length}`),
    ["data 6144", "hole 4096", "data 10"],
  );
});
