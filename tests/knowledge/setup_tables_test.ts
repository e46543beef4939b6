import assert from "node:assert/strict";
import {
  ERROR_CODES,
  explainCode,
  explainMoSetup,
  explainSetupExtendCode,
  explainSetupResult,
  findSetupDiagRule,
  findSetupNoise,
  MOSETUP_CODES,
  PLATFORM_PHASES,
  platformPhase,
  SETUP_CAUSES,
  SETUP_DIAG_RULES,
  SETUP_NOISE,
  SETUP_PHASES,
} from "../../src/knowledge/mod.ts";

Deno.test("the tables of Setup have sources, sentences and no row twice", () => {
  const rows = [...MOSETUP_CODES, ...SETUP_CAUSES, ...SETUP_DIAG_RULES];
  for (const row of rows) {
    assert.ok(row.source.length > 5);
    const meaning = "cause" in row ? row.cause : row.meaning;
    assert.match(meaning, /^[A-Z].*[^.]$/s, meaning);
    if ("next" in row) assert.match(row.next, /^[A-Z].*[^.]$/s, row.next);
  }
  const unique = (values: readonly string[]) => assert.equal(new Set(values).size, values.length);
  unique(MOSETUP_CODES.map(({ code }) => String(code)));
  unique(MOSETUP_CODES.map(({ symbol }) => symbol));
  unique(SETUP_CAUSES.map(({ result, extend }) => `${result} ${extend}`));
  unique(SETUP_DIAG_RULES.map(({ name }) => name));
});

Deno.test("every result of the documented list is there, and its range is kept", () => {
  const ranges: readonly (readonly [number, number])[] = [
    [0x100, 0x10e],
    [0x110, 0x113],
    [0x11e, 0x129],
    [0x12f, 0x131],
    [0x1df, 0x1e5],
    [0x200, 0x216],
    [0x220, 0x220],
    [0x223, 0x223],
    [0x400, 0x405],
  ];
  const codes = ranges.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, index) => 0xc1900000 + from + index)
  );
  assert.deepEqual(MOSETUP_CODES.map(({ code }) => code), codes);
});

Deno.test("the general table says nothing else about the codes of modern Setup", () => {
  for (const { code, symbol } of ERROR_CODES) {
    if (code < 0xc1900100 || code > 0xc1900405) continue;
    const row = explainMoSetup(code);
    assert.ok(row !== undefined, code.toString(16));
    if (symbol !== undefined) assert.equal(row.symbol, symbol);
  }
});

Deno.test("explainMoSetup() finds a code of either sign, and no other", () => {
  assert.equal(explainMoSetup(0xc1900208)?.symbol, "MOSETUP_E_COMPAT_INSTALLREQ_BLOCK");
  assert.equal(explainMoSetup(-1047526904), explainMoSetup(0xc1900208));
  assert.equal(explainMoSetup(0xc1900210)?.kind, "scan-passed");
  assert.equal(explainMoSetup(0xc1900107)?.kind, "pending");
  assert.equal(explainMoSetup(0xc1900fff), undefined);
  assert.equal(explainMoSetup(0), undefined);
});

Deno.test("explainSetupResult() names cause, phase and operation of each pair", () => {
  for (const { result, extend, cause } of SETUP_CAUSES) {
    const found = explainSetupResult(result, extend);
    assert.equal(found.cause, cause);
    assert.equal(found.match, extend === undefined ? "result" : "pair");
    if (extend === undefined || extend >= 0x60000) continue;
    assert.deepEqual(found.where, explainSetupExtendCode(extend));
    assert.match(found.code, /^0x[0-9A-F]{8} - 0x[0-9A-F]{5}$/);
  }
});

Deno.test("explainSetupResult() falls back from the pair to the result, and to the place", () => {
  const other = explainSetupResult(0xc1900101, 0x4000c);
  assert.equal(other.match, "result");
  assert.match(other.cause ?? "", /driver/);
  const plain = explainSetupResult(0x80070032, 0x50013);
  assert.equal(plain.match, "result");
  assert.equal(plain.meaning, explainCode(0x80070032)?.meaning);
  const place = explainSetupResult(0x8fff0001, 0x3000d);
  assert.equal(place.match, "extend");
  assert.equal(place.where?.operation, "migrate data");
  const nothing = explainSetupResult(0x8fff0001, 0x990001);
  assert.equal(nothing.match, "nothing");
  assert.equal(nothing.where, undefined);
  assert.match(nothing.next, /setupact\.log/);
  assert.equal(explainSetupResult(0xc1900208).code, "0xC1900208");
  assert.match(explainSetupResult(0x80070005, 0x300ff).where?.operation ?? "", /0xFF/);
  assert.equal(explainSetupResult(-1047526143).code, explainSetupResult(0xc1900501).code);
});

Deno.test("findSetupNoise() knows noise and leaves real errors alone", () => {
  const noise = (component: string | undefined, text: string) =>
    findSetupNoise({ component, text }) !== undefined;
  assert.ok(noise("MOUPG", "CUnattendManager::Initialize(90): Result = 0x80070490"));
  assert.ok(noise("CSI", "00000001 (F) STATUS_OBJECT_NAME_NOT_FOUND"));
  assert.ok(noise("SP", "Failed to add user mode driver [x] (2)"));
  assert.ok(!noise("MOUPG", "CSetupHost::Execute(433): Result = 0x80070490"));
  assert.ok(!noise("SP", "Operation failed: Apply WIM. Error: 0x80070570"));
  assert.ok(!noise("SP", "STATUS_OBJECT_NAME_NOT_FOUND"), "only CSI writes it in vain");
  for (const { reason, source } of SETUP_NOISE) {
    assert.match(reason, /^[A-Z].*[^.]$/);
    assert.ok(source.length > 5);
  }
});

Deno.test("platformPhase() knows the phases of the log in rising order", () => {
  assert.equal(platformPhase(" safe os ")?.digit, 2);
  assert.equal(platformPhase("Downlevel")?.digit, 1);
  assert.equal(platformPhase("Elsewhere"), undefined);
  const digits = PLATFORM_PHASES.map(({ digit }) => digit);
  assert.deepEqual(digits, digits.toSorted());
  assert.ok(digits.every((digit) => SETUP_PHASES[digit] !== undefined));
});

Deno.test("findSetupDiagRule() finds by name, else by GUID", () => {
  assert.equal(findSetupDiagRule("findrollbackfailure")?.class, "generic");
  assert.equal(
    findSetupDiagRule("NewName", "3A43C9B5-05B3-4F7C-A955-88F991BB5A48")?.name,
    "FindRollbackFailure",
  );
  assert.equal(findSetupDiagRule("NewName", "00000000-0000"), undefined);
  assert.equal(findSetupDiagRule(undefined), undefined);
  assert.equal(findSetupDiagRule("FindSuccessfulUpgrade")?.class, "success");
});
