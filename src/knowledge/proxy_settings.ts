/** Where a machine-wide proxy is set, as values of the SOFTWARE hive. */

/** One value of the SOFTWARE hive. */
export interface ProxySettingRow {
  /** Path of the key below the root of SOFTWARE. */
  readonly key: string;
  readonly name: string;
  /** `switch`: a number, 1 is on. `text`: a name or address. `winhttp`: WinHTTP's own record. */
  readonly kind: "switch" | "text" | "winhttp";
  readonly meaning: string;
  /** It has an effect only while this value of the same key is on. */
  readonly needs?: string;
  readonly source: string;
  readonly trust?: "community";
}

const INTERNET = "Microsoft\\Windows\\CurrentVersion\\Internet Settings";
const WINHTTP = "Microsoft Learn: Use Group Policy to apply WinHTTP proxy settings to clients";
const RAVD = "mvaferreira/RepairAzVMDisk, which resets them";

const SETTINGS_OF_BOTH_VIEWS: readonly ProxySettingRow[] = [
  INTERNET,
  `Wow6432Node\\${INTERNET}`,
].flatMap((key): ProxySettingRow[] => [
  { key, name: "ProxyEnable", kind: "switch", meaning: "A proxy is switched on", source: RAVD },
  {
    key,
    name: "ProxyServer",
    kind: "text",
    meaning: "The proxy",
    needs: "ProxyEnable",
    source: RAVD,
  },
  {
    key,
    name: "ProxyOverride",
    kind: "text",
    meaning: "What goes past the proxy",
    needs: "ProxyEnable",
    source: RAVD,
  },
  {
    key,
    name: "AutoConfigURL",
    kind: "text",
    meaning: "A script says which proxy to use",
    source: RAVD,
  },
]);

/** The settings. Services, Windows Update among them, use the first. */
export const PROXY_SETTINGS: readonly ProxySettingRow[] = [
  {
    key: `${INTERNET}\\Connections`,
    name: "WinHttpSettings",
    kind: "winhttp",
    meaning: "The proxy of services, Windows Update among them",
    source: WINHTTP,
    trust: "community",
  },
  ...SETTINGS_OF_BOTH_VIEWS,
];
