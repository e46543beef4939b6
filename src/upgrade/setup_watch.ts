/**
 * Starts Setup and waits for its end. `setup.exe` is a launcher that may return before the
 * programs that do the work, so that those are waited for as well. Setup is never ended by force:
 * in the middle of its work that leaves a boot menu and folders that nobody put in order, and a
 * Setup that seems to hang may be copying from a slow disk.
 */
import { foldCase, MedicError } from "../base/mod.ts";
import type { StarterMachine } from "./starter_machine.ts";

/** The programs that do the work. Source: media layout, `sources\setupprep.exe`. */
const WORKERS: ReadonlySet<string> = new Set(["setupprep.exe", "setuphost.exe"].map(foldCase));
const POLL_MS = 10_000;

/** A started Setup. */
export type SetupEnd =
  | { readonly kind: "ended"; readonly exitCode: number }
  | { readonly kind: "not-started"; readonly reason: string }
  /** Windows wants the service to end; Setup runs. */
  | { readonly kind: "aborted" }
  /** The limit has passed; Setup runs. */
  | { readonly kind: "late" };

/** What is started, and for how long it is watched. */
export interface SetupRun {
  readonly program: string;
  readonly arguments: readonly string[];
  /** On the clock that never jumps. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Runs the launcher to its end. */
export async function runLauncher(machine: StarterMachine, run: SetupRun): Promise<SetupEnd> {
  const over = new AbortController();
  const ended = machine.run(run.program, run.arguments).then(
    (exitCode): SetupEnd => ({ kind: "ended", exitCode }),
    (error: unknown): SetupEnd => {
      if (!(error instanceof MedicError)) throw error;
      return { kind: "not-started", reason: error.message };
    },
  );
  const patience = machine.sleep(
    Math.max(0, run.deadlineMs - machine.monotonicMs()),
    AbortSignal.any([run.signal, over.signal]),
  ).then((): SetupEnd => ({ kind: run.signal.aborted ? "aborted" : "late" }));
  try {
    return await Promise.race([ended, patience]);
  } finally {
    over.abort();
  }
}

/** Waits for the programs that the launcher left behind. Where they cannot be seen, it does not. */
export async function awaitWorkers(
  machine: StarterMachine,
  run: Pick<SetupRun, "deadlineMs" | "signal">,
): Promise<"ended" | "aborted" | "late"> {
  while (true) {
    if (!await isSetupRunning(machine)) return "ended";
    if (run.signal.aborted) return "aborted";
    const leftMs = run.deadlineMs - machine.monotonicMs();
    if (leftMs <= 0) return "late";
    await machine.sleep(Math.min(POLL_MS, leftMs), run.signal);
    if (run.signal.aborted) return "aborted";
  }
}

/** Whether the programs that do the work are seen; false where none can be seen. */
export async function isSetupRunning(machine: StarterMachine): Promise<boolean> {
  return (await machine.processes() ?? []).some((name) => WORKERS.has(foldCase(name)));
}
