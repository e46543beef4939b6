/**
 * How a simulated setup.exe ends. A list is used up from its front, one for each start; the last
 * one stays. A file `setup-scenario.json` beside the program goes before the lab's state, because
 * a service hands neither state nor environment on.
 */
import { SUPPORTED_OUTCOMES } from "./setup_outcomes.ts";

/** One end. */
export interface SetupScenario {
  /**
   * - `succeed`: all logs of the first phase, exit code 3
   * - `refuse`: gives up before anything is changed, with `code`
   * - `hang`: stops in the middle of its log until it is killed
   * - `die`: crashes in the middle of a line
   * - `restart`: the machine restarts in the middle, and the process ends with it
   * - `roll-back`: fails in a later phase and takes everything back, with `code` and `extend`
   */
  readonly outcome: (typeof SUPPORTED_OUTCOMES)[number];
  /** Unsigned code, for `refuse` and `roll-back`. */
  readonly code?: number;
  /** Phase and operation of a rollback: `0x30018`. */
  readonly extend?: number;
  /**
   * Exit code in the place of the one that belongs to the outcome: 3 for a `roll-back` that only
   * came after the restarts, when the process had long ended well.
   */
  readonly exit?: number;
  /** Build of the media; it decides which options Setup knows. Default 26100. */
  readonly build?: number;
  /** Root of the Windows that is upgraded. Default: the drive that Setup was started from. */
  readonly target?: string;
}

/**
 * Reads scenarios: a JSON object, a list of them, or the bare name of an outcome.
 *
 * @throws {SyntaxError} for anything else.
 */
export function parseSetupScenarios(text: string): SetupScenario[] {
  const word = SUPPORTED_OUTCOMES.find((outcome) => outcome === text.trim());
  if (word !== undefined) return [{ outcome: word }];
  const parsed: unknown = JSON.parse(text);
  const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (list.length === 0) throw new SyntaxError("Cannot read the setup scenario: it is empty");
  return list.map(scenarioFrom);
}

function scenarioFrom(value: unknown): SetupScenario {
  if (typeof value !== "object" || value === null) {
    throw new SyntaxError("Cannot read the setup scenario: it is no object");
  }
  const fields: Partial<Record<keyof SetupScenario, unknown>> = value;
  const outcome = SUPPORTED_OUTCOMES.find((each) => each === fields.outcome);
  if (outcome === undefined) {
    throw new SyntaxError(`Cannot read the setup scenario: outcome ${fields.outcome}`);
  }
  return {
    outcome,
    ...numberField("code", fields.code),
    ...numberField("extend", fields.extend),
    ...numberField("exit", fields.exit),
    ...numberField("build", fields.build),
    ...(typeof fields.target === "string" ? { target: fields.target } : {}),
  };
}

function numberField(
  name: "code" | "extend" | "exit" | "build",
  value: unknown,
): Partial<SetupScenario> {
  return typeof value === "number" ? { [name]: value } : {};
}
