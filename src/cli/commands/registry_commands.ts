/** `registry …`: the hives of an offline Windows, or a hive file, read and edited by their paths. */
import type { Command } from "commander";
import { UsageError } from "../../base/mod.ts";
import { checkRegistry } from "../registry_check.ts";
import { DATA_TYPE_NAMES, parseDataType } from "../registry_data.ts";
import {
  deleteFromRegistry,
  importIntoRegistry,
  salvageRegistry,
  setValue,
} from "../registry_edit.ts";
import { exportRegistry } from "../registry_export.ts";
import { replayRegistry } from "../registry_new_file.ts";
import { queryRegistry } from "../registry_query.ts";
import { type ChangeOptions, changing, common, type LookOptions } from "../options.ts";
import type { Registrar } from "../program.ts";
import { isShownDefault } from "../registry_view.ts";
import { isRegExeOption } from "../usage_advice.ts";

/** Adds them to the program. */
export function addRegistryCommands(program: Command, registrar: Registrar): void {
  const registry = program.command("registry")
    .description("the registry of an offline Windows, or a hive file")
    .addHelpText("after", ADDRESSES);
  addReading(registry, registrar);
  addExamining(registry, registrar);
  addSetting(registry, registrar);
  addImporting(registry, registrar);
  addSalvaging(registry, registrar);
}

const ADDRESSES = `
HIVE is a volume (D:) or a hive file. On a volume a path begins with the hive:
  pemedic registry query D: HKLM\\SYSTEM\\CurrentControlSet\\Services\\BITS
In a hive file it begins below the root:
  pemedic registry query E:\\SYSTEM ControlSet001\\Services\\BITS
Links are never followed. What a dirty hive's logs hold is shown and kept.`;

const SETTING = `
  pemedic registry set D: HKLM\\SYSTEM\\Setup CmdLine "" --type sz
Numbers are decimal or begin with 0x; a multi_sz takes one argument per string.
Data that begins with - comes last, behind --.`;

type Optional = string | undefined;

interface ReadOptions extends LookOptions {
  /** False with `--no-replay`. */
  readonly replay: boolean;
}

function reading(command: Command): Command {
  return common(command).option("--no-replay", "show the file as it lies, without its logs");
}

interface QueryCommandOptions extends ReadOptions {
  readonly recursive?: boolean;
  readonly value?: string;
  readonly default?: boolean;
}

interface ExportCommandOptions extends ReadOptions {
  readonly output?: string;
  readonly prefix?: string;
}

function addReading(registry: Command, registrar: Registrar): void {
  reading(registry.command("query <hive> [path]").description("show a key: values and subkeys"))
    .option("--recursive", "show everything below it too")
    .option("--value <name>", "show the data of this value alone")
    .option("--default", "show the data of the default value alone")
    .action((place: string, path: Optional, options: QueryCommandOptions) =>
      registrar.run(options, (context) =>
        queryRegistry(context, { place, path: path ?? "" }, {
          ...options,
          value: valueName(options),
        }))
    );
  reading(
    registry.command("export <hive> [path]").description("write a key as .reg text"),
  )
    .option("--output <file>", "write a file as regedit does (default: print UTF-8)")
    .option("--prefix <path>", "what stands for the root of the hive in the text")
    .action((place: string, path: Optional, options: ExportCommandOptions) =>
      registrar.run(
        options,
        (context) => exportRegistry(context, { place, path: path ?? "" }, options),
      )
    );
}

function addExamining(registry: Command, registrar: Registrar): void {
  reading(registry.command("check <hive> [name]").description("what is wrong with a hive"))
    .action((place: string, hive: Optional, options: ReadOptions) =>
      registrar.run(options, (context) => checkRegistry(context, { place, hive }, options))
    );
  common(
    registry.command("replay <hive> [name]").description("write the hive with its logs"),
  )
    .requiredOption("--output <file>", "the new file")
    .action((place: string, hive: Optional, options: LookOptions & { output: string }) =>
      registrar.run(options, (context) => replayRegistry(context, { place, hive }, options.output))
    );
}

interface SetCommandOptions extends ChangeOptions {
  readonly type: string;
  readonly default?: boolean;
  readonly separator?: string;
}

interface DeleteCommandOptions extends ChangeOptions {
  readonly value?: string;
  readonly default?: boolean;
}

function addSetting(registry: Command, registrar: Registrar): void {
  changing(
    registry.command("set <hive> <path> [name] [data...]").description("set a value"),
  )
    .addHelpText("after", SETTING)
    .requiredOption("--type <type>", DATA_TYPE_NAMES)
    .option("--default", "set the default value: no name is given")
    .option("--separator <text>", "what stands between the strings of a multi_sz, as \\0")
    .action(
      (
        place: string,
        path: string,
        name: Optional,
        data: readonly string[],
        options: SetCommandOptions,
      ) =>
        registrar.run(options, (context) => {
          const named = nameAndData(name, data, options);
          const names = { place, path, name: named.name };
          return setValue(context, names, {
            type: parseDataType(options.type),
            data: named.data,
          }, options);
        }),
    );
  changing(
    registry.command("delete <hive> <path>").description("delete a key with all below it"),
  )
    .option("--value <name>", "delete this value alone")
    .option("--default", "delete the default value alone")
    .action((place: string, path: string, options: DeleteCommandOptions) =>
      registrar.run(
        options,
        (context) =>
          deleteFromRegistry(context, { place, path, value: valueName(options) }, options),
      )
    );
}

function addImporting(registry: Command, registrar: Registrar): void {
  changing(
    registry.command("import <hive> <file>").description("do what a .reg file says"),
  )
    .option("--prefix <path>", "what stands for the root of a hive file in the text")
    .action((place: string, file: string, options: ChangeOptions & { prefix?: string }) =>
      registrar.run(
        options,
        (context) => importIntoRegistry(context, { place, file, prefix: options.prefix }, options),
      )
    );
}

function addSalvaging(registry: Command, registrar: Registrar): void {
  changing(
    registry.command("salvage <hive> [name]")
      .description("rebuild what can be reached"),
  )
    .option("--output <file>", "for a hive file: the new file")
    .action((place: string, hive: Optional, options: ChangeOptions & { output?: string }) =>
      registrar.run(
        options,
        (context) => salvageRegistry(context, { place, hive, output: options.output }, options),
      )
    );
}

function valueName(
  options: { readonly value?: string; readonly default?: boolean },
): string | undefined {
  if (options.default && options.value !== undefined) {
    throw new UsageError("Cannot use --value together with --default");
  }
  return options.default ? "" : options.value;
}

function nameAndData(
  name: Optional,
  data: readonly string[],
  options: SetCommandOptions,
): { readonly name: string; readonly data: readonly string[] } {
  if (!options.default) requireName(name);
  const all = options.default && name !== undefined ? [name, ...data] : data;
  const { separator } = options;
  const split = separator === undefined || separator === ""
    ? all
    : all.flatMap((text) => text.split(separator));
  return { name: options.default ? "" : name ?? "", data: split };
}

/** What is meant in another way must not become the name of a new value. */
function requireName(name: Optional): void {
  if (name === undefined) {
    throw new UsageError("Cannot set a value without a name", {
      next: "Name the value, or say --default",
    });
  }
  if (isShownDefault(name)) {
    throw new UsageError(
      `Cannot set a value named "${name}": this is how the default one is shown`,
      {
        next: "Say --default instead of a name",
      },
    );
  }
  if (isRegExeOption(name)) throw new UsageError(`Cannot set a value named "${name}"`);
}
