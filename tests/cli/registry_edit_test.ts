/** `registry set`, `delete`, `import`, `salvage` on a volume: plan, agreement, journal, undo. */
import assert from "node:assert/strict";
import { encodeUtf16, ExitCode } from "../../src/base/mod.ts";
import { encodeRegText, parseRegText } from "../../src/formats/reg_text/mod.ts";
import {
  createLab,
  dirtySoftwareHive,
  hibernated,
  hivePath,
  missingSoftwareHive,
  readOnlyVolume,
  systemBinHeaderLost,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";
import { hiveBytes, LINK_TARGET, registryLab, treeOf } from "./registry_lab.ts";

const BITS = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\BITS";
const SET = ["registry", "set", "D:", BITS, "Start", "4", "--type", "dword"] as const;

async function startOfBits(lab: Awaited<ReturnType<typeof registryLab>>): Promise<string> {
  return (await runCli(lab, "registry", "query", "D:", BITS, "--value", "Start")).stdout.trim();
}

Deno.test("registry set shows the value before and after, sets it, and undo takes it back", async () => {
  const lab = await registryLab();
  const dry = await runCli(lab, ...SET, "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(
    dry.stdout.replace(/\s+/g, " "),
    /ControlSet001\\Services\\BITS "Start": 3 -> 4/,
  );
  assert.deepEqual(lab.files.operations, []);
  const run = await runCli(lab, ...SET, "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /1 edit read back/);
  assert.equal(await startOfBits(lab), "0x4 (4)");
  assert.deepEqual(longLines(dry.stdout + dry.stderr + run.stdout + run.stderr), []);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 0, undo.stdout + undo.stderr);
  assert.equal(await startOfBits(lab), "0x3 (3)");
});

Deno.test("registry set asks, and changes nothing without a yes", async () => {
  const lab = await registryLab({ terminal: { interactive: true, answers: ["no"] } });
  const before = await hiveBytes(lab, "SYSTEM");
  const run = await runCli(lab, ...SET);
  assert.equal(run.code, ExitCode.cancelled);
  assert.deepEqual(await hiveBytes(lab, "SYSTEM"), before);
});

Deno.test("registry set of what is so already does nothing and says so", async () => {
  const lab = await registryLab();
  await runCli(lab, ...SET, "--yes");
  const again = await runCli(lab, ...SET, "--yes");
  assert.equal(again.code, ExitCode.nothingToDo);
  assert.match(again.stdout.replace(/\s+/g, " "), /has this type and data already/);
});

Deno.test("registry set creates missing keys, and writes every type", async () => {
  const lab = await registryLab();
  const key = "HKLM\\SOFTWARE\\Lab\\New\\Key";
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["sz", ["a text"], "a text\n"],
    ["expand_sz", ["%windir%"], "%windir%\n"],
    ["multi_sz", ["one", "two"], "one\ntwo\n"],
    ["dword", ["0xffffffff"], "0xffffffff (4294967295)\n"],
    ["qword", ["18446744073709551615"], "0xffffffffffffffff (18446744073709551615)\n"],
    ["binary", ["01,02 03"], "010203\n"],
    ["none", [], "\n"],
  ];
  for (const [type, data, shown] of cases) {
    const args = ["registry", "set", "D:", key, type, ...data, "--type", type, "--yes"];
    const run = await runCli(lab, ...args);
    assert.equal(run.code, 0, `${type}: ${run.stdout}${run.stderr}`);
    lab.host.clock.advance(1000);
    const query = await runCli(lab, "registry", "query", "D:", key, "--value", type);
    assert.equal(query.stdout, shown);
  }
  const split = ["multi", "a;b", "--type", "REG_MULTI_SZ", "--separator", ";", "--yes"];
  await runCli(lab, "registry", "set", "D:", key, ...split);
  const list = await runCli(lab, "registry", "query", "D:", key, "--value", "multi");
  assert.equal(list.stdout, "a\nb\n");
  lab.host.clock.advance(1000);
  await runCli(
    lab,
    "registry",
    "set",
    "D:",
    key,
    "the default",
    "--default",
    "--type",
    "sz",
    "--yes",
  );
  const query = await runCli(lab, "registry", "query", "D:", key, "--default");
  assert.equal(query.stdout, "the default\n");
});

Deno.test("registry set warns of another type", async () => {
  const lab = await registryLab();
  const run = await runCli(
    lab,
    ...["registry", "set", "D:", BITS, "Start", "4", "--type", "sz", "--dry-run"],
  );
  assert.match(
    run.stdout.replace(/\s+/g, " "),
    /"Start" changes its type from REG_DWORD to REG_SZ/,
  );
});

Deno.test("registry set refuses data that does not fit, before anything is read or written", async () => {
  const lab = await registryLab();
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["dword", ["4294967296"], /it is above 4294967295/],
    ["dword", ["four"], /neither a decimal number/],
    ["qword", ["18446744073709551616"], /it is above/],
    ["dword", [], /there is no data/],
    ["sz", ["two", "words"], /put text with blanks in quotes/],
    ["binary", ["123"], /two hexadecimal digits make a byte/],
    ["text", ["x"], /Cannot use the type "text"/],
  ];
  for (const [type, data, sentence] of cases) {
    const args = ["registry", "set", "D:", BITS, "Lab", ...data, "--type", type, "--yes"];
    const run = await runCli(lab, ...args);
    assert.equal(run.code, ExitCode.usage, `${type}: ${run.stdout}${run.stderr}`);
    assert.match(run.stderr.replace(/\s+/g, " "), sentence);
  }
  const long = await runCli(
    lab,
    ...["registry", "set", "D:", `${BITS}\\${"k".repeat(256)}`, "v", "1", "--type", "sz", "--yes"],
  );
  assert.equal(long.code, ExitCode.usage);
  const name = await runCli(
    lab,
    ...["registry", "set", "D:", BITS, "v".repeat(16384), "1", "--type", "sz", "--yes"],
  );
  assert.equal(name.code, ExitCode.usage);
  const typeless = await runCli(lab, "registry", "set", "D:", BITS, "v", "1", "--yes");
  assert.equal(typeless.code, ExitCode.usage);
  const nameless = await runCli(lab, "registry", "set", "D:", BITS, "--type", "none", "--yes");
  assert.equal(nameless.code, ExitCode.usage);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("registry set never goes through a link", async () => {
  const lab = await registryLab();
  for (const path of ["LabLink", "LabLink\\Windows"]) {
    const args = ["registry", "set", "D:", `HKLM\\SYSTEM\\${path}`, "x", "1", "--type", "sz"];
    const run = await runCli(lab, ...args, "--yes");
    assert.equal(run.code, ExitCode.refused, path);
    assert.ok(run.stderr.replace(/\s+/g, " ").includes(`symbolic link to "${LINK_TARGET}"`));
  }
  const link = await runCli(lab, "registry", "delete", "D:", "SYSTEM\\LabLink", "--dry-run");
  assert.match(link.stdout.replace(/\s+/g, " "), /is a symbolic link: it is deleted, and/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("registry delete takes a value, or a key with all below it; undo brings them back", async () => {
  const lab = await registryLab();
  const before = treeOf(await hiveBytes(lab, "SYSTEM"));
  const value = await runCli(lab, "registry", "delete", "D:", BITS, "--value", "Start", "--yes");
  assert.equal(value.code, 0, value.stdout + value.stderr);
  const gone = await runCli(lab, "registry", "query", "D:", BITS, "--value", "Start");
  assert.equal(gone.code, ExitCode.nothingToDo);
  lab.host.clock.advance(60_000);
  const key = await runCli(lab, "registry", "delete", "D:", BITS, "--yes");
  assert.equal(key.code, 0, key.stdout + key.stderr);
  assert.equal((await runCli(lab, "registry", "query", "D:", BITS)).code, ExitCode.nothingToDo);
  for (let i = 0; i < 2; i++) {
    const undo = await runCli(lab, "undo", "D:", "--yes");
    assert.equal(undo.code, 0, undo.stdout + undo.stderr);
  }
  assert.deepEqual(treeOf(await hiveBytes(lab, "SYSTEM")), before);
});

Deno.test("registry delete of what is not there does nothing; the root is refused", async () => {
  const lab = await registryLab();
  const key = await runCli(lab, "registry", "delete", "D:", `${BITS}\\None`, "--yes");
  assert.equal(key.code, ExitCode.nothingToDo);
  assert.match(key.stdout.replace(/\s+/g, " "), /There is no key SYSTEM\\/);
  const value = await runCli(lab, "registry", "delete", "D:", BITS, "--default", "--yes");
  assert.equal(value.code, ExitCode.nothingToDo);
  assert.match(value.stdout.replace(/\s+/g, " "), /There is no value \(Default\)/);
  const root = await runCli(lab, "registry", "delete", "D:", "HKLM\\SYSTEM", "--yes");
  assert.equal(root.code, ExitCode.usage);
  assert.match(root.stderr, /Cannot delete the root key/);
});

const REG = "E:\\in.reg";

function putReg(lab: Awaited<ReturnType<typeof registryLab>>, body: string): void {
  const text = `Windows Registry Editor Version 5.00\r\n\r\n${body}\r\n`;
  lab.files.put(REG, new TextEncoder().encode(text));
}

Deno.test("registry import does all that a file says, in its order", async () => {
  const lab = await registryLab();
  putReg(
    lab,
    `[HKEY_LOCAL_MACHINE]

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\BITS]
"Start"=dword:00000002
"Lab"="new"
"Lab"="newer"
"ErrorControl"=-

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Lab]
@="first"

[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Lab]

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Lab\\Deep]
"x"=hex:01

[-HKEY_LOCAL_MACHINE\\SYSTEM\\LabLink]

[-HKEY_LOCAL_MACHINE\\SYSTEM\\NotThere]`,
  );
  const run = await runCli(lab, "registry", "import", "D:", REG, "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const query = await runCli(lab, "registry", "query", "D:", BITS);
  assert.match(query.stdout, /Start +REG_DWORD +0x2/);
  assert.match(query.stdout, /Lab +REG_SZ +newer/);
  assert.doesNotMatch(query.stdout, /ErrorControl/);
  const labKey = await runCli(lab, "registry", "export", "D:", "HKLM\\SOFTWARE\\Lab");
  assert.deepEqual(
    parseRegText(labKey.stdout).keys.map(({ path, values }) => [path, values.length]),
    [
      ["HKEY_LOCAL_MACHINE\\SOFTWARE\\Lab", 0],
      ["HKEY_LOCAL_MACHINE\\SOFTWARE\\Lab\\Deep", 1],
    ],
  );
  const again = await runCli(lab, "registry", "import", "D:", REG, "--yes");
  assert.equal(again.code, ExitCode.nothingToDo, "only what differs in the end is an edit");
});

Deno.test("registry import empties a key that the file deletes and makes anew", async () => {
  const lab = await registryLab();
  putReg(
    lab,
    `[-HKEY_LOCAL_MACHINE\\SYSTEM\\Select]

[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]
"Current"=dword:00000001
"New"="x"`,
  );
  const run = await runCli(lab, "registry", "import", "D:", REG, "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const { stdout } = await runCli(lab, "registry", "export", "D:", "HKLM\\SYSTEM\\Select");
  const names = parseRegText(stdout).keys[0]!.values.map(({ name }) => name);
  assert.deepEqual(names.sort(), ["Current", "New"]);
  const again = await runCli(lab, "registry", "import", "D:", REG, "--yes");
  assert.equal(again.code, ExitCode.nothingToDo);
});

Deno.test("registry import refuses other hives, other versions and damaged text, by name and line", async () => {
  const lab = await registryLab();
  const cases: readonly (readonly [string, RegExp])[] = [
    ['[HKEY_CURRENT_USER\\Software\\X]\r\n"a"="b"', /HKEY_CURRENT_USER\\Software\\X/],
    ["[HKEY_LOCAL_MACHINE\\HARDWARE\\X]", /HKEY_LOCAL_MACHINE\\HARDWARE\\X/],
    ["[HKEY_LOCAL_MACHINE\\BCD00000000\\X]", /bcdedit/],
    ['[HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\r\n"a"=dword:xyz', /line 4/],
  ];
  for (const [body, sentence] of cases) {
    putReg(lab, body);
    const run = await runCli(lab, "registry", "import", "D:", REG, "--yes");
    assert.equal(run.code, ExitCode.usage, run.stdout + run.stderr);
    assert.match(run.stderr.replace(/\s+/g, " "), sentence);
  }
  lab.files.put(REG, encodeUtf16("\ufeffREGEDIT4\r\n"));
  const old = await runCli(lab, "registry", "import", "D:", REG, "--yes");
  assert.equal(old.code, ExitCode.usage);
  assert.match(old.stderr, /old version REGEDIT4/);
  const none = await runCli(lab, "registry", "import", "D:", "E:\\none.reg", "--yes");
  assert.equal(none.code, ExitCode.usage);
});

Deno.test("an exported key comes back equal after it was emptied", async () => {
  const lab = await registryLab();
  const before = treeOf(await hiveBytes(lab, "SYSTEM"), "ControlSet001\\Services");
  const services = "HKLM\\SYSTEM\\ControlSet001\\Services";
  const exported = await runCli(lab, "registry", "export", "D:", services, "--output", REG);
  assert.equal(exported.code, 0, exported.stderr);
  await runCli(lab, "registry", "delete", "D:", services, "--yes");
  lab.host.clock.advance(60_000);
  assert.equal(treeOf(await hiveBytes(lab, "SYSTEM"), "ControlSet001\\Services"), undefined);
  const run = await runCli(lab, "registry", "import", "D:", REG, "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.deepEqual(treeOf(await hiveBytes(lab, "SYSTEM"), "ControlSet001\\Services"), before);
});

Deno.test("half characters in names and texts survive import and export", async () => {
  const lab = await registryLab();
  const path = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Lab \ud800";
  const document = {
    keys: [{
      path,
      deleted: false,
      values: [{
        name: "v \udc00",
        deleted: false as const,
        type: 1,
        data: encodeUtf16("\ud83d\0"),
      }],
    }],
  };
  lab.files.put(REG, encodeRegText(document));
  const run = await runCli(lab, "registry", "import", "D:", REG, "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  await runCli(lab, "registry", "export", "D:", path, "--output", "E:\\out.reg");
  assert.deepEqual(parseRegText(await lab.files.read("E:\\out.reg")), document);
});

Deno.test("an edit of a dirty hive keeps what its logs hold; unusable logs are refused", async () => {
  const args = [
    "registry",
    "set",
    "D:",
    "HKLM\\SOFTWARE\\Lab",
    "x",
    "1",
    "--type",
    "dword",
    "--yes",
  ];
  const lab = await createLab();
  await lab.damage(dirtySoftwareHive());
  const run = await runCli(lab, ...args);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(
    run.stderr.replace(/\s+/g, " "),
    /replayed from LOG1; this is written into it first/,
  );
  const query = ["registry", "query", "D:", "HKLM\\SOFTWARE\\LabDirty", "--value", "LabReplayed"];
  assert.match((await runCli(lab, ...query)).stdout, /01$/m);
  const broken = await createLab();
  await broken.damage(dirtySoftwareHive({ log: "none" }));
  const refused = await runCli(broken, ...args);
  assert.equal(refused.code, ExitCode.refused, refused.stdout);
  assert.match(refused.stderr.replace(/\s+/g, " "), /Cannot edit SOFTWARE: dirty, and no log/);
  assert.match(refused.stderr, /pemedic registry check D: SOFTWARE/);
});

Deno.test("an edit is refused where the hive or the volume does not allow it", async () => {
  const args = [
    "registry",
    "set",
    "D:",
    "HKLM\\SOFTWARE\\Lab",
    "x",
    "1",
    "--type",
    "dword",
    "--yes",
  ];
  const cases = [
    [missingSoftwareHive(), ExitCode.refused],
    [hibernated(), ExitCode.hibernated],
    [readOnlyVolume(), ExitCode.readOnly],
    [truncatedSystemHive(), ExitCode.damagedFile],
  ] as const;
  for (const [damage, code] of cases) {
    const lab = await createLab();
    await lab.damage(damage);
    const run = await runCli(lab, ...args);
    assert.equal(run.code, code, `${damage.name}: ${run.stdout}${run.stderr}`);
    assert.deepEqual(lab.files.operations, [], damage.name);
  }
});

Deno.test("a hive file of a Windows is edited through that Windows only", async () => {
  const lab = await createLab();
  const file = `D:\\${hivePath("SYSTEM")}`;
  const run = await runCli(
    lab,
    "registry",
    "set",
    file,
    "Select",
    "x",
    "1",
    "--type",
    "sz",
    "--yes",
  );
  assert.equal(run.code, ExitCode.usage);
  assert.match(run.stderr.replace(/\s+/g, " "), /it belongs to a Windows Next: .* D: SYSTEM/);
  assert.deepEqual(lab.files.operations, []);
  const read = await runCli(lab, "registry", "query", file, "Select");
  assert.equal(read.code, 0, "reading it is allowed");
});

Deno.test("registry salvage of a sound hive does nothing, of one that is not there neither", async () => {
  const lab = await createLab();
  const sound = await runCli(lab, "registry", "salvage", "D:", "SYSTEM", "--yes");
  assert.equal(sound.code, ExitCode.nothingToDo, sound.stdout + sound.stderr);
  assert.match(sound.stdout.replace(/\s+/g, " "), /Nothing is wrong with the structure of SYSTEM/);
  const unknown = await runCli(lab, "registry", "salvage", "D:", "NOTHIVE", "--yes");
  assert.equal(unknown.code, ExitCode.usage);
  const unnamed = await runCli(lab, "registry", "salvage", "D:", "--yes");
  assert.equal(unnamed.code, ExitCode.usage);
  const both = await runCli(lab, "registry", "salvage", "D:", "SYSTEM", "--output", "E:\\x");
  assert.equal(both.code, ExitCode.usage);
});

Deno.test("registry salvage rebuilds the SYSTEM hive of a Windows; undo puts the old one back", async () => {
  const lab = await createLab();
  await lab.damage(systemBinHeaderLost());
  const before = await hiveBytes(lab, "SYSTEM");
  const diagnosis = await runCli(lab, "diagnose", "D:");
  assert.match(diagnosis.stdout, /pemedic registry salvage D: SYSTEM/);
  const dry = await runCli(lab, "registry", "salvage", "D:", "SYSTEM", "--dry-run");
  assert.equal(dry.code, 0, dry.stdout + dry.stderr);
  assert.match(dry.stdout.replace(/\s+/g, " "), /SYSTEM: \d+ keys.* values can be saved/);
  assert.deepEqual(lab.files.operations, []);
  const run = await runCli(lab, "registry", "salvage", "D:", "HKLM\\SYSTEM", "--yes");
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const check = await runCli(lab, "registry", "check", "D:", "SYSTEM");
  assert.equal(check.code, 0, check.stdout);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 0, undo.stdout + undo.stderr);
  assert.deepEqual(await hiveBytes(lab, "SYSTEM"), before);
});
