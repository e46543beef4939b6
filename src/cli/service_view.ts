/** Services, filter drivers and control sets as people read them, and as JSON. */
import { wrap } from "../base/mod.ts";
import {
  type BelongingService,
  controlSetName,
  type ControlSets,
  type FilterDriver,
  type FilterList,
  filterOwner,
  type ServiceEntry,
} from "../windows/mod.ts";

const START_WORDS = ["boot", "system", "automatic", "manual", "disabled"];
const TYPES: readonly (readonly [number, string])[] = [
  [0x1, "kernel driver"],
  [0x2, "file system driver"],
  [0x8, "file system recogniser"],
  [0x10, "service"],
  [0x20, "service in a shared process"],
];

/** `0 boot`; what is not known is said. */
function startText(service: ServiceEntry): string {
  const { start, startOverride } = service;
  const text = start === undefined ? "no Start" : `${start} ${START_WORDS[start] ?? "unknown"}`;
  return startOverride === undefined ? text : `${text}, overridden by ${startOverride}`;
}

function typeText(service: ServiceEntry): string {
  const { type } = service;
  if (type === undefined) return "no Type";
  return TYPES.find(([bit]) => (type & bit) !== 0)?.[1] ?? `type ${type}`;
}

/** One line of the list: how it starts, what it is, its name. */
export function renderServiceLine(service: ServiceEntry): string {
  const start = service.start === undefined ? "?" : START_WORDS[service.start] ?? service.start;
  return `${String(start).padEnd(9)} ${shortType(service).padEnd(8)} ${service.name}`;
}

function shortType(service: ServiceEntry): string {
  return typeText(service).includes("driver") || typeText(service).includes("recogniser")
    ? "driver"
    : typeText(service).startsWith("service")
    ? "service"
    : "?";
}

/** A service for programs. */
export function serviceDocument(service: ServiceEntry, file: string | undefined) {
  const { name, set, start, startOverride, type, group, imagePath, dependsOn } = service;
  return {
    name,
    controlSet: set,
    start: start ?? null,
    startOverride: startOverride ?? null,
    type: type ?? null,
    group: group ?? null,
    imagePath: imagePath ?? null,
    file: file ?? null,
    dependsOn,
  };
}

/** A filter driver for programs. */
export function filterDocument(filter: FilterDriver) {
  const { service, purpose, altitude, product, company, why, keep, microsoft } = filter;
  return {
    name: service.name,
    start: service.start ?? null,
    imagePath: service.imagePath ?? null,
    purpose,
    altitude: altitude ?? null,
    product: product?.name ?? null,
    company: company ?? null,
    why,
    microsoft,
    keep: keep ?? null,
  };
}

/** What is known of one service. */
export interface ShownService {
  readonly service: ServiceEntry;
  readonly lists: readonly FilterList[];
  readonly filter: FilterDriver | undefined;
  /** Why it must stay. */
  readonly keep: string | undefined;
  readonly file: string | undefined;
}

/** All about one service of one control set. */
export function renderService(shown: ShownService): string {
  const { service, lists, filter, keep, file } = shown;
  const rows: [string, string | undefined][] = [
    ["control set", String(service.set)],
    ["name", service.displayName?.startsWith("@") ? undefined : service.displayName],
    ["start", startText(service)],
    ["type", typeText(service)],
    ["group", service.group],
    ["image", service.imagePath],
    ["file", file],
    ["depends on", service.dependsOn.length === 0 ? undefined : service.dependsOn.join(", ")],
    [
      "listed in",
      lists.length === 0
        ? undefined
        : lists.map((list) => `${list.list} of ${list.owner}`).join(", "),
    ],
    ["filter", filter === undefined ? undefined : `${filterOwner(filter)}: ${filter.why}`],
    ["must stay", keep],
  ];
  return [
    service.name,
    ...rows.flatMap(([name, text]) => text === undefined || text === "" ? [] : [row(name, text)]),
  ].join("\n");
}

function row(name: string, text: string): string {
  return wrap(text, { first: `  ${name.padEnd(11)} `, indent: " ".repeat(14) });
}

/** The filter drivers of others, product by product. */
export function renderFilters(found: {
  readonly foreign: readonly FilterDriver[];
  readonly services: readonly BelongingService[];
  /** How many are Microsoft's. */
  readonly microsoft: number;
}): string {
  const owners = new Map<string, FilterDriver[]>();
  for (const filter of found.foreign) {
    const owner = filterOwner(filter);
    owners.set(owner, [...owners.get(owner) ?? [], filter]);
  }
  const lines: string[] = [];
  for (const [owner, filters] of owners) {
    lines.push(owner, ...filters.flatMap(filterLines));
  }
  if (found.services.length > 0) lines.push("Services that belong to them");
  for (const { service, why } of found.services) {
    lines.push(entry(service, why.replace(/^(run|depend)\b/, "$1s")));
  }
  if (lines.length === 0) lines.push("No filter driver of others is there");
  lines.push(`${found.microsoft} filter drivers are Microsoft's (--json shows them)`);
  return lines.join("\n");
}

function filterLines(filter: FilterDriver): string[] {
  const stays = filter.keep === undefined ? [] : [
    wrap(`must stay: ${filter.keep}`, { first: INDENT, indent: INDENT }),
  ];
  return [entry(filter.service, filter.why), ...stays];
}

const INDENT = " ".repeat(26);

function entry(service: ServiceEntry, text: string): string {
  const start = START_WORDS[service.start ?? -1] ?? "?";
  const first = `  ${service.name.padEnd(12)} ${start.padEnd(10)} `;
  return wrap(text, { first, indent: INDENT });
}

/** Which control sets there are and what each is for. */
export function renderControlSets(sets: ControlSets): string {
  const uses: readonly (readonly [string, number | undefined])[] = [
    ["Current", sets.current],
    ["Default", sets.default],
    ["Failed", sets.failed],
    ["LastKnownGood", sets.lastKnownGood],
  ];
  const lines = uses.map(([name, number]) => `  ${name.padEnd(14)} ${useText(sets, number)}`);
  const there = sets.existing.map(controlSetName).join(", ");
  lines.push(
    wrap(there === "" ? "none" : there, { first: "  there are      ", indent: " ".repeat(17) }),
  );
  return ["Control sets", ...lines].join("\n");
}

function useText(sets: ControlSets, number: number | undefined): string {
  if (number === undefined) return "not noted";
  if (number === 0) return "none";
  return controlSetName(number) + (sets.existing.includes(number) ? "" : ", which is not there");
}
