/** What dism prints. Captured or constructed: see `../recorded/README.md`. */
import type { LabLanguage } from "./simulator.ts";

/** The sentences of one language. */
export interface DismTexts {
  readonly title: string;
  readonly version: string;
  readonly imageVersion: string;
  readonly error: string;
  readonly log: string;
  readonly completed: string;
  readonly healthy: string;
  readonly repairable: string;
  readonly notRepairable: string;
  readonly restored: string;
  readonly reverting: string;
  readonly reverted: string;
  readonly revertLater: string;
  readonly packages: string;
  readonly drivers: string;
  readonly edition: string;
}

/** Texts by language. */
export const DISM_TEXTS: Readonly<Record<LabLanguage, DismTexts>> = {
  "en-US": {
    title: "Deployment Image Servicing and Management tool",
    version: "Version",
    imageVersion: "Image Version",
    error: "Error",
    log: "The DISM log file can be found at ",
    completed: "The operation completed successfully.",
    healthy: "No component store corruption detected.",
    repairable: "The component store is repairable.",
    notRepairable: "The component store cannot be repaired.",
    restored: "The restore operation completed successfully.",
    reverting: "Reverting pending actions from the image...",
    reverted: "The operation completed.",
    revertLater: "Revert of pending actions will be attempted after the reboot.",
    packages: "Packages listing:",
    drivers: "Driver packages listing:",
    edition: "Current edition is:",
  },
  "de-DE": {
    title: "Tool zur Abbildverwaltung für die Bereitstellung",
    version: "Version",
    imageVersion: "Abbildversion",
    error: "Fehler",
    log: "Die DISM-Protokolldatei befindet sich unter ",
    completed: "Der Vorgang wurde erfolgreich beendet.",
    healthy: "Es wurde keine Komponentenspeicherbeschädigung erkannt.",
    repairable: "Die Komponentenspeicherbeschädigung ist reparierbar.",
    notRepairable: "Der Komponentenspeicher kann nicht repariert werden.",
    restored: "Der Wiederherstellungsvorgang wurde erfolgreich abgeschlossen.",
    reverting: "Ausstehende Aktionen des Abbilds werden zurückgesetzt...",
    reverted: "Der Vorgang wurde abgeschlossen.",
    revertLater: "Das Zurücksetzen wird nach dem Neustart versucht.",
    packages: "Paketliste:",
    drivers: "Treiberpaketliste:",
    edition: "Aktuelle Edition:",
  },
  "ja-JP": {
    title: "展開イメージのサービスと管理ツール",
    version: "バージョン",
    imageVersion: "イメージのバージョン",
    error: "エラー",
    log: "DISM ログ ファイルは次の場所にあります ",
    completed: "操作は正常に完了しました。",
    healthy: "コンポーネント ストアの破損は検出されませんでした。",
    repairable: "コンポーネント ストアは修復できます。",
    notRepairable: "コンポーネント ストアを修復できません。",
    restored: "復元操作は正常に完了しました。",
    reverting: "保留中の操作をイメージから元に戻しています...",
    reverted: "操作は完了しました。",
    revertLater: "保留中の操作は再起動後に元に戻されます。",
    packages: "パッケージの一覧:",
    drivers: "ドライバー パッケージの一覧:",
    edition: "現在のエディション:",
  },
};

/** English texts below the error number. */
const ERROR_TEXTS: Readonly<Record<number, string>> = {
  2: "Unable to access the image. \nMake sure that the image path and the Windows directory for " +
    "the image exist and you have Read permissions on the folder.",
  3: "Unable to access the image. \nMake sure that the image path and the Windows directory for " +
    "the image exist and you have Read permissions on the folder.",
  5: "Access is denied.",
  11: "An attempt was made to load a program with an incorrect format.",
  740: "Elevated permissions are required to run DISM. \nUse an elevated command prompt to " +
    "complete these tasks.",
  0x80070070: "There is not enough space on the disk.",
  0x80070570: "The file or directory is corrupted and unreadable.",
  0x80070bc9:
    "The requested operation failed. A system reboot is required to roll back changes made.",
  0x80073712: "The component store has been corrupted.",
  0x800f0805: "The package is not valid.",
  0x800f081f: 'The source files could not be found. \nUse the "Source" option to specify the ' +
    "location of the files that are required to restore the feature. For more information on " +
    "specifying a source location, see https://go.microsoft.com/fwlink/?LinkId=243077.",
  0x800f0825: "The package cannot be uninstalled.",
  0x800f0830: "The specified image is no longer serviceable and may be corrupted. Discard the " +
    "modified image and start again.",
  0x800f0906: "The source files could not be downloaded.",
  0x800f0915: "The repair content could not be found anywhere.\nCheck the internet connectivity " +
    'or use the "Source" option to specify the location of the files that are required to ' +
    "restore the image. For more information on specifying a source location, see " +
    "https://go.microsoft.com/fwlink/?LinkId=243077.",
};

/** The text below an error number. */
export function dismErrorText(code: number): string {
  return ERROR_TEXTS[code] ??
    "DISM failed. No operation was performed. \nFor more information, review the log file.";
}
