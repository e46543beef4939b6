/**
 * Sound machines that look broken to somebody who knows only one kind: no check may call for a
 * repair, and the ladder must plan none.
 */
import assert from "node:assert/strict";
import { CHECKS, findBootFaults, needsRepair, runChecks } from "../../src/checks/mod.ts";
import { DEFAULT_OPTIONS, planLadder } from "../../src/ladder/mod.ts";
import {
  commandBeforeLogon,
  type Damage,
  domainJoined,
  factoryFresh,
  filterDrivers,
  halfDoneUpdateOfEveryKind,
  healthyLookAlikes,
  type LabDriver,
  type LabOptions,
  proxySet,
  rebootPendingKey,
  rollbackWaits,
  sealedImage,
  serviceDisabled,
  setupInProgress,
  updatePolicySet,
  updateServersBlocked,
  upgradeGivenUp,
  upgradeWaitsForRestart,
  WINDOWS_11_PRO,
} from "../lab/mod.ts";
import { multiStringText } from "../lab/reg_text_values.ts";
import { checkLab } from "./check_lab.ts";

const CONTROL_SET = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001";
const SCSI = "{4d36e97b-e325-11ce-bfc1-08002be10318}";
const HDC = "{4d36e96a-e325-11ce-bfc1-08002be10318}";
const SYSTEM_CLASS = "{4d36e97d-e325-11ce-bfc1-08002be10318}";
const VOLUMES = "{71a27cdd-812a-11d0-bec7-08002be2092f}";

const edit = (hive: "SYSTEM" | "SOFTWARE", text: string): Damage => ({
  name: "edit",
  imitates: "",
  apply: (site) => site.editHive(hive, text),
});
const system = (...lines: readonly string[]): Damage => edit("SYSTEM", lines.join("\n"));

/** A device with its driver, as plug and play enters it. */
function device(place: string, guid: string, service: string): Damage {
  return system(
    `[${CONTROL_SET}\\Enum\\${place}]`,
    `"ClassGUID"="${guid}"`,
    `"Service"="${service}"`,
  );
}

/** A driver that Windows ships and that this machine does not need at boot. */
const unused = (name: string): Damage =>
  system(`[${CONTROL_SET}\\Services\\${name}\\StartOverride]`, '"0"=dword:00000003');

const driver = (name: string, more: Partial<LabDriver> = {}): Damage =>
  filterDrivers({ name, type: 1, ...more });

function listed(guid: string, list: string, ...names: readonly string[]): Damage {
  return system(`[${CONTROL_SET}\\Control\\Class\\${guid}]`, `"${list}"=${multiStringText(names)}`);
}

const noNvme = [unused("stornvme")];

/** Name, what it is made of, and which Windows. */
const MACHINES: readonly (readonly [string, readonly Damage[], LabOptions?])[] = [
  ["a guest of Hyper-V that was a physical machine", [
    ...noNvme,
    driver("storvsc"),
    driver("vmbus"),
    device("VMBUS\\{ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}\\{1}", SCSI, "storvsc"),
  ]],
  ["a guest of Xen that was a physical machine", [
    ...noNvme,
    driver("xenvbd"),
    device("XENBUS\\VEN_XP0001&DEV_VBD\\_", SCSI, "xenvbd"),
  ]],
  ["a guest of VMware with its own controller and network", [
    ...noNvme,
    driver("pvscsi"),
    driver("vmxnet3", { start: 3 }),
    device("PCI\\VEN_15AD&DEV_07C0\\1", SCSI, "pvscsi"),
  ]],
  ["an ARM tablet whose flash is found by ACPI", [
    ...noNvme,
    driver("storufs"),
    device("ACPI\\QCOM24A5\\0", SCSI, "storufs"),
  ], { windows: { ...WINDOWS_11_PRO, architecture: "arm64" } }],
  ["Intel VMD, whose controller is a system device", [
    ...noNvme,
    driver("iaStorVD"),
    device("PCI\\VEN_8086&DEV_9A0B\\1", SYSTEM_CLASS, "iaStorVD"),
  ]],
  ["Intel RST in RAID mode", [
    ...noNvme,
    driver("iaStorAC"),
    device("PCI\\VEN_8086&DEV_2822\\1", SCSI, "iaStorAC"),
  ]],
  ["a machine that starts from USB (Windows To Go)", [
    ...noNvme,
    system(`[${CONTROL_SET}\\Control]`, '"PortableOperatingSystem"=dword:00000001'),
  ]],
  ["an IDE controller that is not used", [
    driver("intelide", { start: 3 }),
    device("PCI\\VEN_8086&DEV_7111\\1", HDC, "intelide"),
  ]],
  ["Storage Spaces, iSCSI, a RAM disk and a dock", [
    driver("spaceport", { start: 3 }),
    driver("iScsiPrt", { start: 3 }),
    driver("imdisk", { start: 2 }),
    driver("UASPStor", { start: 3 }),
    device("ROOT\\SPACEPORT\\0000", SCSI, "spaceport"),
    device("ROOT\\ISCSIPRT\\0000", SCSI, "iScsiPrt"),
    device("ROOT\\IMDISK\\0000", SCSI, "imdisk"),
    device("USB\\VID_152D&PID_0583\\1", SCSI, "UASPStor"),
  ]],
  ["a server with MPIO", [
    driver("mpio"),
    driver("msdsm"),
    device("ROOT\\MPIO\\0000", SCSI, "mpio"),
    listed(SCSI, "UpperFilters", "mpdev"),
    driver("mpdev"),
  ]],
  ["backup products whose filters stand before the volumes", [
    ...["snapman", "tdrpman", "mrcbt", "VeeamVolCT", "ambakdrv", "stcvsm", "hotcore3"]
      .map((name) => driver(name)),
    listed(
      VOLUMES,
      "UpperFilters",
      ...["snapman", "tdrpman", "mrcbt", "VeeamVolCT", "ambakdrv", "stcvsm", "hotcore3", "volsnap"],
    ),
  ]],
  ["Deep Freeze", [driver("DeepFrz", { disks: true }), driver("DfDiskLo", { start: 1 })]],
  ["VeraCrypt, whose driver is in both lists", [
    driver("veracrypt", { disks: true }),
    listed(VOLUMES, "UpperFilters", "veracrypt", "volsnap"),
  ]],
  ["Drive Encryption of McAfee", [driver("MfeEpePc", { disks: true, company: "McAfee, LLC" })]],
  ["a stick that had a filter of its own and is gone", [
    system(
      `[${CONTROL_SET}\\Enum\\USBSTOR\\Disk&Ven_Acme\\1]`,
      '"ClassGUID"="{4d36e967-e325-11ce-bfc1-08002be10318}"',
      `"LowerFilters"=${multiStringText(["acmestick"])}`,
    ),
  ]],
  ["four antivirus products that work", [
    driver("csagent", { group: "FSFilter Activity Monitor", company: "CrowdStrike, Inc." }),
    driver("klif", { group: "FSFilter Anti-Virus", company: "AO Kaspersky Lab" }),
    driver("gzflt", { group: "FSFilter Anti-Virus", company: "Bitdefender" }),
    driver("eamonm", { group: "FSFilter Anti-Virus", company: "ESET" }),
  ]],
  ["services that Windows 7 left behind", [
    driver("msahci", { start: 3, fileMissing: true }),
    driver("LSI_SCSI", { start: 0, fileMissing: true }),
    driver("sptd", { start: 4, fileMissing: true }),
  ]],
  ["a feature update that went well", [
    edit("SYSTEM", finishedUpgrade()),
    {
      name: "folders",
      imitates: "",
      apply: async (site) => {
        await site.write("$WINDOWS.~BT\\Sources\\Panther\\setupact.log", "done\r\n");
        await site.write("Windows.old\\Windows\\System32\\ntdll.dll", "old");
      },
    },
  ]],
  ...([
    10240,
    10586,
    14393,
    15063,
    16299,
    17134,
    17763,
    18363,
    19041,
    19045,
    22000,
    22631,
    26100,
    26200,
  ]
    .map((build) =>
      [`build ${build}`, [], { windows: { ...WINDOWS_11_PRO, build, labBuild: build } }] as const
    )),
];

function finishedUpgrade(): string {
  return [
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]",
    '"SetupType"=dword:00000000',
    '"SetupPhase"=dword:00000004',
    '"CmdLine"=""',
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup\\Status\\ChildCompletion]",
    '"setup.exe"=dword:00000003',
    '"oobeldr.exe"=dword:00000003',
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup\\MoSetup]",
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup\\Upgrade]",
  ].join("\n");
}

for (const [name, damages, options] of MACHINES) {
  Deno.test(`a sound machine asks for no repair: ${name}`, async () => {
    const { lab, windows } = await checkLab(damages, options);
    const findings = await runChecks(windows, {}, CHECKS);
    assert.deepEqual(findings.filter(needsRepair).map(({ summary }) => summary), []);
    const planned = await planLadder(lab.host, windows, { ...DEFAULT_OPTIONS, quick: true });
    assert.deepEqual(planned.rungs.flatMap(({ plan }) => plan?.step ?? []), []);
  });
}

const STATE = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State";
const imageState = (state: string): Damage =>
  edit("SOFTWARE", `[${STATE}]\n"ImageState"="${state}"`);
const setup = (...lines: readonly string[]): Damage =>
  system("[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]", ...lines);

/** Steps that DISM, SFC and chkdsk are asked for have their own tests. */
const REGISTRY_STEPS = [
  "servicing.clear-leftovers",
  "setup.reset-state",
  "boot.restore-services",
  "services.restore-start",
  "updates.reset-policy",
  "network.reset-proxy",
  "network.reset-hosts",
];

/** States that wait for somebody, or are meant: what no step may take away unasked. */
const WAITING: readonly (readonly [string, readonly Damage[]])[] = [
  ["a new machine before its first start", [factoryFresh()]],
  ["a new machine whose maker has sealed it with an account", [
    setupInProgress(),
    imageState("IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE"),
    system(
      "[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup\\Status\\ChildCompletion]",
      '"setup.exe"=dword:00000000',
    ),
  ]],
  ["an image that sysprep has generalised", [sealedImage()]],
  ["an image in audit mode", [setupInProgress(), setup('"AuditInProgress"=dword:00000001')]],
  ["a deployment that runs its own command", [commandBeforeLogon()]],
  ["an upgrade between two restarts", [upgradeWaitsForRestart()]],
  ["an upgrade that is taken back", [rollbackWaits()]],
  ["an upgrade that never began", [upgradeGivenUp()]],
  ["a cumulative update that failed at one start", [halfDoneUpdateOfEveryKind()]],
  ["an update that only waits for a restart", [rebootPendingKey()]],
  ["completed sessions and renames of installers", [healthyLookAlikes()]],
  ["a member of a domain with its own update server and proxy", [
    domainJoined(),
    updatePolicySet(),
    proxySet(),
    serviceDisabled("wuauserv"),
    serviceDisabled("UsoSvc"),
  ]],
  ["a workgroup with its own update server", [updatePolicySet(), serviceDisabled("wuauserv")]],
  ["a hosts file that blocks on purpose", [updateServersBlocked()]],
];

for (const [name, damages] of WAITING) {
  Deno.test(`no step of the registry is planned for ${name}`, async () => {
    const { lab, windows } = await checkLab(damages);
    const { rungs } = await planLadder(lab.host, windows, DEFAULT_OPTIONS);
    const planned = rungs.flatMap(({ plan }) => plan?.step ?? []);
    assert.deepEqual(planned.filter((step) => REGISTRY_STEPS.includes(step)), []);
  });
}

Deno.test("machines with other buses are mended where no controller starts at boot", async () => {
  const cases: readonly (readonly [Damage[], string])[] = [
    [[
      ...noNvme,
      driver("storvsc", { start: 3 }),
      device("VMBUS\\{ba6163d9}\\{1}", SCSI, "storvsc"),
    ], "storvsc"],
    [[
      ...noNvme,
      driver("iaStorVD", { start: 4 }),
      device("PCI\\VEN_8086&DEV_9A0B\\1", SYSTEM_CLASS, "iaStorVD"),
    ], "iaStorVD"],
  ];
  for (const [damages, name] of cases) {
    const faults = await findBootFaults((await checkLab(damages)).windows);
    assert.deepEqual(
      faults.flatMap((fault) => fault.kind === "start" ? fault.service.name : []).sort(),
      [name, "stornvme"].sort(),
    );
  }
});

Deno.test("an encryption filter whose driver is gone is not taken out of the list", async () => {
  const damage = filterDrivers({ name: "veracrypt", type: 1, disks: true, fileMissing: true });
  const faults = await findBootFaults((await checkLab([damage])).windows);
  assert.deepEqual(faults.map(({ kind }) => kind), ["beyond"]);
});
