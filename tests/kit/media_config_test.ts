import assert from "node:assert/strict";
import {
  parseBuildInfo,
  parseEditionConfig,
  parseIni,
  parseLanguages,
  parseOldestUpgrade,
  parseProductEditions,
} from "../../src/kit/mod.ts";

Deno.test("ei.cfg: one edition, or all of a channel", () => {
  assert.deepEqual(
    parseEditionConfig("[EditionID]\r\nProfessional\r\n[Channel]\r\nRetail\r\n[VL]\r\n0\r\n"),
    { edition: "Professional", channel: "Retail", volumeLicence: false },
  );
  assert.deepEqual(parseEditionConfig("[EditionID]\n\n[Channel]\nVolume\n[VL]\n1"), {
    edition: undefined,
    channel: "Volume",
    volumeLicence: true,
  });
  assert.deepEqual(parseEditionConfig(""), {
    edition: undefined,
    channel: undefined,
    volumeLicence: false,
  });
});

Deno.test("lang.ini: the default language comes first", () => {
  const text =
    "\r\n[Available UI Languages]\r\nde-DE = 2\r\nen-US = 3\r\n\r\n[Fallback Languages]\r\n" +
    "en-US = en-us\r\n";
  assert.deepEqual(parseLanguages(text), ["en-US", "de-DE"]);
  assert.deepEqual(parseLanguages("[Fallback Languages]\nen-US = en-us"), []);
});

Deno.test("cversion.ini: the lowest build that may be upgraded", () => {
  assert.deepEqual(
    parseOldestUpgrade("[HostBuild]\r\nMinClient=7601.18779\r\nMinServer=9200.0\r\n"),
    { client: 7601, server: 9200 },
  );
  assert.deepEqual(parseOldestUpgrade("[HostBuild]\nMinClient=none"), {
    client: undefined,
    server: undefined,
  });
});

Deno.test("product.ini: editions without their keys", () => {
  const editions = parseProductEditions(
    "[cmi]\r\nProfessional=AAAAA-BBBBB\r\nCore = CCCCC\r\nrubbish",
  );
  assert.deepEqual(editions, ["Professional", "Core"]);
  assert.ok(!JSON.stringify(editions).includes("AAAAA"));
});

Deno.test("idwbinfo.txt: architecture and branch", () => {
  assert.deepEqual(parseBuildInfo("BuildArch=amd64\r\nBuildBranch=ge_release\r\nBuildType=fre"), {
    architecture: "amd64",
    branch: "ge_release",
  });
  assert.deepEqual(parseBuildInfo("[IDWBINFO]\nBuildArch="), {
    architecture: undefined,
    branch: undefined,
  });
});

Deno.test("parseIni() lives with anything", () => {
  const text = "\ufeff; remark\rno section\n[A\n[ B ]\nx==y\n=z\n[b]\nagain";
  assert.deepEqual(parseIni(text).sections.get("b"), [
    { name: "x", value: "=y" },
    { name: "", value: "z" },
    { name: "again", value: undefined },
  ]);
  const first = parseIni(text).sections.get("")?.map(({ name }) => name);
  assert.deepEqual(first, ["no section", "[A"]);
  assert.deepEqual([...parseIni("").sections], [["", []]]);
  assert.equal(parseIni("\0".repeat(100)).sections.size, 1);
});
