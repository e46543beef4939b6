/** Folders of files that are hard to compress or decompress, for wimcapture. */
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { randomNumbers } from "./wim_oracles.ts";

type Random = (below: number) => number;

/** Kinds of content; each brings other parts of a format to work. */
const CONTENTS: readonly ((size: number, random: Random) => Uint8Array)[] = [
  noise,
  words,
  code,
  numbers,
  runs,
];

/** Makes a folder with files of all kinds, also of exactly the sizes of chunks. */
export function makeRandomTree(folder: string, seed: number): void {
  const random = randomNumbers(seed);
  const names = ["ä ö", "日本語", "Ωmega", "a.b.c", "UPPER", "emoji 😀"];
  mkdirSync(folder);
  for (const name of names) mkdirSync(`${folder}/${name}`);
  mkdirSync(`${folder}/日本語/空`);
  const sizes = [0, 1, 2, 3, 17, 4095, 4096, 4097, 32767, 32768, 32769, 65536, 65537, 131072];
  sizes.push(200_000 + random(50_000), 1_100_000 + random(1000));
  sizes.forEach((size, i) => {
    for (const [kind, content] of CONTENTS.entries()) {
      const at = `${folder}/${names[(i + kind) % names.length]}/${size}-${kind}.bin`;
      writeFileSync(at, content(size, random));
      if (i % 5 === 1) linkSync(at, `${folder}/${names[i % names.length]}/link ${size}-${kind}`);
    }
  });
}

function noise(size: number, random: Random): Uint8Array {
  return Uint8Array.from({ length: size }, () => random(256));
}

function words(size: number, random: Random): Uint8Array {
  const list = ["component", "store", "repair", "Windows", "\r\n", " ", "package", "0x800f081f"];
  let text = "";
  while (text.length < size) {
    text += list[random(list.length)]! + (random(9) === 0 ? random(99) : "");
  }
  return new TextEncoder().encode(text.slice(0, size));
}

/** Looks like x86: calls, RIP-relative loads and jumps with targets that come back. */
function code(size: number, random: Random): Uint8Array {
  const bytes = new Uint8Array(size + 16);
  const view = new DataView(bytes.buffer);
  const openings = [
    [0xe8],
    [0xe9],
    [0x48, 0x8d, 0x05],
    [0x48, 0x8b, 0x05],
    [0x4c, 0x8d, 0x15],
    [0xff, 0x15],
    [0xf0, 0x83, 0x05],
    [0x90],
    [0x55, 0x8b, 0xec],
    [0xc3],
  ];
  for (let at = 0; at < size;) {
    const opening = openings[random(openings.length)]!;
    bytes.set(opening, at);
    at += opening.length;
    if (opening.length === 3 && opening[0] === 0x55 || opening[0] === 0x90) continue;
    const target = random(8) === 0 ? random(2 ** 31) : 0x1000 * random(40);
    view.setInt32(at, target - at, true);
    at += 4;
  }
  return bytes.slice(0, size);
}

/** Rising numbers of two and four bytes, as in tables: what delta matches are for. */
function numbers(size: number, random: Random): Uint8Array {
  const bytes = new Uint8Array(size + 8);
  const view = new DataView(bytes.buffer);
  const step = 1 + random(1000);
  for (let at = 0, value = random(2 ** 20); at < size; at += 4, value += step) {
    view.setUint32(at, random(200) === 0 ? random(2 ** 32) : value, true);
  }
  return bytes.slice(0, size);
}

function runs(size: number, random: Random): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const length = 1 + random(random(10) === 0 ? 70_000 : 40);
    bytes.fill(random(4), at, at + length);
    at += length;
  }
  return bytes;
}
