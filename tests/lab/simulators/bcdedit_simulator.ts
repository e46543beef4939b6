/**
 * Stand-in for bcdedit on a store in a file: it edits the lab's real hive the way the real one
 * does. Without `/store` it refuses: nobody may touch the configuration of the running WinPE.
 */
import { type BcdElement, type BcdObject, describeElement } from "../../../src/formats/bcd/mod.ts";
import type { HiveEdit } from "../../../src/formats/regf/mod.ts";
import * as commands from "./bcdedit_commands.ts";
import { wordOf } from "./bcdedit_elements.ts";
import { BcdeditStop, LabBcd } from "./bcdedit_store.ts";
import { BCDEDIT_TEXTS } from "./bcdedit_texts.ts";
import { garbage, writeOem } from "./console_writer.ts";
import { type LabRun, ProgramDied } from "./lab_run.ts";

const CHANGES: Readonly<Record<string, (bcd: LabBcd, args: readonly string[]) => HiveEdit[]>> = {
  "/set": commands.set,
  "/deletevalue": commands.deleteValue,
  "/default": commands.setDefault,
  "/timeout": commands.setTimeoutOf,
  "/displayorder": commands.displayOrder,
  "/delete": commands.deleteEntry,
};

/** `bcdedit /store FILE /enum all /v`, `/set`, `/deletevalue`, `/default` … */
export async function runBcdedit(run: LabRun): Promise<number> {
  const { context, fault } = run;
  if (fault.garbage === true) {
    await context.write(garbage());
    return 0;
  }
  const texts = BCDEDIT_TEXTS[context.state.language];
  try {
    if (fault.error !== undefined) throw new BcdeditStop("store-denied");
    if (fault.hangAfter !== undefined) return await run.hang();
    const text = await work(run);
    await writeOem(context, text === undefined ? `${texts.done}\n` : text);
    return 0;
  } catch (error) {
    if (!(error instanceof BcdeditStop)) throw error;
    await writeOem(context, `${texts.faults[error.fault]}\n`);
    return fault.error ?? 1;
  }
}

/** Does the command. A text is its answer; without one it says that it is done. */
async function work(run: LabRun): Promise<string | undefined> {
  const [first, path, command, ...args] = run.arguments;
  if (first?.toLowerCase() !== "/store" || path === undefined || command === undefined) {
    throw new BcdeditStop("bad-command");
  }
  const verb = command.toLowerCase();
  const change = CHANGES[verb];
  if (change === undefined && verb !== "/enum" && verb !== "/export") {
    throw new BcdeditStop("bad-command");
  }
  const bcd = await LabBcd.open(run, path);
  if (verb === "/enum") return listing(run, { bcd, args });
  if (verb === "/export") return await exportTo(run, { bcd, args });
  if (run.fault.dieAfter !== undefined) throw new ProgramDied();
  await bcd.change(change!(bcd, args));
  return undefined;
}

interface Command {
  readonly bcd: LabBcd;
  readonly args: readonly string[];
}

/** That it does not write over a file is assumed. */
async function exportTo(run: LabRun, { bcd, args }: Command): Promise<undefined> {
  const [to] = args;
  if (to === undefined || args.length > 1) throw new BcdeditStop("bad-command");
  const { files } = run.context;
  if (await files.stat(to) !== undefined) throw new BcdeditStop("copy-exists");
  try {
    await files.createFile(to, bcd.bytes);
  } catch {
    throw new BcdeditStop("store-denied");
  }
  return undefined;
}

function listing(run: LabRun, { bcd, args }: Command): string {
  const words = args.map((word) => word.toLowerCase()).toSorted();
  if (words.join() !== "/v,all") throw new BcdeditStop("bad-command");
  return bcd.store.objects.map((object) => section(run, object)).join("");
}

/** A title, dashes below it, and names padded to 24 columns. */
function section(run: LabRun, object: BcdObject): string {
  const texts = BCDEDIT_TEXTS[run.context.state.language];
  const { kind, application } = object.type;
  const title = kind === "device"
    ? texts.deviceOptions
    : kind === "inherit" || application === undefined
    ? texts.settings
    : texts.titles[application] ?? texts.settings;
  const lines = [
    `${texts.identifier.padEnd(24)}{${object.id}}`,
    ...object.elements.flatMap(elementLines),
  ];
  return `\n${title}\n${"-".repeat(title.length)}\n${lines.join("\n")}\n`;
}

function elementLines(element: BcdElement): string[] {
  const { value } = element;
  const values = value.format === "object-list" ? value.ids.map((id) => `{${id}}`) : [
    (value.format === "integer" ? wordOf(element.type, value.number) : undefined) ??
      describeElement(element),
  ];
  return values.map((text, index) => (index === 0 ? element.name : "").padEnd(24) + text);
}
