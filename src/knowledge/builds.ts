/** Build numbers of Windows and the names people know them by. */

/** One release of Windows. */
export interface BuildRow {
  readonly build: number;
  readonly product: "Windows 10" | "Windows 11" | "Windows Server";
  /** Display version: `22H2`. */
  readonly version: string;
  /**
   * The build whose component store this release shares: later members of a family are
   * enabled by a small package, so DISM and component versions show the base build.
   */
  readonly base: number;
  /** The server release of the same build: `Windows Server 2019`. */
  readonly server?: string;
  readonly source: string;
}

const HISTORY = "Microsoft Learn: Windows release information; Windows Server release information";
const FAMILY = "Microsoft Support: feature update by using an enablement package";

/** Known builds in rising order. */
export const BUILDS: readonly BuildRow[] = [
  { build: 10240, product: "Windows 10", version: "1507", base: 10240, source: HISTORY },
  { build: 10586, product: "Windows 10", version: "1511", base: 10586, source: HISTORY },
  {
    build: 14393,
    product: "Windows 10",
    version: "1607",
    base: 14393,
    server: "Windows Server 2016",
    source: HISTORY,
  },
  { build: 15063, product: "Windows 10", version: "1703", base: 15063, source: HISTORY },
  { build: 16299, product: "Windows 10", version: "1709", base: 16299, source: HISTORY },
  { build: 17134, product: "Windows 10", version: "1803", base: 17134, source: HISTORY },
  {
    build: 17763,
    product: "Windows 10",
    version: "1809",
    base: 17763,
    server: "Windows Server 2019",
    source: HISTORY,
  },
  { build: 18362, product: "Windows 10", version: "1903", base: 18362, source: HISTORY },
  { build: 18363, product: "Windows 10", version: "1909", base: 18362, source: FAMILY },
  { build: 19041, product: "Windows 10", version: "2004", base: 19041, source: HISTORY },
  { build: 19042, product: "Windows 10", version: "20H2", base: 19041, source: FAMILY },
  { build: 19043, product: "Windows 10", version: "21H1", base: 19041, source: FAMILY },
  { build: 19044, product: "Windows 10", version: "21H2", base: 19041, source: FAMILY },
  { build: 19045, product: "Windows 10", version: "22H2", base: 19041, source: FAMILY },
  { build: 20348, product: "Windows Server", version: "2022", base: 20348, source: HISTORY },
  { build: 22000, product: "Windows 11", version: "21H2", base: 22000, source: HISTORY },
  { build: 22621, product: "Windows 11", version: "22H2", base: 22621, source: HISTORY },
  { build: 22631, product: "Windows 11", version: "23H2", base: 22621, source: FAMILY },
  {
    build: 26100,
    product: "Windows 11",
    version: "24H2",
    base: 26100,
    server: "Windows Server 2025",
    source: HISTORY,
  },
  { build: 26200, product: "Windows 11", version: "25H2", base: 26100, source: FAMILY },
];

/** The row of a build number, or undefined for builds that are not in the table. */
export function findBuild(build: number): BuildRow | undefined {
  return BUILDS.find((row) => row.build === build);
}

/** `Windows 11 24H2`, or for unknown builds the product by the number and the number itself. */
export function describeBuild(build: number): string {
  const row = findBuild(build);
  if (row !== undefined) return `${row.product} ${row.version}`;
  const product = build >= 22000 ? "Windows 11" : build >= 10240 ? "Windows 10" : "Windows";
  return `${product} build ${build}`;
}

/** The same for a server: `Windows Server 2019`, or the number where no release is known. */
export function describeServerBuild(build: number): string {
  const row = findBuild(build);
  if (row?.server !== undefined) return row.server;
  return row?.product === "Windows Server" ? describeBuild(build) : `Windows Server build ${build}`;
}

/** The base of the family a build belongs to: the build itself where none is known. */
export function baseBuild(build: number): number {
  return findBuild(build)?.base ?? build;
}

/** Says whether two builds share one component store, so that one can repair the other. */
export function shareBase(a: number, b: number): boolean {
  return baseBuild(a) === baseBuild(b);
}
