/** Content from outside for a journal: of files, of images, of whole media that are cut off. */
import assert from "node:assert/strict";
import { FormatError, MedicError, RefusalError, UsageError } from "../../src/base/mod.ts";
import { RootedFileSystem } from "../../src/host/mod.ts";
import { type JournalContext, listSessions, type TreeImported } from "../../src/journal/mod.ts";
import { contentProvider, openImageFile } from "../../src/kit/mod.ts";
import { imageOfFiles } from "../cli/file_images.ts";
import { isoWith } from "../cli/source_images.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";
import {
  type JournalLab,
  onlySession,
  resumeOnly,
  runSession,
  undoOnly,
} from "../journal/journal_lab.ts";
import { createMemoryHost, type MemoryHost, SimulatedCrash } from "../lab/mod.ts";
import { udfDirectory, udfFile } from "../lab/udf_items.ts";
import { ISO, isoContent, isoHost, noise, sha256 } from "./media_lab.ts";

const BIG = noise(2_500_000);
const WIM = imageOfFiles({
  "Windows\\System32\\big.dll": BIG,
  "Windows\\System32\\Small.dll": noise(10, 2),
  "Windows\\empty.txt": new Uint8Array(),
});

function hostWith(files: Readonly<Record<string, Uint8Array | ReturnType<typeof isoWith>>>) {
  const host = createMemoryHost({ volumes: [{ letter: "D:" }, { letter: "E:" }] });
  for (const [path, content] of Object.entries(files)) host.files.put(path, content);
  return host;
}

async function contentOf(
  host: MemoryHost,
  place: Parameters<ReturnType<typeof contentProvider>["open"]>[0],
): Promise<{ readonly size: number; readonly bytes: Uint8Array; readonly largest: number }> {
  const content = await contentProvider(host).open(place);
  const bytes: number[][] = [];
  let largest = 0;
  try {
    for await (const piece of content.pieces()) {
      largest = Math.max(largest, piece.length);
      bytes.push([...piece]);
    }
    return { size: content.size, bytes: Uint8Array.from(bytes.flat()), largest };
  } finally {
    await content.close();
  }
}

Deno.test("the content of a file comes in pieces of a megabyte at most", async () => {
  const host = hostWith({ "E:\\big": BIG, "E:\\empty": new Uint8Array() });
  const { size, bytes, largest } = await contentOf(host, { kind: "file", place: "E:\\big" });
  assert.equal(size, BIG.length);
  assert.equal(sha256(bytes), sha256(BIG));
  assert.ok(largest <= 1 << 20);
  assert.equal((await contentOf(host, { kind: "file", place: "E:\\empty" })).bytes.length, 0);
  await assert.rejects(() => contentOf(host, { kind: "file", place: "E:\\none" }), MedicError);
});

Deno.test("the content of a file of an image, alone or in an ISO, in any case", async () => {
  const host = hostWith({
    "E:\\a.wim": WIM,
    "E:\\a.iso": isoWith({ "install.wim": WIM, "boot.wim": WIM }),
  });
  const path = "WINDOWS\\system32\\BIG.dll";
  for (
    const place of [
      { place: "E:\\a.wim" },
      { place: "E:\\a.iso" },
      { place: "E:\\a.iso", inside: "SOURCES\\install.wim" },
      { place: "E:\\a.iso", inside: "sources\\boot.wim" },
    ]
  ) {
    const { size, bytes, largest } = await contentOf(host, {
      kind: "image-file",
      index: 1,
      path,
      ...place,
    });
    assert.equal(size, BIG.length);
    assert.equal(sha256(bytes), sha256(BIG), JSON.stringify(place));
    assert.ok(largest <= 1 << 20);
  }
  const empty = { kind: "image-file", place: "E:\\a.wim", index: 1, path: "Windows\\empty.txt" };
  assert.equal((await contentOf(host, empty as never)).size, 0);
});

Deno.test("openImageFile() gives ranges, spelling and hash, and closes what it opened", async () => {
  const host = hostWith({ "E:\\a.wim": WIM });
  const file = await openImageFile(host, {
    place: "E:\\a.wim",
    index: 1,
    path: "\\windows/system32\\small.DLL",
  });
  assert.equal(file.path, "Windows\\System32\\Small.dll");
  assert.deepEqual(await file.read(3, 4), noise(10, 2).subarray(3, 7));
  await assert.rejects(() => file.read(8, 4), FormatError);
  assert.match(file.sha1 ?? "", /^[0-9a-f]{40}$/);
  await file.close();
});

Deno.test("openImageFile() refuses folders, links, encrypted files and what is not there", async () => {
  const encrypted = { name: "secret", attributes: 0x4000, content: noise(9) };
  const special = writeWim({
    root: {
      name: "",
      children: [encrypted, { name: "link", attributes: 0x400, reparseTag: 0xa000000c }],
    },
  });
  const host = hostWith({ "E:\\a.wim": WIM, "E:\\b.wim": special, "E:\\c.iso": isoWith({}) });
  const open = (place: string, path: string, index = 1) => () =>
    openImageFile(host, { place, path, index });
  await assert.rejects(open("E:\\a.wim", "Windows"), UsageError);
  await assert.rejects(open("E:\\b.wim", "link"), RefusalError);
  await assert.rejects(open("E:\\b.wim", "secret"), RefusalError);
  await assert.rejects(open("E:\\a.wim", "Windows\\none"), UsageError);
  await assert.rejects(open("E:\\a.wim", "Windows\\empty.txt", 2), UsageError);
  await assert.rejects(open("E:\\a.wim", "Windows\\empty.txt", 0), UsageError);
  await assert.rejects(open("E:\\none.wim", "x"), UsageError);
  await assert.rejects(open("E:\\c.iso", "x"), (e) => (e as MedicError).code === "needsSource");
});

Deno.test("what is gone since it was planned is a source that is needed, not a wrong command", async () => {
  const provider = contentProvider(hostWith({}));
  const needed = (error: unknown) => error instanceof MedicError && error.code === "needsSource";
  const media = { kind: "media", place: "E:\\gone.iso" } as const;
  const file = { kind: "image-file", place: "E:\\gone.wim", index: 1, path: "x" } as const;
  await assert.rejects(() => provider.open(file), needed);
  await assert.rejects(() => provider.extract(media, { path: "D:\\m" }), needed);
  await assert.rejects(() => provider.isComplete(media, "D:\\m"), needed);
});

const ITEMS = [
  udfFile("setup.exe", noise(5000, 3)),
  udfDirectory("sources", [
    udfFile("install.wim", noise(1_200_000, 4)),
    udfFile("empty", new Uint8Array()),
  ]),
];
const TREE: TreeImported = {
  kind: "tree-created",
  path: "PEMedic\\media",
  origin: { kind: "media", place: ISO },
  files: 3,
  bytes: 1_205_000,
};

function mediaLab(): JournalLab {
  const host = isoHost(ITEMS);
  const context: JournalContext = {
    host,
    target: new RootedFileSystem(host.files, "D:\\"),
    root: "D:\\",
    contents: contentProvider(host),
  };
  return { host, files: host.files, context };
}

async function assertWhole(lab: JournalLab): Promise<void> {
  const at = (path: string) => lab.files.read(`D:\\PEMedic\\media\\${path}`);
  assert.equal(sha256(await at("setup.exe")), sha256(noise(5000, 3)));
  assert.equal(sha256(await at("sources\\install.wim")), sha256(noise(1_200_000, 4)));
  assert.equal((await at("sources\\empty")).length, 0);
  assert.equal((await lab.files.list("D:\\PEMedic\\media\\sources")).length, 2);
}

Deno.test("media are put onto a target by the journal, cut after every operation, and taken back", async () => {
  const whole = mediaLab();
  await runSession(whole, [TREE]);
  await assertWhole(whole);
  const total = whole.files.operations.length;
  assert.ok(total > 15, String(total));
  for (let count = 1; count <= total; count++) {
    for (const then of ["resume", "undo"]) {
      const lab = mediaLab();
      lab.files.crashAfter(count, { torn: count % 2 === 0 });
      await assert.rejects(() => runSession(lab, [TREE]), SimulatedCrash);
      lab.host.reboot();
      if (then === "resume") {
        await resumeOnly(lab, [TREE]);
        await assertWhole(lab);
      }
      assert.ok(await undoOnly(lab), `operation ${count}`);
      assert.equal(await lab.files.stat("D:\\PEMedic\\media"), undefined, `operation ${count}`);
    }
  }
});

Deno.test("isComplete() wants every file in its full size", async () => {
  const host = isoHost(ITEMS);
  const provider = contentProvider(host);
  const media = { kind: "media", place: ISO } as const;
  assert.equal(await provider.isComplete(media, "D:\\m"), false);
  const seen: number[] = [];
  await provider.extract(media, {
    path: "D:\\m",
    onProgress: ({ percent = -1 }) => void seen.push(percent),
  });
  assert.equal(seen.at(-1), 100);
  assert.equal(await provider.isComplete(media, "D:\\m"), true);
  host.files.erase("D:\\m\\sources\\empty");
  assert.equal(await provider.isComplete(media, "D:\\m"), false);
  await provider.extract(media, { path: "D:\\m" });
  assert.equal(await provider.isComplete(media, "D:\\m"), true);
});

Deno.test("extract() stops when it is asked to, and another image is none that goes on", async () => {
  const host = isoHost(ITEMS);
  const provider = contentProvider(host);
  const media = { kind: "media", place: ISO } as const;
  const controller = new AbortController();
  controller.abort();
  const stopped = provider.extract(media, { path: "D:\\m", signal: controller.signal });
  await assert.rejects(stopped, (error) => (error as MedicError).code === "cancelled");
  await provider.extract(media, { path: "D:\\m" });
  host.files.erase(ISO);
  host.files.put(ISO, isoContent([udfFile("setup.exe", noise(6000, 3))]));
  await assert.rejects(() => provider.extract(media, { path: "D:\\m" }), /another file/);
});

Deno.test("a session with media shows no damaged one beside it", async () => {
  const lab = mediaLab();
  await runSession(lab, [TREE]);
  const { sessions, damaged } = await listSessions(lab.context);
  assert.deepEqual([sessions.length, damaged.length], [1, 0]);
  assert.equal((await onlySession(lab))?.state, "finished");
});
