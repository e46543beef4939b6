/** Every guard both ways: what it lets pass, and what it refuses with which sentence and code. */
import assert from "node:assert/strict";
import { MedicError } from "../../src/base/mod.ts";
import { enforceGuards, type GuardResult, runGuards } from "../../src/ladder/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  createLab,
  type Damage,
  dirtySoftwareHive,
  dirtyVolume,
  fastStartup,
  hiberfilResumed,
  hibernated,
  hopelessDisk,
  type LabOptions,
  type MemoryLab,
  noRoom,
  readOnlyVolume,
  truncatedSystemHive,
} from "../lab/mod.ts";

const SERVICES = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services";
const DEVICE =
  "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Enum\\PCI\\VEN_8086&DEV_467F\\3&11583659&0&70";

/** A target that starts through Intel RST with VMD. */
const RST = `[${SERVICES}\\iaStorVD]\n"Start"=dword:00000000\n\n[${DEVICE}]\n"Service"="iaStorVD"`;

interface GuardScene {
  readonly guard: string;
  readonly story: string;
  readonly damages?: readonly Damage[];
  readonly options?: LabOptions;
  readonly volume?: string;
  readonly discardHibernation?: boolean;
  readonly repairsDisk?: boolean;
  readonly rebuilds?: readonly string[];
  readonly prepare?: (lab: Awaited<ReturnType<typeof createLab>>) => void;
  /** The code of the refusal; undefined if the guard passes. */
  readonly code?: string;
  readonly reason: RegExp;
}

const DRIVER = "X:\\Windows\\System32\\drivers\\iaStorVD.sys";

function withoutChkdsk(lab: MemoryLab): void {
  lab.host.processes.missingTools.add("chkdsk");
  lab.files.erase("D:\\Windows\\System32\\chkdsk.exe");
}

const SCENES: readonly GuardScene[] = [
  { guard: "guard.own-volumes", story: "a disk of the machine", reason: /neither the running/ },
  {
    guard: "guard.own-volumes",
    story: "WinPE itself",
    volume: "X:",
    code: "refused",
    reason: /Cannot repair "X:": it is the system that is running now/,
  },
  {
    guard: "guard.own-volumes",
    story: "the stick that it runs from",
    options: { platform: { programFolder: "E:\\PEMedic" } },
    volume: "E:",
    prepare: (lab) => {
      for (const name of ["SYSTEM", "SOFTWARE"]) {
        lab.files.put(`E:\\Windows\\System32\\config\\${name}`, new Uint8Array(8));
      }
    },
    code: "refused",
    reason: /it is the stick that PE Medic runs from/,
  },
  { guard: "guard.read-only", story: "a volume that can be written", reason: /can be written/ },
  {
    guard: "guard.read-only",
    story: "a read-only volume",
    damages: [readOnlyVolume()],
    code: "readOnly",
    reason: /Cannot repair "D:": the volume is read-only/,
  },
  { guard: "guard.hibernation", story: "no hiberfil.sys", reason: /Windows is not hibernated/ },
  {
    guard: "guard.hibernation",
    story: "a hiberfil.sys that was resumed from",
    damages: [hiberfilResumed()],
    reason: /Windows is not hibernated/,
  },
  {
    guard: "guard.hibernation",
    story: "hibernation",
    damages: [hibernated()],
    code: "hibernated",
    reason: /Windows is hibernated or was shut down with Fast Startup/,
  },
  {
    guard: "guard.hibernation",
    story: "Fast Startup",
    damages: [fastStartup()],
    code: "hibernated",
    reason: /Windows is hibernated or was shut down with Fast Startup/,
  },
  {
    guard: "guard.hibernation",
    story: "a hiberfil.sys that cannot be read",
    damages: [hibernated()],
    prepare: (lab) => lab.files.setFault("D:\\hiberfil.sys", { fault: "denied" }),
    code: "hibernated",
    reason: /whether Windows is hibernated cannot be told/,
  },
  {
    guard: "guard.hibernation",
    story: "hibernation that is to be discarded",
    damages: [hibernated()],
    discardHibernation: true,
    reason: /its saved memory will be moved aside first/,
  },
  { guard: "guard.disk", story: "a disk without errors", reason: /without read errors/ },
  {
    guard: "guard.disk",
    story: "read errors in SOFTWARE",
    damages: [hopelessDisk(["Windows\\System32\\config\\SOFTWARE"])],
    code: "diskFailing",
    reason: /the disk returns read errors/,
  },
  {
    guard: "guard.dirty-volume",
    story: "a volume that is not dirty",
    reason: /not known to be dirty/,
  },
  {
    guard: "guard.dirty-volume",
    story: "a dirty volume, and chkdsk is here",
    damages: [dirtyVolume()],
    reason: /chkdsk is here to mend it first/,
  },
  {
    guard: "guard.dirty-volume",
    story: "a dirty volume without chkdsk, which was left out",
    damages: [dirtyVolume()],
    prepare: withoutChkdsk,
    repairsDisk: false,
    reason: /left out on request/,
  },
  {
    guard: "guard.dirty-volume",
    story: "a dirty volume without chkdsk",
    damages: [dirtyVolume()],
    prepare: withoutChkdsk,
    code: "toolMissing",
    reason: /chkdsk is not here to mend it first/,
  },
  { guard: "guard.system-hive", story: "a sound hive", reason: /The SYSTEM hive can be read/ },
  {
    guard: "guard.system-hive",
    story: "another hive that is dirty",
    damages: [dirtySoftwareHive()],
    reason: /The SYSTEM hive can be read/,
  },
  {
    guard: "guard.system-hive",
    story: "a hive that is cut off",
    damages: [truncatedSystemHive()],
    code: "damagedFile",
    reason: /the SYSTEM hive cannot be read \(The hive is cut off/,
  },
  {
    guard: "guard.system-hive",
    story: "a hive that is cut off and rebuilt by this run",
    damages: [truncatedSystemHive()],
    rebuilds: ["SYSTEM"],
    reason: /it is rebuilt by this very run/,
  },
  {
    guard: "guard.system-hive",
    story: "a hive that is cut off while another is rebuilt",
    damages: [truncatedSystemHive()],
    rebuilds: ["SOFTWARE"],
    code: "damagedFile",
    reason: /the SYSTEM hive cannot be read \(The hive is cut off/,
  },
  {
    guard: "guard.system-hive",
    story: "a hive that is gone and cannot be rebuilt",
    prepare: (lab) => lab.files.erase("D:\\Windows\\System32\\config\\SYSTEM"),
    rebuilds: ["SYSTEM"],
    code: "damagedFile",
    reason: /the SYSTEM hive cannot be read \(it is not there\)/,
  },
  {
    guard: "guard.system-hive",
    story: "a hive that is gone",
    prepare: (lab) => lab.files.erase("D:\\Windows\\System32\\config\\SYSTEM"),
    code: "damagedFile",
    reason: /the SYSTEM hive cannot be read \(it is not there\)/,
  },
  {
    guard: "guard.storage-driver",
    story: "a disk without a special driver",
    reason: /are loaded or not special/,
  },
  {
    guard: "guard.storage-driver",
    story: "Intel VMD, not loaded in WinPE",
    options: { additions: { SYSTEM: RST } },
    code: "refused",
    reason: /starts through the driver "iaStorVD" \(Intel RST with VMD/,
  },
  {
    guard: "guard.storage-driver",
    story: "Intel VMD, loaded in WinPE",
    options: { additions: { SYSTEM: RST } },
    prepare: (lab) => lab.files.put(DRIVER, new Uint8Array(64)),
    reason: /are loaded or not special/,
  },
  {
    guard: "guard.storage-driver",
    story: "the driver is installed, but does not start the disk",
    options: { additions: { SYSTEM: RST.replace("00000000", "00000003") } },
    reason: /are loaded or not special/,
  },
  {
    guard: "guard.storage-driver",
    story: "the driver is there, but no device of it",
    options: { additions: { SYSTEM: RST.replace('"Service"="iaStorVD"', '"Service"="stornvme"') } },
    reason: /are loaded or not special/,
  },
  { guard: "guard.space", story: "a disk with room", reason: /There is room for the journal/ },
  {
    guard: "guard.space",
    story: "a disk with just enough room",
    damages: [noRoom(200 * 2 ** 20)],
    reason: /There is room for the journal/,
  },
  {
    guard: "guard.space",
    story: "a disk with one byte too little",
    damages: [noRoom(200 * 2 ** 20 - 1)],
    code: "noSpace",
    reason: /200 MB are needed for the copies/,
  },
];

async function guardsOf(scene: GuardScene): Promise<GuardResult[]> {
  const lab = await createLab(scene.options);
  await lab.damage(...scene.damages ?? []);
  scene.prepare?.(lab);
  lab.files.forgetOperations();
  const windows = await openWindows(lab.host, scene.volume ?? "D:");
  const guards = await runGuards(windows, {
    host: lab.host,
    discardHibernation: scene.discardHibernation ?? false,
    repairsDisk: scene.repairsDisk ?? true,
    ...(scene.rebuilds === undefined ? {} : { rebuilds: scene.rebuilds }),
  });
  assert.deepEqual(lab.files.operations, [], "guards only read");
  return guards;
}

for (const scene of SCENES) {
  const answer = scene.code === undefined ? "passes" : `refuses with ${scene.code}`;
  Deno.test(`${scene.guard} ${answer}: ${scene.story}`, async () => {
    const guards = await guardsOf(scene);
    const guard = guards.find((each) => each.id === scene.guard)!;
    assert.equal(guard.passed, scene.code === undefined, guard.reason);
    assert.match(guard.reason, scene.reason);
    if (scene.code === undefined) return;
    assert.equal(guard.code, scene.code);
    assert.match(guard.next!, /^[A-Z].{10,}[^.]$/);
    if (scene.guard !== "guard.own-volumes") assert.ok(guard.evidence.length > 0);
  });
}

Deno.test("every guard is tested both ways", async () => {
  const guards = await guardsOf({ guard: "", story: "", reason: /./ });
  for (const { id } of guards) {
    const answers = SCENES.filter((scene) => scene.guard === id).map((scene) => scene.code);
    assert.ok(answers.includes(undefined) && answers.some((code) => code !== undefined), id);
  }
});

Deno.test("enforceGuards() lets pass if all pass, else throws the first refusal", () => {
  const passed: GuardResult = { id: "a", passed: true, reason: "Fine", code: "ok", evidence: [] };
  enforceGuards([passed, passed]);
  const refusal = (code: "locked" | "readOnly"): GuardResult => ({
    ...passed,
    passed: false,
    code,
    reason: `No: ${code}`,
    next: "Do it",
  });
  assert.throws(() => enforceGuards([passed, refusal("readOnly"), refusal("locked")]), (error) => {
    assert.ok(error instanceof MedicError);
    assert.equal(error.code, "readOnly");
    assert.equal(error.message, "No: readOnly");
    assert.equal(error.next, "Do it");
    return true;
  });
});
