/** Facts about the running Windows: what its answers mean, and the answers of a real one. */
import assert from "node:assert/strict";
import { decodeUtf16 } from "../../src/base/mod.ts";
import type { LiveKey, LiveValue } from "../../src/host/mod.ts";
import { bootModeFrom, decodePowerStatus } from "../../src/host/running_windows_layout.ts";
import { onWindows } from "./system_files.ts";

const REG_DWORD = 4;

function dword(value: number, type = REG_DWORD): LiveValue {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return { type, data: new Uint8Array(view.buffer) };
}

Deno.test("bootModeFrom() calls a start normal only if both witnesses do", () => {
  assert.equal(bootModeFrom(0, "absent"), "normal");
  assert.equal(bootModeFrom(0, dword(0)), "normal");
  assert.equal(bootModeFrom(0, "unknown"), "unknown");
  assert.equal(bootModeFrom(undefined, "absent"), "unknown");
  assert.equal(bootModeFrom(undefined, dword(0)), "unknown");
  assert.equal(bootModeFrom(3, "absent"), "unknown");
});

Deno.test("bootModeFrom() believes either witness that says Safe Mode", () => {
  assert.equal(bootModeFrom(1, "absent"), "safe-mode");
  assert.equal(bootModeFrom(2, "unknown"), "safe-mode-network");
  assert.equal(bootModeFrom(0, dword(1)), "safe-mode");
  assert.equal(bootModeFrom(0, dword(2)), "safe-mode-network");
  assert.equal(bootModeFrom(0, dword(3)), "safe-mode");
  assert.equal(bootModeFrom(undefined, dword(1)), "safe-mode");
});

Deno.test("bootModeFrom() does not guess at a value of another type or size", () => {
  assert.equal(bootModeFrom(0, dword(0, 3)), "unknown");
  assert.equal(bootModeFrom(0, { type: REG_DWORD, data: new Uint8Array(2) }), "unknown");
});

Deno.test("decodePowerStatus() reads source, battery and its charge", () => {
  const decode = (line: number, flags: number, percent: number) =>
    decodePowerStatus(Uint8Array.of(line, flags, percent, 0, 255, 255, 255, 255, 0, 0, 0, 0));
  assert.deepEqual(decode(1, 0x80, 255), {
    source: "mains",
    battery: "none",
    batteryPercent: "unknown",
  });
  assert.deepEqual(decode(0, 1, 87), {
    source: "battery",
    battery: "present",
    batteryPercent: 87,
  });
  assert.deepEqual(decode(1, 8, 100), {
    source: "mains",
    battery: "present",
    batteryPercent: 100,
  });
  const unknown = { source: "unknown", battery: "unknown", batteryPercent: "unknown" };
  assert.deepEqual(decode(255, 255, 255), unknown);
  assert.deepEqual(decode(2, 255, 101), unknown);
  assert.deepEqual(decodePowerStatus(new Uint8Array()), unknown);
});

const VERSION: LiveKey = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

if (onWindows) {
  Deno.test("runningWindows answers for the Windows of this test (needs Windows)", async () => {
    const { runningWindows } = await import("../../src/host/running_windows_win32.ts");
    assert.equal(await runningWindows.bootMode(), "normal");
    const { source, battery, batteryPercent } = await runningWindows.powerStatus();
    assert.ok(["mains", "battery", "unknown"].includes(source));
    assert.ok(["present", "none", "unknown"].includes(battery));
    assert.ok(batteryPercent === "unknown" || batteryPercent <= 100);
    const [first, second] = [await runningWindows.uptimeMs(), await runningWindows.uptimeMs()];
    assert.ok(typeof first === "number" && typeof second === "number");
    assert.ok(first > 0 && second >= first);
  });

  Deno.test("runningWindows reads the live registry (needs Windows)", async () => {
    const { runningWindows } = await import("../../src/host/running_windows_win32.ts");
    const root = await runningWindows.readValue(VERSION, "systemroot");
    assert.ok(typeof root !== "string");
    assert.equal(root.type, 1);
    assert.match(decodeUtf16(root.data), /^C:\\windows\0$/i);
    assert.equal(await runningWindows.readValue(VERSION, "no such value"), "absent");
    assert.equal(await runningWindows.readValue(`${VERSION}\\no such key`, "x"), "absent");
    assert.equal(await runningWindows.keyExists(VERSION), true);
    assert.equal(await runningWindows.keyExists(`${VERSION}\\no such key`), false);
    // What is longer than the first try has room for: PATH and other variables of the system.
    const environment: LiveKey = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager";
    const path = await runningWindows.readValue(`${environment}\\Environment`, "Path");
    assert.ok(typeof path !== "string" && path.data.length > 64);
    assert.match(decodeUtf16(path.data), /[^\0]\0$/);
    assert.match(decodeUtf16(path.data), /%SystemRoot%|C:\\/i);
  });

  Deno.test("runningWindows knows services that run and that are not there (needs Windows)", async () => {
    const { runningWindows } = await import("../../src/host/running_windows_win32.ts");
    assert.equal(await runningWindows.serviceState("RpcSs"), "running");
    assert.equal(await runningWindows.serviceState("NoSuchService"), "absent");
    assert.equal(await runningWindows.deleteService("NoSuchService"), "absent");
    // A name that cannot be one is an answer as well.
    assert.notEqual(await runningWindows.serviceState("a\\b"), "running");
  });
}
