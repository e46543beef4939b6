/**
 * Foreign hive readers as judges of ours: hivexml (libhivex-bin), reged (chntpw) and regfinfo
 * (libregf-utils). Tests that need an absent one are skipped by name.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

function present(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

export const hivexmlPresent: boolean = present("hivexml");
/** Of libwin-hivex-perl. */
export const hivexregeditPresent: boolean = present("hivexregedit");
export const regedPresent: boolean = present("reged");
export const regfinfoPresent: boolean = present("regfinfo");
export const reglookupPresent: boolean = present("reglookup");
/** mkntfs and ntfscat: the source of Windows' upper-case table. */
export const ntfsToolsPresent: boolean = present("mkntfs") && present("ntfscat");

/** What a foreign program said about a file. */
export interface OracleOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What it wrote to `$OUTPUT`, "" if nothing. */
  readonly output: string;
}

/**
 * Runs a program on a file that holds `bytes`. `$FILE` in its arguments stands for that file,
 * `$OUTPUT` for one that it may write.
 */
export function askOracle(
  program: string,
  args: readonly string[],
  bytes: Uint8Array,
): OracleOutcome {
  const folder = Deno.makeTempDirSync({ prefix: "pemedic-oracle-" });
  try {
    const file = `${folder}/hive`;
    const output = `${folder}/output`;
    Deno.writeFileSync(output, new Uint8Array(0));
    Deno.writeFileSync(file, bytes);
    const actual = args.map((arg) => arg.replace("$FILE", file).replace("$OUTPUT", output));
    const result = spawnSync(program, actual, { maxBuffer: 2 ** 30, encoding: "buffer" });
    return {
      code: result.status ?? -1,
      stdout: new TextDecoder().decode(result.stdout),
      stderr: new TextDecoder().decode(result.stderr),
      output: new TextDecoder("latin1").decode(Deno.readFileSync(output)),
    };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** One key or value as hivexml tells it, in its order: a key, its values, its subkeys. */
export interface HivexmlItem {
  /** 0 for the root; a value has the depth of its key. */
  readonly depth: number;
  readonly name: string;
  /** Absent for a key. */
  readonly value?: HivexmlValue;
}

/** A value as hivexml tells it. */
export interface HivexmlValue {
  /** Its own names: `string`, `expand`, `int32`, `int64`, `string-list`, `binary`, … */
  readonly type: string;
  /** Text or number as printed; bytes if hivexml printed Base64. */
  readonly content: string | Uint8Array | readonly string[];
}

/** Everything in a hive as hivexml sees it, or undefined if it refuses the hive. */
export function hivexmlItems(bytes: Uint8Array): HivexmlItem[] | undefined {
  const { code, stdout } = askOracle("hivexml", ["$FILE"], bytes);
  return code === 0 ? parseHivexml(stdout) : undefined;
}

/** {@linkcode hivexmlItems} of many hives with one process that starts the others. */
export function hivexmlItemsOfAll(hives: readonly Uint8Array[]): (HivexmlItem[] | undefined)[] {
  const folder = Deno.makeTempDirSync({ prefix: "pemedic-oracle-" });
  try {
    hives.forEach((bytes, i) => Deno.writeFileSync(`${folder}/${i}`, bytes));
    const script = `for f in *; do hivexml "$f" > "$f.xml" || rm "$f.xml"; done`;
    spawnSync("sh", ["-c", script], { cwd: folder, stdio: "ignore" });
    return hives.map((_, i) => {
      const xml = `${folder}/${i}.xml`;
      return existsSync(xml) ? parseHivexml(Deno.readTextFileSync(xml)) : undefined;
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function parseHivexml(xml: string): HivexmlItem[] {
  const items: HivexmlItem[] = [];
  let depth = -1;
  let list: string[] | undefined;
  const tags = /<(\/?)(node|value|string)((?: [a-z_]+="[^"]*")*)(\/?)>([^<]*)/g;
  for (const [, closing, tag, attributes, empty, text] of xml.matchAll(tags)) {
    const get = attributeReader(attributes!);
    if (tag === "node") {
      if (closing === "") items.push({ depth: ++depth, name: get("name") });
      if (closing !== "" || empty !== "") depth--;
    } else if (closing === "" && tag === "value") {
      list = [];
      const type = get("type");
      const content = type === "string-list" ? list : valueContent(get);
      items.push({ depth, name: get("key"), value: { type, content } });
    } else if (closing === "" && tag === "string") {
      list?.push(unescapeXml(text!));
    }
  }
  return items;
}

function attributeReader(attributes: string): (name: string) => string {
  return (name) => {
    const match = new RegExp(` ${name}="([^"]*)"`).exec(attributes);
    return unescapeXml(match?.[1] ?? "");
  };
}

function valueContent(get: (name: string) => string): string | Uint8Array {
  const text = get("value");
  if (get("encoding") !== "base64") return text;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
  };
  return text.replace(/&(#x?)?(\w+);/g, (_, number: string | undefined, code: string) => {
    if (number === undefined) return named[code] ?? "";
    return String.fromCodePoint(parseInt(code, number === "#x" ? 16 : 10));
  });
}
