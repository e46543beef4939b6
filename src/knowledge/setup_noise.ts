/**
 * Lines of level Error that appear in logs of upgrades that went well, or that only follow from
 * the real error. None of them may be named as the cause.
 */
import type { Trust } from "./error_codes.ts";

/** One kind of noise. */
export interface SetupNoise {
  /** Component that writes it; undefined for any. */
  readonly component: string | undefined;
  /** Matched against the text of the record. */
  readonly pattern: RegExp;
  /** Why it is no cause, one sentence without full stop. */
  readonly reason: string;
  readonly source: string;
  readonly trust?: Trust;
}

const UPGRADE_LOG = "setupact.log of an upgrade 17134 to 19041: the work went on after it";
const ANALYSE = "Microsoft Learn: Windows Setup log files and event logs";
const CLEAN_INSTALLS = "Reports of clean installations without network, which went on after it";

/** All kinds. */
export const SETUP_NOISE: readonly SetupNoise[] = [
  {
    component: "CSI",
    pattern: /STATUS_OBJECT_NAME_NOT_FOUND/,
    reason: "A value that servicing looks for and does not need",
    source: ANALYSE,
  },
  {
    component: undefined,
    pattern: /Failed to add user mode driver/i,
    reason: "A driver of no device in the recovery environment",
    source: ANALYSE,
  },
  {
    component: undefined,
    pattern: /ITaskFolder::DeleteTask failed\. hr = 0x80070002/i,
    reason: "A task that was to be deleted was not there",
    source: ANALYSE,
  },
  {
    component: undefined,
    pattern: /BFSVC.*BfspCopyFile|BfspCopyFile.*_EX/i,
    reason: "A boot file for a newer signature is not on every machine",
    source: ANALYSE,
  },
  {
    component: "MOUPG",
    pattern: /CUnattendManager::Initialize\(\d+\): Result = 0x80070490/,
    reason: "There is no answer file",
    source: CLEAN_INSTALLS,
    trust: "community",
  },
  {
    component: "MOUPG",
    pattern: /OneSettings.*Result = 0x80072E[EF][0-9A-F]/i,
    reason: "Setup asked Microsoft for settings without a network",
    source: CLEAN_INSTALLS,
    trust: "community",
  },
  {
    component: "MOUPG",
    pattern: /GetWuIdFromRegistry.*Result = 0x80070002/,
    reason: "The machine has no identity of Windows Update",
    source: CLEAN_INSTALLS,
    trust: "community",
  },
  {
    component: "MOUPG",
    pattern: /Result = 0xC18001(?:02|04)\b/i,
    reason: "An action was suspended or was complete already",
    source: "setuperr.log quoted at cloudaffinity.co.uk: WINDLP_E_OPERATION_COMPLETED",
    trust: "community",
  },
  {
    component: "DISM",
    pattern: /hr:0x800700b7/i,
    reason: "A second session on the same image; the work went on after it",
    source: UPGRADE_LOG,
  },
  {
    component: "MIG",
    pattern: /Failure while calling I\w+->\w+ for Plugin/,
    reason: "A migration plug-in failed, which alone does not end an upgrade",
    source: "A developer of SetupDiag in MicrosoftDocs/windows-itpro-docs#865",
  },
];

/** The noise that a line is, or undefined. */
export function findSetupNoise(
  line: { readonly component: string | undefined; readonly text: string },
): SetupNoise | undefined {
  return SETUP_NOISE.find(({ component, pattern }) =>
    (component === undefined || component === line.component) && pattern.test(line.text)
  );
}
