/**
 * Names that Windows Update asks for: its catalogue, its downloads, and the certificates that
 * its signatures are checked with. A line of `hosts` that sends one nowhere stops updates.
 */

/** A host with all names below it. */
export interface UpdateHostRow {
  /** In lower case. */
  readonly host: string;
  readonly purpose: string;
  readonly source: string;
  readonly trust?: "community";
}

const ENDPOINTS = "Microsoft Learn: Connection endpoints for Windows 11 Enterprise";
const WSUS = "Microsoft Learn: Configure WSUS, domains to allow";
const REAL_HOSTS = "hosts file of a real machine, SecretLUL/WinMedic tests/fixtures";

/** The hosts. */
export const UPDATE_HOSTS: readonly UpdateHostRow[] = [
  { host: "windowsupdate.com", purpose: "Downloads and lists of certificates", source: WSUS },
  { host: "windowsupdate.microsoft.com", purpose: "The catalogue of updates", source: WSUS },
  { host: "update.microsoft.com", purpose: "The catalogue of updates", source: WSUS },
  { host: "download.microsoft.com", purpose: "Downloads", source: WSUS },
  { host: "ntservicepack.microsoft.com", purpose: "Downloads", source: WSUS },
  {
    host: "delivery.mp.microsoft.com",
    purpose: "The catalogue of updates and downloads",
    source: ENDPOINTS,
  },
  { host: "do.dsp.mp.microsoft.com", purpose: "Delivery Optimization", source: ENDPOINTS },
  {
    host: "tsfe.trafficshaping.dsp.mp.microsoft.com",
    purpose: "Where downloads come from",
    source: ENDPOINTS,
  },
  { host: "emdl.ws.microsoft.com", purpose: "Downloads", source: ENDPOINTS },
  { host: "adl.windows.com", purpose: "Which updates fit this machine", source: ENDPOINTS },
  {
    host: "ocsp.digicert.com",
    purpose: "Whether certificates of signatures are revoked",
    source: REAL_HOSTS,
  },
];

/** Names below an update host that only take reports: lists of privacy tools block them safely. */
const REPORTS_ONLY = [/^statsfe\d*\.update\.microsoft\.com$/];

/**
 * The row of a name: the host itself or a name below it, in any case and with or without the
 * dot at the end. `notwindowsupdate.com` and `windowsupdate.com.example` are other hosts.
 */
export function findUpdateHost(name: string): UpdateHostRow | undefined {
  const host = name.toLowerCase().replace(/\.$/, "");
  if (REPORTS_ONLY.some((pattern) => pattern.test(host))) return undefined;
  return UPDATE_HOSTS.find((row) => host === row.host || host.endsWith(`.${row.host}`));
}
