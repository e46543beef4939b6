import assert from "node:assert/strict";
import { createRealHost } from "../../src/host/real_host.ts";
import { inScratch, onWindows, useHost, utf8 } from "./system_files.ts";

Deno.test("createRealHost() describes this system and can use it", async () => {
  await inScratch(async ({ path }) => {
    const host = await createRealHost({ toolFolder: path() });
    assert.equal(host.platform.system, onWindows ? "windows" : "linux");
    assert.equal(host.platform.winpe, false);
    assert.equal(host.platform.systemRoot, onWindows ? "C:\\" : "/");
    assert.equal(host.platform.programFolder, undefined);
    await host.files.createFile(path("a"), utf8("A"));
    const volume = await host.volumes.at(path());
    assert.equal(volume?.root, path());
    const name = onWindows ? "tool.exe" : "tool";
    await Deno.writeTextFile(path(name), "", { mode: 0o755 });
    assert.equal(await host.processes.find("tool"), path(name));
    assert.ok(Math.abs(host.clock.now().getTime() - Date.now()) < 10_000);
    const before = host.clock.monotonicMs();
    assert.ok(host.clock.monotonicMs() >= before);
    host.keepAwake()();
    await host.checkpoint("nothing named so");
  });
});

Deno.test("randomHex() gives two digits a byte and never the same twice", async () => {
  const host = await createRealHost();
  const texts = Array.from({ length: 20 }, () => host.randomHex(8));
  assert.equal(new Set(texts).size, 20);
  for (const text of texts) assert.match(text, /^[0-9a-f]{16}$/);
});

Deno.test({
  ignore: onWindows,
  name: "onInterrupt() hears Ctrl-C until it is taken back (needs Linux signals)",
  fn: async () => {
    // In a process of its own: the test runner itself ends on Ctrl-C.
    const result = await useHost(["interrupts"]);
    assert.deepEqual([result.stdout, result.signal], ["heard", "SIGINT"]);
  },
});

Deno.test("the host works with the permissions of the program, without the network", async () => {
  await inScratch(async ({ path }) => {
    const { success, stdout } = await useHost(["volumes", path()]);
    assert.equal(success, true);
    const found = JSON.parse(stdout);
    assert.ok(found.listed > 0 || !onWindows);
    assert.ok(found.fileSystem !== "");
    assert.deepEqual([found.root, found.raw, found.size, found.exitCode], [path(), null, 3, 0]);
  });
});
