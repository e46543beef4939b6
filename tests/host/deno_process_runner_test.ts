/** The foreign program in these tests is Deno itself: it is there on every system. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ToolError } from "../../src/base/mod.ts";
import { DenoProcessRunner } from "../../src/host/deno_process_runner.ts";
import type { ProcessRequest, ProcessResult } from "../../src/host/mod.ts";
import { inScratch, onWindows } from "./system_files.ts";

/** Runs a piece of JavaScript as a program of its own. */
async function runScript(
  code: string,
  request: Partial<ProcessRequest> = {},
): Promise<ProcessResult> {
  return await new DenoProcessRunner().run({
    program: Deno.execPath(),
    arguments: ["eval", "--quiet", code, ...(request.arguments ?? [])],
    ...(request.onOutput === undefined ? {} : { onOutput: request.onOutput }),
    ...(request.onQuiet === undefined ? {} : { onQuiet: request.onQuiet }),
    ...(request.quietAfterMs === undefined ? {} : { quietAfterMs: request.quietAfterMs }),
    ...(request.outlives === undefined ? {} : { outlives: request.outlives }),
  });
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("run() keeps both streams apart and measures the time", async () => {
  const result = await runScript(`console.log("out"); console.error("err");`);
  assert.equal(decode(result.stdout).trim(), "out");
  assert.equal(decode(result.stderr).trim(), "err");
  assert.equal(result.exitCode, 0);
  assert.ok(result.durationMs > 0);
});

Deno.test("run() hands over arguments unharmed", async () => {
  const words = ["/Source:wim:F:\\a b\\install.wim:6", `say "hi"`, "", "%PATH%", "a\\", "ü&|^"];
  const result = await runScript("console.log(JSON.stringify(Deno.args))", { arguments: words });
  assert.deepEqual(JSON.parse(decode(result.stdout)), words);
});

Deno.test("run() gives exit codes unsigned", async () => {
  assert.equal((await runScript("Deno.exit(3)")).exitCode, 3);
  if (onWindows) {
    assert.equal((await runScript("Deno.exit(-2146498529)")).exitCode, 0x800f_081f);
  }
});

/** Whether it does is seen in the Windows stories: only there a job would end it. */
Deno.test("run() awaits a program that outlives this one, and keeps none of its output", async () => {
  const result = await runScript(`console.log("out"); Deno.exit(7)`, { outlives: true });
  assert.equal(result.exitCode, 7);
  assert.equal(result.stdout.length + result.stderr.length, 0);
});

Deno.test("run() leaves standard input empty, so that a question cannot hang it", async () => {
  const result = await runScript("console.log(await Deno.stdin.read(new Uint8Array(8)))");
  assert.equal(decode(result.stdout).trim(), "null");
});

Deno.test("run() passes output on while the program runs", async () => {
  const heard: string[] = [];
  await runScript(
    `console.log("one"); await new Promise((r) => setTimeout(r, 300)); console.error("two");`,
    { onOutput: (bytes, stream) => heard.push(`${stream} ${decode(bytes).trim()}`) },
  );
  assert.deepEqual(heard, ["stdout one", "stderr two"]);
});

Deno.test("run() tells of silence again and again, and stays quiet about a busy program", async () => {
  const silences: number[] = [];
  await runScript("await new Promise((r) => setTimeout(r, 1000))", {
    quietAfterMs: 200,
    onQuiet: (ms) => silences.push(ms),
  });
  assert.ok(silences.length >= 2, `${silences}`);
  assert.ok(silences.every((ms, i) => ms >= 190 && ms > (silences[i - 1] ?? 0)), `${silences}`);
  const none: number[] = [];
  await runScript("console.log(1)", { quietAfterMs: 60_000, onQuiet: (ms) => none.push(ms) });
  assert.deepEqual(none, []);
});

Deno.test("run() rejects with what a listener threw, after the program has ended", async () => {
  const promise = runScript("console.log(1)", {
    onOutput: () => {
      throw new Error("listener");
    },
  });
  await assert.rejects(promise, /listener/);
});

Deno.test("run() explains a program that cannot be started", async () => {
  await inScratch(async ({ path, write }) => {
    const runner = new DenoProcessRunner();
    const start = (program: string) => runner.run({ program, arguments: [] });
    const code = (expected: string) => (error: unknown) =>
      error instanceof ToolError && error.code === expected;
    await assert.rejects(start(path("nothing")), code("toolMissing"));
    await assert.rejects(start("deno"), code("toolMissing"));
    const text = await write("text.exe", "#!/no/such/interpreter\n");
    if (!onWindows) {
      await assert.rejects(start(text), code("toolMissing"));
      await Deno.chmod(text, 0o755);
    }
    await assert.rejects(start(text), code("toolFailed"));
  });
});

Deno.test("find() prefers the user's folder, then the system's, then PATH, then fallbacks", async () => {
  await inScratch(async ({ path }) => {
    const name = onWindows ? "dism.exe" : "dism";
    const folders = ["user", "system", "searched", "fallback"];
    for (const folder of folders) {
      await Deno.mkdir(path(folder));
      await Deno.writeTextFile(path(folder, name), "", { mode: 0o755 });
    }
    const runner = new DenoProcessRunner({
      toolFolder: path("user"),
      systemFolder: path("system"),
      path: path("searched"),
    });
    for (const folder of folders) {
      const found = await runner.find("dism", [path("fallback")]);
      assert.equal(found, join(path(folder), name));
      await Deno.remove(path(folder, name));
    }
    assert.equal(await runner.find("dism", [path("fallback")]), undefined);
  });
});

Deno.test("find() never looks into the current directory", async () => {
  await inScratch(async ({ path }) => {
    const name = onWindows ? "dism.exe" : "dism";
    await Deno.writeTextFile(path(name), "", { mode: 0o755 });
    const separator = onWindows ? ";" : ":";
    const before = Deno.cwd();
    Deno.chdir(path());
    try {
      const runner = new DenoProcessRunner({ path: [".", "", "x"].join(separator) });
      assert.equal(await runner.find("dism"), undefined);
      assert.equal(await runner.find("dism", [path()]), path(name));
    } finally {
      Deno.chdir(before);
    }
  });
});

Deno.test("find() takes programs only", async () => {
  await inScratch(async ({ path }) => {
    const name = onWindows ? "sfc.exe" : "sfc";
    const runner = new DenoProcessRunner({ path: path() });
    await Deno.mkdir(path(name));
    assert.equal(await runner.find("sfc"), undefined);
    await Deno.remove(path(name));
    await Deno.writeTextFile(path(name), "", { mode: 0o644 });
    assert.equal(await runner.find("sfc"), onWindows ? path(name) : undefined);
  });
});
