/**
 * Foreign readers and writers of disc images: 7z, isoinfo and genisoimage (genisoimage), xorriso,
 * mkudffs (udftools), pycdlib (python3-pycdlib) and libudfread. Tests that need an absent one are
 * skipped by name.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import type { DiscImage, ImageEntry } from "../../../src/formats/image/mod.ts";
import type { ByteSource } from "../../../src/base/mod.ts";

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

function present(program: string): boolean {
  return runs("sh", ["-c", `command -v ${program}`]);
}

/** Debian's own Python: the one that sees Debian's packages. */
const PYTHON = "/usr/bin/python3";

export const sevenZipPresent: boolean = present("7z");
export const genisoimagePresent: boolean = present("genisoimage");
export const isoinfoPresent: boolean = present("isoinfo");
export const xorrisoPresent: boolean = present("xorriso");
export const mkudffsPresent: boolean = present("mkudffs");
export const pycdlibPresent: boolean = runs(PYTHON, ["-c", "import pycdlib"]);
export const libudfreadPresent: boolean = runs(PYTHON, [
  "-c",
  "import ctypes; ctypes.CDLL('libudfread.so.0')",
]);

/** Runs a program in UTC and gives its output. @throws if it fails. */
export function run(program: string, args: readonly string[], input?: string): string {
  const environment = { ...Deno.env.toObject(), TZ: "UTC", LC_ALL: "C.UTF-8" };
  const result = spawnSync(program, args, {
    maxBuffer: 2 ** 30,
    env: environment,
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  if (result.status !== 0) {
    throw new Error(
      `${program} ${args.join(" ")}: ${result.status} ${result.stdout}${result.stderr}`,
    );
  }
  return result.stdout;
}

/** Runs a Python script from standard input. */
export function runPython(script: string, ...args: string[]): string {
  return run(PYTHON, ["-", ...args], script);
}

/** One line of a listing, in words that all readers share. */
export interface ListedItem {
  /** With `/`. */
  readonly path: string;
  readonly directory: boolean;
  readonly size: number;
  /** Seconds only; "" where there is none. */
  readonly modified: string;
}

function sorted(items: readonly ListedItem[]): ListedItem[] {
  return [...items].sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

/** What `7z l -slt` lists. */
export function sevenZipListing(file: string): ListedItem[] {
  const blocks = run("7z", ["l", "-slt", "-sccUTF-8", file]).split("----------\n")[1] ?? "";
  const items = blocks.split("\n\n").filter((block) => block.includes("Path = ")).map((block) => {
    const field = (name: string) => new RegExp(`^${name} = (.*)$`, "m").exec(block)?.[1] ?? "";
    return {
      path: field("Path"),
      directory: field("Folder") === "+",
      size: Number(field("Size") || 0),
      modified: field("Modified").replace(/\.[0-9]+$/, ""),
    };
  });
  return sorted(items);
}

/** What we list. */
export async function ourListing(image: DiscImage): Promise<ListedItem[]> {
  const items: ListedItem[] = [];
  for await (const entry of image.entries()) {
    items.push({
      path: entry.path.replaceAll("\\", "/"),
      directory: entry.kind === "directory",
      size: entry.size,
      modified: entry.modified?.toISOString().replace("T", " ").slice(0, 19) ?? "",
    });
  }
  return sorted(items);
}

/** All entries of an image. */
export async function entriesOf(image: DiscImage): Promise<ImageEntry[]> {
  return await Array.fromAsync(image.entries());
}

/** SHA-256 of a file as we read it. */
export async function ourHash(image: DiscImage, entry: ImageEntry): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of image.read(entry)) hash.update(piece);
  return hash.digest("hex");
}

/** SHA-256 of every file as we read it, by path with `/`. */
export async function ourHashes(image: DiscImage): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for await (const entry of image.entries()) {
    if (entry.kind === "file") {
      hashes[entry.path.replaceAll("\\", "/")] = await ourHash(image, entry);
    }
  }
  return hashes;
}

/** SHA-256 of every file that `7z x` writes, by path with `/`. */
export async function sevenZipHashes(file: string): Promise<Record<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-7z-" });
  try {
    run("7z", ["x", "-y", `-o${folder}`, file]);
    const output = run("sh", ["-c", 'cd "$0" && find . -type f -exec sha256sum {} +', folder]);
    const lines = output.split("\n").filter((line) => line !== "");
    return Object.fromEntries(
      lines.map((line) => [line.slice(68), line.slice(0, 64)] as const),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What libudfread finds: size and SHA-256 by path with `/`. */
export function libudfreadHashes(file: string): Record<string, string> {
  return JSON.parse(runPython(LIBUDFREAD_SCRIPT, file));
}

const LIBUDFREAD_SCRIPT = `
import ctypes, hashlib, json, sys
u = ctypes.CDLL('libudfread.so.0')
P, S = ctypes.c_void_p, ctypes.c_char_p
class Entry(ctypes.Structure):
    _fields_ = [('type', ctypes.c_uint), ('name', S)]
def call(name, result, *types):
    function = getattr(u, 'udfread_' + name)
    function.restype, function.argtypes = result, types
    return function
opened = call('opendir', P, P, S)
listed = call('readdir', P, P, ctypes.POINTER(Entry))
file_open = call('file_open', P, P, S)
file_read = call('file_read', ctypes.c_ssize_t, P, P, ctypes.c_size_t)
image = call('init', P)()
if call('open', ctypes.c_int, P, S)(image, sys.argv[1].encode()) != 0:
    sys.exit('libudfread cannot open it')
found = {}
def walk(path):
    directory, entry = opened(image, (path or '/').encode()), Entry()
    while listed(directory, ctypes.byref(entry)):
        name = entry.name.decode()
        if name in ('.', '..'):
            continue
        inner = path + '/' + name
        if entry.type == 1:
            walk(inner)
            continue
        file, sha, block = file_open(image, inner.encode()), hashlib.sha256(), ctypes.create_string_buffer(1 << 20)
        count = file_read(file, block, 1 << 20)
        while count > 0:
            sha.update(block.raw[:count])
            count = file_read(file, block, 1 << 20)
        found[inner[1:]] = sha.hexdigest()
walk('')
print(json.dumps(found))
`;

/** A file on disk as a source. Close it when done. */
export async function fileSource(path: string): Promise<ByteSource & { close(): void }> {
  const file = await Deno.open(path);
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      await file.seek(offset, Deno.SeekMode.Start);
      for (let done = 0; done < length;) {
        const count = await file.read(bytes.subarray(done));
        if (count === null) throw new Error(`${path} ends before ${offset + length}`);
        done += count;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

/** Runs `body` with a folder that is gone afterwards. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-image-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
