import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ConsoleDecoder,
  consoleEvents,
  consoleLines,
  consolePieces,
  consoleTail,
  decodeConsole,
  encodeUtf16,
} from "../../src/base/mod.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

function decodeInPieces(decoder: ConsoleDecoder, pieces: readonly Uint8Array[]): string[] {
  const events = [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.finish()];
  return events.map((event) => `${event.kind} ${event.text}`);
}

Deno.test("ConsoleDecoder parts lines from segments rewritten with CR", () => {
  const decoder = new ConsoleDecoder("oem", 437);
  const bytes = ascii("Beginning.\r\n\r 10%\r 20%\r\nDone");
  assert.deepEqual(decodeInPieces(decoder, [bytes]), [
    "line Beginning.",
    "segment  10%",
    "line  20%",
    "line Done",
  ]);
});

Deno.test("ConsoleDecoder does not take a CR at the end of a piece for a rewrite", () => {
  const decoder = new ConsoleDecoder("oem", 437);
  const pieces = [ascii("a line of text\r"), ascii("\nnext"), ascii("\r"), ascii("\r\n")];
  assert.deepEqual(decodeInPieces(decoder, pieces), ["line a line of text", "line next"]);
});

Deno.test("ConsoleDecoder keeps empty lines and drops empty segments", () => {
  const decoder = new ConsoleDecoder("oem", 437);
  assert.deepEqual(decodeInPieces(decoder, [ascii("\r\n\r\r\r[== ] \r\n\r\n")]), [
    "line ",
    "line [== ] ",
    "line ",
  ]);
});

Deno.test("ConsoleDecoder reads UTF-16LE cut at any byte, with and without mark", () => {
  const text = "\r\nÜberprüfung 42 % abgeschlossen. 検証 😀\r\n";
  for (const start of ["", "\ufeff"]) {
    const bytes = encodeUtf16(start + text);
    for (const size of [1, 2, 3, 5, 7, 4096]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
      const lines = decodeInPieces(new ConsoleDecoder("utf-16le", 437), pieces);
      assert.deepEqual(lines, ["line ", "line Überprüfung 42 % abgeschlossen. 検証 😀"]);
    }
  }
});

Deno.test("ConsoleDecoder falls back to the code page if a wide tool sends 8-bit text", () => {
  const bytes = Uint8Array.of(0x0d, 0x0a, 0x9a, ...ascii("berpr"), 0x81, ...ascii("fung 3 %\r\n"));
  assert.deepEqual(decodeInPieces(new ConsoleDecoder("utf-16le", 850), [bytes]), [
    "line ",
    "line Überprüfung 3 %",
  ]);
});

Deno.test("ConsoleDecoder recognises UTF-16LE from a tool that should send 8-bit text", () => {
  const bytes = encodeUtf16("The type of the file system is NTFS.\r\n");
  assert.deepEqual(decodeInPieces(new ConsoleDecoder("oem", 437), [bytes]), [
    "line The type of the file system is NTFS.",
  ]);
});

Deno.test("ConsoleDecoder shows what stands on an unfinished line", () => {
  const decoder = new ConsoleDecoder("oem", 437);
  decoder.push(ascii("\r[==  12.5%  ] a hang comes"));
  assert.equal(decoder.pending, "[==  12.5%  ] a hang comes");
});

Deno.test("ConsoleDecoder cuts a line that never ends", () => {
  const decoder = new ConsoleDecoder("oem", 437);
  const events = [...decoder.push(ascii("x".repeat(200_000))), ...decoder.finish()];
  assert.ok(events.length >= 1);
  const endless = new ConsoleDecoder("oem", 437);
  let count = 0;
  for (let i = 0; i < 100; i++) count += endless.push(ascii("y".repeat(10_000))).length;
  assert.ok(count > 5, "nothing was let go");
  assert.ok(endless.pending.length <= 0x10000);
});

Deno.test("ConsoleDecoder gives the same events however hostile bytes are cut", () => {
  const cut = fc.record({
    bytes: fc.uint8Array({ minLength: 16, maxLength: 300 }),
    size: fc.integer({ min: 1, max: 50 }),
    encoding: fc.constantFrom("oem" as const, "utf-16le" as const),
  });
  fc.assert(
    fc.property(cut, ({ bytes, size, encoding }) => {
      const whole = decodeInPieces(new ConsoleDecoder(encoding, 850), [bytes]);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
      assert.deepEqual(decodeInPieces(new ConsoleDecoder(encoding, 850), pieces), whole);
    }),
    { seed: 7, numRuns: 300 },
  );
});

Deno.test("decodeConsole() decodes empty, short and whole outputs", () => {
  const wide = { encoding: "utf-16le", codePage: 437 } as const;
  assert.equal(decodeConsole(new Uint8Array(), wide), "");
  assert.equal(decodeConsole(encodeUtf16("A"), wide), "A");
  assert.equal(decodeConsole(Uint8Array.of(0x41, 0, 0x42), wide), "A\ufffd");
  assert.equal(decodeConsole(ascii("ok"), { encoding: "oem", codePage: 437 }), "ok");
});

Deno.test("consoleLines() and consolePieces() differ in rewritten text", () => {
  const text = "\r 1%\r 2%\r\n\r\nend";
  assert.deepEqual(consoleLines(text), [" 2%", "", "end"]);
  assert.deepEqual(consolePieces(text), ["1%", "2%", "end"]);
  assert.equal(consoleEvents(text)[0]?.kind, "segment");
});

Deno.test("consoleTail() gives the last lines that say something", () => {
  assert.equal(consoleTail("a\r\n\r\nb\r\nc\r\n\r\n", 2), "b\nc");
  assert.equal(consoleTail(""), "");
});
