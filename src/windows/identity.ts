/** What an offline Windows is: edition, version, build, architecture, language. */
import { ByteView, FileError, FormatError } from "../base/mod.ts";
import type { ReadableFileSystem } from "../host/mod.ts";
import type { OfflineRegistry } from "./registry.ts";

/** Identity of an installation. A field is undefined where it could not be read. */
export interface WindowsIdentity {
  /** `Windows 11 Pro`: corrected, because ProductName says "Windows 10" on Windows 11. */
  readonly name: string;
  readonly edition: string | undefined;
  /** `24H2` */
  readonly displayVersion: string | undefined;
  readonly build: number | undefined;
  /** Update build revision: the number after the build. */
  readonly ubr: number | undefined;
  readonly architecture: "x64" | "arm64" | "x86" | undefined;
  /** LCID of the installed base language as four hex digits: `0409`. */
  readonly language: string | undefined;
  readonly controlSet: number;
  readonly computerName: string | undefined;
  /** The drive letter when Windows runs, from `SystemRoot`: `C:`. */
  readonly systemLetter: string | undefined;
  readonly installationType: string | undefined;
}

const CURRENT_VERSION = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

/** First build that is Windows 11. Source: Microsoft's release information. */
const FIRST_WINDOWS_11_BUILD = 22000;

/** Reads the identity. Never throws for damaged hives: fields are then undefined. */
export async function readIdentity(
  files: ReadableFileSystem,
  registry: OfflineRegistry,
): Promise<WindowsIdentity> {
  const text = (name: string) => registry.text(CURRENT_VERSION, name);
  const build = wholeNumber(await text("CurrentBuildNumber") ?? await text("CurrentBuild"));
  const installationType = await text("InstallationType");
  return {
    name: productName({ product: await text("ProductName"), build, installationType }),
    edition: await text("EditionID"),
    displayVersion: await text("DisplayVersion") ?? await text("ReleaseId"),
    build,
    ubr: await registry.number(CURRENT_VERSION, "UBR"),
    architecture: await readArchitecture(files),
    language: await registry.text(
      "SYSTEM\\CurrentControlSet\\Control\\Nls\\Language",
      "InstallLanguage",
    ),
    controlSet: await registry.controlSet(),
    computerName: await registry.text(
      "SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName",
      "ComputerName",
    ),
    systemLetter: /^[A-Za-z]:/.exec(await text("SystemRoot") ?? "")?.[0].toUpperCase(),
    installationType,
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function productName(
  facts: {
    product: string | undefined;
    build: number | undefined;
    installationType: string | undefined;
  },
): string {
  if (facts.product === undefined) return "Windows (its SOFTWARE hive does not tell)";
  const isClient = facts.installationType !== "Server";
  const is11 = isClient && facts.build !== undefined && facts.build >= FIRST_WINDOWS_11_BUILD;
  return is11 ? facts.product.replace(/^Windows 10/, "Windows 11") : facts.product;
}

/** PE machine types. Source: Microsoft's PE format. */
const MACHINES: Readonly<Record<number, WindowsIdentity["architecture"]>> = {
  0x8664: "x64",
  0xaa64: "arm64",
  0x014c: "x86",
};

/** The architecture by the machine field of `ntdll.dll`. */
async function readArchitecture(
  files: ReadableFileSystem,
): Promise<WindowsIdentity["architecture"]> {
  try {
    const file = await files.open("Windows\\System32\\ntdll.dll");
    try {
      const head = new ByteView(await file.read(0, 4096), "ntdll.dll");
      const header = head.u32(0x3c);
      return head.ascii(header, 2) === "PE" ? MACHINES[head.u16(header + 4)] : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof FileError || error instanceof FormatError) return undefined;
    throw error;
  }
}

/** One line for people: `Windows 11 Pro 24H2 (26100.4061, x64, language 0409)`. */
export function describeIdentity(identity: WindowsIdentity): string {
  const version = identity.displayVersion === undefined ? "" : ` ${identity.displayVersion}`;
  const build = identity.build === undefined
    ? "build unknown"
    : `${identity.build}.${identity.ubr ?? "?"}`;
  const details = [
    build,
    identity.architecture,
    identity.language && `language ${identity.language}`,
  ];
  return `${identity.name}${version} (${details.filter((part) => part).join(", ")})`;
}
