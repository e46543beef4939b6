/** `registry export`: the whole content, as regedit writes it, equal to what hivexregedit says. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { parseRegText } from "../../src/formats/reg_text/mod.ts";
import { createLab, dirtySoftwareHive, noRoom } from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { FILE, putHive, registryLab, TREE } from "./registry_lab.ts";

const OUT = "E:\\out.reg";

Deno.test("registry export prints a key of a volume with everything below it", async () => {
  const lab = await registryLab();
  const args = ["registry", "export", "D:", "HKLM\\SYSTEM\\CurrentControlSet\\Services\\BITS"];
  const { code, stdout, stderr } = await runCli(lab, ...args);
  assert.equal(code, 0, stderr);
  const { keys } = parseRegText(stdout);
  assert.equal(keys[0]!.path, "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\BITS");
  assert.ok(keys[0]!.values.some(({ name }) => name === "Start"));
  assert.ok(keys.every(({ path }) => path.startsWith(keys[0]!.path)));
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("registry export --output writes a file as regedit does", async () => {
  const lab = await registryLab();
  putHive(lab);
  const run = await runCli(lab, "registry", "export", FILE, "--output", OUT);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.stdout, "");
  assert.match(run.stderr, /^Exported 4 keys and 12 values to E:\\out\.reg$/m);
  const bytes = await lab.files.read(OUT);
  assert.deepEqual([...bytes.subarray(0, 4)], [0xff, 0xfe, 0x57, 0]);
  const { keys } = parseRegText(bytes);
  assert.equal(keys[0]!.path, "HKEY_LOCAL_MACHINE\\TEST");
  assert.deepEqual(
    keys[1]!.values.map(({ name }) => name),
    TREE.subkeys[0]!.values.map(({ name }) => name),
  );
});

Deno.test("registry export --prefix names the root otherwise, --json says what was written", async () => {
  const lab = await registryLab();
  putHive(lab);
  const options = ["--prefix", "HKEY_USERS\\X\\", "--output", OUT, "--json"];
  const run = await runCli(lab, "registry", "export", FILE, "Types", ...options);
  const [document, ...more] = jsonLines(run);
  assert.equal(more.length, 0);
  assert.deepEqual([document!.keys, document!.values, document!.file], [1, 11, OUT]);
  assert.equal(parseRegText(await lab.files.read(OUT)).keys[0]!.path, "HKEY_USERS\\X\\Types");
  const both = await runCli(lab, "registry", "export", FILE, "--json");
  assert.equal(both.code, ExitCode.usage);
});

Deno.test("registry export never writes over a file", async () => {
  const lab = await registryLab();
  putHive(lab);
  lab.files.put(OUT, new Uint8Array(3));
  const run = await runCli(lab, "registry", "export", FILE, "--output", OUT);
  assert.equal(run.code, ExitCode.usage);
  assert.match(run.stderr, /it is there already/);
  assert.equal((await lab.files.read(OUT)).length, 3);
});

Deno.test("registry export takes half a file away again when the disk is full", async () => {
  const lab = await registryLab();
  await lab.damage(noRoom(100));
  const run = await runCli(
    lab,
    "registry",
    "export",
    "D:",
    "HKLM\\SYSTEM",
    "--output",
    "D:\\o.reg",
  );
  assert.equal(run.code, ExitCode.noSpace, run.stderr);
  assert.equal(await lab.files.stat("D:\\o.reg"), undefined);
});

Deno.test("registry export says of printed names what UTF-8 cannot hold", async () => {
  const lab = await registryLab();
  putHive(lab);
  const printed = await runCli(lab, "registry", "export", FILE);
  assert.equal(printed.code, ExitCode.partial);
  assert.match(printed.stderr, /half a character cannot be UTF-8/);
  assert.match(printed.stdout, /=hex\(1\):00,dc,00,00/, "data is exact all the same");
  const sound = await runCli(lab, "registry", "export", "D:", "HKLM\\SYSTEM\\Select");
  assert.equal(sound.code, 0);
});

Deno.test("registry export leaves out a key whose name no .reg file can hold, and says so", async () => {
  const lab = await registryLab();
  const below = { name: "below", values: [], subkeys: [] };
  putHive(lab, {
    name: "R",
    values: [],
    subkeys: [
      { name: "a\nb", values: [{ name: "v", type: 3, data: new Uint8Array(1) }], subkeys: [below] },
      { name: "c", values: [], subkeys: [] },
    ],
  });
  const run = await runCli(lab, "registry", "export", FILE, "--output", OUT);
  assert.equal(run.code, ExitCode.partial);
  assert.match(run.stderr.replace(/\s+/g, " "), /line break: HKEY_LOCAL_MACHINE\\TEST\\a\?b/);
  const paths = parseRegText(await lab.files.read(OUT)).keys.map(({ path }) => path);
  assert.deepEqual(paths, ["HKEY_LOCAL_MACHINE\\TEST", "HKEY_LOCAL_MACHINE\\TEST\\c"]);
});

Deno.test("registry export holds what the logs hold; --no-replay does not", async () => {
  const lab = await createLab();
  await lab.damage(dirtySoftwareHive());
  const args = ["registry", "export", "D:", "HKLM\\SOFTWARE\\LabDirty"];
  const replayed = await runCli(lab, ...args);
  assert.match(replayed.stderr, /dirty, 1 page replayed from LOG1/);
  assert.match(replayed.stdout, /,01\r\n/);
  const asItLies = await runCli(lab, ...args, "--no-replay");
  assert.match(asItLies.stdout, /,00\r\n/);
});
