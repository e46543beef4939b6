/** The main job under Wine, on a real NTFS volume: scan, diagnose, repair, kill, resume, undo. */
import assert from "node:assert/strict";
import {
  corruptPayload,
  corruptProtectedFile,
  pendingXmlLeftBehind,
  updateCacheStuck,
} from "../lab/mod.ts";
import { StoryWindows } from "./story_windows.ts";

const LIBRARY = "Windows\\System32\\wuaueng.dll";
const COMPONENT = "microsoft-windows-windowsupdateclient-aux";

async function tell(story: StoryWindows, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await story.dispose();
  }
}

Deno.test("scan, diagnose, repair, undo: the NTFS volume equals the start", async () => {
  const story = await StoryWindows.create(
    updateCacheStuck(),
    corruptProtectedFile(LIBRARY),
    corruptPayload(COMPONENT),
  );
  await tell(story, async () => {
    const before = await story.snapshot();
    assert.ok(before.size > 150, `only ${before.size} entries`);

    const scan = await story.pemedic(["scan", "--json"]);
    assert.equal(scan.code, 0, scan.stderr);
    const volumes = JSON.parse(scan.stdout).volumes as {
      root: string;
      fileSystem: string;
      windows: { identity: { build: number } } | null;
    }[];
    const target = volumes.find((volume) => volume.root === "D:\\");
    assert.equal(target?.fileSystem, "NTFS");
    assert.equal(target?.windows?.identity.build, 19045);

    const diagnosis = await story.pemedic(["diagnose", "D:", "--json"]);
    assert.equal(diagnosis.code, 5, diagnosis.stdout + diagnosis.stderr);
    assert.deepEqual(await story.differences(before), [], "diagnose wrote something");

    const repair = await story.pemedic([
      "repair",
      "D:",
      "--yes",
      "--source",
      "E:\\source\\Windows",
    ]);
    assert.equal(repair.code, 0, repair.stdout + repair.stderr);
    assert.match(repair.stdout, /Repaired and verified/);
    const { ledger } = await story.state();
    const calls = ledger.map((call) =>
      `${call.tool} ${
        call.arguments.find((a) =>
          /^\/(?:scannow|verifyonly|ScanHealth|RestoreHealth|Get-Packages)$/i.test(a)
        ) ?? ""
      }`
    );
    for (
      const call of ["sfc /verifyonly", "sfc /scannow", "dism /ScanHealth", "dism /RestoreHealth"]
    ) {
      assert.ok(calls.includes(call), `${call} is not among ${calls.join(", ")}`);
    }
    assert.notDeepEqual(await story.differences(before), [], "the cache was not moved");

    const undo = await story.pemedic(["undo", "D:", "--yes"]);
    assert.equal(undo.code, 0, undo.stdout + undo.stderr);
    assert.deepEqual(await story.differences(before), []);

    const sessions = await story.pemedic(["sessions", "D:", "--json"]);
    assert.equal(JSON.parse(sessions.stdout).sessions[0].state, "undone");
  });
});

/** Checkpoints of a cache reset that matter: before, in and after the second of its renames. */
const KILLS = ["change-intended#2", "change-made#2", "change-recorded#2"];

for (const place of KILLS) {
  Deno.test(`killed at ${place}: undo gives the start back, byte for byte`, async () => {
    const story = await StoryWindows.create(updateCacheStuck());
    await tell(story, async () => {
      const before = await story.snapshot();
      const killed = await story.pemedic(["cache", "reset", "D:", "--yes"], {
        PEMEDIC_CHECKPOINT: place,
      });
      assert.notEqual(killed.code, 0);
      const again = await story.pemedic(["repair", "D:", "--yes", "--quick"]);
      assert.equal(again.code, 13, again.stdout + again.stderr);
      assert.match(again.stderr, /pemedic resume[\s\S]*pemedic undo/);
      const undo = await story.pemedic(["undo", "D:", "--yes"]);
      assert.equal(undo.code, 0, undo.stdout + undo.stderr);
      assert.deepEqual(await story.differences(before), []);
    });
  });
}

Deno.test("killed in the middle: resume completes, and undo gives the start back", async () => {
  const story = await StoryWindows.create(updateCacheStuck());
  await tell(story, async () => {
    const before = await story.snapshot();
    await story.pemedic(["cache", "reset", "D:", "--yes"], { PEMEDIC_CHECKPOINT: "change-made#2" });
    const resume = await story.pemedic(["resume", "D:", "--yes"]);
    assert.equal(resume.code, 0, resume.stdout + resume.stderr);
    const after = await story.snapshot();
    assert.ok(![...after.keys()].some((path) => /SoftwareDistribution$|catroot2$/i.test(path)));
    const undo = await story.pemedic(["undo", "D:", "--yes"]);
    assert.equal(undo.code, 0, undo.stdout + undo.stderr);
    assert.deepEqual(await story.differences(before), []);
  });
});

Deno.test("a half-done update is reverted at the next start: exit code 6, and the cache is reset", async () => {
  const story = await StoryWindows.create(pendingXmlLeftBehind(), updateCacheStuck());
  await tell(story, async () => {
    const repair = await story.pemedic(["repair", "D:", "--yes"]);
    assert.equal(repair.code, 6, repair.stdout + repair.stderr);
    assert.deepEqual((await story.state()).revertAtNextBoot, ["D:"]);
  });
});

Deno.test("the journal is mirrored to the stick, and undo works from that copy alone", async () => {
  const story = await StoryWindows.create(updateCacheStuck());
  await tell(story, async () => {
    const before = await story.snapshot();
    const reset = await story.pemedic(["cache", "reset", "D:", "--yes", "--json"]);
    assert.equal(reset.code, 0, reset.stdout + reset.stderr);
    const started = reset.stdout.split("\n").map((line) => line && JSON.parse(line))
      .find((event) => event.type === "session-started");
    const copy = `E:\\PEMedic-journals\\${started.session}\\journal.jsonl`;
    const undo = await story.pemedic(["undo", "D:", "--yes", "--journal", copy]);
    assert.equal(undo.code, 0, undo.stdout + undo.stderr);
    assert.deepEqual(await story.differences(before), []);
  });
});
