/** `file restore`: one proven file of a matching image, with undo; and everything it refuses. */
import assert from "node:assert/strict";
import { ExitCode, type ExitCodeName } from "../../src/base/mod.ts";
import { compareSnapshots, createLab, type FileContent, type MemoryLab } from "../lab/mod.ts";
import { writePe } from "../formats/pe/pe_writer.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";
import { longLines, OWN } from "./cli_scenes.ts";
import { entriesOf, imageOfFiles, INSTALL_WIM, WINLOAD, winload } from "./file_images.ts";
import { imageXml, isoWith } from "./source_images.ts";
import { writeWim } from "../formats/wim/wim_writer.ts";

const ISO = "E:\\Win11.iso";
const RIGHT = imageOfFiles({ [WINLOAD]: winload() });

async function labWith(
  files: Readonly<Record<string, Uint8Array | FileContent>> = { [INSTALL_WIM]: RIGHT },
): Promise<MemoryLab> {
  const lab = await createLab({ source: "none" });
  for (const [path, content] of Object.entries(files)) lab.files.put(path, content);
  lab.files.forgetOperations();
  return lab;
}

interface Asked {
  readonly file?: string;
  readonly from?: string;
  readonly more?: readonly string[];
}

function restore(lab: MemoryLab, { file = WINLOAD, from = INSTALL_WIM, more = [] }: Asked = {}) {
  return runCli(lab, "file", "restore", "D:", file, "--from", from, "--yes", ...more);
}

async function assertRefused(
  lab: MemoryLab,
  asked: Asked,
  { code, says }: { readonly code: ExitCodeName; readonly says: RegExp },
): Promise<void> {
  const run = await restore(lab, asked);
  const where = `${JSON.stringify(asked)}: ${run.stdout}${run.stderr}`;
  assert.equal(run.code, ExitCode[code], where);
  assert.match(flat(run), says, where);
  assert.deepEqual(longLines(run.stdout + run.stderr), [], where);
  assert.deepEqual(lab.files.operations, [], where);
}

/** The screen without its line breaks. */
function flat(run: CliRun): string {
  return (run.stdout + run.stderr).replace(/\s+/g, " ");
}

Deno.test("a file is replaced by that of the image, proven, and undo puts the old one back", async () => {
  const lab = await labWith();
  const before = await lab.snapshot(OWN);
  const run = await restore(lab);
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  assert.deepEqual(await lab.files.read(`D:\\${WINLOAD}`), winload());
  assert.match(flat(run), /Source: E:\\sources\\install\.wim:1 \(Same edition, language and/);
  assert.match(
    flat(run),
    /Replace file Windows\\System32\\winload\.efi with that of E:\\sources\\install\.wim:1, k/,
  );
  assert.match(flat(run), /gets the rights of the one that is there/);
  assert.match(flat(run), /component store keeps a copy.*pemedic image restore D: --source auto\)/);
  assert.match(flat(run), /fixed .*winload\.efi 10\.0\.26100\.4061: read back, as in the image/);
  assert.deepEqual(longLines(run.stdout + run.stderr), []);
  assert.equal((await runCli(lab, "undo", "D:", "--yes")).code, ExitCode.ok);
  assert.deepEqual(compareSnapshots(before, await lab.snapshot(OWN)), []);
});

Deno.test("the same bytes already: nothing to do", async () => {
  const lab = await labWith();
  lab.files.put(`D:\\${WINLOAD}`, winload());
  lab.files.forgetOperations();
  await assertRefused(lab, {}, {
    code: "nothingToDo",
    says: /winload\.efi 10\.0\.26100\.4061: the same as in the image already; nothing was changed/,
  });
});

Deno.test("a missing file is created, with its folders, and undo takes them away", async () => {
  const path = "Windows\\System32\\new\\folder\\tool.exe";
  const lab = await labWith({ [INSTALL_WIM]: imageOfFiles({ [path]: winload() }) });
  const before = await lab.snapshot(OWN);
  const run = await restore(lab, { file: path });
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  assert.match(flat(run), /gets the rights that its folder hands down/);
  assert.deepEqual(await lab.files.read(`D:\\${path}`), winload());
  assert.equal((await runCli(lab, "undo", "D:", "--yes")).code, ExitCode.ok);
  assert.deepEqual(compareSnapshots(before, await lab.snapshot(OWN)), []);
});

Deno.test("an empty file of the image is restored too", async () => {
  const lab = await labWith({
    [INSTALL_WIM]: imageOfFiles({ "Windows\\empty.txt": new Uint8Array() }),
  });
  const run = await restore(lab, { file: "Windows\\empty.txt" });
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  assert.equal((await lab.files.read("D:\\Windows\\empty.txt")).length, 0);
});

Deno.test("the image may be named in every way: number, ISO, folder, drive, auto", async () => {
  const iso = isoWith({ "install.wim": RIGHT });
  const cases: readonly (readonly [string, Readonly<Record<string, Uint8Array | FileContent>>])[] =
    [
      [`${INSTALL_WIM}:1`, { [INSTALL_WIM]: RIGHT }],
      [`wim:${INSTALL_WIM}:1`, { [INSTALL_WIM]: RIGHT }],
      [ISO, { [ISO]: iso }],
      [`${ISO}:1`, { [ISO]: iso }],
      [`${ISO} > sources\\install.wim:1`, { [ISO]: iso }],
      [`${ISO} > SOURCES\\install.wim`, { [ISO]: iso }],
      ["E:", { [INSTALL_WIM]: RIGHT }],
      ["E:\\media", { "E:\\media\\sources\\install.wim": RIGHT }],
      ["auto", { [ISO]: iso }],
      ["AUTO", { [INSTALL_WIM]: RIGHT }],
    ];
  for (const [from, files] of cases) {
    const lab = await labWith(files);
    const run = await restore(lab, { from });
    assert.equal(run.code, ExitCode.ok, `${from}: ${run.stdout}${run.stderr}`);
    assert.deepEqual(await lab.files.read(`D:\\${WINLOAD}`), winload(), from);
  }
});

Deno.test("the file may be named with the letters of here and of there, in any case", async () => {
  for (
    const file of [
      "\\Windows\\System32\\winload.efi",
      "windows/system32/WINLOAD.EFI",
      "C:\\Windows\\System32\\winload.efi",
      "d:\\Windows\\System32\\winload.efi",
    ]
  ) {
    const lab = await labWith();
    const run = await restore(lab, { file });
    assert.equal(run.code, ExitCode.ok, `${file}: ${run.stdout}${run.stderr}`);
    assert.deepEqual(await lab.files.read(`D:\\${WINLOAD}`), winload(), file);
    const names = (await lab.files.list("D:\\Windows\\System32")).map(({ name }) => name);
    assert.ok(names.includes("winload.efi"), file);
  }
});

Deno.test("what is no file of this volume is a wrong command line", async () => {
  const lab = await labWith();
  for (
    const [file, says] of [
      ["X:\\Windows\\System32\\winload.efi", /it is not on D:.*Name it from the root/],
      ["..\\winload.efi", /is not a plain file name.*Next: Name it from the root/],
      ["Windows\\System32\\winload.efi:stream", /is not a plain file name/],
      ["\\", /it names no file/],
      ["D:\\", /it names no file/],
      ["Windows\\System32\\none.dll", /Cannot find .*none\.dll.*media list/],
    ] as const
  ) {
    await assertRefused(lab, { file }, { code: "usage", says });
  }
});

Deno.test("a name without its folder, or with a wrong one, is looked for in the image", async () => {
  const content = { [WINLOAD]: winload(), "Windows\\Boot\\EFI\\winload.efi": winload() };
  const store = {
    "Windows\\WinSxS\\a\\only.dll": winload(),
    "Windows\\WinSxS\\b\\winload.efi": winload(),
  };
  const lab = await labWith({ [INSTALL_WIM]: imageOfFiles({ ...store, ...content }) });
  for (const file of ["winload.efi", "C:\\Windows\\WINLOAD.EFI"]) {
    await assertRefused(lab, { file }, {
      code: "usage",
      says:
        /Next: Did you mean Windows\\System32\\winload\.efi\? pemedic file restore D: Windows\\System32\\winload\.efi --from E:\\sources\\install\.wim/,
    });
  }
  await assertRefused(lab, { file: "only.dll" }, { code: "usage", says: /Next: See its files/ });
});

Deno.test("neither file has a version: said in one sentence", async () => {
  const path = "Windows\\plain.txt";
  const bytes = (text: string) => new TextEncoder().encode(text);
  const lab = await labWith({ [INSTALL_WIM]: imageOfFiles({ [path]: bytes("new") }) });
  lab.files.put(`D:\\${path}`, bytes("old"));
  const run = await restore(lab, { file: path, more: ["--dry-run"] });
  assert.match(
    flat(run),
    /The file that is there differs from that of the image; none has a version/,
  );
});

Deno.test("an image file that the ISO does not have is told", async () => {
  const lab = await labWith({ [ISO]: isoWith({ "install.wim": RIGHT }) });
  await assertRefused(lab, { from: `${ISO} > x64\\sources\\install.wim:1` }, {
    code: "usage",
    says: /Cannot use image 1 of .*: it has 0/,
  });
});

Deno.test("files that hold what this computer has become are refused, with the reason", async () => {
  const lab = await labWith();
  for (
    const [file, says] of [
      ["Windows\\System32\\config\\SYSTEM", /registry of this computer.*pemedic registry check D:/],
      ["C:\\Windows\\System32\\CONFIG\\RegBack\\x", /registry of this computer/],
      ["Windows\\System32\\CatRoot\\x.cat", /signature catalogues/],
      ["Windows\\WinSxS\\pending.xml", /consistent only as a whole.*pemedic image restore D:/],
      ["PEMedic\\x", /PE Medic's own records/],
      ["pagefile.sys", /makes it anew/],
      ["hiberfil.sys", /makes it anew/],
      ["swapfile.sys", /makes it anew/],
      ["Users\\Default\\NTUSER.DAT", /registry hive/],
      ["Boot\\BCD", /registry hive/],
      ["Windows\\AppCompat\\Programs\\Amcache.hve", /registry hive/],
    ] as const
  ) {
    await assertRefused(lab, { file, more: ["--force"] }, { code: "refused", says });
  }
});

Deno.test("a hive under another name is known by its first bytes", async () => {
  const hive = new TextEncoder().encode("regf".padEnd(8192));
  const lab = await labWith({ [INSTALL_WIM]: imageOfFiles({ "Windows\\settings.dat": hive }) });
  await assertRefused(lab, { file: "Windows\\settings.dat" }, {
    code: "refused",
    says: /it is a registry hive/,
  });
});

Deno.test("an image that cannot fit is refused, whatever is added", async () => {
  for (
    const [facts, says] of [
      [{ architecture: 12 }, /It is for arm64; this Windows is x64/],
      [{ build: 22631, ubr: 5335 }, /It is Windows 11 23H2/],
      [{ language: "de-DE" }, /Its language is de-DE/],
    ] as const
  ) {
    const lab = await labWith({ [INSTALL_WIM]: imageOfFiles({ [WINLOAD]: winload() }, facts) });
    for (const more of [[], ["--force"]]) {
      await assertRefused(lab, { more }, { code: "refused", says });
    }
    const auto = { from: "auto", more: ["--force"] };
    await assertRefused(lab, auto, { code: "needsSource", says: /needed: Windows 11 24H2/ });
  }
});

Deno.test("an image that is not sure to fit needs --force", async () => {
  for (
    const [facts, says] of [
      [{ ubr: 1742 }, /not sure to fit: Its update level 26100\.1742 is older.*add --force/],
      [{ edition: "Core" }, /not sure to fit: Its edition is/],
    ] as const
  ) {
    const lab = await labWith({ [INSTALL_WIM]: imageOfFiles({ [WINLOAD]: winload() }, facts) });
    await assertRefused(lab, {}, { code: "refused", says });
    await assertRefused(lab, { from: "auto" }, { code: "needsSource", says: /not sure to fit/ });
    const run = await restore(lab, { from: "auto", more: ["--force"] });
    assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
    assert.match(flat(run), /note: The image is not sure to fit/);
  }
});

Deno.test("a newer file is not replaced by an older one without --force", async () => {
  const lab = await labWith();
  lab.files.put(`D:\\${WINLOAD}`, winload({ version: [10, 0, 26100, 4652] }));
  lab.files.forgetOperations();
  await assertRefused(lab, {}, {
    code: "refused",
    says: /is newer \(10\.0\.26100\.4652\) than that of the image \(10\.0\.26100\.4061\)/,
  });
  const run = await restore(lab, { more: ["--force"] });
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  assert.deepEqual(await lab.files.read(`D:\\${WINLOAD}`), winload());
});

Deno.test("the versions are said: the same with other bytes, an older one, none, an unreadable file", async () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [
      winload({ body: "with a flipped bit" }),
      /Both files have version 10\.0\.26100\.4061; the bytes/,
    ],
    [winload({ version: [10, 0, 22621, 1] }), /has version 10\.0\.22621\.1, that of the image/],
    [new Uint8Array(5000), /has no version, that of the image version 10/],
  ];
  for (const [content, says] of cases) {
    const lab = await labWith();
    lab.files.put(`D:\\${WINLOAD}`, content);
    const run = await restore(lab, { more: ["--dry-run"] });
    assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
    assert.match(flat(run), says);
  }
});

Deno.test("a file for another processor is refused in System32, and not beside it", async () => {
  const narrow = writePe({ machine: 0x014c, narrow: true });
  const beside = "Windows\\SysWOW64\\tool.dll";
  const wim = imageOfFiles({ [WINLOAD]: narrow, [beside]: narrow });
  const lab = await labWith({ [INSTALL_WIM]: wim });
  await assertRefused(lab, {}, { code: "refused", says: /is for x86; this Windows is x64/ });
  assert.equal((await restore(lab, { file: beside })).code, ExitCode.ok);
  assert.equal((await restore(lab, { more: ["--force"] })).code, ExitCode.ok);
});

Deno.test("a damaged image is found out before anything is changed", async () => {
  const damaged = RIGHT.slice();
  const content = new TextEncoder().encode("as Microsoft made it");
  const at = damaged.findIndex((_, i) => content.every((byte, k) => damaged[i + k] === byte));
  damaged[at]! ^= 1;
  const lab = await labWith({ [INSTALL_WIM]: damaged });
  await assertRefused(lab, {}, { code: "damagedFile", says: /Cannot trust blob/ });
});

Deno.test("folders, links and wrong numbers of the image are refused", async () => {
  const folder = await labWith();
  await assertRefused(folder, { file: "Windows\\System32" }, {
    code: "usage",
    says: /it is a folder, not a file Next: See its files: pemedic media list/,
  });
  const root = entriesOf({});
  const link = {
    ...root,
    children: [{ name: "link.sys", attributes: 0x400, reparseTag: 0xa000000c }],
  };
  const wim = writeWim({ root: link, xml: imageXml([{}]) });
  await assertRefused(await labWith({ [INSTALL_WIM]: wim }), { file: "link.sys" }, {
    code: "refused",
    says: /it is a link, not a file/,
  });
  for (const number of [0, 2, 99999]) {
    await assertRefused(folder, { from: `${INSTALL_WIM}:${number}` }, {
      code: "usage",
      says: /Cannot use image \d+ of .*: it has 1/,
    });
  }
});

Deno.test("an image that is not there or is none is told", async () => {
  const lab = await labWith({ "E:\\text.wim": new TextEncoder().encode("no image") });
  for (const from of ["E:\\none.wim", "Q:", "E:\\none.iso:6"]) {
    await assertRefused(lab, { from }, { code: "usage", says: /there is no such file or folder/ });
  }
  await assertRefused(lab, { from: "E:\\text.wim" }, { code: "needsSource", says: /Cannot use/ });
  await assertRefused(lab, { from: "auto" }, { code: "needsSource", says: /Cannot find an image/ });
  const { code, stderr } = await runCli(lab, "file", "restore", "D:", WINLOAD);
  assert.equal(code, ExitCode.usage);
  assert.match(stderr, /--from/);
});

Deno.test("a folder or link in the place of the file is refused", async () => {
  const path = "Windows\\System32\\here.dll";
  for (const kind of ["folder", "link"]) {
    const lab = await labWith({ [INSTALL_WIM]: imageOfFiles({ [path]: winload() }) });
    if (kind === "folder") lab.files.putDirectory(`D:\\${path}`);
    else lab.files.putJunction(`D:\\${path}`, "D:\\Users");
    lab.files.forgetOperations();
    await assertRefused(lab, { file: path }, {
      code: "refused",
      says: new RegExp(`a ${kind} is there, not a file`),
    });
  }
});

Deno.test("a file that cannot be read is replaced all the same", async () => {
  const lab = await labWith();
  lab.files.setFault(`D:\\${WINLOAD}`, { fault: "disk-error" });
  const run = await restore(lab);
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  assert.match(flat(run), /The file that is there cannot be read; that of the image has version/);
  assert.deepEqual(await lab.files.read(`D:\\${WINLOAD}`), winload());
});

Deno.test("a full volume is told before anything is written", async () => {
  const lab = await labWith();
  lab.files.setFreeBytes("D:", 1 << 20);
  await assertRefused(lab, {}, { code: "noSpace", says: /is full.*pemedic sessions prune D:/ });
});

Deno.test("--json tells plan, source and end; --save-plan is run as it was saved", async () => {
  const lab = await labWith();
  const dry = ["--dry-run", "--save-plan", "E:\\plan.json"];
  const lines = jsonLines(await restore(lab, { more: ["--json", ...dry] }));
  assert.ok(lines.some(({ text }) => /^Source: /.test(String(text))));
  const plan = JSON.stringify(lines.find(({ type }) => type === "plan"));
  assert.match(plan, /"kind":"file-replaced".*"origin":\{"kind":"image-file","place":"E:/);
  const run = await runCli(lab, "repair", "D:", "--plan", "E:\\plan.json", "--yes", "--json");
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  assert.deepEqual(await lab.files.read(`D:\\${WINLOAD}`), winload());
  assert.equal(jsonLines(run).at(-1)?.outcome, "ok");
});

Deno.test("an image that is changed or gone meanwhile changes nothing, and resume says so", async () => {
  for (const then of ["gone", "changed"]) {
    const lab = await labWith();
    const before = await lab.snapshot(OWN);
    lab.host.killAt("change-intended", 1);
    await restore(lab);
    lab.reboot();
    lab.files.erase(INSTALL_WIM);
    if (then === "changed") {
      lab.files.put(INSTALL_WIM, imageOfFiles({ [WINLOAD]: winload({ body: "other" }) }));
    }
    const resume = await runCli(lab, "resume", "D:", "--yes");
    const code = then === "gone" ? ExitCode.needsSource : ExitCode.planMismatch;
    assert.equal(resume.code, code, resume.stdout + resume.stderr);
    const after = await lab.snapshot(OWN);
    assert.deepEqual(compareSnapshots(before, after).filter((d) => !/install/.test(String(d))), []);
    assert.deepEqual(await lab.files.read(`D:\\${WINLOAD}`), await originalWinload());
  }
});

async function originalWinload(): Promise<Uint8Array> {
  return await (await createLab({ source: "none" })).files.read(`D:\\${WINLOAD}`);
}

Deno.test("help of the command fits one screen, under both names", async () => {
  const lab = await createLab();
  for (const name of ["file", "files"]) {
    const { code, stdout } = await runCli(lab, "help", name, "restore");
    assert.equal(code, 0);
    assert.match(stdout, /--from <image>/);
    assert.ok(stdout.split("\n").length <= 25);
  }
});
