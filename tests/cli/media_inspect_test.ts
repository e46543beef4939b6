/** `media inspect` and `media list`: screens, documents, exit codes; judged by 7z and wimdir. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ExitCode, FileError } from "../../src/base/mod.ts";
import { main } from "../../src/cli/mod.ts";
import { createRealHost } from "../../src/host/real_host.ts";
import { FAT32_LARGEST } from "../../src/kit/mod.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import {
  genisoimagePresent,
  type ListedItem,
  sevenZipListing,
  sevenZipPresent,
} from "../formats/image/image_oracles.ts";
import {
  corpusWim,
  randomNumbers,
  wimlib,
  wimtoolsPresent,
  withFolder,
} from "../formats/wim/wim_oracles.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";
import { cutWim, makeIso, makeSplitSet, makeWim, SETUP_FILES } from "../kit/made_media.ts";
import { madeUpContent, zeroContent } from "../lab/file_content.ts";
import { LabTerminal } from "../lab/lab_terminal.ts";
import { createLab } from "../lab/mod.ts";
import { recordedRuns, udfDirectory, udfFile, type UdfItem } from "../lab/udf_items.ts";
import { writeUdf } from "../lab/udf_writer.ts";
import { without } from "../needs.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";

const makers = without(genisoimagePresent && wimtoolsPresent);

interface Entry {
  readonly kind: string;
  readonly path: string;
  readonly size: number;
  readonly modified: string | null;
  readonly safe: boolean;
  readonly complete: boolean;
  readonly problems: readonly string[];
}

/** The only document, which must be all that was printed. */
function documentOf(run: CliRun): Record<string, unknown> {
  const documents = jsonLines(run);
  assert.deepEqual([documents.length, run.stderr], [1, ""]);
  return documents[0]!;
}

function entriesOf(run: CliRun): readonly Entry[] {
  return documentOf(run).entries as Entry[];
}

/** Runs a command on the files of this machine. */
async function runReal(...args: readonly string[]): Promise<CliRun> {
  const terminal = new LabTerminal();
  const host = { ...await createRealHost(), terminal };
  const code = await main(args, () => Promise.resolve(host));
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

Deno.test(
  { name: "media inspect shows images, settings and boot files", ignore: makers },
  async () => {
    const wim = await makeWim([
      { name: "Windows 11 Home", edition: "Core" },
      { name: "Windows 11 Pro", edition: "Professional", ubr: 4061, language: "de-DE" },
    ]);
    const boot = await makeWim([{ name: "Microsoft Windows Setup (x64)", edition: "WindowsPE" }]);
    const lab = await createLab();
    lab.files.put(
      "E:\\Win11.iso",
      await makeIso({ ...SETUP_FILES, "sources/install.wim": wim, "sources/boot.wim": boot }),
    );
    const run = await runCli(lab, "media", "inspect", "E:\\Win11.iso");
    assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
    assert.deepEqual(longLines(run.stdout), []);
    for (
      const line of [
        /^ {2}kind +disc image$/m,
        /^ {2}format +UDF 1\.02$/m,
        /^ {2}label +CCCOMA_X64FRE$/m,
        /^ {2}size +.* bytes\), 13 files$/m,
        /^sources\\install\.wim: WIM, LZX, .*, 2 images$/m,
        /^ {4}1 {2}Windows 11 Home\n {7}Core, 26100\.1742, x64, en-US, 13\.\d KB, 3 files$/m,
        /^ {4}2 {2}Windows 11 Pro\n {7}Professional, 26100\.4061, x64, de-DE, /m,
        /^sources\\boot\.wim: .*\n {4}1 {2}Microsoft Windows Setup \(x64\)$/m,
        /^ {2}BIOS +bootmgr, boot\\bcd$/m,
        /^ {2}UEFI x64 +efi\\boot\\bootx64\.efi$/m,
        /^ {2}UEFI arm64 +efi\\boot\\bootaa64\.efi$/m,
        /^ {2}ei\.cfg +all editions, channel Retail, no volume licence$/m,
        /^ {2}product\.ini +editions Professional, Core$/m,
        /^ {2}lang\.ini +en-US$/m,
        /^ {2}cversion\.ini +upgrades from build 9600 on$/m,
        /^ {2}idwbinfo\.txt +amd64, ge_release$/m,
        /^Nothing wrong was found/m,
      ]
    ) assert.match(run.stdout, line);
    assert.doesNotMatch(run.stdout, /AAAAA|Problems/);
    const document = documentOf(await runCli(lab, "media", "inspect", "E:\\Win11.iso", "--json"));
    const [install] = document.installImages as Record<string, unknown>[];
    assert.deepEqual((install!.images as unknown[])[1], {
      index: 2,
      name: "Windows 11 Pro",
      edition: "Professional",
      installationType: null,
      build: 26100,
      ubr: 4061,
      architecture: "x64",
      languages: ["de-DE"],
      defaultLanguage: "de-DE",
      bytes: 13514,
      files: 3,
    });
    assert.deepEqual(
      [document.kind, document.format, document.label, document.files, document.problems],
      ["iso", "UDF 1.02", "CCCOMA_X64FRE", 13, []],
    );
    assert.deepEqual(lab.files.operations, [], "nothing is written");
  },
);

Deno.test("media inspect: exit codes for nothing, damage and problems", async () => {
  const lab = await createLab();
  lab.files.put("E:\\text.iso", new TextEncoder().encode("text"));
  lab.files.put("E:\\install.wim", cutWim(FAT32_LARGEST));
  lab.files.put("E:\\folder\\text.txt", new Uint8Array(1));
  lab.files.put("E:\\busy.wim", writeWim({ flags: 0x40 }));
  lab.files.put("E:\\good.wim", writeWim());
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ["E:\\none.iso", ExitCode.usage, /Cannot find media/],
    ["Q:", ExitCode.usage, /Cannot find media/],
    ["E:\\folder", ExitCode.usage, /Cannot find media in .* no boot\.wim/],
    ["D:", ExitCode.usage, /Cannot find media in/],
    ["E:\\text.iso", ExitCode.damagedFile, /not an image of a disc/],
    ["E:\\install.wim", ExitCode.damagedFile, /cut off: .*FAT32 holds no more/],
    ["E:\\busy.wim", ExitCode.problemsFound, /Problems - .*is being written/],
    ["E:\\good.wim", ExitCode.ok, /Nothing wrong was found/],
  ];
  for (const [path, code, says] of cases) {
    const run = await runCli(lab, "media", "inspect", path);
    assert.equal(run.code, code, path + run.stdout + run.stderr);
    assert.match((run.stdout + run.stderr).replace(/\s+/g, " "), says, path);
    assert.deepEqual(longLines(run.stdout + run.stderr), [], path);
    assert.equal(jsonLines(await runCli(lab, "media", "inspect", path, "--json")).length, 1);
  }
  assert.equal((await runCli(lab, "media", "inspect")).code, ExitCode.usage);
});

Deno.test("media inspect tells what FAT32 cut off or left out of a folder", async () => {
  const lab = await createLab();
  lab.files.put("E:\\cut\\sources\\install.wim", cutWim(FAT32_LARGEST));
  lab.files.put("E:\\cut\\sources\\lang.ini", new TextEncoder().encode("[x]"));
  lab.files.put("E:\\left\\sources\\lang.ini", new TextEncoder().encode("[x]"));
  lab.files.put("E:\\left\\bootmgr", new Uint8Array(1));
  lab.files.put("E:\\whole\\sources\\install.wim", writeWim());
  lab.files.put("E:\\whole\\big.bin", zeroContent(FAT32_LARGEST));
  lab.files.put("E:\\fine\\sources\\install.wim", writeWim());
  lab.files.put("E:\\fine\\big.bin", zeroContent(FAT32_LARGEST - 1));
  const told = async (folder: string) => {
    const run = await runCli(lab, "media", "inspect", `E:\\${folder}`, "--json");
    const problems = documentOf(run).problems as string[];
    assert.equal(run.code, problems.length === 0 ? ExitCode.ok : ExitCode.problemsFound);
    return problems.join("\n");
  };
  const cut = await told("cut");
  assert.match(cut, /"install\.wim" is cut off.*FAT32/);
  assert.equal(cut.split("\n").length, 1, "one cause is told once");
  assert.match(await told("left"), /^The installation image is missing: .*FAT32/);
  assert.match(await told("whole"), /^big\.bin: it has exactly 4,294,967,295 bytes/);
  assert.equal(await told("fine"), "");
});

Deno.test("an ISO that FAT32 has cut at 4 GB: one line for the image, one for each file", async () => {
  const lab = await createLab();
  const large: UdfItem = { kind: "file", name: "install.wim", runs: recordedRuns(5 * 2 ** 30) };
  const items = [udfFile("setup.exe", new Uint8Array(10)), udfDirectory("sources", [large])];
  const { image } = writeUdf(items);
  const content = (size: number) =>
    madeUpContent(size, {
      recipe: "cut",
      read: (offset, length) => image.slice(offset, length),
    });
  lab.files.put("E:\\cut.iso", content(FAT32_LARGEST));
  const inspect = await runCli(lab, "media", "inspect", "E:\\cut.iso", "--json");
  assert.equal(inspect.code, ExitCode.problemsFound);
  const problems = documentOf(inspect).problems as string[];
  assert.equal(problems.length, 2, problems.join("\n"));
  assert.match(problems[0]!, /^The image is cut off: .*FAT32 holds no more of a file$/);
  assert.match(problems[1]!, /^sources\\install\.wim: Its last \d+ bytes cannot be read/);
  const verify = await runCli(lab, "media", "verify", "E:\\cut.iso");
  assert.equal(verify.code, ExitCode.problemsFound);
  assert.match(verify.stdout, /2 problems found/);
  const copy = await runCli(lab, "media", "extract", "E:\\cut.iso", "E:\\copy");
  assert.equal(copy.code, ExitCode.refused, copy.stdout + copy.stderr);
  assert.match(
    copy.stderr.replace(/\s+/g, " "),
    /the image is cut off: \d+ bytes .* part of "sources\\install\.wim";/,
  );
  assert.equal(await lab.files.stat("E:\\copy"), undefined);
});

Deno.test("media list: of media for two architectures the image file must be said", async () => {
  const lab = await createLab();
  const tree = (name: string) => ({ name: "", children: [{ name }] });
  lab.files.put("E:\\dual\\x64\\sources\\install.wim", writeWim({ root: tree("x64.txt") }));
  lab.files.put("E:\\dual\\x86\\sources\\install.wim", writeWim({ root: tree("x86.txt") }));
  const list = async (image: string) =>
    await runCli(lab, "media", "list", "E:\\dual", "--image", image, "--json");
  for (const width of ["x64", "x86"]) {
    const run = await list(`${width}\\sources\\install.wim:1`);
    assert.equal(run.code, ExitCode.ok, run.stdout);
    assert.deepEqual(entriesOf(run).map(({ path }) => path), [`${width}.txt`]);
  }
  assert.equal(documentOf(await list("X86/SOURCES/Install.wim:1")).image, 1);
  const unsaid = await runCli(lab, "media", "list", "E:\\dual", "--image", "1");
  assert.equal(unsaid.code, ExitCode.usage);
  assert.match(
    unsaid.stderr.replace(/\s+/g, " "),
    /it has 2 of them .*--image x64\\sources\\install\.wim:1 or --image x86\\sources\\install\.wim:1/,
  );
  for (
    const wrong of ["sources\\install.wim:1", "x86\\sources\\install.wim:2", "..\\x:1", "a:b:1"]
  ) {
    assert.equal((await list(wrong)).code, ExitCode.usage, wrong);
  }
  lab.files.put("E:\\alone.wim", writeWim({ root: tree("alone.txt") }));
  const alone = async (image: string) =>
    await runCli(lab, "media", "list", "E:\\alone.wim", "--image", image);
  assert.match((await alone("1")).stdout, /alone\.txt/);
  const inside = await alone("sources\\install.wim:1");
  assert.equal(inside.code, ExitCode.usage);
  assert.match(inside.stderr, /it is no image file/);
});

Deno.test("an encrypted ESD is described, and its files are refused", async () => {
  const xml = '<WIM><IMAGE INDEX="1"><NAME>Pro</NAME></IMAGE>' +
    "<ESD><ENCRYPTED><KEY>x</KEY></ENCRYPTED></ESD></WIM>";
  const lab = await createLab();
  lab.files.put("E:\\e.esd", writeWim({ xml }));
  const run = await runCli(lab, "media", "inspect", "E:\\e.esd");
  assert.equal(run.code, ExitCode.problemsFound);
  assert.match(run.stdout, /: encrypted ESD, .*\n {4}1 {2}Pro$/m);
  assert.match(run.stdout.replace(/\s+/g, " "), /the ESD is encrypted\. Use an ISO/);
  const list = await runCli(lab, "media", "list", "E:\\e.esd", "--json");
  assert.equal(list.code, ExitCode.refused);
  assert.equal(documentOf(list).type, "error");
});

Deno.test({
  name: "media list equals 7z l -slt for the disc image of the corpus",
  ignore: without(sevenZipPresent && corpusPresent),
}, async () => {
  const file = corpusPath("iso/gen-genisoimage-udf102-bridge.iso");
  const run = await runReal("media", "list", file, "--json");
  assert.equal(run.code, ExitCode.ok, run.stdout.slice(-300));
  const ours = entriesOf(run).map((entry): ListedItem => ({
    path: entry.path.replaceAll("\\", "/"),
    directory: entry.kind === "directory",
    size: entry.size,
    modified: entry.modified?.slice(0, 19).replace("T", " ") ?? "",
  })).sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
  assert.ok(ours.length > 300);
  assert.deepEqual(ours, sevenZipListing(file));
  const text = await runReal("media", "list", file);
  assert.equal(text.stdout.trimEnd().split("\n").length, ours.length);
  assert.match(
    text.stdout,
    /^ {8}434,992 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}sources\\boot\.wim$/m,
  );
  assert.match(text.stdout, /^ {10}<DIR> {2}.{19} {2}sources$/m);
});

Deno.test({
  name: "media list equals wimdir for every image of the corpus",
  ignore: without(wimtoolsPresent && corpusPresent),
}, async () => {
  await withFolder(async (folder) => {
    const files = ["gen-lzx.wim", "gen-xpress.wim", "gen-none.wim.gz", "gen-pipable.wim"];
    let images = 0;
    for (const name of [...files, "gen-solid.esd"]) {
      const file = `${folder}/${name.replace(/\.gz$/, "")}`;
      await Deno.writeFile(file, corpusWim(name));
      const count = Number(/^Image Count: +(\d+)$/m.exec(wimlib(["info", file]))![1]);
      for (let image = 1; image <= count; image++, images++) {
        const run = await runReal("media", "list", file, "--image", `${image}`, "--json");
        assert.equal(run.code, ExitCode.ok, name);
        const ours = entriesOf(run).map(({ path }) => `/${path.replaceAll("\\", "/")}`);
        const theirs = wimlib(["dir", file, `${image}`]).trimEnd().split("\n");
        assert.ok(ours.length > 5);
        assert.deepEqual(["/", ...ours].sort(), theirs.sort(), `${name} ${image}`);
      }
    }
    assert.ok(images >= 7, `${images} images`);
  });
});

Deno.test({
  name: "media list --image lists an image of media; which one must be said",
  ignore: makers,
}, async () => {
  const lab = await createLab();
  const images = [{ name: "Home", edition: "Core" }, { name: "Pro", edition: "Professional" }];
  const wim = await makeWim(images);
  lab.files.put("E:\\My media\\sources\\install.wim", wim);
  lab.files.put("E:\\two.wim", wim);
  lab.files.put("E:\\one.wim", await makeWim(images.slice(0, 1)));
  const list = (...args: string[]) => runCli(lab, "media", "list", ...args);
  const paths = async (...args: string[]) =>
    entriesOf(await list(...args, "--json")).map(({ path }) => path);
  const files = await paths("E:\\My media", "--image", "2");
  assert.ok(files.includes("Windows\\System32\\ntdll.dll"), files.join());
  assert.deepEqual(await paths("E:\\two.wim", "--image", "2"), files);
  assert.deepEqual(await paths("E:\\one.wim"), files, "the only image need not be named");
  assert.deepEqual(await paths("E:\\My media"), ["sources", "sources\\install.wim"]);
  const which = await list("E:\\two.wim");
  assert.equal(which.code, ExitCode.usage);
  assert.match(which.stderr, /it has 2 images\nNext: .*--image/);
  const third = await list("E:\\My media", "--image", "3");
  assert.equal(third.code, ExitCode.usage);
  assert.match(third.stderr, /^Next: pemedic media inspect "E:\\My media"$/m);
  for (const wrong of ["0", "x", "-1", "1.5"]) {
    assert.equal((await list("E:\\two.wim", "--image", wrong)).code, ExitCode.usage, wrong);
  }
  lab.files.put("E:\\plain\\a.txt", new Uint8Array(1));
  assert.equal((await list("E:\\plain", "--image", "1")).code, ExitCode.usage);
  lab.files.put("E:\\broken\\sources\\install.wim", new TextEncoder().encode("MSWIM"));
  assert.equal((await list("E:\\broken", "--image", "1")).code, ExitCode.damagedFile);
});

Deno.test({
  name: "media list marks what lies in a missing part",
  ignore: without(wimtoolsPresent),
}, async () => {
  const parts = await makeSplitSet();
  const lab = await createLab();
  lab.files.put("E:\\install.swm", parts[0]!);
  const run = await runCli(lab, "media", "list", "E:\\install.swm");
  assert.equal(run.code, ExitCode.problemsFound);
  assert.match(run.stdout, /^ {14}\? {2}.{19} {2}[abc]\.bin\n {17}incomplete: Its content/m);
  assert.match(run.stderr, /missing: 2/);
  const json = await runCli(lab, "media", "list", "E:\\install.swm", "--json");
  assert.equal(json.code, ExitCode.problemsFound);
  const complete = entriesOf(json).map((entry) => entry.complete);
  assert.ok(complete.includes(false) && complete.length === 3);
  assert.equal((documentOf(json).problems as string[]).length, 1);
});

Deno.test("media list marks unsafe names, names what is left out, and steers no console", async () => {
  const lab = await createLab();
  const content = new TextEncoder().encode("text");
  const names = ["good.txt", "nul", "..", "a\u001b[2J\nb"];
  const root = { name: "", children: names.map((name) => ({ name, content })) };
  lab.files.put("E:\\odd.wim", writeWim({ root }));
  const run = await runCli(lab, "media", "list", "E:\\odd.wim");
  assert.equal(run.code, ExitCode.problemsFound);
  assert.match(run.stdout, / {2}good\.txt\n/);
  assert.match(run.stdout, / {2}nul\n {17}unsafe: Cannot be extracted/);
  assert.match(run.stdout, / {2}a\?\[2J\?b\n {17}unsafe/);
  assert.match(run.stderr, /^note: "\.\." is left out/m);
  const safe = entriesOf(await runCli(lab, "media", "list", "E:\\odd.wim", "--json"))
    .map((entry) => [entry.path, entry.safe]);
  assert.deepEqual(safe, [["good.txt", true], ["nul", false], [names[3], false]]);
});

Deno.test("media list says which links of a folder it leaves out", async () => {
  const lab = await createLab();
  lab.files.put("E:\\media\\file.txt", new Uint8Array(3));
  lab.files.putJunction("E:\\media\\link", "D:\\Windows");
  const run = await runCli(lab, "media", "list", "E:\\media");
  assert.equal(run.code, ExitCode.problemsFound);
  assert.match(run.stdout, /^ {14}3 {2}.{19} {2}file\.txt\n$/);
  assert.match(run.stderr, /"link" is a link and is left out/);
});

Deno.test("media list of a large image is printed in small pieces, also as JSON", async () => {
  const children = Array.from({ length: 20_000 }, (_, i) => ({ name: `file number ${i}.txt` }));
  const lab = await createLab();
  lab.files.put("E:\\large.wim", writeWim({ root: { name: "", children } }));
  for (const json of [false, true]) {
    const pieces: number[] = [];
    const { terminal } = lab.host;
    const write = terminal.write.bind(terminal);
    terminal.write = (text) => {
      pieces.push(text.length);
      write(text);
    };
    const run = await runCli(lab, "media", "list", "E:\\large.wim", ...json ? ["--json"] : []);
    terminal.write = write;
    assert.equal(run.code, ExitCode.ok);
    assert.ok(pieces.length > 10 && Math.max(...pieces) < 100_000, `${Math.max(...pieces)}`);
    const lines = json ? entriesOf(run).length : run.stdout.trimEnd().split("\n").length;
    assert.equal(lines, children.length);
  }
});

Deno.test(
  { name: "media list closes its document when the disk fails on the way", ignore: makers },
  async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`folder${i}/a file of folder ${i}.txt`, "x"]),
    );
    const iso = await makeIso(files);
    const lab = await createLab();
    let reads = 0;
    let limit = Infinity;
    lab.files.put(
      "E:\\bad.iso",
      madeUpContent(iso.length, {
        recipe: "fails after some reads",
        read: (offset, length) => {
          if (reads++ > limit) throw new FileError("read", "E:\\bad.iso", "disk-error");
          return iso.slice(offset, offset + length);
        },
      }),
    );
    const whole = entriesOf(await runCli(lab, "media", "list", "E:\\bad.iso", "--json"));
    assert.equal(whole.length, 80);
    limit = reads - 3;
    reads = 0;
    const run = await runCli(lab, "media", "list", "E:\\bad.iso", "--json");
    assert.equal(run.code, ExitCode.diskFailing, run.stdout.slice(-300));
    assert.ok(entriesOf(run).length < 80);
    assert.match(String(documentOf(run).problems), /read or write error/);
  },
);

Deno.test({ name: "media commands work on files of this machine", ignore: makers }, async () => {
  const iso = await makeIso({
    ...SETUP_FILES,
    "sources/install.wim": await makeWim([{ name: "Pro", edition: "Professional" }]),
    "zz.bin": new Uint8Array(2_000_000).fill(7),
  });
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/cut.iso`, iso.slice(0, iso.length - 300 * 2048));
    await Deno.writeFile(`${folder}/media.iso`, iso);
    const good = await runReal("media", "inspect", `${folder}/media.iso`);
    assert.equal(good.code, ExitCode.ok, good.stdout + good.stderr);
    const cut = await runReal("media", "inspect", `${folder}/cut.iso`);
    assert.equal(cut.code, ExitCode.problemsFound, cut.stdout + cut.stderr);
    assert.match(
      cut.stdout,
      /^Problems\n {2}- The image is cut off: [0-9]+ bytes are missing at its end$/m,
    );
    assert.equal(cut.stdout.split("The image is cut off").length, 2, cut.stdout);
    assert.match(cut.stdout, /more files? with problems/);
    const listed = await runReal("media", "list", `${folder}/media.iso`, "--image", "1");
    assert.match(listed.stdout, / {2}Windows\\System32\\ntdll\.dll$/m);
  });
});

Deno.test({
  name: "changed bytes of media never become a fault or a broken document",
  ignore: makers,
}, async () => {
  const wim = await makeWim([{ name: "Pro", edition: "Professional" }]);
  const iso = await makeIso({ ...SETUP_FILES, "sources/install.wim": wim });
  const random = randomNumbers(4);
  const lab = await createLab();
  const codes = new Set<number>();
  for (let round = 0; round < 120; round++) {
    const source = round % 2 === 0 ? iso : wim;
    // Descriptors and directories of a small image lie in front of its files.
    const end = source === iso ? 700_000 : source.length;
    const bytes = source.slice();
    for (let i = 0; i < 12; i++) {
      const at = source === iso && i % 2 === 0 ? 32_768 + random(40_000) : random(end);
      bytes[at] = random(256);
    }
    lab.files.put("E:\\changed", bytes);
    for (const args of [["inspect"], ["list"], ["list", "--image", "1"]]) {
      const [verb = "", ...options] = args;
      const run = await runCli(lab, "media", verb, "E:\\changed", ...options, "--json");
      assert.notEqual(run.code, ExitCode.internal, `round ${round}: ${run.stdout}`);
      documentOf(run);
      codes.add(run.code);
    }
  }
  assert.ok(codes.has(ExitCode.ok) && codes.size >= 3, [...codes].join());
});

Deno.test("files that are no media are told by what they are, with what to do", async () => {
  const lab = await createLab();
  const put = (name: string, bytes: Uint8Array) => lab.files.put(`E:\\${name}`, bytes);
  const text = new TextEncoder().encode("These are only words, no image. ".repeat(20));
  put("empty.wim", new Uint8Array());
  put("empty.iso", new Uint8Array());
  put("text.esd", text);
  put("text.iso", text);
  put("install.wim.gz", Uint8Array.of(0x1f, 0x8b, 8, 0, ...text));
  put("cut.wim", writeWim().subarray(0, 300));
  put("head.wim", writeWim().subarray(0, 100));
  const again = /Next: Copy it again from where it came from, or download it again/;
  const cases: readonly (readonly [string, RegExp, RegExp])[] = [
    ["empty.wim", /Cannot read "E:[^"]+": the file is empty/, again],
    ["empty.iso", /Cannot read "E:[^"]+": the file is empty/, again],
    ["text.esd", /Cannot read "E:[^"]+": it is called \.esd and has no WIM header/, again],
    ["text.iso", /it is not an image of a disc Next/, again],
    ["install.wim.gz", /Cannot read "E:[^"]+": it begins like a gzip file/, /Next: Unpack it/],
    ["cut.wim", /"E:\\cut\.wim" is cut off/, again],
    ["head.wim", /it has only 100 bytes/, again],
  ];
  for (const [name, says, next] of cases) {
    for (const command of ["inspect", "list", "verify"]) {
      const run = await runCli(lab, "media", command, `E:\\${name}`);
      const told = run.stderr.replace(/\s+/g, " ");
      assert.equal(run.code, ExitCode.damagedFile, `${command} ${name}: ${told}`);
      assert.match(told, says, `${command} ${name}`);
      assert.match(told, next, `${command} ${name}`);
    }
  }
});

Deno.test("media inspect FILE:N says how an image is named here", async () => {
  const lab = await createLab();
  lab.files.put("E:\\install.wim", writeWim());
  const run = await runCli(lab, "media", "inspect", "E:\\install.wim:2");
  assert.equal(run.code, ExitCode.usage);
  assert.match(
    run.stderr.replace(/\s+/g, " "),
    /without ":2": .*the files of image 2: pemedic media list "E:\\install\.wim" --image 2/,
  );
});

Deno.test("media list --image takes boot.wim, with or without its folder", async () => {
  const lab = await createLab();
  const tree = (name: string) => ({ root: { name: "", children: [{ name }] } });
  lab.files.put("E:\\kit\\sources\\boot.wim", writeWim(tree("pe.txt")));
  lab.files.put("E:\\kit\\sources\\install.wim", writeWim(tree("windows.txt")));
  const list = (image: string) => runCli(lab, "media", "list", "E:\\kit", "--image", image);
  for (const name of ["boot.wim:1", "sources\\boot.wim:1", "Sources/BOOT.wim:1"]) {
    assert.match((await list(name)).stdout, /pe\.txt/, name);
  }
  assert.match((await list("install.wim:1")).stdout, /windows\.txt/);
  const wrong = await list("winre.wim:1");
  assert.equal(wrong.code, ExitCode.usage);
  assert.match(wrong.stderr.replace(/\s+/g, " "), /there is .*install\.wim", "sources\\boot\.wim"/);
  lab.files.put("E:\\kit\\sources\\boot.wim", new TextEncoder().encode("MSWIM"));
  const damaged = await list("boot.wim:1");
  assert.equal(damaged.code, ExitCode.damagedFile, damaged.stderr);
  // Two files of one name: the folder decides.
  lab.files.put("E:\\dual\\x64\\sources\\install.wim", writeWim(tree("64")));
  lab.files.put("E:\\dual\\x86\\sources\\install.wim", writeWim(tree("32")));
  const both = await runCli(lab, "media", "list", "E:\\dual", "--image", "install.wim:1");
  assert.equal(both.code, ExitCode.usage);
  assert.match(both.stderr.replace(/\s+/g, " "), /not the only one of this name/);
});

Deno.test("media list says that there is nothing, and a size that nobody knows", async () => {
  const lab = await createLab();
  lab.files.putDirectory("E:\\empty");
  const empty = await runCli(lab, "media", "list", "E:\\empty");
  assert.deepEqual([empty.code, empty.stdout], [ExitCode.ok, ""]);
  assert.match(empty.stderr, /^note: There are no files in it$/m);
  const content = new TextEncoder().encode("some content");
  const bytes = writeWim({ root: { name: "", children: [{ name: "a.txt", content }] } });
  const hash = createHash("sha1").update(content).digest();
  const at = Buffer.from(bytes).lastIndexOf(hash);
  bytes.fill(0, at, at + hash.length);
  lab.files.put("E:\\lost.wim", bytes);
  const lost = await runCli(lab, "media", "list", "E:\\lost.wim");
  assert.equal(lost.code, ExitCode.problemsFound);
  assert.match(lost.stdout, /^ {14}\? .* a\.txt\n {17}incomplete/m);
  const json = entriesOf(await runCli(lab, "media", "list", "E:\\lost.wim", "--json"));
  assert.deepEqual(json.map(({ size }) => size), [null]);
});

Deno.test("list and verify say the same of an image that no Windows writes", async () => {
  const lab = await createLab();
  const content = new TextEncoder().encode("text");
  const children = ["a.txt", "a.txt", ".."].map((name) => ({ name, content }));
  lab.files.put("E:\\odd.wim", writeWim({ root: { name: "", children } }));
  for (const command of ["list", "verify"]) {
    const run = await runCli(lab, "media", command, "E:\\odd.wim");
    assert.equal(run.code, ExitCode.problemsFound, command);
    const told = (run.stdout + run.stderr).replace(/\s+/g, " ");
    assert.match(told, /"a\.txt" is there twice: the second one is left out/);
    assert.match(told, /"\.\." is left out: its name would lead out of its folder/);
  }
  const inspected = await runCli(lab, "media", "inspect", "E:\\odd.wim");
  assert.match(
    inspected.stdout.replace(/\s+/g, " "),
    /Nothing wrong was found in headers and records \(media verify reads the contents\)/,
  );
});

Deno.test("media inspect tells an image that is not there from one that cannot be read", async () => {
  const lab = await createLab();
  lab.files.put("E:\\pe\\sources\\boot.wim", writeWim());
  const none = await runCli(lab, "media", "inspect", "E:\\pe");
  assert.match(none.stdout, /install image +none$/m);
  lab.files.put("E:\\pe\\sources\\install.wim", new TextEncoder().encode("no image"));
  const damaged = await runCli(lab, "media", "inspect", "E:\\pe");
  assert.match(damaged.stdout, /install image +none that can be read$/m);
});
