/**
 * wimlib's programs (wimtools) as judges of ours, and files to judge. Tests that need an absent
 * program are skipped by name.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { type ByteSource, memorySource } from "../../../src/base/mod.ts";
import { openWim, type Wim, type WimBlob, type WimEntry } from "../../../src/formats/wim/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";

export const wimtoolsPresent: boolean = spawnSync("wimlib-imagex", ["--version"]).status === 0;

/** Files of the corpus that wimlib reads without --ref. */
export const WHOLE_FILES: readonly string[] = corpusPresent
  ? [
    "gen-lzx.wim",
    "gen-xpress.wim",
    "gen-none.wim.gz",
    "gen-pipable.wim",
    "gen-solid.esd",
    "empty_dacl.wim",
    "duplicate_names.wim",
    "dotdot.wim",
    "linux_xattrs_old.wim",
    "corrupted_file_1.wim",
  ]
  : [];

/** Runs `action` with a folder that is removed afterwards. */
export async function withFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-wim-" });
  try {
    return await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs one of wimlib's programs; its output must be UTF-8. */
export function wimlib(
  args: readonly string[],
  options: { readonly fails?: boolean } = {},
): string {
  const result = spawnSync("wimlib-imagex", [...args], {
    maxBuffer: 2 ** 30,
    env: { ...Deno.env.toObject(), LC_ALL: "C.UTF-8", TZ: "UTC" },
  });
  const said = result.stderr.toString();
  assert.equal(result.status === 0, options.fails !== true, `wimlib-imagex ${args}: ${said}`);
  return result.stdout.toString();
}

/** Reads a corpus file, unpacked. */
export function corpusWim(file: string): Uint8Array {
  const bytes = Deno.readFileSync(corpusPath(`wim/${file}`));
  return file.endsWith(".gz") ? new Uint8Array(gunzipSync(Buffer.from(bytes))) : bytes;
}

/** Opens bytes. */
export function openBytes(bytes: Uint8Array, name = "test.wim"): Promise<Wim> {
  return openWim(memorySource(bytes), { name });
}

/** A whole content. */
export async function contentOf(wim: Wim, blob: WimBlob): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of wim.read(blob)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The content of the unnamed stream of a file. */
export async function fileContent(wim: Wim, entry: WimEntry): Promise<Uint8Array> {
  const hash = entry.streams.find(({ kind, name }) => kind === "data" && name === "")?.hash;
  return hash === undefined ? new Uint8Array(0) : await contentOf(wim, await wim.blobOf(hash));
}

/** A source that counts what is read and notes the largest request. */
export function watchedSource(
  source: ByteSource,
): ByteSource & { readonly seen: { bytes: number; largest: number } } {
  const seen = { bytes: 0, largest: 0 };
  return {
    size: source.size,
    seen,
    read: (offset, length) => {
      seen.bytes += length;
      seen.largest = Math.max(seen.largest, length);
      return source.read(offset, length);
    },
  };
}

/** One entry as `wimdir --detailed` shows it. */
export interface ListedEntry {
  /** With `/`; "/" is the root. */
  readonly path: string;
  readonly shortName: string;
  readonly attributes: number;
  /** As text, in seconds. */
  readonly written: string;
  readonly linkGroup: bigint;
  /** `name=hash`, in order; the hash of an empty stream is all zeros. */
  readonly streams: readonly string[];
}

/** Parses `wimdir --detailed`. */
export function parseListing(text: string): ListedEntry[] {
  return text.split(/^-{70,}\n/m).slice(1).map((block) => {
    const field = (name: string) => new RegExp(`^${name} += (.*)$`, "m").exec(block)?.[1] ?? "";
    const streams = [...block.matchAll(/\t(?:Named data stream "(.*)"|.*):\nHash += 0x(\w+)/g)];
    return {
      path: field("Full Path").slice(1, -1),
      shortName: field("Short Name").slice(1, -1),
      attributes: Number(field("Attributes")),
      written: field("Last Write Time"),
      linkGroup: BigInt(field("Link Group ID")),
      streams: streams.map(([, name, hash]) => `${name ?? ""}=${hash}`),
    };
  });
}

/** A small generator of numbers, so that a failure can be repeated. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}
