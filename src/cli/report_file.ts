/** Puts a session's report beside its journal, on the target and on the stick. */
import { joinWindowsPath, MedicError } from "../base/mod.ts";
import type { FileSystem } from "../host/mod.ts";
import { ensureDirectory, type JournalContext } from "../journal/mod.ts";
import type { LadderResult } from "../ladder/mod.ts";
import { onTarget } from "../windows/mod.ts";
import { toJson } from "./output.ts";

/** Writes `report.txt` and `report.json`. Returns where, or undefined if nowhere was room. */
export async function attachReport(
  journal: JournalContext,
  parts: { result: LadderResult; report: string },
): Promise<string | undefined> {
  const { result, report } = parts;
  const written = await write(journal.target, result.folder, parts);
  if (journal.mirror !== undefined) {
    await write(journal.mirror.files, result.session, { result, report });
  }
  if (written !== undefined) return onTarget(journal, written);
  return journal.mirror?.place;
}

async function write(
  files: FileSystem,
  folder: string,
  parts: { result: LadderResult; report: string },
): Promise<string | undefined> {
  const encoder = new TextEncoder();
  try {
    await ensureDirectory(files, folder);
    const name = await freeName(files, folder);
    const path = joinWindowsPath(folder, `${name}.txt`);
    await files.createFile(path, encoder.encode(parts.report.replaceAll("\n", "\r\n")));
    await files.createFile(
      joinWindowsPath(folder, `${name}.json`),
      encoder.encode(toJson(parts.result) + "\n"),
    );
    return path;
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/** A resumed session has a report already: the new one stands beside it. */
async function freeName(files: FileSystem, folder: string): Promise<string> {
  let name = "report";
  for (let n = 2; await files.stat(joinWindowsPath(folder, `${name}.txt`)) !== undefined; n++) {
    name = `report-${n}`;
  }
  return name;
}
