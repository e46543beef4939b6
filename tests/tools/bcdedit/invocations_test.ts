import assert from "node:assert/strict";
import { RefusalError, type ToolInvocation, UsageError } from "../../../src/base/mod.ts";
import {
  deleteElement,
  deleteEntry,
  entryIdentifier,
  exportStore,
  isWellKnownEntry,
  listStore,
  moveInMenu,
  setDefault,
  setElement,
  setTimeoutSeconds,
} from "../../../src/tools/bcdedit/mod.ts";

const STORE = "S:\\EFI\\Microsoft\\Boot\\BCD";
const ID = "{3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f}";
const BOOTMGR_ID = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";

Deno.test("every call names its store first", () => {
  const calls: readonly ToolInvocation[] = [
    exportStore({ store: STORE, to: "E:\\bcd" }),
    listStore({ store: STORE }),
    setElement({ store: STORE, id: ID, element: "safeboot", value: "Minimal" }),
    deleteElement({ store: STORE, id: ID, element: "safeboot" }),
    setDefault({ store: STORE, id: ID }),
    setTimeoutSeconds({ store: STORE, seconds: 5 }),
    moveInMenu({ store: STORE, id: ID, place: "last" }),
    deleteEntry({ store: STORE, id: ID }),
  ];
  for (const { tool, arguments: args } of calls) {
    assert.deepEqual([tool, ...args.slice(0, 2)], ["bcdedit", "/store", STORE]);
  }
  assert.deepEqual(calls.map(({ arguments: args }) => args.slice(2)), [
    ["/export", "E:\\bcd"],
    ["/enum", "all", "/v"],
    ["/set", ID, "safeboot", "Minimal"],
    ["/deletevalue", ID, "safeboot"],
    ["/default", ID],
    ["/timeout", "5"],
    ["/displayorder", ID, "/addlast"],
    ["/delete", ID, "/cleanup"],
  ]);
  assert.deepEqual(calls.map(({ risk }) => risk), [
    "reads",
    "reads",
    ...Array(6).fill("irreversible"),
  ]);
  for (const { risk, instead } of calls) assert.equal(instead !== undefined, risk !== "reads");
});

Deno.test("moveInMenu() writes each place", () => {
  const last = (place: "first" | "last" | "remove") =>
    moveInMenu({ store: STORE, id: ID, place }).arguments.at(-1);
  assert.deepEqual([last("first"), last("last"), last("remove")], [
    "/addfirst",
    "/addlast",
    "/remove",
  ]);
});

Deno.test("a store is a full local path of a file, and never of the running system", () => {
  const list = (store: string) => listStore({ store });
  for (
    const bad of [
      "",
      "BCD",
      "\\Boot\\BCD",
      "S:BCD",
      "S:\\",
      "S:\\Boot\\",
      "\\\\server\\share\\BCD",
      "\\\\?\\S:\\BCD",
      'S:\\a" /delete "b',
      "S:\\a\r\nb",
      "S:\\a:stream",
      "S:\\a?",
      "/enum",
      "S:\\x ",
      "S:\\x.",
    ]
  ) assert.throws(() => list(bad), UsageError, bad);
  assert.throws(() => list("X:\\Boot\\BCD"), RefusalError);
  assert.throws(() => list("x:\\Boot\\BCD"), RefusalError);
  assert.deepEqual(list("D:\\my files\\BCD copy").arguments[1], "D:\\my files\\BCD copy");
});

Deno.test("exportStore() does not copy a store over itself", () => {
  const copy = (to: string) => exportStore({ store: STORE, to });
  assert.throws(() => copy(STORE.toLowerCase()), UsageError);
  assert.throws(() => copy("copy"), UsageError);
  assert.equal(copy("E:\\bcd").arguments.at(-1), "E:\\bcd");
});

Deno.test("entryIdentifier() takes GUIDs and names of this store only", () => {
  assert.equal(entryIdentifier(ID.slice(1, -1).toUpperCase()), ID);
  assert.equal(entryIdentifier("{BootMgr}"), "{bootmgr}");
  assert.equal(entryIdentifier("default"), "{default}");
  const bad = ["", "{}", "{", "/f", `${ID} /f`, "{bootmgr", "bootmgr}", "{nonsense}", "{1}", "a b"];
  for (const text of bad) assert.throws(() => entryIdentifier(text), UsageError, text);
  for (const text of ["{current}", "current", "{fwbootmgr}"]) {
    assert.throws(() => entryIdentifier(text), RefusalError, text);
  }
  assert.throws(() => entryIdentifier("{a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba}"), RefusalError);
});

Deno.test("deleteEntry() refuses what Windows needs, by name and by id", () => {
  for (const id of ["{bootmgr}", BOOTMGR_ID, "{default}", "{memdiag}", "globalsettings"]) {
    assert.throws(() => deleteEntry({ store: STORE, id }), RefusalError, id);
  }
  assert.equal(isWellKnownEntry(BOOTMGR_ID), true);
  assert.equal(isWellKnownEntry(ID), false);
});

Deno.test("setDefault() and moveInMenu() refuse settings, which start nothing", () => {
  for (const id of ["{bootmgr}", "{globalsettings}", "{ramdiskoptions}"]) {
    assert.throws(() => setDefault({ store: STORE, id }), RefusalError, id);
    assert.throws(() => moveInMenu({ store: STORE, id, place: "last" }), RefusalError, id);
  }
  assert.equal(setDefault({ store: STORE, id: "memdiag" }).arguments.at(-1), "{memdiag}");
});

Deno.test("setElement() knows each element and what may stand behind it", () => {
  const set = (element: string, value: string) =>
    setElement({ store: STORE, id: ID, element, value }).arguments.slice(4);
  assert.deepEqual(set("RecoveryEnabled", "no"), ["recoveryenabled", "No"]);
  assert.deepEqual(set("bootstatuspolicy", "ignoreallfailures"), [
    "bootstatuspolicy",
    "IgnoreAllFailures",
  ]);
  assert.deepEqual(set("device", "partition=D:"), ["device", "partition=D:"]);
  assert.deepEqual(
    set("path", "\\Windows\\system32\\winload.efi").at(-1),
    "\\Windows\\system32\\winload.efi",
  );
  assert.deepEqual(set("description", "Windows 11 (repaired)").at(-1), "Windows 11 (repaired)");
  assert.deepEqual(set("locale", "de-DE").at(-1), "de-DE");
  for (
    const [element, value] of [
      ["recoveryenabled", "maybe"],
      ["recoveryenabled", ""],
      ["safeboot", "/f"],
      ["path", "winload.efi"],
      ["path", '\\a" /f'],
      ["description", "/delete"],
      ["description", "-f"],
      ["description", "a\nb"],
      ["description", ""],
      ["device", "partition=DD:"],
      ["device", "partition=\\Device\\HarddiskVolume1"],
      ["locale", "de_DE"],
      ["testsigning", "on"],
      ["nointegritychecks", "on"],
      ["toString", "x"],
      ["__proto__", "x"],
    ] as const
  ) assert.throws(() => set(element, value), UsageError, `${element} ${value}`);
});

Deno.test("deleteElement() deletes what may be set, and what Setup leaves", () => {
  const element = (name: string) =>
    deleteElement({ store: STORE, id: "default", element: name }).arguments.at(-1);
  assert.equal(element("IMCDEVICE"), "imcdevice");
  assert.equal(element("safeboot"), "safeboot");
  for (const name of ["default", "inherit", "/f", "", "constructor"]) {
    assert.throws(() => element(name), UsageError, name);
  }
});

Deno.test("setTimeoutSeconds() wants whole seconds up to a day", () => {
  const wait = (seconds: number) => setTimeoutSeconds({ store: STORE, seconds }).arguments.at(-1);
  assert.deepEqual([wait(0), wait(86_400)], ["0", "86400"]);
  for (const bad of [-1, 1.5, 86_401, NaN, Infinity]) {
    assert.throws(() => wait(bad), UsageError, String(bad));
  }
});
