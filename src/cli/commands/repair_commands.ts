/** `repair`, `cache reset`, `disk check|repair`, `files verify|repair`. */
import type { Command } from "commander";
import { diskStructure, protectedFiles } from "../../checks/mod.ts";
import {
  type ChangeOptions,
  changing,
  collect,
  common,
  inclusions,
  type LookOptions,
  withScratch,
} from "../options.ts";
import { type Inclusion, INCLUSIONS } from "../../repairs/mod.ts";
import type { CommandContext } from "../context.ts";
import type { Registrar } from "../program.ts";
import { runRepair } from "../run_repair.ts";
import { deepCheck } from "./inspect_commands.ts";

/** Adds them to the program. */
export function addRepairCommands(program: Command, registrar: Registrar): void {
  addRepair(program, registrar);
  addCache(program, registrar);
  addDisk(program, registrar);
  addFiles(program, registrar);
}

type Volume = string | undefined;

interface RepairCommandOptions extends ChangeOptions {
  readonly only?: string[];
  readonly skip?: string[];
  readonly source?: string[];
  readonly include?: Inclusion[];
  readonly quick?: boolean;
  readonly discardHibernation?: boolean;
}

function addRepair(program: Command, registrar: Registrar): void {
  const command = program.command("repair [volume]")
    .description("show the plan of the repair, ask, run, verify");
  withScratch(changing(command))
    .option("--plan <file>", "run exactly this saved plan")
    .option("--only <step>", "only this step (repeat for more)", collect)
    .option("--skip <step>", "leave this step out (repeat for more)", collect)
    .option(
      "--source <source>",
      "repair files: E:\\sources\\install.wim:6, E:\\Windows or auto",
      collect,
    )
    .option(
      "--include <settings>",
      `also reset these, after a look: ${INCLUSIONS.join(",")}`,
      inclusions,
    )
    .option("--quick", "do not run the checks that take minutes")
    .option("--discard-hibernation", "set the saved memory of a hibernated Windows aside")
    .action((volume: Volume, options: RepairCommandOptions) =>
      registrar.run(options, (context) =>
        runRepair(context, volume, {
          only: options.only ?? [],
          skip: options.skip ?? [],
          sources: options.source ?? [],
          include: options.include ?? [],
          quick: options.quick ?? false,
          discardHibernation: options.discardHibernation ?? false,
          ...(options.scratch === undefined ? {} : { scratch: options.scratch }),
        }, options))
    );
}

function addCache(program: Command, registrar: Registrar): void {
  const cache = program.command("cache").description("the cache of Windows Update");
  const reset = cache.command("reset [volume]")
    .description("move SoftwareDistribution, catroot2 and the BITS queue aside");
  changing(reset).action((volume: Volume, options: ChangeOptions) =>
    registrar.run(
      options,
      (context) =>
        runRepair(context, volume, { only: ["updates.reset-cache"], force: true }, options),
    )
  );
}

function addDisk(program: Command, registrar: Registrar): void {
  const disk = program.command("disk").description("the file system (chkdsk)");
  common(disk.command("check [volume]").description("examine it, change nothing"))
    .action((volume: Volume, options: LookOptions) =>
      registrar.run(
        options,
        (context) => deepCheck(context, { check: diskStructure, tool: "chkdsk" }, { volume }),
      )
    );
  changing(disk.command("repair [volume]").description("repair it (chkdsk /f)"))
    .option("--bad-sectors", "read every sector too: takes hours, strains a failing disk")
    .action((volume: Volume, options: ChangeOptions & { badSectors?: boolean }) =>
      registrar.run(options, (context) =>
        runRepair(context, volume, {
          only: ["disk.repair"],
          force: true,
          ...(options.badSectors ? { badSectors: true } : {}),
        }, options))
    );
}

function addFiles(program: Command, registrar: Registrar): void {
  const files = program.command("files").alias("file")
    .description("the protected system files (sfc), or one of an image");
  common(files.command("verify [volume]").description("compare them, change nothing"))
    .action((volume: Volume, options: LookOptions) =>
      registrar.run(
        options,
        (context) => deepCheck(context, { check: protectedFiles, tool: "sfc" }, { volume }),
      )
    );
  changing(files.command("repair [volume]").description("replace damaged ones (sfc /scannow)"))
    .action((volume: Volume, options: ChangeOptions) =>
      registrar.run(
        options,
        (context) => runRepair(context, volume, { only: ["files.repair"], force: true }, options),
      )
    );
  changing(
    files.command("restore <volume> <file>").description("put one back from an image that fits"),
  )
    .requiredOption("--from <image>", "E:\\sources\\install.wim:6, E:\\Win11.iso or auto")
    .option("--force", "also if image or version do not fit for sure")
    .action((volume: string, file: string, options: FileRestoreOptions) =>
      registrar.run(options, (context) => restoreFile(context, { volume, file }, options))
    );
}

interface FileRestoreOptions extends ChangeOptions {
  readonly from: string;
  readonly force?: boolean;
}

/** The rooms of media are loaded for this command alone. */
async function restoreFile(
  context: CommandContext,
  names: { readonly volume: string; readonly file: string },
  options: FileRestoreOptions,
): Promise<number> {
  const { restoreRequest } = await import("../restore_file.ts");
  const { from, force: override = false } = options;
  const ladder = { only: ["files.restore-from-image"], force: true };
  return await runRepair(context, names.volume, ladder, {
    ...options,
    resolve: async (windows) => ({
      restoreFiles: [await restoreRequest(context, windows, { ...names, from, override })],
    }),
  });
}
