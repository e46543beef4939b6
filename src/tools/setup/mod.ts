/**
 * Windows Setup for an in-place upgrade: its command line and `SetupConfig.ini` from typed
 * options, and what its exit code means. Which media fit which Windows is not decided here.
 *
 * ```ts
 * const options = { auto: "upgrade", quiet: true, acceptEula: true } as const;
 * const media = { program: "C:\\PEMedic\\media\\setup.exe", build: 26100 };
 * const command = setupCommand(options, media);
 * show(command.shown, command.remarks);
 * // … the running Windows starts it …
 * explainSetupExit(exitCode).kind; // "continue-reboot"
 * ```
 *
 * @module
 */
export * from "./command.ts";
export * from "./exits.ts";
export * from "./options.ts";
export { formatCommandLine } from "./quoting.ts";
export { HIDDEN_KEY, hideProductKeys } from "./values.ts";
