/** Can the registry be read? Windows does not start without its hives. */
import { HIVE_FILES, type HiveFileRow } from "../knowledge/mod.ts";
import { describeReplay, hiveOf, type HiveState, type OfflineWindows } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

/** Reads every hive of the machine. */
export const hivesReadable: Check = {
  id: "registry.hives",
  question: "Can the registry hives be read?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const findings: Finding[] = [];
    const readable: { readonly row: HiveFileRow; readonly state: HiveState }[] = [];
    for (const row of HIVE_FILES) {
      const state = await windows.hives.read(row.name);
      const finding = judge(windows, row, state);
      if (finding !== undefined) findings.push(finding);
      if (hiveOf(state) !== undefined) readable.push({ row, state });
    }
    if (findings.some((finding) => finding.outcome === "problem")) return findings;
    return [allReadable(readable), ...findings];
  },
};

function allReadable(
  readable: readonly { readonly row: HiveFileRow; readonly state: HiveState }[],
): Finding {
  return {
    check: "registry.hives",
    outcome: "ok",
    blocking: false,
    summary: `The registry hives can be read (${readable.map(({ row }) => row.name).join(", ")})`,
    evidence: readable.flatMap(({ row, state }) => evidenceOf(row, state)),
  };
}

function judge(windows: OfflineWindows, row: HiveFileRow, state: HiveState): Finding | undefined {
  const base = { check: "registry.hives", evidence: evidenceOf(row, state) };
  switch (state.state) {
    case "clean":
      return undefined;
    case "replayed":
      return {
        ...base,
        outcome: "notice",
        blocking: false,
        summary: `${row.name}: ${describeReplay(state.replay)}`,
      };
    case "dirty":
      return {
        ...base,
        outcome: "notice",
        blocking: false,
        summary: `${row.name}: ${describeReplay(state.replay)}; what is shown may be half a write`,
        next: `${commandFor(windows, "registry check")} ${row.name}`,
      };
    case "absent":
      if (!row.neededToStart) return undefined;
      return {
        ...base,
        outcome: "problem",
        blocking: true,
        summary: `${row.name} is missing. ${row.meaning}`,
        next: restoreAdvice(windows),
      };
    case "unreadable":
      return {
        ...base,
        outcome: "problem",
        blocking: row.neededToStart,
        summary: `${row.name} cannot be read: ${state.problem}`,
        next: state.disk
          ? commandFor(windows, "disk check")
          : `${commandFor(windows, "registry salvage")} ${row.name}`,
      };
  }
}

function evidenceOf(row: HiveFileRow, state: HiveState): Finding["evidence"] {
  return [{ kind: "file", path: row.path, detail: detailOf(state) }];
}

function detailOf(state: HiveState): string {
  if (state.state === "absent") return "not there";
  if (state.state === "unreadable") return state.problem;
  return state.replay.dirtyReason ?? "opens, checksum and sequence numbers agree";
}

/** Copies that PE Medic saved, or System Restore, can bring a hive back; nothing here may guess one. */
function restoreAdvice(windows: OfflineWindows): string {
  return commandFor(windows, "sessions");
}
