import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeUtf16, FormatError } from "../../../src/base/mod.ts";
import { parseRegText, type RegValueEntry } from "../../../src/formats/reg_text/mod.ts";

const HEADER = "Windows Registry Editor Version 5.00\r\n\r\n";

/** The entry of one value line. */
function value(line: string): RegValueEntry {
  const [key] = parseRegText(`${HEADER}[HKEY_LOCAL_MACHINE\\X]\r\n${line}\r\n`).keys;
  assert.equal(key?.values.length, 1);
  return key!.values[0]!;
}

function set(name: string, type: number, data: Uint8Array | readonly number[]): RegValueEntry {
  return { name, deleted: false, type, data: Uint8Array.from(data) };
}

function refuses(text: string | Uint8Array, expected: RegExp): void {
  assert.throws(() => parseRegText(text), (error) => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, expected);
    return true;
  });
}

Deno.test("parseRegText() reads keys in the order of the file", () => {
  const { keys } = parseRegText(`${HEADER}[A\\B]\r\n\r\n[-C]\n[A\\[x]y]\n\n`);
  assert.deepEqual(keys, [
    { path: "A\\B", deleted: false, values: [] },
    { path: "C", deleted: true, values: [] },
    { path: "A\\[x]y", deleted: false, values: [] },
  ]);
});

Deno.test("parseRegText() gives no keys for a header alone", () => {
  assert.deepEqual(parseRegText("Windows Registry Editor Version 5.00"), { keys: [] });
});

Deno.test("parseRegText() reads strings with escapes", () => {
  assert.deepEqual(value('"name"="text"'), set("name", 1, encodeUtf16("text\0")));
  assert.deepEqual(
    value('"a\\\\b\\"c"="C:\\\\d \\"e\\""'),
    set('a\\b"c', 1, encodeUtf16('C:\\d "e"\0')),
  );
  assert.deepEqual(value('@=""'), set("", 1, [0, 0]));
  assert.deepEqual(value('""="x"'), set("", 1, encodeUtf16("x\0")));
  assert.deepEqual(value('"тест"="\ud800"'), set("тест", 1, encodeUtf16("\ud800\0")));
});

Deno.test("parseRegText() reads a string that goes over several lines", () => {
  assert.deepEqual(value('"n"="one\r\ntwo"'), set("n", 1, encodeUtf16("one\r\ntwo\0")));
});

Deno.test("parseRegText() reads dwords of one to eight digits", () => {
  assert.deepEqual(value('"n"=dword:00000102'), set("n", 4, [2, 1, 0, 0]));
  assert.deepEqual(value('"n"=DWORD:fF'), set("n", 4, [255, 0, 0, 0]));
  assert.deepEqual(value('"n" = dword:ffffffff ; all bits'), set("n", 4, [255, 255, 255, 255]));
});

Deno.test("parseRegText() reads bytes of any type", () => {
  assert.deepEqual(value('"n"=hex:01,2,FF'), set("n", 3, [1, 2, 255]));
  assert.deepEqual(value('"n"=hex:'), set("n", 3, []));
  assert.deepEqual(value('"n"=hex(7):61,00,00,00,00,00'), set("n", 7, [0x61, 0, 0, 0, 0, 0]));
  assert.deepEqual(
    value('"n"=hex(b):01,00,00,00,00,00,00,00'),
    set("n", 11, [1, 0, 0, 0, 0, 0, 0, 0]),
  );
  assert.deepEqual(value('"n"=hex(ffff0007):01'), set("n", 0xffff0007, [1]));
  assert.deepEqual(value("@=hex(0):"), set("", 0, []));
});

Deno.test("parseRegText() reads continuation lines", () => {
  assert.deepEqual(value('"n"=hex:01,\\\r\n  02,\\\n\t03'), set("n", 3, [1, 2, 3]));
  assert.deepEqual(value('"n"=hex:\\\r\n  01 ; end'), set("n", 3, [1]));
});

Deno.test("parseRegText() reads deleted values", () => {
  assert.deepEqual(value('"n"=-'), { name: "n", deleted: true });
  assert.deepEqual(value("@=-"), { name: "", deleted: true });
});

Deno.test("parseRegText() skips comments and blank lines", () => {
  const text = `${HEADER}; first\r\n  \r\n[A] ; a key\r\n; "n"="x"\r\n  "m"="y" ; set\r\n`;
  const [key] = parseRegText(text).keys;
  assert.equal(key?.path, "A");
  assert.deepEqual(key?.values.map(({ name }) => name), ["m"]);
});

Deno.test("parseRegText() reads UTF-16LE with a mark, and UTF-8 with and without", () => {
  const text = `${HEADER}[Ключ]\r\n"\ud83d\ude00"="ä"\r\n`;
  const utf8 = new TextEncoder().encode(text);
  const marked = new TextEncoder().encode("\uFEFF" + text);
  const expected = parseRegText(text);
  assert.equal(expected.keys[0]?.path, "Ключ");
  for (const bytes of [encodeUtf16("\uFEFF" + text), utf8, marked]) {
    assert.deepEqual(parseRegText(bytes), expected);
  }
  assert.deepEqual(parseRegText("\uFEFF" + text), expected);
});

Deno.test("parseRegText() refuses what is not version 5", () => {
  refuses("REGEDIT4\r\n\r\n[A]\r\n", /line 1 of the registry text: "REGEDIT4" is not "Windows/);
  refuses("", /line 1 .*"" is not "Windows Registry Editor/);
  refuses(Uint8Array.of(0x57, 0xff, 0xfe, 0x80), /neither UTF-16LE nor UTF-8/);
});

Deno.test("parseRegText() names the line of what it does not understand", () => {
  const cases: [string, RegExp][] = [
    ['"n"="x"', /line 3 .* a value stands before the first key/],
    ["[A", /line 3 .* "\[A" has no "\]" at its end/],
    ["[A] x", /line 3 .* has no "\]" at its end/],
    ["[]", /line 3 .* the key has no name/],
    ["[A]\nrubbish", /line 4 .* "rubbish" is no key, value or comment/],
    ['[A]\n"n" "x"', /line 4 .* there is no "=" after the name "n"/],
    ['[A]\n"n"=x', /line 4 .* "x" is no string, dword or hex/],
    ['[A]\n"n"=', /line 4 .* "" is no string, dword or hex/],
    ['[A]\n\n"n"="x', /line 5 .* quote that is opened there is never closed/],
    ['[A]\n"n"="C:\\dir"', /line 4 .* a single "\\" stands in quotes/],
    ['[A]\n"n"="x" y', /line 4 .* "y" does not belong there/],
    ['[A]\n"n"=dword:', /line 4 .* one to eight hexadecimal digits/],
    ['[A]\n"n"=dword:123456789', /line 4 .* one to eight hexadecimal digits/],
    ['[A]\n"n"=hex:01,', /line 4 .* after a "," comes a byte/],
    ['[A]\n"n"=hex:001', /line 4 .* "001" does not belong there/],
    ['[A]\n"n"=hex:01,zz', /line 4 .* after a "," comes a byte/],
    ['[A]\n"n"=hex:01 02', /line 4 .* "02" does not belong there/],
    ['[A]\n"n"=hex(x):01', /line 4 .* type in "hex\(...\):" is not/],
    ['[A]\n"n"=hex(123456789):01', /line 4 .* type in "hex\(...\):" is not/],
    ['[A]\n"n"=hex:01,\\', /the text ends after "\\"/],
    ['[A]\n"n"=hex:01,\\\n[B]', /line 5 .* after a "," comes a byte/],
    ['[-A]\n"n"="x"', /line 4 .* a value stands under the deleted key "A"/],
  ];
  for (const [text, expected] of cases) refuses(HEADER.replaceAll("\r", "") + text, expected);
});

Deno.test("parseRegText() gives a document or a FormatError for any text", () => {
  const piece = fc.constantFrom(
    "[A]\r\n",
    "[-B]\n",
    '"n"=',
    '"x"',
    "hex:",
    "hex(7):",
    "01,02",
    ",\\\r\n  ",
    "dword:",
    "00000001",
    "@=",
    "-",
    "\\",
    '"',
    ";",
    "\r\n",
    "\n",
    " ",
    "\0",
    "ÿ",
  );
  let read = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
      try {
        parseRegText(HEADER + pieces.join(""));
        read++;
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    { seed: 20260103, numRuns: 2000 },
  );
  assert.ok(read > 0 && read < 2000, `${read} read`);
});

Deno.test("parseRegText() gives a document or a FormatError for any bytes", () => {
  const header = encodeUtf16("\uFEFF" + HEADER);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, headed) => {
      const input = headed ? Uint8Array.from([...header, ...bytes]) : bytes;
      try {
        parseRegText(input);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    { seed: 20260104, numRuns: 1000 },
  );
});

Deno.test("parseRegText() is fast with long data", () => {
  const line = Array.from({ length: 25 }, () => "00").join(",");
  const text = `${HEADER}[A]\r\n"n"=hex:${Array(20_000).fill(line).join(",\\\r\n  ")}\r\n`;
  const start = performance.now();
  const [key] = parseRegText(text).keys;
  assert.ok(performance.now() - start < 3000);
  const entry = key!.values[0]!;
  assert.ok(!entry.deleted && entry.data.length === 500_000);
});
