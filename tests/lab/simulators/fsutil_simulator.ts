/** Stand-in for fsutil: the dirty bit of the lab's volumes, and what NTFS knows of its damage. */
import { garbage, writeOem } from "./console_writer.ts";
import { FSUTIL_TEXTS } from "./fsutil_texts.ts";
import { type LabRun, ProgramDied } from "./lab_run.ts";

/** `fsutil dirty query D:` and `fsutil repair state D:`. */
export async function runFsutil(run: LabRun): Promise<number> {
  const { context, fault } = run;
  const texts = FSUTIL_TEXTS[context.state.language];
  if (fault.garbage === true) {
    await context.write(garbage());
    return 0;
  }
  if (fault.error !== undefined) return await fail(run, texts.failed);
  if (fault.hangAfter !== undefined) await run.perform([], []);
  if (fault.dieAfter !== undefined) throw new ProgramDied();
  const [group, command, volume] = run.arguments.map((argument) => argument.toUpperCase());
  if (volume === undefined || !/^[A-Z]:$/.test(volume)) return await fail(run, texts.usage);
  if (await context.files.stat(`${volume}\\`) === undefined) return await fail(run, texts.noVolume);
  const damaged = context.state.dirtyVolumes.includes(volume);
  if (group === "DIRTY" && command === "QUERY") {
    await writeOem(context, (damaged ? texts.dirty : texts.clean)(volume) + "\n");
    return 0;
  }
  if (group !== "REPAIR" || command !== "STATE") return await fail(run, texts.usage);
  const corrupt = damaged || context.state.hopelessVolumes.includes(volume);
  await writeOem(context, `\n${corrupt ? texts.corrupt : texts.sound}\n`);
  return 0;
}

async function fail(run: LabRun, text: string): Promise<number> {
  await writeOem(run.context, `${text}\n`);
  return run.fault.error ?? 1;
}
