/**
 * `--source`: what `auto` and files without index become, what is unpacked and taken away again,
 * and that nothing is begun that must fail.
 */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import {
  compareSnapshots,
  corruptPayload,
  corruptProtectedFile,
  createLab,
  type FileContent,
  type MemoryLab,
  updateCacheStuck,
} from "../lab/mod.ts";
import type { VolumeInfo } from "../../src/host/mod.ts";
import { runSimulator } from "../lab/simulators/mod.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";
import { labInstallWim, labIsoContent } from "../lab/install_image.ts";
import { WINDOWS_11_PRO } from "../lab/lab_windows.ts";
import { type ImageFacts, imageFile } from "./source_images.ts";

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
    says:
      /does not fit: It is Windows 11 23H2 \(22631\); .*needed: Windows 11 24H2, build 26100\.4061/,
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
    assert.match(flat(run.stdout), /No source here fits/);
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

const FITTING = () => labInstallWim(WINDOWS_11_PRO);
const OLDER = () => labInstallWim({ ...WINDOWS_11_PRO, revision: 1742 });

/** Files whose names tell that they were made for a source. */
async function leftovers(lab: MemoryLab): Promise<string[]> {
  const volumes = (await lab.host.volumes.list()).map(({ root }) => root);
  const paths = await Promise.all(
    volumes.map(async (root) => [...(await lab.snapshot({ root })).keys()]),
  );
  return paths.flat().filter((path) => /PEMedic-source|work-source/i.test(path));
}

async function damagedLab(files: Readonly<Record<string, Uint8Array | FileContent>>) {
  const lab = await createLab();
  await lab.damage(DAMAGE);
  for (const [path, content] of Object.entries(files)) lab.files.put(path, content);
  lab.files.forgetOperations();
  return lab;
}

interface Unpacked {
  readonly what: string;
  readonly files: () => Readonly<Record<string, Uint8Array | FileContent>>;
  readonly source: string;
  /** Behind `/Source:`. */
  readonly argument: string;
  readonly says: RegExp;
}

const UNPACKED: readonly Unpacked[] = [
  {
    what: "the image is taken out of an ISO",
    files: () => ({ "E:\\Win11.iso": labIsoContent({ "install.wim": FITTING() }) }),
    source: "auto",
    argument: "wim:F:\\PEMedic-source\\sources\\install.wim:1",
    says: /First sources\\install\.wim of E:\\Win11\.iso is copied to F:\\PEMedic-source/,
  },
  {
    what: "an ISO that was named needs no index",
    files: () => ({ "E:\\Win11.iso": labIsoContent({ "install.wim": FITTING() }) }),
    source: "E:\\Win11.iso",
    argument: "wim:F:\\PEMedic-source\\sources\\install.wim:1",
    says: /Source: E:\\Win11\.iso > sources\\install\.wim:1/,
  },
  {
    what: "a file that was named needs no index",
    files: () => ({ "E:\\install.wim": FITTING() }),
    source: "E:\\install.wim",
    argument: "wim:E:\\install.wim:1",
    says: /Source: E:\\install\.wim:1/,
  },
  {
    what: "the parts of a split image are joined",
    files: () => ({
      "E:\\install.swm": labInstallWim(WINDOWS_11_PRO, { part: 1, parts: 2 }),
      "E:\\install2.swm": imageFile([{}], { part: 2, parts: 2 }),
    }),
    source: "auto",
    argument: "wim:F:\\PEMedic-source.wim:1",
    says: /First the parts E:\\install\*\.swm are joined into F:\\PEMedic-source\.wim/,
  },
];

for (const { what, files, source, argument, says } of UNPACKED) {
  Deno.test(`${what}: repaired, and no copy stays`, async () => {
    const lab = await damagedLab(files());
    const run = await runCli(lab, "repair", "D:", "--source", source, "--yes");
    assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
    assert.match(flat(run.stderr), says);
    assert.match(run.stdout, /fixed +Repair the component store/);
    assert.equal(restores(lab).length, 1);
    assert.ok(restores(lab)[0]!.includes(`/Source:${argument} `), restores(lab)[0]);
    assert.deepEqual(await leftovers(lab), []);
  });
}

Deno.test("an image of another level is told before DISM runs for minutes, with what is needed", async () => {
  const lab = await damagedLab({ "E:\\Win11.iso": labIsoContent({ "install.wim": OLDER() }) });
  const run = await runCli(lab, "repair", "D:", "--source", "auto", "--yes");
  assert.equal(run.code, ExitCode.needsSource, run.stdout + run.stderr);
  assert.deepEqual(restores(lab), [], "a scan that must fail was run");
  const all = flat(run.stdout + run.stderr);
  assert.match(
    all,
    /26100\.1742 is older than 26100\.4061; needed: Windows 11 24H2, build 26100\.4061/,
  );
  assert.match(
    all,
    /or upgrade in place once Windows starts: pemedic upgrade check D: --media PATH/,
  );
  assert.deepEqual(await leftovers(lab), []);
});

Deno.test("an older image serves together with the cabinet of the update that makes up for it", async () => {
  const lab = await labWith({
    "E:\\sources\\install.wim": imageFile([{ ubr: 1742 }]),
    "E:\\updates\\windows11.0-kb5058411-x64_26100.4061.cab": new Uint8Array(9),
  });
  const run = await runCli(lab, "repair", "D:", "--source", "auto", "--dry-run", "--json");
  assert.deepEqual(planned(run), [
    "E:\\sources\\install.wim:1",
    "E:\\updates\\windows11.0-kb5058411-x64_26100.4061.cab",
  ]);
});

Deno.test("an ISO that fits comes before an older image with its update", async () => {
  const lab = await labWith({
    "E:\\sources\\install.wim": imageFile([{ ubr: 1742 }]),
    "E:\\updates\\windows11.0-kb5058411-x64_26100.4061.cab": new Uint8Array(9),
    "E:\\x.iso": labIsoContent({ "install.wim": FITTING() }),
  });
  const run = await runCli(lab, "repair", "D:", "--source", "auto", "--dry-run", "--json");
  assert.deepEqual(planned(run), ["F:\\PEMedic-source\\sources\\install.wim:1"]);
});

Deno.test("an update that is still packed is named with how to unpack it", async () => {
  const lab = await labWith({
    "E:\\sources\\install.wim": imageFile([{ ubr: 1742 }]),
    "E:\\updates\\windows11.0-kb5058411-x64_26100.4061.msu": new Uint8Array(9),
  });
  const run = await runCli(lab, "repair", "D:", "--source", "auto", "--dry-run", "--json");
  assert.deepEqual(planned(run), []);
  const notice = jsonLines(run).find(({ type }) => type === "notice")?.text;
  assert.match(String(notice), /kb5058411.*msu in E:\\updates brings that level: expand it/);
});

Deno.test("several images that fit are passed in order, the copies of one level no more than three", async () => {
  const image = imageFile();
  const lab = await labWith({
    "E:\\a.wim": image,
    "E:\\b.esd": image,
    "E:\\c.wim": image,
    "E:\\d.wim": image,
    "E:\\x.iso": labIsoContent({ "install.wim": FITTING() }),
  });
  const run = await runCli(lab, "repair", "D:", "--source", "auto", "--dry-run", "--json");
  assert.deepEqual(planned(run), ["E:\\a.wim:1", "E:\\b.esd:1", "E:\\c.wim:1"]);
});

Deno.test("a named ISO in which nothing fits is refused at once", async () => {
  const other = labInstallWim({
    ...WINDOWS_11_PRO,
    editionId: "Core",
    productName: "Windows 11 Home",
  });
  const lab = await damagedLab({ "E:\\home.iso": labIsoContent({ "install.wim": other }) });
  lab.files.put("E:\\arm.wim", imageFile([{ architecture: 12 }]));
  const run = await runCli(lab, "repair", "D:", "--source", "E:\\arm.wim", "--yes");
  assert.equal(run.code, ExitCode.needsSource);
  assert.match(flat(run.stderr), /E:\\arm\.wim:1 does not fit: It is for arm64/);
  const wrong = await runCli(lab, "repair", "D:", "--source", "E:\\home.iso:7", "--yes");
  assert.equal(wrong.code, ExitCode.usage);
  assert.match(flat(wrong.stderr), /it has no image 7/);
  const doubtful = await runCli(
    lab,
    "repair",
    "D:",
    "--source",
    "E:\\home.iso",
    "--dry-run",
    "--json",
  );
  assert.equal(
    planned(doubtful)?.length,
    1,
    "a doubtful image of a named file is the user's decision",
  );
  assert.deepEqual(lab.host.processes.calls, []);
});

Deno.test("no volume with room for the image: told, and nothing is begun", async () => {
  const lab = await createLab({ source: "none" });
  await lab.damage(DAMAGE);
  lab.files.put("E:\\Win11.iso", labIsoContent({ "install.wim": FITTING() }));
  lab.files.setFreeBytes("D:", 2 ** 30);
  lab.files.setFreeBytes("E:", 2 ** 30);
  const run = await runCli(lab, "image", "restore", "D:", "--source", "auto", "--yes");
  assert.equal(run.code, ExitCode.needsSource, run.stdout + run.stderr);
  assert.match(
    flat(run.stderr),
    /fits, but no volume has the 1\.1 GB that it needs to be unpacked: the most has .:\\ \(1\.0 GB, /,
  );
  const match = await runCli(lab, "media", "match", "D:");
  assert.equal(match.code, run.code, "one exit code in both commands");
  assert.match(flat(match.stdout), /no volume has the 1\.1 GB/, "one number in both commands");
});

Deno.test("no room for an ISO that was named: what needs no source is still repaired", async () => {
  const lab = await createLab({ source: "none" });
  await lab.damage(DAMAGE, updateCacheStuck());
  lab.files.put("E:\\Win11.iso", labIsoContent({ "install.wim": FITTING() }));
  lab.files.setFreeBytes("D:", 2 ** 30);
  lab.files.setFreeBytes("E:", 2 ** 30);
  const run = await runCli(lab, "repair", "D:", "--source", "E:\\Win11.iso", "--yes");
  assert.equal(run.code, ExitCode.needsSource, run.stdout + run.stderr);
  assert.match(run.stdout, /fixed +Reset the update cache/);
  assert.match(flat(run.stderr), /fixed: The old update cache is out of the way/);
  assert.match(flat(run.stderr), /fits, but no volume has the 1\.1 GB/);
});

Deno.test("where only the running system has room, the way out is a folder of one's own", async () => {
  const lab = await createLab({ source: "none" });
  await lab.damage(DAMAGE);
  lab.files.put("E:\\my Win11.iso", labIsoContent({ "install.wim": FITTING() }));
  const { volumes } = lab.host;
  const [list, at] = [volumes.list.bind(volumes), volumes.at.bind(volumes)];
  const system = (root: string) => root === lab.host.platform.systemRoot;
  const seen = (volume: VolumeInfo): VolumeInfo =>
    system(volume.root)
      ? { ...volume, drive: "fixed", freeBytes: 74 * 2 ** 30 }
      : { ...volume, readOnly: true };
  volumes.list = async () => (await list()).map(seen);
  volumes.at = async (path) => {
    const volume = await at(path);
    return volume && seen(volume);
  };
  const run = await runCli(lab, "media", "match", "D:");
  assert.equal(run.code, ExitCode.needsSource, run.stdout + run.stderr);
  assert.match(
    flat(run.stdout),
    /no disk is mounted here beside that of the running system; copy it to a folder of your choice \(pemedic media extract "E:\\my Win11\.iso" FOLDER --only sources\\install\.wim\), and name that folder with --source/,
  );
});

interface Place {
  readonly what: string;
  readonly files?: Readonly<Record<string, Uint8Array | FileContent>>;
  readonly typed: string;
  /** The sources of the plan; undefined where it is refused. */
  readonly plans?: readonly string[];
}

const COMPONENT =
  "amd64_microsoft-windows-ntdll_31bf3856ad364e35_10.0.26100.1_none_0123456789abcdef";
const PLACES: readonly Place[] = [
  {
    what: "an empty folder",
    files: { "E:\\empty\\sub\\x.txt": new Uint8Array(1) },
    typed: "E:\\empty",
  },
  { what: "a text file", files: { "E:\\notes.txt": new Uint8Array(9) }, typed: "E:\\notes.txt" },
  { what: "a drive with nothing on it", files: { "E:\\a.txt": new Uint8Array(1) }, typed: "E:" },
  { what: "a packed update", files: { "E:\\kb1.msu": new Uint8Array(1) }, typed: "E:\\kb1.msu" },
  { what: "the drive of a stick", files: { [WIM]: imageFile() }, typed: "E:", plans: [`${WIM}:1`] },
  { what: "its root", files: { [WIM]: imageFile() }, typed: "E:\\", plans: [`${WIM}:1`] },
  {
    what: "its folder sources, the image not the first",
    files: { [WIM]: imageFile([HOME, {}]) },
    typed: "E:\\sources",
    plans: [`${WIM}:2`],
  },
  {
    what: "a folder with an image of an older level: named, so taken",
    files: { [WIM]: imageFile([{ ubr: 1742 }]) },
    typed: "E:\\sources",
    plans: [`${WIM}:1`],
  },
  {
    what: "a folder with an older image and the cabinet that makes up for it",
    files: {
      "E:\\m\\install.wim": imageFile([{ ubr: 1742 }]),
      "E:\\m\\windows11.0-kb5058411-x64_26100.4061.cab": new Uint8Array(9),
    },
    typed: "E:\\m",
    plans: ["E:\\m\\install.wim:1", "E:\\m\\windows11.0-kb5058411-x64_26100.4061.cab"],
  },
  {
    what: "a folder that holds an ISO",
    files: { "E:\\iso\\w.iso": labIsoContent({ "install.wim": labInstallWim(WINDOWS_11_PRO) }) },
    typed: "E:\\iso",
    plans: ["F:\\PEMedic-source\\sources\\install.wim:1"],
  },
  {
    what: "an image of an ISO as media match prints it",
    files: { "E:\\w.iso": labIsoContent({ "install.wim": labInstallWim(WINDOWS_11_PRO) }) },
    typed: "E:\\w.iso > sources\\install.wim:1",
    plans: ["F:\\PEMedic-source\\sources\\install.wim:1"],
  },
  { what: "a Windows folder", typed: "F:\\Windows", plans: ["F:\\Windows"] },
  { what: "the drive of a Windows", typed: "F:", plans: ["F:\\Windows"] },
  { what: "a component store", typed: "F:\\Windows\\WinSxS", plans: ["F:\\Windows\\WinSxS"] },
  {
    what: "components alone",
    files: { [`E:\\c\\${COMPONENT}\\ntdll.dll`]: new Uint8Array(1) },
    typed: "E:\\c",
    plans: ["E:\\c"],
  },
  {
    what: "an expanded update",
    files: { "E:\\u\\update.mum": new Uint8Array(1) },
    typed: "E:\\u",
    plans: ["E:\\u"],
  },
  {
    what: "a cabinet",
    files: { "E:\\u.cab": new Uint8Array(1) },
    typed: "E:\\u.cab",
    plans: ["E:\\u.cab"],
  },
];

for (const { what, files = {}, typed, plans } of PLACES) {
  Deno.test(`--source names ${what}: ${plans === undefined ? "refused" : "understood"}`, async () => {
    const lab = await damagedLab(files);
    const run = await runCli(lab, "repair", "D:", "--source", typed, "--dry-run", "--json");
    assert.deepEqual(planned(run), plans, run.stdout + run.stderr);
    if (plans !== undefined) return;
    assert.equal(run.code, ExitCode.usage);
    assert.deepEqual(lab.host.processes.calls, [], "a tool was started");
    const shown = await runCli(lab, "repair", "D:", "--source", typed, "--yes");
    assert.match(flat(shown.stderr), /Cannot use the source .*Next: (?:Expand it|.*--source auto)/);
    assert.deepEqual(longLines(shown.stderr), []);
  });
}

Deno.test("where only the target has room the copy lies in our own folder, and goes", async () => {
  const lab = await createLab({ source: "none" });
  await lab.damage(DAMAGE);
  lab.files.put("E:\\Win11.iso", labIsoContent({ "install.wim": FITTING() }));
  lab.files.setFreeBytes("E:", 2 ** 20);
  const run = await runCli(lab, "image", "restore", "D:", "--source", "auto", "--yes");
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  assert.match(restores(lab)[0]!, /\/Source:wim:D:\\PEMedic\\work-source\\sources\\install\.wim:1/);
  assert.deepEqual(await leftovers(lab), []);
});

Deno.test("an ISO that is damaged where the image lies ends the step, and no half copy stays", async () => {
  const iso = labIsoContent({ "install.wim": FITTING() });
  const lab = await damagedLab({ "E:\\Win11.iso": iso });
  lab.files.setFault("E:\\Win11.iso", { fault: "disk-error", from: 2 ** 20 });
  const run = await runCli(lab, "image", "restore", "D:", "--source", "E:\\Win11.iso", "--yes");
  assert.notEqual(run.code, ExitCode.ok);
  assert.deepEqual(restores(lab), []);
  assert.deepEqual(await leftovers(lab), []);
});

Deno.test("a power cut at every change of the copy: resume goes on, repairs, and leaves no copy", async () => {
  for (const cut of [1, 2, 3, 5, 8]) {
    const lab = await damagedLab({ "E:\\Win11.iso": labIsoContent({ "install.wim": FITTING() }) });
    const create = lab.files.createWriter.bind(lab.files);
    let planned = false;
    lab.files.createWriter = (...args) => {
      if (!planned) lab.files.crash.after(cut);
      planned = true;
      return create(...args);
    };
    const command = ["image", "restore", "D:", "--source", "auto", "--yes"];
    await runCli(lab, ...command).catch(() => undefined);
    lab.reboot();
    assert.ok(planned, "nothing was copied");
    const resumed = await runCli(lab, "resume", "D:", "--yes");
    assert.equal(resumed.code, ExitCode.ok, `cut ${cut}: ${resumed.stdout}${resumed.stderr}`);
    assert.ok(restores(lab).length >= 1, `cut ${cut}`);
    assert.deepEqual(await leftovers(lab), [], `cut ${cut}`);
  }
});

Deno.test("a WinPE that is too old: which media here start a newer one is said", async () => {
  const tooOld = async (files: Readonly<Record<string, Uint8Array | FileContent>>) => {
    const lab = await createLab({ platform: { build: 19041 } });
    for (const [path, content] of Object.entries(files)) lab.files.put(path, content);
    return flat((await runCli(lab, "repair", "D:", "--dry-run")).stderr);
  };
  const boot = (build: number) => imageFile([{ edition: "WindowsPE", build }]);
  const media = {
    "E:\\old.iso": labIsoContent({ "boot.wim": boot(22621), "install.wim": imageFile() }),
    "E:\\Win11.iso": labIsoContent({ "boot.wim": boot(26100), "install.wim": imageFile() }),
  };
  assert.match(
    await tooOld(media),
    /E:\\Win11\.iso starts a Windows PE of build 26100: boot from it/,
  );
  assert.match(
    await tooOld({
      "E:\\stick\\sources\\boot.wim": boot(26100),
      "E:\\stick\\sources\\install.wim": imageFile(),
    }),
    /boot\.wim starts a Windows PE of build 26100/,
  );
  assert.match(
    await tooOld({ "E:\\old.iso": media["E:\\old.iso"], "E:\\bad.iso": new Uint8Array(70_000) }),
    /no media here start a Windows PE of build 26100 or newer/,
  );
  const lab = await createLab();
  for (const [path, content] of Object.entries(media)) lab.files.put(path, content);
  assert.doesNotMatch(
    flat((await runCli(lab, "repair", "D:", "--dry-run")).stderr),
    /boot from it/,
  );
});

Deno.test("undo of a session that was cut off while unpacking takes the copy away, sessions names it", async () => {
  for (const cut of [1, 3, 8]) {
    const lab = await damagedLab({ "E:\\Win11.iso": labIsoContent({ "install.wim": FITTING() }) });
    const create = lab.files.createWriter.bind(lab.files);
    let begun = false;
    lab.files.createWriter = (...args) => {
      if (!begun) lab.files.crash.after(cut);
      begun = true;
      return create(...args);
    };
    const command = ["image", "restore", "D:", "--source", "auto", "--yes"];
    await runCli(lab, ...command).catch(() => undefined);
    lab.reboot();
    const left = await leftovers(lab);
    const listed = await runCli(lab, "sessions", "D:");
    assert.equal(
      flat(listed.stdout).includes("copy of a source: F:\\PEMedic-source"),
      left.length > 0,
      listed.stdout,
    );
    const run = await runCli(lab, "undo", "D:", "--yes");
    assert.deepEqual(await leftovers(lab), [], `cut ${cut}`);
    assert.equal(
      run.stderr.includes("copy of the source is removed: F:\\PEMedic-source"),
      left.length > 0,
      run.stderr,
    );
    assert.ok(cut !== 8 || left.length > 0, "nothing was left to remove");
    lab.files.put("F:\\PEMedic-source\\sources\\install.wim", new Uint8Array(9));
    await runCli(lab, "undo", "D:", "--yes");
    assert.equal(
      (await leftovers(lab)).length > 0,
      true,
      "a later copy of that name is not its own",
    );
  }
});

Deno.test("undo names the copy where the ISO is gone that tells what belongs to it", async () => {
  const lab = await damagedLab({ "E:\\Win11.iso": labIsoContent({ "install.wim": FITTING() }) });
  const create = lab.files.createWriter.bind(lab.files);
  lab.files.createWriter = (...args) => {
    lab.files.crash.after(8);
    return create(...args);
  };
  await runCli(lab, "image", "restore", "D:", "--source", "auto", "--yes").catch(() => undefined);
  lab.reboot();
  lab.files.erase("E:\\Win11.iso");
  const run = await runCli(lab, "undo", "D:", "--yes");
  assert.match(
    flat(run.stderr),
    /A copy that is not needed any more stays in "F:\\PEMedic-source"/,
  );
});

Deno.test("image restore without a source names what is needed, and a command that runs", async () => {
  const lab = await damagedLab({});
  const run = await runCli(lab, "image", "restore", "D:", "--yes");
  assert.equal(run.code, ExitCode.needsSource, run.stdout + run.stderr);
  assert.match(
    flat(run.stdout + run.stderr),
    /needed: build 26100\.4061 or newer, edition Pro, language en-US, x64/i,
  );
  assert.match(flat(run.stdout), /Next: pemedic image restore D: --source auto/);
  lab.files.put("E:\\Win11.iso", labIsoContent({ "install.wim": FITTING() }));
  const next = await runCli(lab, "image", "restore", "D:", "--source", "auto", "--yes");
  assert.equal(next.code, ExitCode.ok, next.stdout + next.stderr);
  const left = flat(next.stderr);
  assert.match(
    left,
    /\.\.\. Copying install\.wim to F:\\PEMedic-source \([\d.]+ [KMG]?B\).*\.\.\. Repair the component store .*ran: Repair.* Verifying/,
    "one title for the copy, one for DISM",
  );
  assert.match(left, /The copy of the source is removed again: F:\\PEMedic-source/);
});

Deno.test("a step that was called again is told once in the result, as it ended", async () => {
  const lab = await damagedLab({ [WIM]: FITTING() });
  await lab.damage(corruptProtectedFile("Windows\\System32\\ntdll.dll"));
  const run = await runCli(lab, "repair", "D:", "--source", "auto", "--yes");
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  const lines = run.stdout.split("\n").filter((line) => line.includes("protected system files:"));
  assert.equal(lines.length, 1, run.stdout);
  assert.match(lines[0]!, /^ {2}fixed /);
  assert.match(flat(run.stderr), /not-fixed: /, "sfc ran twice");
});
