/**
 * The XML in a WIM that describes its images. Parsed strictly: a program that reads it
 * differently from DISM would repair from the wrong image.
 */
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { dateFromFiletime, decodeUtf16, FormatError } from "../../base/mod.ts";
import type { ImageVersion, WimImage } from "./image.ts";
import type { WimProblem } from "./problem.ts";

/** More elements than any real file has by a factor of a hundred. */
const MAX_TAGS = 500_000;

/** Byte order mark of UTF-16. */
const BOM = "\ufeff";

/** What the XML says. */
export interface ImageXml {
  /** The whole text, without byte order mark. */
  readonly text: string;
  /** Sorted by index. */
  readonly images: readonly WimImage[];
  /** The resources are encrypted (ESD files of Microsoft's store). */
  readonly encrypted: boolean;
  readonly problems: readonly WimProblem[];
}

/**
 * Reads the XML.
 *
 * @throws {FormatError} if it is not well-formed or has another root than WIM.
 */
export function readImageXml(
  bytes: Uint8Array,
  { name, offset }: { readonly name: string; readonly offset: number },
): ImageXml {
  const text = decodeUtf16(bytes).replace(/\0+$/, "").replace(BOM, "");
  const root = parse(text, { name, offset });
  if (root.name !== "WIM") {
    throw new FormatError(`Cannot read the image XML of "${name}": its root is ${root.name}`, {
      offset,
    });
  }
  const problems: WimProblem[] = [];
  const images = new Map<number, WimImage>();
  for (const element of elements(root, "IMAGE")) {
    const index = number(element.attributes["INDEX"]);
    if (index === undefined || index < 1 || images.has(index)) {
      const which = element.attributes["INDEX"] ?? "no number";
      problems.push({
        kind: "image-index",
        message: `The image XML has an image with an impossible or second number: ${which}`,
      });
    } else images.set(index, imageOf(element, index));
  }
  return {
    text,
    images: [...images.values()].sort((a, b) => a.index - b.index),
    encrypted: isEncrypted(root),
    problems,
  };
}

function parse(
  text: string,
  { name, offset }: { readonly name: string; readonly offset: number },
): XmlElement {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new FormatError(`Cannot read the image XML of "${name}": ${reason}`, { offset, cause });
  };
  let tags = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) tags++;
  if (tags > MAX_TAGS) refuse(`it has ${tags} tags`);
  try {
    return parseXml(text).root ?? refuse("it is empty");
  } catch (error) {
    if (error instanceof FormatError) throw error;
    // The parser calls itself for each level of elements.
    if (error instanceof RangeError) return refuse("its elements are nested too deeply", error);
    const reason = error instanceof Error ? error.message.split("\n")[0]! : "it is not well-formed";
    return refuse(reason, error);
  }
}

function imageOf(image: XmlElement, index: number): WimImage {
  const windows = element(image, "WINDOWS");
  const languages = element(windows, "LANGUAGES");
  return {
    index,
    name: text(image, "NAME"),
    description: text(image, "DESCRIPTION"),
    displayName: text(image, "DISPLAYNAME"),
    displayDescription: text(image, "DISPLAYDESCRIPTION"),
    flags: text(image, "FLAGS"),
    editionId: text(windows, "EDITIONID"),
    productName: text(windows, "PRODUCTNAME"),
    installationType: text(windows, "INSTALLATIONTYPE"),
    architecture: number(text(windows, "ARCH")),
    languages: [...elements(languages, "LANGUAGE")].map(({ text }) => text.trim())
      .filter((language) => language !== ""),
    defaultLanguage: text(languages, "DEFAULT"),
    version: versionOf(element(windows, "VERSION")),
    totalBytes: number(text(image, "TOTALBYTES")),
    hardLinkBytes: number(text(image, "HARDLINKBYTES")),
    directoryCount: number(text(image, "DIRCOUNT")),
    fileCount: number(text(image, "FILECOUNT")),
    created: time(element(image, "CREATIONTIME")),
    modified: time(element(image, "LASTMODIFICATIONTIME")),
  };
}

function versionOf(version: XmlElement | undefined): ImageVersion | undefined {
  if (version === undefined) return undefined;
  return {
    major: number(text(version, "MAJOR")),
    minor: number(text(version, "MINOR")),
    build: number(text(version, "BUILD")),
    spBuild: number(text(version, "SPBUILD")),
    spLevel: number(text(version, "SPLEVEL")),
    branch: text(version, "BRANCH"),
  };
}

/** The content keys of an encrypted ESD are in WIM/ESD/ENCRYPTED. */
function isEncrypted(root: XmlElement): boolean {
  return [...elements(root, "ESD")].some((esd) => element(esd, "ENCRYPTED") !== undefined);
}

function* elements(parent: XmlElement | undefined, name: string): Generator<XmlElement> {
  for (const child of parent?.children ?? []) {
    if (child instanceof XmlElement && child.name === name) yield child;
  }
}

function element(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return elements(parent, name).next().value ?? undefined;
}

/** Text of a child element without the space around it; undefined if there is none. */
function text(parent: XmlElement | undefined, name: string): string | undefined {
  const value = element(parent, name)?.text.trim();
  return value === "" ? undefined : value;
}

/** Numbers are decimal, but some writers use `0x…` where others do not. */
function number(value: string | undefined): number | undefined {
  if (value === undefined || !/^(?:0[xX][0-9a-fA-F]{1,13}|[0-9]{1,16})$/.test(value)) {
    return undefined;
  }
  const result = Number(value);
  return Number.isSafeInteger(result) ? result : undefined;
}

function time(parent: XmlElement | undefined): Date | null {
  const high = number(text(parent, "HIGHPART"));
  const low = number(text(parent, "LOWPART"));
  if (high === undefined || low === undefined) return null;
  return dateFromFiletime((BigInt(high) << 32n) + BigInt(low));
}
