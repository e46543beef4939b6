/**
 * Saves what a technician would want back before the first change: the hives with their logs
 * and the BCD store. Copies go into the session's folder; the originals are only read.
 */
import { formatBytes } from "../base/mod.ts";
import { HIVE_FILES, hiveLogPaths } from "../knowledge/mod.ts";
import { type FileCopied, SESSION } from "../journal/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import type { RepairStep } from "./step.ts";

/** Where a BCD store can be on the Windows volume itself; the ESP is another volume. */
const BCD_PATHS = ["Boot\\BCD", "EFI\\Microsoft\\Boot\\BCD"];

/** The step. */
export function saveState(): RepairStep {
  return {
    id: "backup.save-state",
    title: "Save the registry hives and the boot configuration",
    resolves: "A repair went wrong and the state before it is wanted",
    risk: "reversible",
    answers: [],
    async detect(windows) {
      const copies = await findCopies(windows);
      return copies.length === 0
        ? { applies: false, reason: "There is no hive and no boot configuration to save" }
        : { applies: true, reason: `${copies.length} files are saved before the first change` };
    },
    async plan(windows) {
      const changes = await findCopies(windows);
      const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
      return {
        step: "backup.save-state",
        title: "Save the registry hives and the boot configuration",
        risk: "reversible",
        changes,
        remarks: [`The copies take ${formatBytes(bytes)}`],
      };
    },
    async apply(plan, transaction) {
      for (const change of plan.changes as readonly FileCopied[]) await transaction.make(change);
      return { tools: [] };
    },
    async verify(windows, plan, context) {
      for (const change of plan.changes as readonly FileCopied[]) {
        const copy = context.sessionPath(change.path);
        const entry = copy === undefined ? undefined : await windows.files.stat(copy);
        if (
          copy !== undefined && entry?.size === change.bytes &&
          await sameBytes(windows, copy, change.copyOf)
        ) continue;
        const evidence = [{
          kind: "file",
          path: change.copyOf,
          detail: "its copy is missing or differs",
        }] as const;
        return {
          outcome: "not-fixed",
          reason: `The copy of ${change.copyOf} is not whole`,
          evidence,
        };
      }
      return {
        outcome: "fixed",
        reason: `${plan.changes.length} files are saved and were compared with the originals`,
        evidence: (plan.changes as readonly FileCopied[]).map((change) => ({
          kind: "file",
          path: change.copyOf,
          detail: `saved, ${formatBytes(change.bytes)}`,
        })),
      };
    },
  };
}

async function findCopies(windows: OfflineWindows): Promise<FileCopied[]> {
  const paths = [
    ...HIVE_FILES.flatMap((hive) => [hive.path, ...hiveLogPaths(hive.path)]),
    ...BCD_PATHS,
  ];
  const copies: FileCopied[] = [];
  for (const path of paths) {
    const entry = await windows.files.stat(path);
    if (entry?.kind !== "file" || entry.reparse) continue;
    copies.push({
      kind: "file-created",
      path: `${SESSION}\\saved\\${path}`,
      copyOf: path,
      bytes: entry.size,
    });
  }
  return copies;
}

const COMPARE_BYTES = 4 * 1024 * 1024;

async function sameBytes(windows: OfflineWindows, a: string, b: string): Promise<boolean> {
  const first = await windows.files.open(a);
  const second = await windows.files.open(b);
  try {
    for (let offset = 0; offset < first.size; offset += COMPARE_BYTES) {
      const left = await first.read(offset, COMPARE_BYTES);
      const right = await second.read(offset, COMPARE_BYTES);
      if (left.length !== right.length || !equal(left, right)) return false;
    }
    return first.size === second.size;
  } finally {
    await first.close();
    await second.close();
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
