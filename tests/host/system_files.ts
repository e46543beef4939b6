/** The file system and a scratch folder of the system that the tests run on. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileFault } from "../../src/base/mod.ts";
import { FileError } from "../../src/base/mod.ts";
import { DenoFileSystem } from "../../src/host/deno_file_system.ts";
import type { FileSystem } from "../../src/host/mod.ts";
import { PROGRAM_PERMISSIONS } from "../build/permissions.ts";

/** True on Windows (or Wine). */
export const onWindows: boolean = Deno.build.os === "windows";

/** The file system that the real host would use here. */
export async function systemFiles(): Promise<FileSystem> {
  if (!onWindows) return new DenoFileSystem();
  const { WindowsFileSystem } = await import("../../src/host/windows_file_system.ts");
  return new WindowsFileSystem();
}

/** What a test in a scratch folder gets. */
export interface Scratch {
  readonly files: FileSystem;
  /** Native path of a name in the scratch folder. */
  path(...names: readonly string[]): string;
  write(name: string, text: string): Promise<string>;
  text(name: string): Promise<string>;
}

/** Runs `test` in a folder of its own that is removed afterwards. */
export async function inScratch(test: (scratch: Scratch) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-" });
  const path = (...names: readonly string[]) => join(folder, ...names);
  try {
    await test({
      files: await systemFiles(),
      path,
      write: async (name, text) => {
        await Deno.writeTextFile(path(name), text);
        return path(name);
      },
      text: (name) => Deno.readTextFile(path(name)),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** For `assert.rejects`: a `FileError` with this fault. */
export function fault(expected: FileFault): (error: unknown) => boolean {
  return (error) => error instanceof FileError && error.fault === expected;
}

/** The bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Runs `use_host.ts` as a program of its own with the permissions of PE Medic. */
export async function useHost(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly success: boolean; readonly signal: string | null; readonly stdout: string }> {
  const program = fileURLToPath(new URL("./use_host.ts", import.meta.url));
  const result = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", "--no-prompt", ...PROGRAM_PERMISSIONS, program, ...args],
    env: { ...env },
    stderr: "inherit",
  }).output();
  const { success, signal } = result;
  return { success, signal, stdout: new TextDecoder().decode(result.stdout) };
}
