/** GUIDs as Windows stores them: the first three parts little-endian. */

/** Formats 16 bytes as a GUID the way Windows prints it, in lower case without braces. */
export function formatGuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const order = [[3, 2, 1, 0], [5, 4], [7, 6], [8, 9], [10, 11, 12, 13, 14, 15]];
  return order.map((part) => part.map((index) => hex[index]).join("")).join("-");
}
