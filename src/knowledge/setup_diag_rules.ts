/**
 * Rules of Microsoft's SetupDiag: what the name in its report says. Which lines each rule looks
 * for is not public; Setup runs the program itself after a failure, and its report is only read.
 */

/** What a rule points to. `generic` rules only repeat result, phase and operation. */
export type SetupDiagClass =
  | "blocked"
  | "driver"
  | "generic"
  | "media"
  | "profile"
  | "program"
  | "scan"
  | "servicing"
  | "space"
  | "success";

/** One rule. */
export interface SetupDiagRule {
  /** As the report spells it. */
  readonly name: string;
  /** First eight digits of its GUID; two rules share one in the documentation. */
  readonly guidStart: string;
  readonly class: SetupDiagClass;
  /** One sentence without full stop. */
  readonly meaning: string;
  readonly source: string;
}

type Row = readonly [name: string, guidStart: string, kind: SetupDiagClass, meaning: string];

const ROWS: readonly Row[] = [
  ["CompatScanOnly", "FFDAFD37", "scan", "It was a compatibility scan only"],
  [
    "PlugInComplianceBlock",
    "D912150B",
    "blocked",
    "A compliance plug-in of a server blocks the upgrade",
  ],
  ["BitLockerHardblock", "C30152E2", "blocked", "BitLocker does not allow the upgrade"],
  ["VHDHardblock", "D9ED1B82", "blocked", "Windows runs from a virtual disk"],
  ["PortableWorkspaceHardblock", "5B0D3AB4", "blocked", "Windows runs from a portable workspace"],
  ["AuditModeHardblock", "A03BD71B", "blocked", "Windows is in audit mode"],
  ["SafeModeHardblock", "404D9523", "blocked", "Windows runs in Safe Mode"],
  [
    "InsufficientSystemPartitionDiskSpaceHardblock",
    "3789FBF8",
    "space",
    "The system partition is full",
  ],
  [
    "CompatBlockedApplicationAutoUninstall",
    "BEBA5BC6",
    "blocked",
    "A program must be uninstalled first",
  ],
  [
    "CompatBlockedApplicationDismissable",
    "EA52620B",
    "blocked",
    "A program was warned of, and a quiet upgrade cannot dismiss that without /compat ignorewarning",
  ],
  [
    "CompatBlockedFODDismissable",
    "7B693C42",
    "blocked",
    "An optional feature was warned of, and a quiet upgrade cannot dismiss that",
  ],
  [
    "CompatBlockedApplicationManualUninstall",
    "9E912E5F",
    "blocked",
    "A program must be uninstalled by hand",
  ],
  ["GenericCompatBlock", "511B9D95", "blocked", "The hardware does not meet the requirements"],
  ["GatedCompatBlock", "34A9F145", "blocked", "Microsoft holds this upgrade back for this machine"],
  ["HardblockDeviceOrDriver", "ED3AEFA1", "driver", "A device or driver blocks the upgrade"],
  ["HardblockMismatchedLanguage", "60BA8449", "blocked", "The media have another language"],
  [
    "HardblockFlightSigning",
    "598F2802",
    "blocked",
    "An Insider build cannot start with Secure Boot",
  ],
  ["DiskSpaceBlockInDownLevel", "6080AFAC", "space", "There was no room before the first restart"],
  ["DiskSpaceFailure", "981DCBA5", "space", "There was no room after the first restart"],
  ["PreReleaseWimMountDriverFound", "31EC76CC", "driver", "An unsigned wimmount.sys is registered"],
  ["WimMountDriverIssue", "565B60DD", "driver", "The driver wimmount.sys does not load"],
  ["WimMountFailure", "BE6DF2F1", "media", "An image could not be mounted"],
  ["WimApplyExtractFailure", "746879E9", "media", "An image could not be applied or extracted"],
  ["DebugSetupMemoryDump", "C7C63D8A", "driver", "Windows crashed, and there is a memory dump"],
  ["DebugSetupCrash", "CEEBA202", "program", "Setup crashed"],
  ["DebugMemoryDump", "505ED489", "driver", "Windows crashed, and there is a memory dump"],
  ["FindDebugInfoFromRollbackLog", "9600EB68", "driver", "The rollback log names a crash"],
  ["DeviceInstallHang", "37BB1C3A", "driver", "A device hung while it was installed"],
  [
    "DriverPackageMissingFileFailure",
    "37BB1C3A",
    "driver",
    "A file of a driver package is missing",
  ],
  [
    "UnsignedDriverBootFailure",
    "CD270AA4",
    "driver",
    "An unsigned driver kept Windows from starting",
  ],
  ["BootFailureDetected", "4FB446C2", "driver", "Windows did not start"],
  [
    "WinSetupBootFilterFailure",
    "C073BFC8",
    "driver",
    "A file operation failed in the kernel while Windows started",
  ],
  ["AdvancedInstallerFailed", "77D36C96", "servicing", "An advanced installer failed"],
  ["PluginInstallFailed", "2F784A0E", "program", "A plug-in could not be installed"],
  [
    "AdvancedInstallerGenericFailure",
    "4019550D",
    "servicing",
    "An advanced installer failed to read or write",
  ],
  ["FindMigApplyUnitFailure", "A4232E11", "profile", "A migration unit could not be applied"],
  ["FindMigGatherUnitFailure", "D04C064B", "profile", "A migration unit could not be gathered"],
  ["FindMigGatherApplyFailure", "A9964E6C", "profile", "Migration failed"],
  [
    "OptionalComponentFailedToGetOCsFromPackage",
    "D012E2A2",
    "servicing",
    "Optional components could not be listed",
  ],
  [
    "OptionalComponentOpenPackageFailed",
    "22952520",
    "servicing",
    "A package of optional components could not be opened",
  ],
  [
    "OptionalComponentInitCBSSessionFailed",
    "63340812",
    "servicing",
    "The servicing stack of the running Windows is damaged",
  ],
  ["CriticalSafeOSDUFailure", "73566DF2", "servicing", "A dynamic update of SafeOS failed"],
  [
    "UserProfileCreationFailureDuringOnlineApply",
    "678117CE",
    "profile",
    "A user profile could not be created",
  ],
  [
    "UserProfileCreationFailureDuringFinalize",
    "C6677BA6",
    "profile",
    "A user profile could not be created",
  ],
  [
    "UserProfileSuffixMismatch",
    "B4BBCCCE",
    "profile",
    "A user profile has another folder than its name says",
  ],
  ["DuplicateUserProfileFailure", "BD7B3109", "profile", "A user profile appears twice"],
  ["UpdateAgentExpanderFailure", "66E496B3", "media", "A package could not be expanded"],
  ["FindFatalPluginFailure", "E48E3F1C", "program", "A migration plug-in failed fatally"],
  ["MigrationAbortedDueToPluginFailure", "D07A24F6", "program", "A plug-in ended the migration"],
  ["DISMAddPackageFailed", "6196FF5B", "servicing", "DISM could not add a package"],
  ["DISMImageSessionFailure", "61B7886B", "servicing", "DISM could not open the new image"],
  ["DISMproviderFailure", "D76EF86F", "servicing", "A provider of DISM failed"],
  ["SysPrepLaunchModuleFailure", "7905655C", "program", "A plug-in of sysprep failed"],
  [
    "UserProvidedDriverInjectionFailure",
    "2247C48A",
    "driver",
    "A driver that was given on the command line could not be added",
  ],
  ["DriverMigrationFailure", "9378D9E2", "driver", "A driver could not be migrated"],
  [
    "UnknownDriverMigrationFailure",
    "D7541B80",
    "driver",
    "A driver that is not named could not be migrated",
  ],
  ["FindSuccessfulUpgrade", "8A0824C8", "success", "The upgrade was successful"],
  [
    "FindSetupHostReportedFailure",
    "6253C04F",
    "generic",
    "Setup reported a failure in the running Windows",
  ],
  ["FindDownlevelFailure", "716334B7", "generic", "Setup failed in the running Windows"],
  [
    "FindAbruptDownlevelFailure",
    "55882B1A",
    "generic",
    "Setup ended abruptly in the running Windows",
  ],
  ["FindEarlyDownlevelError", "A4CE4FC9", "generic", "Setup failed soon after its start"],
  ["FindSPFatalError", "A4028172", "generic", "The platform of Setup reported a fatal error"],
  [
    "FindSetupPlatformFailedOperationInfo",
    "307A0133",
    "generic",
    "An operation of the platform failed",
  ],
  ["FindRollbackFailure", "3A43C9B5", "generic", "The upgrade was rolled back"],
];

/** All rules. */
export const SETUP_DIAG_RULES: readonly SetupDiagRule[] = ROWS.map((row) => {
  const [name, guidStart, kind, meaning] = row;
  return { name, guidStart, class: kind, meaning, source: "Microsoft Learn: SetupDiag, rules" };
});

/** The rule of that name; names differ in a prefix between versions, so the GUID helps. */
export function findSetupDiagRule(
  name: string | undefined,
  guid?: string,
): SetupDiagRule | undefined {
  const wanted = name?.toLowerCase();
  const start = guid?.slice(0, 8).toUpperCase();
  return SETUP_DIAG_RULES.find((rule) => rule.name.toLowerCase() === wanted) ??
    SETUP_DIAG_RULES.find((rule) => rule.guidStart === start);
}
