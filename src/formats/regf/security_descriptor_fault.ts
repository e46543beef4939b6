/**
 * Tells whether bytes are a security descriptor that Windows accepts in a hive: self-relative, as
 * in [MS-DTYP] 2.4.6, with every identifier and access list inside it.
 */

/** SE_DACL_PRESENT, SE_SACL_PRESENT, SE_SELF_RELATIVE. */
const DACL_PRESENT = 0x0004;
const SACL_PRESENT = 0x0010;
const SELF_RELATIVE = 0x8000;

const HEADER = 20;
const SID_HEADER = 8;
/** SID_MAX_SUB_AUTHORITIES. */
const MOST_SUB_AUTHORITIES = 15;
const ACL_HEADER = 8;
const ACE_HEADER = 4;

/** What is wrong with a descriptor, or undefined if nothing is. */
export function securityDescriptorFault(bytes: Uint8Array): string | undefined {
  if (bytes.length < HEADER) return `it has ${bytes.length} bytes`;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== 1) return `its revision is ${bytes[0]}`;
  const control = data.getUint16(2, true);
  if ((control & SELF_RELATIVE) === 0) return "it is not self-relative";
  const [owner, group, sacl, dacl] = [4, 8, 12, 16].map((field) => data.getUint32(field, true));
  if (sidFault(data, owner!)) return "its owner is damaged";
  if (sidFault(data, group!)) return "its group is damaged";
  if ((control & SACL_PRESENT) !== 0 && aclFault(data, sacl!)) return "its audit list is damaged";
  if ((control & DACL_PRESENT) !== 0 && aclFault(data, dacl!)) return "its access list is damaged";
  return undefined;
}

/** An offset of zero means that there is none, which Windows allows. */
function sidFault(data: DataView, offset: number): boolean {
  return offset !== 0 && (offset < HEADER || sidLength(data, offset) === undefined);
}

/** Bytes of the identifier at `offset`, or undefined if there is none. */
function sidLength(data: DataView, offset: number): number | undefined {
  if (offset + SID_HEADER > data.byteLength || data.getUint8(offset) !== 1) return undefined;
  const count = data.getUint8(offset + 1);
  const length = SID_HEADER + 4 * count;
  return count > MOST_SUB_AUTHORITIES || offset + length > data.byteLength ? undefined : length;
}

function aclFault(data: DataView, offset: number): boolean {
  if (offset === 0) return false;
  if (offset < HEADER || offset + ACL_HEADER > data.byteLength) return true;
  const revision = data.getUint8(offset);
  const end = offset + data.getUint16(offset + 2, true);
  if (revision < 2 || revision > 4 || end > data.byteLength) return true;
  let entry = offset + ACL_HEADER;
  for (let left = data.getUint16(offset + 4, true); left > 0; left--) {
    const next = aceEnd(data, entry, end);
    if (next === undefined) return true;
    entry = next;
  }
  return false;
}

/** Where the access control entry at `offset` ends, or undefined if it is damaged. */
function aceEnd(data: DataView, offset: number, end: number): number | undefined {
  if (offset + ACE_HEADER > end) return undefined;
  const size = data.getUint16(offset + 2, true);
  if (size < ACE_HEADER || size % 4 !== 0 || offset + size > end) return undefined;
  const sid = offset + 8;
  // Types 0 to 3 (allow, deny, audit, alarm) are a mask and an identifier; others have more.
  if (data.getUint8(offset) > 3) return offset + size;
  const length = sidLength(data, sid);
  return length === undefined || sid + length > offset + size ? undefined : offset + size;
}
