/**
 * The starter: what `pemedic.exe` does inside the running Windows that it was left in. It waits
 * until Windows has settled, records that it starts Setup, starts it, records how it ended, and
 * takes itself away. It deletes no file.
 */
import { MedicError } from "../base/mod.ts";
import { explainSetupExit } from "../tools/setup/mod.ts";
import { SAFE_BOOT_KEYS, SERVICE_NAME, type UpgradeOrder, UpgradePlace } from "./order.ts";
import { awaitWorkers, runLauncher, type SetupEnd, type SetupRun } from "./setup_watch.ts";
import { setupVerdict } from "./setup_verdict.ts";
import {
  decide,
  isStaged,
  neverSettled,
  refusal,
  type StarterDecision,
  startsCounted,
} from "./starter_decision.ts";
import type { StarterMachine, StarterRequest } from "./starter_machine.ts";
import { besideProgram, findOrder } from "./starter_order.ts";
import { ProgressLog } from "./starter_progress.ts";
import { settle } from "./starter_settle.ts";
import { type LiveWindows, readLiveWindows } from "./starter_windows.ts";

/** How one run of the starter ended. */
export interface StarterEnd {
  /**
   * - `done`: the upgrade is done.
   * - `stood-down`: it will not be tried again.
   * - `under-way`: Setup goes on by itself; the next start of Windows shows what came of it.
   * - `later`: the next start of Windows tries again.
   * - `stopped`: Windows wanted the service to end.
   */
  readonly kind: "done" | "stood-down" | "under-way" | "later" | "stopped";
  /** One sentence without full stop. */
  readonly said: string;
}

const HOUR_MS = 3_600_000;
/** Between two looks at a Setup that somebody else started, or that goes on after a restart. */
const SETUP_POLL_MS = 30_000;

/** Does what is due at this start of Windows. Everything is recorded when it resolves. */
export async function runStarter(
  machine: StarterMachine,
  request: StarterRequest,
): Promise<StarterEnd> {
  const found = await findOrder(machine, request);
  const id = found.kind === "valid" ? found.order.id : found.id;
  const path = besideProgram(machine.programFolder ?? "", UpgradePlace.progress);
  const log = await ProgressLog.open(machine, { path, order: id });
  if (found.kind === "valid") {
    return await new Starter(machine, { request, order: found.order, log }).follow();
  }
  // Beside a program that was started by hand from elsewhere nothing is written.
  const staged = machine.programFolder !== undefined && await isThere(machine, path);
  if (staged) await log.tryWrite({ event: "stood-down", reason: found.reason });
  await remove(machine, request, staged ? log : undefined);
  return { kind: "stood-down", said: found.reason };
}

async function isThere(machine: StarterMachine, path: string): Promise<boolean> {
  try {
    return await machine.stat(path) !== undefined;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return true;
  }
}

/** One run of the starter with an order that may be followed. */
class Starter {
  readonly #machine: StarterMachine;
  readonly #request: StarterRequest;
  readonly #order: UpgradeOrder;
  readonly #log: ProgressLog;
  readonly #began: number;

  constructor(
    machine: StarterMachine,
    work: {
      readonly request: StarterRequest;
      readonly order: UpgradeOrder;
      readonly log: ProgressLog;
    },
  ) {
    this.#machine = machine;
    this.#request = work.request;
    this.#order = work.order;
    this.#log = work.log;
    this.#began = machine.monotonicMs();
  }

  /** A fact that cannot be read is no reason to give up at once, but one to start nothing now. */
  async follow(): Promise<StarterEnd> {
    try {
      return await this.#follow();
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      const given = neverSettled(this.#log.progress);
      if (given !== undefined) return await this.#standDown(`${given}: ${error.message}`);
      await this.#waitsFor(error.message);
      return later(error.message);
    }
  }

  async #follow(): Promise<StarterEnd> {
    await this.#wake();
    let settled = false;
    while (!this.#request.signal.aborted) {
      const windows = await readLiveWindows(this.#machine, this.#order);
      const decision = decide({ order: this.#order, progress: this.#log.progress, windows });
      if (decision.kind === "start" && !settled) {
        const end = await this.#settle();
        if (end !== undefined) return end;
        // Much can have happened meanwhile: it is decided anew.
        settled = true;
      } else if (decision.kind === "wait") {
        if (this.#late) return later("Windows Setup is still at work");
        settled = false;
        await this.#waitsFor("Windows Setup is at work");
        await this.#machine.sleep(SETUP_POLL_MS, this.#request.signal);
      } else return await this.#act(decision, windows);
    }
    return STOPPED;
  }

  async #act(
    decision: Exclude<StarterDecision, { kind: "wait" }>,
    windows: LiveWindows,
  ): Promise<StarterEnd> {
    switch (decision.kind) {
      case "finished":
        await remove(this.#machine, this.#request, this.#log);
        return { kind: "stood-down", said: "It was ended before" };
      case "done":
        return await this.#done(windows);
      case "stand-down":
        return await this.#standDown(decision.reason);
      case "start":
        return await this.#start(decision.attempt, windows);
    }
  }

  /** A record that cannot be written does no harm here: the one before a start must be. */
  async #wake(): Promise<void> {
    const uptime = await this.#machine.uptimeMs();
    const uptimeMs = uptime === "unknown" ? null : Math.round(uptime);
    if (this.#log.progress.records.length === 0) return;
    await this.#log.tryWrite({ event: "woke", uptimeMs });
  }

  /** Undefined if Windows has settled. */
  async #settle(): Promise<StarterEnd | undefined> {
    let last = "Windows has not settled";
    const settled = await settle(this.#machine, this.#order, {
      signal: this.#request.signal,
      tell: async (reason) => {
        last = reason;
        await this.#waitsFor(reason);
      },
    });
    if (settled === "aborted") return STOPPED;
    return settled === "later" ? later(last) : undefined;
  }

  /** Nothing is started unless the record of it is on the disk. */
  async #start(attempt: number, windows: LiveWindows): Promise<StarterEnd> {
    const problem = await this.#mediaProblem();
    if (problem !== undefined) return await this.#standDown(problem);
    if (this.#request.signal.aborted) return STOPPED;
    await this.#log.reread();
    if (startsCounted(this.#log.progress) + 1 !== attempt || !isStaged(this.#log.progress)) {
      return later("The record has changed meanwhile: Setup was started by another starter");
    }
    try {
      await this.#log.write({ event: "starts", attempt, rollbackLog: windows.rollbackLog ?? null });
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      return later(`Setup was not started, because that cannot be recorded: ${error.message}`);
    }
    return await this.#run(attempt);
  }

  /** Why the media are not those of the order, or undefined. */
  async #mediaProblem(): Promise<string | undefined> {
    const { setup } = this.#order.media;
    try {
      const file = await this.#machine.stat(this.#setup);
      if (file === undefined) return `The media are gone: "${this.#setup}" is not there`;
      const same = file.bytes === setup.bytes &&
        await this.#machine.sha256(this.#setup) === setup.sha256;
      return same ? undefined : `"${this.#setup}" was changed since it was left there`;
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      return `The media cannot be read: ${error.message}`;
    }
  }

  async #run(attempt: number): Promise<StarterEnd> {
    const run: SetupRun = {
      program: this.#setup,
      arguments: this.#order.arguments,
      deadlineMs: this.#machine.monotonicMs() + this.#order.limits.hours * HOUR_MS,
      signal: this.#request.signal,
    };
    if (run.signal.aborted) return await this.#leave("aborted", attempt);
    return await this.#conclude(await runLauncher(this.#machine, run), { attempt, run });
  }

  async #conclude(
    end: SetupEnd,
    { attempt, run }: { readonly attempt: number; readonly run: SetupRun },
  ): Promise<StarterEnd> {
    if (end.kind === "aborted" || end.kind === "late") return await this.#leave(end.kind, attempt);
    if (end.kind === "not-started") {
      await this.#log.tryWrite({ event: "not-started", attempt, reason: end.reason });
      return await this.#tryAgain(end.reason);
    }
    const { code: exitCode, meaning } = explainSetupExit(end.exitCode);
    await this.#log.tryWrite({ event: "ended", attempt, exitCode, meaning });
    const verdict = setupVerdict(exitCode);
    if (verdict === "final") return await this.#standDown(refusal(exitCode, meaning));
    const workers = await awaitWorkers(this.#machine, run);
    if (workers !== "ended") return await this.#leave(workers, attempt);
    return verdict === "try-again"
      ? await this.#tryAgain(meaning)
      : { kind: "under-way", said: meaning };
  }

  /** Setup runs, and is let run: what comes of it, the next start of Windows shows. */
  async #leave(why: "aborted" | "late", attempt: number): Promise<StarterEnd> {
    if (why === "late") {
      await this.#log.tryWrite({ event: "hangs", attempt });
      return { kind: "under-way", said: "Setup does not end; it was left as it is" };
    }
    const byHand = this.#request.stopRequest() === "stop";
    await this.#log.tryWrite({ event: byHand ? "stopped" : "shutdown", attempt });
    return STOPPED;
  }

  async #tryAgain(reason: string): Promise<StarterEnd> {
    const { starts } = this.#order.limits;
    if (startsCounted(this.#log.progress) < starts) return later(reason);
    return await this.#standDown(`${reason}; Setup was started as often as it may be (${starts})`);
  }

  async #done({ build, ubr }: LiveWindows): Promise<StarterEnd> {
    await this.#log.tryWrite({ event: "done", build: build ?? null, ubr: ubr ?? null });
    await remove(this.#machine, this.#request, this.#log);
    return { kind: "done", said: "Windows was upgraded" };
  }

  async #standDown(reason: string): Promise<StarterEnd> {
    await this.#log.tryWrite({ event: "stood-down", reason });
    await remove(this.#machine, this.#request, this.#log);
    return { kind: "stood-down", said: reason };
  }

  /** Says a reason to wait, unless it was the last thing that was said. */
  async #waitsFor(reason: string): Promise<void> {
    const last = this.#log.progress.records.at(-1);
    if (last?.event === "waits" && last.reason === reason) return;
    await this.#log.tryWrite({ event: "waits", reason });
  }

  get #late(): boolean {
    const limitMs = this.#order.limits.hours * HOUR_MS;
    return this.#machine.monotonicMs() - this.#began >= limitMs;
  }

  get #setup(): string {
    return `${this.#order.media.folder.replace(/[\\/]+$/, "")}\\setup.exe`;
  }
}

const STOPPED: StarterEnd = { kind: "stopped", said: "The service was told to end" };

function later(said: string): StarterEnd {
  return { kind: "later", said };
}

/** Takes the service away. At logon there is none: Windows has removed the entry already. */
async function remove(
  machine: StarterMachine,
  request: StarterRequest,
  log: ProgressLog | undefined,
): Promise<void> {
  if (request.start === "logon") return;
  try {
    await machine.deleteService(SERVICE_NAME);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    await log?.tryWrite({ event: "not-removed", reason: error.message });
    return;
  }
  for (const key of SAFE_BOOT_KEYS) await forgetSafeBoot(machine, key);
  await log?.tryWrite({ event: "removed" });
}

/** A name in the list of Safe Mode that belongs to no service starts nothing: it may stay. */
async function forgetSafeBoot(machine: StarterMachine, key: string): Promise<void> {
  try {
    await machine.deleteKey(`HKLM\\SYSTEM\\CurrentControlSet\\${key}`);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
  }
}
