import assert from "node:assert/strict";
import { pathMatcher, pathSelection } from "../../src/kit/mod.ts";

/** Pattern, what it means, what it does not. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["sources\\*", ["sources\\install.wim", "SOURCES\\sxs"], ["sources", "sources\\sxs\\a.cab"]],
  ["sources/*", ["sources\\install.wim"], ["sources\\sxs\\a.cab"]],
  ["sources", ["sources", "Sources\\sxs\\a.cab"], ["sources2", "x\\sources"]],
  ["sources\\", ["sources\\a"], ["sourcesa"]],
  ["**", ["a", "a\\b\\c"], []],
  ["**\\*.inf", ["a.inf", "a\\b.INF", "a\\b\\c.inf"], ["a.info", "a.inf\\b"]],
  ["sources\\**", ["sources", "sources\\a", "sources\\a\\b"], ["a\\sources"]],
  ["**\\en-us\\**", ["en-us\\a", "a\\en-us\\b\\c"], ["a\\de-de\\b"]],
  ["boot?.wim", ["boot1.wim"], ["boot.wim", "boot12.wim"]],
  ["*a*b", ["ab", "xaxb", "aab", "abab"], ["ba", "abx"]],
  ["*.swm", ["install2.swm"], ["install.swmx", "sources\\install.swm"]],
  [".", ["a", "b\\c"], []],
  ["a.b", ["a.b"], ["axb"]],
];

for (const [pattern, yes, no] of CASES) {
  Deno.test(`pathMatcher() takes ${pattern} for what it says`, () => {
    const match = pathMatcher(pattern);
    for (const path of yes) assert.equal(match(path), true, path);
    for (const path of no) assert.equal(match(path), false, path);
  });
}

Deno.test("pathMatcher() does not slow down on patterns of many stars", () => {
  const began = performance.now();
  const stars = pathMatcher(`${"*a".repeat(60)}b`);
  assert.equal(stars("a".repeat(5000)), false);
  const folders = pathMatcher(`${"**\\a\\".repeat(40)}b`);
  assert.equal(folders("a\\".repeat(400) + "c"), false);
  assert.ok(performance.now() - began < 2000);
});

Deno.test("pathSelection() adds patterns up and takes away those behind !", () => {
  const all = pathSelection([]);
  assert.equal(all("a\\b"), true);
  const some = pathSelection(["sources", "*.exe"]);
  assert.deepEqual(["sources\\a", "setup.exe", "boot\\a"].map(some), [true, true, false]);
  const without = pathSelection(["!sources\\install.*"]);
  assert.deepEqual(["sources\\INSTALL.wim", "sources\\a", "b"].map(without), [false, true, true]);
  const both = pathSelection(["sources", "!**\\*.cab"]);
  assert.deepEqual(["sources\\a", "sources\\x\\a.cab", "b"].map(both), [true, false, false]);
});
