/**
 * Moves `hiberfil.sys` aside, so that Windows starts afresh instead of resuming over what is
 * repaired. Only on request: what was open and unsaved when Windows hibernated is lost. Undo
 * never puts it back: Windows would resume an old memory over a volume that has changed since.
 */
import type { EntryMoved } from "../journal/mod.ts";
import type { RepairStep } from "./step.ts";

const PATH = "hiberfil.sys";

/** The step. */
export function discardHibernation(): RepairStep {
  return {
    id: "volume.discard-hibernation",
    title: "Set the saved memory of a hibernated Windows aside",
    resolves: "Windows is hibernated or used Fast Startup and cannot be started to shut it down",
    risk: "irreversible",
    answers: [],
    async detect(windows) {
      const { active, unknown, detail } = await windows.hibernation();
      return active || unknown
        ? { applies: true, reason: `hiberfil.sys ${detail}` }
        : { applies: false, reason: `Windows is not hibernated (hiberfil.sys: ${detail})` };
    },
    async plan(windows) {
      const entry = await windows.files.stat(PATH);
      const change: EntryMoved = {
        kind: "entry-moved",
        path: PATH,
        entry: "file",
        bytes: entry?.size ?? 0,
        stays: "An old memory must not be resumed over a volume that has changed since",
      };
      return {
        step: "volume.discard-hibernation",
        title: "Set the saved memory of a hibernated Windows aside",
        risk: "irreversible",
        changes: entry === undefined ? [] : [change],
        remarks: [
          "What was open and not saved when Windows hibernated is lost once Windows has started afresh",
        ],
      };
    },
    async apply(plan, transaction) {
      for (const change of plan.changes as readonly EntryMoved[]) await transaction.make(change);
      return { tools: [] };
    },
    async verify(windows) {
      const { active, unknown, detail } = await windows.hibernation();
      const evidence = [{ kind: "file", path: PATH, detail }] as const;
      return active || unknown
        ? { outcome: "not-fixed", reason: "The saved memory is still there", evidence }
        : { outcome: "fixed", reason: "Windows will start afresh", evidence };
    },
  };
}
