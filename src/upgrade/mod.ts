/**
 * The last rung: an in-place upgrade that Windows starts by itself at its next start. Whether
 * media can upgrade a Windows, what is left on the target for it, the starter that runs there, and
 * how a machine is brought out of an upgrade that died.
 *
 * @module
 */
export * from "./abort_rules.ts";
export * from "./abort_upgrade.ts";
export * from "./check_upgrade.ts";
export * from "./collected_text.ts";
export * from "./find_logs.ts";
export { chooseImage, type ChosenImage } from "./choose_image.ts";
export * from "./media_facts.ts";
export * from "./order.ts";
export * from "./progress.ts";
export * from "./registry.ts";
export type { ReasonWeight, UpgradeReason } from "./reason.ts";
export * from "./request.ts";
export { readSituation, type UpgradeSituation } from "./situation.ts";
export { refuseOtherStage } from "./stage_state.ts";
export { readUpgradeStatus } from "./read_status.ts";
export * from "./stage_upgrade.ts";
export type { UpgradeAdvice } from "./status_advice.ts";
export type * from "./status_facts.ts";
export * from "./upgrade_status.ts";
export { hasStaged, type StagingSession, stagingSessions } from "./staging_sessions.ts";
export { starterCommand } from "./arming.ts";
export * from "./starter.ts";
export { besideProgram } from "./starter_order.ts";
export type * from "./starter_machine.ts";
export { type SetupVerdict, setupVerdict } from "./setup_verdict.ts";
