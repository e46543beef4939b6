/** `registry query`: shows keys and values. */
import { ExitCode, MedicError, wrap } from "../base/mod.ts";
import type { HiveKey, HiveProblem, HiveValue } from "../formats/regf/mod.ts";
import { walkHive } from "../formats/regf/mod.ts";
import type { CommandContext } from "./context.ts";
import { argumentsFor, type OpenedKey, openKey, replayFacts } from "./registry_hive.ts";
import { below } from "./registry_path.ts";
import { chooseTarget } from "./registry_target.ts";
import {
  dataLines,
  isShownDefault,
  type KeyFacts,
  keyFacts,
  oneLine,
  renderKey,
  shownName,
  valueFacts,
} from "./registry_view.ts";

/** What to show. */
export interface QueryOptions {
  readonly recursive?: boolean | undefined;
  /** Only this value; "" is the default one. */
  readonly value?: string | undefined;
  readonly replay: boolean;
}

/** Shows a key, a value, or a whole tree. */
export async function queryRegistry(
  context: CommandContext,
  names: { readonly place: string; readonly path: string },
  options: QueryOptions,
): Promise<number> {
  const target = await chooseTarget(context, names.place);
  const opened = await openKey(context, target, { ...options, path: names.path });
  if (options.value !== undefined) return queryValue(context, opened, options.value);
  return options.recursive ? queryTree(context, opened) : queryKey(context, opened);
}

/** The data alone, one line per string: for people and for scripts. */
function queryValue(context: CommandContext, opened: OpenedKey, name: string): number {
  const value = opened.key.value(name);
  const path = below(opened.place.prefix, opened.path);
  if (value === undefined) {
    throw new MedicError("nothingToDo", `There is no value "${shownName(name)}" in ${path}`, {
      next: isShownDefault(name)
        ? "Say --default for the default value"
        : `See which are there: pemedic registry query ${argumentsFor(opened.place, opened.path)}`,
    });
  }
  context.output.document({ ...head(opened), path, value: valueFacts(value) });
  context.output.result(dataLines(value).join("\n"));
  return ExitCode.ok;
}

function queryKey(context: CommandContext, opened: OpenedKey): number {
  const { key } = opened;
  const problems: HiveProblem[] = [];
  const report = (error: { readonly message: string; readonly offset: number | undefined }) =>
    void problems.push({ path: opened.path, message: error.message, offset: error.offset ?? 0 });
  const values = readable(key.values(report), report);
  const subkeys = key.subkeys(report).map(({ name }) => name);
  const path = below(opened.place.prefix, opened.path);
  const content = { values, subkeys };
  context.output.document({ ...head(opened), ...keyFacts(path, key, content), problems });
  context.output.result(renderKey(path, key, content));
  return ended(context, opened, problems);
}

/** Values whose data can be read. */
function readable(
  values: readonly HiveValue[],
  report: (error: MedicError & { readonly offset: number | undefined }) => void,
): HiveValue[] {
  return values.filter((value) => {
    try {
      return value.data !== undefined;
    } catch (error) {
      if (!isOffsetError(error)) throw error;
      report(error);
      return false;
    }
  });
}

function isOffsetError(
  error: unknown,
): error is MedicError & { readonly offset: number | undefined } {
  return error instanceof MedicError && "offset" in error;
}

function queryTree(context: CommandContext, opened: OpenedKey): number {
  const problems: HiveProblem[] = [];
  const collector = new KeyCollector(opened, context);
  walkHive(opened.hive, {
    key: (key, place) => collector.key(key, place.path),
    value: (value) => collector.value(value),
    problem: (problem) => void problems.push(problem),
  }, opened.key);
  collector.end();
  context.output.document({ ...head(opened), keys: collector.facts, problems });
  return ended(context, opened, problems);
}

/** Shows each key once the next one begins: no tree is kept, but for programs. */
class KeyCollector {
  readonly facts: KeyFacts[] = [];
  readonly #context: CommandContext;
  readonly #root: string;
  #current: { readonly key: HiveKey; readonly path: string } | undefined;
  #values: HiveValue[] = [];

  constructor(opened: OpenedKey, context: CommandContext) {
    this.#context = context;
    this.#root = below(opened.place.prefix, opened.path);
  }

  key(key: HiveKey, path: string): void {
    this.end();
    this.#current = { key, path: below(this.#root, path) };
  }

  value(value: HiveValue): void {
    this.#values.push(value);
  }

  end(): void {
    const current = this.#current;
    if (current === undefined) return;
    const { key, path } = current;
    const { output } = this.#context;
    const values = this.#values;
    if (output.json) {
      const subkeys = key.subkeys(() => {}).map(({ name }) => name);
      this.facts.push(keyFacts(path, key, { values, subkeys }));
    } else {
      output.result(`${renderKey(path, key, { values, subkeys: [] })}\n\n`);
    }
    this.#current = undefined;
    this.#values = [];
  }
}

function head(opened: OpenedKey) {
  const { place, replay, hive } = opened;
  return { hive: place.name, ...replayFacts(replay, hive) };
}

/** Problems that are listed; JSON holds all. */
const PROBLEMS_SHOWN = 10;

/** Says what could not be read: what is shown is not all there is. */
export function ended(
  context: CommandContext,
  opened: Pick<OpenedKey, "place">,
  problems: readonly HiveProblem[],
): number {
  if (problems.length === 0) return ExitCode.ok;
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) {
    const text = oneLine(`${problem.path}: ${problem.message}`);
    context.output.talk(wrap(text, { first: "damaged: ", indent: "  " }));
  }
  const more = problems.length - PROBLEMS_SHOWN;
  if (more > 0) context.output.talk(`and ${more} more`);
  const next = `See all that is wrong: pemedic registry check ${argumentsFor(opened.place)}`;
  context.output.talk(wrap(next, { first: "Next: ", indent: "      " }));
  return ExitCode.partial;
}
