/**
 * Gets a Windows out of a Setup that died: says that its child program has ended, and, where
 * Windows was complete already, takes Setup's values back to those of a finished Windows. The
 * boot configuration is not touched.
 *
 * The values are those of the published way out of "The computer restarted unexpectedly"
 * (appuals.com, prime-expert.com: `setup.exe` from 1 to 3 first); `CmdLine`, `SetupType` and the
 * others as Microsoft Deployment Toolkit leaves them at its end.
 */
import { registryDword, registryString, RegistryType } from "../formats/regf/mod.ts";
import { readSetupState, type SetupState } from "../windows/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { applyOwnChanges, HiveChanges, readBackEdits } from "./hive_changes.ts";
import type { RepairStep } from "./step.ts";

const ID = "setup.reset-state";
const TITLE = "Take back the state of a dead Windows Setup";
const SETUP = "SYSTEM\\Setup";
const CHILDREN = `${SETUP}\\Status\\ChildCompletion`;

/** `setup.exe` has ended. */
const ENDED = 3;

/** The step. */
export function resetSetupState(): RepairStep {
  return {
    id: ID,
    title: TITLE,
    resolves:
      'Every start ends in "The computer restarted unexpectedly or encountered an unexpected error"',
    risk: "reversible",
    answers: ["setup.state"],
    async detect(windows) {
      const state = await readSetupState(windows);
      return { applies: state.reset !== "nothing", reason: reasonOf(state) };
    },
    async plan(windows) {
      const state = await readSetupState(windows);
      return {
        step: ID,
        title: TITLE,
        risk: "reversible",
        changes: await planChanges(windows, state),
        remarks: remarksOn(state),
      };
    },
    apply: applyOwnChanges,
    async verify(windows, plan) {
      const { missing, evidence } = await readBackEdits(windows, plan.changes);
      if (missing !== undefined) {
        return { outcome: "not-fixed", reason: `A value is not as planned: ${missing}`, evidence };
      }
      const state = await readSetupState(windows);
      if (state.reset !== "nothing") {
        return { outcome: "not-fixed", reason: state.reason, evidence: state.evidence };
      }
      const proof = evidence.length > 0 ? evidence : state.evidence;
      return state.name === "finished"
        ? { outcome: "fixed", reason: "Setup is finished", evidence: proof }
        : {
          outcome: "needs-restart",
          reason: "Windows goes on with Setup at its next start",
          evidence: proof,
        };
    },
  };
}

/** Why it applies, or why not: what looks like a dead Setup is mostly none. */
function reasonOf(state: SetupState): string {
  if (state.name !== "dead-safe-os") return state.reason;
  return `${state.reason}; that is for bcdedit, the registry is in order`;
}

async function planChanges(windows: OfflineWindows, { reset, facts }: SetupState) {
  const changes = new HiveChanges(windows);
  if (reset === "nothing") return [];
  if (facts.children.setup === 1) await changes.setValue(CHILDREN, "setup.exe", dword(ENDED));
  if (reset === "child") return changes.changes();
  const { values } = facts;
  await changes.setValue(SETUP, "SetupType", dword(0));
  await changes.setValue(SETUP, "CmdLine", {
    type: RegistryType.REG_SZ,
    data: registryString(""),
  });
  await changes.setValue(SETUP, "SystemSetupInProgress", dword(0));
  if (values.oobeInProgress !== undefined) {
    await changes.setValue(SETUP, "OOBEInProgress", dword(0));
  }
  if (values.setupPhase !== undefined) await changes.setValue(SETUP, "SetupPhase", dword(0));
  if (values.restartSetup !== undefined) await changes.setValue(SETUP, "RestartSetup", dword(0));
  return changes.changes();
}

function dword(value: number) {
  return { type: RegistryType.REG_DWORD, data: registryDword(value) };
}

function remarksOn({ reset, bootsSetup, facts }: SetupState): string[] {
  const remarks: string[] = [];
  if (reset === "child") {
    remarks.push(
      "Only the mark of the interruption is taken back: Windows goes on with Setup at its next " +
        "start, because this Windows was not complete before",
    );
  }
  if (bootsSetup !== undefined) {
    remarks.push(
      `The boot configuration ${bootsSetup.place} still starts ` +
        `"${bootsSetup.entry.description ?? bootsSetup.entry.name}" first; it is not changed here`,
    );
  }
  if (facts.folder.present) {
    remarks.push(
      "The upgrade's folder $WINDOWS.~BT stays: it holds the logs that tell what failed",
    );
  }
  return remarks;
}
