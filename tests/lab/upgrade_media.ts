/** Whole installation media of a Windows, as far as an upgrade looks at them. */
import { bytesContent, type FileContent, madeUpContent } from "./file_content.ts";
import { labInstallWim } from "./install_image.ts";
import { type LabWindows, WINDOWS_11_PRO } from "./lab_edition.ts";
import { udfDirectory, udfFile } from "./udf_items.ts";
import { writeUdf } from "./udf_writer.ts";

/** Paths of media and their bytes. */
export type LabMediaFiles = Readonly<Record<string, Uint8Array>>;

/** What may be different from sound media. */
export interface LabMediaOptions {
  readonly windows?: LabWindows;
  readonly winre?: "present" | "missing" | "empty";
  /** Instead of the files that are there; undefined takes one away. */
  readonly files?: Readonly<Record<string, Uint8Array | string | undefined>>;
}

/** The files of media that can upgrade a Windows of the lab. */
export function labMediaFiles(options: LabMediaOptions = {}): LabMediaFiles {
  const { windows = WINDOWS_11_PRO, winre = "present", files = {} } = options;
  const all: Readonly<Record<string, Uint8Array | string | undefined>> = {
    "setup.exe": "MZ setup",
    "sources\\setupprep.exe": "MZ setupprep",
    "sources\\setuphost.exe": "MZ setuphost",
    "sources\\install.wim": labInstallWim(windows, winre === "missing" ? {} : { winre }),
    "sources\\cversion.ini": "[HostBuild]\r\nMinClient=9600.0\r\nMinServer=9600.0\r\n",
    "sources\\ei.cfg": `[EditionID]\r\n\r\n[Channel]\r\nRetail\r\n[VL]\r\n0\r\n`,
    ...files,
  };
  const text = new TextEncoder();
  return Object.fromEntries(
    Object.entries(all).flatMap(([path, content]) =>
      content === undefined
        ? []
        : [[path, typeof content === "string" ? text.encode(content) : content]]
    ),
  );
}

/** The same as an ISO. */
export function labMediaIso(options: LabMediaOptions = {}): FileContent {
  const files = Object.entries(labMediaFiles(options));
  const inSources = files.filter(([path]) => path.startsWith("sources\\"))
    .map(([path, bytes]) => udfFile(path.slice("sources\\".length), bytes));
  const inRoot = files.filter(([path]) => !path.includes("\\"))
    .map(([path, bytes]) => udfFile(path, bytes));
  const { image } = writeUdf([...inRoot, udfDirectory("sources", inSources)]);
  return madeUpContent(image.size, {
    recipe: `lab media ${files.map(([path, { length }]) => `${path} ${length}`).join(" ")}`,
    read: (offset, length) => image.slice(offset, length),
  });
}

/** The same as contents of a folder. */
export function labMediaFolder(options: LabMediaOptions = {}): ReadonlyMap<string, FileContent> {
  return new Map(
    Object.entries(labMediaFiles(options)).map(([path, bytes]) => [path, bytesContent(bytes)]),
  );
}
