import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { decodeConsole } from "../../../src/base/mod.ts";
import { parseHealth, parseRestoreHealth } from "../../../src/tools/dism/mod.ts";
import { parseSfc } from "../../../src/tools/sfc/mod.ts";
import { DenoFiles } from "../deno_files.ts";
import { sha256Of } from "./lab_store.ts";
import { toolAndArguments } from "./main.ts";
import { healthyLabState, type LabState } from "./mod.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const COMPONENT = "amd64_alpha_31bf3856ad364e35_10.0.26100.1_none_0123456789abcdef";
const GOOD = new TextEncoder().encode("good bytes");

Deno.test("toolAndArguments() goes by the name of the program or by --as", () => {
  assert.deepEqual(toolAndArguments("D:\\x\\DISM.EXE", ["/a"]), ["dism", ["/a"]]);
  assert.deepEqual(toolAndArguments("/usr/bin/deno", ["--as", "sfc", "/b"]), ["sfc", ["/b"]]);
  assert.throws(() => toolAndArguments("/usr/bin/deno", ["/b"]), RangeError);
});

Deno.test("the simulators run as a program on real files", async () => {
  await using volume = await realVolume();
  const installed = `${volume.root}/Windows/System32/alpha.dll`;
  await Deno.writeTextFile(installed, "bad");
  const sfc = await volume.run("sfc", [
    "/scannow",
    `/offbootdir=${volume.root}/`,
    `/offwindir=${volume.root}/Windows`,
    `/offlogfile=${volume.root}/sfc.log`,
  ]);
  assert.equal(parseSfc(sfc).verdict, "repaired");
  assert.deepEqual(await Deno.readFile(installed), GOOD);
  const image = [
    "/English",
    `/Image:${volume.root}`,
    `/ScratchDir:${volume.root}`,
    `/LogPath:${volume.root}/dism.log`,
    "/Cleanup-Image",
  ];
  await Deno.remove(`${volume.root}/Windows/WinSxS/${COMPONENT}/alpha.dll`);
  const scan = parseHealth(await volume.run("dism", [...image, "/ScanHealth"]));
  assert.equal(scan.kind === "done" && scan.value.verdict, "repairable");
  await Deno.mkdir(`${volume.root}/source/WinSxS/${COMPONENT}`, { recursive: true });
  await Deno.writeFile(`${volume.root}/source/WinSxS/${COMPONENT}/alpha.dll`, GOOD);
  const restore = [...image, "/RestoreHealth", `/Source:${volume.root}/source`, "/LimitAccess"];
  const answer = parseRestoreHealth(await volume.run("dism", restore));
  assert.equal(answer.kind === "done" && answer.value.result, "restored");
  const { ledger } = await volume.state();
  assert.deepEqual(ledger.map((entry) => [entry.tool, entry.changed.length]), [
    ["sfc", 1],
    ["dism", 0],
    ["dism", 1],
  ]);
  assert.match(await Deno.readTextFile(`${volume.root}/dism.log`), /Ending Dism\.exe session/);
});

Deno.test("DenoFiles never overwrites and explains its failures", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-deno-files-" });
  try {
    const files = new DenoFiles();
    await files.createFile(`${folder}/a`, GOOD);
    const exists = (error: unknown) => (error as { fault: string }).fault === "exists";
    const missing = (error: unknown) => (error as { fault: string }).fault === "not-found";
    await assert.rejects(files.createFile(`${folder}/a`, GOOD), exists);
    await files.copyFile(`${folder}/a`, `${folder}/b`);
    await assert.rejects(files.move(`${folder}/a`, `${folder}/b`), exists);
    await files.replaceFile(`${folder}/a`, `${folder}/b`, `${folder}/c`);
    assert.deepEqual((await files.list(folder)).map((entry) => entry.name), ["a", "c"]);
    await assert.rejects(files.read(`${folder}/b`), missing);
    assert.equal(await files.stat(`${folder}/b/c`), undefined);
    const log = await files.openAppend(`${folder}/log`);
    await log.append(GOOD);
    await log.append(GOOD);
    await log.close();
    assert.equal((await files.stat(`${folder}/log`))?.size, 2 * GOOD.length);
    await files.createDirectory(`${folder}/d`);
    await assert.rejects(files.createDirectory(`${folder}/d`), exists);
    await files.remove(`${folder}/d`);
    const opened = await files.open(`${folder}/c`);
    assert.deepEqual(await opened.read(5, 100), GOOD.slice(5));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A folder that looks like a volume, and a way to run the program on it. */
async function realVolume() {
  const root = await Deno.makeTempDir({ prefix: "pemedic-simulators-" });
  const statePath = `${root}/state.json`;
  await Deno.writeTextFile(statePath, JSON.stringify(healthyLabState()));
  await Deno.mkdir(`${root}/Windows/System32`, { recursive: true });
  await Deno.mkdir(`${root}/Windows/WinSxS/Manifests`, { recursive: true });
  await Deno.mkdir(`${root}/Windows/WinSxS/${COMPONENT}`);
  await Deno.writeTextFile(
    `${root}/Windows/WinSxS/Manifests/${COMPONENT}.manifest`,
    `${await sha256Of(GOOD)} Windows\\System32\\alpha.dll\n`,
  );
  await Deno.writeFile(`${root}/Windows/WinSxS/${COMPONENT}/alpha.dll`, GOOD);
  return {
    root,
    state: async (): Promise<LabState> => JSON.parse(await Deno.readTextFile(statePath)),
    run: async (tool: string, args: readonly string[]) => {
      const command = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "--no-check", MAIN, "--as", tool, ...args],
        env: { PEMEDIC_LAB_STATE: statePath, PEMEDIC_LAB_SPEED: "0" },
        stdin: "null",
        stderr: "inherit",
      });
      const { code, stdout } = await command.output();
      const encoding = tool === "sfc" ? "utf-16le" : "oem";
      const output = decodeConsole(stdout, { encoding, codePage: 437 });
      return { exitCode: code, output, errorOutput: "", durationMs: 0 };
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}
