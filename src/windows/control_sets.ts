/**
 * Which control sets an offline Windows has, and which of them count. `Select` names them by
 * number: 1 is `ControlSet001`. Source: Microsoft Learn, HKLM\SYSTEM\Select.
 */
import { hiveOf, type HiveStore } from "./hives.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** The values of `SYSTEM\Select` and the keys that are there. */
export interface ControlSets {
  /** The set that Windows last ran with. Undefined where it cannot be read. */
  readonly current: number | undefined;
  /** The set that Windows will start with. */
  readonly default: number | undefined;
  /** The set that was given up for the last known good one; 0 for none. */
  readonly failed: number | undefined;
  readonly lastKnownGood: number | undefined;
  /** Numbers of the `ControlSetNNN` keys that exist, in order. */
  readonly existing: readonly number[];
  /** Those that a change must reach: `current` and `default`, if their keys exist. */
  readonly inUse: readonly number[];
  /** Values of `Select` that name a set which is not there. */
  readonly missing: readonly SelectValue[];
}

/** A value of `SYSTEM\Select`. */
export type SelectValue = "Current" | "Default" | "Failed" | "LastKnownGood";

/** `ControlSet001` */
export function controlSetName(number: number): string {
  return `ControlSet${String(number).padStart(3, "0")}`;
}

/** Reads the control sets. A SYSTEM hive that cannot be read has none. */
export async function readControlSets(hives: HiveStore): Promise<ControlSets> {
  const hive = hiveOf(await hives.read("SYSTEM"));
  const select = unlessDamaged(() => hive?.key("Select"));
  const number = (name: SelectValue): number | undefined => {
    const found = unlessDamaged(() => select?.value(name)?.number());
    return found === undefined ? undefined : Number(found);
  };
  const names = unlessDamaged(() => hive?.root.subkeys(leftOut).map((key) => key.name)) ?? [];
  const existing = names.flatMap(setNumber).sort((a, b) => a - b);
  const values = {
    Current: number("Current"),
    Default: number("Default"),
    Failed: number("Failed"),
    LastKnownGood: number("LastKnownGood"),
  };
  const used = [values.Current, values.Default].filter((value) => value !== undefined);
  return {
    current: values.Current,
    default: values.Default,
    failed: values.Failed,
    lastKnownGood: values.LastKnownGood,
    existing,
    inUse: [...new Set(used)].filter((value) => existing.includes(value)),
    missing: SELECT_VALUES.filter((name) => namesNothing(values[name], existing)),
  };
}

const SELECT_VALUES: readonly SelectValue[] = ["Current", "Default", "Failed", "LastKnownGood"];

/** 0 stands for "none", and Windows writes it for `Failed`. */
function namesNothing(value: number | undefined, existing: readonly number[]): boolean {
  return value !== undefined && value !== 0 && !existing.includes(value);
}

/** A key that is damaged is no control set that could be used. */
function leftOut(): void {}

function setNumber(name: string): number[] {
  const digits = /^ControlSet(\d{3})$/i.exec(name)?.[1];
  return digits === undefined ? [] : [Number(digits)];
}
