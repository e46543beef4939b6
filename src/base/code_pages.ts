/**
 * Console code pages. Programs of Windows print on a pipe in the OEM code page of the system
 * they run on; 437, 850 and 852 are not among the encodings a JavaScript runtime knows.
 */

/** Turns bytes of one code page into text, piece by piece. */
export interface CodePageDecoder {
  /** Decodes the next piece; a character cut at its end is kept for the next call. */
  decode(bytes: Uint8Array): string;
  /** What is left at the end: U+FFFD if a character was cut off. */
  end(): string;
}

/** Characters of the bytes 0x80 to 0xFF. Source: unicode.org, MAPPINGS/VENDORS/MICSFT/PC. */
const UPPER_HALVES: Readonly<Record<number, string>> = {
  437: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ" +
    "áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
    "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0",
  850: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ" +
    "áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐" +
    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀" +
    "ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0",
  852: "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×č" +
    "áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐" +
    "└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀" +
    "ÓßÔŃńňŠšŔÚŕŰýÝţ´\u00ad˝˛ˇ˘§÷¸°¨˙űŘř■\u00a0",
};

/** Code pages that `TextDecoder` knows, by its names. */
const TEXT_DECODER_LABELS: Readonly<Record<number, string>> = {
  866: "ibm866",
  874: "windows-874",
  932: "shift_jis",
  936: "gbk",
  949: "euc-kr",
  950: "big5",
  1250: "windows-1250",
  1251: "windows-1251",
  1252: "windows-1252",
  1253: "windows-1253",
  1254: "windows-1254",
  1255: "windows-1255",
  1256: "windows-1256",
  1257: "windows-1257",
  1258: "windows-1258",
  65001: "utf-8",
};

/** Says whether text in `codePage` is decoded exactly. */
export function knowsCodePage(codePage: number): boolean {
  return UPPER_HALVES[codePage] !== undefined || TEXT_DECODER_LABELS[codePage] !== undefined;
}

/**
 * A decoder for `codePage`. An unknown page is read as 437: digits, codes and English text
 * are ASCII in all of them, and nothing else is judged by.
 */
export function codePageDecoder(codePage: number): CodePageDecoder {
  const label = TEXT_DECODER_LABELS[codePage];
  if (label !== undefined) return streamingDecoder(label);
  const upper = UPPER_HALVES[codePage] ?? UPPER_HALVES[437]!;
  return { decode: (bytes) => decodeSingleBytes(bytes, upper), end: () => "" };
}

/** Decodes all bytes of a text at once. */
export function decodeCodePage(bytes: Uint8Array, codePage: number): string {
  const decoder = codePageDecoder(codePage);
  return decoder.decode(bytes) + decoder.end();
}

function streamingDecoder(label: string): CodePageDecoder {
  const decoder = new TextDecoder(label);
  return {
    decode: (bytes) => decoder.decode(bytes, { stream: true }),
    end: () => decoder.decode(),
  };
}

function decodeSingleBytes(bytes: Uint8Array, upper: string): string {
  const pieces: string[] = [];
  for (const byte of bytes) {
    pieces.push(byte < 0x80 ? String.fromCharCode(byte) : upper[byte - 0x80]!);
  }
  return pieces.join("");
}
