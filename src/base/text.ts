/**
 * Text as Windows stores and prints it: UTF-16LE without loss, and console code pages.
 * JavaScript strings are UTF-16, so lone surrogates survive; `TextDecoder` would replace them.
 */

const CHUNK = 0x2000;

/** Decodes UTF-16LE without loss: lone surrogates and NULs stay. An odd last byte is dropped. */
export function decodeUtf16(bytes: Uint8Array): string {
  const units = bytes.length >>> 1;
  let text = "";
  for (let start = 0; start < units; start += CHUNK) {
    const end = Math.min(units, start + CHUNK);
    const codes = new Array<number>(end - start);
    for (let i = start; i < end; i++) codes[i - start] = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
    text += String.fromCharCode(...codes);
  }
  return text;
}

/** Encodes as UTF-16LE without a byte order mark and without a terminator. */
export function encodeUtf16(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[2 * i] = unit & 0xff;
    bytes[2 * i + 1] = unit >>> 8;
  }
  return bytes;
}

/** Decodes Latin-1: each byte is the code unit of the same number. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const end = Math.min(bytes.length, start + CHUNK);
    // An array, not a view: a view is spread through an iterator, many times slower.
    const codes = new Array<number>(end - start);
    for (let i = start; i < end; i++) codes[i - start] = bytes[i]!;
    text += String.fromCharCode(...codes);
  }
  return text;
}

/** Encodes as Latin-1, or returns undefined if a code unit is above 0xFF. */
export function encodeLatin1(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) return undefined;
    bytes[i] = unit;
  }
  return bytes;
}
