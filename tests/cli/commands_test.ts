/** Every command with at least one yes and one no, and what it leaves on the volume. */
import assert from "node:assert/strict";
import { ExitCode, type ExitCodeName } from "../../src/base/mod.ts";
import { LOW_SPACE_BYTES } from "../../src/checks/mod.ts";
import {
  corruptPayload,
  corruptProtectedFile,
  createLab,
  type Damage,
  dirtyVolume,
  fastStartup,
  hibernated,
  hopelessDisk,
  junctionInUpdatePath,
  missingSoftwareHive,
  pendingXmlLeftBehind,
  serviceDisabled,
  truncatedSystemHive,
  updateCacheStuck,
} from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { assertNothingLost, OWN } from "./cli_scenes.ts";

/** A command line, its exit code, and what it says on standard output. */
interface Answer {
  readonly args: readonly string[];
  readonly damages?: readonly Damage[];
  readonly code: ExitCodeName;
  readonly says: RegExp;
}

const WUAUENG = "Windows\\System32\\wuaueng.dll";
const COMPONENT = "microsoft-windows-ntdll";
const CATROOT2 = "Windows\\System32\\catroot2";

const ANSWERS: readonly Answer[] = [
  { args: ["scan"], code: "ok", says: /^D: +C: +Windows +NTFS +237 GB/m },
  { args: ["scan"], damages: [dirtyVolume()], code: "ok", says: /! dirty: the file system/ },
  { args: ["scan"], damages: [hibernated()], code: "ok", says: /! hibernated or Fast Startup/ },
  { args: ["diagnose"], code: "ok", says: /ok {5}The volume is not marked dirty/ },
  {
    args: ["diagnose"],
    damages: [dirtyVolume()],
    code: "problemsFound",
    says: /WRONG {2}The volume is marked dirty[\s\S]*> pemedic disk repair D:/,
  },
  {
    args: ["diagnose", "D:"],
    damages: [pendingXmlLeftBehind()],
    code: "problemsFound",
    says: /- Windows\\WinSxS\\pending\.xml: [\s\S]*> pemedic image revert-pending D:/,
  },
  {
    args: ["diagnose", "D:"],
    damages: [truncatedSystemHive()],
    code: "problemsFound",
    says: /WRONG {2}SYSTEM cannot be read: The hive is cut off/,
  },
  {
    args: ["diagnose", "D:"],
    damages: [missingSoftwareHive()],
    code: "problemsFound",
    says: /WRONG {2}SOFTWARE is missing/,
  },
  {
    args: ["diagnose"],
    damages: [serviceDisabled("wuauserv")],
    code: "problemsFound",
    says: /WRONG {2}Services that updates need are disabled: wuauserv/,
  },
  { args: ["disk", "check"], code: "ok", says: /chkdsk found no problems/ },
  {
    args: ["disk", "check"],
    damages: [dirtyVolume()],
    code: "problemsFound",
    says: /pemedic disk repair D:/,
  },
  {
    args: ["disk", "repair", "--yes"],
    damages: [dirtyVolume()],
    code: "ok",
    says: /fixed +Repair the file system/,
  },
  {
    args: ["disk", "repair", "--yes"],
    damages: [hopelessDisk([])],
    code: "diskFailing",
    says: /failed +Repair the file system: chkdsk met sectors that cannot be read/,
  },
  { args: ["files", "verify"], code: "ok", says: /The protected system files are intact/ },
  {
    args: ["files", "verify"],
    damages: [corruptProtectedFile(WUAUENG)],
    code: "problemsFound",
    says: /WRONG {2}Protected system files are damaged[\s\S]*> pemedic files repair D:/,
  },
  {
    args: ["files", "repair", "--yes"],
    damages: [corruptProtectedFile(WUAUENG)],
    code: "ok",
    says: /fixed +Repair the protected system files/,
  },
  {
    args: ["files", "repair", "--yes"],
    damages: [pendingXmlLeftBehind()],
    code: "nothingToDo",
    says: /sfc refuses while an update is half done; let Windows start once first/,
  },
  {
    args: ["cache", "reset", "--yes"],
    damages: [updateCacheStuck()],
    code: "ok",
    says: /fixed +Reset the update cache/,
  },
  {
    args: ["image", "check"],
    code: "ok",
    says: /No earlier scan found[\s\S]*> pemedic image scan D:/,
  },
  { args: ["image", "scan"], code: "ok", says: /The component store is sound/ },
  {
    args: ["image", "scan"],
    damages: [corruptPayload(COMPONENT)],
    code: "problemsFound",
    says: /> pemedic image restore D: --source/,
  },
  {
    args: ["image", "scan"],
    damages: [pendingXmlLeftBehind()],
    code: "toolFailed",
    says: /> pemedic image revert-pending D:/,
  },
  { args: ["image", "packages"], code: "ok", says: /^Installed\n +Package_for_RollupFix~/m },
  { args: ["image", "drivers"], code: "ok", says: /^oem3\.inf +Display/m },
  {
    args: ["image", "restore", "--source", "F:\\Windows", "--yes"],
    damages: [corruptPayload(COMPONENT)],
    code: "ok",
    says: /fixed +Repair the component store/,
  },
  {
    args: ["image", "revert-pending", "--yes"],
    damages: [pendingXmlLeftBehind()],
    code: "needsRestart",
    says: /Next: Start Windows once, so that it completes this/,
  },
  {
    args: ["image", "revert-pending", "--yes"],
    code: "nothingToDo",
    says: /No update is half done; nothing was changed/,
  },
  {
    args: ["image", "cleanup", "--yes"],
    code: "ok",
    says: /fixed +Remove superseded components/,
  },
  {
    args: ["image", "remove-driver", "oem3.inf", "--yes"],
    code: "ok",
    says: /fixed +Remove third-party drivers/,
  },
  {
    args: ["image", "remove-driver", "oem99.inf", "--yes"],
    code: "toolFailed",
    says: /failed +Remove third-party drivers: DISM failed with 2/,
  },
  {
    args: ["image", "remove-package", "Package_for_KB1~31bf3856ad364e35~amd64~~1.0.0.0", "--yes"],
    code: "toolFailed",
    says: /failed +Remove update packages: DISM failed with 0x800f0805/,
  },
  {
    args: ["image", "add-package", "E:\\none.cab", "--yes"],
    code: "toolFailed",
    says: /failed +Add update packages: DISM failed with 3/,
  },
  { args: ["sessions"], code: "ok", says: /^No session on D:\\$/m },
  {
    args: ["repair", "--discard-hibernation", "--yes"],
    damages: [fastStartup()],
    code: "ok",
    says: /fixed +Set the saved memory of a hibernated Windows aside/,
  },
  { args: ["--version"], code: "ok", says: /^pemedic \d+\.\d+\.\d+/ },
  { args: ["help", "repair"], code: "ok", says: /--dry-run +show the plan and change nothing/ },
];

for (const { args, damages = [], code, says } of ANSWERS) {
  const story = damages.map((damage) => damage.name).join(", ") || "a sound Windows";
  Deno.test(`${args.join(" ")} on ${story} exits with ${ExitCode[code]}`, async () => {
    const lab = await createLab();
    await lab.damage(...damages);
    const run = await runCli(lab, ...args);
    assert.equal(run.code, ExitCode[code], run.stdout + run.stderr);
    assert.match(run.stdout, says);
  });
}

Deno.test("commands that only look leave the Windows as it is", async () => {
  const lab = await createLab();
  await lab.damage(corruptPayload(COMPONENT), updateCacheStuck());
  const before = await lab.snapshot(OWN);
  for (
    const args of [
      ["scan"],
      ["diagnose"],
      ["disk", "check"],
      ["files", "verify"],
      ["image", "scan"],
      ["image", "packages"],
      ["sessions"],
      ["repair", "--dry-run"],
      ["resume", "--dry-run"],
    ]
  ) await runCli(lab, ...args);
  await assertNothingLost(lab, before);
});

Deno.test("scan, diagnose and a dry run write nothing at all", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck(), pendingXmlLeftBehind());
  for (const args of [["scan"], ["diagnose"], ["repair", "--dry-run"], ["sessions"]]) {
    await runCli(lab, ...args);
  }
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("scan names the next command, for every installation it found", async () => {
  const one = await runCli(await createLab(), "scan");
  assert.equal(one.stderr, "Next: pemedic diagnose D:\n");
  const two = await runCli(await createLab({ source: "installation" }), "scan");
  assert.equal(two.stderr, "Next: pemedic diagnose D:, or: pemedic diagnose F:\n");
});

Deno.test("a repair of a sound Windows changes nothing and saves nothing", async () => {
  const lab = await createLab();
  const before = await lab.snapshot(OWN);
  const { code, stdout } = await runCli(lab, "repair", "--yes");
  assert.equal(code, ExitCode.nothingToDo, stdout);
  assert.match(stdout, /not-needed +Repair the protected system files/);
  assert.match(stdout, /not-needed +Repair the component store: The component store is sound/);
  await assertNothingLost(lab, before);
  const saved = lab.files.operations.filter(({ path, to }) => /\\saved\\/.test(to ?? path));
  assert.deepEqual(saved, []);
});

Deno.test("a problem that does not block is told, and is no 'nothing was wrong'", async () => {
  const lab = await createLab();
  lab.files.setFreeBytes("D:", LOW_SPACE_BYTES - 1);
  const { code, stdout } = await runCli(lab, "repair", "--yes");
  assert.equal(code, ExitCode.problemsFound, stdout);
  assert.match(stdout.replace(/\s+/g, " "), /left as it is: Only .* are free/);
  assert.match(stdout, /Next: pemedic image cleanup D:/);
});

Deno.test("the answer yes at the question carries the plan out, no and nothing do not", async () => {
  for (const [answer, code] of [["yes", 0], ["Y", 0], ["no", 130], ["", 130]] as const) {
    const lab = await createLab({ terminal: { interactive: true, answers: [answer] } });
    await lab.damage(updateCacheStuck());
    const before = await lab.snapshot(OWN);
    const run = await runCli(lab, "cache", "reset", "D:");
    assert.equal(run.code, code, answer);
    assert.deepEqual(lab.host.terminal.questions, ["Carry out this plan? Type yes to go on: "]);
    if (code !== 0) await assertNothingLost(lab, before);
  }
});

Deno.test("without a console and without --yes nothing is changed", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  const { code, stderr } = await runCli(lab, "repair");
  assert.equal(code, ExitCode.usage);
  assert.match(stderr, /Cannot ask for agreement: there is no console/);
  assert.match(stderr, /what is shown above, then agree to it with --yes/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("several installations: none is guessed, --windows or the volume chooses", async () => {
  const lab = await createLab({ source: "installation" });
  const guess = await runCli(lab, "diagnose");
  assert.equal(guess.code, ExitCode.usage);
  assert.match(guess.stderr, /several Windows installations: (?:D:\\, F:\\|F:\\, D:\\)/);
  assert.match(guess.stderr, /--windows [DF]:\\/);
  for (const args of [["diagnose", "F:"], ["diagnose", "--windows", "F:"]]) {
    const { code, stderr } = await runCli(lab, ...args);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /on F:/);
  }
  const both = await runCli(lab, "diagnose", "D:", "--windows", "F:");
  assert.equal(both.code, ExitCode.usage);
});

Deno.test("a repair of one installation leaves the other alone", async () => {
  const lab = await createLab({ source: "installation" });
  const other = await lab.snapshot({ root: "F:\\" });
  await runCli(lab, "cache", "reset", "D:", "--yes");
  assert.deepEqual(await lab.snapshot({ root: "F:\\" }), other);
});

Deno.test("image remove-package wants the volume with --windows", async () => {
  const lab = await createLab({ source: "installation" });
  const identity = lab.state.packages.find((entry) => /RollupFix/.test(entry.identity))!.identity;
  const unnamed = await runCli(lab, "image", "remove-package", identity, "--yes");
  assert.equal(unnamed.code, ExitCode.usage);
  const named = await runCli(
    lab,
    "image",
    "remove-package",
    identity,
    "--windows",
    "D:",
    "--yes",
  );
  assert.ok([0, 6].includes(named.code), named.stdout);
});

Deno.test("--only and --skip refuse steps that do not exist, naming those that do", async () => {
  const lab = await createLab();
  for (const option of ["--only", "--skip"]) {
    const { code, stderr } = await runCli(lab, "repair", option, "updates.reset", "--yes");
    assert.equal(code, ExitCode.usage);
    assert.match(stderr, /Cannot find the step "updates\.reset"/);
    assert.match(stderr, /Name one of these steps: [\s\S]*updates\.reset-cache/);
  }
});

Deno.test("two Windows tools are looked for in WinPE first, then on the target", async () => {
  const lab = await createLab();
  lab.host.processes.missingTools.add("sfc");
  await runCli(lab, "files", "verify", "D:");
  assert.deepEqual(lab.host.processes.calls.map((call) => call.program), [
    "D:\\Windows\\System32\\sfc.exe",
  ]);
  lab.host.processes.missingTools.delete("sfc");
  await runCli(lab, "files", "verify", "D:");
  assert.equal(lab.host.processes.calls.at(-1)!.program, "X:\\Windows\\System32\\sfc.exe");
});

Deno.test("diagnose --json holds all evidence that the screen leaves out", async () => {
  const lab = await createLab();
  await lab.damage(pendingXmlLeftBehind());
  const screen = await runCli(lab, "diagnose");
  assert.match(screen.stdout, /and 6 more \(--json shows all\)/);
  const [document] = jsonLines(await runCli(lab, "diagnose", "--json"));
  const findings = document!.findings as { check: string; evidence: unknown[] }[];
  assert.equal(findings.find((f) => f.check === "servicing.pending")!.evidence.length, 9);
});

Deno.test("main() without arguments shows the machine and where to go on", async () => {
  const lab = await createLab();
  const run = await runCli(lab);
  assert.equal(run.code, ExitCode.ok);
  assert.equal(run.stdout, (await runCli(lab, "scan")).stdout);
  assert.match(run.stdout + run.stderr, /pemedic diagnose D:[\s\S]*pemedic help/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("commands that write logs refuse a hibernated volume, chkdsk may look", async () => {
  for (const args of [["files", "verify"], ["image", "scan"], ["image", "packages"]]) {
    const lab = await createLab();
    await lab.damage(hibernated());
    const run = await runCli(lab, ...args, "D:");
    assert.equal(run.code, ExitCode.hibernated, args.join(" "));
    assert.deepEqual(lab.files.operations, [], "nothing is written");
  }
  const lab = await createLab();
  await lab.damage(hibernated());
  assert.equal((await runCli(lab, "disk", "check", "D:")).code, ExitCode.ok);
});

Deno.test("diagnose tells what a repair would refuse, and a session that was cut off", async () => {
  const sleeping = await createLab();
  await sleeping.damage(fastStartup());
  const run = await runCli(sleeping, "diagnose", "D:");
  assert.equal(run.code, ExitCode.problemsFound);
  assert.match(
    run.stdout,
    /hibernated or was shut down with Fast Startup[\s\S]*--discard-hibernation/,
  );
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  lab.host.killAt("change-made", 2);
  await runCli(lab, "cache", "reset", "D:", "--yes").catch(() => undefined);
  lab.reboot();
  for (const args of [["diagnose", "D:"], ["repair", "D:", "--dry-run"]]) {
    const after = await runCli(lab, ...args);
    assert.match(after.stderr, /was cut off[\s\S]*pemedic resume[\s\S]*pemedic undo/, args[0]);
  }
  assert.equal((await runCli(lab, "diagnose", "D:")).code, ExitCode.problemsFound);
});

Deno.test("commands that only look leave no empty folder behind", async () => {
  const lab = await createLab();
  lab.host.processes.missingTools.add("sfc");
  lab.files.erase("D:\\Windows\\System32\\sfc.exe");
  assert.equal((await runCli(lab, "files", "verify", "D:")).code, ExitCode.toolMissing);
  assert.equal(await lab.files.stat("D:\\PEMedic"), undefined);
});

Deno.test("undo of an older session says so; help of a subcommand is its own", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  await runCli(lab, "cache", "reset", "D:", "--yes");
  lab.host.clock.advance(60_000);
  await runCli(lab, "repair", "D:", "--only", "backup.save-state", "--yes");
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.match(undo.stderr, /holds nothing to take back; this\s+is an older one/);
  const help = await runCli(lab, "help", "cache", "reset");
  assert.equal(help.code, ExitCode.ok);
  assert.match(help.stdout, /Usage: pemedic cache reset/);
});

Deno.test("a step chosen on a dirty volume runs with a word of warning", async () => {
  const lab = await createLab();
  await lab.damage(dirtyVolume(), updateCacheStuck());
  const run = await runCli(lab, "cache", "reset", "D:", "--yes");
  assert.equal(run.code, ExitCode.ok);
  assert.match(run.stderr, /marked dirty; better repair it first: pemedic disk\s+repair D:/);
});

Deno.test("a source that is not there is refused before anything starts", async () => {
  const lab = await createLab();
  await lab.damage(corruptPayload(COMPONENT));
  for (const source of ["Q:\\nope", "F:\\sources\\install.wim:6"]) {
    const run = await runCli(lab, "image", "restore", "D:", "--yes", "--source", source);
    assert.equal(run.code, ExitCode.usage, run.stderr);
    assert.match(run.stderr, /there is no/);
  }
  assert.deepEqual(lab.files.operations, []);
  assert.deepEqual(lab.host.processes.calls.filter(({ tool }) => tool === "dism"), []);
});

Deno.test("a junction in the cache leaves that step out of the ladder, and alone it refuses", async () => {
  const lab = await createLab();
  await lab.damage(dirtyVolume(), updateCacheStuck(), junctionInUpdatePath({ path: CATROOT2 }));
  const plan = await runCli(lab, "repair", "D:", "--dry-run", "--quick");
  assert.equal(plan.code, ExitCode.ok, plan.stderr);
  assert.match(plan.stdout, /Repair the file system[\s\S]*Left out[\s\S]*junction/);
  assert.equal((await runCli(lab, "cache", "reset", "D:", "--yes")).code, ExitCode.refused);
  assert.deepEqual(lab.files.operations, []);
});
