/** The volume descriptors from sector 16 on. Source: ECMA-119 8.1 to 8.5; Joliet 2. */
import { type ByteSource, ByteView, decodeLatin1 } from "../../base/mod.ts";

export const SECTOR = 2048;
const FIRST_SECTOR = 16;
/** Three to five are usual; the sequence may have other words of UDF in between. */
const MAX_DESCRIPTORS = 64;
const BOOT_RECORD = 0;
const PRIMARY = 1;
const SUPPLEMENTARY = 2;
const TERMINATOR = 255;
/** Escape sequences that name UCS-2 levels 1 to 3. Source: Joliet 2.2. */
const JOLIET_ESCAPES = ["%/@", "%/C", "%/E"];

/** One descriptor of 2048 bytes. */
export interface VolumeDescriptor {
  readonly kind: "boot" | "primary" | "joliet";
  readonly offset: number;
  readonly view: ByteView;
}

/** The descriptors that are understood, in order, up to the terminator. */
export async function readVolumeDescriptors(source: ByteSource): Promise<VolumeDescriptor[]> {
  const found: VolumeDescriptor[] = [];
  for (let index = 0; index < MAX_DESCRIPTORS; index++) {
    const offset = (FIRST_SECTOR + index) * SECTOR;
    if (offset + SECTOR > source.size) break;
    const view = new ByteView(await source.read(offset, SECTOR), "volume descriptor");
    if (view.ascii(1, 5) !== "CD001") {
      if (found.length > 0) break;
      continue;
    }
    if (view.u8(0) === TERMINATOR) break;
    const kind = kindOf(view);
    if (kind !== undefined) found.push({ kind, offset, view });
  }
  return found;
}

function kindOf(view: ByteView): VolumeDescriptor["kind"] | undefined {
  switch (view.u8(0)) {
    case BOOT_RECORD:
      return "boot";
    case PRIMARY:
      return "primary";
    case SUPPLEMENTARY: {
      const escapes = decodeLatin1(view.bytes(88, 32));
      return JOLIET_ESCAPES.some((escape) => escapes.startsWith(escape)) ? "joliet" : undefined;
    }
    default:
      return undefined;
  }
}
