/** The mount table of Linux (`/proc/self/mounts`; format: fstab(5), one mount a line). */

/** One mounted file system. */
export interface Mount {
  /** Device, image file or a name without meaning (`tmpfs`). */
  readonly source: string;
  readonly mountPoint: string;
  /** Type as the kernel calls it: `ext4`, `fuseblk`, `ntfs3`. */
  readonly type: string;
  readonly readOnly: boolean;
}

/** Parses the table. Lines that are not understood are left out. */
export function parseMounts(table: string): Mount[] {
  return table.split("\n").flatMap((line) => {
    const [source, mountPoint, type, options] = line.split(" ");
    if (source === undefined || mountPoint === undefined || type === undefined) return [];
    return [{
      source: unescape(source),
      mountPoint: unescape(mountPoint),
      type,
      readOnly: (options ?? "").split(",").includes("ro"),
    }];
  });
}

/** The mount that serves `path`: the longest mount point above it, the newest of equals. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const above = path === mount.mountPoint ||
      path.startsWith(mount.mountPoint === "/" ? "/" : mount.mountPoint + "/");
    if (above && mount.mountPoint.length >= (best?.mountPoint.length ?? 0)) best = mount;
  }
  return best;
}

/**
 * Mounts of disks and images: their source is a path. A source that is mounted twice (bind
 * mounts) appears once, at its shortest mount point.
 */
export function volumeMounts(mounts: readonly Mount[]): Mount[] {
  const bySource = new Map<string, Mount>();
  for (const mount of mounts) {
    if (!mount.source.startsWith("/") || mount.type === "squashfs") continue;
    const known = bySource.get(mount.source);
    if (known === undefined || mount.mountPoint.length < known.mountPoint.length) {
      bySource.set(mount.source, mount);
    }
  }
  return [...bySource.values()];
}

/** Blanks, tabs, line ends and backslashes are written as `\` and three octal digits. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}
