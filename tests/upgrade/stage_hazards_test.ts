/** What must keep an upgrade from being staged, or from being called off, without harm. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/base/mod.ts";
import { openHive } from "../../src/formats/regf/mod.ts";
import { firstProgress, parseOrder, serializeRecord, UpgradePlace } from "../../src/upgrade/mod.ts";
import { type Damage, fastStartup, hibernated, type MemoryLab } from "../lab/mod.ts";
import { WINDOWS_11_ARM64, WINDOWS_11_PRO } from "../lab/lab_edition.ts";
import { encryptedVolume } from "../lab/simulators/manage_bde_state.ts";
import { labMediaIso } from "../lab/upgrade_media.ts";
import { runCli } from "../run_cli.ts";
import { flat, ISO, putOnStick, STAGE, stage, stageLab, unstage } from "./stage_lab.ts";

const SYSTEM = "D:\\Windows\\System32\\config\\SYSTEM";

async function isArmed(lab: MemoryLab): Promise<boolean> {
  const hive = openHive(await lab.files.read(SYSTEM), { name: "SYSTEM" });
  return hive.key("ControlSet001\\Services\\PEMedicUpgrade") !== undefined;
}

Deno.test("a hibernated Windows is neither staged nor unstaged: its files are in its memory", async () => {
  for (const damage of [hibernated(), fastStartup()]) {
    const fresh = await stageLab();
    await fresh.damage(damage);
    fresh.files.forgetOperations();
    const staged = await stage(fresh);
    assert.equal(staged.code, ExitCode.refused, flat(staged));
    assert.deepEqual(fresh.files.operations, []);
    const lab = await stageLab();
    assert.equal((await stage(lab)).code, ExitCode.ok);
    await lab.damage(damage);
    lab.files.forgetOperations();
    const run = await unstage(lab);
    assert.equal(run.code, ExitCode.hibernated, flat(run));
    assert.match(flat(run), /hibernated.*Shut Windows down with Shift held/);
    assert.deepEqual(lab.files.operations, []);
    const dry = await runCli(lab, "upgrade", "unstage", "D:", "--dry-run");
    assert.equal(dry.code, ExitCode.ok, flat(dry));
  }
});

Deno.test("Windows 10 on ARM cannot run a program for x64, Windows 11 can", async () => {
  const newer = await stageLab({
    windows: WINDOWS_11_ARM64,
    media: { windows: WINDOWS_11_ARM64 },
  });
  const runs = await stage(newer);
  assert.equal(runs.code, ExitCode.ok, flat(runs));
  const older = { ...WINDOWS_11_ARM64, build: 19045 };
  const lab = await stageLab({ windows: older, media: { windows: WINDOWS_11_ARM64 } });
  const run = await stage(lab);
  assert.equal(run.code, ExitCode.usage, flat(run));
  assert.match(flat(run), /Cannot leave "E:\\pemedic.exe" on the target: it is for x64/);
  assert.equal(await isArmed(lab), false);
});

Deno.test("media that were changed since the plan arm nothing", async () => {
  for (
    const files of [
      { "setup.exe": "MZ SETUP" }, // as long as before
      { "sources\\more.txt": "another file" },
    ]
  ) {
    const lab = await stageLab({
      state: { bitLocker: { "D:": encryptedVolume({ protection: "on" }) } },
    });
    const plan = ["--suspend-bitlocker", "--dry-run", "--save-plan", "E:\\plan.json"];
    assert.equal((await runCli(lab, ...STAGE, ...plan)).code, ExitCode.ok);
    await lab.files.remove(ISO);
    await putOnStick(lab, { [ISO]: labMediaIso({ files }) });
    const run = await runCli(lab, "repair", "D:", "--plan", "E:\\plan.json", "--yes");
    assert.equal(run.code, ExitCode.partial, flat(run));
    assert.match(flat(run), /not as planned: PEMedic\\media/);
    assert.equal(await isArmed(lab), false, JSON.stringify(files));
    assert.equal(lab.state.bitLocker?.["D:"]?.protection, "on");
    const back = await unstage(lab);
    assert.equal(back.code, ExitCode.ok, flat(back));
    assert.equal(await lab.files.stat("D:\\PEMedic\\media"), undefined);
  }
});

Deno.test("a recovery password that manage-bde prints gets nowhere", async () => {
  const lab = await stageLab({
    state: { bitLocker: { "D:": encryptedVolume({ protection: "on" }) } },
  });
  const secret = "111111-222222-333333-444444-555555-666666-777777-888888";
  const { processes } = lab.host;
  const run = processes.run.bind(processes);
  let printed = 0;
  processes.run = async (request) => {
    const print = (bytes: Uint8Array, stream: "stdout" | "stderr") =>
      request.onOutput?.(bytes, stream);
    const result = await run({ ...request, onOutput: print });
    if (request.arguments.includes("-disable")) {
      const more = new TextEncoder().encode(`\r\n      ${secret}\r\n`);
      print(more, "stdout");
      printed++;
      return { ...result, stdout: new Uint8Array([...result.stdout, ...more]) };
    }
    return result;
  };
  const shown = await stage(lab, "--suspend-bitlocker", "--json");
  assert.equal(shown.code, ExitCode.ok, flat(shown));
  assert.equal(printed, 1);
  assert.ok(!(shown.stdout + shown.stderr).includes("444444"));
  for (const [path, { content }] of await filesBelow(lab, "D:\\PEMedic")) {
    assert.ok(!content.includes("444444"), path);
  }
});

async function filesBelow(lab: MemoryLab, folder: string) {
  const found: [string, { readonly content: string }][] = [];
  for (const { name, kind } of await lab.files.list(folder)) {
    const path = `${folder}\\${name}`;
    if (kind === "directory") found.push(...await filesBelow(lab, path));
    else {
      const content = new TextDecoder("latin1").decode(await lab.files.read(path));
      found.push([path, { content }]);
    }
  }
  return found;
}

const SERVICE_GONE: Damage = {
  name: "service gone",
  imitates: "The starter after its work (Microsoft Learn, DeleteService)",
  apply: (site) => site.rebuildHive("SYSTEM"),
};

Deno.test("a stage that was cut off after Windows could start it is not armed a second time", async () => {
  const lab = await stageLab();
  const whole = await stageLab();
  await stage(whole);
  const last = whole.host.checkpoints.filter((name) => name === "change-made").length;
  lab.host.killAt("change-made", last);
  await stage(lab).catch(() => undefined);
  lab.reboot();
  assert.ok(await isArmed(lab));
  const order = parseOrder(
    new TextDecoder().decode(await lab.files.read(`D:\\${UpgradePlace.order}`)),
  );
  const base = { at: "2026-01-15T11:00:00.000Z", order: order.id };
  const progress = firstProgress(order) +
    serializeRecord({ event: "starts", attempt: 1, ...base }) +
    serializeRecord({ event: "stood-down", reason: "Setup took it back", ...base });
  await putOnStick(lab, { [`D:\\${UpgradePlace.progress}`]: progress });
  await lab.damage(SERVICE_GONE);
  const resume = await runCli(lab, "resume", "D:", "--yes");
  assert.notEqual(resume.code, ExitCode.ok, flat(resume));
  assert.match(flat(resume), /Windows has begun it since.*pemedic upgrade status D:/);
  assert.equal(await isArmed(lab), false);
  const back = await unstage(lab);
  assert.equal(back.code, ExitCode.ok, flat(back));
});

Deno.test("where the upgrade cannot be told from none, Setup is started once", async () => {
  const limitsOf = async (lab: MemoryLab, ...more: string[]) => {
    const run = await stage(lab, ...more);
    assert.equal(run.code, ExitCode.ok, flat(run));
    const text = await lab.files.read(`D:\\${UpgradePlace.order}`);
    return parseOrder(new TextDecoder().decode(text)).limits.starts;
  };
  // No InstallTime, and media of the very build that is installed.
  assert.equal(await limitsOf(await stageLab()), 1);
  assert.equal(await limitsOf(await stageLab(), "--starts", "2"), 2);
  const newer = { windows: { ...WINDOWS_11_PRO, build: 26200 } };
  assert.equal(await limitsOf(await stageLab({ media: newer })), 2);
});

async function orderIn(lab: MemoryLab, ...more: readonly string[]) {
  const run = await stage(lab, ...more);
  assert.equal(run.code, ExitCode.ok, flat(run));
  const text = await lab.files.read(`D:\\${UpgradePlace.order}`);
  return parseOrder(new TextDecoder().decode(text));
}

Deno.test("media of Windows 10 get no /EULA: their Setup does not know it", async () => {
  const windows = { ...WINDOWS_11_PRO, build: 19045 };
  const { arguments: setup } = await orderIn(await stageLab({ windows, media: { windows } }));
  assert.ok(!setup.includes("/EULA"), setup.join(" "));
  const newer = await orderIn(await stageLab({ windows }));
  assert.ok(newer.arguments.includes("/EULA"), newer.arguments.join(" "));
});

Deno.test("a Windows whose letter is not C: gets its own letter everywhere, quoted", async () => {
  const lab = await stageLab();
  const mounted = openHive(await lab.files.read(SYSTEM), { name: "SYSTEM" }).key("MountedDevices");
  const partition = [...mounted!.value("\\DosDevices\\C:")!.data]
    .map((byte) => byte.toString(16).padStart(2, "0")).join(",");
  await lab.damage({
    name: "another letter",
    imitates: "A second Windows, installed as E:",
    apply: async (site) => {
      await site.editHive(
        "SOFTWARE",
        `[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]
"SystemRoot"="E:\\\\Windows"`,
      );
      await site.editHive(
        "SYSTEM",
        `[HKEY_LOCAL_MACHINE\\SYSTEM\\MountedDevices]
"\\\\DosDevices\\\\C:"=-
"\\\\DosDevices\\\\E:"=hex:${partition}`,
      );
    },
  });
  const order = await orderIn(lab);
  assert.equal(order.target.letter, "E:");
  assert.equal(order.media.folder, "E:\\PEMedic\\media");
  const hive = openHive(await lab.files.read(SYSTEM), { name: "SYSTEM" });
  const command = hive.key("ControlSet001\\Services\\PEMedicUpgrade")?.value("ImagePath");
  assert.match(command?.string() ?? "", /^"E:\\PEMedic\\bin\\pemedic\.exe" upgrade service /);
});

Deno.test("a product key that was typed is not repeated, however it was written", async () => {
  const groups = ["VK7JG", "NPHTM", "C97JM", "9MPGT", "3V66T"];
  for (const key of [groups.join("-"), groups.join(""), groups.join(" "), groups.join("_")]) {
    const lab = await stageLab();
    lab.files.forgetOperations();
    for (const json of [[], ["--json"]]) {
      const run = await stage(lab, "--product-key", key, ...json);
      assert.equal(run.code, ExitCode.usage, flat(run));
      assert.match(flat(run), /Cannot take the product key from the command line/);
      assert.ok(!(run.stdout + run.stderr).includes("C97JM"), flat(run));
    }
    assert.deepEqual(lab.files.operations, []);
  }
});
