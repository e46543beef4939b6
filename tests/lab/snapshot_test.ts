import assert from "node:assert/strict";
import { zeroContent } from "./file_content.ts";
import { MemoryFileSystem } from "./memory_file_system.ts";
import { compareSnapshots, snapshotOf } from "./snapshot.ts";

const text = (value: string) => new TextEncoder().encode(value);

function disk(): MemoryFileSystem {
  const files = new MemoryFileSystem([{ letter: "D:" }]);
  files.put("D:\\Windows\\a.txt", text("a"));
  files.put("D:\\Windows\\Sub\\b.txt", text("b"));
  files.put("D:\\PEMedic\\journal", text("j"));
  return files;
}

Deno.test("snapshot() is equal for equal trees and tells content, names and kinds apart", () => {
  const before = disk().snapshot("D:\\");
  assert.deepEqual(disk().snapshot("D:\\"), before);
  const changes: ((files: MemoryFileSystem) => void)[] = [
    (files) => files.put("D:\\Windows\\a.txt", text("A")),
    (files) => files.put("D:\\Windows\\c.txt", text("")),
    (files) => files.erase("D:\\Windows\\Sub\\b.txt"),
    (files) => files.putDirectory("D:\\Windows\\empty"),
    (files) => files.putJunction("D:\\Windows\\j", "D:\\PEMedic"),
    (files) => void (files.erase("D:\\Windows\\a.txt"), files.put("D:\\Windows\\A.TXT", text("a"))),
  ];
  for (const change of changes) {
    const files = disk();
    change(files);
    assert.notDeepEqual(files.snapshot("D:\\"), before, String(change));
  }
});

Deno.test("snapshot() leaves out what it is told to, in any case", () => {
  const paths = [...disk().snapshot("D:\\", { except: ["pemedic", "Windows\\SUB"] }).keys()];
  assert.deepEqual(paths, ["Windows", "Windows\\a.txt"]);
});

Deno.test("snapshot() reads neither faulty nor made-up files", () => {
  const files = disk();
  files.put("D:\\hiberfil.sys", zeroContent(2 ** 40));
  files.setFault("D:\\Windows\\a.txt", { fault: "denied" });
  assert.equal(files.snapshot("D:\\").size, 7);
});

Deno.test("snapshotOf() sees what snapshot() sees", async () => {
  const files = disk();
  assert.deepEqual(await snapshotOf(files, "D:\\"), files.snapshot("D:\\"));
});

Deno.test("compareSnapshots() names what was added, changed and lost", () => {
  const before = disk().snapshot("D:\\");
  const files = disk();
  files.put("D:\\Windows\\a.txt", text("changed"));
  files.erase("D:\\PEMedic\\journal");
  files.putDirectory("D:\\new");
  const lines = compareSnapshots(before, files.snapshot("D:\\"));
  assert.deepEqual(lines.map((line) => line.split(":")[0]), [
    "PEMedic\\journal",
    "Windows\\a.txt",
    "new",
  ]);
  assert.match(lines[0]!, /-> nothing$/);
  assert.match(lines[2]!, /: nothing -> directory$/);
});
