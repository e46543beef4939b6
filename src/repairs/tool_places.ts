/** Places and judgements that all steps with a foreign tool share. */
import { formatExitCode, MedicError, ToolError } from "../base/mod.ts";
import { dismUnusable, toolUnusable } from "../checks/mod.ts";
import { SCRATCH, SESSION } from "../journal/mod.ts";
import { onlyUpgradeHelps } from "../knowledge/mod.ts";
import { type DismAnswer, type DismPlace, explainDismExit } from "../tools/dism/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { Applicability } from "./step.ts";

/** A log in the session's folder, as a native path with {@linkcode SESSION} in it. */
export function sessionLog(windows: Pick<OfflineWindows, "root">, name: string): string {
  const separator = windows.root.includes("/") ? "/" : "\\";
  const root = windows.root.endsWith(separator) ? windows.root : windows.root + separator;
  return [root + SESSION, "logs", name].join(separator);
}

/** Where planned DISM calls work. */
export function plannedPlace(windows: Pick<OfflineWindows, "root">, log: string): DismPlace {
  return { image: windows.root, scratch: SCRATCH, logPath: sessionLog(windows, log) };
}

/** Why a tool cannot be used, or undefined if it can. */
export async function toolObstacle(
  windows: OfflineWindows,
  tool: string,
): Promise<Applicability | undefined> {
  const unusable = await toolUnusable(windows, tool);
  return unusable && { applies: false, ...unusable };
}

/** Why DISM cannot service this image, or undefined if it can. */
export async function dismObstacle(
  windows: OfflineWindows,
): Promise<Applicability | undefined> {
  const unusable = await dismUnusable(windows);
  if (unusable === undefined) return undefined;
  const { reason, code } = unusable;
  return { applies: false, reason, ...(code === undefined ? {} : { code }) };
}

/**
 * The value of a DISM answer.
 *
 * @throws {MedicError} that names what DISM said and what to do next.
 */
export function dismValue<T>(answer: DismAnswer<T>, options: { sourceGiven: boolean }): T {
  switch (answer.kind) {
    case "done":
      return answer.value;
    case "not-understood":
      throw new ToolError("Cannot judge DISM: what it printed could not be understood", {
        code: "toolNotUnderstood",
        next: `Its last lines were: ${
          answer.tail.split("\n").slice(-2).join(" / ") || "(nothing)"
        }`,
      });
    case "failed":
      throw dismFailure(answer.error.code, options);
  }
}

function dismFailure(code: number, options: { sourceGiven: boolean }): MedicError {
  const exit = explainDismExit(code);
  const message = `DISM failed with ${formatExitCode(code)}: ${exit.meaning}`;
  if (
    onlyUpgradeHelps(code, {
      matchingSourceTried: options.sourceGiven && exit.kind !== "needs-source",
    })
  ) {
    return onlyUpgradeLeft(message);
  }
  switch (exit.kind) {
    case "needs-source":
      return new MedicError("needsSource", message, { next: exit.next });
    case "disk-full":
      return new MedicError("noSpace", message, { next: exit.next });
    case "only-upgrade":
      return onlyUpgradeLeft(message);
    default:
      return new ToolError(message, { next: exit.next });
  }
}

/** The ladder names the volume too, which is not known here. */
export function onlyUpgradeLeft(message: string): MedicError {
  const next = "Upgrade in place: pemedic upgrade check --media PATH";
  return new MedicError("needsUpgrade", message, { next });
}
