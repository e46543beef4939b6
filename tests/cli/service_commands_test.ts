/** `service`, `filters` and `control-set`: exit codes, screens, JSON, and that looking changes nothing. */
import assert from "node:assert/strict";
import {
  createLab,
  type Damage,
  filterDrivers,
  lastKnownGoodDiffers,
  thirdPartyAntivirus,
} from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";

async function run(damages: readonly Damage[], ...args: readonly string[]) {
  const lab = await createLab();
  await lab.damage(...damages);
  const result = await runCli(lab, ...args);
  return { ...result, lab };
}

const ESET = [
  thirdPartyAntivirus(),
  filterDrivers({ name: "acmecrypt", altitude: "147300", company: "Acme" }),
];

const LOOKING: readonly (readonly [readonly Damage[], readonly string[], RegExp])[] = [
  [ESET, ["filters", "list", "D:"], /ESET\n {2}eamonm +system +Group FSFilter Anti-Virus/],
  [ESET, ["filters", "list"], /Acme\n {2}acmecrypt .*\n +must stay: It is an encryption filter/],
  [ESET, ["filters", "list"], /Services that belong to them\n {2}ekrn +automatic/],
  [
    [],
    ["filters", "list"],
    /^No filter driver of others is there\n\d+ filter drivers are Microsoft/,
  ],
  [[], ["service", "list", "D:"], /^boot +driver +disk$/m],
  [[], ["service", "list"], /^manual +service +BITS$/m],
  [ESET, ["service", "show", "EDEVMON"], /listed in +UpperFilters of class DiskDrive/],
  [[], ["service", "show", "FltMgr", "--windows", "D:"], /must stay +It is Microsoft's own/],
  [[], ["control-set"], /Current +ControlSet001\n.*\n {2}Failed +none/],
  [[lastKnownGoodDiffers()], ["control-set", "D:"], /LastKnownGood +ControlSet002\n/],
  [[lastKnownGoodDiffers()], ["control-set", "show"], /there are +ControlSet001, ControlSet002/],
];

for (const [damages, args, shown] of LOOKING) {
  Deno.test(`pemedic ${args.join(" ")} shows ${shown.source.slice(0, 30)}`, async () => {
    const { code, stdout, stderr, lab } = await run(damages, ...args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, shown);
    assert.deepEqual(longLines(stdout + stderr), []);
    assert.doesNotMatch(stdout + stderr, /undefined|\[object/);
    assert.deepEqual(lab.files.operations, []);
  });
}

const REFUSED: readonly (readonly [number, readonly string[], RegExp])[] = [
  [2, ["service", "show", "nothing"], /Cannot find the service "nothing"/],
  [2, ["service", "disable", "nothing"], /Cannot find the service "nothing"/],
  [2, ["service", "enable", "BITS", "--start", "soon"], /soon/],
  [2, ["service", "disable"], /missing required argument/],
  [2, ["filters", "disable", "nothing"], /Cannot find the filter driver or product "nothing"/],
  [2, ["control-set", "use", "2"], /Cannot use the control set "2"/],
  [13, ["service", "disable", "disk"], /Cannot disable "disk": Windows does not start without it/],
  [13, ["filters", "disable", "WdFilter"], /Cannot disable "WdFilter": it is Microsoft's own/],
];

for (const [expected, args, says] of REFUSED) {
  Deno.test(`pemedic ${args.join(" ")} ends with ${expected}`, async () => {
    const { code, stdout, stderr, lab } = await run([], ...args, ...["--windows", "D:"]);
    assert.equal(code, expected, stderr);
    assert.match(stderr, says);
    const own = stderr.split("\n").filter((line) => !line.startsWith("error:")).join("\n");
    assert.deepEqual(longLines(stdout + own), []);
    assert.deepEqual(lab.files.operations, []);
  });
}

const PLANNED: readonly (readonly [readonly Damage[], readonly string[], RegExp])[] = [
  [ESET, ["filters", "disable", "eset"], /Services\\ekrn "Start": 2 -> 4/],
  [[], ["service", "disable", "BITS", "VSS"], /Services\\VSS "Start": 3 -> 4/],
  [[], ["service", "enable", "BITS", "--start", "auto"], /Services\\BITS "Start": 3 -> 2/],
  [[lastKnownGoodDiffers()], ["control-set", "use", "last-known-good"], /Select "Default": 1 -> 2/],
];

for (const [damages, args, shown] of PLANNED) {
  Deno.test(`pemedic ${args.join(" ")} --dry-run shows the values before and after`, async () => {
    const { code, stdout, stderr, lab } = await run(
      damages,
      ...args,
      "--windows",
      "D:",
      "--dry-run",
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, shown);
    assert.deepEqual(longLines(stdout + stderr), []);
    assert.deepEqual(lab.files.operations, []);
  });
}

Deno.test("nothing to do ends with 4 and says why", async () => {
  const good = await run([], "control-set", "use", "last-known-good", "--windows", "D:", "--yes");
  assert.equal(good.code, 4);
  assert.match(good.stdout, /the one in use \(1\)/);
  const on = await run([], "service", "enable", "BITS", "--windows", "D:", "--yes");
  assert.equal(on.code, 4);
  assert.match(on.stdout, /Not disabled: BITS \(Start 3\)/);
});

Deno.test("--json gives one document of everything, and null where nothing is known", async () => {
  const [filters] = jsonLines(await run(ESET, "filters", "list", "D:", "--json"));
  const list = filters!.filters as Record<string, unknown>[];
  const crypt = list.find(({ name }) => name === "acmecrypt")!;
  assert.match(String(crypt.keep), /encryption/);
  assert.deepEqual([crypt.product, crypt.company, crypt.altitude], [null, "Acme", "147300"]);
  assert.ok(list.some(({ name, microsoft }) => name === "WdFilter" && microsoft === true));
  const [services] = jsonLines(await run([], "service", "list", "--json"));
  assert.ok((services!.services as unknown[]).length > 30);
  const [service] = jsonLines(await run([], "service", "show", "disk", "--json"));
  const [disk] = service!.services as Record<string, unknown>[];
  assert.deepEqual([disk!.start, disk!.file], [0, "Windows\\System32\\drivers\\disk.sys"]);
  const [sets] = jsonLines(await run([], "control-set", "--json"));
  assert.deepEqual([sets!.current, sets!.existing], [1, [1]]);
});
