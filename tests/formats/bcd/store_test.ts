import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import {
  type BcdValue,
  describeElement,
  describeObjectType,
  elementName,
  ElementType,
  objectId,
  objectName,
  objectType,
  openBcd,
  WellKnownObject,
} from "../../../src/formats/bcd/mod.ts";
import { buildHive, openHive } from "../../../src/formats/regf/mod.ts";
import { bcdOf, type SampleElements } from "./bcd_samples.ts";

const LOADER = "3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f";
const OTHER = "3f6d2a11-1f3a-11ef-9c41-d8bbc1a2e37f";

function loaderWith(elements: SampleElements) {
  return bcdOf({ [LOADER]: { type: 0x10200003, elements } }).object(LOADER)!;
}

function valueOf(name: string, data: string | readonly string[] | Uint8Array): BcdValue {
  return loaderWith({ [name]: data }).elements[0]!.value;
}

Deno.test("openBcd() finds the default entry, or the first of the menu without one", () => {
  const manager = (elements: SampleElements) =>
    bcdOf({
      [WellKnownObject.bootManager]: { type: 0x10100002, elements },
      [LOADER]: { type: 0x10200003, elements: {} },
    });
  const chosen = manager({ "23000003": `{${LOADER.toUpperCase()}}`, "24000001": [`{${OTHER}}`] });
  assert.equal(chosen.defaultId, LOADER);
  assert.equal(chosen.nameOf(LOADER), "{default}");
  assert.equal(chosen.nameOf(OTHER), `{${OTHER}}`);
  assert.equal(chosen.nameOf(WellKnownObject.bootManager), "{bootmgr}");
  assert.equal(manager({ "24000001": [`{${OTHER}}`, `{${LOADER}}`] }).defaultId, OTHER);
  assert.equal(manager({}).defaultId, undefined);
  assert.equal(bcdOf({}).bootManager, undefined);
});

Deno.test("integers have any length from one to eight bytes", () => {
  for (let length = 1; length <= 8; length++) {
    const data = new Uint8Array(length).fill(0);
    data[length - 1] = 2;
    const number = 2n << BigInt(8 * (length - 1));
    assert.deepEqual(valueOf("25000004", data), { format: "integer", number });
  }
  for (const length of [0, 9]) {
    assert.equal(valueOf("25000004", new Uint8Array(length)).format, "raw");
  }
});

Deno.test("each format is decoded, and data that do not fit stay raw with the reason", () => {
  assert.deepEqual(valueOf("12000002", "\\a"), { format: "string", text: "\\a" });
  assert.deepEqual(valueOf("23000003", `{${OTHER}}`), { format: "object", id: OTHER });
  assert.deepEqual(valueOf("14000006", [`{${OTHER}}`]), { format: "object-list", ids: [OTHER] });
  assert.deepEqual(valueOf("26000022", Uint8Array.of(1)), { format: "boolean", on: true });
  assert.deepEqual(valueOf("26000022", Uint8Array.of(0)), { format: "boolean", on: false });
  const list = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0);
  assert.deepEqual(valueOf("17000077", list), { format: "integer-list", numbers: [1n, 2n] });
  for (
    const [name, data] of [
      ["12000002", Uint8Array.of(1)],
      ["23000003", "no id"],
      ["14000006", ["no id"]],
      ["14000006", "{no list}"],
      ["26000022", new Uint8Array()],
      ["17000077", Uint8Array.of(1, 2, 3)],
      ["11000001", "a text"],
      ["1f000001", Uint8Array.of(1)],
    ] as const
  ) {
    const value = valueOf(name, data);
    assert.ok(value.format === "raw" && /fit|not known/.test(value.reason), name);
  }
});

Deno.test("an element is shown as bcdedit would", () => {
  const loader = loaderWith({
    "12000004": "Windows 11",
    "16000009": Uint8Array.of(1),
    "14000008": [`{${OTHER}}`],
    "250000c2": Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0),
    "26000099": Uint8Array.of(0),
  });
  assert.deepEqual(loader.elements.map((element) => [element.name, describeElement(element)]), [
    ["description", "Windows 11"],
    ["recoverysequence", `{${OTHER}}`],
    ["recoveryenabled", "Yes"],
    ["bootmenupolicy", "1"],
    ["custom:26000099", "No"],
  ]);
  assert.equal(loader.text(ElementType.description), "Windows 11");
  assert.equal(loader.text(ElementType.winpe), undefined);
  assert.equal(loader.flag(ElementType.winpe), undefined);
});

Deno.test("one number has another name in another kind of object", () => {
  assert.equal(elementName(0x21000001, "boot loader"), "osdevice");
  assert.equal(elementName(0x21000001, "resume application"), "filedevice");
  assert.equal(elementName(0x23000003, "boot manager"), "default");
  assert.equal(elementName(0x23000003, "boot loader"), "resumeobject");
  assert.equal(elementName(0x22000137, "boot loader"), "imchivename");
  assert.equal(elementName(0x31000003, undefined), "ramdisksdidevice");
  assert.equal(elementName(0x22000137, undefined), "custom:22000137");
});

Deno.test("objectType() takes types apart", () => {
  const title = (code: number) => describeObjectType(objectType(code));
  assert.equal(title(0x10100002), "Windows Boot Manager");
  assert.equal(title(0x10200003), "Windows Boot Loader");
  assert.equal(title(0x20200003), "Settings of Windows Boot Loader");
  assert.equal(title(0x20100000), "Settings");
  assert.equal(title(0x30000000), "Device options");
  assert.equal(title(0x101fffff), "Firmware Application");
  assert.equal(title(0x70000001), "Unknown object type 0x70000001");
  assert.equal(objectType(0x10300006).image, "legacy loader");
});

Deno.test("ids are read with and without braces, and names known", () => {
  assert.equal(objectId("{9DEA862C-5CDD-4E70-ACC1-F32B344D4795}"), WellKnownObject.bootManager);
  assert.equal(objectId(WellKnownObject.bootManager), WellKnownObject.bootManager);
  assert.equal(objectId("{bootmgr}"), undefined);
  assert.equal(objectName(WellKnownObject.firmwareBootManager), "fwbootmgr");
  assert.equal(objectName(LOADER), undefined);
});

Deno.test("openBcd() refuses a hive without objects and reports what it leaves out", () => {
  const empty = buildHive({ name: "", values: [], subkeys: [] }, { name: "BCD" });
  assert.throws(() => openBcd(openHive(empty, { name: "BCD" })), FormatError);
  const key = (name: string) => ({ name, values: [], subkeys: [] });
  const root = {
    name: "",
    values: [],
    subkeys: [{ name: "Objects", values: [], subkeys: [key("no id"), key(`{${LOADER}}`)] }],
  };
  const store = openBcd(openHive(buildHive(root, { name: "BCD" }), { name: "BCD" }));
  assert.deepEqual(store.objects, []);
  assert.deepEqual(store.problems.map(({ message }) => /GUID|type/.exec(message)?.[0]), [
    "GUID",
    "type",
  ]);
  const wrong = loaderWith({ "xyz": "text" });
  assert.deepEqual(wrong.elements, []);
});
