/** The running Windows as the starter of the upgrade sees it, made from the real host. */
import { decodeLatin1, isFileFault, ToolError } from "../base/mod.ts";
import type { Host, ProcessResult, ReadableFile, RunningWindows } from "../host/mod.ts";
import type { StarterMachine } from "../upgrade/mod.ts";

/** How much of a file is hashed at a time, in bytes. */
const PIECE = 1 << 20;

/** What tests replace. */
export interface StarterMachineOptions {
  /** Waits; by default with a timer. */
  readonly sleep?: StarterMachine["sleep"];
  /** How long the list of running programs is waited for, in milliseconds. */
  readonly listingMs?: number;
}

/** `tasklist` asks WMI, which hangs on some of the machines that need an upgrade. */
const LISTING_MS = 30_000;

/** Makes it. `windows` is the one of `host.runningWindows`. */
export function starterMachine(
  host: Host,
  windows: RunningWindows,
  options: StarterMachineOptions = {},
): StarterMachine {
  return {
    programFolder: host.platform.programFolder,
    now: () => host.clock.now(),
    monotonicMs: () => host.clock.monotonicMs(),
    sleep: options.sleep ?? sleepUntilAborted,
    ...fileParts(host),
    bootMode: () => windows.bootMode(),
    powerSource: async () => (await windows.powerStatus()).source,
    uptimeMs: () => windows.uptimeMs(),
    serviceState: (name) => windows.serviceState(name),
    readValue: (key, name) => windows.readValue(key, name),
    keyExists: (key) => windows.keyExists(key),
    run: async (program, args) => {
      const { exitCode } = await host.processes.run({ program, arguments: args, outlives: true });
      return exitCode;
    },
    processes: programLister(host, options.listingMs ?? LISTING_MS),
    deleteService: async (name) => await windows.deleteService(name) === "deleted",
    deleteKey: async (key) => void await windows.deleteKey(key),
  };
}

type FileParts = Pick<
  StarterMachine,
  "volume" | "stat" | "read" | "sha256" | "hashOf" | "openLog"
>;

function fileParts({ files, volumes, platform, newHash }: Host): FileParts {
  return {
    volume: async () => {
      // A folder would be taken for a volume of its own.
      const drive = /^[A-Za-z]:/.exec(platform.programFolder ?? "")?.[0];
      const found = drive === undefined ? undefined : await volumes.at(`${drive}\\`);
      return found && { letter: found.letter, serial: found.serial };
    },
    stat: async (path) => {
      const entry = await files.stat(path);
      return entry && { bytes: entry.size, modified: entry.modified };
    },
    read: async (path) => {
      try {
        return await files.read(path);
      } catch (error) {
        if (isFileFault(error, "not-found")) return undefined;
        throw error;
      }
    },
    sha256: async (path) => {
      const file = await files.open(path);
      try {
        return await hashFile(file, newHash("sha256"));
      } finally {
        await file.close();
      }
    },
    hashOf: (bytes) => {
      const hash = newHash("sha256");
      hash.update(bytes);
      return hash.hex();
    },
    openLog: (path) => files.openAppend(path),
  };
}

async function hashFile(
  file: ReadableFile,
  hash: ReturnType<Host["newHash"]>,
): Promise<string> {
  for (let offset = 0; offset < file.size; offset += PIECE) {
    hash.update(await file.read(offset, PIECE));
  }
  return hash.hex();
}

function sleepUntilAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

/** One that does not answer in time is not asked again: each would leave a hanging program. */
function programLister(host: Host, limitMs: number): StarterMachine["processes"] {
  let hangs = false;
  return async () => {
    if (hangs) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        hangs = true;
        resolve(undefined);
      }, limitMs);
    });
    try {
      return await Promise.race([runningPrograms(host), limit]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * The first column of `tasklist /fo csv /nh`: only its headings are translated. Undefined where
 * the tool is missing or says nothing that is such a list.
 */
async function runningPrograms(host: Host): Promise<readonly string[] | undefined> {
  const program = await host.processes.find("tasklist");
  const listed = program === undefined ? undefined : await taskList(host, program);
  if (listed === undefined || listed.exitCode !== 0) return undefined;
  const names = decodeLatin1(listed.stdout).split(/\r?\n/)
    .map((line) => /^"([^"]+)","\d+"/.exec(line)?.[1])
    .filter((name) => name !== undefined);
  return names.length === 0 ? undefined : names;
}

async function taskList(host: Host, program: string): Promise<ProcessResult | undefined> {
  try {
    return await host.processes.run({ program, arguments: ["/fo", "csv", "/nh"] });
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}
