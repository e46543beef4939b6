/** What happened in a folder before it was taken from ordinary users. */
import type { FileOperation } from "./memory_disk.ts";

/**
 * The changes in a folder (`D:\PEMedic`) before its first `restrict`, without that which made it.
 *
 * @throws {RangeError} if it never was restricted.
 */
export function doneBeforeRestricted(
  { operations }: { readonly operations: readonly FileOperation[] },
  folder: string,
): string[] {
  const restricted = operations.findIndex(({ kind, path }) =>
    kind === "restrict" && path === folder
  );
  if (restricted === -1) throw new RangeError(`"${folder}" never was restricted`);
  return operations.slice(0, restricted)
    .filter(({ kind, path }) => kind !== "create-directory" || path !== folder)
    .flatMap(({ path, to }) => to === undefined ? [path] : [path, to])
    .filter((path) => path === folder || path.startsWith(`${folder}\\`));
}
