/** `upgrade collect`: what is taken, what is left where it is, and that no secret goes along. */
import assert from "node:assert/strict";
import { decodeUtf16, encodeUtf16 } from "../../src/base/mod.ts";
import { secretFileReason, UPGRADE_LOGS } from "../../src/knowledge/mod.ts";
import { findLogs, MOST_FILES, rangesOf, SecretFilter } from "../../src/upgrade/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  compareSnapshots,
  createLab,
  type MemoryLab,
  repeatedContent,
  upgradeRolledBack,
} from "../lab/mod.ts";
import { longLines } from "../cli/cli_scenes.ts";
import { type CliRun, runCli } from "../run_cli.ts";

const KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T";
const PASSWORD = "111111-222222-333333-444444-555555-666666-000011-000022";
const bytes = (text: string) => new TextEncoder().encode(text);

async function rolledBack(): Promise<MemoryLab> {
  const lab = await createLab({ source: "none" });
  await lab.damage(upgradeRolledBack());
  return lab;
}

interface List {
  readonly folder: string;
  readonly files: readonly {
    path: string;
    bytes: number;
    copied: number;
    leftOut: number;
    hidden: boolean;
    sha256: string;
  }[];
  readonly left: readonly { path: string; reason: string; absent?: true; failed?: true }[];
}

function listOf(run: CliRun): List {
  return JSON.parse(run.stdout.trim().split("\n")[0]!) as List;
}

async function collect(lab: MemoryLab, ...args: readonly string[]) {
  const run = await runCli(lab, "upgrade", "collect", "D:", "E:\\", "--json", ...args);
  return { run, list: listOf(run) };
}

async function copyOf(lab: MemoryLab, list: List, path: string): Promise<string> {
  return new TextDecoder().decode(await lab.files.read(`${list.folder}\\${path}`));
}

async function sha256(content: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", content.slice()));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("logs are copied byte for byte, listed with their hash, and the target is not touched", async () => {
  const lab = await rolledBack();
  const before = await lab.snapshot();
  const { run, list } = await collect(lab);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(list.folder, /^E:\\pemedic-upgrade-ANNA-PC-2026-01-15-\d{6}$/);
  const paths = list.files.map(({ path }) => path);
  for (
    const path of [
      "$WINDOWS.~BT\\Sources\\Panther\\setupact.log",
      "$WINDOWS.~BT\\Sources\\Rollback\\setupact.log",
      "Windows\\Panther\\setupact.log",
      "Windows\\Logs\\SetupDiag\\SetupDiagResults.xml",
      "Windows\\Logs\\CBS\\CBS.log",
    ]
  ) assert.ok(paths.includes(path), path);
  for (const file of list.files) {
    const original = await lab.files.read(`D:\\${file.path}`);
    const copy = await lab.files.read(`${list.folder}\\${file.path}`);
    assert.deepEqual(copy, original, file.path);
    assert.equal(file.sha256, await sha256(copy), file.path);
  }
  assert.ok(list.left.some(({ path, absent }) => path === "Windows\\Logs\\MoSetup" && absent));
  const kept = JSON.parse(await copyOf(lab, list, "collected.json")) as List;
  assert.deepEqual(kept.files, list.files);
  assert.match(
    await copyOf(lab, list, "collected.txt"),
    /Not collected:\r\nWindows\\Logs\\MoSetup/,
  );
  assert.deepEqual(compareSnapshots(before, await lab.snapshot()), []);
});

Deno.test("the text says where it is, within 80 columns", async () => {
  const lab = await rolledBack();
  const run = await runCli(lab, "upgrade", "collect", "D:", "E:\\");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /^Collected \d+ files \(.*\) in E:\\pemedic-upgrade-/);
  assert.match(run.stdout, /not there: /);
  assert.deepEqual(longLines(run.stdout), []);
});

Deno.test("the volume may be left out; the destination may not", async () => {
  const lab = await rolledBack();
  assert.equal((await runCli(lab, "upgrade", "collect", "E:\\")).code, 0);
  const none = await runCli(lab, "upgrade", "collect");
  assert.equal(none.code, 2);
  assert.match(none.stderr, /no folder for them was named/);
});

Deno.test("keys and recovery passwords are hidden, and answer files and dumps stay", async () => {
  const lab = await rolledBack();
  const put = (path: string, content: Uint8Array) => lab.files.put(`D:\\${path}`, content);
  put("PEMedic\\bin\\SetupConfig.ini", bytes(`[SetupConfig]\r\nPKey=${KEY}\r\n`));
  put("Windows\\Panther\\setuperr.log", bytes(`x ${PASSWORD} y\r\n/pkey ${KEY}\r\n`));
  put("Windows\\Panther\\wide.log", encodeUtf16(`\ufeffkey ${KEY} ${PASSWORD}\r\n`));
  put("Windows\\Panther\\latin.log", new Uint8Array([0xe4, 0x20, ...bytes(KEY), 0x20, 0xff]));
  put("Windows\\Panther\\unattend.xml", bytes("<Password><Value>secret</Value></Password>"));
  put("$WINDOWS.~BT\\Sources\\Rollback\\setupmem.dmp", bytes("MDMP"));
  const { run, list } = await collect(lab);
  assert.equal(run.code, 0, run.stderr);
  for (const file of list.files) {
    const copy = await lab.files.read(`${list.folder}\\${file.path}`);
    for (const text of [new TextDecoder().decode(copy), decodeUtf16(copy)]) {
      assert.doesNotMatch(text, /VK7JG|444444|secret/, file.path);
    }
  }
  const hidden = list.files.filter((file) => file.hidden).map(({ path }) => path);
  assert.deepEqual(hidden.sort(), [
    "PEMedic\\bin\\SetupConfig.ini",
    "Windows\\Panther\\latin.log",
    "Windows\\Panther\\setuperr.log",
    "Windows\\Panther\\wide.log",
  ]);
  const latin = await lab.files.read(`${list.folder}\\Windows\\Panther\\latin.log`);
  assert.deepEqual([latin[0], latin.at(-1)], [0xe4, 0xff]);
  for (const name of ["unattend.xml", "setupmem.dmp"]) {
    assert.match(list.left.find(({ path }) => path.endsWith(name))?.reason ?? "", /can hold/);
  }
});

Deno.test("of a giant log the beginning and the end are taken, and where it is cut is said", async () => {
  const lab = await rolledBack();
  const line = bytes("2026-09-01 08:00:00, Info                  SP     a line of a log\r\n");
  const size = 200 * 2 ** 20;
  lab.files.put("D:\\Windows\\Logs\\CBS\\CBS.log", repeatedContent(line, size));
  const { run, list } = await collect(lab);
  assert.equal(run.code, 0, run.stderr);
  const file = list.files.find(({ path }) => path.endsWith("CBS.log"))!;
  assert.equal(file.bytes, size);
  assert.equal(file.leftOut, size - (1 << 20) - 16 * 2 ** 20);
  assert.ok(file.copied < 18 * 2 ** 20);
  const copy = await copyOf(lab, list, file.path);
  assert.match(copy, /\r\n\[183 MB \(\d+ bytes\) are left out here\]\r\n/);
});

Deno.test("links are not followed, and what cannot be read is named", async () => {
  const lab = await rolledBack();
  lab.files.putJunction("D:\\Windows\\Panther\\NewOS", "D:\\Users");
  lab.files.putJunction("D:\\Windows\\Logs\\MoSetup", "D:\\Users\\Anna");
  lab.files.setFault("D:\\Windows\\Logs\\CBS\\CBS.log", { fault: "busy" });
  lab.files.setFault("D:\\$WINDOWS.~BT\\Sources\\Rollback", { fault: "denied" });
  const { run, list } = await collect(lab);
  assert.equal(run.code, 3, run.stdout);
  assert.ok(list.files.every(({ path }) => !/NewOS|MoSetup|Users/.test(path)));
  const reason = (part: string) => list.left.find(({ path }) => path.includes(part))?.reason ?? "";
  assert.match(reason("NewOS"), /link to another place/);
  assert.match(reason("MoSetup"), /link to another place/);
  assert.match(reason("CBS.log"), /another program holds it open/);
  assert.match(reason("Rollback"), /access is denied/);
  assert.ok(list.files.some(({ path }) => path.endsWith("Panther\\setupact.log")));
});

Deno.test("what somebody wrote into the registry does not go along with the journal", async () => {
  const lab = await rolledBack();
  const winlogon = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon";
  const args = [winlogon, "DefaultPassword", "hunter2 or so", "--type", "sz", "--yes"];
  assert.equal((await runCli(lab, "registry", "set", "D:", ...args)).code, 0);
  const { list } = await collect(lab);
  const own = list.files.filter(({ path }) => path.startsWith("PEMedic"));
  assert.deepEqual(own.map(({ path, hidden }) => [path.split("\\").at(-1), hidden]), [
    ["journal.jsonl", true],
  ]);
  const copy = await copyOf(lab, list, own[0]!.path);
  assert.doesNotMatch(copy, /hunter2|680075006e0074/);
  assert.match(copy, /"command":"pemedic registry set \[hidden\]"/);
});

Deno.test("the records of a taken-back upgrade, and logs that were put aside, go along", async () => {
  const lab = await rolledBack();
  const session = "PEMedic\\20260115-100000-abcd";
  const put = (path: string, text: string) => lab.files.put(`D:\\${path}`, bytes(text));
  const saved = `${session}\\saved\\$WINDOWS.~BT\\Sources\\Panther`;
  put(`${session}\\logs\\progress.jsonl`, '{"event":"starts"}\n');
  put(`${session}\\logs\\other.log`, "of a tool");
  put(`${saved}\\setupact.log`, `log with ${KEY}\r\n`);
  put(`${saved}\\unattend.xml`, "<Password>secret</Password>");
  put(`${session}\\saved\\SYSTEM`, "a hive");
  put("PEMedic\\media\\sources\\setup.log", "of the media");
  lab.files.putJunction("D:\\PEMedic\\link", "D:\\Users");
  put(`${session}\\saved\\pending.xml`, "<of/><another><repair/></another>");
  lab.files.putJunction(`D:\\${saved}\\elsewhere`, "D:\\Users");
  const { run, list } = await collect(lab);
  assert.equal(run.code, 0, run.stderr);
  const ours = list.files.map(({ path }) => path).filter((path) => path.startsWith("PEMedic"));
  assert.deepEqual(ours, [`${session}\\logs\\progress.jsonl`, `${saved}\\setupact.log`]);
  assert.doesNotMatch(await copyOf(lab, list, ours[1]!), /VK7JG/);
  const why = (name: string) => list.left.find(({ path }) => path.endsWith(name))?.reason;
  assert.match(why("unattend.xml") ?? "", /can hold passwords/);
  assert.match(why("elsewhere") ?? "", /link/);
});

Deno.test("a session's folder that cannot be looked into is named", async () => {
  const lab = await rolledBack();
  lab.files.put("D:\\PEMedic\\s\\logs\\progress.jsonl", bytes("{}\n"));
  lab.files.setFault("D:\\PEMedic\\s\\logs", { fault: "denied" });
  const { run, list } = await collect(lab);
  assert.equal(run.code, 3, run.stdout);
  assert.ok(list.left.some(({ path, failed }) => path === "PEMedic\\s\\logs" && failed));
});

Deno.test("a destination without room is refused before a byte is written", async () => {
  const lab = await rolledBack();
  lab.files.setFreeBytes("E:", 2000);
  lab.files.forgetOperations();
  const run = await runCli(lab, "upgrade", "collect", "D:", "E:\\");
  assert.equal(run.code, 16, run.stdout);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("a disk that becomes full ends it, with what was copied in the list", async () => {
  const lab = await rolledBack();
  const open = lab.files.open.bind(lab.files);
  let opened = 0;
  lab.files.open = async (path: string) => {
    if (path.startsWith("D:") && /setup(?:act|err)|CBS/i.test(path) && ++opened === 2) {
      lab.files.setFreeBytes("E:", 10);
    }
    return await open(path);
  };
  const run = await runCli(lab, "upgrade", "collect", "D:", "E:\\");
  assert.equal(run.code, 16, run.stdout + run.stderr);
  assert.match(run.stderr, /the disk is full/);
  assert.match(run.stdout, /^Collected \d+ files? /);
});

/** Where it must not, or cannot, be collected to. */
const REFUSED: readonly (readonly [string, string, readonly string[], number, RegExp])[] = [
  ["the target", "D:\\", [], 13, /volume of the Windows itself.*--on-target/s],
  ["the records", "D:\\PEMedic", ["--on-target"], 13, /keeps its records there/],
  ["nowhere", "E:\\none", [], 2, /no such folder/],
  ["a file", "E:\\file", [], 2, /it is a file/],
];

for (const [what, place, args, code, said] of REFUSED) {
  Deno.test(`nothing is written: ${what}`, async () => {
    const lab = await rolledBack();
    lab.files.put("E:\\file", bytes("x"));
    lab.files.putDirectory("D:\\PEMedic");
    lab.files.forgetOperations();
    const run = await runCli(lab, "upgrade", "collect", "D:", place, ...args);
    assert.equal(run.code, code, run.stdout + run.stderr);
    assert.match(run.stderr.replace(/\s+/g, " "), said);
    assert.deepEqual(lab.files.operations, []);
  });
}

Deno.test("on the target itself only if it is asked for", async () => {
  const lab = await rolledBack();
  lab.files.putDirectory("D:\\logs");
  const run = await runCli(lab, "upgrade", "collect", "D:", "D:\\logs", "--on-target");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /in D:\\logs\\pemedic-upgrade-/);
});

Deno.test("WinPE's RAM disk is used, and that it is gone soon is said", async () => {
  const lab = await rolledBack();
  const run = await runCli(lab, "upgrade", "collect", "D:", "X:\\");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr.replace(/\s+/g, " "), /gone at the next restart/);
});

Deno.test("a second collection goes into a folder of its own", async () => {
  const lab = await rolledBack();
  const first = await collect(lab);
  const second = await collect(lab);
  assert.equal(second.run.code, 0);
  assert.notEqual(second.list.folder, first.list.folder);
});

Deno.test("where nothing is, nothing is written", async () => {
  const lab = await createLab({ source: "none" });
  for (const path of ["Windows\\Panther", "Windows\\Logs"]) lab.files.erase(`D:\\${path}`);
  lab.files.forgetOperations();
  const { run, list } = await collect(lab);
  assert.equal(run.code, 4, run.stdout);
  assert.deepEqual(list.files, []);
  assert.deepEqual(lab.files.operations, []);
});

Deno.test("findLogs() takes no thousands of files out of one folder", async () => {
  const lab = await createLab({ source: "none" });
  for (let n = 0; n < MOST_FILES + 5; n++) {
    lab.files.put(`D:\\Windows\\Panther\\${n}.log`, bytes("x"));
  }
  const windows = await openWindows(lab.host, "D:");
  const row = UPGRADE_LOGS.filter(({ id }) => id === "panther");
  const { files, left } = await findLogs(windows, row);
  assert.equal(files.length, MOST_FILES);
  assert.equal(left.filter(({ reason }) => /more than 500/.test(reason)).length, 1);
});

Deno.test("the table of places: ids once, relative paths, sources", () => {
  assert.equal(new Set(UPGRADE_LOGS.map(({ id }) => id)).size, UPGRADE_LOGS.length);
  for (const row of UPGRADE_LOGS) {
    assert.doesNotMatch(row.path, /^[A-Za-z]:|^\\|\\$/, row.id);
    assert.ok(row.source.length > 5 && row.tailBytes > 0);
  }
  assert.equal(secretFileReason("setupact.log"), undefined);
  for (const name of ["Unattend.xml", "autounattend.xml", "unattend-original.xml", "a.DMP"]) {
    assert.match(secretFileReason(name) ?? "", /can hold/, name);
  }
});

Deno.test("rangesOf() takes small files whole and cuts giant ones in even places", () => {
  assert.deepEqual(rangesOf(0, 100), [{ offset: 0, length: 0 }]);
  assert.deepEqual(rangesOf(5, 100), [{ offset: 0, length: 5 }]);
  for (const size of [2 ** 24, 2 ** 24 + 1]) {
    const [head, tail] = rangesOf(size, 1001);
    assert.equal(head!.length, 1 << 20);
    assert.equal(tail!.offset % 2, 0);
    assert.equal(tail!.offset + tail!.length, size);
  }
});

/** Pushes a text through the filter in pieces of `size` bytes. */
function filtered(content: Uint8Array, size: number): { text: Uint8Array; hidden: boolean } {
  const filter = new SecretFilter();
  const parts: number[] = [];
  for (let at = 0; at < content.length; at += size) {
    for (const byte of filter.push(content.subarray(at, at + size))) parts.push(byte);
  }
  for (const byte of filter.flush()) parts.push(byte);
  return { text: Uint8Array.from(parts), hidden: filter.hidden };
}

Deno.test("a secret is found wherever pieces are cut, in both encodings", () => {
  // Longer than what the filter keeps back, with the secret across that border.
  const border = 4 << 20;
  for (const secret of [KEY, PASSWORD, PASSWORD.replace("444444-", "444444-\r\n")]) {
    for (const before of [border - 40, border - 20, border - 5, border]) {
      const text = "a line of a log\r\n".repeat(border / 16).slice(0, before - 2) + "\r\n" +
        secret + "\r\nend";
      const { text: clean, hidden } = filtered(bytes(text), 1 << 20);
      assert.equal(hidden, true);
      assert.doesNotMatch(new TextDecoder().decode(clean), /VK7JG|444444|3V66T|555555/);
    }
  }
  const wide = encodeUtf16(`\ufeff${"x\r\n".repeat(1 << 20)}${PASSWORD}\r\n`);
  const clean = filtered(wide, 1 << 20);
  assert.equal(clean.hidden, true);
  assert.doesNotMatch(decodeUtf16(clean.text), /444444/);
});

Deno.test("what only looks like a secret stays: sessions, times, GUIDs, hashes", () => {
  const text = "session 20260115-100000-193e3a, 2023/05/22 08:08:32.6295131 8096  8116\r\n" +
    "{9dea862c-5cdd-4e70-acc1-f32b344d4795} 31190000_1182750001 100000 200000\r\n" +
    "0123456789012345678901234567890123456789\r\n";
  const { text: same, hidden } = filtered(bytes(text), 7);
  assert.equal(hidden, false);
  assert.equal(new TextDecoder().decode(same), text);
});
