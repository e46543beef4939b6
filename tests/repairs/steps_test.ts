/** Single steps where the contract does not look: refusals, tools that lie, what a verdict rests on. */
import assert from "node:assert/strict";
import { MedicError } from "../../src/base/mod.ts";
import { DEFAULT_OPTIONS } from "../../src/ladder/mod.ts";
import { createSteps, dismValue, type RepairOptions } from "../../src/repairs/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  corruptProtectedFile,
  createLab,
  dirtyVolume,
  hibernated,
  junctionInUpdatePath,
  type MemoryLab,
  pendingXmlLeftBehind,
  updateCacheStuck,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";

async function detect(lab: MemoryLab, id: string, options: Partial<RepairOptions> = {}) {
  const steps = createSteps({ ...DEFAULT_OPTIONS, ...options });
  const windows = await openWindows(lab.host, "D:");
  return await steps.find((step) => step.id === id)!.detect(windows);
}

Deno.test("steps have stable ids, imperative titles and the symptom in the user's words", () => {
  const steps = createSteps(DEFAULT_OPTIONS);
  assert.equal(new Set(steps.map((step) => step.id)).size, steps.length);
  for (const step of steps) {
    assert.match(step.id, /^[a-z]+\.[a-z-]+$/);
    assert.match(step.title, /^[A-Z][^.]+$/);
    assert.match(step.resolves, /^[A-Z].{15,}[^.]$/);
  }
});

Deno.test("sfc and DISM wait for the step that reverts a half-done update", async () => {
  const lab = await createLab();
  await lab.damage(pendingXmlLeftBehind());
  for (const id of ["files.repair", "image.restore"]) {
    const answer = await detect(lab, id);
    assert.equal(answer.applies, false);
    assert.deepEqual(answer.waitsFor, ["servicing.revert-pending", "servicing.clear-leftovers"]);
  }
  for (const id of ["files.repair", "image.restore"]) {
    const sound = await detect(await createLab(), id);
    assert.equal(sound.applies, true);
    assert.equal(sound.waitsFor, undefined);
  }
});

Deno.test("disk.repair applies to a dirty volume, and to any if it was asked for", async () => {
  const clean = await createLab();
  assert.equal((await detect(clean, "disk.repair")).applies, false);
  assert.equal((await detect(clean, "disk.repair", { force: true })).applies, true);
  await clean.damage(dirtyVolume());
  assert.equal((await detect(clean, "disk.repair")).applies, true);
});

Deno.test("chkdsk that cannot read the disk ends everything: exit code 23", async () => {
  const lab = await createLab();
  await lab.damage(dirtyVolume());
  lab.state.hopelessVolumes.push("D:");
  const { code, stdout } = await runCli(lab, "disk", "repair", "--yes");
  assert.ok([20, 23].includes(code), stdout);
});

Deno.test("a junction in the place of a cache is refused, and where it leads is untouched", async () => {
  const lab = await createLab();
  await lab.damage(
    updateCacheStuck(),
    junctionInUpdatePath({ path: "Windows\\SoftwareDistribution" }),
  );
  const before = await lab.snapshot({ except: ["PEMedic"] });
  const { code, stdout, stderr } = await runCli(lab, "cache", "reset", "--yes");
  assert.equal(code, 13, stdout + stderr);
  assert.match((stdout + stderr).replace(/\s+/g, " "), /junction or another reparse point/);
  assert.deepEqual(await lab.snapshot({ except: ["PEMedic"] }), before);
});

Deno.test("a junction inside of a cache moves with it, and where it leads is untouched", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck(), junctionInUpdatePath());
  const documents = "D:\\Users\\Anna\\Documents";
  const before = await lab.snapshot({ root: documents });
  const { code, stderr } = await runCli(lab, "cache", "reset", "--yes");
  assert.equal(code, 0, stderr);
  assert.deepEqual(await lab.snapshot({ root: documents }), before);
});

Deno.test("a cache reset needs no room for scratch files: it is a rename", async () => {
  const lab = await createLab();
  await lab.damage(updateCacheStuck());
  for (const letter of ["D:", "E:", "F:", "S:"]) lab.files.setFreeBytes(letter, 300 * 2 ** 20);
  lab.files.setFreeBytes("S:", 2 ** 20);
  const { code, stdout } = await runCli(lab, "cache", "reset", "--yes");
  assert.equal(code, 0, stdout);
});

Deno.test("DISM does need room: without any the repair says where it could be", async () => {
  const lab = await createLab();
  for (const letter of ["D:", "E:", "F:"]) lab.files.setFreeBytes(letter, 300 * 2 ** 20);
  const { code, stdout } = await runCli(lab, "image", "cleanup", "--yes");
  assert.equal(code, 16, stdout);
  assert.match(stdout, /--scratch E:\\scratch/);
  lab.files.setFreeBytes("F:", 2 * 2 ** 30);
  lab.files.putDirectory("F:\\scratch");
  const resumed = await runCli(lab, "resume", "D:", "--scratch", "F:\\scratch", "--yes");
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
});

Deno.test("sfc that says 'repaired' while the file stays damaged is not believed", async () => {
  const lab = await createLab();
  await lab.damage(corruptProtectedFile("Windows\\System32\\wuaueng.dll"));
  const path = "D:\\Windows\\System32\\wuaueng.dll";
  const damaged = await lab.files.read(path);
  lab.host.processes.onCall = (call) => {
    if (call.arguments.includes("/verifyonly")) lab.files.put(path, damaged);
  };
  const { code, stdout } = await runCli(lab, "files", "repair", "--yes");
  assert.equal(code, 20, stdout);
  assert.match(stdout, /not-fixed +Repair the protected system files/);
});

Deno.test("a hibernation that is discarded stays aside, and undo says why", async () => {
  const lab = await createLab();
  await lab.damage(hibernated());
  const repair = await runCli(
    lab,
    "repair",
    "--only",
    "volume.discard-hibernation",
    "--yes",
  );
  assert.equal(repair.code, 0, repair.stdout);
  assert.equal(await lab.files.stat("D:\\hiberfil.sys"), undefined);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 4, undo.stderr);
  assert.equal(await lab.files.stat("D:\\hiberfil.sys"), undefined);
  const session = (await lab.files.list("D:\\PEMedic")).at(-1)!.name;
  const [kept] = await lab.files.list(`D:\\PEMedic\\${session}\\aside`);
  assert.match(kept!.name, /hiberfil\.sys$/, "it is kept, not deleted");
});

Deno.test("a tool that is only on other systems says where to go", async () => {
  const lab = await createLab({ platform: { system: "linux", systemRoot: "/", winpe: false } });
  lab.host.processes.missingTools.add("chkdsk");
  const answer = await detect(lab, "disk.repair", { force: true });
  assert.equal(answer.applies, false);
  assert.match(answer.reason, /start PE Medic from WinPE on that machine/);
});

const REPORT = {
  exitCode: 1,
  toolVersion: undefined,
  imageVersion: undefined,
  restartRequired: false,
  completed: false,
  text: "",
  lines: [],
  tail: "",
  error: undefined,
};

/** Codes of DISM and the exit code that each becomes. */
const DISM_CODES: readonly (readonly [number, { sourceGiven: boolean }, string])[] = [
  [0x800f081f, { sourceGiven: false }, "needsSource"],
  [0x800f081f, { sourceGiven: true }, "needsSource"],
  [0x80073712, { sourceGiven: true }, "needsUpgrade"],
  [0x80073712, { sourceGiven: false }, "toolFailed"],
  [0x800f0830, { sourceGiven: false }, "needsUpgrade"],
  [0x80070070, { sourceGiven: false }, "noSpace"],
  [0x80004005, { sourceGiven: false }, "toolFailed"],
  [87, { sourceGiven: true }, "toolFailed"],
];

for (const [code, options, expected] of DISM_CODES) {
  const with_ = options.sourceGiven ? "with" : "without";
  Deno.test(`dismValue() makes 0x${code.toString(16)} ${with_} a source ${expected}`, () => {
    const error = { code, text: "", logPath: undefined };
    assert.throws(() => dismValue({ kind: "failed", error, report: REPORT }, options), (thrown) => {
      assert.ok(thrown instanceof MedicError);
      assert.equal(thrown.code, expected);
      assert.ok(thrown.next);
      assert.equal(/pemedic upgrade check/.test(thrown.next), expected === "needsUpgrade");
      return true;
    });
  });
}

Deno.test("dismValue() gives the value of what was done, and nothing else", () => {
  const options = { sourceGiven: false };
  assert.equal(dismValue({ kind: "done", value: 7, report: REPORT }, options), 7);
  assert.throws(
    () => dismValue({ kind: "not-understood", tail: "", report: REPORT }, options),
    (error) => error instanceof MedicError && error.code === "toolNotUnderstood",
  );
});
