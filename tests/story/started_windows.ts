/**
 * A start of the Windows that lies on `D:` of a lab: what Windows itself reads of a stage, and
 * nothing else. The control set, the service and the command at logon come out of the hives on
 * the volume; the program is run with exactly the command line that stands there; what the
 * service control manager deletes goes out of the hive again.
 */
import assert from "node:assert/strict";
import {
  dirtyReason,
  editHive,
  type Hive,
  type HiveEdit,
  openHive,
  parseBaseBlock,
  registryDword,
} from "../../src/formats/regf/mod.ts";
import type { BootMode, LiveKey, RunningWindows } from "../../src/host/mod.ts";
import { RUN_ONCE_KEY, UPGRADE_RUN_ONCE, UPGRADE_SERVICE } from "../../src/knowledge/mod.ts";
import {
  createMemoryHost,
  LabServiceManager,
  type LabVolumeSpec,
  type MemoryHost,
  type MemoryLab,
  type RunSimulator,
} from "../lab/mod.ts";
import { runSimulator } from "../lab/simulators/mod.ts";
import { type CliRun, runCli } from "../run_cli.ts";

/** How Windows is started. */
export interface StartOptions {
  /** As the user chose in the menu of advanced start options. */
  readonly bootMode?: BootMode;
  /**
   * An administrator logs on, to a Windows that deletes a command of `RunOnce` which begins with
   * `!` when it has ended well, or whenever it has ended: Microsoft's pages say either.
   */
  readonly logOn?: "deletes-after-success" | "deletes-after-run";
}

/** What one start of Windows did for an upgrade. */
export interface WindowsStart {
  /** The program of the stage that Windows ran, and how it ended; undefined if it ran none. */
  readonly run: CliRun | undefined;
  /** The command line that it was run with. */
  readonly command: string | undefined;
  /** Programs that were started meanwhile, with their arguments. */
  readonly started: readonly string[];
}

/** Serial of the volume, as the lab has it. */
const SERIAL = "5EC0-1A7E";
const ROOT = "D:\\";
const CONFIG = "Windows\\System32\\config";
const RUN_ONCE = RUN_ONCE_KEY;
const OWN_PROCESS = 0x10;
const SERVICES = 0x30;
const AUTOMATIC = 2;
/** Windows has settled by then. */
const UPTIME_MS = 30 * 60_000;

/** Windows starts, does what was left for it, and is shut down again. */
export async function startWindows(
  lab: MemoryLab,
  options: StartOptions = {},
): Promise<WindowsStart> {
  return await new StartedWindows(lab, options).live();
}

/** A hive of the volume as Windows loads it: a dirty one would be no stage that Windows sees. */
export async function loadHive(lab: MemoryLab, name: "SYSTEM" | "SOFTWARE"): Promise<Hive> {
  const bytes = await lab.files.read(`${ROOT}${CONFIG}\\${name}`);
  assert.equal(dirtyReason(parseBaseBlock(bytes, name)), undefined, `${name} is dirty`);
  return openHive(bytes, { name });
}

/** Windows itself writes to its registry. */
export async function windowsWrites(
  lab: MemoryLab,
  name: "SYSTEM" | "SOFTWARE",
  edits: readonly HiveEdit[],
): Promise<void> {
  const path = `${ROOT}${CONFIG}\\${name}`;
  const bytes = await lab.files.read(path);
  lab.files.put(path, editHive(bytes, edits, { name, at: lab.host.clock.now() }));
}

class StartedWindows {
  readonly #lab: MemoryLab;
  readonly #options: StartOptions;

  constructor(lab: MemoryLab, options: StartOptions) {
    this.#lab = lab;
    this.#options = options;
  }

  async live(): Promise<WindowsStart> {
    const lab = this.#lab;
    lab.host.clock.advance(UPTIME_MS);
    await this.#chooseControlSet();
    const manager = await this.#services();
    const due = await this.#due(manager);
    if (due === undefined) return { run: undefined, command: undefined, started: [] };
    const [program = "", ...args] = wordsOf(due.command);
    const host = this.#machine(program, manager);
    assert.equal((await host.files.stat(program))?.kind, "file", `no program: ${due.command}`);
    const run = await runCli({ host }, ...args);
    lab.files.setFreeBytes("D:", host.files.freeBytes("C:"));
    await this.#afterwards(due, { manager, run });
    const started = host.processes.calls.filter(({ tool }) => tool !== "tasklist")
      .map(({ program, arguments: words }) => [program, ...words].join(" "));
    return { run, command: due.command, started };
  }

  /** Windows starts with `Default`, and remembers it as `Current`. */
  async #chooseControlSet(): Promise<void> {
    const select = (await loadHive(this.#lab, "SYSTEM")).key("Select");
    const next = Number(select?.value("Default")?.number());
    if (next === select?.value("Current")?.number()) return;
    const data = registryDword(next);
    await windowsWrites(this.#lab, "SYSTEM", [
      { kind: "set-value", key: "Select", name: "Current", type: 4, data },
    ]);
  }

  async #controlSet(): Promise<string> {
    const current = (await loadHive(this.#lab, "SYSTEM")).key("Select")?.value("Current");
    return `ControlSet${String(current?.number()).padStart(3, "0")}`;
  }

  /** Those that start by themselves run; ours is started by {@linkcode live}. */
  async #services(): Promise<LabServiceManager> {
    const manager = new LabServiceManager({
      bootMode: this.#options.bootMode ?? "normal",
      uptimeMs: UPTIME_MS,
      registry: this.#registry(),
    });
    const key = (await loadHive(this.#lab, "SYSTEM")).key(`${await this.#controlSet()}\\Services`);
    for (const service of key?.subkeys() ?? []) {
      const number = (name: string) => Number(service.value(name)?.number() ?? 0);
      if ((number("Type") & SERVICES) === 0) continue;
      const runs = number("Start") === AUTOMATIC && service.name !== UPGRADE_SERVICE;
      manager.install(service.name, runs ? "running" : "stopped");
    }
    return manager;
  }

  /** The live registry is what lies in the hives. */
  #registry(): Pick<RunningWindows, "readValue" | "keyExists"> {
    const find = async (key: LiveKey) => {
      const [, hive, ...names] = key.split("\\");
      if (hive !== "SYSTEM" && hive !== "SOFTWARE") return undefined;
      const set = await this.#controlSet();
      const path = names.map((name) => name === "CurrentControlSet" ? set : name).join("\\");
      return (await loadHive(this.#lab, hive)).key(path);
    };
    return {
      readValue: async (key, name) => {
        const value = (await find(key))?.value(name);
        return value === undefined ? "absent" : { type: value.type, data: value.data };
      },
      keyExists: async (key) => await find(key) !== undefined,
    };
  }

  /** What Windows would run of a stage at this start. */
  async #due(manager: LabServiceManager): Promise<Due | undefined> {
    const set = await this.#controlSet();
    const hive = await loadHive(this.#lab, "SYSTEM");
    const service = hive.key(`${set}\\Services\\${UPGRADE_SERVICE}`);
    if (service !== undefined) {
      const number = (name: string) => Number(service.value(name)?.number());
      assert.equal(number("Type"), OWN_PROCESS);
      assert.equal(service.value("ObjectName")?.string(), "LocalSystem");
      const safe = this.#options.bootMode?.startsWith("safe-mode") === true;
      // In Safe Mode the service control manager starts only what is listed there.
      const list = this.#options.bootMode === "safe-mode-network" ? "Network" : "Minimal";
      const listed = hive.key(`${set}\\Control\\SafeBoot\\${list}\\${UPGRADE_SERVICE}`);
      if (number("Start") !== AUTOMATIC || (safe && listed === undefined)) return undefined;
      manager.start(UPGRADE_SERVICE);
      return { kind: "service", command: service.value("ImagePath")?.string() ?? "" };
    }
    if (this.#options.logOn === undefined) return undefined;
    const software = await loadHive(this.#lab, "SOFTWARE");
    const command = software.key(RUN_ONCE)?.value(UPGRADE_RUN_ONCE)?.string();
    return command === undefined ? undefined : { kind: "logon", command };
  }

  /** The same volume by the letter that Windows gives itself; the stick is pulled out. */
  #machine(program: string, manager: LabServiceManager): MemoryHost {
    const { host, files, state } = this.#lab;
    const { root, totalBytes } = files.volume("D:");
    const system: LabVolumeSpec = {
      letter: "C:",
      label: "Windows",
      serial: SERIAL,
      totalBytes,
      freeBytes: files.freeBytes("D:"),
      root,
    };
    return createMemoryHost({
      clock: host.clock,
      state,
      serviceManager: manager,
      platform: {
        winpe: false,
        systemRoot: "C:\\",
        programFile: program,
        programFolder: program.slice(0, program.lastIndexOf("\\")),
      },
      volumes: [system],
      tools: ["tasklist"],
      runSimulator: windowsTools,
    });
  }

  /** What a service deleted is gone, and so is a command that has ended well. */
  async #afterwards(
    due: Due,
    end: { readonly manager: LabServiceManager; readonly run: CliRun },
  ): Promise<void> {
    const key = due.kind === "service"
      ? `${await this.#controlSet()}\\Services\\${UPGRADE_SERVICE}`
      : RUN_ONCE;
    if (due.kind === "logon") {
      if (this.#options.logOn === "deletes-after-success" && end.run.code !== 0) return;
      const name = UPGRADE_RUN_ONCE;
      return await windowsWrites(this.#lab, "SOFTWARE", [{ kind: "delete-value", key, name }]);
    }
    if (await end.manager.serviceState(UPGRADE_SERVICE) !== "absent") return;
    await windowsWrites(this.#lab, "SYSTEM", [{ kind: "delete-key", key }]);
  }
}

interface Due {
  readonly kind: "service" | "logon";
  readonly command: string;
}

/** Programs of the running Windows: Setup is simulated as in every lab. */
const windowsTools: RunSimulator = async (tool, args, context) => {
  if (tool !== "tasklist") return await runSimulator(tool, args, context);
  await context.write(new TextEncoder().encode('"System","4","Services","0","8 K"\r\n'));
  return 0;
};

/** As `CommandLineToArgvW` does it for words in which no quotation mark is escaped. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}
