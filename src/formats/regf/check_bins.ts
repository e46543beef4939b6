/** Examines the bins of a hive and how they are divided into cells. */
import type { HiveHeader } from "./base_block.ts";
import type { CellIndex } from "./cell_index.ts";
import type { CellSpace } from "./cell_space.ts";
import type { FaultList } from "./fault_list.ts";
import { BASE_BLOCK_SIZE, BIN_ALIGNMENT, BinHeader } from "./layout.ts";

/** Adds bins that cannot be read, that are cut off, or whose cells do not fill them. */
export function checkBins(
  space: CellSpace,
  context: {
    readonly header: HiveHeader;
    readonly index: CellIndex;
    readonly faults: FaultList;
  },
): void {
  const { header, index, faults } = context;
  space.binProblems.forEach(faults.reporter("bin"));
  if (space.truncated) {
    const present = header.checksumValid ? `${space.size} of ${header.binsSize}` : space.size;
    const message = `The file is cut off: ${present} bytes of its bins are there`;
    faults.add({ kind: "bin", weight: "damage", offset: space.bytes.length, message });
  }
  if (!space.truncated) {
    checkBinEnds(space, faults);
    checkRest(space, header, faults);
  }
  for (const { offset, state } of index.broken) {
    const message = `A cell ${state}, so that the rest of its bin is lost to Windows`;
    faults.add({ kind: "cell", weight: "damage", offset: offset + BASE_BLOCK_SIZE, message });
  }
}

function checkBinEnds(space: CellSpace, faults: FaultList): void {
  for (const { start, end } of space.bins()) {
    const offset = start + BASE_BLOCK_SIZE;
    const size = space.u32(offset + BinHeader.size);
    if (start + size === end) continue;
    const message = `A bin of ${size} bytes does not fit into the ${end - start} bytes left`;
    faults.add({ kind: "bin", weight: "damage", offset, message });
  }
}

/** Whole pages behind the bins are ordinary: room that Windows has reserved, or gave back. */
function checkRest(space: CellSpace, header: HiveHeader, faults: FaultList): void {
  let end = header.checksumValid ? header.binsSize : 0;
  if (!header.checksumValid) { for (const bin of space.bins()) end = bin.end; }
  const offset = end + BASE_BLOCK_SIZE;
  const rest = space.bytes.length - offset;
  if (rest % BIN_ALIGNMENT === 0) return;
  const message = `There are ${rest} bytes behind its bins, which is no whole number of pages`;
  faults.add({ kind: "bin", weight: "untidy", offset, message });
}
