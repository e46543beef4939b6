import assert from "node:assert/strict";
import { CancelledError, FileError } from "../../src/base/mod.ts";
import {
  type Check,
  CHECKS,
  commandFor,
  componentStoreFlag,
  diskStructure,
  needsRepair,
  runCheck,
  runChecks,
} from "../../src/checks/mod.ts";
import { SimulatedCrash } from "../lab/mod.ts";
import { assertFinding, checkLab, workspaceOn } from "./check_lab.ts";

function throwing(error: unknown): Check {
  const run = () => Promise.reject(error);
  return { id: "test.check", question: "Is it in order?", deep: false, run };
}

Deno.test("runChecks() asks all checks of a healthy Windows, and finds nothing to repair", async () => {
  const { lab, windows } = await checkLab();
  const findings = await runChecks(windows);
  assert.deepEqual(
    new Set(findings.map(({ check }) => check)),
    new Set(CHECKS.map(({ id }) => id)),
  );
  assert.ok(!findings.some(needsRepair));
  assert.deepEqual(findings.filter(({ outcome }) => !["ok", "open"].includes(outcome)), []);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("runChecks() keeps the rules of findings with a workspace too", async () => {
  const { lab, windows } = await checkLab();
  const workspace = workspaceOn(lab);
  for (const check of [...CHECKS, diskStructure, componentStoreFlag]) {
    for (const finding of await runCheck(windows, { workspace }, check)) {
      assertFinding(finding, check);
      const expected = check === componentStoreFlag ? "open" : "ok";
      assert.equal(finding.outcome, expected, finding.summary);
    }
  }
});

Deno.test("runCheck() makes an error an unknown finding, with its code and its next step", async () => {
  const { windows } = await checkLab();
  const error = new FileError("read", "D:\\x", "disk-error");
  const [finding] = await runCheck(windows, {}, throwing(error));
  assert.deepEqual([finding!.outcome, finding!.blocking, finding!.code], [
    "unknown",
    false,
    "diskFailing",
  ]);
  assert.equal(finding!.next, error.next);
  assert.equal(
    finding!.summary,
    `Is it in order? This could not be told: ${error.message}`,
  );
  assert.deepEqual(finding!.evidence, [{ kind: "volume", volume: "D:", detail: error.message }]);
});

Deno.test("runCheck() makes a fault of ours an unknown finding: the diagnosis goes on", async () => {
  const { windows } = await checkLab();
  for (
    const error of [new TypeError("x of undefined"), new RangeError("y"), new SyntaxError("z")]
  ) {
    const [finding] = await runCheck(windows, {}, throwing(error));
    assert.deepEqual([finding!.outcome, finding!.code], ["unknown", "internal"]);
    assert.ok(finding!.summary.includes(error.message));
  }
  const findings = await runChecks(windows, {}, [throwing(new TypeError("x")), CHECKS[0]!]);
  assert.deepEqual(findings.map(({ check }) => check), ["test.check", CHECKS[0]!.id]);
});

Deno.test("runCheck() passes on what is no answer: the user's stop, a power cut", async () => {
  const { windows } = await checkLab();
  await assert.rejects(() => runCheck(windows, {}, throwing(new CancelledError())), CancelledError);
  const crash = new SimulatedCrash("here");
  await assert.rejects(() => runCheck(windows, {}, throwing(crash)), SimulatedCrash);
});

Deno.test("commandFor() names the volume, in quotes where it must be", async () => {
  const { windows } = await checkLab();
  const { letter: _, ...nameless } = windows.volume;
  const at = (root: string) => commandFor({ volume: { ...nameless, root } }, "diagnose");
  assert.equal(commandFor(windows, "diagnose"), "pemedic diagnose D:");
  assert.equal(at("/mnt/my disk"), 'pemedic diagnose "/mnt/my disk"');
  assert.equal(at("/mnt/d"), "pemedic diagnose /mnt/d");
});

Deno.test("needsRepair() wants a problem that blocks", () => {
  const base = { check: "a", summary: "A", evidence: [] } as const;
  assert.ok(needsRepair({ ...base, outcome: "problem", blocking: true }));
  assert.ok(!needsRepair({ ...base, outcome: "problem", blocking: false }));
  assert.ok(!needsRepair({ ...base, outcome: "unknown", blocking: false }));
});
