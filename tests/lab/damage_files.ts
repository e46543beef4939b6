/** Damages of files: protected programs, the component store, the update cache. */
import { bytesContent, joinContent, zeroContent } from "./file_content.ts";
import { MANIFEST_FOLDER } from "./component_store.ts";
import type { Damage, DamageSite } from "./damage_site.ts";

/** A program of Windows has wrong bytes; the component store still has the right ones. */
export function corruptProtectedFile(path: string): Damage {
  return {
    name: "corruptProtectedFile",
    imitates: "A system file has wrong bytes: sfc finds an integrity violation and repairs it " +
      "from the store (Appostarsi/WinErros, [SR] lines). What changed it: no source " +
      "was read; assumed",
    apply: (site) => flipBytes(site, path),
  };
}

/** The store's own copy of a component has wrong bytes. */
export function corruptPayload(component: string): Damage {
  return {
    name: "corruptPayload",
    imitates: "CBS.log says `(p) CSI Payload Corrupt`: the store's own copy is wrong, and " +
      "dism /RestoreHealth needs a source of the same build (Appostarsi/WinErros, " +
      "19045)",
    apply: async (site) => {
      for (const payload of (await site.component(component)).payloads) {
        await flipBytes(site, payload);
      }
    },
  };
}

/** A manifest of the store cannot be read. */
export function corruptManifest(component: string): Damage {
  return {
    name: "corruptManifest",
    imitates: "CBS.log says `(p) CSI Manifest Corrupt` (CBS.log excerpts of 19041 and 19045 " +
      "on GitHub). What such a manifest holds: no source was read; assumed",
    apply: async (site) => {
      const { name } = await site.component(component);
      await site.write(`${MANIFEST_FOLDER}\\${name}.manifest`, new Uint8Array(64));
    },
  };
}

/** Downloads pile up and the agent's data base is torn: every update fails. */
export function updateCacheStuck(): Damage {
  return {
    name: "updateCacheStuck",
    imitates: "An update cache that is renamed to be built anew: SoftwareDistribution and " +
      "catroot2 (Microsoft's page on resetting Windows Update). The broken files in " +
      "it: no source was read; assumed",
    apply: async (site) => {
      const big = zeroContent(site.virtual ? 3 * 2 ** 30 : 1 << 20);
      for (const id of ["4f1c2a90be7733d1", "c07a51e2d8846b0f"]) {
        const folder = `Windows\\SoftwareDistribution\\Download\\${id}`;
        await site.write(`${folder}\\Windows11.0-KB5060842-x64.cab`, big);
        await site.write(`${folder}\\BIT8A1F.tmp`, bytesContent(new Uint8Array(5000).fill(0x42)));
      }
      const store = "Windows\\SoftwareDistribution\\DataStore";
      await leaveOpen(site, `${store}\\DataStore.edb`);
      await site.write(`${store}\\Logs\\edb00001.log`, new Uint8Array(8192).fill(0xff));
      await site.append("Windows\\System32\\catroot2\\dberr.txt", CATALOG_ERROR);
    },
  };
}

/** Backups of earlier attempts are in the way. */
export function staleBackupFolders(): Damage {
  return {
    name: "staleBackupFolders",
    imitates: "Somebody renamed the cache before, as recipes say: the names .old and .bak are " +
      "taken. Folder contents: no source was read; assumed",
    apply: async (site) => {
      for (const suffix of ["old", "bak"]) {
        const cache = `Windows\\SoftwareDistribution.${suffix}`;
        await site.write(`${cache}\\DataStore\\DataStore.edb`, `data base of ${suffix}`);
        await site.write(`${cache}\\Download\\kept.cab`, `download of ${suffix}`);
        await site.write(`Windows\\System32\\catroot2.${suffix}\\edb.chk`, `log of ${suffix}`);
      }
    },
  };
}

/** Part of the update cache is a junction to somewhere else: here to somebody's documents. */
export function junctionInUpdatePath(
  options: {
    /** Default: the download folder. */
    readonly path?: string;
    /** Absolute. Default: Anna's documents on the same volume. */
    readonly target?: string;
  } = {},
): Damage {
  const path = options.path ?? "Windows\\SoftwareDistribution\\Download";
  return {
    name: "junctionInUpdatePath",
    imitates: "Downloads moved elsewhere with a junction. For Windows\\Installer it is told " +
      "that contents were lost through one (memyselfanddelphi.blogspot.com, " +
      "community); for the update cache: no source was read; assumed",
    apply: async (site) => {
      await site.erase(path);
      await site.link(path, options.target ?? site.path("Users\\Anna\\Documents"));
    },
  };
}

/** `hosts` sends the update servers nowhere. */
export function updateServersBlocked(): Damage {
  return {
    name: "updateServersBlocked",
    imitates: "A privacy tool added the metadata server of Windows Update to hosts, in UTF-8 " +
      "with a byte order mark and CRLF (a real machine, SecretLUL/WinMedic tests/fixtures)",
    apply: (site) =>
      site.write(
        "Windows\\System32\\drivers\\etc\\hosts",
        joinContent(
          bytesContent(new Uint8Array([0xef, 0xbb, 0xbf])),
          bytesContent(new TextEncoder().encode(HOSTS)),
        ),
      ),
  };
}

const HOSTS = "127.0.0.1 localhost\r\n0.0.0.0 vortex.data.microsoft.com\r\n" +
  "0.0.0.0 fe3.delivery.mp.microsoft.com\r\n";

const CATALOG_ERROR =
  "CatalogDB: 8:41:07 AM 6/12/2025: File #2 at line #1103 encountered error 0x00000057\r\n";

/** Inverts sixteen bytes in the middle, so that size and header stay. */
/** The state in the header of an ESE database says "dirty shutdown": it was cut off. */
async function leaveOpen(site: DamageSite, path: string): Promise<void> {
  const bytes = await site.read(path);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(52, 2, true);
  await site.write(path, bytes);
}

async function flipBytes(site: DamageSite, path: string): Promise<void> {
  const bytes = await site.read(path);
  const middle = bytes.length >>> 1;
  for (let i = middle; i < Math.min(bytes.length, middle + 16); i++) bytes[i]! ^= 0xff;
  await site.write(path, bytes);
}
