/** `upgrade …`: an in-place upgrade that Windows starts by itself. One function per command. */
import { type Command, InvalidArgumentError } from "commander";
import type { GlobalOptions } from "../context.ts";
import { common } from "../options.ts";
import type { Registrar } from "../program.ts";
import type { UpgradeCheckOptions } from "../upgrade_check.ts";
import { addUpgradeAbort, addUpgradeCollect, addUpgradeStatus } from "./upgrade_result_commands.ts";
import { addUpgradeStaging } from "./upgrade_staging_commands.ts";
import { addUpgradeService } from "./upgrade_service_command.ts";

/** Adds them to the program. */
export function addUpgradeCommands(program: Command, registrar: Registrar): void {
  const upgrade = program.command("upgrade").description("the in-place upgrade, the last rung");
  addUpgradeCheck(upgrade, registrar);
  addUpgradeStaging(upgrade, registrar);
  addUpgradeStatus(upgrade, registrar);
  addUpgradeAbort(upgrade, registrar);
  addUpgradeCollect(upgrade, registrar);
  addUpgradeService(upgrade, registrar);
}

/** `upgrade check` */
export function addUpgradeCheck(upgrade: Command, registrar: Registrar): void {
  common(
    upgrade.command("check [volume]").description(
      "can these media upgrade this Windows, and what would be kept; writes nothing",
    ),
  )
    .requiredOption("--media <path>", "the ISO, folder or drive to upgrade from")
    .option("--image-index <number>", "the image to install (default: the best)", imageIndex)
    .option("--media-in-place", "the media stay where they are: no room for a copy is needed")
    .option("--verify", "compare every content of the media with its hash (some minutes)")
    .action((volume: string | undefined, options: GlobalOptions & UpgradeCheckOptions) =>
      registrar.run(options, async (context) => {
        const { checkUpgradeCommand } = await import("../upgrade_check.ts");
        return await checkUpgradeCommand(context, volume, options);
      })
    );
}

/** The number of an image, from 1 on. */
export function imageIndex(value: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be the number of an image, from 1 on.");
}
