import assert from "node:assert/strict";
import { MOSETUP_CODES } from "../../../src/knowledge/mod.ts";
import { explainSetupExit } from "../../../src/tools/setup/mod.ts";

Deno.test("explainSetupExit() knows the codes of the process", () => {
  const kinds = [0, 3, 5, 7, 0x40010004, 0xc000013a, 0xc0000005].map((code) =>
    explainSetupExit(code).kind
  );
  assert.deepEqual(kinds, [
    "ended",
    "continue-reboot",
    "compat-report",
    "choice-unavailable",
    "interrupted",
    "interrupted",
    "interrupted",
  ]);
});

Deno.test("explainSetupExit() has sentences and a source for the launcher's own codes", () => {
  for (const code of [0, 3, 5, 7]) {
    const { meaning, next, source } = explainSetupExit(code);
    for (const sentence of [meaning, next]) assert.match(sentence, /^[A-Z].*[^.]$/s, sentence);
    assert.ok(source.length > 5);
  }
});

Deno.test("explainSetupExit() takes codes of either sign", () => {
  assert.deepEqual(explainSetupExit(-1047526904), explainSetupExit(0xc1900208));
  assert.equal(explainSetupExit(-1047526904).kind, "blocked");
  assert.equal(explainSetupExit(-1047526904).symbol, "MOSETUP_E_COMPAT_INSTALLREQ_BLOCK");
});

Deno.test("explainSetupExit() knows every result of modern Setup", () => {
  for (const row of MOSETUP_CODES) {
    const exit = explainSetupExit(row.code);
    assert.deepEqual([exit.kind, exit.symbol, exit.meaning], [row.kind, row.symbol, row.meaning]);
    assert.equal(exit.good, row.code === 0xc1900210);
  }
});

Deno.test("explainSetupExit() calls good only what Setup prepared or found free", () => {
  assert.equal(explainSetupExit(3).good, true);
  assert.equal(explainSetupExit(0).good, false, "it may have done nothing");
  assert.equal(explainSetupExit(1).good, false);
  assert.equal(explainSetupExit(0xc1900204).good, false);
});

Deno.test("explainSetupExit() explains other codes by the table, or names their number", () => {
  assert.match(explainSetupExit(0x80070070).meaning, /disk|space/i);
  assert.equal(explainSetupExit(0x8bad0001).meaning, "Setup ended with 0x8bad0001");
  assert.equal(explainSetupExit(0x8bad0001).kind, "failed");
});
