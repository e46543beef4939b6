/** Finds allocated cells that nothing leads to. */
import type { Examination } from "./check_tree.ts";
import { BASE_BLOCK_SIZE, Magic } from "./layout.ts";

const NAMES: ReadonlyMap<number, string> = new Map([
  [Magic.nk, "a key"],
  [Magic.vk, "a value"],
  [Magic.sk, "a security record"],
  [Magic.li, "a list"],
  [Magic.lf, "a list"],
  [Magic.lh, "a list"],
  [Magic.ri, "a list"],
  [Magic.db, "big data"],
]);

/** Adds one fault that sums them up, and then one for each. `reached` says what is in use. */
export function checkOrphans(
  { space, index, faults }: Examination,
  reached: (offset: number) => boolean,
): void {
  let cells = 0;
  let bytes = 0;
  let first: number | undefined;
  index.forEachAllocated((offset, size) => {
    if (reached(offset)) return;
    cells++;
    bytes += size;
    first ??= offset;
  });
  if (first === undefined) return;
  const what = cells === 1 ? "1 cell is in use" : `${cells} cells are in use`;
  const message = `${what} (${bytes} bytes), but nothing leads there`;
  const add = (offset: number, message: string) =>
    faults.add({ kind: "orphan", weight: "untidy", offset: offset + BASE_BLOCK_SIZE, message });
  add(first, message);
  index.forEachAllocated((offset, size) => {
    if (reached(offset)) return;
    const signature = size < 8 ? 0 : space.u16(offset + BASE_BLOCK_SIZE + 4);
    add(offset, `Nothing leads to ${NAMES.get(signature) ?? "data"} of ${size} bytes`);
  });
}
