/** Measures `diagnose` of a Windows with a 100 MB SOFTWARE hive and a 300 MB CBS.log. */
import { DenoFileSystem } from "../../src/host/deno_file_system.ts";
import { RootedFileSystem } from "../../src/host/mod.ts";
import { buildLabWindows, installInto } from "../lab/mod.ts";
import { measure, measurePeak, print, summarise } from "./measure.ts";

const SOFTWARE_BYTES = 100 * 1024 ** 2;
const CBS_LOG_BYTES = 300 * 1024 ** 2;

/** Runs the measurement with the compiled program and prints it. */
export async function benchDiagnose(
  program: string,
  folder: string,
  rounds: number,
): Promise<void> {
  await print("diagnose of a Windows with a 100 MB SOFTWARE hive and a 300 MB CBS.log");
  const root = `${folder}/windows`;
  await Deno.mkdir(root);
  const tree = buildLabWindows({ softwareHiveBytes: SOFTWARE_BYTES, cbsLogBytes: CBS_LOG_BYTES });
  await installInto(new RootedFileSystem(new DenoFileSystem(), root), "", tree);
  const line = [program, "diagnose", root] as const;
  await measure(line);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await measure(line)).milliseconds);
  const { min, median } = summarise(times);
  const peak = await measurePeak(line);
  await print(
    `  wall time: min ${min.toFixed(0)} ms, median ${median.toFixed(0)} ms (aim: under 3000)`,
  );
  const shown = peak === undefined
    ? "not measured: /usr/bin/time is absent"
    : `${peak.toFixed(0)} MB`;
  await print(`  peak memory: ${shown} (aim: under 300 MB)`);
}
