/**
 * What proves leftovers in the registry. A mark that contradicts the rest is a leftover whatever
 * the update may still do: it names operations that are not there. Only while DISM's revert waits
 * for the next start nothing of the update is touched.
 */
import type { HiveValue } from "../formats/regf/mod.ts";
import {
  DEFAULT_BOOT_EXECUTE,
  type LeftoverProof,
  type LeftoverRow,
  TRUSTED_INSTALLER_WAITING,
  WAITING_PACKAGE_STATES,
} from "../knowledge/mod.ts";
import {
  bootProgramState,
  type Evidence,
  inControlSet,
  nativeFileState,
  type OfflineWindows,
  readControlSets,
  registryEvidence,
} from "../windows/mod.ts";
import type { LeftoverContext, LeftoverEdit, Seen } from "./leftover.ts";
import { commandsOf, judgeCommands, missingOperations } from "./poqexec_commands.ts";
import { shownValue } from "./shown_value.ts";

const OPERATIONS = "Windows\\WinSxS\\pending.xml";
const SERVICING = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing";
const SIDE_BY_SIDE = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\SideBySide\\Configuration";

/** Looks at a key of the table. */
export async function proveKey(
  { windows, update }: LeftoverContext,
  row: LeftoverRow,
  path: string,
): Promise<Seen[]> {
  const found = await windows.registry.key(path);
  if (found === undefined) return [];
  const values = row.clearing === "delete-values-of-key" ? found.key.values() : [];
  if (row.clearing === "delete-values-of-key" && values.length === 0) return [];
  const detail = values.length === 0 ? "the key is there" : `${values.length} values`;
  const evidence = registryEvidence(found, detail);
  if (update.state !== "dead") return [{ row, reason: update.reason, evidence, waits: true }];
  const edits: LeftoverEdit[] = row.clearing === "delete-key"
    ? [{ edit: "delete-key", key: path }]
    : values.map(({ name }) => ({ edit: "delete-value", key: path, name }));
  return [{ row, proof: "update-dead", edits, evidence: [evidence, ...update.evidence] }];
}

/** A value of the table, found in a hive. */
interface FoundValue {
  readonly row: LeftoverRow;
  /** Path that begins with the hive. */
  readonly path: string;
  readonly name: string;
  readonly value: HiveValue;
  readonly evidence: Evidence;
}

/** Looks at a value of the table. */
export async function proveValue(
  context: LeftoverContext,
  row: LeftoverRow,
  place: { readonly path: string; readonly name: string },
): Promise<Seen[]> {
  const found = await context.windows.registry.value(place.path, place.name);
  if (found === undefined || isSettled(found.value)) return [];
  const evidence = registryEvidence(found.key, shownValue(found.value), place.name);
  const item = { row, ...place, value: found.value, evidence };
  switch (row.clearing) {
    case "empty-list":
    case "drop-command":
      return await proveCommands(context, item);
    case "drop-servicing-renames":
      return proveRenames(context, item);
    case "drop-missing-programs":
      return await provePrograms(context, item);
    default:
      return [await proveWhole(context, item)];
  }
}

/**
 * Absent, empty or 0 is what a settled Windows has. Source: Azure repair-script-library,
 * win-fix-pending-servicing.
 */
function isSettled(value: HiveValue): boolean {
  if (value.size === 0) return true;
  const number = value.number();
  if (number !== undefined) return Number(number) === 0;
  const strings = value.strings();
  if (strings !== undefined) return strings.every((text) => text === "");
  return value.string() === "";
}

async function proveWhole(context: LeftoverContext, item: FoundValue): Promise<Seen> {
  const { row, path, name, evidence } = item;
  const { update } = context;
  const edits = [{ edit: "delete-value", key: path, name }] as const;
  if (update.state === "dead") {
    return { row, proof: "update-dead", edits, evidence: [evidence, ...update.evidence] };
  }
  if (update.state === "reverting") return { row, reason: update.reason, evidence, waits: true };
  for (const proof of row.proofs) {
    const proven = await contradiction(context, proof, item);
    if (Array.isArray(proven)) return { row, proof, edits, evidence: [evidence, ...proven] };
    if (proven !== undefined) return { row, reason: proven, evidence, waits: true };
  }
  return { row, reason: update.reason, evidence, waits: true };
}

/** Evidence that proves it, a reason why it is not proven, or nothing to say. */
async function contradiction(
  { windows }: LeftoverContext,
  proof: LeftoverProof,
  item: FoundValue,
): Promise<Evidence[] | string | undefined> {
  switch (proof) {
    case "no-operations":
      return await noOperations(windows);
    case "no-open-session":
      return item.value.number() === undefined ? undefined : await noOpenSession(windows);
    case "names-missing-operations":
      return await commandIsLeftover(windows);
    default:
      return undefined;
  }
}

async function noOperations(windows: OfflineWindows): Promise<Evidence[] | undefined> {
  const state = await nativeFileState(windows, OPERATIONS);
  if (state !== "missing") return undefined;
  return [{ kind: "file", path: OPERATIONS, detail: "not there" }];
}

/** `DontRunPoqexecInSmss` alone says nothing: it goes only with the command it belongs to. */
async function commandIsLeftover(windows: OfflineWindows): Promise<Evidence[] | undefined> {
  const found = await windows.registry.value(SIDE_BY_SIDE, "PoqexecCmdline");
  const commands = found === undefined ? [] : commandsOf(found.value);
  const states = await judgeCommands(windows, commands);
  if (states.length === 0 || states.some(({ state }) => state !== "missing")) return undefined;
  return states.map(missingOperations);
}

/** @returns evidence, or the reason why the session may be open. */
async function noOpenSession(windows: OfflineWindows): Promise<Evidence[] | string | undefined> {
  const operations = await noOperations(windows);
  if (operations === undefined) return undefined;
  const sessions = await windows.registry.key(`${SERVICING}\\SessionsPending`);
  const open = sessions?.key.subkeys().find((key) => Number(key.value("Complete")?.number()) !== 1);
  if (open !== undefined) return `The session "${open.name}" is not complete`;
  const waiting = await waitingPackage(windows);
  if (waiting !== undefined) return `The package "${waiting}" waits for the next start`;
  const pending = await windows.registry.key(`${SERVICING}\\PackagesPending`);
  if (pending !== undefined && pending.key.subkeys().length + pending.key.values().length > 0) {
    return "Packages wait for the next start";
  }
  if (await installerWaits(windows)) {
    return "The service TrustedInstaller is set to finish work at the next start";
  }
  const none = "no session, package or service waits for the next start";
  return sessions === undefined ? operations : [...operations, registryEvidence(sessions, none)];
}

async function waitingPackage(windows: OfflineWindows): Promise<string | undefined> {
  const packages = await windows.registry.key(`${SERVICING}\\Packages`);
  return packages?.key.subkeys().find((key) => {
    const state = key.value("CurrentState")?.number();
    return state !== undefined && WAITING_PACKAGE_STATES.includes(Number(state));
  })?.name;
}

async function installerWaits(windows: OfflineWindows): Promise<boolean> {
  for (const set of (await readControlSets(windows.hives)).inUse) {
    const path = inControlSet(set, "Services\\TrustedInstaller");
    if (await windows.registry.number(path, "Start") === TRUSTED_INSTALLER_WAITING) return true;
  }
  return false;
}

/** A list of commands: each is judged on its own, and what is not proven stays in the list. */
async function proveCommands(context: LeftoverContext, item: FoundValue): Promise<Seen[]> {
  const { row, evidence, path: key, name } = item;
  const { windows, update } = context;
  const states = await judgeCommands(windows, commandsOf(item.value));
  const dead = update.state === "dead";
  const gone = states.filter(({ state }) =>
    dead ? state !== "foreign" : state === "missing" && update.state !== "reverting"
  );
  if (gone.length === 0) {
    const foreign = states.every(({ state }) => state === "foreign");
    const other = "It starts another program than poqexec";
    return foreign
      ? [{ row, reason: other, evidence }]
      : [{ row, reason: update.reason, evidence, waits: true }];
  }
  const stay = states.filter((each) => !gone.includes(each)).map(({ command }) => command);
  const edit: LeftoverEdit = stay.length === 0 && row.clearing === "drop-command"
    ? { edit: "delete-value", key, name }
    : { edit: "set-strings", key, name, strings: stay };
  const missing = gone.filter(({ state }) => state === "missing").map(missingOperations);
  return [{
    row,
    proof: dead ? "update-dead" : "names-missing-operations",
    edits: [edit],
    evidence: [evidence, ...missing, ...(dead ? update.evidence : [])],
  }];
}

/** Both sides of a pair that belongs to the component store. Installers' pairs do not. */
const STORE_PATH = /^!?\\\?\?\\[A-Za-z]:\\Windows\\(?:WinSxS|servicing)\\/i;

function proveRenames({ update }: LeftoverContext, item: FoundValue): Seen[] {
  const { row, path: key, name, evidence } = item;
  const strings = item.value.strings();
  if (strings === undefined || strings.length % 2 !== 0) {
    return [{ row, reason: "It is no list of pairs", evidence }];
  }
  const pairs = Array.from(
    { length: strings.length / 2 },
    (_, i) => strings.slice(2 * i, 2 * i + 2),
  );
  const stay = pairs.filter((pair) => !pair.some((path) => STORE_PATH.test(path)));
  if (stay.length === pairs.length) {
    return [{ row, reason: "None of its files belongs to an update: installers use it", evidence }];
  }
  if (update.state !== "dead") return [{ row, reason: update.reason, evidence, waits: true }];
  const edit: LeftoverEdit = stay.length === 0
    ? { edit: "delete-value", key, name }
    : { edit: "set-strings", key, name, strings: stay.flat() };
  return [{ row, proof: "update-dead", edits: [edit], evidence: [evidence, ...update.evidence] }];
}

/** The default entry stays, and comes back if nothing else is left. */
async function provePrograms({ windows }: LeftoverContext, item: FoundValue): Promise<Seen[]> {
  const { row, path: key, name, evidence } = item;
  const entries = item.value.strings();
  if (entries === undefined) return [{ row, reason: "It is no list of commands", evidence }];
  const proof: Evidence[] = [];
  const stay: string[] = [];
  for (const entry of entries) {
    const { program, path, state } = await bootProgramState(windows, entry);
    const gone = state === "missing" || state === "empty";
    if (!gone || /^autochk(?:\.exe)?$/i.test(program)) stay.push(entry);
    else proof.push({ kind: "file", path, detail: describeProgram(state) });
  }
  if (proof.length === 0) return [];
  const strings = stay.length === 0 ? [DEFAULT_BOOT_EXECUTE] : stay;
  const edits = [{ edit: "set-strings", key, name, strings }] as const;
  return [{ row, proof: "program-missing", edits, evidence: [evidence, ...proof] }];
}

function describeProgram(state: "missing" | "empty"): string {
  const how = state === "missing" ? "not there" : "empty";
  return `${how}, and it is to run at every start`;
}
