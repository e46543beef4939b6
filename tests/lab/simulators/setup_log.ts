/**
 * The logs that the simulated setup.exe writes: fixed columns, UTF-8 with a mark at the start,
 * CRLF. What each line says follows published logs; paths and times are ours.
 */

/** One line: seconds after the start, level, component, text. */
export type SetupLogLine = readonly [
  seconds: number,
  level: "Info" | "Warning" | "Error",
  component: string,
  text: string,
];

/** When Setup began on a machine without a clock. */
const STARTED = new Date(Date.UTC(2025, 4, 20, 10, 0, 0));

/** The text of a log of a Setup that began then. */
export function setupLogText(lines: readonly SetupLogLine[], started: Date = STARTED): string {
  return "\ufeff" + lines.map((line) => `${formatLine(line, started)}\r\n`).join("");
}

function formatLine([seconds, level, component, text]: SetupLogLine, started: Date): string {
  const time = new Date(started.getTime() + 1000 * seconds).toISOString().slice(0, 19)
    .replace("T", " ");
  return `${time}, ${level.padEnd(22)}${component.padEnd(7)}${text}`;
}

/** What stands in the log before anything is decided. The product key is not in it. */
export function startLines(args: readonly string[], build: number): SetupLogLine[] {
  const shown = args.map((argument, index) =>
    args[index - 1]?.toLowerCase() === "/pkey" ? "*" : argument
  );
  const quoted = shown.map((argument) => `"${argument}"`).join(" ");
  const stars = "*".repeat(15);
  return [
    [0, "Info", "MOUPG", `${stars} SetupHost Logging Begin ${stars}`],
    [0, "Info", "MOUPG", `SetupHost: Setup build version is: 10.0.${build}.1 (lab)`],
    [
      0,
      "Info",
      "MOUPG",
      `SetupHost::Initialize: CmdLine                = [/Install /Media ${quoted}]`,
    ],
    [1, "Info", "MOUPG", "Setup phase change: [SetupPhaseInit] -> [SetupPhaseInstall]"],
  ];
}

/** Work of the first phase, in the order of a real upgrade. */
export const DOWNLEVEL_LINES: readonly SetupLogLine[] = [
  [20, "Info", "SP", "ExecuteOperations: Start execution phase Downlevel"],
  [21, "Info", "SP", "Executing operation: Apply WIM file install.wim, index 1"],
  [26, "Info", "SP", "Operation completed successfully: Apply WIM file install.wim, index 1"],
  [27, "Warning", "MIG", "Error 2 while looking for C:\\Windows\\nothing.ini"],
  [28, "Info", "SP", "Executing operation: Extract files to Sources\\SafeOS"],
  [40, "Info", "SP", "Operation completed successfully: Extract files to Sources\\SafeOS"],
  [41, "Info", "SP", "Executing operation: Add safe OS boot entry"],
  [44, "Info", "SP", "Operation completed successfully: Add safe OS boot entry"],
];

/** The last lines of a first phase that went well. */
export const FINISHED_LINES: readonly SetupLogLine[] = [
  [59, "Info", "SP", "ExecuteOperations: Successfully processed execution phase Downlevel"],
  [60, "Info", "MOUPG", "Finalize: Reporting result value: [0x0]"],
  ...endLines(61),
];

/** The machine goes down in the next phase: nothing closes the log. */
export const RESTART_LINES: readonly SetupLogLine[] = [
  [50, "Info", "SP", "Executing operation: Set SafeOS boot entry as default"],
];

/** What is said of a code that ends the upgrade before anything was changed. */
export function refusalLines(code: number): SetupLogLine[] {
  return [
    [10, "Error", "MOUPG", `CSetupHost::Execute(413): Result = ${hex(code)}`],
    [11, "Info", "MOUPG", `Finalize: Reporting result value: [${hex(code)}]`],
    ...endLines(12),
  ];
}

/** What the rollback's own log says. */
export function rollbackLines(code: number, extend: number): SetupLogLine[] {
  return [
    [299, "Info", "SP", "ExecuteOperations: Start execution phase First Boot"],
    [300, "Info", "SP", "Executing operation: Migrate data"],
    [301, "Error", "SP", `Operation failed: Migrate data. Error: ${hex(code)}[gle=0x00000000]`],
    [
      302,
      "Error",
      "SP",
      `ExecuteOperations: Execution of operations queue failed, abandoning. Error: ${hex(code)}`,
    ],
    [305, "Info", "SP", "Rollback: putting the old system back"],
    [
      309,
      "Info",
      "MOUPG",
      `SetupHost: Reporting error event -> [${hex(code)}, ${hex(extend)}]`,
    ],
    [309, "Info", "MOUPG", `Finalize: Reporting result value: [${hex(code)}]`],
    ...endLines(310),
  ];
}

function endLines(seconds: number): SetupLogLine[] {
  const stars = "*".repeat(15);
  return [[seconds, "Info", "MOUPG", `${stars} SetupHost Logging End ${stars}`]];
}

function hex(code: number): string {
  return `0x${(code >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;
}
