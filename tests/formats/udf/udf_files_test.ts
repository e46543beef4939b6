/** Names, times, entries and allocations, each odd one beside a sound one. */
import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { openUdf, type UdfChild, type UdfExtent } from "../../../src/formats/udf/mod.ts";
import type { SparseImage } from "../../lab/sparse_image.ts";
import { reseal, resealChecksum } from "../../lab/udf_descriptors.ts";
import { recordedRuns, udfDirectory, udfFile, type UdfItem } from "../../lab/udf_items.ts";
import { type UdfOptions, writeUdf } from "../../lab/udf_writer.ts";

const one = Uint8Array.of(1);

async function openItems(items: readonly UdfItem[], options: UdfOptions = {}) {
  const written = writeUdf(items, options);
  return { written, ...await openWritten(written.image) };
}

async function openWritten(image: SparseImage) {
  const warnings: string[] = [];
  const volume = await openUdf(image.source(), { warn: (message) => warnings.push(message) });
  const children: UdfChild[] = await Array.fromAsync(volume.children(volume.root));
  return { volume, children, warnings };
}

const names = (children: readonly UdfChild[]) => children.map(({ name }) => name);

Deno.test("names of 8 and 16 bits are read without loss", async () => {
  const texts = ["plain.txt", "ÿ\u0080.txt", "日本語.txt", "𝄞 surrogates", "lone \ud800 one"];
  const { children, warnings } = await openItems(texts.map((text) => udfFile(text, one)));
  assert.deepEqual([names(children), warnings], [texts, []]);
});

Deno.test("deleted names are left out, by flag or by compression ID 254 and 255", async () => {
  const { children, warnings } = await openItems([
    udfFile("gone", one, { characteristics: 4 }),
    udfFile("x", one, { rawName: Uint8Array.of(254, 0x41) }),
    udfFile("x", one, { rawName: Uint8Array.of(255, 0, 0x42) }),
    udfFile("here", one),
  ]);
  assert.deepEqual(names(children), ["here"]);
  assert.equal(warnings.length, 2);
});

Deno.test("names with an unknown compression ID or half a character are told", async () => {
  const { children } = await openItems([
    udfFile("x", one, { rawName: Uint8Array.of(7, 0x41) }),
    udfFile("x", one, { rawName: Uint8Array.of(16, 0, 0x41, 0) }),
    udfFile("x", one, { rawName: Uint8Array.of(8, 0x41) }),
  ]);
  assert.deepEqual(names(children), ["A", "A", "A"]);
  assert.match(children[0]!.problems[0]!.message, /unknown compression ID 7/);
  assert.match(children[1]!.problems[0]!.message, /half a character/);
  assert.deepEqual(children[2]!.problems, []);
});

Deno.test("hidden and directory flags are read, implementation use is stepped over", async () => {
  const { children } = await openItems([
    udfFile("hidden", one, { characteristics: 1, implementationUse: 32 }),
    udfDirectory("folder", [], { implementationUse: 6 }),
    udfFile("plain", one),
  ]);
  assert.deepEqual(
    children.map(({ name, hidden, directory }) => [name, hidden, directory]),
    [["hidden", true, false], ["folder", false, true], ["plain", false, false]],
  );
});

for (const extendedEntries of [false, true]) {
  for (const embedded of [false, true]) {
    Deno.test(`size, time and names with extended=${extendedEntries} embedded=${embedded}`, async () => {
      const modified = new Date("2023-12-31T23:59:58.120Z");
      const inner = Array.from({ length: 20 }, (_, i) => udfFile(`inner ${i}`, one));
      const { children, volume } = await openItems(
        [udfDirectory("d", inner, { embedded }), udfFile("f", new Uint8Array(777), { modified })],
        { extendedEntries, revision: extendedEntries ? 0x0201 : 0x0102 },
      );
      const [folder, file] = await Promise.all(children.map((child) => child.load()));
      assert.deepEqual([file?.size, file?.modified, file?.directory], [777, modified, false]);
      assert.equal(folder?.directory, true);
      assert.equal((await Array.fromAsync(volume.children(folder!))).length, 20);
    });
  }
}

Deno.test("time zones are taken off; none given, or nonsense, counts as UTC; impossible is none", async () => {
  const { written, children } = await openItems([udfFile("f", one)]);
  const entry = [...written.entryOffset.values()].at(-1)!;
  const modified = async (zone: number, month: number) => {
    const bytes = written.image.slice(entry, 2048);
    const view = new DataView(bytes.buffer);
    view.setUint16(84, 0x1000 | (zone & 0xfff), true);
    view.setUint8(88, month);
    written.image.write(entry, bytes);
    const { children } = await openWritten(written.image);
    return (await children[0]!.load())?.modified?.toISOString();
  };
  assert.equal((await children[0]!.load())?.modified?.toISOString(), "2024-05-06T07:08:09.000Z");
  assert.equal(await modified(120, 5), "2024-05-06T05:08:09.000Z");
  assert.equal(await modified(-300, 5), "2024-05-06T12:08:09.000Z");
  assert.equal(await modified(-2047, 5), "2024-05-06T07:08:09.000Z");
  assert.equal(await modified(1500, 5), "2024-05-06T07:08:09.000Z");
  assert.equal(await modified(0, 13), undefined);
});

Deno.test("an entry that was never written is undefined, one of another tag is damage", async () => {
  const unwritten = await openItems([udfFile("zero", one, { unwritten: true })]);
  assert.equal(await unwritten.children[0]!.load(), undefined);
  const other = await openItems([udfFile("x", one)]);
  const offset = [...other.written.entryOffset.values()].at(-1)!;
  const bytes = other.written.image.slice(offset, 512);
  bytes.set([5, 0]);
  resealChecksum(bytes);
  other.written.image.write(offset, bytes);
  const { children } = await openWritten(other.written.image);
  await assert.rejects(
    children[0]!.load(),
    (error) =>
      error instanceof FormatError && error.offset === offset && /tag is 5/.test(error.message),
  );
});

Deno.test("a wrong CRC of an entry is told and the entry read, a wrong checksum is not read", async () => {
  const { written } = await openItems([udfFile("x", one)]);
  const offset = [...written.entryOffset.values()].at(-1)!;
  written.image.write(offset + 40, Uint8Array.of(9));
  const loaded = await (await openWritten(written.image)).children[0]!.load();
  assert.deepEqual([loaded?.size, loaded?.problems[0]?.kind], [1, "damage"]);
  written.image.write(offset + 12, Uint8Array.of(9));
  await assert.rejects(
    (await openWritten(written.image)).children[0]!.load(),
    /tag checksum is wrong/,
  );
});

Deno.test("a wrong CRC of a name is told", async () => {
  const { written, children } = await openItems([udfFile("name", one)]);
  assert.deepEqual(children[0]!.problems, []);
  const offset = [...written.nameOffset.values()][0]!;
  written.image.write(offset + 39, Uint8Array.of(0x4e));
  const { children: [child] } = await openWritten(written.image);
  assert.deepEqual([child?.name, child?.problems[0]?.kind], ["Name", "damage"]);
});

Deno.test("strategy 4096, impossible sizes and impossible allocations are refused with an offset", async () => {
  const refused = async (item: UdfItem, pattern: RegExp) => {
    const { children } = await openItems([item]);
    await assert.rejects(
      children[0]!.load(),
      (error) =>
        error instanceof FormatError && error.offset !== undefined && pattern.test(error.message),
    );
  };
  await refused(udfFile("x", one, { strategy: 4096 }), /strategy 4096.*write-once/);
  await refused(udfFile("x", one, { recordedSize: 2n ** 63n }), /length cannot be/);
  for (const [at, value] of [[168, 0xffffff00], [172, 4000], [34, 5]] as const) {
    const { written } = await openItems([udfFile("x", one)]);
    const offset = [...written.entryOffset.values()].at(-1)!;
    const bytes = written.image.slice(offset, 512);
    new DataView(bytes.buffer).setUint32(at, value, true);
    reseal(bytes);
    written.image.write(offset, bytes);
    const node = await (await openWritten(written.image)).children[0]!.load();
    await assert.rejects(async () => await extentsOf(node), FormatError);
  }
});

async function extentsOf(
  node: { extents(): AsyncIterable<UdfExtent> } | undefined,
): Promise<UdfExtent[]> {
  return node === undefined ? [] : await Array.fromAsync(node.extents());
}

for (const form of ["short", "long", "extended"] as const) {
  Deno.test(`${form} descriptors in a chain of blocks give every extent in order`, async () => {
    const runs = recordedRuns(25 * 2048, { step: 2048, gap: 1 });
    const { children, written } = await openItems([
      { kind: "file", name: "x", runs, form, perBlock: 4 },
    ]);
    const extents = await extentsOf(await children[0]!.load());
    assert.equal(extents.length, 25);
    assert.equal(written.continuations.length, 6);
    assert.deepEqual(extents.map(({ length }) => length), Array(25).fill(2048));
    const offsets = extents.map(({ offset }) => offset!);
    assert.deepEqual(offsets, [...offsets].sort((a, b) => a - b));
  });
}

Deno.test("a chain that leads in a circle, or to no descriptor, is refused", async () => {
  const runs = recordedRuns(9 * 2048, { step: 2048, gap: 1 });
  const circle = await openItems([{ kind: "file", name: "x", runs, form: "short", perBlock: 3 }]);
  const { image, continuations, partitionOffset } = circle.written;
  // Deepest continuations are written last in the file, first in the list comes first in the chain.
  const bytes = image.slice(continuations[0]!, 512);
  const block = (continuations[0]! - partitionOffset) / 2048;
  new DataView(bytes.buffer).setUint32(24 + 3 * 8 + 4, block, true);
  reseal(bytes);
  image.write(continuations[0]!, bytes);
  const { children } = await openWritten(image);
  await assert.rejects(async () => await extentsOf(await children[0]!.load()), /in a circle/);
  image.write(continuations[0]!, new Uint8Array(512));
  await assert.rejects(async () => await extentsOf(await children[0]!.load()), FormatError);
});

Deno.test("links and devices are told as no files", async () => {
  const { children } = await openItems([
    udfFile("link", one, { fileType: 12 }),
    udfFile("real-time", one, { fileType: 249 }),
    udfFile("odd", one, { fileType: 99 }),
  ]);
  const nodes = await Promise.all(children.map((child) => child.load()));
  assert.match(nodes[0]!.problems[0]!.message, /symbolic link/);
  assert.deepEqual(nodes[1]!.problems, []);
  assert.match(nodes[2]!.problems[0]!.message, /file of type 99/);
});

Deno.test("a directory whose records break off gives the names before, then the offset", async () => {
  const items = Array.from({ length: 100 }, (_, i) => udfFile(`name ${i}`, one));
  const written = writeUdf(items);
  const at = written.nameOffset.get(items[50]!)!;
  written.image.write(at, Uint8Array.of(0, 0));
  const volume = await openUdf(written.image.source(), { warn: () => {} });
  const found: string[] = [];
  await assert.rejects(async () => {
    for await (const { name } of volume.children(volume.root)) found.push(name);
  }, (error) => error instanceof FormatError && error.offset === at);
  assert.equal(found.length, 50);
});

for (const blockSize of [512, 2048]) {
  Deno.test(`names over the ends of scattered blocks of ${blockSize} keep their offsets`, async () => {
    const items = Array.from({ length: 100 }, (_, i) => udfFile(`straddling name ${i}`, one));
    const scattered = udfDirectory("d", items, { scattered: true });
    const { written, children, volume } = await openItems([scattered], { blockSize });
    const directory = await children[0]!.load();
    const found = await Array.fromAsync(volume.children(directory!));
    assert.deepEqual(names(found), items.map(({ name }) => name));
    assert.deepEqual(
      found.map(({ offset }) => offset),
      items.map((item) => written.nameOffset.get(item)),
    );
    assert.deepEqual(found.flatMap(({ problems }) => problems), []);
  });
}
