/**
 * The demonstration: a broken Windows made from text on a folder of this machine, the real
 * `repair` on it with simulated Windows tools, and the undo that proves itself byte by byte.
 *
 *     npx --yes deno@2.9.6 task demo
 */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { main } from "../../src/cli/mod.ts";
import type { Host } from "../../src/host/mod.ts";
import { createRealHost } from "../../src/host/real_host.ts";
import {
  compareSnapshots,
  corruptPayload,
  corruptProtectedFile,
  createFolderLab,
  dirtyVolume,
  type Lab,
  updateCacheStuck,
} from "../lab/mod.ts";

const real = await createRealHost();
const say = (text: string) => real.terminal.write(text + "\n");

/** The lab's machine, talking on this terminal. Time is the lab's: minutes pass in an instant. */
function onThisTerminal(lab: Lab): Host {
  const { host } = lab;
  return {
    files: host.files,
    processes: host.processes,
    volumes: host.volumes,
    clock: host.clock,
    platform: host.platform,
    terminal: real.terminal,
    newHash: (name) => host.newHash(name),
    randomHex: (count) => host.randomHex(count),
    keepAwake: () => host.keepAwake(),
    onInterrupt: (listener) => real.onInterrupt(listener),
    checkpoint: (name) => host.checkpoint(name),
  };
}

async function pemedic(host: Host, ...args: readonly string[]): Promise<number> {
  say(`\n> pemedic ${args.join(" ")}\n`);
  const code = await main(args, () => Promise.resolve(host));
  say(`\n(exit code ${code})`);
  return code;
}

/** What the simulated tools themselves changed: undo says that it cannot take that back. */
function changedByTools(lab: Lab): string[] {
  return lab.state.ledger.flatMap((call) => call.changed).map((path) =>
    path.slice(3).toUpperCase()
  );
}

async function demonstrate(lab: Lab): Promise<number> {
  const host = onThisTerminal(lab);
  const before = await lab.snapshot({ except: ["PEMedic"] });
  say("A Windows 11 that does not start, made from text. Its tools are simulated;");
  say("everything else is the real program. Broken are: the file system's state, the");
  say("update cache, a system file, and its copy in the component store.");
  await pemedic(host, "scan");
  await pemedic(host, "diagnose", "D:");
  const repaired = await pemedic(host, "repair", "D:", "--yes", "--source", "F:\\Windows");
  await pemedic(host, "diagnose", "D:");
  const undone = await pemedic(host, "undo", "D:", "--yes");
  const differences = compareSnapshots(before, await lab.snapshot({ except: ["PEMedic"] }));
  const byTools = changedByTools(lab);
  const ours = differences.filter((line) => !byTools.includes(line.split(": ")[0]!.toUpperCase()));
  say(
    `\nCompared with the start, file by file (${before.size} entries):\n` +
      `${ours.length} differences by PE Medic, ${differences.length - ours.length} by the tools`,
  );
  for (const line of ours) say(`  ${line}`);
  return repaired === 0 && undone === 0 && ours.length === 0 ? 0 : 1;
}

const folder = await Deno.makeTempDir({ dir: tmpdir(), prefix: "pemedic-demo-" });
let code = 1;
try {
  const lab = await createFolderLab(join(folder, "machine"));
  await lab.damage(
    dirtyVolume(),
    updateCacheStuck(),
    corruptProtectedFile("Windows\\System32\\wuaueng.dll"),
    corruptPayload("microsoft-windows-windowsupdateclient-aux"),
  );
  code = await demonstrate(lab);
} finally {
  await Deno.remove(folder, { recursive: true });
}
say(code === 0 ? "\nThe demonstration passed." : "\nThe demonstration FAILED.");
Deno.exit(code);
