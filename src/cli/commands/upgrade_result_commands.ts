/** `upgrade abort`, `upgrade status`, `upgrade collect`: what becomes of an upgrade. */
import type { Command } from "commander";
import { MedicError, UsageError, wrap } from "../../base/mod.ts";
import { commandFor } from "../../checks/mod.ts";
import { ABORT_STEPS, requireAbortable } from "../../upgrade/mod.ts";
import { type OfflineWindows, readStagedUpgrade } from "../../windows/mod.ts";
import type { CommandContext } from "../context.ts";
import { type ChangeOptions, changing, common, type LookOptions } from "../options.ts";
import type { Registrar } from "../program.ts";
import { runRepair } from "../run_repair.ts";

type Volume = string | undefined;

/** Adds `upgrade abort`. */
export function addUpgradeAbort(upgrade: Command, registrar: Registrar): void {
  changing(
    upgrade.command("abort [volume]").description(
      "break the loop of an upgrade that died: start Windows again, put its files aside",
    ),
  )
    .option("--force", "also where it could still succeed, or be taken back, by itself")
    .action((volume: Volume, options: ChangeOptions & { readonly force?: boolean }) => {
      const force = options.force ?? false;
      return registrar.run(options, (context) => abortUpgrade(context, volume, options, force));
    });
}

async function abortUpgrade(
  context: CommandContext,
  volume: Volume,
  options: ChangeOptions,
  force: boolean,
): Promise<number> {
  let next: string | undefined;
  const code = await runRepair(context, volume, { only: ABORT_STEPS, force }, {
    ...options,
    resolve: async (windows) => {
      const notes = await requireAbortable(windows, { force });
      for (const note of notes) context.output.talk(wrap(`Note: ${note}`));
      if (await isArmed(windows)) next = commandFor(windows, "upgrade unstage");
      return {};
    },
  });
  // The next start of Windows would begin the upgrade again: no note among others is enough.
  if (next !== undefined) context.output.talk(wrap(next, { first: "Next: ", indent: "      " }));
  return code;
}

/** What is too damaged to tell is no reason not to abort. */
async function isArmed({ files, registry }: OfflineWindows): Promise<boolean> {
  try {
    return (await readStagedUpgrade(files, registry))?.state === "armed";
  } catch (error) {
    if (error instanceof MedicError) return false;
    throw error;
  }
}

/** Adds `upgrade status`. */
export function addUpgradeStatus(upgrade: Command, registrar: Registrar): void {
  common(
    upgrade.command("status [volume]").description(
      "how far an upgrade has come: staged, started, rolled back and why, done",
    ),
  )
    .action((volume: Volume, options: LookOptions) =>
      registrar.run(options, async (context) => {
        const { showUpgradeStatus } = await import("../upgrade_status.ts");
        return await showUpgradeStatus(context, volume);
      })
    );
}

/** Adds `upgrade collect`. */
export function addUpgradeCollect(upgrade: Command, registrar: Registrar): void {
  common(
    upgrade.command("collect [volume] [destination]").description(
      "copy the logs of an upgrade into a new folder on another volume, without secrets",
    ),
  )
    .usage("[options] [volume] <destination>")
    .option("--on-target", "the folder may lie on the volume of the Windows itself")
    .action((first: Volume, second: Volume, options: CollectOptions) =>
      registrar.run(options, async (context) => {
        const destination = second ?? first;
        if (destination === undefined) {
          throw new UsageError("Cannot collect the logs: no folder for them was named", {
            next: "Name a folder of the stick, for example: pemedic upgrade collect D: E:\\",
          });
        }
        const { collectUpgradeLogs } = await import("../upgrade_collect.ts");
        return await collectUpgradeLogs(context, {
          volume: second === undefined ? undefined : first,
          destination,
          onTarget: options.onTarget ?? false,
        });
      })
    );
}

type CollectOptions = LookOptions & { readonly onTarget?: boolean };
