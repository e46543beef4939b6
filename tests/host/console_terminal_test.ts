import assert from "node:assert/strict";
import { type ConsolePort, ConsoleTerminal } from "../../src/host/console_terminal.ts";
import { LineReader } from "../../src/host/deno_console.ts";

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
