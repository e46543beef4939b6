import assert from "node:assert/strict";
import { isFileFault } from "../../src/base/mod.ts";
import { DenoFileSystem } from "../../src/host/deno_file_system.ts";
import { RootedFileSystem } from "../../src/host/mod.ts";
import { SimulatedCrash } from "./crash.ts";
import { repeatedContent, zeroContent } from "./file_content.ts";
import { ADMINISTRATORS_ONLY, MemoryFileSystem } from "./memory_file_system.ts";

const text = (value: string) => new TextEncoder().encode(value);

function disk(options: { readonly freeBytes?: number } = {}): MemoryFileSystem {
  const files = new MemoryFileSystem([
    { letter: "D:", label: "Windows", totalBytes: 10_000, ...options },
    { letter: "e:", totalBytes: 10_000 },
  ]);
  return files;
}

async function readText(files: MemoryFileSystem, path: string): Promise<string> {
  return new TextDecoder().decode(await files.read(path));
}

const fault = (name: Parameters<typeof isFileFault>[1]) => (error: unknown) =>
  isFileFault(error, name);

Deno.test("MemoryFileSystem finds names in any case and keeps theirs", async () => {
  const files = disk();
  files.put("D:\\Windows\\System32\\ntdll.dll", text("x"));
  assert.equal(await readText(files, "d:/WINDOWS/system32\\NTDLL.DLL"), "x");
  assert.equal((await files.stat("D:\\windows\\SYSTEM32"))?.name, "System32");
  assert.equal(await files.stat("D:\\Windows\\System33"), undefined);
  await assert.rejects(
    files.createFile("D:\\windows\\system32\\NtDll.dll", text("")),
    fault("exists"),
  );
});

Deno.test("MemoryFileSystem keeps ß and SS apart, and folds ä and Ä", async () => {
  const files = disk();
  await files.createFile("D:\\Straße", text("1"));
  await files.createFile("D:\\STRASSE", text("2"));
  assert.equal(await readText(files, "D:\\straße"), "1");
  await files.createFile("D:\\Ähre", text("3"));
  assert.equal(await readText(files, "D:\\ähre"), "3");
});

Deno.test("MemoryFileSystem takes paths as Win32 does", async () => {
  const files = disk();
  files.put("D:\\a\\b.txt", text("x"));
  for (
    const path of [
      "D:\\a\\.\\b.txt",
      "D:\\a\\c\\..\\b.txt",
      "D:\\a\\b.txt. .",
      "\\\\?\\D:\\a\\b.txt",
    ]
  ) {
    assert.equal(await readText(files, path), "x", path);
  }
  for (const path of ["a\\b.txt", "D:a", "/etc/passwd", "D:\\a\\b?.txt", "D:\\a\\b:stream"]) {
    await assert.rejects(files.read(path), fault("other"), path);
  }
});

Deno.test("MemoryFileSystem knows no other drives", async () => {
  const files = disk();
  assert.equal(await files.stat("Q:\\x"), undefined);
  await assert.rejects(files.list("Q:\\"), fault("not-found"));
  files.removeVolume("E:");
  assert.equal(await files.stat("E:\\"), undefined);
});

Deno.test("list() sorts by name without case and refuses files", async () => {
  const files = disk();
  for (const name of ["b", "A", "c"]) files.put(`D:\\dir\\${name}`, text(name));
  assert.deepEqual((await files.list("D:\\dir")).map(({ name }) => name), ["A", "b", "c"]);
  await assert.rejects(files.list("D:\\dir\\A"), fault("not-a-directory"));
  await assert.rejects(files.list("D:\\none"), fault("not-found"));
  await assert.rejects(files.read("D:\\dir"), fault("denied"));
});

Deno.test("createDirectory() is exclusive and needs its parent", async () => {
  const files = disk();
  await files.createDirectory("D:\\new");
  await assert.rejects(files.createDirectory("D:\\NEW"), fault("exists"));
  await assert.rejects(files.createDirectory("D:\\no\\parent"), fault("not-found"));
});

Deno.test("move() renames, changes case, and refuses what exists or another volume", async () => {
  const files = disk();
  files.put("D:\\a\\x", text("x"));
  files.put("D:\\b", text("b"));
  await files.move("D:\\a", "D:\\c");
  assert.equal(await readText(files, "D:\\c\\x"), "x");
  assert.equal(await files.stat("D:\\a"), undefined);
  await files.move("D:\\c", "D:\\C");
  assert.deepEqual((await files.list("D:\\")).map(({ name }) => name), ["b", "C"]);
  await assert.rejects(files.move("D:\\C", "D:\\B"), fault("exists"));
  await assert.rejects(files.move("D:\\C", "E:\\C"), fault("cross-device"));
  await assert.rejects(files.move("D:\\C", "D:\\C\\inside"), fault("other"));
  await assert.rejects(files.move("D:\\none", "D:\\d"), fault("not-found"));
});

Deno.test("move() of a folder is denied while a file in it is open", async () => {
  const files = disk();
  files.put("D:\\dir\\journal", text(""));
  const open = await files.openAppend("D:\\dir\\journal");
  await assert.rejects(files.move("D:\\dir", "D:\\other"), fault("denied"));
  await open.close();
  await files.move("D:\\dir", "D:\\other");
});

Deno.test("replaceFile() keeps the old file and its security descriptor", async () => {
  const files = disk();
  files.put("D:\\SYSTEM", text("old"));
  files.put("D:\\SYSTEM.new", text("new"));
  files.setSecurity("D:\\SYSTEM", "only SYSTEM");
  await files.replaceFile("D:\\SYSTEM", "D:\\SYSTEM.new", "D:\\SYSTEM.bak");
  assert.equal(await readText(files, "D:\\SYSTEM"), "new");
  assert.equal(await readText(files, "D:\\SYSTEM.bak"), "old");
  assert.equal(await files.stat("D:\\SYSTEM.new"), undefined);
  assert.equal(files.securityOf("D:\\SYSTEM"), "only SYSTEM");
  files.put("D:\\again", text("again"));
  await assert.rejects(
    files.replaceFile("D:\\SYSTEM", "D:\\again", "D:\\SYSTEM.bak"),
    fault("exists"),
  );
  await assert.rejects(files.replaceFile("D:\\none", "D:\\again", "D:\\n.bak"), fault("not-found"));
});

Deno.test("remove() refuses folders that are not empty", async () => {
  const files = disk();
  files.put("D:\\dir\\x", text("x"));
  await assert.rejects(files.remove("D:\\dir"), fault("other"));
  await files.remove("D:\\dir\\x");
  await files.remove("D:\\dir");
  assert.deepEqual(await files.list("D:\\"), []);
});

Deno.test("MemoryFileSystem counts free bytes through every change", async () => {
  const files = disk();
  await files.createFile("D:\\a", new Uint8Array(1000));
  await files.copyFile("D:\\a", "D:\\b");
  assert.equal(files.freeBytes("D:"), 8000);
  const log = await files.openAppend("D:\\a");
  await log.append(new Uint8Array(500));
  await log.close();
  assert.equal(files.freeBytes("D:"), 7500);
  await files.move("D:\\a", "D:\\c");
  assert.equal(files.freeBytes("D:"), 7500);
  await files.remove("D:\\c");
  assert.equal(files.freeBytes("D:"), 9000);
  files.put("D:\\b", new Uint8Array(10));
  assert.equal(files.freeBytes("D:"), 9990);
  assert.equal(files.freeBytes("E:"), 10_000);
});

Deno.test("a full disk stops in the middle of a write", async () => {
  const files = disk();
  files.setFreeBytes("D:", 3);
  await assert.rejects(files.createFile("D:\\short", text("12345")), fault("no-space"));
  assert.equal(await readText(files, "D:\\short"), "123");
  files.setFreeBytes("D:", 2);
  const log = await files.openAppend("D:\\short");
  await assert.rejects(log.append(text("abcde")), fault("no-space"));
  await log.close();
  assert.equal(await readText(files, "D:\\short"), "123ab");
  assert.equal(files.freeBytes("D:"), 0);
  await assert.rejects(files.copyFile("D:\\short", "D:\\copy"), fault("no-space"));
  assert.equal((await files.stat("D:\\copy"))?.size, 0);
  await files.createDirectory("D:\\folders need no room");
});

Deno.test("a read-only volume is read and nothing else", async () => {
  const files = disk();
  files.put("D:\\a\\x", text("x"));
  files.volume("D:").readOnly = true;
  assert.equal(await readText(files, "D:\\a\\x"), "x");
  for (
    const change of [
      () => files.createFile("D:\\n", text("")),
      () => files.copyFile("D:\\a\\x", "D:\\n"),
      () => files.createDirectory("D:\\n"),
      () => files.openAppend("D:\\n"),
      () => files.openAppend("D:\\a\\x"),
      () => files.move("D:\\a", "D:\\n"),
      () => files.replaceFile("D:\\a\\x", "D:\\a\\x", "D:\\n"),
      () => files.remove("D:\\a\\x"),
    ]
  ) await assert.rejects(change(), fault("read-only"));
  assert.deepEqual(files.operations, []);
});

Deno.test("a locked volume looks as if it were empty of paths", async () => {
  const files = disk();
  files.put("D:\\x", text("x"));
  files.volume("D:").locked = true;
  assert.equal(await files.stat("D:\\x"), undefined);
  await assert.rejects(files.createFile("D:\\y", text("")), fault("not-found"));
  files.volume("D:").locked = false;
  assert.equal(await readText(files, "D:\\x"), "x");
});

Deno.test("a junction is described by stat() and followed by what goes through it", async () => {
  const files = disk();
  files.put("E:\\docs\\thesis", text("precious"));
  files.putJunction("D:\\cache", "E:\\docs");
  assert.deepEqual(
    [(await files.stat("D:\\cache"))?.reparse, (await files.stat("D:\\cache"))?.kind],
    [true, "directory"],
  );
  assert.equal((await files.stat("E:\\docs"))?.reparse, false);
  assert.deepEqual((await files.list("D:\\cache")).map(({ name }) => name), ["thesis"]);
  await files.remove("D:\\cache\\thesis");
  assert.equal(await files.stat("E:\\docs\\thesis"), undefined);
  await assert.rejects(files.move("D:\\cache\\none", "D:\\none"), fault("not-found"));
  await files.move("D:\\cache", "D:\\renamed");
  await files.remove("D:\\renamed");
  assert.equal((await files.stat("E:\\docs"))?.kind, "directory");
});

Deno.test("a junction to itself ends", async () => {
  const files = disk();
  files.putJunction("D:\\loop", "D:\\loop");
  await assert.rejects(files.list("D:\\loop"), fault("other"));
  assert.equal((await files.stat("D:\\loop"))?.reparse, true);
});

Deno.test("bad sectors stop reading from where they are, and copying too", async () => {
  const files = disk();
  files.put("D:\\hive", new Uint8Array(100));
  files.setFault("D:\\hive", { fault: "disk-error", from: 50 });
  const open = await files.open("D:\\hive");
  assert.equal((await open.read(0, 50)).length, 50);
  await assert.rejects(open.read(40, 20), fault("disk-error"));
  await open.close();
  await assert.rejects(open.read(0, 1), fault("other"));
  await assert.rejects(files.read("D:\\hive"), fault("disk-error"));
  await assert.rejects(files.copyFile("D:\\hive", "D:\\copy"), fault("disk-error"));
  await files.move("D:\\hive", "D:\\hive.old");
  files.setFault("D:\\hive.old", undefined);
  assert.equal((await files.read("D:\\hive.old")).length, 100);
});

Deno.test("denied and busy files refuse, and their neighbours do not", async () => {
  const files = disk();
  for (const name of ["denied", "busy"] as const) {
    files.put(`D:\\${name}\\file`, text("x"));
    files.put(`D:\\${name}\\other`, text("y"));
    files.setFault(`D:\\${name}\\file`, { fault: name });
    await assert.rejects(files.read(`D:\\${name}\\file`), fault(name));
    await assert.rejects(files.remove(`D:\\${name}\\file`), fault(name));
    await assert.rejects(files.move(`D:\\${name}\\file`, "D:\\z"), fault(name));
    assert.equal(await readText(files, `D:\\${name}\\other`), "y");
    assert.equal((await files.stat(`D:\\${name}\\file`))?.size, 1);
  }
  await assert.rejects(files.move("D:\\busy", "D:\\busy2"), fault("denied"));
  await files.move("D:\\denied", "D:\\denied2");
  files.setFault("D:\\denied2", { fault: "denied" });
  await assert.rejects(files.list("D:\\denied2"), fault("denied"));
});

Deno.test("operations tell every change and no refusal", async () => {
  const files = disk();
  files.put("D:\\put", text("by the test"));
  await files.createFile("D:\\a", text("12"));
  await assert.rejects(files.createFile("D:\\a", text("34")));
  await files.move("D:\\a", "D:\\b");
  await files.read("D:\\b");
  assert.deepEqual(files.operations, [
    { kind: "create-file", path: "D:\\a", bytes: 2 },
    { kind: "move", path: "D:\\a", to: "D:\\b" },
  ]);
  files.forgetOperations();
  assert.deepEqual(files.operations, []);
});

Deno.test("crashAfter() stops the n-th change and all later ones until recover()", async () => {
  const files = disk();
  files.crashAfter(2);
  await files.createFile("D:\\1", text("1"));
  await assert.rejects(files.createFile("D:\\2", text("2")), SimulatedCrash);
  await assert.rejects(files.remove("D:\\1"), SimulatedCrash);
  assert.deepEqual((await files.list("D:\\")).map(({ name }) => name), ["1"]);
  files.recover();
  await files.createFile("D:\\3", text("3"));
  assert.throws(() => files.crashAfter(0), RangeError);
});

Deno.test("a torn append leaves half of the bytes, a whole crash none", async () => {
  for (const [torn, expected] of [[true, "one\ntw"], [false, "one\n"]] as const) {
    const files = disk();
    const log = await files.openAppend("D:\\log");
    await log.append(text("one\n"));
    files.crashAfter(1, { torn });
    await assert.rejects(log.append(text("two\n")), SimulatedCrash);
    files.recover();
    assert.equal(await readText(files, "D:\\log"), expected);
    await assert.rejects(log.append(text("from before the crash")), SimulatedCrash);
    assert.equal(await readText(files, "D:\\log"), expected);
  }
});

Deno.test("a torn replaceFile() leaves the old file under its backup name", async () => {
  const files = disk();
  files.put("D:\\h", text("old"));
  files.put("D:\\h.new", text("new"));
  files.crashAfter(1, { torn: true });
  await assert.rejects(files.replaceFile("D:\\h", "D:\\h.new", "D:\\h.bak"), SimulatedCrash);
  files.recover();
  assert.equal(await files.stat("D:\\h"), undefined);
  assert.equal(await readText(files, "D:\\h.bak"), "old");
  assert.equal(await readText(files, "D:\\h.new"), "new");
});

Deno.test("big made-up files cost no memory and are read in ranges", async () => {
  const files = new MemoryFileSystem([{ letter: "D:", totalBytes: 2 ** 34 }]);
  files.put("D:\\zero", zeroContent(300 * 2 ** 20));
  files.put("D:\\log", repeatedContent(text("abc"), 2 ** 33));
  const open = await files.open("D:\\log");
  assert.equal(new TextDecoder().decode(await open.read(3 * 2 ** 31, 4)), "abca");
  assert.equal((await open.read(2 ** 33 - 2, 10)).length, 2);
  await open.close();
  await files.copyFile("D:\\zero", "D:\\copy");
  const log = await files.openAppend("D:\\copy");
  await log.append(text("end"));
  await log.close();
  const tail = await files.open("D:\\copy");
  assert.deepEqual(await tail.read(tail.size - 4, 9), new Uint8Array([0, ...text("end")]));
  await tail.close();
  assert.equal(files.freeBytes("D:"), 2 ** 34 - 2 ** 33 - 600 * 2 ** 20 - 3);
});

Deno.test("bytes given and taken are copies", async () => {
  const files = disk();
  const bytes = text("abc");
  await files.createFile("D:\\a", bytes);
  bytes[0] = 0;
  (await files.read("D:\\a"))[1] = 0;
  assert.equal(await readText(files, "D:\\a"), "abc");
});

Deno.test("restrict() names the rights of a folder where the file system keeps any", async () => {
  const files = new MemoryFileSystem([
    { letter: "D:", fileSystem: "NTFS" },
    { letter: "E:", fileSystem: "FAT32" },
  ]);
  files.putDirectory("D:\\PEMedic");
  files.putDirectory("E:\\PEMedic");
  files.put("D:\\file", new Uint8Array(1));
  files.putJunction("D:\\link", "D:\\PEMedic");
  await assert.rejects(files.restrict("D:\\file"), fault("not-a-directory"));
  await assert.rejects(files.restrict("D:\\link"), fault("not-a-directory"));
  await assert.rejects(files.restrict("D:\\none"), fault("not-found"));
  assert.equal(files.securityOf("D:\\PEMedic"), "inherited");
  assert.equal(await files.restrict("E:\\PEMedic"), false);
  assert.equal(files.securityOf("E:\\PEMedic"), "inherited");
  // Through a view of the volume, in any case of letters.
  assert.equal(await new RootedFileSystem(files, "D:\\").restrict!("pemedic"), true);
  assert.equal(files.securityOf("D:\\PEMedic"), ADMINISTRATORS_ONLY);
  files.volume("D:").readOnly = true;
  await assert.rejects(files.restrict("D:\\PEMedic"), fault("read-only"));
  const { restrict } = new RootedFileSystem(new DenoFileSystem(), "/");
  assert.equal(restrict, undefined, "systems without rights of Windows say so");
});
