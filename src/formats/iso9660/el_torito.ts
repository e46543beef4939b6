/** The boot catalogue: which firmware an image starts on. Source: El Torito 1.0, 2 and 3. */
import { type ByteSource, ByteView } from "../../base/mod.ts";
import { readVolumeDescriptors, SECTOR } from "./volume_descriptors.ts";

const SYSTEM_ID = "EL TORITO SPECIFICATION";
const ENTRY = 32;
const VALIDATION = 1;
const SECTION = 0x90;
const LAST_SECTION = 0x91;

/** `bios` is platform 0, `efi` 0xEF; PowerPC and old Macs are of no use here. */
export type BootPlatform = "bios" | "efi" | "other";

/** Where the catalogue lies and what it starts. */
export interface BootCatalogue {
  readonly offset: number;
  readonly platforms: readonly BootPlatform[];
}

/** Reads the catalogue, or undefined if there is none or it is not sound. */
export async function readBootCatalogue(source: ByteSource): Promise<BootCatalogue | undefined> {
  const record = (await readVolumeDescriptors(source)).find(({ kind, view }) =>
    kind === "boot" && view.ascii(7, SYSTEM_ID.length) === SYSTEM_ID
  );
  if (record === undefined) return undefined;
  const offset = record.view.u32(0x47) * SECTOR;
  if (offset + SECTOR > source.size) return undefined;
  const view = new ByteView(await source.read(offset, SECTOR), "boot catalogue");
  if (view.u8(0) !== VALIDATION || view.u16(30) !== 0xaa55) return undefined;
  const platforms = new Set([platformOf(view.u8(1))]);
  for (let at = 2 * ENTRY; at < SECTOR;) {
    const header = view.u8(at);
    if (header !== SECTION && header !== LAST_SECTION) break;
    platforms.add(platformOf(view.u8(at + 1)));
    at += ENTRY * (1 + view.u16(at + 2));
  }
  return { offset, platforms: [...platforms] };
}

function platformOf(id: number): BootPlatform {
  return id === 0 ? "bios" : id === 0xef ? "efi" : "other";
}
