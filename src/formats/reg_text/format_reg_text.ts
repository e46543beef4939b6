/** Writes a whole document as a `.reg` file of version 5. */
import { decodeUtf16 } from "../../base/mod.ts";
import type { RegDocument } from "./document.ts";
import { RegTextWriter } from "./reg_text_writer.ts";

/** The byte order mark of UTF-16LE, with which regedit begins a file. */
export const REG_BYTE_ORDER_MARK: Uint8Array = Uint8Array.of(0xff, 0xfe);

/** The text of a `.reg` file, without a byte order mark. */
export function formatRegText(document: RegDocument): string {
  return pieces(document).map(decodeUtf16).join("");
}

/** The file itself: UTF-16LE with a byte order mark. */
export function encodeRegText(document: RegDocument): Uint8Array {
  const parts = [REG_BYTE_ORDER_MARK, ...pieces(document)];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function pieces(document: RegDocument): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const writer = new RegTextWriter((part) => void parts.push(part));
  for (const { path, deleted, values } of document.keys) {
    writer.key(path, { deleted });
    for (const value of values) writer.value(value);
  }
  writer.end();
  return parts;
}
