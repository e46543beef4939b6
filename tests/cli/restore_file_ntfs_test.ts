/** `file restore` on a real NTFS volume, from a compressed image in an ISO, with hard links. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { genisoimagePresent, run, withFolder } from "../formats/image/image_oracles.ts";
import { wimlib, wimtoolsPresent } from "../formats/wim/wim_oracles.ts";
import { createNtfsLab, ntfsMissing } from "../lab/mod.ts";
import { without } from "../needs.ts";
import { runCli } from "../run_cli.ts";
import { WINLOAD, winload } from "./file_images.ts";

const NEW = winload({ body: "as Microsoft made it ".repeat(100_000) });
const STORE = "Windows\\WinSxS\\a-boot-component\\winload.efi";

/** An ISO with an LZX image of Windows 11 Pro 24H2 that holds {@linkcode NEW}. */
async function makeIso(folder: string): Promise<Uint8Array> {
  const system = `${folder}/tree/Windows/System32`;
  await Deno.mkdir(system, { recursive: true });
  await Deno.writeFile(`${system}/winload.efi`, NEW);
  await Deno.mkdir(`${folder}/iso/sources`, { recursive: true });
  const facts = {
    "ARCH": "9",
    "EDITIONID": "Professional",
    "LANGUAGES/LANGUAGE": "en-US",
    "LANGUAGES/DEFAULT": "en-US",
    "VERSION/MAJOR": "10",
    "VERSION/MINOR": "0",
    "VERSION/BUILD": "26100",
    "VERSION/SPBUILD": "4061",
  };
  const wim = `${folder}/iso/sources/install.wim`;
  const properties = Object.entries(facts)
    .map(([name, value]) => `--image-property=WINDOWS/${name}=${value}`);
  const tree = `${folder}/tree`;
  wimlib(["capture", tree, wim, "Windows 11 Pro", "--compress=LZX", ...properties]);
  const iso = `${folder}/media.iso`;
  run("genisoimage", ["-quiet", "-udf", "-allow-limited-size", "-o", iso, `${folder}/iso`]);
  return await Deno.readFile(iso);
}

const missing = ntfsMissing();

Deno.test({
  name: `file restore on NTFS: the name is replaced, its hard link keeps the old bytes${
    missing === undefined ? "" : ` (${missing})`
  }`,
  ignore: without(missing === undefined && genisoimagePresent && wimtoolsPresent),
  fn: (test) =>
    withFolder(async (folder) => {
      const { lab, reason } = await createNtfsLab({ source: "none" });
      if (lab === undefined) {
        return void await test.step({ name: reason, ignore: true, fn: () => {} });
      }
      try {
        const native = await lab.files.nativePath(`D:\\${WINLOAD}`);
        const old = await Deno.readFile(native);
        await lab.files.createDirectory("D:\\Windows\\WinSxS\\a-boot-component");
        await Deno.link(native, await lab.files.nativePath(`D:\\${STORE}`));
        assert.equal((await Deno.stat(native)).nlink, 2);
        await lab.files.createFile("E:\\Win11.iso", await makeIso(folder));

        const from = ["--from", "auto", "--yes"];
        const done = await runCli(lab, "file", "restore", "D:", WINLOAD, ...from);
        assert.equal(done.code, ExitCode.ok, done.stdout + done.stderr);
        assert.deepEqual(await Deno.readFile(native), NEW);
        assert.equal((await Deno.stat(native)).nlink, 1);
        assert.deepEqual(await lab.files.read(`D:\\${STORE}`), old);

        const again = await runCli(lab, "file", "restore", "D:", WINLOAD, ...from);
        assert.equal(again.code, ExitCode.nothingToDo, again.stdout + again.stderr);

        const undo = await runCli(lab, "undo", "D:", "--yes");
        assert.equal(undo.code, ExitCode.ok, undo.stdout + undo.stderr);
        assert.deepEqual(await Deno.readFile(native), old);
        assert.equal((await Deno.stat(native)).nlink, 2);
      } finally {
        await lab.dispose();
      }
    }),
});
