/** Each group of commands is loaded by its names, and by nothing else. */
import assert from "node:assert/strict";
import { Command } from "commander";
import { COMMAND_GROUPS, groupsFor } from "../../src/cli/command_groups.ts";

Deno.test("the words of each group are the names and aliases of its commands", async () => {
  for (const group of COMMAND_GROUPS) {
    const program = new Command();
    (await group.load())(program, { run: () => Promise.resolve() });
    const names = program.commands.flatMap((command) => [command.name(), ...command.aliases()]);
    assert.deepEqual(names.toSorted(), group.words.toSorted());
  }
});

Deno.test("a command loads its own group, and what names none loads all", () => {
  const wordsOf = (...args: string[]) => groupsFor(args).flatMap(({ words }) => words);
  assert.deepEqual(wordsOf("media", "inspect", "E:\\x.iso"), ["media"]);
  assert.deepEqual(wordsOf("--json", "scan"), ["scan", "diagnose"]);
  const all = COMMAND_GROUPS.flatMap(({ words }) => words);
  for (const args of [[], ["--help"], ["scann"], ["--windows", "D:", "repair"], ["exit-codes"]]) {
    assert.deepEqual(wordsOf(...args), all, args.join(" "));
  }
});
