import assert from "node:assert/strict";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { unpackedPackage } from "./npm_package.ts";
import { withoutDenoPayload } from "./portable_executable.ts";

const COFF = 0x84;
const OPTIONAL = COFF + 20;
const TABLE = OPTIONAL + 240;

/** A PE32+ file with two sections; the second one is the payload unless it is named otherwise. */
function program(payloadName = ".pedata"): Uint8Array {
  const bytes = new Uint8Array(0x600);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x5a4d, true);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x4550, true);
  view.setUint16(COFF + 2, 2, true);
  view.setUint16(COFF + 16, 240, true);
  view.setUint16(OPTIONAL, 0x20b, true);
  view.setUint32(OPTIONAL + 32, 0x1000, true);
  view.setUint32(OPTIONAL + 56, 0x4000, true);
  view.setUint32(OPTIONAL + 112 + 16, 0x3000, true);
  view.setUint32(OPTIONAL + 112 + 20, 0x40, true);
  [".text", payloadName].forEach((name, index) => {
    const header = TABLE + 40 * index;
    bytes.set(new TextEncoder().encode(name), header);
    view.setUint32(header + 8, 0x1234, true);
    view.setUint32(header + 12, 0x1000 + 0x2000 * index, true);
    view.setUint32(header + 20, 0x400 + 0x100 * index, true);
  });
  return bytes;
}

Deno.test("withoutDenoPayload() drops the section, the resources and the bytes", () => {
  const stripped = withoutDenoPayload(program());
  const view = new DataView(stripped.buffer);
  assert.equal(stripped.length, 0x500);
  assert.equal(view.getUint16(COFF + 2, true), 1);
  assert.equal(view.getBigUint64(OPTIONAL + 112 + 16, true), 0n);
  assert.equal(view.getUint32(OPTIONAL + 56, true), 0x3000);
  assert.ok(stripped.subarray(TABLE + 40, TABLE + 80).every((byte) => byte === 0));
  assert.equal(new TextDecoder().decode(stripped.subarray(TABLE, TABLE + 5)), ".text");
});

Deno.test("withoutDenoPayload() leaves its argument alone", () => {
  const before = program();
  withoutDenoPayload(before);
  assert.deepEqual(before, program());
});

Deno.test("withoutDenoPayload() refuses what carries no payload or is no program", () => {
  assert.throws(() => withoutDenoPayload(program(".rsrc")), /last section is "\.rsrc"/);
  assert.throws(() => withoutDenoPayload(new Uint8Array(16)), /no MZ/);
  const noPe = program();
  noPe[0x80] = 0;
  assert.throws(() => withoutDenoPayload(noPe), /no PE signature/);
  const narrow = program();
  narrow[OPTIONAL] = 0;
  assert.throws(() => withoutDenoPayload(narrow), /not a 64-bit/);
});

const PACKAGE = { name: "@stdy/cli-win32-x64", version: "0.22.2" };

/** The unpacked package if it is in the cache; in CI it is fetched. */
async function carrierFolder(): Promise<string | undefined> {
  if (Deno.env.get("CI") === "true") return await unpackedPackage(PACKAGE);
  const cached = join(cacheFolder(), "npm", "stdy-cli-win32-x64-0.22.2");
  const found = await Deno.stat(cached).catch(() => undefined);
  return found === undefined ? undefined : await unpackedPackage(PACKAGE);
}

const carrier = Deno.build.os === "windows" ? undefined : await carrierFolder();

Deno.test({
  ignore: carrier === undefined,
  name: "withoutDenoPayload() finds the payload of a real program (needs the cached npm package)",
  fn: async () => {
    const path = join(carrier!, "bin", "steady.exe");
    const real = await Deno.readFile(path);
    const stripped = withoutDenoPayload(real);
    assert.ok(real.length - stripped.length > 1_000_000);
    assert.throws(() => withoutDenoPayload(stripped), /last section is "\.reloc"/);
  },
});
