/**
 * A staged upgrade under Wine, on a real NTFS volume and from an ISO file: staged, killed at any
 * point, resumed, taken back; the start is there again byte by byte.
 */
import assert from "node:assert/strict";
import { openHive } from "../../src/formats/regf/mod.ts";
import { parseOrder, UpgradePlace } from "../../src/upgrade/mod.ts";
import { compareSnapshots, WINDOWS_10_HOME_GERMAN } from "../lab/mod.ts";
import { labMediaFiles, labMediaIso } from "../lab/upgrade_media.ts";
import { writePe } from "../formats/pe/pe_writer.ts";
import { StoryWindows } from "./story_windows.ts";

/** Setup wants twenty gigabytes to be free; nearly all of the volume is never written. */
const MEGABYTES = 40 * 1024;
const MEDIA = { windows: WINDOWS_10_HOME_GERMAN };
const ASKED = ["upgrade", "stage", "D:", "--media", "G:\\Win10.iso", "--yes"];
/** Wine makes modes out of rights and cannot read back what was set. */
const STAGE = [...ASKED, "--allow-unprotected"];
/** Copying the real one, 97 MB, in every story would only take time. */
const SMALL = [...STAGE, "--program", "G:\\small.exe"];
const UNSTAGE = ["upgrade", "unstage", "D:", "--yes"];
const SERVICE = "ControlSet001\\Services\\PEMedicUpgrade";

async function tell(work: (story: StoryWindows) => Promise<void>): Promise<void> {
  const story = await StoryWindows.createOn(MEGABYTES);
  try {
    const iso = labMediaIso(MEDIA);
    await story.plugIn({
      "Win10.iso": iso.read(0, iso.size),
      "small.exe": writePe({ body: "small" }),
    });
    await work(story);
  } finally {
    await story.dispose();
  }
}

async function serviceOf(story: StoryWindows) {
  const bytes = await story.read("Windows\\System32\\config\\SYSTEM");
  return openHive(bytes, { name: "SYSTEM" }).key(SERVICE);
}

Deno.test("stage from an ISO: media, this very program, order and service; scan; unstage", async () => {
  await tell(async (story) => {
    const before = await story.stageSnapshot();
    const refused = await story.pemedic(ASKED);
    assert.equal(refused.code, 13, refused.stdout + refused.stderr);
    assert.match(refused.stdout + refused.stderr, /ordinary users could change/);
    const run = await story.pemedic(STAGE);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    for (const [path, bytes] of Object.entries(labMediaFiles(MEDIA))) {
      assert.deepEqual(await story.read(`PEMedic\\media\\${path}`), bytes, path);
    }
    const program = await story.read(UpgradePlace.program);
    assert.ok(program.length > 10 * 2 ** 20, String(program.length));
    const order = parseOrder(new TextDecoder().decode(await story.read(UpgradePlace.order)));
    assert.equal(order.media.folder, "C:\\PEMedic\\media");
    const command = (await serviceOf(story))?.value("ImagePath")?.string();
    assert.match(
      command ?? "",
      /^"C:\\PEMedic\\bin\\pemedic\.exe" upgrade service --order [0-9a-f]{64}$/,
    );
    const scan = await story.pemedic(["scan"]);
    assert.match(scan.stdout, /an upgrade is staged: pemedic upgrade unstage D:/);
    const second = await story.pemedic(STAGE);
    assert.equal(second.code, 13, second.stdout + second.stderr);
    const back = await story.pemedic(UNSTAGE);
    assert.equal(back.code, 0, back.stdout + back.stderr);
    assert.equal(await serviceOf(story), undefined);
    assert.deepEqual(compareSnapshots(before, await story.stageSnapshot()), []);
  });
});

/** In the media, at the program, and around the swap of the hive that arms it. */
const CHECKPOINTS = [
  "change-intended#1",
  "media-file-written#2",
  "change-made#2",
  "content-written#1",
  "change-recorded#4",
  "hive-staged#1",
  "hive-swapped#1",
  "step-ended#1",
] as const;

Deno.test("killed at several places: resumed or not, unstage brings the start back", async () => {
  await tell(async (story) => {
    const before = await story.stageSnapshot();
    for (const checkpoint of CHECKPOINTS) {
      for (const resumes of [true, false]) {
        const where = `${checkpoint}${resumes ? ", resumed" : ""}`;
        const killed = await story.pemedic(SMALL, { PEMEDIC_CHECKPOINT: checkpoint });
        assert.notEqual(killed.code, 0, `${where}: ${killed.stdout}${killed.stderr}`);
        if (resumes) {
          const resume = await story.pemedic(["resume", "D:", "--yes"]);
          assert.equal(resume.code, 0, `${where}: ${resume.stdout}${resume.stderr}`);
          assert.notEqual(await serviceOf(story), undefined, where);
          assert.deepEqual(
            await story.read(UpgradePlace.program),
            writePe({ body: "small" }),
            where,
          );
        }
        const back = await story.pemedic(UNSTAGE);
        assert.equal(back.code, 0, `${where}: ${back.stdout}${back.stderr}`);
        assert.deepEqual(compareSnapshots(before, await story.stageSnapshot()), [], where);
      }
    }
  });
});
