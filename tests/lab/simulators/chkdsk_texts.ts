/** What chkdsk prints. Captured or constructed: see `../recorded/README.md`. */
import type { LabLanguage } from "./simulator.ts";

/** Where a stage stands: records, and percentages of the stage and of the whole. */
export interface ChkdskPosition {
  readonly done: number;
  readonly total: number;
  readonly stage: number;
  readonly all: number;
}

/** The sentences of one language. */
export interface ChkdskTexts {
  readonly fileSystem: string;
  readonly readOnly: string;
  /** Titles of the five stages, and what they count. */
  readonly stages: readonly (readonly [title: string, counted: string, done: string])[];
  progress(at: ChkdskPosition): string;
  readonly clean: string;
  readonly fixed: string;
  readonly errorsFound: string;
  readonly hopeless: string;
  readonly diskFull: string;
  readonly inUse: string;
  /** The letter that means yes. */
  readonly yes: string;
  readonly dismounted: string;
  readonly denied: string;
  readonly noVolume: string;
  invalid(parameter: string): string;
  readonly summary: string;
  readonly eventLog: string;
}

const ENGLISH: ChkdskTexts = {
  fileSystem: "The type of the file system is NTFS.",
  readOnly: "\nWARNING!  /F parameter not specified.\nRunning CHKDSK in read-only mode.",
  stages: [
    [
      "Stage 1: Examining basic file system structure ...",
      "file records processed.",
      "File verification completed.",
    ],
    [
      "Stage 2: Examining file name linkage ...",
      "index entries processed.",
      "Index verification completed.",
    ],
    [
      "Stage 3: Examining security descriptors ...",
      "data files processed.",
      "Security descriptor verification completed.",
    ],
    [
      "Stage 4: Looking for bad clusters in user file data ...",
      "files processed.",
      "File data verification completed.",
    ],
    [
      "Stage 5: Looking for bad, free clusters ...",
      "free clusters processed.",
      "Free space verification is complete.",
    ],
  ],
  progress: ({ done, total, stage, all }) =>
    `Progress: ${done} of ${total} done; Stage: ${pad(stage)}%; Total: ${
      pad(all)
    }%; ETA:   0:00:05    `,
  clean: "Windows has scanned the file system and found no problems.\n" +
    "No further action is required.",
  fixed: "Windows has made corrections to the file system.\nNo further action is required.",
  errorsFound: "Errors found.  CHKDSK cannot continue in read-only mode.",
  hopeless: "An unspecified error occurred (6e74667363686b2e 1757).",
  diskFull: "Insufficient disk space to correct disk errors.",
  inUse: "Cannot lock current drive.\n\n" +
    "Chkdsk cannot run because the volume is in use by another\n" +
    "process.  Chkdsk may run if this volume is dismounted first.\n" +
    "ALL OPENED HANDLES TO THIS VOLUME WOULD THEN BE INVALID.\n" +
    "Would you like to force a dismount on this volume? (Y/N) ",
  yes: "Y",
  dismounted: "Volume dismounted.  All opened handles to this volume are now invalid.",
  denied: "Access Denied as you do not have sufficient privileges or\n" +
    "the disk may be locked by another process.",
  noVolume: "Cannot open volume for direct access.",
  invalid: (parameter) => `Invalid parameter - ${parameter}`,
  summary: "  62408703 KB total disk space.\n  20515840 KB in 118307 files.\n" +
    "         0 KB in bad sectors.\n     65536 KB occupied by the log file.\n" +
    "\n      4096 bytes in each allocation unit.",
  eventLog: "Failed to transfer logged messages to the event log with status 50.",
};

const GERMAN: ChkdskTexts = {
  fileSystem: "Der Typ des Dateisystems ist NTFS.",
  readOnly: "\nWARNUNG! Der Parameter /F wurde nicht angegeben.\n" +
    "CHKDSK wird im schreibgeschützten Modus ausgeführt.",
  stages: [
    [
      "Phase 1: Die Basisdateisystemstruktur wird untersucht...",
      "Datensätze verarbeitet.",
      "Dateiüberprüfung beendet.",
    ],
    [
      "Phase 2: Die Dateinamensverknüpfung wird untersucht...",
      "Indexeinträge verarbeitet.",
      "Indexüberprüfung beendet.",
    ],
    [
      "Phase 3: Sicherheitsbeschreibungen werden untersucht...",
      "Datendateien verarbeitet.",
      "Überprüfung der Sicherheitsbeschreibungen beendet.",
    ],
    [
      "Phase 4: Es wird nach fehlerhaften Clustern in Dateien gesucht...",
      "Dateien verarbeitet.",
      "Dateidatenüberprüfung beendet.",
    ],
    [
      "Phase 5: Es wird nach fehlerhaften, freien Clustern gesucht...",
      "freie Cluster verarbeitet.",
      "Verifizierung freien Speicherplatzes ist beendet.",
    ],
  ],
  progress: ({ done, total, stage, all }) =>
    `Fortschritt: ${done} von ${total} erledigt; Phase: ${pad(stage)}%; Gesamt: ${
      pad(all)
    }%; Verbleibend:   0:00:05    `,
  clean: "Das Dateisystem wurde überprüft. Es wurden keine Probleme festgestellt.",
  fixed: "Es wurden Korrekturen am Dateisystem vorgenommen.",
  errorsFound: "Es wurden Fehler gefunden. CHKDSK kann im schreibgeschützten Modus nicht\n" +
    "fortgesetzt werden.",
  hopeless: "Ein unbekannter Fehler ist aufgetreten (6e74667363686b2e 1757).",
  diskFull: "Es ist nicht genügend Speicherplatz vorhanden, um Fehler zu beheben.",
  inUse: "CHKDSK kann nicht ausgeführt werden, da das Volume von einem anderen\n" +
    "Prozess verwendet wird.  Die Bereitstellung des Volumes muss zuerst\n" +
    "aufgehoben werden.\nALLE OFFENEN BEZÜGE AUF DIESEM VOLUME SIND DANN UNGÜLTIG.\n" +
    "Möchten Sie die Bereitstellung des Volumes aufheben? (J/N) ",
  yes: "J",
  dismounted: "Bereitstellung des Volumes aufgehoben. Alle offenen Bezüge auf dieses\n" +
    "Volume sind ungültig.",
  denied: "Zugriff verweigert, da Sie nicht über ausreichende Berechtigungen verfügen\n" +
    "oder der Datenträger von einem anderen Prozess gesperrt wurde.",
  noVolume: "Das Volume kann nicht für den direkten Zugriff geöffnet werden.",
  invalid: (parameter) => `Unzulässiger Parameter - ${parameter}`,
  summary: "  62408703 KB Speicherplatz auf dem Datenträger insgesamt\n" +
    "         0 KB in fehlerhaften Sektoren\n     65536 KB von der Protokolldatei belegt",
  eventLog: "Fehler beim Übertragen von protokollierten Meldungen an das Ereignisprotokoll. " +
    "Status: 50",
};

const JAPANESE: ChkdskTexts = {
  fileSystem: "ファイル システムの種類は NTFS です。",
  readOnly: "\n警告: /F パラメーターが指定されていません。\n" +
    "読み取り専用モードで CHKDSK を実行します。",
  stages: [
    [
      "ステージ 1: 基本のファイル システム構造を検査しています ...",
      "個のファイル レコードが処理されました。",
      "ファイルの検査を完了しました。",
    ],
    [
      "ステージ 2: ファイル名リンケージを検査しています ...",
      "個のインデックス エントリが処理されました。",
      "インデックスの検査を完了しました。",
    ],
    [
      "ステージ 3: セキュリティ記述子を検査しています ...",
      "個のデータ ファイルが処理されました。",
      "セキュリティ記述子の検査を完了しました。",
    ],
    [
      "ステージ 4: ユーザー ファイル データの不良クラスターを探しています ...",
      "個のファイルが処理されました。",
      "ファイル データの検査を完了しました。",
    ],
    [
      "ステージ 5: 不良な空きクラスターを探しています ...",
      "個の空きクラスターが処理されました。",
      "空き領域の検査を完了しました。",
    ],
  ],
  progress: ({ done, total, stage, all }) =>
    `進行状況: ${done} / ${total} 完了; ステージ: ${pad(stage)}%; 合計: ${
      pad(all)
    }%; 残り時間:   0:00:05    `,
  clean: "Windows でファイル システムのスキャンが終了しました。\n問題は見つかりませんでした。",
  fixed: "Windows でファイル システムが修正されました。",
  errorsFound: "エラーが見つかりました。CHKDSK は読み取り専用モードでは続行できません。",
  hopeless: "不明なエラーが発生しました (6e74667363686b2e 1757)。",
  diskFull: "ディスク領域が不足しているため、エラーを修正できません。",
  inUse: "別のプロセスがボリュームを使用しているため、CHKDSK を実行できません。\n" +
    "このボリュームのマウントを強制的に解除しますか? (Y/N) ",
  yes: "Y",
  dismounted: "ボリュームのマウントが解除されました。",
  denied: "必要な特権を持っていないか、ディスクが別のプロセスによりロックされている\n" +
    "ため、アクセスが拒否されました。",
  noVolume: "ボリュームを直接アクセスのために開けません。",
  invalid: (parameter) => `無効なパラメーター - ${parameter}`,
  summary: "  62408703 KB : 全ディスク領域\n         0 KB : 不良セクター",
  eventLog: "ログに記録したメッセージをイベント ログへ転送できませんでした。状態は 50 です。",
};

function pad(percent: number): string {
  return String(percent).padStart(2);
}

/** Texts by language. */
export const CHKDSK_TEXTS: Readonly<Record<LabLanguage, ChkdskTexts>> = {
  "en-US": ENGLISH,
  "de-DE": GERMAN,
  "ja-JP": JAPANESE,
};
