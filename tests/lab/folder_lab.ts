/**
 * The lab on real disks: each volume a folder, or `D:` a real NTFS image mounted with ntfs-3g.
 * The same damages and scenarios run as in memory; the simulators work on the real files.
 */
import { DenoFileSystem } from "../../src/host/deno_file_system.ts";
import { DriveMapFileSystem } from "./drive_map.ts";
import { Lab, type LabOptions, labState, labTrees, labVolumes } from "./lab.ts";
import { LabHost } from "./lab_host.ts";
import { parseLabPath } from "./lab_path.ts";
import { installInto } from "./lab_windows.ts";
import { runSimulator } from "./simulators/mod.ts";

/** A lab over folders. */
export type FolderLab = Lab<DriveMapFileSystem>;

/** Builds a lab below a folder that exists and is empty: `<folder>/D` is the Windows volume. */
export async function createFolderLab(
  folder: string,
  options: LabOptions = {},
): Promise<FolderLab> {
  return await layOut({ folder, options });
}

/** A mounted NTFS lab, or why there is none. */
export type NtfsLab =
  | { readonly lab: FolderLab; readonly reason?: undefined }
  | { readonly lab?: undefined; readonly reason: string };

/** Why NTFS images cannot be mounted here, or undefined if they can: for `ignore` and test names. */
export function ntfsMissing(): string | undefined {
  if (Deno.build.os !== "linux") return "it needs Linux";
  const missing = ["mkntfs", "ntfs-3g", "umount"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) return `it needs ${missing.join(", ")}`;
  try {
    Deno.openSync("/dev/fuse", { read: true, write: true }).close();
    return undefined;
  } catch {
    return "it needs FUSE";
  }
}

/** Builds a lab in the temporary folder whose `D:` is a real NTFS volume of 128 MB. */
export async function createNtfsLab(options: LabOptions = {}): Promise<NtfsLab> {
  const reason = ntfsMissing();
  if (reason !== undefined) return { reason };
  const folder = await Deno.makeTempDir({ prefix: "pemedic-lab-" });
  const image = `${folder}/windows.img`;
  const mount = `${folder}/D`;
  await Deno.mkdir(mount);
  const unmount = async () => void await runTool("umount", [mount]);
  try {
    await Deno.writeFile(image, new Uint8Array());
    await Deno.truncate(image, IMAGE_BYTES);
    await mustRun("mkntfs", ["-F", "-q", "-L", "Windows", "-s", "512", "-c", "4096", image]);
    const mounted = await runTool("ntfs-3g", ["-o", "no_def_opts,silent", image, mount]);
    if (!mounted.success) {
      await Deno.remove(folder, { recursive: true });
      return { reason: `ntfs-3g could not mount: ${mounted.message}` };
    }
    return { lab: await layOut({ folder, options, beforeRemoval: unmount }) };
  } catch (error) {
    await unmount();
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}

const IMAGE_BYTES = 128 * 2 ** 20;

async function layOut(
  place: {
    readonly folder: string;
    readonly options: LabOptions;
    /** Given for labs whose folder is ours to remove. */
    readonly beforeRemoval?: () => Promise<void>;
  },
): Promise<FolderLab> {
  const { folder, options } = place;
  const specs = labVolumes(options);
  const folders = new Map(specs.map(({ letter }) => [letter, `${folder}/${letter[0]}`]));
  for (const path of folders.values()) await Deno.mkdir(path, { recursive: true });
  const files = new DriveMapFileSystem(new DenoFileSystem(), folders);
  for (const [root, tree] of labTrees(options)) await installInto(files, root, tree);
  files.forgetOperations();
  const host = new LabHost(files, {
    ...options,
    state: labState(options),
    runSimulator: options.runSimulator ?? runSimulator,
    volumes: specs,
    live: (letter) => {
      const spec = specs.find((candidate) => candidate.letter === parseLabPath(letter).letter);
      return spec && {
        label: spec.label ?? "",
        fileSystem: spec.fileSystem ?? "NTFS",
        totalBytes: spec.totalBytes ?? 0,
        freeBytes: spec.freeBytes ?? 0,
        readOnly: spec.readOnly ?? false,
        locked: false,
      };
    },
  });
  const { beforeRemoval } = place;
  return new Lab(host, {
    tree: options,
    link: async (path, target) => {
      await Deno.symlink(await files.nativePath(target), await files.nativePath(path));
    },
    ...(beforeRemoval === undefined ? {} : {
      dispose: async () => {
        await beforeRemoval();
        await Deno.remove(folder, { recursive: true });
      },
    }),
  });
}

/** Where a program is; administrators' tools may not be on the PATH. */
function findTool(tool: string): string | undefined {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/sbin", "/usr/bin"];
  return folders.map((folder) => `${folder}/${tool}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

async function runTool(
  tool: string,
  args: readonly string[],
): Promise<{ readonly success: boolean; readonly message: string }> {
  const command = new Deno.Command(findTool(tool) ?? tool, { args: [...args], stdout: "piped" });
  const { success, stdout, stderr } = await command.output();
  const message = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  return { success, message: message.trim() };
}

async function mustRun(tool: string, args: readonly string[]): Promise<void> {
  const { success, message } = await runTool(tool, args);
  if (!success) throw new Error(`Cannot run "${tool}": ${message}`);
}
