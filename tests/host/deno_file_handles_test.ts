/** Runs on Linux with `DenoFileSystem`, and as a Windows process with `WindowsFileSystem`. */
import assert from "node:assert/strict";
import { fault, inScratch, onWindows } from "./system_files.ts";

const MEGABYTE = 1 << 20;

/** Bytes that differ from those of every other place. */
function content(length: number): Uint8Array {
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, (_, i) => i * 2654435761);
  return new Uint8Array(words.buffer).subarray(0, length);
}

Deno.test("reads give the bytes of their place, small and large ones in any order", async () => {
  const bytes = content(300_001);
  await inScratch(async ({ files, path }) => {
    await files.createFile(path("a"), bytes);
    const file = await files.open(path("a"));
    const places = [[0, 10], [10, 70_000], [70_010, 65_536], [5, 65_537], [299_990, 100], [0, 1]];
    places.push([400_000, 5], [300_001, 1], [12, 0]);
    for (const [offset, length] of places as [number, number][]) {
      const expected = bytes.subarray(offset, offset + length);
      assert.deepEqual(await file.read(offset, length), expected.slice(), `${offset} ${length}`);
    }
    // Asked for all at once, as a caller may that reads ahead.
    const all = await Promise.all(
      (places as [number, number][]).map(([offset, length]) => file.read(offset, length)),
    );
    all.forEach((read, index) => {
      const [offset, length] = places[index] as [number, number];
      assert.deepEqual(read, bytes.slice(offset, offset + length));
    });
    await file.close();
  });
});

Deno.test("read() uses the memory that it is given if it has room", async () => {
  const bytes = content(200_000);
  await inScratch(async ({ files, path }) => {
    await files.createFile(path("a"), bytes);
    const file = await files.open(path("a"));
    const memory = new Uint8Array(100_000);
    for (const [offset, length] of [[0, 100_000], [150_000, 100_000], [7, 20]] as const) {
      const read = await file.read(offset, length, memory);
      assert.equal(read.buffer, memory.buffer);
      assert.deepEqual(read.slice(), bytes.slice(offset, offset + length));
    }
    const own = await file.read(0, 100_001, memory);
    assert.notEqual(own.buffer, memory.buffer);
    assert.deepEqual(own, bytes.slice(0, 100_001));
    await file.close();
  });
});

Deno.test("a file of several flushes is whole, and its writer holds nothing afterwards", async () => {
  await inScratch(async ({ files, path }) => {
    const piece = content(4 * MEGABYTE);
    const writer = await files.createWriter(path("a"));
    for (let number = 0; number < 34; number++) {
      piece[0] = number;
      await writer.write(piece);
    }
    await writer.finish();
    const file = await files.open(path("a"));
    assert.equal(file.size, 34 * piece.length);
    for (let number = 0; number < 34; number++) {
      piece[0] = number;
      const read = await file.read(number * piece.length, piece.length);
      assert.equal(read.length, piece.length);
      assert.ok(read.every((byte, index) => byte === piece[index]), `piece ${number}`);
    }
    await file.close();
    await files.remove(path("a"));
  });
});

Deno.test({
  ignore: onWindows,
  name: "a file that cannot be flushed is an error of the write, and can be closed (needs Linux)",
  fn: async () => {
    await inScratch(async ({ files, path }) => {
      const writer = await files.createWriter(path("a"));
      await files.remove(path("a"));
      await assert.rejects(writer.write(new Uint8Array(64 * MEGABYTE)), fault("not-found"));
      await writer.close();
    });
  },
});
