/**
 * How Windows programs write to a pipe: in the OEM code page of the lab's language, or as
 * UTF-16LE in blocks of 4096 bytes that cut characters and words anywhere.
 */
import { decodeCodePage, encodeUtf16 } from "../../../src/base/mod.ts";
import type { LabLanguage, SimulatorContext } from "./simulator.ts";

const CODE_PAGES: Readonly<Record<LabLanguage, number>> = {
  "en-US": 437,
  "de-DE": 850,
  "ja-JP": 932,
};

/** The OEM code page of a language. */
export function codePageOf(language: LabLanguage): number {
  return CODE_PAGES[language];
}

/** Writes text with CRLF line ends in the code page of the lab's language. */
export async function writeOem(context: SimulatorContext, text: string): Promise<void> {
  await context.write(encodeOem(text.replace(/\r?\n/g, "\r\n"), context.state.language));
}

/** Encodes text in the code page of a language; what it lacks becomes `?`. */
export function encodeOem(text: string, language: LabLanguage): Uint8Array {
  const table = encoderOf(codePageOf(language));
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes.push(...(code < 0x80 ? [code] : table.get(character) ?? [0x3f]));
  }
  return Uint8Array.from(bytes);
}

/** Collects UTF-16LE and lets it go block by block, as sfc does. */
export class WideBlockWriter {
  readonly #context: SimulatorContext;
  #held: Uint8Array = new Uint8Array(0);

  constructor(context: SimulatorContext) {
    this.#context = context;
  }

  /** Text is written as it is: line ends must be CRLF already. */
  async write(text: string): Promise<void> {
    this.#held = joinBytes(this.#held, encodeUtf16(text));
    while (this.#held.length >= BLOCK_BYTES) {
      await this.#context.write(this.#held.slice(0, BLOCK_BYTES));
      this.#held = this.#held.slice(BLOCK_BYTES);
    }
  }

  /** What is left when the program ends. */
  async flush(): Promise<void> {
    if (this.#held.length > 0) await this.#context.write(this.#held);
    this.#held = new Uint8Array(0);
  }
}

/** Bytes that make no sense: the same in every run. */
export function garbage(length = 512): Uint8Array {
  let state = 0x2545f491;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const BLOCK_BYTES = 4096;
const encoders = new Map<number, Map<string, readonly number[]>>();

/** The encoder of a code page is its decoder turned round. */
function encoderOf(codePage: number): Map<string, readonly number[]> {
  const known = encoders.get(codePage);
  if (known !== undefined) return known;
  const table = new Map<string, readonly number[]>();
  for (let first = 0x80; first < 0x100; first++) {
    note(table, [first], codePage);
    if (codePage !== 932) continue;
    for (let second = 0x40; second < 0xfd; second++) note(table, [first, second], codePage);
  }
  encoders.set(codePage, table);
  return table;
}

function note(table: Map<string, readonly number[]>, bytes: number[], codePage: number): void {
  const text = decodeCodePage(Uint8Array.from(bytes), codePage);
  if ([...text].length === 1 && text !== "\ufffd" && !table.has(text)) table.set(text, bytes);
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
