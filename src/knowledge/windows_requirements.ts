/**
 * What Setup demands of a machine, by the Windows that the media bring. Most of it cannot be told
 * of a Windows that does not run: what is left in the registry says what the machine had when it
 * ran last.
 */

/** What a requirement is about. */
export type RequirementSubject =
  | "firmware"
  | "tpm"
  | "secure-boot"
  | "memory"
  | "disk"
  | "processor"
  | "instructions";

/** One requirement. */
export interface RequirementRow {
  readonly subject: RequirementSubject;
  /** First build that has it. */
  readonly since: number;
  /** As it completes "needs …". No full stop. */
  readonly needs: string;
  /** Bytes, where it is an amount. */
  readonly bytes?: number;
  readonly source: string;
}

const WINDOWS_11 = "Microsoft Learn: Windows 11 requirements";
const SPECIFICATIONS = "Microsoft: Windows 11 specifications and system requirements";
const PROCESSORS = "Microsoft Learn: Windows processor requirements";

/** First build of Windows 11, and of its version 24H2. Source: Windows release information. */
export const FIRST_WINDOWS_11 = 22000;
const VERSION_24H2 = 26100;

/** What a client of Windows 11 needs beyond one of Windows 10. */
export const WINDOWS_REQUIREMENTS: readonly RequirementRow[] = [
  { subject: "firmware", since: FIRST_WINDOWS_11, needs: "UEFI firmware", source: WINDOWS_11 },
  { subject: "secure-boot", since: FIRST_WINDOWS_11, needs: "Secure Boot", source: WINDOWS_11 },
  { subject: "tpm", since: FIRST_WINDOWS_11, needs: "a TPM 2.0", source: WINDOWS_11 },
  {
    subject: "memory",
    since: FIRST_WINDOWS_11,
    needs: "4 GB of memory",
    bytes: 4e9,
    source: WINDOWS_11,
  },
  {
    subject: "disk",
    since: FIRST_WINDOWS_11,
    needs: "a disk of 64 GB",
    bytes: 64e9,
    source: WINDOWS_11,
  },
  {
    subject: "processor",
    since: FIRST_WINDOWS_11,
    needs: "a processor of Microsoft's list",
    source: PROCESSORS,
  },
  {
    subject: "instructions",
    since: VERSION_24H2,
    needs: "a processor with SSE4.2 and POPCNT",
    source: SPECIFICATIONS,
  },
];

/** Editions with rules of their own. Source: Microsoft Learn, Windows IoT Enterprise requirements. */
const OWN_RULES = ["IoTEnterpriseS", "IoTEnterprise"];

/**
 * What media demand of a machine. None for servers, whose Setup asks for none of it, and for the
 * IoT editions, for which TPM and Secure Boot are optional.
 */
export function requirementsOf(media: {
  readonly build: number;
  readonly edition: string | undefined;
  /** `Client`, `Server`, `Server Core` */
  readonly installationType: string | undefined;
}): readonly RequirementRow[] {
  const { build, edition = "", installationType = "" } = media;
  const server = /^Server/i.test(installationType) ||
    (/^Server/i.test(edition) && !/^ServerRdsh$/i.test(edition));
  if (server || OWN_RULES.some((id) => id.toLowerCase() === edition.toLowerCase())) return [];
  return WINDOWS_REQUIREMENTS.filter(({ since }) => build >= since);
}

/**
 * Free bytes of the system drive that Setup wants, by architecture of the media. Source: text of
 * Setup's error for 0xC190020E; Microsoft Support, "Free up space for Windows updates" (20 GB for
 * 64-bit, 16 GB for 32-bit).
 */
export function setupSpaceBytes(architecture: string | undefined): number {
  return (architecture === "x86" ? 16 : 20) * 2 ** 30;
}

/**
 * Free bytes of the system partition below which Setup says that it "couldn't update the system
 * reserved partition". Source: Microsoft Support, KB 3086249 (community: it names 15 MB).
 */
export const SYSTEM_PARTITION_BYTES = 15 * 2 ** 20;

/** Device of a TPM in `Enum\ACPI`, by the generation that it is. Source: Microsoft, inf of tpm.sys. */
export const TPM_DEVICES: readonly {
  readonly device: string;
  readonly version: "2.0" | "1.2";
}[] = [{ device: "MSFT0101", version: "2.0" }, { device: "PNP0C31", version: "1.2" }];
