/** Text as a console of 80 columns shows it: lines, counted things, nothing that steers the screen. */

/** Width that fits every console. */
export const COLUMNS = 80;

/** Breaks a text into lines of at most `width` columns; continuation lines are indented. */
export function wrap(
  text: string,
  options: { indent?: string; first?: string; width?: number } = {},
): string {
  const { indent = "", first = indent, width = COLUMNS } = options;
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of unbreakable(printable(text))) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines.join("\n");
}

/** The words of a text. A command to type counts as one: in two lines it could not be copied. */
function unbreakable(text: string): string[] {
  const words: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const last = words.at(-1) ?? "";
    if (OPTION.test(last) || (COMMAND.test(last) && !endsCommand(last))) {
      words[words.length - 1] = `${last} ${word}`;
    } else words.push(word);
  }
  return words;
}

/** The program, alone or with arguments, as it stands in a sentence. */
const COMMAND = /^[(`]?pemedic(?=\s|$)/;
/** An option that waits for its value. */
const OPTION = /^--[a-z-]+$/;

/** A command ends with its sentence or its bracket, unless that stands in quotes. */
function endsCommand(command: string): boolean {
  const quotes = command.split('"').length - 1;
  return quotes % 2 === 0 && /[,;)`]$/.test(command);
}

/** File names, labels and tools' output may hold anything: no character may steer the console. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e]/g, "?");
}

/** A number of things: `1 key`, `2 keys`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
