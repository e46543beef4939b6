/**
 * Lists that DISM prints: packages, drivers, the edition. Both layouts are read: `Key : Value`
 * blocks, and tables whose cells are parted by ` | `.
 */
import type { ToolOutcome } from "../../base/mod.ts";
import { answer, type DismAnswer, parseDism } from "./report.ts";

/** One package of the image. */
export interface DismPackage {
  /** `name~publicKeyToken~architecture~language~version` */
  readonly identity: string;
  readonly name: string;
  readonly architecture: string;
  readonly language: string;
  readonly version: string;
  /** As printed: `Installed`, `Install Pending`, `Staged`, … */
  readonly state: string;
  /** The state waits for a restart. */
  readonly pending: boolean;
  readonly releaseType: string;
  /** As printed, in the date format of the system; "" for packages not installed yet. */
  readonly installTime: string;
}

/** One driver package of the image. */
export interface DismDriver {
  /** `oem3.inf` */
  readonly publishedName: string;
  readonly originalFileName: string;
  readonly inbox: boolean;
  readonly className: string;
  readonly providerName: string;
  /** As printed, in the date format of the system. */
  readonly date: string;
  readonly version: string;
}

/** Reads the answer of `/Get-Packages`. */
export function parsePackages(outcome: ToolOutcome): DismAnswer<readonly DismPackage[]> {
  return answer(parseDism(outcome), (report) => {
    if (!report.completed) return undefined;
    return readRecords(report.lines, "Package Identity").map(packageFrom);
  });
}

/** Reads the answer of `/Get-Drivers`. */
export function parseDrivers(outcome: ToolOutcome): DismAnswer<readonly DismDriver[]> {
  return answer(parseDism(outcome), (report) => {
    if (!report.completed) return undefined;
    return readRecords(report.lines, "Published Name").map(driverFrom);
  });
}

/** Reads the answer of `/Get-CurrentEdition`: the EditionID, for example `Professional`. */
export function parseCurrentEdition(
  outcome: ToolOutcome,
): DismAnswer<{ readonly edition: string }> {
  return answer(parseDism(outcome), (report) => {
    const edition = readRecords(report.lines, "Current Edition")[0]?.get("Current Edition");
    return edition === undefined || edition === "" ? undefined : { edition };
  });
}

type DismRecord = ReadonlyMap<string, string>;

function packageFrom(record: DismRecord): DismPackage {
  const identity = record.get("Package Identity") ?? "";
  const [name = "", , architecture = "", language = "", version = ""] = identity.split("~");
  const state = record.get("State") ?? "";
  return {
    identity,
    name,
    architecture,
    language,
    version,
    state,
    pending: /pending$/i.test(state),
    releaseType: record.get("Release Type") ?? "",
    installTime: record.get("Install Time") ?? "",
  };
}

function driverFrom(record: DismRecord): DismDriver {
  return {
    publishedName: record.get("Published Name") ?? "",
    originalFileName: record.get("Original File Name") ?? "",
    inbox: /^yes$/i.test(record.get("Inbox") ?? ""),
    className: record.get("Class Name") ?? "",
    providerName: record.get("Provider Name") ?? "",
    date: record.get("Date") ?? "",
    version: record.get("Version") ?? "",
  };
}

/** The records of a list or table; each starts with `firstKey`. */
function readRecords(lines: readonly string[], firstKey: string): DismRecord[] {
  const header = lines.findIndex((line) => cellsOf(line)?.[0] === firstKey);
  return header < 0 ? readBlocks(lines, firstKey) : readTable(lines.slice(header));
}

function readBlocks(lines: readonly string[], firstKey: string): DismRecord[] {
  const records: Map<string, string>[] = [];
  let open = false;
  for (const line of lines) {
    const pair = /^\s*([^:|]+?) :(?: (.*))?$/.exec(line.trimEnd());
    if (pair === null) {
      open = open && line.trim() !== "";
      continue;
    }
    const key = pair[1]!;
    if (key === firstKey) {
      records.push(new Map());
      open = true;
    }
    if (open) records.at(-1)!.set(key, pair[2]?.trim() ?? "");
  }
  return records;
}

function readTable(lines: readonly string[]): DismRecord[] {
  const keys = cellsOf(lines[0]!) ?? [];
  return lines.slice(1)
    .map(cellsOf)
    .filter((cells) => cells !== undefined)
    .filter((cells) => cells.length === keys.length && !/^-+$/.test(cells[0]!))
    .map((cells) => new Map(keys.map((key, column) => [key, cells[column]!])));
}

function cellsOf(line: string): string[] | undefined {
  return line.includes(" |") ? line.split(/ ?\|(?: |$)/).map((cell) => cell.trim()) : undefined;
}
