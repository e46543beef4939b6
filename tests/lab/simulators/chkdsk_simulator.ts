/**
 * Stand-in for chkdsk on the lab's volumes: it clears the dirty bit only with a repair switch,
 * asks before it dismounts, and cannot mend a hopeless volume.
 */
import { FileError } from "../../../src/base/mod.ts";
import { CHKDSK_TEXTS, type ChkdskTexts } from "./chkdsk_texts.ts";
import { garbage, writeOem } from "./console_writer.ts";
import { DiskFull, type LabAction, type LabRun, type LabStep } from "./lab_run.ts";

const REPAIRING = new Set(["/F", "/R", "/X", "/B", "/SPOTFIX", "/OFFLINESCANANDFIX", "/SDCLEANUP"]);
const OTHERS = new Set(["/V", "/I", "/C", "/SCAN", "/PERF"]);
const DISMOUNTING = new Set(["/X", "/SPOTFIX", "/OFFLINESCANANDFIX"]);
const ALL_SECTORS = new Set(["/R", "/B"]);

const FAILED = 3;

/** `chkdsk D: [/f] [/r] [/x] [/spotfix] …` */
export async function runChkdsk(run: LabRun): Promise<number> {
  const { context, fault } = run;
  const texts = CHKDSK_TEXTS[context.state.language];
  if (fault.garbage === true) {
    await context.write(garbage());
    return 0;
  }
  const volume = run.arguments[0]?.toUpperCase() ?? "";
  const switches = run.arguments.slice(1).map((argument) => argument.toUpperCase());
  const unknown = switches.find((each) => !REPAIRING.has(each) && !OTHERS.has(each));
  if (unknown !== undefined) return await say(run, { text: texts.invalid(unknown), exit: FAILED });
  if (fault.error !== undefined) {
    return await say(run, { text: texts.hopeless, exit: fault.error });
  }
  const obstacle = await obstacleOf(run, volume);
  if (obstacle !== undefined) return await say(run, { text: texts[obstacle], exit: FAILED });
  const repairing = switches.some((each) => REPAIRING.has(each));
  await writeOem(context, `${texts.fileSystem}\n`);
  if (repairing && !switches.some((each) => DISMOUNTING.has(each))) {
    if (!await dismount(run, texts)) return FAILED;
  }
  if (!repairing) await writeOem(context, `${texts.readOnly}\n`);
  const stages = switches.some((each) => ALL_SECTORS.has(each)) ? 5 : 3;
  return await examine(run, { volume, repairing, stages });
}

interface Examination {
  readonly volume: string;
  readonly repairing: boolean;
  readonly stages: number;
}

async function examine(run: LabRun, job: Examination): Promise<number> {
  const { state } = run.context;
  const texts = CHKDSK_TEXTS[state.language];
  const hopeless = state.hopelessVolumes.includes(job.volume);
  const dirty = state.dirtyVolumes.includes(job.volume);
  try {
    await run.perform(stageSteps(run, job.stages), []);
  } catch (error) {
    if (!(error instanceof DiskFull)) throw error;
    return await end(run, { text: texts.diskFull, exit: FAILED });
  }
  if (hopeless) {
    const text = job.repairing ? texts.hopeless : texts.errorsFound;
    return await end(run, { text, exit: FAILED });
  }
  if (!dirty) return await end(run, { text: `${texts.clean}\n\n${texts.summary}`, exit: 0 });
  if (!job.repairing) return await end(run, { text: texts.errorsFound, exit: FAILED });
  state.dirtyVolumes = state.dirtyVolumes.filter((letter) => letter !== job.volume);
  return await end(run, { text: `${texts.fixed}\n\n${texts.summary}`, exit: 1 });
}

/** Each stage: its title, rewritten progress, a padded count, and that it is done. */
function stageSteps(run: LabRun, count: number): LabStep[] {
  const { context } = run;
  const texts = CHKDSK_TEXTS[context.state.language];
  const total = 378_624;
  return texts.stages.slice(0, count).flatMap(([title, counted, done], index) => {
    const progress = (percent: number): LabStep => ({
      print: async () => {
        if (percent === 0) await writeOem(context, `\n${title}\n`);
        const all = Math.floor((index * 100 + percent) / count);
        const records = Math.floor(total * percent / 100);
        const line = texts.progress({ done: records, total, stage: percent, all });
        await writeOem(context, `${line}\r`);
        if (percent < 100) return;
        const finished = `  ${total} ${counted}`.padEnd(90);
        await writeOem(context, `${" ".repeat(line.length)}\r${finished}\n${done}\n`);
      },
      pauseMs: 400,
    });
    return [0, 35, 70, 100].map(progress);
  });
}

async function dismount(run: LabRun, texts: ChkdskTexts): Promise<boolean> {
  await writeOem(run.context, texts.inUse);
  const answer = await run.context.ask?.();
  await writeOem(run.context, "\n");
  if (answer?.trim().toUpperCase() !== texts.yes) return false;
  await writeOem(run.context, `${texts.dismounted}\n`);
  return true;
}

async function obstacleOf(
  run: LabRun,
  volume: string,
): Promise<"noVolume" | "denied" | undefined> {
  if (!/^[A-Z]:$/.test(volume)) return "noVolume";
  try {
    return await run.context.files.stat(`${volume}\\`) === undefined ? "noVolume" : undefined;
  } catch (error) {
    if (error instanceof FileError) return "denied";
    throw error;
  }
}

async function say(
  run: LabRun,
  last: { readonly text: string; readonly exit: number },
): Promise<number> {
  const none: readonly LabAction[] = [];
  await run.perform([], none);
  await writeOem(run.context, `${last.text}\n`);
  return last.exit;
}

async function end(
  run: LabRun,
  last: { readonly text: string; readonly exit: number },
): Promise<number> {
  const { eventLog } = CHKDSK_TEXTS[run.context.state.language];
  await writeOem(run.context, `\n${last.text}\n${eventLog}\n`);
  return last.exit;
}
