/** What the status of an upgrade is judged by, and its names. */
import type { ServiceArming, SetupAttempt, SetupState } from "../windows/mod.ts";
import type { UpgradeOrder } from "./order.ts";
import type { StarterProgress } from "./progress.ts";

/** What is known of the order. */
export type OrderFacts =
  | { readonly state: "absent" }
  /** It is there, and cannot be used: one sentence without full stop. */
  | { readonly state: "unreadable"; readonly reason: string }
  | { readonly state: "read"; readonly order: UpgradeOrder };

/** Everything that the status is judged by. */
export interface UpgradeStatusFacts {
  readonly order: OrderFacts;
  /** Of that order; without an order, of the one that was recorded last. */
  readonly progress: StarterProgress;
  /**
   * What starts the starter; `disabled` and `manual` are our service that Windows does not start,
   * `unknown` where the registry cannot be read.
   */
  readonly armed: ServiceArming | "not-armed" | "foreign" | "unknown";
  /** The starter's program and Setup itself are where the order has them. */
  readonly program: boolean;
  readonly media: "present" | "missing" | "elsewhere";
  readonly windows: {
    readonly serial: string;
    readonly computerName: string | undefined;
    readonly build: number | undefined;
    readonly ubr: number | undefined;
    /** In decimal. */
    readonly installTime: string | undefined;
    /** It is the Windows that runs now. */
    readonly running: boolean;
  };
  /** Undefined where the registry cannot be read. */
  readonly setup: SetupState | undefined;
  readonly attempt: SetupAttempt | undefined;
  /** What could not be read: one sentence each, without full stop. */
  readonly unread: readonly string[];
}

/**
 * Where an upgrade stands.
 *
 * - `none`: nothing tells of one.
 * - `staged`: it starts at the next normal start of Windows, or when an administrator logs on.
 * - `not-armed`: an order is there, and nothing starts it.
 * - `waiting`: the starter has run and waits for Windows to settle.
 * - `started`: Setup was started, and nothing tells how it ended.
 * - `goes-on`: Setup goes on at the next start.
 * - `rolling-back`: Setup takes it back at the next start.
 * - `died`: Setup did not end, and nobody will end it.
 * - `done`, `rolled-back`, `failed`, `refused`, `scanned`: how it ended.
 * - `stood-down`: the starter has given up.
 * - `foreign`, `damaged`: the order is of another machine, or cannot be read.
 */
export type UpgradeStatusName =
  | "none"
  | "staged"
  | "not-armed"
  | "waiting"
  | "started"
  | "goes-on"
  | "rolling-back"
  | "died"
  | "done"
  | "rolled-back"
  | "failed"
  | "refused"
  | "scanned"
  | "stood-down"
  | "foreign"
  | "damaged";

/** A name with the sentence that explains it. */
export type NamedStatus = {
  readonly name: UpgradeStatusName;
  /** One sentence without full stop. */
  readonly summary: string;
};

const ATTEMPTS: Readonly<Record<SetupAttempt["state"], UpgradeStatusName>> = {
  "scanned": "scanned",
  "refused": "refused",
  "failed": "failed",
  "rolled-back": "rolled-back",
  "completed": "done",
  "in-progress": "started",
};

/** The name of an attempt that ended or not. */
export function attemptStatus({ state, reason }: SetupAttempt): NamedStatus {
  return { name: ATTEMPTS[state], summary: reason };
}
