/** Thousands of odd image XML: typed errors or sound images, little memory, no hang. */
import assert from "node:assert/strict";
import { type ByteSource, MedicError } from "../../../src/base/mod.ts";
import { openWim, type WimImage } from "../../../src/formats/wim/mod.ts";
import { imageXml } from "../../cli/source_images.ts";
import { openBytes, randomNumbers } from "./wim_oracles.ts";
import { resourceEntry, writeWim } from "./wim_writer.ts";

const WHOLE = imageXml([{ name: "Home", edition: "Core" }, { ubr: 1 }, { architecture: 12 }]);

/** What is put in anywhere. */
const PIECES = [
  "<",
  ">",
  "</IMAGE>",
  '<IMAGE INDEX="1">',
  '<IMAGE INDEX="99999999999999999999"/>',
  '<IMAGE INDEX="-1"/>',
  "<WIM>",
  "</WIM>",
  "&lt;",
  "&nothing;",
  "&#0;",
  "&#x10ffff;",
  "&#xd800;",
  "<![CDATA[",
  "]]>",
  "<!--",
  "-->",
  "<?pi?>",
  '<!DOCTYPE WIM [<!ENTITY a "b">]>',
  "\u0000",
  "\ud800",
  "\ufeff",
  "\u202e",
  '"',
  "0x7fffffffffffff",
  "18446744073709551615",
  "-1",
  "1e9",
  "NaN",
  "<ESD><ENCRYPTED/></ESD>",
];

/** In the place of a number: the document stays well-formed. */
const NUMBERS = [
  "",
  "0",
  "-1",
  "1",
  "2",
  "99999",
  "0x10",
  "0x7fffffffffffff",
  "9".repeat(20),
  "1e9",
];

/** Elements without others in them, and whole images. */
const LEAF = /<([A-Z]+)>[^<]*<\/\1>/g;
const IMAGE = /<IMAGE.*?<\/IMAGE>/g;

function mutate(random: (below: number) => number): string {
  let text = WHOLE;
  const choose = (pieces: readonly string[]) => pieces[random(pieces.length)]!;
  for (let change = random(5); change >= 0; change--) {
    const at = random(text.length);
    const kind = random(16);
    const edit = (pattern: RegExp, make: (old: string) => string) => {
      text = replaceOne(text, { pattern, make, random });
    };
    if (kind === 0) text = text.slice(0, at) + choose(PIECES) + text.slice(at);
    else if (kind === 1) text = text.slice(0, at) + text.slice(at + 1 + random(40));
    else if (kind < 7) edit(/\d+/g, () => choose(NUMBERS));
    else if (kind < 10) edit(LEAF, () => "");
    else if (kind < 13) edit(LEAF, (old) => old + old);
    else if (kind < 15) edit(LEAF, () => `<NAME>${choose(NUMBERS)}</NAME>`);
    else edit(IMAGE, (old) => random(2) === 0 ? "" : old + old);
  }
  return text;
}

function replaceOne(
  text: string,
  { pattern, make, random }: {
    readonly pattern: RegExp;
    readonly make: (old: string) => string;
    readonly random: (below: number) => number;
  },
): string {
  const found = [...text.matchAll(pattern)];
  const one = found[random(found.length)];
  return one === undefined
    ? text
    : text.slice(0, one.index) + make(one[0]) + text.slice(one.index + one[0].length);
}

function checkImages(images: readonly WimImage[]): void {
  const seen = new Set<number>();
  for (const { index, architecture, version, totalBytes, fileCount, languages } of images) {
    assert.ok(Number.isSafeInteger(index) && index >= 1 && !seen.has(index), `${index}`);
    seen.add(index);
    for (const value of [architecture, version?.build, version?.spBuild, totalBytes, fileCount]) {
      assert.ok(value === undefined || (Number.isSafeInteger(value) && value >= 0), `${value}`);
    }
    assert.ok(languages.every((language) => language.trim() !== ""));
  }
}

Deno.test("4,000 mutations of the image XML end in sound images or typed errors", async () => {
  const random = randomNumbers(2024);
  let refused = 0;
  for (let round = 0; round < 4000; round++) {
    const bytes = writeWim({ xml: mutate(random), imageCount: 3 });
    const started = performance.now();
    try {
      checkImages((await openBytes(bytes)).images);
    } catch (error) {
      if (!(error instanceof MedicError)) throw new Error(`round ${round}`, { cause: error });
      refused++;
    }
    assert.ok(performance.now() - started < 2_000, `round ${round} took too long`);
  }
  assert.ok(refused > 400 && refused < 3600, `${refused} of 4000 were refused`);
});

Deno.test("XML that grows when it is read, or is nested without end, is refused", async () => {
  const entities = Array.from(
    { length: 12 },
    (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
  );
  const bomb = `<!DOCTYPE WIM [<!ENTITY e0 "bomb">${entities.join("")}]>` +
    '<WIM><IMAGE INDEX="1"><NAME>&e12;</NAME></IMAGE></WIM>';
  const nested = `<WIM>${"<A>".repeat(100_000)}${"</A>".repeat(100_000)}</WIM>`;
  for (const xml of [bomb, nested, `<WIM>${"<A/>".repeat(600_000)}</WIM>`]) {
    const bytes = writeWim({ xml });
    await assert.rejects(openBytes(bytes), /Cannot read the image XML/);
  }
});

/** A file of `size` bytes: this header, then zeros. Counts what is read of it at most at once. */
function hugeFile(header: Uint8Array, size: number): { source: ByteSource; largest(): number } {
  let largest = 0;
  return {
    largest: () => largest,
    source: {
      size,
      read: (offset, length) => {
        largest = Math.max(largest, length);
        assert.ok(length <= 64 * 2 ** 20, `${length} bytes are asked for at once`);
        const bytes = new Uint8Array(length);
        if (offset < header.length) {
          bytes.set(header.subarray(offset, Math.min(header.length, offset + length)));
        }
        return Promise.resolve(bytes);
      },
    },
  };
}

Deno.test("tables of impossible sizes are refused before memory is taken for them", async () => {
  const size = 2 ** 44;
  const whole = writeWim({ xml: imageXml([{}]) });
  for (const bytes of [2 ** 31, 2 ** 40, 2 ** 43]) {
    for (const place of [0x30, 0x48]) {
      const file = whole.slice();
      const entry = resourceEntry({ offset: 2 ** 30, size: bytes, flags: 2 });
      file.set(entry, place);
      const { source } = hugeFile(file, size);
      await assert.rejects(
        async () => {
          const wim = await openWim(source, { name: "huge.wim" });
          await wim.blobs();
          await wim.tree(1);
        },
        MedicError,
        `${bytes} at ${place}`,
      );
    }
  }
});

Deno.test("a tree of an impossible size is refused before memory is taken for it", async () => {
  const whole = writeWim({ xml: imageXml([{}]) });
  const table = new DataView(whole.buffer).getUint32(0x38, true);
  for (const bytes of [2 ** 31, 2 ** 40]) {
    const file = whole.slice();
    file.set(resourceEntry({ offset: 2 ** 30, size: bytes, flags: 2 }), table);
    const { source } = hugeFile(file, 2 ** 44);
    await assert.rejects(async () => {
      await (await openWim(source, { name: "huge.wim" })).tree(1);
    }, MedicError);
  }
});
