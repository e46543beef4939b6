/**
 * Thousands of damaged media through everything that reads or copies them: typed errors only,
 * every change inside the destination, nothing written over, an end in good time.
 */
import assert from "node:assert/strict";
import { FileError, MedicError } from "../../src/base/mod.ts";
import { entryNameProblem } from "../../src/formats/image/mod.ts";
import {
  extractMedia,
  type Media,
  openMedia,
  planExtraction,
  rankSources,
  readImageFiles,
  type RepairTarget,
  verifyMedia,
} from "../../src/kit/mod.ts";
import { imageFile, imageXml } from "../cli/source_images.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import { buildIso } from "../formats/iso9660/iso_samples.ts";
import { corpusWim, openBytes, randomNumbers } from "../formats/wim/wim_oracles.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";
import type { MemoryHost } from "../lab/mod.ts";
import type { SparseImage } from "../lab/sparse_image.ts";
import { reseal } from "../lab/udf_descriptors.ts";
import { udfDirectory, udfFile } from "../lab/udf_items.ts";
import { writeUdf } from "../lab/udf_writer.ts";
import { without } from "../needs.ts";
import { isoHost, noise, utf8 } from "./media_lab.ts";

type Random = (below: number) => number;

/** Bytes and the places in them that are worth changing. */
interface Sample {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Offset and length of areas; each is chosen as often as the others. */
  readonly areas: readonly (readonly [number, number])[];
}

const TARGET: RepairTarget = {
  architecture: "x64",
  edition: "Professional",
  language: "0409",
  build: 26100,
  ubr: 4061,
};
/** Of one sample through all commands. */
const MAX_MILLISECONDS = 5_000;
const NASTY = [0, 1, 2, 7, 0x7f, 0xff, 0xffff, 0x3fffffff, 0x7fffffff, 0x80000000, 0xffffffff];
/** Two dots, separators, a device, a stream: what would leave a folder. */
const NAMES = ["..", "\\", "/", ":", "CON", "NUL.", " .", "a:b", "..\\..\\x", "\u0000"];
const SECTOR = 512;
const TAGS = [1, 2, 3, 5, 6, 8, 256, 257, 258, 261, 266];

function mutate({ bytes, areas }: Sample, random: Random): Uint8Array {
  const copy = bytes.slice(0, random(20) === 0 ? random(bytes.length) : undefined);
  const view = new DataView(copy.buffer);
  for (let change = random(5); change >= 0; change--) {
    const [start, length] = areas[random(areas.length)]!;
    const at = start + random(length);
    if (at + 32 > copy.length) continue;
    const kind = random(6);
    if (kind === 0) copy[at] = random(256);
    else if (kind === 1) view.setUint32(at, NASTY[random(NASTY.length)]!, true);
    else if (kind === 2) view.setUint32(at, random(copy.length), true);
    else if (kind === 3) copy.set(utf8(NAMES[random(NAMES.length)]!), at);
    else if (kind === 4) {
      copy.set([...NAMES[random(NAMES.length)]!].flatMap((c) => [0, c.charCodeAt(0)]), at);
    } else copy.copyWithin(at, random(copy.length), random(copy.length));
    const sector = at - at % SECTOR;
    if (sector + SECTOR > copy.length || random(4) === 0) continue;
    if (TAGS.includes(view.getUint16(sector, true))) reseal(copy.subarray(sector, sector + SECTOR));
  }
  return copy;
}

/** Typed errors are an answer; anything else, and an error of our own file system, is not. */
async function answered(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof MedicError) || error instanceof FileError) throw error;
    return false;
  }
}

async function exercise(host: MemoryHost, path: string): Promise<boolean> {
  await rankSources(host, TARGET, [path]);
  await answered(async () => void await verifyMedia(host, path));
  return await answered(async () => {
    const media = await openMedia(host, path);
    try {
      await listImages(media);
      await extract(host, media);
    } finally {
      await media.close();
    }
  });
}

async function listImages(media: Media): Promise<void> {
  for (const { wim } of media.installs) {
    for (const { index } of wim.images) {
      await answered(async () => {
        for (const { path, safe } of (await readImageFiles(wim, index)).entries) {
          assert.ok(!safe || !/(?:^|\\)(?:\.\.?|)(?:\\|$)|[/:\0]/.test(path), path);
        }
      });
    }
  }
}

async function extract(host: MemoryHost, { tree }: Media): Promise<void> {
  if (tree === undefined) return;
  const plan = await planExtraction(host, tree, { dest: "D:\\media" });
  await extractMedia(host, { tree, plan });
}

/** Names that were created and must not be, on any disk. */
function impossibleNames(host: MemoryHost): string[] {
  const names = [...host.files.snapshot("D:\\").keys()].flatMap((path) => path.split("\\"));
  return names.filter((name) => entryNameProblem(name) !== undefined);
}

/** What the destination's volume holds, but for the destination. */
function outside(host: MemoryHost): string[] {
  return [...host.files.snapshot("D:\\").entries()].map(([path, line]) => `${path} ${line}`)
    .filter((line) => !/^media(?: |\\)/.test(line));
}

async function fuzz(sample: Sample, seed: number, rounds: number): Promise<void> {
  const random = randomNumbers(seed);
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    const host = isoHost([]);
    host.files.put("D:\\mine.txt", utf8("mine"));
    const before = outside(host);
    host.files.put(sample.path, round === 0 ? sample.bytes : mutate(sample, random));
    host.files.forgetOperations();
    const started = performance.now();
    try {
      if (await exercise(host, sample.path)) read++;
      else assert.notEqual(round, 0, "the sample itself is whole");
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}: ${error}`, { cause: error });
    }
    assert.ok(performance.now() - started < MAX_MILLISECONDS, `round ${round} took too long`);
    assert.deepEqual(outside(host), before, `round ${round}`);
    assert.deepEqual(impossibleNames(host), [], `round ${round}`);
  }
  assert.ok(read > rounds / 20 && read < rounds, `${read} of ${rounds} were read`);
}

const WIM = imageFile([{ name: "Home", edition: "Core" }, {}]);

const UDF_TREE = [
  udfFile("setup.exe", noise(3000)),
  udfDirectory("sources", [
    udfFile("install.wim", WIM),
    udfFile("lang.ini", utf8("[Available UI Languages]\r\nen-US = 3\r\n"), { form: "embedded" }),
    udfDirectory("日本", [udfFile("ö", noise(9))]),
  ]),
];

const ISO_ITEMS = [
  { name: "SETUP.EXE;1", bytes: noise(3000) },
  { name: "SOURCES", items: [{ name: "INSTALL.WIM;1", bytes: WIM }] },
  { name: "EMPTY", items: [{ name: "A.TXT;1", bytes: noise(50) }] },
];

/** Every sector that holds anything, its first bytes more often than the others. */
function usedAreas(bytes: Uint8Array): [number, number][] {
  const areas: [number, number][] = [];
  for (let at = 0; at + SECTOR <= bytes.length; at += SECTOR) {
    if (bytes.subarray(at, at + SECTOR).some((byte) => byte !== 0)) {
      areas.push([at, 64], [at, SECTOR]);
    }
  }
  return areas;
}

function discSample(path: string, image: SparseImage): Sample {
  const bytes = image.slice(0, image.size);
  return { path, bytes, areas: usedAreas(bytes) };
}

/** Bytes of a file identifier in front of the first character of its name. */
const BEFORE_NAME = 39;

function udfSample(path: string): Sample {
  const { image, nameOffset } = writeUdf(UDF_TREE);
  const { bytes, areas } = discSample(path, image);
  const names = [...nameOffset.values()]
    .flatMap((offset): [number, number][] => Array(9).fill([offset + BEFORE_NAME, 1]));
  return { path, bytes, areas: [...areas, ...names] };
}

async function wimSample(path: string, bytes: Uint8Array): Promise<Sample> {
  const { blobTable, xml } = (await openBytes(bytes)).header;
  const areas = [[0, 208], [blobTable.offset, blobTable.size], [xml.offset, xml.size], [208, 200]];
  return { path, bytes, areas: areas as [number, number][] };
}

const TREE = {
  name: "",
  attributes: 0x10,
  children: [
    {
      name: "Windows",
      attributes: 0x10,
      children: [{ name: "kernel.dll", content: noise(600) }],
    },
    { name: "s", streams: [{ name: "ads", content: noise(9) }] },
  ],
};

const SAMPLES: readonly {
  readonly title: string;
  readonly rounds: number;
  make(): Sample | Promise<Sample>;
}[] = [
  {
    title: "a UDF disc",
    rounds: 700,
    make: () => udfSample("E:\\x.iso"),
  },
  {
    title: "an ISO9660 disc with Joliet",
    rounds: 700,
    make: () => discSample("E:\\x.iso", buildIso(ISO_ITEMS, { joliet: ISO_ITEMS, boot: [0xef] })),
  },
  {
    title: "a WIM",
    rounds: 1500,
    make: () => wimSample("E:\\x.wim", writeWim({ root: TREE, xml: imageXml([{}]) })),
  },
];

SAMPLES.forEach(({ title, rounds, make }, seed) => {
  Deno.test(`${rounds} damaged copies of ${title} leave nothing outside of the destination`, async () => {
    await fuzz(await make(), 7 + seed, rounds);
  });
});

/** All that the corpus has of odd and damaged WIM and ISO files. */
const CORPUS = [
  "wim/corrupted_file_1.wim",
  "wim/dotdot.wim",
  "wim/duplicate_names.wim",
  "wim/empty_dacl.wim",
  "wim/linux_xattrs_old.wim",
  "iso/libarchive-iso_2.iso",
  "iso/libarchive-iso_joliet.iso",
  "iso/libarchive-iso_joliet_by_nero.iso",
  "iso/libarchive-iso_joliet_long.iso",
  "iso/libarchive-iso_rockridge_ce.iso",
  "iso/libarchive-iso_rockridge_ce_loop.iso",
  "iso/libarchive-iso_xorriso.iso",
  "iso/iso9660-plaso.raw",
] as const;

/** A wrong content, and trees that no Windows can hold. */
const DAMAGED: ReadonlySet<string> = new Set([
  "wim/corrupted_file_1.wim",
  "wim/dotdot.wim",
  "wim/duplicate_names.wim",
]);

Deno.test({
  name: "the odd files of the corpus go through every command, also cut off anywhere",
  ignore: without(corpusPresent),
}, async () => {
  for (const file of CORPUS) {
    const bytes = file.startsWith("wim/")
      ? corpusWim(file.slice("wim/".length))
      : await Deno.readFile(corpusPath(file));
    for (let piece = 8; piece >= 0; piece--) {
      const host = isoHost([]);
      const path = file.endsWith(".wim") ? "E:\\x.wim" : "E:\\x.iso";
      host.files.put(path, bytes.subarray(0, Math.floor(bytes.length * piece / 8)));
      await exercise(host, path);
      assert.deepEqual(outside(host), [], `${file}, ${piece} of 8`);
      const { damaged } = piece === 8
        ? await verifyMedia(host, path)
        : { damaged: [{ file: "not asked" }] };
      const expected = DAMAGED.has(file) || piece < 8;
      assert.equal(damaged.length > 0, expected, `${file}: ${JSON.stringify(damaged)}`);
    }
  }
});
