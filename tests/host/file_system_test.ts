/** Runs on Linux with `DenoFileSystem`, and as a Windows process with `WindowsFileSystem`. */
import assert from "node:assert/strict";
import { fault, inScratch, onWindows, utf8 } from "./system_files.ts";

const isRoot = !onWindows && Deno.uid() === 0;

Deno.test("stat() describes files and folders and says undefined for nothing", async () => {
  await inScratch(async ({ files, path, write }) => {
    await write("a.txt", "hello");
    const file = await files.stat(path("a.txt"));
    assert.deepEqual({ ...file, modified: null }, {
      name: "a.txt",
      kind: "file",
      size: 5,
      reparse: false,
      modified: null,
    });
    const age = Date.now() - (file?.modified?.getTime() ?? 0);
    assert.ok(Math.abs(age) < 60_000, `modified ${age} ms ago`);
    const folder = await files.stat(path());
    assert.deepEqual([folder?.kind, folder?.size, folder?.reparse], ["directory", 0, false]);
    assert.equal(await files.stat(path("nothing")), undefined);
    assert.equal(await files.stat(path("nothing", "below")), undefined);
    assert.equal(await files.stat(path("a.txt", "below a file")), undefined);
  });
});

Deno.test({
  ignore: onWindows,
  name: "stat() and list() describe links and do not follow them (needs Linux)",
  fn: async () => {
    await inScratch(async ({ files, path, write }) => {
      await write("a.txt", "hello");
      await Deno.mkdir(path("folder"));
      await Deno.symlink("a.txt", path("to file"));
      await Deno.symlink("folder", path("to folder"));
      await Deno.symlink("nowhere", path("to nothing"));
      const entries = await files.list(path());
      assert.deepEqual(
        entries.map(({ name, kind, size, reparse }) => [name, kind, size, reparse]),
        [
          ["a.txt", "file", 5, false],
          ["folder", "directory", 0, false],
          ["to file", "file", 0, true],
          ["to folder", "directory", 0, true],
          ["to nothing", "file", 0, true],
        ],
      );
      assert.deepEqual(await files.stat(path("to folder")), entries[3]);
    });
  },
});

Deno.test("list() sorts by name and refuses what is no folder", async () => {
  await inScratch(async ({ files, path, write }) => {
    assert.deepEqual(await files.list(path()), []);
    for (const name of ["b", "ä", "a", "C"]) await write(name, "");
    const names = (await files.list(path())).map((entry) => entry.name);
    assert.deepEqual(names, ["C", "a", "b", "ä"]);
    await assert.rejects(files.list(path("nothing")), fault("not-found"));
    await assert.rejects(
      files.list(path("a")),
      (error) => fault("not-a-directory")(error) || fault("not-found")(error),
    );
  });
});

Deno.test("read() and open() give the bytes, in ranges too", async () => {
  await inScratch(async ({ files, path, write }) => {
    await write("a.txt", "0123456789");
    assert.deepEqual(await files.read(path("a.txt")), utf8("0123456789"));
    const file = await files.open(path("a.txt"));
    assert.equal(file.size, 10);
    assert.deepEqual(await file.read(3, 4), utf8("3456"));
    assert.deepEqual(await file.read(8, 100), utf8("89"));
    assert.deepEqual(await file.read(10, 1), utf8(""));
    assert.deepEqual(await file.read(99, 1), utf8(""));
    const both = await Promise.all([file.read(0, 5), file.read(5, 5)]);
    assert.deepEqual(both, [utf8("01234"), utf8("56789")]);
    await file.close();
    await assert.rejects(files.read(path("nothing")), fault("not-found"));
    await assert.rejects(files.open(path("nothing")), fault("not-found"));
  });
});

Deno.test({
  ignore: onWindows,
  name: "read() reports a disk error (needs /proc/self/mem, which answers EIO)",
  fn: async () => {
    await inScratch(async ({ files }) => {
      await assert.rejects(files.read("/proc/self/mem"), fault("disk-error"));
    });
  },
});

Deno.test("createFile() writes a new file and never touches an old one", async () => {
  await inScratch(async ({ files, path, text }) => {
    await files.createFile(path("a.txt"), utf8("first"));
    assert.equal(await text("a.txt"), "first");
    await assert.rejects(files.createFile(path("a.txt"), utf8("second")), fault("exists"));
    assert.equal(await text("a.txt"), "first");
    await assert.rejects(files.createFile(path("no", "a.txt"), utf8("")), fault("not-found"));
  });
});

Deno.test("copyFile() copies to a new name only", async () => {
  await inScratch(async ({ files, path }) => {
    const bytes = new Uint8Array(2_500_000).map((_, i) => (i * 31) % 251);
    await Deno.writeFile(path("from"), bytes);
    await files.copyFile(path("from"), path("to"));
    assert.deepEqual(await Deno.readFile(path("to")), bytes);
    await assert.rejects(files.copyFile(path("from"), path("to")), fault("exists"));
    await assert.rejects(files.copyFile(path("nothing"), path("other")), fault("not-found"));
    assert.equal(await files.stat(path("other")), undefined);
  });
});

Deno.test("createDirectory() makes one level and fails where something is", async () => {
  await inScratch(async ({ files, path, write }) => {
    await files.createDirectory(path("new"));
    assert.equal((await files.stat(path("new")))?.kind, "directory");
    await assert.rejects(files.createDirectory(path("new")), fault("exists"));
    await write("file", "");
    await assert.rejects(files.createDirectory(path("file")), fault("exists"));
    await assert.rejects(files.createDirectory(path("a", "b")), fault("not-found"));
  });
});

Deno.test("openAppend() creates, and continues at the end", async () => {
  await inScratch(async ({ files, path, text }) => {
    const first = await files.openAppend(path("log"));
    await first.append(utf8("one\n"));
    assert.equal(await text("log"), "one\n");
    await first.append(utf8("two\n"));
    await first.close();
    const second = await files.openAppend(path("log"));
    await second.append(utf8("three\n"));
    await second.close();
    assert.equal(await text("log"), "one\ntwo\nthree\n");
    await assert.rejects(files.openAppend(path("no", "log")), fault("not-found"));
  });
});

Deno.test("move() renames files and folders and never replaces", async () => {
  await inScratch(async ({ files, path, write, text }) => {
    await write("a", "A");
    await write("b", "B");
    await files.move(path("a"), path("c"));
    assert.deepEqual([await files.stat(path("a")), await text("c")], [undefined, "A"]);
    await assert.rejects(files.move(path("c"), path("b")), fault("exists"));
    assert.deepEqual([await text("b"), await text("c")], ["B", "A"]);
    await files.createDirectory(path("folder"));
    await files.createDirectory(path("empty"));
    await files.move(path("c"), path("folder", "c"));
    await assert.rejects(files.move(path("folder"), path("empty")), fault("exists"));
    await files.move(path("folder"), path("renamed"));
    assert.equal(await text("renamed/c"), "A");
    await assert.rejects(files.move(path("nothing"), path("x")), fault("not-found"));
  });
});

Deno.test({
  ignore: onWindows,
  name: "move() refuses another volume (needs /dev/shm)",
  fn: async () => {
    await inScratch(async ({ files, path, write }) => {
      await write("a", "A");
      const elsewhere = `/dev/shm/pemedic-${crypto.randomUUID()}`;
      await assert.rejects(files.move(path("a"), elsewhere), fault("cross-device"));
      assert.equal(await files.stat(elsewhere), undefined);
    });
  },
});

Deno.test("replaceFile() swaps and keeps the old file", async () => {
  await inScratch(async ({ files, path, write, text }) => {
    await write("hive", "old");
    await write("new", "new");
    await files.replaceFile(path("hive"), path("new"), path("backup"));
    assert.deepEqual([await text("hive"), await text("backup")], ["new", "old"]);
    assert.equal(await files.stat(path("new")), undefined);
  });
});

Deno.test("replaceFile() changes nothing where it fails", async () => {
  await inScratch(async ({ files, path, write, text }) => {
    await write("hive", "old");
    await write("new", "new");
    await write("earlier", "earlier backup");
    const replace = (target: string, from: string, backup: string) =>
      files.replaceFile(path(target), path(from), path(backup));
    await assert.rejects(replace("hive", "new", "earlier"), fault("exists"));
    await assert.rejects(replace("nothing", "new", "backup"), fault("not-found"));
    await assert.rejects(replace("hive", "nothing", "backup"), fault("not-found"));
    assert.deepEqual(
      [await text("hive"), await text("new"), await text("earlier")],
      ["old", "new", "earlier backup"],
    );
    assert.equal(await files.stat(path("backup")), undefined);
  });
});

Deno.test({
  ignore: onWindows,
  name: "replaceFile() keeps mode and owner (needs Linux)",
  fn: async () => {
    await inScratch(async ({ files, path, write }) => {
      await Deno.chmod(await write("hive", "old"), 0o640);
      await Deno.chmod(await write("new", "new"), 0o600);
      await files.replaceFile(path("hive"), path("new"), path("backup"));
      assert.equal((await Deno.stat(path("hive"))).mode! & 0o777, 0o640);
    });
  },
});

Deno.test("remove() takes a file or an empty folder, never a tree", async () => {
  await inScratch(async ({ files, path, write }) => {
    await write("a", "A");
    await files.remove(path("a"));
    assert.equal(await files.stat(path("a")), undefined);
    await assert.rejects(files.remove(path("a")), fault("not-found"));
    await files.createDirectory(path("folder"));
    await write("folder/b", "B");
    await assert.rejects(files.remove(path("folder")), fault("other"));
    await files.remove(path("folder", "b"));
    await files.remove(path("folder"));
    assert.equal(await files.stat(path("folder")), undefined);
  });
});

Deno.test("all of it works beyond 260 characters", async () => {
  await inScratch(async ({ files, path }) => {
    const names: string[] = [];
    for (let depth = 0; depth < 5; depth++) {
      names.push("n".repeat(80));
      await files.createDirectory(path(...names));
    }
    const deep = (name: string) => path(...names, name);
    await files.createFile(deep("a"), utf8("A"));
    await files.copyFile(deep("a"), deep("b"));
    await files.move(deep("a"), deep("c"));
    await files.replaceFile(deep("c"), deep("b"), deep("backup"));
    const found = (await files.list(path(...names))).map((entry) => entry.name);
    assert.deepEqual(found, ["backup", "c"]);
    assert.equal((await files.stat(deep("c")))?.size, 1);
  });
});

Deno.test({
  ignore: !isRoot,
  name: "writes report a full disk and leave nothing half-done (needs root for a small tmpfs)",
  fn: async () => {
    await inScratch(async ({ files, path, write }) => {
      await Deno.mkdir(path("small"));
      await mount(["-t", "tmpfs", "-o", "size=64k", "tmpfs", path("small")]);
      try {
        const big = new Uint8Array(200_000);
        await assert.rejects(files.createFile(path("small", "a"), big), fault("no-space"));
        await write("source", "x".repeat(200_000));
        await assert.rejects(
          files.copyFile(path("source"), path("small", "b")),
          fault("no-space"),
        );
        const log = await files.openAppend(path("small", "log"));
        await log.append(utf8("one\n"));
        await assert.rejects(log.append(big), fault("no-space"));
        await log.append(utf8("two\n"));
        await log.close();
        assert.deepEqual((await files.list(path("small"))).map((entry) => entry.name), ["log"]);
        assert.deepEqual(await files.read(path("small", "log")), utf8("one\ntwo\n"));
      } finally {
        await unmount(path("small"));
      }
    });
  },
});

Deno.test({
  ignore: !isRoot,
  name: "writes report a read-only volume (needs root for a read-only tmpfs)",
  fn: async () => {
    await inScratch(async ({ files, path }) => {
      await Deno.mkdir(path("fixed"));
      await mount(["-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", path("fixed")]);
      try {
        await assert.rejects(files.createFile(path("fixed", "a"), utf8("")), fault("read-only"));
        await assert.rejects(files.createDirectory(path("fixed", "b")), fault("read-only"));
      } finally {
        await unmount(path("fixed"));
      }
    });
  },
});

async function mount(args: string[]): Promise<void> {
  assert.ok((await new Deno.Command("mount", { args }).output()).success);
}

async function unmount(path: string): Promise<void> {
  assert.ok((await new Deno.Command("umount", { args: [path] }).output()).success);
}
