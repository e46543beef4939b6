/**
 * `registry export`: a key with everything below it as a `.reg` file of version 5. To a file as
 * regedit writes it (UTF-16LE with a byte order mark), to standard output as UTF-8.
 */
import { count, ExitCode, MedicError, UsageError, wrap } from "../base/mod.ts";
import { type HiveProblem, type HiveValue, walkHive } from "../formats/regf/mod.ts";
import { REG_BYTE_ORDER_MARK, RegTextWriter } from "../formats/reg_text/mod.ts";
import type { FileSystem } from "../host/mod.ts";
import { type CommandContext, onUserFile } from "./context.ts";
import { type OpenedKey, openKey, replayFacts } from "./registry_hive.ts";
import { below, longRoot } from "./registry_path.ts";
import { ended } from "./registry_query.ts";
import { chooseTarget } from "./registry_target.ts";
import { oneLine } from "./registry_view.ts";

/** What to write and where. */
export interface ExportOptions {
  readonly output?: string | undefined;
  /** Stands for the root of the hive in the text. */
  readonly prefix?: string | undefined;
  readonly replay: boolean;
}

/** Exports a key. */
export async function exportRegistry(
  context: CommandContext,
  names: { readonly place: string; readonly path: string },
  options: ExportOptions,
): Promise<number> {
  if (options.output === undefined && context.output.json) {
    throw new UsageError("Cannot print both the export and JSON", {
      next: "Name a file for the export: --output FILE",
    });
  }
  const target = await chooseTarget(context, names.place);
  const opened = await openKey(context, target, { ...options, path: names.path });
  const prefix = longRoot(options.prefix ?? opened.place.prefix).replace(/\\+$/, "");
  const root = below(prefix, opened.path);
  const exported = options.output === undefined
    ? toTerminal(context, opened, root)
    : await toFile(context, opened, { root, file: options.output });
  context.output.document({
    hive: opened.place.name,
    ...replayFacts(opened.replay, opened.hive),
    path: root,
    file: options.output ?? null,
    ...exported,
  });
  return told(context, opened, exported);
}

/** What became of an export. */
interface Exported {
  readonly keys: number;
  readonly values: number;
  /** Keys that no `.reg` file can hold, with everything below them. */
  readonly leftOut: readonly string[];
  /** Names of which half a character was lost in UTF-8. */
  readonly altered: readonly string[];
  readonly problems: readonly HiveProblem[];
}

function toTerminal(context: CommandContext, opened: OpenedKey, root: string): Exported {
  const decoder = new TextDecoder("utf-16le", { ignoreBOM: true });
  const { terminal } = context.host;
  return write(opened, {
    root,
    utf8: true,
    sink: (piece) => terminal.write(decoder.decode(piece, { stream: true })),
  });
}

async function toFile(
  context: CommandContext,
  opened: OpenedKey,
  place: { readonly root: string; readonly file: string },
): Promise<Exported> {
  const pieces: Uint8Array[] = [REG_BYTE_ORDER_MARK];
  await requireFree(context, place.file);
  const exported = write(opened, {
    root: place.root,
    utf8: false,
    sink: (piece) => void pieces.push(piece),
  });
  await writePieces(context.host.files, place.file, pieces);
  context.output.talk(
    wrap(
      `Exported ${count(exported.keys, "key")} and ${
        count(exported.values, "value")
      } to ${place.file}`,
    ),
  );
  return exported;
}

/**
 * Nothing is ever written over.
 *
 * @throws {UsageError} if something of that name is there, or the place cannot be used.
 */
export async function requireFree(context: CommandContext, file: string): Promise<void> {
  const there = await onUserFile("output file", () => context.host.files.stat(file));
  if (there === undefined) return;
  throw new UsageError(`Cannot write "${file}": it is there already`, {
    next: "Name a new file: what is there is never written over",
  });
}

/** A file that could not be written whole is taken away again: it would look like an export. */
async function writePieces(
  files: FileSystem,
  path: string,
  pieces: readonly Uint8Array[],
): Promise<void> {
  const file = await onUserFile("output file", () => files.openAppend(path));
  try {
    for (const piece of pieces) await file.append(piece);
  } catch (error) {
    await file.close();
    if (error instanceof MedicError) await files.remove(path);
    throw error;
  }
  await file.close();
}

interface Destination {
  readonly root: string;
  readonly utf8: boolean;
  readonly sink: (utf16: Uint8Array) => void;
}

function write(opened: OpenedKey, destination: Destination): Exported {
  const { root, utf8 } = destination;
  const writer = new RegTextWriter(destination.sink, { wellFormed: utf8 });
  const leftOut: string[] = [];
  const altered: string[] = [];
  const problems: HiveProblem[] = [];
  let keys = 0;
  let values = 0;
  let writing = false;
  const check = (name: string) => {
    if (utf8 && !name.isWellFormed()) altered.push(name);
  };
  walkHive(opened.hive, {
    key: (key, place) => {
      const path = below(root, place.path);
      writing = !/[\r\n]/.test(path);
      if (!writing) return void leftOut.push(path);
      check(key.name);
      writer.key(path);
      keys++;
    },
    value: (value) => {
      if (!writing) return;
      const entry = entryOf(value);
      check(entry.name);
      writer.value(entry);
      values++;
    },
    problem: (problem) => void problems.push(problem),
  }, opened.key);
  writer.end();
  return { keys, values, leftOut, altered, problems };
}

function entryOf(value: HiveValue) {
  return { name: value.name, deleted: false as const, type: value.type, data: value.data };
}

/** An export that does not hold everything must not look as if it did. */
function told(context: CommandContext, opened: OpenedKey, exported: Exported): number {
  const { output } = context;
  for (const path of exported.leftOut.slice(0, SHOWN)) {
    output.talk(wrap(`left out, its name holds a line break: ${oneLine(path)}`));
  }
  for (const name of exported.altered.slice(0, SHOWN)) {
    output.talk(wrap(`not exact, half a character cannot be UTF-8: ${oneLine(name)}`));
  }
  if (exported.altered.length > 0) {
    output.talk("Next: name a file to get every name exactly: --output FILE");
  }
  const code = ended(context, opened, exported.problems);
  const whole = exported.leftOut.length === 0 && exported.altered.length === 0;
  return whole ? code : ExitCode.partial;
}

const SHOWN = 10;
