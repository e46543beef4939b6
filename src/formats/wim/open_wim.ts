/** Opening a WIM: header and image XML, then the rest on demand. */
import { type ByteSource, FormatError } from "../../base/mod.ts";
import type { NewHash } from "./content_hash.ts";
import { readHeader } from "./header.ts";
import type { ImageXml } from "./image_xml.ts";
import { MAX_XML } from "./layout.ts";
import { readAll } from "./read_all.ts";
import { resourceOf } from "./resource.ts";
import { requireInside } from "./resource_entry.ts";
import { ResourceReader } from "./resource_reader.ts";
import { Wim, type WimPart } from "./wim.ts";

/** Options of {@linkcode openWim}. */
export interface OpenWimOptions {
  /** Names the file in messages. */
  readonly name: string;
  /** A faster SHA-1 than the pure one, if the machine has one. */
  readonly hash?: NewHash;
}

/**
 * Opens a WIM or ESD, or one part of a set.
 *
 * @throws {FormatError} if it is no WIM, or its header or XML is damaged.
 */
export async function openWim(source: ByteSource, options: OpenWimOptions): Promise<Wim> {
  const { name, hash } = options;
  const part = { name, source, header: await readHeader(source, name) };
  const xml = await readXml(part);
  return new Wim({ parts: [part], xml, ...(hash === undefined ? {} : { hash }) });
}

/** A file of a set. */
export interface WimFile {
  readonly source: ByteSource;
  /** Names the file in messages. */
  readonly name: string;
}

/**
 * Opens the parts of a split WIM (SWM) as one. Parts that are not given are named in
 * `missingParts`; what lies in them cannot be read.
 *
 * @throws {FormatError} if a file is no WIM, belongs to another set, or comes twice.
 */
export async function openWimSet(
  files: readonly WimFile[],
  options: { readonly hash?: NewHash } = {},
): Promise<Wim> {
  const parts: WimPart[] = [];
  for (const { source, name } of files) {
    parts.push({ source, name, header: await readHeader(source, name) });
  }
  parts.sort((a, b) => a.header.part - b.header.part);
  const [first] = parts;
  if (first === undefined) throw new FormatError("Cannot open a set of WIM files: none was given");
  parts.slice(1).forEach((part, i) => requireSameSet(first, { part, before: parts[i]! }));
  return new Wim({ parts, xml: await readXml(first), ...options });
}

function requireSameSet(
  first: WimPart,
  { part, before }: { readonly part: WimPart; readonly before: WimPart },
): void {
  const refuse = (reason: string): never => {
    throw new FormatError(`Cannot use "${part.name}" with "${first.name}": ${reason}`, {});
  };
  const { header } = part;
  if (header.guid !== first.header.guid) refuse("it belongs to another set");
  if (header.parts !== first.header.parts) {
    refuse(`one says there are ${header.parts} parts, the other ${first.header.parts}`);
  }
  if (header.part === before.header.part) {
    refuse(`"${before.name}" is part ${header.part}, too`);
  }
}

async function readXml({ source, header, name }: WimPart): Promise<ImageXml> {
  const what = `the image XML of "${name}"`;
  requireInside(header.xml, { fileSize: source.size, what });
  if (header.xml.originalSize > MAX_XML) {
    throw new FormatError(`Cannot read ${what}: it has ${header.xml.originalSize} bytes`, {
      offset: header.xml.offset,
    });
  }
  const resource = resourceOf(header.xml, { header, what });
  const reader = new ResourceReader(source);
  const bytes = await readAll(reader.read(resource, { from: 0, to: header.xml.originalSize }));
  // Its parser takes longer to load than many a command runs that never meets an image.
  const { readImageXml } = await import("./image_xml.ts");
  return readImageXml(bytes, { name, offset: header.xml.offset });
}
