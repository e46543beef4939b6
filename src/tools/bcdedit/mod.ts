/**
 * bcdedit on the store of an offline Windows: calls as data, and whether they worked. What a store
 * holds is read with `formats/bcd`, before and after; nothing is run here.
 *
 * ```ts
 * const store = "S:\\EFI\\Microsoft\\Boot\\BCD";
 * const call = setDefault({ store, id: "{3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f}" });
 * // … a runner runs it …
 * const answer = parseBcdedit(outcome);
 * if (answer.kind === "failed") tell(answer.error.meaning, answer.error.next);
 * ```
 *
 * @module
 */
export * from "./identifiers.ts";
export * from "./invocations.ts";
export * from "./report.ts";
