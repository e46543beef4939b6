/** Parses `.reg` files of version 5, as `reg export` and regedit write them and people edit them. */
import { decodeUtf16, encodeUtf16, FormatError } from "../../base/mod.ts";
import {
  REG_HEADER,
  type RegDocument,
  type RegKeyEntry,
  RegTextType,
  type RegValueEntry,
} from "./document.ts";
import { LineCursor, shortened } from "./line_cursor.ts";

/**
 * Parses a `.reg` file: text, or bytes in UTF-16LE with a byte order mark or in UTF-8.
 *
 * @throws {FormatError} that names the line. Nothing is skipped in silence.
 */
export function parseRegText(text: string | Uint8Array): RegDocument {
  const cursor = new LineCursor(typeof text === "string" ? withoutMark(text) : decode(text));
  expectHeader(cursor);
  const keys: RegKeyEntry[] = [];
  let values: RegValueEntry[] | undefined;
  while (!cursor.atEnd) {
    cursor.skipBlanks();
    switch (cursor.peek()) {
      case "":
      case "\r":
      case "\n":
      case ";":
        cursor.finishLine();
        break;
      case "[": {
        values = [];
        keys.push({ ...parseKey(cursor), values });
        break;
      }
      default:
        if (values === undefined) throw cursor.error("a value stands before the first key");
        refuseInDeleted(keys.at(-1)!, cursor);
        values.push(parseValue(cursor));
    }
  }
  return { keys };
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeUtf16(bytes.subarray(2));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError("Cannot read the registry text: it is neither UTF-16LE nor UTF-8", {
      cause,
    });
  }
}

function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function expectHeader(cursor: LineCursor): void {
  const first = cursor.takeLine().trim();
  if (first === REG_HEADER) return;
  throw cursor.error(`"${shortened(first)}" is not "${REG_HEADER}"`, 1);
}

function parseKey(cursor: LineCursor): Omit<RegKeyEntry, "values"> {
  const { line } = cursor;
  const text = cursor.takeLine();
  // A key's name may hold "]", so the last one ends it.
  const end = text.lastIndexOf("]");
  const rest = text.slice(end + 1).trim();
  if (end < 0 || (rest !== "" && !rest.startsWith(";"))) {
    throw cursor.error(`"${shortened(text)}" has no "]" at its end`, line);
  }
  const deleted = text.startsWith("[-");
  const path = text.slice(deleted ? 2 : 1, end);
  if (path === "") throw cursor.error("the key has no name", line);
  return { path, deleted };
}

function refuseInDeleted(key: RegKeyEntry, cursor: LineCursor): void {
  if (key.deleted) throw cursor.error(`a value stands under the deleted key "${key.path}"`);
}

function parseValue(cursor: LineCursor): RegValueEntry {
  const name = parseValueName(cursor);
  cursor.skipBlanks();
  if (!cursor.takeWord("=")) throw cursor.error(`there is no "=" after the name "${name}"`);
  cursor.skipBlanks();
  const content = parseContent(cursor);
  cursor.finishLine();
  return content === undefined ? { name, deleted: true } : { name, deleted: false, ...content };
}

function parseValueName(cursor: LineCursor): string {
  if (cursor.takeWord("@")) return "";
  if (cursor.peek() === '"') return parseQuoted(cursor);
  const { line } = cursor;
  throw cursor.error(`"${shortened(cursor.takeLine())}" is no key, value or comment`, line);
}

/** Takes a text in quotes. It may go over several lines, as in files that regedit writes. */
function parseQuoted(cursor: LineCursor): string {
  const { line } = cursor;
  cursor.take();
  let text = "";
  while (true) {
    text += cursor.takeMatch(/[^"\\\n]*/y) ?? "";
    if (cursor.atEnd) throw cursor.error("the quote that is opened there is never closed", line);
    const character = cursor.take();
    if (character === '"') return text;
    text += character === "\\" ? parseEscape(cursor) : character;
  }
}

function parseEscape(cursor: LineCursor): string {
  const character = cursor.peek();
  if (character !== "\\" && character !== '"') {
    throw cursor.error(`a single "\\" stands in quotes; it must be written "\\\\"`);
  }
  return cursor.take();
}

/** Type and data of a value, or undefined for "-". */
function parseContent(
  cursor: LineCursor,
): { readonly type: number; readonly data: Uint8Array } | undefined {
  if (cursor.takeWord("-")) return undefined;
  if (cursor.peek() === '"') {
    return { type: RegTextType.string, data: encodeUtf16(parseQuoted(cursor) + "\0") };
  }
  if (cursor.takeWord("dword:")) return { type: RegTextType.dword, data: parseDword(cursor) };
  if (cursor.takeWord("hex:")) return { type: RegTextType.binary, data: parseHex(cursor) };
  if (cursor.takeWord("hex(")) {
    const digits = cursor.takeMatch(/[0-9a-f]{1,8}/iy);
    if (digits === undefined || !cursor.takeWord("):")) {
      throw cursor.error(`the type in "hex(...):" is not a hexadecimal number`);
    }
    return { type: parseInt(digits, 16), data: parseHex(cursor) };
  }
  const { line } = cursor;
  throw cursor.error(`"${shortened(cursor.takeLine())}" is no string, dword or hex`, line);
}

function parseDword(cursor: LineCursor): Uint8Array {
  const digits = cursor.takeMatch(/[0-9a-f]{1,8}(?![0-9a-f])/iy);
  if (digits === undefined) throw cursor.error("a dword has one to eight hexadecimal digits");
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, parseInt(digits, 16), true);
  return data;
}

/** Takes bytes like `01,02,\` with their continuation lines. */
function parseHex(cursor: LineCursor): Uint8Array {
  const bytes: number[] = [];
  while (true) {
    cursor.skipBlanks();
    if (takeContinuation(cursor)) continue;
    takePlainBytes(cursor, bytes);
    if (takeContinuation(cursor)) continue;
    const digits = cursor.takeMatch(/[0-9a-f]{1,2}(?![0-9a-f])/iy);
    if (digits === undefined) {
      if (bytes.length === 0) break;
      throw cursor.error(`after a "," comes a byte of two hexadecimal digits`);
    }
    bytes.push(parseInt(digits, 16));
    cursor.skipBlanks();
    if (!cursor.takeWord(",")) break;
  }
  return Uint8Array.from(bytes);
}

/** Takes bytes as programs write them, many at once: a hive has millions. */
function takePlainBytes(cursor: LineCursor, bytes: number[]): void {
  for (;;) {
    const run = cursor.takeMatch(/(?:[0-9a-f]{2},){1,1024}/iy);
    if (run === undefined) return;
    for (let i = 0; i < run.length; i += 3) {
      bytes.push(digitOf(run.charCodeAt(i)) << 4 | digitOf(run.charCodeAt(i + 1)));
    }
  }
}

/** The value of a character that is known to be a hexadecimal digit. */
function digitOf(unit: number): number {
  return (unit & 15) + (unit > 0x39 ? 9 : 0);
}

function takeContinuation(cursor: LineCursor): boolean {
  if (!cursor.takeWord("\\")) return false;
  cursor.finishLine();
  if (cursor.atEnd) throw cursor.error(`the text ends after "\\"`);
  return true;
}
