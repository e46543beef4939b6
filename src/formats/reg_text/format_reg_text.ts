/**
 * Writes `.reg` files of version 5 the way `reg export` does: the header, a blank line, each key
 * with its values and a blank line after it, CRLF, long data over several lines.
 */
import { decodeUtf16, encodeUtf16 } from "../../base/mod.ts";
import {
  REG_HEADER,
  type RegDocument,
  type RegKeyEntry,
  RegTextType,
  type RegValueEntry,
} from "./document.ts";

/** A line of bytes goes on in the next one once it is longer than this. */
const HEX_LINE_LENGTH = 76;

/** The text of a `.reg` file, without a byte order mark. */
export function formatRegText(document: RegDocument): string {
  const lines = [REG_HEADER, "", ...document.keys.flatMap(formatKey)];
  return lines.map((line) => line + "\r\n").join("");
}

/** The file itself: UTF-16LE with a byte order mark. */
export function encodeRegText(document: RegDocument): Uint8Array {
  return encodeUtf16("\uFEFF" + formatRegText(document));
}

function formatKey(key: RegKeyEntry): string[] {
  return [`[${key.deleted ? "-" : ""}${key.path}]`, ...key.values.map(formatValue), ""];
}

function formatValue(value: RegValueEntry): string {
  const start = (value.name === "" ? "@" : quoted(value.name)) + "=";
  if (value.deleted) return start + "-";
  const { type, data } = value;
  if (type === RegTextType.string) {
    const text = plainText(data);
    if (text !== undefined) return start + quoted(text);
  }
  if (type === RegTextType.dword && data.length === 4) {
    const number = new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true);
    return `${start}dword:${number.toString(16).padStart(8, "0")}`;
  }
  const form = type === RegTextType.binary ? "hex:" : `hex(${type.toString(16)}):`;
  return formatHex(start + form, data);
}

/** The string in the data, if quotes can say it: one NUL at the end, no control characters. */
function plainText(data: Uint8Array): string | undefined {
  if (data.length < 2 || data.length % 2 !== 0) return undefined;
  const text = decodeUtf16(data);
  const end = text.indexOf("\0");
  if (end !== text.length - 1) return undefined;
  return /[\r\n]/.test(text) ? undefined : text.slice(0, -1);
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

function formatHex(start: string, data: Uint8Array): string {
  const lines: string[] = [];
  let line = start;
  data.forEach((byte, index) => {
    line += byte.toString(16).padStart(2, "0");
    if (index === data.length - 1) return;
    line += ",";
    if (line.length > HEX_LINE_LENGTH) {
      lines.push(line + "\\");
      line = "  ";
    }
  });
  return [...lines, line].join("\r\n");
}
