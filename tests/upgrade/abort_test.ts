/** `upgrade abort`: what is done in each state of Setup, what is refused, and what the BCD holds after. */
import assert from "node:assert/strict";
import { ElementType, openBcd } from "../../src/formats/bcd/mod.ts";
import { openHive } from "../../src/formats/regf/mod.ts";
import { UPGRADE_LEFTOVERS } from "../../src/knowledge/mod.ts";
import { ABORT_RULES } from "../../src/upgrade/mod.ts";
import { openWindows, readSetupState } from "../../src/windows/mod.ts";
import {
  commandBeforeLogon,
  compareSnapshots,
  createLab,
  type Damage,
  factoryFresh,
  firstBootInterrupted,
  type MemoryLab,
  oobeInterrupted,
  rollbackWaits,
  SAFE_OS_ENTRY,
  safeOsImageLost,
  sealedImage,
  setupInMenu,
  setupInProgress,
  setupStartsOnce,
  somethingStartsOnceToo,
  truncatedSystemHive,
  upgradeGivenUp,
  upgradeKinLeft,
  upgradeWaitsForRestart,
  WINDOWS_ENTRY,
  windowsEntryLost,
} from "../lab/mod.ts";
import { longLines, loseTool } from "../cli/cli_scenes.ts";
import { runCli } from "../run_cli.ts";
import { without } from "../needs.ts";

const STORES = ["S:\\EFI\\Microsoft\\Boot\\BCD", "D:\\Boot\\BCD"];
const MEMORY_TEST = "b2721d73-1db4-4c62-bf78-c548a880142d";

async function damaged(...damages: readonly Damage[]): Promise<MemoryLab> {
  const lab = await createLab({ source: "none" });
  await lab.damage(...damages);
  return lab;
}

/** What the boot manager of a store points to. */
async function pointers(lab: MemoryLab, path: string) {
  const manager = openBcd(openHive(await lab.files.read(path), { name: path })).bootManager!;
  return {
    default: manager.objects(ElementType.default)[0],
    once: manager.objects(ElementType.bootSequence),
    menu: manager.objects(ElementType.displayOrder),
  };
}

async function stateOf(lab: MemoryLab) {
  return (await readSetupState(await openWindows(lab.host, "D:"))).name;
}

/** State, exit code, and what was said, of a plain run and of one with --force. */
const TABLE: readonly (readonly [
  name: string,
  damages: readonly Damage[],
  plain: readonly [number, RegExp],
  forced: readonly [number, RegExp],
])[] = [
  ["sound", [], [4, /Setup is finished; nothing was changed/], [4, /Setup is finished/]],
  ["waiting: new machine", [factoryFresh()], [4, /OOBE/], [4, /OOBE/]],
  ["waiting: sealed", [sealedImage()], [4, /sealed/], [4, /sealed/]],
  ["waiting: deployment", [commandBeforeLogon()], [4, /not Setup's/], [4, /not Setup's/]],
  [
    "in-flight",
    [upgradeWaitsForRestart()],
    [13, /goes on at the next start.*It may still succeed.*upgrade abort D: --force/s],
    [0, /fixed.*fixed/s],
  ],
  [
    "rollback-pending",
    [rollbackWaits()],
    [13, /takes the upgrade back.*upgrade abort D: --force/s],
    [0, /fixed\s+Let the boot/],
  ],
  ["dead-downlevel", [upgradeGivenUp()], [0, /fixed\s+Move what/], [0, /fixed\s+Move what/]],
  ["dead-safe-os", [safeOsImageLost()], [0, /fixed\s+Let.*fixed\s+Move/s], [0, /fixed\s+Let/]],
  ["dead-first-boot", [setupInProgress()], [0, /fixed\s+Take back/], [0, /fixed\s+Take back/]],
  ["half", [firstBootInterrupted()], [6, /needs-restart\s+Take back/], [6, /needs-restart/]],
  ["dead-oobe", [oobeInterrupted()], [0, /fixed\s+Take back/], [0, /fixed\s+Take back/]],
  [
    "unclear",
    [truncatedSystemHive()],
    [13, /SYSTEM hive.*Not even with --force/s],
    [13, /Not even with --force/],
  ],
  [
    "no loader",
    [safeOsImageLost(), windowsEntryLost()],
    [13, /No entry of S:.*bcdboot "D:\\Windows"/s],
    [13, /No entry of S:/],
  ],
];

for (const [name, damages, plain, forced] of TABLE) {
  for (const [args, [code, said]] of [[[], plain], [["--force"], forced]] as const) {
    Deno.test(`upgrade abort ${args.join()}: ${name} ends with ${code}`, async () => {
      const lab = await damaged(...damages);
      const before = await lab.snapshot();
      const run = await runCli(lab, "upgrade", "abort", "D:", "--yes", ...args);
      const text = run.stdout + run.stderr;
      assert.equal(run.code, code, text);
      assert.match(text, said);
      assert.deepEqual(longLines(run.stdout), []);
      if (code === 0 || code === 6) return;
      assert.deepEqual(compareSnapshots(before, await lab.snapshot()), []);
      assert.deepEqual(lab.files.operations, []);
    });
  }
}

Deno.test("the table has a row with a reason for every state", () => {
  for (const [name, rule] of Object.entries(ABORT_RULES)) {
    assert.match(rule.why, /^[A-Z].{10,}[^.]$/, name);
  }
  assert.equal(Object.keys(ABORT_RULES).length, 9);
  assert.equal(UPGRADE_LEFTOVERS.find(({ path }) => path === "Windows.old")?.treatment, "keep");
});

Deno.test("both stores start Windows afterwards, and the dead entry leaves the menu", async () => {
  const lab = await damaged(safeOsImageLost(), setupInMenu());
  for (const store of STORES) {
    assert.deepEqual(await pointers(lab, store), {
      default: SAFE_OS_ENTRY,
      once: [],
      menu: [WINDOWS_ENTRY, SAFE_OS_ENTRY],
    });
  }
  assert.equal((await runCli(lab, "upgrade", "abort", "D:", "--yes")).code, 0);
  for (const store of STORES) {
    assert.deepEqual(await pointers(lab, store), {
      default: WINDOWS_ENTRY,
      once: [],
      menu: [WINDOWS_ENTRY],
    });
  }
  assert.equal(await stateOf(lab), "finished");
  assert.equal(await lab.files.stat("D:\\$WINDOWS.~BT"), undefined);
});

Deno.test("the store is saved before it is changed, byte for byte", async () => {
  const lab = await damaged(safeOsImageLost());
  const before = await lab.files.read(STORES[0]!);
  const args = ["--only", "upgrade.restore-boot-default", "--skip", "backup.save-state"];
  assert.equal((await runCli(lab, "repair", "D:", ...args, "--yes")).code, 0);
  const [session] = await lab.files.list("D:\\PEMedic");
  const saved = `D:\\PEMedic\\${session!.name}\\saved\\S-EFI-Microsoft-Boot-BCD`;
  assert.deepEqual(await lab.files.read(saved), before);
});

Deno.test("undo names the exact lines, and these lines put everything back", async () => {
  const lab = await damaged(safeOsImageLost(), setupInMenu());
  const before = await Promise.all(STORES.map((store) => pointers(lab, store)));
  await runCli(lab, "upgrade", "abort", "D:", "--yes");
  const undo = await runCli(lab, "undo", "D:", "--yes", "--json");
  const report = JSON.parse(undo.stdout) as { changes: { result: string; reason?: string }[] };
  const lines = report.changes.filter(({ result }) => result === "irreversible")
    .map(({ reason }) => /bcdedit (\/store .*)$/.exec(reason ?? "")?.[1] ?? "");
  assert.ok(lines.length >= 4);
  const bcdedit = await lab.host.processes.find("bcdedit");
  for (const line of lines.filter((each) => each !== "")) {
    const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
    const { exitCode } = await lab.host.processes.run({ program: bcdedit!, arguments: args });
    assert.equal(exitCode, 0, line);
  }
  assert.deepEqual(await Promise.all(STORES.map((store) => pointers(lab, store))), before);
  assert.equal((await lab.files.stat("D:\\$WINDOWS.~BT"))?.kind, "directory");
});

Deno.test("a start that was to happen once is taken back alone", async () => {
  const lab = await damaged(setupStartsOnce());
  assert.equal((await pointers(lab, STORES[0]!)).once[0], SAFE_OS_ENTRY);
  assert.equal(await stateOf(lab), "dead-safe-os");
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const after = await pointers(lab, STORES[0]!);
  assert.deepEqual(after.once, []);
  assert.equal(after.default, WINDOWS_ENTRY);
});

Deno.test("what somebody else wants to start once is not taken away with it", async () => {
  const lab = await damaged(setupStartsOnce(), somethingStartsOnceToo(MEMORY_TEST));
  const before = await pointers(lab, STORES[0]!);
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes");
  assert.equal(run.code, 13, run.stdout);
  assert.match(run.stderr.replace(/\s+/g, " "), /is to start \{b2721d73.*not of Setup/);
  assert.deepEqual(await pointers(lab, STORES[0]!), before);
});

Deno.test("a rollback that waits keeps its folder and its entry, also with --force", async () => {
  const lab = await damaged(rollbackWaits(), setupInMenu());
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes", "--force");
  assert.equal(run.code, 0, run.stderr);
  const { default: starts, menu } = await pointers(lab, STORES[0]!);
  assert.equal(starts, WINDOWS_ENTRY);
  assert.deepEqual(menu, [WINDOWS_ENTRY, SAFE_OS_ENTRY]);
  assert.ok(await lab.files.stat("D:\\$WINDOWS.~BT\\Sources\\Rollback\\setupact.log"));
  assert.match(run.stderr.replace(/\s+/g, " "), /"Windows Setup" stays in the menu/);
});

Deno.test("an upgrade that is given up by force leaves the menu with its folder", async () => {
  const lab = await damaged(upgradeWaitsForRestart(), setupInMenu());
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes", "--force");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  for (const store of STORES) {
    const { default: starts, menu } = await pointers(lab, store);
    assert.deepEqual([starts, menu], [WINDOWS_ENTRY, [WINDOWS_ENTRY]]);
  }
  assert.equal(await lab.files.stat("D:\\$WINDOWS.~BT"), undefined);
  assert.equal(await stateOf(lab), "finished");
});

Deno.test("the whole ladder lets Windows start again, and leaves the folder alone", async () => {
  const lab = await damaged(safeOsImageLost());
  const run = await runCli(lab, "repair", "D:", "--yes", "--quick");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.equal((await pointers(lab, STORES[0]!)).default, WINDOWS_ENTRY);
  assert.ok(await lab.files.stat("D:\\$WINDOWS.~BT"));
});

Deno.test("cut off anywhere, resume brings the whole abort to its end", async () => {
  const whole = await damaged(safeOsImageLost(), setupInMenu());
  await runCli(whole, "upgrade", "abort", "D:", "--yes");
  const made = whole.host.checkpoints.filter((name) => name === "change-made").length;
  assert.ok(made > 5);
  for (let count = made - 5; count <= made; count++) {
    const lab = await damaged(safeOsImageLost(), setupInMenu());
    lab.host.killAt("change-made", count);
    await runCli(lab, "upgrade", "abort", "D:", "--yes");
    lab.reboot();
    const resumed = await runCli(lab, "resume", "D:", "--yes");
    // After the last change nothing is left to do.
    const expected = count === made ? 4 : 0;
    assert.equal(resumed.code, expected, `${count}: ${resumed.stdout}${resumed.stderr}`);
    assert.equal(await stateOf(lab), "finished");
    assert.equal(await lab.files.stat("D:\\$WINDOWS.~BT"), undefined);
    const { default: starts, menu } = await pointers(lab, STORES[0]!);
    assert.deepEqual([starts, menu], [WINDOWS_ENTRY, [WINDOWS_ENTRY]]);
  }
});

Deno.test("the kin goes too, and Windows.old stays", async () => {
  const kin = ["$WINDOWS.~WS", "$GetCurrent", "Windows10Upgrade"];
  const lab = await damaged(upgradeGivenUp(), upgradeKinLeft(...kin, "Windows.old", "ESD"));
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes");
  assert.equal(run.code, 0, run.stderr);
  for (const folder of ["$WINDOWS.~BT", ...kin]) {
    assert.equal(await lab.files.stat(`D:\\${folder}`), undefined, folder);
  }
  for (const folder of ["Windows.old", "ESD"]) {
    assert.ok(await lab.files.stat(`D:\\${folder}\\kept.txt`), folder);
  }
  const [session] = await lab.files.list("D:\\PEMedic");
  const log = "saved\\$WINDOWS.~BT\\Sources\\Panther\\setupact.log";
  assert.ok(await lab.files.stat(`D:\\PEMedic\\${session!.name}\\${log}`));
});

Deno.test("on a finished Windows the folder goes only with --force", async () => {
  const lab = await damaged(upgradeKinLeft("$WINDOWS.~BT"));
  const plain = await runCli(lab, "upgrade", "abort", "D:", "--yes");
  assert.equal(plain.code, 4);
  assert.match(plain.stderr.replace(/\s+/g, " "), /moved only with --force/);
  assert.ok(await lab.files.stat("D:\\$WINDOWS.~BT"));
  assert.equal((await runCli(lab, "upgrade", "abort", "D:", "--yes", "--force")).code, 0);
  assert.equal(await lab.files.stat("D:\\$WINDOWS.~BT"), undefined);
});

Deno.test("a way back holds the folder of a finished Windows", async () => {
  const lab = await damaged(upgradeKinLeft("$WINDOWS.~BT", "Windows.old"));
  const plain = await runCli(lab, "upgrade", "abort", "D:", "--yes");
  assert.equal(plain.code, 4);
  assert.match(plain.stderr.replace(/\s+/g, " "), /belongs to the way back, Windows\.old/);
});

Deno.test("without bcdedit nothing is changed, and it is named", async () => {
  const lab = await damaged(safeOsImageLost());
  loseTool(lab, "bcdedit");
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes");
  assert.equal(run.code, 15, run.stdout + run.stderr);
  assert.match(run.stdout.replace(/\s+/g, " "), /bcdedit\.exe, which would mend it, is not here/);
  assert.equal((await pointers(lab, STORES[0]!)).default, SAFE_OS_ENTRY);
});

Deno.test("a bcdedit that fails ends the step, and the folder stays where it is booted", async () => {
  const lab = await damaged(safeOsImageLost());
  lab.state.faults.bcdedit = { error: 1 };
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes");
  assert.equal(run.code, 14, run.stdout + run.stderr);
  assert.ok(await lab.files.stat("D:\\$WINDOWS.~BT"));
});

Deno.test("a bcdedit that only says it worked is found out by reading back", async () => {
  const lab = await damaged(safeOsImageLost());
  lab.state.faults.bcdedit = { garbage: true };
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes");
  assert.equal(run.code, 20, run.stdout + run.stderr);
  assert.match(run.stdout.replace(/\s+/g, " "), /does not start .* by default/);
  assert.ok(await lab.files.stat("D:\\$WINDOWS.~BT"));
});

Deno.test("a junction in the place of the folder is refused", async () => {
  const lab = await damaged(upgradeGivenUp());
  lab.files.erase("D:\\$WINDOWS.~BT");
  lab.files.putJunction("D:\\$WINDOWS.~BT", "F:\\elsewhere");
  const run = await runCli(lab, "upgrade", "abort", "D:", "--yes", "--force");
  assert.notEqual(run.code, 0, run.stdout);
  assert.equal((await lab.files.stat("D:\\$WINDOWS.~BT"))?.reparse, true);
});

Deno.test("an order of PE Medic is told of: it would start Setup again", async () => {
  const lab = await damaged(safeOsImageLost());
  lab.files.put("D:\\PEMedic\\bin\\upgrade.json", new TextEncoder().encode("{}"));
  const run = await runCli(lab, "upgrade", "abort", "D:", "--dry-run");
  assert.match(run.stderr.replace(/\s+/g, " "), /pemedic upgrade unstage D:/);
});

async function has(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["-h"], stdout: "null", stderr: "null" })
      .output()).code >= 0;
  } catch {
    return false;
  }
}

Deno.test({
  name: "hivexget reads the edited store as we do",
  ignore: without(await has("hivexget")),
  async fn() {
    const lab = await damaged(safeOsImageLost(), setupInMenu());
    await runCli(lab, "upgrade", "abort", "D:", "--yes");
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeFile(file, await lab.files.read(STORES[0]!));
      const key = "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements\\23000003";
      const { stdout } = await new Deno.Command("hivexget", { args: [file, key, "Element"] })
        .output();
      assert.equal(new TextDecoder().decode(stdout).trim(), `{${WINDOWS_ENTRY}}`);
    } finally {
      await Deno.remove(file);
    }
  },
});
