/**
 * Bytes of a log as text. Setup writes UTF-8 and copies names of drivers and products into it as
 * they come, in the ANSI code page of the machine: one line can hold both. Source: setupact.log of
 * an upgrade 17134 to 19041, whose product name has single bytes 0xAE in a file with a UTF-8 mark.
 */
import { decodeCodePage, decodeUtf16 } from "../../base/mod.ts";

/** How the characters of a log are stored. */
export interface LogEncoding {
  readonly name: "utf-8" | "utf-16le";
  /** Bytes of the byte order mark: 0, 2 or 3. */
  readonly markBytes: number;
  /** Bytes of one unit: 1 or 2. */
  readonly unit: 1 | 2;
}

const UTF8: LogEncoding = { name: "utf-8", markBytes: 0, unit: 1 };

/** Tells the encoding from the first bytes; four are enough. Without any sign it is UTF-8. */
export function detectLogEncoding(head: Uint8Array): LogEncoding {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe) return { name: "utf-16le", markBytes: 2, unit: 2 };
  if (a === 0xef && b === 0xbb && c === 0xbf) return { ...UTF8, markBytes: 3 };
  const wideDigits = isDigit(a) && b === 0 && isDigit(c) && d === 0;
  return wideDigits ? { name: "utf-16le", markBytes: 0, unit: 2 } : UTF8;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The characters of single bytes from 0x80: Windows-1252. Another code page would spell only names
 * of people and products otherwise.
 */
const SINGLE_BYTES = decodeCodePage(Uint8Array.from({ length: 128 }, (_, i) => 0x80 + i), 1252);

/** Decodes a piece of a log. Every byte that is no UTF-8 becomes the Windows-1252 character. */
export function decodeLogText(bytes: Uint8Array, encoding: LogEncoding): string {
  if (encoding.unit === 2) return decodeUtf16(bytes);
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return decodeMixed(bytes);
  }
}

function decodeMixed(bytes: Uint8Array): string {
  const pieces: string[] = [];
  let start = 0;
  const flush = (end: number) => {
    if (end > start) pieces.push(STRICT_UTF8.decode(bytes.subarray(start, end)));
  };
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    flush(at);
    pieces.push(SINGLE_BYTES[bytes[at]! - 0x80]!);
    start = ++at;
  }
  flush(bytes.length);
  return pieces.join("");
}

/** Bytes of the UTF-8 sequence at `at`, or 0 if there is none. Source: RFC 3629, table 3-7. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const [low, high] = secondByteRange(first);
  const second = bytes[at + 1] ?? 0;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    const next = bytes[at + i] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return length;
}

function secondByteRange(first: number): readonly [number, number] {
  switch (first) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return [0x80, 0xbf];
  }
}
