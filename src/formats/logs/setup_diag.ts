/**
 * The report that SetupDiag leaves as XML in `Windows\Logs\SetupDiag\SetupDiagResults.xml`. Setup
 * runs it after each failure. Sources: Microsoft Learn, SetupDiag (elements and samples); a report
 * of SetupDiag 1.6 quoted in MicrosoftDocs/windows-itpro-docs#6945.
 */

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

/**
 * Reads the report.
 *
 * @throws {FormatError} if it is no well-formed XML with the root `SetupDiag`.
 */
export async function parseSetupDiagXml(bytes: Uint8Array): Promise<SetupDiagReport> {
  const { readSetupDiagXml } = await import("./setup_diag_xml.ts");
  return readSetupDiagXml(bytes);
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
