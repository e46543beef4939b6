/** Each kind of change: done, done and undone, and refused where something is in the way. */
import assert from "node:assert/strict";
import { isFileFault, type MedicError, RefusalError, ToolError } from "../../src/base/mod.ts";
import { type Change, reopenSession, Transaction } from "../../src/journal/mod.ts";
import {
  begin,
  bytes,
  CACHE,
  copied,
  created,
  HIVE,
  HOSTS,
  type JournalLab,
  journalLab,
  moved,
  type OwnChange,
  picture,
  runSession,
  sessionOf,
  undoOnly,
} from "./journal_lab.ts";

const REPLACED: OwnChange = { kind: "file-replaced", path: HOSTS, text: "# clean", bytes: 7 };
const CHKDSK = {
  kind: "tool-ran",
  tool: "chkdsk",
  arguments: ["D:", "/f", "/log:D:\\{session}\\logs\\x", "{scratch}"],
  risk: "irreversible",
  encoding: "oem",
  purpose: "Repair the file system",
} as const;

async function textAt(lab: JournalLab, path: string): Promise<string> {
  return new TextDecoder().decode(await lab.files.read(`D:\\${path}`));
}

async function exists(lab: JournalLab, path: string): Promise<boolean> {
  return await lab.files.stat(`D:\\${path}`) !== undefined;
}

/** Makes one change in a session of its own and leaves the session open. */
async function make(lab: JournalLab, change: OwnChange): Promise<string> {
  const { writer, transaction } = await begin(lab);
  try {
    await transaction.make(change);
  } finally {
    await writer.close();
  }
  return writer.id;
}

interface Case {
  readonly change: OwnChange;
  /** Proves that it was done. */
  done(lab: JournalLab, folder: string): Promise<void>;
  /** Puts something where the change creates; undefined where nothing can be in the way. */
  readonly occupy?: string;
}

const CASES: Readonly<Record<string, Case>> = {
  "entry-moved of a folder": {
    change: moved(CACHE),
    done: async (lab, folder) => {
      assert.ok(!await exists(lab, CACHE));
      const kept = `${folder}\\aside\\0001-SoftwareDistribution\\Download\\kb.cab`;
      assert.equal(await textAt(lab, kept), "a download");
    },
  },
  "entry-moved of a file": {
    change: moved("Users\\Anna\\letter.txt", "file"),
    done: async (lab, folder) => {
      assert.ok(!await exists(lab, "Users\\Anna\\letter.txt"));
      assert.equal(await textAt(lab, `${folder}\\aside\\0001-letter.txt`), "Dear Bob");
    },
  },
  "directory-created": {
    change: { kind: "directory-created", path: "Windows\\Panther" },
    done: async (lab) => assert.ok(await exists(lab, "Windows\\Panther")),
    occupy: "D:\\Windows\\Panther\\setup.log",
  },
  "file-created from text": {
    change: created("Windows\\note.txt", "grüß"),
    done: async (lab) => assert.equal(await textAt(lab, "Windows\\note.txt"), "grüß"),
    occupy: "D:\\Windows\\note.txt",
  },
  "file-created as a copy": {
    change: copied(HIVE, `${HIVE}.copy`),
    done: async (lab) => assert.equal(await textAt(lab, `${HIVE}.copy`), "the SYSTEM hive"),
    occupy: `D:\\${HIVE}.copy`,
  },
  "file-created as a copy in the session": {
    change: copied(HIVE, `{session}\\saved\\deep\\${HIVE}`),
    done: async (lab, folder) =>
      assert.equal(await textAt(lab, `${folder}\\saved\\deep\\${HIVE}`), "the SYSTEM hive"),
  },
  "file-created from text in the session": {
    change: created("{session}\\logs\\a\\b.txt", "log"),
    done: async (lab, folder) =>
      assert.equal(await textAt(lab, `${folder}\\logs\\a\\b.txt`), "log"),
  },
  "file-replaced": {
    change: REPLACED,
    done: async (lab, folder) => {
      assert.equal(await textAt(lab, HOSTS), "# clean");
      assert.equal(await textAt(lab, `${folder}\\aside\\0001-hosts`), "127.0.0.1 localhost");
    },
  },
};

for (const [name, { change, done, occupy }] of Object.entries(CASES)) {
  Deno.test(`${name}: it is done and journalled`, async () => {
    const lab = journalLab();
    const id = await make(lab, change);
    await done(lab, `PEMedic\\${id}`);
    const { changes } = await sessionOf(lab, id);
    assert.deepEqual(changes.map((state) => [state.state, state.intent.change]), [[
      "done",
      change,
    ]]);
  });

  Deno.test(`${name}: undo gives the start back`, async () => {
    const lab = journalLab();
    const start = picture(lab);
    await runSession(lab, [change]);
    assert.ok(await undoOnly(lab));
    assert.deepEqual(picture(lab), start);
  });

  if (occupy === undefined) continue;
  Deno.test(`${name}: what is in the way stays, and undo leaves it alone`, async () => {
    const lab = journalLab();
    lab.files.put(occupy, bytes("somebody's"));
    const start = picture(lab);
    await assert.rejects(() => make(lab, change), (error) => isFileFault(error, "exists"));
    assert.deepEqual(picture(lab), start);
    assert.ok(await undoOnly(lab));
    assert.deepEqual(picture(lab), start);
  });
}

Deno.test("entry-moved: an occupied kept place is not written over; another one is used", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  lab.files.put(`D:\\${writer.folder}\\aside\\0001-SoftwareDistribution\\x`, bytes("earlier"));
  await transaction.make(moved(CACHE));
  await transaction.end("ok");
  const kept = `${writer.folder}\\aside\\0001-SoftwareDistribution`;
  assert.equal(await textAt(lab, `${kept}\\x`), "earlier");
  assert.equal(await textAt(lab, `${kept}.2\\Download\\kb.cab`), "a download");
  assert.ok(await undoOnly(lab));
  assert.equal(await textAt(lab, `${CACHE}\\Download\\kb.cab`), "a download");
});

Deno.test("entry-moved and file-replaced: what is not there fails and is journalled", async () => {
  for (const change of [moved("Windows\\nothing"), { ...REPLACED, path: "Windows\\nothing" }]) {
    const lab = journalLab();
    const start = picture(lab);
    await assert.rejects(() => make(lab, change), (error) => isFileFault(error, "not-found"));
    const [session] = [(await lab.files.list("D:\\PEMedic"))[0]!.name];
    assert.deepEqual((await sessionOf(lab, session)).changes.map(({ state }) => state), ["failed"]);
    assert.ok(await undoOnly(lab));
    assert.deepEqual(picture(lab), start);
  }
});

Deno.test("file-replaced keeps the security descriptor", async () => {
  const lab = journalLab();
  lab.files.setSecurity(`D:\\${HOSTS}`, "D:(A;;FA;;;SY)");
  await runSession(lab, [REPLACED]);
  assert.equal(lab.files.securityOf(`D:\\${HOSTS}`), "D:(A;;FA;;;SY)");
  await undoOnly(lab);
  assert.equal(lab.files.securityOf(`D:\\${HOSTS}`), "D:(A;;FA;;;SY)");
});

Deno.test("names with odd characters are kept and come back", async () => {
  const names = ["{session}", "a%b$&$1 [x] ‮", "ﬁ ß 漢字 𐐨", "x".repeat(251), "aside\u2028"];
  for (const name of names) {
    const lab = journalLab();
    lab.files.put(`D:\\Data\\${name}`, bytes(name));
    const start = picture(lab);
    const id = await runSession(lab, [moved(`Data\\${name}`, "file")]);
    assert.ok(!await exists(lab, `Data\\${name}`), name);
    assert.equal((await sessionOf(lab, id)).changes[0]!.state, "done", name);
    assert.ok(await undoOnly(lab), name);
    assert.deepEqual(picture(lab), start, name);
  }
});

Deno.test("paths in another case, with other separators, are the same entries", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const before = [...start.keys()];
  await runSession(lab, [moved("WINDOWS/softwaredistribution"), {
    ...REPLACED,
    path: HOSTS.toUpperCase(),
  }]);
  assert.ok(!await exists(lab, CACHE));
  assert.equal(await textAt(lab, HOSTS), "# clean");
  assert.ok(await undoOnly(lab));
  assert.deepEqual(
    [...picture(lab).keys()].map((key) => key.toUpperCase()),
    before.map((key) => key.toUpperCase()),
  );
});

Deno.test("the root, PEMedic's own folder and other sessions are refused", async () => {
  const lab = journalLab();
  const other = await runSession(lab, [moved(CACHE)]);
  lab.host.clock.advance(1000);
  const { writer, transaction } = await begin(lab);
  const before = lab.files.snapshot("D:\\");
  for (
    const path of ["", "\\", "PEMedic", "pemedic\\x", `PEMedic\\${other}\\aside`, writer.folder]
  ) {
    await assert.rejects(() => transaction.make(moved(path)), RefusalError, path);
    await assert.rejects(() => transaction.make({ kind: "directory-created", path }), RefusalError);
  }
  assert.deepEqual(lab.files.snapshot("D:\\"), before);
});

Deno.test("names that leave the volume or mean another entry are refused", async () => {
  const lab = journalLab();
  const { transaction } = await begin(lab);
  const before = lab.files.snapshot("D:\\");
  for (const path of ["..\\x", "C:\\Windows", "Windows\\..\\Users", `${CACHE}.`, `${CACHE} \\x`]) {
    await assert.rejects(
      () => transaction.make(moved(path)),
      (error: MedicError) => ["usage", "refused"].includes(error.code),
      path,
    );
    await assert.rejects(() => transaction.make(copied(path, "{session}\\saved\\x")), path);
  }
  assert.deepEqual(lab.files.snapshot("D:\\"), before);
});

Deno.test("a junction anywhere on the path is refused and named", async () => {
  const links = ["Windows", CACHE, `${CACHE}\\Download`];
  for (const link of links) {
    const lab = journalLab();
    lab.files.erase(`D:\\${link}`);
    lab.files.putDirectory("D:\\Elsewhere\\SoftwareDistribution\\Download");
    lab.files.put("D:\\Elsewhere\\Download\\kb.cab", bytes("mine"));
    lab.files.put("D:\\Elsewhere\\kb.cab", bytes("mine"));
    lab.files.putJunction(`D:\\${link}`, "D:\\Elsewhere");
    const before = lab.files.snapshot("D:\\", { except: ["PEMedic"] });
    const path = `${CACHE}\\Download\\kb.cab`.replaceAll("\\", "/");
    const changes: OwnChange[] = [
      moved(path, "file"),
      { kind: "directory-created", path: `${path}/x` },
      created(`${path}/y`, "y"),
      copied(path, "{session}\\saved\\kb"),
      { ...REPLACED, path },
    ];
    for (const change of changes) {
      await assert.rejects(() => make(lab, change), (error: Error) => {
        assert.ok(error instanceof RefusalError, String(error));
        assert.ok(error.message.includes(`"${link.replaceAll("/", "\\")}" is a junction`));
        return true;
      });
    }
    assert.deepEqual(lab.files.snapshot("D:\\", { except: ["PEMedic"] }), before);
  }
});

Deno.test("a junction in the place where moved things are kept is refused", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  lab.files.erase(`D:\\${writer.folder}\\aside`);
  lab.files.putJunction(`D:\\${writer.folder}\\aside`, "E:\\");
  await assert.rejects(() => transaction.make(moved(CACHE)), /aside" is a junction/);
  await assert.rejects(() => transaction.make(REPLACED), /aside" is a junction/);
  assert.ok(await exists(lab, `${CACHE}\\Download`));
});

Deno.test("a rename that fails after it was made is journalled as done", async () => {
  const lab = journalLab();
  const start = picture(lab);
  const { writer, transaction } = await begin(lab);
  const { move } = lab.files;
  lab.files.move = async (from, to) => {
    await move.call(lab.files, from, to);
    await lab.files.read("D:\\gone");
  };
  await assert.rejects(() => transaction.make(moved(CACHE)), /gone/);
  lab.files.move = move;
  await writer.close();
  assert.deepEqual((await sessionOf(lab, writer.id)).changes.map(({ state }) => state), ["done"]);
  assert.ok(await undoOnly(lab));
  assert.deepEqual(picture(lab), start);
});

Deno.test("an entry that is held open fails, is journalled, and the next change works", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  lab.files.setFault(`D:\\${CACHE}\\Download\\kb.cab`, { fault: "busy" });
  await assert.rejects(() => transaction.make(moved(CACHE)));
  await transaction.make(moved("Users\\Anna"));
  await transaction.end("partial");
  const { changes } = await sessionOf(lab, writer.id);
  assert.deepEqual(changes.map(({ state }) => state), ["failed", "done"]);
});

Deno.test("a copy that was saved before a cut is kept; one of an older state goes aside", async () => {
  const lab = journalLab();
  const copy = copied(HIVE, `{session}\\saved\\${HIVE}`);
  const id = await make(lab, copy);
  const again = async () => {
    const writer = await reopenSession(lab.context, await sessionOf(lab, id));
    await new Transaction(writer, { changes: 1 }).make(copy);
    await writer.close();
  };
  await again();
  assert.equal((await sessionOf(lab, id)).changes.length, 1);
  lab.files.put(`D:\\${HIVE}`, bytes("the SYSTEM hiv3"));
  await again();
  assert.equal(await textAt(lab, `PEMedic\\${id}\\saved\\${HIVE}`), "the SYSTEM hiv3");
  const [partial] = await lab.files.list(`D:\\PEMedic\\${id}\\partial`);
  assert.equal(await textAt(lab, `PEMedic\\${id}\\partial\\${partial!.name}`), "the SYSTEM hive");
});

Deno.test("runTool() runs the tool with places filled in, and journals the plan as it was", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  transaction.scratch = "E:\\scratch";
  const outcome = await transaction.runTool(CHKDSK);
  await transaction.end("ok");
  assert.equal(outcome.exitCode, 0);
  assert.deepEqual(lab.host.processes.calls[0]?.arguments, [
    "D:",
    "/f",
    `/log:D:\\${writer.folder}\\logs\\x`,
    "E:\\scratch",
  ]);
  const [state] = (await sessionOf(lab, writer.id)).changes;
  assert.deepEqual([state!.state, state!.exitCode, state!.intent.change], ["done", 0, CHKDSK]);
});

Deno.test("runTool() does not journal a tool that is missing", async () => {
  const lab = journalLab();
  lab.host.processes.missingTools.add("chkdsk");
  const { writer, transaction } = await begin(lab);
  await assert.rejects(() => transaction.runTool(CHKDSK), ToolError);
  await writer.close();
  assert.deepEqual((await sessionOf(lab, writer.id)).changes, []);
});

Deno.test("runTool() journals a tool that could not be started as failed", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  lab.host.processes.onCall = () => {
    throw new ToolError('Cannot start "chkdsk": no memory');
  };
  await assert.rejects(() => transaction.runTool(CHKDSK), ToolError);
  await writer.close();
  assert.deepEqual((await sessionOf(lab, writer.id)).changes.map(({ state }) => state), ["failed"]);
});

Deno.test("a tool that was cut off is interrupted, and undo says what stays", async () => {
  const lab = journalLab();
  const { writer, transaction } = await begin(lab);
  lab.host.killAt("change-made");
  await assert.rejects(() => transaction.runTool(CHKDSK));
  lab.host.reboot();
  assert.ok(await undoOnly(lab));
  const [state] = (await sessionOf(lab, writer.id)).changes;
  assert.equal(state!.state, "interrupted");
});

Deno.test("an aborted signal stops before the next change", async () => {
  const lab = journalLab();
  const { writer } = await begin(lab);
  const abort = new AbortController();
  const changed: Change[] = [];
  const transaction = new Transaction(writer, {
    changes: 0,
    signal: abort.signal,
    listener: { changed: (change) => void changed.push(change) },
  });
  await transaction.make(REPLACED);
  abort.abort();
  await assert.rejects(
    () => transaction.make(moved(CACHE)),
    (error: MedicError) => error.code === "cancelled",
  );
  await assert.rejects(() => transaction.runTool(CHKDSK), /Stopped/);
  await transaction.end("cancelled");
  assert.deepEqual(changed, [REPLACED]);
  assert.equal((await sessionOf(lab, writer.id)).changes.length, 1);
});

Deno.test("a saved copy on a failing disk ends in a sentence and nothing half stays", async () => {
  const lab = journalLab();
  lab.files.setFault(`D:\\${HIVE}`, { fault: "disk-error" });
  await assert.rejects(
    () => make(lab, copied(HIVE, `${HIVE}.copy`)),
    (error: MedicError) => error.code === "diskFailing",
  );
  assert.ok(!await exists(lab, `${HIVE}.copy`));
});
