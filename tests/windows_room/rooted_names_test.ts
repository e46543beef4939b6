/** Names on a case-sensitive system are found as NTFS finds them: unit by unit. */
import assert from "node:assert/strict";
import { type FileEntry, type FileSystem, RootedFileSystem } from "../../src/host/mod.ts";

/** The root `/mnt/d` of a case-sensitive system that holds these names. */
function rootWith(...names: readonly string[]): RootedFileSystem {
  const entries = names.map((name): FileEntry => {
    return { name, kind: "file", size: 0, reparse: false, modified: null };
  });
  const files: Pick<FileSystem, "stat" | "list"> = {
    stat: (path) => Promise.resolve(entries.find(({ name }) => path === `/mnt/d/${name}`)),
    list: () => Promise.resolve(entries),
  };
  return new RootedFileSystem(files as FileSystem, "/mnt/d");
}

Deno.test("RootedFileSystem finds a name in any case, and prefers it as it is spelt", async () => {
  const root = rootWith("Windows", "windows", "Übung");
  assert.equal(await root.nativePath("WINDOWS"), "/mnt/d/Windows");
  assert.equal(await root.nativePath("windows"), "/mnt/d/windows");
  assert.equal(await root.nativePath("üBUNG"), "/mnt/d/Übung");
  assert.equal(await root.nativePath("new"), "/mnt/d/new");
});

Deno.test("RootedFileSystem keeps ß and SS apart", async () => {
  const root = rootWith("STRASSE", "ſystem");
  assert.equal(await root.nativePath("straße"), "/mnt/d/straße");
  assert.equal(await root.stat("Straße"), undefined);
  assert.equal(await root.stat("System"), undefined);
  assert.equal(await rootWith("STRAßE").nativePath("straße"), "/mnt/d/STRAßE");
});
