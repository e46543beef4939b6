/**
 * The store that the simulated bcdedit works on: a real hive, read with its logs and changed with
 * the hive editor.
 */
import { FileError, FormatError } from "../../../src/base/mod.ts";
import {
  type BcdObject,
  type BcdStore,
  objectId,
  objectName,
  openBcd,
} from "../../../src/formats/bcd/mod.ts";
import { editHive, type HiveEdit, openHive, readHiveSet } from "../../../src/formats/regf/mod.ts";
import type { StoredElement } from "./bcdedit_elements.ts";
import type { BcdeditFault } from "./bcdedit_texts.ts";
import type { LabRun } from "./lab_run.ts";

/** Why a command stops. */
export class BcdeditStop extends Error {
  readonly fault: BcdeditFault;

  constructor(fault: BcdeditFault) {
    super(fault);
    this.fault = fault;
  }
}

/** An opened store. */
export class LabBcd {
  readonly bytes: Uint8Array;
  readonly store: BcdStore;
  readonly #run: LabRun;
  readonly #path: string;

  private constructor(run: LabRun, opened: { path: string; bytes: Uint8Array; store: BcdStore }) {
    this.#run = run;
    this.#path = opened.path;
    this.bytes = opened.bytes;
    this.store = opened.store;
  }

  /** @throws {BcdeditStop} if there is no store, or it cannot be read. */
  static async open(run: LabRun, path: string): Promise<LabBcd> {
    const { files } = run.context;
    try {
      const hive = await readHiveSet(path, async (each) => {
        return await files.stat(each) === undefined ? undefined : await files.read(each);
      });
      if (hive === undefined) throw new BcdeditStop("store-missing");
      const { bytes } = hive;
      return new LabBcd(run, { path, bytes, store: openBcd(openHive(bytes, { name: path })) });
    } catch (error) {
      throw stopFor(error);
    }
  }

  /** The object with that name or id. @throws {BcdeditStop} if the store has none. */
  object(identifier: string): BcdObject {
    const object = this.find(identifier);
    if (object === undefined) throw new BcdeditStop("unknown-entry");
    return object;
  }

  /** The object with that name or id, if the store has it. */
  find(identifier: string): BcdObject | undefined {
    const name = /^\{(.+)\}$/.exec(identifier.toLowerCase())?.[1];
    if (name === undefined) throw new BcdeditStop("bad-command");
    if (name === "default") return this.store.object(this.store.defaultId ?? "");
    return this.store.object(objectId(name) ?? "") ??
      this.store.objects.find((each) => objectName(each.id) === name);
  }

  /** Writes the changed hive. @throws {BcdeditStop} if the volume does not take it. */
  async change(edits: readonly HiveEdit[]): Promise<void> {
    if (edits.length === 0) return;
    try {
      const bytes = editHive(this.bytes, edits, { name: this.#path, at: CHANGED_AT });
      this.#run.changed.push(await this.#run.put(this.#path, bytes));
    } catch (error) {
      throw stopFor(error);
    }
  }
}

/** The simulated machine has no clock. */
const CHANGED_AT = new Date("2025-05-20T10:00:00Z");

/** Sets an element, whether the object has it or not. */
export function setElementEdits(
  object: BcdObject,
  element: { readonly number: number; readonly value: StoredElement },
): HiveEdit[] {
  const key = elementKey(object.id, element.number);
  const value = { name: "Element", ...element.value };
  return object.element(element.number) === undefined
    ? [{ kind: "create-key", key, spec: { values: [value], subkeys: [] } }]
    : [{ kind: "set-value", key, ...value }];
}

/** Deletes an element that the object has. */
export function deleteElementEdit(object: BcdObject, number: number): HiveEdit {
  return { kind: "delete-key", key: elementKey(object.id, number) };
}

/** Deletes an object with all of its elements. */
export function deleteObjectEdit(object: BcdObject): HiveEdit {
  return { kind: "delete-key", key: `Objects\\{${object.id}}` };
}

function elementKey(id: string, number: number): string {
  return `Objects\\{${id}}\\Elements\\${number.toString(16).padStart(8, "0")}`;
}

function stopFor(error: unknown): BcdeditStop {
  if (error instanceof BcdeditStop) return error;
  if (error instanceof FormatError) return new BcdeditStop("store-damaged");
  if (!(error instanceof FileError)) throw error;
  switch (error.fault) {
    case "not-found":
    case "not-a-directory":
      return new BcdeditStop("store-missing");
    case "read-only":
      return new BcdeditStop("store-protected");
    case "no-space":
      return new BcdeditStop("disk-full");
    default:
      return new BcdeditStop("store-denied");
  }
}
