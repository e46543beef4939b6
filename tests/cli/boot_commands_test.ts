import assert from "node:assert/strict";
import { createLab, safeOsImageLost } from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";

Deno.test("boot show says what boots what, and writes nothing", async () => {
  const lab = await createLab();
  const { code, stdout } = await runCli(lab, "boot", "show", "D:");
  assert.equal(code, 0);
  assert.match(stdout, /^S:\\EFI\\Microsoft\\Boot\\BCD \(menu waits 30 s\)$/m);
  assert.match(stdout, /> "Windows 11" \[default\]/);
  assert.match(stdout, /winload\.efi of D: \(C: when it\s+runs\)/);
  assert.match(stdout, /this starts the Windows named above/);
  assert.ok(stdout.split("\n").every((line) => line.length <= 80), stdout);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("boot alone shows a default that leads into a dead upgrade", async () => {
  const lab = await createLab();
  await lab.damage(safeOsImageLost());
  const { code, stdout } = await runCli(lab, "boot");
  assert.equal(code, 0);
  assert.match(stdout, /> "Windows Setup" \[default, unlisted\]/);
  assert.match(stdout, /winre\.wim is not there/);
  const json = JSON.parse((await runCli(lab, "boot", "--json")).stdout);
  const entry = json.stores[0].entries.find((item: { isDefault: boolean }) => item.isDefault);
  assert.equal(entry.startsTarget, false);
});

Deno.test("boot without a store, or with a ruined one, says so", async () => {
  const none = await createLab();
  for (const path of ["S:\\EFI\\Microsoft\\Boot\\BCD", "D:\\Boot\\BCD"]) none.files.erase(path);
  const empty = await runCli(none, "boot", "D:");
  assert.equal(empty.code, 4);
  assert.match(empty.stdout, /No boot store was found/);
  const ruined = await createLab();
  ruined.files.put("S:\\EFI\\Microsoft\\Boot\\BCD", new TextEncoder().encode("no hive"));
  const partial = await runCli(ruined, "boot", "D:");
  assert.equal(partial.code, 3);
  assert.match(partial.stdout, /BCD cannot be read:[^]*does not begin with "regf"/);
});
