/**
 * Translates between the letters of here and the letters when Windows runs. The installed
 * Windows keeps its letters in `SYSTEM\MountedDevices`, by disk signature and offset or by
 * GPT partition id.
 */
import { ByteView, decodeLatin1, formatGuid } from "../base/mod.ts";
import type { PartitionIdentity } from "../host/mod.ts";
import type { OfflineRegistry } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

export { formatGuid };

/** A letter of the installed Windows and the partition it stands for. */
export interface MountedLetter {
  /** `C:` */
  readonly letter: string;
  readonly partition: PartitionIdentity;
}

/** GPT entries are this text and the 16 bytes of the partition id. */
const GPT_MARK = "DMIO:ID:";

/** Reads the letters of `\DosDevices\X:` values. Other kinds (devices, removable) are left out. */
export async function readMountedLetters(registry: OfflineRegistry): Promise<MountedLetter[]> {
  const key = await registry.key("SYSTEM\\MountedDevices");
  const letters: MountedLetter[] = [];
  for (const value of unlessDamaged(() => key?.key.values(leftOut)) ?? []) {
    const letter = unlessDamaged(() => /^\\DosDevices\\([A-Za-z]:)$/.exec(value.name)?.[1]);
    const partition = letter === undefined
      ? undefined
      : unlessDamaged(() => partitionOf(value.data));
    if (letter !== undefined && partition !== undefined) {
      letters.push({ letter: letter.toUpperCase(), partition });
    }
  }
  return letters;
}

/** A damaged value is left out; the others still tell their letters. */
function leftOut(): void {}

function partitionOf(data: Uint8Array): PartitionIdentity | undefined {
  const view = new ByteView(data, "MountedDevices value");
  if (data.length === 12) {
    return { style: "mbr", signature: view.u32(0), offset: view.u64(4) };
  }
  if (data.length === 24 && decodeLatin1(data.subarray(0, 8)) === GPT_MARK) {
    return { style: "gpt", id: formatGuid(data.subarray(8)) };
  }
  return undefined;
}

/** Says whether two partition identities are the same. */
export function samePartition(a: PartitionIdentity, b: PartitionIdentity): boolean {
  if (a.style === "gpt" && b.style === "gpt") return normalGuid(a.id) === normalGuid(b.id);
  if (a.style === "mbr" && b.style === "mbr") {
    return a.signature === b.signature && a.offset === b.offset;
  }
  return false;
}

function normalGuid(text: string): string {
  return text.replace(/[{}]/g, "").toLowerCase();
}
