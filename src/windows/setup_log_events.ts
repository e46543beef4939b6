/**
 * Which lines of setupact.log tell something: the fixed phrases by which Setup reports phases,
 * operations, results and crashes. Everything else is passed over, above all the errors of
 * components that appear in good upgrades too.
 *
 * Sources: setupact.log of an upgrade 17134 to 19041 (phases, operations, reports); Microsoft
 * Learn, Windows Setup log files (abandoning, gathering and applying objects) and resolution
 * procedures (crashes); MicrosoftDocs/windows-itpro-docs#865 and #2484 (plug-ins, full disk).
 */
import type { SetupLogRecord } from "../formats/logs/mod.ts";
import { findSetupNoise } from "../knowledge/mod.ts";

/** What a line tells. Codes are unsigned. */
export type SetupLogEvent =
  /** Setup was started; what follows belongs to this run. */
  | { readonly kind: "begin" }
  | { readonly kind: "command-line"; readonly text: string }
  /** Setup closed its log itself. */
  | { readonly kind: "end" }
  | {
    readonly kind: "fact";
    readonly fact: "setupBuild" | "hostVersion" | "hostEdition" | "targetVersion";
    readonly text: string;
  }
  /** A phase of the program in Windows: `SetupPhaseInstall`. */
  | { readonly kind: "task-phase"; readonly name: string }
  /** A phase of the platform: `Safe OS`. */
  | { readonly kind: "platform-phase"; readonly name: string; readonly done: boolean }
  | { readonly kind: "operation-started"; readonly name: string }
  | { readonly kind: "operation-completed"; readonly name: string }
  | { readonly kind: "operation-failed"; readonly name: string; readonly code: number }
  /** The platform gave up its list of operations: the failure before it was fatal. */
  | { readonly kind: "abandoned"; readonly code: number }
  /** `second` is an extend code, or in older versions the mapped result. */
  | { readonly kind: "reported"; readonly result: number; readonly second: number }
  /** `final`: what Setup ends with; else what it is reported as. */
  | { readonly kind: "result"; readonly code: number; readonly final: boolean }
  | { readonly kind: "mapped"; readonly from: number; readonly to: number }
  | { readonly kind: "extend"; readonly code: number }
  | { readonly kind: "crash"; readonly code: number }
  /** The old Windows is put back. */
  | { readonly kind: "rollback" }
  /** A file, key or plug-in that ended the work. */
  | { readonly kind: "object" }
  /** Another line of level Error that is no known noise. */
  | { readonly kind: "error"; readonly code: number | undefined; readonly action?: string };

/** What a record tells, or undefined. */
export function setupLogEvent(record: SetupLogRecord): SetupLogEvent | undefined {
  const { component, level } = record;
  // All phrases stand at the beginning; a line of megabytes must not cost more than others.
  const text = record.text.slice(0, MOST_TEXT).trim();
  const found = component === "MOUPG" || component === "CONX"
    ? managerEvent(text)
    : component === "SP"
    ? platformEvent(text)
    : undefined;
  if (found !== undefined) return found;
  if (/Shell application requested abort/.test(text)) return { kind: "object" };
  return level === "Error" ? errorEvent(component, text) : undefined;
}

/** Characters of a line that are looked at. */
const MOST_TEXT = 2000;

type Rule = readonly [RegExp, (parts: readonly string[]) => SetupLogEvent];

function apply(rules: readonly Rule[], text: string): SetupLogEvent | undefined {
  for (const [pattern, make] of rules) {
    const found = pattern.exec(text);
    if (found !== null) return make(found.slice(1).map((part) => part ?? ""));
  }
  return undefined;
}

const CODE = "(0x[0-9A-Fa-f]{1,8})";
const number = (text: string | undefined) => Number(text) >>> 0;

/** Lines of the program that runs in Windows. */
const MANAGER: readonly Rule[] = [
  [/^\*+ SetupHost Logging Begin \*+$/, () => ({ kind: "begin" })],
  [/^\*+ SetupHost Logging End \*+$/, () => ({ kind: "end" })],
  [/^SetupHost::Initialize: CmdLine\s*= \[(.*)$/s, ([text = ""]) => ({
    kind: "command-line",
    text: text.replace(/\]\s*$/, ""),
  })],
  [/^SetupHost: Setup build version is: ([\d.]+)/, ([text = ""]) => fact("setupBuild", text)],
  [/^Host OS version: ([\d.]+)/, ([text = ""]) => fact("hostVersion", text)],
  [/^Target OS version: ([\d.]+)/, ([text = ""]) => fact("targetVersion", text)],
  [/^Host OS Edition\s+\[ (\w+) \]/, ([text = ""]) => fact("hostEdition", text)],
  [/^Setup phase change: \[\w+\] -> \[(\w+)\]/, ([name = ""]) => ({ kind: "task-phase", name })],
  [/DetermineSetupPhase: CurrentSetupPhase \[(\w+)\]/, ([name = ""]) => ({
    kind: "task-phase",
    name,
  })],
  [
    new RegExp(`^SetupHost: Reporting error event -> \\[${CODE}, ${CODE}\\]`),
    ([result, second]) => ({ kind: "reported", result: number(result), second: number(second) }),
  ],
  [new RegExp(`\\[Setup360Result\\]=\\[${CODE}\\]`), ([code]) => ({
    kind: "result",
    code: number(code),
    final: true,
  })],
  [new RegExp(`Initializing SetupResult: \\[${CODE}\\]`), ([code]) => ({
    kind: "result",
    code: number(code),
    final: true,
  })],
  [new RegExp(`^Finalize: Reporting result value: \\[${CODE}\\]`), ([code]) => ({
    kind: "result",
    code: number(code),
    final: false,
  })],
  [new RegExp(`Remapping [\\w ]*error \\[${CODE}\\] -> \\[${CODE}\\]`), ([from, to]) => ({
    kind: "mapped",
    from: number(from),
    to: number(to),
  })],
  [new RegExp(`Specifying extended data \\[${CODE}\\]`), ([code]) => ({
    kind: "extend",
    code: number(code),
  })],
  [new RegExp(`\\[Setup360Extended\\]=\\[${CODE}\\]`), ([code]) => ({
    kind: "extend",
    code: number(code),
  })],
  [new RegExp(`^CSetupHost::Execute\\(\\d+\\): Result = ${CODE}`), ([code]) => ({
    kind: "result",
    code: number(code),
    final: true,
  })],
];

function fact(
  name: Extract<SetupLogEvent, { kind: "fact" }>["fact"],
  text: string,
): SetupLogEvent {
  return { kind: "fact", fact: name, text };
}

function managerEvent(text: string): SetupLogEvent | undefined {
  return apply(MANAGER, text);
}

/** Lines of the platform that does the work, before and after the restarts. */
const PLATFORM: readonly Rule[] = [
  [/ExecuteOperations: Start execution phase (.+)$/, ([name = ""]) => ({
    kind: "platform-phase",
    name,
    done: false,
  })],
  [/ExecuteOperations: Successfully processed execution phase (.+)$/, ([name = ""]) => ({
    kind: "platform-phase",
    name,
    done: true,
  })],
  [/^Executing operation(?: \d+ of \d+)?: (.+)$/s, ([name = ""]) => ({
    kind: "operation-started",
    name,
  })],
  [/^Operation completed successfully: (.+)$/s, ([name = ""]) => ({
    kind: "operation-completed",
    name,
  })],
  [new RegExp(`^Operation failed: (.*?)\\.? Error: ${CODE}`, "s"), ([name = "", code]) => ({
    kind: "operation-failed",
    name,
    code: number(code),
  })],
  [new RegExp(`Operation execution failed: .*hr = ${CODE}`), ([code]) => ({
    kind: "abandoned",
    code: number(code),
  })],
  [new RegExp(`Execution of operations queue failed, abandoning\\. Error: ${CODE}`), ([code]) => ({
    kind: "abandoned",
    code: number(code),
  })],
  [new RegExp(`^Crash ${CODE} detected`), ([code]) => ({ kind: "crash", code: number(code) })],
  [/^(?:Cannot|Can't) recover the system|^Rollback: /, () => ({ kind: "rollback" })],
  [/^Abandoning apply due to error for object/, () => ({ kind: "object" })],
  [/^Error (?:READ|WRITE)\b.* while gathering\/applying object/, () => ({ kind: "object" })],
  [/Will add an extra error/, () => ({ kind: "object" })],
];

function platformEvent(text: string): SetupLogEvent | undefined {
  return apply(PLATFORM, text);
}

function errorEvent(component: string | undefined, text: string): SetupLogEvent | undefined {
  if (findSetupNoise({ component, text }) !== undefined) return undefined;
  const code = /(?:Result = |hr ?[:=] ?|Error: |Status: |\()(0x[0-9A-Fa-f]{8})\b/.exec(text)?.[1];
  const action = /^\s*CDlpAction([A-Z]\w+)::/.exec(text)?.[1];
  return {
    kind: "error",
    code: code === undefined ? undefined : number(code),
    ...(action === undefined || action === "Impl" ? {} : { action }),
  };
}
