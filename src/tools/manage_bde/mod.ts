/**
 * manage-bde: whether BitLocker protects a volume, and suspending it for some restarts. No call
 * takes a key, and no answer holds a recovery password.
 *
 * ```ts
 * const answer = parseBitLockerProtection(outcome); // of bitLockerProtection({ volume: "D:" })
 * if (answer.kind === "done" && answer.value === "on") {
 *   run(suspendProtectors({ volume: "D:", restarts: 3 }));
 * }
 * ```
 *
 * @module
 */
export * from "./errors.ts";
export * from "./invocations.ts";
export * from "./redaction.ts";
export * from "./status.ts";
