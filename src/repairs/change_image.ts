/**
 * The rungs that change single packages and drivers of the image with DISM: only on request,
 * because evidence or the user must name them.
 */
import type { ToolInvocation } from "../base/mod.ts";
import { toolChange, type ToolRan, type Transaction } from "../journal/mod.ts";
import {
  addPackage,
  DismProgressReader,
  listDrivers,
  listPackages,
  parseCompletion,
  parseDrivers,
  parsePackages,
  removeDriver,
  removePackage,
  startComponentCleanup,
} from "../tools/dism/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type {
  ApplyReport,
  RepairOptions,
  RepairStep,
  StepPlan,
  Verdict,
  VerifyContext,
} from "./step.ts";
import { dismObstacle, dismValue, plannedPlace } from "./tool_places.ts";

/** What distinguishes one of these steps from the others. */
interface ImageStep {
  readonly id: string;
  readonly title: string;
  readonly resolves: string;
  /** Why it does not apply, if nothing was asked for. */
  readonly idle: string;
  readonly remarks: readonly string[];
  /** The calls, in order; reading ones serve to compare. */
  calls(windows: OfflineWindows): readonly ToolInvocation[];
  verify(windows: OfflineWindows, context: VerifyContext): Promise<Verdict>;
}

function imageStep(step: ImageStep, wanted: boolean): RepairStep {
  return {
    id: step.id,
    title: step.title,
    resolves: step.resolves,
    risk: "irreversible",
    answers: [],
    async detect(windows) {
      if (!wanted) return { applies: false, reason: step.idle };
      return await dismObstacle(windows) ?? { applies: true, reason: "Asked for" };
    },
    plan: (windows) =>
      Promise.resolve({
        step: step.id,
        title: step.title,
        risk: "irreversible",
        changes: step.calls(windows).map((call) => toolChange(call)),
        remarks: step.remarks,
      }),
    apply: runCalls,
    verify: (windows, _plan, context) => step.verify(windows, context),
  };
}

async function runCalls(plan: StepPlan, transaction: Transaction): Promise<ApplyReport> {
  const tools: { tool: string; outcome: ApplyReport["tools"][number]["outcome"] }[] = [];
  let deferred: string | undefined;
  for (const change of plan.changes as readonly ToolRan[]) {
    const outcome = await transaction.runTool(change, { progress: new DismProgressReader() });
    const { restartRequired } = dismValue(parseCompletion(outcome), { sourceGiven: false });
    if (restartRequired && change.risk !== "reads") {
      deferred = "DISM wants a restart to complete it";
    }
    tools.push({ tool: "dism", outcome });
  }
  return { tools, ...(deferred === undefined ? {} : { deferred }) };
}

async function askAgain(
  windows: OfflineWindows,
  context: VerifyContext,
  call: typeof listPackages,
) {
  const log = await context.workspace.newLog("dism-verify.log");
  const place = { image: windows.root, scratch: context.workspace.scratch, logPath: log.path };
  return await windows.tools.run(call(place));
}

/** `image.remove-package` */
export function removePackages(options: RepairOptions): RepairStep {
  const wanted = options.removePackages;
  return imageStep({
    id: "image.remove-package",
    title: "Remove update packages",
    resolves: "Windows does not start since one update",
    idle: "No package was named",
    remarks: ["The update can be installed again later"],
    calls: (windows) =>
      wanted.map((identity) =>
        removePackage(plannedPlace(windows, "dism-packages.log"), { identity })
      ),
    async verify(windows, context) {
      const packages = dismValue(parsePackages(await askAgain(windows, context, listPackages)), {
        sourceGiven: false,
      });
      const left = packages.filter((entry) => wanted.includes(entry.identity));
      const installed = left.find((entry) =>
        !/^(?:Uninstall Pending|Not Present|Removed|Staged)$/i.test(entry.state)
      );
      const evidence = left.map((entry) => listed(`${entry.identity}: ${entry.state}`));
      if (installed !== undefined) {
        return {
          outcome: "not-fixed",
          reason: `${installed.identity} is still there: ${installed.state}`,
          evidence,
        };
      }
      const pending = left.find((entry) => entry.pending);
      if (pending !== undefined) {
        return {
          outcome: "needs-restart",
          reason: "The package is removed at the next start",
          evidence,
        };
      }
      return {
        outcome: "fixed",
        reason: "The package is not listed any more",
        evidence: [listed("not listed")],
      };
    },
  }, wanted.length > 0);
}

/** `image.add-package` */
export function addPackages(options: RepairOptions): RepairStep {
  const wanted = options.addPackages;
  return imageStep({
    id: "image.add-package",
    title: "Add update packages",
    resolves: "An update is missing that repairs what is broken",
    idle: "No package was named",
    remarks: ['Offline packages stay "Install Pending" until Windows starts'],
    calls: (windows) =>
      wanted.map((packagePath) =>
        addPackage(plannedPlace(windows, "dism-packages.log"), { packagePath })
      ),
    async verify(windows, context) {
      const names = context.report?.tools.flatMap(({ outcome }) => namedPackages(outcome.output)) ??
        [];
      if (names.length === 0) {
        const reason = context.report === undefined
          ? "The package has not been added"
          : "DISM named no package that it added";
        return { outcome: "not-fixed", reason, evidence: [listed("no package was named")] };
      }
      const answer = parsePackages(await askAgain(windows, context, listPackages));
      const after = dismValue(answer, { sourceGiven: false });
      const found = after.filter((entry) => names.includes(entry.identity));
      const evidence = found.map((entry) => listed(`${entry.identity}: ${entry.state}`));
      const missing = names.find((name) => !found.some((entry) => entry.identity === name));
      if (missing !== undefined) {
        return {
          outcome: "not-fixed",
          reason: `DISM does not list ${missing}`,
          evidence: [listed("not listed")],
        };
      }
      const pending = found.some((entry) => entry.pending);
      const reason = pending
        ? "The package is installed at the next start"
        : "The package is listed";
      return { outcome: pending ? "needs-restart" : "fixed", reason, evidence };
    },
  }, wanted.length > 0);
}

/** Identities in `Processing 1 of 1 - Adding package IDENTITY` (DISM's message table). */
function namedPackages(output: string): string[] {
  return [...output.matchAll(/Adding package (\S+~\S*~\S*~\S*~[\d.]+)/g)].map((match) => match[1]!);
}

/** `image.remove-driver` */
export function removeDrivers(options: RepairOptions): RepairStep {
  const wanted = options.removeDrivers;
  return imageStep({
    id: "image.remove-driver",
    title: "Remove third-party drivers",
    resolves: "Windows does not start since one driver",
    idle: "No driver was named",
    remarks: ["Removing the driver of the disk that Windows starts from makes it unbootable"],
    calls: (windows) =>
      wanted.map((publishedName) =>
        removeDriver(plannedPlace(windows, "dism-drivers.log"), { publishedName })
      ),
    async verify(windows, context) {
      const drivers = dismValue(parseDrivers(await askAgain(windows, context, listDrivers)), {
        sourceGiven: false,
      });
      const left = drivers.find((entry) =>
        wanted.some((name) => name.toLowerCase() === entry.publishedName.toLowerCase())
      );
      if (left !== undefined) {
        const evidence = [listed(`${left.publishedName}: ${left.originalFileName}`)];
        return { outcome: "not-fixed", reason: `${left.publishedName} is still listed`, evidence };
      }
      return {
        outcome: "fixed",
        reason: "The driver is not listed any more",
        evidence: [listed("not listed")],
      };
    },
  }, wanted.length > 0);
}

/** `image.cleanup` */
export function cleanUpImage(options: RepairOptions): RepairStep {
  const reset = options.resetBase === true;
  return imageStep({
    id: "image.cleanup",
    title: "Remove superseded components",
    resolves: "The component store takes too much space",
    idle: "Not asked for",
    remarks: reset
      ? ["Installed updates can then never be removed"]
      : ["Superseded versions of components are gone for good"],
    calls: (windows) => [
      startComponentCleanup(plannedPlace(windows, "dism-cleanup.log"), { resetBase: reset }),
    ],
    verify(_windows, context) {
      const ran = context.report?.tools.at(-1);
      const verdict: Verdict = ran === undefined
        ? {
          outcome: "not-fixed",
          reason: "The clean-up has not run",
          evidence: [listed("not run")],
        }
        : {
          outcome: "fixed",
          reason: "DISM completed the clean-up",
          evidence: [listed("completed")],
        };
      return Promise.resolve(verdict);
    },
  }, options.force);
}

function listed(line: string) {
  return { kind: "tool", command: "dism", exitCode: 0, line } as const;
}
