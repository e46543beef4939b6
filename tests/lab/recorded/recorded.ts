/** Reads the recorded texts of this folder; see the README for their stories. */

/** The text as the tool printed it: CRLF at line ends, bare CR where lines were rewritten. */
export function recordedText(name: string): string {
  const text = Deno.readTextFileSync(new URL(`${name}.txt`, import.meta.url));
  return text.replaceAll("\n", "\r\n").replaceAll("␍", "\r");
}
