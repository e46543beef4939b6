/** `undo` where values have changed since: who is asked, what is written, and the exit code. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { editHive, openHive, registryDword } from "../../src/formats/regf/mod.ts";
import { createLab, hivePath, type MemoryLab } from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";

const BITS = "ControlSet001\\Services\\BITS";
const FILE = `D:\\${hivePath("SYSTEM")}`;

async function start(lab: MemoryLab): Promise<unknown> {
  return openHive(await lab.host.files.read(FILE)).key(BITS)?.value("Start")?.number();
}

/** A service whose start type we set to 4, and Windows to 1 since. */
async function changedSince(): Promise<MemoryLab> {
  const lab = await createLab();
  const set = ["registry", "set", "D:", `SYSTEM\\${BITS}`, "Start", "4", "--type", "dword"];
  assert.equal((await runCli(lab, ...set, "--yes")).code, ExitCode.ok);
  const bytes = editHive(await lab.host.files.read(FILE), [
    { kind: "set-value", key: BITS, name: "Start", type: 4, data: registryDword(1) },
  ], { name: "SYSTEM", at: new Date("2026-01-01T00:00:00Z") });
  lab.host.files.put(FILE, bytes);
  return lab;
}

Deno.test("undo --yes never overwrites what has changed since, and says partial", async () => {
  for (const more of [[], ["--json"]]) {
    const lab = await changedSince();
    const run = await runCli(lab, "undo", "D:", "--yes", ...more);
    assert.equal(run.code, ExitCode.partial, run.stderr);
    assert.equal(await start(lab), 1);
    if (more.length === 0) assert.match(run.stdout, /it is 1 now/);
    else {
      const { changes } = jsonLines(run).at(-1) as { changes: { next: string }[] };
      assert.match(changes[0]!.next, /pemedic undo D:\\ [0-9]{8}-[0-9]{6}-\w{6} --overwrite$/);
    }
    // People were told: the next repair is not in its way.
    assert.notEqual((await runCli(lab, "repair", "D:", "--dry-run")).code, ExitCode.refused);
  }
});

Deno.test("undo --overwrite writes the old value back", async () => {
  const lab = await changedSince();
  const run = await runCli(lab, "undo", "D:", "--yes", "--overwrite");
  assert.equal(run.code, ExitCode.ok, run.stderr);
  assert.notEqual(await start(lab), 1);
  assert.notEqual(await start(lab), 4);
});

Deno.test("undo --overwrite works after an undo that left something", async () => {
  const lab = await changedSince();
  assert.equal((await runCli(lab, "undo", "D:", "--yes")).code, ExitCode.partial);
  const run = await runCli(lab, "undo", "D:", "--yes", "--overwrite");
  assert.equal(run.code, ExitCode.ok, run.stderr);
  assert.notEqual(await start(lab), 1);
});
