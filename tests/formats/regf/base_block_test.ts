import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { baseBlockChecksum, dirtyReason, parseBaseBlock } from "../../../src/formats/regf/mod.ts";
import { smallHive, u32At, withU32 } from "./hive_samples.ts";

Deno.test("parseBaseBlock() reads what a built hive says", () => {
  const lastWritten = new Date("2026-01-02T03:04:05Z");
  const name = "\\??\\C:\\Windows\\System32\\config\\SYSTEM";
  const header = parseBaseBlock(smallHive({ minor: 6, name, lastWritten }), "SYSTEM");
  assert.equal(header.primarySequence, 1);
  assert.equal(header.secondarySequence, 1);
  assert.deepEqual(header.lastWritten, lastWritten);
  assert.equal(`${header.majorVersion}.${header.minorVersion}`, "1.6");
  assert.equal(header.fileType, 0);
  assert.equal(header.format, 1);
  assert.equal(header.rootOffset, 0x20);
  assert.equal(header.binsSize, 4096);
  assert.equal(header.storedName, name.slice(-31));
  assert.equal(header.flags, 0);
  assert.equal(header.checksumValid, true);
});

Deno.test("parseBaseBlock() is content with the 512 bytes that a log repeats", () => {
  const header = parseBaseBlock(smallHive().subarray(0, 512), "SYSTEM.LOG1");
  assert.equal(header.checksumValid, true);
});

Deno.test("parseBaseBlock() reads a stored name without a NUL", () => {
  const bytes = smallHive();
  bytes.fill(0x41, 0x30, 0x70);
  assert.equal(parseBaseBlock(bytes, "x").storedName, "\u4141".repeat(32));
});

Deno.test("parseBaseBlock() refuses what is too short or has another signature", () => {
  const bytes = smallHive();
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /does not begin with "regf" at offset 0x0/],
    [new TextEncoder().encode("MZ and so on"), /does not begin with "regf"/],
    [bytes.subarray(0, 511), /Cannot read hive "x": it ends after 511 bytes/],
  ];
  for (const [input, expected] of cases) {
    assert.throws(() => parseBaseBlock(input, "x"), (error) => {
      return error instanceof FormatError && expected.test(error.message);
    });
  }
});

Deno.test("baseBlockChecksum() never is 0 or -1", () => {
  const bytes = new Uint8Array(512);
  assert.equal(baseBlockChecksum(bytes), 1);
  bytes.fill(0xff, 0, 4);
  assert.equal(baseBlockChecksum(bytes), 0xfffffffe);
  bytes[0] = 0x0f;
  assert.equal(baseBlockChecksum(bytes), 0xffffff0f);
});

Deno.test("dirtyReason() is undefined for a finished write", () => {
  assert.equal(dirtyReason(parseBaseBlock(smallHive(), "x")), undefined);
});

Deno.test("dirtyReason() names unequal sequence numbers", () => {
  const header = parseBaseBlock(smallHive({ dirty: true }), "x");
  assert.match(dirtyReason(header) ?? "", /sequence numbers differ \(2 and 1\)/);
});

Deno.test("dirtyReason() names a wrong checksum, also if the sequence numbers are equal", () => {
  const bytes = smallHive();
  const sum = u32At(bytes, 0x1fc);
  new DataView(bytes.buffer).setUint32(0x1fc, sum ^ 1, true);
  assert.match(dirtyReason(parseBaseBlock(bytes, "x")) ?? "", /checksum/);
});

Deno.test("parseBaseBlock() calls the checksum valid after it was made right", () => {
  const bytes = withU32(smallHive(), 0x90, 1);
  const header = parseBaseBlock(bytes, "x");
  assert.equal(header.flags, 1);
  assert.equal(header.checksumValid, true);
});
