/**
 * What the Windows tests need of the machine. Where something is missing they cannot run, and
 * say so in one line; on a build server that is a failure.
 */
import { present } from "../build/cache.ts";

/** The Windows tests cannot run on this machine. The message says why. */
export class NotPossible extends Error {}

/** Programs and the Debian packages that bring them. */
const PROGRAMS = {
  debootstrap: "debootstrap",
  mkntfs: "ntfs-3g",
  "ntfs-3g": "ntfs-3g",
  chroot: "coreutils",
  losetup: "mount",
  unshare: "util-linux",
  npm: "npm",
} as const;

/** @throws {NotPossible} naming the first thing that is missing. */
export async function requireMachine(): Promise<void> {
  if (Deno.build.os !== "linux") throw new NotPossible("Wine is prepared on Linux only");
  if (Deno.uid() !== 0) throw new NotPossible("mounting needs root");
  for (const [program, debianPackage] of Object.entries(PROGRAMS)) {
    if (!await onPath(program)) {
      throw new NotPossible(`"${program}" is missing (Debian package ${debianPackage})`);
    }
  }
  if (!await present("/dev/fuse")) throw new NotPossible("there is no /dev/fuse");
}

async function onPath(program: string): Promise<boolean> {
  // Root's PATH may lack the folders of system programs when it was inherited.
  const folders = (Deno.env.get("PATH") ?? "").split(":").concat("/usr/sbin", "/sbin");
  for (const folder of folders) {
    if (folder !== "" && await present(`${folder}/${program}`)) return true;
  }
  return false;
}
