import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { countHive, openHive, RegistryType } from "../../../src/formats/regf/mod.ts";
import { hiveFromReg } from "../../lab/hive_from_reg.ts";

const TEXT = `Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]
"Current"=dword:00000001

[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\wuauserv]
"Start"=dword:00000003
"DependOnService"=hex(7):72,00,70,00,63,00,73,00,73,00,00,00,00,00

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]
"CurrentBuild"="26100"
@="default"
`;

Deno.test("hiveFromReg() takes the keys below its root path", () => {
  const system = openHive(hiveFromReg(TEXT, "HKEY_LOCAL_MACHINE\\SYSTEM"));
  assert.equal(system.key("Select")?.value("Current")?.number(), 1);
  const service = system.key("controlset001\\services\\WUAUSERV");
  assert.deepEqual(service?.value("DependOnService")?.strings(), ["rpcss"]);
  assert.equal(system.key("Microsoft"), undefined);
  assert.deepEqual(countHive(system), { keys: 5, values: 3, valueBytes: 22, problems: [] });
});

Deno.test("hiveFromReg() makes another hive of the same text", () => {
  const software = openHive(hiveFromReg(TEXT, "hkey_local_machine\\software"));
  const version = software.key("Microsoft\\Windows NT\\CurrentVersion");
  assert.equal(version?.value("CurrentBuild")?.string(), "26100");
  assert.equal(version?.value("")?.string(), "default");
});

Deno.test("hiveFromReg() refuses a root path that the text does not speak of", () => {
  assert.throws(() => hiveFromReg(TEXT, "HKEY_LOCAL_MACHINE\\SAM"), (error) => {
    return error instanceof FormatError && /no key of the text is in it/.test(error.message);
  });
  assert.throws(() => hiveFromReg(TEXT, "HKEY_LOCAL_MACHINE\\SYS"), FormatError);
});

Deno.test("hiveFromReg() makes an empty hive of a header alone", () => {
  const hive = openHive(hiveFromReg("Windows Registry Editor Version 5.00\n", "HKLM\\X"));
  assert.equal(countHive(hive).keys, 1);
});

Deno.test("hiveFromReg() passes its options on", () => {
  const hive = openHive(
    hiveFromReg(TEXT, "HKEY_LOCAL_MACHINE\\SYSTEM", {
      minor: 3,
      dirty: true,
      name: "SYSTEM",
      rootName: "CMI-CreateHive{X}",
      classNames: { "ControlSet001\\Control\\Lsa\\JD": "0123abcd" },
    }),
  );
  assert.equal(hive.header.minorVersion, 3);
  assert.equal(hive.dirty, true);
  assert.equal(hive.header.storedName, "SYSTEM");
  assert.equal(hive.root.name, "CMI-CreateHive{X}");
  assert.equal(hive.key("ControlSet001\\Control\\Lsa\\JD")?.className, "0123abcd");
});

Deno.test("hiveFromReg() lets later entries overwrite and delete, in any case", () => {
  const text = `Windows Registry Editor Version 5.00
[R\\A]
"one"="1"
"two"="2"
[R\\a]
"ONE"="3"
"two"=-
[R\\B\\C]
[-R\\b\\c]
[-R\\nothing\\here]
[R\\Gone]
[-R\\Gone]
`;
  const hive = openHive(hiveFromReg(text, "R"));
  const names = hive.key("A")?.values().map((value) => [value.name, value.string()]);
  assert.deepEqual(names, [["ONE", "3"]]);
  assert.equal(hive.key("B")?.subkeyCount, 0);
  assert.deepEqual(hive.root.subkeys().map(({ name }) => name), ["A", "B"]);
});

Deno.test("hiveFromReg() starts over after its root is deleted", () => {
  const text = 'Windows Registry Editor Version 5.00\n[R]\n"a"="b"\n[R\\K]\n[-R]\n[R\\New]\n';
  const hive = openHive(hiveFromReg(text, "R"));
  assert.deepEqual(hive.root.values(), []);
  assert.deepEqual(hive.root.subkeys().map(({ name }) => name), ["New"]);
});

Deno.test("hiveFromReg() makes a symbolic link of a key with a REG_LINK value", () => {
  const text = `Windows Registry Editor Version 5.00
[R\\Link]
"SymbolicLinkValue"=hex(6):5c,00,41,00
[R\\Plain]
"SymbolicLinkValue"="text"
`;
  const hive = openHive(hiveFromReg(text, "R"));
  assert.equal(hive.key("Link")?.symbolicLink, true);
  assert.equal(hive.key("Link")?.value("SymbolicLinkValue")?.type, RegistryType.REG_LINK);
  assert.equal(hive.key("Link")?.value("SymbolicLinkValue")?.string(), "\\A");
  assert.equal(hive.key("Plain")?.symbolicLink, false);
});
