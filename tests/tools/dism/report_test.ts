import assert from "node:assert/strict";
import { decodeConsole } from "../../../src/base/mod.ts";
import { parseDism, parseHealth } from "../../../src/tools/dism/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";
import { recordedText } from "../../lab/recorded/recorded.ts";
import { outcomeOf } from "../outcome.ts";
import { without } from "../../needs.ts";

const BANNER =
  "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.26100.8972\r\n\r\n";

Deno.test("parseDism() reads both versions of the banner", () => {
  const report = parseDism(outcomeOf(`${BANNER}Image Version: 10.0.26200.9457\r\n\r\n`));
  assert.equal(report.toolVersion, "10.0.26100.8972");
  assert.equal(report.imageVersion, "10.0.26200.9457");
  assert.equal(report.error, undefined);
});

Deno.test("parseDism() has no image version if no session was opened", () => {
  const report = parseDism(outcomeOf(`${BANNER}\r\nError: 11\r\n\r\nBad format.\r\n`, 11));
  assert.equal(report.toolVersion, "10.0.26100.8972");
  assert.equal(report.imageVersion, undefined);
});

Deno.test("parseDism() reads code, text and log of an error block", () => {
  const text = `${BANNER}\r\nError: 0x800f0915\r\n\r\nThe repair content could not be found ` +
    "anywhere.\r\nSecond line.\r\n\r\nThe DISM log file can be found at E:\\my logs\\dism.log\r\n";
  const { error } = parseDism(outcomeOf(text, -2146498283));
  assert.equal(error?.code, 0x800f0915);
  assert.equal(error?.text, "The repair content could not be found anywhere.\nSecond line.");
  assert.equal(error?.logPath, "E:\\my logs\\dism.log");
});

Deno.test("parseDism() reads a German and a Japanese error by its code", () => {
  const german = parseDism(outcomeOf(recordedText("dism-26100-de-elevation"), 740));
  assert.equal(german.error?.code, 740);
  assert.match(german.error?.text ?? "", /erhöhte Rechte/);
  const japanese = parseDism(
    outcomeOf(recordedText("dism-26100-ja-source-missing"), -2146498529),
  );
  assert.equal(japanese.error?.code, 0x800f081f);
  assert.equal(japanese.error?.logPath, "E:\\logs\\dism.log");
});

Deno.test("parseDism() does not take any number after a colon for a foreign error", () => {
  const report = parseDism(outcomeOf("Index: 7\r\nFehler: 87\r\n", 740));
  assert.equal(report.error?.code, 740);
  assert.equal(parseDism(outcomeOf("Index: 7\r\n")).error, undefined);
});

Deno.test("parseDism() takes the exit code if nothing was printed", () => {
  assert.equal(parseDism(outcomeOf("", -1073741510)).error?.code, 0xc000013a);
  assert.equal(parseDism(outcomeOf("", 1726)).error?.code, 1726);
});

Deno.test("parseDism() believes an English error although the exit code is 0", () => {
  assert.equal(parseDism(outcomeOf("Error: 0x800f081f\r\n")).error?.code, 0x800f081f);
});

Deno.test("parseDism() knows restarts by exit code and by text", () => {
  assert.equal(parseDism(outcomeOf("", 3010)).restartRequired, true);
  assert.equal(parseDism(outcomeOf("", 3010)).error, undefined);
  const text = "Restart Windows to complete this operation.\r\n";
  assert.equal(parseDism(outcomeOf(text)).restartRequired, true);
  assert.equal(
    parseDism(outcomeOf("The operation completed successfully.")).restartRequired,
    false,
  );
});

Deno.test({
  name: "parseHealth() reads the captured scan (needs the corpus)",
  ignore: without(corpusPresent),
  fn: () => {
    const answer = parseHealth(outcomeOf(corpusText("dism-scanhealth-progress.excerpt.txt")));
    assert.equal(answer.kind === "done" && answer.value.verdict, "repairable");
  },
});

Deno.test({
  name: "parseDism() reads the captured failure (needs the corpus)",
  ignore: without(corpusPresent),
  fn: () => {
    const text = corpusText("dism-restorehealth-0x800f0915.excerpt.txt");
    const report = parseDism(outcomeOf(text, -2146498283));
    assert.equal(report.imageVersion, "10.0.26200.9457");
    assert.equal(report.error?.code, 0x800f0915);
    assert.equal(report.error?.logPath, "C:\\WINDOWS\\Logs\\DISM\\dism.log");
  },
});

function corpusText(name: string): string {
  const bytes = Deno.readFileSync(corpusPath(`console/${name}`));
  return decodeConsole(bytes, { encoding: "oem", codePage: 437 });
}
