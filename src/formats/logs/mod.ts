/**
 * The text logs of Windows Setup and servicing (`setupact.log`, `setuperr.log`, `CBS.log`: one
 * format) and the report of Microsoft's SetupDiag. Readers only: what a line means is told by the
 * rooms above.
 *
 * ```ts
 * const log = await openSetupLog(source);
 * for await (const record of log.recordsBackwards()) {
 *   if (record.level === "Error") return record.text; // the tail was read, nothing else
 * }
 * ```
 *
 * @module
 */
export * from "./log_line.ts";
export * from "./log_text.ts";
export * from "./record.ts";
export * from "./setup_diag.ts";
export * from "./setup_diag_text.ts";
export * from "./setup_log.ts";
