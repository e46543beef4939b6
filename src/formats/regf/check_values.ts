/** Examines what the kernel demands of the values of a key, beyond that they can be read. */
import type { CellSpace } from "./cell_space.ts";
import type { Place } from "./check_place.ts";
import type { FaultList } from "./fault_list.ts";
import { LINK_VALUE, NO_CELL, ValueField } from "./layout.ts";
import { upcaseText } from "./upcase.ts";
import type { ValueRecord } from "./value.ts";

/** The readable values of a key, and who receives what is wrong. */
export interface ValueContext {
  readonly place: Place;
  readonly values: readonly ValueRecord[];
  readonly faults: FaultList;
}

/** Adds names that are there twice, values that a link must not have, and places for no data. */
export function checkValueRules(space: CellSpace, context: ValueContext): void {
  const { place, values, faults } = context;
  const damage = ({ position: offset }: ValueRecord, message: string) =>
    faults.add({ kind: "value", weight: "damage", offset, place, message });
  const names = new Set<string>();
  for (const value of values) {
    const { name } = value;
    const { size } = names;
    if (names.add(upcaseText(name)).size === size) {
      damage(value, `There are two values named "${name}"`);
    }
    if (hasPlaceForNothing(space, value)) {
      damage(value, `The value "${name}" has no data, but a place for it`);
    }
    if (place.key.symbolicLink && name !== LINK_VALUE) {
      damage(value, `A symbolic link has no value but "${LINK_VALUE}", this one has "${name}"`);
    }
  }
}

/** The kernel takes such a value away, or the hive for damaged (ReactOS cmcheck.c). */
function hasPlaceForNothing(space: CellSpace, { position }: ValueRecord): boolean {
  return space.u32(position + ValueField.dataSize) === 0 &&
    space.u32(position + ValueField.dataOffset) !== NO_CELL;
}
