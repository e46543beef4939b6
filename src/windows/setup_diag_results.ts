/**
 * What SetupDiag has left on an offline Windows: its report as XML or text, and the values that it
 * writes under `SYSTEM\Setup`. Source: Microsoft Learn, SetupDiag; names of the values:
 * AdamGrossTX/Windows10FeatureUpdates.
 */
import { MedicError } from "../base/mod.ts";
import {
  decodeLogText,
  detectLogEncoding,
  parseSetupDiagText,
  parseSetupDiagXml,
  readFailureDetails,
  type SetupDiagReport,
} from "../formats/logs/mod.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { registryEvidence } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** A report and where it was found. */
export interface SetupDiagResult {
  readonly report: SetupDiagReport;
  readonly evidence: Evidence;
  /** When it was written, in UTC; null where that is not known. */
  readonly written: Date | null;
}

const FOLDER = "Windows\\Logs\\SetupDiag";

/** Where Setup has SetupDiag write, and where SetupDiag writes by itself. */
const KEYS: readonly string[] = [
  "SYSTEM\\Setup\\SetupDiag\\Results",
  "SYSTEM\\Setup\\MoSetup\\Volatile\\SetupDiag",
];

/** More than any report has. */
const MOST_BYTES = 4 << 20;

/** All reports that can be read, XML first. Problems of unreadable ones go to `problems`. */
export async function readSetupDiag(
  windows: OfflineWindows,
  problems: (evidence: Evidence) => void,
): Promise<SetupDiagResult[]> {
  const found = [
    await fromFile(windows, { path: `${FOLDER}\\SetupDiagResults.xml`, problems, read: fromXml }),
    await fromFile(windows, { path: `${FOLDER}\\SetupDiagResults.log`, problems, read: fromText }),
  ];
  for (const key of KEYS) found.push(await fromRegistry(windows, key));
  return found.filter((result) => result !== undefined);
}

const fromXml = (bytes: Uint8Array) => parseSetupDiagXml(bytes);
const fromText = (bytes: Uint8Array) => {
  const encoding = detectLogEncoding(bytes.subarray(0, 4));
  return parseSetupDiagText(decodeLogText(bytes.subarray(encoding.markBytes), encoding));
};

interface ReportFile {
  readonly path: string;
  readonly problems: (evidence: Evidence) => void;
  readonly read: (
    bytes: Uint8Array,
  ) => SetupDiagReport | undefined | Promise<SetupDiagReport | undefined>;
}

async function fromFile(
  { files }: OfflineWindows,
  { path, problems, read }: ReportFile,
): Promise<SetupDiagResult | undefined> {
  const problem = (detail: string) => problems({ kind: "file", path, detail });
  try {
    const entry = await files.stat(path);
    if (entry === undefined || entry.kind === "directory") return undefined;
    if (entry.reparse || entry.size > MOST_BYTES) {
      problem("it is a link, or too big for a report, and was not read");
      return undefined;
    }
    const report = await read(await files.read(path));
    if (report === undefined) return undefined;
    return {
      report,
      written: entry.modified,
      evidence: { kind: "file", path, detail: say(report) },
    };
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    problem(error.message);
    return undefined;
  }
}

function say({ profileName, failureDetails, failureData }: SetupDiagReport): string {
  const details = failureDetails ?? failureData[0];
  const rule = `SetupDiag names the rule ${profileName ?? "without a name"}`;
  return details === undefined ? rule : `${rule}: ${details.slice(0, 400)}`;
}

async function fromRegistry(
  windows: OfflineWindows,
  path: string,
): Promise<SetupDiagResult | undefined> {
  const key = await windows.registry.key(path);
  if (key === undefined) return undefined;
  const values = new Map<string, string>();
  for (const value of unlessDamaged(() => key.key.values(() => {})) ?? []) {
    const text = unlessDamaged(() => value.string()) ?? "";
    if (text.trim() !== "") values.set(value.name, text.trim());
  }
  if (!values.has("ProfileName") && !values.has("FailureDetails")) return undefined;
  const report = reportOf(values);
  const written = unlessDamaged(() => key.key.lastWritten) ?? null;
  return { report, written, evidence: registryEvidence(key, say(report)) };
}

function reportOf(values: ReadonlyMap<string, string>): SetupDiagReport {
  const failureData = values.get("FailureData");
  const details = values.get("FailureDetails");
  const failure = readFailureDetails(details, failureData === undefined ? [] : [failureData]);
  return {
    version: values.get("SetupDiagVersion"),
    profileName: values.get("ProfileName"),
    profileGuid: values.get("ProfileGuid"),
    failureData: failureData === undefined ? [] : [failureData],
    failureDetails: details,
    logErrorLine: values.get("LogErrorLine"),
    remediation: values.get("Remediation"),
    systemInfo: Object.fromEntries(values),
    ...failure,
    lastPhase: failure.lastPhase ?? values.get("LastSetupPhase"),
    lastOperation: failure.lastOperation ?? values.get("LastSetupOperation"),
  };
}
