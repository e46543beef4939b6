/**
 * Settings that keep Windows Update away from Microsoft's servers, hold updates back, or change
 * where repair files come from. Each may be meant: they are reported, and reset on request only.
 */

/** One value of the SOFTWARE hive. */
export interface UpdatePolicyRow {
  /** A stable name for findings and tests. */
  readonly id: string;
  /** Path of the key below the root of SOFTWARE. */
  readonly key: string;
  readonly name: string;
  /** What Windows expects there: a value of another type has no effect. */
  readonly kind: "number" | "text";
  /** What it does while it is in effect. One sentence without full stop. */
  readonly meaning: string;
  /** It has an effect only while the row with this id has one. */
  readonly needs?: string;
  /** Somebody decided how this machine gets its updates: disabled services may belong to it. */
  readonly onPurpose?: true;
  readonly source: string;
  readonly trust?: "community" | "unverified";
}

const WINDOWS_UPDATE = "Policies\\Microsoft\\Windows\\WindowsUpdate";
const AUTOMATIC = `${WINDOWS_UPDATE}\\AU`;
const SERVICING = "Microsoft\\Windows\\CurrentVersion\\Policies\\Servicing";
const PAUSE = "Microsoft\\WindowsUpdate\\UX\\Settings";

const WSUS = "Microsoft Learn: Configure Automatic Updates by using the registry (WSUS)";
const CSP = "Microsoft Learn: Policy CSP - Update";
const DUAL_SCAN = "Microsoft Learn: Use Windows Update for Business and WSUS together";
const REPAIR_SOURCE = "Microsoft Learn: Configure a Windows repair source";
const SETTINGS = "Scripts and .reg files of several public repositories that pause updates";

const SERVERS: readonly UpdatePolicyRow[] = [
  {
    id: "use-server",
    key: AUTOMATIC,
    name: "UseWUServer",
    kind: "number",
    meaning: "Updates come from a server of the organisation, not from Microsoft",
    onPurpose: true,
    source: WSUS,
  },
  {
    id: "server",
    key: WINDOWS_UPDATE,
    name: "WUServer",
    kind: "text",
    meaning: "The server that updates come from",
    needs: "use-server",
    source: WSUS,
  },
  {
    id: "status-server",
    key: WINDOWS_UPDATE,
    name: "WUStatusServer",
    kind: "text",
    meaning: "The server that results of updates are sent to",
    needs: "use-server",
    source: WSUS,
  },
  {
    id: "alternate-server",
    key: WINDOWS_UPDATE,
    name: "UpdateServiceUrlAlternate",
    kind: "text",
    meaning: "A second server that updates come from",
    needs: "use-server",
    source: CSP,
  },
  {
    id: "no-internet",
    key: WINDOWS_UPDATE,
    name: "DoNotConnectToWindowsUpdateInternetLocations",
    kind: "number",
    meaning: "Windows may not connect to Microsoft's update servers",
    onPurpose: true,
    source: CSP,
  },
];

/** Each sends one class of updates to the organisation's server with 1, to Microsoft with 0. */
const CLASSES: readonly UpdatePolicyRow[] = [
  ["feature", "FeatureUpdates", "Feature updates"],
  ["quality", "QualityUpdates", "Quality updates"],
  ["driver", "DriverUpdates", "Drivers"],
  ["other", "OtherUpdates", "Updates of other products"],
].map(([id, name, what]) => ({
  id: `${id}-source`,
  key: WINDOWS_UPDATE,
  name: `SetPolicyDrivenUpdateSourceFor${name}`,
  kind: "number",
  meaning: `${what} come from the server of the organisation only`,
  needs: "use-server",
  source: DUAL_SCAN,
}));

const SWITCHES: readonly UpdatePolicyRow[] = [
  {
    id: "no-access",
    key: WINDOWS_UPDATE,
    name: "DisableWindowsUpdateAccess",
    kind: "number",
    meaning: "Windows Update is switched off",
    onPurpose: true,
    source: CSP,
  },
  {
    id: "no-page",
    key: WINDOWS_UPDATE,
    name: "SetDisableUXWUAccess",
    kind: "number",
    meaning: "People cannot look for updates in Settings",
    onPurpose: true,
    source: CSP,
  },
  {
    id: "no-automatic",
    key: AUTOMATIC,
    name: "NoAutoUpdate",
    kind: "number",
    meaning: "Automatic updates are switched off",
    onPurpose: true,
    source: WSUS,
  },
];

const HELD_BACK: readonly UpdatePolicyRow[] = [
  {
    id: "target-release",
    key: WINDOWS_UPDATE,
    name: "TargetReleaseVersion",
    kind: "number",
    meaning: "Windows stays at a chosen release",
    source: CSP,
  },
  {
    id: "target-release-name",
    key: WINDOWS_UPDATE,
    name: "TargetReleaseVersionInfo",
    kind: "text",
    meaning: "The release that Windows stays at",
    needs: "target-release",
    source: CSP,
  },
  {
    id: "target-product",
    key: WINDOWS_UPDATE,
    name: "ProductVersion",
    kind: "text",
    meaning: "The product that Windows stays at",
    needs: "target-release",
    source: CSP,
    trust: "unverified",
  },
  {
    id: "no-drivers",
    key: WINDOWS_UPDATE,
    name: "ExcludeWUDriversInQualityUpdate",
    kind: "number",
    meaning: "Drivers do not come with updates",
    source: CSP,
  },
  ...["Feature", "Quality"].flatMap((what): UpdatePolicyRow[] => [
    {
      id: `defer-${what.toLowerCase()}`,
      key: WINDOWS_UPDATE,
      name: `Defer${what}Updates`,
      kind: "number",
      meaning: `${what} updates are put off`,
      source: CSP,
    },
    {
      id: `defer-${what.toLowerCase()}-days`,
      key: WINDOWS_UPDATE,
      name: `Defer${what}UpdatesPeriodInDays`,
      kind: "number",
      meaning: `Days by which ${what.toLowerCase()} updates are put off`,
      needs: `defer-${what.toLowerCase()}`,
      source: CSP,
    },
  ]),
];

/**
 * `RepairContentServerSource` is no row: its one known value, 2, lets repair files come from
 * Microsoft where updates come from the organisation.
 */
const REPAIR_FILES: readonly UpdatePolicyRow[] = [
  {
    id: "repair-source",
    key: SERVICING,
    name: "LocalSourcePath",
    kind: "text",
    meaning: "Repair files of the component store come from a folder or image that was named",
    source: REPAIR_SOURCE,
  },
  {
    id: "repair-no-internet",
    key: SERVICING,
    name: "UseWindowsUpdate",
    kind: "number",
    meaning: "Repair files of the component store may not come from Windows Update",
    source: REPAIR_SOURCE,
    trust: "unverified",
  },
];

/** The end decides; a beginning without an end pauses nothing. */
const PAUSES: readonly UpdatePolicyRow[] = [
  [
    "pause",
    "PauseUpdatesExpiryTime",
    "PauseUpdatesStartTime",
    "Updates are paused until this time",
  ],
  [
    "pause-feature",
    "PauseFeatureUpdatesEndTime",
    "PauseFeatureUpdatesStartTime",
    "Feature updates are paused until this time",
  ],
  [
    "pause-quality",
    "PauseQualityUpdatesEndTime",
    "PauseQualityUpdatesStartTime",
    "Quality updates are paused until this time",
  ],
].flatMap(([id = "", end = "", start = "", meaning = ""]): UpdatePolicyRow[] => [
  { id, key: PAUSE, name: end, kind: "text", meaning, source: SETTINGS, trust: "community" },
  {
    id: `${id}-start`,
    key: PAUSE,
    name: start,
    kind: "text",
    meaning: "When that pause began",
    needs: id,
    source: SETTINGS,
    trust: "community",
  },
]);

/** All of them: what decides most comes first. */
export const UPDATE_POLICIES: readonly UpdatePolicyRow[] = [
  ...SWITCHES,
  ...SERVERS,
  ...CLASSES,
  ...HELD_BACK,
  ...PAUSES,
  ...REPAIR_FILES,
];
