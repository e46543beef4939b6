/**
 * Installation media under Wine, on real NTFS volumes: an ISO on a stick is read without mounting
 * it, repairs a Windows, is copied and verified; one that does not fit costs no scan.
 */
import assert from "node:assert/strict";
import { corruptPayload, corruptProtectedFile, WINDOWS_10_HOME_GERMAN } from "../lab/mod.ts";
import { labInstallWim, labIso } from "../lab/install_image.ts";
import { StoryWindows } from "./story_windows.ts";

const LIBRARY = "Windows\\System32\\wuaueng.dll";
const COMPONENT = "microsoft-windows-windowsupdateclient-aux";

function isoOf(windows = WINDOWS_10_HOME_GERMAN): Uint8Array {
  const { image } = labIso({ "install.wim": labInstallWim(windows) });
  return image.slice(0, image.size);
}

async function tell(story: StoryWindows, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await story.dispose();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

async function dismCalls(story: StoryWindows): Promise<string[]> {
  const { ledger } = await story.state();
  return ledger.filter(({ tool }) => tool === "dism").map((call) => call.arguments.join(" "));
}

Deno.test("the only source is an ISO on an NTFS stick: taken out, repaired, healthy", async () => {
  const story = await StoryWindows.create(corruptPayload(COMPONENT));
  await tell(story, async () => {
    const stick = await story.plugIn({ "Win10.iso": isoOf() });
    const before = await story.snapshot();

    const match = await story.pemedic(["media", "match", "D:", "--json"]);
    assert.equal(match.code, 0, match.stdout + match.stderr);
    const { best } = JSON.parse(match.stdout);
    assert.equal(best.place, "G:\\Win10.iso");
    assert.equal(best.verdict, "fits");

    const repair = await story.pemedic(["repair", "D:", "--yes", "--source", "auto"]);
    assert.equal(repair.code, 0, repair.stdout + repair.stderr);
    assert.match(repair.stdout, /Repaired and verified/);
    const restore = (await dismCalls(story)).filter((call) => call.includes("/RestoreHealth"));
    assert.equal(restore.length, 1);
    assert.match(restore[0]!, /\/Source:wim:[A-Z]:\\.*PEMedic.*\\sources\\install\.wim:1/);
    const place = /wim:([A-Z]):\\([^:]*?)\\sources/.exec(restore[0]!)!;
    const left = place[1] === "E" ? await story.onStick(place[2]!) : false;
    assert.equal(left, false, "the copy is still there");
    assert.deepEqual((await namesIn(stick.folder)).filter((name) => /source/i.test(name)), []);
    assert.deepEqual(await story.differences(before), []);

    const again = await story.pemedic(["image", "scan", "D:"]);
    assert.equal(again.code, 0, again.stdout + again.stderr);
  });
});

Deno.test("an ISO of a lower update level: no repair scan is run, and what is needed is said", async () => {
  const story = await StoryWindows.create(corruptPayload(COMPONENT));
  await tell(story, async () => {
    await story.plugIn({ "Win10.iso": isoOf({ ...WINDOWS_10_HOME_GERMAN, revision: 2006 }) });
    const before = await story.snapshot();
    const repair = await story.pemedic(["repair", "D:", "--yes", "--source", "auto"]);
    assert.equal(repair.code, 7, repair.stdout + repair.stderr);
    const calls = await dismCalls(story);
    assert.ok(calls.some((call) => call.includes("/ScanHealth")), "the damage was not proven");
    assert.deepEqual(calls.filter((call) => call.includes("/RestoreHealth")), []);
    const all = (repair.stdout + repair.stderr).replace(/\s+/g, " ");
    assert.match(all, /19045\.2006 is older than 19045\.5854/);
    assert.match(all, /needed: Windows 10 22H2, build 19045\.5854 or newer/);
    assert.match(all, /[Uu]pgrade in place/);
    assert.deepEqual(await story.differences(before), []);
  });
});

Deno.test("one file out of an ISO: put back, verified, and taken back", async () => {
  const story = await StoryWindows.create(corruptProtectedFile(LIBRARY));
  await tell(story, async () => {
    await story.plugIn({ "Win10.iso": isoOf() });
    const before = await story.snapshot();
    const command = ["file", "restore", "D:", LIBRARY, "--from", "G:\\Win10.iso", "--yes"];
    const restore = await story.pemedic(command);
    assert.equal(restore.code, 0, restore.stdout + restore.stderr);
    assert.equal((await story.differences(before)).length, 1);
    const again = await story.pemedic(command);
    assert.equal(again.code, 4, again.stdout + again.stderr);
    const undo = await story.pemedic(["undo", "D:", "--yes"]);
    assert.equal(undo.code, 0, undo.stdout + undo.stderr);
    assert.deepEqual(await story.differences(before), []);
  });
});

Deno.test("verify and extract an ISO: read back, killed in the middle, resumed", async () => {
  const story = await StoryWindows.create();
  await tell(story, async () => {
    const stick = await story.plugIn({ "Win10.iso": isoOf() });
    const verify = await story.pemedic(["media", "verify", "G:\\Win10.iso"]);
    assert.equal(verify.code, 0, verify.stdout + verify.stderr);
    const extract = await story.pemedic(["media", "extract", "G:\\Win10.iso", "G:\\out"]);
    assert.equal(extract.code, 0, extract.stdout + extract.stderr);
    const copy = await Deno.readFile(`${stick.folder}/out/sources/install.wim`);
    assert.deepEqual(copy, labInstallWim(WINDOWS_10_HOME_GERMAN));

    await Deno.rename(
      `${stick.folder}/out/sources/install.wim`,
      `${stick.folder}/out/sources/install.wim.pemedic-part`,
    );
    await Deno.truncate(`${stick.folder}/out/sources/install.wim.pemedic-part`, 4096);
    const resume = await story.pemedic([
      "media",
      "extract",
      "G:\\Win10.iso",
      "G:\\out",
      "--resume",
    ]);
    assert.equal(resume.code, 0, resume.stdout + resume.stderr);
    assert.deepEqual(await Deno.readFile(`${stick.folder}/out/sources/install.wim`), copy);

    const broken = await Deno.readFile(`${stick.folder}/Win10.iso`);
    const at = new TextDecoder("latin1").decode(broken).indexOf("MSWIM") +
      Math.floor(copy.length / 2);
    broken[at] = broken[at]! ^ 1;
    await Deno.writeFile(`${stick.folder}/broken.iso`, broken);
    const bad = await story.pemedic(["media", "verify", "G:\\broken.iso"]);
    assert.equal(bad.code, 5, bad.stdout + bad.stderr);
  });
});
