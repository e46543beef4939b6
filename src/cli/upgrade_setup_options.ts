/** What `upgrade stage` is asked for, as options of Windows Setup. */
import { RefusalError } from "../base/mod.ts";
import { FIRST_WINDOWS_11, type SetupOptions } from "../tools/setup/mod.ts";
import type { UpgradeCheck } from "../upgrade/mod.ts";
import { UpgradePlace } from "../upgrade/mod.ts";
import type { ChangeOptions } from "./options.ts";

/** What `--dynamic-update` can say. */
export const DYNAMIC_UPDATES = [
  "enable",
  "disable",
  "no-drivers",
  "no-lcu",
  "no-drivers-no-lcu",
] as const;

/** Options of `upgrade stage`. */
export interface StageCommandOptions extends ChangeOptions {
  readonly media: string;
  readonly mediaInPlace?: boolean;
  readonly program?: string;
  readonly accept?: "files-only";
  readonly interactive?: boolean;
  readonly starts?: number;
  /** False with `--no-power-check`. */
  readonly powerCheck?: boolean;
  readonly suspendBitlocker?: boolean;
  readonly allowUnprotected?: boolean;
  readonly imageIndex?: number;
  readonly dynamicUpdate?: typeof DYNAMIC_UPDATES[number];
  readonly compat?: "ignore-warning";
  readonly installDrivers?: string;
  readonly postOobe?: string;
  readonly showOobe?: "full" | "none";
  /** A file that holds it: a key never stands on a command line. */
  readonly productKey?: string;
}

/** What is known of target and media when Setup's options are made. */
export interface SetupFacts {
  /** `C:`, the letter of the target when its Windows runs. */
  readonly letter: string;
  readonly check: UpgradeCheck;
  /** Build of the image. */
  readonly build: number;
}

/**
 * The options for Setup. Nothing is downloaded unless that is asked for: the network is not there
 * for sure when it starts.
 *
 * @throws {RefusalError} if only files could be kept and nobody has accepted that.
 */
export function setupOptionsFor(
  { letter, check, build }: SetupFacts,
  options: StageCommandOptions,
): SetupOptions {
  const filesOnly = check.survives === "files";
  if (filesOnly && options.accept !== "files-only") {
    throw new RefusalError("Cannot stage the upgrade: it would keep files only, no programs", {
      next: "Take media that keep everything, or agree to it: --accept files-only",
    });
  }
  const onTarget = (path: string) => `${letter}\\${path}`;
  return {
    auto: filesOnly ? "data-only" : "upgrade",
    ...(options.interactive === true ? {} : { quiet: true }),
    ...(build >= FIRST_WINDOWS_11 ? { acceptEula: true } : {}),
    ...(options.compat === undefined ? {} : { compat: [options.compat] }),
    dynamicUpdate: options.dynamicUpdate ?? "disable",
    ...(options.installDrivers === undefined
      ? {}
      : { installDrivers: onTarget(UpgradePlace.drivers) }),
    ...(options.imageIndex === undefined ? {} : { imageIndex: options.imageIndex }),
    ...(options.postOobe === undefined ? {} : { postOobe: onTarget(UpgradePlace.postOobe) }),
    ...(options.showOobe === undefined ? {} : { showOobe: options.showOobe }),
    ...(options.productKey === undefined ? {} : { configFile: onTarget(UpgradePlace.setupConfig) }),
  };
}
