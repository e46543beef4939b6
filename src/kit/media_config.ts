/**
 * The small text files of installation media: `ei.cfg`, `product.ini`, `lang.ini`, `cversion.ini`,
 * `idwbinfo.txt`. All are sections of `name = value` lines. Facts: Microsoft Learn, "Windows Setup
 * edition configuration and product ID files"; media of Windows 10 and 11.
 */

/** Sections with their lines: names in lower case, in the order of the file. */
export interface IniFile {
  readonly sections: ReadonlyMap<string, readonly IniLine[]>;
}

/** One line of a section. `value` is undefined for a line without `=`. */
export interface IniLine {
  readonly name: string;
  readonly value: string | undefined;
}

/** Longest text that is looked at: the files have some kilobytes. */
const LONGEST = 1 << 20;

/** Reads sections. Never throws: what is no line of a section is left out. */
export function parseIni(text: string): IniFile {
  // Lines before the first section stand in one without a name: `idwbinfo.txt` can lack any.
  let current: IniLine[] = [];
  const sections = new Map<string, IniLine[]>([["", current]]);
  for (const raw of text.slice(0, LONGEST).replace(/^\ufeff/, "").split(/\r\n|\n|\r/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith(";")) continue;
    const section = /^\[(.*)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      const name = section.trim().toLowerCase();
      current = sections.get(name) ?? [];
      sections.set(name, current);
      continue;
    }
    const at = line.indexOf("=");
    current.push(
      at < 0
        ? { name: line, value: undefined }
        : { name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() },
    );
  }
  return { sections };
}

/** What `ei.cfg` says. A section is followed by one line with its value. */
export interface EditionConfig {
  /** Only this edition is offered; undefined for all. */
  readonly edition: string | undefined;
  /** `Retail`, `OEM` or `Volume`. */
  readonly channel: string | undefined;
  readonly volumeLicence: boolean;
}

/** Reads `ei.cfg`. */
export function parseEditionConfig(text: string): EditionConfig {
  const ini = parseIni(text);
  const only = (section: string) => ini.sections.get(section)?.[0]?.name || undefined;
  return {
    edition: only("editionid"),
    channel: only("channel"),
    volumeLicence: only("vl") === "1",
  };
}

/** The languages that `lang.ini` offers; the default one first. */
export function parseLanguages(text: string): string[] {
  const lines = parseIni(text).sections.get("available ui languages") ?? [];
  const weight = (line: IniLine) => Number(line.value ?? 0) || 0;
  return [...lines].sort((a, b) => weight(b) - weight(a)).map((line) => line.name);
}

/** The lowest builds that Setup upgrades from, as `cversion.ini` says. */
export interface OldestUpgrade {
  readonly client: number | undefined;
  readonly server: number | undefined;
}

/** Reads `cversion.ini`. Values are builds (`9600`) or versions (`7601.18779`). */
export function parseOldestUpgrade(text: string): OldestUpgrade {
  const lines = parseIni(text).sections.get("hostbuild") ?? [];
  const build = (name: string) => {
    const value = lines.find((line) => line.name.toLowerCase() === name)?.value;
    const digits = /^\d+/.exec(value ?? "")?.[0];
    return digits === undefined ? undefined : Number(digits);
  };
  return { client: build("minclient"), server: build("minserver") };
}

/** The editions that `product.ini` has keys for; the keys themselves are nobody's business. */
export function parseProductEditions(text: string): string[] {
  const lines = parseIni(text).sections.get("cmi") ?? [];
  return lines.filter((line) => line.value !== undefined).map((line) => line.name);
}

/** What `idwbinfo.txt` says of the build. */
export interface BuildInfo {
  readonly architecture: string | undefined;
  readonly branch: string | undefined;
}

/** Reads `idwbinfo.txt`. */
export function parseBuildInfo(text: string): BuildInfo {
  const lines = [...parseIni(text).sections.values()].flat();
  const value = (name: string) =>
    lines.find((line) => line.name.toLowerCase() === name)?.value || undefined;
  return { architecture: value("buildarch"), branch: value("buildbranch") };
}
