import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { openImage } from "../../../src/formats/image/mod.ts";
import {
  findCutFiles,
  type IsoNode,
  openIso9660,
  readBootCatalogue,
} from "../../../src/formats/iso9660/mod.ts";
import type { SparseImage } from "../../lab/sparse_image.ts";
import { buildIso, type IsoItem, type IsoOptions, SECTOR } from "./iso_samples.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function openBuilt(items: readonly IsoItem[], options: IsoOptions = {}) {
  const image = buildIso(items, options);
  return await openSparse(image);
}

async function openSparse(image: SparseImage) {
  const warnings: string[] = [];
  const source = image.source();
  const volume = await openIso9660(source, { warn: (message) => warnings.push(message) });
  const nodes: IsoNode[] = await Array.fromAsync(volume.children(volume.root));
  return { image, source, volume, nodes, warnings };
}

const names = (nodes: readonly IsoNode[]) => nodes.map(({ name }) => name);

Deno.test("versions and final dots go, in directories names stay as they are", async () => {
  const { nodes, volume } = await openBuilt([
    { name: "README.TXT;1", bytes: bytes("hello") },
    { name: "FILE.;1", bytes: bytes("x") },
    { name: "NOVERSION" },
    { name: "DIR.A", items: [] },
  ]);
  assert.deepEqual(names(nodes), ["README.TXT", "FILE", "NOVERSION", "DIR.A"]);
  assert.deepEqual(nodes.map(({ directory }) => directory), [false, false, false, true]);
  assert.deepEqual([volume.nameKind, volume.label, volume.blockSize], ["iso9660", "TEST", 2048]);
});

for (const escape of ["%/@", "%/C", "%/E"]) {
  Deno.test(`Joliet with escape sequence ${escape} is preferred, its names are UCS-2`, async () => {
    const joliet = [{ name: "日本 long name.txt;1" }, { name: "ends with dot." }];
    const { nodes, volume } = await openBuilt([{ name: "SHORT.TXT;1" }], {
      joliet,
      escape,
      label: "Größe",
    });
    assert.deepEqual(names(nodes), ["日本 long name.txt", "ends with dot."]);
    assert.deepEqual([volume.nameKind, volume.label], ["joliet", "Größe"]);
  });
}

Deno.test("a supplementary descriptor with another escape sequence is not Joliet", async () => {
  const { nodes, volume } = await openBuilt([{ name: "A.TXT;1" }], {
    joliet: [{ name: "other" }],
    escape: "%/B",
  });
  assert.deepEqual([volume.nameKind, ...names(nodes)], ["iso9660", "A.TXT"]);
});

Deno.test("a Joliet tree whose root is gone gives way to ISO9660, with a warning", async () => {
  const image = buildIso([{ name: "A.TXT;1" }], { joliet: [{ name: "long" }] });
  image.write(17 * SECTOR + 158, Uint8Array.of(0, 0, 0, 0x7f));
  const { nodes, warnings } = await openSparse(image);
  assert.deepEqual(names(nodes), ["A.TXT"]);
  assert.match(warnings.join(), /root directory is not there.*next volume descriptor is used/);
});

Deno.test("sections of one name are one file; the size is their sum", async () => {
  const sections = [{ sector: 100, length: 4096 }, { sector: 200, length: 10 }];
  const { nodes } = await openBuilt([{ name: "BIG.WIM;1", sections }, { name: "NEXT.;1" }]);
  assert.deepEqual(names(nodes), ["BIG.WIM", "NEXT"]);
  assert.equal(nodes[0]?.size, 4106);
  assert.deepEqual(nodes[0]?.extents(), [
    { offset: 100 * SECTOR, length: 4096 },
    { offset: 200 * SECTOR, length: 10 },
  ]);
  assert.deepEqual(nodes[0]?.problems, []);
});

Deno.test("a file of more than 4 GB in two sections keeps its full size", async () => {
  const sections = [{ sector: 100, length: 0xfffff800 }, { sector: 2_097_251, length: 2048 }];
  const { nodes } = await openBuilt([{ name: "BIG.WIM;1", sections }]);
  assert.equal(nodes[0]?.size, 2 ** 32);
});

Deno.test("a last section that announces another one is told", async () => {
  const section = { sections: [{ sector: 100, length: 9 }], unfinished: true };
  const last = await openBuilt([{ name: "LAST.;1", ...section }]);
  assert.match(last.nodes[0]?.problems[0]?.message ?? "", /next section is missing/);
  const middle = await openBuilt([{ name: "A.;1", ...section }, { name: "B.;1" }]);
  assert.deepEqual(names(middle.nodes), ["A", "B"]);
  assert.equal(middle.nodes[0]?.problems.length, 1);
  assert.equal(middle.nodes[1]?.problems.length, 0);
});

Deno.test("hidden files are marked, associated ones left out, interleaved ones told", async () => {
  const { nodes, warnings } = await openBuilt([
    { name: "HIDDEN.;1", flags: 1 },
    { name: "FORK.;1", flags: 4 },
    { name: "MIXED.;1", interleave: [1, 1] },
  ]);
  assert.deepEqual(names(nodes), ["HIDDEN", "MIXED"]);
  assert.deepEqual(nodes.map(({ hidden }) => hidden), [true, false]);
  assert.match(warnings.join(), /associated file/);
  assert.equal(nodes[1]?.problems[0]?.kind, "type");
});

Deno.test("times are brought to UTC, impossible ones are none", async () => {
  const { nodes } = await openBuilt([
    { name: "A.;1", time: [124, 5, 6, 7, 8, 9, 8] },
    { name: "B.;1", time: [124, 5, 6, 7, 8, 9, 256 - 32] },
    { name: "C.;1", time: [0, 0, 0, 0, 0, 0, 0] },
    { name: "D.;1", time: [124, 13, 6, 7, 8, 9, 0] },
  ]);
  assert.deepEqual(nodes.map(({ modified }) => modified?.toISOString()), [
    "2024-05-06T05:08:09.000Z",
    "2024-05-06T15:08:09.000Z",
    undefined,
    undefined,
  ]);
});

const MANY = Array.from(
  { length: 300 },
  (_, i) => ({ name: `FILE${i}.TXT;1`, bytes: bytes(`${i}`) }),
);

Deno.test("a directory of many sectors is read whole, with and without padding at their ends", async () => {
  const padded = await openBuilt(MANY);
  assert.equal(padded.nodes.length, 300);
  assert.deepEqual(padded.warnings, []);
  const crossing = await openBuilt(MANY, { crossSectors: true });
  assert.deepEqual(names(crossing.nodes), names(padded.nodes));
  assert.match(crossing.warnings.join(), /over the end of a sector/);
});

Deno.test("a record that cannot be ends the directory with its offset", async () => {
  const image = buildIso(MANY);
  const at = 24 * SECTOR + SECTOR;
  image.write(at, Uint8Array.of(20));
  const volume = await openIso9660(image.source(), { warn: () => {} });
  const found: string[] = [];
  await assert.rejects(async () => {
    for await (const { name } of volume.children(volume.root)) found.push(name);
  }, (error) => error instanceof FormatError && error.offset === at);
  assert.ok(found.length > 30 && found.length < 60);
});

Deno.test("a directory of nothing but zeros does not make us read gigabytes", async () => {
  const image = buildIso([{ name: "A.;1" }]);
  image.write(16 * SECTOR + 166, Uint8Array.of(0xff, 0xff, 0xff, 0xff));
  image.size = 2 ** 33;
  const volume = await openIso9660(image.source(), { warn: () => {} });
  await assert.rejects(Array.fromAsync(volume.children(volume.root)), /nothing but zeros/);
});

Deno.test("what is no ISO9660 volume is refused with an offset", async () => {
  const refused = async (change: (image: SparseImage) => void, pattern: RegExp) => {
    const image = buildIso([{ name: "A.;1" }]);
    change(image);
    await assert.rejects(
      openIso9660(image.source(), { warn: () => {} }),
      (error) =>
        error instanceof FormatError && error.offset !== undefined && pattern.test(error.message),
    );
  };
  await refused((image) => image.write(16 * SECTOR + 1, bytes("XXXXX")), /no primary descriptor/);
  await refused((image) => image.write(16 * SECTOR + 128, Uint8Array.of(1)), /block size of 2049/);
  await refused((image) => image.write(16 * SECTOR + 181, Uint8Array.of(0)), /not a directory/);
  await refused((image) => (image.size = 17 * SECTOR), /root directory is not there/);
});

Deno.test("the boot catalogue names its platforms, or there is none", async () => {
  const platforms = async (boot: readonly number[]) =>
    (await readBootCatalogue(buildIso([], { boot }).source()))?.platforms;
  assert.deepEqual(await platforms([0, 0xef]), ["bios", "efi"]);
  assert.deepEqual(await platforms([0xef]), ["efi"]);
  assert.deepEqual(await platforms([2]), ["other"]);
  assert.equal(await readBootCatalogue(buildIso([]).source()), undefined);
  const damaged = buildIso([], { boot: [0] });
  damaged.write(25 * SECTOR, new Uint8Array(SECTOR));
  damaged.write(26 * SECTOR, new Uint8Array(SECTOR));
  assert.equal(await readBootCatalogue(damaged.source()), undefined);
});

Deno.test("a file behind which 4 GB belong to nobody is found, its neighbours are not", async () => {
  const far = 200 + 2 ** 32 / SECTOR;
  const items = [
    { name: "NEAR.;1", sections: [{ sector: 150, length: 5000 }] },
    { name: "CUT.WIM;1", sections: [{ sector: 190, length: 777 }] },
    { name: "FAR.;1", sections: [{ sector: far, length: 10 }] },
  ];
  const image = buildIso([{ name: "SOURCES", items }], { volumeSectors: far + 10 });
  const { volume, nodes } = await openSparse(image);
  const children = await Array.fromAsync(volume.children(nodes[0]!));
  const cut = await findCutFiles(volume);
  assert.deepEqual(children.filter(({ offset }) => cut.has(offset)).map(({ name }) => name), [
    "CUT.WIM",
  ]);
});

Deno.test("an image without UDF keeps its sizes without a suspicion", async () => {
  const image = await openImage(buildIso(MANY).source(), { name: "made" });
  const entries = await Array.fromAsync(image.entries());
  assert.deepEqual(entries.flatMap(({ problems }) => problems), []);
});

Deno.test("records that name no file are counted as work, files are not", async () => {
  const image = buildIso([{ name: "FORK.;1", flags: 4 }, { name: "FILE.;1" }]);
  let units = 0;
  const volume = await openIso9660(image.source(), {
    warn: () => {},
    spend: (count) => void (units += count),
  });
  await Array.fromAsync(volume.children(volume.root));
  // "." and ".." and the associated file.
  assert.equal(units, 3);
});
