/** The starter where something else is at work too, or nobody can tell what happened. */
import assert from "node:assert/strict";
import { FileError } from "../../src/base/mod.ts";
import { serializeRecord } from "../../src/upgrade/mod.ts";
import { labOrder, StarterLab, VERSION_KEY } from "./starter_lab.ts";

const RESTARTS = { outcome: "restart" } as const;
const PREPARED = { outcome: "succeed" } as const;
const WORKER = '"SetupHost.exe","99","Services","0","8 K"\r\n';

function withoutInstallTime(): StarterLab {
  const order = labOrder();
  return new StarterLab(
    { ...order, target: { ...order.target, installTime: null } },
    RESTARTS,
    PREPARED,
  );
}

Deno.test("a rollback is none the less one if an update has changed the UBR as well", async () => {
  const lab = withoutInstallTime();
  await lab.boot();
  lab.rolledBack();
  lab.setNumber(VERSION_KEY, "UBR", 4349);
  lab.setText(VERSION_KEY, "CurrentBuildNumber", "26100");
  lab.setNumber(VERSION_KEY, "UBR", 2000);
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.match(await lab.reason() ?? "", /took the upgrade back/);
});

Deno.test("without InstallTime an update is not taken for the upgrade, and Setup starts no more", async () => {
  const lab = withoutInstallTime();
  await lab.boot();
  lab.setNumber(VERSION_KEY, "UBR", 2000);
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.match(await lab.reason() ?? "", /whether Setup did it cannot be told/);
  assert.equal(lab.setupStarts, 1);
  const media = withoutInstallTime();
  await media.boot();
  media.setNumber(VERSION_KEY, "UBR", 4349);
  assert.equal((await media.boot())?.kind, "done");
  const newer = withoutInstallTime();
  await newer.boot();
  newer.setText(VERSION_KEY, "CurrentBuildNumber", "26200");
  assert.equal((await newer.boot())?.kind, "done");
});

Deno.test("without InstallTime another build before the first start is somebody else's upgrade", async () => {
  const lab = withoutInstallTime();
  lab.setText(VERSION_KEY, "CurrentBuildNumber", "26200");
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.match(await lab.reason() ?? "", /not by this order/);
  assert.equal(lab.setupStarts, 0);
});

Deno.test("a late rollback leaves its log elsewhere, and counts as well", async () => {
  const lab = new StarterLab(labOrder(), RESTARTS, PREPARED);
  lab.rolledBack(); // of an earlier attempt, which Setup clears away
  await lab.boot();
  await lab.host.files.remove("C:\\$WINDOWS.~BT\\Sources\\Rollback\\setupact.log");
  const late = "C:\\Windows\\Panther\\NewOS\\Rollback\\setupact.log";
  lab.host.files.put(late, new TextEncoder().encode("late"));
  assert.equal((await lab.boot())?.kind, "stood-down");
  assert.match(await lab.reason() ?? "", /took the upgrade back/);
  assert.equal(lab.setupStarts, 1);
});

Deno.test("the log of an earlier rollback that Setup clears away is no new one", async () => {
  const lab = new StarterLab(labOrder(), RESTARTS, PREPARED);
  lab.rolledBack();
  const late = "C:\\Windows\\Panther\\NewOS\\Rollback\\setupact.log";
  lab.host.files.put(late, new TextEncoder().encode("late"));
  await lab.boot();
  await lab.host.files.remove("C:\\$WINDOWS.~BT\\Sources\\Rollback\\setupact.log");
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.equal(lab.setupStarts, 2);
});

Deno.test("no second Setup beside one that somebody else has started", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  lab.taskList = () => WORKER;
  assert.equal((await lab.boot())?.kind, "later");
  assert.match(await lab.reason() ?? "", /Setup is running already/);
  assert.equal(lab.setupStarts, 0);
  lab.taskList = () => '"System","4","Services","0","8 K"\r\n';
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.equal(lab.setupStarts, 1);
});

Deno.test("of two starters at logon only one starts Setup", async () => {
  const lab = new StarterLab(labOrder({ start: "logon" }), PREPARED, PREPARED);
  lab.manager.now.uptimeMs = 0;
  const ends = await Promise.all([lab.logon(), lab.logon()]);
  assert.deepEqual(ends.map(({ kind }) => kind).sort(), ["later", "under-way"]);
  assert.equal(lab.setupStarts, 1);
});

Deno.test("a record that is taken away while Windows settles keeps Setup from being started", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  lab.manager.now.uptimeMs = 0;
  lab.happening = async () => {
    if (await lab.host.files.stat(lab.progressPath) !== undefined) {
      await lab.host.files.remove(lab.progressPath);
    }
  };
  assert.equal((await lab.boot())?.kind, "later");
  assert.equal(lab.setupStarts, 0);
});

Deno.test("a Setup that is at work for ever is not waited for at every start for ever", async () => {
  const limits = { starts: 2, settleMinutes: 0, hours: 0.01 };
  const lab = new StarterLab(labOrder({ limits }));
  lab.setupAtWork(true);
  let boots = 0;
  while (await lab.isInstalled() && boots < 60) {
    await lab.boot();
    boots++;
  }
  assert.ok(boots > 10 && boots < 30, String(boots));
  assert.match(await lab.reason() ?? "", /never settled/);
  assert.equal(lab.setupStarts, 0);
});

Deno.test("a fact that can never be read ends it after twenty starts", async () => {
  const lab = new StarterLab();
  const stat = lab.host.files.stat.bind(lab.host.files);
  lab.host.files.stat = (path) => {
    if (/Rollback/.test(path)) throw new FileError("look at", path, "disk-error");
    return stat(path);
  };
  let boots = 0;
  while (await lab.isInstalled() && boots < 60) {
    await lab.boot();
    boots++;
  }
  assert.ok(boots > 10 && boots < 30, String(boots));
  assert.match(await lab.reason() ?? "", /never settled/);
  assert.equal(lab.setupStarts, 0);
});

Deno.test("a program that is started by hand from elsewhere writes nothing beside itself", async () => {
  for (const programFolder of [undefined, "C:\\Users\\anna\\Downloads"]) {
    const lab = new StarterLab(labOrder({ start: "logon" }));
    Object.assign(lab.host.platform, { programFolder });
    lab.host.files.putDirectory("C:\\Users\\anna\\Downloads");
    lab.host.files.forgetOperations();
    assert.equal((await lab.logon()).kind, "stood-down");
    assert.deepEqual(lab.host.files.operations, []);
    assert.equal(
      await lab.host.files.stat("C:\\Users\\anna\\Downloads\\progress.jsonl"),
      undefined,
    );
  }
});

Deno.test("zeros at the end of the record, as a power cut leaves them, count as a start", async () => {
  const order = labOrder();
  const lab = new StarterLab(order, PREPARED);
  const staged = serializeRecord({ event: "staged", at: order.made, order: order.id });
  lab.host.files.put(lab.progressPath, new TextEncoder().encode(staged + "\0".repeat(300)));
  await lab.boot();
  assert.equal(lab.setupStarts, 1);
  await lab.boot();
  assert.equal(lab.setupStarts, 1);
  assert.equal(await lab.isInstalled(), false);
});

Deno.test("a list of programs that never comes does not keep the service, nor Setup, for ever", async () => {
  const lab = new StarterLab(labOrder(), PREPARED);
  const { processes } = lab.host;
  const run = processes.run.bind(processes);
  let asked = 0;
  processes.run = (request) => {
    if (!request.program.toLowerCase().includes("tasklist")) return run(request);
    asked++;
    return new Promise(() => {});
  };
  lab.listingMs = 5;
  assert.equal((await lab.boot())?.kind, "under-way");
  assert.equal(lab.setupStarts, 1);
  assert.equal(asked, 1, "one that hangs is not asked again");
});
