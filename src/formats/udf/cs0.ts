/**
 * OSTA Compressed Unicode: the first byte says how many bits a character has.
 * Source: OSTA UDF 2.01, 2.1.1 and 2.1.3 (dstring).
 */
import { decodeLatin1 } from "../../base/mod.ts";

/** A name, and what was wrong with its bytes. */
export interface Cs0Text {
  readonly text: string;
  readonly fault?: string;
  /** Compression ID 254 or 255: the name of something deleted. */
  readonly deleted: boolean;
}

/** Decodes d-characters: compression ID 8 (or 254) and 16 (or 255), whose characters are big-endian. */
export function decodeCs0(bytes: Uint8Array): Cs0Text {
  const id = bytes[0];
  if (id === undefined) return { text: "", deleted: false };
  const content = bytes.subarray(1);
  if (id === 8 || id === 254) return { text: decodeLatin1(content), deleted: id === 254 };
  if (id === 16 || id === 255) {
    const text = decodeUtf16BigEndian(content);
    const odd = content.length % 2 !== 0;
    return {
      text,
      deleted: id === 255,
      ...(odd ? { fault: "half a character at the end of its name was dropped" } : {}),
    };
  }
  return {
    text: decodeLatin1(content),
    deleted: false,
    fault: `its name has the unknown compression ID ${id}`,
  };
}

/** Decodes a dstring: the field's last byte is the length in use. */
export function decodeDstring(field: Uint8Array): string {
  const used = Math.min(field[field.length - 1] ?? 0, field.length - 1);
  return decodeCs0(field.subarray(0, used)).text.replace(/\0[^]*$/, "").trim();
}

/** Decodes UTF-16BE without loss; an odd last byte is dropped. */
function decodeUtf16BigEndian(bytes: Uint8Array): string {
  const codes: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) codes.push((bytes[i]! << 8) | bytes[i + 1]!);
  return String.fromCharCode(...codes);
}
