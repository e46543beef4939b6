/**
 * Real stores: one of Windows 10 on UEFI, and two that were made with bcdedit by the commands in
 * ntloader's `utils/bcd.bat` (MANIFEST), which are the expectation here.
 */
import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { type BcdStore, describeElement, openBcd } from "../../../src/formats/bcd/mod.ts";
import { openHive } from "../../../src/formats/regf/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { askOracle, hivexmlPresent } from "../hive_oracles.ts";

const NAMES = ["BCD-regipy", "bcdwim", "bcdwin"];
const ignore = without(corpusPresent);

function bytesOf(name: string): Uint8Array {
  return Deno.readFileSync(corpusPath(`bcd/${name}`));
}

function storeOf(name: string): BcdStore {
  return openBcd(openHive(bytesOf(name), { name }));
}

/** The elements of an object as bcdedit would list them. */
function listing(store: BcdStore, id: string): Record<string, string> {
  const elements = store.object(id)?.elements ?? [];
  return Object.fromEntries(elements.map((each) => [each.name, describeElement(each)]));
}

Deno.test({ name: "a Windows 10 store: menu, default, recovery and firmware", ignore }, () => {
  const store = storeOf("BCD-regipy");
  assert.equal(store.system, true);
  assert.deepEqual(store.problems, []);
  const id = "733b62e5-f608-11eb-825c-c112f60133ab";
  assert.equal(store.defaultId, id);
  const loader = listing(store, id);
  assert.equal(loader["description"], "Windows 10");
  assert.equal(loader["osdevice"], "partition={8e0f2c38-e4ea-47ba-b7fc-9d8c74dccf0b}");
  assert.equal(loader["bootmenupolicy"], "1");
  assert.equal(loader["allowedinmemorysettings"], "0x15000075");
  const recovery = listing(store, "733b62e6-f608-11eb-825c-c112f60133ab");
  assert.equal(
    recovery["device"],
    "ramdisk=[partition={6cdfcd69-de75-4490-8f99-5a84bf264917}]" +
      "\\Recovery\\WindowsRE\\Winre.wim,{733b62e7-f608-11eb-825c-c112f60133ab}",
  );
  const names = store.objects.map((object) => object.name).filter((name) => name !== undefined);
  assert.deepEqual(names, [
    "emssettings",
    "resumeloadersettings",
    "dbgsettings",
    "badmemory",
    "bootloadersettings",
    "globalsettings",
    "hypervisorsettings",
    "bootmgr",
    "fwbootmgr",
    "memdiag",
  ]);
});

Deno.test({ name: "stores made by bcdedit say what its commands said", ignore }, () => {
  const id = "19260817-6666-8888-abcd-000000000000";
  const wim = storeOf("bcdwim");
  const loader = listing(wim, id);
  assert.match(loader["device"] ?? "", /^ramdisk=\[partition=.*,\{ae5534e0-/);
  for (const on of ["detecthal", "winpe", "testsigning", "highestmode", "novesa", "novga"]) {
    assert.equal(loader[on], "Yes", on);
  }
  assert.deepEqual([loader["pae"], loader["nx"], loader["locale"]], ["0", "0", "en-us"]);
  assert.deepEqual(listing(wim, "ae5534e0-a924-466c-b836-758539a3ee3a"), {
    ramdisksdidevice: "boot",
    ramdisksdipath: "\\boot\\boot.sdi",
  });
  assert.equal(wim.bootManager?.element(0x25000004)?.name, "timeout");
  const win = storeOf("bcdwin");
  const resume = listing(win, "19260817-6666-8888-abcd-000000000001");
  assert.match(resume["filedevice"] ?? "", /^partition=/);
  assert.match(resume["filepath"] ?? "", /^\\WINHIBR/);
  assert.equal(listing(win, id)["resumeobject"], "{19260817-6666-8888-abcd-000000000001}");
  assert.equal(win.defaultId, id);
});

Deno.test({
  name: "every object and element that hivexml sees is there, and none is raw",
  ignore: ignore || without(hivexmlPresent),
}, () => {
  for (const name of NAMES) {
    const { stdout } = askOracle("hivexml", ["$FILE"], bytesOf(name));
    const keys = [...stdout.matchAll(/<node name="([^"]+)"/g)].map((match) => match[1]!);
    const store = storeOf(name);
    const elements = store.objects.flatMap((object) => [...object.elements]);
    assert.deepEqual(
      [store.objects.length, elements.length],
      [
        keys.filter((key) => /^\{[0-9a-f-]{36}\}$/.test(key)).length,
        keys.filter((key) => /^[0-9a-f]{8}$/.test(key)).length,
      ],
      name,
    );
    assert.deepEqual(elements.filter(({ value }) => value.format === "raw"), []);
  }
});

/** A small generator of numbers, so that a failure can be repeated. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** Reads everything; a refusal is an answer. Returns what could be said. */
function exercise(bytes: Uint8Array): number {
  try {
    const store = openBcd(openHive(bytes, { name: "mutant" }));
    for (const object of store.objects) {
      assert.ok(store.nameOf(object.id).startsWith("{"));
      for (const element of object.elements) {
        assert.equal(typeof describeElement(element), "string");
      }
    }
    for (const problem of store.problems) assert.ok(problem.message.length > 10);
    return store.objects.length;
  } catch (error) {
    if (error instanceof FormatError) return 0;
    throw error;
  }
}

for (const name of NAMES) {
  Deno.test({ name: `${name}: 1,000 mutations end in an answer or a FormatError`, ignore }, () => {
    const original = bytesOf(name);
    const random = randomNumbers(name.length * 7919);
    let answered = 0;
    for (let round = 0; round < 1000; round++) {
      const bytes = original.slice(0, random(25) === 0 ? random(original.length) : undefined);
      for (let change = random(12); change >= 0 && bytes.length > 0; change--) {
        // Mostly behind the base block, so that the mutants are opened.
        const at = random(8) === 0 ? random(bytes.length) : 4096 + random(original.length - 4096);
        if (at < bytes.length) bytes[at] = random(3) === 0 ? 0xff : random(256);
      }
      if (exercise(bytes) > 0) answered++;
    }
    assert.ok(answered > 500, `only ${answered} could be opened`);
  });
}
