/** Damages of half-done updates: what is proven to be a leftover, and what only looks like one. */
import { pendingXmlLeftBehind } from "./damage_hives.ts";
import type { Damage, DamageSite } from "./damage_site.ts";
import { labProgram } from "./lab_program.ts";
import { multiStringText } from "./reg_text_values.ts";

const SOFTWARE = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion";
const SERVICING = `${SOFTWARE}\\Component Based Servicing`;
const SIDE_BY_SIDE = `${SOFTWARE}\\SideBySide\\Configuration`;
const COMPONENTS = "HKEY_LOCAL_MACHINE\\COMPONENTS";
const CBS_LOG = "Windows\\Logs\\CBS\\CBS.log";

/** The key of the session manager in a control set. */
function sessionManager(set: number): string {
  const name = `ControlSet${String(set).padStart(3, "0")}`;
  return `HKEY_LOCAL_MACHINE\\SYSTEM\\${name}\\Control\\Session Manager`;
}

const POQEXEC =
  "C:\\Windows\\System32\\poqexec.exe /display_progress \\SystemRoot\\WinSxS\\pending.xml";

/** Every start runs a list of operations that is not there any more. */
export function setupExecuteWithoutPendingXml(): Damage {
  return {
    name: "setupExecuteWithoutPendingXml",
    imitates: "pending.xml was renamed by hand, as recipes say, and the values that start " +
      "poqexec were forgotten (Microsoft Learn, Azure VM stuck on updates, names all of them)",
    apply: async (site) => {
      await setSystem(site, [`"SetupExecute"=${multiStringText([POQEXEC])}`]);
      await site.editHive(
        "SOFTWARE",
        `[${SIDE_BY_SIDE}]\n"PoqexecCmdline"=${multiStringText([POQEXEC])}\n` +
          `"DontRunPoqexecInSmss"=dword:00000001`,
      );
    },
  };
}

/** Servicing is held for a session that is over. */
export function exclusiveSessionLeftBehind(): Damage {
  return {
    name: "exclusiveSessionLeftBehind",
    imitates: "CBS_E_EXCLUSIVE_WOULD_MERGE without an update: `SessionsPending\\Exclusive` is " +
      "deleted (Microsoft Learn, Azure VM stuck on updates); its session is complete",
    apply: (site) =>
      site.editHive(
        "SOFTWARE",
        `[${SERVICING}\\SessionsPending]\n"Exclusive"=dword:00000003\n\n` +
          `[${SERVICING}\\SessionsPending\\31182540_3175843921]\n"Complete"=dword:00000001`,
      ),
  };
}

/** The component store names a list of operations that is not there. */
export function pendingXmlIdentifierOnly(): Damage {
  return {
    name: "pendingXmlIdentifierOnly",
    imitates: "`PendingXmlIdentifier` stays in COMPONENTS after pending.xml was renamed " +
      "(Microsoft Learn, Stop error 7B: both are to be cleared)",
    apply: (site) =>
      site.editHive("COMPONENTS", `[${COMPONENTS}]\n"PendingXmlIdentifier"=hex:64,00,39,00`),
  };
}

/** A native program that was uninstalled is to run at every start: a black screen. */
export function bootExecuteProgramMissing(): Damage {
  return {
    name: "bootExecuteProgramMissing",
    imitates: "A cleaner was removed and its entry `lsdelete` in BootExecute was not " +
      "(RepairAzVMDisk removes entries whose program is missing)",
    apply: (site) =>
      setSystem(site, [`"BootExecute"=${multiStringText(["autocheck autochk *", "lsdelete"])}`]),
  };
}

/** An update with every kind of mark, as it waits for the next start: nothing is proven. */
export function halfDoneUpdateOfEveryKind(): Damage {
  return {
    name: "halfDoneUpdateOfEveryKind",
    imitates: "Everything that Microsoft's article on VMs stuck on updates and RepairAzVMDisk " +
      "clear, at once. That they come together: no source was read; assumed",
    apply: async (site) => {
      await pendingXmlLeftBehind().apply(site);
      await setSystem(site, [
        `"PendingFileRenameOperations"=${multiStringText([...STORE_RENAME, ...INSTALLER_RENAME])}`,
      ]);
      await site.editHive(
        "SOFTWARE",
        `[${SOFTWARE}\\WindowsUpdate\\Auto Update\\RebootRequired]\n\n[${SIDE_BY_SIDE}]\n` +
          `"DontRunPoqexecInSmss"=dword:00000001`,
      );
      await site.editHive("COMPONENTS", EVERY_COMPONENT);
    },
  };
}

const STORE_RENAME = [
  "\\??\\C:\\Windows\\WinSxS\\Temp\\PendingDeletes\\$$DeleteMe.ntdll.dll.01d9",
  "",
];
const INSTALLER_RENAME = ["\\??\\C:\\Program Files\\Reader\\old.dll", ""];

const EVERY_COMPONENT = `[${COMPONENTS}]
"PoqexecFailure"=dword:c0000034
"RepairTransactionPended"=dword:00000001
"AIFailureInformation"="installer"
"NextQueueEntryIndexBCDB"=dword:00000001
"AdvancedInstallersNeedResolving"=dword:00000001
"StoreDirty"=dword:00000001

[${COMPONENTS}\\Installers\\RegKeySDTable\\Install]
"0"=hex:01
"1"=hex:02

[${COMPONENTS}\\Installers\\RegKeySDTable\\Uninstall]
"0"=hex:03`;

/** Windows was started this many times, and each time the waiting operations failed. */
export function startsFailed(count: number): Damage {
  return {
    name: "startsFailed",
    imitates: "The life of a stuck transaction in CBS.log of Windows 10 19045 " +
      "(Appostarsi/WinErros), over and over",
    apply: (site) => site.append(CBS_LOG, Array.from({ length: count }, failedStart).join("")),
  };
}

/** Windows was started and its servicing ran. */
export function windowsStarted(): Damage {
  return {
    name: "windowsStarted",
    imitates: "Lines of CBS.log that TrustedInstaller writes when Windows runs " +
      "(logpai/loghub, CBS.log of Windows 7)",
    apply: (site) =>
      site.append(
        CBS_LOG,
        cbsLines(20, [
          "Starting TrustedInstaller initialization.",
          "TrustedInstaller service starts successfully.",
        ]),
      ),
  };
}

function failedStart(_: unknown, index: number): string {
  return cbsLines(41 + index, [
    "Startup: current ExecuteState is CbsExecuteStateStageDrivers",
    "Running poqexec with: C:\\Windows\\System32\\poqexec.exe /noreboot /transaction 792 " +
    "/display_progress \\SystemRoot\\WinSxS\\pending.xml",
    "Failure in poqexec.exe while processing updates. [HRESULT = 0x80070057 - E_INVALIDARG]",
    `Added poqexec to SetupExecute. Cmdline: ${POQEXEC}`,
    "Startup: Failed while processing non-critical primitive operations queue. Non-critical " +
    "primitives will be retried from SMSS.",
    "Startup: Processing complete. [HRESULT = 0x80070bc2 - ERROR_SUCCESS_REBOOT_REQUIRED]",
  ]);
}

function cbsLines(minute: number, texts: readonly string[]): string {
  return texts.map((text) => `2025-06-12 08:${minute}:51, Info                  CBS    ${text}\r\n`)
    .join("");
}

/** States that a healthy Windows has, and that recipes wrongly clear. */
export function healthyLookAlikes(): Damage {
  return {
    name: "healthyLookAlikes",
    imitates: "Completed sessions below SessionsPending (Azure repair-script-library, " +
      "win-fix-pending-servicing), an installer's renames, another boot program that is there",
    apply: async (site) => {
      await site.write("Windows\\WinSxS\\pending.xml.bad", "<PendingTransaction/>");
      await site.write("Windows\\WinSxS\\cleanup.xml", "<Cleanup/>");
      await site.write("Windows\\WinSxS\\reboot.xml", "<Reboot/>");
      const { architecture } = site.windows;
      const program = labProgram({ architecture, size: 2048, seed: "PDBoot" });
      await site.write("Windows\\System32\\PDBoot.exe", program);
      await setSystem(site, [
        `"BootExecute"=${multiStringText(["autocheck autochk *", "PDBoot"])}`,
        `"SetupExecute"=${multiStringText([])}`,
        `"PendingFileRenameOperations"=${multiStringText(INSTALLER_RENAME)}`,
      ]);
      await site.editHive("SYSTEM", AUTOMATIC_INSTALLER);
      await site.editHive("SOFTWARE", COMPLETED_SESSION);
      await site.editHive("COMPONENTS", SETTLED_COMPONENTS);
    },
  };
}

const AUTOMATIC_INSTALLER =
  '[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\TrustedInstaller]\n"Start"=dword:00000002';

const COMPLETED_SESSION = `[${SERVICING}\\SessionsPending]
"Exclusive"=dword:00000000

[${SERVICING}\\SessionsPending\\31182540_3175843921]
"Complete"=dword:00000001`;

const SETTLED_COMPONENTS = `[${COMPONENTS}]
"ExecutionState"=dword:00000000
"StoreDirty"=dword:00000000
"PendingXmlIdentifier"=hex:`;

async function setSystem(site: DamageSite, values: readonly string[]): Promise<void> {
  await site.editHive("SYSTEM", [`[${sessionManager(1)}]`, ...values].join("\n"));
}
