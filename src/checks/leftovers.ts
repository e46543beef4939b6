/** Did a half-done update leave something behind that no start of Windows will clear? */
import type { Evidence, OfflineWindows } from "../windows/mod.ts";
import { describeEvidence, hiveOf } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";
import { findServicingLeftovers, type ServicingLeftovers } from "./servicing_leftovers.ts";

const CHECK = "servicing.leftovers";

/** The step that clears what is proven; named alone, it clears what is not proven, too. */
export const CLEAR_LEFTOVERS = "servicing.clear-leftovers";

/** Asks for leftovers of a half-done update. */
export const leftovers: Check = {
  id: CHECK,
  question: "Did a half-done update leave something behind?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const found = await findServicingLeftovers(windows);
    const unread = await unreadHives(windows);
    return [judge(windows, found, unread)];
  },
};

function judge(
  windows: OfflineWindows,
  found: ServicingLeftovers,
  unread: readonly Evidence[],
): Finding {
  const { proven, left, update } = found;
  const base = { check: CHECK, blocking: false } as const;
  const evidence = [...evidenceOf(found), ...unread];
  if (proven.length > 0) {
    const summary = describeProven(found);
    const next = unprovenUpdate(found)
      ? commandFor(windows, "repair")
      : `${commandFor(windows, "repair")} --only ${CLEAR_LEFTOVERS}`;
    return { check: CHECK, outcome: "problem", blocking: true, summary, evidence, next };
  }
  if (update.state === "fails" && left.length > 0) {
    const summary = `An update cannot be completed: ${lowerFirst(update.reason)}`;
    const next = commandFor(windows, "image revert-pending");
    return { check: CHECK, outcome: "problem", blocking: true, summary, evidence, next };
  }
  if (unread.length > 0) {
    const summary = "What a half-done update left cannot be told: hives cannot be read";
    const next = commandFor(windows, "disk check");
    return { ...base, outcome: "unknown", summary, evidence, next, code: "damagedFile" };
  }
  if (unprovenUpdate(found)) {
    const summary = `What a half-done update left is left alone: ${lowerFirst(update.reason)}`;
    return { ...base, outcome: "notice", summary, evidence };
  }
  const volume = windows.volume.letter ?? windows.root;
  const detail = "nothing in the places of half-done updates is proven to be a leftover";
  const summary = "Nothing of a half-done update is left behind";
  return {
    ...base,
    outcome: "ok",
    summary,
    evidence: [{ kind: "volume", volume, detail }, ...evidence],
  };
}

/** Says whether an update that blocks is there and not proven to be dead. */
export function unprovenUpdate({ left }: ServicingLeftovers): boolean {
  return left.some(({ row, waits }) => row.blocks && waits);
}

/** What is proven, in one sentence without full stop. */
export function describeProven({ proven, update }: ServicingLeftovers): string {
  const programs = proven.filter(({ proof }) => proof === "program-missing");
  const places = (count: number) => count === 1 ? "one place" : `${count} places`;
  if (programs.length === proven.length) {
    return "A program that is missing is to run at every start of Windows";
  }
  const dead = proven.some(({ proof }) => proof === "update-dead");
  const why = dead ? lowerFirst(update.reason) : "they name what is not there";
  return `A half-done update has left marks in ${places(proven.length)}: ${why}`;
}

/** The same proof is cited once. */
function evidenceOf({ proven, left }: ServicingLeftovers): Evidence[] {
  const all = [
    ...proven.flatMap((leftover) => leftover.evidence),
    ...left.map(({ evidence, reason }) => withReason(evidence, reason)),
  ];
  const seen = new Set<string>();
  return all.filter((evidence) => {
    const text = describeEvidence(evidence);
    return !seen.has(text) && seen.add(text);
  });
}

function withReason(evidence: Evidence, reason: string): Evidence {
  const told = `(left alone: ${lowerFirst(reason)})`;
  switch (evidence.kind) {
    case "registry":
      return { ...evidence, data: `${evidence.data} ${told}` };
    case "tool":
      return { ...evidence, line: `${evidence.line} ${told}` };
    default:
      return { ...evidence, detail: `${evidence.detail} ${told}` };
  }
}

/** COMPONENTS may be missing: Windows starts without it. */
async function unreadHives(windows: OfflineWindows): Promise<Evidence[]> {
  const unread: Evidence[] = [];
  for (const name of ["SYSTEM", "SOFTWARE", "COMPONENTS"]) {
    const state = await windows.hives.read(name);
    if (hiveOf(state) !== undefined || (state.state === "absent" && name === "COMPONENTS")) {
      continue;
    }
    const detail = state.state === "unreadable" ? state.problem : "not there";
    unread.push({ kind: "file", path: state.path, detail });
  }
  return unread;
}

/** `DISM took note` keeps its capitals. */
function lowerFirst(sentence: string): string {
  return /^[A-Z]{2}/.test(sentence)
    ? sentence
    : sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}
