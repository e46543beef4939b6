/**
 * Repairs the component store with DISM and a matching source, and scans again: that DISM
 * says "restored" is no proof.
 */
import { MedicError } from "../base/mod.ts";
import { commandFor, componentStore, findPendingMarkers } from "../checks/mod.ts";
import { toolChange, type ToolRan } from "../journal/mod.ts";
import {
  DismProgressReader,
  formatSource,
  parseRestoreHealth,
  parseSourceOption,
  restoreHealth,
} from "../tools/dism/mod.ts";
import type { RepairOptions, RepairStep, StepPlan } from "./step.ts";
import { dismObstacle, dismValue, plannedPlace } from "./tool_places.ts";

const STEP = {
  step: "image.restore",
  title: "Repair the component store",
  risk: "irreversible",
} as const;

/** The step. */
export function restoreImage(options: RepairOptions): RepairStep {
  const sources = options.sources.map(parseSourceOption);
  return {
    id: STEP.step,
    title: STEP.title,
    resolves: "Updates fail with corruption errors, or sfc cannot repair all files",
    risk: STEP.risk,
    answers: ["store.health"],
    async detect(windows) {
      const obstacle = await dismObstacle(windows);
      if (obstacle !== undefined) return obstacle;
      const pending = (await findPendingMarkers(windows)).find((m) => m.row.id === "pending-xml");
      if (pending !== undefined) {
        return {
          applies: false,
          reason: "DISM refuses while an update is half done; let Windows start once first",
          waitsFor: ["servicing.revert-pending", "servicing.clear-leftovers"],
        };
      }
      return { applies: true, reason: "DISM compares the component store with its hashes" };
    },
    plan(windows) {
      if (sources.length === 0) return Promise.resolve(withoutSource());
      const invocation = restoreHealth(plannedPlace(windows, "dism-restore.log"), { sources });
      return Promise.resolve({
        ...STEP,
        changes: [toolChange(invocation)],
        remarks: [
          `Takes minutes; the repair files come from ${sources.map(formatSource).join(", ")}`,
        ],
      });
    },
    async apply(plan, transaction) {
      const change = plan.changes[0] as ToolRan | undefined;
      if (change === undefined) throw sourceWanted();
      const outcome = await transaction.runTool(change, { progress: new DismProgressReader() });
      const { result } = dismValue(parseRestoreHealth(outcome), { sourceGiven: true });
      if (result === "not-restored") {
        throw new MedicError(
          "needsUpgrade",
          "DISM says that the component store cannot be repaired",
          {
            next: "Upgrade in place from media of the same or a newer build once Windows starts",
          },
        );
      }
      return { tools: [{ tool: "dism", outcome }] };
    },
    async verify(windows, _plan, context) {
      const [finding] = await componentStore.run(windows, context);
      const { outcome, summary, evidence, code } = finding!;
      const findings = [finding!];
      if (outcome === "ok") return { outcome: "fixed", reason: summary, evidence, findings };
      if (code !== undefined) {
        return { outcome: "not-fixed", reason: summary, evidence, findings, code };
      }
      const reason = `${summary}; the source may be of another build: ${
        commandFor(windows, "diagnose")
      }`;
      return { outcome: "not-fixed", reason, evidence, findings };
    },
  };
}

function withoutSource(): StepPlan {
  return {
    ...STEP,
    changes: [],
    remarks: [
      "No --source is given: if the scan finds damage, this step stops and says which source it wants",
    ],
  };
}

function sourceWanted(): MedicError {
  return new MedicError(
    "needsSource",
    "No source is given to repair the component store from",
    {
      next:
        "Run again with --source, for example --source E:\\sources\\install.wim:6 of the same build and edition",
    },
  );
}
