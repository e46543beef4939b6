/**
 * The clean order of operations, as a table: safe before dangerous, cheap before slow,
 * evidence before change. A step may stand on two rungs.
 */

import type { Inclusion } from "../repairs/mod.ts";

/** One rung. */
export interface Rung {
  readonly rung: number;
  /** Id of the step. */
  readonly step: string;
  /** Why it stands here, for people. */
  readonly why: string;
  /** It runs whenever a later step will change something. */
  readonly always?: boolean;
  /** Only when it was asked for by its own option or with --only. */
  readonly onRequest?: boolean;
  /** A step that failed is forgiven if this one has done its work after it. */
  readonly standsInFor?: string;
  /** The word of --include that asks for it. */
  readonly include?: Inclusion;
  /** What holds it back may be a setting that this word of --include takes away before it. */
  readonly onceFreed?: Inclusion;
  /** Runs again only if this step ran before it and fixed something. */
  readonly after?: string;
}

/** The ladder. Numbers leave room for rungs that others add. */
export const RUNGS: readonly Rung[] = [
  {
    rung: 0,
    step: "volume.discard-hibernation",
    why: "Windows must not resume over what is repaired",
    onRequest: true,
  },
  { rung: 1, step: "backup.save-state", why: "Before the first change", always: true },
  { rung: 2, step: "disk.repair", why: "Everything else is written on this file system" },
  { rung: 2, step: "registry.salvage", why: "What is read next is in it", onRequest: true },
  { rung: 3, step: "servicing.revert-pending", why: "A half-done update blocks every later rung" },
  {
    rung: 3,
    step: "servicing.clear-leftovers",
    why: "Only what is proven, and after reverting",
    standsInFor: "servicing.revert-pending",
  },
  {
    rung: 4,
    step: "upgrade.restore-boot-default",
    why: "The computer starts an upgrade that died instead of Windows",
  },
  {
    rung: 4,
    step: "upgrade.put-aside",
    why: "Somebody may want what is in it; the logs are kept",
    onRequest: true,
  },
  { rung: 4, step: "setup.reset-state", why: "The restart loop of an upgrade that died" },
  { rung: 4, step: "boot.restore-services", why: "Without them Windows cannot read its disk" },
  { rung: 5, step: "updates.reset-cache", why: "A rename: instant and reversible" },
  {
    rung: 6,
    step: "updates.reset-policy",
    why: "Somebody may want it as it is",
    onRequest: true,
    include: "policy",
  },
  {
    rung: 6,
    step: "services.restore-start",
    why: "Updates need them; one value each",
    onceFreed: "policy",
  },
  {
    rung: 6,
    step: "network.reset-proxy",
    why: "It may be the only way out",
    onRequest: true,
    include: "proxy",
  },
  {
    rung: 6,
    step: "network.reset-hosts",
    why: "Somebody wrote these lines",
    onRequest: true,
    include: "hosts",
  },
  { rung: 7, step: "files.repair", why: "Protected system files" },
  { rung: 8, step: "image.restore", why: "The component store behind them" },
  {
    rung: 8,
    step: "files.repair",
    why: "Once more, with the repaired store behind it",
    after: "image.restore",
  },
  { rung: 9, step: "registry.edit", why: "Somebody knows what is wrong", onRequest: true },
  {
    rung: 9,
    step: "files.restore-from-image",
    why: "Somebody knows which file is damaged",
    onRequest: true,
  },
  { rung: 9, step: "image.add-package", why: "Evidence names it", onRequest: true },
  { rung: 9, step: "image.remove-package", why: "Evidence names it", onRequest: true },
  { rung: 9, step: "image.remove-driver", why: "Evidence names it", onRequest: true },
  { rung: 9, step: "filters.disable", why: "Somebody may want its protection", onRequest: true },
  { rung: 9, step: "service.disable", why: "Evidence names it", onRequest: true },
  { rung: 9, step: "service.enable", why: "Evidence names it", onRequest: true },
  {
    rung: 9,
    step: "registry.use-last-known-good",
    why: "It takes back every change of drivers and services since",
    onRequest: true,
  },
  { rung: 9, step: "image.cleanup", why: "Frees space; makes nothing start", onRequest: true },
  {
    rung: 11,
    step: "upgrade.stage",
    why: "The last rung: it runs at the next normal start of Windows",
    onRequest: true,
  },
];
