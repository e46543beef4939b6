/** Switches single services and drivers off and on, because the user named them. */
import { RefusalError, UsageError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import {
  findBootService,
  findNeededService,
  findServiceDefault,
  protectedFilterReason,
} from "../knowledge/mod.ts";
import {
  controlSetsInUse,
  DISABLED,
  effectiveStart,
  type FilterList,
  findFilterDrivers,
  findStorageControllers,
  listFilterLists,
  listServices,
  listsService,
  type OfflineWindows,
  readService,
  type ServiceEntry,
} from "../windows/mod.ts";
import { closestName } from "./closest_name.ts";
import { applyOwnChanges, HiveChanges, verdictOnEdits } from "./hive_changes.ts";
import { keyPath, networkRemarks, setNumber, setStart, unlist } from "./service_edits.ts";
import {
  type RepairOptions,
  type RepairStep,
  SERVICE_STARTS,
  type ServiceStartWord,
} from "./step.ts";

const DISABLE_TITLE = "Disable services or drivers";
const ENABLE_TITLE = "Enable services or drivers";

/** `service.disable` */
export function disableServices(options: RepairOptions): RepairStep {
  const names = options.disableServices;
  return {
    id: "service.disable",
    title: DISABLE_TITLE,
    resolves: "Windows does not start since one driver or service was installed",
    risk: "reversible",
    answers: [],
    async detect(windows) {
      if (names.length === 0) return { applies: false, reason: "No service was named" };
      const services = await findNamed(windows, names);
      for (const service of services) await refuseNeeded(windows, service);
      if ((await disableEdits(windows, services)).length > 0) {
        return { applies: true, reason: "Asked for" };
      }
      return { applies: false, reason: `Disabled already: ${namesOf(services)}` };
    },
    async plan(windows) {
      const services = await findNamed(windows, names);
      for (const service of services) await refuseNeeded(windows, service);
      return {
        step: "service.disable",
        title: DISABLE_TITLE,
        risk: "reversible",
        changes: await disableEdits(windows, services),
        remarks: await remarksOn(windows, services),
      };
    },
    apply: applyOwnChanges,
    verify: (windows, plan) =>
      verdictOnEdits(windows, plan, { fixed: "Nothing starts what was named any more" }),
  };
}

/** `service.enable` */
export function enableServices(options: RepairOptions): RepairStep {
  const names = options.enableServices;
  return {
    id: "service.enable",
    title: ENABLE_TITLE,
    resolves: "A service or driver was disabled that is needed",
    risk: "reversible",
    answers: [],
    async detect(windows) {
      if (names.length === 0) return { applies: false, reason: "No service was named" };
      const services = await findNamed(windows, names);
      if ((await enableEdits(windows, services, options.serviceStart)).length > 0) {
        return { applies: true, reason: "Asked for" };
      }
      return { applies: false, reason: `Not disabled: ${services.map(startOf).join(", ")}` };
    },
    async plan(windows) {
      const services = await findNamed(windows, names);
      return {
        step: "service.enable",
        title: ENABLE_TITLE,
        risk: "reversible",
        changes: await enableEdits(windows, services, options.serviceStart),
        remarks: ["If it is a driver that keeps Windows from starting, disable it again"],
      };
    },
    apply: applyOwnChanges,
    verify: (windows, plan) =>
      verdictOnEdits(windows, plan, { fixed: "What was named is switched on" }),
  };
}

/** The named services of all control sets in use. @throws {UsageError} for an unknown name. */
async function findNamed(
  windows: OfflineWindows,
  names: readonly string[],
): Promise<ServiceEntry[]> {
  const sets = await controlSetsInUse(windows);
  const found: ServiceEntry[] = [];
  for (const name of names) {
    const services: ServiceEntry[] = [];
    for (const set of sets) {
      const service = await readService(windows, set, name);
      if (service !== undefined) services.push(service);
    }
    if (services.length === 0) await refuseUnknown(windows, name, sets);
    found.push(...services);
  }
  return found;
}

async function refuseUnknown(
  windows: OfflineWindows,
  name: string,
  sets: readonly number[],
): Promise<never> {
  const names = new Set<string>();
  for (const set of sets) {
    for (const service of await listServices(windows, set)) names.add(service.name);
  }
  const list = `List the services: ${commandFor(windows, "service list")}`;
  const close = closestName(name, names);
  throw new UsageError(`Cannot find the service "${name}"`, {
    next: close === undefined ? list : `Did you mean "${close}"? ${list}`,
  });
}

/** @throws {RefusalError} for what Windows needs to start or to read its data. */
async function refuseNeeded(windows: OfflineWindows, service: ServiceEntry): Promise<void> {
  const reason = await neededBecause(windows, service);
  if (reason === undefined) return;
  throw new RefusalError(`Cannot disable "${service.name}": ${reason}`, {
    next: `See what it is: ${
      commandFor(windows, `service show ${quoted(service.name)} --windows`)
    }`,
  });
}

async function neededBecause(
  windows: OfflineWindows,
  service: ServiceEntry,
): Promise<string | undefined> {
  const needed = findBootService(service.name) ?? findNeededService(service.name);
  if (needed !== undefined) {
    return `Windows does not start without it (${needed.purpose.toLowerCase()})`;
  }
  const controllers = (await findStorageControllers(windows, service.set))
    .filter((controller) => effectiveStart(controller) === 0);
  if (controllers.some(({ name }) => same(name, service.name))) {
    return "It drives a storage controller of this machine";
  }
  if (same(service.name, "vmbus") && controllers.some(({ name }) => same(name, "storvsc"))) {
    return "The disks of this virtual machine are reached through it";
  }
  const byName = protectedFilterReason(service.name);
  if (byName !== undefined) return byName;
  const filters = await findFilterDrivers(windows, service.set);
  return filters.find((filter) => same(filter.service.name, service.name))?.keep;
}

async function disableEdits(windows: OfflineWindows, services: readonly ServiceEntry[]) {
  const changes = new HiveChanges(windows);
  for (const list of await listsOf(windows, services)) {
    await unlist(changes, [list], services.map(({ name }) => name));
  }
  for (const service of services) await setStart(changes, service, DISABLED);
  return changes.changes();
}

async function listsOf(
  windows: OfflineWindows,
  services: readonly ServiceEntry[],
): Promise<FilterList[]> {
  const lists: FilterList[] = [];
  for (const set of new Set(services.map((service) => service.set))) {
    lists.push(
      ...(await listFilterLists(windows, set)).filter((list) =>
        services.some((service) => listsService(list, service.name))
      ),
    );
  }
  return lists;
}

async function remarksOn(
  windows: OfflineWindows,
  services: readonly ServiceEntry[],
): Promise<string[]> {
  const lists = await listsOf(windows, services);
  const owners = [...new Set(lists.map((list) => list.owner))].join(", ");
  const set = services[0]?.set;
  const dependents = set === undefined
    ? []
    : (await listServices(windows, set)).filter((other) =>
      other.start !== DISABLED &&
      other.dependsOn.some((name) => services.some((service) => same(service.name, name)))
    );
  return [
    ...await networkRemarks(windows, services),
    ...(owners === "" ? [] : [
      `It leaves the filter lists of ${owners} first: a listed filter that is disabled stops ` +
      "its devices (0x7B for disks and volumes)",
    ]),
    ...(dependents.length === 0
      ? []
      : [`Services that need it do not start either: ${namesOf(dependents)}`]),
  ];
}

async function enableEdits(
  windows: OfflineWindows,
  services: readonly ServiceEntry[],
  word: ServiceStartWord | undefined,
) {
  const changes = new HiveChanges(windows);
  for (const service of services) {
    if (word !== undefined) {
      await setStart(changes, service, SERVICE_STARTS.indexOf(word));
      continue;
    }
    if (service.start !== DISABLED && service.start !== undefined) continue;
    const known = knownDefault(windows, service);
    await setStart(changes, service, known.start);
    if (!known.delayed) continue;
    const path = keyPath(service.place);
    await setNumber(changes, { path, name: "DelayedAutostart" }, 1);
  }
  return changes.changes();
}

/** @throws {RefusalError} if no table knows how the service starts on a sound Windows. */
function knownDefault(
  windows: OfflineWindows,
  service: ServiceEntry,
): { readonly start: number; readonly delayed: boolean } {
  const row = findServiceDefault(service.name);
  if (row !== undefined) return row;
  const boot = findBootService(service.name);
  if (boot !== undefined) return { start: boot.start, delayed: false };
  const words = SERVICE_STARTS.join(", ");
  throw new RefusalError(`Cannot enable "${service.name}": how it starts by default is not known`, {
    next: `Say how, with one of ${words}: ${
      commandFor(windows, `service enable ${quoted(service.name)} --start demand --windows`)
    }`,
  });
}

function startOf(service: ServiceEntry): string {
  return `${service.name} (Start ${service.start ?? "missing"})`;
}

function namesOf(services: readonly ServiceEntry[]): string {
  return [...new Set(services.map(({ name }) => name))].join(", ");
}

function same(a: string, b: string): boolean {
  return a.toUpperCase() === b.toUpperCase();
}

function quoted(name: string): string {
  return /\s/.test(name) ? `"${name}"` : name;
}
