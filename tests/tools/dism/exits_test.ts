import assert from "node:assert/strict";
import { type DismExitKind, explainDismExit } from "../../../src/tools/dism/mod.ts";

const KINDS: readonly (readonly [code: number, kind: DismExitKind])[] = [
  [0, "success"],
  [3010, "restart-required"],
  [-2146498529, "needs-source"],
  [0x800f0915, "needs-source"],
  [0x800f0906, "needs-source"],
  [0x80070bc9, "pending-blocked"],
  [0x800f082f, "pending-blocked"],
  [0x800f0806, "pending-blocked"],
  [0x800f0830, "only-upgrade"],
  [0x80073712, "store-damaged"],
  [183, "other-session"],
  [0x800700b7, "other-session"],
  [50, "dism-too-old"],
  [112, "disk-full"],
  [0x80070070, "disk-full"],
  [740, "not-elevated"],
  [2, "bad-path"],
  [87, "bad-argument"],
  [5, "access-denied"],
  [1392, "damaged-disk"],
  [1009, "damaged-hive"],
  [11, "damaged-image"],
  [0xc0000135, "incomplete-winpe"],
  [1726, "interrupted"],
  [-1073741510, "interrupted"],
  [0x81234567, "other"],
];

for (const [code, kind] of KINDS) {
  Deno.test(`explainDismExit() calls ${code} ${kind} and says what comes next`, () => {
    const exit = explainDismExit(code);
    assert.equal(exit.kind, kind);
    assert.equal(exit.code, code >>> 0);
    assert.match(exit.meaning, /^[A-Z].*[^.]$/);
    assert.match(exit.next, /^[A-Z].*[^.]$/);
    assert.ok(exit.source.length > 5);
  });
}

Deno.test("explainDismExit() names an unknown code with its number", () => {
  assert.match(explainDismExit(0x81234567).meaning, /0x81234567/);
});
