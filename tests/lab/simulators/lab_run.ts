/**
 * One call of a simulated program: its faults, its progress, what it changed. The work of a
 * program is a list of actions; a fault stops it after half of them.
 */
import type { SimulatorContext, ToolFault } from "./simulator.ts";

/** One alteration of the target. Resolves to the native path that was changed. */
export type LabAction = () => Promise<string>;

/** One step of a progress display. */
export interface LabStep {
  print(): Promise<void>;
  readonly pauseMs: number;
}

/** Exit code of a program that was killed: STATUS_CONTROL_C_EXIT. */
export const KILLED = 0xc000013a;

/** The program died; nothing more is printed. */
export class ProgramDied extends Error {}

/** The program met a full disk. */
export class DiskFull extends Error {}

/** A running program. */
export class LabRun {
  readonly tool: string;
  readonly arguments: readonly string[];
  readonly context: SimulatorContext;
  readonly fault: ToolFault;
  /** Native paths of the target's files that were changed, in order. */
  readonly changed: string[] = [];
  #recorded = false;

  constructor(
    call: { readonly tool: string; readonly arguments: readonly string[] },
    context: SimulatorContext,
  ) {
    this.tool = call.tool;
    this.arguments = call.arguments;
    this.context = context;
    this.fault = context.state.faults[call.tool] ?? {};
  }

  /** Runs the program and writes the call into the ledger, however it ends. */
  async finish(program: (run: LabRun) => Promise<number>): Promise<number> {
    let exitCode = KILLED;
    try {
      exitCode = (await program(this)) >>> 0;
    } catch (error) {
      if (!(error instanceof ProgramDied)) throw error;
    } finally {
      await this.#record(exitCode);
    }
    return exitCode;
  }

  /** Shows all steps and does all actions between them, unless a fault comes first. */
  async perform(steps: readonly LabStep[], actions: readonly LabAction[]): Promise<void> {
    const halved = this.fault.hangAfter ?? this.fault.dieAfter ?? this.fault.diskFullAfter;
    let done = 0;
    for (const [index, step] of steps.entries()) {
      await this.#stopAt(index, actions);
      await step.print();
      await this.context.pause(step.pauseMs);
      const due = halved === undefined
        ? Math.floor(actions.length * (index + 1) / steps.length)
        : 0;
      for (; done < due; done++) await this.#act(actions[done]!);
    }
    await this.#stopAt(steps.length, actions);
    for (; done < actions.length; done++) await this.#act(actions[done]!);
  }

  /** Stops for ever, with the call in the ledger as one that was killed. */
  async hang(): Promise<never> {
    await this.#record(KILLED);
    return await this.context.hang();
  }

  /** Writes a file of the target whether it exists or not, and notes it as changed. */
  async put(path: string, bytes: Uint8Array): Promise<string> {
    const { files } = this.context;
    if (await files.stat(path) === undefined) {
      await this.#makeParents(path);
      await files.createFile(path, bytes);
      return path;
    }
    const [fresh, old] = [`${path}.lab-new`, `${path}.lab-old`];
    await files.createFile(fresh, bytes);
    await files.replaceFile(path, fresh, old);
    await files.remove(old);
    return path;
  }

  async #act(action: LabAction): Promise<void> {
    this.changed.push(await action());
  }

  async #stopAt(step: number, actions: readonly LabAction[]): Promise<void> {
    if (this.fault.hangAfter === step) {
      await this.#record(KILLED);
      await this.context.hang();
    }
    if (this.fault.dieAfter !== step && this.fault.diskFullAfter !== step) return;
    for (const action of actions.slice(0, Math.floor(actions.length / 2))) await this.#act(action);
    throw this.fault.dieAfter === step ? new ProgramDied() : new DiskFull();
  }

  async #record(exitCode: number): Promise<void> {
    if (this.#recorded) return;
    this.#recorded = true;
    this.context.state.ledger.push({
      tool: this.tool,
      arguments: [...this.arguments],
      exitCode,
      changed: this.changed,
    });
    await this.context.saveState();
  }

  async #makeParents(path: string): Promise<void> {
    const parent = path.replace(/[\\/][^\\/]*$/, "");
    if (parent === path || /^[A-Za-z]:$/.test(parent) || parent === "") return;
    if (await this.context.files.stat(parent) !== undefined) return;
    await this.#makeParents(parent);
    await this.context.files.createDirectory(parent);
  }
}

/** Joins with the separator that the root uses. */
export function joinNative(root: string, relative: string): string {
  const separator = root.includes("/") && !/^[A-Za-z]:/.test(root) ? "/" : "\\";
  const names = relative.split(/[\\/]/).filter((name) => name !== "").join(separator);
  if (names === "") return root;
  return /[\\/]$/.test(root) ? root + names : root + separator + names;
}

/** The folder of a native path; of `D:\x` it is `D:\`. */
export function nativeParent(path: string): string {
  const parent = path.replace(/[\\/][^\\/]*$/, "");
  return /^[A-Za-z]:$/.test(parent) ? `${parent}\\` : parent === "" ? "/" : parent;
}
