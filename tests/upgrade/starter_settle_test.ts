/** What the starter waits for: a settled Windows, Setup at work, programs that Setup leaves behind. */
import assert from "node:assert/strict";
import { FileError } from "../../src/base/mod.ts";
import { labOrder, REBOOT_PENDING, StarterLab } from "./starter_lab.ts";

const PREPARED = { outcome: "succeed" } as const;
/** Three minutes to settle, and six for Setup. */
const SHORT = { starts: 2, settleMinutes: 3, hours: 0.1 };

Deno.test("a Setup that is at work is waited for, and then the upgrade is done", async () => {
  for (const flag of ["SystemSetupInProgress", "OOBEInProgress"]) {
    const lab = new StarterLab(labOrder(), PREPARED);
    await lab.boot();
    lab.upgraded();
    lab.setupAtWork(true, flag);
    const from = lab.clock.monotonicMs();
    lab.happening = (at) => at - from > 600_000 ? lab.setupAtWork(false, flag) : undefined;
    assert.equal((await lab.boot())?.kind, "done");
    assert.deepEqual((await lab.events()).slice(4), ["woke", "waits", "done", "removed"]);
  }
});

Deno.test("a Setup that stays at work is left alone until the next start", async () => {
  const lab = new StarterLab(labOrder({ limits: SHORT }));
  lab.setupAtWork(true);
  assert.equal((await lab.boot())?.kind, "later");
  assert.ok(lab.clock.monotonicMs() >= SHORT.hours * 3_600_000);
  assert.equal(lab.setupStarts, 0);
  assert.ok(await lab.isInstalled());
});

Deno.test("Windows is given time to settle, and Setup starts when it has", async () => {
  const cases: readonly [RegExp, (lab: StarterLab) => void, (lab: StarterLab) => void][] = [
    [/started just now/, (lab) => lab.manager.now.uptimeMs = 5_000, () => undefined],
    [/started just now/, (lab) => lab.manager.now.uptimeMs = "unknown", () => undefined],
    [
      /pending\.xml/,
      (lab) => lab.host.files.put("C:\\Windows\\WinSxS\\pending.xml", new Uint8Array(1)),
      (lab) => lab.host.files.erase("C:\\Windows\\WinSxS\\pending.xml"),
    ],
    [
      /battery/,
      (lab) =>
        lab.manager.now.power = { source: "battery", battery: "present", batteryPercent: 90 },
      (lab) => lab.manager.now.power = { source: "mains", battery: "present", batteryPercent: 90 },
    ],
    [
      /How Windows was started/,
      (lab) => lab.manager.now.bootMode = "unknown",
      (lab) => lab.manager.now.bootMode = "normal",
    ],
  ];
  for (const [reason, before, after] of cases) {
    const lab = new StarterLab(labOrder(), PREPARED);
    before(lab);
    let over = false;
    lab.happening = (at) => {
      if (at < 120_000 || over) return;
      over = true;
      after(lab);
    };
    assert.equal((await lab.boot())?.kind, "under-way", String(reason));
    assert.match(await lab.reason() ?? "", reason);
    assert.deepEqual(await lab.events(), ["staged", "woke", "waits", "starts", "ended"]);
  }
});

Deno.test("a Windows that does not settle in time is left until its next start", async () => {
  const cases: readonly ((lab: StarterLab) => void)[] = [
    (lab) => lab.manager.addKey(REBOOT_PENDING),
    (lab) => lab.manager.now.power = { source: "battery", battery: "present", batteryPercent: 9 },
    (lab) => lab.host.files.put("C:\\Windows\\WinSxS\\pending.xml", new Uint8Array(1)),
  ];
  for (const change of cases) {
    const lab = new StarterLab(labOrder({ limits: SHORT }), PREPARED);
    change(lab);
    assert.equal((await lab.boot())?.kind, "later");
    assert.equal(lab.clock.monotonicMs(), 3 * 60_000);
    assert.equal(lab.setupStarts, 0);
    assert.ok(await lab.isInstalled());
    assert.deepEqual(await lab.events(), ["staged", "woke", "waits"]);
  }
});

Deno.test("services that start late are waited for; ones that may not be asked as well", async () => {
  for (const state of ["start-pending", "stopped", "unknown"] as const) {
    const lab = new StarterLab(labOrder(), PREPARED);
    const original = lab.manager.serviceState.bind(lab.manager);
    lab.manager.serviceState = async (name) =>
      name === "Schedule" && lab.clock.monotonicMs() < 60_000 ? state : await original(name);
    assert.equal((await lab.boot())?.kind, "under-way");
    assert.equal(await lab.reason(), `The service Schedule is ${state}`);
  }
});

Deno.test("power from an unknown source counts as mains; a battery does where none is needed", async () => {
  const unknown = new StarterLab(labOrder(), PREPARED);
  unknown.manager.now.power = { source: "unknown", battery: "unknown", batteryPercent: "unknown" };
  assert.equal((await unknown.boot())?.kind, "under-way");
  const battery = new StarterLab(labOrder({ needsPower: false }), PREPARED);
  battery.manager.now.power = { source: "battery", battery: "present", batteryPercent: 50 };
  assert.equal((await battery.boot())?.kind, "under-way");
});

Deno.test("with settleMinutes 0 there is one look, and no wait", async () => {
  const limits = { starts: 2, settleMinutes: 0, hours: 6 };
  const settled = new StarterLab(labOrder({ limits }), PREPARED);
  settled.manager.now.uptimeMs = 1;
  assert.equal((await settled.boot())?.kind, "under-way");
  assert.equal(settled.clock.monotonicMs() < 10 * 60_000, true);
  const pending = new StarterLab(labOrder({ limits }), PREPARED);
  pending.manager.addKey(REBOOT_PENDING);
  assert.equal((await pending.boot())?.kind, "later");
  assert.equal(pending.clock.monotonicMs(), 0);
});

Deno.test("a Windows that never settles is given up after twenty starts", async () => {
  const limits = { starts: 2, settleMinutes: 0, hours: 6 };
  const lab = new StarterLab(labOrder({ limits }), PREPARED);
  lab.manager.addKey(REBOOT_PENDING);
  let boots = 0;
  while (await lab.boot() !== undefined) boots++;
  assert.equal(boots, 21);
  assert.match(await lab.reason() ?? "", /never settled/);
  assert.equal(lab.setupStarts, 0);
});

Deno.test("programs that the launcher leaves behind are waited for", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const list = (name: string) =>
    `"System","4","Services","0","8 K"\r\n"${name}","77","","0",""\r\n`;
  lab.taskList = () => {
    const works = lab.setupStarts > 0 && lab.clock.monotonicMs() < 600_000;
    return list(works ? "SetupHost.exe" : "other.exe");
  };
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.ok(lab.clock.monotonicMs() >= 600_000);
  assert.deepEqual((await lab.events()).slice(2), ["starts", "ended"]);
});

Deno.test("programs of Setup that stay for ever hang, and a shutdown ends the wait", async () => {
  const list = (lab: StarterLab) =>
    `"${lab.setupStarts > 0 ? "SetupPrep.exe" : "System"}","77","Services","0","8 K"\r\n`;
  const hanging = new StarterLab(labOrder({ limits: SHORT }), PREPARED);
  hanging.taskList = () => list(hanging);
  assert.equal((await hanging.boot())?.kind, "under-way");
  assert.equal((await hanging.events()).at(-1), "hangs");
  const down = new StarterLab(labOrder(), PREPARED);
  down.taskList = () => list(down);
  down.happening = () => down.manager.shutdown();
  assert.equal((await down.boot())?.kind, "stopped");
  assert.equal((await down.events()).at(-1), "shutdown");
});

Deno.test("where no programs can be listed, the launcher's end is the end", async () => {
  for (const list of [undefined, "", "no such list"]) {
    const lab = new StarterLab(labOrder(), PREPARED);
    lab.taskList = () => list;
    assert.equal((await lab.boot())?.kind, "under-way");
    assert.equal((await lab.events()).at(-1), "ended");
  }
});

Deno.test("where the list of programs cannot even be asked for, nothing is waited for", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  lab.host.processes.find = () => Promise.resolve("C:\\gone\\tasklist.exe");
  assert.equal((await lab.boot())?.kind, "under-way");
});

Deno.test("a fact that cannot be read is recorded, and nothing is started", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const stat = lab.host.files.stat.bind(lab.host.files);
  lab.host.files.stat = async (path) => {
    if (path.endsWith("pending.xml")) throw new FileError("look at", path, "disk-error");
    return await stat(path);
  };
  assert.equal((await lab.boot())?.kind, "later");
  assert.match(await lab.reason() ?? "", /pending\.xml.*read or write error/);
  assert.equal(lab.setupStarts, 0);
  assert.ok(await lab.isInstalled());
});

Deno.test("a Setup that begins while Windows settles is waited for, and not started over", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  lab.manager.now.uptimeMs = 0;
  lab.happening = (at) => lab.setupAtWork(at > 60_000 && at < 600_000);
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.ok(lab.clock.monotonicMs() >= 600_000);
  assert.equal((await lab.events()).filter((event) => event === "waits").length, 2);
});

Deno.test("whether Setup is at work, or a restart is pending, must be known", async () => {
  const order = labOrder({ limits: SHORT });
  const target = { ...order.target, computerName: null };
  const unknown = new StarterLab({ ...order, target }, PREPARED);
  unknown.manager.readValue = () => Promise.resolve("unknown");
  assert.equal((await unknown.boot())?.kind, "later");
  assert.equal(unknown.setupStarts, 0);
  const pending = new StarterLab(labOrder({ limits: SHORT }), PREPARED);
  pending.manager.keyExists = () => Promise.resolve("unknown");
  assert.equal((await pending.boot())?.kind, "later");
  assert.equal(pending.setupStarts, 0);
});

Deno.test("a service that this Windows does not have is not waited for", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const original = lab.manager.serviceState.bind(lab.manager);
  lab.manager.serviceState = async (name) => name === "ProfSvc" ? "absent" : await original(name);
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.deepEqual(await lab.events(), ["staged", "woke", "starts", "ended"]);
});
