/** Keys found without following links. */
import assert from "node:assert/strict";
import { encodeUtf16, RefusalError } from "../../src/base/mod.ts";
import { buildHive, type KeySpec, openHive } from "../../src/formats/regf/mod.ts";
import { findKey, linkTarget } from "../../src/windows/mod.ts";

const key = (name: string, ...subkeys: readonly KeySpec[]): KeySpec => ({
  name,
  values: [],
  subkeys,
});
const link = (name: string, values: KeySpec["values"]): KeySpec => ({
  name,
  symbolicLink: true,
  values,
  subkeys: [],
});

const root = openHive(buildHive(key(
  "ROOT",
  key("Aa", key("Bb")),
  link("Good", [{ name: "SymbolicLinkValue", type: 6, data: encodeUtf16("\\Registry\\X") }]),
  link("Lost", []),
))).root;

Deno.test("findKey() finds a key in any case, and tells how far a path leads", () => {
  assert.equal(findKey(root, "aA\\\\bb").key?.name, "Bb");
  assert.equal(findKey(root, "aA\\bB").present, "Aa\\Bb");
  assert.deepEqual(findKey(root, "aa\\none\\deeper"), { key: undefined, present: "Aa" });
  assert.equal(findKey(root, "").key, root);
});

Deno.test("findKey() gives a link at the end and refuses one on the way, naming its target", () => {
  assert.equal(findKey(root, "good").key?.symbolicLink, true);
  assert.throws(
    () => findKey(root, "good\\more"),
    (error) =>
      error instanceof RefusalError &&
      error.message === 'Cannot follow "Good": it is a symbolic link to "\\Registry\\X"',
  );
});

Deno.test("linkTarget() says where a link points to, if that can be read", () => {
  assert.equal(linkTarget(findKey(root, "Good").key!), "\\Registry\\X");
  assert.equal(linkTarget(findKey(root, "Lost").key!), "a target that cannot be read");
  assert.equal(linkTarget(findKey(root, "Aa").key!), undefined);
});
