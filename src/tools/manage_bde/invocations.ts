/**
 * The manage-bde calls. None of them takes or shows a key: a volume is unlocked by hand, by the
 * person who has the key. Source: Microsoft Learn, manage-bde.
 */
import { RefusalError, type ToolInvocation, UsageError } from "../../base/mod.ts";

/** Asks for the state of a volume; the answer is translated. */
export function bitLockerStatus(options: { readonly volume: string }): ToolInvocation {
  const volume = checkedVolume(options.volume);
  return {
    ...call(["-status", volume]),
    risk: "reads",
    purpose: `Read the BitLocker state of ${volume}`,
  };
}

/** Asks whether a volume is protected, with the answer in the exit code. */
export function bitLockerProtection(options: { readonly volume: string }): ToolInvocation {
  const volume = checkedVolume(options.volume);
  return {
    ...call(["-status", volume, "-ProtectionAsErrorLevel"]),
    risk: "reads",
    purpose: `Ask whether BitLocker protects ${volume}`,
  };
}

/** The most restarts that manage-bde counts. Source: Microsoft Learn, manage-bde protectors. */
export const MOST_RESTARTS = 15;

/**
 * Lets the volume start without its key for some restarts; the data stay encrypted.
 *
 * @throws {UsageError} unless `restarts` is a whole number from 0 (until enabled again) to 15.
 */
export function suspendProtectors(
  options: { readonly volume: string; readonly restarts: number },
): ToolInvocation {
  const volume = checkedVolume(options.volume);
  const { restarts } = options;
  if (!Number.isInteger(restarts) || restarts < 0 || restarts > MOST_RESTARTS) {
    throw new UsageError(`Cannot suspend BitLocker of ${volume} for ${restarts} restarts`, {
      next: `Give a number from 0 (until it is enabled again) to ${MOST_RESTARTS}`,
    });
  }
  const howLong = restarts === 0 ? "until it is enabled again" : `for ${restarts} restarts`;
  return {
    ...call(["-protectors", "-disable", volume, "-RebootCount", String(restarts)]),
    risk: "irreversible",
    purpose: `Suspend BitLocker of ${volume} ${howLong}`,
    instead: `Enable it again: manage-bde -protectors -enable ${volume}`,
  };
}

/** Takes back that a volume starts without its key. */
export function resumeProtectors(options: { readonly volume: string }): ToolInvocation {
  const volume = checkedVolume(options.volume);
  return {
    ...call(["-protectors", "-enable", volume]),
    risk: "irreversible",
    purpose: `Enable BitLocker of ${volume} again`,
    instead: `Suspend it again: manage-bde -protectors -disable ${volume}`,
  };
}

function call(args: readonly string[]): Pick<ToolInvocation, "tool" | "arguments" | "encoding"> {
  return { tool: "manage-bde", arguments: args, encoding: "oem" };
}

/** `D:` for `d`, `D:` and `D:\`. */
function checkedVolume(volume: string): string {
  const letter = /^([A-Za-z]):?\\?$/.exec(volume)?.[1]?.toUpperCase();
  if (letter === undefined) {
    throw new UsageError(`Cannot use the volume "${volume}": manage-bde wants one such as D:`);
  }
  if (letter === "X") throw new RefusalError(`Cannot use "X:": it is the RAM disk of WinPE`);
  return `${letter}:`;
}
