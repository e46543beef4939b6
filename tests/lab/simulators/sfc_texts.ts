/** What sfc prints. Captured or constructed: see `../recorded/README.md`. */
import type { LabLanguage } from "./simulator.ts";

/** The sentences of one language. */
export interface SfcTexts {
  readonly begin: string;
  readonly phase: string;
  progress(percent: number): string;
  readonly clean: string;
  readonly repaired: string;
  readonly notAllRepaired: string;
  readonly violations: string;
  readonly metadata: string;
  readonly pending: string;
  readonly couldNotStart: string;
  readonly couldNotPerform: string;
  readonly details: string;
  readonly usage: string;
}

const USAGE = "SFC [/SCANNOW] [/VERIFYONLY] [/SCANFILE=<file>] [/VERIFYFILE=<file>]\r\n" +
  "    [/OFFWINDIR=<offline windows directory> /OFFBOOTDIR=<offline boot directory> " +
  "[/OFFLOGFILE=<log file path>]]";

/** Texts by language, with CRLF. */
export const SFC_TEXTS: Readonly<Record<LabLanguage, SfcTexts>> = {
  "en-US": {
    begin: "Beginning system scan.  This process will take some time.",
    phase: "Beginning verification phase of system scan.",
    progress: (percent) => `Verification ${percent}% complete.`,
    clean: "Windows Resource Protection did not find any integrity violations.",
    repaired: "Windows Resource Protection found corrupt files and successfully repaired them.",
    notAllRepaired:
      "Windows Resource Protection found corrupt files but was unable to fix some of them.",
    violations: "Windows Resource Protection found integrity violations.",
    metadata:
      "Windows Resource Protection did not find any integrity violations, but component\r\n" +
      "metadata is corrupt.",
    pending: "There is a system repair pending which requires reboot to complete.  Restart\r\n" +
      "Windows and run sfc again.",
    couldNotStart: "Windows Resource Protection could not start the repair service.",
    couldNotPerform: "Windows Resource Protection could not perform the requested operation.",
    details: "For online repairs, details are included in the CBS log file located at\r\n" +
      "windir\\Logs\\CBS\\CBS.log. For example C:\\Windows\\Logs\\CBS\\CBS.log. For offline\r\n" +
      "repairs, details are included in the log file provided by the /OFFLOGFILE flag.",
    usage: USAGE,
  },
  "de-DE": {
    begin: "Systemsuche wird gestartet. Dieser Vorgang kann einige Zeit dauern.",
    phase: "Überprüfungsphase der Systemsuche wird gestartet.",
    progress: (percent) => `Überprüfung ${percent} % abgeschlossen.`,
    clean: "Der Windows-Ressourcenschutz hat keine Integritätsverletzungen gefunden.",
    repaired: "Der Windows-Ressourcenschutz hat beschädigte Dateien gefunden und erfolgreich\r\n" +
      "repariert.",
    notAllRepaired: "Der Windows-Ressourcenschutz hat beschädigte Dateien gefunden und konnte\r\n" +
      "einige der Dateien nicht reparieren.",
    violations: "Der Windows-Ressourcenschutz hat Integritätsverletzungen gefunden.",
    metadata: "Der Windows-Ressourcenschutz hat beschädigte Komponentendaten gefunden.",
    pending: "Eine Systemreparatur steht aus, für die ein Neustart erforderlich ist.",
    couldNotStart: "Der Windows-Ressourcenschutz konnte den Reparaturdienst nicht starten.",
    couldNotPerform:
      "Der Windows-Ressourcenschutz konnte den angeforderten Vorgang nicht ausführen.",
    details: "Details sind in der Protokolldatei enthalten.",
    usage: USAGE,
  },
  "ja-JP": {
    begin: "システム スキャンを開始しています。これにはしばらく時間がかかります。",
    phase: "システム スキャンの検証フェーズを開始しています。",
    progress: (percent) => `検証 ${percent}% が完了しました。`,
    clean: "Windows リソース保護は、整合性違反を検出しませんでした。",
    repaired: "Windows リソース保護により、破損したファイルが見つかりましたが、それらは正常に\r\n" +
      "修復されました。",
    notAllRepaired: "Windows リソース保護により、破損したファイルが見つかりましたが、それらの\r\n" +
      "一部は修復できませんでした。",
    violations: "Windows リソース保護により、整合性違反が検出されました。",
    metadata: "Windows リソース保護により、コンポーネントの情報の破損が検出されました。",
    pending: "再起動が必要な保留中のシステム修復があります。",
    couldNotStart: "Windows リソース保護は、修復サービスを開始できませんでした。",
    couldNotPerform: "Windows リソース保護は、要求された操作を実行できませんでした。",
    details: "詳細はログ ファイルに含まれています。",
    usage: USAGE,
  },
};
