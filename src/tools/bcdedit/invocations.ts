/**
 * The bcdedit calls. Every one names its store: without `/store` bcdedit would change the
 * configuration that the running WinPE was started from. Source: Microsoft Learn, BCDEdit
 * command-line options.
 */
import { RefusalError, type ToolInvocation, UsageError } from "../../base/mod.ts";
import { deletableElement, elementSetting } from "./elements.ts";
import { entryIdentifier, isWellKnownEntry, nativeFile } from "./identifiers.ts";

/** Which store. */
export interface BcdeditStore {
  /** Native path of the file: `S:\EFI\Microsoft\Boot\BCD`. */
  readonly store: string;
}

/** Which entry of which store. */
export interface BcdeditEntry extends BcdeditStore {
  /** A GUID, or a name such as `{default}`; braces may be missing. */
  readonly id: string;
}

/**
 * Copies the store into a new file. What bcdedit does to a file that is there already is not
 * known: give a name that is free, and look for the copy afterwards.
 *
 * @throws {UsageError} if the copy would be the store itself.
 */
export function exportStore(options: BcdeditStore & { readonly to: string }): ToolInvocation {
  const to = nativeFile(options.to, "copy of the store");
  const invocation = reading(options, {
    command: ["/export", to],
    purpose: `Copy the boot configuration ${options.store} to ${to}`,
  });
  if (to.toLowerCase() === options.store.toLowerCase()) {
    throw new UsageError(`Cannot copy the store "${options.store}": the copy has the same name`);
  }
  return invocation;
}

/** Lists every entry with all of its elements and plain ids. */
export function listStore(options: BcdeditStore): ToolInvocation {
  const purpose = `List the boot configuration ${options.store}`;
  return reading(options, { command: ["/enum", "all", "/v"], purpose });
}

/**
 * Sets an element of an entry.
 *
 * @throws {UsageError} for an element or value that is not known here.
 */
export function setElement(
  options: BcdeditEntry & { readonly element: string; readonly value: string },
): ToolInvocation {
  const id = entryIdentifier(options.id);
  const [element, value] = elementSetting(options.element, options.value);
  return changing(options, {
    command: ["/set", id, element, value],
    purpose: `Set ${element} of the boot entry ${id} to ${value}`,
  });
}

/**
 * Deletes an element of an entry. bcdedit fails if the entry does not have it.
 *
 * @throws {UsageError} for an element that is not known here.
 */
export function deleteElement(
  options: BcdeditEntry & { readonly element: string },
): ToolInvocation {
  const id = entryIdentifier(options.id);
  const element = deletableElement(options.element);
  return changing(options, {
    command: ["/deletevalue", id, element],
    purpose: `Delete ${element} of the boot entry ${id}`,
  });
}

/** Lets an entry start when nobody chooses. */
export function setDefault(options: BcdeditEntry): ToolInvocation {
  const id = startable(options.id);
  return changing(options, {
    command: ["/default", id],
    purpose: `Let the boot entry ${id} start by default`,
  });
}

/** The longest time that bcdedit is given: a day. */
const LONGEST_TIMEOUT = 86_400;

/**
 * Sets how long the menu waits.
 *
 * @throws {UsageError} for anything but whole seconds up to a day.
 */
export function setTimeoutSeconds(
  options: BcdeditStore & { readonly seconds: number },
): ToolInvocation {
  const { seconds } = options;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_TIMEOUT) {
    throw new UsageError(`Cannot let the boot menu wait ${seconds} seconds`, {
      next: `Give whole seconds from 0 to ${LONGEST_TIMEOUT}`,
    });
  }
  return changing(options, {
    command: ["/timeout", String(seconds)],
    purpose: `Let the boot menu wait ${seconds} seconds`,
  });
}

/** Where an entry goes in the menu; `remove` takes it out and keeps the entry. */
export type MenuPlace = "first" | "last" | "remove";

const PLACE_SWITCHES: Readonly<Record<MenuPlace, string>> = {
  first: "/addfirst",
  last: "/addlast",
  remove: "/remove",
};

/** Moves one entry in the menu. */
export function moveInMenu(options: BcdeditEntry & { readonly place: MenuPlace }): ToolInvocation {
  const id = startable(options.id);
  return changing(options, {
    command: ["/displayorder", id, PLACE_SWITCHES[options.place]],
    purpose: options.place === "remove"
      ? `Take the boot entry ${id} out of the menu`
      : `Put the boot entry ${id} ${options.place} in the menu`,
  });
}

/**
 * Deletes an entry and every reference to it. Of a loader the entry that resumes it from
 * hibernation goes too, unless another loader uses it.
 *
 * @throws {RefusalError} for `{default}` and for entries that every store needs.
 */
export function deleteEntry(options: BcdeditEntry): ToolInvocation {
  const id = entryIdentifier(options.id);
  if (isWellKnownEntry(id) || id === "{default}") {
    throw new RefusalError(`Cannot delete the boot entry "${id}": Windows needs it to start`, {
      next: "Give the id of the entry that is left over",
    });
  }
  return changing(options, {
    command: ["/delete", id, "/cleanup"],
    purpose: `Delete the boot entry ${id}`,
  });
}

/** @throws {RefusalError} for what is no program that could start. */
function startable(text: string): string {
  const id = entryIdentifier(text);
  if (!isWellKnownEntry(id) || id === "{memdiag}" || id === "{ntldr}") return id;
  throw new RefusalError(`Cannot put the boot entry "${id}" into the menu: it starts no Windows`);
}

interface Command {
  readonly command: readonly string[];
  readonly purpose: string;
}

function reading(options: BcdeditStore, { command, purpose }: Command): ToolInvocation {
  const store = nativeFile(options.store, "store");
  return {
    tool: "bcdedit",
    arguments: ["/store", store, ...command],
    risk: "reads",
    encoding: "oem",
    purpose,
  };
}

function changing(options: BcdeditStore, command: Command): ToolInvocation {
  return {
    ...reading(options, command),
    risk: "irreversible",
    instead: `Put the copy of ${options.store} back that was made before`,
  };
}
