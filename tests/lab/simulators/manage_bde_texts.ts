/** What manage-bde prints. Captured or constructed: see `../recorded/README.md`. */
import type { LabLanguage } from "./simulator.ts";

interface ManageBdeTexts {
  readonly title: string;
  volume(letter: string): string;
  readonly dataVolume: string;
  readonly labels: readonly string[];
  readonly unknown: string;
  readonly none: string;
  readonly conversion: { readonly encrypted: string; readonly decrypted: string };
  percent(value: number | undefined): string;
  readonly protection: { readonly on: string; readonly off: string; readonly unknown: string };
  restarts(count: number): string;
  readonly lock: { readonly locked: string; readonly unlocked: string };
  readonly protectors: string;
  readonly noProtectors: string;
  readonly protectorNames: readonly string[];
  disabled(letter: string): string;
  enabled(letter: string): string;
  failed(code: number): string;
  noVolume(letter: string): string;
  invalid(argument: string): string;
}

const hex = (code: number) => `0x${(code >>> 0).toString(16).padStart(8, "0")}`;

/** Texts by language. */
export const MANAGE_BDE_TEXTS: Readonly<Record<LabLanguage, ManageBdeTexts>> = {
  "en-US": {
    title: "BitLocker Drive Encryption: Configuration Tool version 10.0.26100\n" +
      "Copyright (C) 2013 Microsoft Corporation. All rights reserved.",
    volume: (letter) => `Volume ${letter} [Windows]`,
    dataVolume: "[Data Volume]",
    labels: [
      "Size",
      "BitLocker Version",
      "Conversion Status",
      "Percentage Encrypted",
      "Encryption Method",
      "Protection Status",
      "Lock Status",
      "Identification Field",
      "Automatic Unlock",
    ],
    unknown: "Unknown",
    none: "None",
    conversion: { encrypted: "Used Space Only Encrypted", decrypted: "Fully Decrypted" },
    percent: (value) => value === undefined ? "Unknown%" : `${value.toFixed(1)}%`,
    protection: { on: "Protection On", off: "Protection Off", unknown: "Unknown" },
    restarts: (count) => ` (${count} reboots left)`,
    lock: { locked: "Locked", unlocked: "Unlocked" },
    protectors: "Key Protectors:",
    noProtectors: "Key Protectors:       None Found",
    protectorNames: ["TPM", "Numerical Password"],
    disabled: (letter) => `Key protectors are disabled for volume ${letter}.`,
    enabled: (letter) => `Key protectors are enabled for volume ${letter}.`,
    failed: (code) => `ERROR: An error occurred (code ${hex(code)}):`,
    noVolume: (letter) =>
      `ERROR: The volume ${letter} could not be opened by BitLocker.\n` +
      "This may be because the volume does not exist, or because it is not a valid\n" +
      "BitLocker volume.",
    invalid: (argument) => `ERROR: Invalid Syntax.\n"${argument}" was not understood.`,
  },
  "de-DE": {
    title: "BitLocker-Laufwerkverschlüsselung: Konfigurationstool, Version 10.0.26100\n" +
      "Copyright (C) 2013 Microsoft Corporation. Alle Rechte vorbehalten.",
    volume: (letter) => `Volume "${letter}" []`,
    dataVolume: "[Datenvolume]",
    labels: [
      "Größe",
      "BitLocker-Version",
      "Konvertierungsstatus",
      "Verschlüsselt (Prozent)",
      "Verschlüsselungsmethode",
      "Schutzstatus",
      "Sperrungsstatus",
      "ID-Feld",
      "Automatische Entsperrung",
    ],
    unknown: "Unbekannt",
    none: "Kein",
    conversion: {
      encrypted: "Nur verwendeter Speicherplatz ist verschlüsselt",
      decrypted: "Vollständig entschlüsselt",
    },
    percent: (value) =>
      value === undefined ? "Unbekannt %" : `${value.toFixed(1).replace(".", ",")} %`,
    protection: {
      on: "Der Schutz ist aktiviert.",
      off: "Der Schutz ist deaktiviert.",
      unknown: "Unbekannt",
    },
    restarts: (count) => ` (noch ${count} Neustarts)`,
    lock: { locked: "Gesperrt", unlocked: "Entsperrt" },
    protectors: "Schlüsselschutzvorrichtungen:",
    noProtectors: "Schlüsselschutzvorrichtungen: Keine gefunden",
    protectorNames: ["TPM", "Numerisches Kennwort"],
    disabled: (letter) =>
      `Die Schlüsselschutzvorrichtungen für Volume "${letter}" sind deaktiviert.`,
    enabled: (letter) => `Die Schlüsselschutzvorrichtungen für Volume "${letter}" sind aktiviert.`,
    failed: (code) => `FEHLER: Ein Fehler ist aufgetreten (Code ${hex(code)}):`,
    noVolume: (letter) =>
      `FEHLER: Das Volume "${letter}" konnte von BitLocker nicht geöffnet werden.`,
    invalid: (argument) => `FEHLER: Ungültige Syntax.\n"${argument}" wurde nicht verstanden.`,
  },
  "ja-JP": {
    title: "BitLocker ドライブ暗号化: 構成ツール Version 10.0.26100\n" +
      "Copyright (C) 2013 Microsoft Corporation. All rights reserved.",
    volume: (letter) => `ボリューム ${letter} [Windows]`,
    dataVolume: "[データ ボリューム]",
    labels: [
      "サイズ",
      "BitLocker のバージョン",
      "変換状態",
      "暗号化された割合",
      "暗号化の方法",
      "保護状態",
      "ロック状態",
      "識別子フィールド",
      "自動ロック解除",
    ],
    unknown: "不明",
    none: "なし",
    conversion: { encrypted: "使用領域のみ暗号化", decrypted: "完全に暗号化解除された状態です" },
    percent: (value) => value === undefined ? "不明%" : `${value.toFixed(1)}%`,
    protection: { on: "保護はオンです", off: "保護はオフです", unknown: "不明" },
    restarts: (count) => ` (残りの再起動回数: ${count})`,
    lock: { locked: "ロック", unlocked: "ロック解除" },
    protectors: "キーの保護機能:",
    noProtectors: "キーの保護機能: 見つかりません",
    protectorNames: ["TPM", "数字パスワード"],
    disabled: (letter) => `ボリューム ${letter} のキーの保護機能は無効です。`,
    enabled: (letter) => `ボリューム ${letter} のキーの保護機能は有効です。`,
    failed: (code) => `エラー: エラーが発生しました (コード ${hex(code)}):`,
    noVolume: (letter) => `エラー: BitLocker でボリューム ${letter} を開けませんでした。`,
    invalid: (argument) => `エラー: 構文が無効です。\n"${argument}"`,
  },
};

/** The system's own sentences for codes, in English. */
export const SYSTEM_TEXTS: Readonly<Record<number, string>> = {
  0x80310000: "This drive is locked by BitLocker Drive Encryption.",
  0x80310001: "The drive is not encrypted.",
  0x80040154: "Class not registered",
  0x80070005: "Access is denied.",
};
