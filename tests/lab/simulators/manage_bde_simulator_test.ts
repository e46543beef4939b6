import assert from "node:assert/strict";
import type { ToolInvocation } from "../../../src/base/mod.ts";
import {
  bitLockerProtection,
  bitLockerStatus,
  parseBitLockerChange,
  parseBitLockerProtection,
  parseBitLockerStatus,
  resumeProtectors,
  suspendProtectors,
} from "../../../src/tools/manage_bde/mod.ts";
import { bitLockerLocked, type MemoryLab } from "../mod.ts";
import { encryptedVolume } from "./manage_bde_state.ts";
import type { LabLanguage } from "./mod.ts";
import { simulate, SimulatedHang, simulatedLab } from "./simulated.ts";

const STATUS = bitLockerStatus({ volume: "D:" });
const SUSPEND = suspendProtectors({ volume: "D:", restarts: 2 });
const RESUME = resumeProtectors({ volume: "D:" });

async function status(lab: MemoryLab, volume = "D:") {
  const answer = parseBitLockerStatus(await simulate(lab, bitLockerStatus({ volume })));
  return answer.kind === "done" ? answer.value : answer.kind;
}

async function protection(lab: MemoryLab) {
  const outcome = await simulate(lab, bitLockerProtection({ volume: "D:" }));
  const answer = parseBitLockerProtection(outcome);
  return answer.kind === "done" ? answer.value : answer.kind;
}

async function change(lab: MemoryLab, call: ToolInvocation) {
  const answer = parseBitLockerChange(await simulate(lab, call));
  return answer.kind === "failed" ? answer.error.kind : answer.kind;
}

for (const language of ["en-US", "de-DE", "ja-JP"] as const satisfies readonly LabLanguage[]) {
  Deno.test(`the simulated manage-bde suspends and enables protectors (${language})`, async () => {
    const lab = await simulatedLab({ language, bitLocker: { "D:": encryptedVolume() } });
    const known = language !== "ja-JP";
    const shown = async () => {
      const value = await status(lab);
      assert.ok(typeof value === "object");
      assert.deepEqual([value.volume, value.encryptedPercent], ["D:", 100]);
      return [value.protection, value.restartsLeft];
    };
    assert.deepEqual(await shown(), [known ? "on" : "unknown", undefined]);
    assert.equal(await protection(lab), "on");
    assert.equal(await change(lab, SUSPEND), "done");
    assert.deepEqual(await shown(), [known ? "off" : "unknown", 2]);
    assert.equal(await protection(lab), "off");
    assert.equal(lab.state.bitLocker?.["D:"]?.restartsLeft, 2);
    assert.equal(await change(lab, RESUME), "done");
    assert.equal(await protection(lab), "on");
    assert.equal(lab.state.bitLocker?.["D:"]?.restartsLeft, 0);
  });
}

Deno.test("the lab's machine has manage-bde, and steps can start it", async () => {
  const lab = await simulatedLab({ bitLocker: { "D:": encryptedVolume() } });
  const program = await lab.host.processes.find("manage-bde");
  assert.ok(program !== undefined);
  const result = await lab.host.processes.run({ program, arguments: SUSPEND.arguments });
  assert.equal(result.exitCode, 0);
  assert.equal(await protection(lab), "off");
});

Deno.test("the simulated manage-bde knows volumes that are not encrypted, and none", async () => {
  const lab = await simulatedLab();
  const value = await status(lab);
  assert.ok(typeof value === "object");
  assert.deepEqual([value.encryptedPercent, value.protection, value.lock], [0, "off", "unlocked"]);
  assert.equal(await protection(lab), "off");
  assert.equal(await change(lab, SUSPEND), "not-encrypted");
  assert.equal(await change(lab, RESUME), "not-encrypted");
  assert.equal(await status(lab, "Q:"), "failed");
});

Deno.test("the simulated manage-bde changes nothing on a locked volume", async () => {
  const lab = await simulatedLab();
  await lab.damage(bitLockerLocked());
  const value = await status(lab);
  assert.ok(typeof value === "object");
  assert.deepEqual([value.lock, value.encryptedPercent, value.protection], [
    "locked",
    undefined,
    "unknown",
  ]);
  assert.equal(await change(lab, SUSPEND), "locked");
  assert.equal(lab.state.bitLocker?.["D:"]?.protection, "on");
});

Deno.test("the simulated manage-bde refuses what it does not know, and unlocks nothing", async () => {
  const lab = await simulatedLab({ bitLocker: { "D:": encryptedVolume() } });
  const { recoveryPassword } = encryptedVolume();
  for (
    const args of [
      [],
      ["-unlock", "D:", "-RecoveryPassword", recoveryPassword],
      ["-off", "D:"],
      ["-status", "D:", "-nonsense"],
      ["-protectors", "-get", "D:"],
      ["-protectors", "-disable", "D:", "-RebootCount", "16"],
      ["-protectors", "-disable", "D:", "-RebootCount"],
      ["-protectors", "-disable", "D:", "-force"],
      ["-protectors", "-enable", "D:", "-RebootCount", "1"],
    ]
  ) {
    const outcome = await simulate(lab, { ...STATUS, arguments: args });
    assert.equal(outcome.exitCode, 0xffffffff, args.join(" "));
    assert.ok(!outcome.output.includes(recoveryPassword));
  }
  assert.deepEqual(lab.state.bitLocker, { "D:": encryptedVolume() });
});

Deno.test("the simulated manage-bde fails, hangs, dies and prints nonsense", async () => {
  const bitLocker = { "D:": encryptedVolume() };
  const lab = await simulatedLab({ bitLocker, faults: { "manage-bde": { error: 0x80040154 } } });
  assert.equal(await change(lab, SUSPEND), "incomplete-winpe");
  lab.state.faults["manage-bde"] = { hangAfter: 0 };
  await assert.rejects(simulate(lab, SUSPEND), SimulatedHang);
  lab.state.faults["manage-bde"] = { dieAfter: 0 };
  assert.equal((await simulate(lab, SUSPEND)).exitCode, 0xc000013a);
  lab.state.faults["manage-bde"] = { garbage: true };
  assert.equal(await change(lab, SUSPEND), "not-understood");
  assert.equal(await status(lab), "not-understood");
  assert.equal(lab.state.bitLocker?.["D:"]?.protection, "on");
});
