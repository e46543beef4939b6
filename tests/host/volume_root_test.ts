import assert from "node:assert/strict";
import { liesOn, sameRoot } from "../../src/host/mod.ts";

Deno.test("sameRoot() leaves out case and a last separator, and nothing else", () => {
  assert.ok(sameRoot("d:", "D:\\"));
  assert.ok(sameRoot("/mnt/d/", "/mnt/d"));
  assert.ok(!sameRoot("D:\\", "E:\\"));
  assert.ok(!sameRoot("/mnt/d", "/mnt/data"));
});

Deno.test("liesOn() counts whole names", () => {
  assert.ok(liesOn("E:\\tools", "E:\\"));
  assert.ok(liesOn("E:\\", "e:"));
  assert.ok(liesOn("/opt/pemedic", "/"));
  assert.ok(!liesOn("/mnt/data/x", "/mnt/d"));
  assert.ok(!liesOn("D:\\", "D:\\Windows"));
});
