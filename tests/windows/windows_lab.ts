/**
 * What a Windows story needs: `pemedic.exe` on a stick (`E:`), real NTFS volumes with drive
 * letters, the simulators in `C:\windows\system32`, and power cuts. Stories are started by
 * `deno task test:windows` only.
 */
import { join } from "node:path";
import { runTool } from "../build/run_tool.ts";
import { Inside, restartWine, SESSION_VARIABLE, startWine } from "./session.ts";

/** A program that ended. */
export interface ExeResult {
  /** The lowest eight bits of the exit code: Linux passes no more on. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of a started program. */
export interface ExeOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The program, as Windows knows it; `E:\pemedic.exe` by default. */
  readonly program?: string;
  /** Milliseconds after which the program is killed and the story fails. */
  readonly timeoutMs?: number;
}

/** A running program. */
export interface RunningExe {
  /** Ends it as a power cut would. */
  kill(): void;
  readonly ended: Promise<ExeResult>;
}

/** A mounted NTFS volume. */
export interface NtfsVolume {
  /** `D:` */
  readonly letter: string;
  /** The same volume as a Linux folder: case-insensitive, as Windows sees it. */
  readonly folder: string;
  /** The image file; raw reads of the drive show its bytes. */
  readonly image: string;
  /** Takes the volume away. */
  unmount(): Promise<void>;
  /** Mounts it again, for reading only or with these other options of ntfs-3g. */
  remount(options: readonly string[]): Promise<void>;
}

/** Options of {@linkcode WindowsLab.mountNtfs}. */
export interface NtfsOptions {
  /** `D:` by default. */
  readonly letter?: string;
  readonly label?: string;
  readonly megabytes?: number;
}

const DEFAULT_MEGABYTES = 96;
const DEFAULT_TIMEOUT_MS = 120_000;
/** The program, on the stick. */
export const PEMEDIC = "E:\\pemedic.exe";

/** One session as a story sees it. */
export class WindowsLab {
  /** The stick as a Linux folder. */
  readonly stick: string;
  readonly #root: string;

  /** `root` is the folder of the session. */
  constructor(root: string) {
    this.#root = root;
    this.stick = join(root, Inside.stick);
  }

  /** Makes an NTFS volume and gives it a drive letter. */
  async mountNtfs(options: NtfsOptions = {}): Promise<NtfsVolume> {
    const letter = options.letter ?? "D:";
    const name = `${letter[0]!.toLowerCase()}-${crypto.randomUUID()}`;
    const inside = `${Inside.volumes}/${name}`;
    const folder = join(this.#root, inside);
    const image = `${folder}.img`;
    await Deno.mkdir(folder);
    await Deno.writeFile(image, new Uint8Array());
    await Deno.truncate(image, (options.megabytes ?? DEFAULT_MEGABYTES) * 1024 * 1024);
    await runTool("mkntfs", ["-F", "-Q", "-L", options.label ?? "Windows", image]);
    const mount = async (mountOptions: readonly string[]) => {
      const device = await mountImage({ image, folder, options: mountOptions });
      await this.#link(letter, { folder: inside, device });
    };
    const unmount = async () => {
      await this.#unlink(letter);
      await restartWine(this.#root);
      await runTool("umount", [folder]);
    };
    await mount([]);
    const remount = async (mountOptions: readonly string[]) => {
      await unmount();
      await mount(mountOptions);
    };
    return { letter, folder, image, unmount, remount };
  }

  /** Runs the program (or another one) to its end. */
  async runExe(args: readonly string[], options: ExeOptions = {}): Promise<ExeResult> {
    return await this.startExe(args, options).ended;
  }

  /** Starts the program (or another one). */
  startExe(args: readonly string[], options: ExeOptions = {}): RunningExe {
    const child = startWine(this.#root, {
      command: [options.program ?? PEMEDIC, ...args],
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    return {
      kill: () => child.kill("SIGKILL"),
      ended: endOf(child, options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    };
  }

  /** A Windows path as a path of this machine, for looking at what a program left behind. */
  localPath(windowsPath: string): string {
    const [drive, ...names] = windowsPath.split("\\");
    const link = Deno.readLinkSync(join(this.#root, Inside.devices, drive!.toLowerCase()));
    const base = link.startsWith("/") ? link : join(Inside.devices, link);
    return join(this.#root, base, ...names);
  }

  async #link(
    letter: string,
    to: { readonly folder: string; readonly device: string },
  ): Promise<void> {
    const link = join(this.#root, Inside.devices, letter.toLowerCase());
    await this.#unlink(letter);
    await Deno.symlink(to.folder, link);
    // With two colons it is what raw reads of the drive see.
    await Deno.symlink(to.device, `${link}:`);
    await restartWine(this.#root);
  }

  async #unlink(letter: string): Promise<void> {
    const device = join(this.#root, Inside.devices, letter.toLowerCase());
    for (const path of [device, `${device}:`]) await Deno.remove(path).catch(() => undefined);
  }
}

/**
 * The lab of the running session.
 *
 * @throws {Error} outside of one.
 */
export function windowsLab(): WindowsLab {
  const root = Deno.env.get(SESSION_VARIABLE);
  if (root === undefined) throw new Error("Start the stories with: deno task test:windows");
  return new WindowsLab(root);
}

/**
 * Mounts an image and returns its loop device: Wine wants a device behind a drive. It is
 * detached when its last user, ntfs-3g, ends.
 */
async function mountImage(
  mount: { readonly image: string; readonly folder: string; readonly options: readonly string[] },
): Promise<string> {
  const device = await runTool("losetup", ["--find", "--show", mount.image]);
  try {
    const options = ["rw", ...mount.options].join(",");
    await runTool("ntfs-3g", ["-o", options, device, mount.folder]);
  } finally {
    await runTool("losetup", ["--detach", device]);
  }
  return device;
}

async function endOf(child: Deno.ChildProcess, timeoutMs: number): Promise<ExeResult> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const result = { code, stdout: decode(stdout), stderr: decode(stderr) };
  if (!late) return result;
  throw new Error(`The program did not end in ${timeoutMs} ms\n${result.stdout}${result.stderr}`);
}
