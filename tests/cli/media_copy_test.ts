import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { paceText } from "../../src/cli/transfer_progress.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";
import { ISO, isoHost, noise, sha256, utf8 } from "../kit/media_lab.ts";
import type { MemoryHost, MemoryHostOptions } from "../lab/mod.ts";
import { recordedRuns, udfDirectory, udfFile } from "../lab/udf_items.ts";
import { jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";

const BIG = noise(3_000_000);
const WIM = writeWim({
  root: { name: "", attributes: 0x10, children: [{ name: "a.dll", content: BIG }] },
});

function machine(wim: Uint8Array = WIM, options: MemoryHostOptions = {}): { host: MemoryHost } {
  const items = [
    udfFile("setup.exe", utf8("MZ")),
    udfDirectory("sources", [udfFile("install.wim", wim)]),
  ];
  return { host: isoHost(items, options) };
}

function damagedWim(): Uint8Array {
  const bytes = WIM.slice();
  bytes[1_000_000]! ^= 1;
  return bytes;
}

/** Runs a command, and does something when `count` pieces of 1 MiB were read of the source. */
async function during(
  lab: { host: MemoryHost },
  count: number,
  act: () => void,
  ...args: string[]
) {
  const { files } = lab.host;
  const open = files.open.bind(files);
  let left = count;
  files.open = async (path) => {
    const file = await open(path);
    return {
      size: file.size,
      close: () => file.close(),
      read: (offset, length) => {
        if (path === ISO && length > 500_000 && --left === 0) act();
        return file.read(offset, length);
      },
    };
  };
  try {
    return await runCli(lab, ...args);
  } finally {
    files.open = open;
  }
}

Deno.test("media verify: whole media end with 0, in text and JSON", async () => {
  const lab = machine();
  const { code, stdout, stderr } = await runCli(lab, "media", "verify", ISO);
  assert.equal(code, ExitCode.ok, stderr);
  assert.match(stdout, /^E:\\Win11\.iso: nothing is damaged$/m);
  assert.match(stdout.replace(/\s+/g, " "), /2 contents of Windows images by SHA-1/);
  assert.match(stderr, /\.\.\. Checking every content of sources\\install\.wim/);
  assert.deepEqual(longLines(stdout + stderr), []);
  const [document, ...more] = jsonLines(await runCli(lab, "media", "verify", ISO, "--json"));
  assert.equal(more.length, 0);
  assert.deepEqual([document!.whole, document!.damaged, document!.sha256], [true, [], null]);
});

Deno.test("media verify: a flipped byte ends with 5 and names the file", async () => {
  const lab = machine(damagedWim());
  const { code, stdout } = await runCli(lab, "media", "verify", ISO);
  assert.equal(code, ExitCode.problemsFound);
  assert.match(stdout, /1 problem found; do not use it as a source/);
  assert.match(stdout, /damaged: sources\\install\.wim: /);
  assert.match(stdout, /^ {4}- image 1, \\a\.dll$/m);
  const [document] = jsonLines(await runCli(lab, "media", "verify", ISO, "--json"));
  assert.deepEqual(
    (document!.damaged as { file: string; inside: string[] }[]).map((
      { file, inside },
    ) => [file, inside]),
    [["sources\\install.wim", ["1:\\a.dll"]]],
  );
});

Deno.test("media verify --sha256: right, wrong, and no hash at all", async () => {
  const lab = machine();
  const hash = sha256(await lab.host.files.read(ISO));
  const right = await runCli(lab, "media", "verify", ISO, "--sha256", hash);
  assert.equal(right.code, ExitCode.ok, right.stderr);
  const wrong = await runCli(lab, "media", "verify", ISO, "--sha256", "f".repeat(64));
  assert.equal(wrong.code, ExitCode.problemsFound);
  assert.match(wrong.stdout.replace(/\s+/g, " "), new RegExp(`its SHA-256 is ${hash}, not f`));
  const none = await runCli(lab, "media", "verify", ISO, "--sha256", "abc");
  assert.equal(none.code, ExitCode.usage);
});

Deno.test("media verify: what cannot be read ends with 12, what is not there with 2", async () => {
  const lab = machine();
  lab.host.files.put("E:\\noise.iso", noise(100_000));
  assert.equal((await runCli(lab, "media", "verify", "E:\\noise.iso")).code, ExitCode.damagedFile);
  assert.equal((await runCli(lab, "media", "verify", "E:\\no.iso")).code, ExitCode.usage);
});

Deno.test("media verify: Ctrl-C ends with 130 and leaves no listener", async () => {
  const lab = machine();
  const hash = "0".repeat(64);
  const run = await during(
    lab,
    2,
    () => lab.host.interrupt(),
    "media",
    "verify",
    ISO,
    "--sha256",
    hash,
  );
  assert.equal(run.code, ExitCode.cancelled, run.stderr);
  assert.deepEqual([lab.host.interruptListeners, lab.host.awake], [0, 0]);
});

Deno.test("media extract: copies, tells it, and ends with 0", async () => {
  const lab = machine();
  const { code, stdout, stderr } = await runCli(lab, "media", "extract", ISO, "D:\\media");
  assert.equal(code, ExitCode.ok, stderr);
  assert.match(stdout, /^D:\\media: 2 files copied and read back$/m);
  assert.deepEqual(await lab.host.files.read("D:\\media\\sources\\install.wim"), WIM);
  const again = await runCli(lab, "media", "extract", ISO, "D:\\media", "--resume", "--json");
  assert.equal(again.code, ExitCode.ok);
  const [document, ...more] = jsonLines(again);
  assert.equal(more.length, 0);
  assert.deepEqual(
    [document!.copied, document!.kept, document!.different, document!.destination],
    [0, 2, [], "D:\\media"],
  );
});

Deno.test("media extract --dry-run lists and writes nothing", async () => {
  const lab = machine();
  const args = ["media", "extract", ISO, "D:\\media", "--only", "sources\\*", "--dry-run"];
  const { code, stdout } = await runCli(lab, ...args);
  assert.equal(code, ExitCode.ok);
  assert.match(stdout, /^ {2}copy {9}2\.9 MB {2}sources\\install\.wim$/m);
  assert.match(stdout, /1 file, 2\.9 MB to D:\\media; nothing was written/);
  const [document] = jsonLines(await runCli(lab, ...args, "--json"));
  assert.deepEqual([document!.dryRun, document!.folders], [true, ["sources"]]);
  assert.deepEqual(lab.host.files.operations, []);
});

Deno.test("media extract: Ctrl-C ends with 130, and the command it names goes on", async () => {
  const lab = machine();
  const args = ["media", "extract", ISO, "D:\\my media", "--only", "sources\\*"];
  const { code, stderr } = await during(lab, 3, () => lab.host.interrupt(), ...args);
  assert.equal(code, ExitCode.cancelled, stderr);
  assert.deepEqual([lab.host.interruptListeners, lab.host.awake], [0, 0]);
  const command = 'pemedic media extract E:\\Win11.iso "D:\\my media" --only sources\\* --resume';
  assert.ok(stderr.replace(/\s+/g, " ").includes(command), stderr);
  const resumed = await runCli(lab, ...args, "--resume");
  assert.equal(resumed.code, ExitCode.ok, resumed.stderr);
  assert.match(resumed.stdout, /1 of them continued/);
  assert.deepEqual(await lab.host.files.read("D:\\my media\\sources\\install.wim"), WIM);
});

Deno.test("media extract: a full disk ends with 16 and names the way on", async () => {
  const lab = machine();
  const full = () => lab.host.files.setFreeBytes("D:", 100);
  const { code, stderr } = await during(lab, 2, full, "media", "extract", ISO, "D:\\media");
  assert.equal(code, ExitCode.noSpace, stderr);
  assert.match(
    stderr.replace(/\s+/g, " "),
    /the disk is full Next: Free some space there; .* --resume/,
  );
});

Deno.test("media extract: FAT32 and a file of 5 GB end with 13 before the first byte", async () => {
  const large = { kind: "file", name: "install.wim", runs: recordedRuns(5 * 2 ** 30) } as const;
  const host = isoHost([large], { target: { fileSystem: "FAT32" } });
  const { code, stderr } = await runCli({ host }, "media", "extract", ISO, "D:\\media");
  assert.equal(code, ExitCode.refused);
  assert.match(
    stderr.replace(/\s+/g, " "),
    /NTFS or exFAT; .*--only "!install\.wim".*dism \/Split-Image/,
  );
  assert.deepEqual(host.files.operations, []);
});

Deno.test("media extract: what differs and what is left out ends with 3 and is told", async () => {
  const lab = machine();
  lab.host.files.put("D:\\media\\setup.exe", utf8("ZM"));
  const { code, stdout, stderr } = await runCli(
    lab,
    "media",
    "extract",
    ISO,
    "D:\\media",
    "--resume",
  );
  assert.equal(code, ExitCode.partial);
  assert.match(stdout, /not copied, a different file is there: setup\.exe/);
  assert.match(stderr, /^Next: /m);
  lab.host.files.put("E:\\kit\\a.txt", utf8("a"));
  lab.host.files.putJunction("E:\\kit\\link", "E:\\elsewhere");
  const linked = await runCli(lab, "media", "extract", "E:\\kit", "D:\\kit");
  assert.equal(linked.code, ExitCode.partial);
  assert.match(linked.stderr, /left out: "link" is a link and is left out/);
});

Deno.test("media extract: an image of Windows alone is refused with the way to its files", async () => {
  const lab = machine();
  lab.host.files.put("E:\\install.wim", WIM);
  const { code, stderr } = await runCli(lab, "media", "extract", "E:\\install.wim", "D:\\x");
  assert.equal(code, ExitCode.refused);
  assert.match(stderr, /pemedic media list/);
});

Deno.test("progress on the screen has speed and time left", async () => {
  assert.equal(paceText({ done: 100 * 2 ** 20, total: 300 * 2 ** 20 }, 2000), "50 MB/s, 0:04 left");
  assert.equal(paceText({ done: 2 ** 20, total: 2 ** 20 }, 2000), "0.5 MB/s, 0:00 left");
  assert.equal(paceText({ done: 2 ** 20, total: 2 ** 21 }, 10), undefined);
  assert.equal(paceText({ done: 0, total: 0 }, 5000), undefined);
  const lab = machine();
  const later = () => lab.host.clock.advance(4000);
  const { stderr } = await during(lab, 2, later, "media", "extract", ISO, "D:\\media");
  assert.match(stderr, /^ +\d+% +after 0:04, [\d.]+ MB\/s, \d+:\d\d left$/m);
});
