/**
 * A small service for the Windows stories, with tools to watch it: it does what its mode says,
 * and writes a line into its record before it ends.
 */
import { MedicError } from "../../../src/base/mod.ts";
import { kernel32, wide } from "../../../src/host/kernel32.ts";
import { createRealHost } from "../../../src/host/real_host.ts";
import type { Host, ServiceControl } from "../../../src/host/mod.ts";

/** Between two looks at something that is awaited. */
const POLL_MS = 50;

const host = await createRealHost();
const [command = "", ...args] = Deno.args;

const commands: Readonly<Record<string, (...args: string[]) => Promise<unknown>>> = {
  serve,
  facts,
  state: async (name = "") => await (await windows()).serviceState(name),
  delete: async (name = "") => await (await windows()).deleteService(name),
  await: awaitState,
  ended: awaitEnd,
  pause: async (milliseconds = "") => await later(Number(milliseconds)),
  control: (name = "", code = "") => Promise.resolve(sendControl(name, Number(code))),
  child,
};

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function windows() {
  const running = await host.runningWindows?.();
  if (running === undefined) throw new Error("This is not Windows");
  return running;
}

/** `serve NAME FOLDER MODE`: the service itself. Its record is `FOLDER\record`. */
async function serve(name = "", folder = "", mode = ""): Promise<number> {
  const record = async (what: unknown) => {
    const line = `${JSON.stringify(what)}\n`;
    await Deno.writeTextFile(`${folder}\\record`, line, { append: true });
  };
  const work = works[mode];
  if (work === undefined || host.runAsService === undefined) throw new Error(`No mode "${mode}"`);
  // Written when nothing is left that keeps the process alive.
  addEventListener("unload", () => Deno.writeTextFileSync(`${folder}\\ended`, ""));
  const code = await host.runAsService(name, (control) => work({ name, folder, control, record }));
  await record({ returned: code });
  return code;
}

/** What the work of a mode gets. */
interface Work {
  readonly name: string;
  readonly folder: string;
  readonly control: ServiceControl;
  record(what: unknown): Promise<void>;
}

const works: Readonly<Record<string, (work: Work) => Promise<number>>> = {
  /** Awaits the file `go`, then a child process; removes itself. */
  async child({ name, folder, record }) {
    while (!await exists(`${folder}\\go`)) await later(POLL_MS);
    const { exitCode, stdout, durationMs } = await runChild(host, ["1500", "37"]);
    const running = await windows();
    await record({
      child: exitCode,
      said: new TextDecoder().decode(stdout),
      awaited: durationMs >= 1500,
      state: await running.serviceState(name),
      deleted: await running.deleteService(name),
      again: await running.deleteService(name),
    });
    return 0;
  },

  /** Works until it is stopped, and takes some time for that. */
  async wait({ control, record }) {
    const { signal } = control;
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    const { reason } = signal;
    await record({
      request: control.stopRequest,
      reason: reason instanceof MedicError ? [reason.name, reason.message] : null,
    });
    await later(7000);
    return 0;
  },

  /** Says itself that it failed. */
  number: () => Promise.resolve(77),

  /** Throws an error that has an exit code. */
  error: () => Promise.reject(new MedicError("hibernated", "Windows is hibernated")),
};

/** `child MILLISECONDS CODE`: a child process of the service. */
async function child(milliseconds = "", code = ""): Promise<number> {
  host.terminal.write("child was here");
  await later(Number(milliseconds));
  return Number(code);
}

function runChild(machine: Host, childArguments: readonly string[]) {
  return machine.processes.run({
    program: Deno.execPath(),
    arguments: ["child", ...childArguments],
  });
}

/** `await NAME STATE SECONDS`: all states that were seen until this one came. */
async function awaitState(name = "", state = "", seconds = ""): Promise<string> {
  const running = await windows();
  const seen: string[] = [];
  const end = Date.now() + Number(seconds) * 1000;
  while (seen.at(-1) !== state && Date.now() < end) {
    const now = await running.serviceState(name);
    if (seen.at(-1) !== now) seen.push(now);
    await later(POLL_MS);
  }
  return seen.join(" ");
}

/** `ended FOLDER SECONDS`: waits until the process of a service has ended by itself. */
async function awaitEnd(folder = "", seconds = ""): Promise<string> {
  const end = Date.now() + Number(seconds) * 1000;
  while (Date.now() < end) {
    if (await exists(`${folder}\\ended`)) return "ended";
    await later(POLL_MS);
  }
  return "still there";
}

/** SERVICE_INTERROGATE (winsvc.h), which is all that `sc` cannot do. */
const CONTROL_ACCESS = 0x80;

/** `control NAME CODE`: sends a control code, and says what Windows says to that. */
function sendControl(name: string, code: number): string {
  const { symbols } = Deno.dlopen("advapi32.dll", {
    ControlService: { parameters: ["pointer", "u32", "buffer"], result: "i32" },
    OpenSCManagerW: { parameters: ["pointer", "pointer", "u32"], result: "pointer" },
    OpenServiceW: { parameters: ["pointer", "buffer", "u32"], result: "pointer" },
  });
  const { GetLastError } = kernel32();
  const service = symbols.OpenServiceW(
    symbols.OpenSCManagerW(null, null, 1),
    wide(name),
    CONTROL_ACCESS,
  );
  if (service === null) return `not opened: ${GetLastError()}`;
  const status = new Uint32Array(7);
  const done = symbols.ControlService(service, code, status);
  return done === 0 ? `refused: ${GetLastError()}` : `state ${status[1]}`;
}

/** `facts`: all that is known about the running Windows. */
async function facts(): Promise<string> {
  const running = await windows();
  const version = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
  const value = async (name: string) => {
    const found = await running.readValue(version, name);
    if (typeof found === "string") return found;
    return { type: found.type, text: new TextDecoder("utf-16le").decode(found.data) };
  };
  return JSON.stringify({
    boot: await running.bootMode(),
    power: await running.powerStatus(),
    uptime: await running.uptimeMs(),
    root: await value("SystemRoot"),
    nothing: await value("NoSuchValue"),
    keys: [await running.keyExists(version), await running.keyExists(`${version}\\NoSuchKey`)],
    services: [
      await running.serviceState("RpcSs"),
      await running.serviceState("NoSuchService"),
      await running.deleteService("NoSuchService"),
    ],
  });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

try {
  const result = await commands[command]?.(...args);
  if (typeof result === "number") Deno.exitCode = result;
  else host.terminal.write(`${command}: ${result}\r\n`);
} catch (error) {
  if (!(error instanceof MedicError)) throw error;
  const { name, message, next, exitCode } = error;
  host.terminal.write(JSON.stringify({ name, message, next }));
  Deno.exitCode = exitCode;
}
