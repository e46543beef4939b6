/**
 * Repairs the component store with DISM and a matching source, and scans again: that DISM
 * says "restored" is no proof.
 */
import { MedicError } from "../base/mod.ts";
import { commandFor, componentStore, findPendingMarkers, upgradeCommand } from "../checks/mod.ts";
import { toolChange, type ToolRan } from "../journal/mod.ts";
import { findEdition, findLanguageId } from "../knowledge/mod.ts";
import {
  DismProgressReader,
  formatSource,
  joinParts,
  parseCompletion,
  parseRestoreHealth,
  parseSourceOption,
  restoreHealth,
} from "../tools/dism/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { ApplyReport, RepairOptions, RepairStep, SourceWork, StepPlan } from "./step.ts";
import { dismObstacle, dismValue, onlyUpgradeLeft, plannedPlace } from "./tool_places.ts";

const STEP = {
  step: "image.restore",
  title: "Repair the component store",
  risk: "irreversible",
} as const;

/** The step. */
export function restoreImage(options: RepairOptions): RepairStep {
  const sources = options.sources.map(parseSourceOption);
  const work = options.sourceWork ?? [];
  // Told only if the step comes to it: what `apply` gets holds no Windows.
  let missing: MedicError | undefined;
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
      missing = sourceWanted(windows, options);
      if (sources.length === 0) return Promise.resolve(withoutSource(options));
      const invocation = restoreHealth(plannedPlace(windows, "dism-restore.log"), { sources });
      return Promise.resolve({
        ...STEP,
        changes: [...joins(windows, work), toolChange(invocation)],
        remarks: [
          `Takes minutes; the repair files come from ${sources.map(formatSource).join(", ")}`,
          ...work.map(describeWork),
        ],
        ...(work.length === 0 ? {} : { sourceWork: work }),
      });
    },
    async apply(plan, transaction) {
      const changes = plan.changes as readonly ToolRan[];
      const repair = changes.at(-1);
      if (repair === undefined) throw missing ?? new Error("The step was applied without a plan");
      const tools: ApplyReport["tools"][number][] = [];
      for (const change of changes.slice(0, -1)) {
        const outcome = await transaction.runTool(change, { progress: new DismProgressReader() });
        dismValue(parseCompletion(outcome), { sourceGiven: false });
        tools.push({ tool: "dism", outcome });
      }
      const outcome = await transaction.runTool(repair, { progress: new DismProgressReader() });
      const { result } = dismValue(parseRestoreHealth(outcome), { sourceGiven: true });
      if (result === "not-restored") {
        throw onlyUpgradeLeft("DISM says that the component store cannot be repaired");
      }
      return { tools: [...tools, { tool: "dism", outcome }] };
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

function joins(windows: OfflineWindows, work: readonly SourceWork[]): ToolRan[] {
  return work.filter((one) => one.kind === "join")
    .map((one) => toolChange(joinParts(plannedPlace(windows, "dism-join.log"), one)));
}

function describeWork(work: SourceWork): string {
  return work.kind === "extract"
    ? `First ${work.only} of ${work.iso} is copied to ${work.folder}, verified, and removed afterwards`
    : `First the parts ${work.parts} are joined into ${work.destination}, removed afterwards`;
}

function withoutSource({ sourceWanted: wanted }: RepairOptions): StepPlan {
  const then = "if the scan finds damage, this step stops and says which source it wants";
  const remark = wanted === undefined
    ? `No --source is given: ${then}`
    : `No source here fits, so nothing is tried that must fail: ${then}`;
  return { ...STEP, changes: [], remarks: [remark] };
}

function sourceWanted(
  windows: OfflineWindows,
  { sourceWanted: wanted }: RepairOptions,
): MedicError {
  if (wanted !== undefined) {
    return new MedicError("needsSource", wanted, {
      next: "Bring such media and run this again; or upgrade in place once Windows starts: " +
        upgradeCommand(windows),
    });
  }
  const needed = describeNeeded(windows);
  return new MedicError(
    "needsSource",
    "No source is given to repair the component store from" +
      (needed === "" ? "" : `; needed: ${needed}`),
    { next: `${commandFor(windows, "image restore")} --source auto` },
  );
}

/** What a source must be, as far as the Windows tells it. */
function describeNeeded({ identity }: OfflineWindows): string {
  const { build, ubr, edition, language, architecture } = identity;
  const parts = [
    build === undefined
      ? undefined
      : `build ${build}${ubr === undefined ? "" : `.${ubr}`} or newer`,
    edition === undefined ? undefined : `edition ${findEdition(edition)?.name ?? edition}`,
    language === undefined ? undefined : `language ${findLanguageId(language)?.tag ?? language}`,
    architecture,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}
