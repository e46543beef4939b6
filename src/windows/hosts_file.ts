/** The `hosts` file of an offline Windows, line by line and byte by byte. */
import { decodeLatin1, formatBytes, windowsParent } from "../base/mod.ts";
import { findUpdateHost } from "../knowledge/mod.ts";
import type { OfflineWindows } from "./offline_windows.ts";

/** Where it lies. */
export const HOSTS_PATH = "Windows\\System32\\drivers\\etc\\hosts";

/** A bigger file is no list that somebody wrote; it is left alone. */
const MOST_BYTES = 1 << 20;

const TCPIP = "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
const USUAL_FOLDER = /^(?:%systemroot%|[a-z]:\\windows)\\system32\\drivers\\etc\\?$/i;

/** One line. Each byte is one character (Latin-1), so that nothing of it gets lost. */
export interface HostsLine {
  /** Counted from 1. */
  readonly number: number;
  /** The line with its mark of the end, and with the byte order mark if it is the first. */
  readonly raw: string;
  /** Undefined for blank lines and comments. */
  readonly address: string | undefined;
  readonly names: readonly string[];
}

/** What became of reading it. */
export type HostsFile =
  | { readonly state: "absent" }
  /** Windows was told to read the file of another folder. */
  | { readonly state: "elsewhere"; readonly folder: string }
  | { readonly state: "refused"; readonly reason: string }
  | { readonly state: "read"; readonly lines: readonly HostsLine[] };

/**
 * Reads the file.
 *
 * @throws {FileError} if the disk cannot.
 */
export async function readHostsFile(windows: OfflineWindows): Promise<HostsFile> {
  const folder = await windows.registry.text(TCPIP, "DataBasePath");
  if (folder !== undefined && !USUAL_FOLDER.test(folder)) return { state: "elsewhere", folder };
  const entry = await windows.files.stat(HOSTS_PATH);
  if (entry === undefined) return { state: "absent" };
  const above = await windows.files.stat(windowsParent(HOSTS_PATH));
  if (entry.reparse || above?.reparse === true) return refused("it is a link to another place");
  if (entry.kind === "directory") return refused("it is a folder");
  if (entry.size > MOST_BYTES) {
    return refused(`it has ${formatBytes(entry.size)}, more than a list of hosts`);
  }
  const bytes = await windows.files.read(HOSTS_PATH);
  if (bytes.includes(0) || isUtf16(bytes)) return refused("it is no text of single bytes");
  return { state: "read", lines: parseHosts(decodeLatin1(bytes)) };
}

function refused(reason: string): HostsFile {
  return { state: "refused", reason };
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** The byte order mark of UTF-8, each byte one character. */
const BYTE_ORDER_MARK = "\xef\xbb\xbf";

/** Splits a file of which each byte is one character. The lines joined are the file again. */
export function parseHosts(text: string): HostsLine[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return lines.map((raw, index) => {
    const start = index === 0 && raw.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
    const content = raw.slice(start).split("#", 1)[0] ?? "";
    const [address, ...names] = content.split(/[ \t\r\n\f\v]+/).filter((field) => field !== "");
    return { number: index + 1, raw, address, names };
  });
}

/** The lines that send a host of Windows Update nowhere. One that redirects it is left out. */
export function blockingLines(lines: readonly HostsLine[]): HostsLine[] {
  return lines.filter((line) =>
    line.address !== undefined && leadsNowhere(line.address) &&
    line.names.some((name) => findUpdateHost(name) !== undefined)
  );
}

/** The machine itself or no address at all, in IPv4 or IPv6. */
function leadsNowhere(address: string): boolean {
  return /^(?:0|0\.0\.0\.0|127\.\d+\.\d+\.\d+|255\.255\.255\.255)$/.test(address) ||
    /^(?:::|::1|(?:0*:){7}0*[01]|::ffff:(?:127|0)\.\d+\.\d+\.\d+)$/i.test(address);
}

/**
 * The file without these lines: each becomes a comment, and names in it that are no update
 * hosts get a line of their own. Every other byte stays.
 */
export function commentOut(lines: readonly HostsLine[], blocking: readonly HostsLine[]): string {
  const numbers = new Set(blocking.map(({ number }) => number));
  return lines.map((line) => numbers.has(line.number) ? asComment(line) : line.raw).join("");
}

function asComment({ raw, address, names }: HostsLine): string {
  const start = raw.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const comment = `${raw.slice(0, start)}# ${raw.slice(start)}`;
  const others = names.filter((name) => findUpdateHost(name) === undefined);
  if (others.length === 0) return comment;
  const end = /\r?\n$/.exec(raw)?.[0];
  const kept = `${address} ${others.join(" ")}`;
  return end === undefined ? `${comment}\r\n${kept}` : `${comment}${kept}${end}`;
}
