import assert from "node:assert/strict";
import { ConsoleDecoder, type ToolInvocation } from "../../../src/base/mod.ts";
import {
  addPackage,
  checkHealth,
  type DismAnswer,
  DismProgressReader,
  getCurrentEdition,
  listDrivers,
  listPackages,
  parseCompletion,
  parseCurrentEdition,
  parseDism,
  parseDrivers,
  parseHealth,
  parsePackages,
  parseRestoreHealth,
  parseRevert,
  removeDriver,
  removePackage,
  type RepairSource,
  restoreHealth,
  revertPendingActions,
  scanHealth,
  startComponentCleanup,
} from "../../../src/tools/dism/mod.ts";
import {
  corruptManifest,
  corruptPayload,
  type MemoryLab,
  noRoom,
  pendingXmlLeftBehind,
  readComponentFiles,
} from "../mod.ts";
import { DISM_PLACE, joined, simulate, SimulatedHang, simulatedLab } from "./simulated.ts";

const FOLDER: RepairSource = { kind: "windows-folder", path: "F:\\Windows" };
const NTDLL = "microsoft-windows-ntdll";
const KERNEL = "microsoft-windows-kernel32";

async function scanned(lab: MemoryLab): Promise<string> {
  const answer = parseHealth(await simulate(lab, scanHealth(DISM_PLACE)));
  return answer.kind === "done" ? answer.value.verdict : answer.kind;
}

async function errorOf(lab: MemoryLab, call: Partial<ToolInvocation>): Promise<number> {
  const outcome = await simulate(lab, { ...scanHealth(DISM_PLACE), ...call });
  const { error } = parseDism(outcome);
  assert.equal(error?.code, outcome.exitCode, "the printed code is the exit code");
  return outcome.exitCode;
}

function valueOf<T>(answer: DismAnswer<T>): T {
  assert.equal(answer.kind, "done", JSON.stringify(answer));
  return (answer as DismAnswer<T> & { kind: "done" }).value;
}

Deno.test("the simulated dism finds a healthy store healthy and changes nothing", async () => {
  const lab = await simulatedLab();
  const before = await lab.snapshot();
  assert.equal(await scanned(lab), "healthy");
  assert.deepEqual(await lab.snapshot(), before);
});

Deno.test("the simulated dism reports a damaged or missing payload as repairable", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptPayload(NTDLL));
  assert.equal(await scanned(lab), "repairable");
  const missing = await simulatedLab();
  await missing.files.remove(await payloadOf(missing, KERNEL));
  assert.equal(await scanned(missing), "repairable");
});

Deno.test("the simulated dism cannot repair a damaged manifest", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptManifest(NTDLL));
  assert.equal(await scanned(lab), "not-repairable");
  const outcome = await simulate(lab, restoreHealth(DISM_PLACE, { sources: [FOLDER] }));
  assert.equal(outcome.exitCode, 0x80073712);
});

Deno.test("the simulated dism restores payloads from a Windows folder", async () => {
  const lab = await simulatedLab();
  const before = await lab.snapshot();
  await lab.damage(corruptPayload(NTDLL), corruptPayload(KERNEL));
  const outcome = await simulate(lab, restoreHealth(DISM_PLACE, { sources: [FOLDER] }));
  assert.equal(valueOf(parseRestoreHealth(outcome)).result, "restored");
  assert.deepEqual(
    [...outcome.changed].sort(),
    [await payloadOf(lab, KERNEL), await payloadOf(lab, NTDLL)].sort(),
  );
  assert.deepEqual(await lab.snapshot(), before);
  assert.equal(await scanned(lab), "healthy");
});

Deno.test("the simulated dism restores from an image, of the right edition and index", async () => {
  for (const kind of ["wim", "esd"] as const) {
    const lab = await simulatedLab({ edition: "Professional" });
    const path = `E:\\install.${kind}`;
    await putImage(lab, path);
    await lab.damage(corruptPayload(NTDLL));
    const from = (index: number) =>
      simulate(lab, restoreHealth(DISM_PLACE, { sources: [{ kind, path, index }] }));
    assert.equal((await from(1)).exitCode, 0x800f081f, "another edition has nothing");
    assert.equal((await from(9)).exitCode, 0x80070057, "no such index");
    assert.equal((await from(6)).exitCode, 0);
    assert.equal(await scanned(lab), "healthy");
  }
});

Deno.test("the simulated dism fails with 0x800f081f if a source has nothing", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptPayload(NTDLL));
  const before = await lab.snapshot();
  for (const path of ["E:\\nowhere\\Windows", "E:\\scratch"]) {
    const source = { kind: "folder", path } as const;
    const outcome = await simulate(lab, restoreHealth(DISM_PLACE, { sources: [source] }));
    assert.equal(outcome.exitCode, 0x800f081f);
    assert.deepEqual(outcome.changed, []);
  }
  assert.deepEqual(await lab.snapshot(), before);
});

Deno.test("the simulated dism takes no file of the right name with wrong bytes", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptPayload(NTDLL));
  lab.files.put((await payloadOf(lab, NTDLL)).replace(/^D:/, "F:"), new Uint8Array(10));
  const outcome = await simulate(lab, restoreHealth(DISM_PLACE, { sources: [FOLDER] }));
  assert.equal(outcome.exitCode, 0x800f081f);
  assert.deepEqual(outcome.changed, []);
});

Deno.test("the simulated dism keeps what it found and fails with 0x800f0915 for the rest", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptPayload(NTDLL), corruptPayload(KERNEL));
  const other = (await payloadOf(lab, KERNEL)).replace(/^D:/, "F:");
  await lab.files.remove(other);
  const outcome = await simulate(lab, restoreHealth(DISM_PLACE, { sources: [FOLDER] }));
  assert.equal(outcome.exitCode, 0x800f0915);
  assert.deepEqual(outcome.changed, [await payloadOf(lab, NTDLL)]);
});

Deno.test("the simulated dism reads sources in their order", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptPayload(NTDLL));
  const nowhere = { kind: "folder", path: "E:\\nowhere" } as const;
  const outcome = await simulate(lab, restoreHealth(DISM_PLACE, { sources: [nowhere, FOLDER] }));
  assert.equal(outcome.exitCode, 0);
});

Deno.test("the simulated dism wants an index behind an image", async () => {
  const lab = await simulatedLab();
  const call = scanHealth(DISM_PLACE);
  const args = [...call.arguments.slice(0, 5), "/RestoreHealth", "/Source:E:\\install.esd"];
  assert.equal(await errorOf(lab, { arguments: args }), 87);
});

Deno.test("the simulated dism refuses wrong command lines as the real one does", async () => {
  const lab = await simulatedLab();
  const wrong = async (...args: string[]) => await errorOf(lab, { arguments: args });
  assert.equal(await wrong("/Online", "/Cleanup-Image", "/ScanHealth"), 50);
  assert.equal(await wrong("/Image:D:\\", "/Cleanup-Image", "/ScanHeath"), 87);
  assert.equal(await wrong("/Image:", "D:\\", "/Cleanup-Image", "/ScanHealth"), 87);
  assert.equal(await wrong("/Image:D:\\", "/Cleanup-Image"), 87);
  assert.equal(await wrong("/Image:D:\\", "/Get-Packages", "/Get-Drivers"), 87);
  assert.equal(await wrong("/Image:E:\\", "/Get-Packages"), 2);
  assert.equal(await wrong("/Image:Q:\\", "/Get-Packages"), 3);
});

Deno.test("the simulated dism wants its scratch folder and the folder of its log", async () => {
  const lab = await simulatedLab();
  const scratch = scanHealth({ ...DISM_PLACE, scratch: "E:\\none" });
  assert.equal((await simulate(lab, scratch)).exitCode, 3);
  const log = scanHealth({ ...DISM_PLACE, logPath: "E:\\none\\dism.log" });
  assert.equal((await simulate(lab, log)).exitCode, 3);
});

Deno.test("the simulated dism writes a session into its log", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptPayload(NTDLL));
  const missing = { kind: "folder", path: "E:\\nowhere" } as const;
  await simulate(lab, restoreHealth(DISM_PLACE, { sources: [missing] }));
  const log = new TextDecoder().decode(await lab.files.read(DISM_PLACE.logPath));
  assert.match(log, /<----- Starting Dism\.exe session ----->/);
  assert.match(log, /CSI Payload Corrupt\t\(n\)\t\t\tamd64_microsoft-windows-ntdll.*\\ntdll\.dll/);
  assert.match(log, /Total Detected Corruption:\t1\r\n/);
  assert.match(log, /HRESULT=800F081F\r\n/);
  assert.match(log, /<----- Ending Dism\.exe session ----->\r\n$/);
});

Deno.test("the simulated dism refuses an image that is newer than itself", async () => {
  const lab = await simulatedLab({ dismVersion: "10.0.19041.844" });
  const outcome = await simulate(lab, scanHealth(DISM_PLACE));
  assert.equal(outcome.exitCode, 50);
  assert.match(outcome.output, /requires the latest version of the DISM/);
});

Deno.test("the simulated dism reads only the record in CheckHealth", async () => {
  const lab = await simulatedLab();
  const check = async () =>
    valueOf(parseHealth(await simulate(lab, checkHealth(DISM_PLACE)))).verdict;
  await lab.damage(corruptPayload(NTDLL));
  assert.equal(await check(), "healthy", "nobody scanned yet");
  await scanned(lab);
  assert.equal(await check(), "repairable");
  await simulate(lab, restoreHealth(DISM_PLACE, { sources: [FOLDER] }));
  assert.equal(await check(), "healthy");
});

Deno.test("pending actions block the simulated dism until they are reverted", async () => {
  const lab = await simulatedLab({ revertConsumesPending: true });
  await lab.damage(pendingXmlLeftBehind());
  assert.equal(await errorOf(lab, scanHealth(DISM_PLACE)), 0x80070bc9);
  assert.equal(await errorOf(lab, restoreHealth(DISM_PLACE, { sources: [FOLDER] })), 0x80070bc9);
  assert.equal(await errorOf(lab, startComponentCleanup(DISM_PLACE)), 0x80070bc9);
  const outcome = await simulate(lab, revertPendingActions(DISM_PLACE));
  assert.equal(valueOf(parseRevert(outcome)).result, "reverted");
  assert.deepEqual(outcome.changed, ["D:\\Windows\\WinSxS\\pending.xml"]);
  assert.equal(await scanned(lab), "healthy");
});

Deno.test("the simulated dism may leave the revert to the next start", async () => {
  const lab = await simulatedLab();
  await lab.damage(pendingXmlLeftBehind());
  const outcome = await simulate(lab, revertPendingActions(DISM_PLACE));
  assert.equal(valueOf(parseRevert(outcome)).result, "at-next-boot");
  assert.deepEqual(outcome.changed, []);
  assert.deepEqual(lab.state.revertAtNextBoot, ["D:"]);
  assert.ok(await lab.files.stat("D:\\Windows\\WinSxS\\pending.xml"));
});

Deno.test("the simulated dism lists, adds and removes packages", async () => {
  const lab = await simulatedLab();
  const list = async () => valueOf(parsePackages(await simulate(lab, listPackages(DISM_PLACE))));
  const before = await list();
  assert.deepEqual(
    before.map((entry) => [entry.identity, entry.state, entry.installTime]),
    lab.state.packages.map((entry) => [entry.identity, entry.state, entry.installTime]),
  );
  const identity = "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4202.1.3";
  const text = JSON.stringify({ labPackage: 1, identity, releaseType: "Security Update" });
  lab.files.put("E:\\kb.msu", new TextEncoder().encode(text));
  const added = await simulate(lab, addPackage(DISM_PLACE, { packagePath: "E:\\kb.msu" }));
  assert.deepEqual(valueOf(parseCompletion(added)), { restartRequired: false });
  assert.equal((await list()).find((entry) => entry.identity === identity)?.pending, true);
  const removed = await simulate(lab, removePackage(DISM_PLACE, { identity }));
  assert.equal(removed.exitCode, 0);
  assert.deepEqual(await list(), before);
});

Deno.test("the simulated dism uninstalls with the next start and refuses what is permanent", async () => {
  const lab = await simulatedLab();
  const installed = lab.state.packages.find((entry) =>
    entry.state === "Installed" && entry.identity.includes("RollupFix")
  )!;
  await simulate(lab, removePackage(DISM_PLACE, installed));
  assert.equal(installed.state, "Uninstall Pending");
  const foundation = lab.state.packages.find((entry) => entry.identity.includes("Foundation"))!;
  const refused = await simulate(lab, removePackage(DISM_PLACE, foundation));
  assert.equal(refused.exitCode, 0x800f0825);
  const unknown = await simulate(lab, removePackage(DISM_PLACE, { identity: "a~b~c~~1.0" }));
  assert.equal(unknown.exitCode, 0x800f0805);
});

Deno.test("the simulated dism removes superseded packages only", async () => {
  const lab = await simulatedLab();
  const states = () => lab.state.packages.map((entry) => entry.state);
  assert.ok(states().includes("Superseded"));
  const count = states().length;
  await simulate(lab, startComponentCleanup(DISM_PLACE));
  assert.ok(!states().includes("Superseded"));
  assert.equal(states().length, count - 1);
});

Deno.test("the simulated dism lists drivers in both forms and removes them with their file", async () => {
  const lab = await simulatedLab();
  const call = listDrivers(DISM_PLACE);
  const list = valueOf(parseDrivers(await simulate(lab, call)));
  const table = { ...call, arguments: call.arguments.map((each) => each.replace("List", "Table")) };
  assert.deepEqual(valueOf(parseDrivers(await simulate(lab, table))), list);
  assert.equal(list.length, 2);
  lab.files.put("D:\\Windows\\INF\\oem7.inf", new Uint8Array(9));
  const remove = removeDriver(DISM_PLACE, { publishedName: "oem7.inf" });
  assert.deepEqual((await simulate(lab, remove)).changed, ["D:\\Windows\\INF\\oem7.inf"]);
  assert.deepEqual(lab.state.drivers.map((entry) => entry.publishedName), ["oem3.inf"]);
  assert.equal((await simulate(lab, remove)).exitCode, 2);
});

Deno.test("the simulated dism tells the edition", async () => {
  const lab = await simulatedLab({ edition: "Core" });
  const answer = parseCurrentEdition(await simulate(lab, getCurrentEdition(DISM_PLACE)));
  assert.deepEqual(valueOf(answer), { edition: "Core" });
});

Deno.test("the simulated dism frames each piped step in 64 bytes", async () => {
  const lab = await simulatedLab();
  const { pieces } = await simulate(lab, scanHealth(DISM_PLACE));
  const steps = pieces.filter((piece) => new TextDecoder().decode(piece).includes("%"));
  assert.ok(steps.length > 5);
  for (const step of steps) {
    assert.equal(step.length, 64);
    assert.match(new TextDecoder().decode(step), /^\r\[[= ]+\d+\.\d%[= ]+\] \r\n$/);
  }
  assert.match(new TextDecoder().decode(steps.at(-1)), /^\r\[={26}100\.0%={26}\]/);
});

Deno.test("the simulated dism rewrites its bar on older builds and glues the verdict to it", async () => {
  const lab = await simulatedLab({ dismProgress: "rewriting", dismCells: 60 });
  await lab.damage(corruptPayload(NTDLL));
  const outcome = await simulate(lab, scanHealth(DISM_PLACE));
  assert.match(outcome.output, /=\] The component store is repairable\.\r\n/);
  assert.match(outcome.output, /\[[^\]]{60}\]/);
  assert.equal(valueOf(parseHealth(outcome)).verdict, "repairable");
  const decoder = new ConsoleDecoder("oem", 437);
  const reader = new DismProgressReader();
  const events = [...decoder.push(joined(outcome.pieces)), ...decoder.finish()];
  const percents = events.map((event) => reader.read(event)?.percent).filter((each) => each);
  assert.equal(percents.at(-1), 100);
  assert.ok(percents.length > 5);
});

Deno.test("the simulated dism speaks its language only without /English", async () => {
  for (const language of ["de-DE", "ja-JP"] as const) {
    const lab = await simulatedLab({ language });
    assert.equal(await scanned(lab), "healthy");
    const call = scanHealth(DISM_PLACE);
    const native = { ...call, arguments: call.arguments.slice(1) };
    assert.equal(parseHealth(await simulate(lab, native)).kind, "not-understood");
    lab.state.ignoresEnglish = true;
    assert.equal(parseHealth(await simulate(lab, call)).kind, "not-understood");
    lab.state.faults.dism = { error: 0x800f081f };
    const failed = parseHealth(await simulate(lab, call));
    assert.equal(failed.kind === "failed" && failed.error.code, 0x800f081f);
  }
});

Deno.test("the simulated dism prints errors as decimals or HRESULTs", async () => {
  for (const error of [740, 0x800f0830]) {
    const lab = await simulatedLab({ faults: { dism: { error } } });
    const outcome = await simulate(lab, scanHealth(DISM_PLACE));
    assert.equal(outcome.exitCode, error);
    assert.ok(outcome.output.includes(error === 740 ? "Error: 740\r\n" : "Error: 0x800f0830\r\n"));
  }
});

Deno.test("the simulated dism dies in the middle with half of its work done", async () => {
  const lab = await simulatedLab({ faults: { dism: { dieAfter: 3 } } });
  await lab.damage(corruptPayload(NTDLL), corruptPayload(KERNEL));
  const outcome = await simulate(lab, restoreHealth(DISM_PLACE, { sources: [FOLDER] }));
  assert.equal(outcome.exitCode, 0xc000013a);
  assert.equal(outcome.changed.length, 1);
  assert.doesNotMatch(outcome.output, /completed|Error/);
  delete lab.state.faults.dism;
  assert.equal(await scanned(lab), "repairable");
});

Deno.test("the simulated dism hangs after the steps it was told, and the call is in the ledger", async () => {
  const lab = await simulatedLab({ faults: { dism: { hangAfter: 2 } } });
  await assert.rejects(simulate(lab, scanHealth(DISM_PLACE)), SimulatedHang);
  assert.equal(lab.state.ledger.length, 1);
  assert.equal(lab.state.ledger[0]?.tool, "dism");
});

Deno.test("the simulated dism runs into a full disk, told or real", async () => {
  const told = await simulatedLab({ faults: { dism: { diskFullAfter: 1 } } });
  assert.equal((await simulate(told, scanHealth(DISM_PLACE))).exitCode, 0x80070070);
  const real = await simulatedLab();
  await real.damage(corruptPayload(NTDLL), noRoom());
  const outcome = await simulate(real, restoreHealth(DISM_PLACE, { sources: [FOLDER] }));
  assert.equal(outcome.exitCode, 0x80070070);
  assert.deepEqual(outcome.changed, []);
});

Deno.test("the simulated dism can print nonsense, which nobody takes for health", async () => {
  const lab = await simulatedLab({ faults: { dism: { garbage: true } } });
  const outcome = await simulate(lab, scanHealth(DISM_PLACE));
  assert.equal(outcome.exitCode, 0);
  assert.equal(parseHealth(outcome).kind, "not-understood");
});

async function payloadOf(lab: MemoryLab, component: string): Promise<string> {
  const files = await readComponentFiles(lab.files, "D:\\");
  return `D:\\${files.find((file) => file.component.includes(`_${component}_`))!.payload}`;
}

/** Index 6 is this Windows, index 1 another edition of it. */
async function putImage(lab: MemoryLab, path: string): Promise<void> {
  const files: Record<string, string> = {};
  for (const file of await readComponentFiles(lab.files, "D:\\")) {
    const bytes = await lab.files.read(`D:\\${file.payload}`);
    const key = file.payload.replace(/^Windows\\/, "");
    files[key] = btoa(String.fromCharCode(...bytes));
  }
  const images = {
    1: { edition: "Core", build: "26100", files },
    6: { edition: "Professional", build: "26100", files },
  };
  lab.files.put(path, new TextEncoder().encode(JSON.stringify({ labImage: 1, images })));
}
