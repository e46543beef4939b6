/** What the image XML says about one image. */

/** Processor architectures by the number in the XML (PROCESSOR_ARCHITECTURE_* of winnt.h). */
const ARCHITECTURES: Readonly<Record<number, string>> = {
  0: "x86",
  5: "arm",
  6: "ia64",
  9: "x64",
  12: "arm64",
};

/** The name of an architecture, or undefined for a number that is not known. */
export function architectureName(number: number | undefined): string | undefined {
  return number === undefined ? undefined : ARCHITECTURES[number];
}

/** Version of the Windows in an image. A number that is missing is undefined. */
export interface ImageVersion {
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly build: number | undefined;
  /** Service pack build: the UBR since Windows 10. */
  readonly spBuild: number | undefined;
  readonly spLevel: number | undefined;
  /** For example "ge_release"; recent images only. */
  readonly branch: string | undefined;
}

/** One image. Texts are undefined where the XML has none; names may be equal in two images. */
export interface WimImage {
  /** Counted from 1; what DISM calls the index. */
  readonly index: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly displayName: string | undefined;
  readonly displayDescription: string | undefined;
  /** Usually the edition once more. */
  readonly flags: string | undefined;
  /** For example "Professional" or "ProfessionalN": tells editions apart, unlike the name. */
  readonly editionId: string | undefined;
  readonly productName: string | undefined;
  readonly installationType: string | undefined;
  /** The number of the XML; {@linkcode architectureName} names it. */
  readonly architecture: number | undefined;
  readonly languages: readonly string[];
  readonly defaultLanguage: string | undefined;
  readonly version: ImageVersion | undefined;
  /** Size of all files in bytes. */
  readonly totalBytes: number | undefined;
  /** Bytes of it that hard links save. */
  readonly hardLinkBytes: number | undefined;
  readonly directoryCount: number | undefined;
  readonly fileCount: number | undefined;
  readonly created: Date | null;
  readonly modified: Date | null;
}
