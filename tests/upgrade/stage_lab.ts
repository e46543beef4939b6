/** A lab with media and a program to stage, and the commands that do it. */
import { Output } from "../../src/cli/output.ts";
import { stageRequest } from "../../src/cli/upgrade_stage.ts";
import type { StageRequest } from "../../src/upgrade/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import { createLab, type FileContent, type LabOptions, type MemoryLab } from "../lab/mod.ts";
import { byHiveContent } from "../lab/hive_content.ts";
import { labMediaIso, type LabMediaOptions } from "../lab/upgrade_media.ts";
import { writePe } from "../formats/pe/pe_writer.ts";
import { type CliRun, runCli } from "../run_cli.ts";

export const ISO = "E:\\Win11.iso";
export const PROGRAM = "E:\\pemedic.exe";
export const STAGE = ["upgrade", "stage", "D:", "--media", ISO, "--program", PROGRAM] as const;

/** Puts sound media and a program on the stick. */
export async function putStage(lab: MemoryLab, media: LabMediaOptions = {}): Promise<void> {
  await putOnStick(lab, {
    [ISO]: labMediaIso(media),
    [PROGRAM]: writePe({ body: "the program itself" }),
  });
}

/** Puts files somewhere; they are no operations of the program. */
export async function putOnStick(
  lab: MemoryLab,
  files: Readonly<Record<string, Uint8Array | FileContent | string>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await lab.files.put(
      path,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
  lab.files.forgetOperations();
}

/** A healthy Windows, with what is to be staged on the stick. */
export async function stageLab(
  options: LabOptions & { readonly media?: LabMediaOptions } = {},
): Promise<MemoryLab> {
  const { media, ...rest } = options;
  const lab = await createLab(rest);
  await putStage(lab, media);
  return lab;
}

/** `upgrade stage D: … --yes` */
export function stage(lab: MemoryLab, ...more: readonly string[]): Promise<CliRun> {
  return runCli(lab, ...STAGE, "--yes", ...more);
}

/** `upgrade unstage D: --yes` */
export function unstage(lab: MemoryLab, ...more: readonly string[]): Promise<CliRun> {
  return runCli(lab, "upgrade", "unstage", "D:", "--yes", ...more);
}

/** What the command asks of the step. */
export async function requestOf(lab: MemoryLab): Promise<StageRequest> {
  const { host } = lab;
  const output = new Output(host, { json: false });
  const context = { host, output, options: {}, commandLine: "pemedic" };
  const windows = await openWindows(host, "D:");
  return await stageRequest(context, windows, { media: ISO, program: PROGRAM });
}

/** All of the Windows volume without the sessions; a hive counts for what it holds. */
export async function pictureOf(lab: MemoryLab) {
  const all = await lab.snapshot();
  const picture = new Map([...all].filter(([path]) => !/^PEMedic(?:\\\d|$)/.test(path)));
  return await byHiveContent(picture, lab.files, "D:\\");
}

/** The screen without its line breaks. */
export function flat(run: CliRun): string {
  return (run.stdout + run.stderr).replace(/\s+/g, " ");
}
