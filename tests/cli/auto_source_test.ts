/** `--source auto`: what is taken, what is not, and that nothing is begun that must fail. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import {
  compareSnapshots,
  corruptPayload,
  createLab,
  type FileContent,
  type MemoryLab,
} from "../lab/mod.ts";
import { runSimulator } from "../lab/simulators/mod.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";
import { type ImageFacts, imageFile, isoWith } from "./source_images.ts";

const WIM = "E:\\sources\\install.wim";
const HOME: ImageFacts = { name: "Windows 11 Home", edition: "Core" };
const DAMAGE = corruptPayload("microsoft-windows-ntdll");

async function labWith(files: Readonly<Record<string, Uint8Array | FileContent>>) {
  const lab = await createLab({
    // The simulator reads no real WIM: exactly this argument stands for the folder on F:.
    runSimulator: (tool, args, context) =>
      runSimulator(
        tool,
        args.map((arg) => arg === `/Source:wim:${WIM}:2` ? "/Source:F:\\Windows" : arg),
        context,
      ),
  });
  await lab.damage(DAMAGE);
  for (const [path, content] of Object.entries(files)) lab.files.put(path, content);
  lab.files.forgetOperations();
  return lab;
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}

function restores(lab: MemoryLab): readonly string[] {
  return lab.host.processes.calls.flatMap((call) =>
    call.arguments.includes("/RestoreHealth") ? [call.arguments.join(" ")] : []
  );
}

/** The sources in the plan that a run printed. */
function planned(run: CliRun): readonly string[] | undefined {
  const event = jsonLines(run).find(({ type }) => type === "plan");
  return (event?.plan as { options: { sources: string[] } } | undefined)?.options.sources;
}

for (const command of [["image", "restore"], ["repair"]]) {
  Deno.test(`${command.join(" ")} --source auto repairs from the image that fits`, async () => {
    const lab = await labWith({ [WIM]: imageFile([HOME, {}]) });
    const run = await runCli(lab, ...command, "D:", "--source", "auto", "--yes");
    assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
    assert.match(flat(run.stderr), /Source: E:\\sources\\install\.wim:2 \(Same edition/);
    assert.match(run.stdout, /fixed +Repair the component store/);
    assert.equal(restores(lab).length, 1);
    assert.match(restores(lab)[0]!, /\/Source:wim:E:\\sources\\install\.wim:2/);
    assert.deepEqual(longLines(run.stdout + run.stderr), []);
  });
}

Deno.test("--source auto in a plan is the source that was found, among the others in order", async () => {
  const lab = await labWith({ [WIM]: imageFile([HOME, {}]) });
  const others = ["--source", "F:\\Windows", "--source", "AUTO"];
  const run = await runCli(lab, "repair", "D:", ...others, "--dry-run", "--json");
  assert.deepEqual(planned(run), ["F:\\Windows", `${WIM}:2`]);
  const saved = ["--source", "auto", "--dry-run", "--save-plan", "E:\\plan.json"];
  assert.equal((await runCli(lab, "repair", "D:", ...saved)).code, ExitCode.ok);
  lab.files.put("E:\\better.wim", imageFile());
  const again = await runCli(lab, "repair", "D:", "--plan", "E:\\plan.json", "--yes");
  assert.equal(again.code, ExitCode.ok, again.stderr);
  assert.match(restores(lab)[0]!, /install\.wim:2/, "the plan says which source, not auto");
});

interface Row {
  readonly what: string;
  readonly files: Readonly<Record<string, Uint8Array | FileContent>>;
  readonly says: RegExp;
}

const NOT_TAKEN: readonly Row[] = [
  {
    what: "nothing is there",
    files: {},
    says: /Cannot find a source for this Windows here; needed: Windows 11 24H2, build 26100\.4061/,
  },
  {
    what: "only an ISO fits",
    files: { "E:\\x.iso": isoWith({ "install.wim": imageFile() }) },
    says: /source E:\\x\.iso > sources\\install\.wim:1 yet: it fits, but it must be taken out/,
  },
  {
    what: "only a split image fits",
    files: {
      "E:\\install.swm": imageFile([{}], { part: 1, parts: 2 }),
      "E:\\install2.swm": imageFile([{}], { part: 2, parts: 2 }),
    },
    says: /E:\\install\.swm:1 yet: it fits, but its parts must be joined first/,
  },
  {
    what: "the level is older",
    files: { [WIM]: imageFile([{ ubr: 1742 }]) },
    says: /is not sure to fit: Its update level 26100\.1742 is older than 26100\.4061/,
  },
  {
    what: "the edition is another",
    files: { [WIM]: imageFile([HOME]) },
    says: /is not sure to fit: Its edition is Home/,
  },
  {
    what: "the release is another",
    files: { [WIM]: imageFile([{ build: 22631 }]) },
    says: /Cannot find a source for this Windows here/,
  },
];

for (const { what, files, says } of NOT_TAKEN) {
  Deno.test(`image restore --source auto does not start: ${what}`, async () => {
    const lab = await labWith(files);
    const before = await lab.snapshot();
    const run = await runCli(lab, "image", "restore", "D:", "--source", "auto", "--yes");
    assert.equal(run.code, ExitCode.needsSource);
    assert.match(flat(run.stderr), says);
    assert.match(flat(run.stderr), /Next: .*pemedic media match D:/);
    assert.deepEqual(lab.host.processes.calls, [], "no tool was started");
    assert.deepEqual(compareSnapshots(before, await lab.snapshot()), []);
    assert.deepEqual(longLines(run.stdout + run.stderr), []);
  });

  Deno.test(`repair --source auto plans without a source and says so: ${what}`, async () => {
    const lab = await labWith(files);
    const run = await runCli(lab, "repair", "D:", "--source", "auto", "--dry-run");
    assert.match(flat(run.stderr), says);
    assert.match(flat(run.stderr), /pemedic media match D:/);
    assert.match(flat(run.stdout), /No --source is given/);
    const json = await runCli(lab, "repair", "D:", "--source", "auto", "--dry-run", "--json");
    assert.deepEqual(planned(json), []);
    assert.match(String(jsonLines(json).find(({ type }) => type === "notice")?.text), says);
  });
}

Deno.test("image restore --source auto goes on with another source that was named", async () => {
  const lab = await labWith({});
  const sources = ["--source", "auto", "--source", "F:\\Windows"];
  const run = await runCli(lab, "image", "restore", "D:", ...sources, "--yes");
  assert.equal(run.code, ExitCode.ok, run.stderr);
  assert.match(restores(lab)[0]!, /\/Source:F:\\Windows/);
});

Deno.test("without auto nothing is searched, and a mistyped source is still refused", async () => {
  const lab = await labWith({ [WIM]: imageFile() });
  const run = await runCli(lab, "repair", "D:", "--source", "F:\\Windows", "--dry-run", "--json");
  assert.deepEqual(planned(run), ["F:\\Windows"]);
  for (const source of ["E:\\automatic", "E:\\auto"]) {
    const refused = await runCli(lab, "repair", "D:", "--source", "auto", "--source", source);
    assert.equal(refused.code, ExitCode.usage, source);
  }
});
