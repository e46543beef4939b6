/** The Windows console: escape sequences on, typed lines as UTF-16 (consoleapi.h). */
import { decodeUtf16 } from "../base/mod.ts";
import type { ConsoleExtras } from "./deno_console.ts";
import { kernel32 } from "./kernel32.ts";

/** STD_INPUT_HANDLE and STD_OUTPUT_HANDLE. */
const INPUT = 0xffff_fff6;
const OUTPUT = 0xffff_fff5;
/** ENABLE_VIRTUAL_TERMINAL_PROCESSING. */
const VIRTUAL_TERMINAL = 0x4;
const LINE_UNITS = 4096;
/** Ctrl-Z at the start of a line ends the input. */
const CTRL_Z = "\x1a";

/** What the console of Windows does its own way. */
export const windowsConsole: ConsoleExtras = { enableEscapes, readLine };

function enableEscapes(): boolean {
  const k = kernel32();
  const output = k.GetStdHandle(OUTPUT);
  const mode = new Uint32Array(1);
  if (k.GetConsoleMode(output, mode) === 0) return false;
  return k.SetConsoleMode(output, mode[0]! | VIRTUAL_TERMINAL) !== 0;
}

async function readLine(): Promise<string | undefined> {
  const k = kernel32();
  const buffer = new Uint8Array(LINE_UNITS * 2);
  const count = new Uint32Array(1);
  const done = await k.ReadConsoleW(k.GetStdHandle(INPUT), buffer, LINE_UNITS, count, null);
  if (done === 0 || count[0] === 0) return undefined;
  const line = decodeUtf16(buffer.subarray(0, count[0]! * 2));
  return line.startsWith(CTRL_Z) ? undefined : line.replace(/\r?\n$/, "");
}
