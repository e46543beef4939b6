/** The commands of the simulated dism that examine and repair the component store. */
import { type DismConsole, DismFailure } from "./dism_console.ts";
import type { DismOptions } from "./dism_options.ts";
import { type LabSource, openSource } from "./dism_sources.ts";
import { joinNative, type LabAction, type LabRun } from "./lab_run.ts";
import { hasHash, type LabStore, type StoreFile } from "./lab_store.ts";

/** An opened image. */
export interface DismSession {
  readonly run: LabRun;
  readonly console: DismConsole;
  readonly options: DismOptions;
  /** Root of the image, native. */
  readonly root: string;
  readonly store: LabStore;
}

const PENDING = 0x80070bc9;
const STORE_CORRUPT = 0x80073712;
const SOURCE_MISSING = 0x800f081f;
const CONTENT_MISSING = 0x800f0915;

const SCAN_PERCENTAGES = [5.6, 14.2, 26.8, 39.1, 52.3, 66.7, 78.4, 91.5, 100];
const RESTORE_PERCENTAGES = [4.2, 17.5, 33.3, 46.8, 56, 62.3, 84.9, 100];
const CLEANUP_PERCENTAGES = [10, 35.5, 71.2, 100];

/** Reads what the last scan recorded. */
export async function runCheckHealth(session: DismSession): Promise<void> {
  const flag = session.run.context.state.storeFlags?.[session.root.toUpperCase()];
  await session.run.perform([], []);
  await sayHealth(session, flag);
}

/** Compares every payload with its hash and records the verdict. */
export async function runScanHealth(session: DismSession): Promise<void> {
  await refusePending(session);
  const { console, run, store } = session;
  const damaged = await damagedFiles(session);
  await run.perform(console.steps(SCAN_PERCENTAGES, 7_000), []);
  const verdict = store.damagedManifests.length > 0
    ? "not-repairable"
    : damaged.length > 0
    ? "repairable"
    : undefined;
  record(session, verdict);
  logCorruption(session, { damaged, repaired: 0 });
  await sayHealth(session, verdict);
}

/** Copies payloads from the sources. What is found is kept even if something is missing. */
export async function runRestoreHealth(session: DismSession): Promise<void> {
  await refusePending(session);
  const { console, run, store } = session;
  const damaged = await damagedFiles(session);
  const sources: LabSource[] = [];
  for (const text of session.options.sources) sources.push(await openSource(run, text));
  const actions: LabAction[] = [];
  for (const file of damaged) {
    const bytes = await firstFound(sources, file);
    if (bytes !== undefined) actions.push(() => run.put(file.payload, bytes));
  }
  await run.perform(console.steps(RESTORE_PERCENTAGES, 10_000), actions);
  logCorruption(session, { damaged, repaired: actions.length });
  if (store.damagedManifests.length > 0) throw new DismFailure(STORE_CORRUPT);
  if (actions.length < damaged.length) {
    throw new DismFailure(actions.length === 0 ? SOURCE_MISSING : CONTENT_MISSING);
  }
  record(session, undefined);
  await console.say(console.texts.restored, console.texts.completed);
}

/** Removes superseded packages. */
export async function runComponentCleanup(session: DismSession): Promise<void> {
  await refusePending(session);
  const { console, run } = session;
  const { state } = run.context;
  await run.perform(console.steps(CLEANUP_PERCENTAGES, 9_000), []);
  state.packages = state.packages.filter((entry) => entry.state !== "Superseded");
  await console.say(console.texts.completed);
}

/** Takes the pending actions back now, or leaves that to the next start. */
export async function runRevert(session: DismSession): Promise<void> {
  const { console, run, root } = session;
  const { files, state } = run.context;
  const pending = joinNative(root, "Windows\\WinSxS\\pending.xml");
  const present = await files.stat(pending) !== undefined;
  await console.say(console.texts.reverting);
  const now = !present || state.revertConsumesPending;
  await run.perform([], present && now ? [() => files.remove(pending).then(() => pending)] : []);
  const letter = root.slice(0, 2).toUpperCase();
  if (!now && !state.revertAtNextBoot.includes(letter)) state.revertAtNextBoot.push(letter);
  await console.say(
    ...(now ? [console.texts.reverted] : [console.texts.reverted, console.texts.revertLater]),
    console.texts.completed,
  );
}

async function refusePending(session: DismSession): Promise<void> {
  const pending = joinNative(session.root, "Windows\\WinSxS\\pending.xml");
  if (await session.run.context.files.stat(pending) !== undefined) throw new DismFailure(PENDING);
}

async function damagedFiles({ run, store }: DismSession): Promise<StoreFile[]> {
  const damaged: StoreFile[] = [];
  for (const file of store.files) {
    if (!await hasHash(run.context.files, { path: file.payload, sha256: file.sha256 })) {
      damaged.push(file);
    }
  }
  return damaged;
}

async function firstFound(
  sources: readonly LabSource[],
  file: StoreFile,
): Promise<Uint8Array | undefined> {
  for (const source of sources) {
    const bytes = await source(file);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

async function sayHealth(
  { console }: DismSession,
  verdict: "repairable" | "not-repairable" | undefined,
): Promise<void> {
  const { texts } = console;
  const sentence = verdict === undefined
    ? texts.healthy
    : verdict === "repairable"
    ? texts.repairable
    : texts.notRepairable;
  await console.say(sentence, texts.completed);
}

function record(
  { run, root }: DismSession,
  verdict: "repairable" | "not-repairable" | undefined,
): void {
  const flags = run.context.state.storeFlags ??= {};
  if (verdict === undefined) delete flags[root.toUpperCase()];
  else flags[root.toUpperCase()] = verdict;
}

/** The summary that the servicing stack leaves, TAB separated. */
function logCorruption(
  { console }: DismSession,
  found: { readonly damaged: readonly StoreFile[]; readonly repaired: number },
): void {
  console.log("Info", "CBS Checking System Update Readiness.");
  for (const file of found.damaged) {
    const name = file.payload.split(/[\\/]/).slice(-2).join("\\");
    console.log("Info", `(p)\tCSI Payload Corrupt\t(n)\t\t\t${name}`);
  }
  console.log("Info", `Total Detected Corruption:\t${found.damaged.length}`);
  console.log("Info", `Total Repaired Corruption:\t${found.repaired}`);
}
