/** Versions of files as Windows keeps them: four numbers of 16 bits, `10.0.26100.4061`. */

/** Major, minor, build, revision. */
export type FileVersion = readonly [number, number, number, number];

/** `10.0.26100.4061` */
export function formatFileVersion(version: FileVersion): string {
  return version.join(".");
}

/** The version in a text as {@linkcode formatFileVersion} writes it; undefined for any other. */
export function parseFileVersion(text: string): FileVersion | undefined {
  const match = /^(\d{1,5})\.(\d{1,5})\.(\d{1,5})\.(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [major = 0, minor = 0, build = 0, revision = 0] = match.slice(1).map(Number);
  return Math.max(major, minor, build, revision) > 0xffff
    ? undefined
    : [major, minor, build, revision];
}

/** Negative if `a` is older than `b`, positive if it is newer, 0 if they are the same. */
export function compareVersions(a: FileVersion, b: FileVersion): number {
  for (const [i, number] of a.entries()) {
    const difference = number - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
