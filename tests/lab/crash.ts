/**
 * Sudden death. After the power fails nothing more is written, whatever `finally` blocks try;
 * then the machine comes back with what was on the disk.
 */

/** Thrown instead of a change: the power is off. Not a `MedicError`, so nothing may catch it. */
export class SimulatedCrash extends Error {
  constructor(readonly at: string) {
    super(`Simulated power cut at ${at}`);
    this.name = "SimulatedCrash";
  }
}

/** Options of a planned crash. */
export interface CrashOptions {
  /**
   * The last change is half done: half of the bytes of an append, a new file or a copy are
   * there; a replaced file has gone to its backup and nothing is in its place. Other changes
   * are atomic on NTFS.
   */
  readonly torn?: boolean;
}

/** Decides before each change whether the power still is on. */
export class CrashSwitch {
  #remaining = Infinity;
  #torn = false;
  #dead: string | undefined;
  #life = 1;

  /** Counts the times the machine was switched on: handles of an earlier life are dead. */
  get life(): number {
    return this.#life;
  }

  /** True from the crash until {@linkcode recover}. */
  get crashed(): boolean {
    return this.#dead !== undefined;
  }

  /** The `count`-th change from now (1 is the next one) and all later ones throw. */
  after(count: number, options: CrashOptions = {}): void {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`Cannot plan a crash at change "${count}": it must be 1 or more`);
    }
    this.#remaining = count;
    this.#torn = options.torn ?? false;
  }

  /** Cuts the power now. */
  now(at: string): never {
    this.#dead = at;
    throw new SimulatedCrash(at);
  }

  /** The machine is switched on again, and no crash is planned. */
  recover(): void {
    this.#remaining = Infinity;
    this.#torn = false;
    this.#dead = undefined;
    this.#life++;
  }

  /** Throws if the power is off, or was cut since the given life. */
  check(life: number = this.#life): void {
    if (this.#dead !== undefined) throw new SimulatedCrash(this.#dead);
    if (life !== this.#life) throw new SimulatedCrash("an earlier power cut");
  }

  /** Counts one change. Runs `tear` if this is the one that is torn, and throws if it crashes. */
  count(what: string, tear?: () => void): void {
    this.check();
    if (--this.#remaining > 0) return;
    if (this.#torn) tear?.();
    this.now(what);
  }
}
