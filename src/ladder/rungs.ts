/**
 * The clean order of operations, as a table: safe before dangerous, cheap before slow,
 * evidence before change. A step may stand on two rungs.
 */

/** One rung. */
export interface Rung {
  readonly rung: number;
  /** Id of the step. */
  readonly step: string;
  /** Why it stands here, for people. */
  readonly why: string;
  /** It runs whenever a later step will change something. */
  readonly always?: boolean;
  /** Only when it was asked for by its own option or with --only. */
  readonly onRequest?: boolean;
  /** Runs again only if this step ran before it and fixed something. */
  readonly after?: string;
}

/** The ladder. Numbers leave room for rungs that others add. */
export const RUNGS: readonly Rung[] = [
  {
    rung: 0,
    step: "volume.discard-hibernation",
    why: "Windows must not resume over what is repaired",
    onRequest: true,
  },
  { rung: 1, step: "backup.save-state", why: "Before the first change", always: true },
  { rung: 2, step: "disk.repair", why: "Everything else is written on this file system" },
  { rung: 3, step: "servicing.revert-pending", why: "A half-done update blocks every later rung" },
  { rung: 5, step: "updates.reset-cache", why: "A rename: instant and reversible" },
  { rung: 7, step: "files.repair", why: "Protected system files" },
  { rung: 8, step: "image.restore", why: "The component store behind them" },
  {
    rung: 8,
    step: "files.repair",
    why: "Once more, with the repaired store behind it",
    after: "image.restore",
  },
  { rung: 9, step: "image.add-package", why: "Evidence names it", onRequest: true },
  { rung: 9, step: "image.remove-package", why: "Evidence names it", onRequest: true },
  { rung: 9, step: "image.remove-driver", why: "Evidence names it", onRequest: true },
  { rung: 9, step: "image.cleanup", why: "Frees space; makes nothing start", onRequest: true },
];
