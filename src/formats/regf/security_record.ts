/** Security records: from a key to the bytes of its descriptor, proven to be one. */
import type { CellSpace } from "./cell_space.ts";
import { Magic, SecurityField } from "./layout.ts";
import { securityDescriptorFault } from "./security_descriptor_fault.ts";

/** The position of the security record at `offset`. @throws {FormatError} if there is none. */
export function securityPosition(space: CellSpace, offset: number): number {
  const position = space.cell(offset, SecurityField.descriptor, "security record");
  if (space.u16(position) === Magic.sk) return position;
  throw space.error("security record", `it does not begin with "sk"`, position);
}

/**
 * The descriptor of the security record at `offset`. Shares memory with the hive.
 *
 * @throws {FormatError} if it is not there, or is not what Windows accepts.
 */
export function securityDescriptorAt(space: CellSpace, offset: number): Uint8Array {
  const position = securityPosition(space, offset);
  const size = space.u32(position + SecurityField.descriptorSize);
  if (SecurityField.descriptor + size > space.contentLength(position)) {
    throw space.error("security record", "its descriptor does not fit into its cell", position);
  }
  const start = position + SecurityField.descriptor;
  const descriptor = space.bytes.subarray(start, start + size);
  const fault = securityDescriptorFault(descriptor);
  if (fault === undefined) return descriptor;
  throw space.error("security record", `its descriptor is bad: ${fault}`, position);
}
