/**
 * The real machine. Only the command line imports this file, dynamically; the Windows half is
 * loaded on Windows only.
 */
import { dirname } from "node:path";
import { CHECKPOINT_VARIABLE, Checkpoints } from "./checkpoint.ts";
import { ConsoleTerminal } from "./console_terminal.ts";
import { type ConsoleExtras, denoConsole } from "./deno_console.ts";
import { DenoProcessRunner } from "./deno_process_runner.ts";
import type { FileSystem } from "./file_system.ts";
import type { Host, Platform } from "./host.ts";
import type { RunningWindows } from "./running_windows.ts";
import type { RunAsService } from "./service.ts";
import type { Volumes } from "./volumes.ts";
import { newHash } from "./streaming_hash.ts";

/** Options of {@linkcode createRealHost}. */
export interface RealHostOptions {
  /** Folder whose programs come before those of the system (`--tools`). */
  readonly toolFolder?: string;
}

/** What the two systems do differently. */
interface SystemParts {
  readonly files: FileSystem;
  readonly volumes: Volumes;
  readonly platform: Omit<Platform, "programFolder" | "programFile">;
  readonly systemFolder?: string;
  readonly console?: ConsoleExtras;
  readonly live?: LiveWindows;
  keepAwake(): () => void;
}

/** What only a running Windows has; loaded at its first use. */
interface LiveWindows {
  readonly runAsService: RunAsService;
  readonly runningWindows: () => Promise<RunningWindows>;
}

/** Code page of console output where no Windows says otherwise: the one of US English. */
const DEFAULT_CODE_PAGE = 437;

/** The machine that this process runs on. */
export async function createRealHost(options: RealHostOptions = {}): Promise<Host> {
  const system = Deno.build.os === "windows" ? await windowsParts() : await linuxParts();
  const checkpoints = new Checkpoints(Deno.env.get(CHECKPOINT_VARIABLE));
  const { toolFolder } = options;
  const { systemFolder } = system;
  return {
    files: system.files,
    processes: new DenoProcessRunner({
      ...(toolFolder === undefined ? {} : { toolFolder }),
      ...(systemFolder === undefined ? {} : { systemFolder }),
    }),
    volumes: system.volumes,
    terminal: new ConsoleTerminal(denoConsole(system.console), (name) => Deno.env.get(name)),
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    platform: Deno.build.standalone
      ? { ...system.platform, ...ownProgram(Deno.execPath()) }
      : system.platform,
    ...system.live,
    newHash,
    randomHex,
    keepAwake: () => system.keepAwake(),
    onInterrupt,
    checkpoint: (name) => checkpoints.pass(name),
  };
}

function ownProgram(file: string): Pick<Platform, "programFolder" | "programFile"> {
  return { programFolder: dirname(file), programFile: file };
}

async function windowsParts(): Promise<SystemParts> {
  const [{ WindowsFileSystem }, { WindowsVolumes }, machine, { windowsConsole }] = await Promise
    .all([
      import("./windows_file_system.ts"),
      import("./windows_volumes.ts"),
      import("./windows_machine.ts"),
      import("./windows_console.ts"),
    ]);
  const { systemFolder, ...about } = machine.inspectMachine();
  machine.enableFilePrivileges();
  return {
    files: new WindowsFileSystem(),
    volumes: new WindowsVolumes(),
    platform: { system: "windows", ...about },
    systemFolder,
    console: windowsConsole,
    live: liveWindows,
    keepAwake: machine.keepAwake,
  };
}

const liveWindows: LiveWindows = {
  runAsService: async (name, work) =>
    await (await import("./service_win32.ts")).runAsService(name, work),
  runningWindows: async () => (await import("./running_windows_win32.ts")).runningWindows,
};

async function linuxParts(): Promise<SystemParts> {
  const [{ DenoFileSystem }, { LinuxVolumes }] = await Promise.all([
    import("./deno_file_system.ts"),
    import("./linux_volumes.ts"),
  ]);
  return {
    files: new DenoFileSystem(),
    volumes: new LinuxVolumes(),
    platform: {
      system: "linux",
      winpe: false,
      systemRoot: "/",
      oemCodePage: DEFAULT_CODE_PAGE,
    },
    keepAwake: () => () => undefined,
  };
}

/** `count` random bytes as lower-case hex. */
function randomHex(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Ctrl-C, and Ctrl-Break on Windows. */
function onInterrupt(listener: () => void): () => void {
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT"];
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, listener);
  };
}
