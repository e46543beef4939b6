/**
 * Words everybody uses: errors with exit codes, bounds-checked bytes, Windows text, times
 * and paths, and the description of a tool call. No input or output happens here.
 *
 * ```ts
 * import { RefusalError } from "../base/mod.ts";
 * throw new RefusalError(`Cannot move "CatRoot": it holds the signature catalogues`);
 * ```
 *
 * @module
 */
export * from "./byte_view.ts";
export * from "./code_pages.ts";
export * from "./console.ts";
export * from "./console_layout.ts";
export * from "./errors.ts";
export * from "./exit_codes.ts";
export * from "./filetime.ts";
export * from "./format_bytes.ts";
export * from "./guid.ts";
export * from "./risk.ts";
export * from "./text.ts";
export * from "./tool_invocation.ts";
export * from "./windows_path.ts";
