/** The command line of dism: global options, exactly one servicing option, its arguments. */
import { DismFailure } from "./dism_console.ts";

/** A command line taken apart. Names are upper case. */
export interface DismOptions {
  readonly english: boolean;
  readonly table: boolean;
  readonly online: boolean;
  readonly image: string | undefined;
  readonly scratch: string | undefined;
  readonly logPath: string | undefined;
  /** `CHECKHEALTH`, `GET-PACKAGES`, … */
  readonly command: string | undefined;
  readonly sources: readonly string[];
  readonly value: (name: string) => string | undefined;
  /** What is wrong with the command line, if anything is. */
  readonly failure: DismFailure | undefined;
}

const CLEANUP = [
  "CHECKHEALTH",
  "SCANHEALTH",
  "RESTOREHEALTH",
  "STARTCOMPONENTCLEANUP",
  "REVERTPENDINGACTIONS",
];
const SERVICING = [
  "GET-PACKAGES",
  "ADD-PACKAGE",
  "REMOVE-PACKAGE",
  "GET-DRIVERS",
  "REMOVE-DRIVER",
  "GET-CURRENTEDITION",
  "CLEANUP-IMAGE",
  "EXPORT-IMAGE",
];
const WITHOUT_VALUE = [
  ...CLEANUP,
  "GET-PACKAGES",
  "ADD-PACKAGE",
  "REMOVE-PACKAGE",
  "GET-DRIVERS",
  "REMOVE-DRIVER",
  "GET-CURRENTEDITION",
  "CLEANUP-IMAGE",
  "EXPORT-IMAGE",
  "CHECKINTEGRITY",
  "ENGLISH",
  "ONLINE",
  "QUIET",
  "NORESTART",
  "LIMITACCESS",
  "RESETBASE",
  "DEFER",
  "ALL",
  "IGNORECHECK",
  "PREVENTPENDING",
];
const WITH_VALUE = [
  "IMAGE",
  "SCRATCHDIR",
  "LOGPATH",
  "LOGLEVEL",
  "FORMAT",
  "SOURCE",
  "PACKAGEPATH",
  "PACKAGENAME",
  "DRIVER",
  "WINDIR",
  "SYSDRIVEDIR",
  "SOURCEIMAGEFILE",
  "SWMFILE",
  "SOURCEINDEX",
  "DESTINATIONIMAGEFILE",
];

/** Parses a command line. Never throws: what is wrong becomes `failure`. */
export function parseDismOptions(args: readonly string[]): DismOptions {
  const values = new Map<string, string>();
  const sources: string[] = [];
  let unknown: string | undefined;
  for (const argument of args) {
    const [, written = "", value] = /^\/([A-Za-z-]+)(?::(.*))?$/s.exec(argument) ?? [];
    const name = written.toUpperCase();
    const known = value === undefined || value === ""
      ? WITHOUT_VALUE.includes(name) && value === undefined
      : WITH_VALUE.includes(name);
    if (!known) unknown ??= written === "" ? argument : written.toLowerCase();
    else if (name === "SOURCE") sources.push(value!);
    else values.set(name, value ?? "");
  }
  const commands = [...SERVICING, ...CLEANUP].filter((name) => values.has(name));
  const command = commands.filter((name) => name !== "CLEANUP-IMAGE");
  return {
    english: values.has("ENGLISH"),
    table: values.get("FORMAT")?.toUpperCase() === "TABLE",
    online: values.has("ONLINE"),
    image: values.get("IMAGE"),
    scratch: values.get("SCRATCHDIR"),
    logPath: values.get("LOGPATH"),
    command: command[0],
    sources,
    value: (name) => values.get(name),
    failure: failureOf({ unknown, commands, command }),
  };
}

function failureOf(found: {
  readonly unknown: string | undefined;
  readonly commands: readonly string[];
  readonly command: readonly string[];
}): DismFailure | undefined {
  const help = "For more information, refer to the help by running DISM.exe /?.";
  if (found.unknown !== undefined) {
    return new DismFailure(87, `The ${found.unknown} option is unknown.\n${help}`);
  }
  const cleanup = found.command.length === 1 && CLEANUP.includes(found.command[0]!);
  const complete = found.command.length === 1 &&
    cleanup === found.commands.includes("CLEANUP-IMAGE");
  return complete ? undefined : new DismFailure(87, `The command-line is not complete.\n${help}`);
}
