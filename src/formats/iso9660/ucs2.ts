/** Joliet text: UCS-2, big-endian. Source: Joliet 2.2. */

/** Decodes without loss; an odd last byte is dropped. */
export function decodeUcs2(bytes: Uint8Array): string {
  const codes: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) codes.push((bytes[i]! << 8) | bytes[i + 1]!);
  return String.fromCharCode(...codes);
}
