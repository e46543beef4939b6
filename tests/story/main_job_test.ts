/**
 * The main job on three floors of the lab: in memory, on a folder, on a mounted NTFS image.
 * The fourth floor, the compiled program under Wine, is in `tests/windows/repair_story.ts`.
 */
import assert from "node:assert/strict";
import {
  compareSnapshots,
  corruptPayload,
  corruptProtectedFile,
  createFolderLab,
  createLab,
  createNtfsLab,
  dirtyVolume,
  type Lab,
  ntfsMissing,
  pendingXmlLeftBehind,
  updateCacheStuck,
} from "../lab/mod.ts";
import { without } from "../needs.ts";
import { jsonLines, runCli } from "../run_cli.ts";

const OWN = { except: ["PEMedic"] };

/** Paths that simulated tools changed: not ours to take back. */
function byTools(lab: Lab): Set<string> {
  return new Set(
    lab.state.ledger.flatMap((call) => call.changed).map((path) => path.slice(3).toUpperCase()),
  );
}

async function differences(lab: Lab, before: Awaited<ReturnType<Lab["snapshot"]>>) {
  const tools = byTools(lab);
  return compareSnapshots(before, await lab.snapshot(OWN))
    .filter((line) => !tools.has(line.split(": ")[0]!.toUpperCase()));
}

/** Diagnose, repair, diagnose again, undo: the volume equals the start. */
async function repairAndUndo(lab: Lab): Promise<void> {
  await lab.damage(
    dirtyVolume(),
    updateCacheStuck(),
    corruptProtectedFile("Windows\\System32\\wuaueng.dll"),
    corruptPayload("microsoft-windows-windowsupdateclient-aux"),
  );
  const before = await lab.snapshot(OWN);
  assert.equal((await runCli(lab, "diagnose", "D:")).code, 5);
  assert.deepEqual(await differences(lab, before), []);
  const repair = await runCli(lab, "repair", "D:", "--yes", "--source", "F:\\Windows");
  assert.equal(repair.code, 0, repair.stdout + repair.stderr);
  assert.equal((await runCli(lab, "diagnose", "D:")).code, 0);
  const tools = lab.state.ledger.map((call) => call.tool);
  for (const tool of ["chkdsk", "sfc", "dism"]) assert.ok(tools.includes(tool), tool);
  const second = await runCli(lab, "repair", "D:", "--yes", "--quick");
  assert.equal(second.code, 4, second.stdout + second.stderr);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 0, undo.stdout + undo.stderr);
  assert.deepEqual(await differences(lab, before), []);
}

/** A half-done update: reverted at the next start, what can be done now is done. */
async function halfDoneUpdate(lab: Lab): Promise<void> {
  await lab.damage(pendingXmlLeftBehind(), updateCacheStuck());
  const repair = await runCli(lab, "repair", "D:", "--yes", "--json");
  assert.equal(repair.code, 6, repair.stdout);
  const finished = jsonLines(repair).at(-1)!;
  assert.equal(finished.outcome, "needsRestart");
  assert.deepEqual(lab.state.revertAtNextBoot, ["D:"]);
  assert.equal(await lab.files.stat("D:\\Windows\\SoftwareDistribution"), undefined);
}

/** Nothing is wrong: nothing is changed. */
async function healthy(lab: Lab): Promise<void> {
  const before = await lab.snapshot(OWN);
  const repair = await runCli(lab, "repair", "D:", "--yes");
  assert.equal(repair.code, 4, repair.stdout + repair.stderr);
  assert.deepEqual(compareSnapshots(before, await lab.snapshot(OWN)), []);
}

const SCENARIOS = { repairAndUndo, halfDoneUpdate, healthy };
const noNtfs = ntfsMissing();

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  Deno.test(`${name} in memory`, async () => await scenario(await createLab()));

  Deno.test(`${name} on a folder`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "pemedic-story-" });
    try {
      await scenario(await createFolderLab(folder));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  Deno.test({
    name: `${name} on a mounted NTFS image${noNtfs === undefined ? "" : ` (${noNtfs})`}`,
    ignore: Deno.build.os === "windows" || without(noNtfs === undefined),
    fn: async () => {
      const { lab, reason } = await createNtfsLab();
      assert.ok(lab !== undefined, reason);
      try {
        await scenario(lab);
      } finally {
        await lab.dispose();
      }
    },
  });
}
