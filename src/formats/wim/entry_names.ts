/** Names that Windows could not have made, or that must never become a path. */

/** Why a name is no file name. */
export type NameFault =
  /** Empty, ".", "..", or with a separator or NUL: such an entry is left out of the tree. */
  | "unnamed"
  | "dots"
  | "separator"
  | "nul"
  /** Windows cannot create it, or would create something else. */
  | "reserved-name"
  | "reserved-character"
  | "trailing-dot-or-space";

/** Device names: also with an extension, also with the superscript digits 1 to 3. */
const DEVICES =
  /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?: *\.|$)/i;

/**
 * Says what is wrong with a file name, or undefined.
 *
 * Source: "Naming Files, Paths, and Namespaces" (Microsoft).
 */
export function nameFault(name: string): NameFault | undefined {
  if (name === "") return "unnamed";
  if (name === "." || name === "..") return "dots";
  if (/[\\/]/.test(name)) return "separator";
  if (name.includes("\0")) return "nul";
  // deno-lint-ignore no-control-regex
  if (/[<>:"|?*\x01-\x1f]/.test(name)) return "reserved-character";
  if (/[. ]$/.test(name)) return "trailing-dot-or-space";
  return DEVICES.test(name) ? "reserved-name" : undefined;
}

/** True if an entry of this name cannot be part of a tree at all. */
export function breaksPaths(fault: NameFault | undefined): boolean {
  return fault === "unnamed" || fault === "dots" || fault === "separator" || fault === "nul";
}
