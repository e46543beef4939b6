/** A session as plain text: no colour, lines of at most 80 columns where words allow it. */
import { count, EXIT_CODES, ExitCode, formatBytes, wrap } from "../base/mod.ts";
import {
  type Change,
  changeRisk,
  describeChange,
  describeEvidence,
  editLines,
  type Finding,
  type GuardResult,
  type LadderPlan,
  type LadderResult,
  type PlannedRung,
} from "../ladder/mod.ts";

const MARKS: Readonly<Record<Finding["outcome"], string>> = {
  ok: "ok",
  problem: "WRONG",
  open: "open",
  unknown: "?",
  notice: "note",
};

/** How many pieces of evidence of one finding a diagnosis shows. JSON holds all. */
const EVIDENCE_SHOWN = 3;
const TEXT_INDENT = " ".repeat(9);
const EVIDENCE_INDENT = " ".repeat(11);

/** How a finding is shown. */
export interface FindingView {
  /** Pieces of evidence at most; 0 for none. */
  readonly evidence: number;
}

/** One finding: mark and summary; of a problem also the evidence and the next command. */
export function renderFinding(finding: Finding, view: FindingView): string {
  const lines = [renderSummary(finding)];
  const proven = finding.outcome === "problem" || finding.outcome === "unknown";
  if (view.evidence > 0 && proven) {
    const shown = finding.evidence.slice(0, view.evidence);
    for (const evidence of shown) {
      lines.push(
        wrap(describeEvidence(evidence), {
          first: `${TEXT_INDENT}- `,
          indent: EVIDENCE_INDENT,
        }),
      );
    }
    const more = finding.evidence.length - shown.length;
    if (more > 0 && view.evidence > 1) {
      lines.push(`${TEXT_INDENT}- and ${more} more (--json shows all)`);
    }
  }
  if (finding.next !== undefined) {
    lines.push(wrap(finding.next, { first: `${TEXT_INDENT}> `, indent: EVIDENCE_INDENT }));
  }
  return lines.join("\n");
}

/** What is in order gets one line: a list in brackets that does not fit is left to JSON. */
function renderSummary(finding: Finding): string {
  const place = { first: `  ${MARKS[finding.outcome].padEnd(6)} `, indent: TEXT_INDENT };
  const whole = wrap(finding.summary, place);
  if (finding.outcome !== "ok" || !whole.includes("\n")) return whole;
  return wrap(finding.summary.replace(/ \([^()]*\)$/, ""), place);
}

const ORDER: readonly Finding["outcome"][] = ["problem", "unknown", "notice", "open", "ok"];

function sortFindings(findings: readonly Finding[]): Finding[] {
  return ORDER.flatMap((outcome) => findings.filter((finding) => finding.outcome === outcome));
}

/**
 * A diagnosis: problems first, with evidence and the next command, then the rest. Beside what
 * is wrong, what is in order counts as one line.
 */
export function renderFindings(findings: readonly Finding[]): string {
  const fold = findings.some((finding) => finding.outcome === "problem") &&
    findings.filter((finding) => finding.outcome === "ok").length > 1;
  const shown = findings.filter((finding) => !fold || finding.outcome !== "ok");
  const lines = sortFindings(shown)
    .map((finding) => renderFinding(finding, { evidence: EVIDENCE_SHOWN }));
  if (fold) {
    const fine = findings.length - shown.length;
    lines.push(`  ok     ${count(fine, "check")} found nothing wrong (--json lists them)`);
  }
  return lines.join("\n");
}

/** What a plan is based on: what is wrong, and how much is not. The plan is what comes next. */
export function renderGrounds(findings: readonly Finding[]): string {
  const shown = sortFindings(findings).filter((finding) =>
    finding.outcome !== "ok" && finding.outcome !== "open"
  );
  const lines = shown.map((finding) => {
    const { next: _, ...rest } = finding;
    return renderFinding(rest, { evidence: 1 });
  });
  const fine = findings.filter((finding) => finding.outcome === "ok").length;
  const open = findings.filter((finding) => finding.outcome === "open").length;
  if (fine > 0) lines.push(`  ok     ${count(fine, "check")} found nothing wrong`);
  if (open > 0) lines.push(`  open   ${count(open, "check")} of some minutes not asked yet`);
  return lines.join("\n");
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
  const told = new Set(plan.findings.map((finding) => finding.summary));
  const lines = ["Plan"];
  running.forEach((rung, index) => {
    const again = running.slice(0, index).some((other) => other.rung.step === rung.rung.step);
    lines.push(...renderRung(rung, { number: index + 1, told, again }));
  });
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

/** A reason that the findings above have told, and what was said of the same step, is left out. */
function renderRung(
  rung: PlannedRung,
  place: { number: number; told: ReadonlySet<string>; again: boolean },
): string[] {
  const condition = rung.status === "if-needed" ? " (only if needed)" : "";
  const lines = [
    wrap(`${rung.title}${condition}`, { first: `  ${place.number}. `, indent: "     " }),
  ];
  const why = rung.status === "if-needed"
    ? `when: ${rung.reason.replace(/^Only (?:if|once) /, "")}`
    : `why: ${rung.reason}`;
  if (!place.told.has(rung.reason)) {
    lines.push(wrap(why, { first: "     ", indent: "           " }));
  }
  if (place.again) return lines;
  for (const group of groupChanges(rung.plan!.changes)) {
    lines.push(wrap(describeGroup(group), { first: "     - ", indent: "       " }));
    lines.push(...renderEdits(group));
  }
  for (const remark of rung.plan!.remarks) {
    lines.push(wrap(remark, { first: "     note: ", indent: "           " }));
  }
  return lines;
}

/** Edits of a hive that a plan shows; a saved plan and --json hold all. */
const EDITS_SHOWN = 40;

/** Every edit of a hive with the value before and after. */
function renderEdits(group: readonly Change[]): string[] {
  const edits = group.flatMap(editLines);
  const lines = edits.slice(0, EDITS_SHOWN).map((edit) =>
    wrap(edit, { first: "         ", indent: "           " })
  );
  const more = edits.length - EDITS_SHOWN;
  if (more > 0) lines.push(`         and ${more} more (--json shows all)`);
  return lines;
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
    case "hive-edited":
    case "hive-rebuilt":
      return JSON.stringify([change.kind, change.path]);
    default:
      return `${change.kind} ${change.path.slice(0, change.path.lastIndexOf("\\"))}`;
  }
}

function describeGroup(group: readonly Change[]): string {
  const [first] = group;
  const bytes = group.reduce((sum, change) => sum + ("bytes" in change ? change.bytes : 0), 0);
  const size = bytes > 0 ? `, ${formatBytes(bytes)}` : "";
  const text = group.length === 1 ? describeOne(first!) : describeMany(group);
  return `${text} (${changeRisk(first!)}${size})`.replaceAll("{session}", "the session's folder");
}

/** The edits of a hive have lines of their own. */
function describeOne(change: Change): string {
  return change.kind === "hive-edited" ? `Edit hive ${change.path}` : describeChange(change);
}

function describeMany(group: readonly Change[]): string {
  const [first] = group;
  if (first === undefined || first.kind === "tool-ran") return "";
  const number = group.length;
  const folder = first.path.slice(0, first.path.lastIndexOf("\\"));
  switch (first.kind) {
    case "file-created":
      return first.path.startsWith("{session}")
        ? `Copy ${number} files into the session's folder`
        : `Create ${number} files below ${first.path.split("\\")[0]}`;
    case "entry-moved":
      return `Move ${number} entries of ${folder} aside`;
    case "directory-created":
      return `Create ${number} folders in ${folder}`;
    case "tree-created":
      return `Copy ${number} trees of files into ${folder}`;
    case "file-replaced":
      return `Replace ${number} files of ${folder}, keeping the old ones`;
    case "hive-edited":
      return `Edit ${number} hives`;
    case "hive-rebuilt":
      return `Rebuild ${number} hives, keeping the old files`;
  }
}

/** The end of a run: each step with its outcome, then the outcome of all. */
export function renderResult(result: LadderResult): string {
  const lines = ["Result"];
  // A step that was called again is told once, as it ended.
  const steps = result.steps.filter(({ step }, at) =>
    result.steps.findLastIndex((other) => other.step === step) === at
  );
  for (const step of steps) {
    lines.push(wrap(`${step.title}: ${step.reason}`, {
      first: `  ${step.outcome.padEnd(14)} `,
      indent: " ".repeat(17),
    }));
  }
  if (steps.length === 0) lines.push("  No step was needed");
  lines.push("");
  const told = steps.some((step) => step.reason === result.summary);
  if (!told) lines.push(wrap(sentence(result.summary)));
  lines.push(renderExit(ExitCode[result.outcome]));
  if (result.next !== undefined) {
    lines.push(wrap(result.next, { first: "Next: ", indent: "      " }));
  }
  return lines.join("\n");
}

/** The number that scripts see, with its meaning. */
export function renderExit(code: number): string {
  return wrap(`Exit code ${code}: ${meaningOf(code)}`, { first: "", indent: "  " });
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
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
