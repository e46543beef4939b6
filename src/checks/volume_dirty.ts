/** Does the file system want chkdsk? Everything else is written on top of it. */
import { type Check, commandFor, type Finding } from "./finding.ts";

/** Asks the volume's dirty flag. */
export const volumeDirty: Check = {
  id: "volume.dirty",
  question: "Is the file system in order?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const { state, evidence } = await windows.dirty();
    const common = { check: "volume.dirty", evidence: [evidence] };
    if (state === "dirty") {
      const summary = "The volume is marked dirty: its file system was not closed in order";
      const next = commandFor(windows, "disk repair");
      return [{ ...common, outcome: "problem", blocking: true, summary, next }];
    }
    if (state === "clean") {
      return [{
        ...common,
        outcome: "ok",
        blocking: false,
        summary: "The volume is not marked dirty",
      }];
    }
    const summary = "Whether the volume is dirty cannot be told from here";
    const next = commandFor(windows, "disk check");
    return [{ ...common, outcome: "unknown", blocking: false, summary, next }];
  },
};
