import assert from "node:assert/strict";
import { FormatError, memorySource } from "../../../src/base/mod.ts";
import { openWimSet, verifyBlobs } from "../../../src/formats/wim/mod.ts";
import { openBytes } from "./wim_oracles.ts";
import { writeWim } from "./wim_writer.ts";

function changed(change: (view: DataView) => void): Uint8Array {
  const bytes = writeWim({
    root: { name: "", children: [{ name: "a", content: new Uint8Array(5) }] },
  });
  change(new DataView(bytes.buffer));
  return bytes;
}

async function refused(bytes: Uint8Array, message: RegExp, offset: number): Promise<void> {
  await assert.rejects(openBytes(bytes), (error) => {
    assert.ok(error instanceof FormatError);
    assert.match(error.message, message);
    assert.equal(error.offset, offset);
    return true;
  });
}

Deno.test("a file that is no WIM is refused", async () => {
  await refused(new Uint8Array(0), /has only 0 bytes/, 0);
  await refused(new Uint8Array(207), /has only 207 bytes/, 0);
  await refused(new Uint8Array(208), /does not begin with "MSWIM"/, 0);
});

Deno.test("a pipable file without its last header is refused", async () => {
  const bytes = changed((view) => view.setUint32(0, 0x57504c57, true));
  await refused(bytes, /header at its end is missing/, bytes.length - 208);
});

Deno.test("impossible headers are refused with their offset", async () => {
  const cases: [(view: DataView) => void, RegExp, number][] = [
    [(view) => view.setUint32(8, 212, true), /header has 212 bytes/, 8],
    [(view) => view.setUint32(0xc, 0x10e00, true), /version 0x10e00 is unknown/, 0xc],
    [(view) => view.setUint16(0x28, 0, true), /part 0 of 1 is impossible/, 0x28],
    [(view) => view.setUint16(0x28, 2, true), /part 2 of 1 is impossible/, 0x28],
    [(view) => view.setUint32(0x2c, 70_000, true), /claims 70000 images/, 0x2c],
    [(view) => view.setUint32(0x10, 0x2, true), /compression is unknown/, 0x10],
    [(view) => view.setUint32(0x10, 0x60002, true), /compression is unknown/, 0x10],
    [(view) => view.setUint32(0x54, 0xffffffff, true), /impossible size or place/, 0x50],
    [(view) => view.setUint8(0x4e, 0xff), /impossible size or place/, 0x48],
  ];
  for (const [change, message, offset] of cases) await refused(changed(change), message, offset);
});

Deno.test("XML outside the file, over 16 MB or of two sizes is refused", async () => {
  const end = changed(() => {}).length;
  const xmlAt = new DataView(changed(() => {}).buffer).getUint32(0x50, true);
  await refused(changed((view) => view.setUint32(0x50, end, true)), /the file after/, end);
  const big = (view: DataView) => {
    view.setUint32(0x58, 0x1000001, true);
  };
  await refused(changed(big), /it has 16777217 bytes/, xmlAt);
  await refused(changed((view) => view.setUint8(0x58, 1)), /has two sizes/, xmlAt);
});

Deno.test("every compression has its flag", async () => {
  const kinds: [number, string][] = [
    [0x20002, "xpress"],
    [0x200002, "xpress"],
    [0x40002, "lzx"],
    [0x80002, "lzms"],
    [0x40000, "none"],
  ];
  for (const [flags, compression] of kinds) {
    const wim = await openBytes(changed((view) => view.setUint32(0x10, flags, true)));
    assert.equal(wim.header.compression, compression);
  }
});

Deno.test("a file that is being written is told", async () => {
  const wim = await openBytes(writeWim({ flags: 0x40 }), "w.wim");
  assert.equal(wim.header.writeInProgress, true);
  assert.deepEqual(wim.problems.map(({ kind, message }) => [kind, message]), [
    ["write-in-progress", '"w.wim" is being written, or writing it was interrupted'],
  ]);
  const whole = await openBytes(writeWim());
  assert.deepEqual([whole.header.writeInProgress, whole.problems], [false, []]);
});

Deno.test("a wrong number of images is told", async () => {
  const wim = await openBytes(writeWim({ imageCount: 3 }), "c.wim");
  assert.match(wim.problems[0]!.message, /"c.wim" says it has 3 images, but describes 1/);
  assert.match((await wim.blobs()).problems[0]!.message, /has 3 images, but has 1 trees/);
});

Deno.test("a blob table outside the file, or cut inside an entry, is refused or told", async () => {
  const outside = await openBytes(changed((view) => view.setUint32(0x38, 0xffffff, true)));
  await assert.rejects(outside.blobs(), /Cannot read the blob table/);
  const cut = await openBytes(changed((view) => {
    view.setUint32(0x30, 99, true);
    view.setUint32(0x40, 99, true);
  }));
  const { problems, metadata, byHash } = await cut.blobs();
  assert.match(problems[0]!.message, /ends inside an entry/);
  assert.deepEqual([metadata.length, byHash.size], [1, 0]);
});

Deno.test("a blob outside the file is damaged, the others are not", async () => {
  const bytes = changed((view) => {
    const table = view.getUint32(0x38, true);
    view.setUint32(table + 50 + 8, 0xffffff, true);
  });
  const { damaged, blobs } = await verifyBlobs(await openBytes(bytes));
  assert.equal(blobs, 2);
  assert.deepEqual(damaged.map(({ files }) => files), [["1:\\a"]]);
  assert.match(damaged[0]!.reason, /the file after \d+ bytes/);
});

Deno.test("a tree with its hash that is damaged all the same does not end the check", async () => {
  const metadata = new Uint8Array(16).fill(0xff);
  const bytes = writeWim({
    metadata,
    root: { name: "", children: [{ name: "a", content: new Uint8Array(5) }] },
  });
  const view = new DataView(bytes.buffer);
  bytes[view.getUint32(view.getUint32(0x38, true) + 50 + 8, true)]! ^= 1;
  const wim = await openBytes(bytes);
  await assert.rejects(wim.tree(1), /security data is damaged/);
  assert.deepEqual((await verifyBlobs(wim)).damaged.map(({ files }) => files), [[]]);
});

Deno.test("entries of another part are not read here, and their part is named", async () => {
  const bytes = changed((view) => {
    const table = view.getUint32(0x38, true);
    view.setUint16(table + 50 + 24, 2, true);
    view.setUint16(0x2a, 2, true);
  });
  const wim = await openWimSet([{ name: "p1.swm", source: memorySource(bytes) }]);
  const file = (await wim.tree(1)).root.children[0]!;
  const hash = file.streams[0]!.hash!;
  await assert.rejects(wim.blobOf(hash), /"p1.swm": it lies in part 2, which is missing/);
  await assert.rejects(wim.blobOf("f".repeat(40)), /missing: 2/);
  const whole = await openBytes(changed(() => {}));
  await assert.rejects(whole.blobOf("f".repeat(40)), /no blob has this hash/);
});

Deno.test("parts that disagree about their number are refused", async () => {
  const part = (number: number, parts: number) => ({
    name: `p${number}.swm`,
    source: memorySource(writeWim({ part: number, parts })),
  });
  await assert.rejects(openWimSet([part(1, 2), part(2, 3)]), /one says there are 3 parts/);
  assert.deepEqual((await openWimSet([part(3, 3), part(1, 3)])).missingParts, [2]);
});

Deno.test("a leftover tree without references is no image", async () => {
  const bytes = changed((view) => {
    const table = view.getUint32(0x38, true);
    view.setUint32(table + 26, 0, true);
  });
  assert.equal((await (await openBytes(bytes)).blobs()).metadata.length, 0);
});
