import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { compareNames, lhHash, upcaseText, upcaseUnit } from "../../../src/formats/regf/mod.ts";
import { ntfsToolsPresent } from "../hive_oracles.ts";
import { without } from "../../needs.ts";

Deno.test({
  name: "upcaseUnit() agrees with the $UpCase file of an NTFS volume (needs mkntfs, ntfscat)",
  ignore: without(ntfsToolsPresent),
  fn() {
    const folder = Deno.makeTempDirSync({ prefix: "pemedic-upcase-" });
    try {
      const image = `${folder}/ntfs.img`;
      Deno.writeFileSync(image, new Uint8Array(4 * 2 ** 20));
      assert.equal(spawnSync("mkntfs", ["-F", "-q", image]).status, 0);
      const table = spawnSync("ntfscat", ["-i", "10", image], { maxBuffer: 2 ** 20 }).stdout;
      assert.equal(table.length, 0x20000);
      for (let unit = 0; unit < 0x10000; unit++) {
        const expected = table.readUInt16LE(2 * unit);
        if (upcaseUnit(unit) !== expected) assert.equal(upcaseUnit(unit), expected, `unit ${unit}`);
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

Deno.test("upcaseUnit() differs from JavaScript where Windows does", () => {
  assert.equal(upcaseUnit("a".charCodeAt(0)), "A".charCodeAt(0));
  assert.equal(upcaseUnit("ÿ".charCodeAt(0)), "Ÿ".charCodeAt(0));
  assert.equal(upcaseUnit("ß".charCodeAt(0)), "ß".charCodeAt(0));
  assert.equal(upcaseUnit("µ".charCodeAt(0)), "µ".charCodeAt(0)); // JavaScript: Greek M
  assert.equal(upcaseUnit("ı".charCodeAt(0)), "ı".charCodeAt(0)); // JavaScript: I
});

Deno.test("upcaseText() keeps length, surrogates and NULs", () => {
  assert.equal(upcaseText("straße\0\ud800x\u{10428}"), "STRAßE\0\ud800X\u{10428}");
  assert.equal(upcaseText("ALREADY"), "ALREADY");
  assert.equal(upcaseText(""), "");
});

Deno.test("compareNames() says equal for the same name in another case", () => {
  assert.equal(compareNames("Привет", "пРИВЕТ"), 0);
  assert.equal(compareNames("", ""), 0);
});

Deno.test("compareNames() orders by upper case, then by length", () => {
  assert.ok(compareNames("a", "B") < 0);
  assert.ok(compareNames("b", "A") > 0);
  assert.ok(compareNames("_", "a") > 0); // "_" lies behind "A" and before "a"
  assert.ok(compareNames("key", "key2") < 0);
  assert.ok(compareNames("key2", "key") > 0);
});

Deno.test("lhHash() does not depend on case and stays unsigned", () => {
  assert.equal(lhHash("AB"), 65 * 37 + 66);
  assert.equal(lhHash("ab"), lhHash("AB"));
  assert.notEqual(lhHash("ab"), lhHash("ba"));
  const long = lhHash("CurrentControlSet001Services");
  assert.ok(long >= 0 && long <= 0xffffffff && Number.isInteger(long));
});
