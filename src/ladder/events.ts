/** What the ladder tells while it works. Text and JSON are two printers of these. */
import type { ToolProgress } from "../base/mod.ts";
import type { Finding } from "../checks/mod.ts";
import type { Change } from "../journal/mod.ts";
import type { ExitCodeName } from "../base/mod.ts";

/** How a step ended. */
export type StepOutcome =
  | "fixed"
  | "needs-restart"
  | "not-fixed"
  | "failed"
  | "not-needed"
  | "not-applicable"
  | "cancelled";

/** One thing that happened. */
export type LadderEvent =
  | {
    readonly type: "session-started";
    readonly session: string;
    readonly folder: string;
    readonly resumed: boolean;
  }
  | { readonly type: "check-started"; readonly check: string; readonly question: string }
  | { readonly type: "finding"; readonly finding: Finding }
  | {
    readonly type: "step-started";
    readonly step: string;
    readonly title: string;
    readonly rung: number;
  }
  /** A part of a step that takes long begins: a copy of gigabytes, then what it was made for. */
  | { readonly type: "work-started"; readonly step: string; readonly title: string }
  | { readonly type: "change-made"; readonly step: string; readonly change: Change }
  | { readonly type: "progress"; readonly step: string; readonly progress: ToolProgress }
  | { readonly type: "quiet"; readonly step: string; readonly silentMs: number }
  | { readonly type: "verifying"; readonly step: string }
  | {
    readonly type: "step-finished";
    readonly step: string;
    readonly outcome: StepOutcome;
    readonly reason: string;
    readonly next?: string;
  }
  | { readonly type: "notice"; readonly text: string }
  | {
    readonly type: "session-finished";
    readonly session: string;
    readonly outcome: ExitCodeName;
    readonly summary: string;
    readonly next?: string;
  };

/** Receives events, in order. */
export type LadderListener = (event: LadderEvent) => void;
