/**
 * `upgrade stage`: checks whether the upgrade can succeed, makes the order for the starter, and
 * hands it to the ladder, which plans, shows, asks, journals and verifies as for every repair.
 */
import { ExitCode, RefusalError, wrap } from "../base/mod.ts";
import { commandFor } from "../checks/mod.ts";
import type { Host } from "../host/mod.ts";
import { MEDIA_FOLDER } from "../journal/mod.ts";
import { setupCommand } from "../tools/setup/mod.ts";
import {
  checkUpgrade,
  DEFAULT_LIMITS,
  readSituation,
  refuseOtherStage,
  serializeOrder,
  STAGE_UPGRADE,
  type StageRequest,
  type UpgradeCheck,
  type UpgradeMedia,
  type UpgradeOrder,
} from "../upgrade/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";
import { type CommandContext, onUserFile } from "./context.ts";
import { quoted } from "./registry_path.ts";
import { runRepair } from "./run_repair.ts";
import {
  folderThatStays,
  outsideFolder,
  productKeyFile,
  programFile,
  setupProgram,
} from "./upgrade_files.ts";
import { readUpgradeMedia } from "./upgrade_media.ts";
import { renderUpgradeCheck, upgradeDocument } from "./upgrade_view.ts";
import { setupOptionsFor, type StageCommandOptions } from "./upgrade_setup_options.ts";

/** Stages an upgrade. Returns the exit code. */
export async function stageUpgradeCommand(
  context: CommandContext,
  volume: string | undefined,
  options: StageCommandOptions,
): Promise<number> {
  const ladder = { only: [STAGE_UPGRADE], force: true };
  let target: OfflineWindows | undefined;
  const code = await runRepair(context, volume, ladder, {
    ...options,
    takeBack: (windows) => commandFor(windows, "upgrade unstage"),
    resolve: async (windows) => {
      target = windows;
      return { stageUpgrade: await stageRequest(context, windows, options) };
    },
  });
  if (code === ExitCode.ok && options.dryRun !== true && target !== undefined) {
    tellNext(context, target);
  }
  return code;
}

function tellNext({ output }: CommandContext, windows: OfflineWindows): void {
  const status = commandFor(windows, "upgrade status");
  const next = `Restart the computer into its Windows; how far it came: ${status}`;
  output.talk(wrap(next, { first: "Next: ", indent: "      " }));
}

/**
 * Makes the request out of what was typed.
 *
 * @throws {MedicError} with the first reason why it must not be staged.
 */
export async function stageRequest(
  context: CommandContext,
  windows: OfflineWindows,
  options: StageCommandOptions,
): Promise<StageRequest> {
  const judged = await judge(context, windows, options);
  requireAllowed(windows, judged.check, options.media);
  const request = await makeRequest(context, windows, { ...judged, options });
  await refuseOtherStage(windows, request);
  return request;
}

interface Judged {
  readonly media: UpgradeMedia;
  readonly check: UpgradeCheck;
}

async function judge(
  { host, output }: CommandContext,
  windows: OfflineWindows,
  options: StageCommandOptions,
): Promise<Judged> {
  const { imageIndex: index } = options;
  const media = await onUserFile(
    "media",
    () => readUpgradeMedia(host, windows, { path: options.media, index }),
  );
  const check = checkUpgrade(await readSituation(windows), media, {
    ...(index === undefined ? {} : { index }),
    mediaStay: options.mediaInPlace === true,
    productKey: options.productKey !== undefined,
  });
  const answer = { windows, media, check, command: undefined };
  output.event({ type: "upgrade-check", ...upgradeDocument(answer) });
  output.talk(renderUpgradeCheck(answer));
  return { media, check };
}

function requireAllowed(
  windows: OfflineWindows,
  check: UpgradeCheck,
  media: string,
): void {
  if (check.verdict === "cannot" || check.verdict === "after-steps") {
    const [first] = check.reasons;
    const command = `${commandFor(windows, "upgrade check")} --media ${quoted(media)}`;
    throw new RefusalError(
      `Cannot stage the upgrade: ${first?.summary ?? "the check did not pass"}`,
      { next: first?.next ?? `See all reasons: ${command}` },
    );
  }
}

async function makeRequest(
  context: CommandContext,
  windows: OfflineWindows,
  asked: Judged & { readonly options: StageCommandOptions },
): Promise<StageRequest> {
  const { media, check, options } = asked;
  const { host, output } = context;
  const letter = requireLetter(windows);
  const build = check.image?.build ?? windows.identity.build ?? 0;
  const folder = await mediaFolder(host, windows, { letter, media, options });
  const setupOptions = setupOptionsFor({ letter, check, build }, options);
  const command = setupCommand(setupOptions, { program: `${folder}\\setup.exe`, build });
  const key = options.productKey === undefined
    ? undefined
    : await productKeyFile(context, options.productKey, build);
  const order = await makeOrder(host, windows, {
    letter,
    media: {
      folder,
      build,
      ubr: check.image?.ubr ?? null,
      edition: check.image?.edition ?? null,
      setup: await setupProgram(host, media),
    },
    setupArguments: command.arguments,
    options,
  });
  tellCommand(context, { ...command, config: key?.shown });
  output.event({ type: "upgrade-command", setup: command.shown, remarks: command.remarks });
  const { files, bytes } = media;
  return {
    order,
    orderSha256: hashText(host, order),
    program: await programFile(context, windows, options.program),
    ...(options.mediaInPlace === true ? {} : { media: { place: options.media, files, bytes } }),
    ...await folders(host, options),
    ...(key === undefined ? {} : { setupConfig: key.file }),
    suspendBitLocker: options.suspendBitlocker === true,
    ...(options.allowUnprotected === true ? { allowUnprotected: true } : {}),
  };
}

function requireLetter(windows: OfflineWindows): string {
  const letter = windows.identity.systemLetter;
  if (letter === undefined || windows.volume.serial === "") {
    const what = letter === undefined ? "its letter when it runs" : "the serial of its volume";
    throw new RefusalError(`Cannot stage the upgrade: ${what} cannot be told`, {
      next: commandFor(windows, "diagnose"),
    });
  }
  return letter;
}

/** The folder of `setup.exe` as the running Windows sees it, without a separator at its end. */
async function mediaFolder(
  host: Host,
  windows: OfflineWindows,
  asked: {
    readonly letter: string;
    readonly media: UpgradeMedia;
    readonly options: StageCommandOptions;
  },
): Promise<string> {
  const { letter, media, options } = asked;
  const below = media.folder === "" ? "" : `\\${media.folder}`;
  if (options.mediaInPlace !== true) return `${letter}\\${MEDIA_FOLDER}${below}`;
  return await folderThatStays(host, windows, { ...media, place: options.media }) + below;
}

async function makeOrder(
  host: Host,
  windows: OfflineWindows,
  facts: {
    readonly letter: string;
    readonly media: UpgradeOrder["media"];
    readonly setupArguments: readonly string[];
    readonly options: StageCommandOptions;
  },
): Promise<string> {
  const { letter, media, setupArguments, options } = facts;
  const { identity, volume } = windows;
  const target: UpgradeOrder["target"] = {
    computerName: identity.computerName ?? null,
    serial: volume.serial,
    letter,
    edition: identity.edition ?? null,
    build: identity.build ?? null,
    ubr: identity.ubr ?? null,
    installTime: await installTime(windows),
  };
  const { starts = canTell(target, media) ? DEFAULT_LIMITS.starts : 1 } = options;
  const order: Omit<UpgradeOrder, "id"> = {
    format: 1,
    made: host.clock.now().toISOString(),
    start: options.interactive === true ? "logon" : "service",
    target,
    media,
    arguments: [...setupArguments],
    limits: { ...DEFAULT_LIMITS, starts },
    needsPower: options.powerCheck !== false,
  };
  const id = hashText(host, JSON.stringify(order)).slice(0, 16);
  return serializeOrder({ ...order, id });
}

/**
 * Whether the starter will be able to tell the new Windows from the old one. If not, a second
 * start could upgrade the new one again, and the way back to the old one would be gone.
 */
function canTell(
  { installTime, build, ubr }: UpgradeOrder["target"],
  media: UpgradeOrder["media"],
): boolean {
  return installTime !== null || (build !== null && build !== media.build) ||
    (ubr !== null && media.ubr !== null && ubr !== media.ubr);
}

async function installTime(windows: OfflineWindows): Promise<string | null> {
  const key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
  const time = (await windows.registry.value(key, "InstallTime"))?.value.number();
  return time === undefined ? null : String(time);
}

function hashText(host: Host, content: string): string {
  const hash = host.newHash("sha256");
  hash.update(new TextEncoder().encode(content));
  return hash.hex();
}

/** Exactly what will run, and what its reader may not expect. */
function tellCommand(
  { output }: CommandContext,
  command: {
    readonly shown: string;
    readonly remarks: readonly string[];
    readonly config: string | undefined;
  },
): void {
  const config = command.config === undefined ? [] : [`SetupConfig.ini: ${command.config}`];
  output.talk(
    [
      `Setup will be started so:\n  ${command.shown}`,
      ...config,
      ...command.remarks.map((remark) => wrap(remark, { first: "  - ", indent: "    " })),
    ].join("\n"),
  );
}

/** Drivers and scripts must be on the target when Setup runs: they always go along. */
async function folders(
  host: Host,
  { installDrivers, postOobe }: StageCommandOptions,
): Promise<Pick<StageRequest, "drivers" | "postOobe">> {
  return {
    ...(installDrivers === undefined ? {} : {
      drivers: await outsideFolder(host, installDrivers, {
        option: "--install-drivers",
        file: /\.inf$/i,
        what: "driver package (.inf)",
      }),
    }),
    ...(postOobe === undefined ? {} : {
      postOobe: await outsideFolder(host, postOobe, {
        option: "--post-oobe",
        file: /^setupcomplete\.cmd$/i,
        what: "setupcomplete.cmd",
      }),
    }),
  };
}
