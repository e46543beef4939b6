/** What a report is made of: types and descriptions of the rooms below, in one place. */
export type { Finding } from "../checks/mod.ts";
export { changeRisk, describeChange } from "../journal/mod.ts";
export type { GuardResult, LadderPlan, LadderResult, PlannedRung } from "../ladder/mod.ts";
export { describeEvidence } from "../windows/mod.ts";
