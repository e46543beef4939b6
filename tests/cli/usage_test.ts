/** Wrong command lines and help: what comes next is said, and fits the screen. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { createLab, pendingXmlLeftBehind } from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";

Deno.test("a wrong command line names the help of its command, on lines that fit", async () => {
  const lab = await createLab();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["heal"], /^Next: pemedic help$/m],
    [["repair", "--faster"], /^Next: pemedic help repair$/m],
    [["cache", "rset"], /^Next: pemedic help cache$/m],
    [["file", "restore", "D:", "x"], /^Next: pemedic help file restore$/m],
    [["image", "add-package"], /^Next: pemedic help image add-package$/m],
    [["repair", "--include", "everything"], /^Next: pemedic help repair$/m],
    [
      ["registry", "check", "D:", "SYSTEM", "SOFTWARE", "SAM"],
      /^Next: pemedic help registry check$/m,
    ],
    [["service", "show", "BITS", "D:"], /pemedic service show NAME --windows VOLUME$/m],
  ];
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await runCli(lab, ...args);
    assert.equal(code, ExitCode.usage, args.join(" "));
    assert.match(stderr, says, args.join(" "));
    assert.deepEqual(longLines(stdout + stderr), [], args.join(" "));
    const [document, ...more] = jsonLines(await runCli(lab, ...args, "--json"));
    assert.equal(more.length, 0);
    assert.match(`Next: ${document?.next}`, says, args.join(" "));
  }
});

Deno.test("a group of commands without one shows its help, and no more", async () => {
  const lab = await createLab();
  const { code, stdout, stderr } = await runCli(lab, "registry");
  assert.equal(code, ExitCode.usage);
  assert.match(stdout + stderr, /^Commands:$/m);
  assert.doesNotMatch(stdout + stderr, /^Next:/m);
});

Deno.test("a volume among the names of services is sent to --windows", async () => {
  const lab = await createLab();
  for (const command of [["service", "disable"], ["service", "enable"], ["filters", "disable"]]) {
    for (const volume of ["D:", "/mnt/windows"]) {
      const { code, stderr } = await runCli(lab, ...command, "BITS", volume);
      assert.equal(code, ExitCode.usage);
      assert.ok(stderr.includes(`goes into --windows ${volume}`), stderr);
    }
  }
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("/? and help show the same, on one screen of 25 lines", async () => {
  const lab = await createLab();
  for (
    const command of [[], ["repair"], ["registry"], ["registry", "set"], ["image"], ["undo"], [
      "boot",
    ]]
  ) {
    const { code, stdout } = await runCli(lab, "help", ...command);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: ${["pemedic", ...command].join(" ")} `));
    assert.ok(stdout.split("\n").length <= 25, `${command.join(" ")}: ${stdout}`);
    assert.equal((await runCli(lab, ...command, "/?")).stdout, stdout);
    assert.equal((await runCli(lab, ...command, "--help")).stdout, stdout);
  }
});

Deno.test("a session keeps its command as it can be typed again", async () => {
  const lab = await createLab();
  const set = ["registry", "set", "D:", "HKLM\\SYSTEM\\My Key", "", "a b", "--type", "sz", "--yes"];
  const { code, stderr } = await runCli(lab, ...set);
  assert.equal(code, 0, stderr);
  const { stdout } = await runCli(lab, "sessions", "D:");
  const typed = 'pemedic registry set D: "HKLM\\SYSTEM\\My Key" "" "a b" --type sz --yes';
  assert.ok(stdout.includes(`    ${typed}\n`), stdout);
});

Deno.test("a step that cannot run is told on lines that fit", async () => {
  const lab = await createLab();
  await lab.damage(pendingXmlLeftBehind());
  const { code, stdout, stderr } = await runCli(lab, "files", "repair", "--yes");
  assert.equal(code, ExitCode.nothingToDo);
  assert.match(stdout.replace(/\s+/g, " "), /; nothing was changed $/);
  assert.deepEqual(longLines(stdout + stderr), []);
});

Deno.test("nobody is asked about a session whose copies were pruned", async () => {
  const lab = await createLab({ terminal: { interactive: true, answers: ["yes"] } });
  const path = "HKLM\\SYSTEM\\Setup";
  await runCli(lab, "registry", "set", "D:", path, "A", "1", "--type", "dword", "--yes");
  await runCli(lab, "sessions", "prune", "D:", "--yes");
  for (const options of [[], ["--dry-run"], ["--yes"]]) {
    const { code, stdout, stderr } = await runCli(lab, "undo", "D:", ...options);
    assert.equal(code, ExitCode.refused, stderr);
    assert.match(stderr, /its copies were pruned/);
    assert.doesNotMatch(stdout + stderr, /take back:/);
  }
});

Deno.test("a value that changed since is left, and the command that overwrites it is named", async () => {
  const lab = await createLab();
  const bits = ["registry", "set", "D:", "HKLM\\SYSTEM\\ControlSet001\\Services\\BITS", "Start"];
  await runCli(lab, ...bits, "4", "--type", "dword", "--yes");
  const list = jsonLines(await runCli(lab, "sessions", "D:", "--json"))[0]!;
  const [{ id }] = list.sessions as [{ id: string }];
  await runCli(lab, ...bits, "2", "--type", "dword", "--yes");
  const left = await runCli(lab, "undo", "D:", id, "--yes");
  assert.equal(left.code, ExitCode.partial);
  const command = /^ {6}pemedic undo (D:\\) (\S+) --overwrite$/m.exec(left.stderr);
  assert.ok(command !== null, left.stderr);
  const again = await runCli(lab, "undo", command[1]!, command[2]!, "--overwrite", "--yes");
  assert.equal(again.code, 0, again.stderr);
  assert.doesNotMatch(again.stderr, /--overwrite/);
});

Deno.test("help of what is no command is a wrong command line", async () => {
  const lab = await createLab();
  for (
    const [args, says] of [
      [["bogus"], /Cannot find the command "bogus"\nNext: pemedic help\n/],
      [["cache", "bogus"], /Cannot find the command "cache bogus"\nNext: pemedic help cache\n/],
    ] as const
  ) {
    const run = await runCli(lab, "help", ...args);
    assert.equal(run.code, ExitCode.usage, run.stdout);
    assert.match(run.stderr, says);
  }
  for (const args of [[], ["help"], ["cache"], ["files", "restore"], ["file", "restore", "D:"]]) {
    assert.equal((await runCli(lab, "help", ...args)).code, ExitCode.ok, args.join(" "));
  }
});
