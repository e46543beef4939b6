/** `media inspect`: what media are, which images they hold, and what is wrong with them. */
import { count, ExitCode, MedicError, UsageError } from "../base/mod.ts";
import {
  FAT32_LARGEST,
  type InstallImage,
  type Media,
  type MediaTree,
  openMedia,
} from "../kit/mod.ts";
import type { CommandContext } from "./context.ts";
import {
  inspectionDocument,
  INSTALL_PROBLEM,
  type MediaFacts,
  number,
  renderInspection,
} from "./media_view.ts";

/** Shows media. */
export async function inspectMedia(context: CommandContext, path: string): Promise<number> {
  const media = await openMedia(context.host, path);
  try {
    if (!isMedia(media)) throw noMedia(path);
    const facts = await examine(media);
    context.output.document(inspectionDocument(facts));
    context.output.result(renderInspection(facts));
    return facts.problems.length === 0 ? ExitCode.ok : ExitCode.problemsFound;
  } finally {
    await media.close();
  }
}

async function examine(media: Media): Promise<MediaFacts> {
  const problems = new Set(media.problems);
  for (const install of media.installs) await checkImage(install, problems);
  const boot = await media.bootImage();
  for (const problem of boot.problems) problems.add(problem);
  if (boot.image !== undefined) await checkImage(boot.image, problems);
  if (lacksInstall(media)) {
    problems.add(
      "The installation image is missing: there is no sources\\install.wim, .esd or .swm " +
        "(a copy to FAT32 leaves out what is larger than 4 GB)",
    );
  }
  const walked = await walk(media.tree, problems);
  for (const warning of warnings(media.tree)) problems.add(warning);
  return { media, boot: boot.image, walked, problems: [...problems] };
}

/** The blob table says more than the header; an encrypted file has none that can be read. */
async function checkImage({ wim, path }: InstallImage, problems: Set<string>): Promise<void> {
  try {
    for (const { message } of (await wim.blobs()).problems) problems.add(`${path}: ${message}`);
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    const next = error.next === undefined ? "" : `. ${error.next}`;
    problems.add(`${path}: ${error.message}${next}`);
  }
}

/** What is damaged or left out. How many bytes are missing is among the problems already. */
function warnings(tree: MediaTree | undefined): readonly string[] {
  return (tree?.warnings() ?? [])
    .filter(({ effect }) => effect !== "cut" && effect !== "tolerated")
    .map(({ message }) => message);
}

/** Windows PE starts from `boot.wim` too, but only media of Setup have these files. */
function lacksInstall({ installs, config, problems }: Media): boolean {
  const told = problems.some((problem) => INSTALL_PROBLEM.test(problem));
  return installs.length === 0 && !told && Object.keys(config).length > 0;
}

/**
 * A folder that is none is not searched: it may be a whole disk. A boot manager makes no media, for
 * an installed Windows has one too.
 */
function isMedia({ kind, installs, bootFiles, problems, config }: Media): boolean {
  return kind !== "folder" || installs.length > 0 || problems.length > 0 ||
    bootFiles.some((file) => file.endsWith("\\boot.wim")) || Object.keys(config).length > 0;
}

function noMedia(path: string): UsageError {
  return new UsageError(
    `Cannot find media in "${path}": it has no installation image and no boot.wim`,
    { next: "Name an ISO, WIM, ESD or SWM file, or the folder or drive that holds sources" },
  );
}

/** Problems of single files that are told one by one. */
const FILES_TOLD = 10;

async function walk(
  tree: MediaTree | undefined,
  problems: Set<string>,
): Promise<MediaFacts["walked"]> {
  if (tree === undefined) return undefined;
  let [files, bytes, told] = [0, 0, 0];
  try {
    for await (const entry of tree.entries()) {
      if (entry.kind === "file") files++;
      bytes += entry.size;
      const found = entry.problems.map((problem) => `${entry.path}: ${problem}`);
      if (entry.kind === "file" && entry.size === FAT32_LARGEST && !isTold(problems, entry.path)) {
        found.push(cutByFat32(entry.path));
      }
      if (found.length > 0 && told++ < FILES_TOLD) {
        found.forEach((problem) => problems.add(problem));
      }
    }
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    problems.add(error.message);
  }
  if (told > FILES_TOLD) {
    problems.add(`${count(told - FILES_TOLD, "more file")} with problems (media list shows them)`);
  }
  return { files, bytes };
}

/** The header of an image file says for sure that it is cut off: once is enough. */
function isTold(problems: ReadonlySet<string>, path: string): boolean {
  const start = `${path}: `.toLowerCase();
  return [...problems].some((problem) =>
    problem.toLowerCase().startsWith(start) && problem.includes("FAT32 holds no more of a file")
  );
}

function cutByFat32(path: string): string {
  return `${path}: it has exactly ${number(FAT32_LARGEST)} bytes, the most that FAT32 can hold: ` +
    "its end is probably cut off";
}
