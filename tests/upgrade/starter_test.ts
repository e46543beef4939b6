import assert from "node:assert/strict";
import { FileError } from "../../src/base/mod.ts";
import { MOSETUP_CODES } from "../../src/knowledge/mod.ts";
import { setupVerdict, UpgradePlace } from "../../src/upgrade/mod.ts";
import { SimulatedCrash } from "../lab/mod.ts";
import { labOrder, sha256Of, StarterLab, VERSION_KEY } from "./starter_lab.ts";

const PREPARED = { outcome: "succeed" } as const;
/** Three minutes to settle, and six for Setup. */
const SHORT = { starts: 2, settleMinutes: 3, hours: 0.1 };
const RESTARTS = { outcome: "restart" } as const;

Deno.test("the starter starts Setup, and finds it done at the next start of Windows", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const first = await lab.boot();
  assert.equal(first?.kind, "under-way");
  assert.deepEqual(await lab.events(), ["staged", "woke", "starts", "ended"]);
  assert.deepEqual(lab.host.processes.calls.find(({ tool }) => tool === "setup")?.arguments, [
    "/Auto",
    "Upgrade",
    "/Quiet",
    "/EULA",
    "Accept",
  ]);
  assert.ok(await lab.isInstalled());
  lab.upgraded();
  assert.equal((await lab.boot())?.kind, "done");
  assert.deepEqual((await lab.events()).slice(4), ["woke", "done", "removed"]);
  const done = (await lab.records()).find(({ event }) => event === "done");
  assert.ok(done?.event === "done" && done.build === 26100 && done.ubr === 4349);
  assert.equal(await lab.isInstalled(), false);
  assert.equal(lab.setupStarts, 1);
});

Deno.test("an upgrade by somebody else is not taken for this one", async () => {
  const lab = new StarterLab();
  lab.upgraded();
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.match(await lab.reason() ?? "", /not by this order/);
  assert.equal(lab.setupStarts, 0);
});

Deno.test("updates that change the build are no upgrade, unless nothing else can tell", async () => {
  const known = new StarterLab(labOrder(), RESTARTS, PREPARED);
  known.setNumber(VERSION_KEY, "UBR", 2000);
  await known.boot();
  assert.equal((await known.boot())?.kind, "under-way");
  assert.equal(known.setupStarts, 2);
  const order = labOrder();
  const unknown = new StarterLab({ ...order, target: { ...order.target, installTime: null } });
  assert.equal((await unknown.boot())?.kind, "under-way");
  unknown.setNumber(VERSION_KEY, "UBR", 4349);
  assert.equal((await unknown.boot())?.kind, "done");
});

Deno.test("a rollback ends it, whatever the clock says", async () => {
  for (const jumpMs of [60_000, -86_400_000]) {
    const lab = new StarterLab(labOrder(), { outcome: "roll-back", exit: 3 });
    // An earlier upgrade has left its log there.
    lab.rolledBack();
    lab.clock.advance(jumpMs);
    assert.equal((await lab.boot())?.kind, "under-way");
    assert.equal((await lab.boot())?.kind, "stood-down");
    assert.match(await lab.reason() ?? "", /took the upgrade back/);
    assert.equal(lab.setupStarts, 1);
    assert.equal(await lab.isInstalled(), false);
  }
});

Deno.test("the log of an earlier rollback does not count", async () => {
  const lab = new StarterLab(labOrder(), RESTARTS, RESTARTS);
  lab.rolledBack();
  assert.equal((await lab.boot())?.kind, "later");
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.equal(lab.setupStarts, 2);
});

Deno.test("after a restart in the middle it is tried once more, and never a third time", async () => {
  const lab = new StarterLab(labOrder(), RESTARTS);
  assert.equal((await lab.boot())?.kind, "later");
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.match(await lab.reason() ?? "", /as often as it may be \(2\)/);
  assert.equal(await lab.boot(), undefined);
  assert.equal(lab.setupStarts, 2);
});

Deno.test("two good ends without an upgrade are two starts without a result", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  await lab.boot();
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.match(await lab.reason() ?? "", /2 times without a result/);
  assert.equal(lab.setupStarts, 2);
});

Deno.test("every result of Setup is recorded, and followed as its verdict says", async () => {
  const expected = { final: "stood-down", "try-again": "later", "under-way": "under-way" };
  for (const { code, symbol } of MOSETUP_CODES) {
    const lab = new StarterLab(labOrder(), { outcome: "refuse", code });
    const end = await lab.boot();
    const ended = (await lab.records()).find(({ event }) => event === "ended");
    assert.ok(ended?.event === "ended" && ended.exitCode === code && ended.meaning !== "", symbol);
    const verdict = setupVerdict(code);
    assert.equal(end?.kind, expected[verdict], symbol);
    assert.equal(await lab.isInstalled(), verdict !== "final", symbol);
    assert.equal(lab.setupStarts, 1);
  }
});

Deno.test("setupVerdict() tries again after what passes, and only then", () => {
  assert.equal(setupVerdict(0xc1900107), "try-again");
  assert.equal(setupVerdict(0xc1900216), "try-again");
  assert.equal(setupVerdict(0x40010004), "try-again");
  assert.equal(setupVerdict(0xc190012f), "under-way");
  assert.equal(setupVerdict(3), "under-way");
  assert.equal(setupVerdict(0), "under-way");
  assert.equal(setupVerdict(0xc1900208 | 0), "final");
  assert.equal(setupVerdict(5), "final");
  assert.equal(setupVerdict(7), "final");
  assert.equal(setupVerdict(0xc1900101), "final");
  assert.equal(setupVerdict(0x80070070), "final");
});

Deno.test("a final result ends it also when the power was cut before that was recorded", async () => {
  const lab = new StarterLab(labOrder(), { outcome: "refuse", code: 0xc1900208 });
  await lab.boot();
  const whole = await lab.progressText();
  const cut = whole.slice(0, whole.indexOf('{"event":"stood-down"'));
  const again = new StarterLab(labOrder(), PREPARED);
  again.host.files.put(again.progressPath, new TextEncoder().encode(cut));
  assert.equal((await again.boot())?.kind, "stood-down");
  assert.equal(again.setupStarts, 0);
});

Deno.test("a Windows in Safe Mode ends it", async () => {
  for (const bootMode of ["safe-mode", "safe-mode-network"] as const) {
    const lab = new StarterLab();
    lab.manager.now.bootMode = bootMode;
    assert.equal((await lab.boot())?.kind, "stood-down");
    assert.match(await lab.reason() ?? "", /Safe Mode/);
    assert.equal(lab.setupStarts, 0);
    assert.equal(await lab.isInstalled(), false);
  }
});

Deno.test("an order that is changed, missing, damaged or foreign is not followed", async () => {
  const path = `C:\\${UpgradePlace.order}`;
  const encode = (text: string) => new TextEncoder().encode(text);
  const order = labOrder();
  const cases: readonly [string, RegExp, (lab: StarterLab) => void][] = [
    ["missing", /is not there/, (lab) => lab.host.files.erase(path)],
    ["changed", /was changed/, (lab) => lab.host.files.put(path, encode("{}"))],
    ["another hash", /was changed/, (lab) => lab.hash = "0".repeat(64)],
    ["no hash", /names no order/, (lab) => lab.hash = "0123"],
    ["no order", /is no JSON/, (lab) => {
      lab.host.files.put(path, encode("order"));
      lab.hash = sha256Of(encode("order"));
    }],
    [
      "unreadable",
      /read or write error/,
      (lab) => lab.host.files.setFault(path, { fault: "disk-error" }),
    ],
    [
      "another computer",
      /is for the computer LAB-PC/,
      (lab) =>
        lab.setText(
          "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName",
          "ComputerName",
          "OTHER",
        ),
    ],
  ];
  for (const [name, reason, change] of cases) {
    const lab = new StarterLab(order, PREPARED);
    change(lab);
    const end = await lab.boot();
    assert.equal(end?.kind, "stood-down", name);
    assert.match(end?.said ?? "", reason, name);
    assert.match(await lab.progressText(), /"stood-down"/, name);
    assert.equal(lab.setupStarts, 0, name);
    assert.equal(await lab.isInstalled(), false, name);
  }
});

Deno.test("an order for another volume or letter, or another way to start, is foreign", async () => {
  const order = labOrder();
  const foreign = [
    [/for the volume 9999-9999/, { ...order, target: { ...order.target, serial: "9999-9999" } }],
    [/for drive D:/, { ...order, target: { ...order.target, letter: "D:" } }],
    [/in another way/, { ...order, start: "logon" }],
  ] as const;
  for (const [reason, changed] of foreign) {
    const lab = new StarterLab(changed, PREPARED);
    const end = await lab.boot();
    assert.match(end?.said ?? "", reason);
    assert.equal(lab.setupStarts, 0);
    assert.equal(await lab.isInstalled(), false);
  }
  const nameless = { ...order, target: { ...order.target, computerName: null } };
  assert.equal((await new StarterLab(nameless, PREPARED).boot())?.kind, "under-way");
});

Deno.test("a starter whose record was taken away starts nothing", async () => {
  for (const content of [undefined, "", '{"event":"woke"', "\0".repeat(200)]) {
    const lab = new StarterLab(labOrder(), PREPARED);
    if (content === undefined) lab.host.files.erase(lab.progressPath);
    else lab.host.files.put(lab.progressPath, new TextEncoder().encode(content));
    assert.equal((await lab.boot())?.kind, "stood-down");
    assert.match(await lab.reason() ?? "", /is missing or was changed/);
    assert.equal(lab.setupStarts, 0);
    assert.equal(await lab.isInstalled(), false);
  }
});

Deno.test("a torn last line is kept apart, and counts as a start", async () => {
  const lab = new StarterLab(labOrder(), RESTARTS);
  const torn = `${await lab.progressText()}{"event":"sta`;
  lab.host.files.put(lab.progressPath, new TextEncoder().encode(torn));
  await lab.boot();
  assert.equal(lab.setupStarts, 1);
  assert.deepEqual(await lab.events(), [
    "staged",
    "woke",
    "starts",
    "ended",
    "stood-down",
    "removed",
  ]);
});

Deno.test("lines of another order, torn ones too, count for nothing", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const other = '{"event":"done","at":"x","order":"fedcba9876543210","build":1,"ubr":1}\n{"ev\n';
  const text = other + await lab.progressText();
  lab.host.files.put(lab.progressPath, new TextEncoder().encode(text));
  assert.equal((await lab.boot())?.kind, "under-way");
});

Deno.test("a breadcrumb that cannot be written keeps Setup from being started", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  lab.host.files.setFreeBytes("C:", 0);
  const end = await lab.boot();
  assert.equal(end?.kind, "later");
  assert.match(end?.said ?? "", /cannot be recorded.*disk is full/);
  assert.equal(lab.setupStarts, 0);
  assert.ok(await lab.isInstalled());
  lab.host.files.setFreeBytes("C:", 1_000_000);
  assert.equal((await lab.boot())?.kind, "under-way");
});

Deno.test("a full disk does not keep the service from being removed", async () => {
  const lab = new StarterLab();
  lab.manager.now.bootMode = "safe-mode";
  lab.host.files.setFreeBytes("C:", 0);
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.equal(await lab.isInstalled(), false);
});

Deno.test("a service that Windows keeps is removed at a later start", async () => {
  const lab = new StarterLab(labOrder(), { outcome: "refuse", code: 0xc1900208 });
  lab.manager.deletes = false;
  await lab.boot();
  assert.equal((await lab.events()).at(-1), "not-removed");
  lab.manager.deletes = true;
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.equal((await lab.events()).at(-1), "removed");
  assert.equal(lab.setupStarts, 1);
  assert.equal(await lab.isInstalled(), false);
});

Deno.test("media that are gone or changed end it", async () => {
  const setup = "C:\\PEMedic\\media\\setup.exe";
  const cases: readonly [RegExp, (lab: StarterLab) => void][] = [
    [/media are gone/, (lab) => lab.host.files.erase(setup)],
    [
      /was changed since/,
      (lab) => lab.host.files.put(setup, new TextEncoder().encode("MZ evil!")),
    ],
    [/was changed since/, (lab) => lab.host.files.put(setup, new TextEncoder().encode("M"))],
    [/cannot be read/, (lab) => lab.host.files.setFault(setup, { fault: "disk-error" })],
  ];
  for (const [reason, change] of cases) {
    const lab = new StarterLab(labOrder(), PREPARED);
    change(lab);
    assert.equal((await lab.boot())?.kind, "stood-down");
    assert.match(await lab.reason() ?? "", reason);
    assert.equal(lab.setupStarts, 0);
  }
});

Deno.test("a Setup that hangs is recorded and left as it is", async () => {
  const lab = new StarterLab(labOrder(), { outcome: "hang" });
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.deepEqual(await lab.events(), ["staged", "woke", "starts", "hangs"]);
  assert.ok(lab.clock.monotonicMs() >= 6 * 3_600_000);
  assert.equal(lab.host.processes.calls.at(-1)?.exitCode, undefined);
  lab.host.processes.endProgram();
  assert.ok(await lab.isInstalled());
});

for (const [request, event] of [["shutdown", "shutdown"], ["stop", "stopped"]] as const) {
  Deno.test(`a ${request} while Setup runs is recorded, and Setup goes on`, async () => {
    const lab = new StarterLab(labOrder(), { outcome: "hang" });
    lab.host.processes.hanging.then(() => lab.manager[request]());
    assert.equal((await lab.boot())?.kind, "stopped");
    assert.equal((await lab.events()).at(-1), event);
    assert.equal(lab.host.processes.calls.at(-1)?.exitCode, undefined);
    lab.host.processes.endProgram();
    assert.ok(await lab.isInstalled());
  });

  Deno.test(`a ${request} while Windows settles ends the wait without a start`, async () => {
    const lab = new StarterLab(labOrder(), PREPARED);
    lab.manager.now.uptimeMs = 0;
    lab.happening = () => lab.manager[request]();
    assert.equal((await lab.boot())?.kind, "stopped");
    assert.equal(lab.setupStarts, 0);
    lab.happening = undefined;
    assert.equal((await lab.boot())?.kind, "under-way");
  });
}

Deno.test("a Setup that cannot be started at all counts as a start", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const run = lab.host.processes.run.bind(lab.host.processes);
  lab.host.processes.run = async (request) =>
    await run({ ...request, program: request.program.replace("setup.exe", "gone.exe") });
  assert.equal((await lab.boot())?.kind, "later");
  assert.equal((await lab.events()).at(-1), "not-started");
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.equal(lab.setupStarts, 0);
});

Deno.test("what has stood down once never starts again, also if Windows is sound then", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  lab.manager.deletes = false;
  lab.manager.now.bootMode = "safe-mode";
  await lab.boot();
  lab.manager.deletes = true;
  lab.manager.now.bootMode = "normal";
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.equal(lab.setupStarts, 0);
  assert.equal(await lab.isInstalled(), false);
});

Deno.test("Safe Mode ends it also while Setup is at work", async () => {
  const lab = new StarterLab(labOrder({ limits: SHORT }));
  lab.manager.now.bootMode = "safe-mode";
  lab.setupAtWork(true);
  assert.equal((await lab.boot())?.kind, "stood-down");
});

Deno.test("a program that lies elsewhere follows no order", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const text = await lab.host.files.read(`C:\\${UpgradePlace.order}`);
  lab.host.files.put("C:\\Elsewhere\\upgrade.json", text);
  const platform = { ...lab.host.platform, programFolder: "C:\\Elsewhere" };
  Object.defineProperty(lab.host, "platform", { value: platform });
  const end = await lab.boot();
  assert.match(end?.said ?? "", /where it was not left/);
  assert.equal(lab.setupStarts, 0);
});

Deno.test("a record of which only a half was written is kept apart from the next one", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const openAppend = lab.host.files.openAppend.bind(lab.host.files);
  let failures = 1;
  lab.host.files.openAppend = async (path) => {
    const file = await openAppend(path);
    return {
      close: () => file.close(),
      append: async (bytes) => {
        if (failures-- <= 0) return await file.append(bytes);
        await file.append(bytes.subarray(0, bytes.length / 2));
        throw new FileError("append to", path, "no-space");
      },
    };
  };
  await lab.boot();
  assert.deepEqual(await lab.events(), ["staged", "starts", "ended"]);
});

Deno.test("at logon Setup is started the same way, without a service", async () => {
  const lab = new StarterLab(labOrder({ start: "logon" }), PREPARED);
  assert.equal((await lab.logon()).kind, "under-way");
  assert.deepEqual(await lab.events(), ["staged", "woke", "starts", "ended"]);
  lab.upgraded();
  assert.equal((await lab.logon()).kind, "done");
  assert.equal((await lab.events()).at(-1), "done");
  assert.ok(await lab.isInstalled(), "a service that is not its own is none of its business");
});

Deno.test("a clock that goes backwards changes nothing", async () => {
  const lab = new StarterLab(labOrder(), RESTARTS, PREPARED);
  await lab.boot();
  const now = lab.clock.now.bind(lab.clock);
  lab.clock.now = () => new Date(now().getTime() - 5 * 365 * 86_400_000);
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.equal(lab.setupStarts, 2);
});

Deno.test("a power cut at any change never leads to a third start, nor to one without record", async () => {
  let cuts = 0;
  for (const torn of [false, true]) {
    for (let at = 1; at < 60; at++) {
      const lab = new StarterLab(labOrder(), RESTARTS);
      lab.host.files.crashAfter(at, { torn });
      lab.host.reboot = withoutRecovery(lab);
      let cut = false;
      try {
        await lab.boot();
        await lab.boot();
      } catch (error) {
        if (!(error instanceof SimulatedCrash)) throw error;
        cut = true;
        cuts++;
      }
      lab.host.files.recover();
      for (let boot = 0; boot < 4; boot++) await lab.boot();
      assert.ok(lab.setupStarts <= 2, `${lab.setupStarts} starts, cut at ${at}`);
      assert.equal(lab.unrecorded, 0);
      assert.equal(await lab.isInstalled(), false, `cut at ${at}: ${await lab.progressText()}`);
      if (!cut) break;
    }
  }
  assert.ok(cuts > 20, `${cuts} cuts`);
});

/** The planned cut must survive the restart of the lab's machine. */
function withoutRecovery(lab: StarterLab): () => void {
  return () => {
    if (lab.host.files.crash.crashed) lab.host.files.recover();
    lab.manager.reboot();
  };
}
