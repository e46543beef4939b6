/** `registry set`, `delete`, `import`, `salvage`: turns what was typed into what the steps do. */
import { foldCase, FormatError, UsageError } from "../base/mod.ts";
import { parseRegText, type RegKeyEntry } from "../formats/reg_text/mod.ts";
import { upcaseText } from "../formats/regf/mod.ts";
import { toHex } from "../journal/mod.ts";
import type { RegistryRequest } from "../repairs/mod.ts";
import { type CommandContext, onUserFile } from "./context.ts";
import { DATA_TYPES, type DataType, encodeData } from "./registry_data.ts";
import { editHiveFile } from "./registry_file_session.ts";
import { salvageFile } from "./registry_new_file.ts";
import {
  BCD_HIVE,
  below,
  longRoot,
  parseHiveName,
  parseHivePath,
  parseRegistryPath,
  pathNames,
  quoted,
  refuseQuotes,
  registryPrefix,
} from "./registry_path.ts";
import {
  chooseHiveFile,
  chooseTarget,
  type HiveFileTarget,
  refuseHiveOfWindows,
} from "./registry_target.ts";
import { type RunOptions, runRepair } from "./run_repair.ts";

/** Sets one value. */
export async function setValue(
  context: CommandContext,
  names: { readonly place: string; readonly path: string; readonly name: string },
  wanted: { readonly type: DataType; readonly data: readonly string[] },
  options: RunOptions,
): Promise<number> {
  refuseQuotes(names.path);
  const hex = toHex(encodeData(wanted.type, wanted.data));
  const type = DATA_TYPES[wanted.type];
  const work = { place: names.place, options };
  return await edit(context, work, (file) => [
    { kind: "set-value", path: pathFor(file, names.path), name: names.name, type, hex },
  ]);
}

/** Deletes one value, or a key with everything below it. */
export async function deleteFromRegistry(
  context: CommandContext,
  names: { readonly place: string; readonly path: string; readonly value: string | undefined },
  options: RunOptions,
): Promise<number> {
  const { value } = names;
  refuseQuotes(names.path);
  return await edit(context, { place: names.place, options }, (file) => {
    const path = pathFor(file, names.path);
    return [
      value === undefined ? { kind: "delete-key", path } : {
        kind: "delete-value",
        path,
        name: value,
      },
    ];
  });
}

/** Makes everything true that a `.reg` file says. */
export async function importIntoRegistry(
  context: CommandContext,
  names: {
    readonly place: string;
    readonly file: string;
    /** What stands for the root of a hive file in the text. */
    readonly prefix: string | undefined;
  },
  options: RunOptions,
): Promise<number> {
  const entries = await readRegFile(context, names.file);
  return await edit(
    context,
    { place: names.place, options },
    (file) =>
      entries.filter((entry) => !isMereRoot(entry)).flatMap((entry) => {
        const path = file === undefined
          ? pathInWindows(entry.path, names)
          : pathBelow(entry.path, names.prefix ?? registryPrefix(file.name));
        return requestsOf(entry, path);
      }),
  );
}

/** Settings of a user are in a hive of their own, which is no part of the machine's registry. */
function pathInWindows(path: string, names: { readonly file: string }): string {
  if (!/^HKEY_CURRENT_USER(?:\\|$)/i.test(longRoot(path))) return pathFor(undefined, path);
  const command = `D:\\Users\\NAME\\NTUSER.DAT ${quoted(names.file)} --prefix HKEY_CURRENT_USER`;
  throw new UsageError(`Cannot import "${path}" into the registry of the machine`, {
    next: `Import it into the hive of the user: pemedic registry import ${command}`,
  });
}

/** Rebuilds a damaged hive: of a Windows in its place, a hive file into a new one. */
export async function salvageRegistry(
  context: CommandContext,
  names: {
    readonly place: string;
    readonly hive: string | undefined;
    readonly output: string | undefined;
  },
  options: RunOptions,
): Promise<number> {
  const file = await chooseHiveFile(context, names.place);
  if (file !== undefined) return await salvageFile(context, file, names.output);
  if (names.output !== undefined) {
    throw new UsageError("Cannot use --output with a volume: the old hive is kept by the journal", {
      next: "Name the hive file itself to write a new one beside it",
    });
  }
  if (names.hive === undefined) {
    throw new UsageError("Cannot tell which hive is meant", {
      next: `See which one is damaged: pemedic registry check ${quoted(names.place)}`,
    });
  }
  const hive = editableHive(parseHiveName(names.hive));
  const ladder = { only: ["registry.salvage"], force: true, salvageHives: [hive] };
  return await runRepair(context, names.place, ladder, options);
}

interface EditWork {
  readonly place: string;
  readonly options: RunOptions;
}

/** On a volume everything is the ladder's: plan, guards, agreement, journal, undo. */
async function edit(
  context: CommandContext,
  work: EditWork,
  request: (file: HiveFileTarget | undefined) => RegistryRequest[],
): Promise<number> {
  const { place, options } = work;
  const file = await chooseHiveFile(context, place);
  const requests = await requestsFor(context, place, () => request(file));
  if (file !== undefined) {
    if (foldCase(file.name) === foldCase(BCD_FILE)) throw bootConfiguration();
    await refuseHiveOfWindows(context, file);
    return await editHiveFile(context, file, { requests, options });
  }
  const ladder = { only: ["registry.edit"], force: true, registryEdits: requests };
  return await runRepair(context, place, ladder, options);
}

/** A place that is not there is said before what is wrong with the rest. */
async function requestsFor(
  context: CommandContext,
  place: string,
  make: () => RegistryRequest[],
): Promise<RegistryRequest[]> {
  try {
    return make();
  } catch (error) {
    await chooseTarget(context, place);
    throw error;
  }
}

/** The path of a request: it begins with the hive on a volume, and below the root in a file. */
function pathFor(file: HiveFileTarget | undefined, typed: string): string {
  if (file !== undefined) return parseHivePath(typed);
  const { hive, path } = parseRegistryPath(typed);
  return below(editableHive(hive), path);
}

/** @throws {UsageError} for the boot configuration, which bcdedit keeps consistent. */
function editableHive(hive: string): string {
  if (hive !== BCD_HIVE) return hive;
  throw bootConfiguration();
}

/** Its file, on every machine. Source: Microsoft Learn, bcdedit. */
const BCD_FILE = "BCD";

function bootConfiguration(): UsageError {
  return new UsageError("Cannot edit the boot configuration as a hive: it is only read here", {
    next: "Use bcdedit /store FILE",
  });
}

function pathBelow(path: string, prefix: string): string {
  const names = pathNames(longRoot(path));
  const above = pathNames(longRoot(prefix));
  const inside = above.every((name, i) => upcaseText(names[i] ?? "") === upcaseText(name));
  if (inside) return names.slice(above.length).join("\\");
  const root = rootOfHive(names);
  throw new UsageError(`Cannot import "${path}": it does not lie below ${prefix}`, {
    next: `Say which path of the file stands for the root of this hive, as --prefix ${
      quoted(root)
    }`,
  });
}

/** The path that mostly is a hive: of a user all, of the machine what lies below its root. */
function rootOfHive(names: readonly string[]): string {
  const long = /^HKEY_(?:LOCAL_MACHINE|USERS)$/i.test(names[0] ?? "") ? 2 : 1;
  return names.slice(0, long).join("\\");
}

/** `[HKEY_LOCAL_MACHINE]` alone says nothing. */
function isMereRoot(entry: RegKeyEntry): boolean {
  return !entry.deleted && entry.values.length === 0 && pathNames(entry.path).length === 1;
}

function requestsOf(entry: RegKeyEntry, path: string): RegistryRequest[] {
  if (entry.deleted) return [{ kind: "delete-key", path }];
  return [
    { kind: "create-key", path },
    ...entry.values.map((value): RegistryRequest =>
      value.deleted ? { kind: "delete-value", path, name: value.name } : {
        kind: "set-value",
        path,
        name: value.name,
        type: value.type,
        hex: toHex(value.data),
      }
    ),
  ];
}

/** First line of the files that Windows 9x and NT 4 wrote; their text has no defined code page. */
const OLD_HEADER = "REGEDIT4";

async function readRegFile(context: CommandContext, path: string): Promise<readonly RegKeyEntry[]> {
  const bytes = await onUserFile(".reg file", () => context.host.files.read(path));
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).replace(/\0/g, "");
  if (start.startsWith("regf")) {
    throw new UsageError(`Cannot import "${path}": it is a hive, not a .reg file`, {
      next: "The volume or the hive file comes first, the .reg file second",
    });
  }
  if (start.includes(OLD_HEADER)) {
    throw new UsageError(`Cannot import "${path}": it is of the old version ${OLD_HEADER}`, {
      next: "Save it as version 5 (regedit: Registration Files)",
    });
  }
  try {
    return parseRegText(bytes).keys;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError(`Cannot import "${path}": ${error.message}`, { cause: error });
  }
}
