import assert from "node:assert/strict";
import { decodeDevice, describeDevice } from "../../../src/formats/bcd/mod.ts";
import {
  bootDevice,
  descriptor,
  deviceElement,
  fileDevice,
  locateDevice,
  partitionDevice,
  ramdiskDevice,
  vhdDevice,
  WINDOWS_PARTITION,
} from "../../lab/boot_device.ts";

const OPTIONS = "ae5534e0-a924-466c-b836-758539a3ee3a";
const MBR = { style: "mbr", signature: 0x4e1d2c3b, offset: 0x100000n } as const;

function decoded(device: Uint8Array, options?: string) {
  return decodeDevice(deviceElement(device, options));
}

Deno.test("decodeDevice() reads partitions of GPT and MBR disks", () => {
  const gpt = decoded(partitionDevice(WINDOWS_PARTITION));
  assert.deepEqual(gpt.device, { kind: "partition", partition: WINDOWS_PARTITION });
  assert.equal(gpt.options, undefined);
  assert.equal(describeDevice(gpt), "partition={5f1b2c36-9a4e-4d0b-8c37-21d40e9f6a01}");
  const mbr = decoded(partitionDevice(MBR));
  assert.deepEqual(mbr.device, { kind: "partition", partition: MBR });
  assert.equal(describeDevice(mbr), "partition=signature 4e1d2c3b offset 0x100000");
});

Deno.test("decodeDevice() reads the boot device and additional options", () => {
  assert.deepEqual(decoded(bootDevice()).device, { kind: "boot" });
  const ramdisk = decoded(ramdiskDevice(bootDevice(), "\\sources\\boot.wim"), OPTIONS);
  assert.equal(ramdisk.options, OPTIONS);
  assert.equal(describeDevice(ramdisk), `ramdisk=[boot]\\sources\\boot.wim,{${OPTIONS}}`);
});

Deno.test("decodeDevice() reads files, virtual disks and partitions in them", () => {
  const file = fileDevice(partitionDevice(MBR), "\\vm\\disk.vhdx");
  assert.deepEqual(decoded(file).device, {
    kind: "file",
    file: { device: { kind: "partition", partition: MBR }, path: "\\vm\\disk.vhdx" },
  });
  const whole = decoded(vhdDevice(file)).device;
  const part = decoded(vhdDevice(file, WINDOWS_PARTITION)).device;
  assert.ok(whole.kind === "vhd" && part.kind === "vhd");
  assert.equal(whole.partition, undefined);
  assert.deepEqual(part.partition, WINDOWS_PARTITION);
  assert.deepEqual(part.parent, decoded(file).device);
});

Deno.test("decodeDevice() reads locate devices by element and by path, with and without parent", () => {
  const path = 0x12000002;
  const file = fileDevice(partitionDevice(MBR), "\\disk.vhd");
  const found = decoded(locateDevice({ element: path }, vhdDevice(file)));
  assert.ok(found.device.kind === "locate");
  assert.equal(found.device.element, path);
  assert.equal(found.device.path, undefined);
  assert.equal(
    describeDevice(found),
    "locate=[vhd=file=[partition=signature 4e1d2c3b offset 0x100000]\\disk.vhd]",
  );
  const named = decoded(locateDevice({ path: "\\IMC.hiv" }));
  assert.deepEqual(named.device, {
    kind: "locate",
    path: "\\IMC.hiv",
    element: undefined,
    parent: undefined,
  });
  assert.equal(describeDevice(named), "locate=\\IMC.hiv");
});

Deno.test("decodeDevice() keeps what it does not know, with its bytes and the reason", () => {
  const network = deviceElement(descriptor(4, new Uint8Array(40)));
  const known = decodeDevice(network);
  assert.deepEqual(known.device, {
    kind: "other",
    name: "network",
    reason: "device type 4 is not decoded",
  });
  assert.deepEqual(known.data, network);
  const strange = decoded(descriptor(77, new Uint8Array(4))).device;
  assert.ok(strange.kind === "other" && strange.name === "unknown");
  const optical = decoded(descriptor(0, Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 0))).device;
  assert.ok(optical.kind === "other" && optical.name === "optical disc");
});

Deno.test("decodeDevice() says so where a device is cut off, lies about its size, or is too deep", () => {
  const good = deviceElement(ramdiskDevice(partitionDevice(MBR), "\\boot.wim"));
  for (let length = 0; length < good.length - 2; length++) {
    const { device } = decodeDevice(good.slice(0, length));
    assert.equal(device.kind, "other", `${length} bytes`);
  }
  const large = good.slice();
  large.set([0xff, 0xff, 0xff, 0x7f], 24);
  assert.equal(decodeDevice(large).device.kind, "other");
  let nested = bootDevice();
  for (let depth = 0; depth < 20; depth++) nested = fileDevice(nested, "\\x");
  assert.match(describeDevice(decoded(nested)), /more than 6 devices/);
});
