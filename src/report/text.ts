/** A session as plain text: no colour, lines of at most 80 columns where words allow it. */
import { EXIT_CODES, ExitCode, formatBytes } from "../base/mod.ts";
import {
  type Change,
  changeRisk,
  describeChange,
  describeEvidence,
  type Finding,
  type GuardResult,
  type LadderPlan,
  type LadderResult,
  type PlannedRung,
} from "../ladder/mod.ts";

/** Width that fits every console. */
export const COLUMNS = 80;

/** Breaks a text into lines of at most `width` columns; continuation lines are indented. */
export function wrap(
  text: string,
  options: { indent?: string; first?: string; width?: number } = {},
): string {
  const { indent = "", first = indent, width = COLUMNS } = options;
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines.join("\n");
}

const MARKS: Readonly<Record<Finding["outcome"], string>> = {
  ok: "ok",
  problem: "WRONG",
  open: "open",
  unknown: "?",
  notice: "note",
};

/** One finding: mark, summary, evidence, next command. */
export function renderFinding(finding: Finding, options: { evidence: boolean }): string {
  const mark = MARKS[finding.outcome].padEnd(6);
  const lines = [wrap(finding.summary, { first: `  ${mark} `, indent: " ".repeat(9) })];
  if (options.evidence && finding.outcome !== "ok" && finding.outcome !== "open") {
    const shown = finding.evidence.slice(0, 4);
    for (const evidence of shown) {
      lines.push(
        wrap(describeEvidence(evidence), { first: "           - ", indent: " ".repeat(13) }),
      );
    }
    const more = finding.evidence.length - shown.length;
    if (more > 0) lines.push(`           - and ${more} more (--json shows all)`);
  }
  if (finding.next !== undefined) {
    lines.push(wrap(finding.next, { first: "         > ", indent: " ".repeat(11) }));
  }
  return lines.join("\n");
}

/** A diagnosis: problems first. */
export function renderFindings(findings: readonly Finding[]): string {
  const order: readonly Finding["outcome"][] = ["problem", "unknown", "notice", "open", "ok"];
  const sorted = order.flatMap((outcome) =>
    findings.filter((finding) => finding.outcome === outcome)
  );
  return sorted.map((finding) => renderFinding(finding, { evidence: true })).join("\n");
}

/** The guards that did not pass, or one line that all did. */
export function renderGuards(guards: readonly GuardResult[]): string {
  const failed = guards.filter((guard) => !guard.passed);
  if (failed.length === 0) return `Guards: all ${guards.length} passed`;
  return failed.map((guard) => {
    const lines = [wrap(`Guard: ${guard.reason}`, { indent: "  ", first: "" })];
    for (const evidence of guard.evidence) {
      lines.push(wrap(describeEvidence(evidence), { first: "    - ", indent: "      " }));
    }
    if (guard.next !== undefined) {
      lines.push(wrap(guard.next, { first: "    > ", indent: "      " }));
    }
    return lines.join("\n");
  }).join("\n");
}

/** The plan of a ladder: what will be changed, what may be, and what will not and why. */
export function renderPlan(plan: LadderPlan): string {
  const running = plan.rungs.filter((rung) => rung.plan !== undefined);
  const idle = plan.rungs.filter((rung) => rung.plan === undefined && shownWhenIdle(rung));
  const lines = ["Plan"];
  running.forEach((rung, index) => lines.push(renderRung(rung, index + 1)));
  if (running.length === 0) lines.push("  Nothing will be changed");
  if (idle.length > 0) lines.push("Left out");
  for (const rung of idle) {
    lines.push(wrap(`${rung.title}: ${rung.reason}`, { first: "  - ", indent: "    " }));
  }
  return lines.join("\n");
}

function shownWhenIdle(rung: PlannedRung): boolean {
  return rung.rung.after === undefined && rung.reason !== "Only on request" &&
    rung.reason !== "Not among --only";
}

function renderRung(rung: PlannedRung, number: number): string {
  const plan = rung.plan!;
  const condition = rung.status === "if-needed" ? " (if needed)" : "";
  const lines = [wrap(`${rung.title}${condition}`, { first: `  ${number}. `, indent: "     " })];
  lines.push(wrap(`why: ${rung.reason}`, { first: "     ", indent: "          " }));
  for (const group of groupChanges(plan.changes)) {
    lines.push(wrap(describeGroup(group), { first: "     - ", indent: "       " }));
  }
  for (const remark of plan.remarks) {
    lines.push(wrap(remark, { first: "     note: ", indent: "           " }));
  }
  return lines.join("\n");
}

/** Changes of one kind in one folder count as one line from the fourth on. */
function groupChanges(changes: readonly Change[]): Change[][] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = groupKey(change);
    groups.set(key, [...groups.get(key) ?? [], change]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length > 3 ? [group] : group.map((one) => [one])
  );
}

function groupKey(change: Change): string {
  switch (change.kind) {
    case "tool-ran":
      return JSON.stringify(change);
    case "file-created":
      return `${change.kind} ${change.path.split("\\")[0]}`;
    default:
      return `${change.kind} ${change.path.slice(0, change.path.lastIndexOf("\\"))}`;
  }
}

function describeGroup(group: readonly Change[]): string {
  const [first] = group;
  const bytes = group.reduce((sum, change) => sum + ("bytes" in change ? change.bytes : 0), 0);
  const size = bytes > 0 ? `, ${formatBytes(bytes)}` : "";
  const text = group.length === 1 ? describeChange(first!) : describeMany(group);
  return `${text} (${changeRisk(first!)}${size})`.replaceAll("{session}", "the session's folder");
}

function describeMany(group: readonly Change[]): string {
  const [first] = group;
  if (first?.kind === "file-created") return `Copy ${group.length} files into the session's folder`;
  const path = first !== undefined && "path" in first ? first.path : "";
  return `Move ${group.length} files of ${path.slice(0, path.lastIndexOf("\\"))} aside`;
}

/** The end of a run: each step with its outcome, then the outcome of all. */
export function renderResult(result: LadderResult): string {
  const lines = ["Result"];
  for (const step of result.steps) {
    lines.push(wrap(`${step.title}: ${step.reason}`, {
      first: `  ${step.outcome.padEnd(14)} `,
      indent: " ".repeat(17),
    }));
  }
  const code = ExitCode[result.outcome];
  lines.push("", wrap(`${result.summary}.`, {}), `Exit code ${code}: ${meaningOf(code)}`);
  if (result.next !== undefined) {
    lines.push(wrap(result.next, { first: "Next: ", indent: "      " }));
  }
  return lines.join("\n");
}

function meaningOf(code: number): string {
  return EXIT_CODES.find((row) => row.code === code)?.meaning ?? "";
}

/** The report of a session, whole: what was found, done, proven. Written beside the journal. */
export function renderReport(
  plan: LadderPlan,
  result: LadderResult,
  facts: { program: string; date: string },
): string {
  return [
    `PE Medic report, session ${result.session}`,
    `${facts.program}, ${facts.date}`,
    plan.target.windows,
    "",
    "Found before",
    renderFindings(result.before),
    "",
    renderPlan(plan),
    "",
    renderResult(result),
    "",
    "Found after",
    renderFindings(result.after),
    "",
  ].join("\n");
}
