/**
 * `dism /Export-Image /SWMFile`: joins the parts of a split image into a new file. The lab's first
 * part holds everything; the other parts must be there and belong to it, as for the real tool.
 */
import { memorySource } from "../../../src/base/mod.ts";
import { openWim, type Wim } from "../../../src/formats/wim/mod.ts";
import { type DismConsole, DismFailure } from "./dism_console.ts";
import type { DismOptions } from "./dism_options.ts";
import { joinNative, type LabRun, nativeParent } from "./lab_run.ts";
import { baseNameOf, readOrUndefined } from "./lab_store.ts";

const PERCENTAGES = [12, 37.5, 64.1, 88, 100];
const FILE_NOT_FOUND = 2;
const INVALID_DATA = 13;
const PARAMETER = 0x80070057;

/** Runs it. */
export async function runExportImage(
  { run, console, options }: {
    readonly run: LabRun;
    readonly console: DismConsole;
    readonly options: DismOptions;
  },
): Promise<void> {
  const first = options.value("SOURCEIMAGEFILE");
  const destination = options.value("DESTINATIONIMAGEFILE");
  const index = Number(options.value("SOURCEINDEX"));
  if (first === undefined || destination === undefined || !(index > 0)) throw new DismFailure(87);
  const { files } = run.context;
  if (await files.stat(destination) !== undefined) throw new DismFailure(PARAMETER);
  const bytes = await readOrUndefined(files, first);
  if (bytes === undefined) throw new DismFailure(FILE_NOT_FOUND);
  const wim = await openPart(first, bytes);
  if (!wim.images.some((image) => image.index === index)) throw new DismFailure(PARAMETER);
  await requireParts(run, { wim, first, pattern: options.value("SWMFILE") });
  const joined = bytes.slice();
  new DataView(joined.buffer).setUint16(0x2a, 1, true);
  await run.perform(console.steps(PERCENTAGES, 5_000), [() => run.put(destination, joined)]);
  await console.say(console.texts.completed);
}

async function requireParts(
  run: LabRun,
  { wim, first, pattern }: {
    readonly wim: Wim;
    readonly first: string;
    readonly pattern: string | undefined;
  },
): Promise<void> {
  const { parts, guid } = wim.header;
  if (parts === 1) return;
  if (pattern === undefined) throw new DismFailure(INVALID_DATA);
  const folder = nativeParent(first);
  const [start = "", end = ""] = baseNameOf(pattern).toLowerCase().split("*");
  const numbers = new Set<number>();
  for (const { name } of await run.context.files.list(folder)) {
    const lower = name.toLowerCase();
    if (!lower.startsWith(start) || !lower.endsWith(end)) continue;
    const bytes = await run.context.files.read(joinNative(folder, name));
    const part = await openPart(name, bytes);
    if (part.header.guid === guid) numbers.add(part.header.part);
  }
  if (numbers.size !== parts) throw new DismFailure(INVALID_DATA);
}

async function openPart(name: string, bytes: Uint8Array): Promise<Wim> {
  try {
    return await openWim(memorySource(bytes), { name });
  } catch {
    throw new DismFailure(11);
  }
}
