import assert from "node:assert/strict";
import {
  firstProgress,
  parseProgress,
  serializeRecord,
  type StarterRecord,
} from "../../src/upgrade/mod.ts";

const OURS = "0123456789abcdef";
const OTHER = "fedcba9876543210";
const at = "2026-01-15T10:00:00.000Z";

const ALL: readonly StarterRecord[] = [
  { event: "staged", at, order: OURS },
  { event: "woke", at, order: OURS, uptimeMs: 5 },
  { event: "woke", at, order: OURS, uptimeMs: null },
  { event: "waits", at, order: OURS, reason: "The service RpcSs is stopped" },
  { event: "starts", at, order: OURS, attempt: 1, rollbackLog: null },
  { event: "starts", at, order: OURS, attempt: 2 },
  { event: "not-started", at, order: OURS, attempt: 1, reason: "not found" },
  { event: "ended", at, order: OURS, attempt: 1, exitCode: 0xc1900208, meaning: "blocked" },
  { event: "shutdown", at, order: OURS, attempt: 1 },
  { event: "stopped", at, order: OURS, attempt: 1 },
  { event: "hangs", at, order: OURS, attempt: 1 },
  { event: "stood-down", at, order: OURS, reason: "because" },
  { event: "done", at, order: OURS, build: 26100, ubr: null },
  { event: "removed", at, order: OURS },
  { event: "not-removed", at, order: OURS, reason: "denied" },
];

Deno.test("every record is read back as it was written", () => {
  const text = ALL.map(serializeRecord).join("");
  assert.equal(text.split("\n").length, ALL.length + 1);
  assert.deepEqual(parseProgress(text, OURS), { records: ALL, unreadable: 0 });
  assert.deepEqual(parseProgress(text, OTHER), { records: [], unreadable: 0 });
  assert.deepEqual(parseProgress(text.replaceAll("\n", "\r\n"), OURS).records, ALL);
});

Deno.test("firstProgress() is the record that a starter looks for", () => {
  const { records } = parseProgress(firstProgress({ id: OURS, made: at }), OURS);
  assert.deepEqual(records, [ALL[0]]);
});

Deno.test("a file that was cut anywhere loses no whole record, and counts the torn one", () => {
  const lines = ALL.map(serializeRecord);
  const text = lines.join("");
  for (let end = 0; end <= text.length; end++) {
    const { records, unreadable } = parseProgress(text.slice(0, end), OURS);
    const cut = text.slice(0, end);
    const whole = cut.split("\n").length - 1;
    // The last line may be whole but for its end.
    const last = cut.slice(cut.lastIndexOf("\n") + 1);
    const complete = last !== "" && lines[whole] === `${last}\n` ? 1 : 0;
    assert.equal(records.length, whole + complete);
    assert.equal(unreadable, last === "" ? 0 : 1 - complete);
  }
});

Deno.test("unreadable lines belong to the order before them", () => {
  const ours = serializeRecord(ALL[0]!);
  const other = serializeRecord({ event: "removed", at, order: OTHER });
  assert.equal(parseProgress(`${ours}{"e\n${other}`, OURS).unreadable, 1);
  assert.equal(parseProgress(`${other}{"e\n${ours}`, OURS).unreadable, 0);
  assert.equal(parseProgress(`{"e\n${ours}`, OURS).unreadable, 1);
});

Deno.test("records that are none of ours are unreadable", () => {
  const strange = [
    "null",
    "[]",
    '{"event":"starts"}',
    '{"event":"flies","at":"","order":"0123456789abcdef"}',
    '{"event":"starts","at":"","order":"0123456789abcdef","attempt":-1}',
  ];
  assert.equal(parseProgress(strange.join("\n"), OURS).unreadable, strange.length);
});
