/**
 * Elements that the simulated bcdedit can set, and their bytes. Numbers and formats: Microsoft's
 * BCD WMI enumerations. A value that does not fit is refused, as the real one does.
 */
import { encodeUtf16 } from "../../../src/base/mod.ts";
import type { BcdApplication } from "../../../src/formats/bcd/mod.ts";
import {
  bootDevice,
  deviceElement,
  partitionDevice,
  ramdiskDevice,
  WINDOWS_PARTITION,
} from "../boot_device.ts";
import type { BcdeditFault } from "./bcdedit_texts.ts";

/** A value as it lies in the hive. */
export interface StoredElement {
  readonly type: number;
  readonly data: Uint8Array;
}

const REG_SZ = 1;
const REG_BINARY = 3;
const REG_MULTI_SZ = 7;

type Format = "device" | "text" | "object" | "switch" | readonly string[];

interface Row {
  readonly number: number;
  readonly format: Format;
  /** Kinds of objects that have it; all, if absent. */
  readonly of?: readonly BcdApplication[];
}

const LOADER: readonly BcdApplication[] = ["boot loader"];
const MANAGER: readonly BcdApplication[] = ["boot manager", "firmware boot manager"];

/** Names can mean several elements: which, the object decides. */
const ROWS: readonly (readonly [string, Row])[] = [
  ["device", { number: 0x11000001, format: "device" }],
  ["path", { number: 0x12000002, format: "text" }],
  ["description", { number: 0x12000004, format: "text" }],
  ["locale", { number: 0x12000005, format: "text" }],
  ["recoverysequence", { number: 0x14000008, format: "object" }],
  ["recoveryenabled", { number: 0x16000009, format: "switch" }],
  ["osdevice", { number: 0x21000001, format: "device", of: LOADER }],
  ["systemroot", { number: 0x22000002, format: "text", of: LOADER }],
  ["resumeobject", { number: 0x23000003, format: "object", of: LOADER }],
  ["resumeobject", { number: 0x23000006, format: "object", of: MANAGER }],
  ["bootsequence", { number: 0x24000002, format: "object", of: MANAGER }],
  ["nx", {
    number: 0x25000020,
    format: ["OptIn", "OptOut", "AlwaysOff", "AlwaysOn"],
    of: LOADER,
  }],
  ["safeboot", { number: 0x25000080, format: ["Minimal", "Network", "DsRepair"], of: LOADER }],
  ["safebootalternateshell", { number: 0x26000081, format: "switch", of: LOADER }],
  ["bootlog", { number: 0x26000090, format: "switch", of: LOADER }],
  ["sos", { number: 0x26000091, format: "switch", of: LOADER }],
  ["bootmenupolicy", { number: 0x250000c2, format: ["Legacy", "Standard"], of: LOADER }],
  ["onetimeadvancedoptions", { number: 0x260000c3, format: "switch", of: LOADER }],
  ["bootstatuspolicy", {
    number: 0x250000e0,
    format: [
      "DisplayAllFailures",
      "IgnoreAllFailures",
      "IgnoreShutdownFailures",
      "IgnoreBootFailures",
      "IgnoreCheckpointFailures",
      "DisplayShutdownFailures",
      "DisplayBootFailures",
      "DisplayCheckpointFailures",
    ],
    of: LOADER,
  }],
  ["imchivename", { number: 0x22000137, format: "text", of: LOADER }],
  ["imcdevice", { number: 0x21000138, format: "device", of: LOADER }],
];

/** The element that a name means in an object of that kind. */
export function elementNamed(
  name: string,
  application: BcdApplication | undefined,
): Row | undefined {
  const found = ROWS.find(([each, { of }]) =>
    each === name.toLowerCase() &&
    (of === undefined || application !== undefined && of.includes(application))
  );
  return found?.[1];
}

/** The word that stands for a number of an element, as `/enum` shows it. */
export function wordOf(number: number, value: bigint): string | undefined {
  const format = ROWS.find(([, row]) => row.number === number)?.[1].format;
  return typeof format === "object" ? format[Number(value)] : undefined;
}

/** The bytes of a value, or why it is refused. */
export function storedValue(format: Format, text: string): StoredElement | BcdeditFault {
  if (typeof format === "object") {
    const index = format.findIndex((word) => word.toLowerCase() === text.toLowerCase());
    return index < 0 ? "bad-value" : integerElement(index);
  }
  switch (format) {
    case "text":
      return textElement(text);
    case "object":
      return textElement(text);
    case "switch":
      return switchElement(text);
    case "device":
      return storedDevice(text);
  }
}

/** A number in eight bytes. */
export function integerElement(value: number): StoredElement {
  return { type: REG_BINARY, data: new Uint8Array(BigUint64Array.of(BigInt(value)).buffer) };
}

/** A text, or one id in braces. */
export function textElement(text: string): StoredElement {
  return { type: REG_SZ, data: encodeUtf16(`${text}\0`) };
}

/** Ids in braces. */
export function listElement(ids: readonly string[]): StoredElement {
  const text = ids.map((id) => `{${id}}\0`).join("");
  return { type: REG_MULTI_SZ, data: encodeUtf16(`${text}\0`) };
}

function switchElement(text: string): StoredElement | BcdeditFault {
  const on = /^(?:yes|on|true|1)$/i.test(text);
  if (!on && !/^(?:no|off|false|0)$/i.test(text)) return "bad-value";
  return { type: REG_BINARY, data: Uint8Array.of(on ? 1 : 0) };
}

/** The lab knows one partition: that of the Windows on `D:`. */
function storedDevice(text: string): StoredElement | BcdeditFault {
  const partition = partitionDevice(WINDOWS_PARTITION);
  const device = (bytes: Uint8Array) => ({ type: REG_BINARY, data: deviceElement(bytes) });
  if (/^boot$/i.test(text)) return device(bootDevice());
  if (/^partition=d:$/i.test(text)) return device(partition);
  const file = /^ramdisk=\[d:\](\\.+)$/i.exec(text)?.[1];
  return file === undefined ? "bad-device" : device(ramdiskDevice(partition, file));
}
