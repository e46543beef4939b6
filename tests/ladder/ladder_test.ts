/** The ladder: order of the rungs, where it stops, what it leaves out and why. */
import assert from "node:assert/strict";
import { MedicError } from "../../src/base/mod.ts";
import { RUNGS } from "../../src/ladder/mod.ts";
import { journalFor, listSessions } from "../../src/journal/mod.ts";
import {
  corruptManifest,
  corruptPayload,
  corruptProtectedFile,
  createLab,
  type Damage,
  dirtyVolume,
  hibernated,
  type MemoryLab,
  pendingXmlLeftBehind,
  updateCacheStuck,
  WINDOWS_11_PRO,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { climb, ends, outcomeOf, planOf, statuses, toolCalls } from "./ladder_scenes.ts";

const COMPONENT = "microsoft-windows-ntdll";
const NTDLL = "Windows\\System32\\ntdll.dll";
const SOURCE = { sources: ["F:\\Windows"] };

async function labWith(...damages: readonly Damage[]): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(...damages);
  return lab;
}

function rejectsWith(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof MedicError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}

Deno.test("the rungs are in order and each says why it stands there", () => {
  const numbers = RUNGS.map((rung) => rung.rung);
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  for (const rung of RUNGS) assert.match(rung.why, /^[A-Z].{10,}[^.]$/);
});

Deno.test("everything broken: disk, update, cache, files, store, files again, in this order", async () => {
  const lab = await labWith(
    dirtyVolume(),
    updateCacheStuck(),
    corruptProtectedFile(NTDLL),
    corruptPayload(COMPONENT),
  );
  const run = await climb(lab, SOURCE);
  assert.deepEqual(ends(run.result), [
    "backup.save-state fixed",
    "disk.repair fixed",
    "updates.reset-cache fixed",
    "files.repair not-fixed",
    "image.restore fixed",
    "files.repair fixed",
  ]);
  assert.equal(outcomeOf(run), "ok");
  assert.deepEqual(toolCalls(lab), [
    "dism /Get-Packages",
    "chkdsk /f",
    "sfc /verifyonly",
    "sfc /scannow",
    "sfc /verifyonly",
    "dism /ScanHealth",
    "dism /RestoreHealth",
    "dism /ScanHealth",
    "sfc /scannow",
    "sfc /verifyonly",
  ]);
});

Deno.test("files are not repaired again if the store was sound", async () => {
  const lab = await labWith(corruptProtectedFile(NTDLL));
  const { result } = await climb(lab, SOURCE);
  assert.deepEqual(ends(result), [
    "backup.save-state fixed",
    "files.repair fixed",
    "image.restore not-needed",
  ]);
});

Deno.test("files are not repaired again if they were intact", async () => {
  const lab = await labWith(corruptPayload(COMPONENT));
  const { result } = await climb(lab, SOURCE);
  assert.deepEqual(ends(result), [
    "files.repair not-needed",
    "backup.save-state fixed",
    "image.restore fixed",
  ]);
});

Deno.test("the ladder stops as soon as nothing blocking is left", async () => {
  const lab = await labWith(updateCacheStuck(), corruptPayload(COMPONENT));
  const quick = await climb(lab, { quick: true });
  assert.deepEqual(ends(quick.result), ["backup.save-state fixed", "updates.reset-cache fixed"]);
  assert.equal(outcomeOf(quick), "ok");
  assert.deepEqual(toolCalls(lab), ["dism /Get-Packages"]);
});

Deno.test("quick leaves the questions of some minutes open, and says so", async () => {
  const lab = await createLab();
  const plan = await planOf(lab, { quick: true });
  assert.equal(statuses(plan)["files.repair"], "skipped");
  assert.equal(statuses(plan)["backup.save-state"], "not-needed");
  const slow = await planOf(lab);
  assert.equal(statuses(slow)["files.repair"], "if-needed");
  assert.equal(statuses(slow)["backup.save-state"], "if-needed");
});

Deno.test("nothing is saved before it is known that something will be changed", async () => {
  const { result } = await climb(await createLab());
  assert.deepEqual(ends(result), ["files.repair not-needed", "image.restore not-needed"]);
  assert.equal(result.outcome, "nothingToDo");
});

Deno.test("what cannot be saved ends the ladder before the first change", async () => {
  const lab = await labWith(updateCacheStuck());
  const plan = () => lab.files.setFault("D:\\Windows\\System32\\config\\SAM", { fault: "denied" });
  const run = await climb(lab, {}, plan);
  assert.deepEqual(ends(run.result), ["backup.save-state failed"]);
  assert.equal(outcomeOf(run), "partial");
  assert.match(run.result.next!, /pemedic repair D: --skip backup\.save-state/);
  assert.ok(await lab.files.stat("D:\\Windows\\SoftwareDistribution"));
});

Deno.test("skipping the copies goes on without them", async () => {
  const lab = await labWith(updateCacheStuck());
  lab.files.setFault("D:\\Windows\\System32\\config\\SAM", { fault: "denied" });
  const run = await climb(lab, { skip: ["backup.save-state"], quick: true });
  assert.deepEqual(ends(run.result), ["updates.reset-cache fixed"]);
});

Deno.test("only runs the chosen step and no check", async () => {
  const lab = await labWith(updateCacheStuck(), dirtyVolume());
  const run = await climb(lab, { only: ["updates.reset-cache"] });
  assert.deepEqual(ends(run.result), ["updates.reset-cache fixed"]);
  assert.deepEqual(toolCalls(lab), []);
  assert.equal(outcomeOf(run), "ok");
});

Deno.test("only a step with a tool saves the state first", async () => {
  const lab = await labWith(dirtyVolume());
  const { result } = await climb(lab, { only: ["disk.repair"] });
  assert.deepEqual(ends(result), ["backup.save-state fixed", "disk.repair fixed"]);
});

Deno.test("skip leaves a step out, and what it would have repaired is told", async () => {
  const lab = await labWith(updateCacheStuck());
  const run = await climb(lab, { skip: ["updates.reset-cache"] });
  assert.ok(!ends(run.result).some((end) => end.startsWith("updates.reset-cache")));
  assert.equal(outcomeOf(run), "partial");
  assert.equal(run.result.next, "pemedic cache reset D:");
});

Deno.test("the futility stop: a store beyond repair needs the upgrade, and is left alone", async () => {
  const lab = await labWith(corruptManifest(COMPONENT));
  const run = await climb(lab, SOURCE);
  assert.equal(outcomeOf(run), "needsUpgrade");
  assert.equal(run.result.next, "pemedic upgrade check D: --media PATH");
  assert.ok(!toolCalls(lab).includes("dism /RestoreHealth"));
});

Deno.test("a code that leaves only the upgrade names the same command", async () => {
  const lab = await labWith(corruptPayload(COMPONENT));
  lab.host.processes.onCall = ({ arguments: args }) => {
    if (args.includes("/RestoreHealth")) lab.state.faults.dism = { error: 0x80073712 };
  };
  const run = await climb(lab, SOURCE);
  assert.equal(outcomeOf(run), "needsUpgrade");
  assert.equal(run.result.next, "pemedic upgrade check D: --media PATH");
});

Deno.test("damage and no source: the outcome says which source is wanted", async () => {
  const lab = await labWith(corruptPayload(COMPONENT));
  const run = await climb(lab);
  assert.equal(outcomeOf(run), "needsSource");
  assert.match(run.result.next!, /--source/);
  assert.ok(!toolCalls(lab).includes("dism /RestoreHealth"));
  const again = await climb(lab, SOURCE);
  assert.equal(outcomeOf(again), "ok");
});

for (const code of [0x800f081f, 0x800f0915]) {
  Deno.test(`a source of another build (0x${code.toString(16)}) asks for the right one`, async () => {
    const lab = await labWith(corruptPayload(COMPONENT));
    lab.host.processes.onCall = (call) => {
      const restoring = call.arguments.includes("/RestoreHealth");
      lab.state.faults["dism"] = restoring ? { error: code } : {};
    };
    const run = await climb(lab, SOURCE);
    assert.equal(outcomeOf(run), "needsSource");
    const step = run.result.steps.find((each) => each.step === "image.restore")!;
    assert.match(step.reason, new RegExp(`DISM failed with 0x${code.toString(16)}`));
  });
}

Deno.test("a folder without the right files as source ends in 0x800f081f: needs a source", async () => {
  const lab = await labWith(corruptPayload(COMPONENT));
  lab.files.putDirectory("E:\\empty\\WinSxS");
  const run = await climb(lab, { sources: ["E:\\empty"] });
  assert.equal(outcomeOf(run), "needsSource");
});

Deno.test("an update reverted only at the next start: cache reset goes on, sfc and DISM wait", async () => {
  const lab = await labWith(pendingXmlLeftBehind(), updateCacheStuck());
  const run = await climb(lab, SOURCE);
  assert.deepEqual(ends(run.result), [
    "backup.save-state fixed",
    "servicing.revert-pending needs-restart",
    "updates.reset-cache fixed",
    "files.repair not-applicable",
    "image.restore not-applicable",
  ]);
  assert.equal(outcomeOf(run), "needsRestart");
  for (const step of run.result.steps.slice(3)) {
    assert.match(step.reason, /while an update is half done; let Windows start once first/);
  }
  assert.match(run.result.next!, /^Start Windows once, .*pemedic repair D:$/);
});

Deno.test("an update reverted at once: sfc and DISM run in the same session", async () => {
  const lab = await labWith(pendingXmlLeftBehind());
  lab.state.revertConsumesPending = true;
  const run = await climb(lab, SOURCE);
  assert.deepEqual(ends(run.result).slice(2), [
    "files.repair not-needed",
    "image.restore not-needed",
  ]);
  const { rungs } = run.plan;
  const waiting = rungs.find((rung) => rung.rung.step === "files.repair")!;
  assert.equal(waiting.status, "if-needed");
  assert.match(waiting.reason, /^Only once step "Revert the pending actions/);
  assert.ok(waiting.plan, "it was shown and agreed");
});

Deno.test("a tool without an answer is never counted as a good answer", async () => {
  const lab = await createLab();
  lab.state.faults["dism"] = { garbage: true };
  const run = await climb(lab);
  assert.equal(outcomeOf(run), "toolNotUnderstood");
  assert.equal(run.result.steps.at(-1)!.outcome, "failed");
});

Deno.test("DISM older than the image: its steps do not apply, and say why", async () => {
  const old = await createLab({ platform: { build: 19041 } });
  await old.damage(corruptPayload(COMPONENT));
  const plan = await planOf(old, SOURCE);
  const rung = plan.rungs.find((each) => each.rung.step === "image.restore")!;
  assert.equal(rung.status, "not-applicable");
  assert.match(rung.reason, /This WinPE \(19041\) is older than the Windows to repair \(26100\)/);
  const run = await climb(old, SOURCE);
  assert.equal(outcomeOf(run), "partial");
  assert.deepEqual(toolCalls(old), ["sfc /verifyonly"]);
});

Deno.test("DISM as new as the image, or of the same base build, applies", async () => {
  const same = await planOf(await createLab({ platform: { build: 26100 } }));
  assert.equal(statuses(same)["image.restore"], "if-needed");
  const windows = { ...WINDOWS_11_PRO, build: 19045, labBuild: 19041 };
  const base = await planOf(await createLab({ windows, platform: { build: 19041 } }));
  assert.equal(statuses(base)["image.restore"], "if-needed");
});

Deno.test("a volume that changed between show and run is a mismatch: nothing is done", async () => {
  const lab = await labWith(updateCacheStuck());
  const path = "D:\\ProgramData\\Microsoft\\Network\\Downloader\\qmgr1.dat";
  const run = await climb(
    lab,
    { only: ["updates.reset-cache"] },
    () => lab.files.put(path, new Uint8Array(8)),
  );
  assert.equal(outcomeOf(run), "planMismatch");
  assert.match(run.result.next!, /New in the plan: Move file ProgramData.*qmgr1\.dat aside/);
  assert.ok(await lab.files.stat("D:\\Windows\\SoftwareDistribution"));
});

Deno.test("a volume with less to do than was shown is no mismatch", async () => {
  const lab = await labWith(updateCacheStuck());
  const run = await climb(
    lab,
    { only: ["updates.reset-cache"] },
    () => lab.files.erase("D:\\Windows\\System32\\catroot2"),
  );
  assert.equal(outcomeOf(run), "ok");
});

Deno.test("what was not in the plan that was shown is not done", async () => {
  const lab = await labWith(updateCacheStuck());
  const run = await climb(lab, { quick: true }, () => dirtyVolume().apply(lab.site));
  const disk = run.result.steps.find((step) => step.step === "disk.repair");
  assert.equal(disk, undefined, "at the time of its rung nobody knew");
  assert.equal(outcomeOf(run), "partial");
  assert.ok(!toolCalls(lab).includes("chkdsk /f"));
  assert.match(run.result.next!, /pemedic disk repair D:/);
});

Deno.test("guards are asked again right before the first change", async () => {
  const lab = await labWith(updateCacheStuck());
  const before = await lab.snapshot({ except: ["PEMedic", "hiberfil.sys"] });
  await assert.rejects(
    () => climb(lab, {}, () => hibernated().apply(lab.site)),
    rejectsWith("hibernated"),
  );
  assert.deepEqual(await lab.snapshot({ except: ["PEMedic", "hiberfil.sys"] }), before);
});

Deno.test("no session is begun over one that was cut off", async () => {
  const lab = await labWith(updateCacheStuck());
  lab.host.killAt("change-made");
  await assert.rejects(() => climb(lab, { only: ["updates.reset-cache"] }), /power cut/);
  lab.reboot();
  await assert.rejects(() => climb(lab), rejectsWith("refused"));
  const { sessions } = await listSessions(journalFor(lab.host, "D:\\", undefined));
  assert.deepEqual(sessions.map((session) => session.state), ["open"]);
});

Deno.test("a session that came to its end does not stand in the way", async () => {
  const lab = await labWith(updateCacheStuck());
  await climb(lab, { only: ["updates.reset-cache"] });
  lab.host.clock.advance(1000);
  assert.equal(outcomeOf(await climb(lab, { quick: true })), "nothingToDo");
});

Deno.test("the machine is kept awake while the ladder runs, and not after", async () => {
  const lab = await labWith(updateCacheStuck());
  let awake = 0;
  lab.host.processes.onCall = () => void (awake = lab.host.awake);
  await climb(lab);
  assert.equal(awake, 1);
  assert.equal(lab.host.awake, 0);
});

Deno.test("the events of a run are in order and end with the session", async () => {
  const lab = await labWith(updateCacheStuck());
  const { events } = await climb(lab, { quick: true });
  const types = events.map((event) => event.type).filter((type) => type !== "change-made");
  assert.deepEqual(types, [
    "session-started",
    "step-started",
    "verifying",
    "step-finished",
    "step-started",
    "verifying",
    "step-finished",
    "session-finished",
  ]);
});

Deno.test("the ladder stops where chkdsk could not mend the file system", async () => {
  const lab = await createLab();
  await lab.damage(dirtyVolume(), updateCacheStuck());
  lab.state.hopelessVolumes = ["D:"];
  const run = await runCli(lab, "repair", "D:", "--yes", "--quick");
  assert.notEqual(run.code, 0, run.stdout);
  assert.doesNotMatch(run.stdout, /Repaired and verified/);
  assert.ok(await lab.files.stat("D:\\Windows\\SoftwareDistribution"), "nothing is moved on it");
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 4, undo.stdout + undo.stderr);
  const left = await runCli(lab, "repair", "D:", "--yes", "--quick", "--skip", "disk.repair");
  assert.equal(await lab.files.stat("D:\\Windows\\SoftwareDistribution"), undefined, left.stdout);
});
