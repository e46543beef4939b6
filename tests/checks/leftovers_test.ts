import assert from "node:assert/strict";
import {
  findServicingLeftovers,
  type Leftover,
  leftovers,
  pendingServicing,
} from "../../src/checks/mod.ts";
import { SERVICING_LEFTOVERS } from "../../src/knowledge/mod.ts";
import {
  describeEvidence,
  type RevertAnswer,
  revertNoteName,
  takeRevertNote,
} from "../../src/windows/mod.ts";
import {
  bootExecuteProgramMissing,
  type Damage,
  dirtySoftwareHive,
  exclusiveSessionLeftBehind,
  halfDoneUpdateOfEveryKind,
  healthyLookAlikes,
  hivePath,
  missingSoftwareHive,
  pendingXmlIdentifierOnly,
  pendingXmlLeftBehind,
  rebootPendingKey,
  setupExecuteWithoutPendingXml,
  startsFailed,
  windowsStarted,
} from "../lab/mod.ts";
import { multiStringText } from "../lab/reg_text_values.ts";
import { ask, type CheckLab, checkLab } from "./check_lab.ts";

const EVERY_UPDATE_ROW = SERVICING_LEFTOVERS.map((row) => row.id)
  .filter((id) => id !== "boot-execute");

async function proven(lab: CheckLab): Promise<readonly Leftover[]> {
  return (await findServicingLeftovers(lab.windows)).proven;
}

async function provenIds(lab: CheckLab): Promise<string[]> {
  return (await proven(lab)).map(({ row }) => row.id);
}

/** Leaves the note of a session that asked DISM to revert. */
async function noteRevert(lab: CheckLab, answer: RevertAnswer): Promise<void> {
  const note = JSON.stringify(await takeRevertNote(lab.windows.files));
  const path = `D:\\PEMedic\\20250612-090000-abcdef\\${revertNoteName(1, answer)}`;
  lab.lab.files.put(path, new TextEncoder().encode(note));
  lab.lab.files.forgetOperations();
}

/** A line of CBS.log. */
function line(text: string): string {
  return `2025-06-12 09:00:00, Info                  CBS    ${text}\r\n`;
}

async function damageMore(lab: CheckLab, ...damages: Damage[]): Promise<void> {
  await lab.lab.damage(...damages);
  lab.windows.refresh();
}

Deno.test("servicing.leftovers: a healthy Windows has none", async () => {
  const lab = await checkLab();
  const finding = await ask(lab, leftovers);
  assert.equal(finding.outcome, "ok");
  assert.equal(finding.summary, "Nothing of a half-done update is left behind");
  const found = await findServicingLeftovers(lab.windows);
  assert.deepEqual([found.proven, found.left], [[], []]);
});

Deno.test("servicing.leftovers: commands that name a missing list of operations are proven", async () => {
  const lab = await checkLab([setupExecuteWithoutPendingXml()]);
  const found = await proven(lab);
  assert.deepEqual(
    found.map(({ row, proof }) => [row.id, proof]),
    ["setup-execute", "poqexec-command", "poqexec-not-in-smss"].map((
      id,
    ) => [id, "names-missing-operations"]),
  );
  assert.deepEqual(found[0]!.edits, [{
    edit: "set-strings",
    key: "SYSTEM\\ControlSet001\\Control\\Session Manager",
    name: "SetupExecute",
    strings: [],
  }]);
  assert.equal(found[1]!.edits[0]!.edit, "delete-value");
  const finding = await ask(lab, leftovers);
  assert.deepEqual([finding.outcome, finding.blocking], ["problem", true]);
  assert.equal(finding.next, "pemedic repair D: --only servicing.clear-leftovers");
  const told = finding.evidence.map(describeEvidence).join("\n");
  assert.match(told, /pending\.xml: not there, and poqexec is to run it/);
  assert.equal((await ask(lab, pendingServicing)).next, finding.next);
});

Deno.test("servicing.leftovers: the same commands with their list are left alone", async () => {
  const lab = await checkLab([setupExecuteWithoutPendingXml()]);
  lab.lab.files.put("D:\\Windows\\WinSxS\\pending.xml", new TextEncoder().encode("<P/>"));
  assert.deepEqual(await provenIds(lab), []);
  const finding = await ask(lab, leftovers);
  assert.equal(finding.outcome, "notice");
  assert.match(finding.summary, /left alone: the next start of Windows may still complete it/);
  assert.match(finding.evidence.map(describeEvidence).join("\n"), /SetupExecute.*left alone/);
  assert.equal((await ask(lab, pendingServicing)).next, "pemedic image revert-pending D:");
});

Deno.test("servicing.leftovers: other programs in SetupExecute stay, whatever is proven", async () => {
  const key = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\Session Manager]\n";
  const poqexec = "poqexec.exe /display_progress \\??\\C:\\Windows\\WinSxS\\pending.xml";
  const lab = await checkLab([], {
    additions: { SYSTEM: `${key}"SetupExecute"=${multiStringText(["mine.exe /x", poqexec])}\n` },
  });
  const [found] = await proven(lab);
  assert.deepEqual(found?.edits.map((edit) => edit.edit === "set-strings" && edit.strings), [[
    "mine.exe /x",
  ]]);
  const other = await checkLab([], {
    additions: { SYSTEM: `${key}"SetupExecute"=${multiStringText(["mine.exe /x"])}\n` },
  });
  const { left } = await findServicingLeftovers(other.windows);
  assert.deepEqual(left.map(({ reason }) => reason), ["It starts another program than poqexec"]);
  const elsewhere = await checkLab([], {
    additions: {
      SYSTEM: `${key}"SetupExecute"=${multiStringText(["poqexec.exe \\??\\E:\\pending.xml"])}\n`,
    },
  });
  assert.deepEqual(await provenIds(elsewhere), [], "a list on another volume may be there");
});

Deno.test("servicing.leftovers: an identifier without operations is proven, with them it is not", async () => {
  const lab = await checkLab([pendingXmlIdentifierOnly()]);
  const [found] = await proven(lab);
  assert.deepEqual([found?.row.id, found?.proof], [
    "components-pending-xml-identifier",
    "no-operations",
  ]);
  lab.lab.files.put("D:\\Windows\\WinSxS\\pending.xml", new TextEncoder().encode("<P/>"));
  assert.deepEqual(await provenIds(lab), []);
});

Deno.test("servicing.leftovers: an exclusive session is proven only if nothing waits", async () => {
  const software = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\" +
    "Component Based Servicing";
  const waiting: readonly (readonly [RegExp, "SOFTWARE" | "SYSTEM", string])[] = [
    [
      /session "1_2" is not complete/,
      "SOFTWARE",
      `${software}\\SessionsPending\\1_2]\n"Complete"=dword:00000000`,
    ],
    [
      /package "Package_for_KB1" waits/,
      "SOFTWARE",
      `${software}\\Packages\\Package_for_KB1]\n"CurrentState"=dword:00000060`,
    ],
    [/Packages wait/, "SOFTWARE", `${software}\\PackagesPending\\Package_for_KB1]`],
    [
      /TrustedInstaller is set to finish/,
      "SYSTEM",
      '[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\TrustedInstaller]\n"Start"=dword:00000002',
    ],
  ];
  const alone = await checkLab([exclusiveSessionLeftBehind()]);
  const [found] = await proven(alone);
  assert.deepEqual([found?.row.id, found?.proof], ["cbs-exclusive-session", "no-open-session"]);
  assert.deepEqual(found?.edits.map(({ edit }) => edit), ["delete-value"]);
  for (const [reason, hive, addition] of waiting) {
    const lab = await checkLab([exclusiveSessionLeftBehind()], { additions: { [hive]: addition } });
    const { proven, left } = await findServicingLeftovers(lab.windows);
    assert.deepEqual(proven, []);
    assert.match(left.find(({ row }) => row.id === "cbs-exclusive-session")!.reason, reason);
  }
});

Deno.test("servicing.leftovers: a boot program that is missing or empty is proven", async () => {
  const lab = await checkLab([bootExecuteProgramMissing()]);
  const [found] = await proven(lab);
  assert.deepEqual([found?.row.id, found?.proof], ["boot-execute", "program-missing"]);
  assert.deepEqual(found?.edits[0], {
    edit: "set-strings",
    key: "SYSTEM\\ControlSet001\\Control\\Session Manager",
    name: "BootExecute",
    strings: ["autocheck autochk *"],
  });
  const finding = await ask(lab, leftovers);
  assert.equal(finding.summary, "A program that is missing is to run at every start of Windows");
  assert.match(
    finding.evidence.map(describeEvidence).join("\n"),
    /System32\\lsdelete\.exe: not there/,
  );
  lab.lab.files.put("D:\\Windows\\System32\\lsdelete.exe", new Uint8Array());
  assert.deepEqual(await provenIds(lab), ["boot-execute"]);
  lab.lab.files.put("D:\\Windows\\System32\\lsdelete.exe", new Uint8Array(10));
  assert.deepEqual(await provenIds(lab), []);
});

Deno.test("servicing.leftovers: BootExecute gets its default back, and keeps what it can", async () => {
  const key = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\Session Manager]\n";
  const cases: readonly (readonly [readonly string[], readonly string[] | undefined])[] = [
    [["gone"], ["autocheck autochk *"]],
    [["autocheck gone /k", "autocheck autochk /r *"], ["autocheck autochk /r *"]],
    [["\\SystemRoot\\System32\\smss.exe", "C:\\tools\\gone.exe"], [
      "\\SystemRoot\\System32\\smss.exe",
    ]],
    [["E:\\tools\\gone.exe"], undefined],
    [["autocheck autochk *"], undefined],
    [[], undefined],
  ];
  for (const [entries, expected] of cases) {
    const lab = await checkLab([], {
      additions: { SYSTEM: `${key}"BootExecute"=${multiStringText(entries)}\n` },
    });
    const edits = (await proven(lab)).flatMap((leftover) => leftover.edits);
    const strings = edits.flatMap((edit) => edit.edit === "set-strings" ? [edit.strings] : []);
    assert.deepEqual(strings, expected === undefined ? [] : [expected], entries.join("|"));
  }
  const lab = await checkLab();
  lab.lab.files.erase("D:\\Windows\\System32\\autochk.exe");
  assert.deepEqual(await provenIds(lab), [], "the default stays: sfc brings autochk back");
});

Deno.test("servicing.leftovers: look-alikes of a healthy Windows are left alone", async () => {
  const lab = await checkLab([healthyLookAlikes()]);
  const { proven, left } = await findServicingLeftovers(lab.windows);
  assert.deepEqual(proven, []);
  assert.deepEqual(left.map(({ row }) => row.id), ["pending-renames"]);
  assert.match(left[0]!.reason, /installers use it/);
  assert.equal((await ask(lab, leftovers)).outcome, "ok");
});

Deno.test("servicing.leftovers: a restart that is due is no leftover", async () => {
  const lab = await checkLab([rebootPendingKey()]);
  assert.deepEqual(await provenIds(lab), []);
  assert.equal((await ask(lab, leftovers)).outcome, "ok");
});

Deno.test("servicing.leftovers: an update that waits is left alone, with every kind of mark", async () => {
  const lab = await checkLab([halfDoneUpdateOfEveryKind()]);
  const { proven, left, update } = await findServicingLeftovers(lab.windows);
  assert.deepEqual(proven, []);
  assert.equal(update.state, "waits");
  assert.deepEqual(left.map(({ row }) => row.id), EVERY_UPDATE_ROW);
  assert.equal((await ask(lab, leftovers)).outcome, "notice");
});

Deno.test("servicing.leftovers: an update that fails at every start is reverted first", async () => {
  const lab = await checkLab([halfDoneUpdateOfEveryKind(), startsFailed(2)]);
  assert.deepEqual(await provenIds(lab), []);
  const finding = await ask(lab, leftovers);
  assert.deepEqual([finding.outcome, finding.blocking], ["problem", true]);
  assert.match(finding.summary, /failed at 3 starts; DISM reverts it first$/);
  assert.equal(finding.next, "pemedic image revert-pending D:");
});

Deno.test("servicing.leftovers: a start that went well ends the count of failed ones", async () => {
  const lab = await checkLab([startsFailed(5)]);
  await lab.lab.site.append(
    "Windows\\Logs\\CBS\\CBS.log",
    line("Startup processing completed. [HRESULT = 0x00000000 - S_OK]"),
  );
  await damageMore(lab, halfDoneUpdateOfEveryKind());
  assert.equal((await findServicingLeftovers(lab.windows)).update.state, "waits");
});

/** Every edit of the table, proven by the death of the update. */
async function assertAllDead(lab: CheckLab, evidence: RegExp): Promise<void> {
  const found = await findServicingLeftovers(lab.windows);
  assert.equal(found.update.state, "dead");
  assert.deepEqual(found.proven.map(({ row }) => row.id), EVERY_UPDATE_ROW);
  for (const { proof, evidence: cited, edits } of found.proven) {
    assert.equal(proof, "update-dead");
    assert.ok(edits.length > 0);
    assert.match(cited.slice(1).map(describeEvidence).join("\n"), evidence);
  }
  const renames = found.proven.find(({ row }) => row.id === "pending-renames")!;
  assert.deepEqual(renames.edits[0], {
    edit: "set-strings",
    key: "SYSTEM\\ControlSet001\\Control\\Session Manager",
    name: "PendingFileRenameOperations",
    strings: ["\\??\\C:\\Program Files\\Reader\\old.dll", ""],
  });
  const finding = await ask(lab, leftovers);
  assert.equal(finding.outcome, "problem");
  assert.equal(finding.next, "pemedic repair D: --only servicing.clear-leftovers");
  assert.equal((await ask(lab, pendingServicing)).next, finding.next);
}

Deno.test("servicing.leftovers: a loop that DISM cannot revert here is dead", async () => {
  const old = { platform: { build: 19041 } };
  const lab = await checkLab([halfDoneUpdateOfEveryKind(), startsFailed(2)], old);
  await assertAllDead(lab, /failed since the last good one[\s\S]*cannot revert the update here/);
});

Deno.test("servicing.leftovers: while DISM's revert waits for a start nothing is proven", async () => {
  const lab = await checkLab([halfDoneUpdateOfEveryKind(), startsFailed(2)]);
  await noteRevert(lab, "accepted");
  const found = await findServicingLeftovers(lab.windows);
  assert.equal(found.update.state, "reverting");
  assert.deepEqual(found.proven, []);
  const finding = await ask(lab, leftovers);
  assert.deepEqual([finding.outcome, finding.blocking], ["notice", false]);
  assert.match(finding.summary, /DISM took note of reverting it; Windows must start once/);
  lab.lab.files.erase("D:\\Windows\\WinSxS\\pending.xml");
  assert.deepEqual(await provenIds(lab), [], "not even what contradicts the rest");
});

Deno.test("servicing.leftovers: an update that outlives a revert and a start is dead", async () => {
  const lab = await checkLab([halfDoneUpdateOfEveryKind()]);
  await noteRevert(lab, "accepted");
  await damageMore(lab, windowsStarted());
  await assertAllDead(lab, /has been running since; the operations are the same as before/);
});

Deno.test("servicing.leftovers: another update after the revert is not dead", async () => {
  const lab = await checkLab([halfDoneUpdateOfEveryKind()]);
  await noteRevert(lab, "accepted");
  await damageMore(lab, windowsStarted());
  await lab.lab.site.write("Windows\\WinSxS\\pending.xml", "<PendingTransaction>new</...>");
  assert.equal((await findServicingLeftovers(lab.windows)).update.state, "waits");
});

Deno.test("servicing.leftovers: what only DISM wrote to CBS.log is no start of Windows", async () => {
  const lab = await checkLab([halfDoneUpdateOfEveryKind()]);
  await noteRevert(lab, "accepted");
  await lab.lab.site.append(
    "Windows\\Logs\\CBS\\CBS.log",
    "2025-06-12 09:00:00, Info                  CBS    Session: 1 initialized by client DISM\r\n",
  );
  assert.equal((await findServicingLeftovers(lab.windows)).update.state, "reverting");
});

Deno.test("servicing.leftovers: poqexec that ran again, or a new log, is a start of Windows", async () => {
  for (const file of ["WinSxS\\poqexec.log", "Logs\\CBS\\CBS.log"]) {
    const lab = await checkLab([halfDoneUpdateOfEveryKind()]);
    await noteRevert(lab, "accepted");
    await lab.lab.site.write(
      `Windows\\${file}`,
      "TrustedInstaller service starts successfully.\r\n",
    );
    assert.equal((await findServicingLeftovers(lab.windows)).update.state, "dead", file);
  }
});

Deno.test("servicing.leftovers: a revert that failed proves something only with failed starts", async () => {
  const once = await checkLab([halfDoneUpdateOfEveryKind()]);
  await noteRevert(once, "failed");
  assert.equal((await findServicingLeftovers(once.windows)).update.state, "waits");
  const often = await checkLab([halfDoneUpdateOfEveryKind(), startsFailed(2)]);
  await noteRevert(often, "failed");
  await assertAllDead(often, /DISM failed to revert the update; Windows has not run since/);
});

Deno.test("servicing.leftovers: DISM's answer about an earlier update does not count", async () => {
  const good = line("Startup processing completed. [HRESULT = 0x00000000 - S_OK]");
  for (const answer of ["accepted", "failed"] as const) {
    const lab = await checkLab([halfDoneUpdateOfEveryKind()]);
    await noteRevert(lab, answer);
    await lab.lab.site.append("Windows\\Logs\\CBS\\CBS.log", good);
    await lab.lab.site.write("Windows\\WinSxS\\pending.xml", "<PendingTransaction>new</...>");
    await damageMore(lab, startsFailed(2));
    assert.equal((await findServicingLeftovers(lab.windows)).update.state, "fails", answer);
    const other = await checkLab([halfDoneUpdateOfEveryKind()]);
    await noteRevert(other, answer);
    await other.lab.site.write("Windows\\WinSxS\\pending.xml", "<PendingTransaction>again</...>");
    await damageMore(other, startsFailed(2));
    assert.equal((await findServicingLeftovers(other.windows)).update.state, "dead", answer);
    await other.lab.site.write("Windows\\Logs\\CBS\\CBS.log", "");
    await damageMore(other, startsFailed(2));
    assert.equal((await findServicingLeftovers(other.windows)).update.state, "fails", "new log");
  }
});

Deno.test("servicing.leftovers: a file that only has a note's name is no note", async () => {
  for (const text of ["", "[]", "null", '{"cbsLog":1}', "\0\0"]) {
    const lab = await checkLab([pendingXmlLeftBehind()]);
    const path = `D:\\PEMedic\\s\\${revertNoteName(1, "accepted")}`;
    lab.lab.files.put(path, new TextEncoder().encode(text));
    lab.lab.files.forgetOperations();
    assert.equal((await findServicingLeftovers(lab.windows)).update.state, "waits", text);
  }
});

Deno.test("servicing.leftovers: every control set in use counts, others do not", async () => {
  const set = (n: number) =>
    `[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet00${n}\\Control\\Session Manager]\n` +
    `"BootExecute"=${multiStringText(["gone"])}\n`;
  const select = '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Default"=dword:00000002\n';
  const lab = await checkLab([], { additions: { SYSTEM: set(1) + set(2) + set(3) + select } });
  const keys = (await proven(lab)).flatMap((leftover) => leftover.edits)
    .map((edit) => "key" in edit ? edit.key : "");
  assert.deepEqual(
    keys,
    [1, 2].map((n) => `SYSTEM\\ControlSet00${n}\\Control\\Session Manager`),
  );
});

Deno.test("servicing.leftovers: a hive whose logs cannot be used proves nothing", async () => {
  const damages = [exclusiveSessionLeftBehind(), dirtySoftwareHive({ log: "none" })];
  const lab = await checkLab(damages);
  const { proven, left } = await findServicingLeftovers(lab.windows);
  assert.deepEqual(proven, []);
  assert.match(left[0]!.reason, /logs of its hive cannot be used/);
});

Deno.test("servicing.leftovers: hives that cannot be read leave the question unknown", async () => {
  const lab = await checkLab([missingSoftwareHive()]);
  const finding = await ask(lab, leftovers);
  assert.deepEqual([finding.outcome, finding.code], ["unknown", "damagedFile"]);
  const known = await checkLab([missingSoftwareHive(), bootExecuteProgramMissing()]);
  assert.equal((await ask(known, leftovers)).outcome, "problem");
  const without = await checkLab();
  without.lab.files.erase(`D:\\${hivePath("COMPONENTS")}`);
  without.windows.refresh();
  assert.equal((await ask(without, leftovers)).outcome, "ok");
});

Deno.test("servicing.leftovers: a list of operations that is a folder or a link is left alone", async () => {
  const lab = await checkLab([startsFailed(2)]);
  lab.lab.files.putJunction("D:\\Windows\\WinSxS\\pending.xml", "D:\\Users");
  const { left } = await findServicingLeftovers(lab.windows, { assumeDead: true });
  assert.deepEqual(left.map(({ reason }) => reason), ["It is no ordinary file"]);
});
