/** Content from outside of the target: files of the stick, and media that are four small files. */
import { createHash } from "node:crypto";
import { CancelledError } from "../../src/base/mod.ts";
import type {
  ContentProvider,
  ExtractOptions,
  FileImported,
  FileReplacedFrom,
  MediaOrigin,
  OpenContent,
  TreeImported,
} from "../../src/journal/mod.ts";
import type { MemoryHost } from "../lab/mod.ts";
import { bytes, HOSTS, type JournalLab, journalLab } from "./journal_lab.ts";

/** A file of the stick, in three pieces. */
export const OUTSIDE = "E:\\new.efi";
export const CONTENT = bytes("content that lies outside of the target");
export const SHA256 = createHash("sha256").update(CONTENT).digest("hex");
export const NEW_FILE = "Windows\\System32\\winload.efi";
export const TREE = "PEMedic\\media";
export const MEDIA: MediaOrigin = { kind: "media", place: "E:\\Win11.iso" };
const MEDIA_FILES: Readonly<Record<string, string>> = {
  "setup.exe": "starts the setup",
  "sources\\install.wim": "all of Windows",
};

const FROM = {
  origin: { kind: "file", place: OUTSIDE },
  bytes: CONTENT.length,
  sha256: SHA256,
} as const;

/** A new file with the content of {@linkcode OUTSIDE}. */
export function imported(path = NEW_FILE, more: Partial<FileImported> = {}): FileImported {
  return { kind: "file-created", path, ...FROM, ...more };
}

/** A replacement with the content of {@linkcode OUTSIDE}. */
export function replacedFrom(
  path = HOSTS,
  more: Partial<FileReplacedFrom> = {},
): FileReplacedFrom {
  return { kind: "file-replaced", path, ...FROM, ...more };
}

/** The tree of {@linkcode MEDIA}. */
export function tree(path = TREE): TreeImported {
  return { kind: "tree-created", path, origin: MEDIA, files: 2, bytes: 30 };
}

/** What may go wrong outside. */
export interface Outside {
  /** The content that is given instead of the right one. */
  content?: Uint8Array;
  /** The size that is told instead of that of the content. */
  size?: number;
  /** The stick is pulled out before so many files of the media. */
  pulledAt?: number;
}

/** Gives {@linkcode CONTENT} in pieces, and the files of the media one by one. */
export function outsideContents(host: MemoryHost, outside: Outside = {}): ContentProvider {
  return {
    open: () => Promise.resolve(opened(outside)),
    extract: (origin, options) => extract(host, { outside, origin }, options),
    isComplete: async (_origin, path) => {
      for (const [name, text] of Object.entries(MEDIA_FILES)) {
        if ((await host.files.stat(`${path}\\${name}`))?.size !== text.length) return false;
      }
      return true;
    },
  };
}

function opened({ content = CONTENT, size = content.length }: Outside): OpenContent {
  return {
    size,
    async *pieces() {
      for (let at = 0; at < content.length; at += 16) {
        yield await Promise.resolve(content.subarray(at, at + 16));
      }
    },
    close: () => Promise.resolve(),
  };
}

async function extract(
  { files }: MemoryHost,
  { outside, origin }: { readonly outside: Outside; readonly origin: MediaOrigin },
  { path, signal, onProgress }: ExtractOptions,
): Promise<void> {
  for (const folder of [path, `${path}\\sources`]) {
    if (await files.stat(folder) === undefined) await files.createDirectory(folder);
  }
  for (const [number, [name, text]] of Object.entries(MEDIA_FILES).entries()) {
    if (signal?.aborted) throw new CancelledError();
    if (number === outside.pulledAt) await files.read(origin.place);
    const whole = `${path}\\${name}`;
    if (await files.stat(whole) !== undefined) continue;
    const part = `${whole}.part`;
    const continueAt = await files.stat(part) === undefined ? {} : { continueAt: 0 };
    const writer = await files.createWriter(part, continueAt);
    await writer.write(bytes(text));
    await writer.finish();
    await files.move(part, whole);
    onProgress?.({ percent: 50 * (number + 1) });
  }
}

/** A small machine whose journal fetches content from outside. */
export function importLab(
  options: { readonly mirror?: boolean; readonly outside?: Outside } = {},
): JournalLab {
  return journalLab({
    ...(options.mirror === undefined ? {} : { mirror: options.mirror }),
    contents: (host) => outsideContents(host, options.outside),
  });
}
