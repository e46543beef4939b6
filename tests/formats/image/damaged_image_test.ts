/** Truncation, circles, limits, fallback: what is told, and what still can be had. */
import assert from "node:assert/strict";
import { FormatError, memorySource, RefusalError } from "../../../src/base/mod.ts";
import { openImage } from "../../../src/formats/image/mod.ts";
import type { SparseImage } from "../../lab/sparse_image.ts";
import { reseal } from "../../lab/udf_descriptors.ts";
import { recordedRuns, udfDirectory, udfFile, type UdfItem } from "../../lab/udf_items.ts";
import { writeUdf } from "../../lab/udf_writer.ts";
import { buildIso, SECTOR } from "../iso9660/iso_samples.ts";
import { entriesOf } from "./image_oracles.ts";

const one = Uint8Array.of(1);

Deno.test("a download that was cut off: the bytes that are missing, per image and per file", async () => {
  const { image: sparse, entryOffset } = writeUdf([
    udfFile("whole.bin", new Uint8Array(50_000)),
    udfFile("cut.bin", new Uint8Array(50_000).fill(7)),
    udfFile("gone.bin", new Uint8Array(50_000)),
  ]);
  const whole = await openImage(sparse.source(), { name: "whole" });
  assert.equal(whole.missingBytes, 0);
  const cut = (await whole.find("cut.bin"))!.ranges()[0]!;
  assert.equal(cut.kind, "data");
  const keep = cut.kind === "data" ? cut.offset + 30_001 : 0;
  const image = await openImage(memorySource(sparse.slice(0, keep)), { name: "cut" });
  assert.ok(image.missingBytes > 60_000 && image.missingBytes < 80_000, `${image.missingBytes}`);
  assert.match(
    image.warnings[0]?.message ?? "",
    new RegExp(`${image.missingBytes} bytes are missing`),
  );
  assert.equal(image.warnings[0]?.offset, keep);
  assert.equal(image.warnings[0]?.effect, "cut");
  const entries = await entriesOf(image);
  assert.deepEqual(entries.map(({ size }) => size), [50_000, 50_000, 50_000]);
  assert.deepEqual(entries.map(({ readableBytes }) => readableBytes), [50_000, 30_001, 0]);
  assert.deepEqual(entries.map(({ safe }) => safe), [true, true, true]);
  assert.deepEqual(entries.map(({ complete }) => complete), [true, false, false]);
  assert.deepEqual(entries[0]?.problems, []);
  assert.match(entries[1]!.problems[0]!.message, /last 19999 bytes.*the image ends/);
  assert.equal(entryOffset.size, 4);

  let read = 0;
  await assert.rejects(async () => {
    for await (const piece of image.read(entries[1]!)) read += piece.length;
  }, (error) => error instanceof FormatError && error.offset === keep);
  assert.equal(read, 30_001);
});

Deno.test("extents outside the partition are not read, and told with the offset", async () => {
  const { image: sparse, entryOffset } = writeUdf([udfFile("x", new Uint8Array(5000))]);
  const offset = [...entryOffset.values()].at(-1)!;
  const bytes = sparse.slice(offset, 512);
  new DataView(bytes.buffer).setUint32(176 + 4, 0x00ffffff, true);
  reseal(bytes);
  sparse.write(offset, bytes);
  const [entry] = await entriesOf(await openImage(sparse.source(), { name: "x" }));
  assert.deepEqual([entry?.size, entry?.readableBytes], [5000, 0]);
  assert.match(entry!.problems[0]!.message, /block 16777215 lies outside its partition/);
});

Deno.test("a length without extents is told, extents beyond the length are not read", async () => {
  const { image: sparse } = writeUdf([
    udfFile("long", new Uint8Array(100), { recordedSize: 1000n }),
    udfFile("short", new Uint8Array(5000), { recordedSize: 1000n }),
  ]);
  const [long, short] = await entriesOf(await openImage(sparse.source(), { name: "x" }));
  assert.deepEqual([long?.size, long?.readableBytes], [1000, 100]);
  assert.match(long!.problems[0]!.message, /last 900 bytes.*no place is recorded/);
  assert.deepEqual([short?.readableBytes, short?.problems], [1000, []]);
});

Deno.test("circles of directories end, and are told", async () => {
  const inner: UdfItem[] = [];
  const outer = udfDirectory("outer", inner);
  inner.push(udfFile("f", one), udfDirectory("circle", [], { sameAs: outer }));
  const { image: sparse } = writeUdf([outer]);
  const entries = await entriesOf(await openImage(sparse.source(), { name: "circle" }));
  assert.deepEqual(entries.map(({ path }) => path), ["outer", "outer\\f", "outer\\circle"]);
  assert.match(entries[2]!.problems[0]!.message, /a circle/);
  assert.deepEqual(entries.map(({ complete }) => complete), [true, true, false]);
  assert.deepEqual(entries[0]!.problems, []);
});

Deno.test("a directory under two names is listed once", async () => {
  const first = udfDirectory("first", [udfFile("f", one)]);
  const { image: sparse } = writeUdf([first, udfDirectory("second", [], { sameAs: first })]);
  const entries = await entriesOf(await openImage(sparse.source(), { name: "twice" }));
  assert.deepEqual(entries.map(({ path }) => path), ["first", "first\\f", "second"]);
  assert.match(entries[2]!.problems[0]!.message, /listed already/);
});

function nested(depth: number): UdfItem {
  return depth === 0 ? udfFile("bottom", one) : udfDirectory(`d${depth}`, [nested(depth - 1)]);
}

Deno.test("directories deeper than the limit are named and not entered", async () => {
  const { image: sparse } = writeUdf([nested(70)]);
  const entries = await entriesOf(await openImage(sparse.source(), { name: "deep" }));
  assert.equal(entries.length, 64);
  assert.match(entries.at(-1)!.problems[0]!.message, /deeper than 64/);
  const { image: fine } = writeUdf([nested(63)]);
  const all = await entriesOf(await openImage(fine.source(), { name: "deep" }));
  assert.equal(all.length, 64);
  assert.deepEqual(all.flatMap(({ problems }) => problems), []);
});

Deno.test("more entries than the limit are an error, as many are none", async () => {
  const { image: sparse } = writeUdf(Array.from({ length: 10 }, (_, i) => udfFile(`f${i}`, one)));
  const listed = async (maxEntries: number) =>
    await entriesOf(await openImage(sparse.source(), { name: "many", limits: { maxEntries } }));
  assert.equal((await listed(10)).length, 10);
  await assert.rejects(listed(9), /more than 9 files and directories/);
});

Deno.test("a file entry that was never written is left out with a warning", async () => {
  const { image: sparse } = writeUdf([
    udfFile("ghost", one, { unwritten: true }),
    udfFile("GHOST", one),
  ]);
  const image = await openImage(sparse.source(), { name: "zero" });
  const entries = await entriesOf(image);
  assert.deepEqual(entries.map(({ path, safe }) => [path, safe]), [["GHOST", true]]);
  assert.match(image.warnings[0]?.message ?? "", /"ghost" was left out.*never written/);
  assert.equal((await image.find("ghost"))?.path, "GHOST");
});

Deno.test("an entry that cannot be read is listed with its reason; the others are whole", async () => {
  const { image: sparse } = writeUdf([
    udfFile("worm", one, { strategy: 4096 }),
    udfFile("ok", one),
  ]);
  const entries = await entriesOf(await openImage(sparse.source(), { name: "worm" }));
  assert.deepEqual(entries.map(({ path, size }) => [path, size]), [["worm", 0], ["ok", 1]]);
  assert.match(entries[0]!.problems[0]!.message, /strategy 4096/);
  assert.deepEqual(entries.map(({ complete }) => complete), [false, true]);
});

Deno.test("a directory that breaks off leaves a warning; the rest of the image is listed", async () => {
  const inner = Array.from({ length: 20 }, (_, i) => udfFile(`f${i}`, one));
  const written = writeUdf([udfDirectory("broken", inner), udfFile("after", one)]);
  const at = written.nameOffset.get(inner[5]!)!;
  written.image.write(at, Uint8Array.of(9, 9));
  const image = await openImage(written.image.source(), { name: "broken" });
  const entries = await entriesOf(image);
  assert.equal(entries.length, 1 + 5 + 1);
  assert.equal(entries.at(-1)?.path, "after");
  assert.match(image.warnings[0]?.message ?? "", /rest of "broken" was left out/);
  assert.equal(image.warnings[0]?.offset, at);
  await entriesOf(image);
  assert.equal(image.warnings.length, 1);
});

/** A bridge disc: a UDF volume, and ISO9660 descriptors and files in the blanks before it. */
function bridge(): SparseImage {
  const { image } = writeUdf([udfFile("real.wim", new Uint8Array(5000).fill(1))], {
    anchors: [256],
  });
  // The words of UDF follow the two descriptors of ISO9660.
  image.write(32768 + 2 * SECTOR, image.slice(32768, 3 * SECTOR));
  const far = 300 + 2 ** 32 / SECTOR;
  const iso = buildIso([
    { name: "README.TXT;1", sections: [{ sector: 50, length: 22 }] },
    { name: "REAL.WIM;1", sections: [{ sector: 60, length: 904 }] },
    { name: "LAST.;1", sections: [{ sector: far, length: 100 }] },
  ], { volumeSectors: far + 1 });
  image.write(32768, iso.slice(32768, 2 * SECTOR));
  image.write(24 * SECTOR, iso.slice(24 * SECTOR, 2 * SECTOR));
  image.write(50 * SECTOR, new TextEncoder().encode("This disc contains UDF"));
  return image;
}

Deno.test("of a bridge disc the UDF volume is shown; without it ISO9660, with its cut sizes told", async () => {
  const sparse = bridge();
  const udf = await openImage(sparse.source(), { name: "bridge" });
  assert.equal(udf.kind, "udf");
  assert.deepEqual((await entriesOf(udf)).map(({ path }) => path), ["real.wim"]);
  assert.deepEqual(udf.warnings, []);

  sparse.write(256 * SECTOR, new Uint8Array(SECTOR));
  const iso = await openImage(sparse.source(), { name: "bridge" });
  assert.equal(iso.kind, "iso9660");
  assert.match(iso.warnings[0]?.message ?? "", /no anchor.*ISO9660 lists are shown instead/);
  const entries = await entriesOf(iso);
  const found = entries.map(({ path, problems }) => [path, problems.map(({ kind }) => kind)]);
  assert.deepEqual(found, [
    ["README.TXT", []],
    ["REAL.WIM", ["size"]],
    ["LAST", ["data"]],
  ]);
  const readme = await Array.fromAsync(iso.read(entries[0]!));
  assert.equal(new TextDecoder().decode(readme[0]), "This disc contains UDF");
  // Of a file with a cut size only the beginning could be had: it is not whole, and says so.
  assert.deepEqual(entries.map(({ complete }) => complete), [true, false, false]);
  await assert.rejects(Array.fromAsync(iso.read(entries[1]!)), /modulo 4 GB only/);
});

Deno.test("a bridge disc whose UDF root breaks off at its first name falls back too", async () => {
  const items = [udfFile("real.wim", one)];
  const sparse = bridge();
  const written = writeUdf(items, { anchors: [256] });
  sparse.write(written.nameOffset.get(items[0]!)! - 40, new Uint8Array(40));
  assert.equal((await openImage(sparse.source(), { name: "bridge" })).kind, "iso9660");
});

Deno.test("a UDF volume without its words is found by the anchor; nothing at all is refused", async () => {
  const { image: sparse } = writeUdf([udfFile("a", one)]);
  sparse.write(32768, new Uint8Array(3 * 2048));
  const image = await openImage(sparse.source(), { name: "wiped" });
  assert.deepEqual((await entriesOf(image)).map(({ path }) => path), ["a"]);
  assert.match(image.warnings[0]?.message ?? "", /announce a UDF volume are missing/);
  for (const size of [0, 1, 40_000, 2_000_000]) {
    await assert.rejects(
      openImage(memorySource(new Uint8Array(size)), { name: "notes.txt" }),
      (error) =>
        error instanceof FormatError && /"notes.txt": it is not an image/.test(error.message),
    );
  }
});

Deno.test("a volume with a metadata partition alone is refused, not called damaged", async () => {
  const { image: sparse } = writeUdf([udfFile("a", one)]);
  for (const sector of [97, 113]) {
    const bytes = sparse.slice(sector * SECTOR, 512);
    bytes.set([2, 64], 440);
    bytes.set(new TextEncoder().encode("*UDF Metadata Partition"), 445);
    new DataView(bytes.buffer).setUint32(264, 64, true);
    reseal(bytes);
    sparse.write(sector * SECTOR, bytes);
  }
  await assert.rejects(
    openImage(sparse.source(), { name: "bd" }),
    (error) => error instanceof RefusalError && /metadata partition/.test(error.message),
  );
});

Deno.test("files that lie in very many pieces stay within memory", async () => {
  const runs = recordedRuns(3000 * 2048, { step: 2048, gap: 1 });
  const { image: sparse } = writeUdf([
    { kind: "file", name: "x", runs, form: "short", perBlock: 200 },
  ]);
  const [entry] = await entriesOf(await openImage(sparse.source(), { name: "pieces" }));
  assert.deepEqual([entry?.ranges().length, entry?.readableBytes], [3000, 3000 * 2048]);
});

Deno.test("thousands of files that share one endless chain do not take hours", async () => {
  const runs = recordedRuns(2000 * 2048, { step: 2048, gap: 1 });
  const first: UdfItem = { kind: "file", name: "0", runs, form: "short", perBlock: 1 };
  const links = Array.from({ length: 300 }, (_, i) => udfFile(`${i + 1}`, one, { sameAs: first }));
  const { image: sparse } = writeUdf([first, ...links]);
  const image = await openImage(sparse.source(), { name: "chains" });
  const entries = await entriesOf(image);
  const whole = entries.filter(({ complete }) => complete);
  assert.equal(whole.length, 83); // 2,000 blocks of descriptors and 1,999 further pieces each
  assert.match(entries.at(-1)!.problems[0]!.message, /more work than any real image/);
  assert.equal((await image.find("300"))?.complete, true);
});

Deno.test("many directories of nothing but deleted names do not take hours either", async () => {
  const deleted = Array.from({ length: 9000 }, () => udfFile("x", one, { characteristics: 4 }));
  const target = udfFile("x", one);
  const first = udfDirectory("0", deleted.map((item) => ({ ...item, sameAs: target })));
  const { image: sparse } = writeUdf([target, first]);
  const image = await openImage(sparse.source(), { name: "deleted" });
  assert.deepEqual((await entriesOf(image)).map(({ path }) => path), ["x", "0"]);
  assert.deepEqual(image.warnings, []);
  const more = udfDirectory("0", [...first.items, ...first.items]);
  const { image: twice } = writeUdf([target, more]);
  const tooMany = await openImage(twice.source(), { name: "deleted" });
  await entriesOf(tooMany);
  assert.match(tooMany.warnings[0]?.message ?? "", /nothing but deleted names/);
});

Deno.test("warnings tell what was tolerated from what is damaged or lost", async () => {
  const items = [udfDirectory("d", [udfFile("x", one)]), udfFile("y", one)];
  const effects = async (change: (written: ReturnType<typeof writeUdf>) => void) => {
    const written = writeUdf(items, { anchors: [256] });
    change(written);
    const opened = await openImage(written.image.source(), { name: "x" });
    await entriesOf(opened);
    return opened.warnings.map(({ effect }) => effect);
  };
  assert.deepEqual(await effects(() => {}), []);
  const misplaced = ({ image }: ReturnType<typeof writeUdf>) => {
    const anchor = image.slice(256 * SECTOR, 512);
    new DataView(anchor.buffer).setUint32(12, 7, true);
    reseal(anchor);
    image.write(256 * SECTOR, anchor);
  };
  assert.deepEqual(await effects(misplaced), ["tolerated"]);
  const flipped = ({ image }: ReturnType<typeof writeUdf>) => {
    const descriptor = image.slice(97 * SECTOR, 512);
    descriptor[100]! ^= 1;
    image.write(97 * SECTOR, descriptor);
  };
  assert.deepEqual(await effects(flipped), ["damaged"]);
  const broken = ({ image, nameOffset }: ReturnType<typeof writeUdf>) => {
    const [directory] = items;
    if (directory?.kind !== "directory") throw new Error("the sample has a directory first");
    image.write(nameOffset.get(directory.items[0]!)!, new Uint8Array(2));
  };
  assert.deepEqual(await effects(broken), ["lost"]);
});

Deno.test("thousands of names of one file in many pieces stay within memory", async () => {
  const first: UdfItem = {
    kind: "file",
    name: "0",
    runs: recordedRuns(200 * SECTOR, { step: SECTOR, gap: 1 }),
    form: "short",
  };
  const links = Array.from({ length: 20_000 }, (_, i) => udfFile(`${i}.`, one, { sameAs: first }));
  const { image: sparse } = writeUdf([first, ...links]);
  const image = await openImage(sparse.source(), { name: "pieces" });
  const entries = await entriesOf(image);
  assert.equal(entries.length, 20_001);
  const pieces = entries.reduce((sum, entry) => sum + entry.ranges().length, 0);
  assert.ok(pieces > 900_000 && pieces < 1_100_000, `${pieces} pieces are held`);
});

Deno.test("very many paths of great length end the listing, some do not", async () => {
  const deep = (count: number) => {
    let items = Array.from({ length: count }, (_, i) => udfFile(`${i}`, one));
    let top: UdfItem[] = items;
    for (let level = 0; level < 60; level++) {
      top = [udfDirectory("d".repeat(200), top)];
      items = [];
    }
    return writeUdf(top).image;
  };
  const some = await openImage(deep(1000).source(), { name: "deep" });
  assert.equal((await entriesOf(some)).length, 1060);
  const many = await openImage(deep(15_000).source(), { name: "deep" });
  await assert.rejects(entriesOf(many), /more work than any real image/);
});

Deno.test("circles of ISO9660 directories end, and are told", async () => {
  const iso = buildIso([
    { name: "A", items: [{ name: "B", items: [{ name: "X.TXT;1", bytes: new Uint8Array(9) }] }] },
  ]);
  const whole = await entriesOf(await openImage(iso.source(), { name: "iso" }));
  assert.deepEqual(whole.map(({ path }) => path), ["A", "A\\B", "A\\B\\X.TXT"]);
  const root = iso.slice(16 * SECTOR + 156 + 2, 16); // the place and length of the root
  iso.write(whole[1]!.offset + 2, root);
  const entries = await entriesOf(await openImage(iso.source(), { name: "iso" }));
  assert.deepEqual(entries.map(({ path, complete }) => [path, complete]), [
    ["A", true],
    ["A\\B", false],
  ]);
  assert.match(entries[1]!.problems[0]!.message, /a circle/);
});

Deno.test("a file whose next section is missing is not whole, and its bytes end with an error", async () => {
  const iso = buildIso([{ name: "BIG.WIM;1", bytes: new Uint8Array(500), unfinished: true }]);
  const image = await openImage(iso.source(), { name: "iso" });
  const [entry] = await entriesOf(image);
  assert.deepEqual([entry?.size, entry?.complete], [500, false]);
  await assert.rejects(Array.fromAsync(image.read(entry!)), /next section is missing/);
});
