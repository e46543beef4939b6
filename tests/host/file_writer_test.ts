/** Runs on Linux with `DenoFileSystem`, and as a Windows process with `WindowsFileSystem`. */
import assert from "node:assert/strict";
import { RootedFileSystem } from "../../src/host/mod.ts";
import { fault, inScratch, onWindows, utf8 } from "./system_files.ts";

const TIME = new Date("2021-02-03T04:05:06Z");

Deno.test("createWriter() writes in pieces and gives the time", async () => {
  await inScratch(async ({ files, path, text }) => {
    const writer = await files.createWriter(path("a"));
    for (const piece of ["one ", "", "two"]) await writer.write(utf8(piece));
    await writer.finish(TIME);
    await writer.close();
    assert.equal(await text("a"), "one two");
    assert.deepEqual((await files.stat(path("a")))?.modified, TIME);
  });
});

Deno.test("createWriter() never writes over what is there, nor where no folder is", async () => {
  await inScratch(async ({ files, path, write, text }) => {
    await write("a", "mine");
    await assert.rejects(files.createWriter(path("a")), fault("exists"));
    assert.equal(await text("a"), "mine");
    await assert.rejects(files.createWriter(path("no", "a")), fault("not-found"));
  });
});

Deno.test("createWriter() goes on behind the bytes that are to stay, and never grows a file", async () => {
  await inScratch(async ({ files, path, write, text }) => {
    await write("a", "0123456789");
    const writer = await files.createWriter(path("a"), { continueAt: 4 });
    await writer.write(utf8("xy"));
    await writer.finish();
    assert.equal(await text("a"), "0123xy");
    await assert.rejects(files.createWriter(path("a"), { continueAt: 7 }), fault("other"));
    await assert.rejects(files.createWriter(path("b"), { continueAt: 0 }), fault("not-found"));
    await files.createDirectory(path("folder"));
    await assert.rejects(files.createWriter(path("folder"), { continueAt: 0 }), fault("other"));
    assert.equal(await text("a"), "0123xy");
  });
});

Deno.test({
  ignore: onWindows,
  name: "createWriter() follows no link (needs Linux)",
  fn: async () => {
    await inScratch(async ({ files, path, write, text }) => {
      await write("target", "mine");
      await Deno.symlink(path("target"), path("link"));
      await Deno.symlink(path("nothing"), path("dangling"));
      await assert.rejects(files.createWriter(path("link")), fault("exists"));
      await assert.rejects(files.createWriter(path("dangling")), fault("exists"));
      await assert.rejects(files.createWriter(path("link"), { continueAt: 0 }), fault("other"));
      assert.equal(await text("target"), "mine");
      assert.equal(await files.stat(path("nothing")), undefined);
    });
  },
});

Deno.test("createWriter() through a root finds folders without regard to case", async () => {
  await inScratch(async ({ files, path, text }) => {
    await files.createDirectory(path("Sources"));
    const writer = await new RootedFileSystem(files, path()).createWriter("sources\\a");
    await writer.write(utf8("A"));
    await writer.finish(TIME);
    assert.equal(await text("Sources/a"), "A");
  });
});

Deno.test("a writer that is only closed leaves what was written, to be gone on with", async () => {
  await inScratch(async ({ files, path, text }) => {
    const writer = await files.createWriter(path("a"));
    await writer.write(utf8("part"));
    await writer.close();
    await writer.close();
    assert.equal(await text("a"), "part");
  });
});
