/**
 * chkdsk: calls as data, the verdict by exit code, progress in any language. Whether a
 * volume may be repaired at all (failing disk, missing RST driver) is not decided here.
 *
 * ```ts
 * const report = parseChkdsk(outcome, { repairing: true });
 * report.verdict; // "fixed"
 * ```
 *
 * @module
 */
export * from "./invocations.ts";
export * from "./progress.ts";
export * from "./report.ts";
