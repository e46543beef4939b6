/** Did Setup end? A dead one starts again at every start, and Windows never gets its turn. */
import { type OfflineWindows, onTarget, readSetupState, type SetupState } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

/** Asks in which state Setup left this Windows. */
export const setupState: Check = {
  id: "setup.state",
  question: "Did Windows Setup come to its end?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    return [judge(windows, await readSetupState(windows))];
  },
};

function judge(windows: OfflineWindows, state: SetupState): Finding {
  const evidence = state.evidence.length > 0
    ? state.evidence
    : [{ kind: "volume" as const, volume: windows.root, detail: "no mark of Setup is there" }];
  const finding = { check: setupState.id, blocking: false, summary: summaryOf(state), evidence };
  switch (state.name) {
    case "finished":
      return { ...finding, outcome: "ok" };
    case "dead-first-boot":
    case "dead-oobe": {
      const next = commandFor(windows, "repair --only setup.reset-state");
      return { ...finding, outcome: "problem", blocking: true, next };
    }
    case "dead-safe-os":
      return { ...finding, outcome: "problem", blocking: true, next: bootCommand(windows, state) };
    case "unclear":
      return isReadable(state) ? { ...finding, outcome: "notice" } : {
        ...finding,
        outcome: "unknown",
        code: "damagedFile",
        next: commandFor(windows, "disk check"),
      };
    case "waiting":
    case "in-flight":
    case "rollback-pending":
    case "dead-downlevel":
      return { ...finding, outcome: "notice" };
  }
}

function isReadable({ facts }: SetupState): boolean {
  return facts.system === "readable" && facts.software === "readable";
}

function summaryOf({ name, reason }: SetupState): string {
  return name === "unclear" ? `The state of Setup is not clear: ${lowerFirst(reason)}` : reason;
}

/** Not of names: `OOBE` and `SYSTEM` stay as they are. */
function lowerFirst(sentence: string): string {
  return /^[A-Z][a-z]/.test(sentence) && !/^(?:Setup|Windows)/.test(sentence)
    ? sentence.slice(0, 1).toLowerCase() + sentence.slice(1)
    : sentence;
}

/** The entry of Windows itself becomes the default again, or is made anew where there is none. */
function bootCommand(windows: OfflineWindows, { bootsSetup }: SetupState): string {
  if (bootsSetup?.loader !== undefined) {
    return commandFor(windows, "upgrade abort");
  }
  return `bcdboot "${onTarget(windows, "Windows")}"`;
}
