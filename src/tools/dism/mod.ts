/**
 * DISM on an offline image: calls as data, its answers as values, its exit codes as next
 * steps. Nothing is run here, and no other program is known here.
 *
 * ```ts
 * const call = scanHealth({ image: "D:\\", scratch: "E:\\scratch", logPath: "E:\\dism.log" });
 * // … a runner runs it …
 * const answer = parseHealth(outcome);
 * if (answer.kind === "done" && answer.value.verdict === "repairable") repair();
 * ```
 *
 * @module
 */
export * from "./exits.ts";
export * from "./invocations.ts";
export * from "./listings.ts";
export * from "./progress.ts";
export * from "./repair_source.ts";
export { type DismAnswer, type DismError, type DismReport, parseDism } from "./report.ts";
export * from "./verdicts.ts";
