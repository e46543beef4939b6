/** PE Medic's folders are taken from ordinary users before anything is written into them. */
import assert from "node:assert/strict";
import { FileError } from "../../src/base/mod.ts";
import type { FileSystem } from "../../src/host/mod.ts";
import { closeToUsers, createSession, ensureSessionsFolder } from "../../src/journal/mod.ts";
import { doneBeforeRestricted } from "../lab/done_before.ts";
import { ADMINISTRATORS_ONLY } from "../lab/memory_file_system.ts";
import {
  bytes,
  contextOf,
  HEADER,
  type JournalLab,
  journalLab,
  runSession,
} from "./journal_lab.ts";
import { importLab, tree } from "./import_lab.ts";

/** A lab whose file system closes folders in another way, or not at all. */
function labThat(restrict: FileSystem["restrict"] | undefined): JournalLab {
  const lab = journalLab();
  Object.defineProperty(lab.files, "restrict", { value: restrict });
  return { ...lab, context: contextOf(lab.host) };
}

Deno.test("createSession() closes PEMedic before anything is in it", async () => {
  const lab = journalLab();
  const writer = await createSession(lab.context, HEADER);
  await writer.close();
  assert.equal(lab.files.securityOf("D:\\PEMedic"), ADMINISTRATORS_ONLY);
  assert.deepEqual(doneBeforeRestricted(lab.files, "D:\\PEMedic"), []);
  assert.equal(writer.exposed, undefined);
});

Deno.test("createSession() closes a PEMedic that somebody else has made", async () => {
  const lab = journalLab();
  lab.files.put("D:\\PEMedic\\old\\note.txt", bytes("there before"));
  lab.files.setSecurity("D:\\PEMedic", "everybody");
  await (await createSession(lab.context, HEADER)).close();
  assert.equal(lab.files.securityOf("D:\\PEMedic"), ADMINISTRATORS_ONLY);
  assert.deepEqual(doneBeforeRestricted(lab.files, "D:\\PEMedic"), []);
  assert.equal(lab.files.securityOf("D:\\PEMedic\\old"), "inherited");
});

for (
  const [what, restrict, reason] of [
    ["keeps no rights", () => Promise.resolve(false), /^The file system does not keep rights$/],
    [
      "refuses",
      (path: string) => Promise.reject(new FileError("take from ordinary users", path, "denied")),
      /^Cannot take from ordinary users "D:\\PEMedic"/,
    ],
  ] as const
) {
  Deno.test(`createSession() goes on where the volume ${what}, and knows it`, async () => {
    const lab = labThat(restrict);
    const writer = await createSession(lab.context, HEADER);
    await writer.close();
    assert.match(writer.exposed ?? "", reason);
    assert.match(await closeToUsers(lab.context.target, "PEMedic") ?? "", reason);
  });
}

Deno.test("a fault of the program is no reason to go on", async () => {
  const lab = labThat(() => Promise.reject(new TypeError("a fault")));
  await assert.rejects(() => createSession(lab.context, HEADER), TypeError);
});

Deno.test("a FAT volume keeps no rights; a system that sets none is told from it", async () => {
  const lab = journalLab();
  lab.files.volume("D:").fileSystem = "FAT32";
  assert.match(await ensureSessionsFolder(lab.context.target) ?? "", /does not keep rights/);
  const other = labThat(undefined);
  assert.equal(await ensureSessionsFolder(other.context.target), undefined);
  assert.match(
    await closeToUsers(other.context.target, "PEMedic") ?? "",
    /does not set the rights/,
  );
});

Deno.test("bin and media are closed when a change makes them, others are left alone", async () => {
  const lab = importLab();
  await runSession(lab, [
    { kind: "directory-created", path: "PEMedic\\bin" },
    { kind: "directory-created", path: "Windows\\Panther" },
    tree(),
  ]);
  for (const folder of ["bin", "media"]) {
    assert.deepEqual(doneBeforeRestricted(lab.files, `D:\\PEMedic\\${folder}`), [], folder);
    assert.equal(lab.files.securityOf(`D:\\PEMedic\\${folder}`), ADMINISTRATORS_ONLY);
  }
  assert.ok(await lab.files.stat("D:\\PEMedic\\media\\setup.exe"));
  assert.equal(lab.files.securityOf("D:\\Windows\\Panther"), "inherited");
});

Deno.test("a folder that cannot be closed does not stop the change", async () => {
  const lab = importLab();
  lab.files.volume("D:").fileSystem = "exFAT";
  await runSession(lab, [{ kind: "directory-created", path: "PEMedic\\bin" }, tree()]);
  assert.equal(lab.files.securityOf("D:\\PEMedic\\bin"), "inherited");
  assert.ok(await lab.files.stat("D:\\PEMedic\\media\\setup.exe"));
});
