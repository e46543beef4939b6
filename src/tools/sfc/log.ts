/**
 * The lines that sfc leaves in a servicing log: in the file of `/offlogfile`, or in CBS.log of
 * the running Windows. They are English in every language. Two forms exist: `[SR]` lines for
 * components, and since 26100 `DEPLOY [Pnp]` lines for drivers.
 */

/** A protected file that stays damaged. */
export interface SfcDamagedFile {
  /** Name or path as the log gives it. */
  readonly file: string;
  /** Component, version and architecture, if the line names them. */
  readonly component: string | undefined;
  /** `hash mismatch`, `file is missing`, …; undefined for drivers. */
  readonly reason: string | undefined;
}

/** What the last run in a log did. */
export interface SfcLog {
  /** Every batch that was begun was ended: the run was not cut off. */
  readonly complete: boolean;
  /** The run repaired, or at least tried to (`/scannow`, not `/verifyonly`). */
  readonly repairing: boolean;
  /** Damaged and not repaired; each file once. */
  readonly damaged: readonly SfcDamagedFile[];
  readonly repaired: readonly string[];
  /** Components whose manifest is damaged, so that their files cannot be verified. */
  readonly damagedManifests: readonly string[];
}

/** The beginning of a run in CBS.log, where older runs stand before it. */
const RUN_START = /TiWorker: Client requests SFP repair object/;

const CANNOT_REPAIR =
  /\[SR\] Cannot repair member file (?:\[[^\]]*\])?['"]([^'"]+)['"] of ([^,]+), version ([\d.]+)(.*)$/;
const CANNOT_REPROJECT = /\[SR\] Could not reproject corrupted file (.+?);\s*(.+)$/;
const MANIFEST = /\[SR\] Cannot verify component files for ([^,]+),.*manifest is damaged/;
const REPAIRED = /\[SR\] (?:Repaired file|Repairing corrupted file) (.+)$/;
const PNP = /DEPLOY\s+\[Pnp\] (Corrupt|Repaired) file:\s*(.+)$/i;

/** Reads the last run in a log. Never throws: a text without such lines is an incomplete run. */
export function parseSfcLog(text: string): SfcLog {
  const reader = new SfcLogReader();
  for (const line of text.split(/\r?\n|\r/)) reader.read(line.trimEnd());
  return reader.result();
}

class SfcLogReader {
  #damaged = new Map<string, SfcDamagedFile & { readonly marks: readonly string[] }>();
  #repaired = new Map<string, string>();
  #manifests = new Set<string>();
  #begun = 0;
  #ended = 0;
  #repairing = false;

  read(line: string): void {
    if (RUN_START.test(line)) this.#reset();
    else if (line.includes("[SR]")) this.#readRepairLine(line);
    else this.#readDriverLine(line);
  }

  result(): SfcLog {
    return {
      complete: this.#begun > 0 && this.#begun === this.#ended,
      repairing: this.#repairing,
      damaged: [...this.#damaged.values()].map(({ file, component, reason }) => ({
        file,
        component,
        reason,
      })),
      repaired: [...this.#repaired.values()],
      damagedManifests: [...this.#manifests],
    };
  }

  #reset(): void {
    this.#damaged.clear();
    this.#repaired.clear();
    this.#manifests.clear();
    this.#begun = 0;
    this.#ended = 0;
    this.#repairing = false;
  }

  #readRepairLine(line: string): void {
    if (/\[SR\] Verifying \d+ components?/.test(line)) this.#begun++;
    else if (/\[SR\] Verify complete/.test(line)) this.#ended++;
    else if (/\[SR\] Repairing \d+ components?/.test(line)) this.#beginRepair();
    else if (/\[SR\] Repair complete/.test(line)) this.#ended++;
    else if (MANIFEST.test(line)) this.#manifests.add(MANIFEST.exec(line)![1]!.trim());
    else if (REPAIRED.test(line)) this.#addRepaired(plainPath(REPAIRED.exec(line)![1]!));
    else this.#readFailure(line);
  }

  #beginRepair(): void {
    this.#repairing = true;
    this.#begun++;
  }

  #readFailure(line: string): void {
    const member = CANNOT_REPAIR.exec(line);
    if (member !== null) {
      const [, file = "", component = "", version = "", rest = ""] = member;
      const architecture = /arch (\w+)/.exec(rest)?.[1] ?? "";
      this.#addDamaged({
        file,
        component: `${component.trim()} ${version} ${architecture}`.trim(),
        reason: /, ([^,]+)$/.exec(rest)?.[1]?.trim(),
        marks: [file, `_${version}_`, `${architecture}_`],
      });
      return;
    }
    const reprojected = CANNOT_REPROJECT.exec(line);
    if (reprojected === null) return;
    const file = plainPath(reprojected[1]!);
    this.#addDamaged({ file, component: undefined, reason: reprojected[2]!, marks: [] });
  }

  #readDriverLine(line: string): void {
    const found = PNP.exec(line);
    if (found === null) return;
    const file = found[2]!.trim();
    if (found[1]!.toLowerCase() === "repaired") {
      this.#damaged.delete(keyOf(file));
      this.#addRepaired(file);
    } else {
      this.#addDamaged({ file, component: undefined, reason: undefined, marks: [] });
    }
  }

  #addDamaged(entry: SfcDamagedFile & { readonly marks: readonly string[] }): void {
    const key = keyOf(entry.component === undefined ? entry.file : entry.file + entry.component);
    this.#repaired.delete(keyOf(entry.file));
    this.#damaged.set(key, entry);
  }

  /** A component file that failed first and was then copied from a backup is repaired. */
  #addRepaired(path: string): void {
    const repaired = keyOf(path);
    this.#repaired.set(repaired, path);
    for (const [key, { marks }] of this.#damaged) {
      const same = marks.length > 0 &&
        marks.every((mark) => repaired.includes(mark.toLowerCase()));
      if (same) this.#damaged.delete(key);
    }
  }
}

/** `\??\C:\Windows\System32\\[l:9]'ntdll.dll' by copying from backup` without its decoration. */
function plainPath(text: string): string {
  return text
    .replace(/\s+(?:from store|by copying.*)$/i, "")
    .replace(/\[[a-z]+:[^\]]*\]/gi, "")
    .replace(/['"]/g, "")
    .replace(/^\\\?\?\\/, "")
    .replace(/(?<=[^\\])\\{2,}/g, "\\")
    .trim();
}

function keyOf(path: string): string {
  return path.toLowerCase();
}
