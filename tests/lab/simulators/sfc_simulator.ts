/**
 * Stand-in for sfc on an offline Windows: compares installed files with the hashes of their
 * manifests, replaces them by payloads whose hash is right, and logs as sfc logs.
 */
import { FileError } from "../../../src/base/mod.ts";
import { garbage, WideBlockWriter } from "./console_writer.ts";
import { DiskFull, joinNative, type LabAction, type LabRun, type LabStep } from "./lab_run.ts";
import { hasHash, type LabStore, readOrUndefined, readStore, type StoreFile } from "./lab_store.ts";
import { type SfcFileResult, sfcLogLines } from "./sfc_log.ts";
import { SFC_TEXTS, type SfcTexts } from "./sfc_texts.ts";

interface SfcOptions {
  readonly repairing: boolean;
  /** Upper-case native path of a single file. */
  readonly only: string | undefined;
  readonly windows: string;
  readonly log: string;
}

/** `sfc /scannow|/verifyonly|/scanfile=|/verifyfile= /offbootdir= /offwindir= [/offlogfile=]` */
export async function runSfc(run: LabRun): Promise<number> {
  const { context, fault } = run;
  if (fault.garbage === true) {
    await context.write(garbage());
    return 0;
  }
  const texts = SFC_TEXTS[context.state.language];
  const output = new WideBlockWriter(context);
  const end = await work(run, { texts, output });
  await output.write(`\r\n${end.text}\r\n`);
  await output.flush();
  return end.exit;
}

interface Console {
  readonly texts: SfcTexts;
  readonly output: WideBlockWriter;
}

interface End {
  readonly text: string;
  readonly exit: number;
}

async function work(run: LabRun, { texts, output }: Console): Promise<End> {
  const options = parseOptions(run.arguments);
  if (options === "usage") return { text: texts.usage, exit: 1 };
  if (run.fault.error !== undefined) return { text: texts.couldNotPerform, exit: run.fault.error };
  if (options === "online") {
    await output.write(`\r\n${texts.begin}\r\n`);
    return { text: texts.couldNotStart, exit: 1 };
  }
  try {
    const root = options.windows.replace(/[\\/]?[^\\/]+[\\/]?$/, "");
    const volume = /^[A-Za-z]:$/.test(root) ? `${root}\\` : root;
    const store = await readStore(run.context.files, volume);
    if (store === undefined) return { text: texts.couldNotPerform, exit: 1 };
    await output.write(`\r\n${texts.begin}\r\n\r\n`);
    const pending = joinNative(volume, "Windows\\WinSxS\\pending.xml");
    if (await run.context.files.stat(pending) !== undefined) {
      return { text: texts.pending, exit: 1 };
    }
    await output.write(`${texts.phase}\r\n`);
    return await verify(run, { options, store, texts, output });
  } catch (error) {
    if (error instanceof DiskFull || error instanceof FileError) {
      return { text: texts.couldNotPerform, exit: 1 };
    }
    throw error;
  }
}

async function verify(
  run: LabRun,
  job: Console & { readonly options: SfcOptions; readonly store: LabStore },
): Promise<End> {
  const { options, store, texts, output } = job;
  const results: SfcFileResult[] = [];
  const actions: LabAction[] = [];
  for (const file of store.files) {
    if (options.only !== undefined && file.installed.toUpperCase() !== options.only) continue;
    const result = await compare(run, file);
    if (result === undefined) continue;
    results.push(result);
    if (options.repairing && result.payload !== undefined) {
      actions.push(() => run.put(file.installed, result.payload!));
    }
  }
  await run.perform(progressSteps({ texts, output }), actions);
  await output.write("\r\n");
  await writeLog(run, { options, store, results });
  return { text: `${verdict(job, results)}\r\n${texts.details}`, exit: 0 };
}

function verdict(
  { options, store, texts }: { options: SfcOptions; store: LabStore; texts: SfcTexts },
  results: readonly SfcFileResult[],
): string {
  if (results.length === 0) {
    return store.damagedManifests.length > 0 ? texts.metadata : texts.clean;
  }
  if (!options.repairing) return texts.violations;
  const all = results.every((result) => result.payload !== undefined);
  return all && store.damagedManifests.length === 0 ? texts.repaired : texts.notAllRepaired;
}

/** Undefined if the installed file is as it should be. */
async function compare(run: LabRun, file: StoreFile): Promise<SfcFileResult | undefined> {
  const { files } = run.context;
  const { sha256 } = file;
  if (await hasHash(files, { path: file.installed, sha256 })) return undefined;
  const missing = await files.stat(file.installed) === undefined;
  const good = await hasHash(files, { path: file.payload, sha256 });
  const payload = good ? await readOrUndefined(files, file.payload) : undefined;
  return { file, missing, payload };
}

/** Each percentage is written several times, so that 4096 bytes hold about 25 of them. */
function progressSteps({ texts, output }: Console): LabStep[] {
  return Array.from({ length: 21 }, (_, index) => ({
    print: async () => {
      const last = index * 5;
      for (let percent = index === 0 ? 0 : last - 4; percent <= last; percent++) {
        await output.write(`\r${texts.progress(percent)}`.repeat(3));
      }
    },
    pauseMs: 2_800,
  }));
}

async function writeLog(
  run: LabRun,
  job: {
    readonly options: SfcOptions;
    readonly store: LabStore;
    readonly results: readonly SfcFileResult[];
  },
): Promise<void> {
  const parent = job.options.log.replace(/[\\/][^\\/]*$/, "");
  const folder = /^[A-Za-z]:$/.test(parent) ? `${parent}\\` : parent;
  if ((await run.context.files.stat(folder))?.kind !== "directory") return;
  const lines = sfcLogLines({
    store: job.store,
    results: job.results,
    repairing: job.options.repairing,
  });
  const log = await run.context.files.openAppend(job.options.log);
  await log.append(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")));
  await log.close();
}

function parseOptions(args: readonly string[]): SfcOptions | "usage" | "online" {
  const values = new Map<string, string>();
  for (const argument of args) {
    const [, name = "", value = ""] = /^\/([A-Za-z]+)(?:=(.*))?$/.exec(argument) ?? [];
    if (!KNOWN.has(name.toUpperCase())) return "usage";
    values.set(name.toUpperCase(), value);
  }
  const command = ["SCANNOW", "VERIFYONLY", "SCANFILE", "VERIFYFILE"].filter((name) =>
    values.has(name)
  );
  if (command.length !== 1) return "usage";
  const windows = values.get("OFFWINDIR");
  if (windows === undefined || !values.has("OFFBOOTDIR")) return "online";
  return {
    repairing: command[0]!.startsWith("SCAN"),
    only: (values.get("SCANFILE") ?? values.get("VERIFYFILE"))?.toUpperCase(),
    windows,
    log: values.get("OFFLOGFILE") ?? joinNative(windows, "Logs\\CBS\\CBS.log"),
  };
}

const KNOWN = new Set([
  "SCANNOW",
  "VERIFYONLY",
  "SCANFILE",
  "VERIFYFILE",
  "OFFBOOTDIR",
  "OFFWINDIR",
  "OFFLOGFILE",
]);
