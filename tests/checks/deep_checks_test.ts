/** The checks that run a foreign tool, against its simulator in several languages and moods. */
import assert from "node:assert/strict";
import { encodeUtf16 } from "../../src/base/mod.ts";
import {
  type Check,
  type CheckContext,
  chkdskVolume,
  componentStore,
  componentStoreFlag,
  diskStructure,
  type Finding,
  protectedFiles,
  runCheck,
} from "../../src/checks/mod.ts";
import {
  corruptManifest,
  corruptPayload,
  corruptProtectedFile,
  type Damage,
  dirtyVolume,
  hopelessDisk,
  type LabState,
  pendingXmlLeftBehind,
} from "../lab/mod.ts";
import { codePageOf } from "../lab/simulators/mod.ts";
import { assertFinding, type CheckLab, checkLab, workspaceOn } from "./check_lab.ts";

const LANGUAGES = ["en-US", "de-DE", "ja-JP"] as const;
const NTDLL = corruptProtectedFile("Windows\\System32\\ntdll.dll");

async function labIn(
  damages: readonly Damage[],
  state: Partial<LabState> = {},
): Promise<CheckLab> {
  const oemCodePage = codePageOf(state.language ?? "en-US");
  return await checkLab(damages, { state, platform: { oemCodePage } });
}

/** Runs a deep check as the ladder does. */
async function deep(
  { lab, windows }: CheckLab,
  check: Check,
  context: CheckContext = {},
): Promise<Finding> {
  const before = lab.files.snapshot("D:\\");
  const findings = await runCheck(windows, { workspace: workspaceOn(lab), ...context }, check);
  for (const finding of findings) assertFinding(finding, check);
  assert.equal(findings.length, 1);
  assert.deepEqual(lab.files.snapshot("D:\\"), before, "a check changes no byte of the target");
  return findings[0]!;
}

for (const check of [protectedFiles, componentStore, componentStoreFlag]) {
  Deno.test(`${check.question} stays open without a workspace, and starts no tool`, async () => {
    const { lab, windows } = await checkLab([NTDLL]);
    const findings = await check.run(windows, {});
    for (const finding of findings) assertFinding(finding, check);
    assert.deepEqual(findings.map(({ outcome }) => outcome), ["open"]);
    assert.deepEqual(lab.host.processes.calls, []);
  });
}

for (const language of LANGUAGES) {
  Deno.test(`disk.structure in ${language}: sound, and in need of repair`, async () => {
    assert.equal((await deep(await labIn([], { language }), diskStructure)).outcome, "ok");
    const dirty = await deep(await labIn([dirtyVolume()], { language }), diskStructure);
    assert.deepEqual([dirty.outcome, dirty.blocking], ["problem", true]);
    assert.equal(dirty.next, "pemedic disk repair D:");
  });

  Deno.test(`store.health in ${language}: sound, damaged`, async () => {
    assert.equal((await deep(await labIn([], { language }), componentStore)).outcome, "ok");
    const lab = await labIn([corruptPayload("microsoft-windows-ntdll")], { language });
    const damaged = await deep(lab, componentStore);
    assert.deepEqual([damaged.outcome, damaged.blocking], ["problem", true]);
    assert.match(damaged.next ?? "", /^pemedic image restore D: --source /);
  });

  Deno.test(`store.health in ${language}: a DISM that ignores /English is not guessed at`, async () => {
    const damages = [corruptPayload("microsoft-windows-ntdll")];
    const lab = await labIn(damages, { language, ignoresEnglish: true });
    const finding = await deep(lab, componentStore);
    assert.equal(finding.outcome, language === "en-US" ? "problem" : "unknown", finding.summary);
  });

  Deno.test(`files.integrity in ${language}: intact, damaged`, async () => {
    assert.equal((await deep(await labIn([], { language }), protectedFiles)).outcome, "ok");
    const damaged = await deep(await labIn([NTDLL], { language }), protectedFiles);
    assert.deepEqual([damaged.outcome, damaged.blocking], ["problem", true]);
    assert.equal(damaged.next, "pemedic files repair D:");
  });
}

Deno.test("store.health: a store that cannot be repaired stops the ladder", async () => {
  const lab = await labIn([]);
  lab.lab.host.processes.expectCommands([{
    tool: "dism",
    arguments: dismArguments(),
    stdout: "\r\nThe component store cannot be repaired.\r\n" +
      "The operation completed successfully.\r\n",
  }]);
  const finding = await deep(lab, componentStore);
  assert.deepEqual([finding.outcome, finding.blocking, finding.onlyUpgradeHelps], [
    "problem",
    true,
    true,
  ]);
  assert.equal(finding.next, "pemedic upgrade check D: --media PATH");
});

Deno.test("store.health: codes for which only the upgrade helps stop the ladder", async () => {
  const fault = { dism: { error: 0x800f0830 } };
  const finding = await deep(await labIn([], { faults: fault }), componentStore);
  assert.deepEqual([finding.outcome, finding.onlyUpgradeHelps], ["problem", true]);
  assert.equal(finding.next, "pemedic upgrade check D: --media PATH");
});

Deno.test("store.health: pending actions lead to their own repair", async () => {
  const fault = { dism: { error: 0x800f082f } };
  const finding = await deep(await labIn([], { faults: fault }), componentStore);
  assert.deepEqual([finding.outcome, finding.next], ["unknown", "pemedic image revert-pending D:"]);
});

Deno.test("store.health: other errors of DISM are unknown, with what to do", async () => {
  for (const error of [5, 50, 740, 0x800f0906, 0xc0000135, 0x12345678]) {
    const finding = await deep(await labIn([], { faults: { dism: { error } } }), componentStore);
    assert.deepEqual([finding.outcome, finding.code], ["unknown", "toolFailed"], String(error));
    assert.match(finding.summary, /^DISM could not scan the component store: /);
  }
});

Deno.test("store.health: the flag of an earlier scan is read without a scan", async () => {
  const lab = await labIn([corruptManifest("microsoft-windows-ntdll")]);
  const fresh = await deep(lab, componentStoreFlag);
  assert.deepEqual([fresh.outcome, fresh.next], ["open", "pemedic image scan D:"]);
  assert.match(fresh.summary, /only a scan looks/);
  assert.match(lab.lab.host.processes.calls[0]!.arguments.join(" "), /\/CheckHealth/i);
  await deep(lab, componentStore);
  assert.equal((await deep(lab, componentStoreFlag)).outcome, "problem");
});

Deno.test("files.integrity: sfc that refuses while an update is half done leads there", async () => {
  const finding = await deep(await labIn([pendingXmlLeftBehind()]), protectedFiles);
  assert.deepEqual([finding.outcome, finding.next], ["unknown", "pemedic image revert-pending D:"]);
});

const SFC: readonly (readonly [sentence: string, outcome: string, next: string | undefined])[] = [
  ["Windows Resource Protection did not find any integrity violations.", "ok", undefined],
  [
    "Windows Resource Protection found integrity violations.",
    "problem",
    "pemedic files repair D:",
  ],
  [
    "Windows Resource Protection found corrupt files and successfully repaired them.",
    "ok",
    undefined,
  ],
  [
    "Windows Resource Protection found corrupt files but was unable to fix some of them.",
    "problem",
    "pemedic files repair D:",
  ],
  ["Component metadata is corrupt.", "problem", "pemedic image scan D:"],
  [
    "There is a system repair pending which requires reboot to complete.",
    "unknown",
    "pemedic image revert-pending D:",
  ],
  [
    "Another servicing or repair operation is currently running.",
    "unknown",
    "pemedic files verify D:",
  ],
  [
    "Windows Resource Protection could not start the repair service.",
    "unknown",
    "pemedic disk check D:",
  ],
  [
    "Windows Resource Protection could not perform the requested operation.",
    "unknown",
    "pemedic disk check D:",
  ],
  [
    "You must be an administrator running a console session in order to use the sfc utility.",
    "unknown",
    "Start PE Medic from WinPE, or as an administrator",
  ],
  ["", "unknown", "pemedic files verify D:"],
];

for (const [sentence, outcome, next] of SFC) {
  Deno.test(`files.integrity: "${sentence || "nothing"}" is ${outcome}`, async () => {
    const lab = await labIn([]);
    lab.lab.host.processes.expectCommands([{
      tool: "sfc",
      arguments: [
        "/verifyonly",
        "/offbootdir=D:\\",
        "/offwindir=D:\\Windows",
        "/offlogfile=E:\\work\\sfc-verify.log",
      ],
      stdout: encodeUtf16(`\r\n${sentence}\r\n`),
    }]);
    const finding = await deep(lab, protectedFiles);
    assert.deepEqual([finding.outcome, finding.next], [outcome, next]);
  });
}

const CHKDSK:
  readonly (readonly [output: string, exitCode: number, outcome: string, next?: RegExp])[] = [
    ["The type of the file system is NTFS.\r\nStage 1: Examining\r\n", 0, "ok"],
    ["Cannot lock current drive.\r\n", 3, "unknown", /pemedic disk check D:$/],
    ["Access Denied as you do not have sufficient privileges.\r\n", 3, "unknown", /pemedic scan$/],
    ["An unspecified error occurred (766f).\r\n", 3, "problem", /^Save the data/],
    [
      "Stage 1: Examining\r\nErrors found.  CHKDSK cannot continue.\r\n",
      3,
      "problem",
      /disk repair/,
    ],
    ["", 9, "unknown", /pemedic disk check D:$/],
  ];

for (const [output, exitCode, outcome, next] of CHKDSK) {
  Deno.test(`disk.structure: "${output.trim()}" with ${exitCode} is ${outcome}`, async () => {
    const lab = await labIn([]);
    const command = { tool: "chkdsk", arguments: ["D:"], stdout: output, exitCode };
    lab.lab.host.processes.expectCommands([command]);
    const finding = await deep(lab, diskStructure);
    assert.equal(finding.outcome, outcome, finding.summary);
    if (next !== undefined) assert.match(finding.next ?? "", next);
  });
}

Deno.test("disk.structure: a disk that cannot be mended is a problem", async () => {
  const finding = await deep(await labIn([hopelessDisk()]), diskStructure);
  assert.deepEqual([finding.outcome, finding.next], ["problem", "pemedic disk repair D:"]);
});

Deno.test("deep checks name a volume without a letter by its own name", () => {
  const volumeName = "\\\\?\\Volume{5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01}\\";
  const volume = { ...VOLUME, root: volumeName, volumeName };
  assert.equal(chkdskVolume({ volume, root: volumeName }), volumeName);
  assert.equal(chkdskVolume({ volume: { ...volume, letter: "D:" }, root: "D:\\" }), "D:");
  assert.equal(chkdskVolume({ volume: VOLUME, root: "/mnt/d" }), "/mnt/d");
});

const VOLUME = {
  root: "/mnt/d",
  drive: "fixed",
  mounted: true,
  label: "",
  fileSystem: "NTFS",
  serial: "",
  totalBytes: 0,
  freeBytes: 0,
  readOnly: false,
} as const;

const TOOLS = [
  ["disk.structure", diskStructure, "chkdsk"],
  ["store.health", componentStore, "dism"],
  ["files.integrity", protectedFiles, "sfc"],
] as const;

for (const [name, check, tool] of TOOLS) {
  Deno.test(`${name}: garbage with exit code 0 is no answer`, async () => {
    for (const language of LANGUAGES) {
      const damages = [dirtyVolume(), NTDLL];
      const lab = await labIn(damages, { language, faults: { [tool]: { garbage: true } } });
      const finding = await deep(lab, check);
      assert.equal(finding.outcome, "unknown", finding.summary);
      assert.notEqual(finding.code, undefined);
    }
  });

  Deno.test(`${name}: a tool that dies in the middle is no answer`, async () => {
    const lab = await labIn([], { faults: { [tool]: { dieAfter: 1 } } });
    assert.equal((await deep(lab, check)).outcome, "unknown");
  });

  Deno.test(`${name}: a missing tool is told with its code`, async () => {
    const lab = await checkLab([], { missingTools: [tool] });
    lab.lab.files.erase(`D:\\Windows\\System32\\${tool}.exe`);
    const finding = await deep(lab, check);
    assert.deepEqual([finding.outcome, finding.code], ["unknown", "toolMissing"]);
    assert.match(finding.next ?? "", new RegExp(`${tool}\\.exe`));
  });

  Deno.test(`${name}: a tool that hangs is reported as silent, and can be ended`, async () => {
    const lab = await labIn([], { faults: { [tool]: { hangAfter: 1 } } });
    const silences: number[] = [];
    const { processes } = lab.lab.host;
    const finding = await deep(lab, check, {
      onQuiet: (silentMs) => {
        silences.push(silentMs);
        if (silences.length === 3) processes.endProgram();
      },
    });
    assert.equal(finding.outcome, "unknown");
    assert.ok(silences.length >= 3 && silences[0]! >= 60_000, silences.join());
  });

  Deno.test(`${name}: progress is passed on`, async () => {
    const percents: number[] = [];
    await deep(await labIn([]), check, {
      onProgress: ({ percent }) => void (percent !== undefined && percents.push(percent)),
    });
    assert.ok(percents.length > 0 && percents.every((percent) => percent >= 0 && percent <= 100));
  });
}

/** What the scan is called with on the workspace of these tests. */
function dismArguments(): string[] {
  return [
    "/English",
    "/Image:D:\\",
    "/ScratchDir:E:\\work\\scratch",
    "/LogPath:E:\\work\\dism-scan.log",
    "/Cleanup-Image",
    "/ScanHealth",
  ];
}
