/**
 * Reads headers and version of a PE file. Layout: Microsoft Learn, "PE Format": MS-DOS stub, COFF
 * header, optional header with data directories, section table, the .rsrc section.
 */
import { type ByteSource, ByteView, FormatError } from "../../base/mod.ts";
import type { FileVersion } from "./file_version.ts";
import { readVersionResource, VERSION_HEAD } from "./version_resource.ts";

/** What is read of a PE file. */
export interface PeFile {
  /** Machine field of the COFF header: 0x8664 is x64. */
  readonly machine: number;
  /** From the version resource; undefined if the file has none. */
  readonly fileVersion: FileVersion | undefined;
  /** Why the version cannot be read though there is one: one sentence. */
  readonly versionProblem: string | undefined;
}

/** Where the rest of a file is read from, and its name for messages. */
interface PeSource {
  readonly source: ByteSource;
  readonly name: string;
}

/** Names as `WindowsIdentity` has them. Source: "PE Format", Machine Types. */
const MACHINES: Readonly<Record<number, string>> = {
  0x014c: "x86",
  0x01c4: "arm",
  0x8664: "x64",
  0xaa64: "arm64",
};

/** `x64` for 0x8664; undefined for a machine that Windows does not run on. */
export function machineName(machine: number): string | undefined {
  return MACHINES[machine];
}

/** e_lfanew of the MS-DOS header. */
const PE_OFFSET_AT = 0x3c;
/** Signature and COFF header. */
const COFF_SIZE = 24;
/** IMAGE_NT_OPTIONAL_HDR32_MAGIC and IMAGE_NT_OPTIONAL_HDR64_MAGIC, and where the directories are. */
const DIRECTORIES_AT: Readonly<Record<number, number>> = { 0x10b: 96, 0x20b: 112 };
/** Index of the resource table among the data directories, which are 8 bytes each. */
const RESOURCES = 2;
const DIRECTORY_SIZE = 8;
const SECTION_SIZE = 40;
/** The Windows loader takes no more. */
const MOST_SECTIONS = 96;

/**
 * Reads a PE file.
 *
 * @throws {FormatError} if it is none, or cut off within its headers.
 */
export async function readPe(
  source: ByteSource,
  { name }: { readonly name: string },
): Promise<PeFile> {
  const file = { source, name };
  const dos = await viewAt(file, 0, PE_OFFSET_AT + 4);
  if (dos.ascii(0, 2) !== "MZ") throw notPe(name, 0);
  const at = dos.u32(PE_OFFSET_AT);
  const coff = await viewAt(file, at, COFF_SIZE);
  if (coff.ascii(0, 4) !== "PE\0\0") throw notPe(name, at);
  const machine = coff.u16(4);
  try {
    const fileVersion = await readVersion(file, { at, coff });
    return { machine, fileVersion, versionProblem: undefined };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { machine, fileVersion: undefined, versionProblem: error.message };
  }
}

function notPe(name: string, offset: number): FormatError {
  return new FormatError(`Cannot read "${name}": it is no program or library of Windows`, {
    offset,
  });
}

async function readVersion(
  file: PeSource,
  header: { readonly at: number; readonly coff: ByteView },
): Promise<FileVersion | undefined> {
  const { at, coff } = header;
  const sections = coff.u16(6);
  const optionalSize = coff.u16(20);
  if (sections > MOST_SECTIONS) {
    throw new FormatError(`Cannot read "${file.name}": it claims ${sections} sections`, {
      offset: at + 6,
    });
  }
  const optional = await viewAt(file, at + COFF_SIZE, optionalSize);
  const rva = resourcesOf(optional);
  if (rva === 0) return undefined;
  const table = await viewAt(file, at + COFF_SIZE + optionalSize, sections * SECTION_SIZE);
  const place = placesOf(table, sections);
  const tree = { file, base: place(rva, file.name) };
  const data = await findVersion(tree);
  if (data === undefined) return undefined;
  const entry = await viewAt(file, tree.base + data, 16);
  const size = Math.min(entry.u32(4), VERSION_HEAD);
  const version = await viewAt(file, place(entry.u32(0), file.name), size);
  return readVersionResource(version.bytes(0, size), file.name);
}

/** Address of the resources in memory; 0 if there are none. */
function resourcesOf(optional: ByteView): number {
  if (optional.length < 2) return 0;
  const directories = DIRECTORIES_AT[optional.u16(0)];
  if (directories === undefined || optional.length < directories) return 0;
  if (optional.u32(directories - 4) <= RESOURCES) return 0;
  return optional.u32(directories + RESOURCES * DIRECTORY_SIZE);
}

/** Where in the file lies what is at an address in memory. */
function placesOf(table: ByteView, sections: number) {
  return (rva: number, name: string): number => {
    for (let i = 0; i < sections; i++) {
      const at = i * SECTION_SIZE;
      const [address, size, offset] = [table.u32(at + 12), table.u32(at + 16), table.u32(at + 20)];
      if (rva >= address && rva - address < size) return offset + rva - address;
    }
    throw new FormatError(`Cannot read "${name}": address 0x${rva.toString(16)} is in no section`);
  };
}

/** RT_VERSION. Source: Microsoft Learn, "Resource Types". */
const VERSION_TYPE = 16;
/** An entry of the tree leads to a table, not to data. */
const SUBDIRECTORY = 0x8000_0000;
const TABLE_SIZE = 16;
const ENTRY_SIZE = 8;
/** More types or languages than any file has; a hostile count would be read in vain. */
const MOST_ENTRIES = 4096;

interface ResourceTree {
  readonly file: PeSource;
  /** Where in the file the tree begins: its offsets count from here. */
  readonly base: number;
}

/** Offset of the data entry of the first version: type, name, language. */
async function findVersion(tree: ResourceTree): Promise<number | undefined> {
  const types = await entriesOf(tree, 0);
  const type = types.find(({ id }) => id === VERSION_TYPE);
  if (type === undefined) return undefined;
  let target = type.target;
  for (let level = 0; level < 2; level++) {
    if (target < SUBDIRECTORY) throw brokenTree(tree);
    const [first] = await entriesOf(tree, target - SUBDIRECTORY);
    if (first === undefined) throw brokenTree(tree);
    target = first.target;
  }
  if (target >= SUBDIRECTORY) throw brokenTree(tree);
  return target;
}

async function entriesOf({ file, base }: ResourceTree, offset: number) {
  const head = await viewAt(file, base + offset, TABLE_SIZE);
  const count = head.u16(12) + head.u16(14);
  if (count > MOST_ENTRIES) {
    throw new FormatError(`Cannot read the resources of "${file.name}": ${count} entries`, {
      offset: base + offset,
    });
  }
  const view = await viewAt(file, base + offset + TABLE_SIZE, count * ENTRY_SIZE);
  return Array.from({ length: count }, (_, i) => ({
    id: view.u32(i * ENTRY_SIZE),
    target: view.u32(i * ENTRY_SIZE + 4),
  }));
}

function brokenTree({ file, base }: ResourceTree): FormatError {
  return new FormatError(`Cannot read the resources of "${file.name}": their tree is damaged`, {
    offset: base,
  });
}

async function viewAt(
  { source, name }: PeSource,
  offset: number,
  length: number,
): Promise<ByteView> {
  if (offset + length > source.size) {
    throw new FormatError(`Cannot read "${name}": it ends after ${source.size} bytes`, { offset });
  }
  return new ByteView(await source.read(offset, length), name);
}
