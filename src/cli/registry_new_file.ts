/** `registry replay` and `registry salvage FILE`: write a new hive beside what is there. */
import { ExitCode, FormatError, MedicError, RefusalError, UsageError, wrap } from "../base/mod.ts";
import { type HiveReplay, readHiveSet, salvageHive } from "../formats/regf/mod.ts";
import { describeSalvage } from "../repairs/mod.ts";
import { describeReplay } from "../windows/mod.ts";
import { type CommandContext, onUserFile } from "./context.ts";
import { requireFree } from "./registry_export.ts";
import {
  argumentsFor,
  type HivePlace,
  hivePlace,
  readIfThere,
  replayFacts,
} from "./registry_hive.ts";
import { parseHiveName, quoted } from "./registry_path.ts";
import { chooseTarget, type HiveFileTarget, type RegistryTarget } from "./registry_target.ts";

/** Writes the hive with its logs in it. */
export async function replayRegistry(
  context: CommandContext,
  names: { readonly place: string; readonly hive: string | undefined },
  output: string,
): Promise<number> {
  const target = await chooseTarget(context, names.place);
  const place = await hivePlace(target, requireHive(target, names.hive));
  await requireFree(context, output);
  const replay = await readReplay(place);
  const state = describeReplay(replay);
  if (replay.state === "clean") {
    throw new MedicError("nothingToDo", `${place.name} is clean: there is nothing to replay`);
  }
  if (replay.state === "unrecovered") {
    throw new RefusalError(`Cannot replay ${place.name}: ${state}`, {
      next: `See what is in it as it lies: pemedic registry check ${
        argumentsFor(place)
      } --no-replay`,
    });
  }
  await onUserFile("output file", () => context.host.files.createFile(output, replay.bytes));
  context.output.document({
    hive: place.name,
    ...replayFacts(replay, { dirty: true }),
    file: output,
    bytes: replay.bytes.length,
  });
  context.output.result(wrap(`${place.name}: ${state}; written to ${output}`));
  return ExitCode.ok;
}

function requireHive(target: RegistryTarget, hive: string | undefined): string {
  if (target.kind === "file") return "";
  if (hive !== undefined) return parseHiveName(hive);
  throw new UsageError("Cannot tell which hive is meant", {
    next: `Name one of the volume, for example: pemedic registry replay ${
      quoted(target.place)
    } SYSTEM --output FILE`,
  });
}

async function readReplay(place: HivePlace): Promise<HiveReplay> {
  const replay = await readHiveSet(place.path, (path) => readIfThere(place.files, path));
  if (replay !== undefined) return replay;
  throw new MedicError("nothingToDo", `There is no hive ${place.name}`);
}

/** Saves what can be reached of a hive file into a new file; the old one is only read. */
export async function salvageFile(
  context: CommandContext,
  target: HiveFileTarget,
  output: string | undefined,
): Promise<number> {
  if (output === undefined) {
    throw new UsageError(`Cannot salvage "${target.place}" without a place for the new hive`, {
      next: "Name a file that is not there yet: --output FILE",
    });
  }
  await requireFree(context, output);
  const place = await hivePlace(target, "");
  const saved = salvageHive(await bestBytes(context, place), {
    name: place.name,
    at: context.host.clock.now(),
  });
  await onUserFile("output file", () => context.host.files.createFile(output, saved.bytes));
  const { keys, values, reattached, lost } = saved;
  context.output.document({
    hive: place.name,
    file: output,
    bytes: saved.bytes.length,
    keys,
    values,
    reattached,
    lost,
  });
  context.output.result(
    describeSalvage(place.name, saved).map((line) => wrap(line, { first: "", indent: "  " }))
      .join("\n"),
  );
  context.output.talk(wrap(`Written to ${output}`));
  return lost.length === 0 ? ExitCode.ok : ExitCode.partial;
}

/** With the logs in it, where they can be used. */
async function bestBytes(context: CommandContext, place: HivePlace): Promise<Uint8Array> {
  try {
    const replay = await readReplay(place);
    const state = describeReplay(replay);
    if (state !== undefined) context.output.talk(wrap(`${place.name}: ${state}`));
    return replay.bytes;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    context.output.talk(wrap(`${place.name}: its logs cannot be used: ${error.message}`));
    return await place.files.read(place.path);
  }
}
