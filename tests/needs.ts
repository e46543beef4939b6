/**
 * Skipping by name: a test that needs something absent is skipped and counted, except in CI,
 * where everything must be there and a test without its oracle fails.
 */

/** For `ignore`: true if `present` is false, but never in CI. */
export function without(present: boolean): boolean {
  return !present && Deno.env.get("CI") !== "true";
}
