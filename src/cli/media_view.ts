/** Media as people read them, and as JSON. */
import { count, formatBytes, wrap } from "../base/mod.ts";
import { architectureName, type WimImage } from "../formats/wim/mod.ts";
import type { InstallImage, Media, MediaConfig, MediaEntry } from "../kit/mod.ts";
import { oneLine } from "./registry_view.ts";

/** What an inspection found. */
export interface MediaFacts {
  readonly media: Media;
  /** `boot.wim` */
  readonly boot: InstallImage | undefined;
  /** Undefined where there was nothing to walk through. */
  readonly walked: { readonly files: number; readonly bytes: number } | undefined;
  readonly problems: readonly string[];
}

/** `1,234,567` */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** Media on some screens of 80 columns. */
export function renderInspection(facts: MediaFacts): string {
  const { media, boot, problems } = facts;
  const lines = [oneLine(media.place), ...headLines(facts)];
  for (const install of media.installs) lines.push("", ...imageFileLines(install));
  if (boot !== undefined) lines.push("", ...imageFileLines(boot));
  lines.push(...section("Starts a computer", bootLines(media.bootFiles)));
  lines.push(...section("Settings", configLines(media.config)));
  lines.push(...section("Problems", problems.map((problem) => item(problem))));
  if (problems.length === 0) {
    lines.push(
      "",
      "Nothing wrong was found in headers and records (media verify reads the contents)",
    );
  }
  return lines.join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function item(text: string): string {
  return wrap(oneLine(text), { first: "  - ", indent: "    " });
}

function row(name: string, text: string): string {
  return wrap(oneLine(text), { first: `  ${name.padEnd(13)} `, indent: " ".repeat(16) });
}

const KINDS: Readonly<Record<Media["kind"], string>> = {
  iso: "disc image",
  folder: "folder or drive",
  wim: "Windows image file",
};

function headLines({ media, walked }: MediaFacts): string[] {
  const { tree } = media;
  const lines = [row("kind", KINDS[media.kind])];
  if (tree?.kind === "image") lines.push(row("format", tree.format));
  if (tree?.label !== undefined) lines.push(row("label", tree.label));
  const bytes = media.bytes ?? walked?.bytes;
  const sizes = bytes === undefined ? [] : [`${formatBytes(bytes)} (${number(bytes)} bytes)`];
  if (walked !== undefined) {
    sizes.push(`${number(walked.files)} ${walked.files === 1 ? "file" : "files"}`);
  }
  if (sizes.length > 0) lines.push(row("size", sizes.join(", ")));
  if (media.installs.length === 0) {
    const told = media.problems.some((problem) => INSTALL_PROBLEM.test(problem));
    lines.push(row("install image", told ? "none that can be read" : "none"));
  }
  return lines;
}

/** Begins what is said of an installation image that cannot be read. */
export const INSTALL_PROBLEM = /install\.(?:wim|esd|swm): /i;

function imageFileLines(file: InstallImage): string[] {
  const { wim } = file;
  const { compression } = wim.header;
  const facts = [
    wim.encrypted ? "encrypted ESD" : file.format.toUpperCase(),
    compression === "none" ? "not compressed" : compression.toUpperCase(),
    formatBytes(file.bytes),
    count(wim.images.length, "image"),
    ...wim.header.parts > 1 ? [`${wim.parts.length} of ${count(wim.header.parts, "part")}`] : [],
  ];
  const title = wrap(`${file.path}: ${facts.join(", ")}`, { first: "", indent: "  " });
  return [title, ...wim.images.flatMap((image) => imageLines(image))];
}

function imageLines(image: WimImage): string[] {
  const name = image.name ?? image.displayName ?? "(no name)";
  const facts = [
    image.editionId,
    buildText(image),
    archText(image),
    languageText(image),
    image.totalBytes === undefined ? undefined : formatBytes(image.totalBytes),
    image.fileCount === undefined
      ? undefined
      : `${number(image.fileCount)} ${image.fileCount === 1 ? "file" : "files"}`,
  ].filter((fact) => fact !== undefined);
  const index = String(image.index).padStart(3);
  const lines = [wrap(oneLine(name), { first: `  ${index}  `, indent: "       " })];
  if (facts.length > 0) {
    lines.push(wrap(oneLine(facts.join(", ")), { first: "       ", indent: "       " }));
  }
  return lines;
}

function buildText({ version }: WimImage): string | undefined {
  if (version?.build === undefined) return undefined;
  return version.spBuild === undefined ? `${version.build}` : `${version.build}.${version.spBuild}`;
}

function archText({ architecture }: WimImage): string | undefined {
  if (architecture === undefined) return undefined;
  return architectureName(architecture) ?? `architecture ${architecture}`;
}

function languageText({ languages, defaultLanguage }: WimImage): string | undefined {
  const all = languages.map((language) =>
    languages.length > 1 && language === defaultLanguage ? `${language} (default)` : language
  );
  return all.length === 0 ? defaultLanguage : all.join(" ");
}

/** Which files start which machine. Layout: Microsoft Learn, "Boot and UEFI". */
const BOOT_KINDS: readonly (readonly [string, RegExp])[] = [
  ["BIOS", /^(?:bootmgr|boot\\.*)$/],
  ["UEFI x64", /\\bootx64\.efi$/],
  ["UEFI arm64", /\\bootaa64\.efi$/],
  ["UEFI x86", /\\bootia32\.efi$/],
  ["UEFI, any", /^(?:bootmgr\.efi|efi\\microsoft\\.*)$/],
  ["Windows PE", /\\boot\.wim$/],
];

function bootLines(files: readonly string[]): string[] {
  return BOOT_KINDS.flatMap(([kind, pattern]) => {
    const found = files.filter((file) => pattern.test(file));
    return found.length === 0 ? [] : [row(kind, found.join(", "))];
  });
}

function configLines({ edition, languages, oldestUpgrade, productEditions, build }: MediaConfig) {
  const lines: string[] = [];
  if (edition !== undefined) {
    const facts = [
      edition.edition === undefined ? "all editions" : `edition ${edition.edition}`,
      ...edition.channel === undefined ? [] : [`channel ${edition.channel}`],
      edition.volumeLicence ? "volume licence" : "no volume licence",
    ];
    lines.push(row("ei.cfg", facts.join(", ")));
  }
  if (productEditions !== undefined && productEditions.length > 0) {
    lines.push(row("product.ini", `editions ${productEditions.join(", ")}`));
  }
  if (languages !== undefined) lines.push(row("lang.ini", languages.join(", ") || "no language"));
  if (oldestUpgrade?.client !== undefined) {
    lines.push(row("cversion.ini", `upgrades from build ${oldestUpgrade.client} on`));
  }
  const built = [build?.architecture, build?.branch].filter((fact) => fact !== undefined);
  if (built.length > 0) lines.push(row("idwbinfo.txt", built.join(", ")));
  return lines;
}

/** Media for programs. */
export function inspectionDocument({ media, boot, walked, problems }: MediaFacts) {
  const { tree, config } = media;
  return {
    place: media.place,
    kind: media.kind,
    format: tree?.kind === "image" ? tree.format : null,
    label: tree?.label ?? null,
    bytes: media.bytes ?? walked?.bytes ?? null,
    files: walked?.files ?? null,
    installImages: media.installs.map(imageFileDocument),
    bootImage: boot === undefined ? null : imageFileDocument(boot),
    bootFiles: media.bootFiles,
    config: {
      edition: config.edition ?? null,
      productEditions: config.productEditions ?? null,
      languages: config.languages ?? null,
      oldestUpgrade: config.oldestUpgrade ?? null,
      build: config.build ?? null,
    },
    problems,
  };
}

function imageFileDocument(file: InstallImage) {
  const { header, missingParts, encrypted, images } = file.wim;
  return {
    path: file.path,
    format: file.format,
    compression: header.compression,
    encrypted,
    bytes: file.bytes,
    parts: file.parts,
    missingParts,
    images: images.map(imageDocument),
  };
}

function imageDocument(image: WimImage) {
  return {
    index: image.index,
    name: image.name ?? null,
    edition: image.editionId ?? null,
    installationType: image.installationType ?? null,
    build: image.version?.build ?? null,
    ubr: image.version?.spBuild ?? null,
    architecture: architectureName(image.architecture) ?? null,
    languages: image.languages,
    defaultLanguage: image.defaultLanguage ?? null,
    bytes: image.totalBytes ?? null,
    files: image.fileCount ?? null,
  };
}

/** One line of a list, and one for each thing that people must know of the entry. */
export function renderEntry(entry: MediaEntry): string {
  const size = entry.kind === "directory" ? "<DIR>" : sizeText(entry);
  const time = entry.modified?.toISOString().slice(0, 19).replace("T", " ") ?? "-";
  const line = `${size.padStart(15)}  ${time.padEnd(19)}  ${oneLine(entry.path)}`;
  if (entry.safe && entry.complete && entry.problems.length === 0) return line;
  const mark = [entry.safe ? "" : "unsafe", entry.complete ? "" : "incomplete"]
    .filter((word) => word !== "").join(", ") || "note";
  const why = entry.problems.join("; ") || "a folder above it cannot be created";
  const indent = " ".repeat(17);
  return `${line}\n${wrap(oneLine(`${mark}: ${why}`), { first: indent, indent: `${indent}  ` })}`;
}

function sizeText({ size, sizeUnknown }: MediaEntry): string {
  return sizeUnknown ? "?" : number(size);
}

/** One entry for programs. */
export function entryDocument(
  { kind, path, size, sizeUnknown, modified, safe, complete, problems }: MediaEntry,
) {
  const known = sizeUnknown ? null : size;
  return { kind, path, size: known, modified: modified ?? null, safe, complete, problems };
}
