/**
 * What keeps the boot loader and the first drivers from the system disk (stop code 0x7B), as far
 * as the registry and the drivers' files prove it. The check tells it; the step mends the part
 * for which the evidence is certain.
 */
import {
  BOOT_CLASSES,
  BOOT_SERVICES,
  type BootServiceRow,
  findBootClass,
  findBootService,
  isEncryptionFilter,
} from "../knowledge/mod.ts";
import {
  controlSetsInUse,
  DISABLED,
  effectiveStart,
  type Evidence,
  type FilterList,
  findStorageControllers,
  inControlSet,
  isPortable,
  listFilterLists,
  listsService,
  type OfflineWindows,
  readService,
  registryEvidence,
  type ServiceEntry,
  serviceFileState,
} from "../windows/mod.ts";

/** One fault. */
export type BootFault =
  & {
    /** Number of the control set. */
    readonly set: number;
    /** One sentence for people, no full stop. */
    readonly summary: string;
    readonly evidence: readonly Evidence[];
  }
  & (
    /** The driver is there and must start at boot. */
    | { readonly kind: "start"; readonly service: ServiceEntry }
    /** The list names a driver that cannot be loaded. */
    | { readonly kind: "listed"; readonly list: FilterList; readonly name: string }
    /** Not for this step; `remedy` is the command that may help, without `pemedic` and volume. */
    | { readonly kind: "beyond"; readonly remedy: string }
  );

/** A fault that a value of the registry mends. */
export type MendableFault = Exclude<BootFault, { readonly kind: "beyond" }>;

/** Says whether a value of the registry mends a fault. */
export function isMendable(fault: BootFault): fault is MendableFault {
  return fault.kind !== "beyond";
}

/** Everything that is wrong in the control sets that Windows starts from. */
export async function findBootFaults(windows: OfflineWindows): Promise<BootFault[]> {
  const faults: BootFault[] = [];
  for (const set of await controlSetsInUse(windows)) {
    faults.push(...await findBootFaultsOf(windows, set));
  }
  return faults;
}

/** As {@linkcode findBootFaults}, in one control set, whether Windows starts from it or not. */
export async function findBootFaultsOf(
  windows: OfflineWindows,
  set: number,
): Promise<BootFault[]> {
  const faults: BootFault[] = [];
  const lists = (await listFilterLists(windows, set)).filter(isOnTheWay);
  for (const row of BOOT_SERVICES) {
    const fault = await requiredFault(windows, set, { row, lists });
    if (fault !== undefined) faults.push(fault);
  }
  for (const list of lists) faults.push(...await listFaults(windows, set, list));
  faults.push(...await controllerFaults(windows, set));
  return faults;
}

/**
 * Says whether a list may stand between Windows and its disk. Single devices of class System are
 * bridges and keyboards of remote sessions as well, and most of them are not needed to start;
 * single disks of USB are sticks that may be gone for years.
 */
function isOnTheWay({ guid, scope, place }: FilterList): boolean {
  const row = findBootClass(guid);
  if (row === undefined || scope === "class") return row !== undefined;
  return row.name !== "System" && !/\\Enum\\USB(?:STOR)?\\/i.test(`\\${place.path}`);
}

const REPLACE_FILE = "files repair";

/** As for `commandFor`, which puts the volume at the end. */
function enableAtBoot(name: string): string {
  return `service enable ${/\s/.test(name) ? `"${name}"` : name} --start boot --windows`;
}

/** A required driver that does not start at boot. A driver whose file is gone cannot. */
async function requiredFault(
  windows: OfflineWindows,
  set: number,
  required: { readonly row: BootServiceRow; readonly lists: readonly FilterList[] },
): Promise<BootFault | undefined> {
  const { row, lists } = required;
  const listed = lists.some((list) => listsService(list, row.name));
  if (row.needed === "if-listed" && !listed) return undefined;
  const service = await readService(windows, set, row.name);
  if (service === undefined) {
    return row.needed === "always" ? await missingKey(windows, set, row) : undefined;
  }
  const file = await serviceFileState(windows, service);
  if (file.state === "missing") {
    return {
      kind: "beyond",
      set,
      summary: `The driver ${service.name} is not there: ${file.path}`,
      evidence: [{ kind: "file", path: file.path, detail: "not there" }],
      remedy: REPLACE_FILE,
    };
  }
  if (effectiveStart(service) === row.start) return undefined;
  const readable = service.type !== undefined;
  const summary = `${service.name} must start at boot and does not: ${startText(service)}`;
  const evidence = [startEvidence(service), fileEvidence(file)];
  return file.state === "there" && readable
    ? { kind: "start", set, service, summary, evidence }
    : { kind: "beyond", set, summary, evidence, remedy: enableAtBoot(service.name) };
}

async function missingKey(
  windows: OfflineWindows,
  set: number,
  row: BootServiceRow,
): Promise<BootFault | undefined> {
  const services = await windows.registry.key(inControlSet(set, "Services"));
  if (services === undefined) return undefined; // the hive is the problem, and has its own check
  return {
    kind: "beyond",
    set,
    summary: `The service key of ${row.name} is missing (${row.purpose.toLowerCase()})`,
    evidence: [registryEvidence(services, `no key ${row.name}`)],
    remedy: "control-set",
  };
}

/**
 * Names that cannot be loaded. Windows' own are not taken out, their files are replaced; and
 * without a filter that decrypts the disk Windows would not start either.
 */
async function listFaults(
  windows: OfflineWindows,
  set: number,
  list: FilterList,
): Promise<BootFault[]> {
  const faults: BootFault[] = [];
  for (const name of new Set(list.names)) {
    if (name === "" || findBootService(name) !== undefined) continue; // asked for above
    const reason = await unloadable(windows, set, name);
    if (reason === undefined) continue;
    const place = `${list.list} of ${list.owner}`;
    const base = {
      set,
      summary: `${place} names ${name}, and ${reason.text}`,
      evidence: [
        registryEvidence(list.place, `[${list.names.join(", ")}]`, list.list),
        ...reason.evidence,
      ],
    };
    faults.push(
      isWindowsOwn(name) || isEncryptionFilter(name)
        ? { ...base, kind: "beyond", remedy: reason.remedy }
        : { ...base, kind: "listed", list, name },
    );
  }
  return faults;
}

function isWindowsOwn(name: string): boolean {
  return BOOT_CLASSES.some(({ filters }) =>
    filters.some((filter) => filter.toUpperCase() === name.toUpperCase())
  );
}

interface Unloadable {
  readonly text: string;
  readonly evidence: readonly Evidence[];
  readonly remedy: string;
}

/** Why a listed filter cannot be loaded; undefined if it can, or if that cannot be told. */
async function unloadable(
  windows: OfflineWindows,
  set: number,
  name: string,
): Promise<Unloadable | undefined> {
  const service = await readService(windows, set, name);
  if (service === undefined) {
    const services = await windows.registry.key(inControlSet(set, "Services"));
    if (services === undefined) return undefined;
    const evidence = [registryEvidence(services, `no key ${name}`)];
    return { text: "there is no such service", evidence, remedy: "control-set" };
  }
  if (service.start === DISABLED) {
    const evidence = [startEvidence(service)];
    return { text: "it is disabled", evidence, remedy: enableAtBoot(name) };
  }
  const file = await serviceFileState(windows, service);
  if (file.state !== "missing") return undefined;
  return {
    text: `its driver is not there: ${file.path}`,
    evidence: [{ kind: "file", path: file.path, detail: "not there" }],
    remedy: REPLACE_FILE,
  };
}

/**
 * The machine's storage controllers: a fault only if none of their drivers starts at boot. One
 * that does is enough to say that the others are of devices that are gone.
 */
async function controllerFaults(windows: OfflineWindows, set: number): Promise<BootFault[]> {
  const controllers = await findStorageControllers(windows, set);
  if (await isPortable(windows, set)) return [];
  if (controllers.some((service) => effectiveStart(service) === 0)) return [];
  const faults: BootFault[] = [];
  for (const service of controllers) {
    const file = await serviceFileState(windows, service);
    const base = {
      set,
      summary: `No storage controller of this machine starts at boot: ${service.name} has ${
        startText(service)
      }`,
      evidence: [startEvidence(service), fileEvidence(file)],
    };
    faults.push(
      file.state === "there" ? { ...base, kind: "start", service } : {
        ...base,
        kind: "beyond",
        remedy: file.state === "missing" ? REPLACE_FILE : enableAtBoot(service.name),
      },
    );
  }
  return faults;
}

function startText(service: ServiceEntry): string {
  if (service.startOverride !== undefined) return `StartOverride ${service.startOverride}`;
  return service.start === undefined ? "no Start" : `Start ${service.start}`;
}

function startEvidence(service: ServiceEntry): Evidence {
  const text = service.start?.toString() ?? "no number";
  return service.startOverride === undefined
    ? registryEvidence(service.place, text, "Start")
    : registryEvidence(
      { ...service.place, path: `${service.place.path}\\StartOverride` },
      String(service.startOverride),
      "0",
    );
}

function fileEvidence(file: { readonly state: string; readonly path: string }): Evidence {
  const detail = file.state === "unknown" ? "cannot be looked at from here" : file.state;
  return { kind: "file", path: file.path, detail };
}
