/**
 * The order of operations: guards, rungs, plan, run, resume, events. Runs steps through the
 * journal and stops as soon as nothing blocking is left.
 *
 * @module
 */
export * from "./events.ts";
export * from "./guards.ts";
export * from "./options.ts";
export * from "./outcome.ts";
export * from "./plan.ts";
export * from "./plan_file.ts";
export * from "./run.ts";
export * from "./rungs.ts";
export * from "./session_run.ts";
export type { MadeCopies, SourceMaker } from "./source_maker.ts";
export type { StepResult } from "./step_result.ts";
export { createLadderSteps } from "./steps.ts";
export * from "./workspace.ts";

/** What a report needs of the rooms below, so that it imports this room only. */
export type { Finding } from "../checks/mod.ts";
export { type Change, changeRisk, describeChange, editLines } from "../journal/mod.ts";
export { describeEvidence } from "../windows/mod.ts";
