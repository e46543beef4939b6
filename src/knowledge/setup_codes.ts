/**
 * The second half of an upgrade error such as `0xC1900101 - 0x30018`: in which phase and
 * during which operation Setup failed.
 */

const SOURCE = "Microsoft Learn: Windows upgrade error codes, result and extend codes";

/** Phases by the upper digit of the extend code. */
export const SETUP_PHASES: readonly string[] = [
  "unknown phase",
  "downlevel phase, in the running Windows",
  "SafeOS phase, in the recovery environment",
  "first boot of the new Windows",
  "second boot of the new Windows",
  "uninstallation of the new Windows",
];

/** Operations by the lower part of the extend code. */
export const SETUP_OPERATIONS: Readonly<Record<number, string>> = {
  0x0: "unknown operation",
  0x1: "copy payload",
  0x2: "download updates",
  0x3: "install updates",
  0x4: "install recovery environment",
  0x5: "install recovery image",
  0x6: "replicate optional components",
  0x7: "install drivers",
  0x8: "prepare SafeOS",
  0x9: "prepare rollback",
  0xa: "prepare first boot",
  0xb: "prepare second boot",
  0xc: "apply image",
  0xd: "migrate data",
  0xe: "set product key",
  0xf: "add unattend file",
  0x10: "add driver",
  0x11: "enable feature",
  0x12: "disable feature",
  0x13: "register asynchronous process",
  0x14: "register synchronous process",
  0x15: "create file",
  0x16: "create registry",
  0x17: "boot",
  0x18: "sysprep",
  0x19: "out-of-box experience",
  0x1a: "begin first boot",
  0x1b: "end first boot",
  0x1c: "begin second boot",
  0x1d: "end second boot",
  0x1e: "before the out-of-box experience",
  0x1f: "after the out-of-box experience",
  0x20: "add provisioning package",
};

/** An extend code taken apart. */
export interface SetupExtendCode {
  readonly phase: string;
  readonly operation: string;
  readonly source: string;
}

/** Explains an extend code, or returns undefined if it names no known phase or operation. */
export function explainSetupExtendCode(code: number): SetupExtendCode | undefined {
  const unsigned = code >>> 0;
  const phase = SETUP_PHASES[unsigned >>> 16];
  const operation = SETUP_OPERATIONS[unsigned & 0xffff];
  return phase === undefined || operation === undefined
    ? undefined
    : { phase, operation, source: SOURCE };
}
