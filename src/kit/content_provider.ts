/**
 * Fetches content from outside of a target for whoever writes it there: a file of the stick, a
 * file of a Windows image, the files of whole media.
 */
import { MedicError, type ToolProgress, UsageError } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import { extractMedia } from "./extract_media.ts";
import { planExtraction, requireTree } from "./extraction_plan.ts";
import { type ImageFilePlace, openImageFile } from "./image_file.ts";
import { openMedia } from "./media.ts";
import type { MediaTree } from "./media_tree.ts";
import { openSource } from "./sources.ts";

/** Where the content of one file lies. */
export type FilePlace =
  | { readonly kind: "file"; readonly place: string }
  | ({ readonly kind: "image-file" } & ImageFilePlace);

/** Media whose files are wanted. */
export interface MediaPlace {
  readonly kind: "media";
  readonly place: string;
}

/** Content that is open for reading. */
export interface OpenContent {
  readonly size: number;
  pieces(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** How the files of media are put into a folder. */
export interface PutOptions {
  /** Native path of a new folder, or of one that an earlier call has begun to fill. */
  readonly path: string;
  readonly signal?: AbortSignal;
  onProgress?(progress: ToolProgress): void;
}

/** Fetches content. */
export interface ContentFetcher {
  open(place: FilePlace): Promise<OpenContent>;
  extract(media: MediaPlace, options: PutOptions): Promise<void>;
  isComplete(media: MediaPlace, path: string): Promise<boolean>;
}

/** What fetches content on a machine. */
export function contentProvider(host: Host): ContentFetcher {
  return {
    open: (place) =>
      asSource(() =>
        place.kind === "file" ? openFile(host, place.place) : openImageFile(host, place)
      ),
    extract: (media, options) =>
      withTree(host, media, async (tree) => {
        const plan = await planExtraction(host, tree, { dest: options.path, resume: true });
        await extractMedia(host, { tree, plan }, {
          ...(options.signal === undefined ? {} : { signal: options.signal }),
          progress: ({ done, total }) => {
            if (total > 0) options.onProgress?.({ percent: Math.min(100, 100 * done / total) });
          },
        });
      }),
    isComplete: (media, path) => withTree(host, media, (tree) => isComplete(host, tree, path)),
  };
}

/** What was there when a plan was made and is gone now is no wrong command line. */
async function asSource<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new MedicError("needsSource", error.message, {
      cause: error,
      next: "Connect the medium again, then run: pemedic resume",
    });
  }
}

/** Bytes of a file that are read at a time. */
const PIECE = 1 << 20;

async function openFile(host: Host, path: string): Promise<OpenContent> {
  const source = await openSource(host.files, path);
  return {
    size: source.size,
    async *pieces() {
      for (let at = 0; at < source.size; at += PIECE) {
        yield await source.read(at, Math.min(PIECE, source.size - at));
      }
    },
    close: () => source.close(),
  };
}

async function withTree<T>(
  host: Host,
  { place }: MediaPlace,
  work: (tree: MediaTree) => Promise<T>,
): Promise<T> {
  const media = await asSource(() => openMedia(host, place));
  try {
    return await work(requireTree(media.tree, place));
  } finally {
    await media.close();
  }
}

/** A file of media has its name only when it is whole: its size is all there is to look at. */
async function isComplete(host: Host, tree: MediaTree, path: string): Promise<boolean> {
  const { place, folders, files } = await planExtraction(host, tree, { dest: path, resume: true });
  return !place.isNew && folders.length === 0 && files.every(({ action }) => action === "compare");
}
