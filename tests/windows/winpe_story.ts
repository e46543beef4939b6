/** The scripts of the stick, run by a command interpreter of Windows. */
import assert from "node:assert/strict";
import { type WindowsLab, windowsLab } from "./windows_lab.ts";

const CMD = "C:\\windows\\system32\\cmd.exe";
const SCRIPTS = "Z:\\repository\\winpe";

/** Puts the files of the stick onto E: and takes them away afterwards. */
async function withStick(
  names: readonly string[],
  story: (lab: WindowsLab) => Promise<void>,
): Promise<void> {
  const lab = windowsLab();
  const places = names.map((name) => `${lab.stick}/${name}`);
  for (const [index, name] of names.entries()) {
    await Deno.copyFile(new URL(`../../winpe/${name}`, import.meta.url), places[index]!);
  }
  try {
    await story(lab);
  } finally {
    for (const place of places) await Deno.remove(place);
  }
}

async function findStick(lab: WindowsLab): Promise<string> {
  const line = `call ${SCRIPTS}\\find-stick.cmd & echo !ERRORLEVEL! & set PEMEDIC_STICK`;
  return (await lab.runExe(["/v:on", "/c", line], { program: CMD })).stdout.trim();
}

Deno.test("find-stick.cmd finds the drive with the tag, and says so if there is none", async () => {
  const nowhere = await findStick(windowsLab());
  assert.match(nowhere, /^1\b/);
  assert.doesNotMatch(nowhere, /PEMEDIC_STICK=/);
  await withStick(["PEMEDIC.TAG"], async (lab) => {
    assert.match(await findStick(lab), /^0 *\r?\nPEMEDIC_STICK=E:$/);
  });
});

Deno.test("startnet.cmd starts PE Medic from the stick", async () => {
  await withStick(["PEMEDIC.TAG", "start-pemedic.cmd"], async (lab) => {
    const { stdout } = await lab.runExe(["/c", `${SCRIPTS}\\startnet.cmd`], { program: CMD });
    assert.match(stdout, /PE Medic has ended\. To use it again, type: pemedic/);
  });
});

Deno.test("startnet.cmd explains what to do where there is no stick", async () => {
  const lab = windowsLab();
  const { stdout } = await lab.runExe(["/c", `${SCRIPTS}\\startnet.cmd`], { program: CMD });
  assert.match(stdout, /No drive holds both PEMEDIC\.TAG and pemedic\.exe/);
  assert.match(stdout, /then type: startnet/);
});

Deno.test("start-pemedic.cmd hands its arguments to the program", async () => {
  await withStick(["start-pemedic.cmd"], async (lab) => {
    const { stdout } = await lab.runExe(["/c", "E:\\start-pemedic.cmd", "--version"], {
      program: CMD,
    });
    assert.match(stdout, /^pemedic \d+\.\d+\.\d+\r?\n/);
  });
});

Deno.test("the command of autounattend.xml finds the stick", async () => {
  const xml = await Deno.readTextFile(new URL("../../winpe/autounattend.xml", import.meta.url));
  const command = /<Path>cmd\.exe (.*)<\/Path>/.exec(xml)![1]!;
  // What is started opens a window of its own, so that here it is only named.
  const named = command.replace(/start "PE Medic" \/wait cmd\.exe \/k (\S+)$/, "echo $1");
  assert.notEqual(named, command);
  await withStick(["PEMEDIC.TAG", "start-pemedic.cmd"], async (lab) => {
    const args = ["/v:off", "/c", `@echo off & ${named.replace(/^\/c /, "")}`];
    const { stdout } = await lab.runExe(args, { program: CMD });
    assert.match(stdout, /E:\\start-pemedic\.cmd/);
  });
});
