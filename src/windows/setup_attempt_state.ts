/** Names the state of an attempt and says why. */
import { explainSetupResult, type SetupResultExplanation } from "../knowledge/mod.ts";
import type { SetupAttempt, SetupAttemptDiag, SetupAttemptPhase } from "./setup_attempt.ts";
import type { SetupLogLine } from "./setup_log_outcome.ts";
import type { ReadSetupLog } from "./setup_logs.ts";
import type { SourceSystem } from "./source_systems.ts";

/** What an attempt is judged by. */
export interface AttemptFacts {
  /** Of the newest attempt, the upgrade's own log first. */
  readonly logs: readonly ReadSetupLog[];
  /** `BoxResult`, unsigned. */
  readonly box: number | undefined;
  readonly setupDiag: SetupAttemptDiag | undefined;
  readonly sources: readonly SourceSystem[];
  readonly installedBuild: number | undefined;
}

/** What the logs say together. */
export interface AttemptSigns {
  readonly result: number | undefined;
  readonly extend: number | undefined;
  /** Setup itself reported the result; else it is that of the operation that ended the work. */
  readonly reported: boolean;
  readonly phase: SetupAttemptPhase;
  readonly rollback: SetupLogLine | undefined;
}

/**
 * Explains a failure. Small numbers are exit codes that ask for something; failures have the
 * highest bit set.
 */
export function explainFailure(
  { result, extend }: Pick<AttemptSigns, "result" | "extend">,
): SetupResultExplanation | undefined {
  return result === undefined || result < 0x80000000
    ? undefined
    : explainSetupResult(result, extend);
}

type Judgement = Pick<SetupAttempt, "state" | "reason">;

/** Names the state. The first rule that has an answer decides. */
export function nameAttempt(facts: AttemptFacts, signs: AttemptSigns): Judgement {
  const failure = explainFailure(signs);
  if (failure?.kind === "scan-passed") {
    return { state: "scanned", reason: `${failure.meaning} (${failure.code})` };
  }
  const takenBack = signs.rollback !== undefined ||
    facts.logs.some(({ place }) => place.role === "rollback");
  const completed = takenBack || (failure !== undefined && replacedSince(facts) === undefined)
    ? undefined
    : completion(facts);
  if (completed !== undefined) return { state: "completed", reason: completed };
  if (takenBack || (failure !== undefined && signs.reported && hasRestarted(signs))) {
    const why = failure === undefined ? ", and no log names the result" : ` with ${failure.code}`;
    return {
      state: "rolled-back",
      reason: `The upgrade was taken back in the ${signs.phase.name}${why}`,
    };
  }
  return failure === undefined ? unfinished(facts, signs) : stopped(facts, signs, failure);
}

/** Extend codes of the phase 5 come from failures before the restart too. */
function hasRestarted({ extend = 0, phase }: AttemptSigns): boolean {
  const digit = extend >>> 16;
  return (digit >= 2 && digit <= 4) || phase.digit >= 2;
}

function stopped(
  facts: AttemptFacts,
  { phase, reported }: AttemptSigns,
  { kind, meaning, code, cause }: SetupResultExplanation,
): Judgement {
  if (kind !== undefined && kind !== "broke-off" && !hasWorked(facts)) {
    return { state: "refused", reason: `${meaning} (${code})` };
  }
  if (!reported) {
    const reason =
      `Setup gave up in the ${phase.name} with ${code}, and no log tells what followed`;
    return { state: "failed", reason };
  }
  const said = cause ?? meaning;
  const because = said === undefined ? "" : `: ${said}`;
  return {
    state: "failed",
    reason: `Setup failed with ${code} before the first restart${because}`,
  };
}

/** The platform has begun to apply the image: more than a refusal. */
function hasWorked({ logs }: AttemptFacts): boolean {
  return logs.some(({ outcome }) =>
    outcome.failedOperation !== undefined || outcome.platformPhase !== undefined
  );
}

/** Why the upgrade is known to be done, or undefined. */
function completion(facts: AttemptFacts): string | undefined {
  const { logs, installedBuild, setupDiag } = facts;
  const outcomes = logs.map(({ outcome }) => outcome);
  const source = replacedSince(facts);
  if (source !== undefined) return `Windows was upgraded from build ${source.build ?? "unknown"}`;
  if (setupDiag?.known?.class === "success") return "SetupDiag says that the upgrade succeeded";
  const done = outcomes.flatMap(({ platformDone }) => platformDone);
  if (done.some((name) => /^(?:Post OOBE Boot|End)$/i.test(name))) {
    return "Setup processed its last phase";
  }
  const host = buildOf(outcomes.map(({ hostVersion }) => hostVersion));
  const target = buildOf(outcomes.map(({ targetVersion }) => targetVersion));
  if (target === undefined || installedBuild !== target) return undefined;
  if (host !== undefined && host !== target) {
    return `Windows was upgraded from build ${host} to ${target}`;
  }
  const kept = logs.every(({ place }) => place.family === "kept");
  return kept ? `Build ${target} is installed, and Windows keeps the log of its Setup` : undefined;
}

/** The Windows that was replaced after this attempt had begun. */
function replacedSince({ logs, sources }: AttemptFacts): SourceSystem | undefined {
  const begun = logs.map(({ outcome }) => outcome.begun?.text).find((text) => text !== undefined);
  if (begun === undefined) return undefined;
  return sources.find(({ updated }) => updated !== undefined && updated >= begun);
}

function buildOf(versions: readonly (string | undefined)[]): number | undefined {
  const version = versions.find((text) => text !== undefined);
  const build = /^\d+\.\d+\.(\d+)/.exec(version ?? "")?.[1];
  return build === undefined ? undefined : Number(build);
}

function unfinished({ logs }: AttemptFacts, { phase }: AttemptSigns): Judgement {
  const at = logs.map(({ outcome }) => outcome.runningOperation)
    .filter((found) => found !== undefined).map(({ name }) => `, at: ${name}`).at(-1) ?? "";
  const prepared = logs.some(({ outcome }) => outcome.result?.code === 0);
  const reason = prepared
    ? `The upgrade is prepared and has not ended, in the ${phase.name}${at}`
    : `The upgrade has not ended, in the ${phase.name}${at}`;
  return { state: "in-progress", reason };
}
