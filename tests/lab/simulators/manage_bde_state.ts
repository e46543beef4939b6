/** What the lab remembers of a volume that BitLocker encrypts. Plain JSON. */

/** One encrypted volume. */
export interface LabBitLocker {
  /** How much of it is encrypted, 0 to 100. */
  percent: number;
  protection: "on" | "off";
  /** Restarts until a suspended protection comes back; 0: not by itself. */
  restartsLeft: number;
  /** It is locked whatever the file system says. */
  locked?: boolean;
  /** Its recovery password, which no simulator prints unless it is asked for protectors. */
  recoveryPassword: string;
}

/** A volume as device encryption leaves it. */
export function encryptedVolume(changes: Partial<LabBitLocker> = {}): LabBitLocker {
  return {
    percent: 100,
    protection: "on",
    restartsLeft: 0,
    // Eight groups that are all divisible by 11, as in a real one.
    recoveryPassword: "110000-220011-330022-440033-550044-660055-116611-127622",
    ...changes,
  };
}
