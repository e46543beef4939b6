import assert from "node:assert/strict";
import {
  BOOT_CLASSES,
  BOOT_SERVICES,
  ENCRYPTION_FILTERS,
  FILTER_GROUPS,
  filterGroupOfAltitude,
  findBootClass,
  findBootService,
  findFilterGroup,
  findNeededService,
  findProduct,
  findProductOfDriver,
  isEncryptionFilter,
  isMicrosoftFilter,
  MICROSOFT_FILTERS,
  NEEDED_SERVICES,
  protectedFilterReason,
  SECURITY_PRODUCTS,
} from "../../src/knowledge/mod.ts";

Deno.test("every row about drivers names a public source", () => {
  const rows = [
    ...FILTER_GROUPS,
    ...SECURITY_PRODUCTS,
    ...MICROSOFT_FILTERS,
    ...ENCRYPTION_FILTERS,
    ...BOOT_SERVICES,
    ...BOOT_CLASSES,
  ];
  for (const row of rows) {
    assert.ok(row.source.length > 15, JSON.stringify(row));
    assert.doesNotMatch(row.source, /[\\/](?:work|root|tmp)\b/);
  }
});

Deno.test("no driver belongs to two products, and none of them is Microsoft's or encrypts", () => {
  const names = SECURITY_PRODUCTS.flatMap((row) => row.drivers).map((name) => name.toUpperCase());
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.equal(protectedFilterReason(name), undefined, name);
});

Deno.test("altitude ranges do not overlap", () => {
  const ranges = FILTER_GROUPS.flatMap(({ altitudes }) =>
    altitudes === undefined ? [] : [altitudes]
  )
    .toSorted((a, b) => a[0] - b[0]);
  for (let i = 1; i < ranges.length; i++) assert.ok(ranges[i - 1]![1] < ranges[i]![0]);
});

Deno.test("filterGroupOfAltitude() takes decimal altitudes and nothing else", () => {
  assert.equal(filterGroupOfAltitude("329355.5")?.group, "FSFilter Anti-Virus");
  assert.equal(filterGroupOfAltitude("320000")?.purpose, "anti-virus");
  assert.equal(filterGroupOfAltitude("329999.99")?.purpose, "anti-virus");
  assert.equal(filterGroupOfAltitude("330000"), undefined);
  assert.equal(filterGroupOfAltitude("140000")?.purpose, "encryption");
  for (const odd of ["", "abc", "-328700", "0x50410", "328700 "]) {
    assert.equal(filterGroupOfAltitude(odd), undefined, odd);
  }
});

Deno.test("groups, products, boot drivers and classes are found in any case", () => {
  assert.equal(findFilterGroup("fsfilter ANTI-virus")?.purpose, "anti-virus");
  assert.equal(findFilterGroup("SCSI Miniport"), undefined);
  assert.equal(findProductOfDriver("KLIF")?.name, "Kaspersky");
  assert.equal(findProductOfDriver("disk"), undefined);
  assert.equal(findBootService("VolMgr")?.start, 0);
  assert.equal(findBootService("storahci"), undefined);
  assert.equal(findBootClass("{71A27CDD-812A-11D0-BEC7-08002BE2092F}")?.name, "Volume");
  assert.equal(findBootClass("{4d36e96b-e325-11ce-bfc1-08002be10318}"), undefined);
});

Deno.test("findProduct() knows what people type and what files say, and no more", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["avg", "Avast / AVG"],
    ["AVAST Software", "Avast / AVG"],
    ["Avast / AVG", "Avast / AVG"],
    ["McAfee, Inc.", "McAfee / Trellix"],
    ["ESET, spol. s r.o.", "ESET"],
    ["Trend Micro Inc.", "Trend Micro"],
    ["AVGeek", undefined],
    ["Microsoft Corporation", undefined],
    ["", undefined],
  ];
  for (const [text, product] of cases) assert.equal(findProduct(text)?.name, product, text);
});

Deno.test("protectedFilterReason() keeps Microsoft's filters and those that decrypt", () => {
  assert.match(protectedFilterReason("wdfilter")!, /Microsoft/);
  assert.match(protectedFilterReason("fvevol")!, /BitLocker/);
  assert.match(protectedFilterReason("VeraCrypt")!, /decrypts/);
  assert.equal(protectedFilterReason("eamonm"), undefined);
  assert.equal(isMicrosoftFilter("FLTMGR"), true);
  assert.equal(isMicrosoftFilter("veracrypt"), false);
});

Deno.test("needed services are told once, with purpose and source, and none is a boot service", () => {
  const names = NEEDED_SERVICES.map(({ name }) => name.toUpperCase());
  assert.equal(new Set(names).size, names.length);
  for (const { name, purpose, source } of NEEDED_SERVICES) {
    assert.match(purpose, /^[A-Z].*[^.]$/);
    assert.ok(source.length > 20);
    assert.equal(findBootService(name), undefined);
    assert.equal(findNeededService(name.toLowerCase())?.name, name);
  }
  assert.equal(findNeededService("wuauserv"), undefined);
  assert.deepEqual([isEncryptionFilter("VERACRYPT"), isEncryptionFilter("acme")], [true, false]);
});
