/** Each fact of a situation, both ways, read from a Windows of the lab. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { readSituation, type UpgradeSituation } from "../../src/upgrade/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import { encryptedVolume } from "../lab/simulators/manage_bde_state.ts";
import {
  auditMode,
  bootServiceDisabled,
  commandBeforeLogon,
  createLab,
  type Damage,
  dirtyVolume,
  domainJoined,
  fastStartup,
  filterDrivers,
  firstBootInterrupted,
  hiberfilResumed,
  type LabOptions,
  lettersOfAnotherDisk,
  type MemoryLab,
  missingSoftwareHive,
  noRoom,
  pendingXmlLeftBehind,
  plugIn,
  portableWindows,
  readOnlyVolume,
  rebootPendingKey,
  releasePinned,
  rememberedMachine,
  rollbackWaits,
  safeModeSet,
  startedByBios,
  startsFromVirtualDisk,
  systemPartitionFull,
  thirdPartyAntivirus,
  truncatedSystemHive,
  upgradeCompleted,
  upgradeForbidden,
  upgradeGivenUp,
  upgradeRefused,
  upgradeRolledBack,
  upgradeWaitsForRestart,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { hostWith } from "../windows_room/rooms.ts";

async function labOf(damages: readonly Damage[], options: LabOptions = {}): Promise<MemoryLab> {
  const lab = await createLab({ source: "none", ...options });
  await lab.damage(...damages);
  return lab;
}

async function read(lab: MemoryLab): Promise<UpgradeSituation> {
  return await readSituation(await openWindows(lab.host, "D:"));
}

async function after(...damages: Damage[]): Promise<UpgradeSituation> {
  return await read(await labOf(damages));
}

Deno.test("readSituation() writes nothing, and finds a sound Windows sound", async () => {
  const lab = await labOf([]);
  const before = await lab.snapshot();
  const found = await read(lab);
  assert.deepEqual(lab.files.operations, []);
  assert.deepEqual(await lab.snapshot(), before);
  const { identity, identityEvidence, setup, hardware, ...rest } = found;
  assert.equal(`${identity.edition} ${identity.build}.${identity.ubr}`, "Professional 26100.4061");
  assert.equal(identityEvidence.length, 2);
  assert.equal(setup.name, "finished");
  assert.equal(hardware.tpm, undefined);
  assert.equal(rest.volume, "D:");
  assert.equal(rest.audit, false);
  assert.equal(rest.otherLetter, undefined);
  assert.deepEqual([rest.portable, rest.leftover, rest.wayBack], [[], [], []]);
  assert.deepEqual(rest.start, { stopping: [], unsettled: [], restartDue: undefined, lost: [] });
  assert.deepEqual([rest.protection.antivirus, rest.protection.encryption], [[], []]);
  assert.deepEqual([rest.policy.release, rest.policy.noUpgrade], [undefined, []]);
});

Deno.test("readSituation() tells how the newest upgrade ended, unless it went well or goes on", async () => {
  for (
    const [damage, state, code] of [
      [upgradeRolledBack(), "rolled-back", "0xC1900101 - 0x30018"],
      [upgradeRefused(), "refused", "0xC1900208"],
    ] as const
  ) {
    const ended = (await after(damage)).endedBadly;
    assert.equal(ended?.state, state, damage.name);
    assert.equal(ended?.code, code, damage.name);
    assert.ok(ended.evidence.length > 0 && ended.reason !== "", damage.name);
  }
  for (const damages of [[], [upgradeCompleted()]]) {
    assert.equal((await after(...damages)).endedBadly, undefined, damages[0]?.name);
  }
});

Deno.test("readSituation() is plain data: JSON gives it back", async () => {
  const found = await after(thirdPartyAntivirus(), safeModeSet());
  assert.deepEqual(JSON.parse(JSON.stringify(found)), JSON.parse(JSON.stringify({ ...found })));
  assert.equal(JSON.stringify(found).includes("[object"), false);
});

Deno.test("readSituation() asks for the space of the volume anew", async () => {
  assert.equal((await after()).space.total, 237 * 2 ** 30);
  assert.ok((await after()).space.free > 50 * 2 ** 30);
  assert.equal((await after(noRoom(1000))).space.free, 1000);
});

Deno.test("readSituation() tells a volume that must not or cannot be written", async () => {
  const sound = await after();
  assert.deepEqual([sound.hibernated, sound.readOnly], [[], false]);
  assert.match(JSON.stringify((await after(fastStartup())).hibernated), /hiberfil\.sys/);
  assert.deepEqual((await after(hiberfilResumed())).hibernated, []);
  assert.equal((await after(readOnlyVolume())).readOnly, true);
});

Deno.test("readSituation() finds the system partition and its space", async () => {
  const sound = (await after()).boot.systemPartition;
  assert.equal(sound?.place, "S:");
  assert.equal(sound?.fileSystem, "FAT32");
  assert.ok(sound.freeBytes > 60 * 2 ** 20);
  const full = (await after(systemPartitionFull(1_000_000))).boot.systemPartition;
  assert.equal(full?.freeBytes, 1_000_000);
});

Deno.test("readSituation() tells UEFI from BIOS by the loader", async () => {
  const sound = (await after()).boot;
  assert.equal(sound.firmware, "uefi");
  assert.equal(sound.firmwareEvidence.length, 1);
  assert.equal((await after(startedByBios())).boot.firmware, "bios");
});

Deno.test("readSituation() tells where no boot configuration can be reached", async () => {
  const lab = await labOf([]);
  lab.files.erase("S:\\EFI\\Microsoft\\Boot\\BCD");
  lab.files.erase("D:\\Boot\\BCD");
  const { boot } = await read(lab);
  assert.equal(boot.firmware, "unknown");
  assert.equal(boot.systemPartition, undefined);
  assert.deepEqual(boot.unread, []);
});

Deno.test("readSituation() tells that entries lead elsewhere, where that is certain", async () => {
  assert.deepEqual((await after()).boot.noEntry, []);
  const lab = await labOf([]);
  const elsewhere = hostWith(
    lab,
    (volume) =>
      volume.letter === "D:"
        ? { ...volume, partition: { style: "gpt", id: "00000000-1111-2222-3333-444444444444" } }
        : volume,
  );
  const { boot } = await readSituation(await openWindows(elsewhere, "D:"));
  assert.equal(boot.noEntry.length, 2);
  assert.equal(boot.firmware, "unknown");
});

Deno.test("readSituation() tells a boot configuration that is damaged", async () => {
  const lab = await labOf([]);
  lab.files.put("S:\\EFI\\Microsoft\\Boot\\BCD", new TextEncoder().encode("no hive"));
  const { boot } = await read(lab);
  assert.deepEqual(boot.unread.map((one) => one.kind === "file" && one.path), [
    "S:\\EFI\\Microsoft\\Boot\\BCD",
  ]);
  assert.equal(boot.firmware, "uefi", "the other store still tells");
});

Deno.test("readSituation() finds Safe Mode, of each kind, in the entry that starts next", async () => {
  assert.equal((await after()).boot.safeBoot, undefined);
  const kinds = ["minimal", "network", "directory repair"] as const;
  for (const [mode, kind] of kinds.entries()) {
    assert.ok(mode === 0 || mode === 1 || mode === 2);
    const flag = (await after(safeModeSet(mode))).boot.safeBoot;
    assert.equal(flag?.text, `Safe Mode (${kind})`);
    assert.equal(flag?.store, "S:\\EFI\\Microsoft\\Boot\\BCD");
    assert.match(JSON.stringify(flag?.evidence), new RegExp(`safeboot ${kind}`));
  }
});

Deno.test("readSituation() leaves a Safe Mode entry alone that does not start next", async () => {
  const other = "{3f6d2a21-1f3a-11ef-9c41-d8bbc1a2e37f}";
  const manager =
    "HKEY_LOCAL_MACHINE\\BCD00000000\\Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}";
  const elsewhere: Damage = {
    name: "elsewhere",
    imitates: "",
    apply: async (site) => {
      await safeModeSet().apply(site);
      await site.editHive("BCD", `[${manager}\\Elements\\23000003]\n"Element"="${other}"`);
      site.disk("elsewhere").put("S:\\EFI\\Microsoft\\Boot\\BCD", await site.read("Boot\\BCD"));
    },
  };
  assert.equal((await after(elsewhere)).boot.safeBoot, undefined);
});

Deno.test("readSituation() finds that Windows is started out of a virtual disk", async () => {
  assert.equal((await after()).boot.virtualDisk, undefined);
  const { boot } = await after(startsFromVirtualDisk());
  assert.equal(boot.virtualDisk?.text, "\\VM\\windows.vhdx");
  assert.equal(boot.virtualDisk?.evidence.length, 1);
  assert.equal(boot.firmware, "uefi");
});

Deno.test("readSituation() finds the boot configuration of another disk", async () => {
  assert.deepEqual((await after()).boot.otherSystems, []);
  const lab = await labOf([]);
  plugIn(lab.host, { letter: "G:", label: "Old", totalBytes: 2 ** 35 });
  const store = await lab.files.read("S:\\EFI\\Microsoft\\Boot\\BCD");
  lab.files.put("G:\\Boot\\BCD", store);
  const { otherSystems, systemPartition } = (await read(lab)).boot;
  assert.deepEqual(otherSystems.map(({ text }) => text), ["G:\\Boot\\BCD"]);
  assert.match(JSON.stringify(otherSystems), /a second boot configuration that starts this/);
  assert.equal(systemPartition?.place, "S:");
});

Deno.test("readSituation() finds Windows To Go, audit mode and another letter", async () => {
  assert.equal((await after(portableWindows())).portable.length, 1);
  const audited = await after(auditMode());
  assert.equal(audited.audit, true);
  assert.equal(audited.setup.name, "waiting");
  assert.equal((await after(lettersOfAnotherDisk())).otherLetter?.text, "D:");
});

Deno.test("readSituation() names the state of Setup", async () => {
  const states: readonly (readonly [Damage, string, boolean])[] = [
    [upgradeWaitsForRestart(), "in-flight", true],
    [rollbackWaits(), "rollback-pending", true],
    [firstBootInterrupted(), "dead-first-boot", false],
    [upgradeGivenUp(), "dead-downlevel", true],
    [commandBeforeLogon(), "waiting", false],
  ];
  for (const [damage, name, folder] of states) {
    const { setup, leftover } = await after(damage);
    assert.equal(setup.name, name, damage.name);
    assert.equal(leftover.length > 0, folder, damage.name);
  }
  const [leftover] = (await after(upgradeGivenUp())).leftover;
  assert.match(JSON.stringify(leftover), /a new Windows and Setup's program/);
});

Deno.test("readSituation() finds the Windows before this one", async () => {
  const lab = await labOf([]);
  await lab.site.write("Windows.old\\Windows\\System32\\ntdll.dll", "MZ");
  assert.match(JSON.stringify((await read(lab)).wayBack), /Windows\.old.*it is there, of 20/);
});

Deno.test("readSituation() tells what keeps Windows from starting", async () => {
  const { start } = await after(bootServiceDisabled());
  assert.deepEqual(start.stopping.map(({ check }) => check), ["boot.services"]);
  assert.deepEqual(start.lost, []);
  const damaged = (await after(truncatedSystemHive())).start;
  assert.ok(damaged.stopping.some(({ check }) => check === "registry.hives"));
  assert.deepEqual(damaged.lost, [], "what is damaged may be salvaged");
});

Deno.test("readSituation() tells a hive that is gone for good from one with a copy", async () => {
  const { lost } = (await after(missingSoftwareHive())).start;
  assert.deepEqual(lost.map((one) => one.kind === "file" && one.path), [
    "Windows\\System32\\config\\SOFTWARE",
  ]);
  for (
    const [path, content, count] of [
      ["Windows\\System32\\config\\RegBack\\SOFTWARE", "regf", 0],
      ["Windows\\System32\\config\\RegBack\\SOFTWARE", "", 1],
      ["PEMedic\\2026-01-01\\journal.jsonl", "", 0],
    ] as const
  ) {
    const lab = await labOf([missingSoftwareHive()]);
    await lab.site.write(path, content);
    assert.equal((await read(lab)).start.lost.length, count, `${path} "${content}"`);
  }
});

Deno.test("readSituation() tells half-done updates, a dirty volume, and a restart", async () => {
  const half = (await after(pendingXmlLeftBehind())).start;
  assert.ok(half.unsettled.some(({ check }) => check === "servicing.pending"));
  assert.deepEqual(half.stopping, []);
  const dirty = (await after(dirtyVolume())).start;
  assert.deepEqual(dirty.unsettled.map(({ check }) => check), ["volume.dirty"]);
  const due = (await after(rebootPendingKey())).start;
  assert.ok(due.restartDue !== undefined || due.unsettled.length > 0);
});

Deno.test("readSituation() tells an update that the next start reverts from one that stays", async () => {
  const lab = await labOf([pendingXmlLeftBehind()]);
  assert.equal((await read(lab)).start.restartDue, undefined);
  const { code } = await runCli(lab, "image", "revert-pending", "D:", "--yes");
  assert.equal(code, ExitCode.needsRestart);
  const { start } = await read(lab);
  assert.deepEqual(start.unsettled, []);
  assert.match(start.restartDue?.summary ?? "", /reverts a half-done update at its next start/);
  assert.ok(start.restartDue!.evidence.length > 0);
});

Deno.test("readSituation() tells antivirus from encryption, and from what is switched off", async () => {
  const { protection } = await after(
    thirdPartyAntivirus(),
    filterDrivers(
      { name: "veracrypt", company: "IDRIX", disks: true },
      { name: "off", start: 4, group: "FSFilter Anti-Virus", altitude: "321111" },
    ),
  );
  assert.deepEqual(protection.antivirus.map(({ owner }) => owner), ["ESET"]);
  assert.ok(protection.antivirus[0]!.drivers.includes("eamonm"));
  assert.deepEqual(protection.encryption.map(({ drivers }) => drivers), [["veracrypt"]]);
});

Deno.test("readSituation() asks manage-bde about BitLocker", async () => {
  const encrypted = (changes: Parameters<typeof encryptedVolume>[0]) => ({
    state: { bitLocker: { "D:": encryptedVolume(changes) } },
  });
  for (
    const [options, state] of [
      [encrypted({}), "protected"],
      [encrypted({ protection: "off" }), "suspended"],
      [{}, "none"],
    ] as const
  ) {
    const lab = await labOf([], options);
    assert.equal((await read(lab)).protection.bitLocker.state, state);
  }
  const lab = await labOf([], encrypted({}));
  lab.host.processes.missingTools.add("manage-bde");
  lab.files.erase("D:\\Windows\\System32\\manage-bde.exe");
  assert.equal((await read(lab)).protection.bitLocker.state, "unknown");
});

Deno.test("readSituation() shows no recovery password", async () => {
  const bitLocker = { "D:": encryptedVolume() };
  const lab = await labOf([], { state: { bitLocker } });
  const text = JSON.stringify(await read(lab));
  assert.doesNotMatch(text, /\d{6}-\d{6}/);
});

Deno.test("readSituation() reads the policies and whose they are", async () => {
  const { policy } = await after(releasePinned("Windows 10", "22H2"), upgradeForbidden());
  assert.deepEqual([policy.product, policy.release], ["Windows 10", "22H2"]);
  assert.equal(policy.noUpgrade.length, 1);
  assert.equal(policy.management.managed, "no");
  assert.equal((await after(domainJoined())).policy.management.managed, "yes");
});

Deno.test("readSituation() reads what Windows remembers of the machine", async () => {
  const { hardware } = await after(rememberedMachine("MSFT0101"));
  assert.equal(hardware.tpm, "2.0");
  assert.equal(hardware.machine, "Example Note 5");
  assert.match(hardware.processor ?? "", /^Intel64 Family 6/);
  assert.equal(hardware.evidence.length, 4);
  assert.equal((await after(rememberedMachine("PNP0C31"))).hardware.tpm, "1.2");
});

Deno.test("readSituation() counts drivers that cannot be listed as what stops Windows", async () => {
  const lab = await labOf([]);
  lab.files.put("D:\\Windows\\System32\\config\\SYSTEM", lab.site.soundHive("SAM"));
  const { start } = await read(lab);
  assert.ok(start.stopping.some(({ check }) => check === "boot.services"), JSON.stringify(start));
});

Deno.test("readSituation() goes on without SYSTEM and without SOFTWARE", async () => {
  for (const damage of [truncatedSystemHive(), missingSoftwareHive()]) {
    const found = await after(damage);
    assert.ok(found.start.stopping.length > 0, damage.name);
    assert.ok(found.policy.management.evidence.length > 0, damage.name);
  }
});
