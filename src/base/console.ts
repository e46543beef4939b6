/**
 * What a program writes to a pipe, as lines. Windows tools rewrite their progress with a bare
 * CR, DISM frames each step in CR and CRLF, and sfc sends UTF-16LE cut anywhere: even in the
 * middle of a character. Judging and progress both start from the events made here.
 */
import { type CodePageDecoder, codePageDecoder } from "./code_pages.ts";
import { decodeUtf16 } from "./text.ts";
import type { ConsoleEncoding, ToolProgress } from "./tool_invocation.ts";

/**
 * A piece of console text: a `line` ended with LF (or with the output); a `segment` was
 * rewritten after a bare CR. Pieces without text are left out, apart from empty lines.
 */
export interface ConsoleEvent {
  readonly kind: "line" | "segment";
  readonly text: string;
}

/** Turns console events into progress. Each tool has its own. */
export interface ProgressReader {
  /** The progress that this event tells, or undefined if it tells none or nothing new. */
  read(event: ConsoleEvent): ToolProgress | undefined;
}

/** Bytes that are looked at before an encoding is believed. */
const SAMPLE_BYTES = 16;

/** A line without an end is cut here, so that hostile output cannot fill the memory. */
const LONGEST_LINE = 0x10000;

/** Decodes the output of a program while it arrives. */
export class ConsoleDecoder {
  readonly #text: EncodingDetector;
  readonly #lines = new LineSplitter();

  /** `codePage` is the OEM code page, used unless the bytes are UTF-16LE. */
  constructor(encoding: ConsoleEncoding, codePage: number) {
    this.#text = new EncodingDetector(encoding, codePage);
  }

  /** The pieces that these bytes complete. */
  push(bytes: Uint8Array): ConsoleEvent[] {
    return this.#lines.push(this.#text.push(bytes));
  }

  /** The rest, when the program has ended. */
  finish(): ConsoleEvent[] {
    return [...this.#lines.push(this.#text.end()), ...this.#lines.finish()];
  }

  /** What stands on the current line so far: the last step shown by a program that hangs. */
  get pending(): string {
    return this.#lines.pending;
  }
}

/** Decodes the whole output of a program; CR and LF stay as they came. */
export function decodeConsole(
  bytes: Uint8Array,
  options: { readonly encoding: ConsoleEncoding; readonly codePage: number },
): string {
  const detector = new EncodingDetector(options.encoding, options.codePage);
  return detector.push(bytes) + detector.end();
}

/** Splits decoded output into all of its pieces, the rewritten ones included. */
export function consoleEvents(text: string): ConsoleEvent[] {
  const splitter = new LineSplitter();
  return [...splitter.push(text), ...splitter.finish()];
}

/** Every piece of decoded output as trimmed text, rewritten ones included, empty ones left out. */
export function consolePieces(text: string): string[] {
  return consoleEvents(text).map((event) => event.text.trim()).filter((piece) => piece !== "");
}

/** The lines that would stay on a screen: of a rewritten line only what was written last. */
export function consoleLines(text: string): string[] {
  return consoleEvents(text).filter((event) => event.kind === "line").map((event) => event.text);
}

/** The last `count` lines that say something: what a message shows when nothing was understood. */
export function consoleTail(text: string, count = 6): string {
  return consoleLines(text).map((line) => line.trim()).filter((line) => line !== "")
    .slice(-count).join("\n");
}

/** Splits at LF into lines and at bare CR into segments. A CR at the end waits for its LF. */
class LineSplitter {
  #current = "";
  #heldReturn = false;

  get pending(): string {
    return this.#current;
  }

  push(text: string): ConsoleEvent[] {
    const events: ConsoleEvent[] = [];
    for (const piece of text.split(/(?<=[\r\n])|(?=[\r\n])/)) {
      if (piece === "\n") this.#endLine(events);
      else this.#add(piece, events);
    }
    return events;
  }

  finish(): ConsoleEvent[] {
    const text = this.#current;
    this.#current = "";
    this.#heldReturn = false;
    return text === "" ? [] : [{ kind: "line", text }];
  }

  #endLine(events: ConsoleEvent[]): void {
    events.push({ kind: "line", text: this.#current });
    this.#current = "";
    this.#heldReturn = false;
  }

  #add(piece: string, events: ConsoleEvent[]): void {
    if (piece === "") return;
    if (piece === "\r") {
      this.#heldReturn = true;
      return;
    }
    if (this.#heldReturn) this.#endSegment(events);
    this.#current += piece;
    if (this.#current.length > LONGEST_LINE) this.#endLine(events);
  }

  #endSegment(events: ConsoleEvent[]): void {
    if (this.#current !== "") events.push({ kind: "segment", text: this.#current });
    this.#current = "";
    this.#heldReturn = false;
  }
}

/** Decides between UTF-16LE and the code page by the first bytes, then decodes. */
class EncodingDetector {
  readonly #declared: ConsoleEncoding;
  readonly #codePage: number;
  #sample: Uint8Array = new Uint8Array(0);
  #decoder: CodePageDecoder | undefined;

  constructor(declared: ConsoleEncoding, codePage: number) {
    this.#declared = declared;
    this.#codePage = codePage;
  }

  push(bytes: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(bytes);
    this.#sample = concat(this.#sample, bytes);
    return this.#sample.length < SAMPLE_BYTES ? "" : this.#start();
  }

  end(): string {
    const started = this.#decoder === undefined ? this.#start() : "";
    return started + this.#decoder!.end();
  }

  #start(): string {
    const wide = isUtf16(this.#sample, this.#declared);
    this.#decoder = wide ? new Utf16Decoder() : codePageDecoder(this.#codePage);
    return this.#decoder.decode(this.#sample);
  }
}

/**
 * Console text in a code page never holds a NUL; UTF-16LE holds one in each CR, LF, blank and
 * digit. Without one, a program that should send UTF-16LE is believed unless the bytes show
 * an 8-bit blank or line end.
 */
function isUtf16(sample: Uint8Array, declared: ConsoleEncoding): boolean {
  const start = sample.subarray(0, SAMPLE_BYTES);
  if (start[0] === 0xff && start[1] === 0xfe) return true;
  if (start.some((byte, index) => byte === 0 && index % 2 === 1)) return true;
  return declared === "utf-16le" && !start.some((byte) => byte === 0x20 || byte === 0x0a);
}

class Utf16Decoder implements CodePageDecoder {
  #held: Uint8Array = new Uint8Array(0);
  #atStart = true;

  decode(bytes: Uint8Array): string {
    const all = concat(this.#held, bytes);
    const even = all.length - all.length % 2;
    this.#held = all.slice(even);
    const text = decodeUtf16(all.subarray(0, even));
    if (!this.#atStart || text === "") return text;
    this.#atStart = false;
    return text.startsWith("\ufeff") ? text.slice(1) : text;
  }

  end(): string {
    const rest = this.#held.length === 0 ? "" : "\ufffd";
    this.#held = new Uint8Array(0);
    return rest;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
