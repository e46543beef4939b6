/**
 * A machine with many damages at once: the steps go together, in the order of the ladder, plan
 * and journal say the same, a second run has nothing to do, and undo brings every hive back.
 */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { editLines, journalFor, listSessions, type RegistryEdit } from "../../src/journal/mod.ts";
import { RUNGS } from "../../src/ladder/mod.ts";
import {
  bootExecuteProgramMissing,
  bootServiceDisabled,
  classFilterMissing,
  compareSnapshots,
  createLab,
  dirtySoftwareHive,
  halfDoneUpdateOfEveryKind,
  hivePath,
  type MemoryLab,
  proxySet,
  serviceDisabled,
  setupInProgress,
  startsFailed,
  updateCacheStuck,
  updatePolicySet,
  updateServersBlocked,
} from "../lab/mod.ts";
import { hiveContent } from "../lab/hive_content.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";

const ALL = ["--include", "policy,proxy,hosts"];
const HIVES = ["SYSTEM", "SOFTWARE", "COMPONENTS"] as const;

/** Everything that the ladder mends by itself or with --include; DISM cannot revert here. */
async function ruin(): Promise<MemoryLab> {
  const lab = await createLab({ source: "none" });
  await lab.damage(
    halfDoneUpdateOfEveryKind(),
    startsFailed(3),
    serviceDisabled("wuauserv"),
    serviceDisabled("BITS"),
    classFilterMissing(),
    bootServiceDisabled(),
    setupInProgress(),
    bootExecuteProgramMissing(),
    updateCacheStuck(),
    updateServersBlocked(),
    proxySet(),
    updatePolicySet(),
    dirtySoftwareHive(),
  );
  lab.host.processes.missingTools.add("dism");
  lab.files.erase("D:\\Windows\\System32\\dism.exe");
  lab.files.forgetOperations();
  return lab;
}

const MENDED = [
  "servicing.clear-leftovers",
  "setup.reset-state",
  "boot.restore-services",
  "updates.reset-cache",
  "updates.reset-policy",
  "services.restore-start",
  "network.reset-proxy",
  "network.reset-hosts",
];

function fixed(run: CliRun): string[] {
  return jsonLines(run).flatMap((event) =>
    event.type === "step-finished" && ["fixed", "needs-restart"].includes(String(event.outcome))
      ? [String(event.step)]
      : []
  );
}

const withoutCopies = (steps: readonly string[]) =>
  steps.filter((step) => step !== "backup.save-state");

async function contents(lab: MemoryLab) {
  return await Promise.all(HIVES.map((name) => hiveContent(lab.files, `D:\\${hivePath(name)}`)));
}

Deno.test("all damages are mended in one run, in the ladder's order, and a second run does nothing", async () => {
  const lab = await ruin();
  const run = await runCli(lab, "repair", "D:", "--quick", ...ALL, "--yes", "--json");
  assert.deepEqual(withoutCopies(fixed(run)), MENDED, run.stdout);
  assert.equal(run.code, ExitCode.ok, run.stdout);
  const order = MENDED.map((step) => RUNGS.findIndex((rung) => rung.step === step));
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  const diagnosis = await runCli(lab, "diagnose", "D:", "--json");
  assert.equal(diagnosis.code, ExitCode.ok, diagnosis.stdout);
  const before = await lab.snapshot();
  const again = await runCli(lab, "repair", "D:", "--quick", ...ALL, "--yes");
  assert.equal(again.code, ExitCode.nothingToDo, again.stdout + again.stderr);
  assert.deepEqual(compareSnapshots(before, await lab.snapshot()), []);
});

Deno.test("undo of that run brings the content of every hive and every file back", async () => {
  const lab = await ruin();
  const before = await contents(lab);
  const files = await lab.snapshot();
  await runCli(lab, "repair", "D:", "--quick", ...ALL, "--yes");
  assert.notDeepEqual(await contents(lab), before);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, ExitCode.ok, undo.stdout + undo.stderr);
  assert.deepEqual(await contents(lab), before);
  const left = compareSnapshots(files, await lab.snapshot())
    .filter((difference) => !/PEMedic|\\config\\/i.test(JSON.stringify(difference)));
  assert.deepEqual(left, []);
});

Deno.test("what was planned is what is journalled, edit by edit", async () => {
  const lab = await ruin();
  const dry = await runCli(lab, "repair", "D:", "--quick", ...ALL, "--dry-run", "--json");
  assert.equal(dry.code, ExitCode.ok, dry.stderr);
  const planned = editsIn(jsonLines(dry));
  const run = await runCli(lab, "repair", "D:", "--quick", ...ALL, "--yes");
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  const { sessions } = await listSessions(journalFor(lab.host, "D:\\", undefined));
  const intended = sessions[0]!.changes.map(({ intent }) => intent.change);
  assert.ok(planned.length > 20, planned.join("\n"));
  assert.deepEqual(editsIn(intended), planned);
});

Deno.test("--only and --skip choose among the damages, and what is chosen is all that changes", async () => {
  for (const step of MENDED) {
    const only = await ruin();
    const one = await runCli(only, "repair", "D:", "--only", step, "--yes", "--json");
    assert.deepEqual(withoutCopies(fixed(one)), [step], one.stdout + one.stderr);
    const skip = await ruin();
    const rest = await runCli(
      skip,
      ...["repair", "D:", "--quick", ...ALL, "--skip", step, "--yes", "--json"],
    );
    const expected = MENDED.filter((each) =>
      each !== step && !(step === "updates.reset-policy" && each === "services.restore-start")
    );
    assert.deepEqual(withoutCopies(fixed(rest)), expected, `without ${step}: ${rest.stdout}`);
  }
});

Deno.test("after a power cut at any step, resume mends the rest and undo brings all back", async () => {
  for (const cut of [3, 9, 15, 21, 27, 33]) {
    for (const way of ["resume", "undo"] as const) {
      const lab = await ruin();
      const before = await contents(lab);
      lab.files.crashAfter(cut);
      await runCli(lab, "repair", "D:", "--quick", ...ALL, "--yes").catch(() => {});
      lab.reboot();
      const run = await runCli(lab, way, "D:", "--yes");
      assert.ok([ExitCode.ok, ExitCode.nothingToDo].some((code) => code === run.code), run.stderr);
      if (way === "undo") assert.deepEqual(await contents(lab), before, `cut ${cut}`);
      else if (run.code === ExitCode.ok) {
        const diagnosis = await runCli(lab, "diagnose", "D:");
        assert.equal(diagnosis.code, ExitCode.ok, `cut ${cut}: ${diagnosis.stdout}`);
      }
    }
  }
});

/** Edits of hives in whatever holds changes, in order, as people see them. */
function editsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(editsIn);
  if (!isRecord(value)) return [];
  if (value.kind === "hive-edited" && Array.isArray(value.edits)) {
    const edits: RegistryEdit[] = value.edits;
    return editLines({ kind: "hive-edited", path: String(value.path), edits });
  }
  return Object.values(value).flatMap(editsIn);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
