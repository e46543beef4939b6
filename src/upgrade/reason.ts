/** What speaks against an upgrade, or must be known about it: the unit that the verdict is made of. */
import type { Evidence } from "../windows/mod.ts";
import type { UpgradeSituation } from "./situation.ts";

/**
 * How much a reason weighs.
 *
 * - `blocks`: no upgrade with these media, or of this Windows.
 * - `files-only`: programs and settings would be lost.
 * - `step-first`: something must be done before.
 * - `note`: worth knowing; what cannot be told is one of these.
 */
export type ReasonWeight = "blocks" | "files-only" | "step-first" | "note";

/** One reason. */
export interface UpgradeReason {
  /** `image.language`: stable for ever. */
  readonly id: string;
  readonly weight: ReasonWeight;
  /** One sentence for people, no full stop. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  /** What to do: a command, or one sentence. */
  readonly next?: string;
}

/** A command that names the target as it can be typed. */
export function commandOn({ volume }: Pick<UpgradeSituation, "volume">, command: string): string {
  return `pemedic ${command} ${quotedPlace(volume)}`;
}

/** A place as it can be typed. */
export function quotedPlace(place: string): string {
  return /\s/.test(place) ? `"${place}"` : place;
}

/** Evidence that cites the volume. */
export function volumeEvidence(
  situation: Pick<UpgradeSituation, "volume">,
  detail: string,
): Evidence {
  return { kind: "volume", volume: situation.volume, detail };
}
