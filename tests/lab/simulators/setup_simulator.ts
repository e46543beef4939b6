/**
 * Stand-in for setup.exe of installation media: it checks its command line and its media as the
 * real one does, writes logs below `$WINDOWS.~BT`, and ends as the scenario wants. It keeps its
 * hands off everything else: no image is applied.
 */
import { joinNative, type LabAction, type LabRun, type LabStep, nativeParent } from "./lab_run.ts";
import {
  DOWNLEVEL_LINES,
  FINISHED_LINES,
  refusalLines,
  RESTART_LINES,
  rollbackLines,
  type SetupLogLine,
  setupLogText,
  startLines,
} from "./setup_log.ts";
import {
  type GivenOptions,
  givenOptions,
  INVALID_COMMAND_LINE,
  withConfig,
} from "./setup_options.ts";
import { parseSetupScenarios, type SetupScenario } from "./setup_scenario.ts";

const CONTINUE_REBOOT = 3;
const IMAGE_NOT_FOUND = 0xc190_010b;
const SCAN_ONLY_OK = 0xc190_0210;
const ROLLED_BACK = 0xc190_0101;
/** STATUS_ACCESS_VIOLATION */
const CRASHED = 0xc000_0005;
/** DBG_TERMINATE_PROCESS: what processes leave that a shutdown ends. */
const ENDED_BY_SHUTDOWN = 0x4001_0004;
const DEFAULT_BUILD = 26_100;
/** Migrate data in the first boot of the new Windows. */
const DEFAULT_EXTEND = 0x3_000d;

const PANTHER = "$WINDOWS.~BT\\Sources\\Panther";
const ROLLBACK = "$WINDOWS.~BT\\Sources\\Rollback";
const SCENARIO_FILE = "setup-scenario.json";
const INSTALL_FILES = ["install.wim", "install.esd", "install.swm"];

/** `setup.exe /Auto Upgrade …` */
export async function runSetup(run: LabRun): Promise<number> {
  const scenario = await nextScenario(run);
  const build = scenario.build ?? DEFAULT_BUILD;
  const given = await checkedOptions(run, build);
  if (typeof given === "number") return given;
  const work = { run, scenario, given, build, started: run.context.now?.() };
  const obstacle = await mediaObstacle(work);
  if (obstacle !== undefined) return await end(work, obstacle);
  const code = await perform(work);
  return scenario.exit ?? code;
}

interface Work {
  readonly run: LabRun;
  readonly scenario: SetupScenario;
  readonly given: GivenOptions;
  readonly build: number;
  /** Undefined on a machine without a clock. */
  readonly started: Date | undefined;
}

async function perform(work: Work): Promise<number> {
  const { run, scenario, given } = work;
  const start = startLines(run.arguments, work.build);
  const half = DOWNLEVEL_LINES.slice(0, 5);
  const scan = given.get("compat")?.some((word) => word.toLowerCase() === "scanonly") === true;
  switch (scenario.outcome) {
    case "refuse":
      return await end(work, scenario.code ?? IMAGE_NOT_FOUND);
    case "hang":
      await log(work, { act: [...start, ...half] });
      return await run.hang();
    case "die":
      await log(work, { act: [...start, ...half], torn: true });
      return CRASHED;
    case "restart":
      await log(work, { act: [...start, ...DOWNLEVEL_LINES, ...RESTART_LINES] });
      return ENDED_BY_SHUTDOWN;
    case "roll-back":
      return await rollBack(work, [...start, ...DOWNLEVEL_LINES, ...FINISHED_LINES]);
    case "succeed":
      if (scan) return await end(work, SCAN_ONLY_OK);
      await log(work, { act: [...start, ...DOWNLEVEL_LINES, ...FINISHED_LINES] });
      return CONTINUE_REBOOT;
  }
}

/** Gives up: the code stands in the logs, which go where `/CopyLogs` says. */
async function end(work: Work, code: number): Promise<number> {
  const lines = [...startLines(work.run.arguments, work.build), ...refusalLines(code)];
  await log(work, { act: lines });
  const folder = work.given.get("copylogs")?.[0];
  if (folder === undefined || code === SCAN_ONLY_OK) return code;
  const write = (name: string, kept: readonly SetupLogLine[]) =>
    work.run.put(joinNative(folder, name), encode(setupLogText(kept, work.started)));
  await write("setupact.log", lines);
  await write("setuperr.log", errorsIn(lines));
  return code;
}

async function rollBack(work: Work, before: readonly SetupLogLine[]): Promise<number> {
  const code = work.scenario.code ?? ROLLED_BACK;
  await log(work, { act: before });
  const lines = rollbackLines(code, work.scenario.extend ?? DEFAULT_EXTEND);
  await log(work, { act: lines, folder: ROLLBACK });
  return code;
}

interface LogWork {
  readonly act: readonly SetupLogLine[];
  /** The last line is cut off. */
  readonly torn?: boolean;
  readonly folder?: string;
}

async function log(work: Work, { act, torn, folder = PANTHER }: LogWork): Promise<void> {
  const { run } = work;
  const whole = setupLogText(act, work.started);
  const text = torn === true ? whole.slice(0, -12) : whole;
  const place = joinNative(targetOf(work), folder);
  const write = (name: string, content: string): LabAction => () =>
    run.put(joinNative(place, name), encode(content));
  const quiet: LabStep = { print: () => Promise.resolve(), pauseMs: 20_000 };
  await run.perform([quiet, quiet, quiet], [
    write("setupact.log", text),
    write("setuperr.log", setupLogText(errorsIn(act), work.started)),
  ]);
}

function errorsIn(lines: readonly SetupLogLine[]): SetupLogLine[] {
  return lines.filter(([, level]) => level === "Error");
}

function targetOf({ run, scenario }: Work): string {
  const drive = /^[A-Za-z]:/.exec(run.context.program ?? "")?.[0] ?? "C:";
  return scenario.target ?? `${drive}\\`;
}

function mediaRoot(run: LabRun): string {
  return nativeParent(run.context.program ?? "C:\\setup.exe");
}

async function checkedOptions(run: LabRun, build: number): Promise<GivenOptions | number> {
  const given = givenOptions(run.arguments, build);
  if (typeof given === "number") return given;
  for (const name of ["installdrivers", "reflectdrivers", "postoobe", "postrollback"]) {
    const path = given.get(name)?.[0];
    if (path !== undefined && !await exists(run, path)) return INVALID_COMMAND_LINE;
  }
  const config = given.get("configfile")?.[0];
  if (config === undefined) return given;
  if (!await exists(run, config)) return INVALID_COMMAND_LINE;
  const text = new TextDecoder().decode(await run.context.files.read(config));
  return withConfig(given, { text, build });
}

async function mediaObstacle({ run, given }: Work): Promise<number | undefined> {
  const named = given.get("installfrom")?.[0];
  const sources = joinNative(mediaRoot(run), "sources");
  const images = named === undefined
    ? INSTALL_FILES.map((name) => joinNative(sources, name))
    : [named];
  for (const image of images) if (await exists(run, image)) return undefined;
  return IMAGE_NOT_FOUND;
}

async function exists(run: LabRun, path: string): Promise<boolean> {
  return await run.context.files.stat(path).then((entry) => entry !== undefined, () => false);
}

/** The scenario of this start; it is taken off the list, unless it is the last one. */
async function nextScenario(run: LabRun): Promise<SetupScenario> {
  const path = joinNative(mediaRoot(run), SCENARIO_FILE);
  if (await exists(run, path)) {
    const text = new TextDecoder().decode(await run.context.files.read(path));
    const [first, ...rest] = parseSetupScenarios(text);
    if (rest.length > 0) await run.put(path, encode(JSON.stringify(rest)));
    return first!;
  }
  const { state } = run.context;
  const [first, ...rest] = state.setup ?? [];
  if (first === undefined) return { outcome: "succeed" };
  if (rest.length > 0) state.setup = rest;
  return first;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
