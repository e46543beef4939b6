/**
 * Elements that may be set, and what may stand behind each. bcdedit would take more; what is not
 * here is not needed to repair a start. Sources: `bcdedit /? TYPES`; Microsoft Learn, BCDEdit /set.
 */
import { UsageError } from "../../base/mod.ts";

/** What may stand behind an element. */
type Shape =
  | { readonly kind: "one-of"; readonly values: readonly string[] }
  | { readonly kind: "pattern"; readonly pattern: RegExp; readonly example: string };

const SWITCH: Shape = { kind: "one-of", values: ["Yes", "No"] };
const PATH: Shape = {
  kind: "pattern",
  // deno-lint-ignore no-control-regex
  pattern: /^\\[^"<>|?*:\u0000-\u001f]*$/,
  example: "\\Windows\\system32\\winload.efi",
};
const DEVICE: Shape = {
  kind: "pattern",
  // deno-lint-ignore no-control-regex
  pattern: /^(?:boot|partition=[A-Za-z]:|(?:ramdisk|vhd)=\[[A-Za-z]:\]\\[^"<>|?*:\u0000-\u001f]+)$/,
  example: "partition=D:",
};

const SHAPES: Readonly<Record<string, Shape>> = {
  bootlog: SWITCH,
  bootmenupolicy: { kind: "one-of", values: ["Legacy", "Standard"] },
  bootstatuspolicy: {
    kind: "one-of",
    values: [
      "DisplayAllFailures",
      "IgnoreAllFailures",
      "IgnoreShutdownFailures",
      "IgnoreBootFailures",
      "IgnoreCheckpointFailures",
      "DisplayShutdownFailures",
      "DisplayBootFailures",
      "DisplayCheckpointFailures",
    ],
  },
  description: {
    kind: "pattern",
    // deno-lint-ignore no-control-regex
    pattern: /^[^/"\-\s\u0000-\u001f][^"\u0000-\u001f]{0,126}$/,
    example: "Windows 11",
  },
  device: DEVICE,
  locale: { kind: "pattern", pattern: /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}$/, example: "en-US" },
  nx: { kind: "one-of", values: ["OptIn", "OptOut", "AlwaysOn", "AlwaysOff"] },
  onetimeadvancedoptions: SWITCH,
  osdevice: DEVICE,
  path: PATH,
  recoveryenabled: SWITCH,
  safeboot: { kind: "one-of", values: ["Minimal", "Network", "DsRepair"] },
  safebootalternateshell: SWITCH,
  sos: SWITCH,
  systemroot: PATH,
};

/** Elements that can only be deleted. */
const ONLY_DELETED: readonly string[] = [
  "bootsequence",
  "imcdevice",
  "imchivename",
  "recoverysequence",
  "resumeobject",
];

/**
 * The element's name as bcdedit wants it, and its value in the same spelling as in the table.
 *
 * @throws {UsageError} for an element that is not known here, or a value that does not fit.
 */
export function elementSetting(element: string, value: string): readonly [string, string] {
  const name = element.toLowerCase();
  const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  if (shape === undefined) throw unknownElement(element, Object.keys(SHAPES));
  if (shape.kind === "pattern") {
    if (shape.pattern.test(value)) return [name, value];
    throw unfit(name, { value, example: shape.example });
  }
  const found = shape.values.find((each) => each.toLowerCase() === value.toLowerCase());
  if (found === undefined) throw unfit(name, { value, example: shape.values.join(", ") });
  return [name, found];
}

/**
 * The name of an element that may be deleted.
 *
 * @throws {UsageError} for one that is not known here.
 */
export function deletableElement(element: string): string {
  const name = element.toLowerCase();
  const known = [...Object.keys(SHAPES), ...ONLY_DELETED];
  if (!known.includes(name)) throw unknownElement(element, known);
  return name;
}

function unknownElement(element: string, known: readonly string[]): UsageError {
  return new UsageError(`Cannot change the boot element "${element}": it is not known here`, {
    next: `Known are ${known.toSorted().join(", ")}`,
  });
}

function unfit(
  name: string,
  { value, example }: { readonly value: string; readonly example: string },
): UsageError {
  return new UsageError(`Cannot set the boot element "${name}" to "${value}"`, {
    next: `Give a value such as ${example}`,
  });
}
