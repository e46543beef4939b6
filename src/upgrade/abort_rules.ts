/**
 * What may be done in each state of Setup to bring a machine out of an upgrade that does not
 * come to its end. Sources: `windows/setup_state.ts` for the states; Microsoft Learn, Windows
 * Setup states and log files, for what the folders hold; what a rollback needs: operations 94 to
 * 103 of setupact.log.
 */
import { isOfUpgrade, type SetupState, type SetupStateName } from "../windows/mod.ts";

/**
 * - `yes`: nothing can go on with the upgrade.
 * - `forced`: it may still succeed by itself; only somebody who has seen it fail may say so.
 * - `never`: it would break what is as it should be, or what nobody understands.
 */
export type AbortConsent = "yes" | "forced" | "never";

/** What may be done in one state. */
export interface AbortRule {
  /** The loader of Windows becomes the default of the boot configuration again. */
  readonly bootDefault: AbortConsent;
  /** The upgrade's folders are moved aside. */
  readonly putAside: AbortConsent;
  /** Why not more: one sentence for people, no full stop. */
  readonly why: string;
}

/** The table. */
export const ABORT_RULES: Readonly<Record<SetupStateName, AbortRule>> = {
  "finished": {
    bootDefault: "never",
    putAside: "forced",
    why: "No upgrade is under way, and the folder may be the way back to the Windows before",
  },
  "waiting": {
    bootDefault: "never",
    putAside: "never",
    why: "It is as it should be: nothing is taken back",
  },
  "in-flight": {
    bootDefault: "forced",
    putAside: "forced",
    why: "It may still succeed by itself: let it start once more",
  },
  "rollback-pending": {
    bootDefault: "forced",
    putAside: "never",
    why: "Let it take the upgrade back; its folder is needed for that",
  },
  "dead-downlevel": {
    bootDefault: "yes",
    putAside: "yes",
    why: "Nothing starts the upgrade",
  },
  "dead-safe-os": {
    bootDefault: "yes",
    putAside: "yes",
    why: "What the computer starts is gone",
  },
  "dead-first-boot": {
    bootDefault: "yes",
    putAside: "yes",
    why: "Nothing is left that could go on or take back",
  },
  "dead-oobe": {
    bootDefault: "yes",
    putAside: "yes",
    why: "Nothing is left that would end Setup",
  },
  "unclear": {
    bootDefault: "forced",
    putAside: "never",
    why: "What is not understood is not changed",
  },
};

/** Says whether something may be done. */
export function consents(consent: AbortConsent, force: boolean): boolean {
  return consent === "yes" || (consent === "forced" && force);
}

/** Setup has not put the new Windows in the place of the old one: that one has nothing to do with it. */
export function isOldWindows({ facts }: SetupState): boolean {
  const { values, continuation } = facts;
  return (values.setupType ?? 0) === 0 && (values.systemSetupInProgress ?? 0) === 0 &&
    continuation.length === 0;
}

/**
 * One boot configuration starts Windows and another one an upgrade whose file is gone, as after a
 * power cut between the two: which of them the computer uses cannot be told, but what is dead is.
 */
export function startsDeadSetup(state: SetupState): boolean {
  const entry = state.bootsSetup?.entry;
  return state.name === "unclear" && entry !== undefined && isOfUpgrade(entry) &&
    entry.device?.onTarget === true && entry.missingFile !== undefined &&
    state.facts.system === "readable" && isOldWindows(state);
}

/** Says whether the boot configuration may be changed in this state. */
export function mayRestoreBoot(state: SetupState, force: boolean): boolean {
  return startsDeadSetup(state) || consents(ABORT_RULES[state.name].bootDefault, force);
}
