/** Checks the Windows images of media: every content, the integrity table, the parts of a set. */
import { FormatError, MedicError, RefusalError } from "../base/mod.ts";
import { verifyBlobs, verifyIntegrity, type Wim } from "../formats/wim/mod.ts";
import type { Host } from "../host/mod.ts";
import { readImageFiles } from "./image_entries.ts";
import { openParts } from "./install_image.ts";
import type { MediaEntry, MediaSource, MediaTree } from "./media_tree.ts";
import type { VerificationLog } from "./verify_media.ts";

/** Files of media that are one image: a WIM, an ESD, or the parts of a set in order. */
export interface ImageFiles {
  readonly name: string;
  readonly entries: readonly MediaEntry[];
}

/** Groups what `entries` holds of image files by set. */
export function imageFiles(entries: readonly MediaEntry[]): ImageFiles[] {
  const sets = new Map<string, { name: string; entries: MediaEntry[] }>();
  for (const entry of entries) {
    if (entry.kind !== "file" || !/\.(wim|esd|swm)$/i.test(entry.path)) continue;
    const first = entry.path.replace(/\d*(?=\.swm$)/i, "");
    const key = first.toLowerCase();
    const set = sets.get(key) ?? { name: entry.path, entries: [] };
    set.entries.push(entry);
    if (entry.path.length < set.name.length) set.name = entry.path;
    sets.set(key, set);
  }
  return [...sets.values()];
}

/** Opens an image of media and checks it. What is wrong goes to the log. */
export async function verifyImageFiles(
  host: Host,
  { tree, image }: { readonly tree: MediaTree; readonly image: ImageFiles },
  log: VerificationLog,
): Promise<void> {
  const opened: MediaSource[] = [];
  try {
    const files = [];
    for (const entry of image.entries) {
      const source = await tree.open(entry);
      opened.push(source);
      files.push({ source, name: entry.path });
    }
    const wim = await openParts(host, files);
    const names = image.entries.map(({ path }) => path);
    await verifyWim(host, { wim, name: image.name, files: names }, log);
  } catch (error) {
    if (!(error instanceof MedicError) || error.code === "cancelled") throw error;
    log.settled(image.entries.map(({ path }) => path));
    log.damaged({ file: image.name, reason: error.message, inside: [] });
  } finally {
    for (const source of opened) await source.close();
  }
}

/** Checks an opened image: its contents, and whether its trees are such as Windows can have. */
export async function verifyWim(
  host: Host,
  { wim, name, files: names }: {
    readonly wim: Wim;
    readonly name: string;
    /** Its files, as the log is to know them. */
    readonly files: readonly string[];
  },
  log: VerificationLog,
): Promise<void> {
  for (const { message } of wim.problems) log.damaged({ file: name, reason: message, inside: [] });
  for (const part of wim.parts) await verifyTable(host, part, log);
  try {
    log.stage(`Checking every content of ${name}`);
    const { blobs, bytes, damaged } = await verifyBlobs(wim, log.watch);
    for (const { message } of (await wim.blobs()).problems) {
      log.damaged({ file: name, reason: message, inside: [] });
    }
    log.checked({ contents: blobs, bytes });
    for (const { reason, files } of damaged) log.damaged({ file: name, reason, inside: files });
    log.settled(names);
    await verifyTrees(wim, { name, known: new Set(damaged.map(({ hash }) => hash)) }, log);
  } catch (error) {
    if (error instanceof RefusalError) log.note(`${error.message}: its contents were not checked`);
    else if (error instanceof FormatError) {
      log.settled(names);
      log.damaged({ file: name, reason: error.message, inside: [] });
    } else throw error;
  }
}

/**
 * A tree can have its hash and be none that Windows can write: names that lead out of their folder
 * or come twice, contents that are nowhere.
 */
async function verifyTrees(
  wim: Wim,
  { name, known }: { readonly name: string; readonly known: ReadonlySet<string> },
  log: VerificationLog,
): Promise<void> {
  const { metadata } = await wim.blobs();
  for (const [at, { hash }] of metadata.entries()) {
    log.watch.signal?.throwIfAborted();
    if (known.has(hash)) continue; // told already
    const index = at + 1;
    try {
      const { entries, leftOut } = await readImageFiles(wim, index);
      for (const text of leftOut) {
        log.damaged({ file: name, reason: `image ${index}: ${text}`, inside: [] });
      }
      if (wim.missingParts.length > 0) continue; // told already, and what lies in them with it
      const inside = [...entries].filter(({ complete }) => !complete)
        .map(({ path }) => `${index}:\\${path}`);
      const reason = `image ${index} names contents that are not in it`;
      if (inside.length > 0) log.damaged({ file: name, reason, inside });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      log.damaged({ file: name, reason: error.message, inside: [] });
    }
  }
}

async function verifyTable(
  host: Host,
  part: Wim["parts"][number],
  log: VerificationLog,
): Promise<void> {
  const { name } = part;
  if (part.header.integrity.offset === 0) return;
  log.stage(`Checking the integrity table of ${name}`);
  try {
    const outcome = await verifyIntegrity(part, {
      ...log.watch,
      hash: () => host.newHash("sha1"),
    });
    if (outcome.kind === "absent") return;
    log.checked({ ranges: outcome.ranges });
    for (const { offset, length } of outcome.damaged) {
      const reason = `bytes ${offset} to ${offset + length - 1} do not match its integrity table`;
      log.damaged({ file: name, reason, inside: [] });
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    log.damaged({ file: name, reason: error.message, inside: [] });
  }
}
