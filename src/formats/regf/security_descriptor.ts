/**
 * The security descriptor of built hives, self-relative as in [MS-DTYP] 2.4.6. It is what
 * Windows gives to HKLM\SOFTWARE, reduced to the accounts that exist everywhere.
 */

const SYSTEM = sid(18); // S-1-5-18
const ADMINISTRATORS = sid(32, 544); // S-1-5-32-544
const USERS = sid(32, 545); // S-1-5-32-545

const KEY_ALL_ACCESS = 0xf003f;
const KEY_READ = 0x20019;
const READ_CONTROL = 0x20000;
const WRITE_DAC = 0x40000;

/** SE_SELF_RELATIVE and SE_DACL_PRESENT. */
const CONTROL = 0x8004;
const CONTAINER_INHERIT = 0x02;
const DESCRIPTOR_HEADER = 20;
const ACL_HEADER = 8;
const ACE_HEADER = 8;

/**
 * For a root key whose own descriptor is lost: as that of a SAM hive, so that nobody gets a right
 * he did not have. SYSTEM may do everything, Administrators may only give themselves more.
 */
export function strictSecurityDescriptor(): Uint8Array {
  return descriptor([
    allow(SYSTEM, KEY_ALL_ACCESS),
    allow(ADMINISTRATORS, READ_CONTROL | WRITE_DAC),
  ]);
}

/** Owner Administrators, group SYSTEM; both may do everything, users may read; inherited. */
export function defaultSecurityDescriptor(): Uint8Array {
  return descriptor([
    allow(SYSTEM, KEY_ALL_ACCESS),
    allow(ADMINISTRATORS, KEY_ALL_ACCESS),
    allow(USERS, KEY_READ),
  ]);
}

function descriptor(aces: readonly Uint8Array[]): Uint8Array {
  const acl = accessControlList(aces);
  const owner = DESCRIPTOR_HEADER + acl.length;
  const group = owner + ADMINISTRATORS.length;
  const header = new Uint8Array(DESCRIPTOR_HEADER);
  const data = new DataView(header.buffer);
  data.setUint8(0, 1); // revision
  data.setUint16(2, CONTROL, true);
  data.setUint32(4, owner, true);
  data.setUint32(8, group, true);
  data.setUint32(16, DESCRIPTOR_HEADER, true); // the access list follows at once
  return concat([header, acl, ADMINISTRATORS, SYSTEM]);
}

function sid(...authorities: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + 4 * authorities.length);
  const data = new DataView(bytes.buffer);
  data.setUint8(0, 1); // revision
  data.setUint8(1, authorities.length);
  data.setUint8(7, 5); // NT authority
  authorities.forEach((authority, index) => data.setUint32(8 + 4 * index, authority, true));
  return bytes;
}

function allow(account: Uint8Array, access: number): Uint8Array {
  const header = new Uint8Array(ACE_HEADER);
  const data = new DataView(header.buffer);
  data.setUint8(1, CONTAINER_INHERIT); // type 0 before it: access allowed
  data.setUint16(2, ACE_HEADER + account.length, true);
  data.setUint32(4, access, true);
  return concat([header, account]);
}

function accessControlList(aces: readonly Uint8Array[]): Uint8Array {
  const entries = concat(aces);
  const header = new Uint8Array(ACL_HEADER);
  const data = new DataView(header.buffer);
  data.setUint8(0, 2); // revision
  data.setUint16(2, ACL_HEADER + entries.length, true);
  data.setUint16(4, aces.length, true);
  return concat([header, entries]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    whole.set(part, filled);
    filled += part.length;
  }
  return whole;
}
