/**
 * A small program that uses the real host, for tests that need a process of its own: it prints
 * a JSON line with what it found, or waits for an interrupt, or passes checkpoints.
 */
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
  const program = Deno.execPath();
  const run = await host.processes.run({ program, arguments: ["--version"] });
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

const [what, path = ""] = Deno.args;
if (what === "volumes") await volumes(path);
if (what === "interrupts") interrupts();
if (what === "checkpoints") await checkpoints(path);
