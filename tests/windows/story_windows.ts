/**
 * The lab's Windows on the real NTFS volume of a Windows story: damaged from Linux, repaired by
 * the compiled program under Wine, compared from Linux again.
 */
import { DenoFileSystem } from "../../src/host/deno_file_system.ts";
import {
  compareSnapshots,
  type Damage,
  DriveMapFileSystem,
  type Snapshot,
  snapshotOf,
} from "../lab/mod.ts";
import { byHiveContent } from "../lab/hive_content.ts";
import { DamageSite } from "../lab/damage_site.ts";
import { buildLabWindows, installInto, WINDOWS_10_HOME_GERMAN } from "../lab/lab_windows.ts";
import { labState } from "../lab/lab.ts";
import type { LabState } from "../lab/simulators/simulator.ts";
import {
  type ExeOptions,
  type ExeResult,
  type NtfsVolume,
  type WindowsLab,
  windowsLab,
} from "./windows_lab.ts";

/** Big enough for the guards: room for copies, and a gigabyte for DISM's scratch files. */
const MEGABYTES = 3072;
const STATE = "lab.json";

/** Wine 10 calls itself Windows 10: its DISM would be too old for Windows 11, rightly so. */
const TREE = { windows: WINDOWS_10_HOME_GERMAN };

/** A Windows on drive `D:` and the tools that work on it. */
export class StoryWindows {
  readonly #lab: WindowsLab;
  readonly #volume: NtfsVolume;
  readonly #files: DriveMapFileSystem;
  readonly #sticks: NtfsVolume[] = [];

  private constructor(lab: WindowsLab, volume: NtfsVolume) {
    this.#lab = lab;
    this.#volume = volume;
    this.#files = new DriveMapFileSystem(new DenoFileSystem(), new Map([["D:", volume.folder]]));
  }

  /** Installs the lab's Windows on a new NTFS volume and damages it. */
  static async create(...damages: readonly Damage[]): Promise<StoryWindows> {
    return await StoryWindows.createOn(MEGABYTES, ...damages);
  }

  /** The same on a volume of another size. */
  static async createOn(megabytes: number, ...damages: readonly Damage[]): Promise<StoryWindows> {
    const lab = windowsLab();
    const volume = await lab.mountNtfs({ label: "Windows", megabytes });
    const story = new StoryWindows(lab, volume);
    await installInto(story.#files, "D:\\", buildLabWindows(TREE));
    const state = labState(TREE);
    const site = new DamageSite({ files: story.#files, root: "D:\\", state, tree: TREE });
    for (const damage of damages) await damage.apply(site);
    await story.#putSource();
    await Deno.writeTextFile(`${lab.stick}/${STATE}`, JSON.stringify(state));
    return story;
  }

  /** Repair files of the same build, on the stick: `E:\source\Windows`. */
  async #putSource(): Promise<void> {
    const healthy = buildLabWindows(TREE);
    for (const path of [...healthy.keys()]) {
      if (!/^Windows(?:$|\\WinSxS(?:$|\\))/.test(path)) healthy.delete(path);
    }
    const source = `${this.#lab.stick}/source`;
    await Deno.remove(source, { recursive: true }).catch(() => undefined);
    await Deno.mkdir(source);
    const files = new DriveMapFileSystem(new DenoFileSystem(), new Map([["F:", source]]));
    await installInto(files, "F:\\", healthy);
  }

  /** Runs `pemedic.exe` with the simulators' state. */
  async pemedic(args: readonly string[], env: ExeOptions["env"] = {}): Promise<ExeResult> {
    return await this.#lab.runExe(args, {
      env: { PEMEDIC_LAB_STATE: `E:\\${STATE}`, PEMEDIC_LAB_SPEED: "0", ...env },
    });
  }

  /** A picture of the volume; the sessions' folder is left out. */
  async snapshot(): Promise<Snapshot> {
    return await snapshotOf(this.#files, "D:\\", { except: ["PEMedic"] });
  }

  /** The same, but a hive counts for what it holds: undo writes values, not files. */
  async hiveSnapshot(): Promise<Snapshot> {
    return await byHiveContent(await this.snapshot(), this.#files, "D:\\");
  }

  /** The same, with what is left for an upgrade: only the sessions are left out. */
  async stageSnapshot(): Promise<Snapshot> {
    const all = await snapshotOf(this.#files, "D:\\");
    const picture = new Map([...all].filter(([path]) => !/^PEMedic(?:\\\d|$)/.test(path)));
    return await byHiveContent(picture, this.#files, "D:\\");
  }

  /** A file of the volume. */
  async read(path: string): Promise<Uint8Array> {
    return await this.#files.read(`D:\\${path}`);
  }

  /** Puts other content into a file of the volume. */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.#files.remove(`D:\\${path}`);
    await this.#files.createFile(`D:\\${path}`, bytes);
  }

  /** Differences to an earlier picture by content of the hives. */
  async hiveDifferences(before: Snapshot): Promise<string[]> {
    return compareSnapshots(before, await this.hiveSnapshot());
  }

  /** What the simulated tools remember. */
  async state(): Promise<LabState> {
    return JSON.parse(await Deno.readTextFile(`${this.#lab.stick}/${STATE}`));
  }

  /** Differences to an earlier picture that no simulated tool made. */
  async differences(before: Snapshot): Promise<string[]> {
    const { ledger } = await this.state();
    const byTools = new Set(
      ledger.flatMap((call) => call.changed).map((path) => path.slice(3).toUpperCase()),
    );
    return compareSnapshots(before, await this.snapshot())
      .filter((line) => !byTools.has(line.split(": ")[0]!.toUpperCase()));
  }

  /** Another NTFS stick with these files: `G:`. */
  async plugIn(files: Readonly<Record<string, Uint8Array>>): Promise<NtfsVolume> {
    const stick = await this.#lab.mountNtfs({ letter: "G:", label: "MEDIA", megabytes: 256 });
    this.#sticks.push(stick);
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${stick.folder}/${name}`, bytes);
    }
    return stick;
  }

  /** A file or folder of the program's own stick, `E:`. */
  async onStick(path: string): Promise<boolean> {
    return await Deno.stat(`${this.#lab.stick}/${path}`).then(() => true, () => false);
  }

  async dispose(): Promise<void> {
    for (const stick of this.#sticks) await stick.unmount();
    await this.#volume.unmount();
  }
}
