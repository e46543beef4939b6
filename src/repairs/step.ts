/** What a repair step is. There is no undo here: the journal owns it. */
import type { ExitCodeName, Risk, ToolOutcome } from "../base/mod.ts";
import type { Finding, Workspace } from "../checks/mod.ts";
import type { Change, ImageFileOrigin, Transaction } from "../journal/mod.ts";
import type { BootStore, Evidence, OfflineWindows } from "../windows/mod.ts";

/** Whether a step applies, and why (not). */
export interface Applicability {
  readonly applies: boolean;
  /** One sentence for people, no full stop. */
  readonly reason: string;
  /** For a step that does not apply: it will once one of these steps has reached its aim. */
  readonly waitsFor?: readonly string[];
  /** For a step whose program is nowhere to be found. */
  readonly code?: "toolMissing";
}

/** The ordered list of changes that a step will make: the whole truth, as data. */
export interface StepPlan {
  readonly step: string;
  readonly title: string;
  readonly risk: Risk;
  readonly changes: readonly Change[];
  /** What people should know before they agree: duration, space, what is lost. */
  readonly remarks: readonly string[];
  /** Copies that are made before the first change, outside of what is repaired. */
  readonly sourceWork?: readonly SourceWork[];
  /** Files of other volumes that are kept in the session's folder: no change of the target. */
  readonly attached?: readonly BootStore[];
}

/** What the tools said while a step was applied; `verify` reads back all the same. */
export interface ApplyReport {
  readonly tools: readonly { readonly tool: string; readonly outcome: ToolOutcome }[];
  /** The tool put its work off to the next start of Windows. */
  readonly deferred?: string;
  /** What did not work and does not matter enough to fail: one sentence each. */
  readonly notices?: readonly string[];
}

/** Whether a step reached its aim, by reading back. */
export interface Verdict {
  /**
   * `fixed`: proven. `needs-restart`: accepted, and Windows completes it at its next start.
   * `not-fixed`: what was wrong is still there.
   */
  readonly outcome: "fixed" | "needs-restart" | "not-fixed";
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  /** For `not-fixed`: the exit code, if reading back itself did not work. */
  readonly code?: ExitCodeName;
  /** Findings that the step answered on the way, replacing those of the checks named. */
  readonly findings?: readonly Finding[];
}

/** What a step may use besides the installation while it verifies. */
export interface VerifyContext {
  readonly workspace: Workspace;
  readonly report: ApplyReport | undefined;
  /** A planned path with the session's folder put in, or undefined while there is no session. */
  sessionPath(path: string): string | undefined;
  onProgress?(progress: { readonly percent?: number; readonly message?: string }): void;
  onQuiet?(silentMs: number): void;
}

/** One repair. */
export interface RepairStep {
  /** `updates.reset-cache`: stable for ever. */
  readonly id: string;
  /** Imperative, one line, shown to people. */
  readonly title: string;
  /** The symptom, in the user's words. */
  readonly resolves: string;
  readonly risk: Risk;
  /** Ids of the checks whose findings this step resolves or answers. */
  readonly answers: readonly string[];
  detect(windows: OfflineWindows): Promise<Applicability>;
  plan(windows: OfflineWindows, findings: readonly Finding[]): Promise<StepPlan>;
  apply(plan: StepPlan, transaction: Transaction): Promise<ApplyReport>;
  verify(windows: OfflineWindows, plan: StepPlan, context: VerifyContext): Promise<Verdict>;
}

/** What `--include` can name. */
export const INCLUSIONS = ["policy", "proxy", "hosts"] as const;

/** One of {@linkcode INCLUSIONS}. */
export type Inclusion = typeof INCLUSIONS[number];

/**
 * Work that must be done before DISM can read a source: taking an image out of an ISO, joining
 * the parts of one. What it makes is a copy in a folder of its own, and goes when the run ends.
 */
export type SourceWork =
  | {
    readonly kind: "extract";
    readonly iso: string;
    /** Native folder that does not exist yet. */
    readonly folder: string;
    /** Pattern of the files that are needed. */
    readonly only: string;
  }
  | {
    readonly kind: "join";
    readonly first: string;
    readonly parts: string;
    readonly index: number;
    readonly destination: string;
  };

/** One edit of the registry that the user asked for. Paths begin with the hive. */
export type RegistryRequest =
  | {
    readonly kind: "set-value";
    readonly path: string;
    readonly name: string;
    readonly type: number;
    /** The data in hexadecimal. */
    readonly hex: string;
  }
  | { readonly kind: "delete-value"; readonly path: string; readonly name: string }
  | { readonly kind: "create-key"; readonly path: string }
  | { readonly kind: "delete-key"; readonly path: string };

/** One file to put back from an image that was matched and read before. Plain data. */
export interface FileRestoreRequest {
  /** Volume-relative path on the target. */
  readonly path: string;
  readonly origin: ImageFileOrigin;
  readonly bytes: number;
  /** Of the content, in lower-case hexadecimal. */
  readonly sha256: string;
  /** Version in the resources of the file: `10.0.26100.4061`; absent where it has none. */
  readonly version?: string;
  /** The processor it is for: `x64`; absent for what is no program. */
  readonly architecture?: string;
  /** How well the image fits this Windows. */
  readonly match: {
    readonly verdict: "fits" | "older" | "doubtful";
    /** One sentence without full stop. */
    readonly reason: string;
  };
  /** The user wants it though image or version do not fit. */
  readonly override: boolean;
}

/** What `--start` can say, in the order of the values of `Start`. */
export const SERVICE_STARTS = ["boot", "system", "auto", "demand"] as const;

/** One of {@linkcode SERVICE_STARTS}. */
export type ServiceStartWord = typeof SERVICE_STARTS[number];

/** What the user asked of the steps. Plain data: journals and saved plans keep it. */
export interface RepairOptions {
  /** Sources for DISM, as typed: `E:\\Windows`, `E:\\sources\\install.wim:6`. */
  readonly sources: readonly string[];
  /** What makes these sources readable, in order. */
  readonly sourceWork?: readonly SourceWork[];
  /** Why there is no source although one was looked for, and which one is needed. */
  readonly sourceWanted?: string;
  /** The step was asked for by its own command: it runs also where no evidence asks for it. */
  readonly force: boolean;
  /** The steps that were named; none for the whole ladder. */
  readonly only?: readonly string[];
  /** Let chkdsk read every sector. */
  readonly badSectors?: boolean;
  /** Package files to add (`.cab`, `.msu`). */
  readonly addPackages: readonly string[];
  /** Package identities to remove. */
  readonly removePackages: readonly string[];
  /** Published names of third-party drivers to remove (`oem3.inf`). */
  readonly removeDrivers: readonly string[];
  /** Settings that are changed on request only, because somebody may want them as they are. */
  readonly include: readonly Inclusion[];
  /** Services or drivers to disable, by their key names. */
  readonly disableServices: readonly string[];
  /** Services or drivers to switch on again. */
  readonly enableServices: readonly string[];
  /** How they shall start, if not as on a sound Windows. */
  readonly serviceStart?: ServiceStartWord;
  /** Filter drivers, their services or their vendors' products to disable. */
  readonly disableFilters: readonly string[];
  /** Edits of the registry as typed. */
  readonly registryEdits: readonly RegistryRequest[];
  /** Files to put back from images. */
  readonly restoreFiles: readonly FileRestoreRequest[];
  /** Hives to rebuild (`SOFTWARE`). */
  readonly salvageHives: readonly string[];
  /** Let the clean-up make installed updates permanent. */
  readonly resetBase?: boolean;
}
