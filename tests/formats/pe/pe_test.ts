/** PE files: machine and version, hostile bytes, and real programs against 7-Zip. */
import assert from "node:assert/strict";
import { FormatError, memorySource } from "../../../src/base/mod.ts";
import {
  compareVersions,
  type FileVersion,
  formatFileVersion,
  machineName,
  parseFileVersion,
  readPe,
} from "../../../src/formats/pe/mod.ts";
import { without } from "../../needs.ts";
import { run, sevenZipPresent, withFolder } from "../image/image_oracles.ts";
import { RESOURCES_AT, VERSION_TREE, writePe } from "./pe_writer.ts";

function read(bytes: Uint8Array) {
  return readPe(memorySource(bytes), { name: "x.dll" });
}

Deno.test("readPe() tells machine and version of 32-bit and 64-bit files", async () => {
  const versions: FileVersion[] = [[10, 0, 26100, 4061], [0, 0, 0, 0], [65535, 1, 65535, 65535]];
  for (const version of versions) {
    for (const narrow of [false, true]) {
      const pe = await read(writePe({ version, narrow, machine: 0x014c }));
      assert.deepEqual(pe, { machine: 0x014c, fileVersion: version, versionProblem: undefined });
    }
  }
});

Deno.test("readPe() says where there is no version", async () => {
  const pe = await read(writePe({ version: null }));
  assert.deepEqual([pe.fileVersion, pe.versionProblem], [undefined, undefined]);
});

Deno.test("readPe() refuses what is no PE, with the offset", async () => {
  const pe = writePe();
  const cases: readonly (readonly [Uint8Array, number])[] = [
    [new Uint8Array(), 0],
    [new Uint8Array(4096), 0],
    [new TextEncoder().encode("regf".padEnd(4096)), 0],
    [pe.slice(0, 0x81), 0x80],
    [patched(pe, 0x3c, 0xffff_fff0), 0xffff_fff0],
    [patched(pe, 0x80, 0), 0x80],
  ];
  for (const [bytes, offset] of cases) {
    await assert.rejects(
      () => read(bytes),
      (error) => error instanceof FormatError && error.offset === offset,
    );
  }
});

function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(at, value, true);
  return copy;
}

Deno.test("readPe() keeps the machine where only the resources are damaged, and says why", async () => {
  const pe = writePe();
  const { type, name, language, data, version } = VERSION_TREE;
  const at = (offset: number, value: number) => patched(pe, RESOURCES_AT + offset, value);
  const damaged = [
    patched(pe, 0x86, 0xffff),
    at(12, 0xffff_ffff),
    at(type + 4, 0x20),
    at(type + 4, 0xffff_fff0),
    at(name + 12, 0),
    at(name + 20, 0),
    at(language + 20, 0x8000_0000),
    at(language + 20, 0x7fff_ffff),
    at(data, 0xffff_ffff),
    at(data + 4, 8),
    at(version + 6, 0),
    at(version + 40, 0),
    at(version + 2, 0x56_0010),
    pe.slice(0, RESOURCES_AT + version + 0x10),
    pe.slice(0, 0x100),
  ];
  for (const [i, bytes] of damaged.entries()) {
    const { machine, fileVersion, versionProblem } = await read(bytes);
    assert.deepEqual([machine, fileVersion], [0x8664, undefined], `case ${i}`);
    assert.match(versionProblem ?? "", /^Cannot read /, `case ${i}`);
  }
});

Deno.test("readPe() ends in a FormatError or an answer, whatever bytes are changed", async () => {
  const pe = writePe();
  let x = 1;
  const random = (below: number) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x % below;
  };
  for (let round = 0; round < 10_000; round++) {
    const bytes = pe.slice(0, random(20) === 0 ? random(pe.length) : pe.length);
    for (let i = random(4); i >= 0; i--) {
      if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
    }
    try {
      const { fileVersion } = await read(bytes);
      assert.ok(fileVersion === undefined || fileVersion.every((n) => n >= 0 && n <= 0xffff));
    } catch (error) {
      assert.ok(error instanceof FormatError, `round ${round}: ${error}`);
    }
  }
});

Deno.test("readPe() reads little of a large file", async () => {
  const pe = writePe();
  let bytes = 0;
  const source = {
    size: 2 ** 40,
    read: (offset: number, length: number) => {
      bytes += length;
      return memorySource(pe).read(offset, length);
    },
  };
  assert.ok((await readPe(source, { name: "x" })).fileVersion !== undefined);
  assert.ok(bytes < 1000, String(bytes));
});

Deno.test("versions are compared by number, and only whole ones are read", () => {
  const compared = (a: string, b: string) =>
    Math.sign(compareVersions(parseFileVersion(a)!, parseFileVersion(b)!));
  assert.equal(compared("10.0.26100.900", "10.0.26100.4061"), -1);
  assert.equal(compared("10.0.26100.4061", "10.0.26100.900"), 1);
  assert.equal(compared("6.3.9600.1", "10.0.0.0"), -1);
  assert.equal(compared("1.2.3.4", "1.2.3.4"), 0);
  assert.equal(formatFileVersion([10, 0, 26100, 1]), "10.0.26100.1");
  for (const text of ["", "10.0", "1.2.3.4.5", "1.2.3.65536", "a.b.c.d", "1.2.3.-4"]) {
    assert.equal(parseFileVersion(text), undefined, text);
  }
});

Deno.test("machineName() names what Windows runs on", () => {
  assert.deepEqual([0x8664, 0xaa64, 0x014c, 0x01c4, 0x1234].map(machineName), [
    "x64",
    "arm64",
    "x86",
    "arm",
    undefined,
  ]);
});

Deno.test({
  name: "readPe() sees what 7-Zip sees",
  ignore: without(sevenZipPresent),
  fn: () =>
    withFolder(async (folder) => {
      const cases = [
        { machine: 0x8664, version: [10, 0, 26100, 4061] },
        { machine: 0x014c, version: [6, 3, 9600, 17415], narrow: true },
        { machine: 0xaa64, version: [1, 65535, 0, 65535] },
      ] as const;
      for (const [i, options] of cases.entries()) {
        const bytes = writePe(options);
        const path = `${folder}/${i}.dll`;
        await Deno.writeFile(path, bytes);
        const listing = run("7z", ["l", path]);
        const { machine, fileVersion } = await read(bytes);
        assert.equal(/^CPU = (.+)$/m.exec(listing)?.[1]?.toLowerCase(), machineName(machine));
        assert.equal(/^FileVersion: (.+)$/m.exec(listing)?.[1], formatFileVersion(fileVersion!));
      }
    }),
});
