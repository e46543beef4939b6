/** Checks the Windows images of media: every content, the integrity table, the parts of a set. */
import { FormatError, MedicError, RefusalError } from "../base/mod.ts";
import { verifyBlobs, verifyIntegrity, type Wim } from "../formats/wim/mod.ts";
import type { Host } from "../host/mod.ts";
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
    await verifyWim(host, { wim, name: image.name }, log);
  } catch (error) {
    if (!(error instanceof MedicError) || error.code === "cancelled") throw error;
    log.damaged({ file: image.name, reason: error.message, inside: [] });
  } finally {
    for (const source of opened) await source.close();
  }
}

/** Checks an opened image. */
export async function verifyWim(
  host: Host,
  { wim, name }: { readonly wim: Wim; readonly name: string },
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
  } catch (error) {
    if (error instanceof RefusalError) log.note(`${error.message}: its contents were not checked`);
    else if (error instanceof FormatError) {
      log.damaged({ file: name, reason: error.message, inside: [] });
    } else throw error;
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
