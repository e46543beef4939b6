import assert from "node:assert/strict";
import { dateFromFiletime, memorySource } from "../../../src/base/mod.ts";
import {
  HeaderFlag,
  openWimSet,
  verifyBlobs,
  walkTree,
  type Wim,
} from "../../../src/formats/wim/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import {
  corpusWim,
  openBytes,
  parseListing,
  watchedSource,
  WHOLE_FILES,
  wimlib,
  wimtoolsPresent,
  withFolder,
} from "./wim_oracles.ts";

const ignore = without(wimtoolsPresent && corpusPresent);

/** Writes the header as `wiminfo --header` does, as far as numbers go. */
function headerText({ header }: Wim): string {
  const resource = (name: string, { size, flags, offset, originalSize }: typeof header.xml) =>
    [size, `0x${flags.toString(16)}`, offset, originalSize].map((value, i) =>
      `${name} ${["Size", "Flags", "Offset", "Original Size"][i]} = ${value}`
    );
  return [
    `Version = 0x${header.version.toString(16)}`,
    `Flags = 0x${header.flags.toString(16)}`,
    `Chunk Size = ${header.chunkSize}`,
    `Part Number = ${header.part}`,
    `Total Parts = ${header.parts}`,
    `Image Count = ${header.imageCount}`,
    ...resource("Blob Table", header.blobTable),
    ...resource("XML Data", header.xml),
    ...resource("Boot Metadata", header.bootMetadata),
    `Boot Index = ${header.bootIndex}`,
    ...resource("Integrity", header.integrity),
  ].join("\n");
}

function normalHeader(text: string): string {
  return text.replaceAll("Original_size", "Original Size").replace(/ +=/g, " =").split("\n")
    .filter((line) => line.includes(" = ") && !/^(?:Magic|Header Size|GUID)/.test(line))
    .join("\n");
}

Deno.test({ name: "the header equals wiminfo --header", ignore }, async () => {
  for (const file of WHOLE_FILES) {
    await withFolder(async (folder) => {
      const bytes = corpusWim(file);
      await Deno.writeFile(`${folder}/f.wim`, bytes);
      const said = wimlib(["info", `${folder}/f.wim`, "--header"]);
      const wim = await openBytes(bytes);
      assert.equal(headerText(wim), normalHeader(said), file);
      const raw = /^GUID += (\w+)/m.exec(said)![1]!;
      const own = wim.header.guid.replaceAll("-", "");
      assert.equal(own.slice(16), raw.slice(16), file);
      assert.equal(own.slice(0, 8), raw.slice(0, 8).match(/../g)!.reverse().join(""), file);
      assert.equal(wim.header.pipable, file === "gen-pipable.wim");
      const compressed = (wim.header.flags & HeaderFlag.compressed) !== 0;
      assert.equal(compressed, wim.header.compression !== "none");
    });
  }
});

Deno.test({ name: "the XML equals wiminfo --extract-xml", ignore }, async () => {
  for (const file of WHOLE_FILES) {
    await withFolder(async (folder) => {
      const bytes = corpusWim(file);
      await Deno.writeFile(`${folder}/f.wim`, bytes);
      wimlib(["info", `${folder}/f.wim`, `--extract-xml=${folder}/x.xml`]);
      const xml = new TextDecoder("utf-16le").decode(await Deno.readFile(`${folder}/x.xml`));
      assert.equal((await openBytes(bytes)).xml, xml, file);
    });
  }
});

Deno.test(
  { name: "images are described as in gen-lzx.wim", ignore: without(corpusPresent) },
  async () => {
    const wim = await openBytes(corpusWim("gen-lzx.wim"));
    assert.deepEqual(wim.problems, []);
    assert.equal(wim.encrypted, false);
    const [first, second] = wim.images;
    assert.deepEqual(
      [first!.index, first!.name, first!.description, first!.editionId, first!.architecture],
      [1, "Windows 10 Pro", "desc", "Professional", 9],
    );
    assert.deepEqual(first!.languages, ["en-US"]);
    assert.deepEqual(first!.version, {
      major: 10,
      minor: 0,
      build: 19041,
      spBuild: 1,
      spLevel: undefined,
      branch: undefined,
    });
    assert.equal(first!.created?.toISOString(), "2026-11-22T08:05:33.081Z");
    assert.deepEqual([second!.index, second!.editionId, second!.version], [2, "Core", undefined]);
    assert.equal(wim.image(2), second);
    assert.equal(wim.image(3), undefined);
  },
);

const NO_HASH = "0".repeat(40);

async function listing(wim: Wim, index: number) {
  return [...walkTree(await wim.tree(index))].map(({ path, entry }) => ({
    path: path.replaceAll("\\", "/"),
    shortName: entry.shortName,
    attributes: entry.attributes,
    written: asctime(dateFromFiletime(entry.lastWriteTime)!),
    streams: entry.streams.map(({ name, hash }) => `${name}=${hash ?? NO_HASH}`),
  })).sort(byPath);
}

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function asctime(date: Date): string {
  const [weekday, day, month, year, time] = date.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${day} ${time} ${year} UTC`.replace(/ 0(\d) /, " 0$1 ");
}

function expectedListing(text: string) {
  return parseListing(text).map(({ path, shortName, attributes, written, streams }) => ({
    path,
    shortName,
    attributes,
    written,
    // wimlib shows an empty unnamed stream also for directories, which have none.
    streams: (attributes & 0x10) !== 0 ? streams.filter((it) => it !== `=${NO_HASH}`) : streams,
  })).sort(byPath);
}

Deno.test({ name: "the listing of every image equals wimdir", ignore }, async () => {
  let entries = 0;
  for (const file of WHOLE_FILES) {
    await withFolder(async (folder) => {
      const bytes = corpusWim(file);
      await Deno.writeFile(`${folder}/f.wim`, bytes);
      const wim = await openBytes(bytes);
      for (const { index } of wim.images) {
        const text = wimlib(["dir", `${folder}/f.wim`, `${index}`, "--detailed"]);
        const own = await listing(wim, index);
        assert.deepEqual(own, expectedListing(text), `${file} ${index}`);
        entries += own.length;
      }
    });
  }
  assert.ok(entries > 50, `${entries}`);
});

Deno.test({ name: "odd trees are read and told", ignore: without(corpusPresent) }, async () => {
  const kinds = async (file: string) =>
    (await (await openBytes(corpusWim(file))).tree(1)).problems.map((
      { kind, path },
    ) => [kind, path]);
  assert.deepEqual(await kinds("dotdot.wim"), [["dots", "\\.."]]);
  assert.deepEqual(await kinds("duplicate_names.wim"), [
    ["duplicate-name", "\\1"],
    ["duplicate-name", "\\1"],
  ]);
  assert.deepEqual(await kinds("empty_dacl.wim"), []);
});

Deno.test({ name: "a damaged file is found by name", ignore: without(corpusPresent) }, async () => {
  const { damaged, blobs } = await verifyBlobs(await openBytes(corpusWim("corrupted_file_1.wim")));
  assert.equal(blobs, 2);
  assert.equal(damaged.length, 1);
  assert.deepEqual(damaged[0]!.files, ["1:\\file"]);
  assert.match(damaged[0]!.reason, /Cannot trust blob 22596363b3de40b06f981fb85d82312e8c0ed511/);
});

Deno.test(
  { name: "every other corpus file verifies", ignore: without(corpusPresent) },
  async () => {
    for (const file of WHOLE_FILES.filter((name) => name !== "corrupted_file_1.wim")) {
      const progress: number[] = [];
      const outcome = await verifyBlobs(await openBytes(corpusWim(file)), {
        progress: ({ done, total }) => void progress.push(done / total),
      });
      assert.deepEqual(outcome.damaged, [], file);
      assert.equal(progress.at(-1), 1, file);
    }
  },
);

Deno.test({
  name: "a split set reads as one; a missing part is named",
  ignore: without(corpusPresent),
}, async () => {
  const files = ["gen-split.swm", "gen-split2.swm.gz"].map((name) => ({
    name,
    source: memorySource(corpusWim(name)),
  }));
  const whole = await openWimSet(files.toReversed());
  assert.deepEqual([whole.missingParts, whole.problems, whole.name], [[], [], "gen-split.swm"]);
  assert.deepEqual((await verifyBlobs(whole)).damaged, []);
  const first = await openWimSet(files.slice(0, 1));
  assert.deepEqual(first.missingParts, [2]);
  assert.match(first.problems[0]!.message, /"gen-split.swm" has 2 parts; missing: 2/);
  await assert.rejects(async () => {
    for (const { entry } of walkTree(await first.tree(1))) {
      for (const { hash } of entry.streams) if (hash !== undefined) await first.blobOf(hash);
    }
  }, /missing: 2|part 2, which is missing/);
  const second = await openWimSet(files.slice(1));
  assert.deepEqual(second.missingParts, [1]);
  await assert.rejects(second.tree(1), /part 1 is missing/);
  await assert.rejects(openWimSet([files[0]!, files[0]!]), /"gen-split.swm" is part 1, too/);
  const other = { name: "other", source: memorySource(corpusWim("gen-lzx.wim")) };
  await assert.rejects(openWimSet([files[0]!, other]), /belongs to another set/);
  await assert.rejects(openWimSet([]), /none was given/);
});

Deno.test(
  { name: "opening reads header and XML only", ignore: without(corpusPresent) },
  async () => {
    const source = watchedSource(memorySource(corpusWim("gen-lzx.wim")));
    const wim = await openWimSet([{ name: "gen-lzx.wim", source }]);
    assert.equal(wim.images.length, 2);
    assert.equal(source.seen.bytes, 208 + 2348);
  },
);
