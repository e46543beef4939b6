/** `upgrade status`: what was found about an upgrade, in words and as JSON. */
import { ExitCode, wrap } from "../base/mod.ts";
import { sameRoot } from "../host/mod.ts";
import {
  describeRecord,
  judgeUpgrade,
  readUpgradeStatus,
  type UpgradeAdvice,
  type UpgradeStatus,
  type UpgradeStatusFacts,
  type UpgradeStatusName,
} from "../upgrade/mod.ts";
import type { OfflineWindows, SetupAttempt } from "../windows/mod.ts";
import { chooseWindows, type CommandContext } from "./context.ts";
import { quoted } from "./registry_path.ts";

/** Reads, judges and shows. Returns the exit code. */
export async function showUpgradeStatus(
  context: CommandContext,
  volume: string | undefined,
): Promise<number> {
  const windows = await chooseWindows(context, volume);
  const { platform } = context.host;
  const running = !platform.winpe && sameRoot(windows.root, platform.systemRoot);
  const facts = await readUpgradeStatus(windows, { running });
  const status = judgeUpgrade(facts);
  context.output.document(statusDocument(windows, facts, status));
  context.output.result(renderStatus(facts, status));
  for (const line of adviceLines(windows, status.advice)) context.output.talk(line);
  return ExitCode[status.exit];
}

const TITLES: Readonly<Record<UpgradeStatusName, string>> = {
  "none": "No upgrade",
  "staged": "Staged",
  "not-armed": "Staged, but nothing starts it",
  "waiting": "Waiting in Windows",
  "started": "Started",
  "goes-on": "Goes on at the next start",
  "rolling-back": "Being taken back",
  "died": "Died",
  "done": "Done",
  "rolled-back": "Rolled back",
  "failed": "Failed",
  "refused": "Refused by Setup",
  "scanned": "Scanned only",
  "stood-down": "Given up by the starter",
  "foreign": "Order of another computer",
  "damaged": "Order that cannot be used",
};

/** The status for people. */
export function renderStatus(facts: UpgradeStatusFacts, status: UpgradeStatus): string {
  return [
    wrap(`${TITLES[status.name]}: ${status.summary}`, { first: "", indent: "  " }),
    ...orderLines(facts),
    ...attemptLines(status.attempt),
    ...setupLines(facts, status),
    ...facts.unread.map((text) => line("Not read", text)),
  ].join("\n");
}

const LABEL_COLUMNS = 13;

function line(label: string, text: string): string {
  const indent = " ".repeat(LABEL_COLUMNS);
  return wrap(text, { first: `  ${label}`.padEnd(LABEL_COLUMNS), indent });
}

/** The last records tell most. */
const RECORDS_SHOWN = 5;

function orderLines({ order, progress }: UpgradeStatusFacts): string[] {
  const lines: string[] = [];
  if (order.state === "read") {
    const { made, target, media, start } = order.order;
    const how = start === "service" ? "by itself" : "when an administrator logs on";
    const from = `${target.build ?? "?"}.${target.ubr ?? "?"}`;
    const to = `${media.build ?? "?"}.${media.ubr ?? "?"}`;
    lines.push(line("Order", `of ${made}: from build ${from} to ${to}, ${how}`));
    lines.push(line("Media", media.folder));
  }
  const { records, unreadable } = progress;
  for (const record of records.slice(-RECORDS_SHOWN)) {
    lines.push(line("Record", `${record.at}: ${describeRecord(record)}`));
  }
  if (unreadable > 0) {
    const noun = unreadable === 1 ? "line" : "lines";
    lines.push(line("Record", `${unreadable} ${noun} cannot be read: the power was cut there`));
  }
  return lines;
}

function attemptLines(attempt: SetupAttempt | undefined): string[] {
  if (attempt === undefined) return [];
  const { explanation, phase, operation, failedOperation, runningOperation } = attempt;
  const lines: string[] = [];
  const version = attempt.to === undefined ? "" : `, ${attempt.from ?? "?"} to ${attempt.to}`;
  const times = [attempt.begun, attempt.ended].filter((time) => time !== undefined).join(" to ");
  if (times !== "" || version !== "") lines.push(line("Attempt", `${times}${version}`));
  lines.push(line("Phase", operation === undefined ? phase.name : `${phase.name}, ${operation}`));
  if (failedOperation !== undefined) lines.push(line("Failed at", failedOperation.name));
  else if (runningOperation !== undefined) lines.push(line("Was at", runningOperation.name));
  if (explanation !== undefined) {
    const meaning = explanation.meaning === undefined ? "" : `: ${explanation.meaning}`;
    lines.push(line("Result", explanation.code + meaning));
    if (explanation.cause !== undefined) lines.push(line("Cause", explanation.cause));
  }
  if (attempt.cause !== undefined) lines.push(line("Log line", attempt.cause.line.text));
  if (attempt.stopCode !== undefined) {
    lines.push(line("Stop code", `0x${attempt.stopCode.toString(16)}`));
  }
  const diag = attempt.setupDiag;
  if (diag !== undefined) {
    const meaning = diag.known === undefined ? "" : `: ${diag.known.meaning}`;
    lines.push(line("SetupDiag", `${diag.rule ?? "a rule without a name"}${meaning}`));
  }
  if (attempt.torn) lines.push(line("Log", "it ends in the middle: the power was cut there"));
  return lines;
}

function setupLines({ setup }: UpgradeStatusFacts, { summary }: UpgradeStatus): string[] {
  const told = setup === undefined || setup.name === "finished" || setup.reason === summary;
  return told ? [] : [line("Setup now", setup.reason)];
}

/** `Next: pemedic …` with the reason, one each. */
function adviceLines(windows: OfflineWindows, advice: readonly UpgradeAdvice[]): string[] {
  return advice.map((each) => {
    const command = commandLine(windows, each);
    const text = command === undefined ? each.why : `${command}  (${each.why})`;
    return wrap(text, { first: "Next: ", indent: "      " });
  });
}

function commandLine(
  { volume }: OfflineWindows,
  { command }: UpgradeAdvice,
): string | undefined {
  if (command === undefined) return undefined;
  const place = quoted(volume.letter ?? volume.root);
  return `pemedic ${command.includes("%") ? command.replace("%", place) : `${command} ${place}`}`;
}

/** The status for programs. */
function statusDocument(
  windows: OfflineWindows,
  facts: UpgradeStatusFacts,
  status: UpgradeStatus,
): unknown {
  const { attempt } = status;
  return {
    root: windows.root,
    state: status.name,
    summary: status.summary,
    ours: status.ours,
    order: facts.order.state === "read" ? publicOrder(facts.order.order) : null,
    armed: facts.armed,
    program: facts.program,
    media: facts.media,
    records: facts.progress.records,
    unreadableRecords: facts.progress.unreadable,
    setup: facts.setup === undefined
      ? null
      : { name: facts.setup.name, reason: facts.setup.reason },
    attempt: attempt === undefined ? null : attemptDocument(attempt),
    unread: facts.unread,
    next: status.advice.map((each) => ({
      command: commandLine(windows, each) ?? null,
      why: each.why,
    })),
    exit: status.exit,
  };
}

function publicOrder(
  order: Extract<UpgradeStatusFacts["order"], { state: "read" }>["order"],
): unknown {
  const { id, made, start, target, media } = order;
  return { id, made, start, target, media: { ...media, setup: undefined } };
}

function attemptDocument(attempt: SetupAttempt): unknown {
  const { state, reason, result, extend, phase, operation, from, to, begun, ended } = attempt;
  return {
    state,
    reason,
    result: result ?? null,
    extend: extend ?? null,
    code: attempt.explanation?.code ?? null,
    meaning: attempt.explanation?.meaning ?? null,
    cause: attempt.explanation?.cause ?? null,
    causeLine: attempt.cause?.line.text ?? null,
    phase,
    operation: operation ?? null,
    failedOperation: attempt.failedOperation?.name ?? null,
    setupDiag: attempt.setupDiag?.rule ?? null,
    from: from ?? null,
    to: to ?? null,
    begun: begun ?? null,
    ended: ended ?? null,
  };
}
