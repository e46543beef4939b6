/**
 * Recovery passwords never leave this room: eight groups of six digits open the whole disk.
 * Whoever has output of manage-bde in hand, from whatever call, sends it through here first.
 */
import type { ToolOutcome } from "../../base/mod.ts";

/** What stands in the place of a recovery password. */
export const HIDDEN_PASSWORD = "[recovery password hidden]";

/**
 * Two groups or more with dashes or blanks of any kind between them, even over the end of a line,
 * and the beginning of a cut group behind them; or all the digits in one piece. Parts count too:
 * each known group makes the rest easier to guess.
 */
const GROUPS =
  /(?<!\p{Nd})(?:\p{Nd}{6,}(?:[\s\p{Pd}\p{Cf}]{1,40}\p{Nd}{6,})+(?:\s{0,8}\p{Pd}\s{0,8}\p{Nd}*)?|\p{Nd}{42,})/gu;

/** The text without any recovery password. */
export function hideRecoveryPasswords(text: string): string {
  return text.replace(GROUPS, HIDDEN_PASSWORD);
}

/** An outcome whose texts hold no recovery password. */
export function hideInOutcome(outcome: ToolOutcome): ToolOutcome {
  return {
    ...outcome,
    output: hideRecoveryPasswords(outcome.output),
    errorOutput: hideRecoveryPasswords(outcome.errorOutput),
  };
}
