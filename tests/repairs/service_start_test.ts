/** `service.disable` and `service.enable`: by name, in every control set, with refusals. */
import assert from "node:assert/strict";
import { filterDrivers, serviceDisabled, thirdPartyAntivirus } from "../lab/mod.ts";
import { CONTROL_SET, stepLab, system } from "./driver_lab.ts";

const DISKS = 'Control\\Class\\{4d36e967-e325-11ce-bfc1-08002be10318} "UpperFilters"';

/** Fails unless detecting ends with this error code, message and advice. */
async function refuses(
  step: Awaited<ReturnType<typeof stepLab>>,
  expected: { code: string; message: RegExp; next: RegExp },
): Promise<void> {
  await assert.rejects(step.detect(), (error: Error & { code?: string; next?: string }) => {
    assert.equal(error.code, expected.code);
    assert.match(error.message, expected.message);
    assert.match(error.next ?? "", expected.next);
    return true;
  });
}

Deno.test("service.disable sets Start 4, in any case of the name", async () => {
  const step = await stepLab("service.disable", { disableServices: ["bits", "VSS"] });
  assert.equal((await step.detect()).applies, true);
  assert.deepEqual(await step.edits(), [
    'Services\\BITS "Start": 3 -> 4',
    'Services\\VSS "Start": 3 -> 4',
  ]);
});

Deno.test("service.disable takes a filter out of its lists first and says why", async () => {
  const damages = [filterDrivers({ name: "acme", disks: true })];
  const step = await stepLab("service.disable", { disableServices: ["acme"] }, damages);
  assert.deepEqual(await step.edits(), [
    `${DISKS}: ["acme", "partmgr"] -> ["partmgr"]`,
    'Services\\acme "Start": 0 -> 4',
  ]);
  assert.match((await step.remarks()).join(), /filter lists of class DiskDrive first.*0x7B/);
  const plain = await stepLab("service.disable", { disableServices: ["VSS"] });
  assert.deepEqual(await plain.remarks(), []);
});

Deno.test("service.disable names what will not start either", async () => {
  const step = await stepLab("service.disable", { disableServices: ["ekrn"] }, [
    thirdPartyAntivirus(),
  ]);
  assert.match((await step.remarks()).join(), /do not start either: ekrnEpfw/);
});

Deno.test("service.disable refuses what Windows needs, Microsoft's filters and encryption", async () => {
  const damages = [
    filterDrivers(
      { name: "acmecrypt", altitude: "147300" },
      ...["Ntfs", "storvsc", "vmbus"].map((name) => ({ name, type: 1 })),
    ),
    system(
      `[${CONTROL_SET}\\Enum\\VMBUS\\{ba6163d9}\\{1}]\n"Service"="storvsc"\n` +
        '"ClassGUID"="{4d36e97b-e325-11ce-bfc1-08002be10318}"',
    ),
  ];
  const cases: readonly (readonly [string, RegExp])[] = [
    ["disk", /Windows does not start without it/],
    ["VOLMGR", /Windows does not start without it/],
    ["stornvme", /drives a storage controller of this machine/],
    ["FltMgr", /Microsoft's own/],
    ["DcomLaunch", /does not start without it \(starts com servers\)/],
    ["ntfs", /does not start without it \(file system of windows\)/],
    ["storvsc", /drives a storage controller of this machine/],
    ["vmbus", /disks of this virtual machine are reached through it/],
    ["acmecrypt", /encryption filter/],
    ["fvevol", /Windows does not start without it|BitLocker/],
  ];
  for (const [name, message] of cases) {
    const step = await stepLab("service.disable", { disableServices: [name] }, damages);
    await refuses(step, {
      code: "refused",
      message,
      next: /pemedic service show \S+ --windows D:/,
    });
  }
});

Deno.test("service.disable lets the bus of a virtual machine go on a physical one", async () => {
  const damages = [filterDrivers({ name: "vmbus", type: 1 })];
  const step = await stepLab("service.disable", { disableServices: ["vmbus"] }, damages);
  assert.deepEqual(await step.edits(), ['Services\\vmbus "Start": 0 -> 4']);
});

Deno.test("service.disable lets a controller go that the machine does not have", async () => {
  const step = await stepLab("service.disable", { disableServices: ["storahci"] });
  assert.deepEqual(await step.edits(), [
    'Services\\storahci "Start": 0 -> 4',
    'Services\\storahci\\StartOverride "0": 3 -> 4',
  ]);
});

Deno.test("unknown names are refused with the closest one", async () => {
  const message = /^Cannot find the service/;
  await refuses(await stepLab("service.disable", { disableServices: ["wuauserf"] }), {
    code: "usage",
    message,
    next: /Did you mean "wuauserv"\? List the services: pemedic service list D:/,
  });
  await refuses(await stepLab("service.enable", { enableServices: ["qqqqqqqqqq"] }), {
    code: "usage",
    message,
    next: /^List the services/,
  });
});

Deno.test("what is so already is told, and nothing is planned", async () => {
  const off = await stepLab("service.disable", { disableServices: ["BITS"] }, [
    serviceDisabled("BITS"),
  ]);
  assert.deepEqual(await off.detect(), { applies: false, reason: "Disabled already: BITS" });
  const on = await stepLab("service.enable", { enableServices: ["BITS"] });
  assert.deepEqual(await on.detect(), { applies: false, reason: "Not disabled: BITS (Start 3)" });
  assert.deepEqual(await on.edits(), []);
});

Deno.test("service.enable goes back to the default of the tables", async () => {
  const manual = await stepLab("service.enable", { enableServices: ["fhsvc"] }, [
    serviceDisabled("fhsvc"),
  ]);
  assert.deepEqual(await manual.edits(), ['Services\\fhsvc "Start": 4 -> 3']);
  const boot = await stepLab("service.enable", { enableServices: ["volmgr"] }, [
    serviceDisabled("volmgr"),
  ]);
  assert.deepEqual(await boot.edits(), ['Services\\volmgr "Start": 4 -> 0']);
  const delayed = await stepLab("service.enable", { enableServices: ["UsoSvc"] }, [
    serviceDisabled("UsoSvc"),
    system(`[${CONTROL_SET}\\Services\\UsoSvc]\n"DelayedAutostart"=-`),
  ]);
  assert.equal((await delayed.edits())[0], 'Services\\UsoSvc "Start": 4 -> 2');
});

Deno.test("service.enable never changes manual to automatic unless it is told so", async () => {
  const told = await stepLab("service.enable", { enableServices: ["BITS"], serviceStart: "auto" });
  assert.deepEqual(await told.edits(), ['Services\\BITS "Start": 3 -> 2']);
  const words = ["boot", "system", "auto", "demand"] as const;
  for (const [start, serviceStart] of words.entries()) {
    const step = await stepLab("service.enable", { enableServices: ["acme"], serviceStart }, [
      filterDrivers({ name: "acme", start: 4 }),
    ]);
    assert.deepEqual(await step.edits(), [`Services\\acme "Start": 4 -> ${start}`]);
  }
});

Deno.test("service.enable refuses to guess how a service starts", async () => {
  const damages = [filterDrivers({ name: "acme", start: 4 })];
  const step = await stepLab("service.enable", { enableServices: ["acme"] }, damages);
  await refuses(step, {
    code: "refused",
    message: /how it starts by default is not known/,
    next: /pemedic service enable acme --start demand --windows D:/,
  });
});

Deno.test("without a name neither step applies", async () => {
  for (const id of ["service.disable", "service.enable"]) {
    const { applies, reason } = await (await stepLab(id)).detect();
    assert.deepEqual([applies, reason], [false, "No service was named"]);
  }
});
