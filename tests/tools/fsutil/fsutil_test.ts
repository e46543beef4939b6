import assert from "node:assert/strict";
import { UsageError } from "../../../src/base/mod.ts";
import {
  dirtyQuery,
  parseDirtyQuery,
  parseRepairState,
  repairState,
} from "../../../src/tools/fsutil/mod.ts";
import { outcomeOf } from "../outcome.ts";

Deno.test("dirtyQuery() and repairState() only read", () => {
  assert.deepEqual(dirtyQuery("d").arguments, ["dirty", "query", "D:"]);
  assert.deepEqual(repairState("D:\\").arguments, ["repair", "state", "D:"]);
  assert.equal(dirtyQuery("D:").risk, "reads");
  assert.throws(() => dirtyQuery("D:\\x"), UsageError);
});

Deno.test("parseDirtyQuery() reads the real and the documented sentences", () => {
  const query = (text: string, exit = 0) => parseDirtyQuery(outcomeOf(text, exit));
  assert.equal(query("Volume - D: is Dirty\r\n"), "dirty");
  assert.equal(query("Volume - D: is NOT Dirty\r\n"), "clean");
  assert.equal(query("Volume D: is dirty\r\n"), "dirty");
  assert.equal(query("Volume D: is  not dirty\r\n"), "clean");
});

Deno.test("parseDirtyQuery() does not guess", () => {
  const query = (text: string, exit = 0) => parseDirtyQuery(outcomeOf(text, exit));
  assert.equal(query("Volume - D: ist fehlerhaft.\r\n"), "unknown");
  assert.equal(query("Usage : fsutil dirty query <volume pathname>\r\n"), "unknown");
  assert.equal(query("Volume - D: is Dirty\r\n", 1), "unknown");
  assert.equal(query(""), "unknown");
});

Deno.test("parseRepairState() reads the number, in any language", () => {
  const state = (text: string, exit = 0) => parseRepairState(outcomeOf(text, exit));
  assert.equal(state("Corruption State:  0x00 - Clean\r\n"), "clean");
  assert.equal(state("Corruption State:  0x01 - Verifying\r\n"), "verifying");
  assert.equal(state("Beschädigungsstatus:  0x02 - Beschädigt\r\n"), "corrupt");
  assert.equal(state("Corruption State:  0x77 - Odd\r\n"), "unknown");
  assert.equal(state("Corruption State:  0x00 - Clean\r\n", 1), "unknown");
});
