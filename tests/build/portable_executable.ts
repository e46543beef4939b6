/**
 * Takes the payload of a program compiled with `deno compile` for Windows off again, so that
 * what is left is the runtime itself. Deno appends its payload as a section `.pedata` and
 * points the resource directory into it. Layout: PE/COFF specification of Microsoft, sections
 * "Optional Header" and "Section Table".
 */

const PAYLOAD_SECTION = ".pedata";
/** `MZ`. */
const DOS_MAGIC = 0x5a4d;
/** `PE\0\0`. */
const PE_MAGIC = 0x00004550;
/** PE32+, the optional header of 64-bit programs. */
const PE32_PLUS = 0x020b;
const SECTION_HEADER_SIZE = 40;
/** Offset of the data directories in a PE32+ optional header; each entry has 8 bytes. */
const DIRECTORIES = 112;
const RESOURCE_DIRECTORY = 2;

/** One row of the section table. */
interface Section {
  /** Offset of its header in the file. */
  readonly header: number;
  readonly name: string;
  readonly virtualSize: number;
  readonly virtualAddress: number;
  /** Offset of its bytes in the file. */
  readonly rawOffset: number;
}

/**
 * The same program without its last section, if that is the payload of `deno compile`.
 *
 * @throws {Error} if the bytes are no 64-bit Windows program or carry no payload.
 */
export function withoutDenoPayload(program: Uint8Array): Uint8Array {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const coff = coffHeader(view);
  const optional = coff + 20;
  const sections = readSections(view, { coff, optional });
  const payload = sections.at(-1);
  const last = sections.at(-2);
  if (payload?.name !== PAYLOAD_SECTION || last === undefined) {
    throw new Error(`Cannot take off the payload: the last section is "${payload?.name ?? ""}"`);
  }
  const stripped = program.slice(0, payload.rawOffset);
  const out = new DataView(stripped.buffer);
  out.setUint16(coff + 2, sections.length - 1, true);
  stripped.fill(0, payload.header, payload.header + SECTION_HEADER_SIZE);
  out.setBigUint64(optional + DIRECTORIES + RESOURCE_DIRECTORY * 8, 0n, true);
  const alignment = out.getUint32(optional + 32, true);
  const end = last.virtualAddress + last.virtualSize;
  out.setUint32(optional + 56, Math.ceil(end / alignment) * alignment, true);
  return stripped;
}

function coffHeader(view: DataView): number {
  if (view.byteLength < 0x40 || view.getUint16(0, true) !== DOS_MAGIC) {
    throw new Error("Cannot read the program: no MZ at offset 0x0");
  }
  const pe = view.getUint32(0x3c, true);
  if (pe + 24 > view.byteLength || view.getUint32(pe, true) !== PE_MAGIC) {
    throw new Error(`Cannot read the program: no PE signature at offset 0x${pe.toString(16)}`);
  }
  return pe + 4;
}

function readSections(
  view: DataView,
  at: { readonly coff: number; readonly optional: number },
): Section[] {
  if (view.getUint16(at.optional, true) !== PE32_PLUS) {
    throw new Error("Cannot read the program: it is not a 64-bit one");
  }
  const count = view.getUint16(at.coff + 2, true);
  const table = at.optional + view.getUint16(at.coff + 16, true);
  return Array.from({ length: count }, (_, index) => {
    const header = table + index * SECTION_HEADER_SIZE;
    return {
      header,
      name: sectionName(view, header),
      virtualSize: view.getUint32(header + 8, true),
      virtualAddress: view.getUint32(header + 12, true),
      rawOffset: view.getUint32(header + 20, true),
    };
  });
}

function sectionName(view: DataView, header: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + header, 8);
  return new TextDecoder().decode(bytes).replace(/\0.*$/, "");
}
