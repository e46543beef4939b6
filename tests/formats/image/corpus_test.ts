import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { memorySource, RefusalError } from "../../../src/base/mod.ts";
import { openImage } from "../../../src/formats/image/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import {
  isoinfoPresent,
  ourHashes,
  ourListing,
  run,
  sevenZipHashes,
  sevenZipListing,
  sevenZipPresent,
  withFolder,
} from "./image_oracles.ts";

/** 7z shows the same names for these. */
const PLAIN = [
  { file: "gen-genisoimage-udf102-bridge.iso", kind: "udf", label: "CPBA_X64FRE", entries: 300 },
  { file: "iso9660-plaso.raw", kind: "iso9660", label: "CDROM", entries: 5 },
  { file: "libarchive-iso_2.iso", kind: "iso9660", label: "", entries: 4 },
  { file: "libarchive-iso_joliet.iso", kind: "joliet", label: "CDROM", entries: 4 },
  { file: "libarchive-iso_joliet_by_nero.iso", kind: "joliet", entries: 2 },
  { file: "libarchive-iso_joliet_long.iso", kind: "joliet", label: "CDROM", entries: 3 },
] as const;

/** 7z shows Rock Ridge names for these, Windows and we the ones of ISO9660. */
const ROCK_RIDGE = [
  "libarchive-iso_rockridge_ce.iso",
  "libarchive-iso_rockridge_ce_loop.iso",
  "libarchive-iso_xorriso.iso",
];

const read = (file: string) => Deno.readFileSync(corpusPath(`iso/${file}`));
const open = (file: string) => openImage(memorySource(read(file)), { name: file });

for (const sample of PLAIN) {
  Deno.test({
    name: `the listing of ${sample.file} equals that of 7z, and so does every byte`,
    ignore: without(corpusPresent && sevenZipPresent),
    async fn() {
      const image = await open(sample.file);
      assert.equal(image.kind, sample.kind);
      if ("label" in sample) assert.equal(image.label, sample.label);
      const listing = await ourListing(image);
      assert.ok(listing.length >= sample.entries, `${listing.length} entries`);
      assert.deepEqual(listing, sevenZipListing(corpusPath(`iso/${sample.file}`)));
      assert.deepEqual(
        await ourHashes(image),
        await sevenZipHashes(corpusPath(`iso/${sample.file}`)),
      );
      assert.deepEqual(image.warnings, []);
      assert.equal(image.missingBytes, 0);
    },
  });
}

/** Names as isoinfo lists them without extensions, version and final dot taken off. */
function isoinfoNames(file: string): string[] {
  return run("isoinfo", ["-f", "-i", file]).split("\n").filter((line) => line !== "")
    .map((line) => line.slice(1).replace(/;1$/, "").replace(/\.$/, "")).sort();
}

for (const file of ROCK_RIDGE) {
  Deno.test({
    name: `${file}: names are those of ISO9660, contents those that 7z extracts`,
    ignore: without(corpusPresent && sevenZipPresent && isoinfoPresent),
    async fn() {
      const image = await open(file);
      const listing = await ourListing(image);
      assert.deepEqual(listing.map(({ path }) => path), isoinfoNames(corpusPath(`iso/${file}`)));
      const nameless = (items: readonly { size: number; modified: string; directory: boolean }[]) =>
        items.map(({ size, modified, directory }) => `${size} ${modified} ${directory}`).sort();
      assert.deepEqual(nameless(listing), nameless(sevenZipListing(corpusPath(`iso/${file}`))));
    },
  });
}

Deno.test({
  name: "empty UDF volumes of mkudffs: 2.01 with 512-byte blocks opens, virtual is refused by name",
  ignore: without(corpusPresent && sevenZipPresent),
  async fn() {
    const source = (file: string) => memorySource(new Uint8Array(gunzipSync(read(file))));
    for (
      const { file, blockSize, format } of [
        { file: "gen-mkudffs-dvd-0x0102-2048-empty.img.gz", blockSize: 2048, format: "UDF 1.02" },
        { file: "gen-mkudffs-hd-0x0201-512-empty.img.gz", blockSize: 512, format: "UDF 2.01" },
      ]
    ) {
      const image = await openImage(source(file), { name: file });
      assert.equal(image.blockSize, blockSize);
      assert.equal(image.format, format);
      assert.equal(image.label, "MYUDF");
      await withFolder(async (folder) => {
        await Deno.writeFile(`${folder}/image`, new Uint8Array(gunzipSync(read(file))));
        assert.deepEqual(await ourListing(image), sevenZipListing(`${folder}/image`));
      });
    }
    await assert.rejects(
      openImage(source("gen-mkudffs-bdr-0x0250-2048-empty.img.gz"), { name: "bdr" }),
      (error) =>
        error instanceof RefusalError &&
        /virtual partition \(a disc written in sessions\)/.test(error.message),
    );
  },
});

Deno.test({
  name: "the boot catalogue of the bridge disc is seen, and none where there is none",
  ignore: without(corpusPresent),
  async fn() {
    const { boot } = await open("gen-genisoimage-udf102-bridge.iso");
    assert.deepEqual(boot?.platforms, ["bios"]);
    assert.equal((await open("iso9660-plaso.raw")).boot, undefined);
  },
});
