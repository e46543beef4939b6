import assert from "node:assert/strict";
import {
  EDITIONS,
  findEdition,
  findLanguageId,
  findLanguageTag,
  LANGUAGES,
} from "../../src/knowledge/mod.ts";

Deno.test("languages are found by id and by tag, in any case", () => {
  assert.equal(findLanguageId("0409")?.tag, "en-US");
  assert.equal(findLanguageId("409")?.tag, "en-US");
  assert.equal(findLanguageId("0C0A")?.tag, "es-ES");
  assert.equal(findLanguageTag("DE-de")?.id, "0407");
  assert.equal(findLanguageId("ffff"), undefined);
  assert.equal(findLanguageTag("tlh"), undefined);
});

Deno.test("no language and no edition is there twice, and ids have four digits", () => {
  for (const field of ["id", "tag", "name"] as const) {
    assert.equal(new Set(LANGUAGES.map((row) => row[field])).size, LANGUAGES.length, field);
  }
  assert.ok(LANGUAGES.every((row) => /^[0-9a-f]{4}$/.test(row.id)));
  assert.ok(LANGUAGES.every((row) => /^[a-z]{2}-(?:[A-Z][a-z]{3}-)?[A-Z]{2}$/.test(row.tag)));
  assert.equal(new Set(EDITIONS.map((row) => row.id.toLowerCase())).size, EDITIONS.length);
});

Deno.test("editions tell N, LTSC, Server and Windows PE apart", () => {
  assert.equal(findEdition("professional")?.line, "client");
  assert.equal(findEdition("ProfessionalN")?.line, "client-n");
  assert.equal(findEdition("EnterpriseS")?.line, "ltsc");
  assert.equal(findEdition("ServerStandard")?.line, "server");
  assert.equal(findEdition("WindowsPE")?.line, "pe");
  assert.equal(findEdition("Ultimate"), undefined);
  assert.ok(
    EDITIONS.every((row) =>
      /N$/.test(row.id) === row.line.endsWith("-n") || row.id === "EnterpriseSN"
    ),
  );
});
