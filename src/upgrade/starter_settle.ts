/** Waits until Windows has settled, and no longer than the order allows. */
import type { UpgradeOrder } from "./order.ts";
import type { StarterMachine } from "./starter_machine.ts";
import { unsettled } from "./starter_windows.ts";

/** Between two looks. */
const POLL_MS = 10_000;
/** A Windows that runs for so long has its services started; less if the order waits less. */
const UPTIME_MINUTES = 3;
const MINUTE_MS = 60_000;

/** How it went: `aborted` if Windows wants the service to end. */
export type Settled = "settled" | "later" | "aborted";

/**
 * Looks again and again. `tell` hears each reason to wait once; the order's `settleMinutes` are
 * for all of them together, and with 0 there is one look.
 */
export async function settle(
  machine: StarterMachine,
  order: UpgradeOrder,
  options: { readonly signal: AbortSignal; tell(reason: string): Promise<void> },
): Promise<Settled> {
  const began = machine.monotonicMs();
  const limitMs = order.limits.settleMinutes * MINUTE_MS;
  const told = new Set<string>();
  while (!options.signal.aborted) {
    const reason = await tooYoung(machine, { began, limitMs }) ?? await unsettled(machine, order);
    if (reason === undefined) return "settled";
    if (!told.has(reason)) await options.tell(reason);
    told.add(reason);
    const leftMs = limitMs - (machine.monotonicMs() - began);
    if (leftMs <= 0) return "later";
    await machine.sleep(Math.min(POLL_MS, leftMs), options.signal);
  }
  return "aborted";
}

/** A Windows that does not say how long it runs counts from when it was first asked. */
async function tooYoung(
  machine: StarterMachine,
  { began, limitMs }: { readonly began: number; readonly limitMs: number },
): Promise<string | undefined> {
  const uptime = await machine.uptimeMs();
  const runsFor = uptime === "unknown" ? machine.monotonicMs() - began : uptime;
  const needed = Math.min(UPTIME_MINUTES * MINUTE_MS, limitMs);
  return runsFor < needed ? "Windows was started just now" : undefined;
}
