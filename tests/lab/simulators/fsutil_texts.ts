/** What fsutil prints. Captured or constructed: see `../recorded/README.md`. */
import type { LabLanguage } from "./simulator.ts";

interface FsutilTexts {
  dirty(volume: string): string;
  clean(volume: string): string;
  readonly sound: string;
  readonly corrupt: string;
  readonly noVolume: string;
  readonly failed: string;
  readonly usage: string;
}

/** Texts by language. */
export const FSUTIL_TEXTS: Readonly<Record<LabLanguage, FsutilTexts>> = {
  "en-US": {
    dirty: (volume) => `Volume - ${volume} is Dirty`,
    clean: (volume) => `Volume - ${volume} is NOT Dirty`,
    sound: "Corruption State:  0x00 - Clean",
    corrupt: "Corruption State:  0x02 - Corrupt",
    noVolume: "Error 3:  The system cannot find the path specified.",
    failed: "Error:  Access is denied.",
    usage: "Usage : fsutil dirty query <volume pathname>",
  },
  "de-DE": {
    dirty: (volume) => `Volume - ${volume} ist fehlerhaft.`,
    clean: (volume) => `Volume - ${volume} ist nicht fehlerhaft.`,
    sound: "Beschädigungsstatus:  0x00 - Fehlerfrei",
    corrupt: "Beschädigungsstatus:  0x02 - Beschädigt",
    noVolume: "Fehler 3:  Das System kann den angegebenen Pfad nicht finden.",
    failed: "Fehler:  Zugriff verweigert",
    usage: "Syntax : fsutil dirty query <Volumepfadname>",
  },
  "ja-JP": {
    dirty: (volume) => `ボリューム - ${volume} はダーティです`,
    clean: (volume) => `ボリューム - ${volume} はダーティではありません`,
    sound: "破損の状態:  0x00 - クリーン",
    corrupt: "破損の状態:  0x02 - 破損",
    noVolume: "エラー 3:  指定されたパスが見つかりません。",
    failed: "エラー:  アクセスが拒否されました。",
    usage: "使い方 : fsutil dirty query <ボリューム パス名>",
  },
};
