/** What Windows itself calls: `upgrade service` and `upgrade start`. */
import assert from "node:assert/strict";
import { SERVICE_NAME } from "../../src/upgrade/mod.ts";
import { createLab } from "../lab/mod.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { labOrder, StarterLab } from "../upgrade/starter_lab.ts";

Deno.test("upgrade service works as the service and prints nothing", async () => {
  const lab = new StarterLab(labOrder(), { outcome: "refuse", code: 0xc1900208 });
  lab.manager.start(SERVICE_NAME);
  const run = await runCli(lab, "upgrade", "service", "--order", lab.hash);
  assert.deepEqual(run, { code: 0, stdout: "", stderr: "" });
  const states = lab.manager.transitions.map(({ state }) => state);
  assert.deepEqual(states, ["start-pending", "running", "stopped"]);
  assert.equal(await lab.isInstalled(), false);
  assert.deepEqual((await lab.events()).slice(2), ["starts", "ended", "stood-down", "removed"]);
});

Deno.test("upgrade service refuses when it is started by hand, and in WinPE", async () => {
  const byHand = new StarterLab();
  const run = await runCli(byHand, "upgrade", "service", "--order", byHand.hash);
  assert.equal(run.code, 2);
  assert.match(run.stderr, /Windows did not start this program/);
  assert.deepEqual(await byHand.events(), ["staged"]);
  const winpe = await createLab();
  for (const command of ["service", "start"]) {
    const refused = await runCli(winpe, "upgrade", command, "--order", byHand.hash);
    assert.equal(refused.code, 13);
    assert.match(refused.stderr, /Cannot start the upgrade here/);
  }
});

Deno.test("upgrade start shows Setup at logon, and its exit code says how it went", async () => {
  const prepared = new StarterLab(labOrder({ start: "logon" }), { outcome: "succeed" });
  const run = await runCli(prepared, "upgrade", "start", "--order", prepared.hash);
  assert.equal(run.code, 6);
  assert.match(run.stdout, /The upgrade is prepared/);
  assert.match(run.stderr, /leave this window open/);
  prepared.upgraded();
  const done = await runCli(prepared, "upgrade", "start", "--order", prepared.hash, "--json");
  assert.equal(done.code, 0);
  assert.deepEqual(jsonLines(done), [{ ended: "done", said: "Windows was upgraded" }]);
  const changed = await runCli(prepared, "upgrade", "start", "--order", "0".repeat(64));
  assert.equal(changed.code, 0, "Windows would run it again at every logon");
  assert.match(changed.stdout, /The order was changed/);
});

Deno.test("what is left for later at logon says how to start it: Windows may have forgotten it", async () => {
  const lab = new StarterLab(
    labOrder({ start: "logon", limits: { starts: 2, settleMinutes: 0, hours: 1 } }),
  );
  lab.servicesAre("stopped");
  const run = await runCli(lab, "upgrade", "start", "--order", lab.hash);
  assert.equal(run.code, 6);
  assert.match(run.stderr, new RegExp(`Next: .*: ".*" upgrade start --order ${lab.hash}`));
  const json = await runCli(lab, "upgrade", "start", "--order", lab.hash, "--json");
  assert.match(JSON.stringify(jsonLines(json)), /upgrade start --order/);
});

Deno.test("upgrade service and start need an order, and no help names them", async () => {
  const lab = new StarterLab();
  for (const command of ["service", "start"]) {
    assert.equal((await runCli(lab, "upgrade", command)).code, 2);
  }
  const help = await runCli(lab, "upgrade", "--help");
  assert.match(help.stdout, /check/);
  assert.doesNotMatch(help.stdout, /^ +(?:service|start) /m);
});
