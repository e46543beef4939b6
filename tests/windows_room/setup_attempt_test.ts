import assert from "node:assert/strict";
import { encodeUtf16 } from "../../src/base/mod.ts";
import { SETUP_CAUSES, SETUP_OPERATIONS } from "../../src/knowledge/mod.ts";
import { openWindows, readSetupAttempt, type SetupAttempt } from "../../src/windows/mod.ts";
import {
  boxResult,
  commandBeforeLogon,
  type Damage,
  sourceSystem,
  upgradeCompleted,
  upgradeLogsLeft,
  upgradeRefused,
  upgradeRolledBack,
  writeSetupDiagReport,
} from "../lab/mod.ts";
import { encodeSetupLog, type SetupEnd, SetupLogWriter, writeSetupRun } from "../lab/setup_logs.ts";
import { labWith } from "./rooms.ts";

async function attemptAfter(...damages: readonly Damage[]): Promise<SetupAttempt | undefined> {
  const lab = await labWith(damages);
  return await readSetupAttempt(await openWindows(lab.host, "D:"));
}

async function found(...damages: readonly Damage[]): Promise<SetupAttempt> {
  const attempt = await attemptAfter(...damages);
  assert.ok(attempt !== undefined, "an attempt is found");
  return attempt;
}

function left(path: string, content: string | Uint8Array): Damage {
  return { name: "left", imitates: "a test", apply: (site) => site.write(path, content) };
}

function registry(addition: string): Damage {
  return { name: "registry", imitates: "a test", apply: (s) => s.editHive("SYSTEM", addition) };
}

const UPGRADE_LOG = "$WINDOWS.~BT\\Sources\\Panther\\setupact.log";
const ROLLBACK_LOG = "$WINDOWS.~BT\\Sources\\Rollback\\setupact.log";

const PAIRS = SETUP_CAUSES.flatMap(({ result, extend }) =>
  extend === undefined ? [] : [{ result, extend }]
);

Deno.test("readSetupAttempt() reads every pair of result and extend code of the table", async (t) => {
  for (const { result, extend } of PAIRS) {
    const name = `0x${result.toString(16)} - 0x${extend.toString(16)}`;
    await t.step(name, async () => {
      const end: SetupEnd = { kind: "failed", result, extend };
      const attempt = await found(upgradeLogsLeft({ end }));
      const digit = extend >>> 16;
      const restarted = digit >= 2 && digit <= 4;
      assert.equal(attempt.state, restarted ? "rolled-back" : "failed", attempt.reason);
      assert.equal(attempt.result, result);
      assert.equal(attempt.extend, extend);
      assert.equal(attempt.explanation?.match, "pair");
      assert.equal(attempt.phase.digit, restarted ? digit : 1);
      const inLog = writeSetupRun({ end }).operation;
      assert.equal(attempt.operation, restarted ? SETUP_OPERATIONS[extend & 0xffff] : inLog);
      assert.equal(attempt.failedOperation?.name, inLog);
      assert.equal(attempt.failedOperation?.code, result);
      assert.equal(attempt.failedOperation?.line.path, UPGRADE_LOG);
      assert.equal(attempt.cause?.kind, "operation");
      assert.match(attempt.cause?.line.text ?? "", /^Error SP Operation failed: /);
      assert.doesNotMatch(attempt.cause?.line.text ?? "", /Set boot command|Remove boot entry/);
      assert.equal(attempt.from, "10.0.19045.0");
      assert.equal(attempt.to, "10.0.26200.8037");
      assert.equal(attempt.begun, "2026-09-01 08:00:00");
      assert.equal(attempt.torn, false);
    });
  }
});

Deno.test("the cited line stands at the cited byte of the log", async () => {
  const end: SetupEnd = { kind: "failed", result: 0x8007025d, extend: 0x2000c };
  const { failedOperation } = await found(upgradeLogsLeft({ end }));
  const bytes = encodeSetupLog(writeSetupRun({ end }).upgrade);
  const text = new TextDecoder().decode(bytes.subarray(failedOperation!.line.offset));
  assert.match(text, /^[\d-]{10} [\d:]{8}, Error {17,}SP {5}Operation failed: Relocate OS/);
});

const REFUSALS = [0xc1900200, 0xc1900202, 0xc1900204, 0xc1900206, 0xc1900208, 0xc190020e] as const;

Deno.test("readSetupAttempt() tells every refusal from a failure", async () => {
  for (const result of [...REFUSALS, 0xc1900107, 0xc190010e, 0xc190010d, 0xc1900215]) {
    const attempt = await found(upgradeRefused(result));
    assert.equal(attempt.state, "refused", attempt.reason);
    assert.equal(attempt.result, result);
    assert.equal(attempt.extend, undefined);
    assert.equal(attempt.failedOperation, undefined);
    assert.equal(attempt.installAttempts, 2);
    assert.equal(attempt.failureCount, 1);
  }
  for (const result of [0xc1900106, 0x80070005]) {
    assert.equal((await found(upgradeRefused(result))).state, "failed");
  }
  const full = { kind: "failed", result: 0xc190020e, extend: 0x1000c } as const;
  assert.equal(
    (await found(upgradeLogsLeft({ end: full }))).state,
    "failed",
    "it had begun to work",
  );
});

Deno.test("a scan that found no obstacle is no failure", async () => {
  const attempt = await found(upgradeRefused(0xc1900210));
  assert.equal(attempt.state, "scanned");
  assert.equal(attempt.cause, undefined);
});

Deno.test("an upgrade that hangs or was cut off is in progress, with its operation", async () => {
  for (
    const [phase, digit] of [["Downlevel", 1], ["Safe OS", 2], ["Post First Boot", 3]] as const
  ) {
    for (const torn of [false, true]) {
      const end: SetupEnd = { kind: "hangs", phase, torn };
      const attempt = await found(upgradeLogsLeft({ end }));
      assert.equal(attempt.state, "in-progress", attempt.reason);
      assert.equal(attempt.result, undefined);
      assert.equal(attempt.phase.digit, digit);
      assert.equal(attempt.phase.inLog, phase);
      assert.equal(attempt.runningOperation?.name, writeSetupRun({ end }).operation);
      assert.equal(attempt.failedOperation, undefined);
      assert.equal(attempt.cause, undefined);
      assert.equal(attempt.torn, torn);
    }
  }
});

Deno.test("a prepared upgrade is in progress, and a stale BoxResult does not end it", async () => {
  const attempt = await found(
    upgradeLogsLeft({ end: { kind: "prepared" } }),
    registry(boxResult(3)),
  );
  assert.equal(attempt.state, "in-progress");
  assert.match(attempt.reason, /prepared/);
  const hanging = upgradeLogsLeft({ end: { kind: "hangs", phase: "Safe OS" } });
  const again = await found(hanging, registry(boxResult(0xc1900101)));
  assert.equal(again.state, "in-progress");
  assert.equal(again.result, undefined);
});

Deno.test("BoxResult alone tells a result where no log is left", async () => {
  const attempt = await found(registry(boxResult(0xc1900208)));
  assert.equal(attempt.state, "refused");
  assert.equal(attempt.result, 0xc1900208);
  assert.deepEqual(attempt.logs, []);
});

Deno.test("a finished upgrade is completed, also with noise in its log", async () => {
  const attempt = await found(upgradeCompleted());
  assert.equal(attempt.state, "completed", attempt.reason);
  assert.match(attempt.reason, /19045/);
  assert.equal(attempt.failedOperation, undefined);
  assert.equal(attempt.cause, undefined);
  const { upgrade } = writeSetupRun({ end: { kind: "completed" } });
  const byLog = await found(left("Windows\\Panther\\setupact.log", encodeSetupLog(upgrade)));
  assert.equal(byLog.state, "completed");
  assert.match(byLog.reason, /last phase/);
});

Deno.test("the build that is installed proves an upgrade, another one does not", async () => {
  const run = (to: string) =>
    left(
      "Windows\\Panther\\setupact.log",
      encodeSetupLog(
        writeSetupRun({ to, end: { kind: "hangs", phase: "Post OOBE Boot" } }).upgrade,
      ),
    );
  const lab = await labWith([]);
  const { identity } = await openWindows(lab.host, "D:");
  assert.equal((await found(run(`10.0.${identity.build}.1`))).state, "completed");
  assert.equal((await found(run("10.0.99999.1"))).state, "in-progress");
});

Deno.test("an older upgrade that went well does not hide a failure after it", async () => {
  const end: SetupEnd = { kind: "failed", result: 0x80070070, extend: 0x50011 };
  const failed = upgradeLogsLeft({ end, begun: "2026-10-01 08:00:00" });
  assert.equal((await found(upgradeCompleted(), failed)).state, "failed");
  const later = await found(failed, registry(sourceSystem("10/2/2026 09:00:00")));
  assert.equal(later.state, "completed", "Windows was replaced after the failure");
  assert.equal(later.result, undefined);
  assert.equal(later.explanation, undefined);
});

Deno.test("several attempts in one folder: the newest one counts", async () => {
  const failed: SetupEnd = { kind: "failed", result: 0x80070070, extend: 0x50011 };
  const first = { end: failed, begun: "2026-09-01 08:00:00" };
  const second = {
    end: { kind: "refused", result: 0xc1900208 },
    begun: "2026-09-02 08:00:00",
  } as const;
  const attempt = await found(upgradeLogsLeft(first, second));
  assert.equal(attempt.state, "refused");
  assert.equal(attempt.begun, "2026-09-02 08:00:00");
  assert.equal(attempt.failedOperation, undefined);
  const reversed = await found(upgradeLogsLeft({ ...second, begun: "2026-08-31 08:00:00" }, first));
  assert.equal(reversed.result, 0x80070070);
});

Deno.test("the rollback of an earlier attempt is not that of the newest", async () => {
  const old = writeSetupRun({ end: { kind: "failed", result: 0xc1900101, extend: 0x20017 } });
  const newer = { end: { kind: "hangs", phase: "Safe OS" }, begun: "2026-09-03 08:00:00" } as const;
  const lab = await labWith([
    left(ROLLBACK_LOG, encodeSetupLog(old.rollback!)),
    upgradeLogsLeft(newer),
  ]);
  const attempt = await readSetupAttempt(await openWindows(lab.host, "D:"));
  assert.equal(attempt?.state, "in-progress", attempt?.reason);
  assert.equal(attempt?.logs.length, 1);
});

Deno.test("a crash is named before the operation that it ended", async () => {
  const { upgrade } = writeSetupRun({ end: { kind: "hangs", phase: "Post OOBE Boot" } });
  const rollback = new SetupLogWriter("2026-09-01 09:00:00").noise()
    .write("SP", "Crash 0x0000007E detected").write("SP", "  Module name           : ")
    .write("SP", "Cannot recover the system.").report(0xc1900101, 0x4000d).end().text;
  const attempt = await found(
    left(UPGRADE_LOG, encodeSetupLog(upgrade)),
    left(ROLLBACK_LOG, encodeSetupLog(rollback)),
  );
  assert.equal(attempt.state, "rolled-back");
  assert.equal(attempt.stopCode, 0x7e);
  assert.equal(attempt.cause?.kind, "crash");
  assert.equal(attempt.failedOperation, undefined);
});

Deno.test("the object that could not be migrated is the cause", async () => {
  const log = new SetupLogWriter().begin().noise();
  log.write("MOUPG", "Setup phase change: [SetupPhasePrepare] -> [SetupPhaseInstall]");
  log.write("SP", "Executing operation: Migrate framework (Full)");
  log.error(
    "SP",
    "Error READ, 0x00000570 while gathering/applying object: File, C:\\a [CN]. Will return 0",
  );
  log.error(
    "MIG",
    'Failure while calling IPostApply->ApplySuccess for Plugin={ServerPath="x.dll"}',
  );
  log.error("SP", "Operation failed: Migrate framework (Full). Error: 0x8007042B[gle=0x000000b7]");
  log.report(0x8007042b, 0x2000d).end();
  const attempt = await found(left(UPGRADE_LOG, encodeSetupLog(log.text)));
  assert.equal(attempt.cause?.kind, "object");
  assert.match(attempt.cause?.line.text ?? "", /C:\\a \[CN\]/);
  assert.equal(attempt.failedOperation?.name, "Migrate framework (Full)");
});

Deno.test("without an operation the first error with the result's code is the cause", async () => {
  const log = new SetupLogWriter().begin().noise();
  log.write("MOUPG", "Setup phase change: [SetupPhasePrepare] -> [SetupPhaseInstall]");
  log.phase("Downlevel");
  log.error(
    "SP",
    "CSetupPlatform::Initialize: Disk provisioning is not available; hr = 0x80070032",
  );
  log.error("MOUPG", "CDlpActionDataMigrate::ExecuteRoutine(691): Result = 0x80070032");
  log.report(0x80070032, 0x50013).end();
  const attempt = await found(left(UPGRADE_LOG, encodeSetupLog(log.text)));
  assert.equal(attempt.state, "failed");
  assert.equal(attempt.cause?.kind, "error");
  assert.match(attempt.cause?.line.text ?? "", /Disk provisioning/);
  assert.equal(attempt.failedAction, "DataMigrate");
  assert.equal(attempt.operation, "DataMigrate", "the code says register asynchronous process");
  assert.equal(attempt.phase.digit, 1, "0x5xxxx is reported before the restart too");
});

Deno.test("noise with the very code of the result is not taken for the cause", async () => {
  for (
    const [component, text, result] of [
      ["MOUPG", "CUnattendManager::Initialize(90): Result = 0x80070490", 0x80070490],
      [
        "MOUPG",
        "CMOSetupOneSettingsHelper::InitializeSettings(324): Result = 0x80072EE7",
        0x80072ee7,
      ],
      ["", "ITaskFolder::DeleteTask failed. hr = 0x80070002", 0x80070002],
    ] as const
  ) {
    const log = new SetupLogWriter().begin().error(component, text);
    log.write("MOUPG", "Setup phase change: [SetupPhasePrepare] -> [SetupPhaseInstall]");
    log.error(component, text).report(result, 0x10001).end();
    const attempt = await found(left(UPGRADE_LOG, encodeSetupLog(log.text)));
    assert.equal(attempt.result, result);
    assert.equal(attempt.cause?.kind, "error");
    assert.match(attempt.cause?.line.text ?? "", /CSetupManager::ExecuteTask/);
  }
});

Deno.test("older Setup reports the mapped result in the place of the extend code", async () => {
  const log = new SetupLogWriter().begin();
  log.write("MOUPG", "SetupNotify::Remapping disk full error [0x80070070] -> [0xC19001DF]");
  log.write("MOUPG", "SetupHost: Reporting error event -> [0x80070070, 0xC19001DF]").end();
  const attempt = await found(left(UPGRADE_LOG, encodeSetupLog(log.text)));
  assert.equal(attempt.result, 0x80070070);
  assert.equal(attempt.extend, undefined);
  assert.equal(attempt.logs[0]?.outcome.mapped, 0xc19001df);
});

Deno.test("a second try in the same run is judged by itself", async () => {
  const log = new SetupLogWriter().begin();
  log.report(0x80070070, 0x50011);
  log.write("MOUPG", "Setup phase change: [SetupPhasePrepare] -> [SetupPhaseInstall]");
  log.phase("Downlevel", "hangs");
  const attempt = await found(left(UPGRADE_LOG, encodeSetupLog(log.text)));
  assert.equal(attempt.state, "in-progress", attempt.reason);
  assert.equal(attempt.result, undefined);
  assert.equal(attempt.from, "10.0.19045.0");
});

Deno.test("a log that ends behind the fatal operation tells its code, and no rollback", async () => {
  const end: SetupEnd = { kind: "failed", result: 0x80070490, extend: 0x20007 };
  const { upgrade } = writeSetupRun({ end });
  const attempt = await found(left(UPGRADE_LOG, encodeSetupLog(upgrade)));
  assert.equal(attempt.result, 0x80070490);
  assert.equal(attempt.state, "failed");
  assert.equal(attempt.phase.digit, 2);
  assert.match(attempt.reason, /gave up in the SafeOS phase/);
});

Deno.test("a failure after the restart counts more than the report that all is prepared", async () => {
  const log = new SetupLogWriter().begin();
  log.write("MOUPG", "Setup phase change: [SetupPhasePrepare] -> [SetupPhaseInstall]");
  log.phase("Downlevel");
  log.write("MOUPG", "ImageExit: Initializing SetupResult: [0x0]").end();
  log.phase("Safe OS", "fails", 0x8007025d);
  const attempt = await found(left(UPGRADE_LOG, encodeSetupLog(log.text)));
  assert.equal(attempt.state, "failed", attempt.reason);
  assert.equal(attempt.result, 0x8007025d);
  assert.equal(attempt.phase.inLog, "Safe OS");
  assert.equal(attempt.cause?.kind, "operation");
});

Deno.test("setuperr.log tells the result where setupact.log is gone", async () => {
  const log = new SetupLogWriter();
  log.error("SP", "Operation failed: Migrate framework (Full). Error: 0x8007042B[gle=0x000000b7]")
    .error("SP", "Operation execution failed: 13. hr = 0x8007042B[gle=0x000000b7]")
    .error("MOUPG", "CSetupHost::Execute(433): Result = 0x8007042B");
  const path = "$WINDOWS.~BT\\Sources\\Panther\\setuperr.log";
  const attempt = await found(left(path, encodeSetupLog(log.text)));
  assert.equal(attempt.result, 0x8007042b);
  assert.equal(attempt.state, "failed");
  assert.equal(attempt.failedOperation?.line.path, path);
  assert.equal(attempt.begun, undefined);
  const both = await found(
    left(path, encodeSetupLog(log.text)),
    upgradeLogsLeft({ end: { kind: "refused", result: 0xc1900208 } }),
  );
  assert.equal(both.result, 0xc1900208, "setupact.log is asked first");
});

Deno.test("the log may be UTF-16", async () => {
  const end: SetupEnd = { kind: "failed", result: 0x80070490, extend: 0x10007 };
  const { upgrade } = writeSetupRun({ end });
  const attempt = await found(
    left(UPGRADE_LOG, new Uint8Array([0xff, 0xfe, ...encodeUtf16(upgrade)])),
  );
  assert.equal(attempt.result, 0x80070490);
  assert.equal(attempt.state, "failed");
});

Deno.test("SetupDiag's rule is told, unless its report is of an earlier attempt", async () => {
  const attempt = await found(upgradeRolledBack());
  assert.equal(attempt.setupDiag?.rule, "FindRollbackFailure");
  assert.equal(attempt.setupDiag?.known?.class, "generic");
  assert.equal(attempt.phase.digit, 3);
  const newer = upgradeLogsLeft({
    end: { kind: "hangs", phase: "Safe OS" },
    begun: "2026-09-05 08:00:00",
  });
  assert.equal((await found(upgradeRolledBack(), newer)).setupDiag, undefined);
});

Deno.test("SetupDiag alone tells result and phase, from XML and from the registry", async () => {
  const report: Damage = {
    name: "report",
    imitates: "a test",
    apply: (site) => writeSetupDiagReport(site, { rule: "DeviceInstallHang", guid: "37BB1C3A" }),
  };
  const values = registry(
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\Setup\\SetupDiag\\Results]\n" +
      '"ProfileName"="DeviceInstallHang"\n"FailureDetails"="Err = 0xC1900101, ExtendedCode = ' +
      '0x30018, LastOperation = a, LastPhase = Post First Boot"',
  );
  for (const damage of [report, values]) {
    const attempt = await found(damage);
    assert.equal(attempt.result, 0xc1900101);
    assert.equal(attempt.extend, 0x30018);
    assert.equal(attempt.state, "rolled-back");
    assert.equal(attempt.setupDiag?.known?.class, "driver");
  }
});

Deno.test("nothing is told of a Windows that nobody tried to upgrade", async () => {
  assert.equal(await attemptAfter(), undefined);
  assert.equal(await attemptAfter(commandBeforeLogon()), undefined);
  const clean = new SetupLogWriter().write("IBS", "InstallWindows:Setup Phase = 2")
    .error("IBS", "Required profile hive does not exist: [NTUSER.DAT].").text;
  assert.equal(
    await attemptAfter(left("Windows\\Panther\\setupact.log", encodeSetupLog(clean))),
    undefined,
  );
  const media = new SetupLogWriter()
    .write("MOUPG", "*************** SetupHost Logging Begin ***************")
    .write("MOUPG", "SetupHost::Initialize: CmdLine                = [/Install /Boot ]").text;
  assert.equal(
    await attemptAfter(left("Windows\\Panther\\setupact.log", encodeSetupLog(media))),
    undefined,
  );
});

Deno.test("lines and details without end cost no more than others", async () => {
  const log = new SetupLogWriter().begin();
  for (let i = 0; i < 20; i++) {
    log.error("", "BFSVC".repeat(12_000)).error("MOUPG", "Remapping ".repeat(6_000));
    log.error("SP", `Operation failed: ${" Error: ".repeat(8_000)}`).error(
      "MOUPG",
      "OneSettings".repeat(5_000),
    );
  }
  const begun = performance.now();
  const report = `<SetupDiag><FailureDetails>${"a".repeat(2_000_000)}</FailureDetails></SetupDiag>`;
  const attempt = await found(
    left(UPGRADE_LOG, encodeSetupLog(log.report(0x80070005, 0x1000c).end().text)),
    left("Windows\\Logs\\SetupDiag\\SetupDiagResults.xml", report),
  );
  assert.equal(attempt.result, 0x80070005);
  assert.ok(performance.now() - begun < 10_000);
});

Deno.test("damaged logs and reports are cited, and never throw", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(50_000));
  assert.equal(await attemptAfter(left(UPGRADE_LOG, noise)), undefined);
  assert.equal(await attemptAfter(left(UPGRADE_LOG, "")), undefined);
  const attempt = await found(
    upgradeLogsLeft({ end: { kind: "refused", result: 0xc1900204 } }),
    left("Windows\\Logs\\SetupDiag\\SetupDiagResults.xml", "<SetupDiag><a></SetupDiag>"),
    {
      name: "link",
      imitates: "a test",
      apply: (site) => site.link("Windows\\Panther\\NewOS\\setupact.log", "D:\\elsewhere"),
    },
  );
  const cited = attempt.evidence.map((piece) => piece.kind === "file" ? piece.path : "");
  assert.ok(cited.includes("Windows\\Logs\\SetupDiag\\SetupDiagResults.xml"));
  assert.ok(cited.includes("Windows\\Panther\\NewOS\\setupact.log"));
});
