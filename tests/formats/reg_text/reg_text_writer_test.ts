/** The piecewise writer: the same text as from a whole document, whatever the size of its pieces. */
import assert from "node:assert/strict";
import { decodeUtf16, encodeUtf16 } from "../../../src/base/mod.ts";
import {
  formatRegText,
  parseRegText,
  type RegKeyEntry,
  RegTextWriter,
  type RegTextWriterOptions,
} from "../../../src/formats/reg_text/mod.ts";

function written(
  keys: readonly RegKeyEntry[],
  options: RegTextWriterOptions = {},
): { readonly text: string; readonly pieces: number } {
  const pieces: string[] = [];
  const writer = new RegTextWriter((piece) => void pieces.push(decodeUtf16(piece)), options);
  for (const key of keys) {
    writer.key(key.path, { deleted: key.deleted });
    for (const value of key.values) writer.value(value);
  }
  writer.end();
  return { text: pieces.join(""), pieces: pieces.length };
}

function key(name: string, type: number, data: Uint8Array): RegKeyEntry {
  return { path: "K", deleted: false, values: [{ name, deleted: false, type, data }] };
}

Deno.test("RegTextWriter hands a long text on in pieces and loses nothing between them", () => {
  const keys = Array.from({ length: 400 }, (_, index): RegKeyEntry => ({
    path: `HKEY_LOCAL_MACHINE\\K\\${index}`,
    deleted: index % 7 === 0,
    values: index % 7 === 0 ? [] : [
      { name: `v"${index}\\`, deleted: false, type: 3, data: new Uint8Array(2000).fill(index) },
      { name: "s", deleted: false, type: 1, data: encodeUtf16('x\\y"'.repeat(200) + "\0") },
      { name: "gone", deleted: true },
    ],
  }));
  const { text, pieces } = written(keys);
  assert.ok(pieces > 2, `${pieces} pieces`);
  assert.equal(text, formatRegText({ keys }));
  assert.deepEqual(parseRegText(text), { keys });
});

Deno.test("RegTextWriter writes a string that is longer than a piece", () => {
  const keys = [key("n", 1, encodeUtf16('"\\'.repeat(1_500_000) + "\0"))];
  const { text } = written(keys);
  assert.deepEqual(parseRegText(text), { keys });
});

Deno.test("RegTextWriter writes an empty document as its header", () => {
  assert.equal(written([]).text, "Windows Registry Editor Version 5.00\r\n\r\n");
});

Deno.test("RegTextWriter writes half a surrogate pair as bytes only where UTF-8 must hold it", () => {
  const halves = ["\ud800", "a\udc00b", "\udc00\ud800", "\ud83d\ude00\ud83d"];
  for (const half of halves) {
    const keys = [key("n", 1, encodeUtf16(`${half}\0`))];
    assert.match(written(keys).text, /"n"="/);
    assert.match(written(keys, { wellFormed: true }).text, /"n"=hex\(1\):/);
    assert.deepEqual(parseRegText(written(keys, { wellFormed: true }).text), { keys });
  }
  const whole = [key("n", 1, encodeUtf16("\ud83d\ude00\0"))];
  assert.match(written(whole, { wellFormed: true }).text, /"n"="\ud83d\ude00"/);
});
