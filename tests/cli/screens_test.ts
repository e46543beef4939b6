/** The screens at 80 columns: no line that could be broken is longer, nothing is said twice. */
import assert from "node:assert/strict";
import {
  corruptPayload,
  createLab,
  type Damage,
  dirtySoftwareHive,
  dirtyVolume,
  hibernated,
  pendingXmlLeftBehind,
  serviceDisabled,
  updateCacheStuck,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";

const STORIES: readonly (readonly Damage[])[] = [
  [],
  [pendingXmlLeftBehind(), updateCacheStuck(), serviceDisabled("BITS"), dirtySoftwareHive()],
  [dirtyVolume(), corruptPayload("microsoft-windows-ntdll")],
  [hibernated()],
];

const SCREENS: readonly (readonly string[])[] = [
  ["scan"],
  ["diagnose"],
  ["repair", "--dry-run"],
  ["repair", "--yes", "--source", "F:\\Windows"],
  ["sessions"],
  ["undo", "D:", "--dry-run"],
  ["undo", "D:", "--yes"],
  ["image", "drivers"],
  ["help"],
  ["help", "repair"],
  ["registry", "--help"],
  ["registry", "set", "--help"],
  ["registry", "query", "D:", "HKLM\\SYSTEM\\ControlSet001\\Control\\Session Manager"],
  ["registry", "check", "D:"],
  ["registry", "query", "D:", "HKLM\\SYSTEM\\Nothing"],
  ["registry", "set", "D:", "HKLM\\SYSTEM\\Select", "Failed", "1", "--type", "dword", "--dry-run"],
  ["registry", "salvage", "D:", "SYSTEM"],
  ["repair", "--help"],
];

for (const damages of STORIES) {
  const story = damages.map((damage) => damage.name).join(", ") || "a sound Windows";
  Deno.test(`every screen fits into 80 columns: ${story}`, async () => {
    const lab = await createLab();
    await lab.damage(...damages);
    for (const args of SCREENS) {
      const { stdout, stderr } = await runCli(lab, ...args);
      assert.deepEqual(longLines(stdout + stderr), [], args.join(" "));
      assert.doesNotMatch(stdout + stderr, /\.\.(?!\.)(?<!\.\.\.)$/m, "a sentence ends once");
      assert.doesNotMatch(stdout + stderr, /\{session\}|\{scratch\}|undefined|\[object/);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(stdout + stderr, /\u001b/, "no colour");
    }
  });
}

Deno.test("a diagnosis of one problem fits into 25 lines", async () => {
  for (const damage of [pendingXmlLeftBehind(), updateCacheStuck(), dirtyVolume()]) {
    const lab = await createLab();
    await lab.damage(damage);
    const { stdout, stderr } = await runCli(lab, "diagnose");
    const lines = (stdout + stderr).trimEnd().split("\n").length;
    assert.ok(lines <= 25, `${damage.name}: ${lines}`);
  }
});

Deno.test("the plan of a dry run is the result, so that it can be kept", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  const { stdout, stderr } = await runCli(lab, "repair", "--dry-run");
  assert.match(stdout, /^Plan$/m);
  assert.match(stdout, /Move folder Windows\\SoftwareDistribution aside \(reversible, 6\.0 GB\)/);
  assert.doesNotMatch(stderr, /^Plan$/m);
});

Deno.test("the way back is offered only where there is one", async () => {
  const lab = await createLab();
  const cleanup = await runCli(lab, "image", "cleanup", "--yes");
  assert.doesNotMatch(cleanup.stderr, /To take it back/);
  const reset = await runCli(lab, "cache", "reset", "--yes");
  assert.match(reset.stderr, /^To take it back: pemedic undo D:\\ \S+$/m);
});
