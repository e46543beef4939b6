/**
 * The sessions of a target that have staged an upgrade, as their journals tell it: what lies in
 * our folders is taken for ours only if one of them says so.
 */
import * as v from "valibot";
import { sameWindowsPath } from "../base/mod.ts";
import {
  type ChangeState,
  isPayload,
  type JournalView,
  listSessions,
  type SessionHistory,
} from "../journal/mod.ts";

/** A session that has staged, or has begun to. */
export interface StagingSession {
  readonly session: SessionHistory;
  /** It was cut off and can be resumed. */
  readonly open: boolean;
  /** SHA-256 of the order that it stages, if its options tell it. */
  readonly orderSha256: string | undefined;
}

/** Says whether a session has left something for an upgrade that was not taken back. */
export function hasStaged(session: SessionHistory): boolean {
  return session.changes.some(isStagingChange);
}

/** What its journal calls "not done" may be there by halves: only an undo takes it back. */
function isStagingChange({ intent, undone, state }: ChangeState): boolean {
  const { change } = intent;
  if (change === undefined || undone || state === "not-done" || state === "failed") return false;
  return change.kind !== "tool-ran" && isPayload(change.path);
}

/** All of a target, oldest first. Journals that cannot be read tell nothing. */
export async function stagingSessions(view: JournalView): Promise<StagingSession[]> {
  const { sessions } = await listSessions(view);
  return sessions.filter((session) => session.state === "open" || hasStaged(session))
    .filter(({ state }) => state !== "pruned")
    .map((session) => ({
      session,
      open: session.state === "open",
      orderSha256: orderIn(session),
    }))
    .filter(({ session, orderSha256 }) => orderSha256 !== undefined || hasStaged(session));
}

const optionsSchema = v.object({ stageUpgrade: v.object({ orderSha256: v.string() }) });

function orderIn(session: SessionHistory): string | undefined {
  const parsed = v.safeParse(optionsSchema, session.header.options);
  return parsed.success ? parsed.output.stageUpgrade.orderSha256 : undefined;
}

/** Says whether a session has created what is at a path, or was about to. */
export function hasCreated({ session }: StagingSession, path: string): boolean {
  return session.changes.some(({ intent, undone }) =>
    !undone && intent.change !== undefined && intent.change.kind !== "tool-ran" &&
    sameWindowsPath(intent.change.path, path)
  );
}
