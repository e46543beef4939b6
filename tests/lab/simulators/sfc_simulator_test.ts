import assert from "node:assert/strict";
import { ConsoleDecoder } from "../../../src/base/mod.ts";
import {
  judgeSfc,
  parseSfc,
  parseSfcLog,
  scanFile,
  scanNow,
  SfcProgressReader,
  verifyOnly,
} from "../../../src/tools/sfc/mod.ts";
import {
  corruptManifest,
  corruptPayload,
  corruptProtectedFile,
  type MemoryLab,
  pendingXmlLeftBehind,
} from "../mod.ts";
import { SFC_PLACE, simulate, type Simulated, simulatedLab } from "./simulated.ts";

const NTDLL = "Windows\\System32\\ntdll.dll";
const EXPLORER = "Windows\\explorer.exe";
const DRIVER = "Windows\\System32\\drivers\\ntfs.sys";

const verify = (lab: MemoryLab) => simulate(lab, verifyOnly(SFC_PLACE));
const scan = (lab: MemoryLab) => simulate(lab, scanNow(SFC_PLACE));

async function logOf(lab: MemoryLab) {
  return parseSfcLog(new TextDecoder().decode(await lab.files.read(SFC_PLACE.logPath)));
}

Deno.test("the simulated sfc finds a sound Windows clean", async () => {
  const lab = await simulatedLab();
  const before = await lab.snapshot();
  assert.equal(parseSfc(await verify(lab)).verdict, "clean");
  assert.equal(parseSfc(await scan(lab)).verdict, "clean");
  assert.deepEqual(await lab.snapshot(), before);
  assert.equal((await logOf(lab)).complete, true);
});

Deno.test("the simulated sfc only reports with /verifyonly, with exit code 0", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptProtectedFile(NTDLL));
  const before = await lab.snapshot();
  const outcome = await verify(lab);
  assert.equal(parseSfc(outcome).verdict, "violations");
  assert.equal(outcome.exitCode, 0);
  assert.deepEqual(outcome.changed, []);
  assert.deepEqual(await lab.snapshot(), before);
  assert.deepEqual((await logOf(lab)).damaged.map((each) => each.file), ["ntdll.dll"]);
});

Deno.test("the simulated sfc repairs damaged and missing files from the store", async () => {
  const lab = await simulatedLab();
  const before = await lab.snapshot();
  await lab.damage(corruptProtectedFile(NTDLL));
  await lab.files.remove(`D:\\${EXPLORER}`);
  const outcome = await scan(lab);
  assert.equal(parseSfc(outcome).verdict, "repaired");
  assert.deepEqual([...outcome.changed].sort(), [`D:\\${NTDLL}`, `D:\\${EXPLORER}`].sort());
  assert.deepEqual(await lab.snapshot(), before);
  const log = await logOf(lab);
  assert.equal(log.repairing, true);
  assert.deepEqual([...log.repaired].sort(), [`D:\\${NTDLL}`, `D:\\${EXPLORER}`].sort());
});

Deno.test("the simulated sfc leaves what the store has not either", async () => {
  const lab = await simulatedLab();
  await lab.damage(
    corruptProtectedFile(NTDLL),
    corruptPayload("microsoft-windows-ntdll"),
    corruptProtectedFile(EXPLORER),
  );
  const outcome = await scan(lab);
  assert.equal(parseSfc(outcome).verdict, "not-all-repaired");
  assert.deepEqual(outcome.changed, [`D:\\${EXPLORER}`]);
  const log = await logOf(lab);
  assert.deepEqual(log.damaged.map((each) => each.reason), ["hash mismatch"]);
});

Deno.test("the simulated sfc reports drivers in lines of their own since 26100", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptProtectedFile(DRIVER));
  await verify(lab);
  assert.deepEqual((await logOf(lab)).damaged.map((each) => each.file), [`D:\\${DRIVER}`]);
  const text = new TextDecoder().decode(await lab.files.read(SFC_PLACE.logPath));
  assert.match(text, /DEPLOY +\[Pnp\] Corrupt file: D:/);
  assert.doesNotMatch(text, /Cannot repair/);
});

Deno.test("the simulated sfc checks one file only if told so", async () => {
  const lab = await simulatedLab();
  await lab.damage(corruptProtectedFile(NTDLL), corruptProtectedFile(EXPLORER));
  const outcome = await simulate(lab, scanFile(SFC_PLACE, { file: `D:\\${EXPLORER}` }));
  assert.deepEqual(outcome.changed, [`D:\\${EXPLORER}`]);
});

Deno.test("the simulated sfc stops at pending actions, damaged manifests and missing folders", async () => {
  const pending = await simulatedLab();
  await pending.damage(pendingXmlLeftBehind());
  assert.equal(parseSfc(await scan(pending)).verdict, "pending-reboot");
  const manifest = await simulatedLab();
  await manifest.damage(corruptManifest("microsoft-windows-ntdll"));
  assert.equal(parseSfc(await scan(manifest)).verdict, "metadata-corrupt");
  const lab = await simulatedLab();
  const nowhere = await simulate(lab, scanNow({ ...SFC_PLACE, volume: "E:\\" }));
  assert.equal(parseSfc(nowhere).verdict, "could-not-perform");
});

Deno.test("the simulated sfc needs the offline options in WinPE, and a known command", async () => {
  const lab = await simulatedLab();
  const online = { ...scanNow(SFC_PLACE), arguments: ["/scannow"] };
  assert.equal(parseSfc(await simulate(lab, online)).verdict, "could-not-start");
  const wrong = { ...scanNow(SFC_PLACE), arguments: ["/scanow"] };
  assert.match((await simulate(lab, wrong)).output, /^\r\nSFC \[\/SCANNOW\]/);
});

Deno.test("the simulated sfc writes UTF-16LE in blocks of 4096 bytes that cut words", async () => {
  const lab = await simulatedLab();
  const { pieces, output } = await verify(lab);
  assert.ok(pieces.length >= 3);
  for (const piece of pieces.slice(0, -1)) assert.equal(piece.length, 4096);
  assert.ok(pieces.at(-1)!.length < 4096);
  assert.match(output, /\rVerification 0% complete\.\rVerification 0% complete\./);
  const decoder = new ConsoleDecoder("utf-16le", 437);
  const reader = new SfcProgressReader();
  const reached = pieces.map((piece) => {
    const percents = decoder.push(piece).map((event) => reader.read(event)?.percent);
    return percents.filter((each) => each !== undefined).at(-1) ?? 0;
  });
  assert.deepEqual(reached, reached.toSorted((a, b) => a - b));
  assert.ok(reached[0]! >= 15 && reached[0]! <= 35, String(reached));
});

for (const language of ["de-DE", "ja-JP"] as const) {
  Deno.test(`the simulated sfc speaks ${language}, and its log decides`, async () => {
    const judged = async (lab: MemoryLab, outcome: Simulated) => {
      assert.equal(parseSfc(outcome).verdict, "not-understood");
      return judgeSfc(outcome, await logOf(lab)).verdict;
    };
    const sound = await simulatedLab({ language });
    assert.equal(await judged(sound, await verify(sound)), "clean");
    const damaged = await simulatedLab({ language });
    await damaged.damage(corruptProtectedFile(NTDLL));
    assert.equal(await judged(damaged, await verify(damaged)), "violations");
    const repaired = await simulatedLab({ language });
    await repaired.damage(corruptProtectedFile(NTDLL), corruptProtectedFile(DRIVER));
    assert.equal(await judged(repaired, await scan(repaired)), "repaired");
    const hopeless = await simulatedLab({ language });
    await hopeless.damage(
      corruptProtectedFile(NTDLL),
      corruptPayload("microsoft-windows-ntdll"),
    );
    assert.equal(await judged(hopeless, await scan(hopeless)), "not-all-repaired");
  });
}

Deno.test("the simulated sfc dies, fails, fills the disk and prints nonsense", async () => {
  const run = async (faults: MemoryLab["state"]["faults"]) => {
    const lab = await simulatedLab({ faults });
    await lab.damage(corruptProtectedFile(NTDLL), corruptProtectedFile(EXPLORER));
    return await scan(lab);
  };
  const died = await run({ sfc: { dieAfter: 5 } });
  assert.equal(died.exitCode, 0xc000013a);
  assert.equal(died.changed.length, 1);
  assert.equal(parseSfc(died).verdict, "not-understood");
  assert.equal(parseSfc(await run({ sfc: { error: 1 } })).verdict, "could-not-perform");
  assert.equal(parseSfc(await run({ sfc: { diskFullAfter: 3 } })).verdict, "could-not-perform");
  assert.equal(parseSfc(await run({ sfc: { garbage: true } })).verdict, "not-understood");
});
