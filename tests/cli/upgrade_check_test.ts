/** `upgrade check` as a whole: a Windows and media in, verdict, screen and exit code out. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import {
  bootServiceDisabled,
  createLab,
  type Damage,
  dirtyVolume,
  type FileContent,
  type LabWindows,
  madeUpContent,
  type MemoryLab,
  missingSoftwareHive,
  noRoom,
  pendingXmlLeftBehind,
  plugIn,
  safeModeSet,
  safeOsImageLost,
  startsFromVirtualDisk,
  thirdPartyAntivirus,
  upgradeGivenUp,
  upgradeRolledBack,
  WINDOWS_10_HOME_GERMAN,
  WINDOWS_11_ARM64,
  WINDOWS_11_PRO,
} from "../lab/mod.ts";
import {
  labMediaFiles,
  labMediaFolder,
  labMediaIso,
  type LabMediaOptions,
} from "../lab/upgrade_media.ts";
import { type CliRun, jsonLines, runCli } from "../run_cli.ts";
import { writePe } from "../formats/pe/pe_writer.ts";
import { longLines } from "./cli_scenes.ts";

const ISO = "E:\\Win11.iso";

async function labWith(
  content: FileContent,
  { damages = [], windows = WINDOWS_11_PRO }: {
    readonly damages?: readonly Damage[];
    readonly windows?: LabWindows;
  } = {},
): Promise<MemoryLab> {
  const lab = await createLab({ windows, source: "none" });
  await lab.damage(...damages);
  lab.files.put(ISO, content);
  lab.files.forgetOperations();
  return lab;
}

function check(lab: MemoryLab, ...options: string[]): Promise<CliRun> {
  return runCli(lab, "upgrade", "check", "D:", "--media", ISO, ...options);
}

/** The screen without its line breaks. */
function flat({ stdout }: CliRun): string {
  return stdout.replace(/\s+/g, " ");
}

interface Row {
  readonly what: string;
  readonly media?: LabMediaOptions;
  readonly windows?: LabWindows;
  readonly damages?: readonly Damage[];
  readonly options?: readonly string[];
  readonly code: keyof typeof ExitCode;
  readonly verdict: string;
  readonly ids: readonly string[];
  readonly says: readonly RegExp[];
}

const NOT_VERIFIED = "media.not-verified";
const NEWER: LabWindows = { ...WINDOWS_11_PRO, build: 26200, labBuild: 26100 };
const HOME: LabWindows = { ...WINDOWS_11_PRO, editionId: "Core", productName: "Windows 11 Home" };

const TABLE: readonly Row[] = [
  {
    what: "the same Windows",
    code: "ok",
    verdict: "keeps-everything",
    ids: [NOT_VERIFIED],
    says: [
      /Image 1 "Windows 10 Pro" \(Professional, 26100\.4061, x64, en-US\): It is the only one/,
      /programs, settings and files are kept/,
      /Next: pemedic upgrade stage D: --media E:\\Win11\.iso/,
    ],
  },
  {
    what: "the same, with every content compared",
    options: ["--verify"],
    code: "ok",
    verdict: "keeps-everything",
    ids: [],
    says: [/can be upgraded with these media/],
  },
  {
    what: "media of another edition",
    media: { windows: HOME },
    code: "problemsFound",
    verdict: "keeps-files-only",
    ids: ["image.edition", NOT_VERIFIED],
    says: [/From Pro \(Professional\) to Home \(Core\) only files are kept/, /What would be lost/],
  },
  {
    what: "media in another language",
    media: { windows: { ...WINDOWS_11_PRO, language: "de-DE", languageId: "0407" } },
    code: "problemsFound",
    verdict: "keeps-files-only",
    ids: ["image.language", NOT_VERIFIED],
    says: [/media are de-DE, and this Windows was installed in en-US/],
  },
  {
    what: "media of another processor",
    media: { windows: WINDOWS_11_ARM64 },
    code: "needsSource",
    verdict: "cannot",
    ids: ["image.architecture", NOT_VERIFIED],
    says: [/cannot be upgraded with these media/, /Use media of x64/],
  },
  {
    what: "older media",
    windows: NEWER,
    code: "needsSource",
    verdict: "cannot",
    ids: ["image.build", NOT_VERIFIED],
    says: [/Setup does not go back/],
  },
  {
    what: "from Windows 10 Home",
    windows: WINDOWS_10_HOME_GERMAN,
    code: "problemsFound",
    verdict: "keeps-files-only",
    ids: ["image.language", "image.edition", NOT_VERIFIED, "hardware.unknown"],
    says: [/a TPM 2\.0/, /needs a licence for that edition/],
  },
  {
    what: "media without winre.wim",
    media: { winre: "missing" },
    code: "needsSource",
    verdict: "cannot",
    ids: ["image.winre", NOT_VERIFIED],
    says: [/winre\.wim is missing in the image/],
  },
  {
    what: "media with an empty winre.wim",
    media: { winre: "empty" },
    code: "needsSource",
    verdict: "cannot",
    ids: ["image.winre", NOT_VERIFIED],
    says: [/winre\.wim is empty in the image/],
  },
  {
    what: "media without programs of Setup",
    media: { files: { "setup.exe": undefined, "sources\\setupprep.exe": "" } },
    code: "needsSource",
    verdict: "cannot",
    ids: ["media.programs", NOT_VERIFIED],
    says: [/setup\.exe and sources\\setupprep\.exe are missing/],
  },
  {
    what: "media for newer Windows only",
    media: { files: { "sources\\cversion.ini": "[HostBuild]\r\nMinClient=27000.0\r\n" } },
    code: "needsSource",
    verdict: "cannot",
    ids: ["media.oldest-build", NOT_VERIFIED],
    says: [/from build 27000 on, and this is build 26100/],
  },
  {
    what: "media for volume licences of an edition that is not on them",
    media: {
      files: {
        "sources\\ei.cfg": "[EditionID]\r\nEnterprise\r\n[Channel]\r\nVolume\r\n[VL]\r\n1\r\n",
      },
    },
    code: "needsSource",
    verdict: "cannot",
    ids: ["media.image", NOT_VERIFIED, "media.volume-license"],
    says: [/ei\.cfg asks for Enterprise, and no image is of that edition/],
  },
  {
    what: "an image that is no image",
    media: { files: { "sources\\install.wim": "MSWIM and no more" } },
    code: "needsSource",
    verdict: "cannot",
    ids: ["media.image", "media.damaged", NOT_VERIFIED],
    says: [/Something is wrong with the media: .*install\.wim/],
  },
  {
    what: "an image number that is not there",
    options: ["--image-index", "4"],
    code: "needsSource",
    verdict: "cannot",
    ids: ["media.image", NOT_VERIFIED],
    says: [/no image 4: the media hold 1/],
  },
  {
    what: "Safe Mode and a full disk",
    damages: [safeModeSet(), noRoom(2 ** 30)],
    code: "problemsFound",
    verdict: "after-steps",
    ids: ["boot.safe-mode", "space.system-drive", NOT_VERIFIED],
    says: [/> bcdedit \/store "S:\\EFI\\Microsoft\\Boot\\BCD" \/deletevalue/, /image cleanup D:/],
  },
  {
    what: "room for Setup, and none for a copy of the media",
    damages: [noRoom(20 * 2 ** 30)],
    code: "problemsFound",
    verdict: "after-steps",
    ids: ["space.media", NOT_VERIFIED],
    says: [/not for a copy of the media/],
  },
  {
    what: "a virtual disk",
    damages: [startsFromVirtualDisk()],
    code: "refused",
    verdict: "cannot",
    ids: ["boot.virtual-disk", NOT_VERIFIED],
    says: [/cannot be upgraded as it is/],
  },
  {
    what: "a Windows that never comes up",
    damages: [missingSoftwareHive()],
    code: "refused",
    verdict: "cannot",
    ids: ["start.never", "image.edition", "image.build", NOT_VERIFIED, "hardware.unknown"],
    says: [/it does not start, and nothing here can change that/, /this is what remains: - Put/],
  },
  {
    what: "an antivirus",
    damages: [thirdPartyAntivirus()],
    code: "ok",
    verdict: "keeps-everything",
    ids: [NOT_VERIFIED, "filters.antivirus"],
    says: [/ESET: eamonm/],
  },
];

for (const row of TABLE) {
  Deno.test(`upgrade check: ${row.what}: ${row.verdict}`, async () => {
    const lab = await labWith(labMediaIso(row.media), {
      ...(row.damages === undefined ? {} : { damages: row.damages }),
      ...(row.windows === undefined ? {} : { windows: row.windows }),
    });
    const run = await check(lab, ...row.options ?? []);
    assert.equal(run.code, ExitCode[row.code], run.stdout + run.stderr);
    for (const says of row.says) assert.match(flat(run), says);
    assert.deepEqual(longLines(run.stdout).filter((line) => !/^ +> bcdedit /.test(line)), []);
    const json = await check(lab, ...row.options ?? [], "--json");
    const [document, ...more] = jsonLines(json);
    assert.equal(more.length, 0);
    assert.equal(json.code, run.code);
    assert.equal(document?.verdict, row.verdict);
    const reasons = document?.reasons as { id: string }[];
    assert.deepEqual(reasons.map(({ id }) => id).toSorted(), [...row.ids].toSorted());
    assert.deepEqual(lab.files.operations, [], "nothing is written");
  });
}

Deno.test("upgrade check: what only keeps files is staged by the next command as it is printed", async () => {
  const lab = await labWith(labMediaIso({ windows: HOME }));
  lab.files.put("E:\\pemedic.exe", writePe({ body: "the program itself" }));
  const next = String(jsonLines(await check(lab, "--json"))[0]?.next);
  assert.equal(next, `pemedic upgrade stage D: --media ${ISO} --accept files-only`);
  const words = [...next.split(" ").slice(1), "--program", "E:\\pemedic.exe", "--dry-run"];
  const run = await runCli(lab, ...words);
  assert.equal(run.code, ExitCode.ok, flat(run) + run.stderr);
});

Deno.test("upgrade check and stage tell how the last upgrade ended, and keep its logs first", async () => {
  const lab = await labWith(labMediaIso(), { damages: [upgradeRolledBack()] });
  const run = await check(lab);
  const told = [
    /Worth knowing .*The last upgrade failed and was rolled back with 0xC1900101 - 0x30018/,
    /> pemedic upgrade status D:/,
    /upgrade collect D: DEST; then: pemedic upgrade abort D: --force/,
  ];
  for (const says of told) assert.match(flat(run), says);
  const stage = await runCli(lab, "upgrade", "stage", "D:", "--media", ISO, "--yes");
  for (const says of told) assert.match(stage.stderr.replace(/\s+/g, " "), says);
});

/** Damages that steps of the program itself take away. */
const MENDABLE: readonly Damage[] = [
  bootServiceDisabled(),
  dirtyVolume(),
  pendingXmlLeftBehind(),
  safeOsImageLost(),
  upgradeGivenUp(),
];

for (const damage of MENDABLE) {
  Deno.test(`upgrade check: ${damage.name}: its own next commands lead to an upgrade`, async () => {
    const lab = await labWith(labMediaIso(), { damages: [damage] });
    const run: string[] = [];
    for (let steps = 0; steps < 4; steps++) {
      const document = jsonLines(await check(lab, "--json"))[0]!;
      if (document.verdict === "keeps-everything") break;
      assert.equal(document.verdict, "after-steps", run.join("; "));
      const next = String(document.next);
      assert.match(next, /^pemedic /, `${damage.name} ${JSON.stringify(document.reasons)}`);
      run.push(next);
      const { code, stdout, stderr } = await runCli(lab, ...next.split(" ").slice(1), "--yes");
      assert.ok(
        [ExitCode.ok, ExitCode.needsRestart].some((fine) => fine === code),
        stdout + stderr,
      );
    }
    assert.equal(jsonLines(await check(lab, "--json"))[0]?.verdict, "keeps-everything", run.join());
    assert.ok(run.length > 0);
  });
}

Deno.test("upgrade check: a folder, a drive and an ISO give one answer", async () => {
  const lab = await labWith(labMediaIso());
  plugIn(lab.host, { letter: "G:", label: "ESD-USB", totalBytes: 2 ** 35 });
  for (const [path, content] of labMediaFolder()) {
    lab.files.put(`E:\\Win 11\\${path}`, content);
    lab.files.put(`G:\\${path}`, content);
  }
  const answers = [];
  for (const place of [ISO, "E:\\Win 11", "G:"]) {
    const run = await runCli(lab, "upgrade", "check", "D:", "--media", place, "--json");
    assert.equal(run.code, ExitCode.ok, run.stdout);
    const { media, next } = jsonLines(run)[0] as {
      media: { files: number; bytes: number; largestFile: number; onTarget: boolean };
      next: string;
    };
    answers.push(`${media.files} ${media.bytes} ${media.largestFile} ${media.onTarget}`);
    assert.ok(next.includes(place.includes(" ") ? `"${place}"` : place), next);
  }
  const sizes = Object.values(labMediaFiles()).map(({ length }) => length);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  assert.deepEqual(answers, Array(3).fill(`6 ${all} ${Math.max(...sizes)} false`));
});

Deno.test("upgrade check: media on the target need no room only if they stay, as stage has it", async () => {
  const lab = await labWith(labMediaIso());
  lab.files.put("E:\\pemedic.exe", writePe({ body: "the program itself" }));
  for (const [path, content] of labMediaFolder()) lab.files.put(`D:\\Win 11\\${path}`, content);
  await lab.damage(noRoom(20 * 2 ** 30));
  const place = ["D:", "--media", "D:\\Win 11"];
  const copied = await runCli(lab, "upgrade", "check", ...place);
  assert.equal(copied.code, ExitCode.problemsFound, flat(copied));
  assert.match(flat(copied), /leave the media where they are: --media-in-place/);
  const stays = await runCli(lab, "upgrade", "check", ...place, "--media-in-place", "--json");
  const [document] = jsonLines(stays);
  assert.equal(document?.verdict, "keeps-everything", stays.stdout);
  const next = 'pemedic upgrade stage D: --media "D:\\Win 11" --media-in-place';
  assert.equal(document?.next, next);
  const staging = [...place, "--program", "E:\\pemedic.exe", "--dry-run"];
  const refused = await runCli(lab, "upgrade", "stage", ...staging);
  assert.equal(refused.code, ExitCode.refused, flat(refused));
  const agreed = await runCli(lab, "upgrade", "stage", ...staging, "--media-in-place");
  assert.equal(agreed.code, ExitCode.ok, flat(agreed));
});

Deno.test("upgrade check: media that cannot stay are refused, as stage refuses them", async () => {
  const lab = await labWith(labMediaIso());
  const iso = await check(lab, "--media-in-place");
  assert.equal(iso.code, ExitCode.usage);
  assert.match(iso.stderr.replace(/\s+/g, " "), /nobody mounts the ISO/);
  for (const [path, content] of labMediaFolder()) lab.files.put(`E:\\Win11\\${path}`, content);
  const place = ["D:", "--media", "E:\\Win11", "--media-in-place"];
  const stick = await runCli(lab, "upgrade", "check", ...place);
  assert.equal(stick.code, ExitCode.refused);
  assert.match(stick.stderr.replace(/\s+/g, " "), /its drive may be gone when Windows starts/);
});

Deno.test("upgrade check: media for two architectures: the Setup of this one is taken", async () => {
  const lab = await labWith(labMediaIso());
  for (
    const [folder, windows] of [["x86", { ...WINDOWS_11_PRO, architecture: "x86" }], [
      "x64",
      WINDOWS_11_PRO,
    ]] as const
  ) {
    for (const [path, content] of labMediaFolder({ windows })) {
      lab.files.put(`E:\\both\\${folder}\\${path}`, content);
    }
  }
  const run = await runCli(lab, "upgrade", "check", "D:", "--media", "E:\\both", "--json");
  assert.equal(run.code, ExitCode.ok, run.stdout);
  const media = jsonLines(run)[0]?.media as Record<string, unknown>;
  assert.equal(media.folder, "x64");
  assert.equal(media.imageFile, "x64\\sources\\install.wim");
});

Deno.test("upgrade check --verify finds a content that is damaged", async () => {
  const lab = await labWith(labMediaIso());
  for (const [path, content] of labMediaFolder()) lab.files.put(`E:\\m\\${path}`, content);
  const image = await lab.files.read("E:\\m\\sources\\install.wim");
  // Behind the header and the tree lie the contents.
  image[image.length >>> 1]! ^= 0xff;
  lab.files.put("E:\\m\\sources\\install.wim", image);
  const args = ["upgrade", "check", "D:", "--media", "E:\\m"];
  assert.equal((await runCli(lab, ...args)).code, ExitCode.ok);
  const run = await runCli(lab, ...args, "--verify");
  assert.equal(run.code, ExitCode.needsSource, run.stdout + run.stderr);
  assert.match(flat(run), /The media are damaged: sources\\install\.wim/);
});

Deno.test("upgrade check: an ISO that is cut off is told", async () => {
  const whole = labMediaIso();
  const size = Math.floor(whole.size / 4096) * 2048;
  const half = madeUpContent(size, {
    recipe: `half of ${whole.fingerprint}`,
    read: (offset, length) => whole.read(offset, length),
  });
  const run = await check(await labWith(half));
  assert.equal(run.code, ExitCode.needsSource, run.stdout + run.stderr);
  assert.match(flat(run), /Something is wrong with the media: .*bytes are missing/);
});

Deno.test("upgrade check: what are no media is a wrong command line", async () => {
  const lab = await labWith(labMediaIso());
  lab.files.put("E:\\docs\\a.txt", new TextEncoder().encode("a"));
  lab.files.put("E:\\install.wim", labMediaFiles()["sources\\install.wim"]!);
  for (
    const [args, says] of [
      [["--media", "E:\\nothing.iso"], /Cannot find media at "E:\\nothing\.iso"/],
      [["--media", "E:\\docs"], /neither setup\.exe nor an installation image/],
      [["--media", "E:\\install.wim"], /holds images, but no Setup/],
      [["--media", ISO, "--image-index", "0"], /must be the number of an image/],
      [[], /required option '--media <path>'/],
    ] as const
  ) {
    const run = await runCli(lab, "upgrade", "check", "D:", ...args);
    assert.equal(run.code, ExitCode.usage, run.stdout + run.stderr);
    assert.match(run.stderr.replace(/\s+/g, " "), says);
    assert.deepEqual(longLines(run.stderr), []);
  }
});

Deno.test("upgrade check finds the only Windows by itself", async () => {
  const lab = await labWith(labMediaIso());
  const run = await runCli(lab, "upgrade", "check", "--media", ISO);
  assert.equal(run.code, ExitCode.ok, run.stderr);
  assert.match(run.stdout, /upgrade stage D:/);
});

Deno.test("upgrade check is in the help, which stays on one screen", async () => {
  const lab = await createLab();
  const all = (await runCli(lab, "help")).stdout;
  assert.match(all, /^ {2}upgrade /m);
  assert.ok(all.split("\n").length <= 25, all);
  const own = (await runCli(lab, "help", "upgrade", "check")).stdout;
  assert.ok(own.split("\n").length <= 25, own);
  for (const option of ["--media", "--image-index", "--media-in-place", "--verify"]) {
    assert.ok(own.includes(option), own);
  }
});
