/**
 * What Setup does after its first restart, when no program of the old Windows runs any more: the
 * new Windows is in its place, or the old one again. The simulated `setup.exe` ends before that.
 */
import {
  registryDword,
  registryQword,
  registryString,
  RegistryType,
} from "../../src/formats/regf/mod.ts";
import type { MemoryLab } from "../lab/mod.ts";
import { encodeSetupLog, type SetupEnd, writeSetupRun } from "../lab/setup_logs.ts";
import { windowsWrites } from "./started_windows.ts";

const VERSION = "Microsoft\\Windows NT\\CurrentVersion";
/** Setup needs so long. */
const WORK_MS = 50 * 60_000;

/** The Windows that is there after an upgrade. */
export interface UpgradedWindows {
  readonly build: number;
  readonly ubr: number;
  /** Undefined: the lab's SOFTWARE has none, before and after. */
  readonly installTime: bigint | undefined;
  /** Files that the media bring anew, with their paths on the volume. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The upgrade goes well: version, time of installation, files, logs, and the way back. */
export async function finishUpgrade(lab: MemoryLab, to: UpgradedWindows): Promise<void> {
  const begun = timeOf(lab);
  lab.host.clock.advance(WORK_MS);
  const text = (name: string, value: string) =>
    ({ kind: "set-value", key: VERSION, name, type: 1, data: registryString(value) }) as const;
  await windowsWrites(lab, "SOFTWARE", [
    text("CurrentBuild", String(to.build)),
    text("CurrentBuildNumber", String(to.build)),
    { kind: "set-value", key: VERSION, name: "UBR", type: 4, data: registryDword(to.ubr) },
    ...to.installTime === undefined ? [] : [
      {
        kind: "set-value",
        key: VERSION,
        name: "InstallTime",
        type: RegistryType.REG_QWORD,
        data: registryQword(to.installTime),
      } as const,
    ],
  ]);
  for (const [path, bytes] of to.files) lab.files.put(`D:\\${path}`, bytes);
  lab.files.erase("D:\\$WINDOWS.~BT");
  lab.files.putDirectory("D:\\Windows.old\\Windows\\System32");
  const log = writeSetupRun({
    begun,
    to: `10.0.${to.build}.${to.ubr}`,
    end: { kind: "completed" },
  });
  lab.files.put("D:\\Windows\\Panther\\setupact.log", encodeSetupLog(log.upgrade));
}

/** The upgrade fails after its first restart, and everything is put back. */
export function takeUpgradeBack(
  lab: MemoryLab,
  end: Extract<SetupEnd, { kind: "failed" }>,
): void {
  const begun = timeOf(lab);
  lab.host.clock.advance(WORK_MS);
  const { upgrade, rollback } = writeSetupRun({ begun, end });
  const sources = "D:\\$WINDOWS.~BT\\Sources";
  lab.files.put(`${sources}\\Panther\\setupact.log`, encodeSetupLog(upgrade));
  lab.files.put(`${sources}\\Rollback\\setupact.log`, encodeSetupLog(rollback ?? ""));
}

/** `2026-01-15 09:00:00` */
function timeOf(lab: MemoryLab): string {
  return lab.host.clock.now().toISOString().slice(0, 19).replace("T", " ");
}
