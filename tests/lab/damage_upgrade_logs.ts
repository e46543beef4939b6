/** What an upgrade leaves to read: its logs, those of its rollback, the report of SetupDiag. */
import { encodeUtf16 } from "../../src/base/mod.ts";
import type { Damage, DamageSite } from "./damage_site.ts";
import { encodeSetupLog, type SetupRun, writeSetupRun } from "./setup_logs.ts";

const LOGS =
  "Names and folders: Microsoft Learn, Windows Setup log files; the lines: setup_logs.ts";
const SOURCES = "$WINDOWS.~BT\\Sources";
const SETUP = "HKEY_LOCAL_MACHINE\\SYSTEM\\Setup";

/** The logs of one or more runs in the upgrade's own folder, the oldest first. */
export function upgradeLogsLeft(...runs: readonly SetupRun[]): Damage {
  return {
    name: "upgradeLogsLeft",
    imitates: `Runs of Setup, one behind the other in setupact.log. ${LOGS}`,
    apply: async (site) => {
      const logs = runs.map(writeSetupRun);
      const rollback = logs.at(-1)?.rollback;
      const upgrade = logs.map((log) => log.upgrade).join("");
      await site.write(`${SOURCES}\\Panther\\setupact.log`, encodeSetupLog(upgrade));
      if (rollback === undefined) return;
      await site.write(`${SOURCES}\\Rollback\\setupact.log`, encodeSetupLog(rollback));
    },
  };
}

/** An upgrade that was rolled back in its first start, with the report that Setup lets write. */
export function upgradeRolledBack(): Damage {
  return {
    name: "upgradeRolledBack",
    imitates:
      `0xC1900101 - 0x30018, a driver stopped responding in sysprep. ${LOGS}; the report: ` +
      "one of SetupDiag 1.6 (MicrosoftDocs/windows-itpro-docs#6945)",
    apply: async (site) => {
      const end = { kind: "failed", result: 0xc1900101, extend: 0x30018 } as const;
      await upgradeLogsLeft({ end }).apply(site);
      await writeSetupDiagReport(site, { rule: "FindRollbackFailure", guid: "3A43C9B5" });
    },
  };
}

/** An upgrade that went well: its log in Windows, and the Windows that was there before. */
export function upgradeCompleted(begun = "2026-09-01 08:00:00"): Damage {
  return {
    name: "upgradeCompleted",
    imitates:
      `A finished upgrade. ${LOGS}; the key "Source OS": notes of forensic tools (community)`,
    apply: async (site) => {
      const { upgrade } = writeSetupRun({ begun, end: { kind: "completed" } });
      await site.write("Windows\\Panther\\setupact.log", encodeSetupLog(upgrade));
      await site.editHive("SYSTEM", sourceSystem("9/1/2026 10:15:00"));
    },
  };
}

/** The compatibility scan refuses; the registry holds the result too. */
export function upgradeRefused(result = 0xc1900208): Damage {
  return {
    name: "upgradeRefused",
    imitates: `A program blocks the upgrade. ${LOGS}; BoxResult: scripts that read it (community)`,
    apply: async (site) => {
      await upgradeLogsLeft({ end: { kind: "refused", result } }).apply(site);
      await site.editHive("SYSTEM", boxResult(result));
    },
  };
}

/** `.reg` text of the last result that Setup keeps. */
export function boxResult(result: number): string {
  return `[${SETUP}\\MoSetup\\Volatile]\n"BoxResult"=dword:${result.toString(16)}\n` +
    `[${SETUP}\\MoSetup\\Tracking]\n"InstallAttempts"=dword:2\n"FailureCount"=dword:1`;
}

/** `.reg` text of a Windows that an upgrade has replaced. */
export function sourceSystem(updated: string): string {
  return `[${SETUP}\\Source OS (Updated on ${updated})]\n"CurrentBuild"="19045"\n` +
    `"ProductName"="Windows 10 Pro"`;
}

/** Writes the XML report, in UTF-16 as SetupDiag does. */
export async function writeSetupDiagReport(
  site: Pick<DamageSite, "write">,
  { rule, guid, started = "9/1/2026 8:00:00 AM", details }: {
    readonly rule: string;
    readonly guid: string;
    readonly started?: string;
    readonly details?: string;
  },
): Promise<void> {
  const failure = details ?? "RollbackErrorCode = 0xC1900101, ExtendedCode = 0x30018, " +
      "LastOperation = Run sysprep specialization, LastPhase = Post First Boot";
  const xml = '<?xml version="1.0" encoding="utf-16"?>\r\n<SetupDiag>\r\n' +
    `  <Version>1.6.0.0</Version>\r\n  <ProfileName>${rule}</ProfileName>\r\n` +
    `  <ProfileGuid>${guid}-0000-0000-0000-000000000000</ProfileGuid>\r\n` +
    `  <FailureDetails>${failure}</FailureDetails>\r\n  <SystemInfo>\r\n` +
    `    <UpgradeStartTime>${started}</UpgradeStartTime>\r\n  </SystemInfo>\r\n</SetupDiag>\r\n`;
  const bytes = new Uint8Array([0xff, 0xfe, ...encodeUtf16(xml)]);
  await site.write("Windows\\Logs\\SetupDiag\\SetupDiagResults.xml", bytes);
}
