import assert from "node:assert/strict";
import { ExitCode, FileError } from "../../src/base/mod.ts";
import { type ConsolePort, ConsoleTerminal } from "../../src/host/console_terminal.ts";
import { LineReader } from "../../src/host/deno_console.ts";

const CONSOLE = "../../src/host/console_terminal.ts";
const STREAMS = "../../src/host/deno_console.ts";

interface Setup {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly escapes?: boolean;
  readonly columns?: number;
  readonly lines?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function terminalOf(setup: Setup): { terminal: ConsoleTerminal; written: string[] } {
  const written: string[] = [];
  const lines = [...(setup.lines ?? [])];
  const port: ConsolePort = {
    consoles: {
      stdin: setup.stdin ?? true,
      stdout: setup.stdout ?? true,
      stderr: setup.stderr ?? true,
    },
    escapes: setup.escapes ?? true,
    columns: () => setup.columns,
    write: (stream, bytes) => written.push(`${stream}: ${new TextDecoder().decode(bytes)}`),
    readLine: () => Promise.resolve(lines.shift()),
  };
  const environment = (name: string) => setup.environment?.[name];
  return { terminal: new ConsoleTerminal(port, environment), written };
}

Deno.test("ConsoleTerminal is interactive only if both streams are a console", () => {
  assert.equal(terminalOf({}).terminal.interactive, true);
  assert.equal(terminalOf({ stdout: false }).terminal.interactive, false);
  assert.equal(terminalOf({ stderr: false }).terminal.interactive, false);
  assert.equal(terminalOf({ escapes: false }).terminal.interactive, false);
  assert.equal(terminalOf({ environment: { TERM: "dumb" } }).terminal.interactive, false);
});

Deno.test("ConsoleTerminal has colour unless NO_COLOR or a pipe forbids it", () => {
  assert.equal(terminalOf({}).terminal.color, true);
  assert.equal(terminalOf({ environment: { NO_COLOR: "" } }).terminal.color, true);
  assert.equal(terminalOf({ environment: { NO_COLOR: "1" } }).terminal.color, false);
  assert.equal(terminalOf({ stdout: false }).terminal.color, false);
});

Deno.test("ConsoleTerminal takes its width from the console, COLUMNS or 80", () => {
  assert.equal(terminalOf({ columns: 132 }).terminal.columns, 132);
  assert.equal(terminalOf({ environment: { COLUMNS: "100" } }).terminal.columns, 100);
  assert.equal(terminalOf({ environment: { COLUMNS: "wide" } }).terminal.columns, 80);
  assert.equal(terminalOf({}).terminal.columns, 80);
});

Deno.test("ConsoleTerminal writes UTF-8 to the right stream", () => {
  const { terminal, written } = terminalOf({});
  terminal.write("Prüfung ✓");
  terminal.writeError("oops");
  assert.deepEqual(written, ["stdout: Prüfung ✓", "stderr: oops"]);
});

Deno.test("ask() asks on standard error and returns the line", async () => {
  const { terminal, written } = terminalOf({ lines: ["yes"] });
  assert.equal(await terminal.ask("Continue? "), "yes");
  assert.equal(await terminal.ask("Again? "), undefined);
  assert.deepEqual(written, ["stderr: Continue? ", "stderr: Again? "]);
});

Deno.test("ask() does not ask where nobody can answer", async () => {
  const { terminal, written } = terminalOf({ stdin: false, lines: ["yes"] });
  assert.equal(await terminal.ask("Continue? "), undefined);
  assert.deepEqual(written, []);
});

Deno.test("LineReader cuts lines wherever the pieces end", async () => {
  const bytes = new TextEncoder().encode("one\r\ntwö\n\nlast");
  for (const size of [1, 3, 4, 100]) {
    let offset = 0;
    const reader = new LineReader({
      read: (buffer) => {
        if (offset >= bytes.length) return Promise.resolve(null);
        const piece = bytes.subarray(offset, offset + size);
        buffer.set(piece);
        offset += piece.length;
        return Promise.resolve(piece.length);
      },
    });
    const lines: (string | undefined)[] = [];
    for (let i = 0; i < 5; i++) lines.push(await reader.next());
    assert.deepEqual(lines, ["one", "twö", "", "last", undefined], `pieces of ${size}`);
  }
});

Deno.test("a result that cannot be written is a sentence with its code; what follows is talk", () => {
  const { terminal, written } = terminalOf({});
  const full = Object.assign(new Error("No space left on device (os error 28)"), {
    code: "ENOSPC",
  });
  const broken = portOf((stream, text) => {
    if (stream === "stdout") throw full;
    written.push(text);
  });
  assert.throws(() => broken.write("a list"), (error) => {
    assert.ok(error instanceof FileError);
    assert.deepEqual([error.code, error.fault], ["noSpace", "no-space"]);
    assert.match(error.message, /^Cannot write to "standard output": the disk is full/);
    assert.match(error.next ?? "", /where the output goes/);
    return true;
  });
  broken.write("why");
  assert.deepEqual(written, ["why"]);
  terminal.write("fine");
  assert.deepEqual(written, ["why", "stdout: fine"]);
});

Deno.test("talk that cannot be written ends nothing", () => {
  const terminal = portOf(() => {
    throw new Error("No space left on device (os error 28)");
  });
  terminal.writeError("progress");
  assert.throws(() => terminal.write("result"), FileError);
});

function portOf(write: (stream: "stdout" | "stderr", text: string) => void): ConsoleTerminal {
  const decoder = new TextDecoder();
  return new ConsoleTerminal({
    consoles: { stdin: false, stdout: false, stderr: false },
    escapes: false,
    columns: () => undefined,
    write: (stream, bytes) => write(stream, decoder.decode(bytes)),
    readLine: () => Promise.resolve(undefined),
  }, () => undefined);
}

Deno.test({
  name: "a full disk behind standard output is known as such by its real error",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const code = `
    import { ConsoleTerminal } from ${JSON.stringify(import.meta.resolve(CONSOLE))};
    import { denoConsole } from ${JSON.stringify(import.meta.resolve(STREAMS))};
    const terminal = new ConsoleTerminal(denoConsole(), () => undefined);
    try { terminal.write("x"); } catch (error) { Deno.exit(error.exitCode); }
  `;
  const { code: exit } = await new Deno.Command("sh", {
    args: ["-c", '"$0" eval --no-config "$1" > /dev/full', Deno.execPath(), code],
  }).output();
  assert.equal(exit, ExitCode.noSpace);
});
