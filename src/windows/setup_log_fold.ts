/** What the telling lines of one run say together: result, operations, and which line is the cause. */
import type {
  SetupLogCause,
  SetupLogCode,
  SetupLogOperation,
  SetupLogOutcome,
} from "./setup_log_outcome.ts";
import { findLast, isOf, lineOf, type Told } from "./setup_log_told.ts";

type Results = Pick<SetupLogOutcome, "result" | "mapped" | "extend">;

/** Extend codes end with the phase 5; anything bigger in that place is a mapped result. */
const MOST_EXTEND = 0x6ffff;

/** What Setup ended with. A reported pair counts more than single values. */
export function foldResults(path: string, events: readonly Told[]): Results {
  const reported = findLast(events, "reported");
  const mapped = findLast(events, "mapped");
  const final = findLast(
    events.filter((told) => isOf(told, "result") && told.event.final),
    "result",
  );
  const shown = findLast(events, "result");
  const extend = findLast(events, "extend");
  const result: SetupLogCode | undefined = reported !== undefined
    ? { code: reported.event.result, line: lineOf(path, reported.record) }
    : [final, shown].filter((told) => told !== undefined)
      .map(({ event, record }) => ({ code: event.code, line: lineOf(path, record) }))[0];
  const second = reported === undefined || reported.event.second > MOST_EXTEND
    ? extend === undefined ? undefined : { code: extend.event.code, record: extend.record }
    : { code: reported.event.second, record: reported.record };
  const other = mapped?.event.from === result?.code ? mapped?.event.to : undefined;
  return {
    result,
    mapped: other,
    extend: second === undefined || second.code === 0
      ? undefined
      : { code: second.code, line: lineOf(path, second.record) },
  };
}

type Operations = Pick<
  SetupLogOutcome,
  "runningOperation" | "failedOperation" | "toleratedFailures"
>;

/**
 * A failure is fatal if the platform abandons its list, or does nothing after it. Where it goes on
 * with the next operation, the failure was tolerated. Once the old Windows is being put back, what
 * fails is no cause any more.
 */
export function foldOperations(path: string, events: readonly Told[]): Operations {
  let running: SetupLogOperation | undefined;
  let candidate: SetupLogOperation | undefined;
  let fatal: SetupLogOperation | undefined;
  let toleratedFailures = 0;
  for (const { event, record } of events) {
    if (event.kind === "rollback") break;
    switch (event.kind) {
      case "operation-failed":
        if (candidate !== undefined) toleratedFailures++;
        candidate = { name: event.name, code: event.code, line: lineOf(path, record) };
        running = undefined;
        break;
      case "abandoned":
        fatal = candidate ?? fatal;
        candidate = undefined;
        running = undefined;
        break;
      case "operation-started":
      case "operation-completed":
      case "platform-phase":
        if (candidate !== undefined) toleratedFailures++;
        candidate = undefined;
        running = event.kind === "operation-started"
          ? { name: event.name, code: undefined, line: lineOf(path, record) }
          : undefined;
        break;
    }
  }
  return { runningOperation: running, failedOperation: candidate ?? fatal, toleratedFailures };
}

/** Action of the program in Windows that ended with the result. */
export function failedAction(
  events: readonly Told[],
  result: number | undefined,
): string | undefined {
  for (const told of events) {
    if (isOf(told, "error") && told.event.action !== undefined && told.event.code === result) {
      return told.event.action;
    }
  }
  return undefined;
}

interface Found {
  readonly events: readonly Told[];
  readonly operations: Operations;
  readonly result: SetupLogCode | undefined;
}

/**
 * The nearest to the cause: the object that ended the work, the crash, the operation, the first
 * error with the code of the result, and only then the report itself.
 */
export function findCause(path: string, found: Found): SetupLogCause | undefined {
  const { events, operations, result } = found;
  for (const kind of ["object", "crash"] as const) {
    const named = findLast(events, kind);
    if (named !== undefined) return { kind, line: lineOf(path, named.record) };
  }
  const { failedOperation } = operations;
  if (failedOperation !== undefined) return { kind: "operation", line: failedOperation.line };
  if (result === undefined || result.code === 0) return undefined;
  const since = lastProgress(events);
  const first = events.slice(since).find((told) =>
    isOf(told, "error") && told.event.code === result.code
  );
  return first === undefined
    ? { kind: "report", line: result.line }
    : { kind: "error", line: lineOf(path, first.record) };
}

/** Behind the last sign that the work went on: errors before it were overcome. */
function lastProgress(events: readonly Told[]): number {
  return events.findLastIndex(({ event }) =>
    event.kind === "operation-completed" || (event.kind === "platform-phase" && event.done)
  ) + 1;
}
