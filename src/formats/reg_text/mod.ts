/**
 * `.reg` files of version 5: text in, keys and values out, and back. Nothing here knows hives or
 * merges keys: a document says what the file says, in its order.
 *
 * ```ts
 * import { parseRegText } from "../formats/reg_text/mod.ts";
 * const { keys } = parseRegText(bytes);
 * ```
 *
 * @module
 */
export type { RegDocument, RegKeyEntry, RegValueEntry } from "./document.ts";
export { encodeRegText, formatRegText, REG_BYTE_ORDER_MARK } from "./format_reg_text.ts";
export { parseRegText } from "./parse_reg_text.ts";
export { type RegTextSink, RegTextWriter, type RegTextWriterOptions } from "./reg_text_writer.ts";
