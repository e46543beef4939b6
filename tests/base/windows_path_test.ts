import assert from "node:assert/strict";
import {
  foldCase,
  isWithin,
  joinWindowsPath,
  sameWindowsPath,
  splitWindowsPath,
  UsageError,
  windowsBaseName,
  windowsParent,
  windowsPathKey,
} from "../../src/base/mod.ts";

Deno.test("foldCase() upper-cases ASCII and other letters unit by unit", () => {
  assert.equal(foldCase("Windows\\System32"), "WINDOWS\\SYSTEM32");
  assert.equal(foldCase("Übung ñ ж λ"), "ÜBUNG Ñ Ж Λ");
  assert.equal(foldCase("ABC 123"), "ABC 123");
  assert.equal(foldCase(""), "");
});

Deno.test("foldCase() leaves letters alone whose upper case is longer", () => {
  assert.equal(foldCase("straße"), "STRAßE");
  assert.equal(foldCase("ﬁle"), "ﬁLE");
  assert.equal(foldCase("ŉ"), "ŉ");
});

Deno.test("foldCase() makes no foreign letter an ASCII one", () => {
  assert.equal(foldCase("wındows"), "WıNDOWS");
  assert.equal(foldCase("ſystem"), "ſYSTEM");
});

Deno.test("foldCase() keeps length and surrogates for every code unit", () => {
  for (let unit = 0; unit < 0x10000; unit++) {
    const text = `a${String.fromCharCode(unit)}b`;
    assert.equal(foldCase(text).length, 3, unit.toString(16));
  }
  assert.equal(foldCase("𐐨x"), "𐐨X");
});

Deno.test("foldCase() is the same applied twice", () => {
  for (let unit = 0; unit < 0x10000; unit++) {
    const once = foldCase(String.fromCharCode(unit));
    assert.equal(foldCase(once), once, unit.toString(16));
  }
});

Deno.test("sameWindowsPath() ignores case and separators", () => {
  assert.ok(sameWindowsPath("Windows\\System32", "windows/SYSTEM32/"));
  assert.ok(sameWindowsPath("", "\\"));
  assert.ok(!sameWindowsPath("Windows\\System32", "Windows\\System"));
});

Deno.test("sameWindowsPath() keeps ß and SS apart", () => {
  assert.ok(!sameWindowsPath("Users\\Strauß", "Users\\STRAUSS"));
  assert.ok(sameWindowsPath("Users\\Strauß", "users\\STRAUß"));
  assert.notEqual(windowsPathKey("ß"), windowsPathKey("ss"));
});

Deno.test("isWithin() wants whole names", () => {
  assert.ok(isWithin("Windows\\System32\\CatRoot\\x.cat", "windows\\system32\\catroot"));
  assert.ok(isWithin("Windows", "Windows"));
  assert.ok(isWithin("Windows", ""));
  assert.ok(!isWithin("Windows\\System32\\CatRoot2", "Windows\\System32\\CatRoot"));
  assert.ok(!isWithin("Windows", "Windows\\System32"));
});

Deno.test("isWithin() does not take a folder with ß for one with SS", () => {
  assert.ok(!isWithin("Data\\Maß\\x", "Data\\MASS"));
  assert.ok(isWithin("Data\\Maß\\x", "data\\maß"));
});

Deno.test("splitWindowsPath() refuses names that leave the volume or cannot be", () => {
  for (
    const path of ["..\\x", "a\\..", "a/../b", "C:\\x", "a\\b:stream", "a*", "a\u0000b", 'a"b']
  ) {
    assert.throws(() => splitWindowsPath(path), UsageError, path);
  }
});

Deno.test("splitWindowsPath() drops empty names and single dots", () => {
  assert.deepEqual(splitWindowsPath("\\Windows\\.\\System32//config\\"), [
    "Windows",
    "System32",
    "config",
  ]);
  assert.deepEqual(splitWindowsPath(""), []);
});

Deno.test("joinWindowsPath(), windowsBaseName() and windowsParent() agree", () => {
  const path = joinWindowsPath("Windows", "System32/config", "SAM");
  assert.equal(path, "Windows\\System32\\config\\SAM");
  assert.equal(windowsBaseName(path), "SAM");
  assert.equal(windowsParent(path), "Windows\\System32\\config");
  assert.equal(windowsBaseName(""), "");
  assert.equal(windowsParent("Windows"), "");
});
