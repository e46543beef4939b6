/**
 * How an argument array becomes the one command line that Windows hands to a program. Source:
 * Microsoft Learn, Parsing C command-line arguments; the rules that Deno's own starter follows:
 * the program is always quoted, an argument only if it is empty or holds a blank or tab.
 */

/** The command line of `CreateProcess` for these arguments. */
export function formatCommandLine(program: string, args: readonly string[]): string {
  return [`"${program}"`, ...args.map(quoteArgument)].join(" ");
}

/** Backslashes count double in front of a quote, and only there. */
function quoteArgument(argument: string): string {
  const escaped = argument.replace(/(\\*)"/g, '$1$1\\"');
  if (argument !== "" && !/[ \t]/.test(argument)) return escaped;
  return `"${escaped.replace(/\\+$/, "$&$&")}"`;
}
