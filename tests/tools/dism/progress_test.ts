import assert from "node:assert/strict";
import { consoleEvents } from "../../../src/base/mod.ts";
import { DismProgressReader } from "../../../src/tools/dism/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";
import { recordedText } from "../../lab/recorded/recorded.ts";
import { progressOf } from "../outcome.ts";
import { without } from "../../needs.ts";

const percents = (text: string) =>
  progressOf(new DismProgressReader(), consoleEvents(text)).map((progress) => progress.percent);

Deno.test("DismProgressReader reads a rewritten bar, the verdict behind it included", () => {
  assert.deepEqual(percents(recordedText("dism-19041-en-scanhealth-glued")), [3.8, 20.1, 61, 100]);
});

Deno.test("DismProgressReader reads piped steps and a localised decimal", () => {
  assert.deepEqual(percents("\r[=    4.9%     ] \r\n\r[==  57.1%=    ] \r\n"), [4.9, 57.1]);
  assert.deepEqual(percents(recordedText("dism-26100-de-repairable")), [100]);
});

Deno.test("DismProgressReader reads bars of 58 and 60 cells", () => {
  for (const cells of [58, 60]) {
    const side = " ".repeat(cells / 2 - 3);
    assert.deepEqual(percents(`\r[${side}5.0%${side}]\r\n`), [5]);
  }
});

Deno.test("DismProgressReader tells each step once and nothing about other lines", () => {
  assert.deepEqual(percents("[= 5.0% ]\n[= 5.0% ]\n[== 6.0% ]\n"), [5, 6]);
  assert.deepEqual(percents("100.0%\n[abc 4.0%]\n[== 400.0% ==]\nVersion: 10.0\n"), []);
});

Deno.test("DismProgressReader names the package at work", () => {
  const text = "Processing 2 of 3 - Adding package Alpha~1~amd64~~1.0\r\n\r[= 5.0% ] \r\n";
  const progress = progressOf(new DismProgressReader(), consoleEvents(text));
  assert.equal(progress[0]?.percent, undefined);
  assert.match(progress[1]?.message ?? "", /2 of 3/);
  assert.equal(progress[1]?.percent, 5);
});

Deno.test({
  name: "DismProgressReader reads all steps of the captured scan (needs the corpus)",
  ignore: without(corpusPresent),
  fn: () => {
    const path = corpusPath("console/dism-scanhealth-progress.excerpt.txt");
    const found = percents(Deno.readTextFileSync(path));
    assert.equal(found.length, 15);
    assert.deepEqual([found[0], found.at(-1)], [4.9, 100]);
  },
});
