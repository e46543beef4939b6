import assert from "node:assert/strict";
import { Checkpoints } from "../../src/host/checkpoint.ts";
import { inScratch, onWindows, useHost } from "./system_files.ts";

async function killsAt(wanted: string | undefined, passes: readonly string[]): Promise<number[]> {
  const kills: number[] = [];
  let passage = 0;
  const checkpoints = new Checkpoints(wanted, () => kills.push(passage));
  for (const name of passes) {
    passage++;
    await checkpoints.pass(name);
  }
  return kills;
}

Deno.test("Checkpoints kill at the named place, once", async () => {
  assert.deepEqual(await killsAt("b", ["a", "b", "b"]), [2]);
  assert.deepEqual(await killsAt("b#2", ["a", "b", "a", "b", "b"]), [4]);
  assert.deepEqual(await killsAt("b#3", ["b", "b"]), []);
});

Deno.test("Checkpoints do nothing where no place is named", async () => {
  for (const wanted of [undefined, "", "c", "#2", "b#x"]) {
    assert.deepEqual(await killsAt(wanted, ["a", "b", "b#x"]), []);
  }
});

Deno.test("a checkpoint of the real host kills without any cleanup", async () => {
  await inScratch(async ({ files, path }) => {
    const cleaned = path("cleaned");
    const killed = await useHost(["checkpoints", cleaned], { PEMEDIC_CHECKPOINT: "b#2" });
    assert.deepEqual([killed.success, killed.stdout], [false, "a b "]);
    if (!onWindows) assert.equal(killed.signal, "SIGKILL");
    assert.equal(await files.stat(cleaned), undefined);
    const finished = await useHost(["checkpoints", cleaned], { PEMEDIC_CHECKPOINT: "elsewhere" });
    assert.deepEqual([finished.success, finished.stdout], [true, "a b b "]);
    assert.notEqual(await files.stat(cleaned), undefined);
  });
});
