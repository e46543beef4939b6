/**
 * Hives that a scan has read, kept for the installation that is opened next: SOFTWARE can have
 * a hundred megabytes, and a slow disk should give them only once.
 */
import type { HiveStore } from "./hives.ts";

const kept = new WeakMap<object, { readonly root: string; readonly hives: HiveStore }>();

/** Keeps the hives of the volume at `root` as long as the scan is kept. */
export function keepHives(scan: object, root: string, hives: HiveStore): void {
  kept.set(scan, { root, hives });
}

/** Hands the hives of the volume at `root` over, once: who asks again reads the disk again. */
export function takeHives(scan: object | undefined, root: string): HiveStore | undefined {
  const entry = scan === undefined ? undefined : kept.get(scan);
  if (scan === undefined || entry?.root !== root) return undefined;
  kept.delete(scan);
  return entry.hives;
}
