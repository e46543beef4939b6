/**
 * Writes `.reg` files of version 5 the way `reg export` does, piece by piece: the header, a blank
 * line, each key with its values and a blank line after it, CRLF, long data over several lines.
 */
import { REG_HEADER, RegTextType, type RegValueEntry } from "./document.ts";

/** A line of bytes goes on in the next one once it is longer than this. */
const HEX_LINE_LENGTH = 76;

/** Code units that are collected before they are handed on. */
const CHUNK_UNITS = 1 << 20;

/** Room for a whole line of bytes with its end. */
const LINE_UNITS = 512;

/** How to write. */
export interface RegTextWriterOptions {
  /**
   * The text will become UTF-8, which cannot hold half a surrogate pair: strings that have one
   * are written as bytes. Names cannot be written otherwise.
   */
  readonly wellFormed?: boolean;
}

/** Takes UTF-16LE text without a byte order mark; each piece is the receiver's own. */
export type RegTextSink = (utf16: Uint8Array) => void;

/** Turns keys and values into text. Nothing is kept but the piece at hand. */
export class RegTextWriter {
  readonly #sink: RegTextSink;
  readonly #wellFormed: boolean;
  #units = new Uint16Array(CHUNK_UNITS);
  #length = 0;
  #inKey = false;

  constructor(sink: RegTextSink, options: RegTextWriterOptions = {}) {
    this.#sink = sink;
    this.#wellFormed = options.wellFormed ?? false;
    this.#text(`${REG_HEADER}\r\n\r\n`);
  }

  /** Begins a key. `path` is written as it is and must not hold a line break. */
  key(path: string, options: { readonly deleted?: boolean } = {}): void {
    this.#text(`${this.#inKey ? "\r\n" : ""}[${options.deleted ? "-" : ""}`);
    this.#text(path);
    this.#text("]\r\n");
    this.#inKey = true;
  }

  /** Writes a value of the key that was begun last. */
  value(value: RegValueEntry): void {
    if (value.name === "") this.#text("@=");
    else this.#quotedName(value.name);
    if (value.deleted) this.#text("-");
    else this.#data(value.name, value);
    this.#text("\r\n");
  }

  /** Ends the text and hands the last piece on. */
  end(): void {
    if (this.#inKey) this.#text("\r\n");
    this.#inKey = false;
    this.#flush();
  }

  #data(name: string, value: { readonly type: number; readonly data: Uint8Array }): void {
    const { type, data } = value;
    if (type === RegTextType.string && this.#isPlain(data)) return this.#quotedData(data);
    if (type === RegTextType.dword && data.length === 4) {
      const number = new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true);
      return this.#text(`dword:${number.toString(16).padStart(8, "0")}`);
    }
    const form = type === RegTextType.binary ? "hex:" : `hex(${type.toString(16)}):`;
    this.#text(form);
    this.#hex(nameLength(name) + 1 + form.length, data);
  }

  /** Whether quotes can say it: one NUL at the end, no control characters. */
  #isPlain(data: Uint8Array): boolean {
    const end = data.length - 2;
    if (end < 0 || data.length % 2 !== 0 || data[end] !== 0 || data[end + 1] !== 0) return false;
    for (let i = 0; i < end; i += 2) {
      const unit = data[i]! | (data[i + 1]! << 8);
      if (unit === 0 || unit === 0x0a || unit === 0x0d) return false;
      if (this.#wellFormed && (unit & 0xf800) === 0xd800) {
        if (unit >= 0xdc00 || i + 2 >= end || (data[i + 3]! & 0xfc) !== 0xdc) return false;
        i += 2;
      }
    }
    return true;
  }

  #quotedData(data: Uint8Array): void {
    const end = data.length - 2;
    this.#reserve(end + 2);
    const units = this.#units;
    let at = this.#length;
    units[at++] = QUOTE;
    for (let i = 0; i < end; i += 2) {
      const unit = data[i]! | (data[i + 1]! << 8);
      if (unit === QUOTE || unit === BACKSLASH) units[at++] = BACKSLASH;
      units[at++] = unit;
    }
    units[at++] = QUOTE;
    this.#length = at;
  }

  #quotedName(name: string): void {
    this.#text('"');
    this.#text(/[\\"]/.test(name) ? escaped(name) : name);
    this.#text('"=');
  }

  /** `column` is where the first line stands already. */
  #hex(column: number, data: Uint8Array): void {
    let width = column;
    for (let from = 0; from < data.length;) {
      const fitting = Math.max(1, Math.floor((HEX_LINE_LENGTH - width) / 3) + 1);
      const to = Math.min(data.length, from + fitting);
      this.#reserve(LINE_UNITS);
      this.#hexLine(data, from, to);
      if (to === data.length) this.#length--; // no comma behind the last byte
      else this.#text("\\\r\n  ");
      from = to;
      width = 2;
    }
  }

  #hexLine(data: Uint8Array, from: number, to: number): void {
    const units = this.#units;
    let at = this.#length;
    for (let i = from; i < to; i++) {
      const byte = data[i]!;
      units[at] = DIGITS[byte >>> 4]!;
      units[at + 1] = DIGITS[byte & 15]!;
      units[at + 2] = COMMA;
      at += 3;
    }
    this.#length = at;
  }

  #text(text: string): void {
    this.#reserve(text.length);
    const units = this.#units;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) units[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#units.length) return;
    this.#flush();
    if (count > this.#units.length) this.#units = new Uint16Array(count);
  }

  #flush(): void {
    if (this.#length === 0) return;
    const units = this.#units;
    const bytes = new Uint8Array(units.buffer, 0, 2 * this.#length);
    this.#units = new Uint16Array(CHUNK_UNITS);
    this.#length = 0;
    this.#sink(LITTLE_ENDIAN ? bytes : swapped(bytes));
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const DIGITS = Uint16Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function swapped(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (_, index) => bytes[index ^ 1]!);
}

function escaped(text: string): string {
  return text.replace(/[\\"]/g, "\\$&");
}

function nameLength(name: string): number {
  return name === "" ? 1 : escaped(name).length + 2;
}
