/** `filters.disable`: what a name means, what goes with it, and what must stay. */
import assert from "node:assert/strict";
import { createLab, filterDrivers, lastKnownGoodDiffers, thirdPartyAntivirus } from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";
import { CONTROL_SET, stepLab, system } from "./driver_lab.ts";

const ID = "filters.disable";
const ESET = [thirdPartyAntivirus()];
const WHOLE = [
  'Control\\Class\\{4d36e967-e325-11ce-bfc1-08002be10318} "UpperFilters": ' +
  '["edevmon", "partmgr"] -> ["partmgr"]',
  'Services\\eamonm "Start": 1 -> 4',
  'Services\\edevmon "Start": 0 -> 4',
  'Services\\eelam "Start": 0 -> 4',
  'Services\\ehdrv "Start": 1 -> 4',
  'Services\\ekrn "Start": 2 -> 4',
  'Services\\ekrnEpfw "Start": 2 -> 4',
];

Deno.test("a product, its maker or the word for all mean the whole product, lists first", async () => {
  for (const name of ["ESET", "eset", "all-antivirus", "All-Antivirus"]) {
    const step = await stepLab(ID, { disableFilters: [name] }, ESET);
    assert.equal((await step.detect()).applies, true, name);
    assert.deepEqual(await step.edits(), WHOLE, name);
  }
});

Deno.test("a service that only looks like the product's stays", async () => {
  const step = await stepLab(ID, { disableFilters: ["ESET"] }, ESET);
  assert.equal((await step.edits()).some((line) => line.includes("Lookalike")), false);
  const remarks = (await step.remarks()).join("\n");
  assert.match(remarks, /Services that run from the folder of ESET: ekrn$/m);
  assert.match(remarks, /Services that depend on ekrn: ekrnEpfw$/m);
  assert.doesNotMatch(remarks, /network/);
});

Deno.test("a driver's name means that driver and the product's services; the rest is told", async () => {
  const step = await stepLab(ID, { disableFilters: ["EAMONM"] }, ESET);
  assert.deepEqual(await step.edits(), [WHOLE[1], ...WHOLE.slice(5)]);
  assert.match(
    (await step.remarks()).join("\n"),
    /Other drivers of the same product stay on: edevmon, eelam, ehdrv/,
  );
});

Deno.test("several names are one plan", async () => {
  const step = await stepLab(ID, { disableFilters: ["edevmon", "ehdrv"] }, ESET);
  const edits = await step.edits();
  assert.ok(edits.includes(WHOLE[0]!) && edits.includes(WHOLE[2]!) && edits.includes(WHOLE[4]!));
  assert.equal(edits.length, 5);
});

Deno.test("a filter of an unknown maker is disabled by its name, with a warning if it filters disks", async () => {
  const damages = [filterDrivers({ name: "snap", disks: true, company: "Backup Ltd" })];
  const named = await stepLab(ID, { disableFilters: ["snap"] }, damages);
  assert.equal((await named.edits()).length, 2);
  assert.match((await named.remarks()).join("\n"), /decrypts another disk/);
  const maker = await stepLab(ID, { disableFilters: ["backup ltd"] }, damages);
  assert.equal((await maker.edits()).length, 2);
  const all = await stepLab(ID, { disableFilters: ["all-antivirus"] }, damages);
  assert.deepEqual(await all.detect(), {
    applies: false,
    reason: "No antivirus of others is there",
  });
});

Deno.test("Microsoft's and encryption filters are refused with the reason", async () => {
  const damages = [
    filterDrivers(
      { name: "acmecrypt", group: "FSFilter Encryption" },
      { name: "lowcrypt", altitude: "141000.5" },
      { name: "klfdefsf", altitude: "389500" },
      { name: "newms", altitude: "328001", company: "Microsoft Corporation" },
    ),
  ];
  const refused: readonly (readonly [string, RegExp])[] = [
    ["WdFilter", /Microsoft's own/],
    ["fvevol", /BitLocker/],
    ["newms", /its file says "Microsoft Corporation"/],
    ["acmecrypt", /encryption filter/],
    ["LOWCRYPT", /encryption filter/],
    ["klfdefsf", /Kaspersky full disk encryption/],
  ];
  for (const [name, reason] of refused) {
    const step = await stepLab(ID, { disableFilters: [name] }, damages);
    for (const call of [step.detect, step.edits]) {
      await assert.rejects(call(), (error: Error & { code?: string }) => {
        assert.match(error.message, reason);
        assert.equal(error.code, "refused");
        return true;
      });
    }
  }
  const all = await stepLab(ID, { disableFilters: ["all-antivirus"] }, damages);
  assert.equal((await all.detect()).applies, false);
});

Deno.test("an encryption filter of a product that is disabled stays, and that is told", async () => {
  const damages = [
    filterDrivers(
      {
        name: "klif",
        group: "FSFilter Anti-Virus",
        altitude: "320400",
        company: "AO Kaspersky Lab",
      },
      { name: "klfdefsf", altitude: "389500", company: "Kaspersky Lab" },
    ),
  ];
  const step = await stepLab(ID, { disableFilters: ["kaspersky", "klif"] }, damages);
  assert.deepEqual(await step.edits(), ['Services\\klif "Start": 0 -> 4']);
});

Deno.test("what the same maker puts before disks stays, because it may decrypt them", async () => {
  const damages = [
    filterDrivers(
      { name: "SRTSP", group: "FSFilter Anti-Virus", company: "Symantec Corporation" },
      { name: "eedDisk", type: 1, disks: true, company: "Symantec Corporation" },
    ),
  ];
  for (const name of ["all-antivirus", "Symantec", "Symantec Corporation", "SRTSP"]) {
    const step = await stepLab(ID, { disableFilters: [name] }, damages);
    assert.deepEqual(await step.edits(), ['Services\\SRTSP "Start": 0 -> 4'], name);
    assert.match((await step.remarks()).join("\n"), /left on because it may decrypt them: eedDisk/);
  }
  const named = await stepLab(ID, { disableFilters: ["eedDisk"] }, damages);
  assert.equal((await named.edits()).length, 2);
  assert.match((await named.remarks()).join("\n"), /decrypts another disk/);
});

Deno.test("an unknown name is refused with the closest one", async () => {
  const step = await stepLab(ID, { disableFilters: ["eamomn"] }, ESET);
  await assert.rejects(step.detect(), (error: Error & { next?: string; code?: string }) => {
    assert.match(error.message, /^Cannot find the filter driver or product "eamomn"/);
    assert.match(error.next!, /Did you mean "eamonm"\? .*pemedic filters list D:/);
    assert.equal(error.code, "usage");
    return true;
  });
  const far = await stepLab(ID, { disableFilters: ["zzzzzzzz"] });
  await assert.rejects(far.detect(), (error: Error & { next?: string }) => {
    assert.doesNotMatch(error.next!, /Did you mean/);
    return true;
  });
});

Deno.test("what is disabled already is told, and nothing is planned", async () => {
  const damages = [filterDrivers({ name: "klif", group: "FSFilter Anti-Virus", start: 4 })];
  const step = await stepLab(ID, { disableFilters: ["klif"] }, damages);
  const { applies, reason } = await step.detect();
  assert.equal(applies, false);
  assert.match(reason, /^Disabled already.*klif$/);
  assert.deepEqual(await step.edits(), []);
});

Deno.test("a mandatory network filter is told, an optional one is not", async () => {
  const bound = (type: number) =>
    system(
      `[${CONTROL_SET}\\Control\\Network\\{4d36e974-e325-11ce-bfc1-08002be10318}\\{1}\\Ndi]\n` +
        `"Service"="klim6"\n"FilterRunType"=dword:0000000${type}`,
    );
  for (const [type, told] of [[1, true], [2, false]] as const) {
    const damages = [filterDrivers({ name: "klim6", type: 1, start: 1 }), bound(type)];
    const step = await stepLab(ID, { disableFilters: ["klim6"] }, damages);
    assert.equal(/no network/.test((await step.remarks()).join()), told);
  }
});

Deno.test("both control sets that Windows may start from are edited", async () => {
  const damages = [
    ...ESET,
    lastKnownGoodDiffers(),
    system('[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Default"=dword:00000002'),
  ];
  const edits = await (await stepLab(ID, { disableFilters: ["ESET"] }, damages)).edits();
  assert.equal(edits.length, 2 * WHOLE.length);
  const lists = edits.findIndex((line) => line.includes("Services\\"));
  assert.equal(edits.slice(lists).some((line) => line.includes("UpperFilters")), false);
  assert.equal(edits.filter((line) => line.startsWith("ControlSet002\\")).length, WHOLE.length);
});

Deno.test("a driver leaves the lists of single devices too", async () => {
  const damages = [
    filterDrivers({ name: "klif", group: "FSFilter Anti-Virus" }),
    system(
      `[${CONTROL_SET}\\Enum\\SCSI\\Disk\\1]\n` +
        '"UpperFilters"=hex(7):6b,00,6c,00,69,00,66,00,00,00,00,00',
    ),
  ];
  assert.deepEqual(await (await stepLab(ID, { disableFilters: ["klif"] }, damages)).edits(), [
    'Enum\\SCSI\\Disk\\1 "UpperFilters": ["klif"] -> []',
    'Services\\klif "Start": 0 -> 4',
  ]);
});

Deno.test("a driver with StartOverride is disabled in both values", async () => {
  const damages = [
    filterDrivers({ name: "klif", group: "FSFilter Anti-Virus" }),
    system(`[${CONTROL_SET}\\Services\\klif\\StartOverride]\n"0"=dword:00000003`),
  ];
  assert.deepEqual(await (await stepLab(ID, { disableFilters: ["klif"] }, damages)).edits(), [
    'Services\\klif "Start": 0 -> 4',
    'Services\\klif\\StartOverride "0": 3 -> 4',
  ]);
});

Deno.test("the command disables, a second look finds nothing switched on, undo switches it on", async () => {
  const lab = await createLab();
  await lab.damage(...ESET);
  const done = await runCli(lab, "filters", "disable", "eset", "--windows", "D:", "--yes");
  assert.equal(done.code, 0, done.stdout + done.stderr);
  const found = async () => (await runCli(lab, "diagnose", "D:")).stdout.replace(/\s+/g, " ");
  assert.match(await found(), /Every filter driver that is switched on is Microsoft's/);
  assert.match(await found(), /drivers on the way to the system disk start at boot/);
  assert.equal((await runCli(lab, "undo", "D:", "--yes")).code, 0);
  assert.match(await found(), /not Microsoft's: ESET \(eamonm, edevmon, eelam, ehdrv\)/);
});
