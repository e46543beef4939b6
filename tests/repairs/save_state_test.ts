/** What is saved before the first change, and that a lack of it never ends the repair. */
import assert from "node:assert/strict";
import { jsonLines, runCli } from "../run_cli.ts";
import { createLab, type MemoryLab, pendingXmlLeftBehind, SimulatedCrash } from "../lab/mod.ts";

const ARGS = ["repair", "D:", "--only", "backup.save-state", "--yes"] as const;
const ESP_BCD = "S:\\EFI\\Microsoft\\Boot\\BCD";
const ESP_COPY = "S-EFI-Microsoft-Boot-BCD";

async function savedFolder(lab: MemoryLab): Promise<string> {
  const sessions = await lab.files.list("D:\\PEMedic");
  return `D:\\PEMedic\\${sessions.at(-1)!.name}\\saved`;
}

async function text(lab: MemoryLab, path: string): Promise<string> {
  return new TextDecoder().decode(await lab.files.read(path));
}

Deno.test("hives, boot configurations and the list of packages are saved", async () => {
  const lab = await createLab();
  const { code, stdout } = await runCli(lab, ...ARGS);
  assert.equal(code, 0, stdout);
  const folder = await savedFolder(lab);
  const hive = "Windows\\System32\\config\\SYSTEM";
  assert.deepEqual(await lab.files.read(`${folder}\\${hive}`), await lab.files.read(`D:\\${hive}`));
  assert.deepEqual(await lab.files.read(`${folder}\\${ESP_COPY}`), await lab.files.read(ESP_BCD));
  assert.match(await text(lab, `${folder}\\packages.txt`), /Package Identity : .*RollupFix/);
  assert.match(stdout.replace(/\s+/g, " "), /with S:\\EFI\\Microsoft\\Boot\\BCD/);
});

Deno.test("the plan tells of the boot configuration elsewhere and of the list of packages", async () => {
  const lab = await createLab();
  const { stdout } = await runCli(lab, "repair", "D:", "--only", "backup.save-state", "--dry-run");
  assert.match(stdout, /note: Also saved: S:\\EFI\\Microsoft\\Boot\\BCD/);
  assert.match(stdout, /- List the packages of D:\\ \(reads\)/);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("neither WinPE's own boot configuration nor the stick's is saved", async () => {
  const lab = await createLab({ platform: { programFolder: "E:\\PEMedic" } });
  lab.files.put("E:\\EFI\\Microsoft\\Boot\\BCD", new Uint8Array(64));
  lab.files.put("X:\\Boot\\BCD", new Uint8Array(64));
  const { stdout } = await runCli(lab, "repair", "D:", "--only", "backup.save-state", "--dry-run");
  assert.match(stdout, /note: Also saved: S:\\EFI\\Microsoft\\Boot\\BCD$/m);
});

Deno.test("without a boot configuration elsewhere nothing is said of one", async () => {
  const lab = await createLab();
  lab.files.erase(ESP_BCD);
  const { code, stdout } = await runCli(lab, ...ARGS);
  assert.equal(code, 0, stdout);
  assert.doesNotMatch(stdout, /BCD/);
});

Deno.test("a boot configuration that cannot be read is a note, not the end", async () => {
  const lab = await createLab();
  lab.files.setFault(ESP_BCD, { fault: "denied" });
  const { code, stdout, stderr } = await runCli(lab, ...ARGS);
  assert.equal(code, 0, stdout);
  assert.match(stderr.replace(/\s+/g, " "), /note: S:\\EFI\S+BCD is not saved: Cannot read/);
});

Deno.test("a DISM that fails is a note, not the end", async () => {
  for (const fault of [{ error: 0x80004005 }, { garbage: true }, { dieAfter: 0 }]) {
    const lab = await createLab();
    lab.state.faults["dism"] = fault;
    const { code, stdout, stderr } = await runCli(lab, ...ARGS);
    assert.equal(code, 0, stdout);
    assert.match(stderr, /note: The list of packages is not saved: /, JSON.stringify(fault));
    assert.equal(await lab.files.stat(`${await savedFolder(lab)}\\packages.txt`), undefined);
  }
});

Deno.test("without DISM the plan says why there is no list of packages", async () => {
  const lab = await createLab();
  lab.host.processes.missingTools.add("dism");
  lab.files.erase("D:\\Windows\\System32\\dism.exe");
  const { code, stdout, stderr } = await runCli(lab, ...ARGS);
  assert.equal(code, 0, stdout);
  assert.match(stderr, /note: No list of packages: dism\.exe is neither in this WinPE/);
  assert.deepEqual(lab.host.processes.calls, []);
});

Deno.test("the copies lie beside the journal's copy on the stick too", async () => {
  const lab = await createLab();
  await runCli(lab, ...ARGS, "--mirror", "E:\\");
  const session = (await savedFolder(lab)).split("\\").at(-2)!;
  assert.deepEqual(
    await lab.files.read(`E:\\${session}\\saved\\${ESP_COPY}`),
    await lab.files.read(ESP_BCD),
  );
  assert.ok(await lab.files.stat(`E:\\${session}\\saved\\packages.txt`));
  const copy = await text(lab, `E:\\${session}\\journal.jsonl`);
  assert.equal(copy, await text(lab, `D:\\PEMedic\\${session}\\journal.jsonl`));
});

Deno.test("a copy of the boot configuration that was cut off is made again beside it", async () => {
  const lab = await createLab();
  const create = lab.files.createFile.bind(lab.files);
  lab.files.createFile = (path, bytes) => {
    if (path.endsWith(ESP_COPY)) lab.files.crashAfter(1, { torn: true });
    return create(path, bytes);
  };
  const cut = await runCli(lab, ...ARGS);
  assert.match(cut.stderr, new RegExp(SimulatedCrash.name));
  lab.files.createFile = create;
  lab.reboot();
  const resumed = await runCli(lab, "resume", "D:", "--yes");
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
  const folder = await savedFolder(lab);
  assert.ok((await lab.files.read(`${folder}\\${ESP_COPY}`)).length > 0);
  assert.deepEqual(
    await lab.files.read(`${folder}\\${ESP_COPY}-2`),
    await lab.files.read(ESP_BCD),
  );
  assert.match(resumed.stdout.replace(/\s+/g, " "), /with S:\\EFI\\Microsoft\\Boot\\BCD/);
});

Deno.test("undo of the copies alone has nothing to take back", async () => {
  const lab = await createLab();
  await runCli(lab, ...ARGS);
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, 4);
  assert.doesNotMatch(undo.stdout + undo.stderr, /List the packages/);
});

Deno.test("the list of packages names what waits for the next start", async () => {
  const lab = await createLab();
  await lab.damage(pendingXmlLeftBehind());
  await runCli(lab, ...ARGS);
  const list = await text(lab, `${await savedFolder(lab)}\\packages.txt`);
  assert.match(list, /State : Install Pending/);
});

Deno.test("the plan in JSON names the boot configurations as data", async () => {
  const lab = await createLab();
  const [event] = jsonLines(await runCli(lab, "repair", "--dry-run", "--json"));
  const { rungs } = event!.plan as { rungs: { plan?: { step: string; attached?: unknown } }[] };
  const save = rungs.find((rung) => rung.plan?.step === "backup.save-state")!;
  assert.deepEqual(save.plan!.attached, [{ place: ESP_BCD }]);
});
