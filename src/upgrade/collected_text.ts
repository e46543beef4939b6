/**
 * Prepares a log for being read on another computer: secrets in it are hidden, and of a giant one
 * the beginning and the end are taken. Works piece by piece: no log is ever held whole.
 */
import { decodeLatin1, decodeUtf16, encodeLatin1, encodeUtf16 } from "../base/mod.ts";
import { hideRecoveryPasswords } from "../tools/manage_bde/mod.ts";
import { hideProductKeys } from "../tools/setup/mod.ts";

/** A range of a file, in bytes. */
export interface LogRange {
  readonly offset: number;
  readonly length: number;
}

/** How Setup was started stands at the beginning. */
const HEAD_BYTES = 1 << 20;

/** What is taken of a file: all of it, or its beginning and its end. */
export function rangesOf(bytes: number, tailBytes: number): readonly LogRange[] {
  if (bytes <= tailBytes + HEAD_BYTES) return [{ offset: 0, length: bytes }];
  // Even offsets: a character of UTF-16 has two bytes.
  const tail = tailBytes - (tailBytes % 2) + (bytes % 2);
  return [{ offset: 0, length: HEAD_BYTES }, { offset: bytes - tail, length: tail }];
}

/** Bytes that are kept back until it is known that no secret goes on behind them. */
const HOLD_BYTES = 4 << 20;

/** Hides secrets in what is pushed through it; everything else stays as it is, byte for byte. */
export class SecretFilter {
  /** Something was hidden. */
  hidden = false;
  #held = new Uint8Array();
  #wide: boolean | undefined;

  /** Takes bytes and gives those that are ready. */
  push(bytes: Uint8Array): Uint8Array {
    this.#held = joined(this.#held, bytes);
    if (this.#held.length < HOLD_BYTES) return new Uint8Array();
    const end = this.#boundary();
    const ready = this.#held.subarray(0, end);
    this.#held = this.#held.slice(end);
    return this.#clean(ready);
  }

  /** Gives the rest. What is pushed afterwards does not go on with it. */
  flush(): Uint8Array {
    const rest = this.#held;
    this.#held = new Uint8Array();
    return this.#clean(rest);
  }

  /** A line for people, in the encoding of the file. */
  remark(text: string): Uint8Array {
    return this.#wide ? encodeUtf16(text) : new TextEncoder().encode(text);
  }

  /** The end of the last line behind which no secret can go on. */
  #boundary(): number {
    this.#wide ??= isWide(this.#held);
    const step = this.#wide ? 2 : 1;
    const last = this.#held.length - (this.#held.length % step) - step;
    for (let at = last; at >= step; at -= step) {
      if (this.#held[at] !== 0x0a || (this.#wide && this.#held[at + 1] !== 0)) continue;
      const before = this.#held[at - step] === 0x0d ? at - 2 * step : at - step;
      if (!isDigitOrDash(this.#held[before])) return at + step;
    }
    return last + step;
  }

  #clean(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes;
    this.#wide ??= isWide(bytes);
    if (this.#wide) {
      const even = bytes.length - (bytes.length % 2);
      const clean = this.#cleanText(decodeUtf16(bytes.subarray(0, even)));
      return clean === undefined ? bytes : joined(encodeUtf16(clean), bytes.subarray(even));
    }
    const utf8 = strictUtf8(bytes);
    const clean = this.#cleanText(utf8 ?? decodeLatin1(bytes));
    if (clean === undefined) return bytes;
    return (utf8 === undefined ? encodeLatin1(clean) : undefined) ??
      new TextEncoder().encode(clean);
  }

  /** The text without secrets, or undefined if it has none. */
  #cleanText(text: string): string | undefined {
    const clean = hideRegistryData(hideProductKeys(text).replace(PASSWORD, hideRecoveryPasswords));
    if (clean === text) return undefined;
    this.hidden = true;
    return clean;
  }
}

/**
 * Three groups of six digits or more, and what is left of a cut one; or 42 digits in one piece.
 * Two groups alone are mostly a date with a time, as in the names of sessions.
 */
const PASSWORD =
  /(?<!\p{Nd})\p{Nd}{6}(?:[\s\p{Pd}\p{Cf}]{1,8}\p{Nd}{6}(?!\p{Nd})){2,}(?:[\s\p{Pd}]{1,8}\p{Nd}{1,5}(?!\p{Nd}))?|\p{Nd}{42,}/gu;

/** More than a REG_QWORD in a journal's hexadecimal data: it may be a text, and that a password. */
const RECORDED_DATA = /("hex":")[0-9a-f]{18,}(?=")/gi;
/** What somebody typed behind `registry set` in the command line that a journal keeps. */
const TYPED_DATA = /(pemedic registry set )(?:[^\r\n"\\]|\\[^\r\n])+/g;
/** How an edit is shown in the sentences of a journal: `CmdLine: \\"old\\" -> \\"new\\"`. */
const SHOWN_DATA = / -> \\"(?:(?!\\")[^\r\n])*\\"/g;

/** Journals of PE Medic hold what was written into the registry, as data, typed and shown. */
function hideRegistryData(text: string): string {
  return text.replace(RECORDED_DATA, "$1hidden").replace(TYPED_DATA, "$1[hidden]")
    .replace(SHOWN_DATA, " -> [hidden]");
}

function isDigitOrDash(byte: number | undefined): boolean {
  return byte === undefined || byte === 0x2d || byte === 0x20 || (byte >= 0x30 && byte <= 0x39);
}

/** UTF-16: a mark says so, or every other byte of the beginning is zero. */
function isWide(bytes: Uint8Array): boolean {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return true;
  const sample = bytes.subarray(0, 512);
  let zeros = 0;
  for (let at = 1; at < sample.length; at += 2) if (sample[at] === 0) zeros++;
  return sample.length >= 8 && zeros * 4 > sample.length;
}

function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
