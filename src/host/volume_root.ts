/** Roots of volumes as native paths: `D:\\`, `D:`, `/mnt/d`. Case and a last separator do not count. */

function normalRoot(root: string): string {
  return root.replace(/[\\/]+$/, "").toUpperCase();
}

/** Says whether two native paths are the same root. */
export function sameRoot(a: string, b: string): boolean {
  return normalRoot(a) === normalRoot(b);
}

/** Says whether a native path is the root or lies below it: `/mnt/data` is not on `/mnt/d`. */
export function liesOn(path: string, root: string): boolean {
  const above = normalRoot(root);
  const below = path.toUpperCase();
  return sameRoot(path, root) ||
    (below.startsWith(above) && /^[\\/]/.test(below.slice(above.length)));
}
