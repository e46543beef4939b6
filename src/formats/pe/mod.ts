/**
 * As much of Windows programs and libraries (PE) as is needed to tell two of them apart: for
 * which processor they are, and the version in their resources. Nothing is loaded whole.
 *
 * ```ts
 * const { machine, fileVersion } = await readPe(source, { name: "winload.efi" });
 * ```
 *
 * @module
 */
export {
  compareVersions,
  type FileVersion,
  formatFileVersion,
  parseFileVersion,
} from "./file_version.ts";
export { machineName, type PeFile, readPe } from "./read_pe.ts";
