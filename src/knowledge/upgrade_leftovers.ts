/**
 * Folders that upgrades leave in the root of the Windows volume: what may be moved aside once
 * nothing goes on with an upgrade, and what is the way back to the Windows before.
 */

/** One folder, relative to the root of the Windows volume. */
export interface UpgradeLeftoverRow {
  readonly path: string;
  /** `keep`: PE Medic never moves it. */
  readonly treatment: "move-aside" | "keep";
  /** Why. One sentence without full stop. */
  readonly reason: string;
  readonly source: string;
}

const LOG_FILES = "Microsoft Learn: Windows Setup log files and event logs";
const GO_BACK = "Microsoft Support: recovery options in Windows, go back to the previous version";
const COMMUNITY = "Community: lists of folders that upgrades leave; no page of Microsoft tells";

/** The folders. */
export const UPGRADE_LEFTOVERS: readonly UpgradeLeftoverRow[] = [
  {
    path: "$WINDOWS.~BT",
    treatment: "move-aside",
    reason: "Work folder of Setup: the next upgrade is refused with 0xC1900107 while it is there",
    source: LOG_FILES,
  },
  {
    path: "$WINDOWS.~WS",
    treatment: "move-aside",
    reason: "Media that Setup downloaded for itself",
    source: COMMUNITY,
  },
  {
    path: "$GetCurrent",
    treatment: "move-aside",
    reason: "Media and logs of the Update Assistant",
    source: COMMUNITY,
  },
  {
    path: "Windows10Upgrade",
    treatment: "move-aside",
    reason: "The Update Assistant itself, which starts the upgrade again",
    source: COMMUNITY,
  },
  {
    path: "Windows.old",
    treatment: "keep",
    reason: "The Windows before, and the only way back to it",
    source: GO_BACK,
  },
  {
    path: "$SysReset",
    treatment: "keep",
    reason: "Logs of a reset of this PC, which is no upgrade",
    source: COMMUNITY,
  },
  {
    path: "ESD",
    treatment: "keep",
    reason: "A download that somebody asked for; nothing starts it",
    source: COMMUNITY,
  },
];

/** Where the Windows before is kept. */
export const WAY_BACK_FOLDER = "Windows.old";
