/**
 * Moves the update cache aside: SoftwareDistribution, catroot2 and the BITS queue. A rename
 * is instant and can be taken back; Windows makes all of it anew.
 */
import { formatBytes, RefusalError } from "../base/mod.ts";
import { type CachePlace, findCachePlaces } from "../checks/mod.ts";
import type { EntryMoved } from "../journal/mod.ts";
import { untouchableReason } from "../knowledge/mod.ts";
import type { RepairStep, StepPlan } from "./step.ts";

/** The step. */
export function resetUpdateCache(): RepairStep {
  return {
    id: "updates.reset-cache",
    title: "Reset the update cache",
    resolves: "Windows Update fails again and again, or an update is prepared over and over",
    risk: "reversible",
    answers: ["updates.cache"],
    async detect(windows) {
      const places = await findCachePlaces(windows);
      if (places.length === 0) {
        return {
          applies: false,
          reason: "There is no update cache; Windows makes it anew at its next start",
        };
      }
      const bytes = places.reduce((sum, place) => sum + place.bytes, 0);
      return {
        applies: true,
        reason: `The update cache holds ${formatBytes(bytes)} in ${places.length} places`,
      };
    },
    async plan(windows) {
      const places = await findCachePlaces(windows);
      for (const place of places) refuse(place);
      return planOf(places);
    },
    async apply(plan, transaction) {
      for (const change of plan.changes as readonly EntryMoved[]) await transaction.make(change);
      return { tools: [] };
    },
    async verify(windows, plan) {
      for (const change of plan.changes as readonly EntryMoved[]) {
        const entry = await windows.files.stat(change.path);
        if (entry === undefined) continue;
        const evidence = [{ kind: "file", path: change.path, detail: "still there" }] as const;
        return { outcome: "not-fixed", reason: `${change.path} is still there`, evidence };
      }
      return {
        outcome: "fixed",
        reason: "The old update cache is out of the way; Windows makes a new one",
        evidence: plan.changes.map((change) => ({
          kind: "file",
          path: (change as EntryMoved).path,
          detail: "moved aside",
        })),
      };
    },
  };
}

function planOf(places: readonly CachePlace[]): StepPlan {
  const bytes = places.reduce((sum, place) => sum + place.bytes, 0);
  return {
    step: "updates.reset-cache",
    title: "Reset the update cache",
    risk: "reversible",
    changes: places.map((place) => ({
      kind: "entry-moved",
      path: place.path,
      entry: place.kind,
      bytes: place.bytes,
    })),
    remarks: [
      `The copies keep ${formatBytes(bytes)} on the volume until \`pemedic sessions prune\``,
      "The list of past updates in Settings starts empty; the updates themselves stay",
    ],
  };
}

function refuse(place: CachePlace): void {
  const forbidden = untouchableReason(place.path);
  if (forbidden !== undefined) {
    throw new RefusalError(`Cannot move "${place.path}": ${forbidden.reason}`);
  }
  if (place.reparse) {
    throw new RefusalError(
      `Cannot move "${place.path}": it is a junction or another reparse point`,
      { next: "Look where it leads; then leave this step out: --skip updates.reset-cache" },
    );
  }
}
