/**
 * Reads what the status of an upgrade is judged by, in WinPE or inside the running Windows, whose
 * hives nobody may read. Reads only; what cannot be read is named.
 */
import { FormatError, isFileFault, MedicError } from "../base/mod.ts";
import {
  type OfflineWindows,
  readSetupAttempt,
  readSetupState,
  serviceArming,
} from "../windows/mod.ts";
import { armingFor, armingState } from "./arming.ts";
import { parseOrder, type UpgradeOrder, UpgradePlace } from "./order.ts";
import { parseProgress, type StarterProgress } from "./progress.ts";
import { hashText } from "./stage_parts.ts";
import type { OrderFacts, UpgradeStatusFacts } from "./status_facts.ts";

/** How to read. */
export interface ReadStatusOptions {
  /** It is the Windows that runs now. */
  readonly running: boolean;
}

/** Reads the facts. Never throws for damaged, forbidden or missing files. */
export async function readUpgradeStatus(
  windows: OfflineWindows,
  { running }: ReadStatusOptions,
): Promise<UpgradeStatusFacts> {
  const reader = new StatusReader(windows, running);
  return await reader.facts();
}

const NO_PROGRESS: StarterProgress = { records: [], unreadable: 0 };

/** An order has some kilobytes; records of years have some hundred. */
const MOST_BYTES = 4 * 2 ** 20;

class StatusReader {
  readonly #windows: OfflineWindows;
  readonly #running: boolean;
  readonly #unread: string[] = [];

  constructor(windows: OfflineWindows, running: boolean) {
    this.#windows = windows;
    this.#running = running;
  }

  async facts(): Promise<UpgradeStatusFacts> {
    const { identity, volume } = this.#windows;
    const orderText = await this.#text(UpgradePlace.order);
    const order = await this.#order(orderText);
    const known = order.state === "read" ? order.order : undefined;
    const registry = await this.#registryReadable();
    const attempt = await readSetupAttempt(this.#windows);
    const build = this.#running ? this.#windows.hostBuild : undefined;
    return {
      order,
      progress: await this.#progress(known),
      armed: known === undefined || orderText === undefined || !registry
        ? "unknown"
        : await this.#armed(known, orderText),
      program: await this.#isThere(UpgradePlace.program),
      media: known === undefined ? "elsewhere" : await this.#media(known),
      windows: {
        serial: volume.serial,
        computerName: identity.computerName,
        build: identity.build ?? build,
        ubr: identity.ubr,
        installTime: registry ? await this.#installTime() : undefined,
        running: this.#running,
      },
      setup: registry ? await readSetupState(this.#windows) : undefined,
      attempt,
      unread: this.#unread,
    };
  }

  /** The hives of the running Windows are its own; a damaged one says nothing that counts. */
  async #registryReadable(): Promise<boolean> {
    let readable = true;
    for (const name of ["SYSTEM", "SOFTWARE"]) {
      const hive = await this.#windows.hives.read(name);
      if (hive.state === "clean" || hive.state === "replayed" || hive.state === "dirty") continue;
      readable = false;
      const why = this.#running
        ? "Windows itself holds it open"
        : hive.state === "unreadable"
        ? hive.problem
        : "it is not there";
      this.#unread.push(`The ${name} hive cannot be read: ${why}`);
    }
    return readable;
  }

  async #installTime(): Promise<string | undefined> {
    const key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
    try {
      const number = (await this.#windows.registry.value(key, "InstallTime"))?.value.number();
      return number === undefined ? undefined : String(number);
    } catch (error) {
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  }

  async #order(text: string | undefined): Promise<OrderFacts> {
    if (text === undefined) {
      return await this.#isThere(UpgradePlace.order)
        ? { state: "unreadable", reason: `The order in "${UpgradePlace.order}" cannot be read` }
        : { state: "absent" };
    }
    try {
      return { state: "read", order: parseOrder(text) };
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      return { state: "unreadable", reason: error.message };
    }
  }

  async #progress(order: UpgradeOrder | undefined): Promise<StarterProgress> {
    const text = await this.#text(UpgradePlace.progress);
    if (text === undefined) return NO_PROGRESS;
    const last = [...text.matchAll(/"order":"([0-9a-f]{16})"/g)].at(-1)?.[1];
    const id = order?.id ?? last;
    return id === undefined ? NO_PROGRESS : parseProgress(text, id);
  }

  async #armed(order: UpgradeOrder, text: string): Promise<UpgradeStatusFacts["armed"]> {
    try {
      const arming = await armingFor(this.#windows, order, hashText(this.#windows, text));
      switch (await armingState(this.#windows, arming)) {
        case "same":
          return "armed";
        case "other":
          return arming.ownKey ? serviceArming(await this.#start(arming.key)) : "armed";
        case "absent":
          return "not-armed";
        case "foreign":
          return "foreign";
      }
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      this.#unread.push(error.message);
      return "unknown";
    }
  }

  /** `Start` of a service; undefined where it is missing or no number. */
  async #start(key: string): Promise<number | undefined> {
    return await this.#windows.registry.number(key, "Start");
  }

  /** Media that were left on the stick or on another volume have no place that is known here. */
  async #media({ media, target }: UpgradeOrder): Promise<UpgradeStatusFacts["media"]> {
    const { folder } = media;
    if (folder.slice(0, 2).toUpperCase() !== target.letter) return "elsewhere";
    return await this.#isThere(`${folder.slice(3)}\\setup.exe`) ? "present" : "missing";
  }

  async #isThere(path: string): Promise<boolean> {
    try {
      return await this.#windows.files.stat(path) !== undefined;
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      this.#unread.push(error.message);
      return true;
    }
  }

  /** The end of a small text file; undefined if it is not there or cannot be read. */
  async #text(path: string): Promise<string | undefined> {
    try {
      const entry = await this.#windows.files.stat(path);
      if (entry === undefined) return undefined;
      if (entry.reparse || entry.kind !== "file") {
        this.#unread.push(`"${path}" is no plain file`);
        return undefined;
      }
      const file = await this.#windows.files.open(path);
      try {
        const length = Math.min(file.size, MOST_BYTES);
        return new TextDecoder().decode(await file.read(file.size - length, length));
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!(error instanceof MedicError)) throw error;
      if (!isFileFault(error, "not-found")) this.#unread.push(error.message);
      return undefined;
    }
  }
}
