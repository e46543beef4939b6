/** `upgrade stage`, `upgrade unstage`. What they need is loaded when they run. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { changing, common } from "../options.ts";
import type { Registrar } from "../program.ts";
import type { UnstageOptions } from "../upgrade_unstage.ts";
import { DYNAMIC_UPDATES, type StageCommandOptions } from "../upgrade_setup_options.ts";

type Volume = string | undefined;

/** Adds them to `upgrade`. */
export function addUpgradeStaging(upgrade: Command, registrar: Registrar): void {
  const stage = upgrade.command("stage [volume]")
    .description("leave an in-place upgrade that Windows starts by itself");
  changing(stage)
    .requiredOption("--media <path>", "ISO, folder or drive with the media of Windows")
    .option("--media-in-place", "do not copy the media: start Setup where they are")
    .option("--program <file>", "the pemedic.exe to leave on the target (default: this one)")
    .addOption(
      new Option("--accept <what>", "agree that programs are lost").choices(["files-only"]),
    )
    .option("--interactive", "begin when an administrator logs on, and show Setup")
    .option(
      "--starts <number>",
      "starts without a result before it stands down (default: 2)",
      starts,
    )
    .option("--no-power-check", "do not wait for the power supply of a notebook")
    .option("--suspend-bitlocker", "suspend BitLocker for the restarts of the upgrade")
    .option("--allow-unprotected", "stage even if ordinary users may change what is left there")
    .option("--image-index <number>", "image of the media (default: the one that fits)", imageIndex)
    .addOption(
      new Option("--dynamic-update <what>", "what Setup may download (default: disable)")
        .choices([...DYNAMIC_UPDATES]),
    )
    .addOption(
      new Option("--compat <what>", "go on over warnings").choices(["ignore-warning"]),
    )
    .option("--install-drivers <folder>", "driver packages for the new Windows")
    .option("--post-oobe <folder>", "folder with a setupcomplete.cmd to run afterwards")
    .addOption(
      new Option("--show-oobe <what>", "first screens of the new Windows").choices([
        "full",
        "none",
      ]),
    )
    .option("--product-key <file>", "a SetupConfig.ini that holds the key, and nothing else")
    .action((volume: Volume, options: StageCommandOptions) =>
      registrar.run(options, async (context) => {
        const { stageUpgradeCommand } = await import("../upgrade_stage.ts");
        return await stageUpgradeCommand(context, volume, options);
      })
    );
  common(
    upgrade.command("unstage [volume]").description("take a staged upgrade back, and its space"),
  )
    .option("--dry-run", "show what would be taken back")
    .option("--yes", "agree without being asked")
    .option("--keep-copies", "keep what was taken back until the session is pruned")
    .option("--journal <file>", "use this copy of the journal")
    .action((volume: Volume, options: UnstageOptions) =>
      registrar.run(options, async (context) => {
        const { unstageUpgradeCommand } = await import("../upgrade_unstage.ts");
        return await unstageUpgradeCommand(context, volume, options);
      })
    );
}

/** More starts than a person would wait for are a mistake. */
const MOST_STARTS = 10;

function starts(value: string): number {
  const number = wholeNumber(value);
  if (number > MOST_STARTS) throw new InvalidArgumentError(`It must be at most ${MOST_STARTS}.`);
  return number;
}

function imageIndex(value: string): number {
  return wholeNumber(value);
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) throw new InvalidArgumentError("It must be 1 or more.");
  return Number(value);
}
