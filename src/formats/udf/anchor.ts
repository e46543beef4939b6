/**
 * Anchors: the one descriptor that is found by its place. It leads to the two copies of the
 * volume descriptor sequence. Sources: ECMA-167 3/8.4.2.1; OSTA UDF 2.2.3; sector 512 is used on
 * unclosed discs (OSTA UDF 6.11.2).
 */
import { type ByteSource, ByteView } from "../../base/mod.ts";
import { readTag, Tag, tagFault } from "./tag.ts";

/** Sector sizes in the order of likelihood: discs, then disks. */
const SECTOR_SIZES = [2048, 512, 4096, 1024] as const;

/** A run of sectors. */
export interface SectorExtent {
  readonly sector: number;
  /** Bytes. */
  readonly length: number;
}

/** An anchor, read with one idea of how long a sector is. */
export interface Anchor {
  readonly offset: number;
  readonly sectorSize: number;
  readonly main: SectorExtent;
  readonly reserve: SectorExtent;
  /** It says that it lies somewhere else. */
  readonly misplaced: boolean;
}

/**
 * All anchors, those first that lie where they say. A misplaced one may fit several sector sizes:
 * which is right shows when the sequence behind it is read.
 */
export async function findAnchors(source: ByteSource): Promise<Anchor[]> {
  const exact: Anchor[] = [];
  const misplaced: Anchor[] = [];
  for (const sectorSize of SECTOR_SIZES) {
    for (const sector of anchorSectors(source.size, sectorSize)) {
      const anchor = await readAnchor(source, { sector, sectorSize });
      if (anchor !== undefined) (anchor.misplaced ? misplaced : exact).push(anchor);
    }
  }
  return [...exact, ...misplaced];
}

function anchorSectors(size: number, sectorSize: number): number[] {
  const count = Math.floor(size / sectorSize);
  const sectors = [256, count - 1, count - 257, 512];
  return [...new Set(sectors)].filter((sector) =>
    sector >= 16 && (sector + 1) * sectorSize <= size
  );
}

async function readAnchor(
  source: ByteSource,
  at: { readonly sector: number; readonly sectorSize: number },
): Promise<Anchor | undefined> {
  const offset = at.sector * at.sectorSize;
  const bytes = await source.read(offset, at.sectorSize);
  const tag = readTag(bytes);
  if (tag.id !== Tag.anchor || tagFault(tag) !== undefined) return undefined;
  const view = new ByteView(bytes, "anchor");
  const extent = (field: number) => ({ length: view.u32(field), sector: view.u32(field + 4) });
  return {
    offset,
    sectorSize: at.sectorSize,
    main: extent(16),
    reserve: extent(24),
    misplaced: tag.location !== at.sector,
  };
}
