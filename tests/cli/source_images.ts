/** Installation images as small as a test needs: a real WIM with the XML of Windows media. */
import { madeUpContent } from "../lab/mod.ts";
import { udfDirectory, udfFile } from "../lab/udf_items.ts";
import { writeUdf } from "../lab/udf_writer.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";

/** What the XML says of one image. */
export interface ImageFacts {
  readonly name?: string;
  readonly edition?: string;
  readonly language?: string;
  /** Number as in the XML: 9 is x64. */
  readonly architecture?: number;
  readonly build?: number;
  readonly ubr?: number;
}

/** XML like that of `install.wim`; what is not given is Windows 11 Pro 24H2, x64, English. */
export function imageXml(images: readonly ImageFacts[], extra = ""): string {
  return `\ufeff<WIM>${extra}${images.map(oneImage).join("")}</WIM>`;
}

function oneImage(facts: ImageFacts, at: number): string {
  const { name = "Windows 11 Pro", edition = "Professional", language = "en-US" } = facts;
  const { architecture = 9, build = 26100, ubr = 4061 } = facts;
  return `<IMAGE INDEX="${at + 1}"><WINDOWS><ARCH>${architecture}</ARCH>` +
    `<EDITIONID>${edition}</EDITIONID><LANGUAGES><LANGUAGE>${language}</LANGUAGE>` +
    `<DEFAULT>${language}</DEFAULT></LANGUAGES><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR>` +
    `<BUILD>${build}</BUILD><SPBUILD>${ubr}</SPBUILD></VERSION></WINDOWS>` +
    `<NAME>${name}</NAME></IMAGE>`;
}

/** Options of {@linkcode imageFile} beside its images. */
export interface ImageFileOptions {
  readonly extra?: string;
  readonly part?: number;
  readonly parts?: number;
  readonly flags?: number;
}

/** A WIM, ESD or part of a set with these images. */
export function imageFile(
  images: readonly ImageFacts[] = [{}],
  { extra, ...rest }: ImageFileOptions = {},
): Uint8Array {
  return writeWim({ xml: imageXml(images, extra), imageCount: images.length, ...rest });
}

/** The content of an ISO with these files in `sources`. */
export function isoWith(files: Readonly<Record<string, Uint8Array>>) {
  const items = Object.entries(files).map(([name, bytes]) => udfFile(name, bytes));
  const { image } = writeUdf([udfDirectory("sources", items)]);
  return madeUpContent(image.size, {
    recipe: `iso ${Object.keys(files).join(" ")} ${image.size}`,
    read: (offset, length) => image.slice(offset, length),
  });
}
