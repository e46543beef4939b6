/**
 * Where DISM may take good files from. Wrong sources are the usual reason why a repair
 * fails, so each form is checked before DISM sees it.
 */
import { RefusalError, UsageError } from "../../base/mod.ts";

/** A place for `/Source`. */
export type RepairSource =
  | { readonly kind: "windows-folder" | "folder"; readonly path: string }
  | { readonly kind: "wim" | "esd"; readonly path: string; readonly index: number };

const FORMS =
  "Name a Windows folder (E:\\Windows) or an image with its index (E:\\sources\\install.wim:6)";

/**
 * Reads what a person typed for `--source`: a folder, or an image with `:INDEX`. The prefix
 * `wim:` or `esd:` may be left out, then the ending of the file name decides.
 *
 * @throws {UsageError} if the form is wrong or the index is missing.
 * @throws {RefusalError} for the Windows of WinPE itself, split images and network paths.
 */
export function parseSourceOption(text: string): RepairSource {
  const trimmed = text.trim().replace(/^"(.*)"$/, "$1");
  if (trimmed === "") throw refuseForm(text, "it is empty");
  const prefixed = /^(wim|esd):(.+)$/i.exec(trimmed);
  const rest = prefixed?.[2] ?? trimmed;
  const indexed = /^(.+?):(\d+)$/.exec(rest);
  const path = indexed?.[1] ?? rest;
  checkPath(text, path);
  const kind = imageKind(prefixed?.[1] ?? extensionOf(path));
  if (kind === undefined) return folderSource(text, { path, index: indexed?.[2] });
  return imageSource(text, { kind, path, index: indexed?.[2] });
}

/** The value for `/Source:`. */
export function formatSource(source: RepairSource): string {
  switch (source.kind) {
    case "windows-folder":
    case "folder":
      return source.path;
    case "wim":
    case "esd":
      return `${source.kind}:${source.path}:${source.index}`;
  }
}

/**
 * Checks a source that was not typed but built by the program.
 *
 * @throws {UsageError|RefusalError} as {@linkcode parseSourceOption}.
 */
export function checkSource(source: RepairSource): void {
  checkPath(formatSource(source), source.path);
  if ("index" in source && !(Number.isSafeInteger(source.index) && source.index > 0)) {
    throw refuseForm(formatSource(source), "the index of an image starts at 1");
  }
}

type Parts = { readonly path: string; readonly index: string | undefined };

function folderSource(text: string, parts: Parts): RepairSource {
  if (parts.index !== undefined) {
    throw refuseForm(text, "only a .wim or .esd image has an index");
  }
  const path = parts.path.replace(/(?<=[^:\\/])[\\/]+$/, "");
  const kind = /[\\/]windows$/i.test(path) ? "windows-folder" : "folder";
  return { kind, path };
}

function imageSource(text: string, parts: Parts & { readonly kind: "wim" | "esd" }): RepairSource {
  const index = Number(parts.index ?? 0);
  if (parts.index === undefined) {
    throw new UsageError(`Cannot use the source "${text}": the index of the image is missing`, {
      next: `Add the index of the installed edition, for example ${parts.path}:6`,
    });
  }
  if (!Number.isSafeInteger(index) || index < 1) {
    throw refuseForm(text, "the index of an image starts at 1");
  }
  return { kind: parts.kind, path: parts.path, index };
}

function checkPath(text: string, path: string): void {
  if (/["<>|?*]/.test(path)) throw refuseForm(text, "it holds a character no path can have");
  if (/^[\\/]{2}/.test(path)) {
    throw new RefusalError(`Cannot use the source "${text}": it is a network path`, {
      next: "Copy it to the stick or to a local disk",
    });
  }
  if (/^x:[\\/]windows(?:$|[\\/])/i.test(path)) {
    throw new RefusalError(
      `Cannot use the source "${text}": it is the Windows of WinPE, which lacks most files`,
      { next: FORMS },
    );
  }
  if (/\.iso$/i.test(path)) {
    throw new UsageError(`Cannot use the source "${text}": DISM does not read ISO files`, {
      next: "Name the install.wim or install.esd of the ISO, extracted to a disk",
    });
  }
  if (/\.swm$/i.test(path)) {
    throw new RefusalError(`Cannot use the source "${text}": it is one part of a split image`, {
      next: "Join the parts into one .wim first",
    });
  }
}

function imageKind(word: string): "wim" | "esd" | undefined {
  const lower = word.toLowerCase();
  return lower === "wim" || lower === "esd" ? lower : undefined;
}

function extensionOf(path: string): string {
  return /\.([^.\\/:]+)$/.exec(path)?.[1] ?? "";
}

function refuseForm(text: string, reason: string): UsageError {
  return new UsageError(`Cannot use the source "${text}": ${reason}`, { next: FORMS });
}
