/** `image …`: the component store, packages and drivers of the offline Windows (DISM). */
import type { Command } from "commander";
import { ExitCode } from "../../base/mod.ts";
import { componentStore, componentStoreFlag } from "../../checks/mod.ts";
import type { LadderOptions } from "../../ladder/mod.ts";
import {
  type DismAnswer,
  type DismDriver,
  type DismPackage,
  type DismPlace,
  DismProgressReader,
  listDrivers,
  listPackages,
  parseDrivers,
  parsePackages,
} from "../../tools/dism/mod.ts";
import { dismValue } from "../../repairs/mod.ts";
import { chooseWindows, type CommandContext } from "../context.ts";
import { createPrinter } from "../printer.ts";
import {
  type ChangeOptions,
  changing,
  collect,
  common,
  type LookOptions,
  withScratch,
} from "../options.ts";
import type { Registrar } from "../program.ts";
import { runRepair } from "../run_repair.ts";
import { deepCheck, readyWorkspace } from "./inspect_commands.ts";

/** Adds them to the program. */
export function addImageCommands(program: Command, registrar: Registrar): void {
  const image = program.command("image")
    .description("the component store, packages, drivers (DISM)");
  addReading(image, registrar);
  addRestoring(image, registrar);
  addNaming(image, registrar);
}

type Volume = string | undefined;

function addReading(image: Command, registrar: Registrar): void {
  const look = (
    name: string,
    about: string,
    body: (context: CommandContext, place: Place) => Promise<number>,
  ) =>
    withScratch(common(image.command(`${name} [volume]`).description(about)))
      .action((volume: Volume, options: LookOptions) =>
        registrar.run(options, (context) => body(context, { volume, scratch: options.scratch }))
      );
  look(
    "check",
    "read what an earlier scan found; instant",
    (context, place) => deepCheck(context, { check: componentStoreFlag, tool: "dism" }, place),
  );
  look(
    "scan",
    "scan the component store; minutes",
    (context, place) => deepCheck(context, { check: componentStore, tool: "dism" }, place),
  );
  look(
    "packages",
    "list the packages and their states",
    (context, place) => showList(context, place, PACKAGES),
  );
  look(
    "drivers",
    "list the third-party drivers",
    (context, place) => showList(context, place, DRIVERS),
  );
}

function addRestoring(image: Command, registrar: Registrar): void {
  withScratch(
    changing(
      image.command("restore [volume]").description("repair the component store from a source"),
    ),
  )
    .option("--source <source>", "E:\\sources\\install.wim:6, E:\\Windows or auto", collect)
    .action((volume: Volume, options: ChangeOptions & { source?: string[] }) =>
      registrar.run(
        options,
        (context) =>
          runRepair(
            context,
            volume,
            { ...only("image.restore", options), sources: options.source ?? [] },
            options,
          ),
      )
    );
  withScratch(
    changing(
      image.command("revert-pending [volume]").description("take an interrupted update back"),
    ),
  )
    .action((volume: Volume, options: ChangeOptions) =>
      registrar.run(
        options,
        (context) => runRepair(context, volume, only("servicing.revert-pending", options), options),
      )
    );
  withScratch(
    changing(image.command("cleanup [volume]").description("remove superseded components")),
  )
    .option("--reset-base", "also make installed updates permanent")
    .action((volume: Volume, options: ChangeOptions & { resetBase?: boolean }) =>
      registrar.run(options, (context) =>
        runRepair(context, volume, {
          ...only("image.cleanup", options),
          ...(options.resetBase ? { resetBase: true } : {}),
        }, options))
    );
}

/** Commands whose arguments name packages or drivers; the volume is given with --windows. */
function addNaming(image: Command, registrar: Registrar): void {
  const change = (
    usage: string,
    about: string,
    wanted: (names: string[], options: ChangeOptions) => Partial<LadderOptions>,
  ) =>
    withScratch(changing(image.command(usage).description(about)))
      .action((names: string[], options: ChangeOptions) =>
        registrar.run(options, (context) =>
          runRepair(context, undefined, wanted(names, options), options))
      );
  change(
    "remove-package <identity...>",
    "remove packages by identity",
    (removePackages, options) => ({
      ...only("image.remove-package", options),
      removePackages,
    }),
  );
  change("add-package <file...>", "add .cab or .msu files", (addPackages, options) => ({
    ...only("image.add-package", options),
    addPackages,
  }));
  change("remove-driver <name...>", "remove drivers (oemN.inf)", (removeDrivers, options) => ({
    ...only("image.remove-driver", options),
    removeDrivers,
  }));
}

interface Place {
  readonly volume: Volume;
  readonly scratch: string | undefined;
}

function only(step: string, options: ChangeOptions): Partial<LadderOptions> {
  const { scratch } = options;
  return { only: [step], force: true, ...(scratch === undefined ? {} : { scratch }) };
}

/** One kind of list that DISM prints. */
interface ListKind<T> {
  readonly title: string;
  call(place: DismPlace): ReturnType<typeof listPackages>;
  parse(outcome: Parameters<typeof parsePackages>[0]): DismAnswer<readonly T[]>;
  render(entry: T): string;
}

const PACKAGES: ListKind<DismPackage> = {
  title: "Listing the packages",
  call: listPackages,
  parse: parsePackages,
  // An identity is one word of up to 100 characters: on a line of its own it can be copied.
  render: (entry) => `${entry.state}\n    ${entry.identity}`,
};

const DRIVERS: ListKind<DismDriver> = {
  title: "Listing the drivers",
  call: listDrivers,
  parse: parseDrivers,
  render: (entry) =>
    [
      entry.publishedName.padEnd(12),
      entry.className.padEnd(14),
      entry.version.padEnd(16),
      `${entry.providerName}, ${entry.originalFileName}`,
    ].join(" "),
};

async function showList<T>(
  context: CommandContext,
  options: Place,
  kind: ListKind<T>,
): Promise<number> {
  const windows = await chooseWindows(context, options.volume);
  await windows.tools.locate("dism");
  const workspace = await readyWorkspace(context, windows, options.scratch);
  const printer = await createPrinter(context);
  try {
    printer.begin(kind.title);
    const log = await workspace.newLog("dism-list.log");
    const call = kind.call({ image: windows.root, scratch: workspace.scratch, logPath: log.path });
    const outcome = await windows.tools.run(call, {
      progress: new DismProgressReader(),
      onProgress: (progress) => printer.progress(progress),
      onQuiet: (silentMs) => printer.quiet(silentMs),
    });
    printer.end();
    const entries = dismValue(kind.parse(outcome), { sourceGiven: false });
    context.output.document({ root: windows.root, entries });
    context.output.result(
      entries.length === 0 ? "None" : entries.map((entry) => kind.render(entry)).join("\n"),
    );
    return ExitCode.ok;
  } finally {
    printer.end();
    await workspace.cleanUp();
  }
}
