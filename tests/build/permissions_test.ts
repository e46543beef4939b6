import assert from "node:assert/strict";
import { PROGRAM_PERMISSIONS } from "./permissions.ts";

Deno.test("PROGRAM_PERMISSIONS leave out the network and are those of `deno task pemedic`", async () => {
  const path = new URL("../../deno.json", import.meta.url);
  const { tasks } = JSON.parse(await Deno.readTextFile(path));
  const inTask = String(tasks.pemedic).split(" ").filter((word) => word.startsWith("--allow-"));
  assert.deepEqual(inTask.sort(), [...PROGRAM_PERMISSIONS].sort());
  assert.ok(inTask.every((flag) => flag !== "--allow-net" && flag !== "--allow-all"));
});
