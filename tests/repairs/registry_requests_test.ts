/** What a list of requests comes to: only what differs from the hive in the end, and nothing twice. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeUtf16, RefusalError, UsageError } from "../../src/base/mod.ts";
import {
  buildHive,
  editHive,
  type HiveKey,
  type KeySpec,
  openHive,
  verifyEdit,
} from "../../src/formats/regf/mod.ts";
import { hiveEdit } from "../../src/journal/mod.ts";
import { type RegistryRequest, requestedEdits } from "../../src/repairs/mod.ts";

const text = (value: string) => encodeUtf16(`${value}\0`);

const TREE: KeySpec = {
  name: "ROOT",
  values: [{ name: "v", type: 1, data: text("root") }],
  subkeys: [
    {
      name: "A",
      values: [{ name: "x", type: 4, data: Uint8Array.of(1, 0, 0, 0) }, {
        name: "y",
        type: 3,
        data: Uint8Array.of(9),
      }],
      subkeys: [{
        name: "AA",
        values: [{ name: "", type: 3, data: Uint8Array.of(1) }],
        subkeys: [],
      }],
    },
    {
      name: "Link",
      symbolicLink: true,
      values: [{ name: "SymbolicLinkValue", type: 6, data: encodeUtf16("\\Registry\\Machine\\X") }],
      subkeys: [],
    },
  ],
};

const set = (path: string, name: string, hex = "01000000", type = 4): RegistryRequest => ({
  kind: "set-value",
  path,
  name,
  type,
  hex,
});
const create = (path: string): RegistryRequest => ({ kind: "create-key", path });
const remove = (path: string): RegistryRequest => ({ kind: "delete-key", path });
const unset = (path: string, name: string): RegistryRequest => ({
  kind: "delete-value",
  path,
  name,
});

function edits(...requests: readonly RegistryRequest[]) {
  return requestedEdits(openHive(buildHive(TREE)).root, requests);
}

/** Edits without their data, as lines. */
function lines(...requests: readonly RegistryRequest[]): string[] {
  return edits(...requests).edits.map((edit) =>
    edit.edit === "value"
      ? `${edit.key}:${edit.name} ${edit.before?.hex ?? "-"}>${edit.after?.hex ?? "-"}`
      : `${edit.edit} ${edit.key}`
  );
}

Deno.test("requestedEdits() leaves out what is so already, in any case of the names", () => {
  assert.deepEqual(lines(set("a", "X"), create("A\\aa"), unset("A", "none"), remove("None")), []);
  assert.deepEqual(lines(unset("None\\Deeper", "x")), []);
});

Deno.test("requestedEdits() tells values before and after, with the names of the hive", () => {
  assert.deepEqual(lines(set("a", "X", "02000000")), ["A:x 01000000>02000000"]);
  assert.deepEqual(lines(unset("A", "Y")), ["A:y 09>-"]);
  assert.deepEqual(lines(set("", "V", "", 0)), [":v 72006f006f0074000000>"]);
});

Deno.test("requestedEdits() creates the missing keys above, each once", () => {
  assert.deepEqual(lines(set("N\\M", "x"), set("n\\m\\K", "y")), [
    "key-created N",
    "key-created N\\M",
    "N\\M:x ->01000000",
    "key-created N\\M\\K",
    "N\\M\\K:y ->01000000",
  ]);
});

Deno.test("requestedEdits() counts the last word on a value and on a key", () => {
  assert.deepEqual(lines(set("A", "x", "02000000"), set("A", "X", "01000000")), []);
  assert.deepEqual(lines(set("A", "new"), unset("A", "new")), []);
  assert.deepEqual(lines(set("N", "x"), remove("N")), []);
  assert.deepEqual(lines(set("A", "x", "02000000"), remove("A")), ["key-deleted A"]);
  assert.deepEqual(lines(remove("A\\AA"), remove("A")), ["key-deleted A"]);
});

Deno.test("requestedEdits() empties a key that is deleted and made anew, and keeps the key", () => {
  assert.deepEqual(lines(remove("A"), set("A", "x")), ["A:y 09>-", "key-deleted A\\AA"]);
  assert.deepEqual(lines(remove("A"), create("A\\AA")), [
    "A:x 01000000>-",
    "A:y 09>-",
    "A\\AA: 01>-",
  ]);
  assert.deepEqual(lines(remove("A"), create("A"), remove("A")), ["key-deleted A"]);
});

Deno.test("requestedEdits() records what a deleted key held", () => {
  const [edit] = edits(remove("A")).edits;
  assert.ok(edit?.edit === "key-deleted");
  assert.deepEqual(edit.before.values.map(({ name }) => name), ["x", "y"]);
  assert.deepEqual(edit.before.subkeys.map(({ name }) => name), ["AA"]);
});

Deno.test("requestedEdits() never goes through a link, but deletes one and says what stays", () => {
  const refused = (...requests: RegistryRequest[]) =>
    assert.throws(
      () => edits(...requests),
      (error) => error instanceof RefusalError && error.message.includes("\\Registry\\Machine\\X"),
    );
  refused(set("Link\\Sub", "x"));
  refused(set("Link", "x"));
  refused(remove("Link\\Sub"));
  refused(remove("Link"), create("Link"));
  const { edits: found, remarks } = edits(remove("Link"));
  assert.deepEqual(found.map(({ edit }) => edit), ["key-deleted"]);
  assert.match(remarks.join(), /symbolic link: it is deleted, and "\\Registry\\Machine\\X" stays/);
  const target = encodeUtf16("\\Registry\\Machine\\X");
  const hex = Array.from(target, (byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.deepEqual(lines(create("Link"), set("Link", "SymbolicLinkValue", hex, 6)), []);
});

Deno.test("requestedEdits() remarks another type, and only that", () => {
  assert.deepEqual(edits(set("A", "x", "02000000")).remarks, []);
  assert.deepEqual(edits(set("A", "x", "31000000", 1)).remarks, [
    '"x" changes its type from REG_DWORD to REG_SZ',
  ]);
});

Deno.test("requestedEdits() refuses the root and what passes Windows' limits", () => {
  const refused = (request: RegistryRequest, sentence: RegExp) =>
    assert.throws(
      () => edits(request),
      (error) => error instanceof UsageError && sentence.test(error.message),
    );
  refused(remove(""), /root key/);
  refused(create("k".repeat(256)), /256 characters/);
  refused(set("A", "n".repeat(16384)), /16384 characters/);
  refused(create("d\\".repeat(512)), /512 levels/);
  assert.equal(edits(create("k".repeat(255))).edits.length, 1);
  assert.equal(edits(set("A", "n".repeat(16383))).edits.length, 1);
  assert.equal(edits(create("d\\".repeat(511))).edits.length, 511);
});

/** Key path, in upper case, to its values: a registry that is a map. */
type Model = Map<string, Map<string, string>>;

function modelOf(key: HiveKey, path: string, model: Model): Model {
  const values = key.values().map(({ name, type, data }) =>
    [name.toUpperCase(), `${type}:${data.join()}`] as const
  );
  model.set(path, new Map(values));
  for (const subkey of key.subkeys()) {
    modelOf(subkey, `${path}\\${subkey.name.toUpperCase()}`, model);
  }
  return model;
}

function playOn(model: Model, request: RegistryRequest): void {
  const path = request.path === "" ? "" : `\\${request.path.toUpperCase()}`;
  const above = path.split("\\").map((_, i, names) => names.slice(0, i + 1).join("\\"));
  const make = () => above.forEach((key) => model.has(key) || model.set(key, new Map()));
  switch (request.kind) {
    case "create-key":
      return make();
    case "delete-key":
      for (const key of model.keys()) {
        if (key === path || key.startsWith(`${path}\\`)) model.delete(key);
      }
      return;
    case "delete-value":
      return void model.get(path)?.delete(request.name.toUpperCase());
    case "set-value": {
      make();
      const data = Uint8Array.from(request.hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
      model.get(path)!.set(request.name.toUpperCase(), `${request.type}:${data.join()}`);
    }
  }
}

Deno.test("requestedEdits() comes to what the requests say one by one, for any list", () => {
  const name = fc.constantFrom("A", "a", "AA", "b", "C");
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("\\"));
  const value = fc.constantFrom("", "x", "X", "y");
  const request: fc.Arbitrary<RegistryRequest> = fc.oneof(
    fc.record({ path, name: value, hex: fc.constantFrom("", "01", "01000000"), type: fc.nat(4) })
      .map((parts) => ({ kind: "set-value" as const, ...parts })),
    fc.record({ path, name: value }).map((parts) => ({ kind: "delete-value" as const, ...parts })),
    path.map(create),
    path.map(remove),
  );
  const hive = buildHive(TREE);
  fc.assert(
    fc.property(fc.array(request, { maxLength: 12 }), (requests) => {
      const model = modelOf(openHive(hive).root, "", new Map());
      for (const one of requests) playOn(model, one);
      const found = requestedEdits(openHive(hive).root, requests).edits;
      const own = found.map(hiveEdit);
      const after = found.length === 0
        ? hive
        : editHive(hive, own, { name: "TEST", at: new Date(0) });
      if (found.length > 0) verifyEdit(hive, after, own, { name: "TEST" });
      assert.deepEqual(modelOf(openHive(after).root, "", new Map()), model);
      assert.deepEqual(requestedEdits(openHive(after).root, requests).edits, []);
    }),
    { seed: 20260203, numRuns: 300 },
  );
});

Deno.test("requestedEdits() of ten thousand values takes no time to speak of", () => {
  const values = Array.from({ length: 10_000 }, (_, i) => ({
    name: `v${i}`,
    type: 3,
    data: Uint8Array.of(i & 255),
  }));
  const root = openHive(buildHive({ name: "R", values, subkeys: [] })).root;
  const requests = values.map(({ name }) => set("", name));
  const begun = performance.now();
  assert.equal(requestedEdits(root, requests).edits.length, 10_000);
  assert.ok(performance.now() - begun < 5000);
});
