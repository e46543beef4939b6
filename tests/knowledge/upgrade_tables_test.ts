import assert from "node:assert/strict";
import {
  EDITION_PATHS,
  editionPath,
  EDITIONS,
  FIRST_WINDOWS_11,
  requirementsOf,
  setupSpaceBytes,
  SYSTEM_PARTITION_BYTES,
  TPM_DEVICES,
  WINDOWS_REQUIREMENTS,
} from "../../src/knowledge/mod.ts";

Deno.test("every row about upgrades names a public source", () => {
  for (const row of [...EDITION_PATHS, ...WINDOWS_REQUIREMENTS]) {
    assert.match(row.source, /^Microsoft/, JSON.stringify(row));
  }
});

Deno.test("no way between two editions is in the table twice, and none leads to itself", () => {
  const ways = EDITION_PATHS.map(({ from, to }) => `${from} ${to}`);
  assert.deepEqual(ways, [...new Set(ways)]);
  for (const { from, to } of EDITION_PATHS) assert.notEqual(from, to);
});

Deno.test("every edition of the table of ways is a known one", () => {
  const known = EDITIONS.map(({ id }) => id);
  for (const { from, to } of EDITION_PATHS) {
    assert.ok(known.includes(from), from);
    assert.ok(known.includes(to), to);
  }
});

Deno.test("editionPath() keeps everything in the same edition, whatever it is, in any case", () => {
  for (const id of [...EDITIONS.map(({ id }) => id), "CloudEdition", "EnterpriseEval"]) {
    assert.equal(editionPath(id, id.toUpperCase()).outcome, "everything", id);
  }
  assert.equal(editionPath("professionaln", "PROFESSIONAL").outcome, "files");
});

Deno.test("editionPath() answers for every pair with a reason that is a clause", () => {
  for (const { id: from } of EDITIONS) {
    for (const { id: to } of EDITIONS) {
      const { outcome, reason, source } = editionPath(from, to);
      const told = `${from} ${to} ${outcome}: ${reason}`;
      assert.match(reason, /^[a-zA-Z].*[^.]$/, told);
      assert.match(source, /^Microsoft/, told);
    }
  }
});

Deno.test("editionPath() never gives programs across an N, to LTSC, or between client and server", () => {
  const keeps = (from: string, to: string) =>
    ["everything", "with-key"].includes(editionPath(from, to).outcome);
  for (const from of EDITIONS) {
    for (const to of EDITIONS) {
      if (from.id === to.id || !keeps(from.id, to.id)) continue;
      const told = `${from.id} ${to.id}`;
      assert.equal(from.line.endsWith("-n"), to.line.endsWith("-n"), told);
      assert.equal(from.line === "server", to.line === "server", told);
      assert.ok(!to.line.startsWith("ltsc") || from.line.startsWith("ltsc"), told);
    }
  }
});

Deno.test("editionPath() wants a full edition before an evaluation is left", () => {
  assert.match(editionPath("ServerStandardEval", "ServerStandard").reason, /evaluation/);
  assert.equal(editionPath("Professional", "EnterpriseEval").outcome, "nothing");
});

Deno.test("requirementsOf() asks more of Windows 11, most of 24H2, and nothing of others", () => {
  const client = { edition: "Professional", installationType: "Client" };
  const count = (build: number, rest: Partial<typeof client> = {}) =>
    requirementsOf({ ...client, build, ...rest }).length;
  assert.equal(count(19045), 0);
  assert.equal(count(FIRST_WINDOWS_11), WINDOWS_REQUIREMENTS.length - 1);
  assert.equal(count(26100), WINDOWS_REQUIREMENTS.length);
  assert.equal(count(26100, { installationType: "Server Core" }), 0);
  assert.equal(count(26100, { edition: "ServerStandard" }), 0);
  assert.equal(count(26100, { edition: "iotenterprises" }), 0);
  assert.equal(count(26100, { edition: "ServerRdsh" }), WINDOWS_REQUIREMENTS.length);
});

Deno.test("amounts are of the right size", () => {
  assert.equal(setupSpaceBytes("x64"), 20 * 2 ** 30);
  assert.equal(setupSpaceBytes(undefined), 20 * 2 ** 30);
  assert.equal(setupSpaceBytes("x86"), 16 * 2 ** 30);
  assert.equal(SYSTEM_PARTITION_BYTES, 15 * 2 ** 20);
  assert.deepEqual(TPM_DEVICES.map(({ version }) => version), ["2.0", "1.2"]);
});
