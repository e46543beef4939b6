/**
 * The command line of an in-place upgrade and the same as `SetupConfig.ini`, from typed options.
 * Setup runs where nobody can be asked, so that everything that cannot work is refused here.
 */
import { type ToolInvocation, UsageError } from "../../base/mod.ts";
import { FIRST_WINDOWS_11, type SetupMedia, type SetupOptions } from "./options.ts";
import { type SetupSwitch, switchesFor } from "./option_table.ts";
import { formatCommandLine } from "./quoting.ts";
import { setupRemarks } from "./remarks.ts";
import { HIDDEN_KEY, localFile } from "./values.ts";

/** How Setup is started. */
export interface SetupCommand {
  /** Native path of `setup.exe`. */
  readonly program: string;
  /** What it gets. Holds the product key, if one was given: start it, never print it. */
  readonly arguments: readonly string[];
  /** The exact command line, for people and logs: only the product key is hidden. */
  readonly shown: string;
  /** What the technician should know before it runs: one sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Makes the command line.
 *
 * @throws {UsageError} for values and combinations that Setup would refuse or that the media's
 * Setup does not know yet. @throws {RefusalError} for a path on the network.
 */
export function setupCommand(options: SetupOptions, media: SetupMedia): SetupCommand {
  const program = localFile("Setup", media.program, ["setup.exe"]);
  const switches = checkedSwitches(options, media);
  return {
    program,
    arguments: switches.flatMap(argumentsOf),
    shown: formatCommandLine(program, switches.map(hideSecret).flatMap(argumentsOf)),
    remarks: setupRemarks(options, switches),
  };
}

/**
 * The call for a runner of tools, which finds the program at {@linkcode SetupCommand.program}. It
 * holds the product key: a journal must not record it; take `shown` for that.
 */
export function setupInvocation(command: SetupCommand): ToolInvocation {
  return {
    tool: "setup",
    arguments: command.arguments,
    risk: command.arguments.includes("ScanOnly") ? "reads" : "irreversible",
    encoding: "oem",
    purpose: command.arguments.includes("ScanOnly")
      ? "Ask Windows Setup whether it would upgrade this Windows"
      : "Start the in-place upgrade of Windows",
    ...(command.arguments.includes("ScanOnly")
      ? {}
      : { instead: "Go back to the previous Windows in Settings within ten days" }),
  };
}

/** Where a product key goes: into the file, or hidden. */
export type SecretUse = "write" | "hide";

/**
 * The text of a `SetupConfig.ini` with CRLF: the header, then `Name=Value` or a bare name, as
 * Microsoft Learn (Windows Setup Automation Overview) has it. In which encoding Setup reads the
 * file is not documented, so that only ASCII is written.
 *
 * @throws {UsageError} as {@linkcode setupCommand}, and for a value that is not ASCII.
 */
export function setupConfigText(
  options: Omit<SetupOptions, "configFile">,
  target: { readonly media: Pick<SetupMedia, "build">; readonly secrets: SecretUse },
): string {
  const switches = checkedSwitches({ ...options }, target.media)
    .filter(({ name }) => name !== "ConfigFile");
  const shown = target.secrets === "write" ? switches : switches.map(hideSecret);
  const lines = shown.map(({ name, value }) => value === undefined ? name : `${name}=${value}`);
  const foreign = lines.find((line) => /[^\u0020-\u007e]/.test(line));
  if (foreign !== undefined) {
    throw new UsageError(`Cannot write "${foreign}" into SetupConfig.ini: it is not ASCII`, {
      next: "Move it to a folder whose name is plain English letters",
    });
  }
  return ["[SetupConfig]", ...lines, ""].join("\r\n");
}

function checkedSwitches(
  options: SetupOptions,
  media: Pick<SetupMedia, "build">,
): SetupSwitch[] {
  checkCombination(options, media);
  const switches = switchesFor(options);
  const newer = switches.find(({ since }) => since > media.build);
  if (newer === undefined) return switches;
  throw new UsageError(
    `Cannot give /${newer.name} to Setup of build ${media.build}: it came with ${newer.since}`,
    { next: "Leave the option away, or take newer media" },
  );
}

/** Source: Microsoft Learn, Windows Setup command-line options; MOSETUP codes 010D and 010E. */
function checkCombination(options: SetupOptions, media: Pick<SetupMedia, "build">): void {
  if (options.auto !== undefined && options.unattend !== undefined) {
    throw new UsageError("Cannot use an answer file together with the automatic upgrade", {
      next: "Leave one of them away",
    });
  }
  if (options.postRollbackContext !== undefined && options.postRollback === undefined) {
    throw new UsageError("Cannot set the context of the rollback script: there is no script", {
      next: "Give the script too",
    });
  }
  if (
    options.auto !== undefined && media.build >= FIRST_WINDOWS_11 && options.acceptEula !== true
  ) {
    throw new UsageError(
      "Cannot upgrade automatically with media of Windows 11: the licence is not accepted",
      { next: "Accept the licence terms" },
    );
  }
}

function argumentsOf({ name, value, joined }: SetupSwitch): string[] {
  if (value === undefined) return [`/${name}`];
  return joined === true ? [`/${name}:${value}`] : [`/${name}`, value];
}

function hideSecret(one: SetupSwitch): SetupSwitch {
  return one.secret === true ? { ...one, value: HIDDEN_KEY } : one;
}
