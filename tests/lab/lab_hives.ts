/** The lab's hives: `.reg` text with the words filled in, made into real hives. */
import { buildHive, type KeySpec } from "../../src/formats/regf/mod.ts";
import { parseRegText } from "../../src/formats/reg_text/mod.ts";
import { keySpecFromReg } from "./hive_from_reg.ts";
import { fillTemplate, type LabWindows, labWindowsWords } from "./lab_edition.ts";
import { labPackages, packagesRegText } from "./lab_packages.ts";
import { pseudoRandomBytes } from "./lab_program.ts";

/** A hive of the lab, named as its file. */
export type HiveName =
  | "SYSTEM"
  | "SOFTWARE"
  | "COMPONENTS"
  | "SAM"
  | "SECURITY"
  | "DEFAULT"
  | "BCD";

/** All hives. */
export const HIVE_NAMES: readonly HiveName[] = [
  "SYSTEM",
  "SOFTWARE",
  "COMPONENTS",
  "SAM",
  "SECURITY",
  "DEFAULT",
  "BCD",
];

/** How one hive is built. */
export interface LabHiveOptions {
  readonly windows: LabWindows;
  /** `.reg` text without its header line, applied after the lab's own. */
  readonly addition?: string;
  readonly atLeastBytes?: number;
}

/** Where a hive lies, relative to the root of its volume. */
export function hivePath(hive: HiveName): string {
  return hive === "BCD" ? "Boot\\BCD" : `Windows\\System32\\config\\${hive}`;
}

/** The key in `.reg` text that is the root of a hive. */
export function hiveRoot(hive: HiveName): string {
  if (hive === "DEFAULT") return "HKEY_USERS\\.DEFAULT";
  return `HKEY_LOCAL_MACHINE\\${hive === "BCD" ? "BCD00000000" : hive}`;
}

/** Builds a hive. The same options give the same bytes. */
export function buildLabHive(hive: HiveName, options: LabHiveOptions): Uint8Array {
  const text = hiveText(hive, options);
  const atLeastBytes = options.atLeastBytes ?? 0;
  const key = `${hive} ${atLeastBytes} ${text}`;
  let bytes = built.get(key);
  if (bytes === undefined) {
    const root = keySpecFromReg(parseRegText(text), hiveRoot(hive));
    const building = { minor: hiveMinor(hive), name: storedName(hive) } as const;
    bytes = buildHive(withPadding(root, atLeastBytes), building);
    built.set(key, bytes);
  }
  return bytes.slice();
}

/** Hives are built once per text: a suite makes hundreds of labs. */
const built = new Map<string, Uint8Array>();
const texts = new Map<HiveName, string>();

/** The whole `.reg` text of a hive. */
export function hiveText(hive: HiveName, options: LabHiveOptions): string {
  let template = texts.get(hive);
  if (template === undefined) {
    template = Deno.readTextFileSync(new URL(`windows/${hive}.reg`, import.meta.url));
    texts.set(hive, template);
  }
  const text = fillTemplate(template, labWindowsWords(options.windows));
  const packages = hive === "SOFTWARE" ? packagesRegText(labPackages(options.windows)) : "";
  return [text, packages, options.addition ?? "", ""].join("\n");
}

/** Minor versions as on real machines: 1.3 for SAM, SECURITY, DEFAULT and BCD, 1.5 for the big ones. */
function hiveMinor(hive: HiveName): 3 | 5 {
  return hive === "SYSTEM" || hive === "SOFTWARE" || hive === "COMPONENTS" ? 5 : 3;
}

function storedName(hive: HiveName): string {
  return hive === "BCD"
    ? "\\Device\\HarddiskVolume1\\EFI\\Microsoft\\Boot\\BCD"
    : `\\SystemRoot\\System32\\Config\\${hive}`;
}

const PADDING_VALUE_BYTES = 1 << 20;

/** Adds a key full of big values, as years of installed programs do. */
function withPadding(root: KeySpec, bytes: number): KeySpec {
  if (bytes <= 0) return root;
  const data = pseudoRandomBytes("padding", PADDING_VALUE_BYTES);
  const values = Array.from(
    { length: Math.ceil(bytes / PADDING_VALUE_BYTES) },
    (_, i) => ({ name: `Value${i}`, type: 3, data }),
  );
  return { ...root, subkeys: [...root.subkeys, { name: "LabPadding", values, subkeys: [] }] };
}
