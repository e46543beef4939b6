/**
 * Exact commands: a fake program that is a list of command lines with what each prints. Any other
 * command, another order or one that is left over fails the test.
 */
import assert from "node:assert/strict";

/** One expected command and what it does. */
export interface ExpectedCommand {
  readonly tool: string;
  readonly arguments: readonly string[];
  /** Default 0. */
  readonly exitCode?: number;
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string | Uint8Array;
  /** What the program does to the world. */
  readonly onRun?: () => void | Promise<void>;
}

/** The list, used up from its beginning. */
export class ExpectedCommands {
  readonly #waiting: ExpectedCommand[];

  constructor(commands: readonly ExpectedCommand[]) {
    this.#waiting = [...commands];
  }

  /** Takes the next command, which must be this one. */
  take(tool: string, args: readonly string[]): ExpectedCommand {
    const next = this.#waiting.shift();
    const actual = [tool, ...args];
    if (next === undefined) assert.fail(`no more commands were expected, but: ${actual.join(" ")}`);
    assert.deepEqual(actual, [next.tool, ...next.arguments], "another command was expected");
    return next;
  }

  /** Fails if a command is left over. */
  finish(): void {
    const left = this.#waiting.map((command) => [command.tool, ...command.arguments].join(" "));
    assert.deepEqual(left, [], "these commands were expected but never run");
  }
}
