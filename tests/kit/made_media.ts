/** Installation media in small, made by genisoimage and wimlib. */
import { run, withFolder } from "../formats/image/image_oracles.ts";
import { wimlib } from "../formats/wim/wim_oracles.ts";
import { resourceEntry, writeWim } from "../formats/wim/wim_writer.ts";
import { type FileContent, madeUpContent } from "../lab/file_content.ts";

/** Files by path with `/`. */
export type MediaFiles = Readonly<Record<string, Uint8Array | string>>;

/** What the XML says of an image. */
export interface MadeImage {
  readonly name: string;
  readonly edition: string;
  /** Number of the XML: 9 is x64, 0 is x86. */
  readonly architecture?: number;
  readonly build?: number;
  readonly ubr?: number;
  readonly language?: string;
}

function properties(image: MadeImage): string[] {
  const { edition, architecture = 9, build = 26100, ubr = 1742, language = "en-US" } = image;
  const values: Record<string, string | number> = {
    "WINDOWS/ARCH": architecture,
    "WINDOWS/EDITIONID": edition,
    "WINDOWS/LANGUAGES/LANGUAGE": language,
    "WINDOWS/LANGUAGES/DEFAULT": language,
    "WINDOWS/VERSION/MAJOR": 10,
    "WINDOWS/VERSION/MINOR": 0,
    "WINDOWS/VERSION/BUILD": build,
    "WINDOWS/VERSION/SPBUILD": ubr,
  };
  return Object.entries(values).map(([key, value]) => `--image-property=${key}=${value}`);
}

async function writeFiles(folder: string, files: MediaFiles): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = `${folder}/${path}`;
    await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(
      file,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
}

/** Captures a small Windows once for each image; the second differs in one file. */
export async function makeWim(images: readonly MadeImage[]): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  await withFolder(async (folder) => {
    for (const [i, image] of images.entries()) {
      await writeFiles(`${folder}/tree`, {
        "Windows/System32/ntdll.dll": "the same in all".repeat(900),
        "Windows/System32/licenses/edition.txt": image.name,
        "Windows/empty.txt": "",
      });
      const verb = i === 0 ? ["capture", "--compress=LZX"] : ["append"];
      const [command = "", ...options] = verb;
      wimlib([
        command,
        `${folder}/tree`,
        `${folder}/install.wim`,
        image.name,
        ...options,
        ...properties(image),
      ]);
    }
    bytes = await Deno.readFile(`${folder}/install.wim`);
  });
  return bytes;
}

/** The texts that media of Setup have, and the files that start it. */
export const SETUP_FILES: MediaFiles = {
  "bootmgr": "b",
  "bootmgr.efi": "b",
  "boot/bcd": "b",
  "efi/boot/bootx64.efi": "x64",
  "efi/boot/bootaa64.efi": "arm64",
  "efi/microsoft/boot/bcd": "b",
  "sources/ei.cfg": "[EditionID]\r\n\r\n[Channel]\r\nRetail\r\n[VL]\r\n0\r\n",
  "sources/lang.ini":
    "[Available UI Languages]\r\nen-US = 3\r\n\r\n[Fallback Languages]\r\nen-US = en-us\r\n",
  "sources/cversion.ini": "[HostBuild]\r\nMinClient=9600.0\r\nMinServer=9600.0\r\n",
  "sources/product.ini": "[cmi]\r\nProfessional=AAAAA-BBBBB\r\nCore=CCCCC-DDDDD\r\n",
  "sources/idwbinfo.txt": "[BUILDINFO]\r\nBuildArch=amd64\r\nBuildBranch=ge_release\r\n",
};

/** Makes a UDF bridge disc, as Windows media are. */
export async function makeIso(files: MediaFiles, label = "CCCOMA_X64FRE"): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  await withFolder(async (folder) => {
    await writeFiles(`${folder}/tree`, files);
    const iso = `${folder}/media.iso`;
    run("genisoimage", ["-quiet", "-udf", "-V", label, "-o", iso, `${folder}/tree`]);
    bytes = await Deno.readFile(iso);
  });
  return bytes;
}

/** Splits a WIM whose contents are not compressible into parts: their bytes in order. */
export async function makeSplitSet(): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  await withFolder(async (folder) => {
    const noise = (seed: number) => {
      let state = seed;
      return Uint8Array.from({ length: 900_000 }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state >>> 24;
      });
    };
    await writeFiles(`${folder}/tree`, { "a.bin": noise(1), "b.bin": noise(2), "c.bin": noise(3) });
    wimlib(["capture", `${folder}/tree`, `${folder}/install.wim`, "Split", "--compress=none"]);
    wimlib(["split", `${folder}/install.wim`, `${folder}/install.swm`, "1"]);
    for (let part = 1;; part++) {
      try {
        parts.push(await Deno.readFile(`${folder}/install${part === 1 ? "" : part}.swm`));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) break;
        throw error;
      }
    }
  });
  return parts;
}

/** An `install.wim` of `size` bytes whose header names tables that begin at 5,000,000,000. */
export function cutWim(size: number): FileContent {
  const header = writeWim().slice(0, 208);
  for (const at of [0x30, 0x48]) {
    header.set(resourceEntry({ offset: 5e9, size: 1000, flags: 2 }), at);
  }
  return madeUpContent(size, {
    recipe: "cut image",
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      if (offset < header.length) {
        bytes.set(header.subarray(offset, Math.min(header.length, offset + length)));
      }
      return bytes;
    },
  });
}
