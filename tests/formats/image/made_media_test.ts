/** Images that other people's writers make now, judged by other people's readers. */
import assert from "node:assert/strict";
import { openImage } from "../../../src/formats/image/mod.ts";
import { without } from "../../needs.ts";
import {
  fileSource,
  genisoimagePresent,
  mkudffsPresent,
  ourHashes,
  ourListing,
  pycdlibPresent,
  run,
  runPython,
  sevenZipHashes,
  sevenZipListing,
  sevenZipPresent,
  withFolder,
  xorrisoPresent,
} from "./image_oracles.ts";

const LONG = `${"a long name that takes the record near the end of its sector ".repeat(2)}.txt`;

/** A tree like that of Windows media: many small files, odd sizes, names of every alphabet. */
async function makeTree(folder: string, names: "all" | "ascii" = "all"): Promise<void> {
  const files: Record<string, number> = {
    "setup.exe": 2048,
    "autorun.inf": 0,
    "boot/bcd": 12_345,
    "sources/install.wim": 3_000_001,
    "sources/résumé.txt": 17,
    "sources/日本語/ファイル.txt": 4095,
    [`support/${LONG}`]: 4096,
  };
  for (let i = 0; i < 120; i++) files[`sources/sxs/package_${i}~31bf3856ad364e35.cab`] = i * 37;
  for (const [path, size] of Object.entries(files)) {
    // deno-lint-ignore no-control-regex
    if (names === "ascii" && !/^[\x00-\x7f]{1,100}$/.test(path)) continue;
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) & 0xff);
    await Deno.writeFile(`${folder}/${path}`, bytes);
  }
  await Deno.mkdir(`${folder}/empty folder`);
}

async function sameAsSevenZip(file: string, kind: string): Promise<void> {
  const source = await fileSource(file);
  try {
    const image = await openImage(source, { name: "made" });
    assert.equal(image.kind, kind);
    const listing = await ourListing(image);
    assert.ok(listing.length >= 100, `${listing.length} entries`);
    assert.deepEqual(listing, sevenZipListing(file));
    assert.deepEqual(await ourHashes(image), await sevenZipHashes(file));
    assert.deepEqual(image.warnings, []);
  } finally {
    source.close();
  }
}

const GENISOIMAGE: readonly { readonly kind: string; readonly args: readonly string[] }[] = [
  { kind: "udf", args: ["-udf", "-iso-level", "3", "-J", "-joliet-long", "-R"] },
  { kind: "udf", args: ["-udf", "-allow-limited-size", "-no-pad"] },
  { kind: "joliet", args: ["-J", "-joliet-long"] },
  { kind: "iso9660", args: ["-iso-level", "4"] },
];

for (const { kind, args } of GENISOIMAGE) {
  Deno.test({
    name: `genisoimage ${args.join(" ")}: as 7z lists and extracts it`,
    ignore: without(genisoimagePresent && sevenZipPresent),
    fn: () =>
      withFolder(async (folder) => {
        const ascii = kind === "iso9660";
        await makeTree(`${folder}/tree`, ascii ? "ascii" : "all");
        const image = `${folder}/made.iso`;
        run("genisoimage", [
          "-quiet",
          "-input-charset",
          ascii ? "iso8859-1" : "utf-8",
          "-V",
          "MADE",
          ...args,
          "-o",
          image,
          `${folder}/tree`,
        ]);
        await sameAsSevenZip(image, kind);
      }),
  });
}

Deno.test({
  name: "xorriso with Joliet: as 7z lists and extracts it",
  ignore: without(xorrisoPresent && sevenZipPresent),
  fn: () =>
    withFolder(async (folder) => {
      await makeTree(`${folder}/tree`);
      const image = `${folder}/made.iso`;
      run("xorriso", [
        ...["-as", "mkisofs", "-quiet", "-J", "-joliet-long", "-o"],
        image,
        `${folder}/tree`,
      ]);
      await sameAsSevenZip(image, "joliet");
    }),
});

const PYCDLIB_SCRIPT = `
import io, sys, pycdlib
iso = pycdlib.PyCdlib()
iso.new(udf='2.60', vol_ident='PYCDLIB')
iso.add_directory(udf_path='/sources', iso_path='/SOURCES')
for i in range(150):
    data = bytes((i * j) & 0xff for j in range(i * 61))
    iso.add_fp(io.BytesIO(data), len(data), '/SOURCES/F%d.;1' % i, udf_path='/sources/file %d.dat' % i)
iso.write(sys.argv[1])
`;

Deno.test({
  name: "pycdlib with UDF: as 7z lists and extracts it",
  ignore: without(pycdlibPresent && sevenZipPresent),
  fn: () =>
    withFolder(async (folder) => {
      runPython(PYCDLIB_SCRIPT, `${folder}/made.iso`);
      await sameAsSevenZip(`${folder}/made.iso`, "udf");
    }),
});

for (const blockSize of [512, 1024, 2048, 4096]) {
  for (const revision of ["1.02", "2.01"]) {
    Deno.test({
      name: `mkudffs -b ${blockSize} -r ${revision}: opens with its label and block size`,
      ignore: without(mkudffsPresent),
      fn: () =>
        withFolder(async (folder) => {
          const file = `${folder}/disk`;
          const options = ["-m", "hd", "-b", `${blockSize}`, "-r", revision, "-l", "Größe"];
          run("mkudffs", [...options, "--new-file", file, "8192"]);
          const source = await fileSource(file);
          const image = await openImage(source, { name: "disk" });
          source.close();
          assert.deepEqual(
            [image.label, image.blockSize, image.format, image.warnings],
            ["Größe", blockSize, `UDF ${revision}`, []],
          );
        }),
    });
  }
}
