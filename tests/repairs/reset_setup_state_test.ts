/** What `setup.reset-state` plans for each dead state, and what it leaves alone. */
import assert from "node:assert/strict";
import { describeEdit, type HiveEdited } from "../../src/journal/mod.ts";
import { DEFAULT_OPTIONS } from "../../src/ladder/mod.ts";
import { createSteps } from "../../src/repairs/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  commandBeforeLogon,
  createLab,
  type Damage,
  factoryFresh,
  firstBootInterrupted,
  oobeInterrupted,
  rollbackWaits,
  safeOsImageLost,
  sealedImage,
  setupInProgress,
  truncatedSystemHive,
  upgradeGivenUp,
  upgradeWaitsForRestart,
} from "../lab/mod.ts";

const step = createSteps(DEFAULT_OPTIONS).find(({ id }) => id === "setup.reset-state")!;

async function windowsWith(...damages: readonly Damage[]) {
  const lab = await createLab({ source: "none" });
  await lab.damage(...damages);
  return await openWindows(lab.host, "D:");
}

async function planned(...damages: readonly Damage[]) {
  const plan = await step.plan(await windowsWith(...damages), []);
  const edits = (plan.changes as readonly HiveEdited[]).flatMap((change) => {
    assert.equal(change.path, "Windows\\System32\\config\\SYSTEM");
    return change.edits.map(describeEdit);
  });
  return { edits, remarks: plan.remarks };
}

Deno.test("a Windows that was complete gets all values back, ChildCompletion first", async () => {
  const { edits, remarks } = await planned(setupInProgress());
  assert.deepEqual(edits, [
    'Setup\\Status\\ChildCompletion "setup.exe": 1 -> 3',
    'Setup "SetupType": 2 -> 0',
    'Setup "CmdLine": "oobe\\windeploy.exe" -> ""',
    'Setup "SystemSetupInProgress": 1 -> 0',
    'Setup "SetupPhase": 4 -> 0',
  ]);
  assert.deepEqual(remarks, []);
});

Deno.test("one that was never complete only goes on with Setup", async () => {
  const { edits, remarks } = await planned(firstBootInterrupted());
  assert.deepEqual(edits, ['Setup\\Status\\ChildCompletion "setup.exe": 1 -> 3']);
  assert.match(remarks.join(), /Windows goes on with Setup at its next start/);
});

Deno.test("a dead OOBE is ended, and setup.exe is 3 already", async () => {
  const { edits } = await planned(oobeInterrupted());
  assert.deepEqual(edits, [
    'Setup "SetupType": 2 -> 0',
    'Setup "CmdLine": "oobe\\windeploy.exe" -> ""',
    'Setup "SystemSetupInProgress": 1 -> 0',
    'Setup "OOBEInProgress": 1 -> 0',
    'Setup "SetupPhase": 4 -> 0',
  ]);
});

Deno.test("the boot configuration is never touched, but told of", async () => {
  const { edits, remarks } = await planned(setupInProgress(), safeOsImageLost());
  assert.equal(edits.length, 5);
  assert.match(remarks.join("\n"), /S:\\EFI\\Microsoft\\Boot\\BCD still starts "Windows Setup"/);
  assert.match(remarks.join("\n"), /\$WINDOWS\.~BT stays/);
});

/** Where it does not apply, and why. */
const LEFT_ALONE: readonly (readonly [Damage | undefined, RegExp])[] = [
  [undefined, /^Setup is finished$/],
  [upgradeWaitsForRestart(), /goes on at the next start/],
  [rollbackWaits(), /takes the upgrade back/],
  [upgradeGivenUp(), /given up/],
  [safeOsImageLost(), /that is for bcdedit/],
  [factoryFresh(), /OOBE/],
  [sealedImage(), /sealed/],
  [commandBeforeLogon(), /not Setup's/],
  [truncatedSystemHive(), /cannot be read/],
];

for (const [damage, reason] of LEFT_ALONE) {
  Deno.test(`${damage?.name ?? "a sound Windows"} is left alone, and why is said`, async () => {
    const windows = await windowsWith(...damage === undefined ? [] : [damage]);
    const answer = await step.detect(windows);
    assert.equal(answer.applies, false);
    assert.match(answer.reason, reason);
    assert.deepEqual((await step.plan(windows, [])).changes, []);
  });
}
