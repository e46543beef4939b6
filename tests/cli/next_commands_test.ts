/**
 * Every command that a diagnosis names exists and does what is said: for each damage of the lab
 * the `next` commands of all findings are run as they are printed, with `--dry-run` where they
 * would change something.
 */
import assert from "node:assert/strict";
import { EXIT_CODES, ExitCode } from "../../src/base/mod.ts";
import * as lab from "../lab/mod.ts";
import type { Damage, MemoryLab } from "../lab/mod.ts";
import { labInstallWim } from "../lab/install_image.ts";
import { labMediaIso } from "../lab/upgrade_media.ts";
import { jsonLines, runCli } from "../run_cli.ts";

const NTDLL = "Windows\\System32\\ntdll.dll";
const COMPONENT = "microsoft-windows-ntdll";
/** What PATH stands for in a command. */
const ISO = "E:\\Win11.iso";
const OLDER_IMAGE = "E:\\sources\\install.wim";

/** Every damage that a test of this suite can make, alone or in a company that changes its answer. */
const DAMAGES: readonly (readonly Damage[])[] = [
  [],
  [lab.bootExecuteProgramMissing()],
  [lab.bootServiceDisabled()],
  [lab.bootServiceDisabled("rdyboost")],
  [lab.classFilterMissing()],
  [lab.commandBeforeLogon()],
  [lab.corruptManifest(COMPONENT)],
  [lab.corruptPayload(COMPONENT)],
  [lab.corruptProtectedFile(NTDLL)],
  [lab.dirtySoftwareHive()],
  [lab.dirtyVolume()],
  [lab.domainJoined(), lab.updatePolicySet(), lab.serviceDisabled("wuauserv")],
  [lab.driverStart("stornvme", 3)],
  [lab.exclusiveSessionLeftBehind()],
  [lab.factoryFresh()],
  [lab.fastStartup()],
  [lab.filterDrivers({ name: "acme", start: 4, disks: true })],
  [lab.firstBootInterrupted()],
  [lab.halfDoneUpdateOfEveryKind()],
  [lab.halfDoneUpdateOfEveryKind(), lab.startsFailed(3)],
  [lab.healthyLookAlikes()],
  [lab.hibernated()],
  [lab.hiberfilResumed()],
  [lab.junctionInUpdatePath()],
  [lab.lastKnownGoodDiffers()],
  [lab.lastKnownGoodDiffers(), lab.bootServiceDisabled("disk")],
  [lab.missingSoftwareHive()],
  [lab.noRoom()],
  [lab.oobeInterrupted()],
  [lab.pendingXmlIdentifierOnly()],
  [lab.pendingXmlLeftBehind()],
  [lab.proxySet()],
  [lab.readOnlyVolume()],
  [lab.rebootPendingKey()],
  [lab.rollbackWaits()],
  [lab.safeOsImageLost()],
  [lab.sealedImage()],
  [lab.serviceDisabled("BITS")],
  [lab.setupExecuteWithoutPendingXml()],
  [lab.setupInProgress()],
  [lab.staleBackupFolders()],
  [lab.thirdPartyAntivirus()],
  [lab.truncatedSystemHive()],
  [lab.systemBinHeaderLost()],
  [lab.systemPageLost()],
  [lab.updateCacheStuck()],
  [lab.updatePolicySet()],
  [lab.updateServersBlocked()],
  [lab.updatesPaused()],
  [lab.upgradeGivenUp()],
  [lab.upgradeWaitsForRestart()],
  [erased("volmgr")],
  [erased("fvevol")],
  [serviceLost("BITS")],
];

/** Functions of the lab that make no damage of their own, or one for which there is no diagnosis. */
const NOT_HERE = ["bitLockerLocked", "hopelessDisk", "windowsStarted", "startsFailed"];

function erased(name: string): Damage {
  return {
    name: `${name} erased`,
    imitates: "",
    apply: (site) => site.erase(`Windows\\System32\\drivers\\${name}.sys`),
  };
}

function serviceLost(name: string): Damage {
  return {
    name: `${name} lost`,
    imitates: "",
    apply: (site) =>
      site.editHive("SYSTEM", `[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\${name}]`),
  };
}

Deno.test("the table below names every damage of the lab", async () => {
  const used = new Set(DAMAGES.flat().map(({ name }) => name));
  const made: string[] = [];
  for (const file of ["drivers", "files", "hives", "leftovers", "policies", "setup", "volumes"]) {
    const text = await Deno.readTextFile(
      new URL(`../lab/damage_${file}.ts`, import.meta.url),
    );
    made.push(
      ...[...text.matchAll(/^export function (\w+)\([^]*?\): Damage \{/gm)].map(([, name]) =>
        name!
      ),
    );
  }
  assert.ok(made.length > 40, made.join());
  assert.deepEqual(made.filter((name) => !used.has(name) && !NOT_HERE.includes(name)), []);
});

for (const damages of DAMAGES) {
  const name = damages.map((damage) => damage.name).join(" + ") || "a sound Windows";
  Deno.test(`${name}: the commands that the findings name can be run as printed`, async () => {
    const machine = await damaged(damages);
    for (const [next, check] of await nextCommands(machine)) {
      const run = await runPrinted(await damaged(damages), next);
      const told = `${check}: ${next}\n${run.stdout}${run.stderr}`;
      assert.ok(EXIT_CODES.some(({ code }) => code === run.code), told);
      assert.ok(run.code !== ExitCode.usage && run.code !== ExitCode.internal, told);
      if (next.includes("--only") || next.includes("upgrade abort")) {
        assert.equal(run.code, ExitCode.ok, `${told}\na step that is named must apply`);
        await assertMends(await damaged(damages), next, check);
      }
    }
  });
}

Deno.test("where only an upgrade helps, repair names the command, which answers", async () => {
  const machine = await damaged([lab.corruptManifest(COMPONENT)]);
  const run = await runCli(machine, "repair", "D:", "--yes", "--json");
  assert.equal(run.code, ExitCode.needsUpgrade, run.stdout + run.stderr);
  const next = String(jsonLines(run).at(-1)?.next);
  assert.equal(next, "pemedic upgrade check D: --media PATH");
  const answer = await runPrinted(machine, next);
  assert.equal(answer.code, ExitCode.ok, answer.stdout + answer.stderr);
});

Deno.test("where no source fits, repair names the upgrade beside them", async () => {
  const machine = await damaged([lab.corruptPayload(COMPONENT)]);
  machine.files.erase(ISO);
  machine.files.put(OLDER_IMAGE, labInstallWim({ ...lab.WINDOWS_11_PRO, revision: 1742 }));
  const run = await runCli(machine, "repair", "D:", "--yes", "--source", "auto", "--json");
  assert.equal(run.code, ExitCode.needsSource, run.stdout + run.stderr);
  const next = String(jsonLines(run).at(-1)?.next);
  const command = /upgrade in place once Windows starts: (pemedic upgrade check .*)$/.exec(next);
  assert.ok(command !== null, next);
  machine.files.put(ISO, labMediaIso());
  const answer = await runPrinted(machine, command[1]!);
  assert.equal(answer.code, ExitCode.ok, answer.stdout + answer.stderr);
});

async function damaged(damages: readonly Damage[]): Promise<MemoryLab> {
  const machine = await lab.createLab();
  machine.files.put(ISO, labMediaIso());
  await machine.damage(...damages);
  return machine;
}

/** Each command once, with the check that named it. */
async function nextCommands(machine: MemoryLab): Promise<Map<string, string>> {
  const run = await runCli(machine, "diagnose", "D:", "--json");
  const commands = new Map<string, string>();
  const documents = run.stdout === "" ? [] : jsonLines(run);
  for (const finding of documents.flatMap(findingsOf)) {
    const { next, check } = finding;
    if (typeof next !== "string" || !next.startsWith("pemedic ")) continue;
    commands.set(next, String(check));
  }
  return commands;
}

function findingsOf(document: Record<string, unknown>): Record<string, unknown>[] {
  const { findings } = document;
  return Array.isArray(findings) ? findings.filter(isRecord) : [];
}

/** The step that a finding names does its work, and the finding is no problem any more. */
async function assertMends(machine: MemoryLab, next: string, check: string): Promise<void> {
  const run = await runCli(machine, ...wordsOf(next), "--yes");
  const told = `${check}: ${next}\n${run.stdout}${run.stderr}`;
  assert.ok([ExitCode.ok, ExitCode.needsRestart].some((code) => code === run.code), told);
  const again = jsonLines(await runCli(machine, "diagnose", "D:", "--json")).flatMap(findingsOf);
  const left = again.filter((finding) => finding.check === check && finding.next === next);
  assert.deepEqual(left, [], told);
}

function wordsOf(next: string): string[] {
  const words = next.match(/"[^"]*"|\S+/g) ?? [];
  return words.slice(1).map((word) => word === "PATH" ? ISO : word.replaceAll('"', ""));
}

/** What may change something, by its first word or two. */
const CHANGES =
  /^(?:repair|undo|resume|service (?:dis|en)able|filters disable|control-set use|registry (?:salvage|set|delete|import)|cache reset|files repair|disk repair|image (?:restore|revert|cleanup|add|remove)|upgrade abort)/;

async function runPrinted(machine: MemoryLab, next: string) {
  const args = wordsOf(next);
  const before = await machine.snapshot();
  const dry = CHANGES.test(args.join(" ")) ? ["--dry-run"] : [];
  const run = await runCli(machine, ...args, ...dry);
  if (dry.length > 0) {
    assert.deepEqual(lab.compareSnapshots(before, await machine.snapshot()), [], next);
  }
  return run;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
