/**
 * The header of an ESE database (`DataStore.edb`, `qmgr.db`, `catdb`): enough to tell whether
 * it was closed in order. Pages are not read.
 *
 * @module
 */
import { ByteView } from "../../base/mod.ts";

/** Signature at offset 4 of every ESE database. Source: libyal's ESE database file format. */
const SIGNATURE = 0x89abcdef;

/** Database states at offset 52. Source: libyal's ESE format; Microsoft's JET_DBINFOMISC. */
const STATES: Readonly<Record<number, EseState>> = {
  1: "just-created",
  2: "dirty-shutdown",
  3: "clean-shutdown",
  4: "being-converted",
  5: "force-detach",
};

/** How a database was left. */
export type EseState =
  | "just-created"
  | "dirty-shutdown"
  | "clean-shutdown"
  | "being-converted"
  | "force-detach";

/** Bytes of the file that {@linkcode eseState} wants. */
export const ESE_HEADER_BYTES = 64;

/** The state that a database's first bytes tell, or undefined if they are no ESE header. */
export function eseState(header: Uint8Array): EseState | undefined {
  if (header.length < ESE_HEADER_BYTES) return undefined;
  const view = new ByteView(header, "database header");
  return view.u32(4) === SIGNATURE ? STATES[view.u32(52)] : undefined;
}
