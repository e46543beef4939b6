import assert from "node:assert/strict";
import { ExitCode, FileError } from "../../src/base/mod.ts";
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
  assert.match(stdout, /^E:\\Win11\.iso: nothing damaged found in what could be checked$/m);
  assert.match(
    stdout.replace(/\s+/g, " "),
    /Not checked: 1 file \(2 bytes\) has no hash; compare the whole ISO with --sha256/,
  );
  assert.match(stdout.replace(/\s+/g, " "), /2 contents of Windows images by SHA-1/);
  assert.match(stderr, /\.\.\. Checking every content of sources\\install\.wim/);
  assert.deepEqual(longLines(stdout + stderr), []);
  const [document, ...more] = jsonLines(await runCli(lab, "media", "verify", ISO, "--json"));
  assert.equal(more.length, 0);
  assert.deepEqual([document!.whole, document!.damaged, document!.sha256], [null, [], null]);
  assert.deepEqual(document!.unchecked, { files: 1, bytes: 2 });
});

Deno.test("media verify: a flipped byte ends with 5 and names the file", async () => {
  const lab = machine(damagedWim());
  const { code, stdout, stderr } = await runCli(lab, "media", "verify", ISO);
  assert.equal(code, ExitCode.problemsFound);
  assert.match(
    stderr.replace(/\s+/g, " "),
    /Next: Copy or download it again, then: pemedic media verify E:\\Win11\.iso/,
  );
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
  assert.doesNotMatch(right.stdout, /no hash/);
  const [document] = jsonLines(
    await runCli(lab, "media", "verify", ISO, "--sha256", hash, "--json"),
  );
  assert.deepEqual([document!.whole, document!.unchecked], [true, { files: 0, bytes: 0 }]);
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
  const quick = await runCli(lab, ...args, "--resume", "--quick");
  assert.match(
    quick.stdout.replace(/\s+/g, " "),
    /nothing copied, 1 was there already, 1 of them not compared \(same size and time\)/,
  );
  const compared = await runCli(lab, ...args, "--resume");
  assert.match(compared.stdout.replace(/\s+/g, " "), /nothing copied, 1 was there already $/);
  assert.deepEqual(await lab.host.files.read("D:\\my media\\sources\\install.wim"), WIM);
});

Deno.test("media extract: its help tells how patterns combine and what is never done", async () => {
  const { stdout } = await runCli(machine(), "media", "extract", "--help");
  const text = stdout.replace(/\s+/g, " ");
  assert.match(text, /Several --only add up: .*without what a pattern behind ! means/);
  assert.match(text, /\*\.inf means those in the root only, \*\*\\\*\.inf all of them/);
  assert.match(text, /new or an empty folder .*Nothing that is there is ever overwritten/);
  assert.match(text, /Example: pemedic media extract E:\\Win11\.iso/);
  assert.deepEqual(longLines(stdout), []);
});

Deno.test("media extract: the example of the help does what it says", async () => {
  const lab = machine();
  const only = ["--only", "sources", "--only", "!**\\*.wim"];
  lab.host.files.put("E:\\kit\\sources\\a\\b.dll", utf8("b"));
  lab.host.files.put("E:\\kit\\sources\\boot.wim", utf8("w"));
  lab.host.files.put("E:\\kit\\setup.exe", utf8("s"));
  const run = await runCli(lab, "media", "extract", "E:\\kit", "D:\\media", ...only, "--json");
  assert.equal(jsonLines(run)[0]!.copied, 1, run.stdout);
  assert.deepEqual(await lab.host.files.read("D:\\media\\sources\\a\\b.dll"), utf8("b"));
});

Deno.test("media extract: an empty pattern is refused, it would copy everything", async () => {
  for (const pattern of ["", " ", "!"]) {
    const lab = machine();
    const run = await runCli(lab, "media", "extract", ISO, "D:\\media", "--only", pattern);
    assert.equal(run.code, ExitCode.usage, run.stdout);
    assert.deepEqual(lab.host.files.operations, []);
  }
});

Deno.test("media extract: a place that cannot be written to is no partial copy", async () => {
  const lab = machine();
  lab.host.files.putDirectory("D:\\closed");
  lab.host.files.createWriter = (path) => Promise.reject(new FileError("create", path, "denied"));
  const run = await runCli(lab, "media", "extract", ISO, "D:\\closed");
  assert.equal(run.code, ExitCode.usage, run.stderr);
  assert.match(run.stderr.replace(/\s+/g, " "), /access is denied; nothing was copied Next: Name/);
  const begun = machine();
  const stop = () => {
    begun.host.files.createWriter = (path) =>
      Promise.reject(new FileError("create", path, "denied"));
  };
  begun.host.files.put("E:\\kit\\a.bin", BIG);
  begun.host.files.put("E:\\kit\\b.bin", BIG);
  const { createWriter } = begun.host.files;
  let writers = 0;
  begun.host.files.createWriter = (...args) => {
    if (++writers === 2) stop();
    return writers === 2
      ? begun.host.files.createWriter(...args)
      : createWriter.apply(begun.host.files, args);
  };
  const later = await runCli(begun, "media", "extract", "E:\\kit", "D:\\media");
  assert.equal(later.code, ExitCode.partial, later.stderr);
  assert.match(later.stderr.replace(/\s+/g, " "), /What was copied stays; go on with/);
});

Deno.test("media extract: a read-only target names a way on", async () => {
  const items = [udfFile("setup.exe", utf8("MZ"))];
  const host = isoHost(items, { target: { readOnly: true } });
  const run = await runCli({ host }, "media", "extract", ISO, "D:\\media");
  assert.equal(run.code, ExitCode.readOnly, run.stderr);
  assert.match(run.stderr, /^Next: Name a folder on another volume/m);
});

Deno.test("media extract: of a cut image the main fact is told, not ten files", async () => {
  const items = Array.from(
    { length: 15 },
    (_, i) => udfFile(`file${i}.bin`, noise(100_000, i + 1)),
  );
  const host = isoHost(items);
  const bytes = await host.files.read(ISO);
  host.files.put(ISO, bytes.subarray(0, bytes.length - 1_200_000));
  const { code, stderr } = await runCli({ host }, "media", "extract", ISO, "D:\\media");
  assert.equal(code, ExitCode.refused, stderr);
  const told = stderr.replace(/\s+/g, " ");
  assert.match(told, /the image is cut off: [\d]+ bytes are missing at its end, .* of \d+ files/);
  assert.match(told, /Next: Copy or download the image again/);
  assert.doesNotMatch(told, /file\d+\.bin/);
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
  assert.match(
    stderr.replace(/\s+/g, " "),
    /pemedic file restore VOLUME PATH --from "E:\\install\.wim"/,
  );
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
