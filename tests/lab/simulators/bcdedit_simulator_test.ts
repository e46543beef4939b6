import assert from "node:assert/strict";
import type { ToolInvocation } from "../../../src/base/mod.ts";
import { ElementType, openBcd } from "../../../src/formats/bcd/mod.ts";
import { openHive } from "../../../src/formats/regf/mod.ts";
import {
  deleteElement,
  deleteEntry,
  exportStore,
  listStore,
  moveInMenu,
  parseBcdedit,
  parseBcdeditList,
  setDefault,
  setElement,
  setTimeoutSeconds,
} from "../../../src/tools/bcdedit/mod.ts";
import { hivexmlItems, hivexmlPresent } from "../../formats/hive_oracles.ts";
import { without } from "../../needs.ts";
import { SAFE_OS_ENTRY } from "../damage_setup.ts";
import { type MemoryLab, upgradeWaitsForRestart } from "../mod.ts";
import type { LabLanguage } from "./mod.ts";
import { simulate, SimulatedHang, simulatedLab } from "./simulated.ts";

const STORE = "S:\\EFI\\Microsoft\\Boot\\BCD";
const LOADER = "3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f";
const RESUME = "3f6d2a0f-1f3a-11ef-9c41-d8bbc1a2e37f";
const NOBODY = "00000000-1111-2222-3333-444444444444";
const ENTRY = { store: STORE, id: LOADER } as const;

async function storeIn(lab: MemoryLab, path: string = STORE) {
  return openBcd(openHive(await lab.files.read(path), { name: path }));
}

async function run(lab: MemoryLab, call: ToolInvocation) {
  const answer = parseBcdedit(await simulate(lab, call));
  return answer.kind === "failed" ? answer.error.kind : answer.kind;
}

Deno.test("the simulated bcdedit sets and deletes elements in the real hive", async () => {
  const lab = await simulatedLab();
  const rows = [
    ["safeboot", "Minimal", 0x25000080],
    ["bootstatuspolicy", "IgnoreAllFailures", 0x250000e0],
    ["recoveryenabled", "No", 0x16000009],
    ["description", "Windows, repaired", ElementType.description],
    ["path", "\\Windows\\system32\\winload.exe", ElementType.path],
    ["osdevice", "partition=D:", ElementType.osDevice],
  ] as const;
  for (const [element, value, number] of rows) {
    assert.equal(await run(lab, setElement({ ...ENTRY, element, value })), "done", element);
    const stored = (await storeIn(lab)).object(LOADER)?.element(number);
    assert.equal(stored?.name, element);
    assert.notEqual(stored?.value.format, "raw", element);
  }
  const loader = (await storeIn(lab)).object(LOADER)!;
  assert.equal(loader.text(ElementType.description), "Windows, repaired");
  assert.equal(loader.flag(0x16000009), false);
  assert.deepEqual(loader.element(0x250000e0)?.value, { format: "integer", number: 1n });
  assert.deepEqual(lab.state.ledger.at(-1)?.changed, [STORE]);
  for (const [element, , number] of rows.slice(0, 3)) {
    assert.equal(await run(lab, deleteElement({ ...ENTRY, element })), "done", element);
    assert.equal((await storeIn(lab)).object(LOADER)?.element(number), undefined);
    assert.equal(await run(lab, deleteElement({ ...ENTRY, element })), "element-not-set");
  }
});

Deno.test("the simulated bcdedit sets default, time and menu", async () => {
  const lab = await simulatedLab();
  assert.equal(await run(lab, setDefault({ store: STORE, id: RESUME })), "done");
  assert.equal((await storeIn(lab)).defaultId, RESUME);
  assert.equal(await run(lab, setTimeoutSeconds({ store: STORE, seconds: 3 })), "done");
  const timeout = (await storeIn(lab)).bootManager?.element(ElementType.timeout)?.value;
  assert.deepEqual(timeout, { format: "integer", number: 3n });
  const menu = async () => (await storeIn(lab)).bootManager?.objects(ElementType.displayOrder);
  const move = (id: string, place: "first" | "last" | "remove") =>
    run(lab, moveInMenu({ store: STORE, id, place }));
  assert.equal(await move(RESUME, "last"), "done");
  assert.deepEqual(await menu(), [LOADER, RESUME]);
  assert.equal(await move(RESUME, "first"), "done");
  assert.deepEqual(await menu(), [RESUME, LOADER]);
  assert.equal(await move(NOBODY, "remove"), "done", "what is not there is no fault");
  assert.equal(await move(RESUME, "remove"), "done");
  assert.equal(await move(LOADER, "remove"), "done");
  const manager = (await storeIn(lab)).bootManager;
  assert.equal(manager?.element(ElementType.displayOrder), undefined, "an empty list goes");
});

Deno.test("the simulated bcdedit deletes an entry with every reference to it", async () => {
  const lab = await simulatedLab();
  await lab.damage(upgradeWaitsForRestart());
  assert.equal((await storeIn(lab)).defaultId, SAFE_OS_ENTRY);
  assert.equal(await run(lab, deleteEntry({ store: STORE, id: SAFE_OS_ENTRY })), "done");
  const store = await storeIn(lab);
  assert.equal(store.object(SAFE_OS_ENTRY), undefined);
  assert.equal(store.bootManager?.element(ElementType.default), undefined);
  assert.notEqual(store.object(LOADER), undefined);
  assert.equal(await run(lab, deleteEntry(ENTRY)), "done");
  const rest = await storeIn(lab);
  assert.equal(rest.object(RESUME), undefined, "its resume entry goes too");
  assert.equal(rest.bootManager?.element(0x23000006), undefined);
  assert.equal(rest.bootManager?.element(ElementType.displayOrder), undefined);
  assert.deepEqual(rest.problems, []);
});

Deno.test({
  name: "hivex reads what the simulated bcdedit wrote",
  ignore: without(hivexmlPresent),
  fn: async () => {
    const lab = await simulatedLab();
    await lab.damage(upgradeWaitsForRestart());
    await run(lab, deleteEntry({ store: STORE, id: SAFE_OS_ENTRY }));
    await run(lab, setDefault(ENTRY));
    await run(lab, setElement({ ...ENTRY, element: "safeboot", value: "Network" }));
    const names = hivexmlItems(await lab.files.read(STORE))?.map(({ name }) => name) ?? [];
    assert.ok(names.includes("25000080"));
    assert.ok(names.includes("23000003"));
    assert.ok(!names.includes(`{${SAFE_OS_ENTRY}}`));
  },
});

Deno.test("the lab's machine has bcdedit, and steps can start it", async () => {
  const lab = await simulatedLab();
  const program = await lab.host.processes.find("bcdedit");
  assert.ok(program !== undefined);
  const call = setTimeoutSeconds({ store: STORE, seconds: 7 });
  const result = await lab.host.processes.run({ program, arguments: call.arguments });
  assert.equal(result.exitCode, 0);
  const timeout = (await storeIn(lab)).bootManager?.element(ElementType.timeout)?.value;
  assert.deepEqual(timeout, { format: "integer", number: 7n });
});

Deno.test("the simulated bcdedit copies a store, and over nothing", async () => {
  const lab = await simulatedLab();
  const copy = exportStore({ store: STORE, to: "E:\\bcd" });
  assert.equal(await run(lab, copy), "done");
  assert.equal((await storeIn(lab, "E:\\bcd")).defaultId, LOADER);
  assert.deepEqual(await lab.files.read("E:\\bcd"), await lab.files.read(STORE));
  assert.equal(await run(lab, copy), "other");
});

for (const language of ["en-US", "de-DE", "ja-JP"] as const satisfies readonly LabLanguage[]) {
  Deno.test(`the simulated bcdedit lists a store and changes nothing (${language})`, async () => {
    const lab = await simulatedLab({ language });
    const before = await lab.files.read(STORE);
    const answer = parseBcdeditList(await simulate(lab, listStore({ store: STORE })));
    const { objects } = await storeIn(lab);
    assert.deepEqual(answer.kind === "done" && answer.value, objects.map(({ id }) => `{${id}}`));
    assert.deepEqual(await lab.files.read(STORE), before);
    assert.deepEqual(lab.state.ledger.at(-1)?.changed, []);
    assert.equal(await run(lab, setTimeoutSeconds({ store: STORE, seconds: 1 })), "done");
    const unknown = await run(lab, setDefault({ store: STORE, id: NOBODY }));
    assert.equal(unknown, language === "en-US" ? "unknown-entry" : "other");
  });
}

Deno.test("the simulated bcdedit refuses what the store does not have or take", async () => {
  const lab = await simulatedLab();
  const raw = (...args: string[]) => run(lab, { ...listStore({ store: STORE }), arguments: args });
  const before = await lab.files.read(STORE);
  assert.equal(await raw("/enum", "all"), "bad-command", "never the running system's store");
  assert.equal(await raw("/store", STORE), "bad-command");
  assert.equal(await raw("/store", STORE, "/import", "E:\\bcd"), "bad-command");
  assert.equal(await raw("/store", STORE, "/enum", "nonsense"), "bad-command");
  assert.equal(await raw("/store", "S:\\nothing", "/enum", "all", "/v"), "store-missing");
  const rows: readonly (readonly [readonly string[], string])[] = [
    [["/set", `{${NOBODY}}`, "safeboot", "Minimal"], "unknown-entry"],
    [["/set", `{${LOADER}}`, "nonsense", "1"], "unknown-element"],
    [["/set", "{bootmgr}", "safeboot", "Minimal"], "unknown-element"],
    [["/set", `{${LOADER}}`, "safeboot", "Sometimes"], "bad-value"],
    [["/set", `{${LOADER}}`, "recoveryenabled", "perhaps"], "bad-value"],
    [["/set", `{${LOADER}}`, "device", "partition=Q:"], "bad-value"],
    [["/set", `{${LOADER}}`, "recoverysequence", `{${NOBODY}}`], "bad-value"],
    [["/set", `{${LOADER}}`, "safeboot"], "bad-command"],
    [["/deletevalue", `{${LOADER}}`, "safeboot"], "element-not-set"],
    [["/default", LOADER], "bad-command"],
    [["/timeout", "soon"], "bad-value"],
    [["/displayorder", `{${LOADER}}`, "/addlast", "/remove"], "bad-command"],
    [["/displayorder", `{${LOADER}}`, `{${RESUME}}`, "/addlast"], "bad-command"],
    [["/delete", "{bootmgr}"], "well-known-entry"],
    [["/delete", `{${NOBODY}}`], "unknown-entry"],
    [["/delete", `{${LOADER}}`, "/now"], "bad-command"],
  ];
  for (const [args, kind] of rows) {
    assert.equal(await raw("/store", STORE, ...args), kind, args.join(" "));
  }
  assert.deepEqual(await lab.files.read(STORE), before);
});

Deno.test("the simulated bcdedit does not write where it may not", async () => {
  const lab = await simulatedLab();
  const call = setTimeoutSeconds({ store: STORE, seconds: 1 });
  lab.files.volume("S:").readOnly = true;
  assert.equal(await run(lab, call), "write-protected");
  lab.files.volume("S:").readOnly = false;
  await lab.files.createFile("E:\\text", new TextEncoder().encode("no hive"));
  assert.equal(await run(lab, listStore({ store: "E:\\text" })), "store-damaged");
  assert.equal(await run(lab, call), "done");
});

Deno.test("the simulated bcdedit fails, hangs, dies and prints nonsense", async () => {
  const lab = await simulatedLab({ faults: { bcdedit: { error: 1 } } });
  const before = await lab.files.read(STORE);
  const call = setTimeoutSeconds({ store: STORE, seconds: 1 });
  assert.equal(await run(lab, call), "access-denied");
  lab.state.faults.bcdedit = { hangAfter: 0 };
  await assert.rejects(simulate(lab, call), SimulatedHang);
  assert.equal(lab.state.ledger.at(-1)?.exitCode, 0xc000013a);
  lab.state.faults.bcdedit = { dieAfter: 0 };
  assert.equal((await simulate(lab, call)).exitCode, 0xc000013a);
  lab.state.faults.bcdedit = { garbage: true };
  assert.equal(await run(lab, call), "not-understood");
  assert.equal(parseBcdeditList(await simulate(lab, listStore(ENTRY))).kind, "not-understood");
  assert.deepEqual(await lab.files.read(STORE), before);
});
