/**
 * `media list`: the files of media or of one of their images, as they are read. A real image has
 * 100,000 of them, so neither the list nor its JSON is ever held whole.
 */
import {
  ExitCode,
  MedicError,
  sameWindowsPath,
  UsageError,
  windowsBaseName,
  wrap,
} from "../base/mod.ts";
import {
  type InstallImage,
  type Media,
  type MediaEntry,
  openMedia,
  readImageFiles,
} from "../kit/mod.ts";
import type { CommandContext } from "./context.ts";
import { entryDocument, renderEntry } from "./media_view.ts";
import { toJson } from "./output.ts";
import { oneLine } from "./registry_view.ts";

/** Which image is listed. */
export interface ImageChoice {
  /** Inside the media: `x86\sources\install.wim`. Needed where there are several. */
  readonly file: string | undefined;
  /** From 1 on. */
  readonly index: number;
}

/** Lists media, or an image of them. */
export async function listMedia(
  context: CommandContext,
  path: string,
  image: ImageChoice | undefined,
): Promise<number> {
  const media = await openMedia(context.host, path);
  try {
    const list = await listOf(media, image);
    const sink = context.output.json ? new JsonSink(context) : new TextSink(context);
    const head = { place: path, file: list.file ?? null, image: list.image ?? null };
    return await show(list, sink, head);
  } finally {
    await media.close();
  }
}

/** What is listed. */
interface List {
  readonly entries: AsyncIterable<MediaEntry> | Iterable<MediaEntry>;
  /** The image file inside the media. */
  readonly file: string | undefined;
  readonly image: number | undefined;
  /** What is damaged or left out, once all was read. */
  problems(): readonly string[];
  /** What does no harm. */
  notes(): readonly string[];
}

async function listOf(media: Media, image: ImageChoice | undefined): Promise<List> {
  const { tree, problems } = media;
  if (image === undefined && tree !== undefined) {
    const told = (harmless: boolean) =>
      tree.warnings().filter(({ effect }) => (effect === "tolerated") === harmless)
        .map(({ message }) => message);
    return {
      entries: tree.entries(),
      file: undefined,
      image,
      problems: () => told(false),
      notes: () => told(true),
    };
  }
  const { install, index } = await chooseImage(media, image);
  const { wim } = install;
  const files = await readImageFiles(wim, index);
  const own = tree === undefined ? problems : wim.problems.map(({ message }) => message);
  return {
    entries: files.entries,
    file: tree === undefined ? undefined : install.path,
    image: index,
    problems: () => [...own, ...files.leftOut],
    notes: () => [],
  };
}

async function chooseImage(media: Media, image: ImageChoice | undefined) {
  const see = `pemedic media inspect ${quoted(media.place)}`;
  const install = await chooseFile(media, image);
  if (install === undefined) {
    const why = media.problems[0] === undefined ? "" : `: ${media.problems[0]}`;
    throw new MedicError(
      media.problems.length === 0 ? "usage" : "damagedFile",
      `Cannot list an image of "${media.place}": no installation image can be read${why}`,
      { next: see },
    );
  }
  const { wim } = install;
  const count = wim.header.imageCount;
  if (image === undefined && count !== 1) {
    throw new UsageError(`Cannot list "${media.place}": it has ${count} images`, {
      next: `Choose one with --image; see them with: ${see}`,
    });
  }
  const index = image?.index ?? 1;
  if (index > count) {
    throw new UsageError(`Cannot list image ${index}: "${install.path}" has ${count}`, {
      next: see,
    });
  }
  return { install, index };
}

/** Media for two architectures have an image file for each: which one is meant must be said. */
async function chooseFile(
  media: Media,
  image: ImageChoice | undefined,
): Promise<InstallImage | undefined> {
  const { installs, place, tree } = media;
  const wanted = image?.file;
  if (wanted === undefined) {
    if (installs.length < 2) return installs[0];
    const index = image?.index ?? 1;
    throw new UsageError(`Cannot list an image of "${place}": it has ${installs.length} of them`, {
      next: `Say which one: ${
        installs.map(({ path }) => `--image ${quoted(`${path}:${index}`)}`).join(" or ")
      }`,
    });
  }
  const { image: boot, problems } = await media.bootImage();
  const files = boot === undefined ? installs : [...installs, boot];
  const named = tree === undefined ? [] : files.filter(({ path }) => isNamed(path, wanted));
  if (named.length === 1) return named[0];
  const there = files.map(({ path }) => `"${path}"`).join(", ");
  const why = problems.find((problem) => isNamed(problem.split(": ")[0]!, wanted));
  if (why !== undefined) throw new MedicError("damagedFile", `Cannot list an image: ${why}`);
  throw new UsageError(
    `Cannot list an image of "${wanted}": it is ${
      named.length === 0 ? "no image file" : "not the only one of this name"
    } of "${place}"` +
      (there === "" ? "" : `; there is ${there}`),
    { next: `pemedic media inspect ${quoted(place)}` },
  );
}

/** A bare name will do. */
function isNamed(path: string, wanted: string): boolean {
  return sameWindowsPath(path, wanted) ||
    (!/[\\/]/.test(wanted) && sameWindowsPath(windowsBaseName(path), wanted));
}

function quoted(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

/** Where a list goes. */
interface Sink {
  begin(head: Readonly<Record<string, unknown>>): void;
  entry(entry: MediaEntry): void;
  end(problems: readonly string[]): void;
}

/**
 * What is left out or not there ends with the code of an inspection or check that found problems:
 * they speak of the same file. A list that breaks off ends with the code of its cause.
 */
async function show(
  list: List,
  sink: Sink,
  head: Readonly<Record<string, unknown>>,
): Promise<number> {
  let [whole, empty] = [true, true];
  let failure: MedicError | undefined;
  sink.begin(head);
  try {
    for await (const entry of list.entries) {
      whole &&= entry.complete;
      empty = false;
      sink.entry(entry);
    }
  } catch (error) {
    // What was shown stays; a document must be closed whatever happens.
    if (!(error instanceof MedicError)) throw error;
    failure = error;
  }
  const failures = failure === undefined ? [] : [failure.message];
  const problems = [...list.problems(), ...failures];
  const nothing = empty && problems.length === 0 ? ["There are no files in it"] : [];
  sink.end([...problems, ...list.notes(), ...nothing]);
  if (failure !== undefined) return failure.exitCode;
  return whole && problems.length === 0 ? ExitCode.ok : ExitCode.problemsFound;
}

/** Characters that are written at a time. */
const PIECE = 1 << 16;

class TextSink implements Sink {
  readonly #context: CommandContext;
  #lines: string[] = [];
  #length = 0;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  begin(): void {}

  entry(entry: MediaEntry): void {
    const text = renderEntry(entry);
    this.#lines.push(text);
    this.#length += text.length;
    if (this.#length >= PIECE) this.#flush();
  }

  end(problems: readonly string[]): void {
    this.#flush();
    for (const problem of problems) {
      this.#context.output.talk(wrap(oneLine(problem), { first: "note: ", indent: "  " }));
    }
  }

  #flush(): void {
    if (this.#lines.length > 0) this.#context.output.result(this.#lines.join("\n"));
    this.#lines = [];
    this.#length = 0;
  }
}

class JsonSink implements Sink {
  readonly #context: CommandContext;
  #text = "";
  #first = true;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  begin(head: Readonly<Record<string, unknown>>): void {
    this.#text = `${toJson(head).slice(0, -1)},"entries":[`;
    this.#context.output.trace({ command: "media list", ...head });
  }

  entry(entry: MediaEntry): void {
    this.#text += `${this.#first ? "" : ","}${toJson(entryDocument(entry))}`;
    this.#first = false;
    if (this.#text.length >= PIECE) this.#flush();
  }

  end(problems: readonly string[]): void {
    this.#text += `],"problems":${toJson(problems)}}\n`;
    this.#flush();
    this.#context.output.trace({ command: "media list", problems });
  }

  #flush(): void {
    this.#context.host.terminal.write(this.#text);
    this.#text = "";
  }
}
