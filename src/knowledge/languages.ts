/**
 * Languages in which Windows is published, by the language id that the registry keeps and by the
 * tag that installation images carry. Source: [MS-LCID], Microsoft Learn "Available languages for
 * Windows".
 */

/** One language. */
export interface LanguageRow {
  /** Four hexadecimal digits, as `Control\Nls\Language\InstallLanguage` has it: `0409`. */
  readonly id: string;
  /** `en-US` */
  readonly tag: string;
  readonly name: string;
}

/** The languages, by tag. */
export const LANGUAGES: readonly LanguageRow[] = ([
  ["0401", "ar-SA", "Arabic"],
  ["0402", "bg-BG", "Bulgarian"],
  ["0405", "cs-CZ", "Czech"],
  ["0406", "da-DK", "Danish"],
  ["0407", "de-DE", "German"],
  ["0408", "el-GR", "Greek"],
  ["0809", "en-GB", "English (United Kingdom)"],
  ["0409", "en-US", "English (United States)"],
  ["0c0a", "es-ES", "Spanish"],
  ["080a", "es-MX", "Spanish (Mexico)"],
  ["0425", "et-EE", "Estonian"],
  ["040b", "fi-FI", "Finnish"],
  ["0c0c", "fr-CA", "French (Canada)"],
  ["040c", "fr-FR", "French"],
  ["040d", "he-IL", "Hebrew"],
  ["041a", "hr-HR", "Croatian"],
  ["040e", "hu-HU", "Hungarian"],
  ["0410", "it-IT", "Italian"],
  ["0411", "ja-JP", "Japanese"],
  ["0412", "ko-KR", "Korean"],
  ["0427", "lt-LT", "Lithuanian"],
  ["0426", "lv-LV", "Latvian"],
  ["0414", "nb-NO", "Norwegian"],
  ["0413", "nl-NL", "Dutch"],
  ["0415", "pl-PL", "Polish"],
  ["0416", "pt-BR", "Portuguese (Brazil)"],
  ["0816", "pt-PT", "Portuguese"],
  ["0418", "ro-RO", "Romanian"],
  ["0419", "ru-RU", "Russian"],
  ["041b", "sk-SK", "Slovak"],
  ["0424", "sl-SI", "Slovenian"],
  ["241a", "sr-Latn-RS", "Serbian (Latin)"],
  ["041d", "sv-SE", "Swedish"],
  ["041e", "th-TH", "Thai"],
  ["041f", "tr-TR", "Turkish"],
  ["0422", "uk-UA", "Ukrainian"],
  ["0804", "zh-CN", "Chinese (Simplified)"],
  ["0404", "zh-TW", "Chinese (Traditional)"],
] as const).map(([id, tag, name]) => ({ id, tag, name }));

/** The row of a language id (`0409`), in any case. */
export function findLanguageId(id: string): LanguageRow | undefined {
  const wanted = id.toLowerCase().padStart(4, "0");
  return LANGUAGES.find((row) => row.id === wanted);
}

/** The row of a tag (`en-US`), in any case. */
export function findLanguageTag(tag: string): LanguageRow | undefined {
  return LANGUAGES.find((row) => row.tag.toLowerCase() === tag.toLowerCase());
}
