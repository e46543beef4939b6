/**
 * Skipping by name: a test that needs something absent is skipped and counted, except in CI,
 * where everything must be there and a test without its oracle fails.
 */

/**
 * For `ignore`: true if `present` is false, but never in CI. As a Windows process (Wine) the
 * oracles are absent by nature; the same tests run with them on Linux.
 */
export function without(present: boolean): boolean {
  const mustRun = Deno.env.get("CI") === "true" && Deno.build.os !== "windows";
  return !present && !mustRun;
}
