/** What bcdedit prints. Captured or constructed: see `../recorded/README.md`. */
import type { BcdApplication } from "../../../src/formats/bcd/mod.ts";
import type { LabLanguage } from "./simulator.ts";

/** Reasons to fail, each with bcdedit's own sentence and that of the system. */
export type BcdeditFault =
  | "store-missing"
  | "store-denied"
  | "store-protected"
  | "store-damaged"
  | "copy-exists"
  | "unknown-entry"
  | "element-not-set"
  | "unknown-element"
  | "bad-value"
  | "bad-device"
  | "bad-list"
  | "well-known"
  | "bad-command"
  | "disk-full";

interface BcdeditTexts {
  readonly done: string;
  readonly identifier: string;
  readonly titles: Readonly<Partial<Record<BcdApplication, string>>>;
  readonly settings: string;
  readonly deviceOptions: string;
  readonly faults: Readonly<Record<BcdeditFault, string>>;
}

const HELP = 'Run "bcdedit /?" for command line assistance.';
const HILFE = 'Geben Sie "bcdedit /?" ein, um die Hilfe anzuzeigen.';
const NOT_OPENED = "The boot configuration data store could not be opened.";

const ENGLISH: BcdeditTexts = {
  done: "The operation completed successfully.",
  identifier: "identifier",
  titles: {
    "boot manager": "Windows Boot Manager",
    "boot loader": "Windows Boot Loader",
    "resume application": "Resume from Hibernate",
    "memory tester": "Windows Memory Tester",
  },
  settings: "Boot Loader Settings",
  deviceOptions: "Device options",
  faults: {
    "store-missing": `${NOT_OPENED}\nThe system cannot find the file specified.`,
    "store-denied": `${NOT_OPENED}\nAccess is denied.`,
    "store-protected": `${NOT_OPENED}\nThe media is write protected.`,
    "store-damaged": `${NOT_OPENED}\nThe configuration registry database is corrupt.`,
    "copy-exists": "The store export operation has failed.\n" +
      "Cannot create a file when that file already exists.",
    "unknown-entry": "An error occurred while attempting to reference the specified entry.\n" +
      "The system cannot find the file specified.",
    "element-not-set":
      "An error occurred while attempting to delete the specified data element.\n" +
      "Element not found.",
    "unknown-element": "The element data type specified is not recognized, or does not apply to\n" +
      `the specified entry.\n${HELP}\nElement not found.`,
    "bad-value": `The data is not valid as specified.\n${HELP}\nThe parameter is incorrect.`,
    "bad-device": `The device is not valid as specified.\n${HELP}\nThe parameter is incorrect.`,
    "bad-list": `The entry list data is not valid as specified.\n${HELP}\nElement not found.`,
    "well-known": "The entry specified is a well-known boot entry and was not deleted.",
    "bad-command": `The command specified is not valid.\n${HELP}\nThe parameter is incorrect.`,
    "disk-full": "An error has occurred setting the element data.\n" +
      "There is not enough space on the disk.",
  },
};

const GERMAN: BcdeditTexts = {
  done: "Der Vorgang wurde erfolgreich beendet.",
  identifier: "Bezeichner",
  titles: {
    "boot manager": "Windows-Start-Manager",
    "boot loader": "Windows-Startladeprogramm",
    "resume application": "Aus dem Ruhezustand fortsetzen",
    "memory tester": "Windows-Speichertestprogramm",
  },
  settings: "Startladeprogrammeinstellungen",
  deviceOptions: "Geräteoptionen",
  faults: {
    "store-missing":
      "Der Speicher für die Startkonfigurationsdaten konnte nicht geöffnet werden.\n" +
      "Das System kann die angegebene Datei nicht finden.",
    "store-denied":
      "Der Speicher für die Startkonfigurationsdaten konnte nicht geöffnet werden.\n" +
      "Zugriff verweigert",
    "store-protected":
      "Der Speicher für die Startkonfigurationsdaten konnte nicht geöffnet werden.\n" +
      "Das Medium ist schreibgeschützt.",
    "store-damaged":
      "Der Speicher für die Startkonfigurationsdaten konnte nicht geöffnet werden.\n" +
      "Die Konfigurationsregistrierungsdatenbank ist beschädigt.",
    "copy-exists": "Fehler beim Exportieren des Speichers.\n" +
      "Eine Datei kann nicht erstellt werden, wenn sie bereits vorhanden ist.",
    "unknown-entry": "Fehler beim Verweisen auf den angegebenen Eintrag.\n" +
      "Das System kann die angegebene Datei nicht finden.",
    "element-not-set": "Fehler beim Löschen des angegebenen Datenelements.\n" +
      "Element nicht gefunden.",
    "unknown-element": `Der angegebene Elementdatentyp wurde nicht erkannt.\n${HILFE}`,
    "bad-value": `Die angegebenen Daten sind ungültig.\n${HILFE}\nFalscher Parameter.`,
    "bad-device": `Das angegebene Gerät ist ungültig.\n${HILFE}\nFalscher Parameter.`,
    "bad-list": `Die angegebene Eintragsliste ist ungültig.\n${HILFE}\nElement nicht gefunden.`,
    "well-known": "Der angegebene Eintrag ist ein bekannter Starteintrag.\nZugriff verweigert",
    "bad-command": `Der angegebene Befehl ist ungültig.\n${HILFE}\nFalscher Parameter.`,
    "disk-full": "Fehler beim Festlegen der Elementdaten.\n" +
      "Es steht nicht genug Speicherplatz auf dem Datenträger zur Verfügung.",
  },
};

const FAILED = "エラーが発生しました。";

const JAPANESE: BcdeditTexts = {
  done: "この操作を正しく終了しました。",
  identifier: "identifier",
  titles: {
    "boot manager": "Windows ブート マネージャー",
    "boot loader": "Windows ブート ローダー",
    "resume application": "休止状態からの再開",
    "memory tester": "Windows メモリ テスター",
  },
  settings: "ブート ローダーの設定",
  deviceOptions: "デバイス オプション",
  faults: {
    "store-missing":
      `ブート構成データ ストアを開けませんでした。\n指定されたファイルが見つかりません。`,
    "store-denied": `ブート構成データ ストアを開けませんでした。\nアクセスが拒否されました。`,
    "store-protected": `ブート構成データ ストアを開けませんでした。\nメディアは書き込み禁止です。`,
    "store-damaged": `ブート構成データ ストアを開けませんでした。\n${FAILED}`,
    "copy-exists": FAILED,
    "unknown-entry": `${FAILED}\n指定されたファイルが見つかりません。`,
    "element-not-set": `${FAILED}\n要素が見つかりません。`,
    "unknown-element": FAILED,
    "bad-value": FAILED,
    "bad-device": FAILED,
    "bad-list": FAILED,
    "well-known": FAILED,
    "bad-command": FAILED,
    "disk-full": `${FAILED}\nディスクに十分な空き領域がありません。`,
  },
};

/** Texts by language. */
export const BCDEDIT_TEXTS: Readonly<Record<LabLanguage, BcdeditTexts>> = {
  "en-US": ENGLISH,
  "de-DE": GERMAN,
  "ja-JP": JAPANESE,
};
