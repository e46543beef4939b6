/** Registry paths, names and data as people mistype them: refused with how it is written. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { buildHive } from "../../src/formats/regf/mod.ts";
import type { MemoryLab } from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";
import { FILE, putHive, registryLab } from "./registry_lab.ts";

const SETUP = "HKLM\\SYSTEM\\Setup";

/** Text on one line: sentences are looked for, not how they are broken. */
function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}

async function refused(
  lab: MemoryLab,
  args: readonly string[],
  says: RegExp,
  code: number = ExitCode.usage,
): Promise<void> {
  const run = await runCli(lab, "registry", ...args);
  assert.equal(run.code, code, args.join(" ") + run.stdout + run.stderr);
  assert.match(flat(run.stderr), says, args.join(" "));
  assert.deepEqual(longLines(run.stdout + run.stderr), [], args.join(" "));
  assert.deepEqual(lab.files.operations, [], args.join(" "));
}

Deno.test("a path with / between its names is told how it is written", async () => {
  const lab = await registryLab();
  putHive(lab);
  const advice = /Write \\ between the names: hklm\\system\\select/;
  await refused(lab, ["query", "D:", "hklm/system/select"], advice);
  await refused(lab, ["query", FILE, "Types/Deep"], /names: Types\\Deep/, ExitCode.nothingToDo);
});

Deno.test("a path that swallowed what followed its closing quote is not used", async () => {
  const lab = await registryLab();
  putHive(lab);
  const swallowed = `${SETUP}" --value X`;
  const advice = /Let no path in quotes end with \\/;
  await refused(lab, ["query", "D:", swallowed], advice, ExitCode.nothingToDo);
  await refused(lab, ["query", "D:", `"${SETUP}"`], advice);
  await refused(lab, ["delete", "D:", swallowed, "--yes"], advice);
  await refused(lab, ["set", FILE, 'Types" x', "n", "1", "--type", "dword", "--yes"], advice);
  await refused(lab, ["query", `"${SETUP}"`], /comes first .*query D: HKLM\\SYSTEM\\Setup $/);
});

Deno.test("a hive file knows no root of the registry: nothing is made of its name", async () => {
  const lab = await registryLab();
  putHive(lab);
  for (
    const [path, rest] of [
      ["HKLM\\SYSTEM\\Types", ": Types"],
      ["Computer\\HKEY_LOCAL_MACHINE\\SYSTEM\\Types", ": Types"],
      ["HKCU\\Types", ": Types"],
      ["HKLM:\\SYSTEM", ""],
    ] as const
  ) {
    const says = new RegExp(`a path begins below its root Next: Leave out .* the hive${rest} $`);
    await refused(lab, ["query", FILE, path], says);
    await refused(lab, ["set", FILE, path, "n", "1", "--type", "dword", "--yes"], says);
    await refused(lab, ["delete", FILE, path, "--yes"], says);
  }
});

Deno.test("a path that begins with the name of the hive file is told where it begins", async () => {
  const lab = await registryLab();
  putHive(lab);
  const says =
    /In a hive file a path begins below the root; .* pemedic registry query E:\\hives\\TEST $/;
  await refused(lab, ["query", FILE, "TEST\\Types"], says, ExitCode.nothingToDo);
});

Deno.test("a key REGISTRY\\MACHINE in the hive of a packaged program is read as it is", async () => {
  const lab = await registryLab();
  const machine = { name: "MACHINE", values: [], subkeys: [] };
  const registry = { name: "REGISTRY", values: [], subkeys: [machine] };
  lab.files.put(FILE, buildHive({ name: "ROOT", values: [], subkeys: [registry] }));
  const { code, stdout } = await runCli(lab, "registry", "query", FILE, "REGISTRY\\MACHINE");
  assert.equal(code, 0);
  assert.match(stdout, /\\REGISTRY\\MACHINE$/m);
});

Deno.test("a place that is not there is told before what is wrong with the path", async () => {
  const lab = await registryLab();
  const set = ["New", "n", "1", "--type", "dword", "--yes"];
  await refused(lab, ["set", "E:\\nowhere", ...set], /there is no such/, ExitCode.notAVolume);
  await refused(lab, ["set", "D:", ...set], /there is no hive "New" on a disk/);
});

Deno.test("the file of the boot configuration is not edited as a hive either", async () => {
  const lab = await registryLab();
  const place = "S:\\EFI\\Microsoft\\Boot\\bcd";
  const set = ["set", place, "Objects", "n", "1", "--type", "dword", "--yes"];
  await refused(lab, set, /Cannot edit the boot configuration .* Use bcdedit \/store FILE/);
  assert.equal((await runCli(lab, "registry", "query", place)).code, 0);
});

Deno.test("no value is named as the default one is shown; --default sets it", async () => {
  const lab = await registryLab();
  for (const name of ["(Default)", "(default)", "@"]) {
    await refused(lab, ["set", "D:", SETUP, name, "x", "--type", "sz", "--yes"], /Say --default/);
  }
  const query = ["query", "D:", SETUP, "--value", "(Default)"];
  await refused(lab, query, /Say --default for the default value/, ExitCode.nothingToDo);
  const args = ["registry", "set", "D:", SETUP, "--default", "x", "--type", "sz", "--dry-run"];
  const { code, stdout } = await runCli(lab, ...args);
  assert.equal(code, 0);
  assert.match(stdout, /Setup \(Default\): \(not there\) -> "x"/);
});

Deno.test("what is written as reg.exe wants it is told how it is written here", async () => {
  const lab = await registryLab();
  const path = ["D:", SETUP];
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ["add", ...path, "/v", "A", "/t", "REG_SZ", "/d", "x", "/f"],
      /set HIVE PATH NAME DATA .*--yes/,
    ],
    [["set", ...path, "/ve", "/d", "x"], /registry set HIVE PATH --default DATA --type TYPE $/],
    [["set", ...path, "/v", "A", "--type", "sz", "--yes"], /Write: pemedic registry set HIVE/],
    [["set", ...path, "A", "1", "--type", "dword", "/f"], /one argument, not 2.*TYPE --yes/],
    [["query", ...path, "/v", "A"], /Write: pemedic registry query HIVE PATH --value NAME /],
    [["query", ...path, "/ve", "/s"], /query HIVE PATH --default --recursive/],
    [["query", ...path, "A"], /query HIVE PATH --value NAME/],
    [["delete", ...path, "/v", "A", "/f"], /delete HIVE PATH --value NAME --yes/],
    [["delete", ...path, "/f"], /delete HIVE PATH --yes/],
    [["export", ...path, "E:\\a.reg"], /export HIVE PATH --output FILE/],
    [["export", ...path, "E:\\a.reg", "/y", "/f"], /export HIVE PATH --output FILE/],
    [["set", ...path, "A", "-x", "--type", "sz"], /Data that begins with - comes last, behind --/],
  ];
  for (const [args, says] of cases) await refused(lab, args, says);
  const reg = await runCli(lab, "reg", "query", SETUP);
  assert.equal(reg.code, ExitCode.usage);
  assert.match(reg.stderr, /Write: pemedic registry query HIVE PATH/);
  const dash = ["set", ...path, "A", "--type", "sz", "--dry-run", "--", "-x"];
  assert.match((await runCli(lab, "registry", ...dash)).stdout, /"A": \(not there\) -> "-x"/);
  const slash = ["set", ...path, "A", "/f", "--type", "sz", "--dry-run"];
  assert.match((await runCli(lab, "registry", ...slash)).stdout, /"A": \(not there\) -> "\/f"/);
});

/** `.reg` text with one value of a key. */
function regText(key: string): Uint8Array {
  return new TextEncoder().encode(
    `Windows Registry Editor Version 5.00\r\n\r\n[${key}]\r\n"A"="x"\r\n`,
  );
}

Deno.test("settings of a user are imported into the hive of the user, under any name of the root", async () => {
  const lab = await registryLab();
  putHive(lab);
  const user = "E:\\my user.reg";
  lab.files.put(user, regText("HKEY_CURRENT_USER\\Types"));
  lab.files.put("E:\\machine.reg", regText("HKEY_LOCAL_MACHINE\\SYSTEM\\Setup"));
  lab.files.forgetOperations();
  await refused(
    lab,
    ["import", "D:", user, "--yes"],
    /import D:\\Users\\NAME\\NTUSER\.DAT "E:\\my user\.reg" --prefix HKEY_CURRENT_USER/,
  );
  await refused(lab, ["import", FILE, user, "--yes"], /as --prefix HKEY_CURRENT_USER $/);
  await refused(
    lab,
    ["import", FILE, "E:\\machine.reg"],
    /as --prefix HKEY_LOCAL_MACHINE\\SYSTEM $/,
  );
  for (const prefix of ["HKCU", "hkey_current_user"]) {
    const run = await runCli(
      lab,
      "registry",
      "import",
      FILE,
      user,
      "--prefix",
      prefix,
      "--dry-run",
    );
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /Types "A": \(not there\) -> "x"/);
  }
  const text = await runCli(lab, "registry", "export", FILE, "Types", "--prefix", "HKCU");
  assert.match(text.stdout, /^\[HKEY_CURRENT_USER\\Types\]$/m);
});

Deno.test("a hive in the place of the .reg file is told apart from one", async () => {
  const lab = await registryLab();
  putHive(lab);
  const says = /it is a hive, not a \.reg file Next: The volume or the hive file comes first/;
  await refused(lab, ["import", "D:", FILE], says);
});

Deno.test("advice can be copied: names that a console takes apart are in quotes", async () => {
  const lab = await registryLab();
  const place = "E:\\old (saved) hives\\SYSTEM";
  putHive(lab, undefined, place);
  const run = await runCli(lab, "registry", "query", place, "With [brackets]");
  assert.equal(run.code, ExitCode.nothingToDo);
  assert.match(run.stderr, / pemedic registry query "E:\\old \(saved\) hives\\SYSTEM"$/m);
});

Deno.test("what cannot be salvaged is not sent to it", async () => {
  const lab = await registryLab();
  lab.files.put("E:\\notes.txt", new TextEncoder().encode("no hive"));
  const text = await runCli(lab, "registry", "check", "E:\\notes.txt");
  assert.equal(text.code, ExitCode.problemsFound);
  assert.doesNotMatch(text.stderr, /salvage/);
  const cut = putHive(lab).slice();
  cut[0] = 0;
  lab.files.put(FILE, cut);
  const check = await runCli(lab, "registry", "check", FILE);
  assert.equal(check.code, ExitCode.problemsFound);
  assert.match(check.stderr, /pemedic registry salvage E:\\hives\\TEST --output FILE$/m);
});

Deno.test("registry replay without a hive shows a command that replays", async () => {
  const lab = await registryLab();
  const says = /pemedic registry replay D: SYSTEM --output FILE $/;
  await refused(lab, ["replay", "D:", "--output", "E:\\new"], says);
});

Deno.test("sessions of a hive file are found by the folder beside it", async () => {
  const lab = await registryLab();
  putHive(lab);
  const set = ["registry", "set", FILE, "Types", "sz", "new", "--type", "sz", "--yes"];
  assert.equal((await runCli(lab, ...set)).code, 0);
  for (const command of ["undo", "sessions"]) {
    const run = await runCli(lab, command, FILE);
    assert.equal(run.code, ExitCode.usage);
    assert.match(run.stderr, /pemedic sessions E:\\hives\\$/m);
  }
  const found = await runCli(lab, "sessions", "E:\\hives\\");
  assert.match(found.stdout, /finished, ok/);
});
