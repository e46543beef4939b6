/** Values as `.reg` text, for damages that write what no plain text can say. */

/** REG_MULTI_SZ. */
export function multiStringText(strings: readonly string[]): string {
  return `hex(7):${utf16(`${strings.map((string) => `${string}\0`).join("")}\0`)}`;
}

/** REG_EXPAND_SZ. */
export function expandStringText(text: string): string {
  return `hex(2):${utf16(`${text}\0`)}`;
}

/** REG_DWORD. */
export function dwordText(value: number): string {
  return `dword:${value.toString(16).padStart(8, "0")}`;
}

function utf16(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return units.flatMap((unit) => [unit & 0xff, unit >>> 8])
    .map((byte) => byte.toString(16).padStart(2, "0")).join();
}
