import assert from "node:assert/strict";
import { entryNameProblem, openImage } from "../../../src/formats/image/mod.ts";
import { encodeCs0 } from "../../lab/udf_descriptors.ts";
import { udfDirectory, udfFile } from "../../lab/udf_items.ts";
import { writeUdf } from "../../lab/udf_writer.ts";
import { entriesOf } from "./image_oracles.ts";

const one = Uint8Array.of(1);

const BAD: readonly (readonly [string, RegExp])[] = [
  ["", /empty/],
  [".", /another directory/],
  ["..", /another directory/],
  ["a/b", /separator/],
  ["..\\..\\Windows", /separator/],
  ["a\u0000b", /control/],
  ["a\nb", /control/],
  ["a\u007f", /control/],
  ["a\u009b31m", /control/],
  ["a:stream", /holds :/],
  ["C:", /holds :/],
  ["what?", /holds \?/],
  ["a*", /holds \*/],
  ["<a>", /holds </],
  ['"', /holds "/],
  ["a|b", /holds \|/],
  ["dot.", /ends in a dot/],
  ["...", /ends in a dot/],
  ["blank ", /ends in a dot or a blank/],
  ["a".repeat(256), /longer than 255/],
  ["CON", /device CON/],
  ["nul", /device NUL/],
  ["NUL.txt", /device NUL/],
  ["aux .tar.gz", /device AUX/],
  ["com1.txt", /device COM1/],
  ["LPT9", /device LPT9/],
  ["COM0", /device COM0/],
  ["COM\u00b9", /device COM/],
  ["CONIN$", /device CONIN/],
  ["conout$.log", /device CONOUT/],
  ["prn", /device PRN/],
];

for (const [name, pattern] of BAD) {
  Deno.test(`the name ${JSON.stringify(name.slice(0, 20))} is refused`, () => {
    assert.match(entryNameProblem(name) ?? "no problem", pattern);
  });
}

const GOOD = [
  "setup.exe",
  ".hidden",
  "..a",
  "a..b",
  "CONSOLE",
  "com10.txt",
  "COM",
  "lpt",
  "a CON",
  "日本語.txt",
  "a".repeat(255),
  " leading blank",
  "NULL",
  "[x86]",
];

for (const name of GOOD) {
  Deno.test(`the name ${JSON.stringify(name.slice(0, 20))} is taken`, () => {
    assert.equal(entryNameProblem(name), undefined);
  });
}

Deno.test("names that could leave the destination are listed, not safe, and shown harmlessly", async () => {
  const evil = ["..", ".", "a\\..\\..\\b", "a/b", "x:y", "NUL.txt", "tail. "];
  const { image: sparse } = writeUdf(evil.map((name) => udfFile(name, one)));
  const image = await openImage(sparse.source(), { name: "evil" });
  const entries = await entriesOf(image);
  assert.deepEqual(entries.map(({ names }) => names[0]), evil);
  assert.deepEqual(entries.map(({ safe }) => safe), evil.map(() => false));
  assert.deepEqual(
    entries.map(({ path }) => path),
    ["__", "_", "a_.._.._b", "a_b", "x_y", "NUL.txt", "tail. "],
  );
  for (const { problems } of entries) assert.equal(problems[0]?.kind, "name");
});

Deno.test("what lies in an unsafe directory is unsafe too", async () => {
  const inner = [udfDirectory("deep", [udfFile("f.txt", one)])];
  const { image: sparse } = writeUdf([udfDirectory("..", inner), udfDirectory("ok", inner)]);
  const entries = await entriesOf(await openImage(sparse.source(), { name: "evil" }));
  assert.deepEqual(entries.map(({ path, safe }) => [path, safe]), [
    ["__", false],
    ["__\\deep", false],
    ["__\\deep\\f.txt", false],
    ["ok", true],
    ["ok\\deep", true],
    ["ok\\deep\\f.txt", true],
  ]);
});

Deno.test("of names that differ in case only, the first is safe", async () => {
  const { image: sparse } = writeUdf([
    udfFile("Setup.EXE", one),
    udfFile("setup.exe", one),
    udfFile("ÄÖ", one),
    udfFile("äö", one),
    udfFile("ß", one),
    udfFile("SS", one),
    udfDirectory("other", [udfFile("setup.exe", one)]),
  ]);
  const entries = await entriesOf(await openImage(sparse.source(), { name: "double" }));
  assert.deepEqual(entries.filter(({ safe }) => !safe).map(({ path }) => path), [
    "setup.exe",
    "äö",
  ]);
  assert.match(entries[1]!.problems[0]!.message, /the same name already/);
});

Deno.test("links and devices are listed and not safe", async () => {
  const { image: sparse } = writeUdf([
    udfFile("link", one, { fileType: 12 }),
    udfFile("file", one),
  ]);
  const entries = await entriesOf(await openImage(sparse.source(), { name: "links" }));
  assert.deepEqual(entries.map(({ safe }) => safe), [false, true]);
});

Deno.test("a name of 16-bit characters that spells a separator is caught", async () => {
  const rawName = Uint8Array.of(16, ...encodeCs0("日\\..\\x").subarray(1));
  const { image: sparse } = writeUdf([udfFile("x", one, { rawName })]);
  const [entry] = await entriesOf(await openImage(sparse.source(), { name: "wide" }));
  assert.deepEqual([entry?.safe, entry?.path], [false, "日_.._x"]);
});
