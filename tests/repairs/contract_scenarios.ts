/** One scenario for every registered step: a damage that it resolves, and what it needs. */
import type { RepairOptions } from "../../src/repairs/mod.ts";
import { DEFAULT_OPTIONS } from "../../src/ladder/mod.ts";
import {
  corruptPayload,
  corruptProtectedFile,
  createLab,
  type Damage,
  dirtyVolume,
  hibernated,
  type MemoryLab,
  pendingXmlLeftBehind,
  updateCacheStuck,
} from "../lab/mod.ts";

/** A step with the damage it is for. */
export interface Scenario {
  readonly step: string;
  readonly damages: readonly Damage[];
  /** Options of the command, as typed. */
  readonly args: readonly string[];
  readonly options: Partial<RepairOptions>;
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
    step: "updates.reset-cache",
    damages: [updateCacheStuck()],
    args: ["cache", "reset"],
    options: {},
    alwaysApplies: true,
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

/** All scenarios. */
export async function allScenarios(): Promise<Scenario[]> {
  return [...SCENARIOS, ...namingScenarios(await createLab())];
}

/** The lab of a scenario, damaged and prepared. */
export async function labFor(scenario: Scenario): Promise<MemoryLab> {
  const lab = await createLab();
  await lab.damage(...scenario.damages);
  await scenario.prepare?.(lab);
  return lab;
}

/** The scenario's options for `createSteps`. */
export function stepOptions(scenario: Scenario): RepairOptions {
  return { ...DEFAULT_OPTIONS, ...scenario.options };
}
