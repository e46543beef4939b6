/** Damages of whole volumes: dirty, failing, locked, full, hibernated. */
import { bytesContent, joinContent, zeroContent } from "./file_content.ts";
import type { Damage, DamageSite } from "./damage_site.ts";
import { encryptedVolume } from "./simulators/manage_bde_state.ts";

/** The file system's dirty flag is set. */
export function dirtyVolume(): Damage {
  return {
    name: "dirtyVolume",
    imitates: "Power was lost while Windows wrote; autochk would run at the next start, and " +
      "fsutil dirty query says so (Microsoft Learn, fsutil dirty)",
    apply: (site) => Promise.resolve(addOnce(site.state.dirtyVolumes, site.letter)),
  };
}

/** The disk returns errors, and chkdsk cannot mend it. */
export function hopelessDisk(
  unreadable: readonly string[] = ["Windows\\System32\\config\\COMPONENTS"],
): Damage {
  return {
    name: "hopelessDisk",
    imitates: "Bad sectors in the middle of a hive; chkdsk ends with exit code 3, could not " +
      "fix (Microsoft's chkdsk page). That reading raises an error there: no source " +
      "was read; assumed",
    apply: async (site) => {
      const disk = site.disk("hopelessDisk");
      addOnce(site.state.dirtyVolumes, site.letter);
      addOnce(site.state.hopelessVolumes, site.letter);
      for (const path of unreadable) {
        const size = (await disk.stat(site.path(path)))?.size ?? 0;
        disk.setFault(site.path(path), { fault: "disk-error", from: size >>> 1 });
      }
    },
  };
}

/** The volume is locked by BitLocker: no path on it exists. */
export function bitLockerLocked(): Damage {
  return {
    name: "bitLockerLocked",
    imitates: "An encrypted volume before manage-bde -unlock: the boot sector says -FVE-FS- and " +
      "the file system cannot be opened (Microsoft Learn, manage-bde)",
    apply: (site) => {
      site.disk("bitLockerLocked").volume(site.letter).locked = true;
      site.state.bitLocker = { ...site.state.bitLocker, [site.letter]: encryptedVolume() };
      return Promise.resolve();
    },
  };
}

/** Nothing can be written. */
export function readOnlyVolume(): Damage {
  return {
    name: "readOnlyVolume",
    imitates: "A write-protected volume, Windows error 0x80070013. How it comes about: No " +
      "source was read; assumed",
    apply: (site) => {
      site.disk("readOnlyVolume").volume(site.letter).readOnly = true;
      return Promise.resolve();
    },
  };
}

/** The volume has only so many bytes left. */
export function noRoom(bytesLeft = 0): Damage {
  return {
    name: "noRoom",
    imitates: "A full system disk: Windows error 112 or 0x80070070, disk full (winerror.h)",
    apply: (site) => {
      site.disk("noRoom").setFreeBytes(site.letter, bytesLeft);
      return Promise.resolve();
    },
  };
}

/** The machine was hibernated: what is written now is lost or does damage. */
export function hibernated(): Damage {
  return {
    name: "hibernated",
    imitates: "The lid was closed: hiberfil.sys begins with HIBR, and descendants of ntfs-3g " +
      "refuse such a volume (hanwckf/rt-n56u, antfs, ntfs_volume_check_hiberfile)",
    apply: (site) => writeHiberfil(site, "HIBR"),
  };
}

/** The machine was shut down with Fast Startup, which is a hibernation of the kernel. */
export function fastStartup(): Damage {
  return {
    name: "fastStartup",
    imitates: "Shut down, not restarted, with Fast Startup on: the kernel is hibernated to " +
      "hiberfil.sys (winhelponline.com, community). HiberbootEnabled is its switch " +
      "(SecretLUL/WinMedic)",
    apply: async (site) => {
      await site.editHive("SYSTEM", `${POWER_KEY}\n"HiberbootEnabled"=dword:00000001`);
      await writeHiberfil(site, "HIBR");
    },
  };
}

/** There is a hiberfil.sys, but Windows has resumed from it: harmless. */
export function hiberfilResumed(signature: "WAKE" | "zero" = "WAKE"): Damage {
  return {
    name: "hiberfilResumed",
    imitates: "Windows resumed since: ntfs-3g accepts a full header that is not hibr or HIBR. " +
      "That Windows writes WAKE there: no source was read; assumed",
    apply: (site) => writeHiberfil(site, signature === "zero" ? "\0\0\0\0" : signature),
  };
}

const POWER_KEY = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\Session Manager\\Power]";
const HIBERFIL_BYTES = 3 * 2 ** 30;

async function writeHiberfil(site: DamageSite, signature: string): Promise<void> {
  const page = new Uint8Array(4096);
  page.set(new TextEncoder().encode(signature));
  const rest = zeroContent((site.virtual ? HIBERFIL_BYTES : 65536) - page.length);
  await site.write("hiberfil.sys", joinContent(bytesContent(page), rest));
}

function addOnce(letters: string[], letter: string): void {
  if (!letters.includes(letter)) letters.push(letter);
}
