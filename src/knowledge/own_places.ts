/**
 * Names under which PE Medic itself registers something in the Windows that it repairs: what a
 * diagnosis must recognise as its own, and a repair must never take for somebody else's.
 */

/** Key of the service that starts a staged upgrade, below `Services`. */
export const UPGRADE_SERVICE = "PEMedicUpgrade";

/** Key of `SOFTWARE` whose values Windows runs once, when an administrator logs on. */
export const RUN_ONCE_KEY = "Microsoft\\Windows\\CurrentVersion\\RunOnce";

/**
 * Value of {@linkcode RUN_ONCE_KEY} that starts a staged upgrade. With `!` Windows deletes it only
 * after the command has ended well. Source: Microsoft Learn, Run and RunOnce registry keys.
 */
export const UPGRADE_RUN_ONCE = `!${UPGRADE_SERVICE}`;

/** The order of a staged upgrade, volume-relative: what the starter follows. */
export const UPGRADE_ORDER = "PEMedic\\bin\\upgrade.json";
