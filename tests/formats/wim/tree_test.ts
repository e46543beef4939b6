import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { FormatError } from "../../../src/base/mod.ts";
import {
  breaksPaths,
  findEntry,
  nameFault,
  verifyBlobs,
  walkTree,
} from "../../../src/formats/wim/mod.ts";
import { fileContent, openBytes } from "./wim_oracles.ts";
import { type NewEntry, writeTree, writeWim } from "./wim_writer.ts";

const text = (value: string) => new TextEncoder().encode(value);

async function treeOf(children: readonly NewEntry[]) {
  return await (await openBytes(writeWim({ root: { name: "", children } }))).tree(1);
}

async function problemsOf(children: readonly NewEntry[]) {
  return (await treeOf(children)).problems.map(({ kind, path }) => `${kind} ${path}`);
}

Deno.test("a tree has names, short names, attributes, times and streams", async () => {
  const bytes = writeWim({
    root: {
      name: "",
      children: [
        {
          name: "Program Files",
          shortName: "PROGRA~1",
          children: [
            { name: "lone \ud800.txt", content: text("odd") },
          ],
        },
        {
          name: "file",
          content: text("main"),
          streams: [
            { name: "Zone.Identifier", content: text("[Zone]") },
            { name: "empty", content: text("") },
          ],
        },
        { name: "empty" },
      ],
    },
  });
  const wim = await openBytes(bytes);
  const tree = await wim.tree(1);
  assert.deepEqual(tree.problems, []);
  assert.deepEqual([...walkTree(tree)].map(({ path }) => path), [
    "\\",
    "\\Program Files",
    "\\Program Files\\lone \ud800.txt",
    "\\file",
    "\\empty",
  ]);
  const file = findEntry(tree, "/FILE")!;
  assert.deepEqual(file.streams.map(({ kind, name, hash }) => [kind, name, hash?.slice(0, 8)]), [
    ["data", "", "b28b7af6"],
    ["data", "Zone.Identifier", file.streams[1]!.hash!.slice(0, 8)],
    ["data", "empty", undefined],
  ]);
  assert.deepEqual(await fileContent(wim, file), Buffer.from("main"));
  const folder = findEntry(tree, "program files")!;
  assert.deepEqual(
    [folder.directory, folder.attributes, folder.shortName, folder.lastWriteTime],
    [true, 0x10, "PROGRA~1", 0x1dd7a583f6d20aen],
  );
  assert.deepEqual([folder.securityId, folder.reparseTag, folder.hardLinkGroup], [
    undefined,
    undefined,
    0n,
  ]);
  assert.deepEqual(findEntry(tree, "empty")!.streams, [
    { kind: "data", name: "", hash: undefined },
  ]);
  assert.equal(findEntry(tree, "nowhere\\at all"), undefined);
  assert.equal(findEntry(tree, "\\"), tree.root);
  assert.deepEqual((await verifyBlobs(wim)).damaged, []);
});

Deno.test("findEntry() prefers exact case", async () => {
  const tree = await treeOf([{ name: "a", content: text("1") }, { name: "A", content: text("2") }]);
  assert.equal(findEntry(tree, "A")!.name, "A");
  assert.equal(findEntry(tree, "a")!.name, "a");
});

Deno.test("a reparse point's data is no content", async () => {
  const data = text("target");
  const link: NewEntry = { name: "l", attributes: 0x400, reparseTag: 0xa000000c, content: data };
  const both: NewEntry = {
    name: "b",
    attributes: 0x420,
    reparseTag: 0x80000017,
    streams: [{ name: "", content: data }, { name: "", content: text("data") }],
  };
  const tree = await treeOf([link, both, { name: "d", attributes: 0x410, content: data }]);
  const kinds = (name: string) => findEntry(tree, name)!.streams.map(({ kind }) => kind);
  assert.deepEqual(kinds("l"), ["reparse"]);
  assert.deepEqual(kinds("b"), ["reparse", "data"]);
  assert.deepEqual(kinds("d"), ["reparse"]);
  assert.equal(findEntry(tree, "l")!.reparseTag, 0xa000000c);
});

Deno.test("an encrypted file has one stream", async () => {
  const tree = await treeOf([{ name: "e", attributes: 0x4000, content: text("raw") }, {
    name: "x",
    attributes: 0x4000,
  }]);
  assert.deepEqual(findEntry(tree, "e")!.streams.map(({ kind }) => kind), ["encrypted"]);
  assert.deepEqual(findEntry(tree, "x")!.streams, []);
});

Deno.test("the content may be in a second unnamed stream", async () => {
  const streams = [{ name: "", content: text("data") }, { name: "ads", content: text("x") }];
  const wim = await openBytes(writeWim({ root: { name: "", children: [{ name: "f", streams }] } }));
  const file = findEntry(await wim.tree(1), "f")!;
  assert.deepEqual(file.streams.map(({ name }) => name), ["", "ads"]);
  assert.deepEqual(await fileContent(wim, file), Buffer.from("data"));
});

Deno.test("names that would break paths are left out and told", async () => {
  const bad = ["", ".", "..", "a\\b", "a/b", "a\0b"];
  const tree = await treeOf([...bad.map((name) => ({ name })), { name: "good" }]);
  assert.deepEqual(tree.root.children.map(({ name }) => name), ["good"]);
  assert.deepEqual(tree.problems.map(({ kind }) => kind), [
    "unnamed",
    "dots",
    "dots",
    "separator",
    "separator",
    "nul",
  ]);
  assert.ok(tree.problems.every(({ path }) => path.lastIndexOf("\\") === 0 && !path.includes("/")));
});

Deno.test("names that Windows cannot create are kept, marked and told", async () => {
  const tree = await treeOf(["NUL", "com1.txt", "a:b", "dot.", "fine"].map((name) => ({ name })));
  assert.deepEqual(tree.root.children.map(({ nameFault }) => nameFault), [
    "reserved-name",
    "reserved-name",
    "reserved-character",
    "trailing-dot-or-space",
    undefined,
  ]);
  assert.equal(tree.problems.length, 4);
});

Deno.test("nameFault() knows devices and their look-alikes", () => {
  for (const name of ["con", "AUX", "lpt9.log", "COM\u00b2", "CONIN$", "nul .txt", "com0"]) {
    assert.equal(nameFault(name), "reserved-name", name);
  }
  for (const name of ["console", "com10", "aux_", "nulls.txt", "日本語", "a b", ".config"]) {
    assert.equal(nameFault(name), undefined, name);
  }
  assert.equal(nameFault("a\x1f"), "reserved-character");
  assert.equal(nameFault("end "), "trailing-dot-or-space");
  assert.equal(breaksPaths(nameFault("..")), true);
  assert.equal(breaksPaths(nameFault("NUL")), false);
  assert.equal(breaksPaths(undefined), false);
});

Deno.test("duplicates are told: exact ones left out, others kept", async () => {
  assert.deepEqual(
    await problemsOf([{ name: "a" }, { name: "a" }, { name: "A" }, { name: "b" }]),
    ["duplicate-name \\a", "same-but-for-case \\A"],
  );
});

Deno.test("cycles, shared lists and children of files are not followed", async () => {
  const root = 8 + 104 + 8;
  assert.deepEqual(await problemsOf([{ name: "loop", childrenAt: root, children: [] }]), [
    "shared-children \\loop",
  ]);
  const shared = root + 2 * 112 + 8;
  const twins: NewEntry[] = [
    { name: "one", children: [{ name: "x" }] },
    { name: "two", attributes: 0x10, childrenAt: shared },
  ];
  assert.deepEqual(await problemsOf(twins), ["shared-children \\two"]);
  assert.deepEqual(await problemsOf([{ name: "f", attributes: 0x20, childrenAt: root }]), [
    "children-of-file \\f",
  ]);
});

Deno.test("empty directories may share an end mark", async () => {
  const end = 8 + 104;
  const tree = await treeOf([
    { name: "one", attributes: 0x10, childrenAt: end },
    { name: "two", attributes: 0x10, childrenAt: end },
  ]);
  assert.deepEqual([tree.problems, tree.root.children.length], [[], 2]);
});

Deno.test("lists that overlap are refused", async () => {
  const root = 8 + 104 + 8;
  // Each directory's list begins one entry later in the root's own list.
  const children = Array.from({ length: 40 }, (_, i) => ({
    name: String.fromCharCode(0x4e00 + i),
    attributes: 0x10,
    childrenAt: root + 112 * (i + 1),
  }));
  await assert.rejects(treeOf(children), /directories overlap/);
});

Deno.test("deep trees neither overflow nor take long", async () => {
  let entry: NewEntry = { name: "d", children: [] };
  for (let i = 0; i < 2000; i++) entry = { name: "d", children: [entry] };
  const tree = await treeOf([entry]);
  assert.equal([...walkTree(tree)].length, 2002);
});

Deno.test("damaged trees are refused with an offset", async () => {
  const intact = writeTree({
    name: "",
    children: [{
      name: "a",
      streams: [
        { name: "s", content: text("s") },
      ],
    }],
  });
  const damage = async (change: (view: DataView) => void) => {
    const metadata = intact.slice();
    change(new DataView(metadata.buffer));
    return await (await openBytes(writeWim({ metadata }))).tree(1);
  };
  const cases: [string, (view: DataView) => void, RegExp][] = [
    ["security", (view) => view.setUint32(0, 0x7fffffff, true), /security data is damaged/],
    ["descriptors", (view) => view.setUint32(4, 2, true), /security data is damaged/],
    ["root is a file", (view) => view.setUint32(16, 0x20, true), /root is no directory/],
    ["entry too short", (view) => view.setUint8(120, 96), /impossible sizes/],
    ["entry too long", (view) => view.setUint8(126, 1), /impossible size|ends after/],
    ["odd name", (view) => view.setUint16(120 + 100, 1, true), /impossible sizes/],
    ["long name", (view) => view.setUint16(120 + 100, 500, true), /impossible sizes/],
    ["stream too short", (view) => view.setUint8(120 + 112, 8), /stream has impossible sizes/],
    ["children outside", (view) => view.setUint32(8 + 16, 0xffffff, true), /ends after/],
  ];
  for (const [name, change, message] of cases) {
    await assert.rejects(damage(change), (error) => {
      assert.ok(error instanceof FormatError, name);
      assert.match(error.message, message, name);
      assert.notEqual(error.offset, undefined, name);
      return true;
    });
  }
});

Deno.test("an image without entries is empty", async () => {
  const metadata = new Uint8Array(16);
  metadata[0] = 8;
  const tree = await (await openBytes(writeWim({ metadata }))).tree(1);
  assert.deepEqual([...walkTree(tree)].map(({ path }) => path), ["\\"]);
});

Deno.test("there is no image 0 and none past the last", async () => {
  const wim = await openBytes(writeWim());
  await assert.rejects(wim.tree(0), /Cannot find the tree of image 0/);
  await assert.rejects(wim.tree(2), /Cannot find the tree of image 2/);
});
