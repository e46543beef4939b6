/** The lines that sfc leaves in its log: `[SR]` for components, `DEPLOY [Pnp]` for drivers. */
import { baseNameOf, type LabStore, type StoreFile } from "./lab_store.ts";

/** A protected file that is not as it should be. */
export interface SfcFileResult {
  readonly file: StoreFile;
  readonly missing: boolean;
  /** Good bytes from the component store, if it has them. */
  readonly payload: Uint8Array | undefined;
}

/** From this build on sfc reports drivers with lines of their own. */
const PNP_LINES_SINCE = 26100;
const BATCH = 100;

/** The lines of one run, without line ends. */
export function sfcLogLines(job: {
  readonly store: LabStore;
  readonly results: readonly SfcFileResult[];
  readonly repairing: boolean;
}): string[] {
  const log = new LogWriter();
  const components = new Set(job.store.files.map((file) => file.component)).size +
    job.store.damagedManifests.length;
  const drivers = job.results.filter((result) => isDriver(result.file));
  const others = job.results.filter((result) => !drivers.includes(result));
  for (let left = Math.max(1, components); left > 0; left -= BATCH) {
    log.repair(`Verifying ${Math.min(BATCH, left)} components`);
    log.repair("Beginning Verify and Repair transaction");
    if (left <= BATCH) addFailures(log, { ...job, results: others });
    log.repair("Verify complete");
  }
  if (job.repairing) addRepairs(log, others);
  for (const { file, payload } of drivers) {
    log.deploy(`Corrupt file: ${file.installed}`);
    if (job.repairing && payload !== undefined) log.deploy(`Repaired file: ${file.installed}`);
  }
  return log.lines;
}

function addFailures(
  log: LogWriter,
  job: {
    readonly store: LabStore;
    readonly results: readonly SfcFileResult[];
    readonly repairing: boolean;
  },
): void {
  for (const component of job.store.damagedManifests) {
    log.repair(`Cannot verify component files for ${component}, manifest is damaged (TRUE)`);
  }
  for (const result of job.results) {
    if (!job.repairing || result.payload === undefined) log.repair(cannotRepair(result));
  }
}

function addRepairs(log: LogWriter, results: readonly SfcFileResult[]): void {
  const components = new Set(results.map((result) => result.file.component));
  log.repair(`Repairing ${components.size} components`);
  log.repair("Beginning Verify and Repair transaction");
  for (const result of results) {
    if (result.payload === undefined) {
      log.repair(cannotRepair(result));
      continue;
    }
    const folder = result.file.installed.slice(0, -baseNameOf(result.file.installed).length - 1);
    const name = baseNameOf(result.file.installed);
    log.repair(`Repairing corrupted file \\??\\${folder}\\[l:${name.length}]'${name}' from store`);
  }
  log.repair("Repair complete");
}

/** `arch_name_token_version_culture_hash` gives what the line names. */
function cannotRepair({ file, missing }: SfcFileResult): string {
  const [arch = "", name = "", token = "", version = ""] = file.component.split("_");
  const base = baseNameOf(file.installed);
  return `Cannot repair member file [l:${base.length}]'${base}' of ${name}, version ${version}, ` +
    `arch ${arch}, nonSxS, pkt {l:8 b:${token}} in the store, ` +
    (missing ? "file is missing" : "hash mismatch");
}

function isDriver(file: StoreFile): boolean {
  const build = Number(/_10\.0\.(\d+)\./.exec(file.component)?.[1] ?? 0);
  return build >= PNP_LINES_SINCE && /[\\/]drivers[\\/][^\\/]+\.sys$/i.test(file.relative);
}

class LogWriter {
  readonly lines: string[] = [];

  repair(text: string): void {
    const number = (this.lines.length + 1).toString(16).padStart(8, "0");
    this.#add("CSI", `${number} [SR] ${text}`);
  }

  deploy(text: string): void {
    this.#add("DEPLOY", `[Pnp] ${text}`);
  }

  #add(component: string, text: string): void {
    const second = String(this.lines.length % 60).padStart(2, "0");
    const start = `2026-01-15 10:00:${second}, ${"Info".padEnd(22)}${component.padEnd(7)}`;
    this.lines.push(start + text);
  }
}
