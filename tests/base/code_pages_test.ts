import assert from "node:assert/strict";
import { codePageDecoder, decodeCodePage, knowsCodePage } from "../../src/base/mod.ts";

Deno.test("decodeCodePage() reads German umlauts in 437, 850 and 852", () => {
  const bytes = Uint8Array.of(0x81, 0x84, 0x94, 0x9a, 0x8e, 0x99, 0xe1);
  for (const codePage of [437, 850, 852]) {
    assert.equal(decodeCodePage(bytes, codePage), "üäöÜÄÖß", String(codePage));
  }
});

Deno.test("decodeCodePage() tells the pages apart where they differ", () => {
  const byte = Uint8Array.of(0x9b, 0xa9);
  assert.equal(decodeCodePage(byte, 437), "¢⌐");
  assert.equal(decodeCodePage(byte, 850), "ø®");
  assert.equal(decodeCodePage(byte, 852), "Ťę");
});

Deno.test("decodeCodePage() gives each byte of the own tables one character", () => {
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (const codePage of [437, 850, 852]) {
    const text = decodeCodePage(all, codePage);
    assert.equal(text.length, 256);
    assert.equal(new Set(text).size, 256, `page ${codePage} names a character twice`);
  }
});

Deno.test("decodeCodePage() reads Cyrillic 866 and Western 1252", () => {
  assert.equal(decodeCodePage(Uint8Array.of(0x80, 0xe1), 866), "Ас");
  assert.equal(decodeCodePage(Uint8Array.of(0x80, 0xe9), 1252), "€é");
});

Deno.test("codePageDecoder() keeps half a Japanese character for the next piece", () => {
  const decoder = codePageDecoder(932);
  assert.equal(decoder.decode(Uint8Array.of(0x83)), "");
  assert.equal(decoder.decode(Uint8Array.of(0x47, 0x83)), "エ");
  assert.equal(decoder.end(), "\ufffd");
});

Deno.test("codePageDecoder() reads an unknown page as 437", () => {
  assert.equal(knowsCodePage(850), true);
  assert.equal(knowsCodePage(932), true);
  assert.equal(knowsCodePage(12345), false);
  assert.equal(decodeCodePage(Uint8Array.of(0x41, 0x9b), 12345), "A¢");
});
