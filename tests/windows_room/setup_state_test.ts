/** Each state with its evidence, and each look-alike left alone with its reason. */
import assert from "node:assert/strict";
import { FileError } from "../../src/base/mod.ts";
import {
  type BootEntry,
  type BootStoreView,
  describeEvidence,
  judgeSetup,
  openWindows,
  readSetupFacts,
  readSetupState,
  type SetupFacts,
  type SetupReset,
  type SetupState,
  type SetupStateName,
} from "../../src/windows/mod.ts";
import {
  commandBeforeLogon,
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
import { labWith } from "./rooms.ts";

async function stateOf(...damages: readonly Damage[]): Promise<SetupState> {
  const lab = await labWith(damages);
  return await readSetupState(await openWindows(lab.host, "D:"));
}

interface Expected {
  readonly damages: readonly Damage[];
  readonly name: SetupStateName;
  readonly reset: SetupReset;
  readonly reason: RegExp;
  /** What the evidence must cite. */
  readonly evidence: RegExp;
}

const CASES: readonly Expected[] = [
  {
    damages: [],
    name: "finished",
    reset: "nothing",
    reason: /finished/,
    evidence: /SYSTEM\\Setup "SetupType" = 0/,
  },
  {
    damages: [setupInProgress()],
    name: "dead-first-boot",
    reset: "everything",
    reason: /interrupted in the first start/,
    evidence: /ChildCompletion "setup\.exe" = 1/,
  },
  {
    damages: [firstBootInterrupted()],
    name: "dead-first-boot",
    reset: "child",
    reason: /interrupted in the first start/,
    evidence: /FirstBoot\\PostSysprep "0" = ".*SetupPlatform\.exe/,
  },
  {
    damages: [oobeInterrupted()],
    name: "dead-oobe",
    reset: "everything",
    reason: /first-start questions were interrupted/,
    evidence: /ChildCompletion "oobeldr\.exe" = 1/,
  },
  {
    damages: [safeOsImageLost()],
    name: "dead-safe-os",
    reset: "nothing",
    reason: /"Windows Setup", but .*winre\.wim is gone/,
    evidence: /\(default\) "Windows Setup" starts/,
  },
  {
    damages: [upgradeGivenUp()],
    name: "dead-downlevel",
    reset: "nothing",
    reason: /given up before its first restart/,
    evidence: /\$WINDOWS\.~BT\\NewOS: it is there/,
  },
  {
    damages: [upgradeWaitsForRestart()],
    name: "in-flight",
    reset: "nothing",
    reason: /goes on at the next start with "Windows Setup"/,
    evidence: /\(default\) "Windows Setup" starts/,
  },
  {
    damages: [rollbackWaits()],
    name: "rollback-pending",
    reset: "nothing",
    reason: /takes the upgrade back/,
    evidence: /Sources\\Rollback\\setupact\.log/,
  },
  {
    damages: [factoryFresh()],
    name: "waiting",
    reset: "nothing",
    reason: /OOBE/,
    evidence: /"CmdLine" = "oobe\\windeploy\.exe"/,
  },
  {
    damages: [sealedImage()],
    name: "waiting",
    reset: "nothing",
    reason: /sealed with sysprep/,
    evidence: /IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE/,
  },
  {
    damages: [commandBeforeLogon()],
    name: "waiting",
    reset: "nothing",
    reason: /not Setup's: cmd\.exe \/c C:\\MININT/,
    evidence: /LiteTouch/,
  },
  {
    damages: [commandBeforeLogon("C:\\PEMedic\\starter.exe")],
    name: "waiting",
    reset: "nothing",
    reason: /not Setup's: C:\\PEMedic/,
    evidence: /starter\.exe/,
  },
  {
    damages: [truncatedSystemHive()],
    name: "unclear",
    reset: "nothing",
    reason: /SYSTEM hive cannot be read/,
    evidence: /config\\SYSTEM/,
  },
  // The interrupted first start cannot be told from Setup's own way back: it starts next.
  {
    damages: [firstBootInterrupted(), upgradeWaitsForRestart()],
    name: "in-flight",
    reset: "nothing",
    reason: /"Windows Setup" next, which goes on/,
    evidence: /setup\.exe" = 1/,
  },
];

for (const { damages, name, reset, reason, evidence } of CASES) {
  const what = damages.map((damage) => damage.name).join(", ") || "a sound Windows";
  Deno.test(`${what}: Setup is ${name}, and ${reset} is to be reset`, async () => {
    const state = await stateOf(...damages);
    assert.equal(state.name, name, state.reason);
    assert.equal(state.reset, reset);
    assert.match(state.reason, reason);
    assert.doesNotMatch(state.reason, /\.$/);
    const cited = state.evidence.map(describeEvidence);
    assert.ok(cited.some((line) => evidence.test(line)), cited.join("\n"));
  });
}

async function factsOf(...damages: readonly Damage[]): Promise<SetupFacts> {
  const lab = await labWith(damages);
  return await readSetupFacts(await openWindows(lab.host, "D:"));
}

const dead = await factsOf(setupInProgress());
const fresh = await factsOf(factoryFresh());
const died = await factsOf(firstBootInterrupted());
const oobe = await factsOf(oobeInterrupted());
const sound = await factsOf();
const inFlight = await factsOf(upgradeWaitsForRestart());

/** Setup's entry is there with its file, and Windows starts by default. */
function fallback(): readonly BootStoreView[] {
  return inFlight.boot.map((store) => changed(store, (entry) => ({ ...entry, isDefault: false })));
}

/** Facts that are almost those of a dead Setup, and what is said of them. */
const LOOK_ALIKES: readonly (readonly [string, SetupFacts, SetupStateName, RegExp])[] = [
  ["logs of SYSTEM cannot be used", { ...dead, system: "stale" }, "unclear", /SYSTEM.*dirty/],
  ["SOFTWARE cannot be read", { ...dead, software: "unreadable" }, "unclear", /SOFTWARE/],
  ["logs of SOFTWARE cannot be used", { ...dead, software: "stale" }, "unclear", /SOFTWARE/],
  [
    "an upgrade's folder, and no boot configuration that could be read",
    { ...dead, boot: [], folder: { ...dead.folder, present: true } },
    "unclear",
    /cannot be told/,
  ],
  [
    "an upgrade's folder, and a damaged boot configuration",
    {
      ...sound,
      boot: [{ state: "unreadable", place: "S:\\BCD", problem: "no hive" }],
      folder: { ...dead.folder, present: true },
    },
    "unclear",
    /cannot be told/,
  ],
  [
    "interrupted, with a boot entry that can take it back",
    { ...dead, boot: fallback() },
    "rollback-pending",
    /can still take the upgrade back/,
  ],
  [
    "both children have begun",
    { ...died, children: { ...died.children, oobe: 1 } },
    "unclear",
    /does not fit/,
  ],
  ["WinPE", { ...dead, winpe: true }, "waiting", /WinPE/],
  [
    "audit mode by its value",
    { ...dead, values: { ...dead.values, auditInProgress: 1 } },
    "waiting",
    /audit mode/,
  ],
  [
    "audit mode by ImageState",
    { ...dead, imageState: "IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT" },
    "waiting",
    /audit mode/,
  ],
  [
    "audit mode by its child",
    { ...dead, children: { ...dead.children, audit: 1 } },
    "waiting",
    /audit mode/,
  ],
  ["generalizing was not complete", { ...fresh, generalization: 3 }, "waiting", /sysprep/],
  ["sealed, and Setup began", { ...dead, generalization: 3 }, "unclear", /sealed/],
  [
    "Setup is in progress with a foreign command",
    { ...dead, values: { ...dead.values, cmdLine: "cmd.exe /c setup.cmd" } },
    "unclear",
    /not its own/,
  ],
  [
    "no command",
    { ...dead, values: { ...dead.values, cmdLine: "" } },
    "unclear",
    /no command/,
  ],
  [
    "windeploy.exe, but Setup is not in progress",
    { ...dead, values: { ...dead.values, systemSetupInProgress: 0 } },
    "unclear",
    /do not fit together/,
  ],
  [
    "windeploy.exe with another type",
    { ...dead, values: { ...dead.values, setupType: 1 } },
    "unclear",
    /do not fit together/,
  ],
  [
    "a child state that nobody knows",
    { ...dead, children: { ...dead.children, setup: 2 } },
    "unclear",
    /state 2/,
  ],
  [
    "Setup has not begun on a new machine",
    { ...fresh, children: { ...fresh.children, setup: 0 } },
    "waiting",
    /first start/,
  ],
  [
    "an upgraded Windows before its first start",
    withSetupPlatform({ ...died, children: { ...died.children, setup: 0 } }),
    "in-flight",
    /waits for its first start/,
  ],
  [
    "the same without Setup's files",
    { ...died, children: { ...died.children, setup: 0 } },
    "unclear",
    /files are gone/,
  ],
  [
    "interrupted, but Setup can take the upgrade back",
    withSetupPlatform(died),
    "rollback-pending",
    /can still take the upgrade back/,
  ],
  ["OOBE of an upgrade with its files", withSetupPlatform(oobe), "in-flight", /last step/],
  [
    "OOBE was not interrupted",
    { ...oobe, children: { ...oobe.children, oobe: 3 } },
    "unclear",
    /may end by itself/,
  ],
  ["OOBE was interrupted before there was an account", { ...oobe, accounts: 0 }, "waiting", /OOBE/],
  [
    "an upgrade's own command, with its program",
    withSetupPlatform(withCommand(dead, "C:\\$WINDOWS.~BT\\Sources\\SetupPlatform.exe /preoobe")),
    "in-flight",
    /goes on/,
  ],
  [
    "an upgrade's own command without its program",
    withCommand(dead, "C:\\$WINDOWS.~BT\\Sources\\SetupPlatform.exe /preoobe"),
    "unclear",
    /program is gone/,
  ],
  [
    "setup.exe 1 on a finished Windows",
    { ...sound, children: { ...sound.children, setup: 1 } },
    "finished",
    /finished/,
  ],
];

function withSetupPlatform(facts: SetupFacts): SetupFacts {
  return { ...facts, folder: { ...facts.folder, present: true, setupPlatform: true } };
}

function withCommand(facts: SetupFacts, cmdLine: string): SetupFacts {
  return { ...facts, values: { ...facts.values, cmdLine } };
}

for (const [what, facts, name, reason] of LOOK_ALIKES) {
  Deno.test(`look-alike: ${what} is ${name} and left alone`, () => {
    const state = judgeSetup(facts);
    assert.equal(state.name, name, state.reason);
    assert.equal(state.reset, "nothing");
    assert.match(state.reason, reason);
  });
}

Deno.test("a rollback that was tried and failed leaves nobody who would take the upgrade back", () => {
  const facts = withSetupPlatform(died);
  const state = judgeSetup({ ...facts, folder: { ...facts.folder, rolledBack: true } });
  assert.deepEqual([state.name, state.reset], ["dead-first-boot", "child"]);
  const entry = { ...facts, boot: fallback() };
  const fallsBack = judgeSetup({ ...entry, folder: { ...facts.folder, rolledBack: true } });
  assert.equal(fallsBack.name, "rollback-pending");
});

Deno.test("without an upgrade's folder it does not matter what starts next", () => {
  assert.equal(judgeSetup({ ...dead, boot: [] }).name, "dead-first-boot");
  assert.equal(judgeSetup({ ...sound, boot: [] }).name, "finished");
  assert.equal(judgeSetup({ ...sound, software: "unreadable" }).name, "finished");
});

Deno.test("an account makes the difference between what is reset", () => {
  assert.equal(judgeSetup(dead).reset, "everything");
  assert.equal(judgeSetup({ ...dead, accounts: 0 }).reset, "child");
});

const safeOs = await factsOf(safeOsImageLost());

/** The stores of a lost SafeOS with Setup's entry changed. */
function withEntry(change: (entry: BootEntry) => BootEntry): SetupFacts {
  return { ...safeOs, boot: safeOs.boot.map((store) => changed(store, change)) };
}

function changed(store: BootStoreView, change: (entry: BootEntry) => BootEntry): BootStoreView {
  if (store.state !== "read") return store;
  const entries = store.entries.map((entry) => entry.isDefault ? change(entry) : entry);
  return { ...store, entries };
}

Deno.test("Setup's boot entry is only judged where it is known to be this Windows' own", () => {
  const judged = (facts: SetupFacts) => {
    const { name, reason, bootsSetup } = judgeSetup(facts);
    return { name, reason, boots: bootsSetup !== undefined };
  };
  const located = (onTarget: boolean | undefined) =>
    judged(withEntry((entry) => ({ ...entry, device: { ...entry.device!, onTarget } })));
  assert.deepEqual([located(false).name, located(false).boots], ["finished", false]);
  assert.match(located(undefined).reason, /not known to be this one/);
  const foreign = judged(withEntry((entry) => ({ ...entry, setupMarks: ["It is called so"] })));
  assert.match(foreign.reason, /no upgrade of this Windows/);
  const [first, ...others] = safeOs.boot;
  const normal = changed(first!, (entry) => ({ ...entry, setupMarks: [], startsTarget: true }));
  assert.match(judged({ ...safeOs, boot: [normal, ...others] }).reason, /another one Windows/);
  const complete = withEntry(({ missingFile: _, ...entry }) => ({
    ...entry,
    missingFile: undefined,
  }));
  assert.match(judged(complete).reason, /should put in place is gone/);
  const stale = safeOs.boot.map((store) => ({ ...store, stale: true }));
  assert.match(judged({ ...safeOs, boot: stale as readonly BootStoreView[] }).reason, /be told/);
});

Deno.test("a dead Setup keeps the entry of Windows at hand, to start it again", () => {
  const { bootsSetup } = judgeSetup(safeOs);
  assert.equal(bootsSetup?.place, "S:\\EFI\\Microsoft\\Boot\\BCD");
  assert.equal(bootsSetup?.loader?.description, "Windows 11");
});

Deno.test("the facts count accounts of people only, and read both logs' times", async () => {
  const profiles =
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
  const more = ["S-1-5-18", "S-1-5-21-1-2-3-500", "S-1-12-1-1-2-3-4"]
    .map((sid) => `[${profiles}\\${sid}]\n`).join("") +
    `[${profiles}\\S-1-5-21-1-2-3-1000]\n"ProfileImagePath"="C:\\\\Users\\\\defaultuser0"\n`;
  const lab = await labWith([], { additions: { SOFTWARE: more } });
  const facts = await readSetupFacts(await openWindows(lab.host, "D:"));
  assert.equal(facts.accounts, 2);
  assert.equal(facts.folder.rolledBack, false);
});

Deno.test("the rollback's log is newer than the upgrade's, older, or alone", async () => {
  const times = async (...damages: readonly Damage[]) => {
    const { folder } = await factsOf(...damages);
    return [folder.rollbackLog, folder.rolledBack];
  };
  assert.deepEqual(await times(upgradeGivenUp()), [false, false]);
  assert.deepEqual(await times(rollbackWaits()), [true, false]);
  const lab = await labWith([upgradeGivenUp()]);
  lab.host.clock.advance(60_000);
  await lab.damage(rollbackWaits());
  const later = await readSetupFacts(await openWindows(lab.host, "D:"));
  assert.equal(later.folder.rolledBack, true);
  lab.host.clock.advance(60_000);
  await lab.damage(upgradeGivenUp());
  const again = await readSetupFacts(await openWindows(lab.host, "D:"));
  assert.deepEqual([again.folder.rollbackLog, again.folder.rolledBack], [true, false]);
});

Deno.test("a folder that cannot be looked at counts as there", async () => {
  const lab = await labWith([firstBootInterrupted()]);
  const windows = await openWindows(lab.host, "D:");
  const stat = windows.files.stat.bind(windows.files);
  windows.files.stat = (path) =>
    path.startsWith("$WINDOWS.~BT")
      ? Promise.reject(new FileError("look at", path, "disk-error"))
      : stat(path);
  const state = await readSetupState(windows);
  assert.deepEqual([state.name, state.reset], ["rollback-pending", "nothing"]);
  assert.ok(state.evidence.some((each) => describeEvidence(each).includes("read or write error")));
});

Deno.test("an upgrade that works on another volume is not dead because its folder is not here", async () => {
  const command = (folder: string): Damage => ({
    name: "elsewhere",
    imitates: "",
    apply: (site) =>
      site.editHive(
        "SYSTEM",
        "[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup\\FirstBoot\\PostSysprep]\n" +
          `"0"="${folder}\\\\$WINDOWS.~BT\\\\Sources\\\\SetupPlatform.exe /postsysprep"`,
      ),
  });
  for (const interrupted of [firstBootInterrupted(), oobeInterrupted()]) {
    const elsewhere = await stateOf(interrupted, command("E:"));
    assert.equal(elsewhere.reset, "nothing", elsewhere.reason);
    assert.match(elsewhere.name, /^(?:rollback-pending|in-flight)$/);
    for (const here of ["C:", "%SYSTEMDRIVE%"]) {
      assert.notEqual((await stateOf(interrupted, command(here))).reset, "nothing", here);
    }
  }
});
