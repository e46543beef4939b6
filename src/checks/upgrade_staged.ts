/** Is an in-place upgrade staged? It waits for the next start of Windows, or was left behind. */
import { UPGRADE_SERVICE } from "../knowledge/mod.ts";
import { hiveOf, readStagedUpgrade, type StagedUpgrade } from "../windows/mod.ts";
import { type Check, commandFor, type Finding, unreadableServices } from "./finding.ts";

const CHECK = "upgrade.staged";

const NOTHING: Finding = {
  check: CHECK,
  outcome: "ok",
  blocking: false,
  summary: "No in-place upgrade is staged",
  evidence: [{
    kind: "registry",
    hive: "SYSTEM",
    key: `Services\\${UPGRADE_SERVICE}`,
    data: "not there",
  }],
};

/** Looks for what starts an upgrade, and for its files. */
export const upgradeStaged: Check = {
  id: CHECK,
  question: "Is an in-place upgrade staged?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const staged = await readStagedUpgrade(windows.files, windows.registry);
    if (staged === undefined) {
      const isRead = hiveOf(await windows.hives.read("SYSTEM")) !== undefined;
      return [
        isRead ? NOTHING : unreadableServices(windows, {
          check: CHECK,
          summary: "Whether an in-place upgrade is staged cannot be told",
        }),
      ];
    }
    return [{
      check: CHECK,
      outcome: "notice",
      blocking: false,
      summary: summaryOf(staged),
      evidence: staged.evidence,
      next: commandFor(windows, "upgrade unstage"),
    }];
  },
};

function summaryOf({ state, start }: StagedUpgrade): string {
  switch (state) {
    case "left":
      return "Files of a staged upgrade are left, and nothing starts it any more";
    case "disabled":
      return "An in-place upgrade is staged, but nothing starts it: its service is disabled";
    case "manual":
      return "An in-place upgrade is staged, but nothing starts it: its service is set to manual";
    case "armed":
      return start === "service"
        ? "An in-place upgrade is staged: it begins by itself at the next normal start of Windows"
        : "An in-place upgrade is staged: it begins when an administrator logs on";
  }
}
