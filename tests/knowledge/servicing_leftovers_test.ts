import assert from "node:assert/strict";
import { PENDING_MARKERS, SERVICING_LEFTOVERS, START_LINES } from "../../src/knowledge/mod.ts";

Deno.test("leftovers: every row has an id of its own, a proof and a source", () => {
  const ids = SERVICING_LEFTOVERS.map((row) => row.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, proofs, source } of SERVICING_LEFTOVERS) {
    assert.match(id, /^[a-z-]+$/);
    assert.ok(proofs.length > 0, id);
    assert.match(source, /\w{5}/, id);
  }
});

Deno.test("leftovers: a mark is in the same place in both tables, and blocks in both or none", () => {
  for (const row of SERVICING_LEFTOVERS) {
    const mark = PENDING_MARKERS.find((candidate) => candidate.id === row.id);
    if (mark === undefined) {
      assert.match(row.id, /^components-/);
      continue;
    }
    assert.deepEqual(row.place, mark.place);
    if (row.id !== "boot-execute") assert.equal(row.blocks, mark.weight === "blocks", row.id);
  }
});

Deno.test("leftovers: what a healthy Windows has stands in no row", () => {
  const places = JSON.stringify(SERVICING_LEFTOVERS.map((row) => row.place));
  for (
    const healthy of [
      "TxR",
      ".blf",
      "regtrans",
      "SMI",
      "cleanup.xml",
      "reboot.xml",
      "pending.xml.bad",
      "Sessions\\\\",
      "Complete",
      "TrustedInstaller",
      "RebootInProgress",
    ]
  ) assert.ok(!places.includes(healthy), healthy);
  const sessions = SERVICING_LEFTOVERS.filter((row) =>
    JSON.stringify(row.place).includes("SessionsPending")
  );
  assert.deepEqual(sessions.map((row) => [row.clearing, row.id]), [
    ["delete-value", "cbs-exclusive-session"],
  ]);
});

Deno.test("leftovers: a key or file of an update goes only with the proof that the update is dead", () => {
  for (const row of SERVICING_LEFTOVERS) {
    if (row.place.kind !== "value") assert.deepEqual(row.proofs, ["update-dead"], row.id);
  }
});

Deno.test("leftovers: a start that ends with a restart that is due did not go well", () => {
  const due =
    "Startup: Processing complete. [HRESULT = 0x80070bc2 - ERROR_SUCCESS_REBOOT_REQUIRED]";
  assert.doesNotMatch(due, START_LINES.done);
  assert.match("Startup: Processing complete. [HRESULT = 0x00000000 - S_OK]", START_LINES.done);
  const added = "Added poqexec to SetupExecute. Cmdline: poqexec.exe";
  assert.doesNotMatch(added, START_LINES.failed, "an update that waits does that, too");
});
