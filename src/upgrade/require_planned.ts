/** The last look before a stage is armed: what Windows will start is what was agreed to. */
import { joinWindowsPath, MedicError } from "../base/mod.ts";
import { MEDIA_FOLDER, type Transaction } from "../journal/mod.ts";
import { orderOf, type StageRequest } from "./request.ts";
import { findPart, hashFile, type PartPlace, stageParts } from "./stage_parts.ts";

/**
 * Compares all that was put on the target with its plan. A tree was compared with its media when
 * it was copied, but the media themselves may be others since the plan was made.
 *
 * @throws {MedicError} `partial` for the first thing that is not as planned.
 */
export async function requirePlanned(
  { writer }: Transaction,
  request: StageRequest,
): Promise<void> {
  const { target: files, host, root } = writer.context;
  const place = { files, newHash: host.newHash };
  const problem = await partProblem(place, request) ?? await setupProblem(place, request);
  if (problem === undefined) return;
  const argument = /\s/.test(root) ? `"${root}"` : root;
  throw new MedicError("partial", `Cannot arm the upgrade: not as planned: ${problem}`, {
    next: `pemedic upgrade unstage ${argument}`,
  });
}

async function partProblem(place: PartPlace, request: StageRequest): Promise<string | undefined> {
  for (const part of stageParts(request)) {
    const { state, detail } = await findPart(place, part);
    if (state !== "whole") return `${part.path} (${detail})`;
  }
  return undefined;
}

/** The starter runs no other `setup.exe`: it would stand down, and nobody sees that today. */
async function setupProblem(place: PartPlace, request: StageRequest): Promise<string | undefined> {
  if (request.media === undefined) return undefined;
  const { folder, setup } = orderOf(request).media;
  const below = folder.replace(/^[A-Z]:\\/, "").slice(MEDIA_FOLDER.length + 1);
  const path = joinWindowsPath(MEDIA_FOLDER, below, "setup.exe");
  const size = (await place.files.stat(path))?.size;
  if (size === undefined) return `${path} (not there)`;
  const same = size === setup.bytes && await hashFile(place, path, size) === setup.sha256;
  return same ? undefined : `${path} (another one than that of the plan)`;
}
