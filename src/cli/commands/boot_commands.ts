/** `boot show`: what boots what. Reads only. */
import type { Command } from "commander";
import { ExitCode, wrap } from "../../base/mod.ts";
import {
  type BootEntry,
  type BootLocation,
  type BootStoreView,
  readBootConfiguration,
} from "../../windows/mod.ts";
import { chooseWindows, type CommandContext } from "../context.ts";
import { common, type LookOptions } from "../options.ts";
import type { Registrar } from "../program.ts";

/** Adds it to the program. */
export function addBootCommands(program: Command, registrar: Registrar): void {
  const boot = program.command("boot").description("the boot configuration (BCD)");
  common(
    boot.command("show [volume]", { isDefault: true }).description(
      "what boots what: every entry of every store",
    ),
  )
    .action((volume: string | undefined, options: LookOptions) =>
      registrar.run(options, (context) => show(context, volume))
    );
}

async function show(context: CommandContext, volume: string | undefined): Promise<number> {
  const windows = await chooseWindows(context, volume);
  const stores = await readBootConfiguration(windows);
  context.output.document({ root: windows.root, stores });
  context.output.result(
    stores.length === 0 ? "No boot store was found" : stores.map(renderStore).join("\n\n"),
  );
  return stores.some((store) => store.state === "unreadable")
    ? ExitCode.partial
    : stores.length === 0
    ? ExitCode.nothingToDo
    : ExitCode.ok;
}

/** One store: its entries in the order of the menu, each with what it starts and where. */
export function renderStore(store: BootStoreView): string {
  if (store.state === "unreadable") {
    return wrap(`${store.place} cannot be read: ${store.problem}`, { first: "", indent: "  " });
  }
  const facts = [
    store.replay,
    store.timeout === undefined ? undefined : `menu waits ${store.timeout} s`,
  ].filter((fact) => fact !== undefined);
  const title = facts.length === 0 ? store.place : `${store.place} (${facts.join("; ")})`;
  const lines = [wrap(title, { first: "", indent: "  " })];
  for (const entry of store.entries) lines.push(...renderEntry(entry));
  if (store.entries.length === 0) lines.push("  It has no entry that starts anything");
  for (const problem of store.problems) lines.push(remark(problem));
  return lines.join("\n");
}

function renderEntry(entry: BootEntry): string[] {
  const roles = [
    entry.isDefault ? "default" : undefined,
    entry.isNext ? "at the next start only" : undefined,
    entry.place === "menu" ? undefined : entry.place,
  ].filter((role) => role !== undefined);
  const role = roles.length === 0 ? "" : ` [${roles.join(", ")}]`;
  const name = entry.description === undefined ? entry.kind : `"${entry.description}"`;
  const place = placeText(entry.osDevice ?? entry.device);
  const lines = [
    wrap(`${name}${role}`, { first: entry.isDefault ? "  > " : "    ", indent: "      " }),
    wrap(`${entry.name} starts ${entry.path ?? "nothing"} of ${place}`, {
      first: "      ",
      indent: "        ",
    }),
  ];
  for (const text of remarksOf(entry)) lines.push(remark(text));
  return lines;
}

/** Letters say more than the ids of partitions: the one here, and the one when Windows runs. */
function placeText(location: BootLocation | undefined): string {
  if (location === undefined) return "no device";
  const { letterHere, letterWhenRunning, file } = location;
  const here = letterHere ?? letterWhenRunning;
  if (here === undefined) return location.text;
  const running = letterHere !== undefined && letterWhenRunning !== undefined &&
      letterHere !== letterWhenRunning
    ? ` (${letterWhenRunning} when it runs)`
    : letterHere === undefined
    ? " (when it runs)"
    : "";
  return file === undefined ? here + running : `${here}${file}${running}`;
}

function remark(text: string): string {
  return wrap(text, { first: "      ! ", indent: "        " });
}

function remarksOf(entry: BootEntry): string[] {
  return [
    ...(entry.missingFile === undefined ? [] : [`${entry.missingFile} is not there`]),
    ...(entry.osDevice?.text === undefined || entry.startsTarget !== true
      ? []
      : ["this starts the Windows named above"]),
    ...entry.setupMarks,
    ...(entry.initialConfiguration ? ["it names an initial machine configuration (0x67)"] : []),
  ];
}
