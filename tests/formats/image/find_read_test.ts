import assert from "node:assert/strict";
import { type ByteSource, UsageError } from "../../../src/base/mod.ts";
import { openImage } from "../../../src/formats/image/mod.ts";
import { udfDirectory, udfFile } from "../../lab/udf_items.ts";
import { writeUdf } from "../../lab/udf_writer.ts";

const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7) & 0xff);
const crowd = Array.from({ length: 500 }, (_, i) => udfFile(`f${i}`, Uint8Array.of(1)));
const { image: sparse } = writeUdf([
  udfDirectory("crowd", crowd),
  udfDirectory("Sources", [udfFile("Install.wim", bytes), udfFile("CON", Uint8Array.of(1))]),
  {
    kind: "file",
    name: "holes",
    runs: [{ length: 2048, pieces: [{ at: 0, bytes: Uint8Array.of(9) }] }, {
      length: 3 * 2048 * 1024,
      type: 2,
    }, { length: 5, pieces: [{ at: 0, bytes: Uint8Array.of(1, 2, 3, 4, 5) }] }],
  },
]);

/** The source, counting what is read. */
function counted(): { source: ByteSource; lengths: number[] } {
  const lengths: number[] = [];
  const inner = sparse.source();
  const read = (offset: number, length: number) => {
    lengths.push(length);
    return inner.read(offset, length);
  };
  return { source: { size: inner.size, read }, lengths };
}

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts = await Array.fromAsync(pieces);
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    assert.ok(part.length > 0 && part.length <= 1024 * 1024);
    all.set(part, at);
    at += part.length;
  }
  return all;
}

for (const path of ["Sources\\Install.wim", "sources/INSTALL.WIM", "\\SOURCES\\\\install.Wim"]) {
  Deno.test(`find(${path}) does not mind case or separators`, async () => {
    const image = await openImage(sparse.source(), { name: "x" });
    const entry = await image.find(path);
    assert.deepEqual([entry?.path, entry?.size], ["Sources\\Install.wim", bytes.length]);
  });
}

for (
  const path of ["", "\\", "nothing", "Sources\\nothing", "Sources\\Install.wim\\x", "..\\Sources"]
) {
  Deno.test(`find(${JSON.stringify(path)}) finds nothing`, async () => {
    const image = await openImage(sparse.source(), { name: "x" });
    assert.equal(await image.find(path), undefined);
  });
}

Deno.test("find() gives directories, and says what is unsafe", async () => {
  const image = await openImage(sparse.source(), { name: "x" });
  assert.equal((await image.find("SOURCES"))?.kind, "directory");
  assert.equal((await image.find("sources\\con"))?.safe, false);
});

Deno.test("find() does not read the directories and entries that are not on the way", async () => {
  const { source, lengths } = counted();
  const image = await openImage(source, { name: "x" });
  lengths.length = 0;
  await image.find("Sources\\Install.wim");
  const found = lengths.reduce((sum, length) => sum + length, 0);
  await Array.fromAsync(image.entries());
  const listed = lengths.reduce((sum, length) => sum + length, 0) - found;
  assert.ok(found * 3 < listed, `${found} bytes for find, ${listed} for the listing`);
});

Deno.test("read() streams the bytes in bounded pieces, from any place on", async () => {
  const { source, lengths } = counted();
  const image = await openImage(source, { name: "x" });
  const entry = (await image.find("Sources\\Install.wim"))!;
  assert.deepEqual(await collected(image.read(entry)), bytes);
  for (const from of [1, 2047, 1024 * 1024, bytes.length - 1]) {
    assert.deepEqual(await collected(image.read(entry, { from })), bytes.subarray(from));
  }
  assert.equal((await collected(image.read(entry, { from: bytes.length }))).length, 0);
  assert.ok(Math.max(...lengths) <= 1024 * 1024);
});

Deno.test("read() fills holes with zeros, and resumes inside and behind them", async () => {
  const image = await openImage(sparse.source(), { name: "x" });
  const entry = (await image.find("holes"))!;
  const all = await collected(image.read(entry));
  assert.equal(all.length, 2048 + 3 * 2048 * 1024 + 5);
  assert.deepEqual([all[0], ...all.subarray(-5)], [9, 1, 2, 3, 4, 5]);
  assert.ok(all.subarray(1, -5).every((byte) => byte === 0));
  for (const from of [1, 3_000_000, all.length - 3]) {
    assert.deepEqual(await collected(image.read(entry, { from })), all.subarray(from));
  }
});

Deno.test("read() refuses directories and starts outside the file", async () => {
  const image = await openImage(sparse.source(), { name: "x" });
  const directory = (await image.find("Sources"))!;
  await assert.rejects(collected(image.read(directory)), UsageError);
  const entry = (await image.find("holes"))!;
  for (const from of [-1, 0.5, entry.size + 1]) {
    await assert.rejects(collected(image.read(entry, { from })), UsageError);
  }
});
