/**
 * Packages and drivers of the lab's Windows: one table for the registry (`Component Based
 * Servicing\Packages`) and for what the simulated `dism` lists.
 */
import { filetimeFromDate } from "../../src/base/mod.ts";
import type { LabWindows } from "./lab_edition.ts";
import type { LabState } from "./simulators/simulator.ts";

/** One package. */
export interface LabPackage {
  readonly identity: string;
  /** `CurrentState` of the servicing stack: 64 staged, 80 superseded, 96 pending, 112 installed. */
  readonly currentState: number;
  readonly releaseType: string;
  readonly installed: Date;
}

const INSTALLED = 112;
const SUPERSEDED = 80;
const STATE_NAMES: ReadonlyMap<number, string> = new Map([
  [64, "Staged"],
  [SUPERSEDED, "Superseded"],
  [96, "Install Pending"],
  [INSTALLED, "Installed"],
]);
const TOKEN = "31bf3856ad364e35";
const PACKAGES_KEY =
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages";

/** What a Windows of this kind has installed. */
export function labPackages(windows: LabWindows): LabPackage[] {
  const { architecture, build, revision, language } = windows;
  const release = new Date(Date.UTC(2024, 8, 24, 8));
  const update = new Date(Date.UTC(2025, 4, 14, 9, 12));
  const entry = (identity: string, more: Omit<LabPackage, "identity">) => ({ identity, ...more });
  const rollup = (version: string) =>
    `Package_for_RollupFix~${TOKEN}~${architecture}~~${build}.${version}`;
  const image = { currentState: INSTALLED, installed: release };
  return [
    entry(`Microsoft-Windows-Foundation-Package~${TOKEN}~${architecture}~~10.0.${build}.1`, {
      ...image,
      releaseType: "Foundation",
    }),
    entry(
      `Microsoft-Windows-Client-LanguagePack-Package~${TOKEN}~${architecture}~${language}~10.0.${build}.${revision}`,
      { ...image, releaseType: "Language Pack" },
    ),
    entry(rollup(`${revision - 146}.1.13`), {
      currentState: SUPERSEDED,
      releaseType: "Security Update",
      installed: new Date(Date.UTC(2025, 3, 9, 7, 30)),
    }),
    entry(rollup(`${revision}.1.9`), {
      currentState: INSTALLED,
      releaseType: "Security Update",
      installed: update,
    }),
    entry(
      `Package_for_ServicingStack_${revision - 1}~${TOKEN}~${architecture}~~${build}.${
        revision - 1
      }.1.1`,
      { currentState: INSTALLED, releaseType: "Update", installed: update },
    ),
  ];
}

/** The packages as `.reg` text. */
export function packagesRegText(packages: readonly LabPackage[]): string {
  return packages.map((entry) => {
    const time = filetimeFromDate(entry.installed);
    return [
      `[${PACKAGES_KEY}\\${entry.identity}]`,
      `"CurrentState"=dword:${hex32(entry.currentState)}`,
      `"InstallTimeHigh"=dword:${hex32(Number(time >> 32n))}`,
      `"InstallTimeLow"=dword:${hex32(Number(time & 0xffff_ffffn))}`,
      `"Visibility"=dword:00000001`,
      "",
    ].join("\n");
  }).join("\n");
}

/** The packages as the simulated `dism /Get-Packages` lists them. */
export function packagesForDism(packages: readonly LabPackage[]): LabState["packages"] {
  return packages.map((entry) => ({
    identity: entry.identity,
    state: STATE_NAMES.get(entry.currentState) ?? "Not Present",
    releaseType: entry.releaseType,
    installTime: dismTime(entry.installed),
  }));
}

/** Third-party drivers as the simulated `dism /Get-Drivers` lists them. */
export function labDrivers(): LabState["drivers"] {
  return [
    {
      publishedName: "oem3.inf",
      originalFileName: "nvlddmkm.inf",
      className: "Display",
      providerName: "NVIDIA",
      date: "3/18/2025",
      version: "32.0.15.7283",
    },
    {
      publishedName: "oem7.inf",
      originalFileName: "iastorvd.inf",
      className: "SCSIAdapter",
      providerName: "Intel Corporation",
      date: "11/5/2024",
      version: "20.1.0.1026",
    },
  ];
}

/** As an English console prints it: `5/14/2025 9:12 AM`. */
function dismTime(date: Date): string {
  const hours = date.getUTCHours();
  const minutes = String(date.getUTCMinutes()).padStart(2, "0");
  const day = `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`;
  return `${day} ${hours % 12 || 12}:${minutes} ${hours < 12 ? "AM" : "PM"}`;
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, "0");
}
