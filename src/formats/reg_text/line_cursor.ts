/** Reads the text of a `.reg` file character by character, and knows the line it is in. */
import { FormatError } from "../../base/mod.ts";

/** A position in a text. */
export class LineCursor {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Number of the current line, from 1. */
  get line(): number {
    return this.#line;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next character, "" at the end of the text. */
  peek(): string {
    return this.#text.charAt(this.#at);
  }

  /** Takes the next character. */
  take(): string {
    const character = this.peek();
    this.#at += character.length;
    if (character === "\n") this.#line++;
    return character;
  }

  /** Takes `word` if it comes next, in any case. */
  takeWord(word: string): boolean {
    const next = this.#text.slice(this.#at, this.#at + word.length);
    if (next.toLowerCase() !== word) return false;
    this.#at += word.length;
    return true;
  }

  /** Takes what matches the sticky expression at this place; it must not match a line feed. */
  takeMatch(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match[0];
  }

  /** Takes blanks and tabs. */
  skipBlanks(): void {
    this.takeMatch(/[ \t]*/y);
  }

  /** Takes the rest of the line with its end; returns it without. */
  takeLine(): string {
    const rest = this.takeMatch(/[^\n]*/y) ?? "";
    this.take();
    return rest.endsWith("\r") ? rest.slice(0, -1) : rest;
  }

  /** Takes the rest of the line, which must be blank or a comment. */
  finishLine(): void {
    const { line } = this;
    const rest = this.takeLine().trim();
    if (rest !== "" && !rest.startsWith(";")) {
      throw this.error(`"${shortened(rest)}" does not belong there`, line);
    }
  }

  /** The error for a line, the current one if none is given. */
  error(state: string, line = this.#line): FormatError {
    return new FormatError(`Cannot read line ${line} of the registry text: ${state}`);
  }
}

/** A text that is quoted in an error: not more than 60 characters. */
export function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
