import assert from "node:assert/strict";
import { ToolError } from "../../src/base/mod.ts";
import { NotAServiceError, type ServiceWork } from "../../src/host/mod.ts";
import { SimulatedCrash } from "./crash.ts";
import { createMemoryHost } from "./memory_host.ts";
import { LabServiceManager } from "./service_manager.ts";

const SETUP = "HKLM\\SYSTEM\\Setup" as const;

function machine(manager = new LabServiceManager({ services: { PEMedic: "stopped" } })) {
  const host = createMemoryHost({ serviceManager: manager, platform: { winpe: false } });
  const run = (work: ServiceWork) => host.runAsService!("PEMedic", work);
  return { manager, host, run, states: () => manager.transitions.map(({ state }) => state) };
}

/** Work that ends when it is told to stop. */
const untilStopped: ServiceWork = ({ signal }) =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(0)));

Deno.test("a machine in WinPE has no services of its own", () => {
  const host = createMemoryHost();
  assert.deepEqual([host.runAsService, host.runningWindows], [undefined, undefined]);
});

Deno.test("a program that nobody started as a service is refused", async () => {
  const { manager, run, states } = machine();
  await assert.rejects(run(() => Promise.resolve(0)), NotAServiceError);
  manager.start("pemedic");
  assert.equal(await run(() => Promise.resolve(0)), 0);
  await assert.rejects(run(() => Promise.resolve(0)), NotAServiceError, "one start, one run");
  assert.deepEqual(states(), ["start-pending", "running", "stopped"]);
});

Deno.test("stop and shutdown reach the work", async () => {
  const { manager, run, states } = machine();
  for (const end of ["stop", "shutdown"] as const) {
    manager.start("PEMedic");
    let request: string | undefined;
    const ended = run(async (control) => {
      const code = await untilStopped(control);
      request = control.stopRequest;
      return code;
    });
    assert.equal(await manager.serviceState("PEMedic"), "running");
    manager[end]();
    assert.equal(await manager.serviceState("PEMedic"), "stop-pending");
    manager.keepPending();
    assert.equal(await ended, 0);
    assert.equal(request, end === "stop" ? "stop" : "preshutdown");
    assert.equal(await manager.serviceState("PEMedic"), "stopped");
    assert.throws(() => manager.stop(), /No service is working/);
  }
  const one = ["start-pending", "running", "stop-pending", "stop-pending", "stopped"];
  assert.deepEqual(states(), [...one, ...one]);
});

Deno.test("a service that deletes itself goes when it has stopped", async () => {
  const { manager, host, run } = machine();
  manager.start("PEMedic");
  await run(async () => {
    const windows = await host.runningWindows!();
    assert.equal(await windows.deleteService("PEMedic"), "deleted");
    assert.equal(await windows.deleteService("PEMedic"), "deleted");
    assert.deepEqual([manager.isMarked("PEMedic"), await windows.serviceState("PEMedic")], [
      true,
      "running",
    ]);
    return 0;
  });
  assert.equal(await manager.serviceState("PEMedic"), "absent");
  assert.equal(await manager.deleteService("PEMedic"), "absent");
  assert.equal(manager.isMarked("PEMedic"), false);
  assert.throws(() => manager.start("PEMedic"), /There is no service/);
});

Deno.test("a stopped service is deleted at once, unless Windows refuses", async () => {
  const { manager } = machine();
  manager.deletes = false;
  await assert.rejects(manager.deleteService("PEMedic"), ToolError);
  assert.equal(await manager.serviceState("PEMedic"), "stopped");
  manager.deletes = true;
  assert.equal(await manager.deleteService("PEMedic"), "deleted");
  assert.equal(await manager.serviceState("PEMedic"), "absent");
});

Deno.test("a power cut leaves no report, and the next start finds the service stopped", async () => {
  const { manager, host, run, states } = machine();
  host.killAt("before the start");
  manager.start("PEMedic");
  const cut = run(async () => {
    await manager.deleteService("PEMedic");
    await host.checkpoint("before the start");
    return 0;
  });
  await assert.rejects(cut, SimulatedCrash);
  assert.deepEqual(states(), ["start-pending", "running"]);
  assert.throws(() => manager.start("PEMedic"), /marked for deletion/);
  manager.install("Other", "running");
  host.reboot();
  assert.equal(await manager.serviceState("PEMedic"), "absent", "it was marked");
  assert.equal(await manager.serviceState("Other"), "stopped");
});

Deno.test("a service whose reports are not taken does not work", async () => {
  const { manager, run } = machine();
  manager.takesReports = false;
  manager.start("PEMedic");
  await assert.rejects(run(() => Promise.resolve(0)), ToolError);
  assert.deepEqual(manager.transitions, []);
});

Deno.test("a service that works is not started a second time", async () => {
  const { manager, run } = machine();
  manager.start("PEMedic");
  const ended = run(untilStopped);
  assert.throws(() => manager.start("PEMedic"), /is running/);
  manager.stop();
  await ended;
});

Deno.test("the facts of the running Windows are what the test says, also later", async () => {
  const { manager, host } = machine(
    new LabServiceManager({ bootMode: "safe-mode", uptimeMs: "unknown" }),
  );
  const windows = await host.runningWindows!();
  assert.deepEqual([await windows.bootMode(), await windows.uptimeMs()], ["safe-mode", "unknown"]);
  assert.equal((await windows.powerStatus()).source, "mains");
  manager.now.bootMode = "normal";
  manager.now.power = { source: "battery", battery: "present", batteryPercent: 12 };
  assert.equal(await windows.bootMode(), "normal");
  assert.equal((await windows.powerStatus()).source, "battery");
  manager.install("Locked", "unknown");
  assert.equal(await windows.serviceState("Locked"), "unknown");
});

Deno.test("the live registry has the keys and values that were put there", async () => {
  const { manager, host } = machine();
  const windows = await host.runningWindows!();
  assert.equal(await windows.keyExists(SETUP), false);
  const value = { type: 4, data: Uint8Array.of(1, 0, 0, 0) };
  manager.setValue(`${SETUP}\\Status`, "SetupPhase", value);
  assert.equal(await windows.readValue("HKLM\\system\\SETUP\\status", "setupphase"), value);
  assert.equal(await windows.readValue(`${SETUP}\\Status`, "Other"), "absent");
  assert.equal(await windows.readValue(SETUP, "SetupPhase"), "absent");
  assert.equal(await windows.keyExists(SETUP), true, "a key above");
  assert.equal(await windows.keyExists("HKLM\\SYSTEM\\Set"), false);
});

Deno.test("the live registry may be somebody else's", async () => {
  const registry = {
    readValue: () => Promise.resolve("unknown" as const),
    keyExists: () => Promise.resolve("unknown" as const),
  };
  const { host } = machine(new LabServiceManager({ registry }));
  const windows = await host.runningWindows!();
  assert.equal(await windows.readValue(SETUP, "CmdLine"), "unknown");
  assert.equal(await windows.keyExists(SETUP), "unknown");
});
