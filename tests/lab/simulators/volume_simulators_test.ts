import assert from "node:assert/strict";
import { consoleEvents } from "../../../src/base/mod.ts";
import {
  checkVolume,
  ChkdskProgressReader,
  parseChkdsk,
  repairVolume,
} from "../../../src/tools/chkdsk/mod.ts";
import {
  dirtyQuery,
  parseDirtyQuery,
  parseRepairState,
  repairState,
} from "../../../src/tools/fsutil/mod.ts";
import { bitLockerLocked, dirtyVolume, hopelessDisk, type MemoryLab } from "../mod.ts";
import { type LabLanguage, runSimulator } from "./mod.ts";
import { simulate, SimulatedHang, simulatedLab } from "./simulated.ts";

const CHECK = checkVolume({ volume: "D:" });
const REPAIR = repairVolume({ volume: "D:" });

async function checked(lab: MemoryLab, volume = "D:") {
  return parseChkdsk(await simulate(lab, checkVolume({ volume })), { repairing: false }).verdict;
}

async function repaired(lab: MemoryLab) {
  return parseChkdsk(await simulate(lab, REPAIR), { repairing: true }).verdict;
}

for (const language of ["en-US", "de-DE", "ja-JP"] as const satisfies readonly LabLanguage[]) {
  Deno.test(`the simulated chkdsk clears the dirty bit only in a repair (${language})`, async () => {
    const lab = await simulatedLab({ language });
    assert.equal(await checked(lab), "clean");
    await lab.damage(dirtyVolume());
    assert.equal(await checked(lab), "errors-remain");
    assert.deepEqual(lab.state.dirtyVolumes, ["D:"]);
    assert.equal(await repaired(lab), "fixed");
    assert.deepEqual(lab.state.dirtyVolumes, []);
    assert.equal(await repaired(lab), "clean");
    assert.equal(await checked(lab), "clean");
  });

  Deno.test(`the simulated chkdsk cannot mend a hopeless volume (${language})`, async () => {
    const lab = await simulatedLab({ language });
    await lab.damage(hopelessDisk());
    assert.equal(await checked(lab), "errors-remain");
    const verdict = await repaired(lab);
    assert.equal(verdict, language === "en-US" ? "disk-failing" : "errors-remain");
  });

  Deno.test(`the simulated chkdsk shows stages and percentages (${language})`, async () => {
    const lab = await simulatedLab({ language });
    const reader = new ChkdskProgressReader();
    const { output } = await simulate(lab, CHECK);
    const all = consoleEvents(output).map((event) => reader.read(event));
    const percents = all.map((each) => each?.percent).filter((each) => each !== undefined);
    assert.deepEqual([percents[0], percents.at(-1)], [0, 100]);
    assert.deepEqual(percents, percents.toSorted((a, b) => a - b));
    assert.equal(parseChkdsk(await simulate(lab, CHECK), { repairing: false }).stages.length, 3);
  });
}

Deno.test("the simulated chkdsk goes through five stages when it looks for bad sectors", async () => {
  const lab = await simulatedLab();
  const call = repairVolume({ volume: "D:", badSectors: true });
  const report = parseChkdsk(await simulate(lab, call), { repairing: true });
  assert.deepEqual(report.stages, [1, 2, 3, 4, 5]);
  assert.equal(report.badSectorsKb, 0);
});

Deno.test("the simulated chkdsk asks before it dismounts, and takes silence for no", async () => {
  const lab = await simulatedLab();
  await lab.damage(dirtyVolume());
  const asking = { ...REPAIR, arguments: ["D:", "/f"] };
  const silent = await simulate(lab, asking);
  assert.match(silent.output, /force a dismount on this volume\? \(Y\/N\)/);
  assert.equal(parseChkdsk(silent, { repairing: true }).verdict, "in-use");
  assert.deepEqual(lab.state.dirtyVolumes, ["D:"]);
  assert.equal((await simulate(lab, { ...asking, answer: "n" })).exitCode, 3);
  const agreed = await simulate(lab, { ...asking, answer: "y" });
  assert.match(agreed.output, /Volume dismounted/);
  assert.equal(agreed.exitCode, 1);
  assert.deepEqual(lab.state.dirtyVolumes, []);
});

Deno.test("the simulated chkdsk refuses volumes that are missing or locked, and odd switches", async () => {
  const lab = await simulatedLab();
  assert.equal(await checked(lab, "Q:"), "could-not-check");
  const odd = await simulate(lab, { ...CHECK, arguments: ["D:", "/zz"] });
  assert.equal(odd.exitCode, 3);
  assert.match(odd.output, /Invalid parameter - \/ZZ/);
  await lab.damage(bitLockerLocked());
  assert.notEqual(await checked(lab), "clean");
});

Deno.test("the simulated chkdsk complains about the event log, as in WinPE", async () => {
  const lab = await simulatedLab();
  const outcome = await simulate(lab, CHECK);
  assert.match(outcome.output, /Failed to transfer logged messages .* with status 50\.\r\n$/);
});

Deno.test("the simulated chkdsk hangs, dies, fills the disk and prints nonsense", async () => {
  const lab = await simulatedLab({ faults: { chkdsk: { hangAfter: 3 } } });
  await lab.damage(dirtyVolume());
  await assert.rejects(simulate(lab, REPAIR), SimulatedHang);
  lab.state.faults.chkdsk = { dieAfter: 2 };
  assert.equal((await simulate(lab, REPAIR)).exitCode, 0xc000013a);
  assert.deepEqual(lab.state.dirtyVolumes, ["D:"], "death changes nothing by halves");
  lab.state.faults.chkdsk = { diskFullAfter: 2 };
  assert.equal(await repaired(lab), "disk-failing");
  lab.state.faults.chkdsk = { garbage: true };
  assert.equal(await repaired(lab), "could-not-check");
  lab.state.faults.chkdsk = { error: 3 };
  assert.equal(await checked(lab), "disk-failing");
});

Deno.test("the simulated fsutil tells the dirty bit and the known damage", async () => {
  const lab = await simulatedLab();
  const query = async () => parseDirtyQuery(await simulate(lab, dirtyQuery("D:")));
  const state = async () => parseRepairState(await simulate(lab, repairState("D:")));
  assert.equal(await query(), "clean");
  assert.equal(await state(), "clean");
  await lab.damage(dirtyVolume());
  assert.equal(await query(), "dirty");
  assert.equal(await state(), "corrupt");
});

Deno.test("the simulated fsutil speaks other languages, which nobody guesses", async () => {
  for (const language of ["de-DE", "ja-JP"] as const) {
    const lab = await simulatedLab({ language });
    await lab.damage(dirtyVolume());
    assert.equal(parseDirtyQuery(await simulate(lab, dirtyQuery("D:"))), "unknown");
    assert.equal(parseRepairState(await simulate(lab, repairState("D:"))), "corrupt");
  }
});

Deno.test("the simulated fsutil fails with its usage, a missing volume and its faults", async () => {
  const lab = await simulatedLab();
  const args = (...words: string[]) => ({ ...dirtyQuery("D:"), arguments: words });
  assert.equal((await simulate(lab, args("dirty"))).exitCode, 1);
  assert.equal((await simulate(lab, args("volume", "info", "D:"))).exitCode, 1);
  assert.equal((await simulate(lab, args("dirty", "query", "Q:"))).exitCode, 1);
  lab.state.faults.fsutil = { error: 5 };
  assert.equal((await simulate(lab, dirtyQuery("D:"))).exitCode, 5);
  lab.state.faults.fsutil = { hangAfter: 0 };
  await assert.rejects(simulate(lab, dirtyQuery("D:")), SimulatedHang);
  lab.state.faults.fsutil = { garbage: true };
  assert.equal(parseDirtyQuery(await simulate(lab, dirtyQuery("D:"))), "unknown");
});

Deno.test("runSimulator() keeps a ledger of all calls and knows its tools", async () => {
  const lab = await simulatedLab();
  await simulate(lab, CHECK);
  await simulate(lab, dirtyQuery("D:"));
  assert.deepEqual(lab.state.ledger.map((entry) => [entry.tool, ...entry.arguments]), [
    ["chkdsk", "D:"],
    ["fsutil", "dirty", "query", "D:"],
  ]);
  await assert.rejects(runSimulator("format", [], undefined as never), RangeError);
});
