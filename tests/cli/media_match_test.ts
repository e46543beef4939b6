/** `media match` as a whole: target and sources in, verdicts, commands and exit code out. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { parseSourceOption } from "../../src/tools/dism/mod.ts";
import {
  bitLockerLocked,
  compareSnapshots,
  createLab,
  type FileContent,
  type LabWindows,
  madeUpContent,
  type MemoryLab,
  plugIn,
  repeatedContent,
  WINDOWS_10_HOME_GERMAN,
  WINDOWS_11_PRO,
} from "../lab/mod.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";
import { longLines } from "./cli_scenes.ts";
import { type ImageFacts, imageFile, imageXml, isoWith } from "./source_images.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";

type Files = Readonly<Record<string, Uint8Array | FileContent>>;

const ENCRYPTED = "<ESD><ENCRYPTED><KEYSIZE>256</KEYSIZE></ENCRYPTED></ESD>";
const HOME: ImageFacts = { name: "Windows 11 Home", edition: "Core" };
const OLDER: ImageFacts = { ubr: 1742 };
const W23H2: ImageFacts = { build: 22631, ubr: 5335 };

async function labWith(files: Files, windows: LabWindows = WINDOWS_11_PRO): Promise<MemoryLab> {
  const lab = await createLab({ windows, source: "none" });
  plugIn(lab.host, { letter: "F:", label: "Data", totalBytes: 466 * 2 ** 30 });
  for (const [path, content] of Object.entries(files)) lab.files.put(path, content);
  lab.files.forgetOperations();
  return lab;
}

/** The first sectors of an ISO. */
function cut(iso: FileContent, sectors: number): FileContent {
  return madeUpContent(2048 * sectors, {
    recipe: `${sectors} sectors of ${iso.fingerprint}`,
    read: (offset, length) => iso.read(offset, length),
  });
}

/** The screen without its line breaks. */
function flat(run: CliRun): string {
  return run.stdout.replace(/\s+/g, " ");
}

interface Row {
  readonly what: string;
  readonly windows?: Partial<LabWindows>;
  readonly files: Files;
  readonly code: keyof typeof ExitCode;
  readonly says: readonly RegExp[];
  /** The commands it proposes, whole. */
  readonly commands?: readonly string[];
}

const REPAIR = "pemedic repair D: --source";
const WIM = "E:\\sources\\install.wim";

const TABLE: readonly Row[] = [
  {
    what: "a WIM on the stick that is the same",
    files: { [WIM]: imageFile([HOME, {}]) },
    code: "ok",
    says: [
      /fits E:\\sources\\install\.wim:2 "Windows 11 Pro", Professional, en-US, x64, 26100\.4061: Same/,
      /unsure E:\\sources\\install\.wim:1 .* some files may be missing/,
      /Best: .*for DISM: \/Source:wim:E:\\sources\\install\.wim:2/,
    ],
    commands: [`${REPAIR} ${WIM}:2`],
  },
  {
    what: "an ESD",
    files: { "E:\\sources\\install.esd": imageFile() },
    code: "ok",
    says: [/\/Source:esd:E:\\sources\\install\.esd:1/],
    commands: [`${REPAIR} E:\\sources\\install.esd:1`],
  },
  {
    what: "an ISO: it goes to the volume with the most room",
    files: { "E:\\ISO\\Win 11.iso": isoWith({ "install.wim": imageFile() }) },
    code: "ok",
    says: [
      /taken out of the ISO first: this needs 1\.1 GB, and F:\\ has 466 GB free; the repair does it/,
    ],
    commands: [`${REPAIR} "E:\\ISO\\Win 11.iso:1"`],
  },
  {
    what: "a split image",
    files: {
      "E:\\sources\\install.swm": imageFile([HOME, {}], { part: 1, parts: 2 }),
      "E:\\sources\\install2.swm": imageFile([HOME, {}], { part: 2, parts: 2 }),
    },
    code: "ok",
    says: [/joined from its parts first/],
    commands: [`${REPAIR} E:\\sources\\install.swm:2`],
  },
  {
    what: "a split image inside an ISO",
    files: {
      "E:\\x.iso": isoWith({
        "install.swm": imageFile([{}], { part: 1, parts: 2 }),
        "install2.swm": imageFile([{}], { part: 2, parts: 2 }),
      }),
    },
    code: "ok",
    says: [/taken out of the ISO and joined from its parts first/],
    commands: [`${REPAIR} E:\\x.iso:1`],
  },
  {
    what: "a file in place beats the same in an ISO",
    files: { "E:\\a.iso": isoWith({ "install.wim": imageFile() }), "F:\\z.wim": imageFile() },
    code: "ok",
    says: [/Best: F:\\z\.wim:1/, /fits E:\\a\.iso > sources\\install\.wim:1/],
    commands: [`${REPAIR} F:\\z.wim:1`],
  },
  {
    what: "an ISO that fits beats an older file in place",
    files: {
      "E:\\a.iso": isoWith({ "install.wim": imageFile() }),
      "F:\\z.wim": imageFile([OLDER]),
    },
    code: "ok",
    says: [/Best: E:\\a\.iso > sources\\install\.wim:1/],
  },
  {
    what: "two images with the same name: the edition tells them apart",
    files: { [WIM]: imageFile([{ name: "Windows 11", edition: "Core" }, { name: "Windows 11" }]) },
    code: "ok",
    says: [/:2 "Windows 11", Professional/, /:1 "Windows 11", Core/],
    commands: [`${REPAIR} ${WIM}:2`],
  },
  {
    what: "an older level without an update",
    files: { [WIM]: imageFile([OLDER]) },
    code: "needsSource",
    says: [/older E:/, /the cumulative update of level 26100\.4061 or newer is needed beside it/],
    commands: [`${REPAIR} ${WIM}:1`],
  },
  {
    what: "an older level with the update of the target's level beside it",
    files: {
      [WIM]: imageFile([OLDER]),
      "E:\\Updates\\26100.4061\\windows11.0-kb5058411-x64_0123abcd.msu": new Uint8Array(9),
    },
    code: "ok",
    says: [
      /Updates E:\\Updates\\26100\.4061: KB5058411 \(26100\.4061, x64\)/,
      /KB5058411 in E:\\Updates\\26100\.4061 has it/,
    ],
    commands: [`${REPAIR} ${WIM}:1`],
  },
  {
    what: "an older level with an update of an older level",
    files: {
      [WIM]: imageFile([OLDER]),
      "E:\\Updates\\26100.3000\\windows11.0-kb5050000-x64.msu": new Uint8Array(9),
    },
    code: "needsSource",
    says: [/KB5050000 \(26100\.3000, x64\)/, /is needed beside it/],
  },
  {
    what: "25H2 media for 24H2: one base",
    files: { [WIM]: imageFile([{ build: 26200, ubr: 8037 }]) },
    code: "ok",
    says: [/newer update level \(26200\.8037\)/],
  },
  {
    what: "another release: grouped in one line, and what to download",
    files: { [WIM]: imageFile([{ ...HOME, ...W23H2 }, W23H2]) },
    code: "needsSource",
    says: [
      /no E:\\sources\\install\.wim, all 2 images: It is Windows 11 23H2 \(22631\)/,
      /Nothing here fits\. Needed: Windows 11 24H2, build 26100\.4061 or newer, edition Pro/,
      /Download such an ISO/,
    ],
    commands: [],
  },
  {
    what: "another language, another edition line, another processor",
    files: {
      [WIM]: imageFile([
        { language: "de-DE" },
        { edition: "ProfessionalN" },
        { edition: "EnterpriseS" },
        { architecture: 12 },
      ]),
    },
    code: "needsSource",
    says: [
      /wim:1 .* Its language is de-DE; this Windows is en-US/,
      /wim:2 .* Its edition is Pro N/,
      /wim:3 .* Its edition is Enterprise LTSC/,
      /wim:4 .* It is for arm64; this Windows is x64/,
    ],
  },
  {
    what: "Windows PE is never a source",
    files: { "E:\\pe.wim": imageFile([{ edition: "WindowsPE" }]) },
    code: "needsSource",
    says: [/It is Windows PE/],
  },
  {
    what: "an image of files that is no Windows",
    files: { "E:\\drivers.wim": writeWim() },
    code: "needsSource",
    says: [/no E:\\drivers\.wim:1 "One": It names no edition, build or processor/],
    commands: [],
  },
  {
    what: "an image that does not tell its build is offered with its doubt",
    files: { "E:\\x.wim": writeWim({ xml: imageXml([{}]).replace(/<VERSION>.*<\/VERSION>/, "") }) },
    code: "ok",
    says: [/unsure E:\\x\.wim:1/, /It is not sure to fit: Its build cannot be compared/],
    commands: [`${REPAIR} E:\\x.wim:1`],
  },
  {
    what: "a German Windows 10 Home finds its own",
    windows: WINDOWS_10_HOME_GERMAN,
    files: {
      [WIM]: imageFile([{}, { edition: "Core", language: "de-DE", build: 19045, ubr: 5854 }]),
    },
    code: "ok",
    says: [/wim:2 "Windows 11 Pro", Core, de-DE, x64, 19045\.5854: Same/],
    commands: [`${REPAIR} ${WIM}:2`],
  },
  {
    what: "an encrypted ESD",
    files: { "E:\\sources\\install.esd": imageFile([{}], { extra: ENCRYPTED }) },
    code: "needsSource",
    says: [/install\.esd:1 .* It is encrypted/],
    commands: [],
  },
  {
    what: "a split image without its last part",
    files: { "E:\\sources\\install.swm": imageFile([{}], { part: 1, parts: 2 }) },
    code: "needsSource",
    says: [/Part 2 of the split image is missing/],
  },
  {
    what: "a split image without its first parts",
    files: { "E:\\sources\\install3.swm": imageFile([{}], { part: 3, parts: 3 }) },
    code: "needsSource",
    says: [/2 parts of the split image are missing \(1 to 2\)/],
  },
  {
    what: "bad files are one line each and never the end",
    files: {
      "E:\\broken.iso": new Uint8Array(70_000),
      "E:\\empty.wim": new Uint8Array(),
      "E:\\linux.iso": isoWith({ "vmlinuz": new Uint8Array(5) }),
      "E:\\torn.wim": imageFile().slice(0, 300),
      [WIM]: imageFile(),
    },
    code: "ok",
    says: [
      /no Cannot read "E:\\broken\.iso": it is not an image/,
      /no Cannot read "E:\\empty\.wim": /,
      /no E:\\linux\.iso: It holds no installation image/,
      /no [^>]*"E:\\torn\.wim"/,
    ],
    commands: [`${REPAIR} ${WIM}:1`],
  },
  {
    what: "a download that was cut off",
    files: {
      "E:\\tail.iso": cut(isoWith({ "install.wim": imageFile(), "z": new Uint8Array(40960) }), 270),
      "E:\\half.iso": cut(isoWith({ "install.wim": imageFile() }), 264),
      "E:\\torn.iso": cut(isoWith({ "install.wim": imageFile() }), 260),
    },
    code: "needsSource",
    says: [
      /no E:\\tail\.iso > sources\\install\.wim:1 .* is cut off: \d+ bytes are missing at its end/,
      /no E:\\half\.iso: The image is cut off: 2048 bytes are missing/,
      /no E:\\torn\.iso: Cannot read/,
    ],
    commands: [],
  },
  {
    what: "nothing at all",
    files: {},
    code: "needsSource",
    says: [/No image and no ISO was found/, /Nothing here fits/],
    commands: [],
  },
  {
    what: "a download of the user and Setup's own folder on the target's volume",
    files: {
      "D:\\Users\\Anna\\Downloads\\Win11.iso": isoWith({ "install.wim": imageFile([OLDER]) }),
      "D:\\$WINDOWS.~BT\\Sources\\install.esd": imageFile(),
      "D:\\Work\\deep.wim": imageFile(),
    },
    code: "ok",
    says: [/older D:\\Users\\Anna\\Downloads\\Win11\.iso/, /Best: D:\\\$WINDOWS\.~BT\\Sources/],
    commands: [`${REPAIR} D:\\$WINDOWS.~BT\\Sources\\install.esd:1`],
  },
];

for (const row of TABLE) {
  Deno.test(`media match: ${row.what}`, async () => {
    const lab = await labWith(row.files, { ...WINDOWS_11_PRO, ...row.windows });
    const before = await lab.snapshot();
    const run = await runCli(lab, "media", "match", "D:");
    assert.equal(run.code, ExitCode[row.code], run.stdout + run.stderr);
    for (const pattern of row.says) assert.match(flat(run), pattern);
    const [document, ...more] = jsonLines(await runCli(lab, "media", "match", "D:", "--json"));
    assert.equal(more.length, 0);
    assert.equal(document?.exitCode, run.code);
    const commands = document?.commands as string[];
    if (row.commands !== undefined) assert.deepEqual(commands, row.commands);
    for (const command of commands) assert.ok(run.stdout.includes(`  ${command}\n`), command);
    const text = run.stdout.split("\n").filter((line) => !line.startsWith("  dism ")).join("\n");
    assert.deepEqual(longLines(text + run.stderr), []);
    assert.doesNotMatch(run.stdout, /undefined|\[object/);
    assert.deepEqual(lab.files.operations, [], "it only reads");
    assert.deepEqual(compareSnapshots(before, await lab.snapshot()), []);
  });
}

Deno.test("media match: the proposed --source is one that repair accepts", async () => {
  const lab = await labWith({ [WIM]: imageFile() });
  const [document] = jsonLines(await runCli(lab, "media", "match", "--json"));
  const { source, dismSource } = document?.best as { source: string; dismSource: string };
  assert.deepEqual(parseSourceOption(source), { kind: "wim", path: WIM, index: 1 });
  assert.equal(dismSource, `wim:${WIM}:1`);
  const run = await runCli(lab, "repair", "D:", "--dry-run", "--source", source);
  assert.notEqual(run.code, ExitCode.usage, run.stderr);
});

Deno.test("media match: the command for an ISO unpacks the image that was chosen", async () => {
  const lab = await labWith({ "E:\\Win.iso": isoWith({ "install.wim": imageFile([HOME, {}]) }) });
  const [document] = jsonLines(await runCli(lab, "media", "match", "D:", "--json"));
  const [command = "", ...more] = document?.commands as string[];
  assert.deepEqual(more, []);
  const planned = async (...args: string[]) => {
    const run = await runCli(lab, ...args, "--dry-run", "--json");
    const plan = jsonLines(run).find(({ type }) => type === "plan")?.plan;
    return (plan as { options: { sources: string[] } }).options.sources;
  };
  const source = "F:\\PEMedic-source\\sources\\install.wim:2";
  assert.deepEqual(await planned(...command.split(" ").slice(1)), [source]);
  assert.deepEqual(await planned("repair", "D:", "--source", "auto"), [source]);
});

Deno.test("media match: an ISO with another ending is unpacked by hand, and that works", async () => {
  const lab = await labWith({ "E:\\Win.bin": isoWith({ "install.wim": imageFile([HOME, {}]) }) });
  const [document] = jsonLines(await runCli(lab, "media", "match", "E:\\Win.bin", "--json"));
  const [extract = "", repair = ""] = document?.commands as string[];
  const copied = await runCli(lab, ...extract.split(" ").slice(1));
  assert.equal(copied.code, ExitCode.ok, copied.stderr);
  const run = await runCli(lab, ...repair.split(" ").slice(1), "--dry-run");
  assert.equal(run.code, ExitCode.ok, run.stderr);
});

Deno.test("media match: an image with another ending gets the prefix that DISM needs", async () => {
  const lab = await labWith({ "E:\\image.bin": imageFile() });
  const run = await runCli(lab, "media", "match", "E:\\image.bin", "--json");
  const { source } = jsonLines(run)[0]?.best as { source: string };
  assert.equal(source, "wim:E:\\image.bin:1");
  assert.deepEqual(parseSourceOption(source), { kind: "wim", path: "E:\\image.bin", index: 1 });
});

Deno.test("media match: a place that DISM does not take is refused in its line", async () => {
  const lab = await labWith({ "E:\\really a wim.iso": imageFile(), [WIM]: imageFile() });
  const run = await runCli(lab, "media", "match", "D:");
  assert.equal(run.code, ExitCode.ok);
  assert.match(flat(run), /no E:\\really a wim\.iso:1 .* DISM does not read ISO files/);
  assert.match(flat(run), /Best: E:\\sources\\install\.wim:1/);
});

Deno.test("media match: what a name or an image says of itself cannot steer the console", async () => {
  const lab = await labWith({ "E:\\a&b ^c.wim": imageFile([{ name: "Pro\u202eevil" }]) });
  const run = await runCli(lab, "media", "match", "D:");
  assert.equal(run.code, ExitCode.ok, run.stdout);
  assert.doesNotMatch(run.stdout, /\u202e/);
  assert.match(run.stdout, /--source "E:\\a&b \^c\.wim:1"$/m);
});

Deno.test("media match: a file or folder that is named comes first, and alone needs no volume", async () => {
  const lab = await labWith({
    [WIM]: imageFile(),
    "F:\\very\\deep\\folder\\of\\mine\\x.wim": imageFile(),
  });
  const sources = (run: CliRun) =>
    (jsonLines(run)[0]?.images as { place: string }[]).map(({ place }) => place);
  assert.deepEqual(sources(await runCli(lab, "media", "match", "--json")), [WIM]);
  const named = "F:\\very\\deep\\folder\\of\\mine\\x.wim";
  const expected = [named, WIM];
  for (
    const args of [
      [named],
      ["D:", named],
      [named, "--windows", "D:"],
      ["D:", "--windows", "D:", named],
      ["D:", "F:\\very\\deep\\folder\\of"],
      ["D:", named, named.toUpperCase()],
    ]
  ) {
    const run = await runCli(lab, "media", "match", ...args, "--json");
    assert.deepEqual(sources(run), expected, `${args.join(" ")}: ${run.stdout}`);
  }
});

Deno.test("media match: a place where nothing is, is a wrong command line", async () => {
  const lab = await labWith({ [WIM]: imageFile() });
  for (const args of [["E:\\no.iso"], ["D:", "E:\\no.iso"], ["D:", "Q:"], ["D:", "E:\\no"]]) {
    const run = await runCli(lab, "media", "match", ...args);
    assert.equal(run.code, ExitCode.usage, args.join(" "));
    assert.match(run.stderr, /Cannot find a source at/, args.join(" "));
  }
});

Deno.test("media match: without room nothing can be unpacked, and this is said", async () => {
  const lab = await labWith({ "E:\\x.iso": isoWith({ "install.wim": imageFile() }) });
  for (const letter of ["D:", "E:", "F:", "S:"]) lab.files.setFreeBytes(letter, 1000);
  const run = await runCli(lab, "media", "match", "D:");
  assert.equal(run.code, ExitCode.needsSource);
  assert.match(
    flat(run),
    /It cannot be unpacked: no volume has the 1\.1 GB that it needs to be unpacked: the most has/,
  );
});

Deno.test("media match: the target's volume is the last place to unpack, the RAM disk none", async () => {
  const lab = await labWith({ "E:\\x.iso": isoWith({ "install.wim": imageFile() }) });
  const folder = async () => {
    const [document] = jsonLines(await runCli(lab, "media", "match", "D:", "--json"));
    return (document?.best as { source: string }).source.split("\\").slice(0, 2).join("\\");
  };
  assert.equal(await folder(), "F:\\PEMedic-source");
  lab.files.put("F:\\PEMedic-source\\kept.txt", new Uint8Array(1));
  assert.equal(await folder(), "F:\\PEMedic-source-2");
  for (const letter of ["F:", "S:"]) lab.files.setFreeBytes(letter, 1000);
  assert.equal(await folder(), "E:\\PEMedic-source");
  lab.files.setFreeBytes("E:", 1000);
  assert.equal(await folder(), "D:\\PEMedic-source");
});

Deno.test("media match: a file over 4 GB is not sent to FAT32", async () => {
  const lab = await createLab({ source: "none" });
  const big = imageFile([{}], { part: 1, parts: 2 });
  const second = imageFile([{}], { part: 2, parts: 2 });
  lab.files.put("E:\\sources\\install.swm", big);
  const size = 4.5 * 2 ** 30;
  lab.files.put("E:\\sources\\install2.swm", {
    ...repeatedContent(new Uint8Array(64), size),
    read: (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      if (offset < second.length) bytes.set(second.subarray(offset, offset + length));
      return bytes;
    },
  });
  lab.files.setFreeBytes("E:", 10 * 2 ** 30);
  const [document] = jsonLines(await runCli(lab, "media", "match", "D:", "--json"));
  const best = document?.best as { source: string };
  assert.equal(best.source, "D:\\PEMedic-source.wim:1", "E: has room, but is FAT32");
});

Deno.test("media match: many volumes, the own stick first, a locked one told", async () => {
  const lab = await labWith({ "F:\\f.wim": imageFile() });
  for (const letter of ["G:", "H:", "I:", "J:", "K:", "L:"]) {
    plugIn(lab.host, { letter, drive: letter === "G:" ? "cdrom" : "removable" });
    lab.files.put(`${letter}\\here.wim`, imageFile());
  }
  plugIn(lab.host, { letter: "M:", drive: "network" });
  lab.files.put("M:\\far.wim", imageFile());
  lab.files.put("X:\\ram.wim", imageFile());
  lab.files.volume("K:").locked = true;
  const [document] = jsonLines(await runCli(lab, "media", "match", "D:", "--json"));
  assert.deepEqual(document?.searched, [
    "E:\\",
    "H:\\",
    "I:\\",
    "J:\\",
    "L:\\",
    "G:\\",
    "F:\\",
    "S:\\",
    "D:\\",
  ]);
  assert.equal((document?.images as unknown[]).length, 6);
  assert.match(String(document?.leftOut), /K: cannot be read: it is locked/);
});

Deno.test("media match: a locked target is told, not searched", async () => {
  const lab = await labWith({ [WIM]: imageFile() });
  await lab.damage(bitLockerLocked());
  const run = await runCli(lab, "media", "match", "D:");
  assert.equal(run.code, ExitCode.locked, run.stderr);
});

Deno.test("media match: hundreds of images do not flood the screen", async () => {
  const images = Array.from({ length: 300 }, (_, i): ImageFacts => i % 3 === 0 ? W23H2 : HOME);
  const lab = await labWith({ [WIM]: imageFile([...images, {}]) });
  for (let i = 0; i < 60; i++) lab.files.put(`E:\\bad${i}.iso`, new Uint8Array(9));
  const run = await runCli(lab, "media", "match", "D:");
  assert.equal(run.code, ExitCode.ok);
  assert.ok(run.stdout.split("\n").length < 150, String(run.stdout.split("\n").length));
  assert.match(flat(run), /and 181 more \(--json shows all\)/);
  assert.match(
    flat(run),
    /install\.wim, 100 of 301 images \(1, 4, 7, .* 28 \.\.\.\): It is Windows 11/,
  );
  assert.match(flat(run), /and 40 more \(--json shows all\)/);
  const [document] = jsonLines(await runCli(lab, "media", "match", "D:", "--json"));
  assert.equal((document?.images as unknown[]).length, 301);
  assert.equal((document?.refusals as unknown[]).length, 60);
});

Deno.test("media match: help fits one screen", async () => {
  const lab = await labWith({});
  const { code, stdout } = await runCli(lab, "help", "media", "match");
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: pemedic media match \[options\] \[volume\] \[path\.\.\.\]$/m);
  assert.ok(stdout.split("\n").length <= 25);
});

Deno.test("media match: only an image was named and no Windows is here: the Windows is asked for", async () => {
  const lab = await labWith({ [WIM]: imageFile() });
  lab.files.erase("D:\\Windows");
  const run = await runCli(lab, "media", "match", WIM);
  assert.equal(run.code, ExitCode.noWindows, run.stdout + run.stderr);
  const told = run.stderr.replace(/\s+/g, " ");
  assert.ok(told.includes(`"${WIM}" is an image, not a volume`), told);
  assert.ok(told.includes(`Next: Name the Windows, too: pemedic media match VOLUME ${WIM}`), told);
  const bare = await runCli(lab, "media", "match");
  assert.equal(bare.code, ExitCode.noWindows);
  assert.match(bare.stderr, /drvload/);
});
