/** The commands of the simulated dism for packages, drivers and the edition. */
import { DismFailure } from "./dism_console.ts";
import type { DismSession } from "./dism_store_commands.ts";
import { joinNative, type LabAction } from "./lab_run.ts";
import { readOrUndefined } from "./lab_store.ts";

const INVALID_PACKAGE = 0x800f0805;
const PERMANENT = 0x800f0825;
const PERCENTAGES = [12.5, 40, 68.3, 100];

/** `/Get-Packages` */
export async function runGetPackages(session: DismSession): Promise<void> {
  const { console, run } = session;
  await run.perform([], []);
  await console.say(console.texts.packages, "");
  const columns = ["Package Identity", "State", "Release Type", "Install Time"];
  const rows = run.context.state.packages.map((entry) => [
    entry.identity,
    entry.state,
    entry.releaseType,
    entry.installTime,
  ]);
  await console.write(session.options.table ? tableOf(columns, rows) : listOf(columns, rows));
  await console.say(console.texts.completed);
}

/** `/Get-Drivers` */
export async function runGetDrivers(session: DismSession): Promise<void> {
  const { console, run } = session;
  await run.perform([], []);
  await console.say(console.texts.drivers, "");
  const columns = [
    "Published Name",
    "Original File Name",
    "Inbox",
    "Class Name",
    "Provider Name",
    "Date",
    "Version",
  ];
  const rows = run.context.state.drivers.map((entry) => [
    entry.publishedName,
    entry.originalFileName,
    "No",
    entry.className,
    entry.providerName,
    entry.date,
    entry.version,
  ]);
  await console.write(session.options.table ? tableOf(columns, rows) : listOf(columns, rows));
  await console.say(console.texts.completed);
}

/** `/Get-CurrentEdition` */
export async function runGetEdition({ console, run }: DismSession): Promise<void> {
  await run.perform([], []);
  const edition = run.context.state.edition ?? "Professional";
  await console.say(console.texts.edition, "", `Current Edition : ${edition}`, "");
  await console.say(console.texts.completed);
}

/** `/Add-Package`: a lab package is JSON `{ "labPackage": 1, "identity", "releaseType" }`. */
export async function runAddPackage(session: DismSession): Promise<void> {
  const { console, options, run } = session;
  const path = options.value("PACKAGEPATH");
  if (path === undefined) throw new DismFailure(87);
  const bytes = await readOrUndefined(run.context.files, path);
  if (bytes === undefined) throw new DismFailure(3);
  const added = parsePackage(bytes);
  await console.say(`Processing 1 of 1 - Adding package ${added.identity}`);
  await run.perform(console.steps(PERCENTAGES, 6_000), []);
  const { state } = run.context;
  state.packages = state.packages.filter((entry) => entry.identity !== added.identity);
  state.packages.push({ ...added, state: "Install Pending", installTime: "" });
  await console.say(console.texts.completed);
}

/** `/Remove-Package`: pending ones go at once, installed ones with the next start. */
export async function runRemovePackage(session: DismSession): Promise<void> {
  const { console, options, run } = session;
  const { state } = run.context;
  const name = options.value("PACKAGENAME")?.toUpperCase();
  if (name === undefined) throw new DismFailure(87);
  const entry = state.packages.find((each) => each.identity.toUpperCase() === name);
  if (entry === undefined) throw new DismFailure(INVALID_PACKAGE);
  await console.say(`Processing 1 of 1 - Removing package ${entry.identity}`);
  if (/ServicingStack|Foundation/i.test(entry.identity)) throw new DismFailure(PERMANENT);
  await run.perform(console.steps(PERCENTAGES, 6_000), []);
  if (entry.state === "Installed") entry.state = "Uninstall Pending";
  else state.packages = state.packages.filter((each) => each !== entry);
  await console.say(console.texts.completed);
}

/** `/Remove-Driver`: the entry, and its INF file in the target. */
export async function runRemoveDriver(session: DismSession): Promise<void> {
  const { console, options, run, root } = session;
  const { files, state } = run.context;
  const name = options.value("DRIVER")?.toLowerCase();
  if (name === undefined) throw new DismFailure(87);
  const entry = state.drivers.find((each) => each.publishedName.toLowerCase() === name);
  if (entry === undefined) {
    throw new DismFailure(2, `The driver package "${name}" could not be found.`);
  }
  const inf = joinNative(root, `Windows\\INF\\${entry.publishedName}`);
  const removal: LabAction = () => files.remove(inf).then(() => inf);
  await run.perform([], await files.stat(inf) === undefined ? [] : [removal]);
  state.drivers = state.drivers.filter((each) => each !== entry);
  await console.say(
    `Removing 1 of 1 - ${entry.publishedName}: The driver package was successfully removed.`,
    console.texts.completed,
  );
}

function parsePackage(bytes: Uint8Array): { identity: string; releaseType: string } {
  try {
    const { labPackage, identity, releaseType } = JSON.parse(new TextDecoder().decode(bytes));
    if (labPackage === 1) return { identity, releaseType };
  } catch {
    // Not JSON: no package of the lab, as below.
  }
  throw new DismFailure(INVALID_PACKAGE);
}

type Rows = readonly (readonly string[])[];

function listOf(columns: readonly string[], rows: Rows): string {
  return rows.map((row) =>
    row.map((cell, index) => `${columns[index]} : ${cell}\n`).join("") + "\n"
  ).join("");
}

function tableOf(columns: readonly string[], rows: Rows): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]!.length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => cell.padEnd(widths[index]!)).join(" | ").trimEnd() + "\n";
  const rule = line(widths.map((width) => "-".repeat(width)));
  return rule + line(columns) + rule + rows.map(line).join("") + "\n";
}
