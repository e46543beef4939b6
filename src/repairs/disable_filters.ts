/**
 * Switches filter drivers of others off: their names leave the filter lists of device classes
 * first, because Windows cannot start a device whose filter is missing (0x7B), then the drivers
 * and the services of the same product are disabled. Never Microsoft's, never encryption.
 */
import { RefusalError, UsageError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import { findProduct, type SecurityProductRow } from "../knowledge/mod.ts";
import {
  type BelongingService,
  controlSetsInUse,
  DISABLED,
  type FilterDriver,
  filterOwner,
  findFilterDrivers,
  isAntivirus,
  mayDecryptDisksFor,
  type OfflineWindows,
  servicesBelongingTo,
} from "../windows/mod.ts";
import { closestName } from "./closest_name.ts";
import { applyOwnChanges, HiveChanges, verdictOnEdits } from "./hive_changes.ts";
import { networkRemarks, setStart, unlist } from "./service_edits.ts";
import type { RepairOptions, RepairStep } from "./step.ts";

const ID = "filters.disable";
const TITLE = "Disable filter drivers";
/** The word for every antivirus that is found. */
export const ALL_ANTIVIRUS = "all-antivirus";

/** The step. */
export function disableFilters(options: RepairOptions): RepairStep {
  const names = options.disableFilters;
  return {
    id: ID,
    title: TITLE,
    resolves: "Windows does not start since an antivirus or another filter driver was installed",
    risk: "reversible",
    answers: [],
    async detect(windows) {
      if (names.length === 0) return { applies: false, reason: "No filter driver was named" };
      const chosen = await choose(windows, names);
      if ((await editsFor(windows, chosen)).length > 0) {
        return { applies: true, reason: "Asked for" };
      }
      return { applies: false, reason: nothingLeft(chosen) };
    },
    async plan(windows) {
      const chosen = await choose(windows, names);
      return {
        step: ID,
        title: TITLE,
        risk: "reversible",
        changes: await editsFor(windows, chosen),
        remarks: [
          ...remarksOn(chosen),
          ...await networkRemarks(
            windows,
            chosen.flatMap(({ filters }) => filters.map(({ service }) => service)),
          ),
          "The computer is without this protection until the product is installed again",
        ],
      };
    },
    apply: applyOwnChanges,
    verify: (windows, plan) =>
      verdictOnEdits(windows, plan, {
        fixed: "The filter drivers are disabled and in no filter list",
      }),
  };
}

/** What is disabled in one control set. */
interface Chosen {
  readonly filters: readonly FilterDriver[];
  readonly services: readonly BelongingService[];
  /** Third-party filters of the same products that were not named. */
  readonly staying: readonly FilterDriver[];
  /** Filters of "all-antivirus" that must stay. */
  readonly kept: readonly FilterDriver[];
  /** Filters of disks by the same makers that may decrypt them. */
  readonly unsure: readonly FilterDriver[];
}

/** @throws {MedicError} for a name that means nothing here, or a filter that must stay. */
async function choose(windows: OfflineWindows, names: readonly string[]): Promise<Chosen[]> {
  const sets: { all: FilterDriver[]; chosen: Set<FilterDriver> }[] = [];
  for (const set of await controlSetsInUse(windows)) {
    sets.push({ all: await findFilterDrivers(windows, set), chosen: new Set() });
  }
  for (const name of names) {
    let found = false;
    for (const { all, chosen } of sets) {
      const meant = filtersMeant(all, name);
      for (const filter of meant) chosen.add(filter);
      found ||= meant.length > 0;
    }
    if (!found) refuseUnknown(windows, name, sets.flatMap(({ all }) => all));
  }
  return await Promise.all(sets.map(({ all, chosen }) => completed(windows, all, chosen)));
}

/** @throws {RefusalError} if a filter is named, by its own name, that must stay. */
function filtersMeant(all: readonly FilterDriver[], name: string): FilterDriver[] {
  if (isWord(name)) return all.filter(isAntivirus);
  const driver = all.find(({ service }) => service.name.toUpperCase() === name.toUpperCase());
  if (driver !== undefined) {
    if (driver.keep !== undefined) {
      throw new RefusalError(`Cannot disable "${driver.service.name}": ${lower(driver.keep)}`);
    }
    return [driver];
  }
  const product = findProduct(name);
  return all.filter((filter) =>
    filter.keep === undefined && mayDecryptDisksFor(filter) === undefined &&
    ((product !== undefined && filter.product === product) || madeBy(filter, name))
  );
}

function isWord(name: string): boolean {
  return name.toLowerCase() === ALL_ANTIVIRUS;
}

function madeBy(filter: FilterDriver, name: string): boolean {
  return filter.company?.toUpperCase() === name.toUpperCase();
}

function refuseUnknown(
  windows: OfflineWindows,
  name: string,
  all: readonly FilterDriver[],
): void {
  if (isWord(name)) return;
  const names = all.filter((filter) => filter.keep === undefined)
    .flatMap((filter) => [filter.service.name, ...filter.product?.aliases ?? []]);
  const close = closestName(name, names);
  const list = `See what is there: ${commandFor(windows, "filters list")}`;
  throw new UsageError(`Cannot find the filter driver or product "${name}"`, {
    next: close === undefined ? list : `Did you mean "${close}"? ${list}`,
  });
}

async function completed(
  windows: OfflineWindows,
  all: readonly FilterDriver[],
  chosen: ReadonlySet<FilterDriver>,
): Promise<Chosen> {
  const filters = all.filter((filter) => chosen.has(filter));
  const products = new Set<SecurityProductRow | undefined>(filters.map(({ product }) => product));
  products.delete(undefined);
  const same = all.filter((filter) => products.has(filter.product) && !chosen.has(filter));
  return {
    filters,
    services: await servicesBelongingTo(windows, filters),
    staying: same.filter((filter) =>
      filter.keep === undefined && filter.service.start !== DISABLED
    ),
    kept: same.filter((filter) => filter.keep !== undefined),
    unsure: all.filter((filter) => {
      const product = mayDecryptDisksFor(filter);
      return product !== undefined && products.has(product) && !chosen.has(filter);
    }),
  };
}

async function editsFor(windows: OfflineWindows, sets: readonly Chosen[]) {
  const changes = new HiveChanges(windows);
  for (const { filters } of sets) {
    const names = filters.map(({ service }) => service.name);
    const lists = new Map(
      filters.flatMap((filter) => filter.lists)
        .map((list) => [`${list.place.path}\\${list.list}`, list]),
    );
    await unlist(changes, [...lists.values()], names);
  }
  for (const { filters, services } of sets) {
    for (const { service } of filters) await setStart(changes, service, DISABLED);
    for (const { service } of services) await setStart(changes, service, DISABLED);
  }
  return changes.changes();
}

function nothingLeft(sets: readonly Chosen[]): string {
  const names = namesOf(sets.flatMap(({ filters }) => filters));
  return names === ""
    ? "No antivirus of others is there"
    : `Disabled already, with the services that belong to it: ${names}`;
}

function namesOf(filters: readonly FilterDriver[]): string {
  return [...new Set(filters.map(({ service }) => service.name))].join(", ");
}

/** One line for each owner, and what stays although one might expect otherwise. */
function remarksOn(sets: readonly Chosen[]): string[] {
  const filters = sets.flatMap((chosen) => chosen.filters);
  const owners = new Map<string, FilterDriver[]>();
  for (const filter of filters) {
    const owner = filterOwner(filter);
    owners.set(owner, [...owners.get(owner) ?? [], filter]);
  }
  const belonging = new Map<string, Set<string>>();
  for (const { service, why } of sets.flatMap(({ services }) => services)) {
    belonging.set(why, (belonging.get(why) ?? new Set()).add(service.name));
  }
  const staying = namesOf(sets.flatMap((chosen) => chosen.staying));
  const disks = namesOf(sets.flatMap((chosen) => chosen.unsure));
  const unsure = filters.some(({ product, lists }) => product === undefined && lists.length > 0);
  return [
    ...[...owners].map(([owner, own]) => `Drivers of ${owner}: ${namesOf(own)}`),
    ...[...belonging].map(([why, names]) => `Services that ${why}: ${[...names].join(", ")}`),
    ...(staying === "" ? [] : [`Other drivers of the same product stay on: ${staying}`]),
    ...kept(sets),
    ...(disks === "" ? [] : [
      `Of the same maker, on the way to disks, and left on because it may decrypt them: ${disks}`,
    ]),
    ...(unsure ? [UNSURE] : []),
  ];
}

const UNSURE = "If a driver of an unknown maker decrypts another disk, that disk cannot be read " +
  "until it is switched on again";

function kept(sets: readonly Chosen[]): string[] {
  const filters = new Map(
    sets.flatMap((chosen) => chosen.kept).map((filter) => [filter.service.name, filter]),
  );
  return [...filters.values()].map((filter) =>
    `${filter.service.name} stays: ${lower(filter.keep ?? "")}`
  );
}

function lower(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}
