/**
 * Named places where a test kills the process, as a power cut would: no cleanup, no `finally`.
 * In production nothing is named and nothing happens.
 */

/** The variable that names a place: `journal.before-change`, or `journal.before-change#3`. */
export const CHECKPOINT_VARIABLE = "PEMEDIC_CHECKPOINT";

/** Counts how often each place is passed, and kills at the one that is named. */
export class Checkpoints {
  readonly #name: string | undefined;
  readonly #passage: number;
  readonly #kill: () => void;
  #passed = 0;

  /** `wanted` is the value of {@linkcode CHECKPOINT_VARIABLE}. */
  constructor(wanted: string | undefined, kill: () => void = killProcess) {
    const [, name, passage] = /^([^#]+)(?:#([0-9]+))?$/.exec(wanted ?? "") ?? [];
    this.#name = name;
    this.#passage = Number(passage ?? 1);
    this.#kill = kill;
  }

  pass(name: string): Promise<void> {
    if (name === this.#name && ++this.#passed === this.#passage) this.#kill();
    return Promise.resolve();
  }
}

/** SIGKILL; on Windows Deno calls TerminateProcess. Neither gives the process a last word. */
function killProcess(): void {
  Deno.kill(Deno.pid, "SIGKILL");
}
