/** The registry under Wine, on a real NTFS volume: edits, repairs, replayed logs, and their undo. */
import assert from "node:assert/strict";
import {
  bootExecuteProgramMissing,
  bootServiceDisabled,
  dirtySoftwareHive,
  oobeInterrupted,
  proxySet,
  serviceDisabled,
  setupExecuteWithoutPendingXml,
  thirdPartyAntivirus,
  updatePolicySet,
  updateServersBlocked,
} from "../lab/mod.ts";
import { StoryWindows } from "./story_windows.ts";

const SERVICE = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\BITS";

async function tell(story: StoryWindows, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await story.dispose();
  }
}

Deno.test("registry set, query, export and undo on the NTFS volume", async () => {
  const story = await StoryWindows.create();
  await tell(story, async () => {
    const before = await story.hiveSnapshot();
    const set = await story.pemedic(
      ["registry", "set", "D:", SERVICE, "LabNote", "seven \u00e4\u4e16", "--type", "sz", "--yes"],
    );
    assert.equal(set.code, 0, set.stdout + set.stderr);
    const query = await story.pemedic(["registry", "query", "D:", SERVICE, "--json"]);
    assert.equal(query.code, 0, query.stderr);
    assert.match(query.stdout, /LabNote/);
    assert.match(query.stdout, /seven \u00e4\u4e16/);
    assert.notDeepEqual(await story.hiveDifferences(before), []);
    const undo = await story.pemedic(["undo", "D:", "--yes"]);
    assert.equal(undo.code, 0, undo.stdout + undo.stderr);
    assert.deepEqual(await story.hiveDifferences(before), []);
  });
});

Deno.test("a dirty hive and a disabled service: found, repaired, taken back", async () => {
  const story = await StoryWindows.create(serviceDisabled("wuauserv"), dirtySoftwareHive());
  await tell(story, async () => {
    const before = await story.hiveSnapshot();
    const diagnosis = await story.pemedic(["diagnose", "D:"]);
    assert.equal(diagnosis.code, 5, diagnosis.stdout + diagnosis.stderr);
    assert.match(diagnosis.stdout, /SOFTWARE: dirty, \d+ pages? replayed from LOG1/);
    assert.match(diagnosis.stdout, /disabled: wuauserv/);
    const repair = await story.pemedic(
      ["repair", "D:", "--only", "services.restore-start", "--yes"],
    );
    assert.equal(repair.code, 0, repair.stdout + repair.stderr);
    const query = await story.pemedic(
      ["registry", "query", "D:", SERVICE.replace("BITS", "wuauserv"), "--value", "Start"],
    );
    assert.match(query.stdout, /\b3\b/);
    const undo = await story.pemedic(["undo", "D:", "--yes"]);
    assert.equal(undo.code, 0, undo.stdout + undo.stderr);
    assert.deepEqual(await story.hiveDifferences(before), []);
  });
});

Deno.test("all registry repairs of the ladder together, then the filters, and back", async () => {
  const story = await StoryWindows.create(
    setupExecuteWithoutPendingXml(),
    bootExecuteProgramMissing(),
    oobeInterrupted(),
    updatePolicySet(),
    proxySet(),
    updateServersBlocked(),
    bootServiceDisabled(),
    thirdPartyAntivirus(),
  );
  await tell(story, async () => {
    const before = await story.hiveSnapshot();
    const repair = await story.pemedic(
      ["repair", "D:", "--yes", "--quick", "--include", "policy,proxy,hosts", "--json"],
    );
    assert.ok([0, 6].includes(repair.code), repair.stdout + repair.stderr);
    const outcomes = new Map(
      repair.stdout.trim().split("\n").map((line) => JSON.parse(line))
        .filter((event) => event.type === "step-finished")
        .map((event) => [event.step, event.outcome]),
    );
    for (const step of REPAIRS) {
      assert.ok(
        ["fixed", "needs-restart"].includes(outcomes.get(step)),
        `${step}: ${repair.stdout}`,
      );
    }
    const filters = await story.pemedic(
      ["filters", "disable", "all-antivirus", "--windows", "D:", "--yes"],
    );
    assert.equal(filters.code, 0, filters.stdout + filters.stderr);
    for (let session = 1; session <= 2; session++) {
      const undo = await story.pemedic(["undo", "D:", "--yes"]);
      assert.equal(undo.code, 0, undo.stdout + undo.stderr);
    }
    assert.deepEqual(await story.hiveDifferences(before), []);
  });
});

/** Steps that this Windows needs. */
const REPAIRS = [
  "servicing.clear-leftovers",
  "setup.reset-state",
  "updates.reset-policy",
  "network.reset-proxy",
  "network.reset-hosts",
  "boot.restore-services",
] as const;

/** Around the swap of a hive: before it, with the new file waiting, and right after it. */
const CHECKPOINTS = ["change-intended#1", "hive-staged#1", "hive-swapped#1"] as const;

for (const checkpoint of CHECKPOINTS) {
  Deno.test(`killed at ${checkpoint} of a hive edit, then undo: as at the start`, async () => {
    const story = await StoryWindows.create();
    await tell(story, async () => {
      const before = await story.hiveSnapshot();
      const set = ["registry", "set", "D:", SERVICE, "LabNote", "7", "--type", "dword", "--yes"];
      const killed = await story.pemedic(set, { PEMEDIC_CHECKPOINT: checkpoint });
      assert.notEqual(killed.code, 0, killed.stdout + killed.stderr);
      const undo = await story.pemedic(["undo", "D:", "--yes"]);
      assert.ok([0, 4].includes(undo.code), undo.stdout + undo.stderr);
      assert.deepEqual(await story.hiveDifferences(before), []);
    });
  });
}
