/** The life of a service, and the structures that tell Windows of it. */
import assert from "node:assert/strict";
import { CancelledError, MedicError, ToolError, UsageError } from "../../src/base/mod.ts";
import { NotAServiceError, ServiceStopError, type ServiceWork } from "../../src/host/mod.ts";
import { createRealHost } from "../../src/host/real_host.ts";
import {
  decodeServiceState,
  encodeServiceStatus,
  encodeServiceTable,
  SERVICE_STATUS_PROCESS_SIZE,
} from "../../src/host/service_layout.ts";
import {
  Answer,
  Control,
  PENDING_REPORT_MS,
  ServiceSession,
  type ServiceStatus,
} from "../../src/host/service_session.ts";
import { onWindows } from "./system_files.ts";

/** Control codes that no service of ours accepts: pause, and one of the program's own. */
const [PAUSE, OWN_CODE] = [2, 200];

/** A session whose reports are kept. */
function session(takes: (status: ServiceStatus) => boolean = () => true) {
  const reports: ServiceStatus[] = [];
  const made = new ServiceSession((status) => {
    reports.push(status);
    return takes(status);
  });
  return { session: made, reports, states: () => reports.map(({ state }) => state) };
}

/** Work that goes on until it is released. */
function longWork() {
  const released = Promise.withResolvers<number>();
  const begun = Promise.withResolvers<void>();
  const work: ServiceWork = () => {
    begun.resolve();
    return released.promise;
  };
  return { work, begun: begun.promise, release: released.resolve, fail: released.reject };
}

Deno.test("ServiceSession reports start-pending, running and stopped around the work", async () => {
  const { session: service, reports, states } = session();
  const seen: string[][] = [];
  const code = await service.serve((control) => {
    seen.push(states());
    assert.deepEqual([control.signal.aborted, control.stopRequest], [false, undefined]);
    return Promise.resolve(0);
  });
  assert.equal(code, 0);
  assert.deepEqual(seen, [["start-pending", "running"]]);
  assert.deepEqual(states(), ["start-pending", "running", "stopped"]);
  assert.deepEqual(reports.map(({ stoppable }) => stoppable), [false, true, false]);
  assert.deepEqual(reports.map(({ checkpoint }) => checkpoint), [1, 0, 0]);
  assert.deepEqual(reports.map(({ waitHintMs }) => waitHintMs > 0), [true, false, false]);
  assert.deepEqual([reports[2]?.exitCode, reports[2]?.specificCode], [0, 0]);
  assert.equal(service.ended, true);
});

for (
  const [name, code, request] of [
    ["STOP", Control.stop, "stop"],
    ["SHUTDOWN", Control.shutdown, "shutdown"],
    ["PRESHUTDOWN", Control.preshutdown, "preshutdown"],
  ] as const
) {
  Deno.test(`ServiceSession hands ${name} to the work and waits for it`, async () => {
    const { session: service, states, reports } = session();
    const { work, begun, release } = longWork();
    const served = service.serve(work);
    await begun;
    assert.equal(service.control(code), Answer.done);
    assert.deepEqual(states().slice(-1), ["stop-pending"]);
    const { signal, stopRequest } = service;
    assert.deepEqual([signal.aborted, stopRequest], [true, request]);
    assert.ok(signal.reason instanceof ServiceStopError && signal.reason instanceof CancelledError);
    assert.equal(signal.reason.request, request);
    service.keepPending();
    service.keepPending();
    assert.deepEqual(reports.slice(-3).map(({ checkpoint }) => checkpoint), [1, 2, 3]);
    assert.ok(reports.at(-1)!.waitHintMs > PENDING_REPORT_MS);
    release(0);
    assert.equal(await served, 0);
    assert.equal(states().at(-1), "stopped");
  });
}

Deno.test("ServiceSession hears the first request to stop only", async () => {
  const { session: service, reports } = session();
  const { work, begun, release } = longWork();
  const served = service.serve(work);
  await begun;
  service.control(Control.stop);
  const count = reports.length;
  assert.equal(service.control(Control.shutdown), Answer.done);
  assert.deepEqual([service.stopRequest, reports.length], ["stop", count]);
  release(0);
  await served;
});

Deno.test("ServiceSession repeats its status when it is interrogated, and not after STOPPED", async () => {
  const { session: service, reports } = session();
  assert.equal(service.control(Control.interrogate), Answer.done);
  assert.equal(reports.length, 0);
  const { work, begun, release } = longWork();
  const served = service.serve(work);
  await begun;
  assert.equal(service.control(Control.interrogate), Answer.done);
  assert.deepEqual(reports.at(-1), reports.at(-2));
  assert.equal(reports.at(-1)?.state, "running");
  release(0);
  await served;
  const count = reports.length;
  for (const code of [Control.interrogate, Control.stop]) {
    assert.equal(service.control(code), Answer.done);
  }
  service.keepPending();
  assert.equal(reports.length, count);
  assert.deepEqual([service.stopRequest, service.signal.aborted], [undefined, false]);
});

Deno.test("ServiceSession declines other control codes", async () => {
  const { session: service, states } = session();
  await service.serve(() => {
    for (const code of [PAUSE, OWN_CODE]) assert.equal(service.control(code), 120);
    service.keepPending();
    assert.deepEqual(states(), ["start-pending", "running"]);
    return Promise.resolve(0);
  });
});

Deno.test("ServiceSession makes numbers of the work service-specific exit codes", async () => {
  for (const [code, specific] of [[5, 5], [-1, 0xffff_ffff]] as const) {
    const { session: service, reports } = session();
    assert.equal(await service.serve(() => Promise.resolve(code)), code);
    const { exitCode, specificCode } = reports.at(-1)!;
    assert.deepEqual([exitCode, specificCode], [1066, specific]);
  }
});

Deno.test("ServiceSession stops with the exit code of an error, and passes it on", async () => {
  const table = [
    [new MedicError("hibernated", "Windows is hibernated"), 21],
    [new TypeError("a fault"), 1],
  ] as const;
  for (const [error, specific] of table) {
    const { session: service, reports } = session();
    await assert.rejects(
      service.serve(() => {
        throw error;
      }),
      error,
    );
    const { state, exitCode, specificCode } = reports.at(-1)!;
    assert.deepEqual([state, exitCode, specificCode], ["stopped", 1066, specific]);
    assert.equal(service.ended, true);
  }
});

Deno.test("ServiceSession does not begin the work if Windows takes no status", async () => {
  for (const refused of ["start-pending", "running"]) {
    const { session: service } = session(({ state }) => state !== refused);
    let worked = false;
    const served = service.serve(() => {
      worked = true;
      return Promise.resolve(0);
    });
    await assert.rejects(served, ToolError);
    assert.deepEqual([worked, service.ended], [false, false]);
  }
});

Deno.test("ServiceSession knows that Windows did not take STOPPED", async () => {
  const { session: service } = session(({ state }) => state !== "stopped");
  assert.equal(await service.serve(() => Promise.resolve(3)), 3);
  assert.equal(service.ended, false);
});

Deno.test("encodeServiceStatus() writes the seven DWORDs of SERVICE_STATUS", () => {
  const pending: ServiceStatus = {
    state: "stop-pending",
    stoppable: false,
    exitCode: 0,
    specificCode: 0,
    checkpoint: 0x0102,
    waitHintMs: 20_000,
  };
  const words = (status: ServiceStatus) => {
    const bytes = encodeServiceStatus(status);
    assert.equal(bytes.length, 28);
    const view = new DataView(bytes.buffer);
    return Array.from({ length: 7 }, (_, i) => view.getUint32(i * 4, true));
  };
  assert.deepEqual(words(pending), [0x10, 3, 0, 0, 0, 0x0102, 20_000]);
  assert.deepEqual(
    words({ ...pending, state: "running", stoppable: true, checkpoint: 0, waitHintMs: 0 }),
    [0x10, 4, 0x105, 0, 0, 0, 0],
  );
  assert.deepEqual(
    words({ ...pending, state: "stopped", exitCode: 1066, specificCode: 0xc190_0208 }),
    [0x10, 1, 0, 1066, 0xc190_0208, 0x0102, 20_000],
  );
  assert.equal(words({ ...pending, state: "start-pending" })[1], 2);
});

Deno.test("encodeServiceTable() writes one entry and the empty one that ends the table", () => {
  const bytes = encodeServiceTable({ name: 0x0000_7ff6_1234_5678n, main: 0x0000_0201_8765_4321n });
  assert.equal(bytes.toHex(), "78563412f67f0000" + "2143658701020000" + "00".repeat(16));
});

Deno.test("decodeServiceState() names every state, and does not guess at others", () => {
  const states = Array.from({ length: 9 }, (_, state) => {
    const bytes = new Uint8Array(SERVICE_STATUS_PROCESS_SIZE);
    bytes[4] = state;
    return decodeServiceState(bytes);
  });
  assert.deepEqual(states, [
    "unknown",
    "stopped",
    "start-pending",
    "stop-pending",
    "running",
    "continue-pending",
    "pause-pending",
    "paused",
    "unknown",
  ]);
});

interface Dependency {
  readonly specifier: string;
  readonly isDynamic?: boolean;
  readonly code?: { readonly specifier?: string };
}

Deno.test({
  ignore: onWindows,
  name: "nothing of services and of rights is loaded before it is used (asks deno info)",
  fn: async () => {
    const entry = new URL("../../src/host/real_host.ts", import.meta.url);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", entry.href],
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
      modules: { specifier: string; dependencies?: Dependency[] }[];
    };
    const late = /\/(?:service|running_windows)_win32\.ts$/;
    const found = modules.flatMap(({ dependencies = [] }) => dependencies)
      .filter(({ code }) => late.test(code?.specifier ?? ""));
    assert.deepEqual(found.map(({ isDynamic }) => isDynamic), [true, true]);
    const first =
      /\/(?:advapi32|user32|service_session|service_layout|file_identity|file_renaming|folder_restriction|security_descriptor)\.ts$/;
    const lateItself = /\/(?:service_|running_windows_|file_identity|file_renaming|folder_restr)/;
    const early = modules.filter(({ specifier, dependencies = [] }) =>
      !lateItself.test(specifier) &&
      dependencies.some(({ code, isDynamic }) => !isDynamic && first.test(code?.specifier ?? ""))
    );
    assert.deepEqual(early.map(({ specifier }) => specifier), []);
  },
});

Deno.test("the host offers services and the running Windows on Windows only", async () => {
  const host = await createRealHost();
  assert.equal(host.runAsService !== undefined, onWindows);
  assert.equal(host.runningWindows !== undefined, onWindows);
});

if (onWindows) {
  Deno.test("runAsService() refuses a program that was started by hand (needs Windows)", async () => {
    const host = await createRealHost();
    let worked = false;
    const work: ServiceWork = () => {
      worked = true;
      return Promise.resolve(0);
    };
    const refusal = await host.runAsService!("PEMedicTest", work).catch((error) => error);
    assert.ok(refusal instanceof NotAServiceError && refusal instanceof UsageError);
    assert.deepEqual([refusal.exitCode, refusal.next], [2, "sc.exe start PEMedicTest"]);
    assert.match(refusal.message, /did not start this program as a service/);
    for (const name of ["", "a\\b", "a/b", "n".repeat(257)]) {
      await assert.rejects(host.runAsService!(name, work), /is not the name of a service/);
    }
    assert.equal(worked, false);
  });
}
