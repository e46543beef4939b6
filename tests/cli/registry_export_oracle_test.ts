/**
 * `registry export` beside `hivexregedit --export`, whole hives of the corpus. In a file of its own
 * because the other program takes its time.
 */
import assert from "node:assert/strict";
import { decodeLatin1, ExitCode } from "../../src/base/mod.ts";
import { parseRegText, type RegDocument } from "../../src/formats/reg_text/mod.ts";
import { askOracle, hivexregeditPresent } from "../formats/hive_oracles.ts";
import { corpusFiles, readCorpus } from "../formats/regf/corpus_hives.ts";
import { createLab } from "../lab/mod.ts";
import { without } from "../needs.ts";
import { runCli } from "../run_cli.ts";

const OUT = "E:\\out.reg";

/** A document as a map: keys in any case and order, values in any order. */
function content(document: RegDocument, prefix: string): Map<string, Map<string, string>> {
  const keys = new Map<string, Map<string, string>>();
  for (const { path, values } of document.keys) {
    const name = path.slice(prefix.length).replace(/^\\+/, "");
    const entries = keys.get(name) ?? new Map<string, string>();
    for (const value of values) {
      if (value.deleted) continue;
      entries.set(value.name, `${value.type}:${decodeLatin1(value.data)}`);
    }
    keys.set(name, entries);
  }
  return keys;
}

/** What hivexregedit cannot write as text that can be read again. */
const UNREADABLE_NAMES = /BogusKeyNames/;

/** Without PERL_UNICODE it prints names in one code page or another, as they come. */
const EXPORT = ["--export", "$FILE", "\\"];

const ORACLE = hivexregeditPresent && corpusFiles("hives-clean").length > 0;

Deno.test({
  name: "registry export equals hivexregedit --export in content, on every sound hive",
  ignore: without(ORACLE),
  async fn() {
    let compared = 0;
    for (const file of corpusFiles("hives-clean")) {
      const bytes = readCorpus(file);
      const oracle = askOracle("env", ["PERL_UNICODE=SO", "hivexregedit", ...EXPORT], bytes);
      if (oracle.code !== 0 || UNREADABLE_NAMES.test(file)) continue;
      const lab = await createLab();
      lab.files.put("E:\\hive", bytes);
      const run = await runCli(
        lab,
        "registry",
        "export",
        "E:\\hive",
        "--output",
        OUT,
        "--no-replay",
      );
      assert.ok(run.code === 0 || run.code === ExitCode.partial, `${file}: ${run.stderr}`);
      const ours = content(parseRegText(await lab.files.read(OUT)), "HKEY_LOCAL_MACHINE\\hive");
      const theirs = content(parseRegText(oracle.stdout), "");
      compareContent(file, ours, theirs);
      compared++;
    }
    assert.ok(compared >= 20, `only ${compared} hives were compared`);
  },
});

function compareContent(
  file: string,
  ours: Map<string, Map<string, string>>,
  theirs: Map<string, Map<string, string>>,
): void {
  assert.equal(ours.size, theirs.size, `${file}: number of keys`);
  for (const [path, values] of ours) {
    assert.ok(theirs.has(path), `${file}: hivexregedit has no "${path}"`);
    assert.deepEqual(values, theirs.get(path), `${file}: ${path}`);
  }
}
