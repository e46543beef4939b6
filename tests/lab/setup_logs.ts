/**
 * Writes logs of Setup as it writes them: columns, CRLF, LF inside a record, the errors that every
 * upgrade has, and the ends that one can come to. Order of phases and operations, and the phrases
 * around them: setupact.log of an upgrade 17134 to 19041; what comes after the first restart, and
 * the end of a rollback: Microsoft Learn, Windows upgrade error codes, else assumed.
 */

/** What a run of Setup comes to. */
export type SetupEnd =
  /** `extend` names the phase after a restart, or the one in Windows. */
  | { readonly kind: "failed"; readonly result: number; readonly extend: number }
  /** Refused before anything was done. */
  | { readonly kind: "refused"; readonly result: number }
  /** Everything is prepared, and the computer restarts next. */
  | { readonly kind: "prepared" }
  /** The last line is an operation that never ended. `torn`: the power went away. */
  | { readonly kind: "hangs"; readonly phase: string; readonly torn?: boolean }
  | { readonly kind: "completed" };

/** One run. */
export interface SetupRun {
  readonly end: SetupEnd;
  /** `2026-09-01 08:00:00`; each line is a second later. */
  readonly begun?: string;
  readonly from?: string;
  readonly to?: string;
  /** Errors of good upgrades around everything; left out with false. */
  readonly noisy?: boolean;
}

/** Logs of one run; a rollback has one of its own. */
export interface SetupRunLogs {
  readonly upgrade: string;
  readonly rollback: string | undefined;
  /** The operation that fails or hangs, in the log's words. */
  readonly operation: string | undefined;
}

const PHASES: readonly (readonly [name: string, operations: readonly string[]])[] = [
  ["Downlevel", [
    "Cleanup snapshot",
    "Extract files from WIM file PathForNewOSFile, index 5 to C:\\$WINDOWS.~BT\\Sources\\SafeOS",
    "Save boot entries for the old OS",
  ]],
  ["Safe OS", [
    "Apply WIM file PathForNewOSFile, index 5 to C:\\$WINDOWS.~BT\\NewOS",
    "Relocate OS from C:\\$WINDOWS.~BT\\NewOS to C:\\",
  ]],
  ["Post First Boot", ["First boot apply", "Run sysprep specialization"]],
  ["Post OOBE Boot", ["OOBE boot apply", "Ensure suspended services are stopped"]],
];

/** Lines of one log, one second apart. */
export class SetupLogWriter {
  readonly #lines: string[] = [];
  #time: number;

  constructor(begun = "2026-09-01 08:00:00") {
    this.#time = Date.parse(`${begun.replace(" ", "T")}Z`);
  }

  get text(): string {
    return this.#lines.join("");
  }

  get time(): string {
    return new Date(this.#time).toISOString().slice(0, 19).replace("T", " ");
  }

  /** Writes a record; lines after the first stand in the record, with LF alone before them. */
  write(component: string, text: string, { level = "Info", id = "" } = {}): this {
    const columns = `${level.padEnd(11)}${id.padEnd(10)} ${component.padEnd(6)} `;
    this.#lines.push(`${this.time}, ${columns}${text}\r\n`);
    this.#time += 1000;
    return this;
  }

  error(component: string, text: string): this {
    return this.write(component, text, { level: "Error" });
  }

  /** Bytes that are no record, as characters. */
  raw(text: string): this {
    this.#lines.push(text);
    return this;
  }

  /** Errors that say nothing about the end. */
  noise(): this {
    return this
      .error("CSI", "00000001 (F) STATUS_OBJECT_NAME_NOT_FOUND #16# from Windows::Rtl::SystemImpl")
      .error("", "ITaskFolder::DeleteTask failed. hr = 0x80070002")
      .error("MOUPG", "CUnattendManager::Initialize(90): Result = 0x80070490")
      .error("MOUPG", "CMOSetupOneSettingsHelper::InitializeSettings(324): Result = 0x80072EE7")
      .error("SP", "Failed to add user mode driver [%SystemRoot%\\system32\\a.sys] (2)")
      .error(
        "SP",
        "Operation failed: Set boot command SetupPlatform.exe /preoobe for phase " +
          "DismPreOobe. Error: 0x800700B7[gle=0x000000b7]",
      )
      .write("SP", "Executing operation: Set entropy for C:\\$WINDOWS.~BT\\NewOS")
      .write("SP", "Operation completed successfully: Set entropy for C:\\$WINDOWS.~BT\\NewOS");
  }

  begin(
    { from = "10.0.19045.0", to = "10.0.26200.8037" }: Pick<SetupRun, "from" | "to"> = {},
  ): this {
    return this
      .write("MOUPG", "*************** SetupHost Logging Begin ***************")
      .write(
        "MOUPG",
        "SetupHost::Initialize: CmdLine                = [/Install /Media /Quiet " +
          '"/auto" "upgrade" "/eula" "accept" /MediaPath "C:\\PEMedic\\media"]',
      )
      .write("MOUPG", `SetupHost: Setup build version is: ${to} (ge_release_svc)`)
      .write("CONX", `Host OS version: ${from}  (0.0) Platform 0x2, SuiteMask 0x100, ProdType 0x1`)
      .write("MOUPG", "    Host OS Edition         [ Professional ]")
      .write(
        "SP",
        "Host system information:\n                                   VM: NO\n" +
          "                                   Manufacturer: M\u00fcller GmbH",
      )
      .write("CONX", `Target OS version: ${to}`)
      .write("MOUPG", "Setup phase change: [SetupPhaseUnknown] -> [SetupPhaseUnpack]")
      .write("MOUPG", "Setup phase change: [SetupPhaseUnpack] -> [SetupPhasePrepare]");
  }

  /** Processes a phase, or stops in it. */
  phase(name: string, stop: "no" | "fails" | "hangs" = "no", code = 0): string | undefined {
    const operations = PHASES.find(([phase]) => phase === name)?.[1] ?? [];
    this.write("SP", `OPERATIONTRACK ExecuteOperations: Start execution phase ${name}`);
    for (const [index, operation] of operations.entries()) {
      this.write("SP", `Executing operation: ${operation}`);
      if (stop !== "no" && index === operations.length - 1) {
        if (stop === "fails") this.#fail(operation, code);
        return operation;
      }
      this.write("SP", `Operation completed successfully: ${operation}`);
    }
    this.write("SP", `ExecuteOperations: Successfully processed execution phase ${name}`);
    return undefined;
  }

  #fail(operation: string, code: number): void {
    this.error("SP", `Operation failed: ${operation}. Error: ${hex(code)}[gle=0x000000b7]`)
      .error("SP", `Operation execution failed: 13. hr = ${hex(code)}[gle=0x000000b7]`)
      .error(
        "SP",
        "CSetupPlatformPrivate::Execute: Execution of operations queue failed, " +
          `abandoning. Error: ${hex(code)}[gle=0x000000b7]`,
      );
  }

  report(result: number, extend?: number): this {
    this.error("MOUPG", `CSetupManager::ExecuteTask(2630): Result = ${hex(result)}`)
      .write("MOUPG", "Setup phase change: [SetupPhaseInstall] -> [SetupPhaseError]")
      .write("MOUPG", `ImageExit: Initializing SetupResult: [${hex(result)}]`)
      .write(
        "MOUPG",
        `Finalize: Remapping install error [${hex(result)}] -> [0xC1900108] for telemetry.`,
      )
      .write("MOUPG", "Finalize: Reporting result value: [0xC1900108]");
    if (extend !== undefined) {
      this.write(
        "MOUPG",
        `SetupNotify: Specifying extended data [${hex(extend, 0)}] for error [${hex(result)}].`,
      );
    }
    this.write(
      "MOUPG",
      `SetupHost: Reporting error event -> [${hex(result)}, ${hex(extend ?? 0, 0)}]`,
    );
    return this.error("MOUPG", `CSetupHost::Execute(433): Result = ${hex(result)}`);
  }

  end(): this {
    return this.write("MOUPG", "**************** SetupHost Logging End ****************");
  }
}

function hex(code: number, digits = 8): string {
  return `0x${code.toString(16).toUpperCase().padStart(digits, "0")}`;
}

/** Logs of a run from its beginning to its end. */
export function writeSetupRun(run: SetupRun): SetupRunLogs {
  const log = new SetupLogWriter(run.begun);
  log.begin(run);
  if (run.noisy !== false) log.noise();
  const { end } = run;
  if (end.kind === "refused") {
    return {
      upgrade: log.report(end.result).end().text,
      rollback: undefined,
      operation: undefined,
    };
  }
  log.write("MOUPG", "Setup phase change: [SetupPhasePrepare] -> [SetupPhaseInstall]");
  if (run.noisy !== false) log.noise();
  switch (end.kind) {
    case "failed":
      return failedRun(log, end, run.noisy !== false);
    case "hangs":
      return hangingRun(log, end);
    case "prepared":
      log.phase("Downlevel");
      log.write("MOUPG", "ImageExit: Initializing SetupResult: [0x0]").end();
      return { upgrade: log.text, rollback: undefined, operation: undefined };
    case "completed":
      for (const [name] of PHASES) log.phase(name);
      return { upgrade: log.end().text, rollback: undefined, operation: undefined };
  }
}

/** Names of the phases up to the one that an extend code names; 5 is one in Windows. */
function phasesUpTo(digit: number): string[] {
  return PHASES.slice(0, digit >= 1 && digit <= 4 ? digit : 1).map(([name]) => name);
}

function failedRun(
  log: SetupLogWriter,
  { result, extend }: { readonly result: number; readonly extend: number },
  noisy: boolean,
): SetupRunLogs {
  const digit = extend >>> 16;
  const phases = phasesUpTo(digit);
  for (const name of phases.slice(0, -1)) log.phase(name);
  const operation = log.phase(phases.at(-1)!, "fails", result);
  if (digit < 2 || digit > 4) {
    return { upgrade: log.report(result, extend).end().text, rollback: undefined, operation };
  }
  const rollback = new SetupLogWriter(log.time);
  rollback.write("SP", "Cannot recover the system.")
    .write("SP", "Rollback: Showing splash window with restoring text");
  if (noisy) rollback.noise();
  rollback.error("SP", "Operation failed: Remove boot entry. Error: 0x80070002[gle=0x00000002]");
  rollback.report(result, extend).end();
  return { upgrade: log.text, rollback: rollback.text, operation };
}

function hangingRun(
  log: SetupLogWriter,
  { phase, torn = false }: { readonly phase: string; readonly torn?: boolean },
): SetupRunLogs {
  const names = PHASES.map(([name]) => name);
  for (const name of names.slice(0, names.indexOf(phase))) log.phase(name);
  const operation = log.phase(phase, "hangs");
  if (torn) log.raw(`${log.time}, Info                  SP     Global prog`).raw("\0".repeat(4096));
  return { upgrade: log.text, rollback: undefined, operation };
}

/** A log in UTF-8 with byte order mark, as Setup begins it. */
export function encodeSetupLog(text: string): Uint8Array {
  return new TextEncoder().encode(`\ufeff${text}`);
}
