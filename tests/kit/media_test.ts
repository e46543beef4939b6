/** Media of every kind, opened as the commands open them. */
import assert from "node:assert/strict";
import { FormatError, MedicError, UsageError } from "../../src/base/mod.ts";
import { FAT32_LARGEST, type Media, openMedia, readImageFiles } from "../../src/kit/mod.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import { createRealHost } from "../../src/host/real_host.ts";
import { genisoimagePresent, withFolder } from "../formats/image/image_oracles.ts";
import { corpusWim, WHOLE_FILES, wimtoolsPresent } from "../formats/wim/wim_oracles.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";
import { createLab, type MemoryLab } from "../lab/mod.ts";
import { without } from "../needs.ts";
import {
  cutWim,
  makeIso,
  makeSplitSet,
  makeWim,
  type MediaFiles,
  SETUP_FILES,
} from "./made_media.ts";

const makers = without(genisoimagePresent && wimtoolsPresent);

/** Opens media of a lab, and closes them in the end. */
async function withMedia(
  lab: MemoryLab,
  path: string,
  body: (media: Media) => void | Promise<void>,
): Promise<void> {
  const media = await openMedia(lab.host, path);
  try {
    await body(media);
  } finally {
    await media.close();
  }
}

function putFiles(lab: MemoryLab, folder: string, files: MediaFiles): void {
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    lab.files.put(`${folder}\\${path.replaceAll("/", "\\")}`, bytes);
  }
}

async function fails(lab: MemoryLab, path: string): Promise<MedicError> {
  try {
    await (await openMedia(lab.host, path)).close();
  } catch (error) {
    assert.ok(error instanceof MedicError, String(error));
    return error;
  }
  assert.fail(`${path} was opened`);
}

Deno.test(
  { name: "every whole image file of the corpus is media", ignore: without(corpusPresent) },
  async () => {
    assert.ok(WHOLE_FILES.length > 5);
    const lab = await createLab();
    for (const name of WHOLE_FILES) {
      const path = `E:\\${name.replace(/\.gz$/, "")}`;
      const bytes = corpusWim(name);
      lab.files.put(path, bytes);
      await withMedia(lab, path, (media) => {
        assert.equal(media.kind, "wim", name);
        assert.equal(media.tree, undefined);
        assert.equal(media.bytes, bytes.length);
        assert.deepEqual(media.install?.parts, [path]);
        assert.equal(media.install?.format, name.endsWith(".esd") ? "esd" : "wim");
        assert.deepEqual(media.problems, [], name);
      });
    }
  },
);

Deno.test(
  { name: "a disc image of the corpus is media", ignore: without(corpusPresent) },
  async () => {
    const lab = await createLab();
    const path = "E:\\bridge.iso";
    lab.files.put(path, await Deno.readFile(corpusPath("iso/gen-genisoimage-udf102-bridge.iso")));
    await withMedia(lab, path, async (media) => {
      assert.deepEqual([media.kind, media.tree?.format, media.bytes], ["iso", "UDF 1.02", 3082240]);
      assert.equal(media.install?.path, "sources\\install.esd");
      assert.deepEqual(media.install?.wim.images.map(({ editionId }) => editionId), [
        "Professional",
        "Core",
      ]);
      assert.deepEqual(media.bootFiles, ["boot\\etfsboot.com", "sources\\boot.wim"]);
      const boot = await media.bootImage();
      assert.deepEqual([boot.image?.path, boot.problems], ["sources\\boot.wim", []]);
      assert.deepEqual(media.problems, []);
    });
  },
);

Deno.test(
  { name: "the same media as ISO, as folder and as drive say the same", ignore: makers },
  async () => {
    const wim = await makeWim([
      { name: "Windows 11 Home", edition: "Core" },
      { name: "Windows 11 Pro", edition: "Professional", ubr: 4061 },
    ]);
    const files = { ...SETUP_FILES, "sources/install.wim": wim };
    const lab = await createLab();
    lab.files.put("E:\\Win11.iso", await makeIso(files));
    putFiles(lab, "E:\\media", files);
    putFiles(lab, "F:", files);
    for (const place of ["E:\\Win11.iso", "E:\\media", "E:\\media\\", "F:", "F:\\"]) {
      await withMedia(lab, place, async (media) => {
        assert.equal(media.kind, place.endsWith(".iso") ? "iso" : "folder");
        assert.equal(media.tree?.label === "CCCOMA_X64FRE", media.kind === "iso");
        assert.deepEqual(
          media.install?.wim.images.map((image) => [image.editionId, image.version?.spBuild]),
          [["Core", 1742], ["Professional", 4061]],
        );
        assert.deepEqual(media.config, {
          edition: { edition: undefined, channel: "Retail", volumeLicence: false },
          languages: ["en-US"],
          oldestUpgrade: { client: 9600, server: 9600 },
          productEditions: ["Professional", "Core"],
          build: { architecture: "amd64", branch: "ge_release" },
        });
        assert.deepEqual(media.bootFiles, [
          "bootmgr",
          "bootmgr.efi",
          "boot\\bcd",
          "efi\\boot\\bootx64.efi",
          "efi\\boot\\bootaa64.efi",
          "efi\\microsoft\\boot\\bcd",
        ]);
        assert.deepEqual(media.problems, []);
        assert.deepEqual(await media.bootImage(), { image: undefined, problems: [] });
        const { entries, leftOut } = await readImageFiles(media.install!.wim, 2);
        const text = [...entries].find(({ path }) => path.endsWith("\\edition.txt"));
        assert.deepEqual([text?.size, leftOut], ["Windows 11 Pro".length, []]);
      });
    }
  },
);

Deno.test({
  name: "media for two architectures have two images and their settings",
  ignore: makers,
}, async () => {
  const lab = await createLab();
  putFiles(lab, "E:\\dual", {
    "bootmgr": "b",
    "x64/sources/install.wim": await makeWim([{ name: "64", edition: "Core" }]),
    "x86/sources/install.wim": await makeWim([{ name: "32", edition: "Core", architecture: 0 }]),
    "x86/sources/ei.cfg": "[EditionID]\nCore\n[Channel]\nOEM\n[VL]\n0\n",
    "x64/sources/boot.wim": await makeWim([{ name: "Setup", edition: "WindowsPE" }]),
  });
  await withMedia(lab, "E:\\dual", async (media) => {
    assert.deepEqual(
      media.installs.map(({ path, wim }) => [path, wim.images[0]?.architecture]),
      [["x64\\sources\\install.wim", 9], ["x86\\sources\\install.wim", 0]],
    );
    assert.equal(media.install, media.installs[0]);
    assert.equal(media.config.edition?.edition, "Core");
    const boot = await media.bootImage();
    assert.equal(boot.image?.path, "x64\\sources\\boot.wim");
    assert.equal(boot.image?.wim.images[0]?.name, "Setup");
  });
});

Deno.test({
  name: "a split set opens from any part, and says which one is missing",
  ignore: without(wimtoolsPresent),
}, async () => {
  const parts = await makeSplitSet();
  assert.ok(parts.length >= 3, `${parts.length} parts`);
  const lab = await createLab();
  const name = (i: number) => `install${i === 0 ? "" : i + 1}.swm`;
  parts.forEach((part, i) => {
    lab.files.put(`E:\\whole\\${name(i)}`, part);
    lab.files.put(`F:\\media\\sources\\${name(i)}`, part);
  });
  for (const start of [name(0), name(1), name(parts.length - 1)]) {
    await withMedia(lab, `E:\\whole\\${start}`, async ({ install, problems, bytes }) => {
      assert.deepEqual(problems, []);
      assert.deepEqual(install?.parts, parts.map((_, i) => `E:\\whole\\${name(i)}`), start);
      assert.equal(bytes, parts.reduce((sum, part) => sum + part.length, 0));
      const { entries } = await readImageFiles(install!.wim, 1);
      assert.deepEqual([...entries].map(({ complete }) => complete), [true, true, true]);
    });
  }
  lab.files.erase("E:\\whole\\install2.swm");
  lab.files.erase("F:\\media\\sources\\install2.swm");
  for (const place of ["E:\\whole\\install.swm", "F:\\media", "E:\\whole\\install3.swm"]) {
    await withMedia(lab, place, async ({ install, problems }) => {
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, /has [0-9]+ parts; missing: 2$/);
      const { entries } = await readImageFiles(install!.wim, 1);
      const lost = [...entries].filter(({ complete }) => !complete);
      assert.ok(lost.length > 0 && lost.length < 3, place);
      assert.match(lost[0]!.problems[0]!, /^Its content is not here/);
    });
  }
});

Deno.test("nothing, no media, and damaged files are told apart", async () => {
  const lab = await createLab();
  for (const path of ["E:\\none.iso", "Q:", "E:\\none\\install.wim"]) {
    const error = await fails(lab, path);
    assert.ok(error instanceof UsageError, `${path}: ${error.message}`);
    assert.match(error.next ?? "", /ISO, WIM, ESD or SWM/);
  }
  lab.files.put("E:\\text.iso", new TextEncoder().encode("no image at all\n".repeat(9999)));
  lab.files.put("E:\\empty.iso", new Uint8Array());
  lab.files.put("E:\\short.wim", writeWim().slice(0, 100));
  lab.files.put("E:\\cut.wim", writeWim().slice(0, -20));
  for (const path of ["E:\\text.iso", "E:\\empty.iso", "E:\\short.wim", "E:\\cut.wim"]) {
    assert.equal((await fails(lab, path)).code, "damagedFile", path);
  }
  assert.ok(await fails(lab, "E:\\text.iso") instanceof FormatError);
  assert.match((await fails(lab, "E:\\cut.wim")).message, /is cut off: it has [0-9]+ bytes/);
});

Deno.test("an image that FAT32 has cut is told as such, also inside of media", async () => {
  const lab = await createLab();
  lab.files.put("E:\\install.wim", cutWim(FAT32_LARGEST));
  lab.files.put("E:\\media\\sources\\install.wim", cutWim(FAT32_LARGEST));
  lab.files.put("E:\\other\\sources\\install.wim", cutWim(FAT32_LARGEST - 1));
  const cut = /is cut off: it has 42949672\d\d bytes, its header says at least 5000001000/;
  const alone = await fails(lab, "E:\\install.wim");
  assert.match(alone.message, cut);
  assert.match(alone.message, /: FAT32 holds no more of a file$/);
  await withMedia(lab, "E:\\media", ({ install, problems }) => {
    assert.equal(install, undefined);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, cut);
    assert.match(problems[0]!, /FAT32/);
  });
  await withMedia(lab, "E:\\other", ({ problems }) => {
    assert.match(problems[0]!, cut);
    assert.doesNotMatch(problems[0]!, /FAT32/);
  });
});

Deno.test("a folder without an image is opened, and a damaged image does not hide a good one", async () => {
  const lab = await createLab();
  putFiles(lab, "E:\\pe", { "bootmgr": "b", "sources/boot.wim": writeWim() });
  await withMedia(lab, "E:\\pe", async (media) => {
    assert.deepEqual([media.install, media.installs, media.problems], [undefined, [], []]);
    assert.equal((await media.bootImage()).image?.wim.images.length, 1);
  });
  putFiles(lab, "E:\\two", {
    "sources/install.wim": "MSWIM\0\0\0 and nothing else",
    "sources/install.esd": writeWim(),
    "sources/boot.wim": "damaged",
  });
  await withMedia(lab, "E:\\two", async (media) => {
    assert.equal(media.install?.path, "sources\\install.esd");
    assert.equal(media.problems.length, 1);
    assert.match(media.problems[0]!, /^sources\\install\.wim: Cannot read/);
    const boot = await media.bootImage();
    assert.equal(boot.image, undefined);
    assert.match(boot.problems[0]!, /^sources\\boot\.wim: Cannot read/);
  });
});

Deno.test(
  { name: "a download that was cut off says how many bytes are missing", ignore: makers },
  async () => {
    const wim = await makeWim([{ name: "Pro", edition: "Professional" }]);
    const noise = new Uint8Array(2_000_000).fill(7);
    const whole = await makeIso({ ...SETUP_FILES, "sources/install.wim": wim, "zz.bin": noise });
    const lab = await createLab();
    lab.files.put("E:\\cut.iso", whole.slice(0, whole.length - 300 * 2048));
    await withMedia(lab, "E:\\cut.iso", ({ problems, tree }) => {
      assert.ok(tree!.missingBytes >= 100 * 2048, `${tree!.missingBytes}`);
      const expected = `The image is cut off: ${tree!.missingBytes} bytes are missing at its end`;
      assert.ok(problems.includes(expected), problems.join("\n"));
    });
  },
);

Deno.test("entries of an image are marked where Windows could not create them", async () => {
  const lab = await createLab();
  const content = new TextEncoder().encode("text");
  const file = (name: string) => ({ name, content });
  const root = {
    name: "",
    children: [
      file("good.txt"),
      file("GOOD.TXT"),
      file("nul"),
      file(".."),
      { name: "a?b", attributes: 0x10, children: [file("inside")] },
      file("a?b.txt"),
    ],
  };
  lab.files.put("E:\\odd.wim", writeWim({ root }));
  await withMedia(lab, "E:\\odd.wim", async ({ install }) => {
    const { entries, leftOut } = await readImageFiles(install!.wim, 1);
    assert.deepEqual([...entries].map(({ path, size, safe }) => [path, size, safe]), [
      ["good.txt", 4, true],
      ["GOOD.TXT", 4, false],
      ["nul", 4, false],
      ["a?b", 0, false],
      ["a?b\\inside", 4, false],
      ["a?b.txt", 4, false],
    ]);
    assert.deepEqual(leftOut, ['".." is left out: its name would lead out of its folder']);
  });
});

Deno.test("what Windows keeps at the root of a drive is no part of media", async () => {
  const lab = await createLab();
  for (
    const path of ["System Volume Information\\a", "$RECYCLE.BIN\\b", "sources\\$Recycle.bin\\c"]
  ) {
    lab.files.put(`E:\\stick\\${path}`, new Uint8Array(1));
  }
  await withMedia(lab, "E:\\stick", async ({ tree }) => {
    const entries = await Array.fromAsync(tree!.entries());
    assert.deepEqual(entries.map(({ path }) => path), [
      "sources",
      "sources\\$Recycle.bin",
      "sources\\$Recycle.bin\\c",
    ]);
    assert.deepEqual(tree!.warnings(), []);
  });
});

Deno.test({
  name: "names of a folder that Windows forbids are left out and told; the others are there",
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/sources/a:b`, { recursive: true });
    for (const name of ["sources/a:b/inner", "sources/what?.txt", "back\\slash", "plain.txt"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "x");
    }
    const media = await openMedia(await createRealHost(), folder);
    const entries = await Array.fromAsync(media.tree!.entries());
    assert.deepEqual(entries.map(({ path }) => path).sort(), ["plain.txt", "sources"]);
    const told = media.tree!.warnings();
    assert.deepEqual(told.map(({ effect }) => effect), ["passed", "passed", "passed"]);
    assert.match(told[0]!.message, /^"back_slash" in the root is left out/);
    await media.close();
  });
});

Deno.test("a text of media in a bad sector is told, and the images are there all the same", async () => {
  const lab = await createLab();
  lab.files.put("E:\\kit\\sources\\install.wim", writeWim());
  lab.files.put("E:\\kit\\sources\\ei.cfg", new TextEncoder().encode("[EditionID]\r\nCore\r\n"));
  lab.files.put("E:\\kit\\sources\\lang.ini", new TextEncoder().encode("[x]"));
  lab.files.setFault("E:\\kit\\sources\\ei.cfg", { fault: "disk-error" });
  await withMedia(lab, "E:\\kit", (media) => {
    assert.equal(media.installs.length, 1);
    assert.equal(media.problems.length, 1);
    assert.match(media.problems[0]!, /^sources\\ei\.cfg: .*read or write error/);
    assert.equal(media.config.edition, undefined);
    assert.deepEqual(media.config.languages, []);
    return Promise.resolve();
  });
});
