/** Tells how far a copy or a check of many bytes has come, how fast it is and how long it takes. */
import type { Clock } from "../host/mod.ts";
import { formatElapsed, type Printer } from "./printer.ts";

/** Bytes that are done, of all. */
export interface Transferred {
  readonly done: number;
  readonly total: number;
}

/** Before that a speed is a matter of chance, in milliseconds. */
const FIRST_PACE_MS = 1000;
/** No more often than that, in milliseconds: a console is slower than a disk. */
const EVERY_MS = 200;

/** Makes the listener for one piece of work that begins now. */
export function transferProgress(
  clock: Clock,
  printer: Printer,
): (transferred: Transferred) => void {
  const began = clock.monotonicMs();
  let told = -Infinity;
  return ({ done, total }) => {
    const now = clock.monotonicMs();
    if (now - told < EVERY_MS && done < total) return;
    told = now;
    const pace = paceText({ done, total }, now - began);
    printer.progress({
      percent: total === 0 ? 100 : Math.min(100, 100 * done / total),
      ...(pace === undefined ? {} : { pace }),
    });
  };
}

/** `85 MB/s, 1:20 left`; undefined as long as nothing can be told. */
export function paceText({ done, total }: Transferred, elapsedMs: number): string | undefined {
  if (elapsedMs < FIRST_PACE_MS || done === 0) return undefined;
  const perSecond = done / elapsedMs * 1000;
  const megabytes = perSecond / 2 ** 20;
  const speed = megabytes >= 10 ? megabytes.toFixed(0) : megabytes.toFixed(1);
  const left = Math.max(0, total - done) / perSecond * 1000;
  return `${speed} MB/s, ${formatElapsed(left)} left`;
}
