/**
 * Self-relative security descriptors as Windows hands them over: what has to be said when one is
 * set again, and whether two of them protect a file alike. Structures: winnt.h, [MS-DTYP] 2.4.6.
 */

/** Bits of the control word at offset 2. */
const DACL_PRESENT = 0x0004;
const SACL_PRESENT = 0x0010;
const DACL_AUTO_INHERIT_REQ = 0x0100;
const SACL_AUTO_INHERIT_REQ = 0x0200;
const DACL_AUTO_INHERITED = 0x0400;
const SACL_AUTO_INHERITED = 0x0800;
const DACL_PROTECTED = 0x1000;
const SACL_PROTECTED = 0x2000;
/** The rest tells how the lists came about; a list that is not present is the same as none. */
const MEANING = DACL_PROTECTED | SACL_PROTECTED;

const HEADER_SIZE = 20;
const OWNER_AT = 4;
const GROUP_AT = 8;
const SACL_AT = 12;
const DACL_AT = 16;

/**
 * The descriptor as it has to be set: Windows drops the bit that says that a list was inherited
 * unless the bit that asks for inheritance is set with it. Source: wimlib 1.14, win32_apply.c
 * (set_security_descriptor), and Samba, which does the same to its clients.
 */
export function keepingInheritance(descriptor: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(descriptor);
  const view = new DataView(copy.buffer);
  let control = view.getUint16(2, true);
  if ((control & DACL_AUTO_INHERITED) !== 0) control |= DACL_AUTO_INHERIT_REQ;
  if ((control & SACL_AUTO_INHERITED) !== 0) control |= SACL_AUTO_INHERIT_REQ;
  view.setUint16(2, control, true);
  return copy;
}

/**
 * Says whether two descriptors have the same owner, group and lists, wherever these lie in them.
 * False too if one of them is cut off.
 */
export function sameSecurity(one: Uint8Array, other: Uint8Array): boolean {
  const [a, b] = [partsOf(one), partsOf(other)];
  return a !== undefined && b !== undefined && a.every((part, at) => part === b[at]);
}

/** SECURITY_NT_AUTHORITY and its identifiers (winnt.h): the same on every Windows. */
const SYSTEM = sid(18);
const ADMINISTRATORS = sid(32, 544);
/** OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE. */
const INHERITED_BY_ALL = 0x3;
const FILE_ALL_ACCESS = 0x001f_01ff;
const SELF_RELATIVE = 0x8000;

/**
 * What PE Medic's own folders get: SYSTEM and administrators may do everything there and in all
 * below, nobody else anything, and nothing is inherited from above. The administrators own it,
 * because an owner may always give rights away. SDDL:
 * `O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`.
 */
export function administratorsOnly(): Uint8Array<ArrayBuffer> {
  const list = [SYSTEM, ADMINISTRATORS].flatMap(allowAll);
  const daclAt = HEADER_SIZE + ADMINISTRATORS.length;
  const header = new DataView(new ArrayBuffer(HEADER_SIZE));
  header.setUint8(0, 1);
  const control = SELF_RELATIVE | DACL_PRESENT | DACL_PROTECTED | DACL_AUTO_INHERITED |
    DACL_AUTO_INHERIT_REQ;
  header.setUint16(2, control, true);
  header.setUint32(OWNER_AT, HEADER_SIZE, true);
  header.setUint32(DACL_AT, daclAt, true);
  const acl = [2, 0, 8 + list.length, 0, 2, 0, 0, 0, ...list];
  return Uint8Array.from([...new Uint8Array(header.buffer), ...ADMINISTRATORS, ...acl]);
}

/**
 * Says whether a descriptor has the owner and the list of {@linkcode administratorsOnly}, and cuts
 * off inheritance. Group and system list do not matter. False too if it is cut off.
 */
export function isAdministratorsOnly(descriptor: Uint8Array): boolean {
  const [found, wanted] = [partsOf(descriptor), partsOf(administratorsOnly())];
  if (found === undefined || wanted === undefined) return false;
  const [control, owner, , , dacl] = found;
  return (Number(control) & DACL_PROTECTED) !== 0 && owner === wanted[1] && dacl === wanted[4];
}

/** A SID below S-1-5. */
function sid(...identifiers: readonly number[]): number[] {
  const view = new DataView(new ArrayBuffer(4 * identifiers.length));
  identifiers.forEach((identifier, at) => view.setUint32(4 * at, identifier, true));
  return [1, identifiers.length, 0, 0, 0, 0, 0, 5, ...new Uint8Array(view.buffer)];
}

/** ACCESS_ALLOWED_ACE. */
function allowAll(who: readonly number[]): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint8(1, INHERITED_BY_ALL);
  view.setUint16(2, 8 + who.length, true);
  view.setUint32(4, FILE_ALL_ACCESS, true);
  return [...new Uint8Array(view.buffer), ...who];
}

/** Control bits, owner, group, system list and discretionary list, each as comparable text. */
function partsOf(descriptor: Uint8Array): readonly string[] | undefined {
  if (descriptor.length < HEADER_SIZE) return undefined;
  const view = new DataView(descriptor.buffer, descriptor.byteOffset, descriptor.byteLength);
  const control = view.getUint16(2, true);
  const parts = [
    sidAt(view, view.getUint32(OWNER_AT, true)),
    sidAt(view, view.getUint32(GROUP_AT, true)),
    (control & SACL_PRESENT) === 0 ? "null" : listAt(view, view.getUint32(SACL_AT, true)),
    (control & DACL_PRESENT) === 0 ? "null" : listAt(view, view.getUint32(DACL_AT, true)),
  ];
  const whole = parts.filter((part) => part !== undefined);
  return whole.length === parts.length ? [`${control & MEANING}`, ...whole] : undefined;
}

/** "" where the descriptor names nobody, undefined where it is cut off. */
function sidAt(view: DataView, offset: number): string | undefined {
  if (offset === 0) return "";
  if (offset + 8 > view.byteLength) return undefined;
  return textOf(view, { offset, length: 8 + 4 * view.getUint8(offset + 1) });
}

/** The entries of a list, without what it has free behind them; "null" for none, which allows all. */
function listAt(view: DataView, offset: number): string | undefined {
  if (offset === 0) return "null";
  if (offset + 8 > view.byteLength) return undefined;
  let end = offset + 8;
  for (let left = view.getUint16(offset + 4, true); left > 0; left--) {
    if (end + 4 > view.byteLength) return undefined;
    end += view.getUint16(end + 2, true);
  }
  const entries = textOf(view, { offset: offset + 8, length: end - offset - 8 });
  return entries === undefined ? undefined : `list ${entries}`;
}

function textOf(
  view: DataView,
  range: { readonly offset: number; readonly length: number },
): string | undefined {
  if (range.offset + range.length > view.byteLength) return undefined;
  return new Uint8Array(view.buffer, view.byteOffset + range.offset, range.length).join();
}
