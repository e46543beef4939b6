/**
 * What the upgrade must know of installation media. The kit reads it; this room only judges, so
 * it is plain data.
 */

/** One image of `install.*`. */
export interface UpgradeImage {
  readonly index: number;
  readonly name: string | undefined;
  readonly edition: string | undefined;
  /** `x64`, `arm64`, `x86` */
  readonly architecture: string | undefined;
  readonly build: number | undefined;
  readonly ubr: number | undefined;
  /** Tags: `en-US`. */
  readonly languages: readonly string[];
  /** The base language of the image. */
  readonly defaultLanguage: string | undefined;
  /** `Client`, `Server` */
  readonly installationType: string | undefined;
  /** `Windows\System32\Recovery\winre.wim` in it: without it Setup fails half way. */
  readonly winre: "present" | "missing" | "empty" | "unknown";
  /** Bytes that the image takes when it is applied; undefined if it does not say. */
  readonly appliedBytes: number | undefined;
}

/** Media as far as they decide over an upgrade. */
export interface UpgradeMedia {
  /** The ISO file, the folder or the drive. */
  readonly place: string;
  /** They lie on the volume of the target already. */
  readonly onTarget: boolean;
  readonly kind: "iso" | "folder";
  /** Files and bytes of all of it. */
  readonly files: number;
  readonly bytes: number;
  readonly largestFile: number;
  readonly images: readonly UpgradeImage[];
  /** `wim`, `esd` or `swm` */
  readonly format: string | undefined;
  /** `sources\install.wim`; undefined if there is none that can be read. */
  readonly imageFile: string | undefined;
  /** Folder of `setup.exe`, relative to the root: "", or `x64` on media for two architectures. */
  readonly folder: string;
  /** Programs that are there, relative to it: `setup.exe`, `sources\setupprep.exe`, … */
  readonly programs: readonly string[];
  /** `cversion.ini`: the oldest build that may be upgraded. */
  readonly oldestBuild: number | undefined;
  /** `ei.cfg` */
  readonly edition: string | undefined;
  readonly channel: string | undefined;
  readonly volumeLicense: boolean | undefined;
  /** What is wrong with the media: one sentence each. */
  readonly problems: readonly string[];
  /** Whether every content was compared with its hash. */
  readonly verified: "whole" | "damaged" | "not-verified";
}
