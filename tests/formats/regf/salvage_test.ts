import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  buildHive,
  examineHive,
  openHive,
  type SalvagedHive,
  salvageHive,
} from "../../../src/formats/regf/mod.ts";
import { contentLines } from "./hive_content.ts";
import { assertSoundHive } from "./hive_invariants.ts";
import {
  binary,
  contentOf,
  key,
  keyAt,
  problemsOf,
  smallHive,
  u32At,
  withChecksum,
  withU16,
  withU32,
} from "./hive_samples.ts";
import { assertKernelTakes } from "./kernel_rules.ts";
import { cellNamedAt, descriptorFor, recordAt, richHive } from "./rich_hive.ts";

const AT = new Date("2024-05-06T07:08:09Z");

/** Salvages, and proves that the result is a hive without any fault. */
function salvage(bytes: Uint8Array): SalvagedHive {
  const salvaged = salvageHive(bytes, { name: "TEST", at: AT });
  const examination = examineHive(salvaged.bytes, { name: "TEST" });
  assert.deepEqual(examination.faults, []);
  assertKernelTakes(salvaged.bytes);
  assert.deepEqual(problemsOf(salvaged.bytes), []);
  assert.deepEqual([salvaged.keys, salvaged.values], [examination.keys, examination.values]);
  for (const { message } of salvaged.lost) assert.doesNotMatch(message, /\.$/);
  return salvaged;
}

function messages({ lost }: SalvagedHive): string {
  return lost.map(({ path, message }) => `[${path ?? "-"}] ${message}`).join("\n");
}

/** The paths of keys and values that the second hive lacks. */
function missing(before: Uint8Array, after: Uint8Array): string[] {
  const kept = new Set(contentLines(after));
  return contentLines(before).filter((line) => !kept.has(line));
}

/** The keys and values of a hive, without what they hold. */
function names(bytes: Uint8Array): Set<string> {
  const name = (line: string) => {
    const [path, second] = JSON.parse(line);
    return JSON.stringify([path, typeof second === "string" ? second : 0]);
  };
  return new Set(contentLines(bytes).map(name));
}

const SUBKEY_LIST = 0x1c;
const SECURITY = 0x2c;

Deno.test("salvageHive() keeps everything of a healthy hive of every version", () => {
  for (const minor of [3, 4, 5, 6] as const) {
    for (const bytes of [smallHive({ minor }), richHive({ minor })]) {
      const salvaged = salvage(bytes);
      assert.deepEqual(contentLines(salvaged.bytes), contentLines(bytes));
      assert.deepEqual([salvaged.lost, salvaged.reattached], [[], 0]);
      assert.equal(openHive(salvaged.bytes).header.minorVersion, minor);
    }
  }
  assertSoundHive(salvage(smallHive()).bytes);
});

Deno.test("salvageHive() gives the same bytes for the same bytes, and keeps what it made", () => {
  const damaged = withU16(richHive(), recordAt(richHive(), "Alpha"), 0);
  const { bytes } = salvage(damaged);
  assert.deepEqual(salvage(damaged).bytes, bytes);
  assert.deepEqual(contentLines(salvage(bytes).bytes), contentLines(bytes));
});

Deno.test("salvageHive() does not change the bytes it is given", () => {
  const bytes = withU32(richHive(), 4096 + 4096, 0);
  const before = bytes.slice();
  salvage(bytes);
  assert.deepEqual(bytes, before);
});

Deno.test("salvageHive() writes a clean header with the old identifiers", () => {
  const old = richHive({ dirty: true, name: "\\SystemRoot\\System32\\Config\\SAM" }).slice();
  for (let at = 0x70; at < 0xb8; at++) old[at] = at * at; // transactions, and what lies behind them
  const { bytes } = salvage(withChecksum(old));
  const { header, dirty } = openHive(bytes);
  assert.equal(dirty, false);
  assert.deepEqual([header.primarySequence, header.secondarySequence], [3, 3]);
  assert.equal(header.storedName, "\\SystemRoot\\System32\\Config\\SAM");
  assert.deepEqual(header.lastWritten, AT);
  assert.deepEqual(bytes.subarray(0x70, 0xb0), old.subarray(0x70, 0xb0));
  assert.ok(bytes.subarray(0xb0, 0xb8).every((byte) => byte === 0));
});

Deno.test("salvageHive() takes the sequence number that it is given", () => {
  const { bytes } = salvageHive(smallHive(), { name: "TEST", at: AT, sequence: 77 });
  const { header } = openHive(bytes);
  assert.deepEqual([header.primarySequence, header.secondarySequence], [77, 77]);
});

Deno.test("salvageHive() leaves the mark of offreg.dll away", () => {
  const old = withU32(smallHive(), 0xa8, 0x6752664f);
  assert.equal(u32At(salvage(old).bytes, 0xa8), 0);
});

Deno.test("salvageHive() trusts no identifiers of a header with a wrong checksum", () => {
  const old = richHive().slice();
  for (let at = 0x70; at < 0xb0; at++) old[at] = at * at;
  const { bytes, lost } = salvage(old);
  assert.ok(bytes.subarray(0x70, 0xb0).every((byte) => byte === 0));
  assert.deepEqual(contentLines(bytes), contentLines(richHive()));
  assert.deepEqual(lost, []);
});

Deno.test("salvageHive() needs no header at all", () => {
  const bytes = richHive();
  const { bytes: saved } = salvage(bytes.slice().fill(0, 0, 4096));
  assert.deepEqual(contentLines(saved), contentLines(bytes));
});

Deno.test("salvageHive() finds the root by its mark if the header leads nowhere", () => {
  const bytes = richHive();
  for (const offset of [0xffffffff, 0x7000000, 0x28]) {
    const wrong = withU32(bytes, 0x24, offset);
    assert.deepEqual(contentLines(salvage(wrong).bytes), contentLines(bytes));
  }
  // A header that cannot be trusted names another key.
  const other = withU32(bytes, 0x24, recordAt(bytes, "Alpha") - 4096 - 4);
  other[0x1fc]! ^= 1;
  assert.deepEqual(contentLines(salvage(other).bytes), contentLines(bytes));
});

Deno.test("salvageHive() makes a new root if the record of the old one is gone", () => {
  const bytes = richHive();
  const salvaged = salvage(withU16(bytes, recordAt(bytes, ""), 0));
  assert.match(messages(salvaged), /The root key is gone, with its name and values/);
  assert.match(messages(salvaged), /only SYSTEM may use it now/);
  assert.deepEqual(missing(bytes, salvaged.bytes).map((line) => JSON.parse(line)[0]), ["", "", ""]);
  assert.equal(salvaged.reattached, 4);
  const descriptor = openHive(salvaged.bytes).root.securityDescriptor ?? new Uint8Array(0);
  // SYSTEM: all; Administrators: READ_CONTROL and WRITE_DAC; nobody else.
  assert.equal(descriptor[24], 2);
  assert.deepEqual([...descriptor.subarray(32, 36)], [0x3f, 0, 0xf, 0]);
  assert.deepEqual([...descriptor.subarray(52, 56)], [0, 0, 6, 0]);
});

Deno.test("salvageHive() refuses what has no root and what is no hive", () => {
  const lonely = smallHive();
  const nothing = withU16(buildHive(key("ROOT")), recordAt(buildHive(key("ROOT")), ""), 0);
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /there is no root key in it/],
    [new Uint8Array(10_000).fill(0x41), /there is no root key in it/],
    [nothing, /there is no root key in it/],
    [lonely.slice(0, 4096), /there is no root key in it/],
    [withU32(lonely, 0x1c, 6), /it is a log/],
    [withU32(lonely, 0x18, 2), /its version 1\.2 is not known/],
  ];
  for (const [bytes, expected] of cases) {
    assert.throws(
      () => salvageHive(bytes, { name: "TEST", at: AT }),
      (error) =>
        error instanceof FormatError && /^Cannot salvage hive "TEST"/.test(error.message) &&
        expected.test(error.message),
    );
  }
});

/** The offsets of the bins of a hive that are whole pages behind the first one. */
function bins(bytes: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let at = 4096; at < bytes.length; at += u32At(bytes, at + 8)) offsets.push(at);
  return offsets;
}

Deno.test("salvageHive() mends a bin whose header is damaged", () => {
  const bytes = richHive();
  for (const bin of bins(bytes).filter((_, i) => i % 8 === 0)) {
    for (const [field, value] of [[0, 0], [4, 0x7000], [8, 0], [8, 4096 * 3], [8, 0xfffff000]]) {
      const salvaged = salvage(withU32(bytes, bin + field!, value!));
      assert.deepEqual(contentLines(salvaged.bytes), contentLines(bytes), `${bin} ${field}`);
      assert.deepEqual(salvaged.lost, []);
    }
  }
});

Deno.test("salvageHive() leaves out a bin that is overwritten, and keeps the rest", () => {
  const bytes = richHive();
  const all = names(bytes);
  const places = bins(bytes).slice(1).filter((_, i) => i % 3 === 0); // the first holds the root
  assert.ok(places.length > 10);
  for (const bin of places) {
    const size = u32At(bytes, bin + 8);
    const salvaged = salvage(bytes.slice().fill(0xee, bin, bin + size));
    const kept = names(salvaged.bytes);
    const gone = [...all].filter((name) => !kept.has(name));
    assert.ok(gone.length < all.size / 8, `${gone.length} are gone with bin ${bin}`);
    assert.match(messages(salvaged), new RegExp(`${size} bytes belong to no bin and are left out`));
    // Nothing is lost without a word: what is gone is named or counted.
    if (missing(bytes, salvaged.bytes).length > 0) assert.ok(salvaged.lost.length > 1);
    assert.equal(salvaged.lost[0]!.offset, bin);
  }
});

Deno.test("salvageHive() puts keys back whose list is damaged", () => {
  const bytes = richHive();
  const list = (path: string) => recordAt(bytes, path) + SUBKEY_LIST;
  const cases: [string, Uint8Array, number][] = [
    ["no list", withU32(bytes, list("many"), 0xffffffff), 1200],
    ["no signature", withU16(bytes, cellNamedAt(bytes, list("many")), 0), 1200],
    ["one leaf", withU16(bytes, cellNamedAt(bytes, cellNamedAt(bytes, list("many")) + 4), 0), 507],
    ["no count", withU32(bytes, list("many") - 8, 0), 1200],
    ["a count too small", withU32(bytes, list("many") - 8, 1100), 100],
    ["a count far too large", withU32(bytes, list("many") - 8, 0x7fffffff), 1200],
    ["a list cut short", withU16(bytes, cellNamedAt(bytes, list("Alpha")) + 2, 1), 1],
    ["the root's list", withU16(bytes, cellNamedAt(bytes, list("")), 0), 4],
  ];
  for (const [name, damaged, reattached] of cases) {
    const salvaged = salvage(damaged);
    assert.deepEqual(contentLines(salvaged.bytes), contentLines(bytes), name);
    assert.equal(salvaged.reattached, reattached, name);
    const expected = name.includes("far too large") ? /1200 of the 2147483647 subkeys/ : /^$/;
    assert.match(messages(salvaged), expected, name);
  }
});

Deno.test("salvageHive() gives subkeys to the key that they name, not to one that took its list", () => {
  const bytes = richHive();
  const list = u32At(bytes, recordAt(bytes, "many") + SUBKEY_LIST);
  // "Alpha" comes first and now has the list of "many".
  const salvaged = salvage(withU32(bytes, recordAt(bytes, "Alpha") + SUBKEY_LIST, list));
  assert.deepEqual(contentLines(salvaged.bytes), contentLines(bytes));
  assert.deepEqual(salvaged.lost, []);
});

Deno.test("salvageHive() believes a list if a subkey names no parent that is there", () => {
  const bytes = richHive();
  const parent = recordAt(bytes, "Alpha\\Inner") + 0x10;
  for (const wrong of [0xffffffff, 0x20, 8, recordAt(bytes, "Beta") - 4096 - 4]) {
    const salvaged = salvage(withU32(bytes, parent, wrong));
    assert.deepEqual(contentLines(salvaged.bytes), contentLines(bytes));
    assert.deepEqual(salvaged.lost, []);
  }
});

Deno.test("salvageHive() leaves keys alone that a good list does not name, and freed cells", () => {
  const bytes = richHive();
  const list = cellNamedAt(bytes, recordAt(bytes, "Alpha") + SUBKEY_LIST);
  // As Windows leaves it when "Link" is deleted but its cell is still in use.
  const deleted = withU32(
    withU16(bytes, list + 2, 1),
    recordAt(bytes, "Alpha") + 0x14,
    1,
  );
  const kept = salvage(deleted);
  assert.equal(kept.reattached, 0);
  assert.equal(openHive(kept.bytes).key("Alpha\\Link"), undefined);
  assert.deepEqual(kept.lost, []);

  const cell = recordAt(bytes, "Alpha\\Link") - 4;
  const size = -new DataView(bytes.buffer).getInt32(cell, true);
  const freed = salvage(withU32(bytes, cell, size));
  assert.equal(freed.reattached, 0);
  assert.equal(openHive(freed.bytes).key("Alpha\\Link"), undefined);
  assert.match(messages(freed), /\[Alpha\] 1 of the 2 subkeys that it counts were found/);
});

Deno.test("salvageHive() keeps keys with the longest names that the kernel takes", () => {
  const subkeys = ["x".repeat(256), "ж".repeat(256)].map((name) =>
    key(name, { values: [binary("v", 9)] })
  );
  const bytes = buildHive(key("ROOT", { subkeys }));
  const salvaged = salvage(bytes);
  assert.deepEqual([salvaged.keys, salvaged.lost], [3, []]);
  assert.deepEqual(contentLines(salvaged.bytes), contentLines(bytes));
});

Deno.test("salvageHive() leaves a symbolic link no value but its target", () => {
  const target = binary("SymbolicLinkValue", 8);
  const values = [binary("first", 9), target, binary("symboliclinkvalu", 9)];
  const bytes = buildHive(key("ROOT", { subkeys: [key("Link", { values })] }));
  const plain = salvage(bytes);
  assert.deepEqual([plain.values, plain.lost], [3, []]);
  const link = salvage(withU16(bytes, recordAt(bytes, "Link") + 2, 0x30));
  assert.equal(link.values, 1);
  const { symbolicLink } = keyAt(openHive(link.bytes), "Link");
  assert.deepEqual([symbolicLink, link.lost.length], [true, 2]);
  assert.match(messages(link), /\[Link\] The value "first" cannot be kept: a symbolic link has no/);
});

Deno.test("salvageHive() keeps one of two keys of one name: the one that is listed", () => {
  const bytes = richHive();
  const copy = bytes.slice();
  copy.set(new TextEncoder().encode("SUB0001"), recordAt(bytes, "many\\sub0002") + 0x4c);
  const listed = salvage(copy);
  assert.match(messages(listed), /\[many\\SUB0002?1\] .* there is another one of that name/);
  assert.ok(openHive(listed.bytes).key("many\\sub0001")?.name === "sub0001");
  assert.equal(listed.keys, openHive(listed.bytes).key("many")!.subkeyCount + 8);
});

Deno.test("salvageHive() names each value that is lost, and keeps the others", () => {
  const bytes = richHive();
  const value = (path: string, name: string) => {
    const found = keyAt(openHive(bytes), path).value(name);
    assert.ok(found);
    return contentOf(found);
  };
  const cases: [Uint8Array, RegExp, number][] = [
    [withU32(bytes, value("Alpha", "Path") + 8, 0x7000000), /\[Alpha\] The value "Path" cannot/, 1],
    [withU16(bytes, value("Alpha", "Path"), 0), /\[Alpha\] Cannot read a value/, 1],
    [withU32(bytes, value("", "big") + 4, 50_000), /\[\] The value "big" .* do not make/, 1],
    [withU32(bytes, recordAt(bytes, "Alpha") + 0x28, 8), /\[Alpha\] Cannot read a list of val/, 2],
    [withU32(bytes, recordAt(bytes, "Alpha") + 0x24, 0), /\[Alpha\] It counts no values, but/, 2],
  ];
  for (const [damaged, expected, lines] of cases) {
    const salvaged = salvage(damaged);
    assert.match(messages(salvaged), expected);
    assert.equal(salvaged.lost.length, 1);
    assert.equal(missing(bytes, salvaged.bytes).length, lines, String(expected));
  }
});

Deno.test("salvageHive() keeps the first of two values of one name", () => {
  const bytes = buildHive(key("ROOT", { values: [binary("one", 9), binary("two", 10)] }));
  const copy = bytes.slice();
  const second = openHive(bytes).root.value("two");
  assert.ok(second);
  copy.set(new TextEncoder().encode("ONE"), contentOf(second) + 0x14);
  const salvaged = salvage(copy);
  assert.match(messages(salvaged), /The value "ONE" cannot be kept: there is another one/);
  assert.equal(openHive(salvaged.bytes).root.value("one")?.size, 9);
});

Deno.test("salvageHive() tells who takes the security of the key above", () => {
  const bytes = richHive();
  const record = cellNamedAt(bytes, recordAt(bytes, "many") + SECURITY);
  for (const [at, value] of [[0, 0], [0x10, 0x7000000], [0x14, 0x80040007]] as const) {
    const salvaged = salvage(withU32(bytes, record + at, value));
    assert.match(
      messages(salvaged),
      /^\[many\] 1201 keys, the first of them this one, take the security of the key above: /,
    );
    const hive = openHive(salvaged.bytes);
    for (const path of ["many", "many\\sub0003", "Beta"]) {
      assert.deepEqual(keyAt(hive, path).securityDescriptor, descriptorFor(19), path);
    }
    assert.deepEqual(keyAt(hive, "Alpha").securityDescriptor, descriptorFor(20));
  }
});

Deno.test("salvageHive() gives a root without security hardly any, and says so", () => {
  const bytes = richHive();
  const record = cellNamedAt(bytes, recordAt(bytes, "") + SECURITY);
  const salvaged = salvage(withU16(bytes, record, 0));
  assert.match(messages(salvaged), /\[\] The security of the root key cannot be read: only SYSTEM/);
  const hive = openHive(salvaged.bytes);
  const descriptor = hive.root.securityDescriptor;
  assert.notDeepEqual(descriptor, openHive(smallHive()).root.securityDescriptor);
  assert.deepEqual(keyAt(hive, "Beta").securityDescriptor, descriptor);
  assert.deepEqual(keyAt(hive, "Alpha\\Inner").securityDescriptor, descriptorFor(20));
});

Deno.test("salvageHive() gives no two keys one class cell, and no class what a value has", () => {
  const bytes = richHive();
  const alpha = recordAt(bytes, "Alpha");
  const data = cellNamedAt(bytes, contentOf(keyAt(openHive(bytes), "Alpha").value("Blob")!) + 8);
  const salvaged = salvage(withU32(bytes, alpha + 0x30, data - 4096 - 4));
  assert.match(
    messages(salvaged),
    /\[Alpha\] Cannot read a key's class name .* something else too/,
  );
  assert.equal(keyAt(openHive(salvaged.bytes), "Alpha").className, undefined);
  assert.equal(keyAt(openHive(salvaged.bytes), "Alpha").value("Blob")?.size, 300);
});

Deno.test("salvageHive() keeps the first half of a file that is cut off", () => {
  const bytes = richHive();
  for (const length of [0.5, 0.75, 0.9].map((part) => Math.floor(bytes.length * part) + 100)) {
    const salvaged = salvage(bytes.slice(0, length));
    assert.ok(salvaged.keys > 100, `${salvaged.keys} keys`);
    assert.match(messages(salvaged), /The file is cut off: \d+ bytes of bins are missing/);
    const before = new Set(contentLines(bytes).map((line) => JSON.stringify(JSON.parse(line)[0])));
    for (const line of contentLines(salvaged.bytes)) {
      assert.ok(before.has(JSON.stringify(JSON.parse(line)[0])), line);
    }
  }
});

Deno.test("salvageHive() reads no value from bytes that are cut off", () => {
  const bytes = buildHive(key("ROOT", { values: [binary("kept", 40), binary("cut", 2000)] }));
  const data = cellNamedAt(bytes, contentOf(openHive(bytes).root.value("cut")!) + 8);
  const salvaged = salvage(bytes.slice(0, data + 1000));
  assert.deepEqual(openHive(salvaged.bytes).root.values().map(({ name }) => name), ["kept"]);
  assert.match(messages(salvaged), /The value "cut" cannot be kept/);
});

Deno.test("salvageHive() tells keys whose parent is gone with a bin", () => {
  const fillers = Array.from(
    { length: 60 },
    (_, i) => key(`a${i}`, { values: [binary("v", 100)] }),
  );
  const bytes = buildHive(key("ROOT", {
    subkeys: [...fillers, key("middle", { subkeys: [key("leaf")] })],
  }));
  const middle = recordAt(bytes, "middle");
  const page = (position: number) => position - position % 4096;
  const pages = ["", "middle", "middle\\leaf"].map((path) => page(recordAt(bytes, path)));
  assert.equal(new Set(pages).size, 3);
  const salvaged = salvage(bytes.slice().fill(0xee, page(middle), page(middle) + 4096));
  assert.match(messages(salvaged), /The key "leaf" and all that is below it has no place any more/);
});

Deno.test("salvageHive() lets no value take the record of another key, value or descriptor", () => {
  const bytes = richHive();
  const first = contentOf(openHive(bytes).root.value("")!);
  const victims = [
    recordAt(bytes, "many\\sub0007"),
    contentOf(keyAt(openHive(bytes), "Alpha\\Inner").value("Deep")!),
    cellNamedAt(bytes, recordAt(bytes, "many") + SECURITY),
  ];
  for (const victim of victims) {
    const salvaged = salvage(withU32(bytes, first + 8, victim - 4096 - 4));
    assert.match(messages(salvaged), /^\[\] The value "" cannot be kept: .* something else too/);
    assert.equal(salvaged.lost.length, 1);
    assert.equal(missing(bytes, salvaged.bytes).length, 1);
  }
});

Deno.test("salvageHive() keeps the tombstones of a layered hive, and keys that are handles", () => {
  const details = {
    lastWritten: 130_000_000_000_000_007n,
    flags: 0x1080,
    access: 0x102,
    userFlags: 1,
  };
  const bytes = buildHive(
    key("ROOT", {
      subkeys: [
        key("gone", { details }),
        key("handle", { details: { ...details, flags: 0x40, predefinedHandle: 0x80000050 } }),
        key("layer", {
          details,
          values: [
            { name: "x", type: 0, data: new Uint8Array(0), tombstone: true },
            binary("y", 9),
          ],
        }),
      ],
    }),
    { minor: 6 },
  );
  const salvaged = salvage(bytes);
  assert.deepEqual(contentLines(salvaged.bytes), contentLines(bytes));
  assert.equal(keyAt(openHive(salvaged.bytes), "layer").value("x")?.tombstone, true);
  assert.equal(u32At(salvaged.bytes, recordAt(salvaged.bytes, "handle") + 0x24), 0x80000050);
});
