/**
 * What each command does to the store. Source: the help of bcdedit (`/? /displayorder`,
 * `/? /delete` …), which says what becomes of references and of the resume entry.
 */
import { type BcdObject, ElementType, objectName } from "../../../src/formats/bcd/mod.ts";
import {
  elementNamed,
  integerElement,
  listElement,
  storedValue,
  textElement,
} from "./bcdedit_elements.ts";
import {
  BcdeditStop,
  deleteElementEdit,
  deleteObjectEdit,
  type LabBcd,
  setElementEdits,
} from "./bcdedit_store.ts";
import type { HiveEdit } from "../../../src/formats/regf/mod.ts";

const BOOT_MANAGER = "{bootmgr}";

/** `/set {id} element value` */
export function set(bcd: LabBcd, args: readonly string[]): HiveEdit[] {
  const [id, name, value] = exactly(args, 3);
  const object = bcd.object(id!);
  const element = elementNamed(name!, object.type.application);
  if (element === undefined) throw new BcdeditStop("unknown-element");
  if (element.format === "object" && bcd.find(value!) === undefined) {
    throw new BcdeditStop("bad-list");
  }
  const stored = storedValue(element.format, value!);
  if (typeof stored === "string") throw new BcdeditStop(stored);
  return setElementEdits(object, { number: element.number, value: stored });
}

/** `/deletevalue {id} element` */
export function deleteValue(bcd: LabBcd, args: readonly string[]): HiveEdit[] {
  const [id, name] = exactly(args, 2);
  const object = bcd.object(id!);
  const element = elementNamed(name!, object.type.application);
  if (element === undefined) throw new BcdeditStop("unknown-element");
  if (object.element(element.number) === undefined) throw new BcdeditStop("element-not-set");
  return [deleteElementEdit(object, element.number)];
}

/** `/default {id}` */
export function setDefault(bcd: LabBcd, args: readonly string[]): HiveEdit[] {
  const [id] = exactly(args, 1);
  const value = textElement(`{${bcd.object(id!).id}}`);
  return setElementEdits(bcd.object(BOOT_MANAGER), { number: ElementType.default, value });
}

/** `/timeout seconds` */
export function setTimeoutOf(bcd: LabBcd, args: readonly string[]): HiveEdit[] {
  const [text] = exactly(args, 1);
  if (!/^\d{1,8}$/.test(text!)) throw new BcdeditStop("bad-value");
  const value = integerElement(Number(text));
  return setElementEdits(bcd.object(BOOT_MANAGER), { number: ElementType.timeout, value });
}

/** `/displayorder {id} … [/addfirst|/addlast|/remove]` */
export function displayOrder(bcd: LabBcd, args: readonly string[]): HiveEdit[] {
  const switches = args.filter((argument) => argument.startsWith("/"));
  const named = args.filter((argument) => !argument.startsWith("/"));
  const how = switches[0]?.toLowerCase() ?? "";
  if (
    switches.length > 1 || named.length === 0 || !["", "/addfirst", "/addlast", "/remove"]
      .includes(how) ||
    how !== "" && named.length !== 1
  ) throw new BcdeditStop("bad-command");
  const manager = bcd.object(BOOT_MANAGER);
  const now = manager.objects(ElementType.displayOrder);
  // Who takes an entry out of the menu may have deleted it before.
  const ids = named.map((id) => how === "/remove" ? idOf(bcd, id) : bcd.object(id).id);
  const others = now.filter((id) => !ids.includes(id));
  return listEdits(manager, { number: ElementType.displayOrder, now, next: order() });

  function order(): readonly string[] {
    switch (how) {
      case "/addfirst":
        return [...ids, ...others];
      case "/addlast":
        return [...others, ...ids];
      case "/remove":
        return others;
      default:
        return ids;
    }
  }
}

/** `/delete {id} [/f] [/cleanup|/nocleanup]` */
export function deleteEntry(bcd: LabBcd, args: readonly string[]): HiveEdit[] {
  const [id, ...switches] = args;
  const words = switches.map((word) => word.toLowerCase());
  if (id === undefined || words.some((word) => !["/f", "/cleanup", "/nocleanup"].includes(word))) {
    throw new BcdeditStop("bad-command");
  }
  const object = bcd.object(id);
  if (objectName(object.id) !== undefined && !words.includes("/f")) {
    throw new BcdeditStop("well-known");
  }
  if (words.includes("/nocleanup")) return [deleteObjectEdit(object)];
  const gone = [object, ...lonelyResume(bcd, object)];
  return [...gone.map(deleteObjectEdit), ...referenceEdits(bcd, gone)];
}

/** The entry that resumes a loader, if no other loader uses it. */
function lonelyResume(bcd: LabBcd, loader: BcdObject): BcdObject[] {
  if (loader.type.application !== "boot loader") return [];
  const [id] = loader.objects(ElementType.resumeObject);
  const shared = bcd.store.objects.some((object) =>
    object.id !== loader.id && object.type.application === "boot loader" &&
    object.objects(ElementType.resumeObject).includes(id ?? "")
  );
  const resume = bcd.store.object(id ?? "");
  return shared || resume === undefined ? [] : [resume];
}

function referenceEdits(bcd: LabBcd, gone: readonly BcdObject[]): HiveEdit[] {
  const ids = gone.map(({ id }) => id);
  return bcd.store.objects.filter(({ id }) => !ids.includes(id)).flatMap((object) =>
    object.elements.flatMap(({ type, value }) => {
      if (value.format === "object") {
        return ids.includes(value.id) ? [deleteElementEdit(object, type)] : [];
      }
      if (value.format !== "object-list") return [];
      const next = value.ids.filter((id) => !ids.includes(id));
      return listEdits(object, { number: type, now: value.ids, next });
    })
  );
}

function listEdits(
  object: BcdObject,
  list: {
    readonly number: number;
    readonly now: readonly string[];
    readonly next: readonly string[];
  },
): HiveEdit[] {
  const { number, now, next } = list;
  if (now.join() === next.join()) return [];
  if (next.length === 0) return [deleteElementEdit(object, number)];
  return setElementEdits(object, { number, value: listElement(next) });
}

function idOf(bcd: LabBcd, identifier: string): string {
  return bcd.find(identifier)?.id ?? identifier.toLowerCase().replace(/^\{|\}$/g, "");
}

function exactly(args: readonly string[], count: number): readonly string[] {
  if (args.length !== count) throw new BcdeditStop("bad-command");
  return args;
}
