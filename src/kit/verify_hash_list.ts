/** Compares the files of a kit with the list of their hashes in its root. */
import { MedicError } from "../base/mod.ts";
import type { Host } from "../host/mod.ts";
import { parseHashList } from "./hash_list.ts";
import type { MediaEntry, MediaTree } from "./media_tree.ts";
import type { VerificationLog } from "./verify_media.ts";

/** The list of hashes in the root of a kit. */
export const HASH_LIST = "SHA256SUMS";
/** The longest that is read, in bytes. */
const LONGEST_LIST = 16 << 20;

/** Compares what the list names, if there is one. What is wrong goes to the log. */
export async function verifyHashList(
  host: Host,
  tree: MediaTree,
  log: VerificationLog,
): Promise<void> {
  const entry = await tree.find(HASH_LIST);
  if (entry?.kind !== "file") return;
  log.settled([entry.path]); // it is what others are compared with
  if (entry.size > LONGEST_LIST) {
    log.note(`"${entry.path}" is too long to be a list of hashes: it was not used`);
    return;
  }
  let text: string;
  try {
    text = await readText(tree, entry);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    log.damaged({ file: entry.path, reason: error.message, inside: [] });
    return;
  }
  const { files, unknownLines } = parseHashList(text);
  for (const line of unknownLines) {
    log.damaged({ file: entry.path, reason: `line ${line} cannot be understood`, inside: [] });
  }
  log.stage(`Comparing files with ${entry.path}`);
  const found: { readonly hash: string; readonly entry: MediaEntry }[] = [];
  for (const { path, hash } of files) {
    const listed = await tree.find(path);
    if (listed?.kind === "file") found.push({ hash, entry: listed });
    else {log.damaged({
        file: path,
        reason: `it is listed in ${entry.path}, but not there`,
        inside: [],
      });}
  }
  await compareHashes(host, { tree, found }, log);
}

async function readText(tree: MediaTree, entry: MediaEntry): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of tree.read(entry)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

async function compareHashes(
  host: Host,
  { tree, found }: {
    readonly tree: MediaTree;
    readonly found: readonly { readonly hash: string; readonly entry: MediaEntry }[];
  },
  log: VerificationLog,
): Promise<void> {
  const total = found.reduce((sum, { entry }) => sum + entry.size, 0);
  let done = 0;
  for (const { hash: expected, entry } of found) {
    const hash = host.newHash("sha256");
    log.settled([entry.path]);
    try {
      for await (const piece of tree.read(entry)) {
        log.watch.signal?.throwIfAborted();
        hash.update(piece);
        done += piece.length;
        log.watch.progress?.({ done, total });
      }
      const actual = hash.hex();
      log.checked({ listed: 1, bytes: entry.size });
      if (actual === expected) continue;
      const reason = `its SHA-256 is ${actual}, not ${expected} as listed`;
      log.damaged({ file: entry.path, reason, inside: [] });
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      log.damaged({ file: entry.path, reason: error.message, inside: [] });
    }
  }
}
