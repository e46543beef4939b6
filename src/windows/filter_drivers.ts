/**
 * Filter drivers of a control set: what stands between programs and files or between Windows and
 * its devices, whose it is, and how that was recognised.
 */
import {
  filterGroupOfAltitude,
  type FilterGroupRow,
  type FilterPurpose,
  findBootClass,
  findFilterGroup,
  findProduct,
  findProductOfDriver,
  isMicrosoftFilter,
  protectedFilterReason,
  type SecurityProductRow,
} from "../knowledge/mod.ts";
import { type FilterList, listFilterLists, listsService } from "./filter_lists.ts";
import { driverCompany, isMicrosoft } from "./driver_company.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { registryEvidence } from "./registry.ts";
import {
  isDriver,
  isProcess,
  listServices,
  runsFrom,
  type ServiceEntry,
  serviceFile,
} from "./services.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** One filter driver. */
export interface FilterDriver {
  readonly service: ServiceEntry;
  readonly purpose: FilterPurpose;
  /** `329355.5`; of the default instance. */
  readonly altitude: string | undefined;
  /**
   * Security product, by the driver's name or by the maker of its file. The maker alone proves
   * nothing for a filter of disks or volumes: the same makers sell encryption of whole disks.
   */
  readonly product: SecurityProductRow | undefined;
  /** `CompanyName` of its file. */
  readonly company: string | undefined;
  /** Lists of device classes and devices that name it. */
  readonly lists: readonly FilterList[];
  /** How it was recognised, in words: `Group FSFilter Anti-Virus`. */
  readonly why: string;
  /** Why it must stay: Microsoft's own, or it decrypts data. Undefined for all others. */
  readonly keep: string | undefined;
  /** By its name, or by the maker that its file names. */
  readonly microsoft: boolean;
}

/** All filter drivers of a control set. */
export async function findFilterDrivers(
  windows: OfflineWindows,
  set: number,
): Promise<FilterDriver[]> {
  const lists = await listFilterLists(windows, set);
  const found: FilterDriver[] = [];
  for (const service of await listServices(windows, set)) {
    const filter = await recognise(windows, service, lists);
    if (filter !== undefined) found.push(filter);
  }
  return found;
}

/** A driver as a filter; undefined if nothing says that it is one. */
async function recognise(
  windows: OfflineWindows,
  service: ServiceEntry,
  allLists: readonly FilterList[],
): Promise<FilterDriver | undefined> {
  if (!isDriver(service)) return undefined;
  const lists = allLists.filter((list) => listsService(list, service.name));
  const altitude = altitudeOf(service);
  const row = findFilterGroup(service.group ?? "") ?? filterGroupOfAltitude(altitude ?? "");
  const byName = findProductOfDriver(service.name);
  const ofClass = lists.some(({ scope }) => scope === "class");
  if (row === undefined && byName === undefined && !ofClass) return undefined;
  const purpose = row?.purpose ?? (byName === undefined ? "other" : "anti-virus");
  const company = await companyOf(windows, service);
  const base = { service, purpose, altitude, company, lists };
  return {
    ...base,
    product: byName ?? (row === undefined && filtersDisks(lists) ? undefined : makerOf(company)),
    why: reasons({ ...base, row, byName }).join(", "),
    keep: keepReason(base),
    microsoft: isMicrosoftFilter(service.name) || (company !== undefined && isMicrosoft(company)),
  };
}

function makerOf(company: string | undefined): SecurityProductRow | undefined {
  return company === undefined ? undefined : findProduct(company);
}

/** Says whether a list of them stands between Windows and its disks. */
function filtersDisks(lists: readonly FilterList[]): boolean {
  return lists.some(({ guid }) => findBootClass(guid) !== undefined);
}

/**
 * The security product whose maker also made this filter of disks or volumes: it may be that
 * maker's encryption of whole disks. Undefined for all others.
 */
export function mayDecryptDisksFor(filter: FilterDriver): SecurityProductRow | undefined {
  if (filter.keep !== undefined || filter.product !== undefined) return undefined;
  return filtersDisks(filter.lists) ? makerOf(filter.company) : undefined;
}

/** What is Microsoft's by its name alone needs no look into its file. */
async function companyOf(
  windows: OfflineWindows,
  service: ServiceEntry,
): Promise<string | undefined> {
  if (protectedFilterReason(service.name) !== undefined) return undefined;
  const file = serviceFile(windows, service);
  return file === undefined ? undefined : await driverCompany(windows, file);
}

function keepReason(
  filter: Pick<FilterDriver, "service" | "purpose" | "company">,
): string | undefined {
  const byName = protectedFilterReason(filter.service.name);
  if (byName !== undefined) return byName;
  if (filter.purpose === "encryption") {
    return "It is an encryption filter; without it encrypted files cannot be read";
  }
  if (filter.company !== undefined && isMicrosoft(filter.company)) {
    return `It is Microsoft's own: its file says "${filter.company}"`;
  }
  return undefined;
}

function reasons(
  found: Pick<FilterDriver, "service" | "altitude" | "lists"> & {
    readonly row: FilterGroupRow | undefined;
    readonly byName: SecurityProductRow | undefined;
  },
): string[] {
  const { service, altitude, lists, row, byName } = found;
  const group = service.group !== undefined && findFilterGroup(service.group) !== undefined;
  return [
    ...(group ? [`Group ${service.group}`] : []),
    ...(altitude === undefined
      ? []
      : [`Altitude ${altitude}${group || row === undefined ? "" : ` (${row.group})`}`]),
    ...(byName === undefined ? [] : [`a driver of ${byName.name}`]),
    ...lists.map((list) => `${list.list} of ${list.owner}`),
  ];
}

/** The altitude of the default instance, or else of the first that has one. */
function altitudeOf(service: ServiceEntry): string | undefined {
  return unlessDamaged(() => {
    const instances = service.place.key.subkey("Instances");
    const name = instances?.value("DefaultInstance")?.string();
    const chosen = name === undefined ? undefined : instances?.subkey(name);
    const all = [chosen, ...instances?.subkeys(() => {}) ?? []];
    return all.map((key) => key?.value("Altitude")?.string()).find((text) => text !== undefined);
  });
}

/** Says whether it belongs to a security product, or does what they do. */
export function isAntivirus(filter: FilterDriver): boolean {
  return filter.keep === undefined &&
    (filter.product !== undefined || filter.purpose === "anti-virus" ||
      filter.purpose === "early-launch");
}

/** Whose it is, for people. */
export function filterOwner(filter: Pick<FilterDriver, "product" | "company">): string {
  return filter.product?.name ?? filter.company ?? "unknown maker";
}

/** A service that belongs to filters, and how that is known: a verb for the plural. */
export interface BelongingService {
  readonly service: ServiceEntry;
  readonly why: string;
}

/**
 * The programs that belong to filter drivers and would crash again and again without them: they
 * run from the product's folder, or they depend on one of the drivers or on each other.
 */
export async function servicesBelongingTo(
  windows: OfflineWindows,
  filters: readonly FilterDriver[],
): Promise<BelongingService[]> {
  const set = filters[0]?.service.set;
  if (set === undefined) return [];
  const processes = (await listServices(windows, set)).filter(isProcess);
  const products = new Set(filters.map((filter) => filter.product));
  const found: BelongingService[] = [];
  for (const product of products) {
    if (product === undefined) continue;
    for (const service of processes) {
      if (!runsFrom(windows, service, product.folders)) continue;
      if (!found.some((other) => other.service.name === service.name)) {
        found.push({ service, why: `run from the folder of ${product.name}` });
      }
    }
  }
  return withDependents(processes, filters, found);
}

/** Adds what depends on the drivers or on services found so far, until nothing more is found. */
function withDependents(
  processes: readonly ServiceEntry[],
  filters: readonly FilterDriver[],
  found: readonly BelongingService[],
): BelongingService[] {
  const all = [...found];
  const gone = new Map(
    [...filters.map(({ service }) => service), ...found.map(({ service }) => service)]
      .map(({ name }) => [name.toUpperCase(), name] as const),
  );
  for (let grown = true; grown;) {
    grown = false;
    for (const service of processes) {
      if (gone.has(service.name.toUpperCase())) continue;
      const needed = service.dependsOn.find((name) => gone.has(name.toUpperCase()));
      if (needed === undefined) continue;
      gone.set(service.name.toUpperCase(), service.name);
      all.push({ service, why: `depend on ${gone.get(needed.toUpperCase())}` });
      grown = true;
    }
  }
  return all;
}

/** Evidence that cites a filter driver. */
export function filterEvidence(filter: FilterDriver): Evidence {
  const { service } = filter;
  const start = service.start === undefined ? "no Start" : `Start ${service.start}`;
  return registryEvidence(
    service.place,
    `${start}, ${filterOwner(filter)} (${filter.why})`,
  );
}
