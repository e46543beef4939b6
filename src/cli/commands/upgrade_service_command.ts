/**
 * `upgrade service` and `upgrade start`: what Windows itself calls, as a service or at logon, on
 * the computer that the upgrade was staged for. The help shows neither.
 */
import type { Command } from "commander";
import type { GlobalOptions } from "../context.ts";
import type { Registrar } from "../program.ts";

interface StarterOptions extends GlobalOptions {
  readonly order: string;
}

/** Adds them to `upgrade`. */
export function addUpgradeService(upgrade: Command, registrar: Registrar): void {
  upgrade.command("service", { hidden: true })
    .description("work as the service that starts the staged upgrade")
    .requiredOption("--order <sha256>", "hash of the order to follow")
    .action((options: StarterOptions) =>
      registrar.run(options, async (context) => {
        const { serveUpgrade } = await import("../upgrade_start.ts");
        return await serveUpgrade(context, options.order);
      })
    );
  upgrade.command("start", { hidden: true })
    .description("start the staged upgrade, and show it")
    .requiredOption("--order <sha256>", "hash of the order to follow")
    .option("--json", "print JSON")
    .action((options: StarterOptions) =>
      registrar.run(options, async (context) => {
        const { startUpgrade } = await import("../upgrade_start.ts");
        return await startUpgrade(context, options.order);
      })
    );
}
