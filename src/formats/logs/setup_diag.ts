/**
 * The report that SetupDiag leaves as XML in `Windows\Logs\SetupDiag\SetupDiagResults.xml`. Setup
 * runs it after each failure. Sources: Microsoft Learn, SetupDiag (elements and samples); a report
 * of SetupDiag 1.6 quoted in MicrosoftDocs/windows-itpro-docs#6945.
 */
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { decodeUtf16, FormatError } from "../../base/mod.ts";

/** What SetupDiag found. Every field is as it stands there. */
export interface SetupDiagReport {
  readonly version: string | undefined;
  /** Name of the rule that matched: `FindRollbackFailure`. */
  readonly profileName: string | undefined;
  readonly profileGuid: string | undefined;
  readonly failureData: readonly string[];
  readonly failureDetails: string | undefined;
  /** The line of the log that the rule matched. */
  readonly logErrorLine: string | undefined;
  readonly remediation: string | undefined;
  /** `HostOSVersion`, `TargetOSBuildString`, `RegisteredAV`, `UpgradeStartTime` and their kin. */
  readonly systemInfo: Readonly<Record<string, string>>;
  /** Unsigned, from the details. */
  readonly result: number | undefined;
  /** Unsigned, from the details. */
  readonly extend: number | undefined;
  readonly lastPhase: string | undefined;
  readonly lastOperation: string | undefined;
}

/** More than any report has. */
const MOST_BYTES = 4 << 20;
const MOST_TAGS = 50_000;

/**
 * Reads the report.
 *
 * @throws {FormatError} if it is no well-formed XML with the root `SetupDiag`.
 */
export function parseSetupDiagXml(bytes: Uint8Array): SetupDiagReport {
  const root = parseRoot(decodeXml(bytes));
  if (root.name !== "SetupDiag") throw refusal(`its root is "${root.name.slice(0, 40)}"`);
  const failureData = texts(root, "FailureData");
  const failureDetails = texts(root, "FailureDetails")[0];
  return {
    version: texts(root, "Version")[0],
    profileName: texts(root, "ProfileName")[0],
    profileGuid: texts(root, "ProfileGuid")[0],
    failureData,
    failureDetails,
    logErrorLine: texts(root, "LogErrorLine")[0],
    remediation: texts(root, "Remediation")[0],
    systemInfo: systemInfoOf(root),
    ...readFailureDetails(failureDetails, failureData),
  };
}

/** Longer ones are not looked through: what is told stands at their beginning. */
const MOST_DETAILS = 4000;

const FIELD = /\b(\w{1,40}) = ([^,]*)/g;

/** What the details of a failure say. */
export type SetupDiagFailure = Pick<
  SetupDiagReport,
  "result" | "extend" | "lastPhase" | "lastOperation"
>;

/**
 * Takes the details apart: `Err = 0x…, LastOperation = …, LastPhase = …`, or
 * `RollbackErrorCode = 0x…, ExtendedCode = 0x…, …`; what they lack is looked for in the data,
 * whose last sentence names `0xC1900101-0x40017`.
 */
export function readFailureDetails(
  details: string | undefined,
  data: readonly string[] = [],
): SetupDiagFailure {
  const fields = new Map<string, string>();
  for (const [, name, value] of (details ?? "").slice(0, MOST_DETAILS).matchAll(FIELD)) {
    fields.set(name!.toLowerCase(), value!.trim());
  }
  const pair = /\b(0x[0-9a-f]{1,8}) ?- ?(0x[0-9a-f]{1,8})\b/i.exec(
    data.join("\n").slice(0, MOST_DETAILS),
  );
  const named = ["rollbackerrorcode", "err", "error", "errorcode", "resultcode"]
    .map((name) => number(fields.get(name))).find((code) => code !== undefined);
  return {
    result: named ?? number(pair?.[1]),
    extend: number(fields.get("extendedcode")) ?? number(pair?.[2]),
    lastPhase: fields.get("lastphase") || undefined,
    lastOperation: fields.get("lastoperation") || undefined,
  };
}

function number(text: string | undefined): number | undefined {
  return /^0x[0-9a-f]{1,8}$/i.test(text ?? "") ? Number(text) : undefined;
}

function refusal(reason: string, cause?: unknown): FormatError {
  return new FormatError(`Cannot read the report of SetupDiag: ${reason}`, { cause });
}

function decodeXml(bytes: Uint8Array): string {
  if (bytes.length > MOST_BYTES) throw refusal(`it has ${bytes.length} bytes`);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeUtf16(bytes.subarray(2));
  if (bytes[0] === 0x3c && bytes[1] === 0) return decodeUtf16(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw refusal("it is no text", error);
  }
}

function parseRoot(text: string): XmlElement {
  let tags = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) tags++;
  if (tags > MOST_TAGS) throw refusal(`it has ${tags} tags`);
  let root: XmlElement | null;
  try {
    root = parseXml(text).root;
  } catch (error) {
    // The parser calls itself for each level of elements, hence RangeError.
    const reason = error instanceof RangeError || !(error instanceof Error)
      ? "its elements are nested too deeply"
      : error.message.split("\n")[0]!;
    throw refusal(reason, error);
  }
  if (root === null) throw refusal("it is empty");
  return root;
}

function* children(parent: XmlElement): Generator<XmlElement> {
  for (const child of parent.children) if (child instanceof XmlElement) yield child;
}

function texts(parent: XmlElement, name: string): string[] {
  return [...children(parent)].filter((child) => child.name === name)
    .map((child) => child.text.trim()).filter((text) => text !== "");
}

function systemInfoOf(root: XmlElement): Record<string, string> {
  const parent = [...children(root)].find((child) => child.name === "SystemInfo");
  const entries = parent === undefined ? [] : [...children(parent)];
  return Object.fromEntries(
    entries.map((entry) => [entry.name, entry.text.trim()]).filter(([, text]) => text !== ""),
  );
}
