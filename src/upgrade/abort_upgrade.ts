/**
 * Brings a machine out of an upgrade that does not come to its end: which steps that takes, and
 * when it must not be done because the upgrade may still succeed, or be taken back, by itself.
 */
import { RefusalError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import { type OfflineWindows, onTarget, readSetupState, type SetupState } from "../windows/mod.ts";
import { ABORT_RULES, mayRestoreBoot, startsDeadSetup } from "./abort_rules.ts";
import { findBootRepairs } from "./boot_default.ts";
import { findLeftovers, whyLeftoversStay } from "./leftovers.ts";
import { UpgradePlace } from "./order.ts";
import { RESTORE_BOOT_DEFAULT } from "./restore_boot_default.ts";

/** The steps, in the order in which the ladder runs them. */
export const ABORT_STEPS: readonly string[] = [
  RESTORE_BOOT_DEFAULT,
  "upgrade.put-aside",
  "setup.reset-state",
];

/** How an upgrade is given up. */
export interface AbortOptions {
  /** Somebody has seen it fail: also where it could still succeed by itself. */
  readonly force: boolean;
}

/**
 * Refuses where nothing may be done, or not without force. Returns what people should know before:
 * one sentence each.
 *
 * @throws {RefusalError} with the reason and the next command.
 */
export async function requireAbortable(
  windows: OfflineWindows,
  options: AbortOptions,
): Promise<string[]> {
  const state = await readSetupState(windows);
  const { name, reason } = state;
  const rule = ABORT_RULES[name];
  const open = name === "in-flight" || name === "rollback-pending" || name === "unclear";
  if (open && !startsDeadSetup(state)) {
    if (!await canBeForced(windows, state)) {
      throw new RefusalError(`Cannot give up the upgrade: ${reason}`, {
        next: `Not even with --force: see what is wrong with ${commandFor(windows, "diagnose")}`,
      });
    }
    if (!options.force) {
      throw new RefusalError(`Cannot give up the upgrade: ${reason}`, {
        next: `${rule.why}. If it was seen to fail again and again: ${
          commandFor(windows, "upgrade abort")
        } --force`,
      });
    }
  }
  const boots = await findBootRepairs(windows, state);
  if (boots.kind === "impossible" && mayRestoreBoot(state, options.force)) {
    throw new RefusalError(`Cannot give up the upgrade: ${boots.reason}`, {
      next: `See what the computer starts: ${commandFor(windows, "boot show")}; a new entry is ` +
        `made by: bcdboot "${onTarget(windows, "Windows")}"`,
    });
  }
  return await notesOn(windows, { state, force: options.force });
}

async function canBeForced(windows: OfflineWindows, state: SetupState): Promise<boolean> {
  const boots = await findBootRepairs(windows, state);
  if (boots.kind === "repairs" && mayRestoreBoot(state, true)) return true;
  if ((await findLeftovers(windows)).length === 0) return false;
  return await whyLeftoversStay(windows, { state, force: true }) === undefined;
}

async function notesOn(
  windows: OfflineWindows,
  judged: { readonly state: SetupState; readonly force: boolean },
): Promise<string[]> {
  const notes: string[] = [];
  if (judged.state.name === "finished" && (await findLeftovers(windows)).length > 0) {
    const obstacle = await whyLeftoversStay(windows, judged);
    if (obstacle !== undefined) notes.push(obstacle.reason);
  }
  if (await windows.files.stat(UpgradePlace.order) !== undefined) {
    notes.push(
      "PE Medic has left an order to upgrade this Windows, which starts Setup again; take it " +
        `back with ${commandFor(windows, "upgrade unstage")}`,
    );
  }
  return notes;
}
