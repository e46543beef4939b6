/**
 * The command line of the simulated setup.exe: which options the media's Setup knows and what may
 * stand behind each. Written from Microsoft's description of the options and not from our own
 * builder, so that the two can contradict each other.
 */

/** What may stand behind an option. */
type Behind =
  | { readonly kind: "nothing" }
  | { readonly kind: "word"; readonly words: readonly string[] }
  | { readonly kind: "path" }
  | { readonly kind: "number" }
  | { readonly kind: "key" }
  | { readonly kind: "letter" };

interface KnownOption {
  readonly behind: Behind;
  readonly since?: number;
  /** Written with a colon. */
  readonly joined?: boolean;
  /** May be given more than once. */
  readonly many?: boolean;
}

const word = (...words: string[]): Behind => ({ kind: "word", words });
const NOTHING: Behind = { kind: "nothing" };
const PATH: Behind = { kind: "path" };
const TOGGLE = word("enable", "disable");

const KNOWN: Readonly<Record<string, KnownOption>> = {
  addbootmgrlast: { behind: NOTHING },
  auto: { behind: word("upgrade", "clean", "dataonly") },
  bitlocker: {
    behind: word("alwayssuspend", "trykeepactive", "forcekeepactive"),
    since: 16_299,
  },
  compactos: { behind: TOGGLE },
  compat: { behind: word("ignorewarning", "scanonly"), many: true },
  configfile: { behind: PATH, since: 10_586 },
  copylogs: { behind: PATH },
  diagnosticprompt: { behind: TOGGLE, since: 15_063 },
  dynamicupdate: { behind: word("enable", "disable", "nodrivers", "nolcu", "nodriversnolcu") },
  eula: { behind: word("accept"), since: 22_000 },
  imageindex: { behind: { kind: "number" } },
  installdrivers: { behind: PATH },
  installfrom: { behind: PATH },
  migneo: { behind: TOGGLE, since: 17_134 },
  migratedrivers: { behind: word("all", "none") },
  noreboot: { behind: NOTHING },
  pkey: { behind: { kind: "key" } },
  postoobe: { behind: PATH },
  postrollback: { behind: PATH },
  postrollbackcontext: { behind: word("system", "user"), since: 17_134 },
  priority: { behind: word("normal"), since: 16_299 },
  quiet: { behind: NOTHING },
  reflectdrivers: { behind: PATH, since: 14_393 },
  resizerecoverypartition: { behind: TOGGLE },
  showoobe: { behind: word("full", "none") },
  telemetry: { behind: TOGGLE },
  tempdrive: { behind: { kind: "letter" }, since: 14_393 },
  unattend: { behind: PATH, joined: true },
  uninstall: { behind: TOGGLE },
};

/** MOSETUP_E_UNKNOWN_CMD_LINE */
export const UNKNOWN_OPTION = 0xc190_010a;
/** MOSETUP_E_INVALID_CMD_LINE */
export const INVALID_COMMAND_LINE = 0xc190_010d;
/** MOSETUP_E_EULA_ACCEPT_REQUIRED */
export const EULA_REQUIRED = 0xc190_010e;

/** Options by name in lower case; values as they were written. */
export type GivenOptions = ReadonlyMap<string, readonly string[]>;

/** Reads the arguments for Setup of a build. A number is the code that it ends with. */
export function givenOptions(args: readonly string[], build: number): GivenOptions | number {
  const given = new Map<string, string[]>();
  for (let at = 0; at < args.length; at++) {
    const [, name, inside] = /^[/-]([A-Za-z]+)(?::(.*))?$/.exec(args[at]!) ?? [];
    const option = knownOption(name, build);
    if (option === undefined) return UNKNOWN_OPTION;
    const value = option.behind.kind === "nothing"
      ? inside === undefined ? "" : undefined
      : option.joined === true
      ? inside
      : inside === undefined
      ? args[++at]
      : undefined;
    const taken = take(given, { name: name!, value, option });
    if (taken !== undefined) return taken;
  }
  return checkTogether(given, build) ?? given;
}

/** Adds the lines of a `SetupConfig.ini`, whose values win. A number is the code it ends with. */
export function withConfig(
  given: GivenOptions,
  config: { readonly text: string; readonly build: number },
): GivenOptions | number {
  const [header, ...lines] = config.text.split(/\r?\n/);
  if (header?.trim().toLowerCase() !== "[setupconfig]") return INVALID_COMMAND_LINE;
  const fresh = new Map<string, string[]>();
  for (const line of lines.filter((each) => each.trim() !== "")) {
    const [, name, value] = /^([A-Za-z]+)(?:=(.*))?$/.exec(line) ?? [];
    const option = knownOption(name, config.build);
    if (option === undefined) return UNKNOWN_OPTION;
    const wanted = option.behind.kind === "nothing" ? value === undefined ? "" : undefined : value;
    const taken = take(fresh, { name: name!, value: wanted, option });
    if (taken !== undefined) return taken;
  }
  const all = new Map([...given, ...fresh]);
  return checkTogether(all, config.build) ?? all;
}

function knownOption(name: string | undefined, build: number): KnownOption | undefined {
  const key = name?.toLowerCase() ?? "";
  const option = Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined;
  return option !== undefined && (option.since ?? 0) <= build ? option : undefined;
}

function take(
  given: Map<string, string[]>,
  one: { readonly name: string; readonly value: string | undefined; readonly option: KnownOption },
): number | undefined {
  const name = one.name.toLowerCase();
  const before = given.get(name) ?? [];
  if (one.value === undefined || !fits(one.option.behind, one.value)) return INVALID_COMMAND_LINE;
  if (before.length > 0 && one.option.many !== true) return INVALID_COMMAND_LINE;
  given.set(name, [...before, one.value]);
  return undefined;
}

function fits(behind: Behind, value: string): boolean {
  switch (behind.kind) {
    case "nothing":
      return value === "";
    case "word":
      return behind.words.includes(value.toLowerCase());
    case "path":
      return value !== "" && !/^[-]|["\r\n]/.test(value) && !/^\/[A-Za-z]+$/.test(value);
    case "number":
      return /^[1-9]\d{0,3}$/.test(value);
    case "key":
      return /^[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}$/i.test(value);
    case "letter":
      return /^[A-Za-z]:?\\?$/.test(value);
  }
}

function checkTogether(given: GivenOptions, build: number): number | undefined {
  if (given.has("auto") && given.has("unattend")) return INVALID_COMMAND_LINE;
  if (given.has("postrollbackcontext") && !given.has("postrollback")) return INVALID_COMMAND_LINE;
  if (given.has("auto") && build >= 22_000 && !given.has("eula")) return EULA_REQUIRED;
  return undefined;
}
