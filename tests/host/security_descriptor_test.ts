/** What a security descriptor has to say when it is set again, and when two of them are alike. */
import assert from "node:assert/strict";
import {
  administratorsOnly,
  isAdministratorsOnly,
  keepingInheritance,
  sameSecurity,
} from "../../src/host/security_descriptor.ts";

/** Places of the parts of a descriptor and what is in them. */
interface Parts {
  readonly control?: number;
  readonly owner?: readonly number[];
  readonly group?: readonly number[];
  /** Entries; null for a list that allows everything. */
  readonly dacl?: readonly (readonly number[])[] | null;
  readonly sacl?: readonly (readonly number[])[] | null;
  /** Free bytes between header and parts. */
  readonly gap?: number;
  /** Free bytes behind the entries of each list. */
  readonly free?: number;
}

const OWNER = [5, 80];
const GROUP = [5, 18];
const READ = [0, 0, 20, 0, 0xa9, 0, 0x12, 0, 1, 1, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0];
const ALL = [0, 0, 20, 0, 0xff, 1, 0x1f, 0, 1, 1, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0];

function build(parts: Parts = {}): Uint8Array<ArrayBuffer> {
  const bytes = [...new Uint8Array(20 + (parts.gap ?? 0))];
  const offsets: number[] = [];
  const add = (part: readonly number[] | undefined) => {
    offsets.push(part === undefined ? 0 : bytes.length);
    bytes.push(...part ?? []);
  };
  add(sid(parts.owner ?? OWNER));
  add(sid(parts.group ?? GROUP));
  const list = (entries: Parts["dacl"]) => entries ? acl(entries, parts.free ?? 0) : undefined;
  add(list(parts.sacl));
  add(list(parts.dacl === undefined ? [READ] : parts.dacl));
  const result = Uint8Array.from(bytes);
  const view = new DataView(result.buffer);
  view.setUint8(0, 1);
  view.setUint16(2, parts.control ?? 0x8004, true);
  offsets.forEach((offset, at) => view.setUint32(4 + 4 * at, offset, true));
  return result;
}

function sid([authority, last]: readonly number[]): number[] {
  return [1, 1, 0, 0, 0, 0, 0, authority!, last!, 0, 0, 0];
}

function acl(entries: readonly (readonly number[])[], free: number): number[] {
  const size = 8 + entries.flat().length + free;
  return [2, 0, size, 0, entries.length, 0, 0, 0, ...entries.flat(), ...new Array(free).fill(0xee)];
}

function controlOf(bytes: Uint8Array): number {
  return bytes[2]! + bytes[3]! * 256;
}

Deno.test("keepingInheritance() asks for inheritance exactly where a list was inherited", () => {
  const asked = (control: number) => controlOf(keepingInheritance(build({ control })));
  assert.equal(asked(0x8004), 0x8004);
  assert.equal(asked(0x9404), 0x9504);
  assert.equal(asked(0x8814), 0x8a14);
  assert.equal(asked(0x8c14), 0x8f14);
});

Deno.test("keepingInheritance() changes a copy", () => {
  const original = build({ control: 0x8404 });
  keepingInheritance(original);
  assert.deepEqual(original, build({ control: 0x8404 }));
});

Deno.test("sameSecurity() does not care where the parts lie or how the lists came about", () => {
  const plain = build({ sacl: [ALL], control: 0x8014 });
  assert.ok(sameSecurity(plain, build({ sacl: [ALL], control: 0x8014 })));
  assert.ok(sameSecurity(plain, build({ sacl: [ALL], control: 0x8014, gap: 12, free: 8 })));
  assert.ok(sameSecurity(build({ control: 0x8004 }), build({ control: 0x8d0c })));
  const view = new Uint8Array(100).subarray(3);
  view.set(build());
  assert.ok(sameSecurity(view, build()));
});

Deno.test("sameSecurity() takes a list that is not there for one that is none", () => {
  assert.ok(sameSecurity(build({ control: 0x8004 }), build({ control: 0x8014 })));
  const open = build({ control: 0x8004, dacl: null });
  assert.ok(sameSecurity(open, build({ control: 0x8000, dacl: null })));
  assert.ok(sameSecurity(open, build({ control: 0x8000 })));
  assert.ok(!sameSecurity(open, build({ dacl: [] })));
});

Deno.test("sameSecurity() sees another owner, group, entry, order or protection", () => {
  const control = 0x8014;
  const both = { control, dacl: [READ, ALL], sacl: [READ] };
  const different: Parts[] = [
    { ...both, owner: [5, 32] },
    { ...both, group: [5, 32] },
    { ...both, owner: [1, 80] },
    { ...both, dacl: [ALL, READ] },
    { ...both, dacl: [READ] },
    { ...both, dacl: [] },
    { ...both, dacl: null },
    { ...both, sacl: [ALL] },
    { ...both, sacl: null },
    { ...both, control: 0x8004 },
    { ...both, control: 0x9014 },
    { ...both, control: 0xa014 },
  ];
  for (const parts of different) {
    assert.ok(!sameSecurity(build(both), build(parts)), JSON.stringify(parts));
    assert.ok(!sameSecurity(build(parts), build(both)), JSON.stringify(parts));
  }
});

Deno.test("sameSecurity() takes nothing for the same that is cut off", () => {
  const whole = build({ control: 0x8014, sacl: [ALL, READ], dacl: [READ, ALL] });
  assert.ok(sameSecurity(whole, whole.slice()));
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    assert.ok(!sameSecurity(cut, cut), `${length}`);
  }
});

Deno.test("administratorsOnly() is O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA), byte by byte", () => {
  assert.equal(
    administratorsOnly().toHex(),
    // Revision, control (self-relative, protected, inherited and asked for, list), offsets.
    "01000495" + "14000000" + "00000000" + "00000000" + "24000000" +
      "01020000" + "00000005" + "20000000" + "20020000" +
      "02003400" + "02000000" +
      "00031400" + "ff011f00" + "01010000" + "00000005" + "12000000" +
      "00031800" + "ff011f00" + "01020000" + "00000005" + "20000000" + "20020000",
  );
});

Deno.test("isAdministratorsOnly() sees any other owner, entry, inheritance, and what is cut off", () => {
  const wanted = administratorsOnly();
  assert.ok(isAdministratorsOnly(wanted));
  assert.ok(isAdministratorsOnly(Uint8Array.from([...wanted, 0, 0, 0, 0])));
  // How the list came about, and the bits of a system list, do not matter.
  const [low, high] = [wanted.with(2, 0x0c), wanted.with(3, 0xb0)];
  assert.ok(isAdministratorsOnly(low) && isAdministratorsOnly(high));
  for (let at = 20; at < wanted.length; at++) {
    if (at >= 36 && at < 44) continue; // the head of the list says only how long it is
    assert.ok(!isAdministratorsOnly(wanted.with(at, wanted[at]! ^ 1)), `${at}`);
  }
  assert.ok(!isAdministratorsOnly(wanted.with(40, 1)), "an entry is gone");
  assert.ok(!isAdministratorsOnly(wanted.with(3, 0x85)), "it inherits from above");
  assert.ok(!isAdministratorsOnly(wanted.with(2, 0x00)), "everybody may do everything");
  for (let length = 0; length < wanted.length; length++) {
    assert.ok(!isAdministratorsOnly(wanted.slice(0, length)), `${length}`);
  }
});
