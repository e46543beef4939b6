/** What the tests of driver and service steps share: a step over a lab, and its edits as lines. */
import assert from "node:assert/strict";
import { editLines } from "../../src/journal/mod.ts";
import { DEFAULT_OPTIONS, type LadderOptions } from "../../src/ladder/mod.ts";
import { createSteps } from "../../src/repairs/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import { createLab, type Damage } from "../lab/mod.ts";

/** A step over a damaged lab. */
export interface StepLab {
  /** Whether it applies, and why. */
  detect(): Promise<{ readonly applies: boolean; readonly reason: string }>;
  /** Its edits as people see them, without the control set of the lab. */
  edits(): Promise<string[]>;
  remarks(): Promise<readonly string[]>;
}

/** Makes a step with options over a lab with damages. */
export async function stepLab(
  id: string,
  options: Partial<LadderOptions> = {},
  damages: readonly Damage[] = [],
): Promise<StepLab> {
  const lab = await createLab({ source: "none" });
  await lab.damage(...damages);
  const windows = await openWindows(lab.host, "D:");
  const step = createSteps({ ...DEFAULT_OPTIONS, ...options }).find((each) => each.id === id)!;
  return {
    detect: () => step.detect(windows),
    edits: async () => {
      const { changes } = await step.plan(windows, []);
      assert.ok(changes.length <= 1, "one hive, one change");
      assert.deepEqual(lab.files.operations, []);
      return changes.flatMap(editLines).map((line) => line.replace(/^ControlSet001\\/, ""));
    },
    remarks: async () => (await step.plan(windows, [])).remarks,
  };
}

/** Adds `.reg` text to SYSTEM. */
export function system(text: string): Damage {
  return { name: "system", imitates: "", apply: (site) => site.editHive("SYSTEM", text) };
}

/** The lab's control set in `.reg` text. */
export const CONTROL_SET = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001";
