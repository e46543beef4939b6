import assert from "node:assert/strict";
import {
  CancelledError,
  FileError,
  isFileFault,
  MedicError,
  RefusalError,
  UsageError,
} from "../../src/base/mod.ts";
import {
  type ExtractionOptions,
  type ExtractionRequest,
  type ExtractionResult,
  extractMedia,
  openMedia,
  planExtraction,
  requireTree,
} from "../../src/kit/mod.ts";
import { createRealHost } from "../../src/host/real_host.ts";
import type { Host } from "../../src/host/mod.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import {
  genisoimagePresent,
  run,
  sevenZipPresent,
  withFolder,
} from "../formats/image/image_oracles.ts";
import { type MemoryHost, SimulatedCrash } from "../lab/mod.ts";
import { recordedRuns, udfDirectory, udfFile, type UdfItem } from "../lab/udf_items.ts";
import { without } from "../needs.ts";
import { ISO, isoContent, isoHost, noise, sha256, utf8 } from "./media_lab.ts";

const TIME = new Date("2023-04-05T06:07:08Z");
const BIG = noise(3_300_000);

/** A small tree of media, with a file of several pieces. */
function items(): UdfItem[] {
  return [
    udfFile("setup.exe", utf8("MZ setup"), { modified: TIME }),
    udfDirectory("sources", [
      udfFile("install.wim", BIG, { modified: TIME }),
      udfFile("empty.txt", new Uint8Array()),
      udfDirectory("sxs", [udfFile("a.cab", noise(5000, 3))]),
    ]),
    udfDirectory("boot", []),
  ];
}

const WHOLE = new Map([
  ["setup.exe", sha256("MZ setup")],
  ["sources\\install.wim", sha256(BIG)],
  ["sources\\empty.txt", sha256("")],
  ["sources\\sxs\\a.cab", sha256(noise(5000, 3))],
]);

async function extract(
  host: Host,
  request: Partial<ExtractionRequest> = {},
  options: ExtractionOptions & { readonly path?: string } = {},
): Promise<ExtractionResult> {
  const media = await openMedia(host, options.path ?? ISO);
  try {
    const tree = requireTree(media.tree, media.place);
    const plan = await planExtraction(host, tree, { dest: "D:\\media", ...request });
    return await extractMedia(host, { tree, plan }, options);
  } finally {
    await media.close();
  }
}

/** Relative path to SHA-256 of all files below a folder. */
function hashes(host: MemoryHost, root = "D:\\media"): Map<string, string> {
  const files = [...host.files.snapshot(root)].filter(([, line]) => line.startsWith("file"));
  return new Map(files.map(([path, line]) => [path, line.split(" ").at(-1)!]));
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([a], [b]) => a < b ? -1 : 1);
}

async function refused(host: MemoryHost, request: Partial<ExtractionRequest>, says: RegExp) {
  host.files.forgetOperations();
  await assert.rejects(extract(host, request), (error) => {
    assert.ok(error instanceof MedicError, String(error));
    assert.match(error.message, says);
    assert.notEqual(error.next, undefined);
    return true;
  });
  assert.deepEqual(host.files.operations, [], "nothing was written");
}

Deno.test("extractMedia() copies every file with its time and leaves nothing else", async () => {
  const host = isoHost(items());
  const told: number[] = [];
  const result = await extract(host, {}, {
    progress: ({ done, total }) => told.push(done / total),
  });
  assert.deepEqual(result, { copied: 4, continued: 0, kept: 0, believed: 0, different: [] });
  assert.deepEqual(sorted(hashes(host)), sorted(WHOLE));
  assert.equal((await host.files.stat("D:\\media\\boot"))?.kind, "directory");
  assert.deepEqual((await host.files.stat("D:\\media\\setup.exe"))?.modified, TIME);
  assert.equal(told.at(-1), 1);
  assert.deepEqual(told, [...told].sort((a, b) => a - b));
});

Deno.test("extractMedia() copies only what the patterns mean, with the folders it needs", async () => {
  const host = isoHost(items());
  const result = await extract(host, { only: ["**\\*.cab", "setup.exe"] });
  assert.equal(result.copied, 2);
  assert.deepEqual([...hashes(host).keys()].sort(), ["setup.exe", "sources\\sxs\\a.cab"]);
  assert.equal(await host.files.stat("D:\\media\\boot"), undefined);
  await refused(host, { dest: "D:\\other", only: ["*.msu"] }, /nothing in "E:\\Win11.iso" matches/);
});

Deno.test("a folder is copied as an image is", async () => {
  const host = isoHost(items());
  await extract(host, { dest: "D:\\one" });
  const result = await extract(host, { dest: "D:\\two" }, { path: "D:\\one" });
  assert.equal(result.copied, 4);
  assert.deepEqual(sorted(hashes(host, "D:\\two")), sorted(WHOLE));
});

Deno.test("a power cut at any change is made good by --resume", async () => {
  const healthy = isoHost(items());
  await extract(healthy);
  const changes = healthy.files.operations.length;
  assert.ok(changes > 15, `${changes} changes`);
  let continued = 0;
  for (let at = 1; at <= changes; at++) {
    for (const torn of [false, true]) {
      const host = isoHost(items());
      host.files.crashAfter(at, { torn });
      await assert.rejects(extract(host), SimulatedCrash);
      host.reboot();
      for (const [path, hash] of hashesIfThere(host)) {
        if (!path.endsWith(".pemedic-part")) assert.equal(hash, WHOLE.get(path), path);
      }
      const result = await extract(host, { resume: true });
      continued += result.continued;
      assert.deepEqual(sorted(hashes(host)), sorted(WHOLE), `cut at ${at}`);
    }
  }
  assert.ok(continued > 4, `${continued} continued`);
});

Deno.test("--resume keeps what is equal, to the byte, wherever the difference lies", async () => {
  for (const at of [0, 1, 2, 3, 4, 5, 7, 1_000_003, 1 << 20, BIG.length - 1]) {
    const host = isoHost(items());
    await host.files.createDirectory("D:\\media");
    await host.files.createDirectory("D:\\media\\sources");
    const torn = BIG.slice();
    torn[at]! ^= 1;
    await host.files.createFile("D:\\media\\sources\\install.wim.pemedic-part", torn);
    const result = await extract(host, { resume: true });
    assert.equal(result.continued, at === 0 ? 0 : 1, `byte ${at}`);
    assert.deepEqual(sorted(hashes(host)), sorted(WHOLE), `byte ${at}`);
  }
});

Deno.test("many small files are copied a few at a time; a power cut among them is made good", async () => {
  const contents = Array.from({ length: 20 }, (_, number) => noise(100 + number, number + 1));
  const files = contents.map((content, number) => udfFile(`f${number}.cab`, content));
  const whole = new Map(contents.map((content, number) => [`f${number}.cab`, sha256(content)]));
  const healthy = isoHost(files);
  assert.equal((await extract(healthy)).copied, 20);
  assert.deepEqual(sorted(hashes(healthy)), sorted(whole));
  const changes = healthy.files.operations.length;
  for (let at = 1; at <= changes; at += 3) {
    const host = isoHost(files);
    host.files.crashAfter(at, { torn: at % 2 === 0 });
    await assert.rejects(extract(host), SimulatedCrash);
    host.reboot();
    const left = hashesIfThere(host);
    for (const [path, hash] of left) {
      if (!path.endsWith(".pemedic-part")) assert.equal(hash, whole.get(path), path);
    }
    const parts = [...left.keys()].filter((path) => path.endsWith(".pemedic-part"));
    assert.ok(parts.length <= 8, `${parts.length} files were begun`);
    await extract(host, { resume: true });
    assert.deepEqual(sorted(hashes(host)), sorted(whole), `cut at ${at}`);
  }
});

function hashesIfThere(host: MemoryHost): Map<string, string> {
  try {
    return hashes(host);
  } catch (error) {
    if (isFileFault(error, "not-found")) return new Map();
    throw error;
  }
}

Deno.test("--resume goes on behind what is equal and writes the rest only", async () => {
  const host = isoHost(items());
  const part = BIG.slice(0, 2_500_000);
  part.fill(0, 2_400_000); // what a power cut leaves at the end
  host.files.put("D:\\media\\sources\\install.wim.pemedic-part", part);
  const result = await extract(host, { resume: true, only: ["sources\\install.wim"] });
  assert.deepEqual(result, { copied: 1, continued: 1, kept: 0, believed: 0, different: [] });
  assert.deepEqual([...hashes(host)], [["sources\\install.wim", sha256(BIG)]]);
  const written = host.files.operations.filter(({ kind }) => kind === "append")
    .reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  assert.ok(written < 1_000_000, `${written} bytes written`);
});

Deno.test("--resume takes a part that is whole or too long for what it is", async () => {
  for (const extra of [0, 777]) {
    const host = isoHost(items());
    const part = new Uint8Array(BIG.length + extra);
    part.set(BIG);
    host.files.put("D:\\media\\sources\\install.wim.pemedic-part", part);
    const result = await extract(host, { resume: true, only: ["sources\\install.wim"] });
    assert.equal(result.continued, 1);
    assert.deepEqual([...hashes(host)], [["sources\\install.wim", sha256(BIG)]]);
    assert.equal(host.files.operations.some(({ kind }) => kind === "append"), false);
  }
});

Deno.test("--resume keeps what is equal, and never touches what is not", async () => {
  const host = isoHost(items());
  await extract(host);
  const changed = BIG.slice();
  changed[3_000_000]! ^= 1;
  host.files.put("D:\\media\\sources\\install.wim", changed);
  host.files.forgetOperations();
  const result = await extract(host, { resume: true });
  assert.deepEqual(result, {
    copied: 0,
    continued: 0,
    kept: 3,
    believed: 0,
    different: ["sources\\install.wim"],
  });
  assert.deepEqual(host.files.operations, []);
});

Deno.test("--quick believes size and time, but no other time", async () => {
  const host = isoHost(items());
  await extract(host, { only: ["setup.exe"] });
  const writer = async (time: Date) => {
    host.files.erase("D:\\media\\setup.exe");
    const file = await host.files.createWriter("D:\\media\\setup.exe");
    await file.write(utf8("XX setup"));
    await file.finish(time);
  };
  await writer(new Date(TIME.getTime() + 1500));
  const request = { resume: true, only: ["setup.exe"] };
  const quick = await extract(host, request, { quick: true });
  assert.deepEqual([quick.kept, quick.believed], [1, 1]);
  assert.deepEqual((await extract(host, request)).different, ["setup.exe"]);
  await writer(new Date(TIME.getTime() + 3600_000));
  assert.deepEqual((await extract(host, request, { quick: true })).different, ["setup.exe"]);
});

Deno.test("a destination with files is refused without --resume, an empty stick is not", async () => {
  const host = isoHost(items());
  host.files.put("D:\\media\\mine.txt", utf8("mine"));
  await refused(host, {}, /it is not empty \("mine.txt" is there\)/);
  host.files.addVolume({ letter: "F:" });
  host.volumes.add({ letter: "F:" });
  host.files.putDirectory("F:\\System Volume Information");
  assert.equal((await extract(host, { dest: "F:" })).copied, 4);
});

Deno.test("destinations that are none are refused", async () => {
  const host = isoHost(items());
  host.files.put("D:\\file", utf8(""));
  await refused(host, { dest: "D:\\file" }, /it is a file/);
  await refused(host, { dest: "D:\\no\\folder" }, /there is no folder "D:\\no"/);
  await refused(host, { dest: "Q:\\x" }, /there is no such volume/);
  await refused(host, { dest: "Q:" }, /there is no such volume/);
  const locked = isoHost(items(), { target: { readOnly: true } });
  await assert.rejects(
    extract(locked),
    (error) => error instanceof RefusalError && error.code === "readOnly",
  );
});

Deno.test("a destination inside the source is refused, one beside it is not", async () => {
  const host = isoHost(items());
  await extract(host, { dest: "D:\\one" });
  const inside = async (dest: string) =>
    await assert.rejects(
      extract(host, { dest }, { path: "D:\\one" }),
      (error) => error instanceof RefusalError && /it lies inside/.test(error.message),
    );
  await inside("D:\\one\\copy");
  await inside("d:\\ONE");
  await inside("D:\\x\\..\\one\\copy");
  assert.equal((await extract(host, { dest: "D:\\one2" }, { path: "D:\\one" })).copied, 4);
  // A finished copy has the same names, sizes and times: it may be gone on with all the same.
  const again = await extract(host, { dest: "D:\\one2", resume: true }, { path: "D:\\one" });
  assert.equal(again.kept, 4);
});

Deno.test("a source under another spelling is known by what it holds", async () => {
  const host = isoHost(items());
  await extract(host, { dest: "D:\\long name" });
  const { list, stat } = host.files;
  const spelt = (path: string) => path.replace(/^D:\\LONGNA~1/i, "D:\\long name");
  host.files.list = (path) => list.call(host.files, spelt(path));
  host.files.stat = (path) => stat.call(host.files, spelt(path));
  await assert.rejects(
    extract(host, { dest: "D:\\LONGNA~1\\copy" }, { path: "D:\\long name" }),
    (error) => error instanceof RefusalError && /it lies inside/.test(error.message),
  );
  assert.equal(await host.files.stat("D:\\long name\\copy"), undefined);
});

Deno.test("a link above the destination is refused, as it may lead into the source", async () => {
  const host = isoHost(items());
  await extract(host, { dest: "D:\\one" });
  host.files.putJunction("D:\\way", "D:\\one");
  for (const dest of ["D:\\way\\copy", "D:\\way\\sources\\copy"]) {
    await refused(host, { dest }, /"D:\\way": it is a link, and links are not followed/);
  }
  host.files.putJunction("D:\\one\\back", "D:\\one");
  const result = await extract(host, { dest: "D:\\two" }, { path: "D:\\one" });
  assert.equal(result.copied, 4);
  assert.equal(await host.files.stat("D:\\two\\back"), undefined);
});

Deno.test("links and files in the way are refused and not followed", async () => {
  const host = isoHost(items());
  host.files.putDirectory("D:\\outside");
  host.files.putJunction("D:\\media\\sources", "D:\\outside");
  await refused(host, { resume: true }, /a link is where the folder "sources" should be/);
  host.files.putJunction("D:\\linked", "D:\\outside");
  await refused(host, { dest: "D:\\linked" }, /it is a link/);
  const other = isoHost(items());
  other.files.put("D:\\media\\boot", utf8("a file"));
  await refused(other, { resume: true }, /a file is where the folder "boot" should be/);
  const third = isoHost(items());
  third.files.put("D:\\media\\setup.exe", utf8("mine, and longer"));
  await refused(third, { resume: true }, /another file "setup.exe" of 16 bytes is there/);
  const fourth = isoHost(items());
  fourth.files.put("D:\\media\\setup.exe.pemedic-part", utf8("x"));
  fourth.files.markReparse("D:\\media\\setup.exe.pemedic-part");
  await refused(fourth, { resume: true }, /a link is where the file "setup.exe.pemedic-part"/);
  assert.deepEqual([...host.files.snapshot("D:\\outside")], []);
});

Deno.test("a hibernated Windows on the destination's volume refuses", async () => {
  const host = isoHost(items());
  const header = new Uint8Array(4096);
  header.set(utf8("HIBR"));
  host.files.put("D:\\hiberfil.sys", header);
  await refused(host, {}, /hibernated or was shut down with Fast Startup/);
  host.files.put("D:\\hiberfil.sys", new Uint8Array(4096));
  assert.equal((await extract(host)).copied, 4);
});

Deno.test("a volume that is too full is refused before the first byte", async () => {
  const host = isoHost(items());
  host.files.setFreeBytes("D:", 3_000_000);
  await refused(host, {}, /3\.2 MB are needed, 2\.9 MB are free; nothing was written/);
  assert.equal((await extract(host, { only: ["setup.exe"] })).copied, 1);
  const resumed = isoHost(items());
  resumed.files.put("D:\\media\\sources\\install.wim.pemedic-part", BIG.slice(0, 3_000_000));
  resumed.files.setFreeBytes("D:", 400_000);
  assert.equal((await extract(resumed, { resume: true })).copied, 4);
});

Deno.test("FAT32 refuses a file of 5 GB before the first byte; exFAT does not mind its size", async () => {
  const large: UdfItem = { kind: "file", name: "install.wim", runs: recordedRuns(5 * 2 ** 30) };
  const media = [udfFile("setup.exe", utf8("MZ")), udfDirectory("sources", [large])];
  const host = isoHost(media, { target: { fileSystem: "FAT32" } });
  await refused(host, {}, /FAT32 holds no file of 4 GB or more: sources\\install.wim \(5\.0 GB\)/);
  assert.equal((await extract(host, { only: ["*.exe"] })).copied, 1);
  const rest = isoHost(media, { target: { fileSystem: "FAT32" } });
  assert.equal((await extract(rest, { only: ["!sources\\install.wim"] })).copied, 1);
  assert.deepEqual([...rest.files.snapshot("D:\\media").keys()], ["setup.exe", "sources"]);
  const exfat = isoHost(media, { target: { fileSystem: "exFAT" } });
  const opened = await openMedia(exfat, ISO);
  const plan = await planExtraction(exfat, requireTree(opened.tree, ISO), { dest: "D:\\m" });
  assert.equal(plan.bytes, 5 * 2 ** 30 + 2);
  await opened.close();
});

Deno.test("a disk that fills up in the middle says so, and --resume goes on", async () => {
  const host = isoHost(items());
  let pieces = 0;
  const filling = extract(host, {}, {
    progress: () => {
      if (++pieces === 2) host.files.setFreeBytes("D:", 1_200_000);
    },
  });
  await assert.rejects(filling, (error) => error instanceof MedicError && error.code === "noSpace");
  assert.equal(hashes(host).has("sources\\install.wim"), false);
  host.files.setFreeBytes("D:", 2 ** 30);
  const result = await extract(host, { resume: true });
  assert.equal(result.continued, 1);
  assert.deepEqual(sorted(hashes(host)), sorted(WHOLE));
});

Deno.test("a stick that is pulled out is an error, and --resume goes on", async () => {
  for (const pulled of ["D:", "E:"]) {
    const host = isoHost(items());
    const volume = host.files.volume(pulled);
    let pieces = 0;
    const copying = extract(host, {}, {
      progress: () => {
        if (++pieces === 3) {
          if (pulled === "D:") host.files.removeVolume(pulled);
          else host.files.setFault(ISO, { fault: "disk-error" });
        }
      },
    });
    await assert.rejects(copying, FileError);
    if (pulled === "D:") {
      host.files.addVolume({ letter: "D:" }).root.children
        .set("MEDIA", volume.root.children.get("MEDIA")!);
    } else host.files.setFault(ISO, undefined);
    const result = await extract(host, { resume: true });
    assert.equal(result.copied + result.kept, 4);
    assert.deepEqual(sorted(hashes(host)), sorted(WHOLE));
  }
});

Deno.test("Ctrl-C ends it between two pieces, and --resume goes on", async () => {
  const host = isoHost(items());
  const controller = new AbortController();
  let pieces = 0;
  const copying = extract(host, {}, {
    signal: controller.signal,
    progress: () => void (++pieces === 3 && controller.abort()),
  });
  await assert.rejects(copying, CancelledError);
  await extract(host, { resume: true });
  assert.deepEqual(sorted(hashes(host)), sorted(WHOLE));
});

Deno.test("a disk that does not keep what it is given is found out, and the name not given", async () => {
  const host = isoHost(items());
  const open = host.files.open.bind(host.files);
  host.files.open = async (path) => {
    const file = await open(path);
    if (!path.endsWith("install.wim.pemedic-part")) return file;
    return {
      size: file.size,
      close: () => file.close(),
      read: async (offset, length) => {
        const bytes = await file.read(offset, length);
        if (offset === 0) bytes[17]! ^= 4;
        return bytes;
      },
    };
  };
  await assert.rejects(
    extract(host),
    (error) => error instanceof MedicError && error.code === "notVerified",
  );
  assert.equal(await host.files.stat("D:\\media\\sources\\install.wim"), undefined);
});

Deno.test("names that could leave the destination or cannot be are refused and listed", async () => {
  const hostile = ["..", "..\\up.txt", "../up.txt", "CON", "a:b", "C:\\x", "end.", "\u0000x"];
  for (const name of hostile) {
    const host = isoHost([udfFile("good.txt", utf8("good")), udfFile(name, utf8("bad"))]);
    await refused(host, {}, /Cannot be extracted: its name/);
    const result = await extract(host, { only: ["good.txt"] });
    assert.equal(result.copied, 1);
    assert.deepEqual([...host.files.snapshot("D:\\").keys()], ["media", "media\\good.txt"]);
  }
});

Deno.test("what lies in a folder with a hostile name is refused, too", async () => {
  const host = isoHost([
    udfDirectory("..", [udfFile("up.txt", utf8("up"))]),
    udfFile("a", utf8("a")),
  ]);
  await refused(host, {}, /its name "\.\." means another directory/);
  await refused(host, { only: ["**\\up.txt"] }, /cannot be created/);
  assert.equal((await extract(host, { only: ["a"] })).copied, 1);
  assert.deepEqual([...host.files.snapshot("D:\\").keys()], ["media", "media\\a"]);
});

Deno.test("names that differ in case only, and names of our own, are refused", async () => {
  const twice = isoHost([udfFile("Read.me", utf8("1")), udfFile("READ.ME", utf8("2"))]);
  await refused(twice, {}, /the same name already \(case does not count\)/);
  const own = isoHost([udfFile("a.pemedic-part", utf8("1"))]);
  await refused(own, {}, /its name is that of an unfinished copy/);
});

Deno.test("a truncated image is refused, but for the files that are all there", async () => {
  const host = isoHost(items());
  const whole = isoContent(items());
  const bytes = whole.read(0, whole.size);
  let cut = bytes.length;
  const media = async () => (await openMedia(host, ISO)).tree!;
  host.files.put(ISO, bytes);
  const entry = (await (await media()).find("sources\\sxs\\a.cab"))!;
  assert.equal(entry.complete, true);
  // Cut so far that the last file is hit.
  for (; cut > 0; cut -= 2048) {
    host.files.put(ISO, bytes.slice(0, cut));
    if ((await (await media()).find("sources\\sxs\\a.cab"))?.complete !== true) break;
  }
  await refused(
    host,
    {},
    /the image is cut off: \d+ bytes are missing at its end, .* part of "sources\\sxs\\a\.cab";/,
  );
  assert.equal((await extract(host, { only: ["setup.exe"] })).copied, 1);
});

Deno.test("an image of Windows alone is not extracted", () => {
  assert.throws(() => requireTree(undefined, "E:\\install.wim"), RefusalError);
});

Deno.test({
  name: "the hostile images of the corpus never leave the destination",
  ignore: without(corpusPresent),
  fn: async () => {
    for (const name of ["libarchive-iso_rockridge_ce_loop.iso", "iso9660-plaso.raw"]) {
      const host = isoHost([]);
      host.files.put(ISO, await Deno.readFile(corpusPath(`iso/${name}`)));
      try {
        await extract(host);
      } catch (error) {
        assert.ok(error instanceof MedicError, String(error));
      }
      for (const path of host.files.snapshot("D:\\").keys()) assert.match(path, /^media(\\|$)/);
    }
    const host = isoHost([]);
    host.files.put(ISO, await Deno.readFile(corpusPath("wim/dotdot.wim")));
    await assert.rejects(
      extract(host),
      (e) => e instanceof RefusalError || e instanceof UsageError,
    );
    assert.deepEqual(host.files.operations, []);
  },
});

Deno.test({
  name: "extractMedia() gives byte for byte what 7z x gives, times too (genisoimage -udf)",
  ignore: without(genisoimagePresent && sevenZipPresent),
  fn: () =>
    withFolder(async (folder) => {
      const tree = `${folder}/tree`;
      for (let i = 0; i < 40; i++) {
        const place = `${tree}/sources/sxs/p${i % 7}`;
        await Deno.mkdir(place, { recursive: true });
        await Deno.writeFile(`${place}/Datei ${i} ä.bin`, noise(i * 4321, i + 1));
        await Deno.utime(`${place}/Datei ${i} ä.bin`, 1_600_000_000 + i, 1_600_000_000 + i);
      }
      await Deno.writeFile(`${tree}/sources/install.wim`, noise(5_000_001, 99));
      const image = `${folder}/made.iso`;
      run("genisoimage", [
        "-quiet",
        "-input-charset",
        "utf-8",
        "-udf",
        "-allow-limited-size",
        "-o",
        image,
        tree,
      ]);
      run("7z", ["x", "-y", `-o${folder}/theirs`, image]);
      const host = await createRealHost();
      const result = await extract(host, { dest: `${folder}/ours` }, { path: image });
      assert.equal(result.copied, 41);
      const sums = (name: string) =>
        run("sh", [
          "-c",
          `cd '${folder}/${name}' && find . -type f | sort | xargs -d '\n' sha256sum`,
        ]);
      assert.equal(sums("ours"), sums("theirs"));
      const times = (name: string) =>
        run("sh", ["-c", `cd '${folder}/${name}' && find . -type f -printf '%p %Ts\n' | sort`]);
      assert.equal(times("ours"), times("theirs"));
      const again = await extract(host, { dest: `${folder}/ours`, resume: true }, { path: image });
      assert.deepEqual(again, { copied: 0, continued: 0, kept: 41, believed: 0, different: [] });
    }),
});

Deno.test({
  name: "a symbolic link in the destination is refused on a real disk",
  ignore: without(genisoimagePresent) || Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/tree/sources`, { recursive: true });
      await Deno.writeTextFile(`${folder}/tree/sources/a.txt`, "a");
      await Deno.mkdir(`${folder}/outside`);
      await Deno.mkdir(`${folder}/dest`);
      await Deno.symlink(`${folder}/outside`, `${folder}/dest/sources`);
      const host = await createRealHost();
      await assert.rejects(
        extract(host, { dest: `${folder}/dest`, resume: true }, { path: `${folder}/tree` }),
        (error) =>
          error instanceof RefusalError && /a link is where the folder/.test(error.message),
      );
      assert.deepEqual(await host.files.list(`${folder}/outside`), []);
    }),
});
