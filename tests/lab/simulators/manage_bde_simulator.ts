/**
 * Stand-in for manage-bde: the state of a volume, and protectors that are suspended for some
 * restarts and enabled again. It unlocks nothing.
 */
import { garbage, writeOem } from "./console_writer.ts";
import { type LabRun, ProgramDied } from "./lab_run.ts";
import type { LabBitLocker } from "./manage_bde_state.ts";
import { MANAGE_BDE_TEXTS, SYSTEM_TEXTS } from "./manage_bde_texts.ts";

/** Exit code of every failure; that it is -1 was seen once, for a wrong password. */
const FAILED = 0xffff_ffff;
const LOCKED = 0x8031_0000;
const NOT_ENCRYPTED = 0x8031_0001;
const MOST_RESTARTS = 15;

/** `manage-bde -status D: …` and `manage-bde -protectors -disable|-enable D: …` */
export async function runManageBde(run: LabRun): Promise<number> {
  const { context, fault } = run;
  if (fault.garbage === true) {
    await context.write(garbage());
    return 0;
  }
  await writeOem(context, `${textsOf(run).title}\n\n`);
  if (fault.error !== undefined) return await failWith(run, fault.error);
  if (fault.hangAfter !== undefined) return await run.hang();
  if (fault.dieAfter !== undefined) throw new ProgramDied();
  const [command, ...rest] = run.arguments.map((argument) => argument.toLowerCase());
  if (command === "-status") return await status(run, rest);
  if (command !== "-protectors") return await invalid(run, command ?? "");
  const [verb, ...others] = rest;
  if (verb === "-disable") return await disable(run, others);
  if (verb === "-enable" && others.length === 1) return await enable(run, others[0]!);
  return await invalid(run, verb ?? "");
}

async function status(run: LabRun, rest: readonly string[]): Promise<number> {
  const [name = "", ...switches] = rest;
  const asLevel = switches.some((each) => each === "-protectionaserrorlevel" || each === "-p");
  if (switches.length > (asLevel ? 1 : 0)) return await invalid(run, switches.at(-1)!);
  const volume = await volumeOf(run, name);
  if (volume === undefined) return await noVolume(run, name);
  await writeOem(run.context, statusText(run, volume));
  return asLevel && volume.state?.protection !== "on" ? 1 : 0;
}

async function disable(run: LabRun, rest: readonly string[]): Promise<number> {
  const [name = "", option, count, ...more] = rest;
  const counted = option === "-rebootcount" || option === "-rc";
  const restarts = counted ? Number(count) : 1;
  if (option !== undefined && !counted || more.length > 0) return await invalid(run, option ?? "");
  if (!Number.isInteger(restarts) || restarts < 0 || restarts > MOST_RESTARTS) {
    return await invalid(run, count ?? "");
  }
  return await change(run, { name, protection: "off", restarts });
}

async function enable(run: LabRun, name: string): Promise<number> {
  return await change(run, { name, protection: "on", restarts: 0 });
}

interface ProtectorChange {
  readonly name: string;
  readonly protection: LabBitLocker["protection"];
  readonly restarts: number;
}

async function change(run: LabRun, { name, protection, restarts }: ProtectorChange) {
  const volume = await volumeOf(run, name);
  if (volume === undefined) return await noVolume(run, name);
  if (volume.locked) return await failWith(run, LOCKED);
  if (volume.state === undefined) return await failWith(run, NOT_ENCRYPTED);
  volume.state.protection = protection;
  volume.state.restartsLeft = restarts;
  await run.context.saveState();
  const texts = textsOf(run);
  const text = protection === "on" ? texts.enabled(volume.letter) : texts.disabled(volume.letter);
  await writeOem(run.context, `${text}\n`);
  return 0;
}

interface Volume {
  readonly letter: string;
  /** Undefined if BitLocker has nothing to do with it. */
  readonly state: LabBitLocker | undefined;
  readonly locked: boolean;
}

async function volumeOf(run: LabRun, name: string): Promise<Volume | undefined> {
  const letter = /^([a-z]):$/.exec(name)?.[1]?.toUpperCase();
  if (letter === undefined) return undefined;
  const state = run.context.state.bitLocker?.[`${letter}:`];
  const open = await run.context.files.stat(`${letter}:\\`).then(
    (entry) => entry !== undefined,
    () => false,
  );
  if (!open && state === undefined) return undefined;
  return { letter: `${letter}:`, state, locked: state?.locked === true || !open };
}

function statusText(run: LabRun, { letter, state, locked }: Volume): string {
  const texts = textsOf(run);
  const conversion = state === undefined ? "decrypted" : "encrypted";
  const shown = locked ? "unknown" : state?.protection ?? "off";
  const left = !locked && state?.protection === "off" ? state.restartsLeft : 0;
  const values = [
    locked ? `${texts.unknown} GB` : "236.40 GB",
    state === undefined ? texts.none : "2.0",
    locked ? texts.unknown : texts.conversion[conversion],
    texts.percent(locked ? undefined : state?.percent ?? 0),
    state === undefined ? texts.none : "XTS-AES 128",
    texts.protection[shown] + (left > 0 ? texts.restarts(left) : ""),
    texts.lock[locked ? "locked" : "unlocked"],
    state === undefined ? texts.none : texts.unknown,
    state === undefined ? texts.none : texts.unknown,
  ];
  const width = Math.max(...texts.labels.map((label) => label.length)) + 2;
  const lines = texts.labels.map((label, index) =>
    `    ${`${label}:`.padEnd(width)}${values[index]}`
  );
  const protectors = state === undefined ? [`    ${texts.noProtectors}`] : [
    `    ${texts.protectors}`,
    ...texts.protectorNames.map((protector) => `        ${protector}`),
  ];
  return [texts.volume(letter), texts.dataVolume, "", ...lines, ...protectors, "", ""].join("\n");
}

async function noVolume(run: LabRun, name: string): Promise<number> {
  await writeOem(run.context, `${textsOf(run).noVolume(name.toUpperCase())}\n`);
  return FAILED;
}

async function invalid(run: LabRun, argument: string): Promise<number> {
  await writeOem(run.context, `${textsOf(run).invalid(argument)}\n`);
  return FAILED;
}

async function failWith(run: LabRun, code: number): Promise<number> {
  const text = SYSTEM_TEXTS[code] ?? "";
  await writeOem(run.context, `${textsOf(run).failed(code)}\n${text}\n`);
  return FAILED;
}

function textsOf(run: LabRun) {
  return MANAGE_BDE_TEXTS[run.context.state.language];
}
