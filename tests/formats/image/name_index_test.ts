import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { NameIndex } from "../../../src/formats/image/name_index.ts";
import type { TreeChild, TreeNode } from "../../../src/formats/image/volume_tree.ts";

/** A directory that counts the names that were read of it. */
function directory(names: Iterable<string>, { identity = 1, fault = false } = {}) {
  const read = { count: 0 };
  const node: TreeNode = {
    identity,
    directory: true,
    size: 0,
    modified: undefined,
    problems: [],
    extents: () => [],
    async *children() {
      for (const name of names) {
        await Promise.resolve();
        yield childOf(name, read.count++);
      }
      if (fault) throw new FormatError("Cannot read any further", { offset: 7 });
    },
  };
  return { node, read };
}

function childOf(name: string, offset: number): TreeChild {
  const load = () => Promise.resolve(undefined);
  return { name, directory: false, hidden: false, offset, problems: [], load };
}

async function offsets(
  index: NameIndex,
  node: TreeNode,
  { name, most = 1000 }: { readonly name: string; readonly most?: number },
): Promise<number[]> {
  const found: number[] = [];
  for await (const child of index.listing(node).named(name, most)) found.push(child.offset);
  return found;
}

Deno.test("a directory is read once however many names are looked for", async () => {
  const { node, read } = directory(["a", "b", "A", "c", "d"]);
  const index = new NameIndex();
  assert.deepEqual(await offsets(index, node, { name: "a" }), [0, 2]);
  for (const name of ["C", "c", "none", "D"]) await offsets(index, node, { name });
  assert.deepEqual(await offsets(index, node, { name: "C" }), [3]);
  assert.deepEqual(await offsets(index, node, { name: "none" }), []);
  assert.equal(read.count, 5);
});

Deno.test("nothing is read behind the name that is taken, nor behind the limit", async () => {
  const { node, read } = directory(["a", "b", "c", "d"]);
  const index = new NameIndex();
  for await (const child of index.listing(node).named("b", 1000)) {
    assert.equal(child.offset, 1);
    break;
  }
  assert.equal(read.count, 2);
  assert.deepEqual(await offsets(index, node, { name: "d", most: 3 }), []);
  assert.equal(read.count, 3);
  assert.deepEqual(await offsets(index, node, { name: "d" }), [3]);
});

Deno.test("names that are looked for at the same time are all found", async () => {
  const names = ["a", "b", "c", "d"];
  const { node, read } = directory(names);
  const index = new NameIndex();
  const found = await Promise.all(names.toReversed().map((name) => offsets(index, node, { name })));
  assert.deepEqual(found, [[3], [2], [1], [0]]);
  assert.equal(read.count, 4);
});

Deno.test("what is wrong with a directory is told to everybody who gets to it", async () => {
  const { node } = directory(["a", "b"], { fault: true });
  const index = new NameIndex();
  for (const name of ["none", "b", "none"]) {
    await assert.rejects(offsets(index, node, { name }), FormatError);
  }
  for await (const child of index.listing(node).named("b", 1000)) {
    assert.equal(child.offset, 1, "what lies before the damage is found");
    break;
  }
});

Deno.test("of a directory that is too long nothing is lost, and no more than its bound is kept", async () => {
  const names = Array.from({ length: 20_005 }, (_, number) => `n${number}`);
  const { node, read } = directory(names);
  const index = new NameIndex();
  let before = 0;
  for (const number of [20_004, 3, 20_003]) {
    const found = await offsets(index, node, { name: `n${number}`, most: 1e6 });
    assert.deepEqual(found, [before + number]);
    before = read.count;
  }
  assert.equal(read.count, 3 * 20_005);
});

Deno.test("only the directories that were used last are remembered", async () => {
  const folders = Array.from({ length: 9 }, (_, identity) => directory(["a"], { identity }));
  const index = new NameIndex();
  for (const { node } of folders) await offsets(index, node, { name: "a" });
  for (const { node } of folders.slice(1)) await offsets(index, node, { name: "a" });
  assert.deepEqual(folders.map(({ read }) => read.count), [1, 1, 1, 1, 1, 1, 1, 1, 1]);
  await offsets(index, folders[0]!.node, { name: "a" });
  assert.equal(folders[0]!.read.count, 2);
});
