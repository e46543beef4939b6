/** What a command line does that its reader may not expect. */
import type { SetupOptions } from "./options.ts";
import type { SetupSwitch } from "./option_table.ts";

/** Whether it holds, and the sentence. */
type Remark = readonly [(options: SetupOptions) => boolean, string];

/** Source of each: Microsoft Learn, Windows Setup command-line options. */
const REMARKS: readonly Remark[] = [
  [
    ({ quiet, compat }) => quiet === true && compat?.includes("ignore-warning") !== true,
    "Without a window every warning that could be dismissed stops the upgrade",
  ],
  [({ quiet }) => quiet === true, "No window is shown, not even while a failed upgrade goes back"],
  [
    ({ compat }) => compat?.includes("scan-only") === true,
    "Setup only examines this Windows; nothing is installed",
  ],
  [
    ({ noReboot }) => noReboot === true,
    "Only the first restart is left out; somebody must restart Windows to go on",
  ],
  [
    ({ auto }) => auto === "data-only",
    "Files are kept, programs and settings are not",
  ],
  [
    ({ postRollback, postRollbackContext }) =>
      postRollback !== undefined && postRollbackContext === undefined,
    "The rollback script runs for the first user who logs on, who must be an administrator",
  ],
  [
    ({ bitLocker }) => bitLocker === "force-keep-active",
    "The upgrade fails if BitLocker cannot stay active",
  ],
  [
    ({ uninstall }) => uninstall === false,
    "Windows will not offer to go back to the version before",
  ],
  [
    ({ configFile }) => configFile !== undefined,
    "Values of the configuration file win over those of the command line",
  ],
];

/** The remarks that apply, in a fixed order. */
export function setupRemarks(options: SetupOptions, switches: readonly SetupSwitch[]): string[] {
  const undocumented = switches.filter((one) => one.undocumented === true)
    .map(({ name, value }) => `Microsoft does not document /${name} ${value ?? ""}`.trim());
  return [
    ...REMARKS.filter(([applies]) => applies(options)).map(([, sentence]) => sentence),
    ...undocumented,
  ];
}
