/**
 * Stand-in for dism on an offline image: checks its options and folders as the real one does,
 * opens the image, runs one command, and leaves a session in the log.
 */
import { FileError, type FileFault } from "../../../src/base/mod.ts";
import { baseBuild } from "../../../src/knowledge/mod.ts";
import { garbage } from "./console_writer.ts";
import { DismConsole, DismFailure } from "./dism_console.ts";
import { type DismOptions, parseDismOptions } from "./dism_options.ts";
import {
  runAddPackage,
  runGetDrivers,
  runGetEdition,
  runGetPackages,
  runRemoveDriver,
  runRemovePackage,
} from "./dism_package_commands.ts";
import {
  type DismSession,
  runCheckHealth,
  runComponentCleanup,
  runRestoreHealth,
  runRevert,
  runScanHealth,
} from "./dism_store_commands.ts";
import { runExportImage } from "./dism_export_image.ts";
import { DiskFull, joinNative, type LabRun, nativeParent } from "./lab_run.ts";
import { type LabStore, readStore } from "./lab_store.ts";

const COMMANDS: Readonly<Record<string, (session: DismSession) => Promise<void>>> = {
  "CHECKHEALTH": runCheckHealth,
  "SCANHEALTH": runScanHealth,
  "RESTOREHEALTH": runRestoreHealth,
  "STARTCOMPONENTCLEANUP": runComponentCleanup,
  "REVERTPENDINGACTIONS": runRevert,
  "GET-PACKAGES": runGetPackages,
  "ADD-PACKAGE": runAddPackage,
  "REMOVE-PACKAGE": runRemovePackage,
  "GET-DRIVERS": runGetDrivers,
  "REMOVE-DRIVER": runRemoveDriver,
  "GET-CURRENTEDITION": runGetEdition,
};

const STORE_CORRUPT = 0x80073712;
const DISK_FULL = 0x80070070;
const FAULT_CODES: Readonly<Partial<Record<FileFault, number>>> = {
  "no-space": DISK_FULL,
  "read-only": 5,
  "denied": 5,
  "busy": 0x80070020,
  "disk-error": 0x80070570,
};

/** `dism /English /Image:D:\ … /Cleanup-Image /ScanHealth` and the other commands of the lab. */
export async function runDism(run: LabRun): Promise<number> {
  const { context, fault } = run;
  if (fault.garbage === true) {
    await context.write(garbage());
    return 0;
  }
  const options = parseDismOptions(run.arguments);
  const logPath = await usableLog(run, options);
  const console = new DismConsole(run, {
    english: options.english,
    ...(logPath === undefined ? {} : { logPath }),
  });
  await console.banner();
  const exitCode = await attempt(console, async () => {
    checkCall(run, options);
    if (options.logPath !== logPath) throw new DismFailure(3);
    await serve({ run, console, options });
  });
  await console.close();
  return exitCode;
}

/** A failure is printed and becomes the exit code. Death and power cuts pass through. */
async function attempt(console: DismConsole, work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    const failure = failureFrom(error);
    await console.error(failure);
    return failure.code;
  }
}

function checkCall(run: LabRun, options: DismOptions): void {
  if (options.failure !== undefined) throw options.failure;
  if (options.online) {
    const text = "DISM does not support servicing Windows PE with the /Online option.";
    throw new DismFailure(50, text);
  }
  const ownImage = options.command === "EXPORT-IMAGE";
  if ((options.image === undefined) !== ownImage) throw new DismFailure(87);
  if (run.fault.error !== undefined) throw new DismFailure(run.fault.error);
}

async function serve(
  call: Pick<DismSession, "run" | "console" | "options">,
): Promise<void> {
  const { run, console, options } = call;
  const { files } = run.context;
  if (options.command === "EXPORT-IMAGE") return await runExportImage(call);
  const root = options.image!;
  if ((await files.stat(root))?.kind !== "directory") throw new DismFailure(3);
  const windows = joinNative(root, options.value("WINDIR") ?? "Windows");
  if ((await files.stat(windows))?.kind !== "directory") throw new DismFailure(2);
  if (options.scratch !== undefined) await checkScratch(run, options.scratch);
  const store = await readStore(files, root);
  if (store === undefined) throw new DismFailure(STORE_CORRUPT);
  checkVersion(run, store);
  await console.imageVersion(store.version ?? run.context.state.dismVersion);
  await COMMANDS[options.command!]!({ run, console, options, root, store });
}

async function checkScratch(run: LabRun, scratch: string): Promise<void> {
  if ((await run.context.files.stat(scratch))?.kind === "directory") return;
  throw new DismFailure(
    3,
    `An error occurred while accessing the temporary directory ${scratch}.\n` +
      "Make sure that the path to the temporary directory exists and that you have Read/Write " +
      "permissions on the folder.",
  );
}

/** DISM must be as new as the image, where families of builds count as one. */
function checkVersion(run: LabRun, store: LabStore): void {
  const [tool, image] = [run.context.state.dismVersion, store.version].map((version) =>
    Number(version?.split(".")[2] ?? 0)
  ) as [number, number];
  if (baseBuild(image) <= tool) return;
  throw new DismFailure(
    50,
    "To service this Windows image requires the latest version of the DISM. See " +
      "http://go.microsoft.com/fwlink/?LinkId=293395 to find the latest version of DISM.",
  );
}

/** The log path if its folder exists. */
async function usableLog(run: LabRun, options: DismOptions): Promise<string | undefined> {
  if (options.logPath === undefined) return undefined;
  const folder = await run.context.files.stat(nativeParent(options.logPath));
  return folder?.kind === "directory" ? options.logPath : undefined;
}

function failureFrom(error: unknown): DismFailure {
  if (error instanceof DismFailure) return error;
  if (error instanceof DiskFull) return new DismFailure(DISK_FULL);
  const code = error instanceof FileError ? FAULT_CODES[error.fault] : undefined;
  if (code === undefined) throw error;
  return new DismFailure(code);
}
