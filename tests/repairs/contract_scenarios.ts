/** One scenario for every registered step: a damage that it resolves, and what it needs. */
import { DEFAULT_OPTIONS, type LadderOptions } from "../../src/ladder/mod.ts";
import { imageOfFiles, INSTALL_WIM, WINLOAD, winload, winloadRequest } from "../cli/file_images.ts";
import {
  bootServiceDisabled,
  corruptPayload,
  corruptProtectedFile,
  createLab,
  type Damage,
  dirtyVolume,
  halfDoneUpdateOfEveryKind,
  hibernated,
  lastKnownGoodDiffers,
  type MemoryLab,
  pendingXmlLeftBehind,
  proxySet,
  safeOsImageLost,
  serviceDisabled,
  setupInMenu,
  setupInProgress,
  startsFailed,
  systemBinHeaderLost,
  thirdPartyAntivirus,
  updateCacheStuck,
  updatePolicySet,
  updateServersBlocked,
  updatesPaused,
  upgradeGivenUp,
} from "../lab/mod.ts";
import { putStage, requestOf, STAGE, stageLab } from "../upgrade/stage_lab.ts";

/** A step with the damage it is for. */
export interface Scenario {
  readonly step: string;
  readonly damages: readonly Damage[];
  /** Options of the command, as typed. */
  readonly args: readonly string[];
  readonly options: Partial<LadderOptions>;
  /** Prepares what is neither damage nor option. */
  prepare?(lab: MemoryLab): Promise<void>;
  /** The step applies to a healthy Windows too, because it was asked for. */
  readonly alwaysApplies?: boolean;
  /** Everything it does can be taken back. */
  readonly reversible: boolean;
}

const SOURCE = "F:\\Windows";
const PACKAGE = "F:\\updates\\windows11.0-kb5099999-x64.cab";

/** The command that runs each step alone, its damage, and what it needs. */
export const SCENARIOS: readonly Scenario[] = [
  {
    step: "volume.discard-hibernation",
    damages: [hibernated()],
    args: ["repair", "--only", "volume.discard-hibernation"],
    options: {},
    reversible: false,
  },
  {
    step: "backup.save-state",
    damages: [],
    args: ["repair", "--only", "backup.save-state"],
    options: {},
    alwaysApplies: true,
    reversible: true,
  },
  {
    step: "disk.repair",
    damages: [dirtyVolume()],
    args: ["repair", "--only", "disk.repair"],
    options: {},
    reversible: false,
  },
  {
    step: "servicing.revert-pending",
    damages: [pendingXmlLeftBehind()],
    args: ["repair", "--only", "servicing.revert-pending"],
    options: {},
    prepare: (lab) => {
      lab.state.revertConsumesPending = true;
      return Promise.resolve();
    },
    reversible: false,
  },
  {
    step: "servicing.clear-leftovers",
    damages: [halfDoneUpdateOfEveryKind(), startsFailed(2)],
    args: ["repair", "--only", "servicing.clear-leftovers"],
    options: { only: ["servicing.clear-leftovers"] },
    reversible: true,
  },
  {
    step: "setup.reset-state",
    damages: [setupInProgress()],
    args: ["repair", "--only", "setup.reset-state"],
    options: {},
    reversible: true,
  },
  {
    step: "upgrade.restore-boot-default",
    damages: [safeOsImageLost(), setupInMenu()],
    args: ["repair", "--only", "upgrade.restore-boot-default"],
    options: {},
    reversible: false,
  },
  {
    step: "upgrade.put-aside",
    damages: [upgradeGivenUp()],
    args: ["repair", "--only", "upgrade.put-aside"],
    options: {},
    reversible: true,
  },
  {
    step: "updates.reset-cache",
    damages: [updateCacheStuck()],
    args: ["cache", "reset"],
    options: {},
    alwaysApplies: true,
    reversible: true,
  },
  {
    step: "services.restore-start",
    damages: [serviceDisabled("wuauserv"), serviceDisabled("DoSvc")],
    args: ["repair", "--only", "services.restore-start"],
    options: {},
    reversible: true,
  },
  {
    step: "updates.reset-policy",
    damages: [updatePolicySet(), updatesPaused()],
    args: ["repair", "--include", "policy", "--only", "updates.reset-policy"],
    options: { include: ["policy"] },
    reversible: true,
  },
  {
    step: "network.reset-proxy",
    damages: [proxySet()],
    args: ["repair", "--include", "proxy", "--only", "network.reset-proxy"],
    options: { include: ["proxy"] },
    reversible: true,
  },
  {
    step: "network.reset-hosts",
    damages: [updateServersBlocked()],
    args: ["repair", "--include", "hosts", "--only", "network.reset-hosts"],
    options: { include: ["hosts"] },
    reversible: true,
  },
  {
    step: "files.repair",
    damages: [corruptProtectedFile("Windows\\System32\\wuaueng.dll")],
    args: ["files", "repair"],
    options: {},
    alwaysApplies: true,
    reversible: false,
  },
  {
    step: "image.restore",
    damages: [corruptPayload("microsoft-windows-ntdll")],
    args: ["image", "restore", "--source", SOURCE],
    options: { sources: [SOURCE] },
    alwaysApplies: true,
    reversible: false,
  },
  {
    step: "boot.restore-services",
    damages: [bootServiceDisabled()],
    args: ["repair", "--only", "boot.restore-services"],
    options: {},
    reversible: true,
  },
  {
    step: "filters.disable",
    damages: [thirdPartyAntivirus()],
    args: ["filters", "disable", "all-antivirus"],
    options: { disableFilters: ["all-antivirus"], force: true },
    reversible: true,
  },
  {
    step: "service.disable",
    damages: [],
    args: ["service", "disable", "BITS"],
    options: { disableServices: ["BITS"], force: true },
    reversible: true,
  },
  {
    step: "service.enable",
    damages: [serviceDisabled("fhsvc")],
    args: ["service", "enable", "fhsvc"],
    options: { enableServices: ["fhsvc"], force: true },
    reversible: true,
  },
  {
    step: "registry.use-last-known-good",
    damages: [lastKnownGoodDiffers()],
    args: ["control-set", "use", "last-known-good"],
    options: { force: true },
    reversible: true,
  },
  {
    step: "registry.salvage",
    damages: [systemBinHeaderLost()],
    args: ["registry", "salvage", "D:", "SYSTEM"],
    options: { salvageHives: ["SYSTEM"], force: true },
    reversible: true,
  },
  {
    step: "registry.edit",
    damages: [],
    args: ["registry", "set", "D:", "HKLM\\SOFTWARE\\Lab\\New", "x", "1", "--type", "dword"],
    options: {
      registryEdits: [
        { kind: "set-value", path: "SOFTWARE\\Lab\\New", name: "x", type: 4, hex: "01000000" },
      ],
      force: true,
    },
    reversible: true,
  },
  {
    step: "files.restore-from-image",
    damages: [],
    args: ["file", "restore", "D:", WINLOAD, "--from", INSTALL_WIM],
    options: { restoreFiles: [winloadRequest()], force: true },
    prepare: async (lab) => {
      await lab.files.put(INSTALL_WIM, imageOfFiles({ [WINLOAD]: winload() }));
      lab.files.forgetOperations();
    },
    reversible: true,
  },
  {
    step: "image.add-package",
    damages: [],
    args: ["image", "add-package", PACKAGE],
    options: { addPackages: [PACKAGE] },
    prepare: async (lab) => {
      const identity = "Package_for_KB5099999~31bf3856ad364e35~amd64~~26100.4100.1.1";
      const content = JSON.stringify({ labPackage: 1, identity, releaseType: "Update" });
      await lab.files.put(PACKAGE, new TextEncoder().encode(content));
      lab.files.forgetOperations();
    },
    reversible: false,
  },
];

/** A scenario whose names come from the lab's own lists. */
export function namingScenarios(lab: MemoryLab): Scenario[] {
  const identity = lab.state.packages.find((entry) => /RollupFix/.test(entry.identity))!.identity;
  const driver = lab.state.drivers[0]!.publishedName;
  return [
    {
      step: "image.remove-package",
      damages: [],
      args: ["image", "remove-package", identity],
      options: { removePackages: [identity] },
      reversible: false,
    },
    {
      step: "image.remove-driver",
      damages: [],
      args: ["image", "remove-driver", driver],
      options: { removeDrivers: [driver] },
      reversible: false,
    },
    {
      step: "image.cleanup",
      damages: [],
      args: ["image", "cleanup"],
      options: { force: true },
      reversible: false,
    },
  ];
}

/** What is staged is a file of its own: the command makes it. */
async function stagingScenario(): Promise<Scenario> {
  return {
    step: "upgrade.stage",
    damages: [],
    args: STAGE,
    options: { stageUpgrade: await requestOf(await stageLab()) },
    prepare: (lab) => putStage(lab),
    reversible: true,
  };
}

/** All scenarios. */
export async function allScenarios(): Promise<Scenario[]> {
  return [...SCENARIOS, ...namingScenarios(await createLab()), await stagingScenario()];
}

/** The lab of a scenario, damaged and prepared. */
export async function labFor(scenario: Scenario): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(...scenario.damages);
  await scenario.prepare?.(lab);
  return lab;
}

/** The scenario's options for all steps. */
export function stepOptions(scenario: Scenario): LadderOptions {
  return { ...DEFAULT_OPTIONS, ...scenario.options };
}
