import assert from "node:assert/strict";
import {
  bootServices,
  findBootFaults,
  isMendable,
  needsRepair,
  thirdPartyFilters,
} from "../../src/checks/mod.ts";
import {
  bootServiceDisabled,
  classFilterMissing,
  type Damage,
  driverStart,
  filterDrivers,
  thirdPartyAntivirus,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import { ask, checkLab } from "./check_lab.ts";

const CONTROL_SET = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001";

/** Values of SYSTEM as somebody left them. */
function system(text: string): Damage {
  return { name: "system", imitates: "", apply: (site) => site.editHive("SYSTEM", text) };
}

function erased(...drivers: readonly string[]): Damage {
  return {
    name: "erased",
    imitates: "",
    apply: async (site) => {
      for (const name of drivers) await site.erase(`Windows\\System32\\drivers\\${name}.sys`);
    },
  };
}

const answer = async (...damages: Damage[]) => await ask(await checkLab(damages), bootServices);

Deno.test("boot.services is fine on a sound Windows", async () => {
  const finding = await answer();
  assert.equal(finding.outcome, "ok");
});

Deno.test("boot.services blocks for a required driver that does not start at boot", async () => {
  for (const name of ["ACPI", "pci", "disk", "partmgr", "volmgr", "mountmgr", "volsnap"]) {
    for (const damage of [bootServiceDisabled(name), driverStart(name, 3)]) {
      const finding = await answer(damage);
      assert.ok(needsRepair(finding), name);
      assert.match(finding.summary, new RegExp(`0x7B\\): ${name} must start at boot`));
      assert.match(finding.next!, /^pemedic repair --only boot\.restore-services D:$/);
    }
  }
});

Deno.test("boot.services: rdyboost with Start 2 counts while a filter list names it", async () => {
  assert.ok(needsRepair(await answer(driverStart("rdyboost", 2))));
  const unlisted = system(
    `[${CONTROL_SET}\\Control\\Class\\{71a27cdd-812a-11d0-bec7-08002be2092f}]\n` +
      '"LowerFilters"=hex(7):66,00,76,00,65,00,76,00,6f,00,6c,00,00,00,00,00',
  );
  assert.equal((await answer(driverStart("rdyboost", 2), unlisted)).outcome, "ok");
});

Deno.test("boot.services blocks for listed filters without service, file or with Start 4", async () => {
  const missing = await answer(classFilterMissing());
  assert.ok(needsRepair(missing));
  assert.match(missing.summary, /UpperFilters of class DiskDrive names tcesd.*\(and 1 more\)/);
  const disabled = await answer(filterDrivers({ name: "acme", start: 4, disks: true }));
  assert.match(disabled.summary, /names acme, and it is disabled/);
});

Deno.test("boot.services leaves listed filters alone whose service and file are there", async () => {
  for (const start of [0, 1, 2, 3]) {
    const finding = await answer(filterDrivers({ name: "acme", start, disks: true }));
    assert.equal(finding.outcome, "ok", `Start ${start}`);
  }
});

Deno.test("boot.services leaves empty lists, other classes and files elsewhere alone", async () => {
  const empty = `[${CONTROL_SET}\\Control\\Class\\{4d36e96a-e325-11ce-bfc1-08002be10318}]\n` +
    '"UpperFilters"=hex(7):00,00';
  const other = `[${CONTROL_SET}\\Control\\Class\\{4d36e96b-e325-11ce-bfc1-08002be10318}]\n` +
    '"UpperFilters"=hex(7):67,00,6f,00,6e,00,65,00,00,00,00,00';
  const text = `[${CONTROL_SET}\\Control\\Class\\{4d36e967-e325-11ce-bfc1-08002be10318}]\n` +
    '"UpperFilters"="gone"';
  for (const damage of [empty, other, text]) {
    assert.equal((await answer(system(damage))).outcome, "ok", damage);
  }
  const elsewhere = system(
    `[${CONTROL_SET}\\Services\\acme]\n"Type"=dword:00000001\n"Start"=dword:00000000\n` +
      '"ImagePath"="\\\\??\\\\E:\\\\acme.sys"',
  );
  const listed = filterDrivers({ name: "acme", disks: true, fileMissing: true });
  assert.equal((await answer(listed, elsewhere)).outcome, "ok");
});

Deno.test("boot.services does not take Windows' own filters out: their files are replaced", async () => {
  for (const name of ["fvevol", "iorate", "disk"]) {
    const lab = await checkLab([erased(name)]);
    const finding = await ask(lab, bootServices);
    assert.ok(needsRepair(finding), name);
    assert.match(finding.next!, /^pemedic files repair D:$/);
    assert.equal((await findBootFaults(lab.windows)).some(isMendable), false);
  }
});

Deno.test("boot.services: a controller that is not used may have any Start", async () => {
  assert.equal((await answer(driverStart("storahci", 3))).outcome, "ok");
  const second = system(
    `[${CONTROL_SET}\\Enum\\PCI\\VEN_8086&DEV_A102\\3&11583659&0&B8]\n` +
      '"ClassGUID"="{4d36e96a-e325-11ce-bfc1-08002be10318}"\n"Service"="storahci"',
  );
  assert.equal((await answer(second)).outcome, "ok");
});

Deno.test("boot.services blocks if no controller of the machine starts at boot", async () => {
  for (
    const damage of [
      driverStart("stornvme", 3),
      system(`[${CONTROL_SET}\\Services\\stornvme\\StartOverride]\n"0"=dword:00000003`),
    ]
  ) {
    const finding = await answer(damage);
    assert.match(finding.summary, /No storage controller of this machine starts at boot: stornvme/);
  }
});

Deno.test("boot.services looks at both control sets that Windows may start from", async () => {
  const other = system(
    '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Default"=dword:00000002\n' +
      "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services]",
  );
  const finding = await answer(other);
  assert.ok(needsRepair(finding));
  assert.match(finding.summary, /The service key of ACPI is missing/);
  assert.match(finding.next!, /^pemedic control-set D:$/);
});

Deno.test("both checks say so if SYSTEM cannot be read", async () => {
  for (const check of [bootServices, thirdPartyFilters]) {
    const finding = await ask(await checkLab([truncatedSystemHive()]), check);
    assert.deepEqual([finding.outcome, finding.code], ["unknown", "damagedFile"]);
  }
});

Deno.test("filters.third-party is a notice with owner, names and evidence", async () => {
  const finding = await ask(await checkLab([thirdPartyAntivirus()]), thirdPartyFilters);
  assert.deepEqual([finding.outcome, finding.blocking], ["notice", false]);
  assert.match(finding.summary, /ESET \(eamonm, edevmon, eelam, ehdrv\)$/);
  assert.equal(finding.evidence.length, 4);
  assert.match(finding.next!, /^pemedic filters list D:$/);
});

Deno.test("filters.third-party is quiet about Microsoft's and about what is disabled", async () => {
  const none = await ask(await checkLab(), thirdPartyFilters);
  assert.equal(none.outcome, "ok");
  const off = filterDrivers(
    { name: "acme", altitude: "328000", start: 4 },
    { name: "newms", altitude: "328001", company: "Microsoft Corporation" },
  );
  assert.equal((await ask(await checkLab([off]), thirdPartyFilters)).outcome, "ok");
});

Deno.test("300 mutations of SYSTEM: both checks answer, whatever the bytes say", async () => {
  const { lab } = await checkLab([thirdPartyAntivirus(), classFilterMissing()]);
  const path = "D:\\Windows\\System32\\config\\SYSTEM";
  const sound = await lab.files.read(path);
  const outcomes = new Set<string>();
  let state = 20260122;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor(state / 4294967296 * below);
  };
  for (let round = 0; round < 300; round++) {
    const bytes = sound.slice();
    for (let i = 0; i < 40; i++) bytes[0x1000 + next(bytes.length - 0x1000)] = next(256);
    lab.files.put(path, bytes);
    const windows = await openWindows(lab.host, "D:");
    for (const check of [bootServices, thirdPartyFilters]) {
      for (const finding of await check.run(windows, {})) {
        assert.ok(finding.evidence.length > 0 && finding.summary.length > 20);
        outcomes.add(`${check.id} ${finding.outcome}`);
      }
    }
  }
  assert.ok(outcomes.size >= 3, [...outcomes].join(", "));
});
