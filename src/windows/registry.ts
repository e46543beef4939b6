/**
 * The registry of an offline Windows as `HKLM\…` paths. `CurrentControlSet` does not exist
 * offline: it is resolved through `Select`.
 */
import type { HiveKey, HiveValue } from "../formats/regf/mod.ts";
import type { Evidence } from "./evidence.ts";
import { hiveOf, type HiveStore } from "./hives.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** A key that was found, with what is needed to cite it. */
export interface OfflineKey {
  readonly hive: string;
  readonly path: string;
  readonly key: HiveKey;
  readonly stale: boolean;
}

/** Reads keys and values of the machine's hives. */
export class OfflineRegistry {
  readonly #hives: HiveStore;

  constructor(hives: HiveStore) {
    this.#hives = hives;
  }

  /**
   * The key at a path whose first part is the hive: `SYSTEM\CurrentControlSet\Services`.
   * Undefined if the key or the whole hive is missing or cannot be read.
   */
  async key(path: string): Promise<OfflineKey | undefined> {
    const { hive, path: inside } = await this.resolve(path);
    const state = await this.#hives.read(hive);
    const key = unlessDamaged(() => hiveOf(state)?.key(inside));
    return key === undefined
      ? undefined
      : { hive, path: inside, key, stale: state.state === "dirty" };
  }

  /** A value, or undefined. "" is the default value. */
  async value(
    path: string,
    name: string,
  ): Promise<{ key: OfflineKey; value: HiveValue } | undefined> {
    const key = await this.key(path);
    const value = unlessDamaged(() => key?.key.value(name));
    return key === undefined || value === undefined ? undefined : { key, value };
  }

  /** A text value, or undefined if it is missing, damaged or of another type. */
  async text(path: string, name: string): Promise<string | undefined> {
    const found = await this.value(path, name);
    return unlessDamaged(() => found?.value.string());
  }

  /** A number value, or undefined if it is missing, damaged or of another type. */
  async number(path: string, name: string): Promise<number | undefined> {
    const found = await this.value(path, name);
    const number = unlessDamaged(() => found?.value.number());
    return number === undefined ? undefined : Number(number);
  }

  /** The number of the current control set: `Select\Current`, else 1. */
  async controlSet(): Promise<number> {
    const hive = hiveOf(await this.#hives.read("SYSTEM"));
    const current = unlessDamaged(() => hive?.key("Select")?.value("Current")?.number());
    return current === undefined ? 1 : Number(current);
  }

  /** The hive of a path and the path below its root, with `CurrentControlSet` resolved. */
  async resolve(path: string): Promise<{ readonly hive: string; readonly path: string }> {
    const [first = "", ...rest] = path.split("\\");
    const hive = first.toUpperCase();
    if (hive !== "SYSTEM" || rest[0]?.toUpperCase() !== "CURRENTCONTROLSET") {
      return { hive, path: rest.join("\\") };
    }
    const set = String(await this.controlSet()).padStart(3, "0");
    return { hive, path: [`ControlSet${set}`, ...rest.slice(1)].join("\\") };
  }
}

/** Evidence that cites a key, and a value if one is named. */
export function registryEvidence(key: OfflineKey, data: string, value?: string): Evidence {
  return {
    kind: "registry",
    hive: key.hive,
    key: key.path,
    ...(value === undefined ? {} : { value }),
    data,
    ...(key.stale ? { stale: true } : {}),
  };
}
