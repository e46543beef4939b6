/** The answer of a check, and what a check is. */
import type { ExitCodeName, ToolProgress } from "../base/mod.ts";
import type { Evidence, OfflineWindows } from "../windows/mod.ts";

/**
 * What a check found out.
 *
 * - `ok`: looked at and in order.
 * - `problem`: looked at and wrong.
 * - `open`: nobody has looked yet, because it takes minutes; a deep check or a step answers it.
 * - `unknown`: could not be looked at, and why.
 * - `notice`: worth knowing, nothing to repair.
 */
export type FindingOutcome = "ok" | "problem" | "open" | "unknown" | "notice";

/** One answer with its evidence and the exact next command. */
export interface Finding {
  /** Id of the check: stable for ever. */
  readonly check: string;
  readonly outcome: FindingOutcome;
  /** The ladder goes on while a blocking finding is a problem. */
  readonly blocking: boolean;
  /** One sentence for people, no full stop. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  /** The command to run next, arguments filled in. */
  readonly next?: string;
  /** For `unknown`: why, as the exit code of a command that asks only this. */
  readonly code?: ExitCodeName;
  /** No step can mend it; only an in-place upgrade does. Stops the ladder. */
  readonly onlyUpgradeHelps?: boolean;
}

/** Where tools may put logs and scratch files; never on WinPE's RAM disk. */
export interface Workspace {
  /** Folder for scratch files, as given to foreign programs. */
  readonly scratch: string;
  /** A log file that does not exist yet. `path` is as given to foreign programs. */
  newLog(name: string): Promise<WorkspaceLog>;
}

/** A tool's log. */
export interface WorkspaceLog {
  readonly path: string;
  /** Its text, or undefined if the tool wrote none. */
  read(): Promise<string | undefined>;
}

/** What a check may use besides the installation. */
export interface CheckContext {
  /** Without one, deep checks answer `open`. */
  readonly workspace?: Workspace;
  onProgress?(progress: ToolProgress): void;
  onQuiet?(silentMs: number): void;
}

/** One question about an offline Windows. */
export interface Check {
  readonly id: string;
  /** The question, for people. */
  readonly question: string;
  /** It runs a foreign tool for minutes. */
  readonly deep: boolean;
  run(windows: OfflineWindows, context: CheckContext): Promise<Finding[]>;
}

/** The command prefix that names this installation. */
export function commandFor(windows: Pick<OfflineWindows, "volume">, command: string): string {
  const place = windows.volume.letter ?? windows.volume.root;
  return `pemedic ${command} ${/\s/.test(place) ? `"${place}"` : place}`;
}

/**
 * The command that tells whether media can upgrade this Windows in place, and what would be kept;
 * PATH stands for an ISO, a folder or a drive.
 */
export function upgradeCommand(windows: Pick<OfflineWindows, "volume">): string {
  return `${commandFor(windows, "upgrade check")} --media PATH`;
}

/** Says whether a finding still wants a repair. */
export function needsRepair(finding: Finding): boolean {
  return finding.blocking && finding.outcome === "problem";
}

/** What a check answers where the services of the current control set cannot be read. */
export function unreadableServices(
  windows: Pick<OfflineWindows, "volume" | "root">,
  answer: { readonly check: string; readonly summary: string; readonly detail?: string },
): Finding {
  const { detail = "SYSTEM, Services of the current control set: not readable" } = answer;
  return {
    check: answer.check,
    outcome: "unknown",
    blocking: false,
    code: "damagedFile",
    summary: answer.summary,
    evidence: [{ kind: "volume", volume: windows.volume.letter ?? windows.root, detail }],
    next: commandFor(windows, "sessions"),
  };
}
