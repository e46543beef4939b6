import assert from "node:assert/strict";
import { readNtfsVolumeFlags } from "../../src/formats/ntfs/mod.ts";
import {
  corruptPayload,
  corruptProtectedFile,
  createFolderLab,
  createLab,
  dirtyVolume,
  hopelessDisk,
  type Lab,
  type MemoryLab,
} from "./mod.ts";

const NTDLL = "D:\\Windows\\System32\\ntdll.dll";
const SFC = ["/scannow", "/offbootdir=D:\\", "/offwindir=D:\\Windows", "/offlogfile=E:\\sfc.log"];

/** Runs a simulated tool through the host and gives exit code and output. */
async function run(lab: Lab, tool: string, args: readonly string[]) {
  const program = (await lab.host.processes.find(tool))!;
  const result = await lab.host.processes.run({ program, arguments: args });
  const encoding = tool === "sfc" ? "utf-16le" : "utf-8";
  return { code: result.exitCode, text: new TextDecoder(encoding).decode(result.stdout) };
}

/** What must be the same in memory and in a folder. */
async function repairScenario(lab: Lab): Promise<void> {
  const sound = await lab.snapshot();
  await lab.damage(corruptProtectedFile("Windows\\System32\\ntdll.dll"));
  assert.notDeepEqual(await lab.snapshot(), sound);
  assert.match((await run(lab, "sfc", SFC)).text, /successfully repaired/);
  assert.deepEqual(await lab.snapshot(), sound);

  await lab.damage(corruptPayload("microsoft-windows-ntdll"));
  const image = ["/English", "/Image:D:\\"];
  const scan = await run(lab, "dism", [...image, "/Cleanup-Image", "/ScanHealth"]);
  assert.match(scan.text, /The component store is repairable\./);
  const restore = await run(lab, "dism", [
    ...image,
    "/Cleanup-Image",
    "/RestoreHealth",
    "/Source:F:\\Windows",
    "/LimitAccess",
  ]);
  assert.match(restore.text, /The restore operation completed successfully\./);
  assert.equal(restore.code, 0);
  const unlike = ["Windows\\Logs"];
  assert.deepEqual(await lab.snapshot({ except: unlike }), without(sound, "Windows\\Logs"));
}

function without(snapshot: ReadonlyMap<string, string>, ancestor: string) {
  return new Map(
    [...snapshot].filter(([path]) => path !== ancestor && !path.startsWith(`${ancestor}\\`)),
  );
}

async function dirty(lab: MemoryLab): Promise<boolean> {
  const volume = (await lab.host.volumes.at("D:\\"))!;
  const { dirty } = await readNtfsVolumeFlags({
    size: volume.totalBytes,
    read: async (at, length) => (await lab.host.volumes.readRaw(volume, at, length))!,
  });
  return dirty;
}

Deno.test("sfc and dism mend the lab in memory", async () => {
  await repairScenario(await createLab());
});

Deno.test("sfc and dism mend the lab in a folder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pemedic-folder-lab-" });
  try {
    await repairScenario(await createFolderLab(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("sfc cannot mend a file whose payload is corrupt too", async () => {
  const lab = await createLab();
  const damage = [
    corruptProtectedFile("Windows\\System32\\ntdll.dll"),
    corruptPayload("microsoft-windows-ntdll"),
  ];
  await lab.damage(...damage);
  const broken = await lab.files.read(NTDLL);
  const { text } = await run(lab, "sfc", SFC);
  assert.match(text, /unable to fix some of them/);
  assert.deepEqual(await lab.files.read(NTDLL), broken);
});

Deno.test("chkdsk clears the dirty bit in the raw bytes, unless the disk is hopeless", async () => {
  for (const [damage, after] of [[dirtyVolume(), false], [hopelessDisk(), true]] as const) {
    const lab = await createLab();
    await lab.damage(damage);
    assert.equal(await dirty(lab), true);
    await run(lab, "chkdsk", ["D:", "/f", "/x"]);
    assert.equal(await dirty(lab), after, damage.name);
  }
});

Deno.test("a tool that is killed half way leaves half of its work", async () => {
  const lab = await createLab({ state: { faults: { sfc: { dieAfter: 2 } } } });
  await lab.damage(
    corruptProtectedFile("Windows\\System32\\ntdll.dll"),
    corruptProtectedFile("Windows\\explorer.exe"),
  );
  const { code } = await run(lab, "sfc", SFC);
  assert.equal(code, 0xc000013a);
  assert.equal(lab.state.ledger.at(-1)?.changed.length, 1);
});

Deno.test("a hanging tool is ended by Ctrl-C", async () => {
  const lab = await createLab({ state: { faults: { dism: { hangAfter: 1 } } } });
  const silent: number[] = [];
  const result = await lab.host.processes.run({
    program: (await lab.host.processes.find("dism"))!,
    arguments: ["/English", "/Image:D:\\", "/Cleanup-Image", "/ScanHealth"],
    quietAfterMs: 60_000,
    onQuiet: (ms) => {
      silent.push(ms);
      if (silent.length === 3) lab.host.interrupt();
    },
  });
  assert.equal(result.exitCode, 0xc000013a);
  assert.equal(silent.length, 3);
  assert.ok(silent.every((ms, i) => i === 0 || ms > silent[i - 1]!));
});
