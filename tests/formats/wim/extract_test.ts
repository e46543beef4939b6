import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { memorySource } from "../../../src/base/mod.ts";
import {
  openWimSet,
  verifyBlobs,
  verifyIntegrity,
  walkTree,
  type Wim,
} from "../../../src/formats/wim/mod.ts";
import { corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { makeRandomTree } from "./random_tree.ts";
import {
  contentOf,
  corpusWim,
  fileContent,
  openBytes,
  wimlib,
  wimtoolsPresent,
  withFolder,
} from "./wim_oracles.ts";

/** Compares every file of an image with a folder. Returns how many. */
async function compare(wim: Wim, folder: string): Promise<number> {
  let files = 0;
  for (const { path, entry } of walkTree(await wim.tree(1))) {
    const real = folder + path.replaceAll("\\", "/");
    const stat = await Deno.lstat(real);
    assert.equal(stat.isDirectory, entry.directory, path);
    if (entry.directory) continue;
    const same = await Deno.readFile(real);
    assert.ok(equal(await fileContent(wim, entry), same), `${path} differs`);
    files++;
  }
  return files;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

for (
  const file of [
    "gen-lzx.wim",
    "gen-xpress.wim",
    "gen-none.wim.gz",
    "gen-pipable.wim",
    "gen-solid.esd",
  ]
) {
  const name = `files of ${file} equal wimapply`;
  Deno.test({ name, ignore: without(corpusPresent && wimtoolsPresent) }, async () => {
    await withFolder(async (folder) => {
      const bytes = corpusWim(file);
      await Deno.writeFile(`${folder}/f.wim`, bytes);
      wimlib(["apply", `${folder}/f.wim`, "1", `${folder}/out`, "--no-attributes"]);
      assert.equal(await compare(await openBytes(bytes), `${folder}/out`), 5);
    });
  });
}

Deno.test({
  name: "files of the split set equal wimapply",
  ignore: without(corpusPresent && wimtoolsPresent),
}, async () => {
  await withFolder(async (folder) => {
    const parts = ["gen-split.swm", "gen-split2.swm.gz"].map(corpusWim);
    for (const [i, bytes] of parts.entries()) {
      await Deno.writeFile(`${folder}/f${i}.swm`, bytes);
    }
    wimlib(["apply", `${folder}/f0.swm`, "1", `${folder}/out`, `--ref=${folder}/f1.swm`]);
    const wim = await openWimSet(
      parts.map((bytes, i) => ({ source: memorySource(bytes), name: `f${i}.swm` })),
    );
    assert.equal(await compare(wim, `${folder}/out`), 5);
  });
});

/** Ways to capture a tree. */
const CAPTURES: readonly (readonly string[])[] = [
  ["--compress=LZX:20"],
  ["--compress=LZX:50"],
  ["--compress=LZX:100"],
  ["--compress=LZX:50", "--chunk-size=64K"],
  ["--compress=LZX:50", "--chunk-size=2M"],
  ["--compress=XPRESS"],
  ["--compress=XPRESS:80", "--chunk-size=4K"],
  ["--compress=XPRESS", "--chunk-size=64K"],
  ["--compress=LZMS", "--chunk-size=128K"],
  ["--compress=none"],
  ["--compress=LZX", "--pipable"],
  ["--compress=XPRESS", "--pipable", "--chunk-size=8K"],
  ["--compress=LZX", "--solid", "--solid-compress=LZX"],
  ["--compress=LZX", "--solid", "--solid-compress=XPRESS", "--solid-chunk-size=16K"],
  ["--compress=LZMS", "--solid", "--solid-compress=LZMS:50"],
  ["--solid", "--solid-compress=LZMS:20", "--solid-chunk-size=64K"],
];

CAPTURES.forEach((options, i) => {
  const name = `a random tree captured with ${options.join(" ")} comes back`;
  Deno.test({ name, ignore: without(wimtoolsPresent) }, async () => {
    await withFolder(async (folder) => {
      const tree = `${folder}/tree`;
      makeRandomTree(tree, 1000 + i);
      wimlib(["capture", tree, `${folder}/f.wim`, "Name", "--check", "--no-acls", ...options]);
      const wim = await openBytes(await Deno.readFile(`${folder}/f.wim`));
      assert.ok(await compare(wim, tree) > 80);
      assert.deepEqual((await verifyBlobs(wim)).damaged, []);
      if (!options.includes("--pipable")) {
        const integrity = await verifyIntegrity(wim.parts[0]!);
        assert.deepEqual(integrity.kind === "checked" && integrity.damaged, []);
      }
    });
  });
});

Deno.test({ name: "hard links share a group", ignore: without(wimtoolsPresent) }, async () => {
  await withFolder(async (folder) => {
    makeRandomTree(`${folder}/tree`, 7);
    wimlib(["capture", `${folder}/tree`, `${folder}/f.wim`, "Name"]);
    const wim = await openBytes(await Deno.readFile(`${folder}/f.wim`));
    const groups = new Map<bigint, string[]>();
    for (const { path, entry } of walkTree(await wim.tree(1))) {
      if (entry.hardLinkGroup === 0n || entry.directory) continue;
      groups.set(entry.hardLinkGroup, [...(groups.get(entry.hardLinkGroup) ?? []), path]);
    }
    const linked = [...groups.values()].filter((paths) => paths.length > 1);
    assert.equal(linked.length, 15);
    for (const paths of linked) assert.ok(paths.some((path) => path.includes("\\link ")));
  });
});

Deno.test(
  { name: "a range of a file comes without the rest", ignore: without(corpusPresent) },
  async () => {
    for (const file of ["gen-lzx.wim", "gen-solid.esd", "gen-pipable.wim", "gen-none.wim.gz"]) {
      const wim = await openBytes(corpusWim(file));
      for (const blob of (await wim.blobs()).byHash.values()) {
        const whole = await contentOf(wim, blob);
        const ranges = [[0, 1], [blob.size - 1, blob.size], [blob.size >> 1, blob.size], [0, 0]];
        for (const [from, to] of ranges) {
          const pieces: Uint8Array[] = [];
          const range = { from: from!, to: to! };
          for await (const piece of wim.readRange(blob, range)) pieces.push(piece);
          assert.ok(equal(Buffer.concat(pieces), whole.subarray(from, to)));
        }
        await assert.rejects(async () => {
          for await (const _ of wim.readRange(blob, { from: 0, to: blob.size + 1 }));
        }, /Cannot read bytes/);
      }
    }
  },
);
