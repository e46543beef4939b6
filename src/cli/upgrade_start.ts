/** What Windows calls where an upgrade was staged: the service, and the command at logon. */
import { ExitCode, MedicError, RefusalError } from "../base/mod.ts";
import { runStarter, SERVICE_NAME, type StarterEnd, type StarterMachine } from "../upgrade/mod.ts";
import type { CommandContext } from "./context.ts";
import { starterMachine } from "./upgrade_service.ts";

/**
 * Works as the service. Nothing is printed: a service has no console.
 *
 * @throws {NotAServiceError} if Windows did not start it as a service.
 * @throws {RefusalError} where there are no services.
 */
export async function serveUpgrade({ host }: CommandContext, orderSha256: string): Promise<number> {
  if (host.runAsService === undefined) throw notWindows();
  return await host.runAsService(SERVICE_NAME, async (control) => {
    await runStarter(await machineOf(host), {
      orderSha256,
      start: "service",
      signal: control.signal,
      stopRequest: () => control.stopRequest,
    });
    return ExitCode.ok;
  });
}

/**
 * Does the same at logon, in a window, and shows Setup.
 *
 * @throws {RefusalError} outside of the running Windows.
 */
export async function startUpgrade(context: CommandContext, orderSha256: string): Promise<number> {
  const { host, output } = context;
  const machine = await machineOf(host);
  output.talk("Checking whether the upgrade may start; please leave this window open");
  const end = await runStarter(machine, {
    orderSha256,
    start: "logon",
    signal: new AbortController().signal,
    stopRequest: () => undefined,
  });
  const next = end.kind === "later" ? startAgain(host, orderSha256) : undefined;
  output.document({ ended: end.kind, said: end.said, ...(next === undefined ? {} : { next }) });
  output.result(end.said);
  if (next !== undefined) output.talk(`Next: if it does not begin at the next logon: ${next}`);
  return exitCodeOf(end);
}

/** Whether Windows keeps the command in `RunOnce` after an exit code is not documented. */
function startAgain({ platform }: CommandContext["host"], orderSha256: string): string {
  const program = platform.programFile ?? "pemedic";
  return `"${program}" upgrade start --order ${orderSha256}`;
}

async function machineOf(host: CommandContext["host"]): Promise<StarterMachine> {
  const windows = await host.runningWindows?.();
  if (windows === undefined || host.platform.winpe) throw notWindows();
  return starterMachine(host, windows);
}

function notWindows(): MedicError {
  return new RefusalError("Cannot start the upgrade here: the Windows that it is for does that", {
    next: "Start that Windows",
  });
}

/**
 * What it will not do again ends well: a Windows that deletes the command at logon after success
 * only would otherwise run it at every logon from then on. What Windows takes for success is not
 * documented (Microsoft Learn, RunOnce registry key).
 */
function exitCodeOf(end: StarterEnd): number {
  switch (end.kind) {
    case "done":
    case "stood-down":
      return ExitCode.ok;
    case "under-way":
    case "later":
      return ExitCode.needsRestart;
    case "stopped":
      return ExitCode.cancelled;
  }
}
