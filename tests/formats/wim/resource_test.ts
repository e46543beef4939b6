import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type ByteSource, FormatError, memorySource, RefusalError } from "../../../src/base/mod.ts";
import { openWim, Sha1, verifyBlobs } from "../../../src/formats/wim/mod.ts";
import { openBytes, randomNumbers, watchedSource } from "./wim_oracles.ts";
import { writeWim } from "./wim_writer.ts";

const CHUNK = 0x8000;

/**
 * An XPRESS chunk of 32 KiB of one byte, made by hand: codewords 0 for the literal and 1 for the
 * match of offset 1 with a 16-bit length.
 */
function repeatedByte(byte: number): Uint8Array {
  const chunk = new Uint8Array(256 + 4 + 3);
  const set = (symbol: number) => chunk[symbol >> 1]! |= 1 << 4 * (symbol & 1);
  set(byte);
  set(256 + 15);
  new DataView(chunk.buffer).setUint16(256, 0b01 << 14, true);
  chunk[260] = 255;
  new DataView(chunk.buffer).setUint16(261, CHUNK - 1 - 3, true);
  return chunk;
}

/** A WIM with one XPRESS resource of `chunks` equal chunks, computed where it is read. */
function hugeWim(chunks: number): ByteSource {
  const chunk = repeatedByte(0x5a);
  const originalSize = chunks * CHUNK;
  const entrySize = originalSize < 2 ** 32 ? 4 : 8;
  const tableSize = entrySize * (chunks - 1);
  const size = tableSize + chunks * chunk.length;
  const tail = writeWim({ flags: 0x20002 });
  const view = new DataView(tail.buffer);
  const table = view.getUint32(0x38, true);
  // The only blob of the file: its hash is not known, so it is read without check.
  view.setUint32(0x14, CHUNK, true);
  const entry = new Uint8Array(50);
  const entryView = new DataView(entry.buffer);
  entryView.setBigUint64(0, BigInt(size) | 4n << 56n, true);
  entryView.setBigUint64(8, BigInt(tail.length + 50), true);
  entryView.setBigUint64(16, BigInt(originalSize), true);
  entryView.setUint16(24, 1, true);
  entryView.setUint32(26, 1, true);
  entry.fill(0xab, 30);
  view.setUint32(0x38, tail.length, true);
  view.setUint32(0x30, 50, true);
  view.setUint32(0x40, 50, true);
  assert.ok(table > 0);
  const head = new Uint8Array([...tail, ...entry]);
  const byteAt = (at: number): number => {
    if (at < head.length) return head[at]!;
    const inside = at - head.length;
    if (inside >= tableSize) return chunk[(inside - tableSize) % chunk.length]!;
    const offset = (Math.floor(inside / entrySize) + 1) * chunk.length;
    return Math.floor(offset / 256 ** (inside % entrySize)) % 256;
  };
  return {
    size: head.length + size,
    read: (offset, length) =>
      Promise.resolve(Uint8Array.from({ length }, (_, i) => byteAt(offset + i))),
  };
}

async function rangeOf(source: ByteSource, from: number, length: number) {
  const wim = await openWim(source, { name: "huge.wim" });
  const blob = (await wim.blobs()).byHash.get("ab".repeat(20))!;
  let bytes = 0;
  for await (const piece of wim.readRange(blob, { from, to: from + length })) {
    assert.ok(piece.every((byte) => byte === 0x5a));
    bytes += piece.length;
  }
  return { bytes, size: blob.size };
}

for (const chunks of [0x1ffff, 0x20000, 0x20001, 0x300000]) {
  Deno.test(`a file of ${chunks} chunks of 32 KiB is read in the middle and at its end`, async () => {
    const source = watchedSource(hugeWim(chunks));
    const size = chunks * CHUNK;
    for (const from of [0, 5000 * CHUNK - 7, size / 2 - 3, size - 70_000]) {
      assert.deepEqual(await rangeOf(source, from, 70_000), { bytes: 70_000, size });
    }
    assert.ok(source.seen.largest <= 0x10000, `${source.seen.largest}`);
  });
}

Deno.test("a hash that does not fit is told after the last piece", async () => {
  const wim = await openWim(hugeWim(50), { name: "huge.wim" });
  const blob = (await wim.blobs()).byHash.get("ab".repeat(20))!;
  let bytes = 0;
  await assert.rejects(async () => {
    for await (const piece of wim.read(blob)) bytes += piece.length;
  }, (error) => error instanceof FormatError && /Cannot trust blob abab/.test(error.message));
  assert.equal(bytes, 50 * CHUNK);
});

Deno.test("a hash of the machine is used where one is given", async () => {
  const content = new Uint8Array(300).fill(3);
  const bytes = writeWim({ root: { name: "", children: [{ name: "a", content }] } });
  let made = 0;
  const hash = () => {
    made++;
    const node = createHash("sha1");
    return {
      update: (piece: Uint8Array) => void node.update(piece),
      hex: () => node.digest("hex"),
    };
  };
  const wim = await openWim(memorySource(bytes), { name: "h.wim", hash });
  assert.deepEqual((await verifyBlobs(wim)).damaged, []);
  assert.equal(made, 2);
  const wrong = { update: () => {}, hex: () => "0" };
  const liar = await openWim(memorySource(bytes), { name: "h.wim", hash: () => wrong });
  assert.equal((await verifyBlobs(liar)).damaged.length, 2);
});

Deno.test("impossible chunk sizes are refused, also ones too large for memory", async () => {
  const open = async (flags: number, chunkSize: number) => {
    const bytes = writeWim({ flags });
    const view = new DataView(bytes.buffer);
    view.setUint32(0x14, chunkSize, true);
    view.setUint8(view.getUint32(0x38, true) + 7, 6);
    return await openBytes(bytes);
  };
  const cases: [number, number, RegExp][] = [
    [0x20002, 0, /chunk size of 0 is impossible/],
    [0x20002, 0x800, /chunk size of 2048 is impossible/],
    [0x20002, 0x9000, /chunk size of 36864 is impossible/],
    [0x20002, 0x20000, /XPRESS chunks of 131072 bytes are larger than 65536/],
    [0x40002, 0x400000, /LZX chunks of 4194304 bytes are larger than 2097152/],
    [0, 0x8000, /it is compressed, but the file says it is not/],
  ];
  for (const [flags, chunkSize, message] of cases) {
    await assert.rejects((await open(flags, chunkSize)).tree(1), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects((await open(0x80002, 1 << 28)).tree(1), (error) => {
    assert.ok(error instanceof RefusalError);
    assert.match(error.next ?? "", /^dism \/Export-Image .* \/Compress:max$/);
    return true;
  });
});

Deno.test("Sha1 equals node:crypto, however the pieces are cut", () => {
  const random = randomNumbers(3);
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000, 100_001]) {
    const bytes = Uint8Array.from({ length }, () => random(256));
    const sha1 = new Sha1();
    for (let at = 0; at < length;) {
      const next = Math.min(length, at + random(200));
      sha1.update(bytes.subarray(at, next));
      at = next;
    }
    assert.equal(sha1.hex(), createHash("sha1").update(bytes).digest("hex"), `${length}`);
  }
});

Deno.test("Sha1 counts more than 4 GiB of bits", () => {
  const piece = new Uint8Array(1 << 20);
  const [sha1, other] = [new Sha1(), createHash("sha1")];
  for (let i = 0; i < 513; i++) {
    sha1.update(piece);
    other.update(piece);
  }
  assert.equal(sha1.hex(), other.digest("hex"));
});
