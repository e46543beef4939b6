/** `registry query`: keys and values of a volume and of a hive file, for people and programs. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { buildHive } from "../../src/formats/regf/mod.ts";
import {
  createLab,
  dirtySoftwareHive,
  hivePath,
  missingSoftwareHive,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";
import { FILE, LINK_TARGET, putHive, registryLab } from "./registry_lab.ts";

const BITS = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\BITS";

Deno.test("registry query shows a key of a volume, through Select", async () => {
  const lab = await registryLab();
  const { code, stdout, stderr } = await runCli(lab, "registry", "query", "D:", BITS);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\BITS$/m);
  assert.match(stdout, /^ {4}Start +REG_DWORD +0x3 \(3\)$/m);
  assert.doesNotMatch(stderr, /dirty/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("registry query understands every spelling of a path", async () => {
  const lab = await registryLab();
  for (
    const path of [
      "HKLM\\SYSTEM\\Select",
      "HKEY_LOCAL_MACHINE\\SYSTEM\\Select",
      "hklm:\\system\\select\\",
      "\\SYSTEM\\\\Select",
      "Computer\\HKEY_LOCAL_MACHINE\\SYSTEM\\Select",
      "Registry::HKEY_LOCAL_MACHINE\\SYSTEM\\Select",
      "Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\SYSTEM\\Select",
      "\\Registry\\Machine\\SYSTEM\\Select",
    ]
  ) {
    const { code, stdout, stderr } = await runCli(lab, "registry", "query", "D:", path);
    assert.equal(code, 0, `${path}: ${stderr}`);
    assert.match(stdout, /Current +REG_DWORD/, path);
  }
  for (const path of ["HKU\\.DEFAULT", "HKEY_USERS\\S-1-5-18"]) {
    const { code, stdout, stderr } = await runCli(lab, "registry", "query", "D:", path);
    assert.equal(code, 0, `${path}: ${stderr}`);
    assert.match(stdout, /^HKEY_USERS\\\.DEFAULT$/m, path);
  }
});

Deno.test("registry query refuses what no hive on a disk holds, and says where it is", async () => {
  const lab = await registryLab();
  const cases: readonly (readonly [string, RegExp])[] = [
    ["HKCR\\.txt", /HKLM\\SOFTWARE\\Classes/],
    ["HKCU\\Software", /NTUSER\.DAT/],
    ["HKU\\S-1-5-21-1-2-3-1001", /NTUSER\.DAT/],
    ["HKLM\\HARDWARE", /Begin with HKLM\\ and one of SYSTEM/],
    ["HKLM\\DEFAULT", /HKU\\\.DEFAULT/],
    ["", /Cannot tell which key is meant/],
    ["HKLM", /names no hive/],
  ];
  for (const [path, sentence] of cases) {
    const { code, stderr } = await runCli(lab, "registry", "query", "D:", path);
    assert.equal(code, ExitCode.usage, path);
    assert.match(stderr.replace(/\s+/g, " "), sentence);
  }
  const turned = await runCli(lab, "registry", "query", "HKLM\\SYSTEM");
  assert.equal(turned.code, ExitCode.usage);
  assert.match(turned.stderr, /the volume or the hive file comes first/);
});

Deno.test("registry query --value prints the data alone; --default the default value's", async () => {
  const lab = await registryLab();
  putHive(lab);
  const one = await runCli(lab, "registry", "query", FILE, "Types", "--value", "SZ");
  assert.deepEqual([one.code, one.stdout], [0, 'C:\\a "b"\n']);
  const list = await runCli(lab, "registry", "query", FILE, "Types", "--value", "multi");
  assert.equal(list.stdout, "one\ntwo\n");
  const root = await runCli(lab, "registry", "query", FILE, "--default");
  assert.equal(root.stdout, "root\n");
  const both = await runCli(lab, "registry", "query", FILE, "--default", "--value", "x");
  assert.equal(both.code, ExitCode.usage);
});

Deno.test("registry query tells a missing key, value and hive apart from a wrong command", async () => {
  const lab = await registryLab();
  await lab.damage(missingSoftwareHive());
  const key = await runCli(lab, "registry", "query", "D:", "HKLM\\SYSTEM\\Select\\None\\Deeper");
  assert.equal(key.code, ExitCode.nothingToDo);
  assert.match(key.stderr.replace(/\s+/g, " "), /There is no key "Select\\None\\Deeper" in SYSTEM/);
  assert.match(key.stderr.replace(/\s+/g, " "), /pemedic registry query D: SYSTEM\\Select $/);
  const value = await runCli(lab, "registry", "query", "D:", "SYSTEM\\Select", "--value", "None");
  assert.equal(value.code, ExitCode.nothingToDo);
  const hive = await runCli(lab, "registry", "query", "D:", "HKLM\\SOFTWARE");
  assert.equal(hive.code, ExitCode.nothingToDo);
  assert.match(hive.stderr, /There is no hive SOFTWARE on "D:"/);
  const volume = await runCli(lab, "registry", "query", "Q:", "HKLM\\SOFTWARE");
  assert.equal(volume.code, ExitCode.notAVolume);
});

Deno.test("registry query shows every type and name of a hive file", async () => {
  const lab = await registryLab();
  putHive(lab);
  const { code, stdout, stderr } = await runCli(lab, "registry", "query", FILE, "types");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^HKEY_LOCAL_MACHINE\\TEST\\Types$/m);
  assert.match(stdout, /^ {4}qword +REG_QWORD +0x100000001 \(4294967297\)$/m);
  assert.match(
    stdout,
    /^ {4}short +REG_DWORD +07$/m,
    "a dword without its bytes is shown as bytes",
  );
  assert.match(stdout, /^ {4}odd +REG_0x12345 +010203$/m);
  assert.match(stdout, /^ {4}two\?lines\? +REG_SZ +a\?b\?$/m, "no character steers the console");
  assert.match(stdout, /^ {4}binary +REG_BINARY\n {8}000102/m);
  assert.deepEqual(longLines(stdout), []);
  const root = await runCli(lab, "registry", "query", FILE);
  assert.match(root.stdout, /^ {4}Types\\$/m);
  assert.match(root.stdout, /^ {4}\(Default\) REG_SZ +root$/m);
});

Deno.test("registry query shows the beginning of long bytes, and all of them with --value", async () => {
  const lab = await registryLab();
  const data = Uint8Array.from({ length: 200 }, (_, i) => i);
  const values = [{ name: "long", type: 3, data }, {
    name: "v",
    type: 3,
    data: data.slice(0, 144),
  }];
  putHive(lab, { name: "R", values, subkeys: [] });
  const key = await runCli(lab, "registry", "query", FILE);
  assert.match(key.stdout, /8e8f\n {8}and 56 bytes more \(see --value\)\n {4}v /);
  assert.doesNotMatch(key.stdout, /\n {4}v [\s\S]*bytes more/);
  const value = await runCli(lab, "registry", "query", FILE, "--value", "long");
  assert.match(value.stdout, /^000102[0-9a-f]{394}\n$/);
});

Deno.test("registry query --json is one document with exact data", async () => {
  const lab = await registryLab();
  putHive(lab);
  const run = await runCli(lab, "registry", "query", FILE, "Types", "--json");
  const [document, ...more] = jsonLines(run);
  assert.equal(more.length, 0);
  assert.equal(run.stderr, "");
  const values = document!.values as { name: string; type: string; data?: unknown; hex: string }[];
  const named = (name: string) => values.find((value) => value.name === name);
  assert.deepEqual(named("multi")?.data, ["one", "two"]);
  assert.equal(named("dword")?.data, 513);
  assert.equal(named("qword")?.data, "4294967297");
  assert.deepEqual(named("short"), { name: "short", type: "REG_DWORD", hex: "07" });
  assert.equal(named("half \ud800")?.data, "\udc00");
  assert.deepEqual([document!.className, document!.dirty, document!.subkeys], ["klass", false, []]);
});

Deno.test("registry query --recursive shows all keys below, in JSON as one document", async () => {
  const lab = await registryLab();
  putHive(lab);
  const text = await runCli(lab, "registry", "query", FILE, "--recursive");
  assert.match(text.stdout, /^HKEY_LOCAL_MACHINE\\TEST\\Types$/m);
  assert.match(text.stdout, /\\Deep$/m);
  const json = await runCli(lab, "registry", "query", FILE, "--recursive", "--json");
  const [document, ...more] = jsonLines(json);
  assert.equal(more.length, 0);
  const keys = document!.keys as { path: string; values: unknown[]; subkeys: string[] }[];
  assert.equal(keys.length, 4);
  assert.equal(keys[1]!.values.length, 11);
  const below = await runCli(lab, "registry", "query", FILE, "Types", "--recursive", "--json");
  assert.equal((jsonLines(below)[0]!.keys as unknown[]).length, 1);
});

Deno.test("registry query shows where a link points to, and never follows it", async () => {
  const lab = await registryLab();
  const link = await runCli(lab, "registry", "query", "D:", "HKLM\\SYSTEM\\LabLink");
  assert.equal(link.code, 0, link.stderr);
  assert.ok(link.stdout.includes(`symbolic link to ${LINK_TARGET}`));
  const through = await runCli(lab, "registry", "query", "D:", "HKLM\\SYSTEM\\LabLink\\Windows");
  assert.equal(through.code, ExitCode.refused);
  assert.ok(through.stderr.replace(/\s+/g, " ").includes(`symbolic link to "${LINK_TARGET}"`));
});

Deno.test("registry query says that logs were replayed; --no-replay shows the file as it lies", async () => {
  const lab = await createLab();
  await lab.damage(dirtySoftwareHive());
  const args = ["registry", "query", "D:", "HKLM\\SOFTWARE\\LabDirty", "--value", "LabReplayed"];
  const replayed = await runCli(lab, ...args);
  assert.equal(replayed.code, 0, replayed.stderr);
  assert.match(replayed.stderr, /^SOFTWARE: dirty, 1 page replayed from LOG1$/m);
  assert.match(replayed.stdout, /01$/m);
  const asItLies = await runCli(lab, ...args, "--no-replay");
  assert.match(asItLies.stderr, /^SOFTWARE: dirty, shown as it lies$/m);
  assert.match(asItLies.stdout, /00$/m);
});

Deno.test("registry query of a dirty hive without usable logs says what it shows", async () => {
  const lab = await createLab();
  await lab.damage(dirtySoftwareHive({ log: "none" }));
  const run = await runCli(lab, "registry", "query", "D:", "HKLM\\SOFTWARE\\LabDirty");
  assert.equal(run.code, 0);
  assert.match(run.stderr.replace(/\s+/g, " "), /no log can be used .*; it is shown as it lies/);
});

Deno.test("registry query of a damaged hive names the command that says more", async () => {
  const lab = await createLab();
  await lab.damage(truncatedSystemHive());
  lab.files.put("E:\\none", new TextEncoder().encode("no hive at all"));
  const none = await runCli(lab, "registry", "query", "E:\\none");
  assert.equal(none.code, ExitCode.damagedFile);
  assert.match(none.stderr.replace(/\s+/g, " "), /pemedic registry check E:\\none/);
  const bytes = buildHive({ name: "R", values: [], subkeys: [] });
  lab.files.put("E:\\cut", bytes.slice(0, 5000));
  const cut = await runCli(lab, "registry", "query", "E:\\cut");
  assert.match(cut.stderr, /cut: the file is cut off/);
  const whole = bytes.slice();
  whole.fill(0xff, 4096, 4128);
  lab.files.put("E:\\bad", whole);
  const bad = await runCli(lab, "registry", "query", "E:\\bad");
  assert.equal(bad.code, ExitCode.damagedFile, bad.stdout);
});

Deno.test("registry query finds the boot configuration where it lies on the volume", async () => {
  const lab = await createLab();
  for (const path of ["D:\\Boot\\BCD", "D:\\EFI\\Microsoft\\Boot\\BCD"]) {
    if (await lab.files.stat(path) !== undefined) lab.files.erase(path);
  }
  const absent = await runCli(lab, "registry", "query", "D:", "HKLM\\BCD00000000");
  assert.equal(absent.code, ExitCode.nothingToDo);
  assert.match(absent.stderr.replace(/\s+/g, " "), /EFI\\Microsoft\\Boot\\BCD/);
  lab.files.put("D:\\Boot\\BCD", await lab.files.read("S:\\EFI\\Microsoft\\Boot\\BCD"));
  const there = await runCli(lab, "registry", "query", "D:", "HKLM\\BCD00000000");
  assert.equal(there.code, 0, there.stderr);
  assert.match(there.stdout, /^ {4}Objects\\$/m);
});

Deno.test("registry query of a whole path that a dead disk does not give ends as such", async () => {
  const lab = await createLab();
  lab.files.setFault(`D:\\${hivePath("SOFTWARE")}`, { fault: "disk-error" });
  const run = await runCli(lab, "registry", "query", "D:", "HKLM\\SOFTWARE");
  assert.equal(run.code, ExitCode.diskFailing, run.stderr);
});
