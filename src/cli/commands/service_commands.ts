/** `service …`, `filters …`, `control-set …`: drivers, services and the sets that hold them. */
import { type Command, Option } from "commander";
import { ExitCode, UsageError, wrap } from "../../base/mod.ts";
import { commandFor } from "../../checks/mod.ts";
import { protectedFilterReason } from "../../knowledge/mod.ts";
import type { LadderOptions } from "../../ladder/mod.ts";
import { ALL_ANTIVIRUS, SERVICE_STARTS, type ServiceStartWord } from "../../repairs/mod.ts";
import {
  type ControlSets,
  controlSetsInUse,
  findFilterDrivers,
  listFilterLists,
  listServices,
  listsService,
  type OfflineWindows,
  readControlSets,
  readService,
  serviceFile,
  servicesBelongingTo,
} from "../../windows/mod.ts";
import { chooseWindows, type CommandContext } from "../context.ts";
import { type ChangeOptions, changing, common, type LookOptions } from "../options.ts";
import type { Registrar } from "../program.ts";
import { quoted } from "../registry_path.ts";
import { runRepair } from "../run_repair.ts";
import {
  filterDocument,
  renderControlSets,
  renderFilters,
  renderService,
  renderServiceLine,
  serviceDocument,
} from "../service_view.ts";

/** Adds them to the program. */
export function addServiceCommands(program: Command, registrar: Registrar): void {
  addServices(program, registrar);
  addFilters(program, registrar);
  addControlSets(program, registrar);
}

type Volume = string | undefined;

function addServices(program: Command, registrar: Registrar): void {
  const service = program.command("service").description("services and drivers");
  common(service.command("list [volume]").description("list them with how they start"))
    .action((volume: Volume, options: LookOptions) =>
      registrar.run(options, (context) => list(context, volume))
    );
  common(service.command("show <name>").description("show all about one"))
    .action((name: string, options: LookOptions) =>
      registrar.run(options, (context) => show(context, name))
    );
  changing(service.command("disable <name...>").description("let nothing start it"))
    .action((disableServices: string[], options: ChangeOptions) =>
      registrar.run(
        options,
        (context) => change(context, options, "service.disable", { disableServices }),
      )
    );
  changing(service.command("enable <name...>").description("let it start as on a sound Windows"))
    .addOption(new Option("--start <how>", "how it shall start").choices(SERVICE_STARTS))
    .action((enableServices: string[], options: ChangeOptions & { start?: ServiceStartWord }) =>
      registrar.run(options, (context) =>
        change(context, options, "service.enable", {
          enableServices,
          ...(options.start === undefined ? {} : { serviceStart: options.start }),
        }))
    );
}

function addFilters(program: Command, registrar: Registrar): void {
  const filters = program.command("filters").description("antivirus and other filter drivers");
  common(filters.command("list [volume]").description("list those that are not Microsoft's"))
    .action((volume: Volume, options: LookOptions) =>
      registrar.run(options, (context) => listFilters(context, volume))
    );
  changing(
    filters.command("disable <name...>").description(
      `disable them: a driver, a product, or ${ALL_ANTIVIRUS}`,
    ),
  )
    .action((disableFilters: string[], options: ChangeOptions) =>
      registrar.run(
        options,
        (context) => change(context, options, "filters.disable", { disableFilters }),
      )
    );
}

function addControlSets(program: Command, registrar: Registrar): void {
  const sets = program.command("control-set").description("the control sets of the registry");
  common(
    sets.command("show [volume]", { isDefault: true }).description("show which there are"),
  )
    .action((volume: Volume, options: LookOptions) =>
      registrar.run(options, (context) => showControlSets(context, volume))
    );
  changing(sets.command("use <which>").description("start from another: last-known-good"))
    .action((which: string, options: ChangeOptions) =>
      registrar.run(options, (context) => {
        if (which !== LAST_KNOWN_GOOD) {
          throw new UsageError(`Cannot use the control set "${which}"`, {
            next: `Only this one can be chosen: pemedic control-set use ${LAST_KNOWN_GOOD}`,
          });
        }
        return change(context, options, "registry.use-last-known-good", {});
      })
    );
}

const LAST_KNOWN_GOOD = "last-known-good";

/** @throws {UsageError} for a volume among the names: other commands take it there. */
async function change(
  context: CommandContext,
  options: ChangeOptions,
  step: string,
  wanted: Partial<LadderOptions>,
): Promise<number> {
  const names = wanted.disableServices ?? wanted.enableServices ?? wanted.disableFilters ?? [];
  const volume = names.find((name) => /^[A-Za-z]:|[\\/]/.test(name));
  if (volume !== undefined) {
    throw new UsageError(`Cannot use "${volume}" as a name of a service or filter`, {
      next: `The volume of the Windows goes into --windows ${quoted(volume)}`,
    });
  }
  return await runRepair(context, undefined, { only: [step], force: true, ...wanted }, options);
}

async function list(context: CommandContext, volume: Volume): Promise<number> {
  const windows = await chooseWindows(context, volume);
  const set = await windows.registry.controlSet();
  const services = await listServices(windows, set);
  context.output.document({
    root: windows.root,
    controlSet: set,
    services: services.map((service) => serviceDocument(service, serviceFile(windows, service))),
  });
  context.output.result(
    services.length === 0 ? "None" : services.map(renderServiceLine).join("\n"),
  );
  return ExitCode.ok;
}

async function show(context: CommandContext, name: string): Promise<number> {
  const windows = await chooseWindows(context, undefined);
  const found = [];
  for (const set of await controlSetsInUse(windows)) {
    const service = await readService(windows, set, name);
    if (service === undefined) continue;
    const lists = (await listFilterLists(windows, set))
      .filter((entry) => listsService(entry, service.name));
    const filter = (await findFilterDrivers(windows, set))
      .find((entry) => entry.service.name === service.name);
    const keep = filter?.keep ?? protectedFilterReason(service.name);
    found.push({ service, lists, filter, keep, file: serviceFile(windows, service) });
  }
  if (found.length === 0) {
    throw new UsageError(`Cannot find the service "${name}"`, {
      next: `List the services: ${commandFor(windows, "service list")}`,
    });
  }
  context.output.document({
    root: windows.root,
    services: found.map(({ service, lists, filter, keep, file }) => ({
      ...serviceDocument(service, file),
      filterLists: lists.map((entry) => ({ owner: entry.owner, list: entry.list })),
      filter: filter === undefined ? null : filterDocument(filter),
      keep: keep ?? null,
    })),
  });
  context.output.result(found.map(renderService).join("\n\n"));
  return ExitCode.ok;
}

async function listFilters(context: CommandContext, volume: Volume): Promise<number> {
  const windows = await chooseWindows(context, volume);
  const set = await windows.registry.controlSet();
  const all = await findFilterDrivers(windows, set);
  const foreign = all.filter((filter) => !filter.microsoft);
  const services = await servicesBelongingTo(windows, foreign);
  context.output.document({
    root: windows.root,
    controlSet: set,
    filters: all.map(filterDocument),
    services: services.map(({ service, why }) => ({
      ...serviceDocument(service, serviceFile(windows, service)),
      why,
    })),
  });
  context.output.result(
    renderFilters({ foreign, services, microsoft: all.length - foreign.length }),
  );
  tellDisable(context, windows, foreign.some((filter) => filter.keep === undefined));
  return ExitCode.ok;
}

function tellDisable(context: CommandContext, windows: OfflineWindows, any: boolean): void {
  if (!any) return;
  const command = commandFor(windows, "filters disable NAME --windows");
  context.output.talk(wrap(`To disable a driver, or all of a product: ${command}`));
}

async function showControlSets(context: CommandContext, volume: Volume): Promise<number> {
  const windows = await chooseWindows(context, volume);
  const sets: ControlSets = await readControlSets(windows.hives);
  context.output.document({ root: windows.root, ...sets });
  context.output.result(renderControlSets(sets));
  return ExitCode.ok;
}
