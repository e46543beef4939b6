/** Raw facts about a volume: what its first sector says, and whether NTFS marked it dirty. */
import { type ByteSource, FormatError, MedicError } from "../base/mod.ts";
import { readNtfsVolumeFlags, type VolumeSignature, volumeSignature } from "../formats/ntfs/mod.ts";
import type { Host, ToolRunner, VolumeInfo } from "../host/mod.ts";
import { dirtyQuery, parseDirtyQuery } from "../tools/fsutil/mod.ts";
import type { Evidence } from "./evidence.ts";

/** Whether chkdsk is wanted, and how that is known. */
export interface DirtyState {
  readonly state: "dirty" | "clean" | "unknown";
  readonly evidence: Evidence;
}

/** The signature of the volume's first sector, or undefined if it cannot be read raw. */
export async function readSignature(
  host: Host,
  volume: VolumeInfo,
): Promise<VolumeSignature | undefined> {
  const sector = await readRaw(host, volume, 0, 512);
  return sector === undefined ? undefined : volumeSignature(sector);
}

async function readRaw(
  host: Host,
  volume: VolumeInfo,
  offset: number,
  length: number,
): Promise<Uint8Array | undefined> {
  try {
    return await host.volumes.readRaw(volume, offset, length);
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}

/**
 * Asks whether the volume is dirty: first the volume's own flag, which no language changes,
 * then `fsutil dirty query`.
 */
export async function readDirtyState(
  host: Host,
  volume: VolumeInfo,
  tools: ToolRunner,
): Promise<DirtyState> {
  const name = volume.letter ?? volume.root;
  const raw = await dirtyFromDevice(host, volume);
  if (raw !== undefined) {
    const detail = `NTFS volume flags 0x${raw.flags.toString(16)}`;
    return {
      state: raw.dirty ? "dirty" : "clean",
      evidence: { kind: "volume", volume: name, detail },
    };
  }
  return await dirtyFromFsutil(volume, tools) ??
    {
      state: "unknown",
      evidence: { kind: "volume", volume: name, detail: "the dirty flag cannot be read from here" },
    };
}

async function dirtyFromDevice(
  host: Host,
  volume: VolumeInfo,
): Promise<{ dirty: boolean; flags: number } | undefined> {
  if (await readSignature(host, volume) !== "ntfs") return undefined;
  const source: ByteSource = {
    size: volume.totalBytes,
    read: async (offset, length) => {
      const bytes = await readRaw(host, volume, offset, length);
      if (bytes === undefined || bytes.length < length) {
        throw new FormatError("Cannot read the volume: its device gives no bytes", { offset });
      }
      return bytes;
    },
  };
  try {
    return await readNtfsVolumeFlags(source);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

async function dirtyFromFsutil(
  volume: VolumeInfo,
  tools: ToolRunner,
): Promise<DirtyState | undefined> {
  if (volume.letter === undefined || await tools.find("fsutil") === undefined) return undefined;
  const invocation = dirtyQuery(volume.letter);
  try {
    const outcome = await tools.run(invocation);
    return {
      state: parseDirtyQuery(outcome),
      evidence: {
        kind: "tool",
        command: ["fsutil", ...invocation.arguments].join(" "),
        exitCode: outcome.exitCode,
        line: outcome.output.trim().split(/[\r\n]+/)[0] ?? "",
      },
    };
  } catch (error) {
    if (error instanceof MedicError) return undefined;
    throw error;
  }
}
