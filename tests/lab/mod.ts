/**
 * The lab: a Windows made from text, on a machine made of promises, and everything that can go
 * wrong with both.
 *
 * ```ts
 * const lab = await createLab();
 * await lab.damage(pendingXmlLeftBehind());
 * const before = await lab.snapshot();
 * await codeUnderTest(lab.host);
 * assert.deepEqual(lab.files.operations, []);
 * assert.deepEqual(await lab.snapshot(), before);
 * ```
 *
 * The machine: `X:` WinPE's RAM disk, `D:` the Windows to repair, `E:` the stick, `F:` a volume
 * with repair files, `S:` the EFI system partition.
 *
 * @module
 */
import { Lab, type LabOptions, labState, labTrees, labVolumes } from "./lab.ts";
import { installInto } from "./lab_windows.ts";
import { runSimulator } from "./simulators/mod.ts";
import type { MemoryFileSystem } from "./memory_file_system.ts";
import { createMemoryHost } from "./memory_host.ts";

export * from "./component_store.ts";
export { type CrashOptions, CrashSwitch, SimulatedCrash } from "./crash.ts";
export * from "./damage.ts";
export { DriveMapFileSystem } from "./drive_map.ts";
export type { ExpectedCommand } from "./expected_commands.ts";
export * from "./file_content.ts";
export * from "./folder_lab.ts";
export {
  ESP_VOLUME,
  Lab,
  type LabOptions,
  SOURCE_VOLUME,
  STICK_VOLUME,
  WINDOWS_VOLUME,
} from "./lab.ts";
export { LabClock } from "./lab_clock.ts";
export { HIVE_NAMES, type HiveName, hivePath } from "./lab_hives.ts";
export { type LabFiles, LabHost, type LabHostOptions, WINPE_TOOLS } from "./lab_host.ts";
export { CONTROL_C_EXIT, type LabCall, type RunSimulator } from "./lab_processes.ts";
export { LabTerminal } from "./lab_terminal.ts";
export type { LabVolumeSpec } from "./lab_volumes.ts";
export * from "./lab_windows.ts";
export type { FileOperation } from "./memory_disk.ts";
export { MemoryFileSystem } from "./memory_file_system.ts";
export {
  createMemoryHost,
  type MemoryHost,
  type MemoryHostOptions,
  plugIn,
} from "./memory_host.ts";
export {
  LabServiceManager,
  type LabServiceManagerOptions,
  type ReportedStatus,
} from "./service_manager.ts";
export { compareSnapshots, type Snapshot, snapshotOf, type SnapshotOptions } from "./snapshot.ts";
export { healthyLabState, type LabState, type ToolFault } from "./simulators/simulator.ts";

/** A lab in memory. */
export type MemoryLab = Lab<MemoryFileSystem>;

/** Builds a lab in memory, in some milliseconds. */
export async function createLab(options: LabOptions = {}): Promise<MemoryLab> {
  const host = createMemoryHost({
    ...options,
    state: labState(options),
    runSimulator: options.runSimulator ?? runSimulator,
    volumes: labVolumes(options),
  });
  for (const [root, tree] of labTrees(options)) await installInto(host.files, root, tree);
  denyTo(host.files, "D:\\System Volume Information");
  return new Lab(host, { tree: options });
}

/** What no administrator may open, on every NTFS volume: whoever walks a volume must live with it. */
function denyTo(files: MemoryFileSystem, folder: string): void {
  files.putDirectory(folder);
  files.setFault(folder, { fault: "denied" });
}
