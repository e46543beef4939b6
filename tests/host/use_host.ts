/**
 * A small program that uses the real host, for tests that need a process of its own: it prints
 * a JSON line with what it found, or waits for an interrupt, or passes checkpoints.
 */
import { FileError } from "../../src/base/mod.ts";
import { createRealHost } from "../../src/host/real_host.ts";

const host = await createRealHost();

/** `volumes FOLDER`: the volumes, the one of the folder, and a file made and removed there. */
async function volumes(folder: string): Promise<void> {
  const listed = await host.volumes.list();
  const at = await host.volumes.at(folder);
  const raw = at === undefined ? undefined : await host.volumes.readRaw(at, 3, 4);
  const mark = `${folder}/mark`;
  await host.files.createFile(mark, new Uint8Array(3));
  const size = (await host.files.stat(mark))?.size;
  await host.files.remove(mark);
  const run = await host.processes.run({ program: Deno.execPath(), arguments: ["--version"] });
  host.terminal.write(JSON.stringify({
    listed: listed.length,
    root: at?.root,
    fileSystem: at?.fileSystem,
    raw: raw === undefined ? null : new TextDecoder().decode(raw),
    size,
    exitCode: run.exitCode,
  }));
}

/** `interrupts`: hears the first Ctrl-C and lets the second one end the program. */
function interrupts(): void {
  const stop = host.onInterrupt(() => {
    host.terminal.write("heard");
    stop();
    setTimeout(() => Deno.kill(Deno.pid, "SIGINT"), 50);
  });
  Deno.kill(Deno.pid, "SIGINT");
  setTimeout(() => host.terminal.write("still here"), 5000);
}

/** `checkpoints FILE`: passes a, b, b, and makes the file if any cleanup runs. */
async function checkpoints(file: string): Promise<void> {
  addEventListener("unload", () => Deno.writeTextFileSync(file, ""));
  try {
    for (const name of ["a", "b", "b"]) {
      await host.checkpoint(name);
      host.terminal.write(`${name} `);
    }
  } finally {
    await Deno.writeTextFile(file, "");
  }
}

/** `files DRIVE`: replaces `SYSTEM` by `new`, and tries what must fail. */
async function files(drive: string): Promise<void> {
  const at = (name: string) => `${drive}\\${name}`;
  const faultOf = async (work: Promise<void>) =>
    await work.then(() => "none", (error) => error instanceof FileError ? error.fault : "other");
  await host.files.createFile(at("other"), new Uint8Array(1));
  const overBackup = await faultOf(host.files.replaceFile(at("SYSTEM"), at("new"), at("other")));
  await host.files.replaceFile(at("SYSTEM"), at("new"), at("SYSTEM.old"));
  const ontoOther = await faultOf(host.files.move(at("other"), at("SYSTEM.old")));
  const toOtherDrive = await faultOf(host.files.move(at("other"), "C:\\other"));
  await host.files.move(at("other"), at("Renamed"));
  const insensitive = (await host.files.stat(at("system.OLD"))) !== undefined;
  host.terminal.write(JSON.stringify({ overBackup, ontoOther, toOtherDrive, insensitive }));
}

/** `wait FILE`: makes the file, then waits to be killed. */
async function wait(file: string): Promise<void> {
  host.terminal.write("waiting ");
  await host.files.createFile(file, new Uint8Array(1));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  host.terminal.write("ended");
}

/** `tool NAME`: finds a tool and runs it with an option that none of them knows. */
async function tool(name: string): Promise<void> {
  const program = await host.processes.find(name);
  if (program === undefined) return host.terminal.write("null");
  const { exitCode, stdout } = await host.processes.run({ program, arguments: ["/no such"] });
  const output = new TextDecoder().decode(stdout);
  host.terminal.write(JSON.stringify({ found: program, exitCode, output }));
}

const [what, path = ""] = Deno.args;
if (what === "volumes") await volumes(path);
if (what === "interrupts") interrupts();
if (what === "checkpoints") await checkpoints(path);
if (what === "files") await files(path);
if (what === "wait") await wait(path);
if (what === "tool") await tool(path);
