import assert from "node:assert/strict";
import {
  ERROR_CODES,
  explainCode,
  explainSetupExtendCode,
  FUTILITY_CODES,
  FUTILITY_SCOPE,
  futilityOf,
  onlyUpgradeHelps,
} from "../../src/knowledge/mod.ts";

Deno.test("ERROR_CODES has no code twice, and every row has a source and a sentence", () => {
  const codes = ERROR_CODES.map((row) => row.code);
  assert.equal(new Set(codes).size, codes.length);
  for (const row of ERROR_CODES) {
    assert.equal(row.code, row.code >>> 0, "codes are unsigned");
    assert.match(row.meaning, /^[A-Z].*[^.]$/, row.meaning);
    if (row.next !== undefined) assert.match(row.next, /^[A-Z].*[^.]$/, row.next);
    assert.ok(row.source.length > 5);
    assert.doesNotMatch(row.source, /[\\/](?:work|root|tmp)/);
  }
});

Deno.test("explainCode() finds a code of either sign", () => {
  assert.equal(explainCode(0x800f081f)?.symbol, "CBS_E_SOURCE_MISSING");
  assert.equal(explainCode(-2146498529)?.symbol, "CBS_E_SOURCE_MISSING");
  assert.equal(explainCode(-2146498283)?.symbol, "CBS_E_REPAIR_CONTENT_MISSING");
});

Deno.test("explainCode() finds a Win32 error by its HRESULT row", () => {
  assert.equal(explainCode(112)?.symbol, "ERROR_DISK_FULL");
  assert.equal(explainCode(0x80070070), explainCode(112));
});

Deno.test("explainCode() says nothing about success and unknown codes", () => {
  assert.equal(explainCode(0), undefined);
  assert.equal(explainCode(0x8fffffff), undefined);
  assert.equal(explainCode(9999), undefined);
});

Deno.test("explainSetupExtendCode() takes phase and operation apart", () => {
  const found = explainSetupExtendCode(0x30018);
  assert.match(found?.phase ?? "", /first boot/);
  assert.equal(found?.operation, "sysprep");
  assert.equal(explainSetupExtendCode(0x4000d)?.operation, "migrate data");
});

Deno.test("explainSetupExtendCode() refuses unknown phases and operations", () => {
  assert.equal(explainSetupExtendCode(0x90001), undefined);
  assert.equal(explainSetupExtendCode(0x200ff), undefined);
});

Deno.test("onlyUpgradeHelps() waits until a matching source was tried", () => {
  for (const code of [0x80073712, 0x800f081f, 0x800f0831, -2147010798]) {
    assert.equal(onlyUpgradeHelps(code, { matchingSourceTried: false }), false);
    assert.equal(onlyUpgradeHelps(code, { matchingSourceTried: true }), true);
  }
});

Deno.test("onlyUpgradeHelps() stops at once for an unserviceable image, never for 0x800f0922", () => {
  assert.equal(onlyUpgradeHelps(0x800f0830, { matchingSourceTried: false }), true);
  assert.equal(onlyUpgradeHelps(0x800f0922, { matchingSourceTried: true }), false);
  assert.equal(onlyUpgradeHelps(0x80070002, { matchingSourceTried: true }), false);
});

Deno.test("FUTILITY_CODES has no code twice and each is explained", () => {
  const codes = FUTILITY_CODES.map((row) => row.code);
  assert.equal(new Set(codes).size, codes.length);
  for (const code of codes) assert.ok(explainCode(code), code.toString(16));
  assert.equal(futilityOf(0x800f0982)?.severity, "critical");
  assert.match(FUTILITY_SCOPE, /Server/);
});
