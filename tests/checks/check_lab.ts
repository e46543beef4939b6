/** What the tests of the checks share: a lab, an installation, and what every finding owes. */
import assert from "node:assert/strict";
import type { Check, CheckContext, Finding, Workspace } from "../../src/checks/mod.ts";
import { describeEvidence, type OfflineWindows, openWindows } from "../../src/windows/mod.ts";
import { createLab, type Damage, type LabOptions, type MemoryLab } from "../lab/mod.ts";

/** A damaged lab with its installation. */
export interface CheckLab {
  readonly lab: MemoryLab;
  readonly windows: OfflineWindows;
}

export async function checkLab(
  damages: readonly Damage[] = [],
  options: LabOptions = {},
): Promise<CheckLab> {
  const lab = await createLab({ source: "none", ...options });
  await lab.damage(...damages);
  return { lab, windows: await openWindows(lab.host, "D:") };
}

/** Runs a check that answers with one finding, and holds it to the rules. */
export async function ask(
  { lab, windows }: CheckLab,
  check: Check,
  context: CheckContext = {},
): Promise<Finding> {
  const findings = await check.run(windows, context);
  for (const finding of findings) assertFinding(finding, check);
  assert.equal(findings.length, 1);
  assert.deepEqual(ownOperations(lab), []);
  return findings[0]!;
}

/** Evidence is never empty, problems name the next command, and sentences have no full stop. */
export function assertFinding(finding: Finding, check: Check): void {
  assert.equal(finding.check, check.id);
  assert.ok(finding.evidence.length > 0, "a finding without evidence does not exist");
  for (const evidence of finding.evidence) assert.match(describeEvidence(evidence), /\S/);
  assert.match(finding.summary, /^(?:[A-Z]|chkdsk|sfc).*[^.]$/);
  assert.match(check.question, /^[A-Z].*\?$/);
  if (finding.outcome !== "problem") assert.equal(finding.blocking, false);
  if (["problem", "open", "unknown"].includes(finding.outcome)) {
    assert.ok((finding.next ?? "").length > 0, `"${finding.summary}" names no next step`);
  }
  if (finding.outcome === "ok") assert.equal(finding.next, undefined);
  assert.doesNotMatch(finding.next ?? "", /undefined|\{session\}/);
}

/** Changes that are not the tools' own logs and scratch files. */
function ownOperations(lab: MemoryLab) {
  return lab.files.operations.filter(({ path }) => !path.startsWith("E:\\work"));
}

/** A workspace on the stick, as deep checks need one. */
export function workspaceOn(lab: MemoryLab): Workspace {
  lab.files.putDirectory("E:\\work\\scratch");
  return {
    scratch: "E:\\work\\scratch",
    newLog: (name) => {
      const path = `E:\\work\\${name}`;
      return Promise.resolve({
        path,
        read: async () =>
          await lab.files.stat(path) === undefined
            ? undefined
            : new TextDecoder().decode(await lab.files.read(path)),
      });
    },
  };
}
