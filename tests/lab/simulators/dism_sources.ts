/**
 * Repair sources of the simulated dism: a Windows folder, a WinSxS folder, or an image. An image
 * is a real WIM, read as DISM does: the index must exist, the file must be what it says, and only
 * a component of exactly the wanted version helps. A small stand-in is JSON behind the ending
 * `.wim` or `.esd`:
 * `{ "labImage": 1, "images": { "6": { "edition", "build", "files": { path: base64 } } } }`.
 */
import { FormatError, memorySource } from "../../../src/base/mod.ts";
import { findEntry, openWim, type Wim } from "../../../src/formats/wim/mod.ts";
import { DismFailure } from "./dism_console.ts";
import { joinNative, type LabRun } from "./lab_run.ts";
import { baseNameOf, readOrUndefined, sha256Of, type StoreFile } from "./lab_store.ts";

/** Finds the payload of a store file, or undefined if the source has not exactly this one. */
export type LabSource = (file: StoreFile) => Promise<Uint8Array | undefined>;

/** Opens a source as given behind `/Source:`. A place that does not exist has nothing. */
export async function openSource(run: LabRun, text: string): Promise<LabSource> {
  const image = /^(?:wim|esd):(.+):(\d+)$/i.exec(text);
  const looksLikeImage = /^(?:wim|esd):/i.test(text) || /\.(?:wim|esd)(?::\d+)?$/i.test(text);
  if (image !== null) return await openImage(run, { path: image[1]!, index: image[2]! });
  if (looksLikeImage) throw new DismFailure(87);
  const folders = [joinNative(text, "WinSxS"), text];
  return async (file) => {
    for (const folder of folders) {
      const path = joinNative(folder, `${file.component}\\${baseNameOf(file.relative)}`);
      const bytes = await rightBytes(await readOrUndefined(run.context.files, path), file);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  };
}

interface LabImage {
  readonly edition?: string;
  readonly files: Readonly<Record<string, string>>;
}

async function openImage(
  run: LabRun,
  place: { readonly path: string; readonly index: string },
): Promise<LabSource> {
  const bytes = await readOrUndefined(run.context.files, place.path);
  if (bytes === undefined) return () => Promise.resolve(undefined);
  if (isWim(bytes)) return await openRealImage(run, { bytes, ...place });
  const image = parseImage(bytes)[place.index];
  if (image === undefined) throw new DismFailure(0x80070057);
  const wanted = run.context.state.edition;
  const foreign = wanted !== undefined && image.edition !== undefined && wanted !== image.edition;
  const files = new Map(
    Object.entries(image.files).map(([path, content]) => [path.toUpperCase(), content]),
  );
  return (file) => {
    const key = `WinSxS\\${file.component}\\${baseNameOf(file.relative)}`.toUpperCase();
    const content = foreign ? undefined : files.get(key);
    return rightBytes(content === undefined ? undefined : decodeBase64(content), file);
  };
}

function isWim(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 5)) === "MSWIM";
}

const BAD_FORMAT = 11;

async function openRealImage(
  run: LabRun,
  { bytes, path, index }: {
    readonly bytes: Uint8Array;
    readonly path: string;
    readonly index: string;
  },
): Promise<LabSource> {
  let wim: Wim;
  try {
    wim = await openWim(memorySource(bytes), { name: path });
  } catch (error) {
    if (error instanceof FormatError) throw new DismFailure(BAD_FORMAT);
    throw error;
  }
  const image = wim.images.find((one) => one.index === Number(index));
  if (image === undefined) throw new DismFailure(0x80070057);
  const wanted = run.context.state.edition;
  if (wanted !== undefined && image.editionId !== wanted) return () => Promise.resolve(undefined);
  const tree = await wim.tree(image.index);
  return async (file) => {
    const entry = findEntry(
      tree,
      `Windows\\WinSxS\\${file.component}\\${baseNameOf(file.relative)}`,
    );
    const hash = entry?.streams.find(({ kind, name }) => kind === "data" && name === "")?.hash;
    return await rightBytes(hash === undefined ? undefined : await contentOf(wim, hash), file);
  };
}

async function contentOf(
  wim: Wim,
  hash: NonNullable<Parameters<Wim["blobOf"]>[0]>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of wim.read(await wim.blobOf(hash))) pieces.push(piece.slice());
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
}

function parseImage(bytes: Uint8Array): Readonly<Record<string, LabImage>> {
  try {
    const parsed = JSON.parse(new TextDecoder().decode(bytes));
    if (parsed.labImage === 1) return parsed.images;
  } catch {
    // Not JSON: no image of the lab, as below.
  }
  throw new DismFailure(BAD_FORMAT);
}

async function rightBytes(
  bytes: Uint8Array | undefined,
  file: StoreFile,
): Promise<Uint8Array | undefined> {
  return bytes !== undefined && await sha256Of(bytes) === file.sha256 ? bytes : undefined;
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
