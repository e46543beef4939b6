/** Is there room to work? Updates and repairs fail without it, often in the middle. */
import { formatBytes } from "../base/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

/** Below this, servicing fails in practice. Source: DISM wants 1 GB of scratch space alone. */
export const LOW_SPACE_BYTES = 2 * 1024 ** 3;

/** Asks the free space of the Windows volume. */
export const freeSpace: Check = {
  id: "volume.space",
  question: "Is there enough free space?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const free = await windows.freeBytes();
    const volume = windows.volume.letter ?? windows.root;
    const detail = `${formatBytes(free)} free of ${formatBytes(windows.volume.totalBytes)}`;
    const common = {
      check: "volume.space",
      blocking: false,
      evidence: [{ kind: "volume", volume, detail }] as const,
    };
    if (free >= LOW_SPACE_BYTES) {
      return [{
        ...common,
        outcome: "ok",
        summary: `There is enough free space (${formatBytes(free)})`,
      }];
    }
    return [{
      ...common,
      outcome: "problem",
      summary: `Only ${formatBytes(free)} are free; updates and repairs need ${
        formatBytes(LOW_SPACE_BYTES)
      }`,
      next: commandFor(windows, "image cleanup"),
    }];
  },
};
