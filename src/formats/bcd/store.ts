/**
 * A boot configuration store: a hive whose `Objects` are boot managers, loaders and settings.
 * What is damaged is left out and reported; the rest is still worth knowing.
 */
import { FormatError } from "../../base/mod.ts";
import type { Hive, HiveKey } from "../regf/mod.ts";
import type { BcdDeviceElement } from "./device.ts";
import { type BcdElement, ElementType, elementTypeOf, readElement } from "./element.ts";
import { objectId, objectName, WellKnownObject } from "./object_names.ts";
import { type BcdObjectType, objectType } from "./object_type.ts";

/** One object. */
export interface BcdObject {
  /** Lower case, without braces. */
  readonly id: string;
  /** `bootmgr` for a well-known object, otherwise undefined. */
  readonly name: string | undefined;
  readonly type: BcdObjectType;
  /** In the order of the store, which is that of their numbers. */
  readonly elements: readonly BcdElement[];
  element(type: number): BcdElement | undefined;
  /** The text of a string element. */
  text(type: number): string | undefined;
  device(type: number): BcdDeviceElement | undefined;
  /** The ids of an object or object list element. */
  objects(type: number): readonly string[];
  flag(type: number): boolean | undefined;
}

/** A store. */
export interface BcdStore {
  /** It is the store that the computer starts from (`Description\System`). */
  readonly system: boolean;
  /** In the order of the store, which is that of their ids. */
  readonly objects: readonly BcdObject[];
  /** What could not be read and was left out. */
  readonly problems: readonly FormatError[];
  readonly bootManager: BcdObject | undefined;
  /** Id of what starts if nobody chooses: the boot manager's `default`. */
  readonly defaultId: string | undefined;
  object(id: string): BcdObject | undefined;
  /** How bcdedit would call an object: `{default}`, `{bootmgr}`, or its id in braces. */
  nameOf(id: string): string;
}

/**
 * Reads a store. The hive must have its logs replayed: see `readHiveSet`.
 *
 * @throws {FormatError} if the hive is no boot configuration: it has no key `Objects`.
 */
export function openBcd(hive: Hive): BcdStore {
  const problems: FormatError[] = [];
  const report = (problem: FormatError) => {
    problems.push(problem);
  };
  const root = hive.key("Objects");
  if (root === undefined) {
    throw new FormatError(`Cannot read "${hive.name}": it has no key "Objects", so it is no BCD`);
  }
  const objects = root.subkeys(report).flatMap((key) => {
    const object = reported(report, () => readObject(key, report));
    return object === undefined ? [] : [object];
  });
  const system = reported(report, () => hive.key("Description")?.value("System")?.number());
  return new Store({ objects, problems, system: system === 1 });
}

type Report = (problem: FormatError) => void;

function reported<T>(report: Report, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report(error);
    return undefined;
  }
}

function readObject(key: HiveKey, report: Report): BcdObject | undefined {
  const id = objectId(key.name);
  if (id === undefined) {
    report(new FormatError(`Cannot read BCD object "${key.name}": its name is no GUID`));
    return undefined;
  }
  const code = key.subkey("Description")?.value("Type")?.number();
  if (typeof code !== "number") {
    report(new FormatError(`Cannot read BCD object "{${id}}": it has no type`));
    return undefined;
  }
  const type = objectType(code);
  const elements = (key.subkey("Elements")?.subkeys(report) ?? []).flatMap((element) => {
    const found = reported(report, () => elementIn(element, type));
    return found === undefined ? [] : [found];
  });
  return new StoredObject(id, type, elements);
}

function elementIn(key: HiveKey, type: BcdObjectType): BcdElement {
  const number = elementTypeOf(key.name);
  const value = key.value("Element");
  if (number === undefined || value === undefined) {
    throw new FormatError(`Cannot read BCD element "${key.name}": it has no number or no value`);
  }
  return readElement(number, value, type.application);
}

class StoredObject implements BcdObject {
  readonly id: string;
  readonly name: string | undefined;
  readonly type: BcdObjectType;
  readonly elements: readonly BcdElement[];

  constructor(id: string, type: BcdObjectType, elements: readonly BcdElement[]) {
    this.id = id;
    this.name = objectName(id);
    this.type = type;
    this.elements = elements;
  }

  element(type: number): BcdElement | undefined {
    return this.elements.find((element) => element.type === type);
  }

  text(type: number): string | undefined {
    const value = this.element(type)?.value;
    return value?.format === "string" ? value.text : undefined;
  }

  device(type: number): BcdDeviceElement | undefined {
    const value = this.element(type)?.value;
    return value?.format === "device" ? value.device : undefined;
  }

  objects(type: number): readonly string[] {
    const value = this.element(type)?.value;
    if (value?.format === "object") return [value.id];
    return value?.format === "object-list" ? value.ids : [];
  }

  flag(type: number): boolean | undefined {
    const value = this.element(type)?.value;
    return value?.format === "boolean" ? value.on : undefined;
  }
}

class Store implements BcdStore {
  readonly system: boolean;
  readonly objects: readonly BcdObject[];
  readonly problems: readonly FormatError[];

  constructor(read: Pick<BcdStore, "system" | "objects" | "problems">) {
    this.system = read.system;
    this.objects = read.objects;
    this.problems = read.problems;
  }

  get bootManager(): BcdObject | undefined {
    return this.object(WellKnownObject.bootManager);
  }

  /** Without `default` the boot manager starts the first entry of its menu. */
  get defaultId(): string | undefined {
    const manager = this.bootManager;
    return manager?.objects(ElementType.default)[0] ??
      manager?.objects(ElementType.displayOrder)[0];
  }

  object(id: string): BcdObject | undefined {
    return this.objects.find((object) => object.id === id);
  }

  nameOf(id: string): string {
    return `{${objectName(id) ?? (id === this.defaultId ? "default" : id)}}`;
  }
}
