import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeUtf16 } from "../../../src/base/mod.ts";
import {
  encodeRegText,
  formatRegText,
  parseRegText,
  type RegDocument,
  type RegValueEntry,
} from "../../../src/formats/reg_text/mod.ts";

function lines(value: RegValueEntry): string[] {
  const text = formatRegText({ keys: [{ path: "K", deleted: false, values: [value] }] });
  return text.split("\r\n").slice(3, -2);
}

function set(name: string, type: number, data: Uint8Array | readonly number[]): RegValueEntry {
  return { name, deleted: false, type, data: Uint8Array.from(data) };
}

Deno.test("formatRegText() writes header, keys, values and blank lines with CRLF", () => {
  const document: RegDocument = {
    keys: [
      {
        path: "HKEY_LOCAL_MACHINE\\SYSTEM\\Select",
        deleted: false,
        values: [set("Current", 4, [1, 0, 0, 0]), set("", 1, encodeUtf16('C:\\a "b"\0'))],
      },
      { path: "HKEY_LOCAL_MACHINE\\SOFTWARE\\Old", deleted: true, values: [] },
      { path: "HKEY_CURRENT_USER", deleted: false, values: [{ name: "x", deleted: true }] },
    ],
  };
  assert.equal(
    formatRegText(document),
    [
      "Windows Registry Editor Version 5.00",
      "",
      "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]",
      '"Current"=dword:00000001',
      '@="C:\\\\a \\"b\\""',
      "",
      "[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Old]",
      "",
      "[HKEY_CURRENT_USER]",
      '"x"=-',
      "",
      "",
    ].join("\r\n"),
  );
});

Deno.test("encodeRegText() is UTF-16LE with a byte order mark", () => {
  const bytes = encodeRegText({ keys: [] });
  assert.deepEqual([...bytes.subarray(0, 4)], [0xff, 0xfe, 0x57, 0]);
  assert.deepEqual(parseRegText(bytes), { keys: [] });
});

Deno.test("formatRegText() writes quotes only for strings that quotes can say", () => {
  assert.deepEqual(lines(set("n", 1, encodeUtf16("text\0"))), ['"n"="text"']);
  assert.deepEqual(lines(set("n", 1, encodeUtf16("a"))), ['"n"=hex(1):61,00']); // no NUL
  assert.deepEqual(lines(set("n", 1, encodeUtf16("\0\0"))), ['"n"=hex(1):00,00,00,00']);
  assert.deepEqual(lines(set("n", 1, [0x61, 0, 0])), ['"n"=hex(1):61,00,00']);
  assert.deepEqual(lines(set("n", 1, encodeUtf16("\n\0"))), ['"n"=hex(1):0a,00,00,00']);
  assert.deepEqual(lines(set("n", 1, [])), ['"n"=hex(1):']);
  assert.deepEqual(lines(set("n", 2, encodeUtf16("%\0"))), ['"n"=hex(2):25,00,00,00']);
});

Deno.test("formatRegText() writes dword only for four bytes", () => {
  assert.deepEqual(lines(set("n", 4, [0xfe, 0xff, 0xff, 0xff])), ['"n"=dword:fffffffe']);
  assert.deepEqual(lines(set("n", 4, [1, 0, 0])), ['"n"=hex(4):01,00,00']);
  assert.deepEqual(lines(set("n", 11, [1, 2])), ['"n"=hex(b):01,02']);
});

// Lines of regedit: 25 bytes after two blanks, and a first line that ends behind column 76.
Deno.test("formatRegText() breaks long data where regedit does", () => {
  const [first, second, third] = lines(set("n", 3, new Uint8Array(60)));
  assert.equal(first, `"n"=hex:${"00,".repeat(23)}\\`);
  assert.equal(second, `  ${"00,".repeat(25)}\\`);
  assert.equal(third, `  ${"00,".repeat(11)}00`);
  const exact = lines(set("n", 3, new Uint8Array(24)));
  assert.deepEqual(exact, [`"n"=hex:${"00,".repeat(23)}\\`, "  00"]);
  assert.deepEqual(lines(set("n", 3, new Uint8Array(23))), [`"n"=hex:${"00,".repeat(22)}00`]);
});

Deno.test("formatRegText() writes the lines of a Windows export again", () => {
  const exported = [
    '"DevicePath"=hex(2):25,00,53,00,79,00,73,00,74,00,65,00,6d,00,52,00,6f,00,6f,\\',
    "  00,74,00,25,00,5c,00,69,00,6e,00,66,00,00,00",
    '"MediaPathUnexpanded"=hex(2):25,00,53,00,79,00,73,00,74,00,65,00,6d,00,52,00,\\',
    "  6f,00,6f,00,74,00,25,00,5c,00,4d,00,65,00,64,00,69,00,61,00,00,00",
    '"ProgramFilesDir"="C:\\\\Program Files"',
  ];
  const text = ["Windows Registry Editor Version 5.00", "", "[K]", ...exported, "", ""].join(
    "\r\n",
  );
  assert.equal(formatRegText(parseRegText(text)), text);
});

/** Code units but for what a line of text cannot carry in a key's name. */
const units = (minLength: number, exclude: RegExp): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0, max: 0xffff })), {
    minLength,
    maxLength: 12,
  }).map((codes) => String.fromCharCode(...codes).replace(exclude, "_"));

const valueEntry: fc.Arbitrary<RegValueEntry> = fc.oneof(
  fc.record({ name: units(0, /(?!)/g), deleted: fc.constant(true as const) }, {
    noNullPrototype: true,
  }),
  fc.record({
    name: units(0, /(?!)/g),
    deleted: fc.constant(false as const),
    type: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 0xffffffff })),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      units(0, /(?!)/g).map((text) => encodeUtf16(text + "\0")),
    ),
  }, { noNullPrototype: true }),
);

const keyEntry = fc.record({
  path: units(1, /^-|[\r\n]|\]/g),
  deleted: fc.boolean(),
  values: fc.array(valueEntry, { maxLength: 6 }),
}, { noNullPrototype: true }).map((key) => key.deleted ? { ...key, values: [] } : key);

Deno.test("parseRegText() reads back what formatRegText() wrote, for any document", () => {
  const document = fc.record({ keys: fc.array(keyEntry, { maxLength: 5 }) }, {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(document, (expected) => {
      assert.deepEqual(parseRegText(formatRegText(expected)), expected);
      assert.deepEqual(parseRegText(encodeRegText(expected)), expected);
    }),
    { seed: 20260105, numRuns: 300 },
  );
});
