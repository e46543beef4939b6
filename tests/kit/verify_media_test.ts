import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { CancelledError, FormatError, UsageError } from "../../src/base/mod.ts";
import {
  type MediaVerification,
  openMedia,
  planExtraction,
  verifyMedia,
  type VerifyMediaOptions,
} from "../../src/kit/mod.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import { wimlib, wimtoolsPresent, withFolder } from "../formats/wim/wim_oracles.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";
import type { MemoryHost } from "../lab/mod.ts";
import { udfDirectory, udfFile } from "../lab/udf_items.ts";
import { without } from "../needs.ts";
import { buildIso } from "../formats/iso9660/iso_samples.ts";
import { madeUpContent } from "../lab/file_content.ts";
import type { SparseImage } from "../lab/sparse_image.ts";
import { reseal } from "../lab/udf_descriptors.ts";
import { writeUdf } from "../lab/udf_writer.ts";
import { ISO, isoContent, isoHost, noise, sha256, utf8 } from "./media_lab.ts";

const CONTENT = noise(70_000, 5);
const WIM = writeWim({
  root: {
    name: "",
    attributes: 0x10,
    children: [{
      name: "Windows",
      attributes: 0x10,
      children: [{ name: "kernel.dll", content: CONTENT }, { name: "twin.dll", content: CONTENT }],
    }],
  },
});

/** The same bytes with one changed in the middle of a content. */
function flipped(bytes: Uint8Array, content: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const at = Buffer.from(copy).indexOf(content.subarray(0, 64));
  assert.ok(at > 0);
  copy[at + 33_333]! ^= 1;
  return copy;
}

function mediaHost(
  files: Readonly<Record<string, Uint8Array>>,
  sources: typeof files = {},
): MemoryHost {
  const list = (record: typeof files) =>
    Object.entries(record).map(([name, bytes]) => udfFile(name, bytes));
  return isoHost([...list(files), udfDirectory("sources", list(sources))]);
}

async function verify(host: MemoryHost, options: VerifyMediaOptions = {}, path = ISO) {
  const before = host.files.operations.length;
  const verification = await verifyMedia(host, path, options);
  assert.equal(host.files.operations.length, before, "nothing is written");
  return verification;
}

function reasons({ damaged }: MediaVerification): string[] {
  return damaged.map(({ file, reason }) => `${file}: ${reason}`);
}

Deno.test("verifyMedia() finds nothing wrong with media that are whole", async () => {
  const host = mediaHost({ "setup.exe": utf8("MZ") }, { "install.wim": WIM, "boot.wim": WIM });
  const stages: string[] = [];
  const verification = await verify(host, { stage: (title) => stages.push(title) });
  assert.deepEqual(verification.damaged, []);
  assert.deepEqual(verification.notes, []);
  assert.deepEqual(
    [verification.kind, verification.checked.entries, verification.checked.contents],
    ["iso", 4, 4],
  );
  assert.ok(verification.checked.bytes > 140_000);
  assert.deepEqual(stages, [
    `Checking the structure of ${ISO}`,
    "Checking every content of sources\\install.wim",
    "Checking every content of sources\\boot.wim",
  ]);
});

Deno.test("verifyMedia() names every file that a flipped byte of a WIM hits", async () => {
  const host = mediaHost({}, { "install.wim": flipped(WIM, CONTENT), "boot.wim": WIM });
  const { damaged } = await verify(host);
  assert.equal(damaged.length, 1);
  assert.equal(damaged[0]!.file, "sources\\install.wim");
  assert.deepEqual(damaged[0]!.inside, ["1:\\Windows\\kernel.dll", "1:\\Windows\\twin.dll"]);
  assert.match(damaged[0]!.reason, /its content is damaged/);
});

Deno.test("verifyMedia() counts what has no hash, unless the hash of the whole file fits", async () => {
  const items = { "setup.exe": utf8("MZ"), "empty": utf8(""), "b.inf": noise(1000) };
  const host = mediaHost(items, { "install.wim": WIM });
  assert.deepEqual((await verify(host)).unchecked, { files: 2, bytes: 1002 });
  const hash = sha256(await host.files.read(ISO));
  assert.deepEqual((await verify(host, { sha256: hash })).unchecked, { files: 0, bytes: 0 });
  assert.equal((await verify(host, { sha256: "0".repeat(64) })).unchecked.files, 2);
  host.files.put("E:\\kit\\SHA256SUMS", utf8(`${sha256("MZ")} *Setup.exe\n`));
  host.files.put("E:\\kit\\setup.exe", utf8("MZ"));
  host.files.put("E:\\kit\\other.txt", utf8("abc"));
  assert.deepEqual((await verify(host, {}, "E:\\kit")).unchecked, { files: 1, bytes: 3 });
  host.files.put("E:\\a.wim", WIM);
  assert.deepEqual((await verify(host, {}, "E:\\a.wim")).unchecked, { files: 0, bytes: 0 });
});

Deno.test("verifyMedia() refuses a folder in which nothing can be checked", async () => {
  const host = isoHost([]);
  host.files.putDirectory("E:\\empty");
  await assert.rejects(verify(host, {}, "E:\\empty"), /holds no image of Windows/);
  host.files.put("E:\\isos\\old\\Win10.iso", utf8("x"));
  await assert.rejects(verify(host, {}, "E:\\isos"), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.next ?? "", /pemedic media verify "E:\\isos\\old\\Win10\.iso"$/);
    return true;
  });
  host.files.put("E:\\isos\\boot.wim", WIM);
  assert.deepEqual((await verify(host, {}, "E:\\isos")).unchecked, { files: 1, bytes: 1 });
});

Deno.test("verifyMedia() finds trees that no Windows writes, and contents that are nowhere", async () => {
  const tree = (...names: string[]) =>
    writeWim({ root: { name: "", children: names.map((name) => ({ name, content: CONTENT })) } });
  const host = isoHost([]);
  host.files.put("E:\\twice.wim", tree("a.txt", "a.txt", ".."));
  assert.deepEqual(reasons(await verify(host, {}, "E:\\twice.wim")), [
    'E:\\twice.wim: image 1: "a.txt" is there twice: the second one is left out',
    'E:\\twice.wim: image 1: ".." is left out: its name would lead out of its folder',
  ]);
  const lost = tree("b.txt");
  const hash = createHash("sha1").update(CONTENT).digest();
  // The tree comes before the table; an entry of the table without a hash is a free one.
  const at = Buffer.from(lost).lastIndexOf(hash);
  assert.ok(at > Buffer.from(lost).indexOf(hash));
  lost.fill(0, at, at + 20);
  host.files.put("E:\\lost.wim", lost);
  const { damaged } = await verify(host, {}, "E:\\lost.wim");
  assert.deepEqual(damaged.map(({ inside }) => inside), [["1:\\b.txt"]]);
});

Deno.test("verifyMedia() verifies a WIM alone and a folder alike", async () => {
  const host = mediaHost({});
  host.files.put("E:\\a.wim", flipped(WIM, CONTENT));
  const alone = await verify(host, {}, "E:\\a.wim");
  assert.deepEqual([alone.kind, alone.damaged.length], ["wim", 1]);
  assert.deepEqual(alone.damaged[0]!.inside.length, 2);
  host.files.put("E:\\kit\\sources\\install.wim", flipped(WIM, CONTENT));
  const folder = await verify(host, {}, "E:\\kit");
  assert.deepEqual([folder.kind, reasons(folder).length], ["folder", 1]);
  host.files.put("E:\\kit\\sources\\install.wim", WIM);
  assert.deepEqual((await verify(host, {}, "E:\\kit")).damaged, []);
});

Deno.test("verifyMedia() says which part of a split set is missing", async () => {
  const part = (number: number) => writeWim({ part: number, parts: 3 });
  const host = mediaHost({}, { "install.swm": part(1), "install3.swm": part(3) });
  const verification = await verify(host);
  assert.match(reasons(verification).join("\n"), /sources\\install\.swm: .*3 parts; missing: 2/);
});

Deno.test("verifyMedia() tells what is no WIM, what is cut off, and what lies in a bad sector", async () => {
  const host = mediaHost({}, { "install.wim": utf8("This is no WIM"), "boot.wim": WIM });
  assert.match(reasons(await verify(host)).join("\n"), /^sources\\install\.wim: Cannot/);
  host.files.put("E:\\kit\\sources\\install.wim", WIM.subarray(0, WIM.length - 200));
  assert.equal((await verify(host, {}, "E:\\kit")).damaged.length, 1);
  host.files.put("E:\\kit\\sources\\install.wim", WIM);
  host.files.setFault("E:\\kit\\sources\\install.wim", { fault: "disk-error", from: 40_000 });
  const bad = await verify(host, {}, "E:\\kit");
  assert.match(reasons(bad).join("\n"), /the disk returned a read or write error/);
});

Deno.test("verifyMedia() names the files of a truncated image", async () => {
  const whole = isoContent([udfFile("a.txt", utf8("a")), udfFile("b.bin", noise(900_000))]);
  const host = isoHost([]);
  host.files.put(ISO, whole.read(0, whole.size - 700_000));
  const { damaged } = await verify(host);
  assert.ok(damaged.some(({ file }) => file === "b.bin"), JSON.stringify(damaged));
  assert.ok(!damaged.some(({ file }) => file === "a.txt"));
  host.files.put(ISO, whole);
  assert.deepEqual((await verify(host)).damaged, []);
});

Deno.test("verifyMedia() compares the file itself with --sha256", async () => {
  const host = mediaHost({ "setup.exe": utf8("MZ") });
  const hash = sha256(await host.files.read(ISO));
  const right = await verify(host, { sha256: hash.toUpperCase() });
  assert.deepEqual([right.damaged, right.sha256], [[], hash]);
  const other = "0".repeat(64);
  const wrong = await verify(host, { sha256: other });
  assert.deepEqual(reasons(wrong), [`${ISO}: its SHA-256 is ${hash}, not ${other}`]);
  host.files.putDirectory("E:\\kit");
  await assert.rejects(verify(host, { sha256: hash }, "E:\\kit"), UsageError);
});

Deno.test("verifyMedia() compares the files of a kit with SHA256SUMS", async () => {
  const sums = [
    "# made by the kit",
    `${sha256("MZ")} *setup.exe`,
    `${sha256("boot").toUpperCase()}  sources/boot.txt`,
    "",
  ].join("\r\n");
  const files = { "setup.exe": utf8("MZ"), "SHA256SUMS": utf8(sums) };
  const good = await verify(mediaHost(files, { "boot.txt": utf8("boot") }));
  assert.deepEqual([good.damaged, good.checked.listed], [[], 2]);
  const changed = await verify(mediaHost(files, { "boot.txt": utf8("boOt") }));
  assert.match(reasons(changed).join("\n"), /^sources\\boot\.txt: its SHA-256 is .* as listed$/);
  const gone = await verify(mediaHost(files));
  assert.deepEqual(reasons(gone), ["sources\\boot.txt: it is listed in SHA256SUMS, but not there"]);
});

Deno.test("a SHA256SUMS that climbs or is nonsense is told, not followed", async () => {
  const hash = sha256("secret");
  const sums =
    `${hash} *../../secret\n${hash} *C:\\secret\nnonsense\n${hash} */secret\n\\${hash} *a\\\\b\n`;
  const host = isoHost([]);
  host.files.put("E:\\secret", utf8("secret"));
  host.files.put("E:\\kit\\SHA256SUMS", utf8(sums));
  host.files.put("E:\\kit\\a\\b", utf8("secret"));
  const verification = await verify(host, {}, "E:\\kit");
  assert.deepEqual(
    reasons(verification),
    [1, 2, 3, 4].map((line) => `SHA256SUMS: line ${line} cannot be understood`),
  );
  assert.equal(verification.checked.listed, 1);
});

Deno.test("verifyMedia() throws for what cannot be read at all", async () => {
  const host = isoHost([]);
  host.files.put("E:\\noise.iso", noise(300_000));
  await assert.rejects(verify(host, {}, "E:\\noise.iso"), FormatError);
  await assert.rejects(verify(host, {}, "E:\\nothing.iso"), UsageError);
});

Deno.test("verifyMedia() stops when it is told to", async () => {
  const host = mediaHost({}, { "install.wim": WIM });
  for (const stop of [/structure/, /every content/, /SHA-256/]) {
    const controller = new AbortController();
    await assert.rejects(
      verify(host, {
        sha256: "0".repeat(64),
        signal: controller.signal,
        stage: (title) => void (stop.test(title) && controller.abort()),
      }),
      CancelledError,
    );
  }
});

Deno.test({
  name: "verifyMedia() finds each of many flipped bytes of an LZX image with an integrity table",
  ignore: without(wimtoolsPresent),
  fn: () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/tree`);
      for (let i = 0; i < 6; i++) {
        await Deno.writeFile(`${folder}/tree/file${i}.bin`, noise(20_000 + i, i + 1));
      }
      wimlib(["capture", `${folder}/tree`, `${folder}/a.wim`, "--compress=LZX", "--check"]);
      const bytes = await Deno.readFile(`${folder}/a.wim`);
      const host = isoHost([]);
      host.files.put("E:\\a.wim", bytes);
      const whole = await verify(host, {}, "E:\\a.wim");
      assert.deepEqual([whole.damaged, whole.checked.ranges], [[], 1]);
      for (let at = 300; at < 120_000; at += 11_111) {
        const damaged = bytes.slice();
        damaged[at]! ^= 0x10;
        host.files.put("E:\\a.wim", damaged);
        const { damaged: found } = await verify(host, {}, "E:\\a.wim");
        const inside = found.flatMap((damage) => damage.inside);
        assert.equal(inside.length, 1, `byte ${at}: ${JSON.stringify(found)}`);
        assert.match(inside[0]!, /^1:\\file\d\.bin$/);
        assert.ok(found.some(({ reason }) => /integrity table/.test(reason)), `byte ${at}`);
      }
    }),
});

Deno.test({
  name: "verifyMedia() finds nothing wrong with the whole images of the corpus",
  ignore: without(corpusPresent),
  fn: async () => {
    const host = isoHost([]);
    for (const name of ["gen-lzx.wim", "gen-xpress.wim", "gen-solid.esd", "gen-pipable.wim"]) {
      host.files.put(`E:\\${name}`, await Deno.readFile(corpusPath(`wim/${name}`)));
      const { damaged, checked } = await verify(host, {}, `E:\\${name}`);
      assert.deepEqual(damaged, [], name);
      assert.ok(checked.contents > 0, name);
    }
    const iso = "gen-genisoimage-udf102-bridge.iso";
    host.files.put(ISO, await Deno.readFile(corpusPath(`iso/${iso}`)));
    assert.deepEqual((await verify(host)).damaged, []);
  },
});

const SECTOR = 2048;

/** A machine whose ISO is this image. */
function imageHost(image: SparseImage): MemoryHost {
  const host = isoHost([]);
  const content = madeUpContent(image.size, {
    recipe: "changed",
    read: (offset, length) => image.slice(offset, length),
  });
  host.files.put(ISO, content);
  return host;
}

function changed(image: SparseImage, offset: number, change: (bytes: Uint8Array) => void): void {
  const bytes = image.slice(offset, 512);
  change(bytes);
  image.write(offset, bytes);
}

Deno.test("verifyMedia() notes what a recorder does its own way; that is no damage", async () => {
  const { image } = writeUdf([udfFile("a", utf8("a"))], { anchors: [256] });
  changed(image, 256 * SECTOR, (anchor) => {
    new DataView(anchor.buffer).setUint32(12, 7, true);
    reseal(anchor);
  });
  const misplaced = await verify(imageHost(image));
  assert.deepEqual(misplaced.damaged, []);
  assert.match(misplaced.notes.join(), /^The anchor says that it lies in another sector$/);
  const fork = buildIso([{ name: "FORK.;1", flags: 4 }, { name: "A.;1", bytes: utf8("a") }]);
  const associated = await verify(imageHost(fork));
  assert.deepEqual(associated.damaged, []);
  assert.match(associated.notes.join(), /associated file/);
});

Deno.test("verifyMedia() calls changed records damage, even where nothing is lost by it", async () => {
  const { image } = writeUdf([udfFile("a", utf8("a"))], { anchors: [256] });
  changed(image, 97 * SECTOR, (descriptor) => descriptor[100]! ^= 1);
  assert.match(reasons(await verify(imageHost(image))).join(), /reserve descriptors fill in/);

  const items = [udfFile("a", utf8("a")), udfFile("b", utf8("b"))];
  const written = writeUdf(items, { anchors: [256] });
  changed(written.image, written.nameOffset.get(items[1]!)!, (name) => name[36 + 2]! ^= 0x20);
  const damaged = reasons(await verify(imageHost(written.image)));
  assert.equal(damaged.length, 1, damaged.join());
  assert.match(damaged[0]!, /Its directory record is damaged: its CRC is wrong/);
});

Deno.test("verifyMedia() does not call a disc whole that shows its ISO9660 names only", async () => {
  const { image } = writeUdf([udfFile("setup.exe", utf8("a"))], { anchors: [256] });
  image.write(32768 + 2 * SECTOR, image.slice(32768, 3 * SECTOR));
  const iso = buildIso([{ name: "README.TXT;1", bytes: utf8("This disc contains UDF") }]);
  image.write(32768, iso.slice(32768, 2 * SECTOR));
  image.write(24 * SECTOR, iso.slice(24 * SECTOR, 8 * SECTOR));
  assert.deepEqual((await verify(imageHost(image))).damaged, []);
  image.write(256 * SECTOR, new Uint8Array(SECTOR));
  const host = imageHost(image);
  assert.match(reasons(await verify(host)).join(), /ISO9660 lists are shown instead/);
});

Deno.test("verifyMedia() and extraction take a drive whose system folders are closed", async () => {
  const host = isoHost([]);
  host.files.put("E:\\setup.exe", utf8("MZ"));
  for (const name of ["System Volume Information", "$RECYCLE.BIN", "RECYCLER"]) {
    host.files.putDirectory(`E:\\${name}`);
    host.files.setFault(`E:\\${name}`, { fault: "denied" });
  }
  host.files.erase(ISO);
  await assert.rejects(verify(host, {}, "E:"), UsageError, "nothing there can be checked");
  host.files.put("E:\\boot.wim", WIM);
  const verification = await verify(host, {}, "E:");
  assert.deepEqual([verification.damaged, verification.notes], [[], []]);
  host.files.erase("E:\\boot.wim");
  const media = await openMedia(host, "E:");
  const plan = await planExtraction(host, media.tree!, { dest: "D:\\copy" });
  assert.deepEqual([plan.leftOut, plan.files.length], [[], 1]);
  // A closed folder anywhere else is told: it may hold what is needed.
  host.files.putDirectory("E:\\sources");
  host.files.setFault("E:\\sources", { fault: "denied" });
  const again = await planExtraction(host, media.tree!, { dest: "D:\\copy" });
  assert.equal(again.leftOut.length, 1);
  host.files.put("E:\\boot.wim", WIM);
  assert.deepEqual((await verify(host, {}, "E:")).damaged, []);
  host.files.setFault("E:\\sources", { fault: "disk-error" });
  assert.match(reasons(await verify(host, {}, "E:")).join(), /read or write error/);
});

Deno.test("planExtraction() tells what a damaged image cannot list, and passes over habits", async () => {
  const { image } = writeUdf([udfFile("a", utf8("a"))], { anchors: [256] });
  const plan = async () => {
    const host = imageHost(image);
    const media = await openMedia(host, ISO);
    return (await planExtraction(host, media.tree!, { dest: "D:\\copy" })).leftOut;
  };
  changed(image, 256 * SECTOR, (anchor) => {
    new DataView(anchor.buffer).setUint32(12, 7, true);
    reseal(anchor);
  });
  assert.deepEqual(await plan(), []);
  image.write(32768 + 2 * SECTOR, image.slice(32768, 3 * SECTOR));
  const iso = buildIso([{ name: "README.TXT;1", bytes: utf8("This disc contains UDF") }]);
  image.write(32768, iso.slice(32768, 2 * SECTOR));
  image.write(24 * SECTOR, iso.slice(24 * SECTOR, 8 * SECTOR));
  image.write(256 * SECTOR, new Uint8Array(SECTOR));
  assert.match((await plan()).join(), /ISO9660 lists are shown instead/);
});
