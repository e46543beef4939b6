/** When a file of an image may take the place of one of a Windows, and what people must know. */
import { isWithin, RefusalError } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import { compareVersions, parseFileVersion } from "../formats/pe/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { FileRestoreRequest } from "./step.ts";

/** What lies in the place of a file. */
export interface PresentFile {
  readonly bytes: number;
  /** In lower-case hexadecimal; undefined where the file cannot be read. */
  readonly sha256: string | undefined;
  /** As text; undefined where it has none, or none that can be read. */
  readonly version: string | undefined;
}

/** A file that is asked for, and what is there instead. */
export interface RestoreQuestion {
  readonly request: FileRestoreRequest;
  /** Undefined if nothing is there. */
  readonly present: PresentFile | undefined;
}

const ALL_THE_SAME = "If you know better, add --force";

/**
 * Refuses a file that would mix levels or is for another processor, unless the user insists.
 *
 * @throws {RefusalError} with the reason.
 */
export function refuseUnfit(windows: OfflineWindows, question: RestoreQuestion): void {
  const { path, override } = question.request;
  if (override) return;
  const reason = unfitImage(question) ?? unfitProcessor(windows, question) ??
    unfitVersion(question);
  if (reason === undefined) return;
  throw new RefusalError(`Cannot restore "${path}": ${reason}`, { next: ALL_THE_SAME });
}

function unfitImage({ request }: RestoreQuestion): string | undefined {
  const { verdict, reason } = request.match;
  return verdict === "fits" ? undefined : `the image is not sure to fit: ${reason}`;
}

/** Files for other processors lie beside the system's own: of 32-bit programs, of drivers. */
function unfitProcessor(windows: OfflineWindows, { request }: RestoreQuestion): string | undefined {
  const ours = windows.identity.architecture;
  const { path, architecture } = request;
  if (architecture === undefined || ours === undefined || architecture === ours) return undefined;
  if (!isWithin(path, "Windows\\System32")) return undefined;
  return `the file of the image is for ${architecture}; this Windows is ${ours}`;
}

function unfitVersion({ request, present }: RestoreQuestion): string | undefined {
  const order = compareTexts(present?.version, request.version);
  if (order === undefined || order <= 0) return undefined;
  return `the file that is there is newer (${present?.version}) than that of the image ` +
    `(${request.version}); files of mixed levels break the next update`;
}

/** Negative if the first version is older, positive if it is newer; undefined if one is unknown. */
function compareTexts(a: string | undefined, b: string | undefined): number | undefined {
  const [first, second] = [parseFileVersion(a ?? ""), parseFileVersion(b ?? "")];
  return first === undefined || second === undefined ? undefined : compareVersions(first, second);
}

/** What people should know before they agree: one sentence each. */
export function restoreRemarks(windows: OfflineWindows, question: RestoreQuestion): string[] {
  const { request, present } = question;
  const remarks = [describeVersions(question)];
  if (request.match.verdict !== "fits") {
    remarks.push(`The image is not sure to fit: ${request.match.reason}`);
  }
  remarks.push(
    present === undefined
      ? "The new file gets the rights that its folder hands down"
      : "The new file gets the rights of the one that is there",
  );
  if (isWithin(request.path, "Windows")) {
    const restore = commandFor(windows, "image restore");
    remarks.push(
      "Only this name of the file is changed: the component store keeps a copy of its own, " +
        `if the file is part of Windows (run afterwards: ${restore} --source auto)`,
    );
  }
  return remarks;
}

function describeVersions({ request, present }: RestoreQuestion): string {
  const its = request.version === undefined ? "no version" : `version ${request.version}`;
  if (present === undefined) return `There is no such file now; that of the image has ${its}`;
  if (present.sha256 === undefined) {
    return `The file that is there cannot be read; that of the image has ${its}`;
  }
  const order = compareTexts(present.version, request.version);
  if (order === 0) {
    return `Both files have version ${request.version}; the bytes of the one there differ`;
  }
  const old = present.version === undefined ? "no version" : `version ${present.version}`;
  if (old === its) {
    return "The file that is there differs from that of the image; none has a version";
  }
  return `The file that is there has ${old}, that of the image ${its}`;
}
