/**
 * sfc on an offline Windows: calls as data, the verdict by its sentences or by its log,
 * never by its exit code.
 *
 * ```ts
 * const report = judgeSfc(outcome, parseSfcLog(logText));
 * report.verdict; // "not-all-repaired"
 * ```
 *
 * @module
 */
export * from "./invocations.ts";
export * from "./log.ts";
export * from "./progress.ts";
export * from "./verdict.ts";
