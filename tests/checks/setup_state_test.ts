import assert from "node:assert/strict";
import { setupState } from "../../src/checks/mod.ts";
import {
  commandBeforeLogon,
  type Damage,
  factoryFresh,
  firstBootInterrupted,
  missingSoftwareHive,
  oobeInterrupted,
  rollbackWaits,
  SAFE_OS_ENTRY,
  safeOsImageLost,
  sealedImage,
  setupInProgress,
  truncatedSystemHive,
  upgradeGivenUp,
  upgradeWaitsForRestart,
  windowsEntryLost,
} from "../lab/mod.ts";
import { ask, checkLab } from "./check_lab.ts";

const NEXT = "pemedic repair --only setup.reset-state D:";

/** Damages, the outcome, and the next command if there is one. */
const TABLE: readonly (readonly [readonly Damage[], string, string?])[] = [
  [[], "ok"],
  [[setupInProgress()], "problem", NEXT],
  [[firstBootInterrupted()], "problem", NEXT],
  [[oobeInterrupted()], "problem", NEXT],
  [[safeOsImageLost()], "problem", "pemedic upgrade abort D:"],
  [[safeOsImageLost(), windowsEntryLost()], "problem", 'bcdboot "D:\\Windows"'],
  [[upgradeGivenUp()], "notice"],
  [[upgradeWaitsForRestart()], "notice"],
  [[rollbackWaits()], "notice"],
  [[factoryFresh()], "notice"],
  [[sealedImage()], "notice"],
  [[commandBeforeLogon()], "notice"],
  [[truncatedSystemHive()], "unknown", "pemedic disk check D:"],
  [[setupInProgress(), missingSoftwareHive()], "unknown", "pemedic disk check D:"],
];

for (const [damages, outcome, next] of TABLE) {
  const what = damages.map(({ name }) => name).join(", ") || "a sound Windows";
  Deno.test(`setup.state: ${what} is "${outcome}"`, async () => {
    const finding = await ask(await checkLab(damages), setupState);
    assert.equal(finding.outcome, outcome, finding.summary);
    assert.equal(finding.blocking, outcome === "problem");
    assert.equal(finding.next, next);
  });
}

Deno.test("setup.state: contradicting values are told, and nothing is asked for", async () => {
  const half: Damage = {
    name: "half",
    imitates: "values that somebody has set back by hand, and not all of them",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        '[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]\n"SystemSetupInProgress"=dword:00000001\n',
      ),
  };
  const finding = await ask(await checkLab([half]), setupState);
  assert.equal(finding.outcome, "notice");
  assert.match(finding.summary, /not clear: some of Setup's values are set/);
});

Deno.test("setup.state: without an entry of Windows, bcdboot makes one", async () => {
  const lab = await checkLab([safeOsImageLost()]);
  const loader = "3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f";
  const objects = "HKEY_LOCAL_MACHINE\\BCD00000000\\Objects";
  await lab.lab.site.editHive("BCD", `[-${objects}\\{${loader}}]\n`);
  lab.lab.files.put(
    "S:\\EFI\\Microsoft\\Boot\\BCD",
    await lab.lab.files.read("D:\\Boot\\BCD"),
  );
  lab.lab.files.forgetOperations();
  const finding = await ask(lab, setupState);
  assert.equal(finding.next, 'bcdboot "D:\\Windows"');
  assert.ok(finding.evidence.some((each) => JSON.stringify(each).includes(SAFE_OS_ENTRY)));
});
