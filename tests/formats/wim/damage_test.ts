import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { FormatError, MedicError, memorySource } from "../../../src/base/mod.ts";
import {
  openWim,
  verifyBlobs,
  verifyIntegrity,
  walkTree,
  type Wim,
} from "../../../src/formats/wim/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import {
  corpusWim,
  openBytes,
  randomNumbers,
  wimlib,
  wimtoolsPresent,
  withFolder,
} from "./wim_oracles.ts";
import { makeRandomTree } from "./random_tree.ts";
import { writeWim } from "./wim_writer.ts";

/** Small files that compress, so that a WIM of them has every kind of block in a few KB. */
async function smallWim(options: readonly string[]): Promise<Uint8Array> {
  return await withFolder(async (folder) => {
    const random = randomNumbers(11);
    mkdirSync(`${folder}/tree/sub`, { recursive: true });
    const text = Array.from({ length: 700 }, (_, i) => `line ${i * i} ${random(50)}\r\n`).join("");
    writeFileSync(`${folder}/tree/text.txt`, text);
    const binary = Uint8Array.from({ length: 3000 }, (_, i) => i % 7 === 0 ? 0xe8 : random(9));
    writeFileSync(`${folder}/tree/sub/binary.dll`, binary);
    wimlib(["capture", `${folder}/tree`, `${folder}/f.wim`, "Name", "--no-acls", ...options]);
    return await Deno.readFile(`${folder}/f.wim`);
  });
}

const SMALL: readonly (readonly string[])[] = [
  ["--compress=LZX:50"],
  ["--compress=XPRESS:50"],
  ["--compress=none"],
  ["--compress=LZX", "--pipable"],
  ["--solid", "--solid-compress=LZMS"],
];

/** Whole contents by hash. */
async function contentsOf(wim: Wim): Promise<Map<string, string>> {
  const { byHash, metadata } = await wim.blobs();
  const contents = new Map<string, string>();
  for (const blob of [...metadata, ...byHash.values()]) {
    const pieces: string[] = [];
    for await (const piece of wim.readRange(blob, { from: 0, to: blob.size })) {
      pieces.push(piece.join());
    }
    contents.set(blob.hash, pieces.join());
  }
  return contents;
}

/** Where the bytes of all resources are. */
async function resourceBytes(wim: Wim): Promise<number[]> {
  const { byHash, metadata } = await wim.blobs();
  const places = new Set<number>();
  for (const blob of [...metadata, ...byHash.values()]) {
    const { resource } = blob.place();
    const size = resource.kind === "stored" ? resource.originalSize : resource.size;
    for (let at = 0; at < size; at++) places.add(resource.offset + at);
  }
  return [...places];
}

for (const options of SMALL) {
  const name = `every flipped byte of the resources is found (${options.join(" ")})`;
  Deno.test({ name, ignore: without(wimtoolsPresent) }, async () => {
    const bytes = await smallWim(options);
    const whole = await openBytes(bytes);
    const contents = await contentsOf(whole);
    const places = await resourceBytes(whole);
    assert.ok(places.length > 1000 && places.length < 20_000, `${places.length}`);
    let harmless = 0;
    for (const at of places) {
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << at % 8;
      const wim = await openBytes(flipped);
      let damaged: boolean;
      try {
        damaged = (await verifyBlobs(wim)).damaged.length > 0;
      } catch (error) {
        assert.ok(error instanceof MedicError, `${at}: ${error}`);
        damaged = true;
      }
      if (damaged) continue;
      // Padding after the last codeword, chunk headers for pipes: no content depends on them.
      harmless++;
      assert.deepEqual(await contentsOf(wim), contents, `${at} is damaged and was not found`);
    }
    assert.ok(harmless <= 24, `${harmless} of ${places.length} bytes do not matter`);
  });
}

/** Reads everything; typed errors are fine, anything else is a fault of ours. */
async function exercise(bytes: Uint8Array): Promise<boolean> {
  try {
    const wim = await openWim(memorySource(bytes), { name: "mutant.wim" });
    await verifyIntegrity(wim.parts[0]!);
    await verifyBlobs(wim);
    for (const { index } of wim.images) {
      for (const { path, entry } of walkTree(await wim.tree(index))) {
        assert.ok(path.startsWith("\\") && !/\\\.\.?(?:\\|$)|\/|\0/.test(path), path);
        assert.ok(entry.streams.length < 70_000);
      }
    }
    return true;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    assert.match(error.message, /^Cannot /);
    return false;
  }
}

const NASTY = [0, 1, 7, 0x10, 0x7f, 0xff, 0x1000, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff];

/** Changes places that matter: header, tables, XML, the beginnings of resources, anything. */
function mutate(original: Uint8Array, wim: Wim, random: (below: number) => number): Uint8Array {
  const { blobTable, xml, integrity } = wim.header;
  const areas = [
    [0, 208],
    [blobTable.offset, blobTable.size],
    [xml.offset, xml.size],
    [integrity.offset, Math.max(12, integrity.size)],
    [208, 300],
    [208, original.length - 208],
  ];
  const bytes = original.slice(0, random(25) === 0 ? random(original.length) : undefined);
  const view = new DataView(bytes.buffer);
  for (let change = random(6); change >= 0; change--) {
    const [start, size] = areas[random(areas.length)]!;
    const at = start! + random(size!);
    if (at + 8 > bytes.length) continue;
    const kind = random(5);
    if (kind === 0) bytes[at] = random(256);
    else if (kind === 1) view.setUint16(at, random(0x10000), true);
    else if (kind === 2) view.setUint32(at, NASTY[random(NASTY.length)]!, true);
    else if (kind === 3) view.setUint32(at, random(bytes.length), true);
    else bytes.copyWithin(at, random(bytes.length), random(bytes.length));
  }
  return bytes;
}

/** Mutates one file again and again. */
async function fuzz(original: Uint8Array, seed: number, rounds: number): Promise<void> {
  const wim = await openBytes(original);
  const random = randomNumbers(seed);
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    const bytes = mutate(original, wim, random);
    const start = performance.now();
    if (!(await exercise(bytes))) refused++;
    const milliseconds = performance.now() - start;
    assert.ok(milliseconds < 10_000, `round ${round} took ${milliseconds} ms`);
  }
  assert.ok(refused > rounds / 10 && refused < rounds, `${refused} of ${rounds} were refused`);
  const memory = Deno.memoryUsage().rss;
  assert.ok(memory < 1.5 * 2 ** 30, `${memory} bytes of memory`);
}

SMALL.forEach((options, i) => {
  const name = `1,000 mutations end in typed errors (${options.join(" ")})`;
  Deno.test({ name, ignore: without(wimtoolsPresent) }, async () => {
    await fuzz(await smallWim([...options, "--check"]), 100 + i, 1000);
  });
});

/** Damages one compressed content after the other and reads it. Returns how many were caught. */
async function damageContents(bytes: Uint8Array, seed: number, rounds: number): Promise<number> {
  const random = randomNumbers(seed);
  const wim = await openBytes(bytes);
  const blobs = [...(await wim.blobs()).byHash.values()];
  const resources = blobs.flatMap((blob) => {
    const { resource } = blob.place();
    return resource.kind === "compressed" ? [{ blob, resource }] : [];
  });
  let caught = 0;
  for (let round = 0; round < rounds; round++) {
    const { blob, resource } = resources[random(resources.length)]!;
    const place = bytes.subarray(resource.offset, resource.offset + resource.size);
    const intact = place.slice();
    const start = random(place.length);
    if (round % 3 === 0) place.fill(random(2) * 255, start, start + random(500));
    else for (let i = random(6); i >= 0; i--) place[random(place.length)]! ^= 1 + random(255);
    try {
      let size = 0;
      for await (const piece of wim.read(blob)) size += piece.length;
      assert.equal(size, blob.size);
    } catch (error) {
      assert.ok(error instanceof FormatError, `round ${round}: ${error}`);
      caught++;
    }
    place.set(intact);
  }
  assert.deepEqual((await verifyBlobs(wim)).damaged, []);
  return caught;
}

const COMPRESSIONS: readonly (readonly string[])[] = [
  ["--compress=LZX:50"],
  ["--compress=LZX:50", "--chunk-size=2M"],
  ["--compress=XPRESS", "--chunk-size=64K"],
  ["--compress=LZMS", "--chunk-size=128K"],
];

COMPRESSIONS.forEach((options, i) => {
  const name = `500 damaged contents are caught (${options.join(" ")})`;
  Deno.test({ name, ignore: without(wimtoolsPresent) }, async () => {
    await withFolder(async (folder) => {
      makeRandomTree(`${folder}/tree`, 40 + i);
      wimlib(["capture", `${folder}/tree`, `${folder}/f.wim`, "Name", "--no-acls", ...options]);
      const caught = await damageContents(await Deno.readFile(`${folder}/f.wim`), 9 + i, 500);
      assert.ok(caught > 400, `${caught}`);
    });
  });
});

Deno.test("1,500 mutations of an uncompressed file end in typed errors", async () => {
  const bytes = writeWim({
    root: {
      name: "",
      children: [
        { name: "dir", children: [{ name: "x", content: new Uint8Array([1, 2, 3]) }] },
        { name: "s", streams: [{ name: "ads", content: new Uint8Array([9]) }] },
      ],
    },
  });
  await fuzz(bytes, 55, 1500);
});

Deno.test({
  name: "300 mutations of corpus files end in typed errors",
  ignore: without(corpusPresent),
}, async () => {
  for (const file of ["dotdot.wim", "empty_dacl.wim", "duplicate_names.wim"]) {
    await fuzz(corpusWim(file), 77, 100);
  }
});

Deno.test({ name: "a truncated file is refused", ignore: without(corpusPresent) }, async () => {
  const bytes = corpusWim("gen-lzx.wim");
  for (const length of [1000, bytes.length >> 1, bytes.length - 1]) {
    assert.equal(await exercise(bytes.slice(0, length)), false);
  }
});

Deno.test(
  { name: "the integrity table finds the range", ignore: without(wimtoolsPresent) },
  async () => {
    const bytes = await smallWim(["--compress=LZX", "--check"]);
    const progress: number[] = [];
    const outcome = await verifyIntegrity((await openBytes(bytes)).parts[0]!, {
      progress: ({ done, total }) => void progress.push(done / total),
    });
    assert.deepEqual(outcome, { kind: "checked", ranges: 1, damaged: [] });
    assert.deepEqual(progress, [1]);
    bytes[300]! ^= 1;
    const { header } = await openBytes(bytes);
    const length = header.blobTable.offset + header.blobTable.size - 208;
    assert.deepEqual(await verifyIntegrity((await openBytes(bytes)).parts[0]!), {
      kind: "checked",
      ranges: 1,
      damaged: [{ offset: 208, length }],
    });
  },
);

Deno.test({
  name: "a damaged integrity table is refused; none is told",
  ignore: without(wimtoolsPresent),
}, async () => {
  const bytes = await smallWim(["--compress=LZX", "--check"]);
  const { offset } = (await openBytes(bytes)).header.integrity;
  for (const [at, value] of [[0, 1], [4, 2], [8, 0], [8, 1]]) {
    const changed = bytes.slice();
    new DataView(changed.buffer).setUint32(offset + at!, value!, true);
    await assert.rejects(async () => {
      await verifyIntegrity((await openBytes(changed)).parts[0]!);
    }, /Cannot read the integrity table/);
  }
  const none = await openBytes(await smallWim(["--compress=LZX"]));
  assert.deepEqual(await verifyIntegrity(none.parts[0]!), { kind: "absent" });
});

Deno.test("checks can be stopped", async () => {
  const content = new Uint8Array(10);
  const bytes = writeWim({ root: { name: "", children: [{ name: "a", content }] } });
  const signal = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(verifyBlobs(await openBytes(bytes), { signal }), /stopped/);
});
