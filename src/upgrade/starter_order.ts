/**
 * Finds the order beside the program and says whether it may be followed: it must be the one of
 * the command line, byte for byte, and made for this machine.
 */
import { foldCase, MedicError } from "../base/mod.ts";
import { PROGRAM_FOLDER } from "../journal/mod.ts";
import { parseOrder, type UpgradeOrder, UpgradePlace } from "./order.ts";
import { readText } from "./starter_windows.ts";
import type { StarterMachine, StarterRequest } from "./starter_machine.ts";

/** The order, or why it is not followed. */
export type FoundOrder =
  | { readonly kind: "valid"; readonly order: UpgradeOrder }
  | {
    readonly kind: "refused";
    /** The order's name if it can be read; else the hash of the command line. */
    readonly id: string;
    /** One sentence without full stop. */
    readonly reason: string;
  };

const SHA256 = /^[0-9a-f]{64}$/;
const COMPUTER_NAME = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName";

/** Native path of a place of `UpgradePlace`, beside the program. */
export function besideProgram(folder: string, place: string): string {
  const name = place.slice(PROGRAM_FOLDER.length + 1);
  return `${folder.replace(/[\\/]+$/, "")}\\${name}`;
}

/** Reads the order and compares it with command line and machine. */
export async function findOrder(
  machine: StarterMachine,
  request: StarterRequest,
): Promise<FoundOrder> {
  const refuse = (reason: string, id = request.orderSha256) =>
    ({ kind: "refused", id, reason }) as const;
  const folder = machine.programFolder;
  if (folder === undefined) return refuse("The program is not the one that was left there");
  if (!SHA256.test(request.orderSha256)) return refuse("The command line names no order");
  const bytes = await readOrder(machine, besideProgram(folder, UpgradePlace.order));
  if (typeof bytes === "string") return refuse(bytes);
  if (machine.hashOf(bytes) !== request.orderSha256) {
    return refuse("The order was changed since it was left there");
  }
  let order: UpgradeOrder;
  try {
    order = parseOrder(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return refuse(error.message);
  }
  const foreign = await foreignReason({ machine, request, folder }, order);
  return foreign === undefined ? { kind: "valid", order } : refuse(foreign, order.id);
}

/** The bytes, or why there are none. */
async function readOrder(machine: StarterMachine, path: string): Promise<Uint8Array | string> {
  try {
    return await machine.read(path) ?? `The order "${path}" is not there`;
  } catch (error) {
    if (!(error instanceof MedicError)) throw error;
    return error.message;
  }
}

interface Here {
  readonly machine: StarterMachine;
  readonly request: StarterRequest;
  readonly folder: string;
}

/** Why the order is not for this machine, or undefined. */
async function foreignReason(here: Here, order: UpgradeOrder): Promise<string | undefined> {
  const { machine, request, folder } = here;
  const { target } = order;
  if (order.start !== request.start) return "The order is to be started in another way";
  const volume = await machine.volume();
  if (volume?.letter?.toUpperCase() !== target.letter) {
    return `The order is for drive ${target.letter}, and the program lies on ${
      volume?.letter ?? "a volume without a letter"
    }`;
  }
  const left = `${target.letter}\\${PROGRAM_FOLDER}`;
  if (foldCase(folder.replace(/[\\/]+$/, "")) !== foldCase(left)) {
    return `The program lies in "${folder}", where it was not left`;
  }
  if (volume.serial.toUpperCase() !== target.serial.toUpperCase()) {
    return `The order is for the volume ${target.serial}, and this one is ${volume.serial}`;
  }
  const name = await readText(machine, COMPUTER_NAME, "ComputerName");
  if (target.computerName !== null && name?.toUpperCase() !== target.computerName.toUpperCase()) {
    return `The order is for the computer ${target.computerName}, and this one is ${
      name ?? "unknown"
    }`;
  }
  return undefined;
}
