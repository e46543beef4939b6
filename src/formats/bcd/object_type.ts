/**
 * What kind of object a BCD object is. Sources: Microsoft's BCD WMI provider (BcdObject.Type),
 * Geoff Chappell's notes on BCD objects.
 */

/** What an object describes; it decides what its elements are called. */
export type BcdApplication =
  | "firmware boot manager"
  | "boot manager"
  | "boot loader"
  | "resume application"
  | "memory tester"
  | "legacy loader"
  | "legacy setup loader"
  | "boot sector"
  | "startup module"
  | "boot application"
  | "firmware application";

/** The parts of an object's type. */
export interface BcdObjectType {
  /** The number as it lies in the store. */
  readonly code: number;
  readonly kind: "application" | "inherit" | "device" | "unknown";
  /** For applications: what the file is. */
  readonly image?: "firmware" | "boot" | "legacy loader" | "real-mode code";
  /** For applications, and for what they inherit from. */
  readonly application?: BcdApplication;
}

const KINDS: Readonly<Record<number, BcdObjectType["kind"]>> = {
  1: "application",
  2: "inherit",
  3: "device",
};

const IMAGES: Readonly<Record<number, NonNullable<BcdObjectType["image"]>>> = {
  1: "firmware",
  2: "boot",
  3: "legacy loader",
  4: "real-mode code",
};

const APPLICATIONS: Readonly<Record<number, BcdApplication>> = {
  0x1: "firmware boot manager",
  0x2: "boot manager",
  0x3: "boot loader",
  0x4: "resume application",
  0x5: "memory tester",
  0x6: "legacy loader",
  0x7: "legacy setup loader",
  0x8: "boot sector",
  0x9: "startup module",
  0xa: "boot application",
  0xf_ffff: "firmware application",
};

/** Takes the type of an object apart. */
export function objectType(code: number): BcdObjectType {
  const kind = KINDS[code >>> 28] ?? "unknown";
  const image = kind === "application" ? IMAGES[(code >>> 20) & 0xf] : undefined;
  const application = kind === "application" || kind === "inherit"
    ? APPLICATIONS[code & 0xf_ffff]
    : undefined;
  return {
    code,
    kind,
    ...(image === undefined ? {} : { image }),
    ...(application === undefined ? {} : { application }),
  };
}

/** Titles as bcdedit prints them in English, for applications. */
const TITLES: Readonly<Record<BcdApplication, string>> = {
  "firmware boot manager": "Firmware Boot Manager",
  "boot manager": "Windows Boot Manager",
  "boot loader": "Windows Boot Loader",
  "resume application": "Resume from Hibernate",
  "memory tester": "Windows Memory Tester",
  "legacy loader": "Windows Legacy OS Loader",
  "legacy setup loader": "Windows Legacy Setup Loader",
  "boot sector": "Real-mode Boot Sector",
  "startup module": "Startup Module",
  "boot application": "Boot Application",
  "firmware application": "Firmware Application",
};

/** A title for people. */
export function describeObjectType(type: BcdObjectType): string {
  if (type.kind === "device") return "Device options";
  const title = type.application === undefined ? undefined : TITLES[type.application];
  if (type.kind === "inherit") {
    return title === undefined ? "Settings" : `Settings of ${title}`;
  }
  return title ?? `Unknown object type 0x${type.code.toString(16)}`;
}
