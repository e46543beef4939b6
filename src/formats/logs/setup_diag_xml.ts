/** The XML report of SetupDiag. The parser is loaded with this file, so only when one is read. */
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { decodeUtf16, FormatError } from "../../base/mod.ts";
import { readFailureDetails, type SetupDiagReport } from "./setup_diag.ts";

/** More than any report has. */
const MOST_BYTES = 4 << 20;
const MOST_TAGS = 50_000;

/**
 * Reads the report.
 *
 * @throws {FormatError} if it is no well-formed XML with the root `SetupDiag`.
 */
export function readSetupDiagXml(bytes: Uint8Array): SetupDiagReport {
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
